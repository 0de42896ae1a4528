package server

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"time"

	"faxbox/fax"
	"faxbox/fax/document"
	"faxbox/fax/port"
	"faxbox/fax/queue"
	"faxbox/fax/raster"
	"faxbox/fax/tiff"
)

// attempt is a job on its way over a line.
type attempt struct {
	job      fax.JobID
	file     *os.File
	document *document.Outgoing
}

func (a *attempt) close() {
	if a.document != nil {
		a.document.Close()
	}
	if a.file != nil {
		a.file.Close() // only read
	}
}

// dispatch opens a job's document and hands it to the port.
func (s *Server) dispatch(ctx context.Context, l *line, a *attempt, j fax.Job) {
	if err := s.openJob(l, a, j); err != nil {
		s.log.Error("the document cannot be read", "job", j.JobID, "err", err)
		s.finish(l, a, queue.Attempt{Cause: fax.DocumentFailed, Confirmed: j.ConfirmedPages, Detail: err.Error()}, fax.Call{})
		return
	}
	p := l.running()
	if p == nil || ctx.Err() != nil || p.Offer(s.workOf(l, a, j)) != nil {
		// The line was taken meanwhile, by a call that comes in as likely as not: nobody was called.
		s.finish(l, a, queue.Attempt{Cause: fax.Glare, Confirmed: j.ConfirmedPages}, fax.Call{})
		return
	}
	s.mu.RLock()
	cancelled := s.jobs[j.JobID].State == fax.Deleting
	s.mu.RUnlock()
	if cancelled { // before the port had it
		p.Cancel(j.JobID)
	}
}

// openJob opens what is still to be sent of a job on a line.
func (s *Server) openJob(l *line, a *attempt, j fax.Job) (err error) {
	if a.file, err = s.store.JobFile(j.JobID); err != nil {
		return err
	}
	info, err := a.file.Stat()
	if err != nil {
		return err
	}
	pages, err := tiff.Open(a.file, info.Size())
	if err != nil {
		return err
	}
	rest := document.File{Name: cmp.Or(j.DisplayName, "the document"), Pages: rest{pages, j.ConfirmedPages}}
	a.document, err = document.NewOutgoing(document.Options{Header: s.headerOf(l, j)}, rest)
	return err
}

// headerOf is the line at the head of each page, as it is at this attempt; nil if there is to be none.
func (s *Server) headerOf(l *line, j fax.Job) *document.Header {
	s.mu.RLock()
	settings := s.settings
	id := j.SendingID(settings, l.settings)
	s.mu.RUnlock()
	if !settings.Branding || s.fonts == nil {
		return nil
	}
	zone := settings.Location()
	return &document.Header{
		Fonts: s.fonts, Time: time.Now().In(zone), Language: languageOf(zone), Name: cmp.Or(j.SenderName, j.SenderCompany), ID: string(id),
		Number: j.FaxNumber, First: j.ConfirmedPages, Total: j.PageCount,
	}
}

// SampleHeader is what the line at the head of a page would say now, on the first line: when, by whom, from which number, to
// which, and which page. An empty text is left out.
func (s *Server) SampleHeader(name, number string) [5]string {
	s.mu.RLock()
	zone := s.settings.Location()
	h := document.Header{Time: time.Now().In(zone), Language: languageOf(zone), Name: name, Number: number}
	if len(s.lines) > 0 {
		h.ID = string(s.lines[0].settings.Tsid)
	}
	s.mu.RUnlock()
	return h.Texts(0, 3)
}

// rest are the pages of a file from one on.
type rest struct {
	file  document.Pages
	first int // counted from 0
}

func (r rest) Pages() int                       { return max(0, r.file.Pages()-r.first) }
func (r rest) Page(n int) (*raster.Page, error) { return r.file.Page(r.first + n) }

