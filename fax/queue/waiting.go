package queue

import (
	"time"

	"faxbox/fax"
)

// Waiting is what a job waits for.
type Waiting struct {
	For   Reason
	Until time.Time // when that is over, if it is known; else zero
}

// Reason is what a job waits for.
type Reason uint8

// The reasons, in the order in which they are looked for.
const (
	ForResume      Reason = iota + 1 // it is on hold
	ForQueue                         // the server's queue is paused
	ForSendTime                      // it is to be sent later
	ForRetry                         // the delay between attempts
	ForCheapPeriod                   // the cheap period
	ForPort                          // no port that it may use is in service
	ForFreePort                      // all of them are occupied
	ForNumber                        // another job is calling the number
	ForNumberRest                    // another job found the number busy or silent
	ForShortJobs                     // the last free port is kept for short jobs
)

var reasons = [...]string{
	ForResume:      "It is on hold.",
	ForQueue:       "The queue is paused.",
	ForSendTime:    "It is to be sent later.",
	ForRetry:       "It is tried again later.",
	ForCheapPeriod: "It waits for the cheap period.",
	ForPort:        "No line is ready for sending.",
	ForFreePort:    "All lines are in use.",
	ForNumber:      "Another fax to this number is being sent.",
	ForNumberRest:  "The number could not be reached just now.",
	ForShortJobs:   "The last free line is kept for short faxes.",
}

// String is a sentence for the office; empty for no reason.
func (r Reason) String() string {
	if int(r) < len(reasons) {
		return reasons[r]
	}
	return ""
}

// status is what a job shows: what lies over its State, else the State.
func status(j fax.Job, w Waiting) fax.QueueStatus {
	switch {
	case !waits(&j):
		return j.State
	case j.Held:
		return fax.Paused
	case w.For == ForPort || w.For == ForFreePort || w.For == ForShortJobs:
		return fax.NoLine
	default:
		return j.State
	}
}

// Show is the job as it is shown: with its status, and what it waits for.
func Show(j fax.Job, w Waiting) fax.Job {
	j.QueueStatus = status(j, w)
	j.WaitsFor, j.WaitsUntil = "", time.Time{}
	if waits(&j) {
		j.WaitsFor, j.WaitsUntil = w.For.String(), w.Until
	}
	return j
}
