package rig

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"faxbox/fax"
)

// Line is a line that a modem's journal must have, by the exchange's log: a call, or a number that was dialled in vain.
type Line struct {
	Ep        string // the modem
	Direction fax.Direction
	Number    string  // dialled, or the caller's
	Start     float64 // dialling or the first ring, by the clock of Event.Mono
	Seconds   float64 // from Start until the modem was on hook again
	Answered  bool
	Pages     int // that the reference machine at the other end had confirmed, or confirmed
	call      int // of the exchange; 0: it placed none, because the line rang already
}

func (l Line) String() string {
	return fmt.Sprintf("%-3s %-6s %6.1f s %d pages", l.Direction, l.Number, l.Seconds, l.Pages)
}

// Lines are what a modem's journal must say, in the order in which the calls began. The exchange must have been started by
// Start, and numbers hold the number of each endpoint by name.
func (x *Exchange) Lines(modem string, numbers map[string]string) ([]Line, error) {
	events, err := x.Events()
	if err != nil {
		return nil, err
	}
	b := bookkeeper{modem: modem, numbers: numbers}
	for _, e := range events {
		b.enter(e)
	}
	return b.lines, nil
}

// bookkeeper writes a journal from the exchange's log.
type bookkeeper struct {
	modem   string
	numbers map[string]string
	lines   []Line
	caller  string // who rings
}

// enter takes up an event.
func (b *bookkeeper) enter(e Event) {
	if e.Ep != b.modem {
		b.enterFar(e)
		return
	}
	switch e.Ev {
	case "at":
		if number, ok := strings.CutPrefix(e.Text, "ATDT"); ok && e.Dir == "dte" {
			b.lines = append(b.lines, Line{Ep: e.Ep, Direction: fax.Out, Number: number, Start: e.Mono})
		}
	case "dial":
		b.lines[len(b.lines)-1].call = e.Call // the command came just before it
	case "ringing":
		b.caller = b.numbers[e.From]
	case "ring":
		if b.find(e.Call) == nil {
			b.lines = append(b.lines, Line{Ep: e.Ep, Direction: fax.In, Number: b.caller, Start: e.Mono, call: e.Call})
		}
	case "onhook", "refused":
		if l := b.find(e.Call); l != nil {
			l.Seconds = e.Mono - l.Start
		}
	}
}

// enterFar takes up an event of the other end.
func (b *bookkeeper) enterFar(e Event) {
	l := b.find(e.Call)
	switch {
	case l == nil:
	case e.Ev == "t30-end":
		l.Pages = e.PagesTx + e.PagesRx // one of them is 0
	case e.Ev == "answer":
		l.Answered = true
	}
}

func (b *bookkeeper) find(call int) *Line {
	if call == 0 {
		return nil
	}
	for i := range slices.Backward(b.lines) {
		if b.lines[i].call == call {
			return &b.lines[i]
		}
	}
	return nil
}

// Agree is nil when a journal says of one modem's calls what the exchange's log says, line by line: direction, number,
// pages, and the duration to a second.
func Agree(journal []fax.Call, log []Line) error {
	journal = slices.SortedFunc(slices.Values(journal), func(a, b fax.Call) int { return cmp.Compare(a.ID, b.ID) })
	var wrong []error
	for i := range max(len(journal), len(log)) {
		switch {
		case i >= len(journal):
			wrong = append(wrong, fmt.Errorf("not in the journal: %v", log[i]))
		case i >= len(log):
			wrong = append(wrong, fmt.Errorf("only in the journal: %s", journalLine(journal[i])))
		case !same(journal[i], log[i]):
			wrong = append(wrong, fmt.Errorf("journal: %s; exchange: %v", journalLine(journal[i]), log[i]))
		}
	}
	return errors.Join(wrong...)
}

func same(c fax.Call, l Line) bool {
	return c.Direction == l.Direction && numberOf(c) == l.Number && c.Pages == l.Pages &&
		math.Abs(float64(c.Duration)-l.Seconds) <= 1
}

func numberOf(c fax.Call) string {
	if c.Direction == fax.In {
		return c.CallerID
	}
	return c.Number
}

func journalLine(c fax.Call) string {
	return fmt.Sprintf("%d %-3s %-6s %6.1f s %d pages, %s", c.ID, c.Direction, numberOf(c), float64(c.Duration), c.Pages, c.Result.Cause)
}
