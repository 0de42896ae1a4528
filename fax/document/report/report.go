// Package report makes the delivery report of a fax: what came of it in one sentence, its times and stations, the first page
// small, and a hash of what was sent. It is always one page.
package report

import (
	"io"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/pdf"
	"faxbox/fax/document/typeset"
	"faxbox/fax/raster"
	"faxbox/fax/tiff"
)

// Report is what is known of a job. All of it may be missing but Job.
type Report struct {
	Job      fax.Job
	Calls    []fax.Call     // of the job, the oldest first
	First    *raster.Page   // the first page of what was sent
	SHA256   []byte         // of the TIFF file that was sent
	OwnID    fax.StationID  // what we called ourselves; empty: Job.Tsid
	Office   string         // whose report it is
	Software string         // that made it
	Zone     *time.Location // of the office; nil: UTC
	Now      time.Time      // when the report is made
	Language string         // de, with or without a region, is German; anything else is English
	Paper    raster.Paper   // A4 or Letter
}

// Page draws the report, 600 pels an inch, as large as the paper. Texts that are too long are set smaller, then in several
// lines, then cut with an ellipsis; calls for which there is no room are counted.
func (r Report) Page(fonts *typeset.Fonts) *raster.Page {
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	if r.OwnID == "" {
		r.OwnID = r.Job.Tsid
	}
	p := newPaper(r.Paper, fonts)
	d := drawing{paper: p, report: r, words: wordsOf(r.Language)}
	d.all()
	return p.page
}

// Write writes the report as a PDF file.
func (r Report) Write(w io.Writer, fonts *typeset.Fonts) error {
	words := wordsOf(r.Language)
	page := r.Page(fonts)
	zone := r.Zone
	if zone == nil {
		zone = time.UTC
	}
	return pdf.Write(w, pdf.Info{
		Title:    words.title + ": " + words.outcomes[r.outcome()] + ", " + r.Job.FaxNumber,
		Author:   r.Office,
		Subject:  r.sentence(words),
		Software: r.Software,
		Language: words.language,
		Time:     r.Now.In(zone),
		Facts: tiff.Facts{
			Csid: string(r.csid()), Tsid: string(r.Job.Tsid), Time: r.Job.StartTime.In(zone), RecipientName: r.Job.RecipientName,
			RecipientNumber: r.Job.FaxNumber, SenderName: r.Job.SenderName,
		},
	}, pdf.Rasters(page))
}

// outcome is what came of a job, as people see it.
type outcome uint8

const (
	delivered outcome = iota
	partly
	failed
	cancelled
	underWay // nothing is decided yet

	outcomes
)

func (r Report) outcome() outcome {
	j := r.Job
	switch {
	case j.State == fax.Finished || j.PageCount > 0 && j.ConfirmedPages >= j.PageCount:
		return delivered
	case !j.State.Final():
		return underWay
	case j.ConfirmedPages > 0:
		return partly
	case j.State == fax.Aborted:
		return cancelled
	default:
		return failed
	}
}

// sentence is the result in one sentence.
func (r Report) sentence(w *words) string {
	j := r.Job
	switch r.outcome() {
	case delivered:
		return w.allConfirmed(j.PageCount)
	case partly:
		return w.someConfirmed(j.ConfirmedPages, j.PageCount)
	case failed:
		return j.Result.Cause.In(w.language).Sentence
	case cancelled:
		return w.wasCancelled
	default:
		if !j.NextAttempt.IsZero() && j.State != fax.InProgress {
			return w.nextAttempt(w.time(j.NextAttempt, r.Zone))
		}
		return w.stillUnderWay
	}
}

// remarks are what else is to be said: why, and what to do.
func (r Report) remarks(w *words) []row {
	j := r.Job
	c := j.Result.Cause.In(w.language)
	switch r.outcome() {
	case partly:
		missing := w.resend(j.ConfirmedPages+1, j.PageCount)
		if j.State == fax.Aborted {
			return []row{{w.reason, w.wasCancelled, 1}, {w.advice, missing, 2}}
		}
		return []row{{w.reason, c.Sentence, 2}, {w.advice, c.Hint + " " + missing + " " + w.restartResumes, 3}}
	case failed:
		return []row{{w.pages, w.noneConfirmed(len(r.Calls)), 1}, {w.advice, c.Hint, 2}}
	case cancelled:
		return []row{{w.pages, w.noneConfirmed(len(r.Calls)), 1}}
	case underWay:
		if j.Result.Cause != fax.Unknown && j.Result.Cause != fax.OK {
			return []row{{w.lastAttempt, c.Sentence, 2}}
		}
	}
	return nil
}

// csid is what the distant machine called itself last.
func (r Report) csid() fax.StationID {
	for i := len(r.Calls) - 1; i >= 0; i-- {
		if id := r.Calls[i].StationID; id != "" {
			return fax.StationID(id)
		}
	}
	return ""
}

// mode is how the last call went that transmitted anything.
func (r Report) mode() string {
	for i := len(r.Calls) - 1; i >= 0; i-- {
		if mode := r.Calls[i].Mode; mode != "" {
			return mode
		}
	}
	return ""
}

// onLine is how long all calls were connected, or dialling, in all.
func (r Report) onLine() time.Duration {
	var all time.Duration
	for _, c := range r.Calls {
		all += c.Duration.Duration()
	}
	return all
}
