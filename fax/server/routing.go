package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"faxbox/fax"
	"faxbox/fax/route"
	"faxbox/store"
)

const (
	routers       = 4                   // messages routed at a time: a share that hangs holds up one
	routingMemory = 30 * 24 * time.Hour // how old a message may be and yet be routed after a restart
	routeTries    = 174                 // the first six within an hour, then one an hour: a week
	routingNap    = time.Minute         // the longest sleep: the clock may be put forward meanwhile
	routeStuck    = 2 * time.Minute     // an attempt that takes longer is told of in health
)

// routeDelay is the wait after a failed attempt, counted from 1.
func routeDelay(attempt int) time.Duration {
	minutes := []time.Duration{1, 2, 5, 15, 30}
	if attempt <= len(minutes) {
		return minutes[attempt-1] * time.Minute
	}
	return longestDelay
}

const longestDelay = time.Hour

// archivePattern names the copies of sent faxes.
const archivePattern = "{date}-{time}-{number}"

// archiving is what is to be done with a fax that was sent: a copy goes to ArchiveDirectory.
func archiving() fax.RoutingOutcome {
	return fax.RoutingOutcome{Guid: fax.RouteFolder, FriendlyName: "Archive of sent faxes", Next: time.Now().UTC()}
}

// RoutingMethods are what can be done with faxes received on a port, in the order in which it is done, or ErrNotFound.
func (s *Server) RoutingMethods(id fax.DeviceID) ([]fax.RoutingMethod, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i := slices.IndexFunc(s.lines, func(l *line) bool { return l.id == id })
	if i < 0 {
		return nil, ErrNotFound
	}
	return s.methodsOf(s.lines[i]), nil
}

// methodsOf is RoutingMethods. The caller holds mu.
func (s *Server) methodsOf(l *line) []fax.RoutingMethod {
	list := make([]fax.RoutingMethod, 0, len(s.methods))
	for n, m := range s.methods {
		about := m.About()
		r := about
		r.Priority = n + 1
		if i := slices.IndexFunc(s.routing, func(r fax.RoutingMethod) bool {
			return r.DeviceID == l.id && fax.SameGuid(r.Guid, about.Guid)
		}); i >= 0 {
			r = s.routing[i]
			r.ExtensionName, r.FriendlyName = about.ExtensionName, about.FriendlyName
			r.FunctionName, r.ImageName = about.FunctionName, about.ImageName
		}
		r.DeviceID, r.DeviceName, r.RoutingData = l.id, l.settings.Name, s.hints[l.id]
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b fax.RoutingMethod) int { return cmp.Compare(a.Priority, b.Priority) })
	return list
}

// UpdateRoutingMethod changes a routing method of a port; it answers with all of the port's. Enable, Setting and NamePattern
// are the port's own, Priority is one order for the whole server. Needs fax.PortSet; ErrNotFound if there is no such port or
// method.
func (s *Server) UpdateRoutingMethod(who Who, id fax.DeviceID, guid string, p fax.RoutingMethodPatch) ([]fax.RoutingMethod, error) {
	if !who.Rights.Has(fax.PortSet) {
		return nil, fax.ErrDenied
	}
	s.change.Lock()
	defer s.change.Unlock()
	list, err := s.RoutingMethods(id)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(list, func(m fax.RoutingMethod) bool { return fax.SameGuid(m.Guid, guid) })
	if at < 0 {
		return nil, ErrNotFound
	}
	before := list[at]
	after, err := s.applyRouting(before, p)
	if err != nil {
		return nil, err
	}
	changed := s.reorder(after, before.Priority)
	entry := s.entry(who, fmt.Sprintf("ports/%d/routing-methods/%s", id, after.FunctionName), "change", changes(before, after)...)
	if err := s.store.PutRoutingMethods(changed, entry); err != nil {
		s.metrics.storeFailed()
		return nil, err
	}
	s.mu.Lock()
	for _, r := range changed {
		s.routing = slices.DeleteFunc(s.routing, func(o fax.RoutingMethod) bool {
			return o.DeviceID == r.DeviceID && fax.SameGuid(o.Guid, r.Guid)
		})
	}
	s.routing = append(s.routing, changed...)
	s.mu.Unlock()
	for i := range changed {
		s.publish(fax.Event{Kind: fax.RoutingMethodEvent, RoutingMethod: &changed[i]})
	}
	return s.RoutingMethods(id)
}

