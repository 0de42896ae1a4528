package server

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
	"faxbox/fax/port"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t30"
	"faxbox/store"
)

// Whoever has no right is refused, and nothing happens.
func TestRights(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		nobody := Who{Caller: fax.Caller{User: "nobody"}}
		operator := Who{Caller: fax.Caller{User: "olga", Rights: fax.Operator.Rights()}}
		for name, c := range map[string]struct {
			who Who
			do  func(Who) error
		}{
			"settings": {operator, func(w Who) error {
				_, err := b.UpdateSettings(w, fax.ServerPatch{Retries: patch(1)})
				return err
			}},
			"port":         {sender, func(w Who) error { _, err := b.UpdatePort(w, 1, fax.PortPatch{Name: patch("x")}); return err }},
			"answer":       {sender, func(w Who) error { return b.Answer(w, 1) }},
			"delete":       {viewer, func(w Who) error { return b.DeleteMessage(w, 1) }},
			"restore":      {viewer, func(w Who) error { _, err := b.RestoreMessage(w, 1); return err }},
			"mark":         {nobody, func(w Who) error { _, err := b.UpdateMessage(w, 1, fax.MessagePatch{Read: patch(true)}); return err }},
			"route":        {sender, func(w Who) error { _, err := b.RouteMessage(w, 1); return err }},
			"audit":        {operator, func(w Who) error { _, err := b.Audit(w, AuditFilter{}); return err }},
			"audit as CSV": {operator, func(w Who) error { return b.WriteAudit(w, io.Discard, AuditFilter{}) }},
			"forget":       {operator, func(w Who) error { return b.Forget(w, "102") }},
			"acknowledge":  {operator, func(w Who) error { return b.Acknowledge(w, "store/restored") }},
			"routing method": {sender, func(w Who) error {
				_, err := b.UpdateRoutingMethod(w, 1, fax.RouteFolder, fax.RoutingMethodPatch{})
				return err
			}},
		} {
			if err := c.do(c.who); !errors.Is(err, fax.ErrDenied) {
				t.Errorf("%s: %v", name, err)
			}
			if err := c.do(boss); errors.Is(err, fax.ErrDenied) {
				t.Errorf("%s: refused to the boss", name)
			}
		}
	})
}

// Every change is in the journal of changes: who, what, from what, to what.
func TestAudit(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		far := Who{Caller: boss.Caller, Remote: "192.0.2.7"}
		if got, err := b.UpdateSettings(far, fax.ServerPatch{Retries: patch(7), DirtyDays: patch(7)}); err != nil || got.Retries != 7 {
			t.Fatalf("%v, %+v", err, got)
		}
		if _, err := b.UpdateSettings(boss, fax.ServerPatch{Retries: patch(7)}); err != nil { // no change
			t.Fatal(err)
		}
		if _, err := b.UpdateSettings(boss, fax.ServerPatch{Retries: patch(100)}); err == nil {
			t.Error("100 retries")
		}
		if _, err := b.UpdatePort(boss, 1, fax.PortPatch{Name: patch("=1+1")}); err != nil {
			t.Fatal(err)
		}
		if err := b.Record(boss, "users/vic", "create"); err != nil {
			t.Fatal(err)
		}
		page := must(b.Audit(boss, AuditFilter{}))
		var got []string
		for _, e := range page.Items {
			line := e.User + "@" + e.Remote + " " + e.Action + " " + e.Object
			for _, c := range e.Changes {
				line += " " + c.Field + ":" + c.From + ">" + c.To
			}
			got = append(got, line)
		}
		want := []string{
			"anna@ create users/vic",
			`anna@ change ports/1 name:"Line 101">"=1+1"`,
			"anna@192.0.2.7 change server retries:3>7",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if p := must(b.Audit(boss, AuditFilter{Object: "ports/"})); len(p.Items) != 1 {
			t.Errorf("of ports: %+v", p.Items)
		}
		if p := must(b.Audit(boss, AuditFilter{User: "vic"})); len(p.Items) != 0 {
			t.Errorf("by vic: %+v", p.Items)
		}
		first := must(b.Audit(boss, AuditFilter{Paging: Paging{Limit: 2}}))
		rest := must(b.Audit(boss, AuditFilter{Paging: Paging{Limit: 2, Cursor: first.Next}}))
		if len(first.Items) != 2 || len(rest.Items) != 1 || rest.Next != "" {
			t.Errorf("in pages: %+v, %+v", first, rest)
		}
		for _, p := range []Paging{{Cursor: "x"}, {Cursor: "-1"}, {Limit: -1}, {Limit: 501}} {
			if _, err := b.Audit(boss, AuditFilter{Paging: p}); !isInvalid(err) {
				t.Errorf("%+v: %v", p, err)
			}
		}
		var out bytes.Buffer
		if err := b.WriteAudit(boss, &out, AuditFilter{}); err != nil {
			t.Fatal(err)
		}
		rows := must(csv.NewReader(&out).ReadAll())
		if len(rows) != 4 || rows[3][6] != "retries" || rows[3][8] != "7" {
			t.Errorf("%q", rows)
		}
	})
}

