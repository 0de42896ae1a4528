package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/typeset"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
)

var fonts = typeset.Open()

func someReport(state fax.QueueStatus, cause fax.Cause, confirmed int) Report {
	zone := time.FixedZone("CET", 3600)
	at := func(min, sec int) time.Time { return time.Date(2026, 11, 21, 12, min, sec, 0, time.UTC) }
	hash := sha256.Sum256([]byte("fax"))
	return Report{
		Job: fax.Job{
			JobID: 4711, Type: fax.JobSend, State: state, DisplayName: "Angebot Dachsanierung Müller.pdf", FaxNumber: "+49 30 7654321",
			PageCount: 5, ConfirmedPages: confirmed, RecipientName: "Müller & Söhne Bedachungen GmbH", SenderName: "Anna Schmidt",
			SenderCompany: "Kanzlei Schmidt", SenderDept: "Buchhaltung", BillingCode: "2026-117", Tsid: "+49 30 1234567",
			SubmittedTime: at(30, 0), StartTime: at(45, 7), EndTime: at(47, 41), Result: fax.ResultOf(cause),
		},
		Calls: []fax.Call{
			{DeviceName: "Leitung 1", Start: at(31, 2), Duration: 34, Result: fax.ResultOf(fax.Busy), Attempt: 1},
			{DeviceName: "Leitung 2", Start: at(36, 2), Duration: 61, Result: fax.ResultOf(fax.NoAnswer), Attempt: 2},
			{DeviceName: "Leitung 1", Start: at(45, 7), Duration: 154, Pages: confirmed, Result: fax.ResultOf(cause), Attempt: 3,
				StationID: "+49 30 7654321", Mode: "14400 V.17 ECM MMR fine"},
		},
		First: sample.Letter(raster.Fine), SHA256: hash[:], Office: "Kanzlei Schmidt, Berlin", Software: "faxbox 1.0", Zone: zone,
		Now: at(48, 0), Language: "en", Paper: raster.A4,
	}
}

func TestLook(t *testing.T) {
	dir := os.Getenv("LOOK")
	if dir == "" {
		t.Skip()
	}
	for name, r := range reports() {
		var b bytes.Buffer
		if err := r.Write(&b, fonts); err != nil {
			t.Fatal(err)
		}
		os.WriteFile(filepath.Join(dir, name+".pdf"), b.Bytes(), 0o600)
	}
}

// reports are one of each outcome, and some that are hard to fit.
func reports() map[string]Report {
	all := map[string]Report{
		"delivered": someReport(fax.Finished, fax.OK, 5),
		"partly":    someReport(fax.RetriesExceeded, fax.LineDropped, 2),
		"failed":    someReport(fax.RetriesExceeded, fax.Busy, 0),
		"cancelled": someReport(fax.Aborted, fax.Cancelled, 0),
		"under way": someReport(fax.Retrying, fax.NoAnswer, 0),
		"bare":      {Job: fax.Job{State: fax.Pending}},
	}
	waiting := all["under way"]
	waiting.Job.NextAttempt = waiting.Now.Add(5 * time.Minute)
	all["under way"] = waiting
	for name, r := range all {
		r.Language, r.Paper = "de-DE", raster.Letter
		all[name+" de"] = r
	}
	long := someReport(fax.RetriesExceeded, fax.TooManyErrors, 3)
	long.Job.RecipientName = strings.Repeat("Donaudampfschifffahrtsgesellschaft Ελληνικά Русский עברית العربية हिन्दी 株式会社 ", 20)
	long.Job.SenderName = strings.Repeat("x", 3000)
	long.Job.DisplayName = strings.Repeat("a\n", 100)
	long.Job.FaxNumber = strings.Repeat("0123456789", 20)
	long.Office, long.Software, long.Job.BillingCode = long.Job.SenderName, long.Job.SenderName, long.Job.RecipientName
	long.First = sample.Form(raster.Standard)
	for i := range 60 {
		c := long.Calls[i%3]
		c.DeviceName, c.Attempt = "Leitung im Keller links hinten", 4+i
		c.Result = fax.ResultOf(fax.ModemFailed)
		long.Calls = append(long.Calls, c)
	}
	all["long"] = long
	return all
}

var _ = fmt.Sprint
