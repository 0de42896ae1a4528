package queue

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"faxbox/fax"
)

// line is a free port that sends; its rank is its id.
func line(id fax.DeviceID) Port { return Port{ID: id, Rank: int(id), Send: true, State: Idle} }

func with[T any](v T, change func(*T)) T {
	change(&v)
	return v
}

func TestDecide(t *testing.T) {
	at := func(d time.Duration) time.Time { return noon.Add(d) }
	long := func(id fax.JobID) fax.Job { return letter(id, fmt.Sprintf("555100%d", id), 300) }
	busy := func(j fax.Job) fax.Job { return tried(t, j, settings(), Attempt{Cause: fax.Busy}) }
	onCall := func(j fax.Job, p fax.DeviceID) fax.Job { j, _ = Begin(j, p, noon); return j }
	for _, c := range []struct {
		name  string
		set   func(*fax.Server)
		jobs  []fax.Job
		ports []Port
		start []Start
		waits map[fax.JobID]Reason
	}{
		{name: "nothing to do", ports: []Port{line(1)}},
		{name: "the best rank first", jobs: []fax.Job{letter(1, "101", 1)},
			ports: []Port{line(1), with(line(2), func(p *Port) { p.Rank = 0 })}, start: []Start{{1, 2}}},
		{name: "a line without dial tone last", jobs: []fax.Job{letter(1, "101", 1)},
			ports: []Port{with(line(1), func(p *Port) { p.Fault = true }), line(2)}, start: []Start{{1, 2}}},
		{name: "but better than none", jobs: []fax.Job{letter(1, "101", 1)},
			ports: []Port{with(line(1), func(p *Port) { p.Fault = true })}, start: []Start{{1, 1}}},
		{name: "each port once", jobs: []fax.Job{letter(1, "101", 1), letter(2, "102", 1), letter(3, "103", 1)},
			ports: []Port{line(1), line(2)}, start: []Start{{1, 1}, {2, 2}}, waits: map[fax.JobID]Reason{3: ForFreePort}},
		{name: "no port at all", jobs: []fax.Job{letter(1, "101", 1)}, waits: map[fax.JobID]Reason{1: ForPort}},
		{name: "only ports that receive", jobs: []fax.Job{letter(1, "101", 1)},
			ports: []Port{with(line(1), func(p *Port) { p.Send = false })}, waits: map[fax.JobID]Reason{1: ForPort}},
		{name: "out of service", jobs: []fax.Job{letter(1, "101", 1)},
			ports: []Port{with(line(1), func(p *Port) { p.State = OutOfService })}, waits: map[fax.JobID]Reason{1: ForPort}},
		{name: "a call comes in", jobs: []fax.Job{letter(1, "101", 1)},
			ports: []Port{with(line(1), func(p *Port) { p.State = Occupied })}, waits: map[fax.JobID]Reason{1: ForFreePort}},
		{name: "the port that is asked for", jobs: []fax.Job{with(letter(1, "101", 1), func(j *fax.Job) { j.OnlyDevice = 2 })},
			ports: []Port{line(1), line(2)}, start: []Start{{1, 2}}},
		{name: "and no other", jobs: []fax.Job{with(letter(1, "101", 1), func(j *fax.Job) { j.OnlyDevice = 3 })},
			ports: []Port{line(1), line(2)}, waits: map[fax.JobID]Reason{1: ForPort}},
		{name: "one call to one number", jobs: []fax.Job{letter(1, "+49 30 1234567", 1), letter(2, "(030) 1234567", 1)},
			ports: []Port{line(1), line(2)}, start: []Start{{1, 1}}, waits: map[fax.JobID]Reason{2: ForNumber}},
		{name: "already in a call", jobs: []fax.Job{onCall(letter(1, "0301234567", 1), 1), letter(2, "030-1234567", 1)},
			ports: []Port{with(line(1), func(p *Port) { p.State = Occupied }), line(2)}, waits: map[fax.JobID]Reason{2: ForNumber}},
		{name: "somebody else calls the number", jobs: []fax.Job{letter(2, "030-1234567", 1)},
			ports: []Port{with(line(1), func(p *Port) { p.State, p.Number = Occupied, "0301234567" }), line(2)},
			waits: map[fax.JobID]Reason{2: ForNumber}},
		{name: "a busy number is left alone", jobs: []fax.Job{busy(letter(1, "103", 1)), letter(2, "103", 1), letter(3, "104", 1)},
			ports: []Port{line(1)}, start: []Start{{3, 1}}, waits: map[fax.JobID]Reason{1: ForRetry, 2: ForNumberRest}},
		{name: "the queue is paused", set: func(s *fax.Server) { s.PauseServerQueue = true },
			jobs: []fax.Job{letter(1, "101", 1)}, ports: []Port{line(1)}, waits: map[fax.JobID]Reason{1: ForQueue}},
		{name: "on hold", jobs: []fax.Job{with(letter(1, "101", 1), func(j *fax.Job) { j.Held = true })},
			ports: []Port{line(1)}, waits: map[fax.JobID]Reason{1: ForResume}},
		{name: "later", jobs: []fax.Job{
			with(letter(1, "101", 1), func(j *fax.Job) { j.Schedule, j.SendTime = fax.SendAt, at(time.Minute) }),
			with(letter(2, "102", 1), func(j *fax.Job) { j.Schedule, j.SendTime = fax.SendAt, at(0) })},
			ports: []Port{line(1)}, start: []Start{{2, 1}}, waits: map[fax.JobID]Reason{1: ForSendTime}},
		{name: "the cheap period is at night", jobs: []fax.Job{with(letter(1, "101", 1), func(j *fax.Job) { j.Schedule = fax.SendDiscount })},
			ports: []Port{line(1)}, waits: map[fax.JobID]Reason{1: ForCheapPeriod}},
		{name: "or now", set: func(s *fax.Server) { s.DiscountRateStartHour, s.DiscountRateEndHour = 12, 13 },
			jobs:  []fax.Job{with(letter(1, "101", 1), func(j *fax.Job) { j.Schedule = fax.SendDiscount })},
			ports: []Port{line(1)}, start: []Start{{1, 1}}},
		{name: "short before long", jobs: []fax.Job{long(1), letter(2, "102", 1)}, ports: []Port{line(1)},
			start: []Start{{2, 1}}, waits: map[fax.JobID]Reason{1: ForFreePort}},
		{name: "a line is kept for short ones", jobs: []fax.Job{long(1), long(2), long(3)}, ports: []Port{line(1), line(2), line(3)},
			start: []Start{{1, 1}, {2, 2}}, waits: map[fax.JobID]Reason{3: ForShortJobs}},
		{name: "but not the only one", jobs: []fax.Job{long(1)}, ports: []Port{line(1)}, start: []Start{{1, 1}}},
		{name: "urgent ones first", jobs: []fax.Job{letter(1, "101", 1), with(letter(2, "102", 30), func(j *fax.Job) { j.Priority = fax.High })},
			ports: []Port{line(1)}, start: []Start{{2, 1}}, waits: map[fax.JobID]Reason{1: ForFreePort}},
		{name: "another line after a bad one", jobs: []fax.Job{with(letter(1, "101", 1), func(j *fax.Job) {
			j.State, j.Attempts, j.DeviceID, j.Result = fax.Retrying, 1, 1, fax.ResultOf(fax.CannotTrain)
		})}, ports: []Port{line(1), line(2)}, start: []Start{{1, 2}}},
		{name: "finished, failed and received ones rest", jobs: []fax.Job{
			with(letter(1, "101", 1), func(j *fax.Job) { j.State = fax.Finished }),
			with(letter(2, "102", 1), func(j *fax.Job) { j.State, j.EndTime = fax.Failed, noon }),
			{JobID: 3, Type: fax.JobReceive, State: fax.InProgress}}, ports: []Port{line(1)}},
	} {
		s := settings()
		if c.set != nil {
			c.set(&s)
		}
		d := Decide(noon.Add(time.Second), s, c.jobs, c.ports)
		waits := map[fax.JobID]Reason{}
		for id, w := range d.Waits {
			waits[id] = w.For
		}
		if c.waits == nil {
			c.waits = map[fax.JobID]Reason{}
		}
		if !reflect.DeepEqual(d.Start, c.start) || !reflect.DeepEqual(waits, c.waits) || d.Forbidden != nil || d.Remove != nil {
			t.Errorf("%s: start %v, wait %v, forbidden %v, remove %v; want start %v, wait %v",
				c.name, d.Start, waits, d.Forbidden, d.Remove, c.start, c.waits)
		}
	}
}