func isInvalid(err error) bool {
	_, ok := errors.AsType[fax.Invalid](err)
	return ok
}

// The journal as CSV: a line for each call, and no cell that a spreadsheet would take for a formula.
func TestJournal(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		if _, err := b.UpdatePort(boss, 1, fax.PortPatch{Tsid: patch(fax.StationID("=cmd|' /C calc'!A0"))}); err != nil {
			t.Fatal(err)
		}
		j := b.send("102", strip(1))
		b.until(j.JobID, fax.Finished, 3*time.Minute)
		b.ready()
		var out bytes.Buffer
		if err := b.WriteJournal(&out, CallFilter{}); err != nil {
			t.Fatal(err)
		}
		rows := must(csv.NewReader(&out).ReadAll())
		if len(rows) != 3 {
			t.Fatalf("%q", rows)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") {
					t.Errorf("a formula: %q", cell)
				}
			}
		}
		calls := must(b.Calls(CallFilter{Direction: fax.Out})).Items
		if len(calls) != 1 || calls[0].JobID != j.JobID || calls[0].Number != "102" || calls[0].Pages != 1 || calls[0].Mode == "" {
			t.Fatalf("%+v", calls)
		}
		if got := must(b.Calls(CallFilter{JobID: j.JobID})).Items; len(got) != 1 {
			t.Errorf("of the job: %+v", got)
		}
		if got := must(b.Calls(CallFilter{JobID: 99})).Items; len(got) != 0 {
			t.Errorf("of another: %+v", got)
		}
		in := must(b.Calls(CallFilter{Direction: fax.In})).Items[0]
		if in.CallerID != "101" || in.MessageID == 0 || in.DeviceName != "Line 102" || in.Rings == 0 {
			t.Errorf("%+v", in)
		}
		for _, c := range []fax.Call{in, calls[0]} {
			trace, err := b.Trace(c.ID)
			if err != nil || !c.HasTrace {
				t.Fatalf("%v, %+v", err, c)
			}
			text := string(must(io.ReadAll(trace)))
			trace.Close()
			if !strings.HasPrefix(text, "faxbox trace 1\n") || !strings.Contains(text, "DCS") {
				t.Errorf("the trace:\n%s", text)
			}
		}
		if _, err := b.Trace(99); !errors.Is(err, ErrNotFound) {
			t.Errorf("the trace of no call: %v", err)
		}
		if _, err := b.Call(99); !errors.Is(err, ErrNotFound) {
			t.Errorf("no call: %v", err)
		}
	})
}

