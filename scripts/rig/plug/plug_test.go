package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/scripts/rig/witness"
)

// Twenty plugs are pulled while eight servers send and receive, and nothing is lost.
func TestPlug(t *testing.T) {
	if testing.Short() {
		t.Skip("pulling plugs takes two minutes")
	}
	v, err := play(t.Context(), options{kills: 20, boxes: 8, quiet: 3 * time.Minute}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	for _, violation := range v.violations {
		t.Error(violation)
	}
	if v.kills != 20 || v.in == 0 || v.out == 0 {
		t.Errorf("%d plugs pulled, %d pages received, %d sent: that shows nothing", v.kills, v.in, v.out)
	}
}

// What counts as sent twice.
func TestJudgeSent(t *testing.T) {
	id := witness.PageID{Out: true, Fax: 1, Page: 1}
	type step struct {
		what  witness.What
		after time.Duration
	}
	for name, test := range map[string]struct {
		steps []step
		again int
		blame string
	}{
		"once":                            {[]step{{witness.Confirmed, 0}, {witness.Understood, 3}}, 0, ""},
		"killed while the page was said":  {[]step{{witness.Killed, 0}, {witness.Confirmed, 1}, {witness.Confirmed, 20}, {witness.Understood, 3}}, 1, ""},
		"killed before it was heard":      {[]step{{witness.Confirmed, 0}, {witness.Killed, 1}, {witness.Confirmed, 20}, {witness.Understood, 1}}, 1, ""},
		"killed after it was heard":       {[]step{{witness.Confirmed, 0}, {witness.Understood, 3}, {witness.Killed, 0}, {witness.Confirmed, 20}}, 0, "had heard"},
		"not killed":                      {[]step{{witness.Confirmed, 0}, {witness.Confirmed, 20}}, 0, "no plug"},
		"killed before the call":          {[]step{{witness.Killed, 0}, {witness.Confirmed, 20}, {witness.Confirmed, 20}}, 0, "no plug"},
		"killed when it should be known":  {[]step{{witness.Confirmed, 0}, {witness.Killed, 6}, {witness.Confirmed, 20}}, 0, "no plug"},
		"killed twice before it is heard": {[]step{{witness.Confirmed, 0}, {witness.Killed, 1}, {witness.Confirmed, 20}, {witness.Killed, 1}, {witness.Confirmed, 20}}, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := witness.NewRecord(io.Discard, 1)
			at := time.Now()
			for _, s := range test.steps {
				at = at.Add(s.after * time.Second)
				r.Add(witness.Entry{At: at, What: s.what, Page: &id})
			}
			var v verdict
			(&box{record: r}).judgeSent(&v)
			if v.again != test.again || v.out != 1 || !blamed(v, test.blame) {
				t.Errorf("%+v", v)
			}
		})
	}
}

// A page that was confirmed and is not in the store is missed; one more of it is none too few.
func TestJudgeStore(t *testing.T) {
	id := witness.PageID{Fax: 1, Page: 1}
	for name, test := range map[string]struct {
		stored    int
		confirmed bool
		spare     int
		blame     string
	}{
		"confirmed and stored":        {1, true, 0, ""},
		"confirmed and lost":          {0, true, 0, "LOST"},
		"stored, not confirmed":       {1, false, 1, ""},
		"stored twice, and confirmed": {2, true, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := &box{record: witness.NewRecord(io.Discard, 1)}
			if test.confirmed {
				b.record.Add(witness.Entry{What: witness.Heard, Page: &id})
			}
			stored := map[witness.PageID]int{}
			if test.stored > 0 {
				stored[id] = test.stored
			}
			var v verdict
			if b.judgeStore(stored, &v); v.spare != test.spare || !blamed(v, test.blame) {
				t.Errorf("%+v", v)
			}
		})
	}
}

// Every job must be there, done, and its pages at the distant machine.
func TestJudgeJobs(t *testing.T) {
	done := fax.Job{JobID: 1, State: fax.Finished, ConfirmedPages: 2}
	var stuck, short, foreign = done, done, done
	stuck.State, short.ConfirmedPages, foreign.JobID = fax.InProgress, 1, 2
	for name, test := range map[string]struct {
		jobs    []fax.Job
		arrived int
		blame   string
	}{
		"done":         {[]fax.Job{done}, 2, ""},
		"vanished":     {nil, 2, "does not know job 1"},
		"stuck":        {[]fax.Job{stuck}, 2, "for ever"},
		"a page short": {[]fax.Job{short}, 2, "1 of 2 pages"},
		"not arrived":  {[]fax.Job{done}, 1, "LOST"},
		"out of air":   {[]fax.Job{done, foreign}, 2, "never submitted"},
	} {
		t.Run(name, func(t *testing.T) {
			pages := []witness.PageID{{Out: true, Fax: 1, Page: 1}, {Out: true, Fax: 1, Page: 2}}
			b := &box{record: witness.NewRecord(io.Discard, 1), jobs: map[fax.JobID][]witness.PageID{1: pages}}
			for i := range test.arrived {
				b.record.Add(witness.Entry{What: witness.Confirmed, Page: &pages[i]})
			}
			var v verdict
			if b.judgeJobs(test.jobs, &v); !blamed(v, test.blame) {
				t.Errorf("%+v", v)
			}
		})
	}
}

// blamed reports whether there is this violation and no other; with none, that there is none.
func blamed(v verdict, about string) bool {
	if about == "" {
		return len(v.violations) == 0
	}
	return len(v.violations) == 1 && strings.Contains(v.violations[0], about)
}