// applyRouting is a method with its changes, or fax.Invalid.
func (s *Server) applyRouting(m fax.RoutingMethod, p fax.RoutingMethodPatch) (fax.RoutingMethod, error) {
	next, err := m.Apply(p)
	var faults fax.Invalid
	if invalid, ok := errors.AsType[fax.Invalid](err); ok {
		faults = invalid
	}
	if p.Priority != nil && *p.Priority > len(s.methods) {
		faults = append(faults, fault("priority", fmt.Sprintf("is %d, and there are %d methods", *p.Priority, len(s.methods)),
			fmt.Sprintf("Enter a number from 1 to %d.", len(s.methods)))...)
	}
	if invalid, ok := errors.AsType[fax.Invalid](route.Find(s.methods, m.Guid).Check(next)); ok && err == nil {
		faults = append(faults, invalid...)
	}
	if len(faults) > 0 {
		return m, faults
	}
	return next, nil
}

// reorder is the changed method and, if its priority changes, all methods of all ports in the new order.
func (s *Server) reorder(m fax.RoutingMethod, before int) []fax.RoutingMethod {
	if m.Priority == before {
		return []fax.RoutingMethod{m}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []fax.RoutingMethod
	for _, l := range s.lines {
		list := s.methodsOf(l)
		at := slices.IndexFunc(list, func(r fax.RoutingMethod) bool { return fax.SameGuid(r.Guid, m.Guid) })
		moved := list[at]
		if l.id == m.DeviceID {
			moved = m
		}
		list = slices.Insert(slices.Delete(list, at, at+1), m.Priority-1, moved)
		for i := range list {
			list[i].Priority = i + 1
		}
		all = append(all, list...)
	}
	return all
}

// outcomes are the methods that are to be run for a fax received on a port: nothing is done of them yet.
func (s *Server) outcomes(id fax.DeviceID) []fax.RoutingOutcome {
	methods, err := s.RoutingMethods(id)
	if err != nil {
		return nil // a port that is gone has no methods
	}
	var list []fax.RoutingOutcome
	for _, m := range methods {
		if m.Enable {
			list = append(list, fax.RoutingOutcome{Guid: m.Guid, FriendlyName: m.FriendlyName, Next: time.Now().UTC()})
		}
	}
	return list
}

// isDue reports whether a method is to be run now. A moment further away than any delay was read off a clock that has been
// put back since.
func isDue(next, now time.Time) bool { return !next.After(now) || next.After(now.Add(longestDelay)) }

// pending is when the next method of a message is to be run; false if none is: what is in the bin is not routed.
func pending(m fax.Message) (next time.Time, ok bool) {
	if m.InBin() {
		return next, false
	}
	for _, o := range m.Outcomes {
		if !o.Done && !o.GivenUp && (!ok || o.Next.Before(next)) {
			next, ok = o.Next, true
		}
	}
	return next, ok
}

// routeSoon has a message routed when it is due, if there is something to be done for it.
func (s *Server) routeSoon(m fax.Message) {
	next, ok := pending(m)
	s.mu.Lock()
	if ok {
		s.due[m.ID] = next
	} else {
		delete(s.due, m.ID)
	}
	s.mu.Unlock()
	s.showRoutingJob(m, ok)
	signal(s.rouse)
}

// showRoutingJob shows a job as long as a received fax is to be routed.
func (s *Server) showRoutingJob(m fax.Message, routing bool) {
	if m.Direction != fax.In {
		return
	}
	id := incomingJob(m.CallID)
	s.mu.Lock()
	j, known := s.incoming[id]
	if routing == known {
		s.mu.Unlock()
		return
	}
	if routing {
		j = fax.Job{
			JobID: id, Type: fax.JobRouting, State: fax.BeingRouted, DisplayName: string(cmp.Or(m.CallerID, m.Tsid)),
			SubmittedTime: m.RawReceiveTime, StartTime: m.RawReceiveTime, DeviceID: m.DeviceID, MessageID: m.ID, Result: m.Result,
		}
		s.incoming[id] = j
	} else {
		delete(s.incoming, id)
		j.State = fax.Finished
	}
	s.mu.Unlock()
	s.showJob(j, fax.LegacyRouting)
}

// routeAsNeeded runs routing methods when they are due.
func (s *Server) routeAsNeeded(ctx context.Context) {
	s.findUnrouted(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.rouse:
		case <-timer.C:
		}
		timer.Reset(s.routeDue(ctx, time.Now()))
	}
}

