package queue

import (
	"errors"
	"testing"
	"time"

	"faxbox/fax"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// settings are 3 retries after 10 minutes each.
func settings() fax.Server {
	s := fax.NewServer()
	s.TimeZone = "UTC"
	return s
}

// letter is a job of some pages.
func letter(id fax.JobID, number string, pages int) fax.Job {
	return fax.Job{
		JobID: id, Type: fax.JobSend, State: fax.Pending, FaxNumber: number, PageCount: pages,
		SubmittedTime: noon.Add(time.Duration(id) * time.Second), Schedule: fax.SendNow, Priority: fax.Normal,
	}
}

// tried is what becomes of a job after one attempt at noon.
func tried(t *testing.T, j fax.Job, s fax.Server, a Attempt) fax.Job {
	t.Helper()
	j, err := Begin(j, 1, noon)
	if err != nil {
		t.Fatal(err)
	}
	j, err = Finish(j, s, a, noon)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestEveryCauseHasAPlan(t *testing.T) {
	for _, c := range fax.Causes() {
		if _, ok := plans[c]; !ok {
			t.Errorf("what follows %q is not planned", c)
		}
	}
}

func TestWhatFollowsAnAttempt(t *testing.T) {
	const m = time.Minute
	for _, c := range []struct {
		cause    fax.Cause
		state    fax.QueueStatus
		attempts int
		wait     time.Duration // at least; at most a tenth more
	}{
		{fax.Busy, fax.Retrying, 1, 10 * m},
		{fax.NoAnswer, fax.Retrying, 1, 20 * m},
		{fax.NoFax, fax.Retrying, 1, 20 * m},
		{fax.Delayed, fax.Retrying, 1, 40 * m},
		{fax.NoDialTone, fax.Retrying, 1, 10 * m},
		{fax.LineDropped, fax.Retrying, 1, 10 * m},
		{fax.RemoteHungUp, fax.Retrying, 1, 10 * m},
		{fax.ProtocolError, fax.Retrying, 1, 10 * m},
		{fax.NotConfirmed, fax.Retrying, 1, 10 * m},
		{fax.OK, fax.Retrying, 1, 10 * m}, // with a page not confirmed
		{fax.CannotReceive, fax.Retrying, 1, 20 * m},
		{fax.Glare, fax.Pending, 0, pause},
		{fax.ModemFailed, fax.Pending, 0, pause},
		{fax.ModemGone, fax.Pending, 0, pause},
		{fax.Unknown, fax.Pending, 0, pause},
		{fax.Cancelled, fax.Pending, 0, 0},
		{fax.BadNumber, fax.Failed, 1, 0},
		{fax.Blacklisted, fax.Failed, 1, 0},
		{fax.Incompatible, fax.Failed, 1, 0},
		{fax.WrongPassword, fax.Failed, 1, 0},
		{fax.DocumentFailed, fax.Failed, 1, 0},
	} {
		j := tried(t, letter(1, "0301234567", 3), settings(), Attempt{Cause: c.cause, Confirmed: 1})
		if j.State != c.state || j.Attempts != c.attempts || j.ConfirmedPages != 1 {
			t.Errorf("after %s: %s, %d attempts, %d pages confirmed, want %s, %d and 1",
				c.cause, j.State, j.Attempts, j.ConfirmedPages, c.state, c.attempts)
		}
		if j.State.Final() {
			if j.EndTime != noon || !j.NextAttempt.IsZero() {
				t.Errorf("after %s: ended %v, next attempt %v", c.cause, j.EndTime, j.NextAttempt)
			}
			continue
		}
		if wait := j.NextAttempt.Sub(noon); wait < c.wait || wait > c.wait+c.wait/10 {
			t.Errorf("after %s the next attempt comes after %v, want %v and at most a tenth more", c.cause, wait, c.wait)
		}
	}
}

func TestRetryDelayOfNothing(t *testing.T) {
	s := settings()
	s.RetryDelay = 0
	for _, c := range []struct {
		cause fax.Cause
		wait  time.Duration
	}{{fax.Busy, breath}, {fax.LineDropped, breath}, {fax.NoAnswer, time.Minute}, {fax.NoFax, time.Minute}, {fax.Delayed, 10 * time.Minute}} {
		j := tried(t, letter(1, "0301234567", 1), s, Attempt{Cause: c.cause})
		if got := j.NextAttempt.Sub(noon); got != c.wait {
			t.Errorf("after %s without a delay: %v, want %v", c.cause, got, c.wait)
		}
	}
}

func TestAttemptsAreCounted(t *testing.T) {
	for _, c := range []struct {
		cause   fax.Cause
		retries int
		calls   int
	}{
		{fax.Busy, 0, 1}, {fax.Busy, 3, 4}, {fax.Busy, 99, 100},
		{fax.NoFax, 1, 2}, {fax.NoFax, 99, 3}, // a person may be picking up
		{fax.ModemFailed, 3, 1 + 3 + maxUncounted},
	} {
		s := settings()
		s.Retries = c.retries
		j, calls := letter(1, "103", 1), 0
		for ; !j.State.Final() && calls < 1000; calls++ {
			j = tried(t, j, s, Attempt{Cause: c.cause})
		}
		if calls != c.calls || j.State != fax.RetriesExceeded {
			t.Errorf("%s with %d retries: %s after %d calls, want %d", c.cause, c.retries, j.State, calls, c.calls)
		}
	}
}

func TestGlareCountsNothing(t *testing.T) {
	j := letter(1, "103", 1)
	for range 1000 {
		j = tried(t, j, settings(), Attempt{Cause: fax.Glare})
	}
	if j.State != fax.Pending || j.Attempts != 0 || j.Calls != 0 {
		t.Errorf("after 1000 calls came in: %s, %d attempts, %d calls", j.State, j.Attempts, j.Calls)
	}
}

// However a call ends: when every page is confirmed the job is finished, and while one is not it is not.
func TestConfirmedIsFinished(t *testing.T) {
	for _, c := range fax.Causes() {
		if j := tried(t, letter(1, "101", 2), settings(), Attempt{Cause: c, Confirmed: 2}); j.State != fax.Finished || j.Result.Cause != fax.OK {
			t.Errorf("all pages confirmed, then %s: %s, %s", c, j.State, j.Result.Cause)
		}
		if j := tried(t, letter(1, "101", 2), settings(), Attempt{Cause: c, Confirmed: 1}); j.State == fax.Finished {
			t.Errorf("one page of two confirmed, then %s: finished", c)
		}
	}
}

func TestConfirmedPagesNeverGoBack(t *testing.T) {
	j := Confirm(letter(1, "101", 5), 3)
	if j = Confirm(j, 2); j.ConfirmedPages != 3 {
		t.Errorf("%d pages confirmed after 3", j.ConfirmedPages)
	}
	if j = Confirm(j, 9); j.ConfirmedPages != 5 {
		t.Errorf("%d pages of 5 confirmed", j.ConfirmedPages)
	}
	j = tried(t, Confirm(letter(1, "101", 5), 3), settings(), Attempt{Cause: fax.Busy})
	if j.ConfirmedPages != 3 {
		t.Errorf("%d pages confirmed after a busy tone, want the 3 from before", j.ConfirmedPages)
	}
}

func TestRecover(t *testing.T) {
	for _, c := range []struct {
		name      string
		state     fax.QueueStatus
		confirmed int
		calls     int
		want      fax.QueueStatus
	}{
		{"in a call", fax.InProgress, 1, 1, fax.Pending},
		{"after the last confirmation", fax.InProgress, 3, 1, fax.Finished},
		{"cancelled in a call", fax.Deleting, 1, 1, fax.Aborted},
		{"cancelled too late", fax.Deleting, 3, 1, fax.Finished},
		{"waiting", fax.Retrying, 1, 1, fax.Retrying},
		{"failed", fax.Failed, 1, 1, fax.Failed},
		{"in a call, as always", fax.InProgress, 0, 1 + 3 + maxUncounted, fax.RetriesExceeded},
	} {
		j := letter(1, "101", 3)
		j.State, j.ConfirmedPages, j.Calls = c.state, c.confirmed, c.calls
		got := Recover(j, settings(), noon)
		if got.State != c.want || got.ConfirmedPages != c.confirmed || got.Attempts != 0 {
			t.Errorf("%s: %s, %d pages, %d attempts, want %s", c.name, got.State, got.ConfirmedPages, got.Attempts, c.want)
		}
	}
}

func TestChange(t *testing.T) {
	const none = fax.QueueStatus(0) // refused
	states := []fax.QueueStatus{fax.Pending, fax.InProgress, fax.Retrying, fax.Failed, fax.RetriesExceeded,
		fax.Finished, fax.Aborted, fax.Deleting}
	for o, want := range map[fax.Operation][]fax.QueueStatus{
		fax.PauseJob:   {fax.Pending, fax.InProgress, fax.Retrying, none, none, none, none, none},
		fax.ResumeJob:  {fax.Pending, fax.InProgress, fax.Retrying, none, none, none, none, none},
		fax.RestartJob: {none, none, none, fax.Pending, fax.Pending, none, none, none},
		fax.CancelJob:  {fax.Aborted, fax.Deleting, fax.Aborted, fax.Aborted, fax.Aborted, none, none, none},
		"edit":         {none, none, none, none, none, none, none, none},
	} {
		for i, state := range states {
			j := letter(1, "101", 3)
			j.State, j.Attempts, j.Calls, j.Held = state, 2, 2, o == fax.ResumeJob
			got, err := Change(j, o, noon)
			switch {
			case want[i] == none && (err == nil || got.State != state):
				t.Errorf("%s while %s: %s, %v, want a refusal", o, state, got.State, err)
			case want[i] == none && !errors.Is(err, ErrState) && !errors.Is(err, ErrDeleting):
				t.Errorf("%s while %s: %v", o, state, err)
			case want[i] != none && (err != nil || got.State != want[i]):
				t.Errorf("%s while %s: %s, %v, want %s", o, state, got.State, err, want[i])
			case err == nil && got.Held != (o == fax.PauseJob):
				t.Errorf("%s while %s: on hold is %v", o, state, got.Held)
			case o == fax.RestartJob && err == nil && (got.Attempts != 0 || got.Calls != 0):
				t.Errorf("restarted while %s: %d attempts and %d calls are counted", state, got.Attempts, got.Calls)
			}
		}
	}
}

// Somebody who does not want to wait for the next attempt: it comes at once, and what was tried still counts.
func TestTryNow(t *testing.T) {
	j := tried(t, letter(1, "101", 3), settings(), Attempt{Cause: fax.Busy})
	now, err := Change(j, fax.RestartJob, noon)
	if err != nil || now.State != fax.Retrying || now.Attempts != 1 || now.Calls != 1 {
		t.Fatalf("%v, %+v", err, now)
	}
	if d := Decide(noon, settings(), []fax.Job{now}, []Port{line(1)}); len(d.Start) != 1 {
		t.Errorf("it waits: %+v", d)
	}
	if _, err := Change(now, fax.RestartJob, noon); !errors.Is(err, ErrState) {
		t.Errorf("when it is due: %v", err)
	}
	if held, _ := Change(j, fax.PauseJob, noon); held.May(fax.Caller{Rights: fax.AllRights}, fax.RestartJob) {
		t.Error("a job on hold could be tried now")
	}
}

// What the vocabulary says is possible, Change does, and nothing else.
func TestChangeAgreesWithOperations(t *testing.T) {
	boss := fax.Caller{User: "boss", Rights: fax.AllRights}
	for _, state := range []fax.QueueStatus{fax.Pending, fax.InProgress, fax.Retrying, fax.Failed, fax.RetriesExceeded,
		fax.Finished, fax.Aborted, fax.Deleting} {
		for _, held := range []bool{false, true} {
			j := letter(1, "101", 3)
			j.State, j.Held = state, held
			if state == fax.Retrying {
				j.NextAttempt = noon.Add(time.Minute)
			}
			for _, o := range j.Operations(boss) {
				if _, err := Change(j, o, noon); err != nil && o != fax.ViewJob {
					t.Errorf("%s is offered while %s, but: %v", o, state, err)
				}
			}
			for _, o := range []fax.Operation{fax.CancelJob, fax.RestartJob} {
				if _, err := Change(j, o, noon); (err == nil) != j.May(boss, o) {
					t.Errorf("%s while %s: %v, but offered is %v", o, state, err, j.Operations(boss))
				}
			}
		}
	}
}

func TestStepsOutOfOrderAreRefused(t *testing.T) {
	j := letter(1, "101", 1)
	if _, err := Finish(j, settings(), Attempt{Cause: fax.OK}, noon); !errors.Is(err, ErrState) {
		t.Errorf("finishing what was not begun: %v", err)
	}
	begun, err := Begin(j, 1, noon)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Begin(begun, 2, noon); !errors.Is(err, ErrState) {
		t.Errorf("beginning twice: %v", err)
	}
	if _, err := Forbid(begun, noon); !errors.Is(err, ErrState) {
		t.Errorf("forbidding a call that goes on: %v", err)
	}
	if held, _ := Change(j, fax.PauseJob, noon); held.Held {
		if _, err := Begin(held, 1, noon); !errors.Is(err, ErrState) {
			t.Errorf("beginning a job on hold: %v", err)
		}
	}
	if f, err := Forbid(j, noon); err != nil || f.State != fax.Failed || f.Result.Cause != fax.Blacklisted {
		t.Errorf("forbidding: %s, %v", f.State, err)
	}
}

// A job that is paused in its call is not called again, and one that is cancelled in its call is gone.
func TestChangeInMidCall(t *testing.T) {
	begun, err := Begin(letter(1, "101", 3), 1, noon)
	if err != nil {
		t.Fatal(err)
	}
	paused, _ := Change(begun, fax.PauseJob, noon)
	paused, _ = Finish(paused, settings(), Attempt{Cause: fax.Busy}, noon)
	if paused.State != fax.Retrying || status(paused, Waiting{}) != fax.Paused {
		t.Errorf("paused, then busy: %s, shown as %s", paused.State, status(paused, Waiting{}))
	}
	cancelled, _ := Change(begun, fax.CancelJob, noon)
	if cancelled, _ = Finish(cancelled, settings(), Attempt{Cause: fax.Cancelled, Confirmed: 2}, noon); cancelled.State != fax.Aborted {
		t.Errorf("cancelled: %s", cancelled.State)
	}
}