// workOf is an attempt as a port takes it.
func (s *Server) workOf(l *line, a *attempt, j fax.Job) port.Work {
	s.mu.RLock()
	tsid := j.SendingID(s.settings, l.settings)
	s.mu.RUnlock()
	return port.Work{
		Job: j.JobID, Attempt: j.Attempts + 1, Number: j.FaxNumber,
		Document: a.document, First: j.ConfirmedPages, Tsid: tsid,
		Learned:    s.learned(j.FaxNumber),
		SenderName: j.SenderName, SubmittedTime: j.SubmittedTime, DocumentName: j.DisplayName, DocumentSize: j.DocumentSize,
	}
}

// Confirmed keeps that a page was confirmed.
func (l *line) Confirmed(w port.Work, page int) {
	s := l.server
	s.change.Lock()
	defer s.change.Unlock()
	j, ok := s.jobs[w.Job]
	if !ok {
		return
	}
	j = queue.Confirm(j, w.First+page+1)
	s.keepJob(j)
	s.metrics.pageOut()
	s.showJob(j, 0)
}

// Done takes work back from the port.
func (l *line) Done(w port.Work, o port.Outcome) {
	s := l.server
	s.mu.Lock()
	a := l.attempt
	if o.Call.ID != 0 {
		l.fault = o.Cause == fax.NoDialTone
	}
	s.mu.Unlock()
	if o.Call.ID != 0 {
		s.learn(w, o)
	}
	s.finish(l, a, queue.Attempt{Cause: o.Cause, Confirmed: w.First + o.Confirmed, Detail: o.Detail}, o.Call)
}

// finish ends an attempt, which may have come to a call: the job moves on, and the line is free for the next.
func (s *Server) finish(l *line, a *attempt, result queue.Attempt, c fax.Call) {
	a.close()
	s.change.Lock()
	defer s.change.Unlock()
	defer s.look()
	s.mu.Lock()
	l.attempt = nil
	settings := l.settings
	s.mu.Unlock()
	before := s.jobs[a.job]
	j, err := queue.Finish(before, s.settings, result, time.Now())
	if err != nil {
		s.log.Error("an attempt ended", "job", a.job, "err", err)
		return
	}
	j.Tsid = before.SendingID(s.settings, settings)
	if c.ID != 0 {
		j.CallID, j.Csid, j.Mode = c.ID, fax.NewStationID(c.StationID), c.Mode
	}
	s.log.Info("attempt ended", "job", j.JobID, "port", l.id, "cause", result.Cause, "confirmed", j.ConfirmedPages,
		"state", j.State, "next", j.NextAttempt)
	if j.State == fax.Finished {
		j = s.archive(j, c)
	}
	s.keepJob(j)
	s.showJob(j, legacyOfCause(result.Cause))
}

// archive keeps what was sent as a message, if the office wants that; the call is the last one that it took.
func (s *Server) archive(j fax.Job, c fax.Call) fax.Job {
	if !s.settings.ArchiveOutboundFaxes {
		return j
	}
	done, m, err := s.store.Finish(j, fax.Message{
		RawReceiveTime: j.StartTime.UTC(), EndTime: j.EndTime.UTC(), Duration: fax.SecondsOf(max(0, j.EndTime.Sub(j.StartTime))),
		RecipientName: fax.Text(j.RecipientName), RecipientNumber: fax.Text(j.FaxNumber), SenderName: fax.Text(j.SenderName),
		Tsid: fax.Text(j.Tsid), Csid: fax.Text(c.StationID), DeviceID: j.DeviceID, Result: j.Result, Mode: c.Mode,
		CallID: c.ID, DisplayName: j.DisplayName, UserName: j.UserName, BillingCode: j.BillingCode,
		SubmissionID: j.SubmissionID, SenderCompany: j.SenderCompany, Read: true,
		Outcomes: []fax.RoutingOutcome{archiving()},
	})
	if err != nil {
		s.metrics.storeFailed()
		s.log.Error("what was sent is not kept", "job", j.JobID, "err", err)
		j.Result.Detail = fmt.Sprintf("no copy was kept: %v", err)
		return j
	}
	s.publishMessage(m, fax.MessageEvent)
	s.routeSoon(m)
	return done
}
