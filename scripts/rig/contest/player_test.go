package contest

import (
	"errors"
	"testing"

	"faxbox/scripts/rig"
)

// took makes outcomes of calls that took these seconds; a negative one failed.
func took(seconds ...float64) (all []Outcome) {
	for _, s := range seconds {
		o := Outcome{Call: &rig.Call{End: rig.Event{Connected: s}}}
		if s < 0 {
			o.Err = errors.New("lost")
		}
		all = append(all, o)
	}
	return all
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		seconds         []float64
		median, typical float64
	}{
		{[]float64{3}, 3, 3},
		{[]float64{9, 1, 3}, 3, 3},
		{[]float64{9, 1, 3, 5}, 4, 5},
		{[]float64{9, -1, 1, -1, 3}, 3, 3},
	} {
		p := &Player{Outcomes: took(c.seconds...)}
		if got := p.Median(); got != c.median {
			t.Errorf("%v: median %v, want %v", c.seconds, got, c.median)
		}
		if got := p.Typical().End.Connected; got != c.typical {
			t.Errorf("%v: typical %v, want %v", c.seconds, got, c.typical)
		}
	}
	none := &Player{Outcomes: took(-1)}
	if none.Median() != 0 || none.Typical() != nil || none.Failure() == nil {
		t.Error("a player without a delivered call has a time")
	}
}

func TestAhead(t *testing.T) {
	ours := &Player{Name: "faxbox", Outcomes: took(1, 5, -1, 2, 2)}
	theirs := &Player{Name: HylaFAX, Outcomes: took(2, 4, 3, -1, 2)}
	l := &Lane{Players: []*Player{ours, theirs}}
	if ahead, both := l.Ahead(ours); ahead != 1 || both != 3 {
		t.Errorf("ahead in %d of %d rounds, want 1 of 3", ahead, both)
	}
	if ahead, both := (&Lane{Players: []*Player{ours}}).Ahead(ours); ahead != 0 || both != 0 {
		t.Errorf("ahead of nobody in %d of %d rounds", ahead, both)
	}
}