// findUnrouted finds the messages for which something was still to be done when the box stopped.
func (s *Server) findUnrouted(ctx context.Context) {
	filter := store.MessageFilter{From: time.Now().Add(-routingMemory)}
	var from store.Cursor
	for ctx.Err() == nil {
		page, err := s.store.Messages(filter, from, store.MaxPage)
		if err != nil {
			s.log.Error("what is still to be routed is not known", "err", err)
			return
		}
		for _, m := range page.Items {
			if _, ok := pending(m); ok {
				s.routeSoon(m)
			}
		}
		if from = page.Next; from == "" {
			return
		}
	}
}

// routeDue begins to route what is due, and says how long to sleep.
func (s *Server) routeDue(ctx context.Context, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	sleep := routingNap
	for id, at := range s.due {
		switch _, busy := s.routed[id]; {
		case busy:
		case !isDue(at, now):
			sleep = min(sleep, at.Sub(now))
		case len(s.routed) < routers:
			s.routed[id] = now
			s.work.Go(func() { s.routeMessage(ctx, id) })
		}
	}
	return sleep
}

// routeMessage runs the methods of a message that are due, one after another.
func (s *Server) routeMessage(ctx context.Context, id fax.MessageID) {
	m, err := s.store.Message(id)
	for err == nil && ctx.Err() == nil && !m.InBin() {
		at := slices.IndexFunc(m.Outcomes, func(o fax.RoutingOutcome) bool {
			return !o.Done && !o.GivenUp && isDue(o.Next, time.Now())
		})
		if at < 0 {
			break
		}
		done := s.route(ctx, m, m.Outcomes[at])
		if ctx.Err() != nil && !done.Done {
			break // it was we who stopped it: the attempt does not count
		}
		m, err = s.store.ChangeMessage(id, func(m *fax.Message) error {
			m.Outcomes = slices.Clone(m.Outcomes)
			for i, o := range m.Outcomes {
				if o.Guid == done.Guid && !o.Done {
					m.Outcomes[i] = done
				}
			}
			return nil
		})
		if err == nil && !m.InBin() {
			s.publishMessage(m, fax.MessageEvent)
		}
	}
	s.mu.Lock()
	delete(s.routed, id)
	s.mu.Unlock()
	switch {
	case errors.Is(err, store.ErrNotFound): // deleted meanwhile
		s.routeSoon(fax.Message{ID: id})
	case err != nil:
		s.metrics.storeFailed()
		s.log.Error("what came of routing is not kept", "message", id, "err", err)
		s.mu.Lock()
		s.due[id] = time.Now().Add(routeDelay(1))
		s.mu.Unlock()
		signal(s.rouse)
	default:
		s.routeSoon(m)
	}
}

