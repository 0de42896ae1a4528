package server

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
)

// A number that is busy is tried again, as often and as late as the settings say; then somebody restarts the job.
func TestRetries(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.set(fax.ServerPatch{Retries: patch(2), RetryDelay: patch(10)})
		j := b.send("103", strip(1))
		first := b.until(j.JobID, fax.Retrying, time.Minute)
		if first.Attempts != 1 || first.Result.Cause != fax.Busy || time.Until(first.NextAttempt) < 9*time.Minute {
			t.Errorf("after the first attempt: %+v", first)
		}
		last := b.until(j.JobID, fax.RetriesExceeded, 40*time.Minute)
		if last.Attempts != 3 || last.EndTime.IsZero() {
			t.Errorf("after the last: %+v", last)
		}
		if got := b.journal(); got != "out busy, out busy, out busy" {
			t.Errorf("journal: %s", got)
		}
		if took := last.EndTime.Sub(last.SubmittedTime); took < 20*time.Minute || took > 25*time.Minute {
			t.Errorf("it took %v", took)
		}
		again, err := b.ControlJob(boss, j.JobID, fax.RestartJob)
		if err != nil || again.Attempts != 0 {
			t.Fatalf("restart: %v, %+v", err, again)
		}
		b.until(j.JobID, fax.Retrying, time.Minute)
		if _, err := b.ControlJob(boss, j.JobID, fax.CancelJob); err != nil {
			t.Fatal(err)
		}
		b.until(j.JobID, fax.Aborted, time.Second)
		if _, err := b.ControlJob(boss, j.JobID, fax.CancelJob); !errors.Is(err, ErrForbidden) {
			t.Errorf("cancelled twice: %v", err)
		}
	})
}

// What failed for good is taken away after DirtyDays, and what is done after a day.
func TestJobsAreRemoved(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.set(fax.ServerPatch{Retries: patch(0), DirtyDays: patch(2)})
		failed := b.send("103", strip(1))
		done := b.submit(fax.Document{FaxNumber: "102", DeviceID: 1}, strip(2))[0]
		b.until(failed.JobID, fax.RetriesExceeded, time.Minute)
		b.until(done.JobID, fax.Finished, 3*time.Minute)
		time.Sleep(25 * time.Hour)
		if _, err := b.Job(boss, done.JobID); !errors.Is(err, ErrNotFound) {
			t.Errorf("the job that is done is there after a day: %v", err)
		}
		b.job(failed.JobID)
		time.Sleep(24 * time.Hour)
		if _, err := b.Job(boss, failed.JobID); !errors.Is(err, ErrNotFound) {
			t.Errorf("the job that failed is there after two days: %v", err)
		}
		if stored, err := b.store.Jobs(); err != nil || len(stored) != 0 {
			t.Errorf("stored: %v, %v", stored, err)
		}
	})
}

func TestPauses(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.set(fax.ServerPatch{PauseServerQueue: patch(true)})
		held, waiting := b.send("102", strip(1)), b.send("102", strip(2))
		if j, err := b.ControlJob(sender, held.JobID, fax.PauseJob); err != nil || j.QueueStatus != fax.Paused {
			t.Fatalf("%v, %+v", err, j)
		}
		time.Sleep(time.Hour)
		if got := b.journal(); got != "" {
			t.Errorf("called while the queue is paused: %s", got)
		}
		b.set(fax.ServerPatch{PauseServerQueue: patch(false)})
		b.until(waiting.JobID, fax.Finished, 3*time.Minute)
		time.Sleep(time.Hour)
		if j := b.job(held.JobID); j.QueueStatus != fax.Paused || j.Calls != 0 {
			t.Errorf("held: %+v", j)
		}
		if _, err := b.ControlJob(sender, held.JobID, fax.ResumeJob); err != nil {
			t.Fatal(err)
		}
		b.until(held.JobID, fax.Finished, 3*time.Minute)
	})
}

