package server

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/typeset"
	"faxbox/fax/exchange"
	"faxbox/fax/raster"
)

// TestConfirmation: whoever asks for it finds a report among the messages when the fax is over, once.
func TestConfirmation(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.fonts = typeset.Open()
		b.open()
		b.set(fax.ServerPatch{Retries: patch(0), Branding: patch(false)})
		asked := func(number string, c fax.Confirmation) fax.Job {
			t.Helper()
			return b.submit(fax.Document{FaxNumber: number, RecipientName: "Anna", Confirmation: c, DeviceID: 1}, strip(1))[0]
		}
		reports := func() (list []fax.Message) {
			for _, m := range b.messages() {
				if m.Report {
					list = append(list, m)
				}
			}
			return list
		}
		good := asked("102", fax.ConfirmInbox)
		b.until(good.JobID, fax.Finished, 5*time.Minute)
		b.wait("a report", 30*time.Second, func() bool { return len(reports()) == 1 })
		if j := b.job(good.JobID); j.ReportID != reports()[0].ID || j.CallID == 0 || j.Mode == "" {
			t.Errorf("the job: %+v", j)
		}
		m := reports()[0]
		if m.JobID != good.JobID || m.UserName != "sam" || m.Read || m.Pages != 1 || m.Result.Cause != fax.OK || len(m.Outcomes) != 0 {
			t.Errorf("the report: %+v", m)
		}
		if p := b.pages(m.ID)[0]; p.Width < 2400 || p.Height < p.Width {
			t.Errorf("it is %dx%d at %v", p.Width, p.Height, p.Resolution)
		}
		bad := asked("103", fax.ConfirmInbox)
		b.until(bad.JobID, fax.RetriesExceeded, 5*time.Minute)
		b.wait("another", 30*time.Second, func() bool { return len(reports()) == 2 })
		if _, err := b.ControlJob(sender, bad.JobID, fax.RestartJob); err != nil {
			t.Fatal(err)
		}
		if j := b.job(bad.JobID); j.ReportID != 0 {
			t.Errorf("restarted: %+v", j)
		}
		b.until(bad.JobID, fax.RetriesExceeded, 5*time.Minute)
		b.wait("one of the second try", 30*time.Second, func() bool { return len(reports()) == 3 })
		b.until(asked("102", "").JobID, fax.Finished, 5*time.Minute)
		b.until(asked("102", fax.NoConfirmation).JobID, fax.Finished, 5*time.Minute)
		b.close()
		b.open()
		time.Sleep(time.Minute)
		if n := len(reports()); n != 3 {
			t.Errorf("%d reports", n)
		}
	})
}

// TestReports: of every job, and of what was sent when the job has gone.
func TestReports(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.fonts = typeset.Open()
		b.open()
		if err := os.Mkdir(b.path("sent"), 0o700); err != nil {
			t.Fatal(err)
		}
		b.set(fax.ServerPatch{ArchiveDirectory: patch(b.path("sent")), ArchiveOutboundFaxes: patch(true), Branding: patch(false)})
		j := b.send("102", strip(1))
		pdf := func(data []byte, err error) {
			t.Helper()
			if err != nil || !bytes.HasPrefix(data, []byte("%PDF-")) {
				t.Errorf("%v: %d octets", err, len(data))
			}
		}
		pdf(b.JobReport(sender, j.JobID))
		if r, err := b.report(j, b.store.JobFile); err != nil || r.Language != "en" {
			t.Errorf("the office's language: %q, %v", r.Language, err)
		}
		j = b.until(j.JobID, fax.Finished, 5*time.Minute)
		pdf(b.JobReport(sender, j.JobID))
		pdf(b.MessageReport(j.MessageID))
		b.removeJob(j.JobID) // as after a day
		if _, err := b.JobReport(sender, j.JobID); !errors.Is(err, ErrNotFound) {
			t.Errorf("the job has gone: %v", err)
		}
		pdf(b.MessageReport(j.MessageID))
		for _, m := range b.messages() {
			if _, err := b.MessageReport(m.ID); (err == nil) != (m.Direction == fax.Out) {
				t.Errorf("%s: %v", m.Direction, err)
			}
		}
		stranger := Who{Caller: fax.Caller{User: "eve"}}
		if _, err := b.JobReport(stranger, b.send("103", strip(1)).JobID); !errors.Is(err, ErrNotFound) {
			t.Errorf("somebody else: %v", err)
		}
	})
}

// TestHeaderLine: with branding each page begins with who sent it, else it is as it was.
func TestHeaderLine(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.fonts = typeset.Open()
		b.open()
		letter := []*raster.Page{strip(2), strip(1)}
		for n, branding := range []bool{false, true} {
			b.set(fax.ServerPatch{Branding: &branding})
			b.until(b.send("102", letter...).JobID, fax.Finished, 5*time.Minute)
			b.wait("a message", 10*time.Second, func() bool { return len(b.messages()) == n+1 })
			got := b.pages(b.messages()[n].ID)
			if !branding {
				b.same(got, letter)
				continue
			}
			for i, p := range got {
				const head = 28 // lines: 3.7 mm
				if p.Height != letter[i].Height || !bytes.Equal(p.Bits[head*p.Stride:], letter[i].Bits[head*p.Stride:]) {
					t.Errorf("page %d is not as it was beneath the header line", i+1)
				}
				if bytes.Equal(p.Bits[:head*p.Stride], letter[i].Bits[:head*p.Stride]) {
					t.Errorf("page %d has no header line", i+1)
				}
			}
			if fmt.Sprintf("%x", got[0].Bits[:28*got[0].Stride]) == fmt.Sprintf("%x", got[1].Bits[:28*got[1].Stride]) {
				t.Error("both pages have the same line: it does not count them")
			}
		}
	})
}
