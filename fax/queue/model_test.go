package queue

import (
	"fmt"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the model

	"pgregory.net/rapid"

	"faxbox/fax"
)

// office is a model of all that is round the queue: a clock, settings, ports, jobs, and calls that go on. It carries
// every decision out, and checks each by rules of its own, which it knows by other means than Decide.
type office struct {
	*rapid.T
	now   time.Time
	s     fax.Server
	ports []Port
	jobs  map[fax.JobID]*record
	last  fax.JobID
	gone  int // jobs removed
	d     Decision
}

// record is a job and what the office remembers of it.
type record struct {
	fax.Job
	port      fax.DeviceID // it is on; 0: none
	from      int          // pages confirmed when its call began
	notBefore time.Time    // no attempt before then, by the rules
	counted   int          // attempts since it was queued or restarted
	most      int          // most attempts that any setting allowed since
	confirmed map[int]bool // pages that were confirmed
}

func newOffice(t *rapid.T) *office {
	o := &office{T: t, s: fax.NewServer(), jobs: map[fax.JobID]*record{}}
	zone := rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "Australia/Lord_Howe"}).Draw(t, "zone")
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	o.s.TimeZone = zone
	start := time.Date(2026, 3, 28, 0, 0, 0, 0, loc) // the clocks change soon
	o.now = start.Add(time.Duration(rapid.IntRange(0, 48*60).Draw(t, "start")) * time.Minute)
	for i := range rapid.IntRange(1, 4).Draw(t, "ports") {
		o.ports = append(o.ports, line(fax.DeviceID(1+i)))
	}
	return o
}

// numbers that are dialled: three stations, some of them written in two ways.
var dialled = rapid.SampledFrom([]string{"0301234567", "+49 30 1234567", "101", "555-987654"})

func (o *office) submit(t *rapid.T) {
	o.last++
	j := letter(o.last, dialled.Draw(t, "number"), rapid.SampledFrom([]int{1, 2, 3, 25, 300}).Draw(t, "pages"))
	j.SubmittedTime = o.now
	j.Priority = rapid.SampledFrom([]fax.Urgency{fax.Low, fax.Normal, fax.High}).Draw(t, "urgency")
	j.Schedule = rapid.SampledFrom([]fax.Schedule{fax.SendNow, fax.SendNow, fax.SendAt, fax.SendDiscount}).Draw(t, "schedule")
	r := &record{Job: j, confirmed: map[int]bool{}, most: 1 + o.s.Retries, notBefore: o.now.Add(-1000 * time.Hour)}
	if j.Schedule == fax.SendAt {
		r.SendTime = o.now.Add(time.Duration(rapid.IntRange(-60, 600).Draw(t, "send in")) * time.Minute)
	}
	if rapid.IntRange(0, 5).Draw(t, "asks for a port") == 0 {
		r.OnlyDevice = rapid.SampledFrom(o.ports).Draw(t, "only").ID
	}
	o.jobs[o.last] = r
}

// some draws a job for which ok holds; nil if there is none.
func (o *office) some(t *rapid.T, ok func(*record) bool) *record {
	var fit []*record
	for id := fax.JobID(1); id <= o.last; id++ {
		if r := o.jobs[id]; r != nil && ok(r) {
			fit = append(fit, r)
		}
	}
	if len(fit) == 0 {
		return nil // not a skip: rapid gives up a run in which the fuzzer chooses nothing else
	}
	return rapid.SampledFrom(fit).Draw(t, "job")
}

func inCall(r *record) bool { return r.port != 0 }

// hangUp ends a call somehow.
func (o *office) hangUp(t *rapid.T) {
	r := o.some(t, inCall)
	if r == nil {
		return
	}
	cause := rapid.SampledFrom(fax.Causes()).Draw(t, "cause")
	if cause == fax.OK && rapid.Bool().Draw(t, "as it should be") {
		o.finish(r, cause, r.PageCount)
		return
	}
	o.finish(r, cause, rapid.IntRange(r.from, r.PageCount).Draw(t, "confirmed"))
}

func (o *office) finish(r *record, cause fax.Cause, confirmed int) {
	for page := r.from; page < confirmed; page++ {
		if r.confirmed[page] {
			o.Fatalf("job %d: page %d was sent again after its confirmation", r.JobID, page)
		}
		r.confirmed[page] = true
	}
	before := r.Job
	next, err := Finish(r.Job, o.s, Attempt{Cause: cause, Confirmed: confirmed}, o.now)
	if err != nil {
		o.Fatal(err)
	}
	r.Job = next
	o.release(r)
	o.checkFinish(r, before, cause)
}