// A job that is cancelled while its page is on the line ends within five seconds, and the line is free again.
func TestCancelInMidPage(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		j := b.send("102", sample.Halftone(raster.Fine))
		b.wait("a page on the line", time.Minute, func() bool { return b.job(j.JobID).CurrentPage == 1 })
		time.Sleep(5 * time.Second)
		began := time.Now()
		if j, err := b.ControlJob(sender, j.JobID, fax.CancelJob); err != nil || j.QueueStatus != fax.Deleting {
			t.Fatalf("%v, %+v", err, j)
		}
		if _, err := b.ControlJob(sender, j.JobID, fax.CancelJob); !errors.Is(err, ErrForbidden) {
			t.Errorf("cancelled twice: %v", err)
		}
		b.until(j.JobID, fax.Aborted, 10*time.Second)
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("it took %v", took)
		}
		b.ready()
		if m := b.messages(); len(m) != 1 || !m[0].Partial || len(m[0].Outcomes) != 0 {
			t.Errorf("what was received: %+v", m)
		}
		next := b.send("102", strip(1))
		b.until(next.JobID, fax.Finished, 3*time.Minute)
	})
}

// Cancelling in the moment in which the job is handed to the port is not lost.
func TestCancelAtOnce(t *testing.T) {
	for _, delay := range []time.Duration{0, time.Nanosecond, time.Millisecond, time.Second, 5 * time.Second} {
		inOffice(t, exchange.Options{}, func(b *office) {
			b.open()
			j := b.send("102", strip(1))
			time.Sleep(delay)
			if _, err := b.ControlJob(boss, j.JobID, fax.CancelJob); err != nil {
				t.Fatal(err)
			}
			b.until(j.JobID, fax.Aborted, 20*time.Second)
			b.ready()
		})
	}
}

// What is cheap waits for the cheap period.
func TestCheapPeriod(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.set(fax.ServerPatch{TimeZone: patch("UTC"), DiscountPeriod: &fax.Period{Start: fax.ClockAt(21, 0), End: fax.ClockAt(6, 0)}})
		noon := time.Now().UTC().Truncate(24 * time.Hour).Add(36 * time.Hour)
		time.Sleep(time.Until(noon))
		j := b.submit(fax.Document{FaxNumber: "102", DiscountSend: true}, strip(1))[0]
		other := b.send("102", strip(2))
		b.until(other.JobID, fax.Finished, 3*time.Minute)
		done := b.until(j.JobID, fax.Finished, 10*time.Hour)
		if clock := done.StartTime.UTC().Format("15:04"); clock != "21:00" {
			t.Errorf("it was sent at %s", clock)
		}
	})
}

// One document for several recipients is a job for each, of one submission; each goes its own way.
func TestBroadcast(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.set(fax.ServerPatch{Retries: patch(0)})
		jobs := b.submit(fax.Document{FaxNumber: "102", RecipientName: "Ann", Recipients: []fax.Recipient{
			{FaxNumber: "103", RecipientName: "Bob"}, {FaxNumber: "105"},
		}}, strip(1))
		if len(jobs) != 3 || jobs[0].SubmissionID != jobs[2].SubmissionID || jobs[1].RecipientName != "Bob" {
			t.Fatalf("%+v", jobs)
		}
		b.until(jobs[0].JobID, fax.Finished, 10*time.Minute)
		if j := b.until(jobs[1].JobID, fax.RetriesExceeded, 10*time.Minute); j.Result.Cause != fax.Busy {
			t.Errorf("%+v", j)
		}
		if j := b.until(jobs[2].JobID, fax.RetriesExceeded, 10*time.Minute); j.Result.Cause != fax.NoFax {
			t.Errorf("%+v", j)
		}
		if got := b.Jobs(boss, JobFilter{SubmissionID: jobs[0].SubmissionID, Left: true}); len(got) != 3 {
			t.Errorf("of this submission: %d", len(got))
		}
		if got := b.Jobs(boss, JobFilter{SubmissionID: "another", Left: true}); len(got) != 0 {
			t.Errorf("of another: %d", len(got))
		}
	})
}

