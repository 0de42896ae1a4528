package server

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/route"
)

// folder makes a folder beside the box's own.
func (b *office) folder(name string) string {
	b.Helper()
	path := b.path(name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		b.Fatal(err)
	}
	return path
}

// names are the files in a folder, with their paths.
func (b *office) names(folder string) []string {
	b.Helper()
	list, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		b.Fatal(err)
	}
	return list
}

func (b *office) read(path string) []byte {
	b.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	return data
}

func (b *office) enable(id fax.DeviceID, folder, pattern string) {
	b.Helper()
	_, err := b.UpdateRoutingMethod(boss, id, fax.RouteFolder, fax.RoutingMethodPatch{Enable: patch(true), Setting: &folder, NamePattern: &pattern})
	if err != nil {
		b.Fatal(err)
	}
}

func TestRouteToFolder(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		methods, err := b.RoutingMethods(2)
		if err != nil || len(methods) != 4 || methods[0].Enable || methods[0].DeviceID != 2 || methods[0].DeviceName != "Line 102" {
			t.Fatalf("%v, %+v", err, methods)
		}
		folder := b.folder("in")
		b.enable(2, folder, "{line}-{pages}")
		j := b.send("102", strip(1), strip(2))
		b.until(j.JobID, fax.Finished, 3*time.Minute)
		b.wait("a file", time.Minute, func() bool { return len(b.names(folder)) == 1 })
		m := b.messages()[0]
		if o := m.Outcomes; len(o) != 1 || !o[0].Done || o[0].Attempts != 1 || o[0].Result != filepath.Join(folder, "Line-102-2.tif") {
			t.Errorf("%+v", o)
		}
		f, size, _ := b.MessageTIFF(m.ID)
		defer f.Close()
		if got := b.read(m.Outcomes[0].Result); int64(len(got)) != size {
			t.Errorf("%d octets of %d", len(got), size)
		}
		if methods, _ := b.RoutingMethods(1); methods[0].Enable {
			t.Error("it is on for the other port too")
		}
	})
}

// A stick that is not plugged in is waited for, over a restart too, and the fax shows it.
func TestRoutingWaitsForTheStick(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		folder := b.path("stick")
		b.enable(2, folder, "x")
		j := b.send("102", strip(1))
		b.until(j.JobID, fax.Finished, 3*time.Minute)
		b.wait("two attempts", 5*time.Minute, func() bool {
			m := b.messages()
			return len(m) == 1 && m[0].Outcomes[0].Attempts == 2
		})
		o := b.messages()[0].Outcomes[0]
		if o.Done || o.GivenUp || !strings.Contains(o.Problem, "plugged in") || o.Next.IsZero() {
			t.Errorf("%+v", o)
		}
		if jobs := b.Jobs(boss, JobFilter{}); len(jobs) != 1 || jobs[0].Type != fax.JobRouting || jobs[0].QueueStatus != fax.BeingRouted {
			t.Errorf("jobs: %+v", jobs)
		}
		if f := finding(b, "routing/folder"); f.OK || !strings.Contains(f.Sentence, "A fax waits: to store in a folder did not work") {
			t.Errorf("health: %+v", f)
		}
		b.close()
		b.folder("stick")
		b.open()
		b.wait("a file", 10*time.Minute, func() bool { return len(b.names(folder)) == 1 })
		b.wait("the outcome", time.Minute, func() bool { return b.messages()[0].Outcomes[0].Done })
		if f := finding(b, "routing"); !f.OK {
			t.Errorf("health: %+v", f)
		}
		if jobs := b.Jobs(boss, JobFilter{}); len(jobs) != 0 {
			t.Errorf("jobs: %+v", jobs)
		}
	})
}

func finding(b *office, name string) fax.Finding {
	for _, f := range b.Health() {
		if f.Name == name {
			return f
		}
	}
	return fax.Finding{}
}

// scripted is a method that does as it is told.
type scripted struct {
	guid    string
	answers []error // one for each attempt; then it works
	log     *[]string
}

func (m *scripted) About() fax.RoutingMethod {
	return fax.RoutingMethod{Guid: m.guid, FriendlyName: m.guid, FunctionName: m.guid}
}

func (m *scripted) Check(r fax.RoutingMethod) error {
	if r.Setting == "nonsense" {
		return fault("setting", "is nonsense", "Enter sense.")
	}
	return nil
}

func (m *scripted) Route(ctx context.Context, r fax.RoutingMethod, f route.Fax) (route.Done, error) {
	*m.log = append(*m.log, m.guid)
	pages, err := f.Open()
	if err != nil {
		return route.Done{}, err
	}
	defer pages.Close()
	if _, err := io.Copy(io.Discard, pages); err != nil {
		return route.Done{}, err
	}
	if len(m.answers) == 0 {
		return route.Done{Result: "made"}, nil
	}
	err = m.answers[0]
	m.answers = m.answers[1:]
	return route.Done{}, err
}

