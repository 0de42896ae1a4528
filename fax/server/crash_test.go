package server

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/store"
)

// moment is what the disk would hold if the plug were pulled now, and what was known then.
type moment struct {
	dir       string
	at        time.Duration
	confirmed int // pages whose confirmation the sender has heard
	state     fax.QueueStatus
}

// pull copies the disk.
func (b *office) pull(name string, since time.Time, j fax.Job) moment {
	b.Helper()
	synctest.Wait()
	m := moment{b.path("pulled", name), time.Since(since), b.job(j.JobID).ConfirmedPages, b.job(j.JobID).State}
	if err := os.CopyFS(m.dir, os.DirFS(b.path("data"))); err != nil {
		b.Fatal(err)
	}
	return m
}

// TestPlugPulled: whenever the plug is pulled during a call, no page whose confirmation was heard is lost on either side, no
// job is in progress afterwards, and what was confirmed is not sent again.
func TestPlugPulled(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		pages := []*raster.Page{strip(1), strip(2), strip(3)}
		j := b.send("102", pages...)
		began := time.Now()
		var moments []moment
		for n := 0; b.job(j.JobID).State != fax.Finished; n++ {
			moments = append(moments, b.pull(fmt.Sprint(n), began, j))
			time.Sleep(400 * time.Millisecond)
			if n > 300 {
				t.Fatalf("not done: %+v", b.job(j.JobID))
			}
		}
		moments = append(moments, b.pull("end", began, j))
		b.close()
		resumed := map[int]bool{}
		for _, m := range moments {
			before := b.afterwards(m, j.JobID, pages)
			if again := m.confirmed; m.state == fax.InProgress && again < len(pages) && !resumed[again] {
				resumed[again] = true
				b.goesOn(m, before, j.JobID, pages)
			}
		}
		if !resumed[0] || !resumed[1] || !resumed[2] {
			t.Errorf("not every page was on the line at some moment: %v", resumed)
		}
	})
}

// afterwards looks at what there is after the plug was pulled, and says how many messages that are.
func (b *office) afterwards(m moment, id fax.JobID, pages []*raster.Page) int {
	b.Helper()
	st, err := store.Open(m.dir, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	s, err := New(Config{Store: st})
	if err != nil {
		b.Fatal(err)
	}
	j, err := s.Job(boss, id)
	if err != nil || j.ConfirmedPages != m.confirmed || j.State == fax.InProgress || (j.State == fax.Finished) != (m.confirmed == len(pages)) {
		b.Errorf("after %v with %d pages confirmed: %v, %+v", m.at, m.confirmed, err, j)
	}
	there := &office{T: b.T, Server: s, dir: m.dir}
	received := 0
	for _, f := range there.messages() {
		received += f.Pages
		there.same(there.pages(f.ID), pages[:f.Pages])
		if f.Partial != (f.Result.Cause != fax.OK) {
			b.Errorf("after %v: %+v", m.at, f)
		}
	}
	if received < m.confirmed {
		b.Errorf("after %v %d pages are confirmed and %d are there", m.at, m.confirmed, received)
	}
	for _, c := range must(there.Calls(CallFilter{})).Items {
		if c.Result.Cause == fax.Unknown {
			b.Errorf("after %v a call is still open: %+v", m.at, c)
		}
	}
	return len(there.messages())
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// goesOn runs the box on from there: it sends the pages that were not confirmed, and no other.
func (b *office) goesOn(m moment, before int, id fax.JobID, pages []*raster.Page) {
	b.Helper()
	next := &office{T: b.T, exchange: b.exchange, modems: b.modems, lines: b.lines, log: b.log, logger: b.logger, dir: m.dir + "-on"}
	if err := os.Mkdir(next.dir, 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.Rename(m.dir, next.path("data")); err != nil {
		b.Fatal(err)
	}
	next.open()
	defer next.close()
	next.until(id, fax.Finished, 5*time.Minute)
	next.wait("the rest", time.Minute, func() bool { return len(next.messages()) == before+1 })
	all := next.messages()
	next.same(next.pages(all[len(all)-1].ID), pages[m.confirmed:])
}

// A box that is stopped in mid-call says goodbye, and goes on where it was.
func TestStoppedInMidCall(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		pages := []*raster.Page{strip(1), strip(2), strip(3)}
		j := b.send("102", pages...)
		b.wait("one page", time.Minute, func() bool { return b.job(j.JobID).ConfirmedPages == 1 })
		began := time.Now()
		b.close()
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("stopping took %v", took)
		}
		b.open()
		if j = b.until(j.JobID, fax.Finished, 5*time.Minute); j.Attempts != 1 || j.Calls != 2 {
			t.Errorf("%d attempts counted of %d", j.Attempts, j.Calls)
		}
		b.ready()
		all := b.messages()
		if len(all) != 2 || !all[0].Partial || all[1].Partial {
			t.Fatalf("%+v", all)
		}
		b.same(b.pages(all[0].ID)[:1], pages[:1])
		b.same(b.pages(all[1].ID), pages[1:])
	})
}