// The same key twice is one fax, even at the same moment.
func TestSameKeyTwice(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.set(fax.ServerPatch{PauseServerQueue: patch(true)})
		sub := Submission{Document: fax.Document{FaxNumber: "102"}, Files: []File{b.file(strip(1))}, Key: "k1"}
		var all sync.WaitGroup
		ids, fresh := make([]fax.JobID, 8), make([]bool, 8)
		for i := range ids {
			all.Go(func() {
				jobs, again, err := b.Submit(b.Context(), sender, sub)
				if err != nil || len(jobs) != 1 {
					t.Errorf("%v, %+v", err, jobs)
					return
				}
				ids[i], fresh[i] = jobs[0].JobID, !again
			})
		}
		all.Wait()
		made := 0
		for i := range ids {
			if ids[i] != ids[0] {
				t.Errorf("jobs %v", ids)
			}
			if fresh[i] {
				made++
			}
		}
		if made != 1 || len(b.Jobs(boss, JobFilter{})) != 1 {
			t.Errorf("%d of them were new", made)
		}
		if jobs, again, err := b.Submit(b.Context(), boss, sub); err != nil || again || jobs[0].JobID == ids[0] {
			t.Errorf("somebody else's key: again %t, %v", again, err)
		}
		sub.Document.FaxNumber = "104"
		_, _, err := b.Submit(b.Context(), sender, sub)
		if faults, ok := errors.AsType[fax.Invalid](err); !ok || faults[0].Field != "idempotencyKey" {
			t.Errorf("the key for another document: %v", err)
		}
		b.close()
		b.open()
		sub.Document.FaxNumber = "102"
		if jobs, again, err := b.Submit(b.Context(), sender, sub); err != nil || !again || jobs[0].JobID != ids[0] {
			t.Errorf("after a restart: again %t, %v, %+v", again, err, jobs)
		}
	})
}

// What cannot be sent is refused with its field, and nothing is queued. Without a renderer only faxes can be.
func TestRefusedDocuments(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.Server.renderer = nil
		good := b.file(strip(1))
		content := func(s string) []File {
			return []File{{Name: "a", Content: strings.NewReader(s), Size: int64(len(s))}}
		}
		broken := b.file(strip(1), strip(2))
		cut := make([]byte, 100)
		broken.Content.ReadAt(cut, 0)
		var eleven []*raster.Page
		for n := range 11 {
			eleven = append(eleven, strip(byte(n)))
		}
		many := b.file(eleven...)
		for name, c := range map[string]struct {
			document    fax.Document
			files       []File
			field, says string
		}{
			"no number":       {fax.Document{}, []File{good}, "faxNumber", ""},
			"odd number":      {fax.Document{FaxNumber: "call me"}, []File{good}, "faxNumber", ""},
			"emergency":       {fax.Document{FaxNumber: "112"}, []File{good}, "faxNumber", "blocked"},
			"one of several":  {fax.Document{FaxNumber: "102", Recipients: []fax.Recipient{{FaxNumber: ""}}}, []File{good}, "recipients[0].faxNumber", ""},
			"no file":         {fax.Document{FaxNumber: "102", FileName: "x"}, nil, "files", ""},
			"a cover page":    {fax.Document{FaxNumber: "102", SendCoverpage: true, CoverpageName: "x"}, []File{good}, "sendCoverpage", ""},
			"a PDF":           {fax.Document{FaxNumber: "102"}, content("%PDF-1.7\n"), "files[0]", "TIFF"},
			"text":            {fax.Document{FaxNumber: "102"}, content("Hello there, this is a letter."), "files[0]", "TIFF"},
			"nothing":         {fax.Document{FaxNumber: "102"}, content(""), "files[0]", "empty"},
			"garbage":         {fax.Document{FaxNumber: "102"}, content("II*\x00\xff\xff\xff\xff\x00\x00"), "files[0]", "cannot be sent"},
			"half a file":     {fax.Document{FaxNumber: "102"}, content(string(cut)), "files[0]", "cannot be sent"},
			"second is bad":   {fax.Document{FaxNumber: "102"}, append([]File{good}, content("GIF89a")...), "files[1]", "TIFF"},
			"no such port":    {fax.Document{FaxNumber: "102", DeviceID: 9}, []File{good}, "deviceId", ""},
			"too many pages":  {fax.Document{FaxNumber: "102"}, repeat(many, 100), "files[90]", "1000"},
			"too many files":  {fax.Document{FaxNumber: "102"}, repeat(good, 101), "files", "100"},
			"a page too wide": {fax.Document{FaxNumber: "102"}, []File{b.file(raster.New(19000, 10, raster.Fine))}, "files[0]", "wide"},
		} {
			jobs, _, err := b.Submit(b.Context(), sender, Submission{Document: c.document, Files: c.files})
			faults, ok := errors.AsType[fax.Invalid](err)
			if !ok || faults[0].Field != c.field || !strings.Contains(faults[0].Problem, c.says) || faults[0].Hint == "" || jobs != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := b.Submit(b.Context(), viewer, Submission{Document: fax.Document{FaxNumber: "102"}, Files: []File{good}}); !errors.Is(err, fax.ErrDenied) {
			t.Errorf("a viewer: %v", err)
		}
		if jobs := b.Jobs(boss, JobFilter{Left: true}); len(jobs) != 0 {
			t.Errorf("queued: %+v", jobs)
		}
		if stored, err := b.store.Jobs(); err != nil || len(stored) != 0 {
			t.Errorf("stored: %v, %v", stored, err)
		}
	})
}

