package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/report"
	"faxbox/fax/raster"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
	"faxbox/store"
)

// errNoFonts is that nothing can be written on a page.
var errNoFonts = errors.New("this server has no fonts")

// JobReport is the delivery report of a job that the caller may see, as a PDF: of one under way, what is known by now.
// ErrNotFound if there is no such job, or it is not one that is sent.
func (s *Server) JobReport(who Who, id fax.JobID) ([]byte, error) {
	j, err := s.Job(who, id)
	if err != nil {
		return nil, err
	}
	if j.Type != fax.JobSend {
		return nil, ErrNotFound
	}
	return s.reportPDF(j, s.store.JobFile)
}

// MessageReport is the delivery report of a fax that was sent, as a PDF. ErrNotFound if there is none of this id.
func (s *Server) MessageReport(id fax.MessageID) ([]byte, error) {
	m, err := s.Message(id)
	if err != nil {
		return nil, err
	}
	if m.Direction != fax.Out {
		return nil, ErrNotFound
	}
	return s.reportPDF(sentAs(m), func(fax.JobID) (*os.File, error) { return s.store.MessageFile(id) })
}

// sentAs is the job that a message was, as far as the message tells.
func sentAs(m fax.Message) fax.Job {
	return fax.Job{
		JobID: m.JobID, Type: fax.JobSend, State: fax.Finished, QueueStatus: fax.Finished, DisplayName: m.DisplayName,
		FaxNumber: string(m.RecipientNumber), RecipientName: string(m.RecipientName), SenderName: string(m.SenderName),
		SenderCompany: m.SenderCompany, BillingCode: m.BillingCode, UserName: m.UserName, SubmissionID: m.SubmissionID,
		PageCount: m.Pages, ConfirmedPages: m.Pages, DocumentSize: m.Size, Tsid: fax.NewStationID(string(m.Tsid)),
		Csid: fax.NewStationID(string(m.Csid)), Mode: m.Mode, CallID: m.CallID, DeviceID: m.DeviceID, MessageID: m.ID,
		SubmittedTime: m.RawReceiveTime, StartTime: m.RawReceiveTime, EndTime: m.EndTime, Result: m.Result,
	}
}

func (s *Server) reportPDF(j fax.Job, open func(fax.JobID) (*os.File, error)) ([]byte, error) {
	if s.fonts == nil {
		return nil, errNoFonts
	}
	r, err := s.report(j, open)
	if err != nil {
		return nil, err
	}
	var pdf bytes.Buffer
	err = r.Write(&pdf, s.fonts)
	return pdf.Bytes(), err
}

// report gathers what is known of a job. Pages that are not there any more are left out.
func (s *Server) report(j fax.Job, open func(fax.JobID) (*os.File, error)) (report.Report, error) {
	settings := s.Settings()
	zone := settings.Location()
	_, paper, _ := fax.Document{}.Look(settings)
	r := report.Report{
		Job: j, Office: j.SenderCompany, Software: s.version, Zone: zone, Now: time.Now(), Language: s.languageFor(j.UserName), Paper: rasterPaper(paper),
	}
	calls, err := s.Calls(CallFilter{Number: j.FaxNumber, JobID: j.JobID, Paging: Paging{Limit: longPage}})
	if err != nil {
		return r, err
	}
	r.Calls = calls.Items
	slices.Reverse(r.Calls)
	f, err := open(j.JobID)
	if errors.Is(err, store.ErrNotFound) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	defer f.Close()
	r.First, r.SHA256, err = look(f)
	return r, err
}

// look is the first page of a file, and its hash.
func look(f *os.File) (*raster.Page, []byte, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return nil, nil, err
	}
	page, err := firstPage(f)
	if _, damaged := errors.AsType[*tiff.Damage](err); damaged { // what is readable of it is shown
		err = nil
	}
	return page, hash.Sum(nil), err
}

// confirmAsNeeded puts delivery reports into the archive, until the context ends.
func (s *Server) confirmAsNeeded(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.confirm:
			for _, j := range s.unconfirmed() {
				if ctx.Err() != nil {
					return
				}
				if err := s.confirmJob(j); err != nil {
					s.metrics.storeFailed()
					s.log.Warn("a delivery report is not kept yet", "job", j.JobID, "err", err)
				}
			}
		}
	}
}

// unconfirmed are jobs that are over, and whose report somebody waits for.
func (s *Server) unconfirmed() (list []fax.Job) {
	if s.fonts == nil {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, jobs := range []map[fax.JobID]fax.Job{s.jobs, s.left} {
		for _, j := range jobs {
			if _, wanted := s.reportTo(j); wanted && j.State.Final() && j.ReportID == 0 {
				list = append(list, j)
			}
		}
	}
	return list
}

// reportTo reports whether somebody waits for the report of a job that is over, and to which addresses it goes besides. A
// document with an address that says nothing of a report wants one, as it always did in the object model, if the box can
// send mail. The caller holds mu.
func (s *Server) reportTo(j fax.Job) (to []string, wanted bool) {
	switch j.Confirmation {
	case fax.ConfirmInbox:
		return nil, true
	case fax.ConfirmFailure:
		wanted = j.State == fax.Failed || j.State == fax.RetriesExceeded
	case fax.ConfirmMail:
		wanted = j.State != fax.Aborted
	case "":
		wanted = j.State != fax.Aborted && j.EmailAddress != "" && s.mail.Ready()
	}
	if !wanted {
		return nil, false
	}
	to, err := fax.Addresses("emailAddress", j.EmailAddress)
	return to, err == nil // a job of an older version may have anything for an address
}

// confirmJob keeps the report of a job as a message for whoever sent it. Should the box stop between that and the job's
// knowing of it, there are two.
func (s *Server) confirmJob(j fax.Job) error {
	r, err := s.report(j, s.store.JobFile)
	if err != nil {
		return err
	}
	page, err := tiff.Code(r.Page(s.fonts), tiff.Style{Coding: t4.MMR})
	if err != nil {
		return err
	}
	page.Software, page.Time = s.version, r.Now.In(r.Zone)
	message := fax.Message{
		RawReceiveTime: r.Now.UTC(), EndTime: r.Now.UTC(), Report: true, JobID: j.JobID, UserName: j.UserName, SubmissionID: j.SubmissionID,
		DisplayName: j.DisplayName, RecipientName: fax.Text(j.UserName), RecipientNumber: fax.Text(j.FaxNumber),
		CallID: j.CallID, DeviceID: j.DeviceID, Result: j.Result,
	}
	s.mu.RLock()
	to, _ := s.reportTo(j)
	s.mu.RUnlock()
	if len(to) > 0 {
		message.Read = true // whoever it is for reads it elsewhere
		message.Outcomes = []fax.RoutingOutcome{mailOrder("report", "", "Delivery report by mail", fax.MailOrder{To: to, Format: fax.PDF})}
	}
	kept := s.store.Receive(message)
	if err := kept.Append(page); err != nil {
		_, left := kept.Seal(message) // without a page nothing is kept
		return errors.Join(err, left)
	}
	message, err = kept.Seal(message)
	if err != nil {
		return fmt.Errorf("keeping it: %w", err)
	}
	s.publishMessage(message, fax.MessageEvent)
	s.routeSoon(message)
	s.change.Lock()
	defer s.change.Unlock()
	s.mu.RLock()
	now, ok := s.find(j.JobID)
	s.mu.RUnlock()
	if ok && now.State.Final() && now.EndTime.Equal(j.EndTime) { // else somebody has restarted it: its next end is another
		now.ReportID = message.ID
		s.keepJob(now)
	}
	return nil
}