// The cheap period goes by the clock of the office, wherever the moment was read.
func TestCheapPeriodIsLocal(t *testing.T) {
	s := settings()
	s.TimeZone, s.DiscountRateStartHour, s.DiscountRateEndHour = "Asia/Tokyo", 21, 22 // noon in UTC
	j := with(letter(1, "101", 1), func(j *fax.Job) { j.Schedule = fax.SendDiscount })
	if d := Decide(noon, s, []fax.Job{j}, []Port{line(1)}); len(d.Start) != 1 {
		t.Errorf("at nine in the evening in Tokyo: %v", d.Waits)
	}
	if d := Decide(noon.Add(-time.Second), s, []fax.Job{j}, []Port{line(1)}); !d.Waits[1].Until.Equal(noon) || !d.Next.Equal(noon) {
		t.Errorf("a second before: %v, next look at %v", d.Waits, d.Next)
	}
}

func TestBlockedSince(t *testing.T) {
	d := Decide(noon, settings(), []fax.Job{letter(1, "112", 1), letter(2, "0,112", 1), letter(3, "1120", 1)}, []Port{line(1)})
	if d.Waits[1].For != 0 {
		t.Errorf("a blocked job waits for %v", d.Waits[1])
	}
	if !reflect.DeepEqual(d.Forbidden, []fax.JobID{1, 2}) || len(d.Start) != 1 {
		t.Errorf("forbidden %v, start %v", d.Forbidden, d.Start)
	}
}

