package server

import (
	"context"
	"errors"
	"time"
)

// errDraining is why a call is left ringing.
var errDraining = errors.New("the box is about to restart: no call is begun")

// drainRound is how late Drain notices that the lines are free.
const drainRound = 200 * time.Millisecond

// Drain has no call begun any more, neither out nor in, and returns when none is on any line, or with the context's error
// when it ends first: calls then still go on. Afterwards the server is stopped, or taken back into service with Resume.
func (s *Server) Drain(ctx context.Context) error {
	s.draining.Store(true)
	tick := time.NewTicker(drainRound)
	defer tick.Stop()
	for s.busy() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// Resume has calls begun again.
func (s *Server) Resume() {
	s.draining.Store(false)
	s.look()
}

// busy reports whether a call is on any line.
func (s *Server) busy() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, l := range s.lines {
		if l.attempt != nil || l.status.CallID != 0 {
			return true
		}
	}
	return false
}