func repeat(f File, n int) []File {
	var list []File
	for range n {
		list = append(list, f)
	}
	return list
}

// Whose jobs one sees and may manage.
func TestWhoseJobs(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.set(fax.ServerPatch{PauseServerQueue: patch(true)})
		j := b.send("102", strip(1))
		nobody := Who{Caller: fax.Caller{User: "nobody"}}
		if len(b.Jobs(nobody, JobFilter{})) != 0 {
			t.Error("somebody without a right sees it")
		}
		if _, err := b.Job(nobody, j.JobID); !errors.Is(err, ErrNotFound) {
			t.Errorf("and finds it: %v", err)
		}
		if _, err := b.ControlJob(nobody, j.JobID, fax.CancelJob); !errors.Is(err, ErrNotFound) {
			t.Errorf("and cancels it: %v", err)
		}
		other := Who{Caller: fax.Caller{User: "other", Rights: fax.Sender.Rights()}}
		if _, err := b.ControlJob(other, j.JobID, fax.CancelJob); !errors.Is(err, fax.ErrDenied) {
			t.Errorf("another sender: %v", err)
		}
		if got, err := b.Job(other, j.JobID); err != nil || len(got.AllowedOperations) != 1 {
			t.Errorf("another sender sees %v, %v", got.AllowedOperations, err)
		}
		if _, err := b.ControlJob(sender, j.JobID, fax.RestartJob); !errors.Is(err, ErrForbidden) {
			t.Errorf("restarted while it waits: %v", err)
		}
		if _, err := b.ControlJob(sender, j.JobID, fax.CancelJob); err != nil {
			t.Errorf("one's own: %v", err)
		}
	})
}

// A number that is blocked after the fax was queued is not dialled.
func TestForbiddenSince(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.set(fax.ServerPatch{PauseServerQueue: patch(true)})
		j := b.send("102", strip(1))
		b.set(fax.ServerPatch{PauseServerQueue: patch(false), BlockedNumbers: patch([]string{"102"})})
		if j := b.until(j.JobID, fax.Failed, time.Minute); j.Result.Cause != fax.Blacklisted {
			t.Errorf("%+v", j)
		}
		if got := b.journal(); got != "" {
			t.Errorf("dialled: %s", got)
		}
	})
}