func TestDirtyDays(t *testing.T) {
	for _, c := range []struct {
		days    int
		age     time.Duration
		removed bool
	}{
		{7, 7 * 24 * time.Hour, true}, {7, 7*24*time.Hour - 1, false}, {1, 24 * time.Hour, true}, {1, 23 * time.Hour, false},
		{0, 9999 * time.Hour, false}, {-1, 9999 * time.Hour, false}, {7, -time.Hour, false},
		{7, noon.Sub(time.Unix(0, 0)), false}, // the clock had not been set
	} {
		s := settings()
		s.DirtyDays = c.days
		for _, state := range []fax.QueueStatus{fax.Failed, fax.RetriesExceeded, fax.Pending} {
			j := letter(1, "101", 1)
			j.State, j.EndTime = state, noon.Add(-c.age)
			want := c.removed && state != fax.Pending
			if d := Decide(noon, s, []fax.Job{j}, nil); (len(d.Remove) == 1) != want {
				t.Errorf("%s for %v with %d days: removed %v, want %v", state, c.age, c.days, d.Remove, want)
			}
		}
	}
}

// A job shows what lies over its state, and each place has a sentence.
func TestStatus(t *testing.T) {
	for _, c := range []struct {
		state fax.QueueStatus
		held  bool
		wait  Reason
		want  string
	}{
		{fax.Pending, false, 0, "Pending"}, {fax.Pending, false, ForFreePort, "No Line"}, {fax.Pending, false, ForPort, "No Line"},
		{fax.Pending, false, ForCheapPeriod, "Pending"}, {fax.Pending, true, ForResume, "Paused"}, {fax.Retrying, true, ForResume, "Paused"},
		{fax.Retrying, false, ForRetry, "Retrying"}, {fax.Retrying, false, ForPort, "No Line"}, {fax.InProgress, true, 0, "In Progress"},
		{fax.Deleting, false, 0, "Deleting"}, {fax.Failed, false, 0, "Failed"}, {fax.RetriesExceeded, false, 0, "Retries Exceeded"},
	} {
		j := letter(1, "101", 1)
		j.State, j.Held = c.state, c.held
		if got := status(j, Waiting{For: c.wait}).String(); got != c.want {
			t.Errorf("%s, on hold %v, %q: shown as %q, want %q", c.state, c.held, c.wait, got, c.want)
		}
	}
	until := noon.Add(time.Hour)
	if j := Show(letter(1, "101", 1), Waiting{ForRetry, until}); j.QueueStatus != fax.Pending || j.WaitsFor != ForRetry.String() || j.WaitsUntil != until {
		t.Errorf("shown as %s, waits for %q until %v", j.QueueStatus, j.WaitsFor, j.WaitsUntil)
	}
	for r := ForResume; r <= ForShortJobs; r++ {
		if r.String() == "" {
			t.Errorf("reason %d has no sentence", r)
		}
	}
	if Reason(0).String() != "" || Reason(200).String() != "" {
		t.Error("no reason has a sentence")
	}
}