// Messages are marked, noted on, listed and deleted.
func TestMessages(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		for n := range 3 {
			j := b.send("102", strip(byte(n)))
			b.until(j.JobID, fax.Finished, 3*time.Minute)
			b.ready()
		}
		all := b.messages()
		if len(all) != 3 {
			t.Fatalf("%+v", all)
		}
		m, err := b.UpdateMessage(viewer, all[1].ID, fax.MessagePatch{Read: patch(true), Note: patch("call Bob")})
		if err != nil || !m.Read || m.Note != "call Bob" {
			t.Errorf("%v, %+v", err, m)
		}
		if got := must(b.Messages(MessageFilter{Unread: true})).Items; len(got) != 2 {
			t.Errorf("unread: %d", len(got))
		}
		if got := must(b.Messages(MessageFilter{Text: "bob"})).Items; len(got) != 1 {
			t.Errorf("about Bob: %d", len(got))
		}
		if got := must(b.Messages(MessageFilter{Number: "10", DeviceID: 2, Direction: fax.In, Since: all[1].RawReceiveTime, Until: all[2].RawReceiveTime})).Items; len(got) != 1 {
			t.Errorf("in between: %d", len(got))
		}
		first := must(b.Messages(MessageFilter{Paging: Paging{Limit: 2}}))
		rest := must(b.Messages(MessageFilter{Paging: Paging{Limit: 2, Cursor: first.Next}}))
		if len(first.Items) != 2 || len(rest.Items) != 1 || rest.Next != "" || first.Items[0].ID != all[2].ID {
			t.Errorf("in pages: %d, %d", len(first.Items), len(rest.Items))
		}
		if _, err := b.Messages(MessageFilter{Paging: Paging{Cursor: "nonsense"}}); !isInvalid(err) {
			t.Errorf("a cursor that is none: %v", err)
		}
		if err := b.DeleteMessage(boss, m.ID); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{
			"again":  b.DeleteMessage(boss, m.ID),
			"read":   second(b.UpdateMessage(boss, m.ID, fax.MessagePatch{Read: patch(true)})),
			"looked": second(b.Message(m.ID)),
			"routed": second(b.RouteMessage(boss, m.ID)),
		} {
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("deleted, then %s: %v", name, err)
			}
		}
		if _, _, err := b.MessageTIFF(m.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("its pages: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// Ranks stay a permutation, in one answer.
func TestPriorities(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		for _, number := range []string{"113", "114"} {
			b.modems[number] = b.exchange.Modem(exchange.Station{Number: number}, exchange.Habits{})
			b.lines = append(b.lines, number)
			if _, err := b.AddPort(b.source(number)); err != nil {
				t.Fatal(err)
			}
		}
		ranks := func(ports []fax.Port) (list []int) {
			for _, p := range ports {
				list = append(list, p.Priority)
			}
			return list
		}
		if got := ranks(b.Ports(boss)); !slices.Equal(got, []int{1, 2, 3, 4}) {
			t.Errorf("at first: %v", got)
		}
		ports, err := b.UpdatePort(boss, 4, fax.PortPatch{Priority: patch(2)})
		if got := ranks(ports); err != nil || !slices.Equal(got, []int{1, 3, 4, 2}) {
			t.Errorf("%v, %v", err, got)
		}
		if _, err := b.UpdatePort(boss, 4, fax.PortPatch{Priority: patch(5)}); !isInvalid(err) {
			t.Errorf("5 of 4: %v", err)
		}
		if _, err := b.UpdatePort(boss, 9, fax.PortPatch{}); !errors.Is(err, ErrNotFound) {
			t.Errorf("no such port: %v", err)
		}
		if p := must(b.Port(viewer, 4)); p.CanModify || p.Priority != 2 || !must(b.Port(boss, 4)).CanModify {
			t.Errorf("%+v", p)
		}
		b.ready()
		b.close()
		b.open()
		if got := ranks(b.Ports(boss)); !slices.Equal(got, []int{1, 3, 4, 2}) {
			t.Errorf("after a restart: %v", got)
		}
	})
}

