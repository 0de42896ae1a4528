package server

import (
	"context"
	"io"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/class1"
	"faxbox/fax/port"
	"faxbox/fax/queue"
)

// line is a port with what the server knows of it: the port's Office.
type line struct {
	server *Server
	id     fax.DeviceID

	// Server.mu guards these.
	settings fax.Port
	status   fax.Status
	source   *PortSource // nil while there is no modem
	port     *port.Port  // while it runs
	cancel   context.CancelFunc
	done     chan struct{} // closed when it does not run any more
	attempt  *attempt      // what it sends, or is about to send
	incoming fax.JobID     // what it receives
	fault    bool          // it gave no dial tone when it was used last
	wired    fax.Pins      // the pins that are in use
	unwired  error         // why others are not
}

func newLine(s *Server, p fax.Port) *line {
	p.Path = "" // nobody knows yet where it is now
	return &line{server: s, id: p.DeviceID, settings: p, status: absent(p)}
}

// absent is the status of a port that has no modem.
func absent(p fax.Port) fax.Status {
	return fax.Status{AsOf: time.Now(), State: fax.Offline, DeviceID: p.DeviceID, DeviceName: p.Name, Description: "The modem is not there."}
}

// start runs the port, if there is a modem.
func (l *line) start(ctx context.Context) {
	s := l.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.source == nil || l.port != nil {
		return
	}
	ctx, l.cancel = context.WithCancel(ctx)
	l.done = make(chan struct{})
	l.port = port.New(port.Config{
		DeviceID: l.id, Open: l.source.Open, USB: l.source.USB, Office: l,
		Wire: s.wire, Log: s.log.With("port", l.id),
	})
	p, done := l.port, l.done
	s.work.Go(func() {
		defer close(done)
		if err := p.Run(ctx); err != nil {
			s.log.Error("the port stopped", "port", l.id, "err", err)
		}
	})
}

// stop ends the port and waits for it. The caller holds Server.plug, and no other lock.
func (l *line) stop() {
	s := l.server
	s.mu.Lock()
	cancel, done := l.cancel, l.done
	s.mu.Unlock()
	if cancel == nil {
		return
	}
	cancel()
	<-done
	s.mu.Lock()
	l.port, l.cancel, l.done = nil, nil, nil
	l.wired, l.unwired = fax.Pins{}, nil
	l.status = absent(l.settings)
	st := l.status
	s.mu.Unlock()
	s.publish(fax.Event{Kind: fax.PortStatusEvent, Legacy: fax.LegacyModemOff, Status: &st})
}

// running is the port, nil if there is none.
func (l *line) running() *port.Port {
	l.server.mu.RLock()
	defer l.server.mu.RUnlock()
	return l.port
}

// forQueue is the line as fax/queue sees it. The caller holds Server.mu.
func (l *line) forQueue() queue.Port {
	p := queue.Port{ID: l.id, Rank: l.settings.Priority, Send: l.settings.Send, Fault: l.fault, State: queue.Occupied}
	switch {
	case l.port == nil, l.status.State == fax.Offline, l.status.State == fax.Initializing && l.status.CallID == 0:
		p.State = queue.OutOfService
	case l.attempt == nil && l.status.Idle():
		p.State = queue.Idle
	}
	return p
}

// Settings are the port's.
func (l *line) Settings() fax.Port {
	l.server.mu.RLock()
	defer l.server.mu.RUnlock()
	return l.settings
}

// Opened keeps what the modem says it is.
func (l *line) Opened(id class1.Identity) {
	s := l.server
	model := strings.Join(strings.Fields(id.Maker+" "+id.Model+" "+id.Revision), " ")
	s.change.Lock()
	defer s.change.Unlock()
	p := l.Settings()
	if p.Model == model {
		return
	}
	p.Model = model
	if err := s.store.PutPorts([]fax.Port{p}); err != nil {
		s.log.Warn("the modem's name is not kept", "port", l.id, "err", err)
	}
	s.mu.Lock()
	l.settings.Model = model
	s.mu.Unlock()
	s.publishPort(l)
}

// Wired keeps which pins are in use.
func (l *line) Wired(pins fax.Pins, err error) {
	l.server.mu.Lock()
	defer l.server.mu.Unlock()
	l.wired, l.unwired = pins, err
}

