package server

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"faxbox/fax"
	"faxbox/fax/route"
)

// archivePattern names the copies of sent faxes.
const archivePattern = "{date}-{time}-{number}"

// archiving is what is to be done with a fax that was sent: a copy goes to ArchiveDirectory.
func archiving() fax.RoutingOutcome {
	return fax.RoutingOutcome{Guid: fax.RouteFolder, FriendlyName: "Archive of sent faxes", Next: time.Now().UTC()}
}

// usualMethods are the routing methods that there are.
func (s *Server) usualMethods() []route.Method {
	return []route.Method{
		route.NewFolder(),
		&route.Mail{Account: s.mailAccount},
		&route.Print{Letter: func() bool { return s.Settings().Paper == fax.Letter }, Dial: s.dial, Trust: s.trustPrinter},
		&route.Webhook{Secret: s.webhookSecret, Dial: s.dial},
	}
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
	if len(changes(before, after)) == 0 {
		return list, nil
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
	s.retryNow(after.Guid) // with what was changed it may work
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

// afresh are the outcomes of a message with everything to be done that is not done: what was begun goes on where it was, and
// what somebody asked for stays asked for.
func (s *Server) afresh(m fax.Message) []fax.RoutingOutcome {
	var wanted []fax.RoutingOutcome
	switch {
	case m.Report:
	case m.Direction == fax.Out:
		wanted = []fax.RoutingOutcome{archiving()}
	default:
		wanted = s.outcomes(m.DeviceID)
	}
	var list []fax.RoutingOutcome
	for _, o := range m.Outcomes {
		i := slices.IndexFunc(wanted, func(w fax.RoutingOutcome) bool { return w.Key() == o.Key() })
		if i >= 0 {
			wanted = slices.Delete(wanted, i, i+1)
		}
		switch {
		case o.Done:
			list = append(list, o)
		case i >= 0 || o.Order != nil:
			list = append(list, reopened(o))
		}
	}
	return append(list, wanted...)
}

// reopened is an outcome for which everything is tried again that has not come to a good end.
func reopened(o fax.RoutingOutcome) fax.RoutingOutcome {
	o.GivenUp, o.Attempts, o.Next = false, 0, time.Now().UTC()
	o.Deliveries = slices.DeleteFunc(slices.Clone(o.Deliveries), func(d fax.Delivery) bool { return !d.Done })
	return o
}
