package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/typeset"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
)

var letter = sync.OnceValue(func() *raster.Page { return sample.Letter(raster.Fine) })

func someReport(state fax.QueueStatus, cause fax.Cause, confirmed int) Report {
	zone := time.FixedZone("CET", 3600)
	at := func(min, sec int) time.Time { return time.Date(2026, 11, 21, 12, min, sec, 0, time.UTC) }
	hash := sha256.Sum256([]byte("fax"))
	r := Report{
		Job: fax.Job{
			JobID: 4711, Type: fax.JobSend, State: state, DisplayName: "Angebot Dachsanierung Müller.pdf", FaxNumber: "+49 30 7654321",
			PageCount: 5, ConfirmedPages: confirmed, RecipientName: "Müller & Söhne Bedachungen GmbH", SenderName: "Anna Schmidt",
			SenderCompany: "Kanzlei Schmidt", SenderDept: "Buchhaltung", BillingCode: "2026-117", Tsid: "+49 30 1234567",
			SubmittedTime: at(30, 0), StartTime: at(45, 7), Result: fax.ResultOf(cause),
		},
		Calls: []fax.Call{
			{DeviceName: "Leitung 1", Start: at(31, 2), Duration: 34, Result: fax.ResultOf(fax.Busy), Attempt: 1},
			{DeviceName: "Leitung 2", Start: at(36, 2), Duration: 61, Result: fax.ResultOf(fax.NoAnswer), Attempt: 2},
			{
				DeviceName: "Leitung 1", Start: at(45, 7), Duration: 154, Pages: confirmed, Result: fax.ResultOf(cause), Attempt: 3,
				StationID: "+49 30 7654321", Mode: "V.17 14400, MMR ECM, 1728 pels, 204x196",
			},
		},
		First: letter(), SHA256: hash[:], Office: "Kanzlei Schmidt, Berlin", Software: "faxbox 1.0", Zone: zone,
		Now: at(48, 0), Language: "en", Paper: raster.A4,
	}
	if state.Final() {
		r.Job.EndTime = at(47, 41)
	} else {
		r.Job.NextAttempt = at(53, 0)
	}
	return r
}

// outcomeReports are one of each outcome.
func outcomeReports() map[outcome]Report {
	return map[outcome]Report{
		delivered: someReport(fax.Finished, fax.OK, 5),
		partly:    someReport(fax.RetriesExceeded, fax.LineDropped, 2),
		failed:    someReport(fax.RetriesExceeded, fax.Busy, 0),
		cancelled: someReport(fax.Aborted, fax.Cancelled, 0),
		underWay:  someReport(fax.Retrying, fax.NoAnswer, 0),
	}
}

// overfull has more of everything than there is room for, in all scripts.
func overfull() Report {
	r := someReport(fax.RetriesExceeded, fax.ProtocolError, 3)
	scripts := strings.Repeat("Donaudampfschifffahrtsgesellschaft Ελληνικά Русский עברית العربية हिन्दी 株式会社 ", 20)
	unbroken := strings.Repeat("Wxyz", 800)
	r.Job.RecipientName, r.Job.BillingCode, r.Job.SenderName, r.Office, r.Software = scripts, scripts, unbroken, unbroken, unbroken
	r.Job.DisplayName, r.Job.FaxNumber = strings.Repeat("a\n", 100), strings.Repeat("0123456789", 20)
	r.Job.Tsid, r.Job.PageCount, r.Job.ConfirmedPages = fax.StationID(strings.Repeat("W", 20)), 99999, 88888
	r.First = raster.New(1728, 9000, raster.Standard)
	for i := range 200 {
		c := r.Calls[i%3]
		c.DeviceName, c.Attempt, c.Duration, c.Pages = unbroken, 1000+i, 1e7, 88888
		c.StationID, c.Mode = unbroken, scripts
		c.Result = fax.ResultOf(fax.NotConfirmed)
		r.Calls = append(r.Calls, c)
	}
	return r
}

func reports() map[string]Report {
	all := map[string]Report{"overfull": overfull(), "bare": {Job: fax.Job{State: fax.Pending}}}
	for o, r := range outcomeReports() {
		all[english().outcomes[o]] = r
	}
	photo := someReport(fax.Finished, fax.OK, 5)
	photo.First = sample.Halftone(raster.Standard)
	all["photo"] = photo
	german := map[string]Report{}
	for name, r := range all {
		r.Language, r.Paper = "de-AT", raster.Letter
		if r.First != nil {
			r.First = raster.New(1728, 2000, raster.Fine)
		}
		german[name+" in German"] = r
	}
	for name, r := range german {
		all[name] = r
	}
	return all
}

// TestWithinMargins: whatever is reported, nothing is drawn beyond the margins, and the calls end above the foot. In the
// folder FAXBOX_LOOK, if it is set, the reports are kept to be looked at.
func TestWithinMargins(t *testing.T) {
	fonts := typeset.Open()
	for name, r := range reports() {
		t.Run(name, func(t *testing.T) {
			p := &paper{page: r.Page(fonts), fonts: fonts, width: 595.2, height: 841.92}
			if r.Paper == raster.Letter {
				p.width, p.height = 612, 792
			}
			if p.page.Width != pels(p.width) || p.page.Height != pels(p.height) {
				t.Fatalf("%d x %d pels", p.page.Width, p.page.Height)
			}
			white(t, p, "the left margin", 0, 0, margin-2, p.height)
			white(t, p, "the right margin", p.width-margin+2, 0, margin-2, p.height)
			white(t, p, "the top", 0, 0, p.width, top)
			white(t, p, "the bottom", 0, p.height-bottom+2, p.width, bottom-2)
			d := drawing{paper: newPaper(r.Paper, fonts), report: r, words: wordsOf(r.Language)}
			d.report.Zone = time.UTC
			foot := d.foot()
			white(t, p, "what is above the foot", 0, foot-8, p.width, 7)
			if dir := os.Getenv("FAXBOX_LOOK"); dir != "" {
				keep(t, filepath.Join(dir, name+".pdf"), r, fonts)
			}
		})
	}
}