// With no line in service jobs say so, and go when one comes.
func TestNoLine(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		for _, id := range []fax.DeviceID{1, 2} {
			if _, err := b.UpdatePort(boss, id, fax.PortPatch{Send: patch(false)}); err != nil {
				t.Fatal(err)
			}
		}
		j := b.send("102", strip(1))
		b.until(j.JobID, fax.NoLine, time.Minute)
		if _, err := b.UpdatePort(boss, 1, fax.PortPatch{Send: patch(true)}); err != nil {
			t.Fatal(err)
		}
		b.until(j.JobID, fax.Finished, 3*time.Minute)
	})
}

// The station id that is sent: the port's, or the document's own if the server lets it.
func TestStationID(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		if _, err := b.UpdatePort(boss, 1, fax.PortPatch{Tsid: patch(fax.StationID("+49 30 101"))}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			device bool
			own    string
			want   fax.Text
		}{{true, "MY OWN", "+49 30 101"}, {false, "MY OWN", "MY OWN"}, {false, "", "+49 30 101"}} {
			b.set(fax.ServerPatch{UseDeviceTsid: &c.device})
			j := b.submit(fax.Document{FaxNumber: "102", Tsid: fax.StationID(c.own), DeviceID: 1}, strip(1))[0]
			if j = b.until(j.JobID, fax.Finished, 3*time.Minute); fax.Text(j.Tsid) != c.want {
				t.Errorf("%+v: the job says %q", c, j.Tsid)
			}
			b.ready()
			if all := b.messages(); all[len(all)-1].Tsid != c.want {
				t.Errorf("%+v: received from %q", c, all[len(all)-1].Tsid)
			}
		}
	})
}

// What is sent is kept as a message, and a copy in the folder, if the office wants it.
func TestArchive(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		_, err := b.UpdateSettings(boss, fax.ServerPatch{ArchiveOutboundFaxes: patch(true)})
		if faults, ok := errors.AsType[fax.Invalid](err); !ok || faults[0].Field != "archiveOutboundFaxes" {
			t.Errorf("on without a folder: %v", err)
		}
		_, err = b.UpdateSettings(boss, fax.ServerPatch{ArchiveOutboundFaxes: patch(true), ArchiveDirectory: patch(b.path("nowhere"))})
		if faults, ok := errors.AsType[fax.Invalid](err); !ok || faults[0].Field != "archiveDirectory" {
			t.Errorf("a folder that is not there: %v", err)
		}
		folder := b.folder("sent")
		b.set(fax.ServerPatch{ArchiveOutboundFaxes: patch(true), ArchiveDirectory: patch(folder)})
		j := b.send("102", strip(1), strip(2))
		j = b.until(j.JobID, fax.Finished, 3*time.Minute)
		m, err := b.Message(j.MessageID)
		if err != nil || m.Direction != fax.Out || m.RecipientNumber != "102" || m.JobID != j.JobID || m.Pages != 2 || m.UserName != "sam" {
			t.Fatalf("%v, %+v", err, m)
		}
		b.same(b.pages(m.ID), []*raster.Page{strip(1), strip(2)})
		b.wait("a copy", time.Minute, func() bool { return len(b.names(folder)) == 1 })
		m, _ = b.Message(j.MessageID)
		if len(m.Outcomes) != 1 || !m.Outcomes[0].Done || !strings.Contains(m.Outcomes[0].Result, "-102.tif") {
			t.Errorf("%+v", m.Outcomes)
		}
		kept := b.read(b.names(folder)[0])
		f, size, err := b.MessageTIFF(m.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		want := make([]byte, size)
		if _, err := f.ReadAt(want, 0); err != nil || !bytes.Equal(kept, want) {
			t.Errorf("the copy is another file: %v", err)
		}
	})
}