func (o *office) release(r *record) {
	for i := range o.ports {
		if o.ports[i].ID == r.port && o.ports[i].State == Occupied {
			o.ports[i].State = Idle
		}
	}
	r.port = 0
}

// checkFinish holds what became of a job against the rules.
func (o *office) checkFinish(r *record, before fax.Job, cause fax.Cause) {
	uncounted := cause == fax.Glare || cause == fax.ModemFailed || cause == fax.ModemGone || cause == fax.Unknown || cause == fax.Cancelled
	all := len(r.confirmed) == r.PageCount
	r.most = max(r.most, 1+o.s.Retries)
	if all || !uncounted && before.State != fax.Deleting {
		r.counted++
	}
	switch {
	case all != (r.State == fax.Finished):
		o.Fatalf("job %d: %d of %d pages confirmed, then %s: %s", r.JobID, len(r.confirmed), r.PageCount, cause, r.State)
	case r.Attempts != r.counted:
		o.Fatalf("job %d: %d attempts are counted, want %d", r.JobID, r.Attempts, r.counted)
	case before.State == fax.Deleting && !r.State.Final():
		o.Fatalf("job %d was cancelled and is %s", r.JobID, r.State)
	case r.State == fax.Retrying && !uncounted && r.counted > o.s.Retries:
		o.Fatalf("job %d is tried again after %d attempts with %d retries", r.JobID, r.counted, o.s.Retries)
	case r.State.Final() && !all && r.counted <= o.s.Retries && before.State != fax.Deleting && planOf(cause).next == again && cause != fax.NoFax && cause != fax.OK:
		o.Fatalf("job %d is given up after %d attempts with %d retries and %s", r.JobID, r.counted, o.s.Retries, cause)
	}
	r.notBefore = o.now
	if !uncounted {
		r.notBefore = o.now.Add(time.Duration(o.s.RetryDelay) * time.Minute)
	}
}

// change lets somebody work on a job.
func (o *office) change(t *rapid.T) {
	r := o.some(t, func(*record) bool { return true })
	if r == nil {
		return
	}
	op := rapid.SampledFrom([]fax.Operation{fax.PauseJob, fax.ResumeJob, fax.RestartJob, fax.CancelJob}).Draw(t, "operation")
	next, err := Change(r.Job, op, o.now)
	if err != nil {
		if next.State != r.State {
			t.Fatalf("job %d: refused, and yet %s", r.JobID, next.State)
		}
		return
	}
	if op == fax.RestartJob {
		if r.State.Final() {
			r.counted, r.most = 0, 1+o.s.Retries
		}
		r.notBefore = o.now
	}
	r.Job = next
}

func (o *office) setPort(t *rapid.T) {
	p := &o.ports[rapid.IntRange(0, len(o.ports)-1).Draw(t, "port")]
	p.Send = rapid.IntRange(0, 3).Draw(t, "send") > 0
	p.Fault = rapid.Bool().Draw(t, "fault")
	if o.caller(p.ID) == nil {
		p.State = rapid.SampledFrom([]PortState{OutOfService, Idle, Idle, Occupied}).Draw(t, "state")
	}
}

// caller is the job that is on a port.
func (o *office) caller(id fax.DeviceID) *record {
	for _, r := range o.jobs {
		if r.port == id {
			return r
		}
	}
	return nil
}

func (o *office) setServer(t *rapid.T) {
	o.s.PauseServerQueue = rapid.IntRange(0, 4).Draw(t, "pause") == 0
	o.s.Retries = rapid.SampledFrom([]int{0, 1, 3, 99}).Draw(t, "retries")
	o.s.RetryDelay = rapid.SampledFrom([]int{0, 1, 10, 600}).Draw(t, "delay")
	o.s.DirtyDays = rapid.SampledFrom([]int{-1, 0, 1, 7}).Draw(t, "dirty days")
	o.s.DiscountRateStartHour = rapid.IntRange(0, 23).Draw(t, "from")
	o.s.DiscountRateEndHour = rapid.IntRange(0, 23).Draw(t, "to")
	for _, r := range o.jobs { // a shorter delay counts at once
		r.notBefore = o.now.Add(-1000 * time.Hour)
		r.most = max(r.most, 1+o.s.Retries)
	}
}

// crash pulls the plug and starts again.
func (o *office) crash(*rapid.T) {
	for _, r := range o.jobs {
		// What was confirmed is on disk; what the call did after that is lost.
		r.Job = Recover(r.Job, o.s, o.now)
		o.release(r)
		if onLine(&r.Job) {
			o.Fatalf("job %d is %s after a start", r.JobID, r.State)
		}
	}
}

