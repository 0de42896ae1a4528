package contest

import (
	"cmp"
	"slices"

	"faxbox/scripts/rig"
)

// Seconds are those of the calls that delivered everything, shortest first.
func (p *Player) Seconds() []float64 {
	var s []float64
	for _, o := range p.Outcomes {
		if o.Err == nil {
			s = append(s, o.Seconds())
		}
	}
	slices.Sort(s)
	return s
}

// Median is that of Seconds, 0 without any.
func (p *Player) Median() float64 {
	s := p.Seconds()
	switch n := len(s); {
	case n == 0:
		return 0
	case n%2 == 0:
		return (s[n/2-1] + s[n/2]) / 2
	default:
		return s[n/2]
	}
}

// Typical is the delivered call whose time is the median, or the next longer one; nil without any.
func (p *Player) Typical() *rig.Call {
	var delivered []Outcome
	for _, o := range p.Outcomes {
		if o.Err == nil {
			delivered = append(delivered, o)
		}
	}
	if delivered == nil {
		return nil
	}
	slices.SortFunc(delivered, func(a, b Outcome) int { return cmp.Compare(a.Seconds(), b.Seconds()) })
	return delivered[len(delivered)/2].Call
}

// Failure is the first reason for which a call was not delivered exactly; nil if all were.
func (p *Player) Failure() error {
	for _, o := range p.Outcomes {
		if o.Err != nil {
			return o.Err
		}
	}
	return nil
}

// Late counts the calls during which the exchange was late, so that their times may be wrong.
func (p *Player) Late() (n int) {
	for _, o := range p.Outcomes {
		if o.Call != nil && o.Call.Late {
			n++
		}
	}
	return n
}

// Ahead counts the rounds in which a player delivered faster than HylaFAX, and those in which both did deliver.
func (l *Lane) Ahead(p *Player) (ahead, both int) {
	rival := slices.IndexFunc(l.Players, func(q *Player) bool { return q.Name == HylaFAX })
	if rival < 0 {
		return 0, 0
	}
	for i, theirs := range l.Players[rival].Outcomes {
		if i >= len(p.Outcomes) || p.Outcomes[i].Err != nil || theirs.Err != nil {
			continue
		}
		both++
		if p.Outcomes[i].Seconds() < theirs.Seconds() {
			ahead++
		}
	}
	return ahead, both
}