// Status shows what the port does.
func (l *line) Status(st fax.Status) {
	s := l.server
	s.mu.Lock()
	before := l.status
	l.status = st
	s.mu.Unlock()
	s.publish(fax.Event{Kind: fax.PortStatusEvent, Legacy: legacyOf(before, st), Status: &st})
	if before.State != st.State {
		s.look()
	}
}

// Begin opens a line of the journal.
func (l *line) Begin(c fax.Call) (fax.CallID, io.WriteCloser) {
	s := l.server
	c.DeviceName = l.Settings().Name
	c.HasTrace = true
	kept, err := s.store.PutCall(c)
	if err != nil {
		s.metrics.storeFailed()
		s.log.Error("the call does not stand in the journal", "port", l.id, "err", err)
		return 0, nil
	}
	if c.Direction == fax.In {
		s.publish(fax.Event{Kind: fax.IncomingCallEvent, Legacy: fax.LegacyRinging, Call: &kept})
	}
	trace, err := s.store.CreateTrace(kept.ID)
	if err != nil {
		s.log.Warn("the call has no trace", "port", l.id, "call", kept.ID, "err", err)
		return kept.ID, nil
	}
	return kept.ID, trace
}

// Rings tells what more is known of a call that rings.
func (l *line) Rings(c fax.Call) {
	l.server.publish(fax.Event{Kind: fax.IncomingCallEvent, Legacy: fax.LegacyRinging, Call: &c})
}

// Ended closes a line of the journal. One that could not be opened is entered now.
func (l *line) Ended(c fax.Call) {
	s := l.server
	c.DeviceName = l.Settings().Name
	kept, err := s.store.PutCall(c)
	if err != nil {
		s.metrics.storeFailed()
		s.log.Error("the call does not stand in the journal", "port", l.id, "call", c.ID, "err", err)
		kept = c
	}
	s.metrics.call(c)
	s.publish(fax.Event{Kind: fax.CallEvent, Legacy: legacyOfCause(c.Result.Cause), Call: &kept})
}

// legacyOf is what old programs knew a change of status by.
func legacyOf(before, now fax.Status) fax.LegacyEvent {
	if before.State == now.State {
		switch {
		case now.CurrentPage <= before.CurrentPage:
			return 0
		case now.Send:
			return fax.LegacySending
		case now.Receive:
			return fax.LegacyReceiving
		}
		return 0
	}
	if before.State == fax.Offline && now.State == fax.Available {
		return fax.LegacyModemOn
	}
	return legacyOfState[now.State]
}

var legacyOfState = map[fax.DeviceStatus]fax.LegacyEvent{
	fax.Dialing:         fax.LegacyDialing,
	fax.Sending:         fax.LegacySending,
	fax.Receiving:       fax.LegacyReceiving,
	fax.Completed:       fax.LegacyCompleted,
	fax.Handled:         fax.LegacyHandled,
	fax.Unavailable:     fax.LegacyLineUnavailable,
	fax.LineBusy:        fax.LegacyBusy,
	fax.Unanswered:      fax.LegacyNoAnswer,
	fax.BadAddress:      fax.LegacyBadAddress,
	fax.DeadLine:        fax.LegacyNoDialTone,
	fax.Disconnected:    fax.LegacyDisconnected,
	fax.FatalError:      fax.LegacyFatalError,
	fax.NotAFaxCall:     fax.LegacyNotFaxCall,
	fax.CallDelayed:     fax.LegacyCallDelayed,
	fax.CallBlacklisted: fax.LegacyCallBlacklisted,
	fax.Initializing:    fax.LegacyInitializing,
	fax.Offline:         fax.LegacyModemOff,
	fax.Ringing:         fax.LegacyRinging,
	fax.Available:       fax.LegacyIdle,
	fax.Aborting:        fax.LegacyAborting,
	fax.Routing:         fax.LegacyRouting,
	fax.Answered:        fax.LegacyAnswered,
}

// legacyOfCause is what old programs knew the end of a call by.
func legacyOfCause(c fax.Cause) fax.LegacyEvent { return legacyOfState[c.DeviceStatus()] }