// page confirms the next page of a call that goes on.
func (o *office) page(t *rapid.T) {
	r := o.some(t, func(r *record) bool { return inCall(r) && r.from < r.PageCount })
	if r == nil {
		return
	}
	if r.confirmed[r.from] {
		t.Fatalf("job %d: page %d was sent again after its confirmation", r.JobID, r.from)
	}
	r.confirmed[r.from] = true
	r.from++
	r.Job = Confirm(r.Job, r.from)
}

func (o *office) wait(t *rapid.T) {
	if rapid.Bool().Draw(t, "until next") && !o.d.Next.IsZero() {
		o.now = o.d.Next.In(o.now.Location())
		return
	}
	o.now = o.now.Add(time.Duration(rapid.IntRange(1, 200).Draw(t, "minutes")) * time.Minute)
}

// jump puts the clock forward or back.
func (o *office) jump(t *rapid.T) {
	o.now = o.now.Add(time.Duration(rapid.IntRange(-10000, 10000).Draw(t, "hours")) * time.Hour)
	for _, r := range o.jobs {
		r.notBefore = o.now.Add(-1000 * time.Hour)
	}
}

// decide asks for a decision, holds it against the rules, and carries it out.
func (o *office) decide(*rapid.T) {
	var jobs []fax.Job
	for _, r := range o.jobs {
		jobs = append(jobs, r.Job)
	}
	o.d = Decide(o.now, o.s, jobs, o.ports)
	o.checkAccountedFor()
	for _, start := range o.d.Start {
		o.begin(start)
	}
	for _, id := range o.d.Remove {
		r := o.jobs[id]
		if r == nil || r.State != fax.Failed && r.State != fax.RetriesExceeded || o.s.DirtyDays < 1 ||
			o.now.Sub(r.EndTime) < time.Duration(o.s.DirtyDays)*24*time.Hour {
			o.Fatalf("job %d is removed too soon", id)
		}
		delete(o.jobs, id)
		o.gone++
	}
	if len(o.jobs)+o.gone != int(o.last) {
		o.Fatalf("%d jobs are there and %d are removed of %d", len(o.jobs), o.gone, o.last)
	}
	o.checkNoIdleLine()
}

// checkAccountedFor: each job that waits is started or told what it waits for, never both, and the others are left alone.
func (o *office) checkAccountedFor() {
	said := map[fax.JobID]int{}
	for _, s := range o.d.Start {
		said[s.Job]++
	}
	for id, w := range o.d.Waits {
		said[id]++
		if w.For.String() == "" {
			o.Fatalf("job %d waits for nothing", id)
		}
		if !w.Until.IsZero() && (o.d.Next.IsZero() || o.d.Next.After(w.Until)) {
			o.Fatalf("job %d waits until %v, but the next look is at %v", id, w.Until, o.d.Next)
		}
	}
	for id, r := range o.jobs {
		want := 0
		if r.State == fax.Pending || r.State == fax.Retrying {
			want = 1
		}
		if said[id] != want {
			o.Fatalf("job %d, %s, is named %d times", id, r.State, said[id])
		}
	}
	if !o.d.Next.IsZero() && !o.d.Next.After(o.now) {
		o.Fatalf("the next look is at %v, and it is %v", o.d.Next, o.now)
	}
}

// begin starts a call, if the rules allow it.
func (o *office) begin(start Start) {
	r := o.jobs[start.Job]
	var port *Port
	for i := range o.ports {
		if o.ports[i].ID == start.Port {
			port = &o.ports[i]
		}
	}
	switch {
	case r == nil || port == nil:
		o.Fatalf("%+v: there is no such job or port", start)
	case r.Held || o.s.PauseServerQueue:
		o.Fatalf("job %d is started on hold", r.JobID)
	case !port.Send || port.State != Idle:
		o.Fatalf("job %d is started on a port that is %+v", r.JobID, *port)
	case r.OnlyDevice != 0 && r.OnlyDevice != port.ID:
		o.Fatalf("job %d is started on port %d, not on %d", r.JobID, port.ID, r.OnlyDevice)
	case r.Schedule == fax.SendAt && r.SendTime.After(o.now):
		o.Fatalf("job %d is started %v early", r.JobID, r.SendTime.Sub(o.now))
	case r.Schedule == fax.SendDiscount && !o.cheap():
		o.Fatalf("job %d is started at %v, outside %+v", r.JobID, o.now, o.s.DiscountPeriod())
	case o.now.Before(r.notBefore):
		o.Fatalf("job %d is started %v before its delay is over", r.JobID, r.notBefore.Sub(o.now))
	case len(r.confirmed) == r.PageCount:
		o.Fatalf("job %d is started, and every page is confirmed", r.JobID)
	case r.ConfirmedPages != len(r.confirmed):
		o.Fatalf("job %d resumes after page %d, and %d are confirmed", r.JobID, r.ConfirmedPages, len(r.confirmed))
	case r.counted >= r.most:
		o.Fatalf("job %d is started after %d attempts", r.JobID, r.counted)
	}
	for _, other := range o.jobs {
		if other.port != 0 && station(other.FaxNumber) == station(r.FaxNumber) {
			o.Fatalf("jobs %d and %d call one number", r.JobID, other.JobID)
		}
	}
	next, err := Begin(r.Job, port.ID, o.now)
	if err != nil {
		o.Fatal(err)
	}
	r.Job, r.port, r.from = next, port.ID, next.ConfirmedPages
	port.State = Occupied
}

