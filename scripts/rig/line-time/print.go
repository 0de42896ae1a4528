package main

import (
	"fmt"
	"io"
	"strings"

	"faxbox/scripts/rig"
	"faxbox/scripts/rig/contest"
)

func printTimes(w io.Writer, c *contest.Contest, rounds int) {
	fmt.Fprintf(w, "\nTime on the line, V.17 14400, ECM, MMR; %d calls each, in turns\n\n", rounds)
	if c.Without != "" {
		fmt.Fprintf(w, "Without HylaFAX: %s.\n\n", c.Without)
	}
	fmt.Fprintln(w, "| direction | document | program | seconds, median | least–most | ECM limit | ratio | ahead of HylaFAX | exact | exchange late in |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|---|")
	for _, l := range c.Lanes {
		for _, p := range l.Players {
			fmt.Fprintf(w, "| %s | %s | %s | %.2f | %s | %.2f | %.3f | %s | %s | %d calls |\n", l.Direction(), l.Document, p.Name,
				p.Median(), span(p.Seconds()), l.Limit.Seconds(), p.Median()/l.Limit.Seconds(), ahead(l, p), exact(p), p.Late())
		}
	}
}

func span(sorted []float64) string {
	if len(sorted) == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f–%.2f", sorted[0], sorted[len(sorted)-1])
}

func ahead(l *contest.Lane, p *contest.Player) string {
	n, of := l.Ahead(p)
	if p.Name == contest.HylaFAX || of == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d", n, of)
}

func exact(p *contest.Player) string {
	if err := p.Failure(); err != nil {
		return err.Error()
	}
	return "yes"
}

func printAccounts(w io.Writer, c *contest.Contest) {
	fmt.Fprint(w, "\nSeconds beyond the ECM limit in a typical call: at our end + at the reference machine's\n\n")
	fmt.Fprintf(w, "| direction | document | program | %s | all |\n", strings.Join(rig.ItemNames(), " | "))
	fmt.Fprintf(w, "|---|---|---|%s---|\n", strings.Repeat("---|", len(rig.ItemNames())))
	for _, l := range c.Lanes {
		for _, p := range l.Players {
			call := p.Typical()
			if call == nil {
				continue
			}
			a := call.Account(l.Machine(), l.Limit)
			fmt.Fprintf(w, "| %s | %s | %s |", l.Direction(), l.Document, p.Name)
			for _, name := range rig.ItemNames() {
				fmt.Fprintf(w, " %s |", amount(a.Item(name)))
			}
			fmt.Fprintf(w, " %.2f |\n", a.Over)
		}
	}
}

// amount is an item in print: our part and the machine's, where they are not nothing.
func amount(i rig.Item) string {
	const least = 0.005
	ours, far := fmt.Sprintf("%.2f", i.Ours), fmt.Sprintf("+ %.2f", i.Far)
	switch {
	case -least < i.Far && i.Far < least && -least < i.Ours && i.Ours < least:
		return "0"
	case -least < i.Far && i.Far < least:
		return ours
	case -least < i.Ours && i.Ours < least:
		return far
	}
	return ours + " " + far
}

func printSignals(w io.Writer, c *contest.Contest) {
	for _, l := range c.Lanes {
		for _, p := range l.Players {
			call := p.Typical()
			if call == nil {
				continue
			}
			fmt.Fprintf(w, "\n%s %s %s: silence before, start, length, who, frames\n", p.Name, l.Direction(), l.Document)
			last := 0.0
			for _, s := range call.Signals {
				fmt.Fprintf(w, "%+6.2f %v\n", s.Start-last, s)
				last = s.End
			}
		}
	}
}
