package rig

import (
	"slices"
	"strings"
	"testing"

	"faxbox/fax"
)

// TestJournalOfALog writes a journal from a log: a fax sent, a call that came while dialling, and a fax received.
func TestJournalOfALog(t *testing.T) {
	b := bookkeeper{modem: "usb1", numbers: map[string]string{"ref": "201"}}
	for _, e := range []Event{
		{Ev: "at", Ep: "usb1", Dir: "dte", Text: "ATDT201", Mono: 10},
		{Ev: "at", Ep: "usb2", Dir: "dte", Text: "ATDT202", Mono: 10.5},
		{Ev: "dial", Ep: "usb1", Call: 7, Number: "201", Mono: 10.1},
		{Ev: "answer", Ep: "ref", Call: 7, Mono: 12},
		{Ev: "t30-end", Ep: "ref", Call: 7, PagesRx: 2, Mono: 29},
		{Ev: "onhook", Ep: "usb1", Call: 7, Mono: 30},
		{Ev: "onhook", Ep: "ref", Call: 7, Mono: 31},
		{Ev: "ringing", Ep: "usb1", Call: 8, From: "ref", Mono: 40},
		{Ev: "ring", Ep: "usb1", Call: 8, Mono: 41},
		{Ev: "at", Ep: "usb1", Call: 8, Dir: "dte", Text: "ATDT203", Mono: 41.5},
		{Ev: "ring", Ep: "usb1", Call: 8, Mono: 44},
		{Ev: "t30-end", Ep: "ref", Call: 8, PagesTx: 3, Mono: 59},
		{Ev: "onhook", Ep: "usb1", Call: 8, Mono: 61},
	} {
		b.enter(e)
	}
	want := []Line{
		{Ep: "usb1", Direction: fax.Out, Number: "201", Start: 10, Seconds: 20, Answered: true, Pages: 2, call: 7},
		{Ep: "usb1", Direction: fax.In, Number: "201", Start: 41, Seconds: 20, Pages: 3, call: 8},
		{Ep: "usb1", Direction: fax.Out, Number: "203", Start: 41.5},
	}
	if !slices.Equal(b.lines, want) {
		t.Errorf("got  %+v\nwant %+v", b.lines, want)
	}
}

func TestAgree(t *testing.T) {
	log := []Line{{Direction: fax.Out, Number: "201", Seconds: 20, Pages: 2}, {Direction: fax.In, Number: "203", Seconds: 30, Pages: 1}}
	journal := func() []fax.Call { // newest first, as it is listed
		return []fax.Call{
			{ID: 2, Direction: fax.In, CallerID: "203", Duration: 29.2, Pages: 1},
			{ID: 1, Direction: fax.Out, Number: "201", Duration: 20.9, Pages: 2},
		}
	}
	if err := Agree(journal(), log); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(j []fax.Call) []fax.Call
		says  string
	}{
		{"a line is missing", func(j []fax.Call) []fax.Call { return j[1:] }, "not in the journal"},
		{"a line too many", func(j []fax.Call) []fax.Call { return append(j, fax.Call{ID: 3}) }, "only in the journal"},
		{"direction", func(j []fax.Call) []fax.Call { j[1].Direction = fax.In; return j }, "out 201"},
		{"number", func(j []fax.Call) []fax.Call { j[0].CallerID = ""; return j }, "in  203"},
		{"pages", func(j []fax.Call) []fax.Call { j[1].Pages = 1; return j }, "2 pages"},
		{"too short", func(j []fax.Call) []fax.Call { j[0].Duration = 28.9; return j }, "30.0 s"},
		{"too long", func(j []fax.Call) []fax.Call { j[0].Duration = 31.1; return j }, "30.0 s"},
		{"order", func(j []fax.Call) []fax.Call { j[0].ID, j[1].ID = 1, 2; return j }, "203"},
	} {
		if err := Agree(c.spoil(journal()), log); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
