package server

import (
	"context"
	"time"
)

const (
	tendRound  = 10 * time.Second
	storeRound = time.Minute
	traceLife  = 30 * 24 * time.Hour
)

// tendOften does what is to be done from time to time.
func (s *Server) tendOften(ctx context.Context) {
	ticker := time.NewTicker(tendRound)
	defer ticker.Stop()
	var stored time.Time
	for {
		now := time.Now()
		s.addStrange()
		s.sealRest()
		s.storeRest()
		s.removeLeft(now)
		s.emptyBin(now)
		s.forget(s.previews.expired(now))
		signal(s.confirm) // what could not be kept before
		s.reserveEvents()
		if now.Sub(stored) >= storeRound || now.Before(stored) {
			stored = now
			s.tendStore(now)
		}
		s.tellHealth()
		s.beats.beat(&s.beats.tend)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *Server) tendStore(now time.Time) {
	if err := s.store.Tend(now); err != nil {
		s.metrics.storeFailed()
		s.log.Warn("tending the store", "err", err)
	}
	if now.Year() < firstYear {
		return // by this clock everything would be in the future, or nothing
	}
	if err := s.store.RemoveTraces(now.Add(-traceLife)); err != nil {
		s.log.Warn("removing old traces", "err", err)
	}
}

// reserveEvents sees that numbers of events are not used again after a restart.
func (s *Server) reserveEvents() {
	if !s.hub.short() {
		return
	}
	first, err := s.store.ReserveEvents(eventStride)
	if err != nil {
		s.metrics.storeFailed()
		return // there are thousands left
	}
	s.hub.extend(first + eventStride - 1)
}
