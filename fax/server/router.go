package server

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"faxbox/fax"
	"faxbox/fax/route"
	"faxbox/store"
)

// What is to be done with a message stands in its outcomes. Its routing methods run one after another, in their order, and
// what came of each is written down before the next begins; one that failed waits for its next turn and holds up no other.
// Each method has lanes of its own: a printer that hangs holds up printing and nothing else.

const (
	laneWidth     = 2                   // messages that one method is run for at a time
	routingMemory = 30 * 24 * time.Hour // how old a message may be and yet be routed after a restart
	routeTries    = 174                 // the first six within an hour, then one an hour: a week
	routingNap    = time.Minute         // the longest sleep: the clock may be put forward meanwhile
	routeStuck    = 2 * time.Minute     // an attempt that takes longer is told of in health
	routeLimit    = 15 * time.Minute    // for one attempt: 25 MB at 250 kbit/s
	routeGrace    = 10 * time.Second    // for a method to notice its end
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

// lane is whose turn an outcome waits for: the method's Guid as a key.
func lane(o fax.RoutingOutcome) string { return fax.RoutingOutcome{Guid: o.Guid}.Key() }

// errand is something that is to be done for a message.
type errand struct {
	key  string // of the outcome
	lane string
	at   time.Time
}

// run is an errand that is under way.
type run struct {
	lane  string
	since time.Time
}

// errands are what is still to be done for a message, in its order: nothing for one in the bin.
func errands(m fax.Message) (list []errand) {
	if m.InBin() {
		return nil
	}
	for _, o := range m.Outcomes {
		if o.Open() {
			list = append(list, errand{o.Key(), lane(o), o.Next})
		}
	}
	return list
}

// isDue reports whether a method is to be run now. A moment further away than any delay was read off a clock that has been
// put back since.
func isDue(next, now time.Time) bool { return !next.After(now) || next.After(now.Add(longestDelay)) }

// routeSoon has a message routed when it is due, if there is something to be done for it.
func (s *Server) routeSoon(m fax.Message) {
	list := errands(m)
	s.mu.Lock()
	if len(list) > 0 {
		s.due[m.ID] = list
	} else {
		delete(s.due, m.ID)
	}
	s.noteTrouble(m)
	s.mu.Unlock()
	s.showRoutingJob(m, len(list) > 0)
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
	again(ctx, s.rouse, func(now time.Time) time.Duration { return s.routeDue(ctx, now) })
}

// findUnrouted finds the messages for which something was still to be done when the box stopped, or was given up.
func (s *Server) findUnrouted(ctx context.Context) {
	filter := store.MessageFilter{From: time.Now().Add(-routingMemory)}
	err := every(s.store.Messages, filter, func(m fax.Message) error {
		if len(m.Outcomes) > 0 {
			s.routeSoon(m)
		}
		return ctx.Err()
	})
	if err != nil && ctx.Err() == nil {
		s.log.Error("what is still to be routed is not known", "err", err)
	}
}

// routeDue begins to route what is due, the oldest messages first, and says how long to sleep.
func (s *Server) routeDue(ctx context.Context, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	sleep := routingNap
	for _, id := range slices.Sorted(maps.Keys(s.due)) {
		if _, busy := s.routed[id]; busy {
			continue
		}
		for _, e := range s.due[id] {
			if !isDue(e.at, now) {
				sleep = min(sleep, e.at.Sub(now))
				continue
			}
			if s.lanes[e.lane] < laneWidth {
				s.lanes[e.lane]++
				s.routed[id] = run{e.lane, now}
				s.work.Go(func() { s.routeMessage(ctx, id, e) })
				break
			}
		}
	}
	return sleep
}

// leaveLane lets the next one into a lane.
func (s *Server) leaveLane(lane string) {
	s.mu.Lock()
	s.lanes[lane]--
	s.mu.Unlock()
	signal(s.rouse)
}

// routeMessage runs one method for a message, and writes down what came of it.
func (s *Server) routeMessage(ctx context.Context, id fax.MessageID, e errand) {
	m, err := s.store.Message(id)
	at := slices.IndexFunc(m.Outcomes, func(o fax.RoutingOutcome) bool { return o.Open() && o.Key() == e.key })
	switch {
	case err != nil || at < 0 || m.InBin():
		s.leaveLane(e.lane)
	default:
		m, err = s.routeOnce(ctx, m, m.Outcomes[at])
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
		s.due[id] = []errand{{e.key, e.lane, time.Now().Add(routeDelay(1))}}
		s.mu.Unlock()
		signal(s.rouse)
	default:
		s.routeSoon(m)
	}
}

// routeOnce makes an attempt and keeps its outcome: the message as it is then.
func (s *Server) routeOnce(ctx context.Context, m fax.Message, o fax.RoutingOutcome) (fax.Message, error) {
	done := s.route(ctx, m, o)
	if ctx.Err() != nil && !done.Done {
		return m, nil // it was we who stopped it: the attempt does not count
	}
	changed, err := s.store.ChangeMessage(m.ID, func(m *fax.Message) error {
		m.Outcomes = slices.Clone(m.Outcomes)
		for i, o := range m.Outcomes {
			if o.Key() == done.Key() && !o.Done {
				m.Outcomes[i] = done
			}
		}
		return nil
	})
	if err == nil && !changed.InBin() {
		s.publishMessage(changed, fax.MessageEvent)
	}
	return changed, err
}

// Why a method is not run any more, though nothing went wrong.
const (
	noSuchMethod = "there is no such method in this version"
	noArchive    = "there is no archive directory any more"
	noPort       = "the port is gone"
	switchedOff  = "the method was switched off"
)

// route runs one method, and says what came of it. It leaves the method's lane when the method has come to its end.
func (s *Server) route(ctx context.Context, m fax.Message, o fax.RoutingOutcome) fax.RoutingOutcome {
	o.Attempts++
	f := s.faxOf(m, o)
	o.At, o.Next, o.Problem, o.Hint = time.Now().UTC(), time.Time{}, "", ""
	settings, problem := s.routingSettings(m, o)
	if problem != "" {
		s.leaveLane(lane(o))
		o.GivenUp, o.Problem = true, problem
		return o
	}
	if m.Direction == fax.In && o.Order == nil {
		s.mu.Lock()
		s.hints[m.DeviceID] = string(m.Routing)
		s.mu.Unlock()
	}
	made, err := s.attempt(ctx, settings, f)
	o.Deliveries, o.Handle = made.Deliveries, made.Handle
	s.metrics.routed(err == nil)
	switch {
	case err == nil:
		o.Done, o.Result = true, made.Result
		s.log.Info("routed", "message", m.ID, "method", o.FriendlyName)
	case route.IsFinal(err) || o.Attempts >= routeTries:
		o.GivenUp, o.Problem, o.Hint = true, err.Error(), route.Hint(err)
		s.log.Error("not routed", "message", m.ID, "method", o.FriendlyName, "err", err)
	default:
		o.Next, o.Problem, o.Hint = o.At.Add(routeDelay(o.Attempts)), err.Error(), route.Hint(err)
		s.log.Warn("not routed yet", "message", m.ID, "method", o.FriendlyName, "attempt", o.Attempts, "err", err)
	}
	return o
}

var errTooLong = errors.New("it took too long and was left alone")

// attempt runs a method, and no longer than routeLimit. One that does not come back even then is left behind in its lane, as
// a file system that hangs leaves one no other choice.
func (s *Server) attempt(ctx context.Context, settings fax.RoutingMethod, f route.Fax) (route.Done, error) {
	type outcome struct {
		route.Done
		err error
	}
	method := route.Find(s.methods, settings.Guid)
	limited, cancel := context.WithTimeoutCause(ctx, routeLimit, errTooLong)
	ended := make(chan outcome, 1)
	s.work.Go(func() {
		defer s.leaveLane(lane(f.Outcome))
		made, err := method.Route(limited, settings, f)
		ended <- outcome{made, err}
	})
	defer cancel()
	select {
	case o := <-ended:
		return o.Done, o.err
	case <-limited.Done():
	}
	grace := time.NewTimer(routeGrace)
	defer grace.Stop()
	select {
	case o := <-ended:
		return o.Done, o.err
	case <-grace.C:
		return route.Done{Deliveries: f.Outcome.Deliveries, Handle: f.Outcome.Handle}, context.Cause(limited)
	}
}

// routingSettings are those for an outcome of a message, or why it is not to be done any more.
func (s *Server) routingSettings(m fax.Message, o fax.RoutingOutcome) (fax.RoutingMethod, string) {
	method := route.Find(s.methods, o.Guid)
	switch {
	case method == nil:
		return fax.RoutingMethod{}, noSuchMethod
	case o.Order != nil:
		return method.About(), ""
	case m.Direction == fax.Out:
		dir := s.Settings().ArchiveDirectory
		if dir == "" {
			return fax.RoutingMethod{}, noArchive
		}
		return fax.RoutingMethod{Guid: o.Guid, Setting: dir, NamePattern: archivePattern}, ""
	}
	methods, err := s.RoutingMethods(m.DeviceID)
	if err != nil {
		return fax.RoutingMethod{}, noPort
	}
	at := slices.IndexFunc(methods, func(r fax.RoutingMethod) bool { return fax.SameGuid(r.Guid, o.Guid) })
	if !methods[at].Enable {
		return fax.RoutingMethod{}, switchedOff
	}
	return methods[at], ""
}

// faxOf is a message as methods take it.
func (s *Server) faxOf(m fax.Message, o fax.RoutingOutcome) route.Fax {
	zone := s.Settings().Location()
	f := route.Fax{
		Message: s.shownMessage(m), Outcome: o, Location: zone, Language: languageOf(zone), Box: s.host, Info: s.DescribePDF(m),
		Open: func() (route.File, error) { return s.store.MessageFile(m.ID) },
	}
	if m.Report {
		f.Language = s.languageFor(m.UserName)
	}
	if l := s.line(m.DeviceID); l != nil {
		f.DeviceName = l.Settings().Name
	}
	return f
}