// Events come in order, without a gap, to whoever asks; who is late is told so.
func TestEvents(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		from := b.LastEvent()
		var got []fax.Event
		listening, stop := context.WithCancel(b.Context())
		done := make(chan error)
		go func() {
			after := from
			for {
				events, err := b.Events(listening, after)
				if err != nil {
					done <- err
					return
				}
				got = append(got, events...)
				after = events[len(events)-1].Seq
			}
		}()
		j := b.send("102", strip(1))
		b.until(j.JobID, fax.Finished, 3*time.Minute)
		b.ready()
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("stopped: %v", err)
		}
		kinds := map[fax.EventKind]int{}
		for i, e := range got {
			kinds[e.Kind]++
			if e.Seq != from+1+uint64(i) || e.At.IsZero() {
				t.Fatalf("event %d has number %d after %d", i, e.Seq, from)
			}
		}
		for _, k := range []fax.EventKind{fax.PortStatusEvent, fax.JobEvent, fax.JobRemovedEvent, fax.MessageEvent, fax.CallEvent, fax.IncomingCallEvent} {
			if kinds[k] == 0 {
				t.Errorf("no %s among %v", k, kinds)
			}
		}
		var story []string
		for _, e := range got {
			if e.Kind == fax.PortStatusEvent && e.Status.DeviceID == 1 {
				if s := e.Status.State.String(); len(story) == 0 || story[len(story)-1] != s {
					story = append(story, s)
				}
			}
		}
		if s := strings.Join(story, ", "); !strings.Contains(s, "Dialing, Sending, Completed, Available") {
			t.Errorf("line 101: %s", s)
		}
		for range keptEvents {
			b.publish(fax.Event{Kind: fax.HealthEvent})
		}
		if _, err := b.Events(b.Context(), from); !errors.Is(err, ErrResync) {
			t.Errorf("too late: %v", err)
		}
		if _, err := b.Events(b.Context(), b.LastEvent()+1); !errors.Is(err, ErrResync) {
			t.Errorf("from the future: %v", err)
		}
		if events, err := b.Events(b.Context(), b.LastEvent()-keptEvents); err != nil || len(events) != eventsAtATime {
			t.Errorf("just in time: %v, %d", err, len(events))
		}
		last, s := b.LastEvent(), b.Server
		b.close()
		events, err := s.Events(b.Context(), last)
		for err == nil && events[len(events)-1].Seq < s.LastEvent() {
			var more []fax.Event
			more, err = s.Events(b.Context(), events[len(events)-1].Seq)
			events = append(events, more...)
		}
		if err != nil || !slices.ContainsFunc(events, func(e fax.Event) bool { return e.Kind == fax.StoppingEvent }) {
			t.Errorf("at the end: %v, %+v", err, events)
		}
		if _, err := s.Events(b.Context(), s.LastEvent()); !errors.Is(err, ErrStopped) {
			t.Errorf("after it: %v", err)
		}
		b.open()
		if n := b.LastEvent(); n <= s.LastEvent() {
			t.Errorf("numbers go on at %d after %d", n, s.LastEvent())
		}
		if _, err := b.Events(b.Context(), last); !errors.Is(err, ErrResync) {
			t.Errorf("over a restart: %v", err)
		}
	})
}

// Numbers of events are reserved well before they run out.
func TestEventNumbersAreReserved(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		for range 5 {
			for range eventStride / 3 {
				b.publish(fax.Event{Kind: fax.HealthEvent})
			}
			time.Sleep(tendRound)
		}
		last := b.LastEvent()
		b.close()
		b.open()
		if n := b.LastEvent(); n < last {
			t.Errorf("numbers go on at %d after %d", n, last)
		}
	})
}

// A modem that is unplugged takes its call with it and nothing else; plugged in again it is the same port.
func TestHotPlug(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.set(fax.ServerPatch{RetryDelay: patch(1)})
		j := b.send("102", sample.Halftone(raster.Fine))
		b.wait("a page on the line", time.Minute, func() bool { return b.job(j.JobID).CurrentPage == 1 })
		if err := b.RemovePort(1); err != nil {
			t.Fatal(err)
		}
		if st := must(b.Status(1)); st.State != fax.Offline || st.Description == "" {
			t.Errorf("%+v", st)
		}
		if p := must(b.Port(boss, 1)); p.Present || p.Path != "" {
			t.Errorf("%+v", p)
		}
		if f := finding(b, "ports/1"); f.OK || finding(b, "server").OK {
			t.Errorf("%+v", f)
		}
		b.until(j.JobID, fax.NoLine, 10*time.Minute) // OnlyDevice is 1
		time.Sleep(2 * tendRound)
		if err := b.RemovePort(9); !errors.Is(err, ErrNotFound) {
			t.Errorf("no such port: %v", err)
		}
		again := b.source("101")
		again.Path = "/dev/ttyACM7"
		if id, err := b.AddPort(again); err != nil || id != 1 {
			t.Fatalf("%d, %v", id, err)
		}
		b.until(j.JobID, fax.Finished, 20*time.Minute)
		if p := must(b.Port(boss, 1)); !p.Present || p.Path != "/dev/ttyACM7" || p.Model == "" {
			t.Errorf("%+v", p)
		}
		if f := finding(b, "ports/1"); !f.OK {
			t.Errorf("%+v", f)
		}
		if !slices.ContainsFunc(b.events(), func(e fax.Event) bool {
			return e.Kind == fax.HealthEvent && e.Health.Name == "ports/1" && !e.Health.OK
		}) {
			t.Error("nobody was told")
		}
	})
}

