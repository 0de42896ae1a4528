package queue

import (
	"errors"
	"fmt"
	"time"

	"faxbox/fax"
)

// ErrState is a step that the job's state forbids.
var ErrState = errors.New("the job's state forbids this")

// ErrDeleting is a step on a job that is already being deleted.
var ErrDeleting = errors.New("the job is already being deleted")

// Attempt is how an attempt ended.
type Attempt struct {
	Cause     fax.Cause
	Confirmed int    // pages confirmed in all, earlier attempts included
	Detail    string // for support
}

// Begin is the job on its way to a port. It must be stored before anything is dialled: a box whose plug is pulled in the
// call must know that it called.
func Begin(j fax.Job, port fax.DeviceID, now time.Time) (fax.Job, error) {
	if !waits(&j) || j.Held {
		return j, fmt.Errorf("beginning job %d, which is %s: %w", j.JobID, j.State, ErrState)
	}
	j.State, j.DeviceID = fax.InProgress, port
	j.StartTime, j.NextAttempt = now, time.Time{}
	j.Calls++
	return j, nil
}

// Confirm is the job after its first n pages were confirmed. It never goes back.
func Confirm(j fax.Job, n int) fax.Job {
	j.ConfirmedPages = max(j.ConfirmedPages, min(n, j.PageCount))
	return j
}

// Finish is what becomes of a job that was begun, now that its call is over.
func Finish(j fax.Job, s fax.Server, a Attempt, now time.Time) (fax.Job, error) {
	if j.State != fax.InProgress && j.State != fax.Deleting {
		return j, fmt.Errorf("finishing job %d, which is %s: %w", j.JobID, j.State, ErrState)
	}
	j = Confirm(j, a.Confirmed)
	all := complete(j)
	if !all && a.Cause == fax.OK {
		a.Cause = fax.NotConfirmed // the call says all is well, but the pages say otherwise
	}
	j.Result = fax.ResultOf(a.Cause)
	j.Result.Detail = a.Detail
	p := planOf(a.Cause)
	switch {
	case all:
		j.Attempts++
		j.Result.Cause, j.Result.Sentence, j.Result.Hint = fax.OK, fax.OK.Sentence(), fax.OK.Hint()
		return end(j, fax.Finished, now), nil
	case j.State == fax.Deleting:
		return end(j, fax.Aborted, now), nil
	case p.next == goBack:
		if a.Cause == fax.Glare {
			j.Calls-- // the line was ringing: nobody was called
		}
		return back(j, s, now.Add(p.delay(s, j)), now), nil
	}
	j.Attempts++
	switch {
	case p.next == giveUp:
		return end(j, fax.Failed, now), nil
	case j.Attempts >= p.attempts(s):
		return end(j, fax.RetriesExceeded, now), nil
	}
	return back(j, s, now.Add(p.delay(s, j)), now), nil
}

// Forbid is what becomes of a job that waits and whose number was blocked since it was submitted.
func Forbid(j fax.Job, now time.Time) (fax.Job, error) {
	if !waits(&j) {
		return j, fmt.Errorf("forbidding job %d, which is %s: %w", j.JobID, j.State, ErrState)
	}
	j.Result = fax.ResultOf(fax.Blacklisted)
	return end(j, fax.Failed, now), nil
}

// Recover is what becomes of a job that was stored when the box stopped without a word. Jobs that were on no line stay as
// they are.
func Recover(j fax.Job, s fax.Server, now time.Time) fax.Job {
	switch {
	case j.State != fax.InProgress && j.State != fax.Deleting:
		return j
	case complete(j):
		j.Result = fax.ResultOf(fax.OK)
		return end(j, fax.Finished, now)
	case j.State == fax.Deleting:
		j.Result = fax.ResultOf(fax.Cancelled)
		return end(j, fax.Aborted, now)
	default:
		return back(j, s, time.Time{}, now)
	}
}

// Change is the job after somebody asked for an operation: pause, resume, restart or cancel. What the caller may do is
// not checked here, only whether the job's state admits it: the error is ErrState or ErrDeleting. Restarting a job that waits
// for its next attempt makes that due at once. Cancelling a job that
// is on a line makes it Deleting; its call must then be ended, and Finish says the rest.
func Change(j fax.Job, o fax.Operation, now time.Time) (fax.Job, error) {
	switch {
	case j.State == fax.Deleting:
		return j, ErrDeleting
	case o == fax.PauseJob && (waits(&j) || j.State == fax.InProgress):
		j.Held = true
	case o == fax.ResumeJob && (waits(&j) || j.State == fax.InProgress):
		j.Held = false
	case o == fax.RestartJob && (j.State == fax.Failed || j.State == fax.RetriesExceeded):
		j.State, j.Held, j.Attempts, j.Calls = fax.Pending, false, 0, 0
		j.NextAttempt, j.EndTime = time.Time{}, time.Time{}
	case o == fax.RestartJob && j.Delayed():
		j.NextAttempt = time.Time{} // what was tried is counted as before
	case o == fax.CancelJob && j.State == fax.InProgress:
		j.State = fax.Deleting
	case o == fax.CancelJob && !j.State.Left():
		j.Result = fax.ResultOf(fax.Cancelled)
		j = end(j, fax.Aborted, now)
	default:
		return j, fmt.Errorf("%s: job %d is %s: %w", o, j.JobID, j.State, ErrState)
	}
	return j, nil
}

// back is a job that waits again.
func back(j fax.Job, s fax.Server, at, now time.Time) fax.Job {
	if usedUp(s, j) {
		return end(j, fax.RetriesExceeded, now)
	}
	j.State, j.NextAttempt = fax.Pending, at
	if j.Attempts > 0 {
		j.State = fax.Retrying
	}
	return j
}

// end is a job that nothing more happens to by itself.
func end(j fax.Job, state fax.QueueStatus, now time.Time) fax.Job {
	j.State, j.EndTime, j.NextAttempt, j.Held = state, now, time.Time{}, false
	return j
}

// waits reports that a job is to be sent, and is on no line.
func waits(j *fax.Job) bool {
	return j.Type == fax.JobSend && (j.State == fax.Pending || j.State == fax.Retrying)
}

// onLine reports that a job has a call of its own now.
func onLine(j *fax.Job) bool {
	return j.Type == fax.JobSend && (j.State == fax.InProgress || j.State == fax.Deleting)
}

func complete(j fax.Job) bool { return j.PageCount > 0 && j.ConfirmedPages >= j.PageCount }

// planOf is the plan for a cause; for one that is none, a counted attempt.
func planOf(c fax.Cause) plan {
	if p, ok := plans[c]; ok {
		return p
	}
	return plan{factor: 1}
}
