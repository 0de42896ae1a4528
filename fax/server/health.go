package server

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/render"
	"faxbox/fax/port"
)

// loopPatience is how long a loop may take to go round: beyond, it is stuck.
const loopPatience = 2 * time.Minute

// firstYear is a year in which no box was running: a clock that shows an earlier one was not set.
const firstYear = 2020

// Health says how everything is, the good and the bad. The first finding, "server", sums up the others.
func (s *Server) Health() []fax.Finding {
	list := s.store.Health()
	if !slices.ContainsFunc(list, func(f fax.Finding) bool { return strings.HasPrefix(f.Name, "store") }) {
		list = append(list, fax.Finding{Name: "store", OK: true, Sentence: "What comes in is kept safely."})
	}
	if f, ok := s.spaceFinding(list); ok {
		list = append(list, f)
	}
	now := time.Now()
	s.mu.RLock()
	for _, l := range s.lines {
		list = append(list, l.finding(now))
	}
	checks := slices.Clone(s.checks)
	list = append(list, s.queueFinding(), clockFinding(now))
	list = append(list, s.routingFindings(now)...)
	s.mu.RUnlock()
	if f, ok := s.rendererFinding(); ok {
		list = append(list, f)
	}
	for _, check := range checks {
		list = append(list, check()...)
	}
	bad, worst := 0, fax.Warning
	for _, f := range list {
		if !f.OK {
			bad++
		}
		if f.Graded().State == fax.Bad {
			worst = fax.Bad
		}
	}
	sum := fax.Finding{Name: "server", OK: bad == 0, Sentence: "Everything is as it should be."}
	if bad > 0 {
		sum.State = worst
		sum.Sentence = counted(bad, "One thing needs attention.", "%d things need attention.")
		sum.Hint = "See below."
	}
	return s.dated(append([]fax.Finding{sum}, list...), now)
}

// counted is what is said of one, or of n of them: many has a verb for n.
func counted(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}

// dated gives each finding the time since when it is so.
func (s *Server) dated(list []fax.Finding, now time.Time) []fax.Finding {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i, f := range list {
		list[i] = f.Graded()
		if !f.Since.IsZero() {
			continue
		}
		list[i].Since = now.UTC()
		if before, ok := s.findings[f.Name]; ok && before.OK == f.OK && before.Sentence == f.Sentence {
			list[i].Since = before.Since
		}
	}
	return list
}

// finding is how the port is. The caller holds Server.mu.
func (l *line) finding(now time.Time) fax.Finding {
	f := fax.Finding{Name: fmt.Sprintf("ports/%d", l.id)}
	name := cmp.Or(l.settings.Name, f.Name)
	switch {
	case l.port != nil && now.Sub(l.port.Alive()) > port.MaxSilence:
		f.Sentence, f.Hint = name+" does not react.", "Restart the box."
	case l.source == nil:
		f.Sentence, f.Hint = name+": the modem is not there.", "Plug the modem in."
	case l.unwired != nil:
		f.Sentence, f.Hint = name+": "+l.unwired.Error()+".", "Look at the relays and the ring detector in the line's settings."
		if invalid, ok := errors.AsType[fax.Invalid](l.unwired); ok {
			f.Hint = invalid[0].Hint
		}
	case l.status.State == fax.Offline && l.port != nil:
		f.Hint = cmp.Or(l.status.Fault, fax.ModemFailed).Hint()
		f.Sentence = name + " is out of service: " + strings.TrimSuffix(l.status.Description, " "+f.Hint)
	case l.fault:
		f.State, f.Sentence, f.Hint = fax.Warning, name+" gave no dial tone when it was used last.", fax.NoDialTone.Hint()
	case l.wired.RingDetector != "":
		f.OK, f.Sentence = true, name+" is in service. Rings are counted by its ring detector."
	default:
		f.OK, f.Sentence = true, name+" is in service."
	}
	return f
}

