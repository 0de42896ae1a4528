package server

import (
	"context"
	"maps"
	"slices"
	"time"

	"faxbox/fax"
	"faxbox/fax/queue"
)

// How long the queue is left alone at most, after the store could not keep a decision, and at least.
const (
	queueRound = 10 * time.Second
	queueRest  = 5 * time.Second
	queueBlink = 10 * time.Millisecond
)

// decideAsNeeded looks at the queue whenever something has changed, or is due.
func (s *Server) decideAsNeeded(ctx context.Context) {
	again(ctx, s.wake, func(now time.Time) time.Duration {
		defer s.beats.beat(&s.beats.queue)
		if next := s.decide(ctx, now); !next.IsZero() {
			return min(queueRound, max(queueBlink, next.Sub(now)))
		}
		return queueRound
	})
}

// decide has the queue decided and carries the decision out. It says when to do so again at the latest.
func (s *Server) decide(ctx context.Context, now time.Time) time.Time {
	remove, next := s.carryOut(ctx, now)
	for _, id := range remove {
		s.removeJob(id)
	}
	return next
}

// carryOut is decide but for removing jobs, which may be many and wait for the disk.
func (s *Server) carryOut(ctx context.Context, now time.Time) (remove []fax.JobID, next time.Time) {
	s.change.Lock()
	defer s.change.Unlock()
	s.mu.RLock()
	settings := s.settings
	jobs := slices.Collect(maps.Values(s.jobs))
	ports := make([]queue.Port, len(s.lines))
	for i, l := range s.lines {
		ports[i] = l.forQueue()
	}
	s.mu.RUnlock()
	settings.PauseServerQueue = settings.PauseServerQueue || s.draining.Load()
	d := queue.Decide(now, settings, jobs, ports)
	next = d.Next
	for _, id := range d.Forbidden {
		s.forbid(id, now)
	}
	for _, start := range d.Start {
		if err := s.start(ctx, start, now); err != nil {
			s.log.Error("the job waits: that it was begun cannot be kept", "job", start.Job, "err", err)
			next = now.Add(queueRest)
		}
	}
	s.showWaiting(d.Waits)
	return d.Remove, next
}

// start begins a job: it is stored as begun before anything is dialled.
func (s *Server) start(ctx context.Context, start queue.Start, now time.Time) error {
	l := s.line(start.Port)
	j, err := queue.Begin(s.jobs[start.Job], start.Port, now)
	if err != nil {
		return err
	}
	if err := s.storeJob(j); err != nil {
		return err
	}
	a := &attempt{job: j.JobID}
	s.mu.Lock()
	l.attempt = a
	s.mu.Unlock()
	s.showJob(j, 0)
	s.work.Go(func() { s.dispatch(ctx, l, a, j) })
	return nil
}

// forbid ends a job whose number was blocked since it was queued.
func (s *Server) forbid(id fax.JobID, now time.Time) {
	j, err := queue.Forbid(s.jobs[id], now)
	if err != nil {
		s.log.Error("a blocked number", "job", id, "err", err)
		return
	}
	s.keepJob(j)
	s.showJob(j, fax.LegacyCallBlacklisted)
}

// showWaiting keeps what jobs wait for, and tells of those that wait for something else now.
func (s *Server) showWaiting(waits map[fax.JobID]queue.Waiting) {
	s.mu.Lock()
	before := s.waits
	s.waits = waits
	var changed []fax.Job
	for id, j := range s.jobs {
		if before[id] != waits[id] {
			changed = append(changed, j)
		}
	}
	s.mu.Unlock()
	for _, j := range changed {
		s.showJob(j, 0)
	}
}