// events are all that are kept.
func (b *office) events() (all []fax.Event) {
	b.Helper()
	after := b.hub.first - 1
	for after < b.LastEvent() {
		events := must(b.Events(b.Context(), after))
		all = append(all, events...)
		after = events[len(events)-1].Seq
	}
	return all
}

// A modem that hangs puts its port out of service, is told of in health, and the other port goes on.
func TestModemHangs(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.modems["102"].Unplug(errors.New("gone"))
		b.wait("out of service", 10*time.Minute, func() bool { return must(b.Status(2)).State == fax.Offline })
		if f := finding(b, "ports/2"); f.OK || f.Hint == "" {
			t.Errorf("%+v", f)
		}
		if f := finding(b, "ports/1"); !f.OK {
			t.Errorf("%+v", f)
		}
		b.modems["102"].Plug()
		b.ready()
		j := b.send("102", strip(1))
		b.until(j.JobID, fax.Finished, 3*time.Minute)
	})
}

// A call that is being received can be ended, and what came of it stays.
func TestHangUpOnCaller(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.set(fax.ServerPatch{Retries: patch(0)})
		j := b.send("102", sample.Halftone(raster.Fine))
		b.wait("a page on the line", time.Minute, func() bool { return b.job(j.JobID).CurrentPage == 1 })
		i := slices.IndexFunc(b.Jobs(boss, JobFilter{}), func(j fax.Job) bool { return j.Type == fax.JobReceive })
		if i < 0 {
			t.Fatalf("no job for what is received: %+v", b.Jobs(boss, JobFilter{}))
		}
		in := b.Jobs(boss, JobFilter{})[i]
		if in.QueueStatus != fax.InProgress || in.DeviceStatus != fax.Receiving || in.JobID < firstIncoming {
			t.Errorf("%+v", in)
		}
		time.Sleep(5 * time.Second)
		if _, err := b.ControlJob(boss, in.JobID, fax.PauseJob); !errors.Is(err, ErrForbidden) {
			t.Errorf("paused: %v", err)
		}
		if _, err := b.ControlJob(sender, in.JobID, fax.CancelJob); !errors.Is(err, fax.ErrDenied) {
			t.Errorf("by a sender: %v", err)
		}
		if _, err := b.ControlJob(boss, in.JobID, fax.CancelJob); err != nil {
			t.Fatal(err)
		}
		b.ready()
		if m := b.messages(); len(m) != 1 || !m[0].Partial || m[0].Result.Cause != fax.Cancelled {
			t.Errorf("%+v", m)
		}
		if jobs := b.Jobs(boss, JobFilter{}); slices.ContainsFunc(jobs, func(j fax.Job) bool { return j.Type != fax.JobSend }) {
			t.Errorf("%+v", jobs)
		}
	})
}

// Health is good on a good box, and says since when.
func TestHealth(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		time.Sleep(time.Hour)
		for _, f := range b.Health() {
			if !f.OK || f.Sentence == "" || f.Hint != "" || f.Since.IsZero() || time.Since(f.Since) < 30*time.Minute {
				t.Errorf("%+v", f)
			}
		}
		if ago := time.Since(b.Alive()); ago > time.Second {
			t.Errorf("alive %v ago", ago)
		}
		m := b.Metrics()
		if m.Ports[fax.Available] != 2 || m.Events == 0 {
			t.Errorf("%+v", m)
		}
		if f := clockFinding(time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)); f.OK || f.Hint == "" {
			t.Errorf("%+v", f)
		}
	})
}