// route runs one method, and says what came of it.
func (s *Server) route(ctx context.Context, m fax.Message, o fax.RoutingOutcome) fax.RoutingOutcome {
	o.Attempts++
	o.At, o.Next, o.Problem = time.Now().UTC(), time.Time{}, ""
	settings, problem := s.routingSettings(m, o.Guid)
	if problem != "" {
		o.GivenUp, o.Problem = true, problem
		return o
	}
	if m.Direction == fax.In {
		s.mu.Lock()
		s.hints[m.DeviceID] = string(m.Routing)
		s.mu.Unlock()
	}
	result, err := route.Find(s.methods, o.Guid).Route(ctx, settings, s.faxOf(m))
	s.metrics.routed(err == nil)
	switch {
	case err == nil:
		o.Done, o.Result = true, result
		s.log.Info("routed", "message", m.ID, "method", o.FriendlyName)
	case route.IsFinal(err) || o.Attempts >= routeTries:
		o.GivenUp, o.Problem = true, err.Error()
		s.log.Error("not routed", "message", m.ID, "method", o.FriendlyName, "err", err)
	default:
		o.Next, o.Problem = o.At.Add(routeDelay(o.Attempts)), err.Error()
		s.log.Warn("not routed yet", "message", m.ID, "method", o.FriendlyName, "attempt", o.Attempts, "err", err)
	}
	return o
}

// routingSettings are those for a method and a message, or why it is not run any more.
func (s *Server) routingSettings(m fax.Message, guid string) (fax.RoutingMethod, string) {
	if route.Find(s.methods, guid) == nil {
		return fax.RoutingMethod{}, "there is no such method in this version"
	}
	if m.Direction == fax.Out {
		dir := s.Settings().ArchiveDirectory
		if dir == "" {
			return fax.RoutingMethod{}, "there is no archive directory any more"
		}
		return fax.RoutingMethod{Guid: guid, Setting: dir, NamePattern: archivePattern}, ""
	}
	methods, err := s.RoutingMethods(m.DeviceID)
	if err != nil {
		return fax.RoutingMethod{}, "the port is gone"
	}
	at := slices.IndexFunc(methods, func(r fax.RoutingMethod) bool { return fax.SameGuid(r.Guid, guid) })
	if !methods[at].Enable {
		return fax.RoutingMethod{}, "the method was switched off"
	}
	return methods[at], ""
}

// faxOf is a message as methods take it.
func (s *Server) faxOf(m fax.Message) route.Fax {
	f := route.Fax{Message: m, Location: s.Settings().Location(), Open: func() (io.ReadCloser, error) {
		return s.store.MessageFile(m.ID)
	}}
	if l := s.line(m.DeviceID); l != nil {
		f.DeviceName = l.Settings().Name
	}
	return f
}

// RouteMessage has everything done again that routing has not done for a message yet: what was given up, and methods that
// were switched on since. Also for a partial fax, which is not routed by itself. Needs fax.JobManage.
func (s *Server) RouteMessage(who Who, id fax.MessageID) (fax.Message, error) {
	if !who.Rights.Has(fax.JobManage) {
		return fax.Message{}, fax.ErrDenied
	}
	return s.changeMessage(who, id, "route", func(m fax.Message) (fax.Message, error) {
		m.Outcomes = s.afresh(m)
		return m, nil
	})
}

// afresh are the outcomes of a message with everything to be done that is not done.
func (s *Server) afresh(m fax.Message) []fax.RoutingOutcome {
	var list []fax.RoutingOutcome
	for _, o := range m.Outcomes {
		if o.Done {
			list = append(list, o)
		}
	}
	wanted := s.outcomes(m.DeviceID)
	if m.Direction == fax.Out {
		wanted = []fax.RoutingOutcome{archiving()}
	}
	for _, o := range wanted {
		if !slices.ContainsFunc(list, func(d fax.RoutingOutcome) bool { return fax.SameGuid(d.Guid, o.Guid) }) {
			list = append(list, o)
		}
	}
	return list
}