// Methods run in the order of their priority; each has its own retries and outcome, and one that fails holds up no other.
func TestSeveralMethods(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		var log []string
		fails := errors.New("not now")
		m1, m2, m3 := &scripted{guid: "{a}", log: &log}, &scripted{guid: "{b}", log: &log, answers: []error{fails, fails}},
			&scripted{guid: "{c}", log: &log, answers: []error{route.Final(errors.New("never"))}}
		b.methods = []route.Method{m1, m2, m3}
		b.open()
		for _, g := range []string{"{a}", "B", "{C}"} {
			if _, err := b.UpdateRoutingMethod(boss, 2, g, fax.RoutingMethodPatch{Enable: patch(true), Setting: patch("x")}); err != nil {
				t.Fatal(err)
			}
		}
		list, err := b.UpdateRoutingMethod(boss, 2, "{a}", fax.RoutingMethodPatch{Priority: patch(3)})
		if err != nil || list[0].Guid != "{b}" || list[2].Guid != "{a}" || list[1].Priority != 2 {
			t.Fatalf("%v, %+v", err, list)
		}
		if other, _ := b.RoutingMethods(1); other[0].Guid != "{b}" || other[0].Enable {
			t.Errorf("the other port: %+v", other)
		}
		j := b.send("102", strip(1))
		b.until(j.JobID, fax.Finished, 3*time.Minute)
		b.wait("outcomes", 20*time.Minute, func() bool {
			m := b.messages()
			return len(m) == 1 && !m[0].Outcomes[0].At.IsZero() && m[0].Outcomes[0].Done
		})
		if got := strings.Join(log, ""); got != "{b}{c}{a}{b}{b}" {
			t.Errorf("ran: %s", got)
		}
		for _, o := range b.messages()[0].Outcomes {
			want := map[string]fax.RoutingOutcome{
				"{a}": {Done: true, Attempts: 1}, "{b}": {Done: true, Attempts: 3}, "{c}": {GivenUp: true, Attempts: 1, Problem: "never"},
			}[o.Guid]
			if o.Done != want.Done || o.GivenUp != want.GivenUp || o.Attempts != want.Attempts || o.Problem != want.Problem {
				t.Errorf("%+v", o)
			}
		}
		m, err := b.RouteMessage(boss, b.messages()[0].ID)
		if err != nil || len(m.Outcomes) != 3 {
			t.Fatalf("%v, %+v", err, m)
		}
		b.wait("the one that was given up", time.Minute, func() bool {
			m, _ := b.Message(m.ID)
			return len(errands(m)) == 0
		})
		if got := strings.Join(log, ""); got != "{b}{c}{a}{b}{b}{c}" {
			t.Errorf("ran: %s", got)
		}
	})
}

func TestRoutingMethodIsChecked(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.methods = []route.Method{&scripted{guid: "{a}"}}
		b.open()
		for _, c := range []struct {
			id    fax.DeviceID
			guid  string
			who   Who
			patch fax.RoutingMethodPatch
			want  error
			field string
		}{
			{9, "{a}", boss, fax.RoutingMethodPatch{}, ErrNotFound, ""},
			{1, "{x}", boss, fax.RoutingMethodPatch{}, ErrNotFound, ""},
			{1, "{a}", sender, fax.RoutingMethodPatch{}, fax.ErrDenied, ""},
			{1, "{a}", boss, fax.RoutingMethodPatch{Enable: patch(true)}, nil, "setting"},
			{1, "{a}", boss, fax.RoutingMethodPatch{Setting: patch("nonsense")}, nil, "setting"},
			{1, "{a}", boss, fax.RoutingMethodPatch{Priority: patch(2)}, nil, "priority"},
			{1, "{a}", boss, fax.RoutingMethodPatch{Priority: patch(0)}, nil, "priority"},
		} {
			_, err := b.UpdateRoutingMethod(c.who, c.id, c.guid, c.patch)
			if faults, ok := errors.AsType[fax.Invalid](err); ok {
				if c.field == "" || faults[0].Field != c.field {
					t.Errorf("%+v: %v", c, err)
				}
			} else if !errors.Is(err, c.want) || err == nil {
				t.Errorf("%+v: %v", c, err)
			}
		}
	})
}

