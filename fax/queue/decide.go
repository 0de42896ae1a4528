package queue

import (
	"cmp"
	"slices"
	"time"

	"faxbox/fax"
)

// Port is a port as the queue sees it.
type Port struct {
	ID    fax.DeviceID
	Rank  int       // fax.Port.Priority: 1 is best
	Send  bool      // may be used for sending
	State PortState // now
	Fault bool      // its line gave no dial tone when it was used last
	// Number is what it is calling for somebody other than the queue; empty if it is not. What it calls for a job stands
	// with the job.
	Number string
}

// PortState is what a port can be used for.
type PortState uint8

// The states of a port.
const (
	OutOfService PortState = iota
	Idle
	Occupied // a call, a ring, or whatever else goes on
)

// Decision is what is to be done now.
type Decision struct {
	Start     []Start               // begin these, each on a port of its own
	Forbidden []fax.JobID           // their number was blocked since: Forbid them
	Remove    []fax.JobID           // failed so long ago that DirtyDays are over
	Waits     map[fax.JobID]Waiting // the others that wait, and for what
	Next      time.Time             // decide again then, if nothing else happens before; zero: nothing is due
}

// Start is a job that goes to a port.
type Start struct {
	Job  fax.JobID
	Port fax.DeviceID
}

// Decide says what is to be done at a moment. Jobs and ports may come in any order; neither is changed. The jobs that are
// on a line must be among them.
func Decide(now time.Time, s fax.Server, jobs []fax.Job, ports []Port) Decision {
	d := newDecider(now, s, jobs, ports)
	due := make([]turn, 0, len(jobs))
	for i := range jobs {
		j := &jobs[i]
		switch {
		case d.overdue(j):
			d.Remove = append(d.Remove, j.JobID)
		case !waits(j):
		default:
			if w := d.early(j); w.For != 0 {
				d.wait(j, w)
			} else {
				due = append(due, turn{turnOf(j), j})
			}
		}
	}
	slices.SortFunc(due, inOrder)
	for _, t := range due {
		at, w := d.place(t.job)
		switch {
		case w.For != 0:
			d.wait(t.job, w)
		case s.Forbids(t.job.FaxNumber):
			d.Forbidden = append(d.Forbidden, t.job.JobID)
		default:
			d.start(t.job, at)
		}
	}
	return d.Decision
}

// decider is a decision in the making.
type decider struct {
	Decision
	now     time.Time
	s       fax.Server
	cheap   time.Time // the first moment of the cheap period from now on
	free    []Port    // that send and are idle, best first
	sending int       // ports that send and are in service
	long    int       // of them, how many long jobs have
	inCall  numbers   // being called
	resting numbers   // could not be reached just now
	usable  map[fax.DeviceID]bool
}

func newDecider(now time.Time, s fax.Server, jobs []fax.Job, ports []Port) *decider {
	d := &decider{now: now, s: s, inCall: numbers{}, resting: numbers{}, usable: map[fax.DeviceID]bool{}}
	d.Waits = map[fax.JobID]Waiting{}
	d.cheap = s.DiscountPeriod().Next(now.In(s.Location()))
	for i := range jobs {
		j := &jobs[i]
		switch {
		case onLine(j):
			d.inCall.add(j.FaxNumber, time.Time{}, j.JobID)
			if isLong(j) {
				d.long++
			}
		case waits(j) && planOf(j.Result.Cause).rest && d.retryAt(j).After(now):
			d.resting.add(j.FaxNumber, d.retryAt(j), j.JobID)
		}
	}
	for _, p := range ports {
		d.port(p)
	}
	slices.SortFunc(d.free, func(a, b Port) int {
		return cmp.Or(compareBool(a.Fault, b.Fault), cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.ID, b.ID))
	})
	return d
}