func keep(t *testing.T, path string, r Report, fonts *typeset.Fonts) {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b, fonts); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// white sees that an area is.
func white(t *testing.T, p *paper, what string, x, y, w, h float64) {
	t.Helper()
	black := 0
	p.each(x, y, w, h, func(octet *byte, mask byte) { black += bits.OnesCount8(*octet & mask) })
	if black > 0 {
		t.Errorf("%s has %d black pels", what, black)
	}
}

// TestVerdictsDiffer: from afar a failed fax is a black bar, a partly delivered one half of that, a delivered one white.
func TestVerdictsDiffer(t *testing.T) {
	fonts := typeset.Open()
	reports := outcomeReports()
	for o, want := range map[outcome][2]bool{
		delivered: {false, false}, partly: {true, false}, failed: {true, true}, cancelled: {true, true}, underWay: {false, false},
	} {
		r := reports[o]
		if got := r.outcome(); got != o {
			t.Errorf("the outcome is %d, want %d", got, o)
		}
		page := r.Page(fonts)
		y := pels(top + 23 + 12 + 6)
		for i, x := range []float64{margin + 5, margin + 480} {
			if got := page.Row(y)[pels(x)/8]&(0x80>>(pels(x)%8)) != 0; got != want[i] {
				t.Errorf("%s: black at %v: %v, want %v", english().outcomes[o], x, got, want[i])
			}
		}
	}
}

func TestWords(t *testing.T) {
	aborted := someReport(fax.Aborted, fax.Cancelled, 4)
	one := someReport(fax.Finished, fax.OK, 1)
	one.Job.PageCount = 1
	busy := someReport(fax.InProgress, fax.Unknown, 0)
	reports := outcomeReports()
	for name, c := range map[string]struct {
		r    Report
		want string // sentence and remarks
	}{
		"delivered": {reports[delivered], "The distant machine confirmed all 5 pages."},
		"one page":  {one, "The distant machine confirmed the page."},
		"partly": {reports[partly], "The distant machine confirmed only 2 of 5 pages. Reason: The connection was lost. What to do: " +
			"Try again. Pages 3 to 5 have to be sent again. A restarted job goes on with the first page that is missing."},
		"aborted":   {aborted, "The distant machine confirmed only 4 of 5 pages. Reason: The fax was cancelled. What to do: Page 5 has to be sent again."},
		"failed":    {reports[failed], "The number was busy. Pages: No page was confirmed in 3 calls. What to do: Try again in a few minutes."},
		"cancelled": {reports[cancelled], "The fax was cancelled. Pages: No page was confirmed in 3 calls."},
		"waiting":   {reports[underWay], "The next attempt is due on 21 Nov 2026, 13:53:00 UTC+01. Last attempt: Nobody answered."},
		"busy":      {busy, "The fax is still in the queue."},
	} {
		w := english()
		got := c.r.sentence(w)
		for _, r := range c.r.remarks(w) {
			got += " " + r.label + ": " + r.value
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestLanguages: every word is there in both languages.
func TestLanguages(t *testing.T) {
	for _, w := range []*words{english(), german()} {
		if bare := regexp.MustCompile(`\w+:"",? `).FindString(fmt.Sprintf("%#v", *w)); bare != "" {
			t.Errorf("%s has no %s", w.language, bare)
		}
		for o, word := range w.outcomes {
			if word == "" {
				t.Errorf("%s has no word for outcome %d", w.language, o)
			}
		}
	}
	for tag, want := range map[string]string{"de": "de", "de-DE": "de", "DE_at": "de", "": "en", "en": "en", "den": "en", "fr": "en"} {
		if got := wordsOf(tag).language; got != want {
			t.Errorf("%q is %s, want %s", tag, got, want)
		}
	}
}

func TestLengths(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "", -time.Second: "", 34400 * time.Millisecond: "34 s", 154 * time.Second: "2 min 34 s", time.Hour + 5*time.Minute: "1 h 05 min",
		59999 * time.Millisecond: "1 min 00 s",
	} {
		if got := english().length(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

// TestReportIsOnePage: of A4's size, with its words as the file's own, and the same each time.
func TestReportIsOnePage(t *testing.T) {
	fonts := typeset.Open()
	var first, again bytes.Buffer
	r := outcomeReports()[partly]
	if err := r.Write(&first, fonts); err != nil {
		t.Fatal(err)
	}
	if err := r.Write(&again, fonts); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), again.Bytes()) {
		t.Error("the same report made another file")
	}
	for _, want := range []string{
		"/Count 1 ", "/MediaBox [0 0 595.2 841.92]", "/Title (Delivery report: Partly delivered, +49 30 7654321)",
		"/Subject (The distant machine confirmed only 2 of 5 pages.)", "/Lang (en)", "<fax:Csid>+49 30 7654321</fax:Csid>",
		"/CreationDate (D:20261121134800+01'00)",
	} {
		if !strings.Contains(first.String(), want) {
			t.Errorf("the file has no %s", want)
		}
	}
}

func BenchmarkPage(b *testing.B) {
	fonts := typeset.Open()
	r := outcomeReports()[delivered]
	for b.Loop() {
		r.Page(fonts)
	}
}
