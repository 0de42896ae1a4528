package server

import (
	"fmt"
	"os"
	"time"

	"faxbox/fax"
)

// Settings are the server's settings.
func (s *Server) Settings() fax.Server {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.settings
}

// UpdateSettings changes settings: all that the patch names, or none. Needs fax.ConfigSet. What is wrong with the patch is a
// fax.Invalid.
func (s *Server) UpdateSettings(who Who, p fax.ServerPatch) (fax.Server, error) {
	if !who.Rights.Has(fax.ConfigSet) {
		return fax.Server{}, fax.ErrDenied
	}
	s.change.Lock()
	defer s.change.Unlock()
	before := s.settings
	after, err := before.Apply(p)
	if err != nil {
		return fax.Server{}, err
	}
	if err := checkArchive(before, after); err != nil {
		return fax.Server{}, err
	}
	list := changes(before, after)
	if len(list) == 0 {
		return before, nil
	}
	if err := s.store.PutServer(after, s.entry(who, "server", "change", list...)); err != nil {
		s.metrics.storeFailed()
		return fax.Server{}, err
	}
	s.mu.Lock()
	s.settings = after
	s.mu.Unlock()
	s.publish(fax.Event{Kind: fax.ServerEvent, Server: &after})
	s.look()
	return after, nil
}

// checkArchive sees that a folder that is to be the archive from now on is there: a slip shows when it is made, not when the
// first fax is sent.
func checkArchive(before, after fax.Server) error {
	if !after.ArchiveOutboundFaxes || before.ArchiveOutboundFaxes && before.ArchiveDirectory == after.ArchiveDirectory {
		return nil
	}
	if info, err := os.Stat(after.ArchiveDirectory); err != nil || !info.IsDir() {
		return fault("archiveDirectory", "is no folder on this box",
			"Make the folder first, plug the stick in, or mount the share.")
	}
	return nil
}

// Ports are all ports in the order of their device ids, with CanModify as it is for the caller.
func (s *Server) Ports(who Who) []fax.Port {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]fax.Port, len(s.lines))
	for i, l := range s.lines {
		list[i] = l.shown(who.Caller)
	}
	return list
}

// Port is one port, or ErrNotFound.
func (s *Server) Port(who Who, id fax.DeviceID) (fax.Port, error) {
	l := s.line(id)
	if l == nil {
		return fax.Port{}, ErrNotFound
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return l.shown(who.Caller), nil
}

// shown is the port with what is computed for the caller. The caller of this holds Server.mu.
func (l *line) shown(c fax.Caller) fax.Port {
	p := l.settings
	p.CanModify = c.Rights.Has(fax.PortSet)
	p.Present = l.source != nil && l.status.State != fax.Offline
	return p
}

// UpdatePort changes a port and, if its priority changes, the ranks of the others with it; it answers with all ports, in the
// order of Ports. Needs fax.PortSet. A call that is running goes on under the old settings.
func (s *Server) UpdatePort(who Who, id fax.DeviceID, p fax.PortPatch) ([]fax.Port, error) {
	if !who.Rights.Has(fax.PortSet) {
		return nil, fax.ErrDenied
	}
	changed, err := s.updatePort(who, id, p)
	if err != nil {
		return nil, err
	}
	for _, l := range changed {
		if running := l.running(); running != nil {
			running.Changed()
		}
		s.publishPort(l)
	}
	s.look()
	return s.Ports(who), nil
}

// updatePort stores what changes, and answers with the ports that it changes.
func (s *Server) updatePort(who Who, id fax.DeviceID, p fax.PortPatch) ([]*line, error) {
	s.change.Lock()
	defer s.change.Unlock()
	lines := s.allLines()
	before := make([]fax.Port, len(lines))
	for i, l := range lines {
		before[i] = l.Settings()
	}
	if s.line(id) == nil {
		return nil, ErrNotFound
	}
	after, err := fax.ApplyToPort(before, id, p)
	if err != nil {
		return nil, err
	}
	if err := s.tryPins(lines, after); err != nil {
		return nil, err
	}
	var changed []*line
	var puts []fax.Port
	var log []fax.AuditEntry
	for i, l := range lines {
		if list := changes(before[i], after[i]); len(list) > 0 {
			changed, puts = append(changed, l), append(puts, after[i])
			log = append(log, s.entry(who, fmt.Sprintf("ports/%d", l.id), "change", list...))
		}
	}
	if len(puts) == 0 {
		return nil, nil
	}
	if err := s.store.PutPorts(puts, log...); err != nil {
		s.metrics.storeFailed()
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, l := range changed {
		l.settings = puts[i]
	}
	return changed, nil
}

// tryPins opens pins that are new to a line and gives them back, so that nothing is stored that cannot be had. Those that the
// line uses it keeps until it is idle.
func (s *Server) tryPins(lines []*line, after []fax.Port) error {
	for i, l := range lines {
		s.mu.RLock()
		p := after[i]
		p.Pins = p.Without(l.settings.Pins).Without(l.wired)
		s.mu.RUnlock()
		if p.Pins == (fax.Pins{}) {
			continue
		}
		if s.wire == nil {
			return noPins(p.Pins)
		}
		w, err := s.wire(p)
		if w.Close != nil {
			w.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// noPins says of each pin that it cannot be had.
func noPins(pins fax.Pins) error {
	var list fax.Invalid
	for _, pin := range pins.Used() {
		list = append(list, fax.FieldError{Field: pin.Field, Problem: "cannot be had: this computer has no GPIO lines",
			Hint: "Leave it empty.", Code: fax.ErrorInvalidParameter})
	}
	return list
}

func (s *Server) publishPort(l *line) {
	s.mu.RLock()
	p := l.shown(fax.Caller{})
	s.mu.RUnlock()
	s.publish(fax.Event{Kind: fax.PortEvent, Port: &p})
}

// Status is what a port does now, or ErrNotFound.
func (s *Server) Status(id fax.DeviceID) (fax.Status, error) {
	l := s.line(id)
	if l == nil {
		return fax.Status{}, ErrNotFound
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return l.status.At(time.Now()), nil
}

// Statuses are those of all ports, in the order of Ports.
func (s *Server) Statuses() []fax.Status {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now := time.Now()
	list := make([]fax.Status, len(s.lines))
	for i, l := range s.lines {
		list[i] = l.status.At(now)
	}
	return list
}

// Answer takes the call that rings on a port now, whatever its settings say. Needs fax.JobManage; ErrNotFound if there is no
// such port, or none rings.
func (s *Server) Answer(who Who, id fax.DeviceID) error {
	if !who.Rights.Has(fax.JobManage) {
		return fax.ErrDenied
	}
	l := s.line(id)
	if l == nil {
		return ErrNotFound
	}
	if p := l.running(); p == nil || !p.Answer() {
		return ErrNotFound
	}
	s.audit(who, fmt.Sprintf("ports/%d", id), "answer")
	return nil
}