// Decide says when to look again, and never sleeps longer than the clock may be trusted.
func TestNext(t *testing.T) {
	soon := with(letter(1, "101", 1), func(j *fax.Job) { j.Schedule, j.SendTime = fax.SendAt, noon.Add(20*time.Second) })
	far := with(letter(2, "102", 1), func(j *fax.Job) { j.Schedule, j.SendTime = fax.SendAt, noon.Add(20*time.Hour) })
	held := with(letter(3, "103", 1), func(j *fax.Job) { j.Held = true })
	for _, c := range []struct {
		jobs []fax.Job
		want time.Time
	}{
		{nil, time.Time{}}, {[]fax.Job{held}, time.Time{}}, {[]fax.Job{far}, noon.Add(nap)},
		{[]fax.Job{far, soon}, noon.Add(20 * time.Second)}, {[]fax.Job{soon, far, held}, noon.Add(20 * time.Second)},
	} {
		if got := Decide(noon, settings(), c.jobs, []Port{line(1)}).Next; !got.Equal(c.want) {
			t.Errorf("next look at %v, want %v", got, c.want)
		}
	}
}

// A clock that is put back leaves nobody waiting for years, and a shorter delay acts at once.
func TestClockAndDelayMayChange(t *testing.T) {
	j := tried(t, letter(1, "101", 1), settings(), Attempt{Cause: fax.Busy})
	if d := Decide(noon.AddDate(-1, 0, 0), settings(), []fax.Job{j}, []Port{line(1)}); len(d.Start) != 1 {
		t.Errorf("a year back: waits for %v", d.Waits)
	}
	if d := Decide(noon, settings(), []fax.Job{j}, []Port{line(1)}); len(d.Start) != 0 {
		t.Error("started before its delay was over")
	}
	now := settings()
	now.RetryDelay = 0
	if d := Decide(noon, now, []fax.Job{j}, []Port{line(1)}); len(d.Start) != 1 {
		t.Errorf("delay set to nothing: waits for %v", d.Waits)
	}
}

// On one line that short faxes would fill for ever, a long one waits half an hour; and while long ones would fill two
// lines for ever, a short one does not wait at all.
func TestNobodyStarves(t *testing.T) {
	now, s := noon, settings()
	jobs := []fax.Job{letter(1, "5550001", 300)}
	for id := fax.JobID(2); ; id++ { // each takes a minute, and another comes each minute
		jobs = append(jobs, with(letter(id, fmt.Sprint(5550000+int(id)), 1), func(j *fax.Job) { j.SubmittedTime = now }))
		d := Decide(now, s, jobs, []Port{line(1)})
		if len(d.Start) != 1 {
			t.Fatalf("%d jobs started on one line", len(d.Start))
		}
		if d.Start[0].Job == 1 {
			break
		}
		if now.Sub(noon) > time.Hour {
			t.Fatal("the long fax has waited for an hour")
		}
		for i := range jobs {
			if jobs[i].JobID == d.Start[0].Job {
				jobs[i].State = fax.Finished
			}
		}
		now = now.Add(time.Minute)
	}
	if waited := now.Sub(noon); waited > 32*time.Minute {
		t.Errorf("the long fax waited %v", waited)
	}
	jobs = nil
	for id := range fax.JobID(20) {
		jobs = append(jobs, letter(1+id, fmt.Sprint(5550000+int(id)), 300))
	}
	jobs[0], _ = Begin(jobs[0], 1, noon)
	ports := []Port{with(line(1), func(p *Port) { p.State = Occupied }), line(2)}
	if d := Decide(noon.Add(time.Hour), s, jobs, ports); len(d.Start) != 0 {
		t.Errorf("long faxes take both lines: %v", d.Start)
	}
	jobs = append(jobs, with(letter(99, "5559999", 1), func(j *fax.Job) { j.SubmittedTime = noon.Add(time.Hour) }))
	if d := Decide(noon.Add(time.Hour), s, jobs, ports); !reflect.DeepEqual(d.Start, []Start{{99, 2}}) {
		t.Errorf("start %v, want the short fax at once", d.Start)
	}
}

// Ten thousand jobs wait, a hundred of them for each number.
func BenchmarkDecide(b *testing.B) {
	var jobs []fax.Job
	for id := range fax.JobID(10000) {
		jobs = append(jobs, letter(1+id, fmt.Sprint(5550000+int(id%100)), 1+int(id%40)))
	}
	ports := []Port{line(1), line(2), line(3), line(4)}
	b.ReportAllocs()
	for b.Loop() {
		Decide(noon, settings(), jobs, ports)
	}
}
