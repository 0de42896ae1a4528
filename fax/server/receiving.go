package server

import (
	"time"

	"faxbox/fax"
	"faxbox/fax/document"
	"faxbox/fax/port"
	"faxbox/fax/tiff"
	"faxbox/store"
)

// firstIncoming is where the numbers of jobs begin that are received: they are not stored, and take the call's number.
const firstIncoming fax.JobID = 1 << 30

func incomingJob(id fax.CallID) fax.JobID { return firstIncoming + fax.JobID(id) }

// reception takes one call's pages.
type reception struct {
	*document.Incoming
	server *Server
	line   *line
	pages  *pages
	job    fax.JobID
	sealed fax.Message // as it is to be sealed, once the call is over
}

// pages is the store of one message, which notes what pages are damaged.
type pages struct {
	*store.Reception
	damaged []bool
}

func (p *pages) Append(c tiff.Coded) error {
	err := p.Reception.Append(c)
	if err == nil {
		p.damaged = append(p.damaged, isDamaged(c))
	}
	return err
}

func (p *pages) Replace(c tiff.Coded) error {
	err := p.Reception.Replace(c)
	if n := len(p.damaged); err == nil && n > 0 {
		p.damaged[n-1] = isDamaged(c)
	}
	return err
}

func (p *pages) Drop() error {
	err := p.Reception.Drop()
	if n := len(p.damaged); err == nil && n > 0 {
		p.damaged = p.damaged[:n-1]
	}
	return err
}

func isDamaged(c tiff.Coded) bool { return c.Quality != nil && c.Quality.BadRows > 0 }

// numbers are the damaged pages, from 1.
func (p *pages) numbers() []int {
	var list []int
	for i, bad := range p.damaged {
		if bad {
			list = append(list, i+1)
		}
	}
	return list
}

// Receive opens a message for a call that is about to be answered. It fails, and the call rings on, if the disk cannot take
// a page.
func (l *line) Receive(c fax.Call) (port.Reception, error) {
	s := l.server
	if s.draining.Load() {
		return nil, errDraining
	}
	r := &reception{server: s, line: l, job: incomingJob(c.ID), pages: &pages{Reception: s.store.Receive(l.begun(c))}}
	if err := r.pages.Begin(); err != nil {
		s.metrics.storeFailed()
		return nil, err
	}
	r.Incoming = document.NewIncoming(r.pages, s.version)
	j := fax.Job{
		JobID: r.job, Type: fax.JobReceive, State: fax.InProgress, QueueStatus: fax.InProgress, DisplayName: c.CallerID,
		SubmittedTime: c.Start, StartTime: c.Start, DeviceID: l.id, Tsid: l.Settings().Tsid, Result: fax.ResultOf(fax.Unknown),
	}
	s.mu.Lock()
	l.incoming, l.fault = r.job, false
	s.incoming[r.job] = j
	s.mu.Unlock()
	s.showJob(j, fax.LegacyAnswered)
	return r, nil
}

// begun is what is known of a fax when its call is answered.
func (l *line) begun(c fax.Call) fax.Message {
	csid := fax.Text(l.Settings().Csid)
	return fax.Message{CallerID: fax.Text(c.CallerID), Csid: csid, RecipientNumber: csid, RawReceiveTime: c.Start.UTC(), DeviceID: l.id, CallID: c.ID}
}

// Finish makes the message of what was received.
func (r *reception) Finish(in port.Incoming) fax.MessageID {
	s := r.server
	if err := r.Close(); err != nil {
		s.metrics.storeFailed()
		s.log.Error("a page is not kept", "port", r.line.id, "call", in.Call.ID, "err", err)
	}
	s.metrics.pagesReceived(in.Result.Received)
	s.mu.Lock()
	r.line.incoming = 0
	s.mu.Unlock()
	r.sealed = r.message(in)
	return s.seal(r)
}

// message is what is known of a fax now that the call is over.
func (r *reception) message(in port.Incoming) fax.Message {
	c := in.Call
	m := r.line.begun(c)
	m.Tsid, m.Routing = fax.Text(in.Result.Peer.Ident), fax.Text(in.Routing)
	m.EndTime, m.Duration, m.Result, m.Mode = time.Now().UTC(), c.Duration, c.Result, c.Mode
	m.Partial, m.Damaged = c.Result.Cause != fax.OK, r.pages.numbers()
	m.Quarantine, m.Why = in.Quarantine != "", in.Quarantine
	if !m.Partial && !m.Quarantine {
		m.Outcomes = r.server.outcomes(r.line.id)
	}
	return m
}

// seal makes a received fax a message. If the store cannot do so now its pages are safe, and it is tried again.
func (s *Server) seal(r *reception) fax.MessageID {
	m, err := r.pages.Seal(r.sealed)
	if err != nil {
		s.metrics.storeFailed()
		s.log.Error("a received fax is not listed yet", "message", r.pages.ID(), "err", err)
		s.mu.Lock()
		s.unsealed[r] = struct{}{}
		s.mu.Unlock()
		return r.pages.ID()
	}
	s.mu.Lock()
	delete(s.unsealed, r)
	j := s.incoming[r.job]
	delete(s.incoming, r.job)
	s.mu.Unlock()
	j.State, j.Result, j.EndTime, j.MessageID = fax.Finished, r.sealed.Result, r.sealed.EndTime, m.ID
	if m.ID != 0 {
		s.log.Info("fax received", "port", r.line.id, "call", m.CallID, "message", m.ID, "pages", m.Pages, "cause", m.Result.Cause)
		s.publishMessage(m, fax.MessageEvent)
	}
	if j.JobID != 0 {
		s.showJob(j, 0)
	}
	s.routeSoon(m)
	return m.ID
}

// sealRest seals what could not be sealed before.
func (s *Server) sealRest() {
	s.mu.RLock()
	var rest []*reception
	for r := range s.unsealed {
		rest = append(rest, r)
	}
	s.mu.RUnlock()
	for _, r := range rest {
		s.seal(r)
	}
}
