package queue

import (
	"cmp"
	"time"

	"faxbox/fax"
)

// longPages is how many pages make a job long: about ten minutes.
const longPages = 20

func isLong(j *fax.Job) bool { return left(j) > longPages }

// left is how many pages are still to be sent.
func left(j *fax.Job) int { return max(0, j.PageCount-j.ConfirmedPages) }

// shuns reports that a job had better take another port: its last attempt failed on this one, maybe because of the line.
func shuns(j *fax.Job, p Port) bool {
	switch j.Result.Cause {
	case fax.NoDialTone, fax.ModemFailed, fax.ModemGone, fax.CannotTrain, fax.TooManyErrors, fax.LineDropped, fax.PageRejected:
		return j.DeviceID == p.ID
	default:
		return false
	}
}

// What the order of jobs weighs.
const (
	perPage   = time.Minute      // handicap of a job, for each page
	mostPages = 30 * time.Minute // and no more
	urgency   = 24 * time.Hour   // what a step of urgency is worth
)

// turn is what jobs are ordered by.
type turn struct {
	at  time.Time
	job *fax.Job
}

// inOrder compares two jobs: which is to go first.
func inOrder(a, b turn) int {
	return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.job.JobID, b.job.JobID))
}

// turnOf is when a job became due, with its handicaps. New jobs come later and later, so that every job is first at last.
func turnOf(j *fax.Job) time.Time {
	at := j.SubmittedTime
	if j.Schedule == fax.SendAt && j.SendTime.After(at) {
		at = j.SendTime
	}
	if j.NextAttempt.After(at) {
		at = j.NextAttempt
	}
	switch j.Priority {
	case fax.High:
		at = at.Add(-urgency)
	case fax.Low:
		at = at.Add(urgency)
	}
	return at.Add(min(mostPages, time.Duration(left(j))*perPage))
}