// What the store cannot take is held and stored as soon as it can; what has happened is never undone for it.
func TestStoreFails(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		j := b.send("102", strip(1), strip(2))
		b.wait("one page", time.Minute, func() bool { return b.job(j.JobID).ConfirmedPages == 1 })
		folder := b.path("data", "jobs", fmt.Sprint(j.JobID))
		if err := os.Rename(folder, b.path("hidden")); err != nil {
			t.Fatal(err)
		}
		b.until(j.JobID, fax.Finished, 3*time.Minute)
		if stored := must(b.store.Job(j.JobID)); stored.ConfirmedPages != 1 {
			t.Errorf("stored: %+v", stored)
		}
		if f := finding(b, "queue"); f.OK || f.Hint == "" {
			t.Errorf("health: %+v", f)
		}
		if b.Metrics().StoreFails == 0 {
			t.Error("nothing was counted")
		}
		if err := os.Rename(b.path("hidden"), folder); err != nil {
			t.Fatal(err)
		}
		b.wait("it is stored", time.Minute, func() bool { return must(b.store.Job(j.JobID)).State == fax.Finished })
		if f := finding(b, "queue"); !f.OK {
			t.Errorf("health: %+v", f)
		}
	})
}

// A call that cannot be stored is not answered, and the journal says why; a job that cannot be marked as begun is not.
func TestDiskIsGone(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.set(fax.ServerPatch{RetryDelay: patch(0)})
		gone, back := b.path("data", "unfinished"), b.path("hidden")
		j := b.send("102", strip(1))
		if err := os.Rename(gone, back); err != nil {
			t.Fatal(err)
		}
		if first := b.until(j.JobID, fax.Retrying, 5*time.Minute); first.Result.Cause != fax.NoAnswer && first.Result.Cause != fax.NoFax {
			t.Errorf("%+v", first.Result)
		}
		b.ready()
		if in := must(b.Calls(CallFilter{Direction: fax.In})).Items; len(in) != 1 || !strings.Contains(in[0].Refused, "store") {
			t.Errorf("journal: %+v", in)
		}
		if _, _, err := b.Submit(b.Context(), sender, Submission{Document: fax.Document{FaxNumber: "102"}, Files: []File{b.file(strip(2))}}); err == nil {
			t.Error("a document was accepted that could not be stored")
		}
		if err := os.Rename(back, gone); err != nil {
			t.Fatal(err)
		}
		b.until(j.JobID, fax.Finished, 10*time.Minute)
		b.ready()
		if m := b.messages(); len(m) != 1 || m[0].Pages != 1 {
			t.Errorf("%+v", m)
		}
	})
}

// A document that cannot be read any more fails its job, with the reason, and nothing is dialled.
func TestDocumentIsGone(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.set(fax.ServerPatch{PauseServerQueue: patch(true)})
		j := b.send("102", strip(1))
		if err := os.WriteFile(b.path("data", "jobs", fmt.Sprint(j.JobID), "fax.tif"), []byte("rubbish"), 0o600); err != nil {
			t.Fatal(err)
		}
		b.set(fax.ServerPatch{PauseServerQueue: patch(false)})
		if j := b.until(j.JobID, fax.Failed, time.Minute); j.Result.Cause != fax.DocumentFailed || j.Result.Detail == "" {
			t.Errorf("%+v", j)
		}
		if got := b.journal(); got != "" {
			t.Errorf("journal: %s", got)
		}
	})
}

// A fax that is received and cannot be listed is listed later.
func TestSealedLater(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		j := b.send("102", strip(1))
		b.wait("one page", time.Minute, func() bool { return b.job(j.JobID).ConfirmedPages == 1 })
		gone, back := b.path("data", "unfinished"), b.path("hidden")
		if err := os.Rename(gone, back); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second)
		if m := b.messages(); len(m) != 0 {
			t.Fatalf("%+v", m)
		}
		if err := os.Rename(back, gone); err != nil {
			t.Fatal(err)
		}
		b.wait("a message", time.Minute, func() bool { return len(b.messages()) == 1 })
		m := b.messages()[0]
		b.same(b.pages(m.ID), []*raster.Page{strip(1)})
		if m.Partial {
			t.Errorf("%+v", m)
		}
		if jobs := b.Jobs(boss, JobFilter{}); len(jobs) != 0 {
			t.Errorf("%+v", jobs)
		}
		if _, err := b.Message(m.ID + 1); !errors.Is(err, ErrNotFound) {
			t.Errorf("another one: %v", err)
		}
	})
}