// queueFinding is how the queue is. The caller holds mu.
func (s *Server) queueFinding() fax.Finding {
	f := fax.Finding{Name: "queue", OK: true, Sentence: "Faxes are sent."}
	failed := 0
	for _, j := range s.jobs {
		if j.State == fax.Failed || j.State == fax.RetriesExceeded {
			failed++
		}
	}
	switch {
	case len(s.unstored) > 0:
		f.OK, f.Sentence = false, counted(len(s.unstored), "What came of a fax could not be written down yet.", "What came of %d faxes could not be written down yet.")
		f.Hint = "Make room on the disk or check it."
	case s.settings.PauseServerQueue:
		f.Sentence = "The queue is paused: nothing is sent until it goes on."
	case failed > 0:
		f.Sentence = counted(failed, "One fax could not be sent and waits for somebody to look at it.", "%d faxes could not be sent and wait for somebody to look at them.")
	}
	return f
}

// rendererFinding is how documents are made pages, if the renderer tells.
func (s *Server) rendererFinding() (f fax.Finding, ok bool) {
	teller, ok := s.renderer.(interface{ Health() render.Health })
	if !ok {
		return f, false
	}
	f = fax.Finding{Name: "renderer", OK: true, Sentence: "Documents can be made pages."}
	switch h := teller.Health(); {
	case h.Problem != "":
		f.OK, f.Sentence = false, "Documents cannot be made pages: "+h.Problem+"."
		f.Hint = "Restart the box. TIFF files of fax can be sent meanwhile."
	case !h.Warm:
		f.Sentence = "Documents can be made pages; the first one takes a little longer."
	case len(h.Confined) > 0:
		f.Sentence = "Documents are made pages by a process of their own, held by " + strings.Join(h.Confined, ", ") + "."
	}
	return f, true
}

func clockFinding(now time.Time) fax.Finding {
	if now.Year() < firstYear {
		return fax.Finding{Name: "clock", State: fax.Warning, Sentence: "The clock was never set: it shows " + now.Format("2006-01-02") + ".",
			Hint: "Connect the box to a network with a time server."}
	}
	return fax.Finding{Name: "clock", OK: true, Sentence: "The clock is set."}
}

// tellHealth tells of what broke or mended.
func (s *Server) tellHealth() {
	now := map[string]fax.Finding{}
	for _, f := range s.Health() {
		now[f.Name] = f
	}
	s.mu.Lock()
	before := s.findings
	s.findings = now
	s.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(now)) { // at first only what is bad is news
		f := now[name]
		if old, known := before[name]; f.OK && !known || known && old.OK == f.OK && old.Sentence == f.Sentence {
			continue
		}
		s.publish(fax.Event{Kind: fax.HealthEvent, Health: &f})
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, still := now[name]; !still && !before[name].OK {
			f := fax.Finding{Name: name, OK: true, Sentence: "This is as it should be again.", Since: time.Now().UTC()}.Graded()
			s.publish(fax.Event{Kind: fax.HealthEvent, Health: &f})
		}
	}
}

// Acknowledge ends a finding that is shown until somebody has read it. Others stay as long as they are so. Needs
// fax.ConfigSet.
func (s *Server) Acknowledge(who Who, name string) error {
	if !who.Rights.Has(fax.ConfigSet) {
		return fax.ErrDenied
	}
	ours, err := s.acknowledgeRouting(name)
	if err == nil && !ours {
		err = s.store.Acknowledge(name)
	}
	if err != nil {
		return err
	}
	s.audit(who, "health/"+name, "acknowledge")
	return nil
}

// Alive is until when everything that the server depends on is known to have gone on: now, if nothing is stuck. Feed a
// watchdog while it is recent.
func (s *Server) Alive() time.Time {
	now := time.Now()
	alive := now
	stuck := func(last time.Time, patience time.Duration) {
		if now.Sub(last) > patience && last.Before(alive) {
			alive = last
		}
	}
	stuck(s.beats.last(&s.beats.queue), loopPatience)
	stuck(s.beats.last(&s.beats.tend), loopPatience)
	for _, l := range s.allLines() {
		if p := l.running(); p != nil {
			stuck(p.Alive(), port.MaxSilence)
		}
	}
	return alive
}
