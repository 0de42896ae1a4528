package queue

import (
	"time"

	"faxbox/fax"
)

// numbers are numbers that are to be left alone, by fax.NumberKey.
type numbers map[string][]number

type number struct {
	number string
	until  time.Time
	job    fax.JobID
}

func (n numbers) add(s string, until time.Time, job fax.JobID) {
	key := fax.NumberKey(s)
	n[key] = append(n[key], number{s, until, job})
}

// find looks for a number on behalf of a job, which does not stand in its own way, and says until when to leave it alone.
func (n numbers) find(s string, job fax.JobID) (until time.Time, ok bool) {
	for _, m := range n[fax.NumberKey(s)] {
		if m.job != job && fax.SameNumber(m.number, s) {
			until, ok = latest(until, m.until), true
		}
	}
	return until, ok
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