func (d *decider) port(p Port) {
	if p.Number != "" {
		d.inCall.add(p.Number, time.Time{}, 0)
	}
	if !p.Send || p.State == OutOfService {
		return
	}
	d.sending++
	d.usable[p.ID] = true
	if p.State == Idle {
		d.free = append(d.free, p)
	}
}

// firstYear is a year in which no box was running: a time before it was read off a clock that had not been set.
const firstYear = 2020

// overdue reports that a failed job has lain long enough.
func (d *decider) overdue(j *fax.Job) bool {
	if j.State != fax.Failed && j.State != fax.RetriesExceeded || j.EndTime.Year() < firstYear {
		return false
	}
	age, forever := d.s.MaxAge()
	if forever {
		return false
	}
	if at := j.EndTime.Add(age); at.After(d.now) {
		d.look(at)
		return false
	}
	return true
}

// early is what a job waits for that has nothing to do with ports and other jobs.
func (d *decider) early(j *fax.Job) Waiting {
	switch {
	case j.Held:
		return Waiting{For: ForResume}
	case d.s.PauseServerQueue:
		return Waiting{For: ForQueue}
	case j.Schedule == fax.SendAt && j.SendTime.After(d.now):
		return Waiting{ForSendTime, j.SendTime}
	case d.retryAt(j).After(d.now):
		return Waiting{ForRetry, d.retryAt(j)}
	case j.Schedule == fax.SendDiscount && d.cheap.After(d.now):
		return Waiting{ForCheapPeriod, d.cheap}
	default:
		return Waiting{}
	}
}

// retryAt is when a job's delay is over. A moment further away than the delay can be was read off a clock that has been
// put back since, or the delay has been shortened: the job has waited long enough.
func (d *decider) retryAt(j *fax.Job) time.Time {
	if j.NextAttempt.After(d.now.Add(planOf(j.Result.Cause).longest(d.s))) {
		return d.now
	}
	return j.NextAttempt
}

// place finds a port for a job that is due: its index in free, or what the job waits for.
func (d *decider) place(j *fax.Job) (int, Waiting) {
	mine := func(p Port) bool { return j.OnlyDevice == 0 || j.OnlyDevice == p.ID }
	switch {
	case d.sending == 0, j.OnlyDevice != 0 && !d.usable[j.OnlyDevice]:
		return 0, Waiting{For: ForPort}
	case !slices.ContainsFunc(d.free, mine):
		return 0, Waiting{For: ForFreePort}
	}
	if _, ok := d.inCall.find(j.FaxNumber, j.JobID); ok {
		return 0, Waiting{For: ForNumber}
	}
	if until, ok := d.resting.find(j.FaxNumber, j.JobID); ok {
		return 0, Waiting{ForNumberRest, until}
	}
	if j.OnlyDevice == 0 && isLong(j) && d.sending > 1 && d.long >= d.sending-1 {
		return 0, Waiting{For: ForShortJobs}
	}
	at := slices.IndexFunc(d.free, func(p Port) bool { return mine(p) && !shuns(j, p) })
	if at < 0 {
		at = slices.IndexFunc(d.free, mine)
	}
	return at, Waiting{}
}

// start gives a job a port.
func (d *decider) start(j *fax.Job, at int) {
	d.Start = append(d.Start, Start{j.JobID, d.free[at].ID})
	d.free = slices.Delete(d.free, at, at+1)
	d.inCall.add(j.FaxNumber, time.Time{}, j.JobID)
	if isLong(j) {
		d.long++
	}
}

func (d *decider) wait(j *fax.Job, w Waiting) {
	d.Waits[j.JobID] = w
	if !w.Until.IsZero() {
		d.look(w.Until)
	}
}

// nap is the longest time between two decisions while something waits for its hour: the clock may be put forward
// while a timer sleeps.
const nap = time.Minute

// look makes sure that the next decision is not later than at.
func (d *decider) look(at time.Time) {
	if last := d.now.Add(nap); at.After(last) {
		at = last
	}
	if d.Next.IsZero() || at.Before(d.Next) {
		d.Next = at
	}
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}