// station tells the stations of dialled apart.
func station(number string) byte { return number[len(number)-1] }

// cheap is the cheap period by the hour alone: in the model it begins and ends on the hour.
func (o *office) cheap() bool {
	from, to, h := o.s.DiscountRateStartHour, o.s.DiscountRateEndHour, o.now.Hour()
	for range 24 {
		if h == from {
			return true
		}
		if h == to {
			return false
		}
		h = (h + 23) % 24
	}
	return false
}

// checkNoIdleLine: nobody is told that all lines are in use while one that he may use is not.
func (o *office) checkNoIdleLine() {
	for id, w := range o.d.Waits {
		for _, p := range o.ports {
			r := o.jobs[id]
			mine := p.Send && p.State == Idle && (r.OnlyDevice == 0 || r.OnlyDevice == p.ID)
			if mine && (w.For == ForFreePort || w.For == ForPort) {
				o.Fatalf("job %d: %s, but port %d is free", id, w.For, p.ID)
			}
			if mine && w.For == ForShortJobs && r.PageCount-r.ConfirmedPages <= longPages {
				o.Fatalf("job %d is short", id)
			}
		}
	}
}

// drain makes everything well, and sees every job go out: nobody starves.
func (o *office) drain() {
	o.s.PauseServerQueue = false
	for i := range o.ports {
		p := &o.ports[i]
		p.Send = true
		if o.caller(p.ID) == nil {
			p.State = Idle
		}
	}
	waiting := 0
	for _, r := range o.jobs {
		if waits(&r.Job) || onLine(&r.Job) {
			waiting++
		}
		if r.Held {
			r.Job, _ = Change(r.Job, fax.ResumeJob, o.now)
		}
	}
	for steps := 0; waiting > 0; steps++ {
		if steps > 1_000_000 {
			o.Fatalf("%d jobs still wait: %+v", waiting, o.d.Waits)
		}
		o.decide(o.T)
		for _, r := range o.jobs {
			if inCall(r) {
				o.finish(r, fax.OK, r.PageCount)
				waiting--
			}
		}
		if len(o.d.Start) == 0 && !o.d.Next.IsZero() {
			o.now = o.leap()
		}
	}
}

// leap is the next moment at which something can be decided: naps in between are slept through.
func (o *office) leap() time.Time {
	at := o.d.Next
	for _, w := range o.d.Waits {
		if w.Until.IsZero() {
			return o.d.Next.In(o.now.Location())
		}
		if at.Equal(o.d.Next) || w.Until.Before(at) {
			at = w.Until
		}
	}
	return at.In(o.now.Location())
}

func play(t *rapid.T) {
	o := newOffice(t)
	t.Repeat(map[string]func(*rapid.T){
		"submit":    o.submit,
		"submit 2":  o.submit,
		"hang up":   o.hangUp,
		"hang up 2": o.hangUp,
		"page":      o.page,
		"change":    o.change,
		"port":      o.setPort,
		"server":    o.setServer,
		"crash":     o.crash,
		"wait":      o.wait,
		"wait 2":    o.wait,
		"jump":      o.jump,
		"":          o.decide,
	})
	o.drain()
}

// Whatever happens, no job is lost, none is sent again after its confirmation, none starves; pauses, hours, delays, ports
// and numbers are honoured, and attempts counted right.
func TestModel(t *testing.T) { rapid.Check(t, play) }

func FuzzModel(f *testing.F) { f.Fuzz(rapid.MakeFuzz(play)) }

func (r *record) String() string { return fmt.Sprintf("job %d, %s", r.JobID, r.State) }