// A loop that is stuck shows in Alive.
func TestAlive(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.beats.tend.Add(-int64(10 * time.Minute)) // as if the store never came back
		if ago := time.Since(b.Alive()); ago < 9*time.Minute {
			t.Errorf("alive %v ago", ago)
		}
		time.Sleep(time.Minute)
		if ago := time.Since(b.Alive()); ago > time.Second {
			t.Errorf("then alive %v ago", ago)
		}
	})
}

// What calls teach of a number is kept, used, shown, forgotten.
func TestLearn(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		w := port.Work{Number: "+49 30 1234567"}
		b.learn(w, port.Outcome{Cause: fax.RemoteHungUp, Result: t30.Result{RefusedV17: true}})
		b.learn(w, port.Outcome{Cause: fax.TooManyErrors, Result: t30.Result{Trained: true, Mode: t30.Mode{Rate: t30.V29at9600}}})
		b.learn(w, port.Outcome{Cause: fax.OK, Result: t30.Result{Trained: true}})
		for _, number := range []string{"030 1234567", "+49301234567"} {
			if l := b.learned(number); !l.NoV17 || l.MaxRate != 7200 {
				t.Errorf("%s: %+v", number, l)
			}
		}
		if l := b.learned("030 7654321"); l != (port.Learned{}) {
			t.Errorf("another number: %+v", l)
		}
		if facts := must(b.Learned("")); len(facts) != 2 {
			t.Errorf("%+v", facts)
		}
		if err := b.Forget(boss, w.Number); err != nil {
			t.Fatal(err)
		}
		if l := b.learned(w.Number); l != (port.Learned{}) {
			t.Errorf("forgotten: %+v", l)
		}
	})
}

// A rate is lowered step by step, never below the slowest, and only for what the line did.
func TestSlower(t *testing.T) {
	for _, c := range []struct {
		cause   fax.Cause
		rate    t30.Modulation
		trained bool
		limit   int
		want    int
	}{
		{fax.TooManyErrors, t30.V17at14400, true, 0, 12000},
		{fax.PageRejected, t30.V29at7200, true, 9600, 4800},
		{fax.TooManyErrors, t30.V27ter2400, true, 0, 0},
		{fax.TooManyErrors, t30.V17at14400, false, 0, 0},
		{fax.Busy, t30.V17at14400, true, 0, 0},
		{fax.OK, t30.V17at14400, true, 0, 0},
	} {
		o := port.Outcome{Cause: c.cause, Result: t30.Result{Trained: c.trained, Mode: t30.Mode{Rate: c.rate}}}
		if got := slower(port.Work{Learned: port.Learned{MaxRate: c.limit}}, o); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// A backup taken while the box runs is one that can be restored.
func TestBackup(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		j := b.send("102", strip(1))
		b.until(j.JobID, fax.Finished, 3*time.Minute)
		b.ready()
		var out bytes.Buffer
		if err := b.store.Backup(b.Context(), &out, time.Now()); err != nil {
			t.Fatal(err)
		}
		b.close()
		if err := os.RemoveAll(b.path("data")); err != nil {
			t.Fatal(err)
		}
		if err := store.Restore(b.path("data"), &out, store.Options{}); err != nil {
			t.Fatal(err)
		}
		b.open()
		if m := b.messages(); len(m) != 1 {
			t.Fatalf("%+v", m)
		}
		b.same(b.pages(b.messages()[0].ID), []*raster.Page{strip(1)})
		f := finding(b, "store/restored")
		if f.OK || f.Hint == "" {
			t.Errorf("health: %+v", f)
		}
		if err := b.Acknowledge(boss, f.Name); err != nil || finding(b, f.Name).Name != "" {
			t.Errorf("read: %v, %+v", err, finding(b, f.Name))
		}
	})
}