// A fax from a station on the quarantine list is kept apart until somebody releases it; then it is routed.
func TestQuarantine(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		folder := b.folder("in")
		b.enable(2, folder, "x")
		if _, err := b.UpdatePort(boss, 2, fax.PortPatch{Quarantine: patch([]string{"*SPAM*"})}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.UpdatePort(boss, 1, fax.PortPatch{Tsid: patch(fax.StationID("BIG SPAM CO"))}); err != nil {
			t.Fatal(err)
		}
		j := b.send("102", strip(1))
		b.until(j.JobID, fax.Finished, 3*time.Minute)
		b.ready()
		m := b.messages()[0]
		if !m.Quarantine || m.Why == "" || len(m.Outcomes) != 0 || len(b.names(folder)) != 0 {
			t.Fatalf("%+v", m)
		}
		if page, err := b.Messages(MessageFilter{Quarantine: true}); err != nil || len(page.Items) != 1 {
			t.Errorf("%v, %+v", err, page)
		}
		if _, err := b.UpdateMessage(sender, m.ID, fax.MessagePatch{Quarantine: patch(false)}); !errors.Is(err, fax.ErrDenied) {
			t.Errorf("released by a sender: %v", err)
		}
		if _, err := b.UpdateMessage(boss, m.ID, fax.MessagePatch{Quarantine: patch(false)}); err != nil {
			t.Fatal(err)
		}
		b.wait("a file", time.Minute, func() bool { return len(b.names(folder)) == 1 })
	})
}

// A fax that broke off is kept, and not routed by itself.
func TestPartialIsNotRouted(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		folder := b.folder("in")
		b.enable(2, folder, "x")
		b.set(fax.ServerPatch{Retries: patch(0)})
		j := b.send("102", strip(1), sample.Halftone(raster.Fine))
		b.wait("the second page", time.Minute, func() bool { return b.job(j.JobID).CurrentPage == 2 })
		time.Sleep(5 * time.Second)
		b.exchange.Drop("101")
		b.exchange.Drop("102")
		if j := b.until(j.JobID, fax.RetriesExceeded, 3*time.Minute); j.ConfirmedPages != 1 {
			t.Errorf("%+v", j)
		}
		b.ready()
		m := b.messages()[0]
		if !m.Partial || m.Pages < 1 || len(m.Outcomes) != 0 || m.Result.Cause == fax.OK {
			t.Errorf("%+v", m)
		}
		b.same(b.pages(m.ID)[:1], []*raster.Page{strip(1)})
		if _, err := b.RouteMessage(boss, m.ID); err != nil {
			t.Fatal(err)
		}
		b.wait("a file", time.Minute, func() bool { return len(b.names(folder)) == 1 })
		synctest.Wait()
	})
}

// A message that is deleted before it could be routed is forgotten, with the job that stood for it.
func TestDeletedBeforeRouting(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.enable(2, b.path("stick"), "x")
		j := b.send("102", strip(1))
		b.until(j.JobID, fax.Finished, 3*time.Minute)
		b.wait("an attempt", time.Minute, func() bool {
			m := b.messages()
			return len(m) == 1 && m[0].Outcomes[0].Attempts == 1
		})
		if err := b.DeleteMessage(boss, b.messages()[0].ID); err != nil {
			t.Fatal(err)
		}
		if jobs := b.Jobs(boss, JobFilter{}); len(jobs) != 0 {
			t.Errorf("%+v", jobs)
		}
		if f := finding(b, "routing"); !f.OK {
			t.Errorf("%+v", f)
		}
		folder := b.folder("stick")
		time.Sleep(10 * time.Minute)
		if got := b.names(folder); len(got) != 0 {
			t.Errorf("stored: %v", got)
		}
	})
}

// A method that was switched off since is given up.
func TestSwitchedOffBeforeRouting(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.enable(2, b.path("stick"), "x")
		j := b.send("102", strip(1))
		b.until(j.JobID, fax.Finished, 3*time.Minute)
		b.ready()
		if _, err := b.UpdateRoutingMethod(boss, 2, fax.RouteFolder, fax.RoutingMethodPatch{Enable: patch(false)}); err != nil {
			t.Fatal(err)
		}
		b.wait("given up", 10*time.Minute, func() bool { return b.messages()[0].Outcomes[0].GivenUp })
		if jobs := b.Jobs(boss, JobFilter{}); len(jobs) != 0 {
			t.Errorf("%+v", jobs)
		}
	})
}

func TestIsDue(t *testing.T) {
	for _, c := range []struct {
		in   time.Duration
		want bool
	}{{0, true}, {-time.Hour, true}, {time.Minute, false}, {time.Hour, false}, {2 * time.Hour, true}} {
		if got := isDue(today.Add(c.in), today); got != c.want {
			t.Errorf("in %v: %t", c.in, got)
		}
	}
}
