package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"faxbox/scripts/rig"
)

// seconds of a player's calls, from the answer to the first hang-up.
func (p *player) seconds() []float64 {
	var s []float64
	for _, o := range p.calls {
		s = append(s, o.call.End.Connected)
	}
	return s
}

// typical is the call that took the median time, or the next longer one.
func (p *player) typical() *rig.Call {
	sorted := slices.SortedFunc(slices.Values(p.calls), func(a, b outcome) int {
		return int(1000 * (a.call.End.Connected - b.call.End.Connected))
	})
	return sorted[len(sorted)/2].call
}

func (p *player) arrived() string {
	for _, o := range p.calls {
		if o.exact != nil {
			return o.exact.Error()
		}
	}
	return "yes"
}

// rival is HylaFAX on the same lane.
func (l *lane) rival() *player {
	for _, p := range l.players {
		if p.name == "HylaFAX" {
			return p
		}
	}
	return nil
}

// ahead tells in how many of the pairs a player was faster than HylaFAX.
func (l *lane) ahead(p *player) string {
	rival := l.rival()
	if rival == nil || rival == p {
		return ""
	}
	n := 0
	for i := range p.calls {
		if p.calls[i].call.End.Connected < rival.calls[i].call.End.Connected {
			n++
		}
	}
	return fmt.Sprintf("%d of %d", n, len(p.calls))
}

func (p *player) late() string {
	n := 0
	for _, o := range p.calls {
		if o.call.Late {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d", n)
}

func (c *contest) printTable(w io.Writer) {
	fmt.Fprintf(w, "\nTime on the line, V.17 14400, ECM, MMR; %d calls each, in turns\n\n", c.runs)
	if c.noHyla != "" {
		fmt.Fprintf(w, "Without HylaFAX: %s.\n\n", c.noHyla)
	}
	fmt.Fprintln(w, "| direction | document | program | seconds, median | least–most | ECM limit | ratio | ahead of HylaFAX | exact | calls with the exchange late |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|---|")
	for _, l := range c.lanes {
		for _, p := range l.players {
			s := p.seconds()
			fmt.Fprintf(w, "| %s | %s | %s | %.2f | %.2f–%.2f | %.2f | %.3f | %s | %s | %s |\n", l.direction, l.document, p.name,
				median(s), slices.Min(s), slices.Max(s), l.limit.Seconds(), median(s)/l.limit.Seconds(), l.ahead(p), p.arrived(), p.late())
		}
	}
}

func (c *contest) printAccounts(w io.Writer) {
	fmt.Fprint(w, "\nSeconds beyond the ECM limit, of the call of median length: by our end + by the reference machine\n\n")
	fmt.Fprintf(w, "| direction | document | program | %s | all |\n", strings.Join(rig.ItemNames(), " | "))
	fmt.Fprintf(w, "|---|---|---|%s---|\n", strings.Repeat("---|", len(rig.ItemNames())))
	for _, l := range c.lanes {
		for _, p := range l.players {
			a := p.typical().Account(l.ref(), l.limit)
			fmt.Fprintf(w, "| %s | %s | %s |", l.direction, l.document, p.name)
			for _, name := range rig.ItemNames() {
				fmt.Fprintf(w, " %s |", amount(a.Item(name)))
			}
			fmt.Fprintf(w, " %.2f |\n", a.Over)
		}
	}
}

// amount is an item in print: our part and the machine's, where they are not nothing.
func amount(i rig.Item) string {
	ours, far := fmt.Sprintf("%.2f", i.Ours), fmt.Sprintf("%.2f", i.Far)
	switch {
	case i.Far == 0:
		return ours
	case i.Ours == 0:
		return "+ " + far
	}
	return ours + " + " + far
}

func (c *contest) printSignals(w io.Writer) {
	for _, l := range c.lanes {
		for _, p := range l.players {
			fmt.Fprintf(w, "\n%s %s %s: silence before, start, length, who, frames\n", p.name, l.direction, l.document)
			last := 0.0
			for _, s := range p.typical().Signals {
				fmt.Fprintf(w, "%+6.2f %v\n", s.Start-last, s)
				last = s.End
			}
		}
	}
}
