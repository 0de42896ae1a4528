package server

import (
	"maps"
	"sync"

	"faxbox/fax"
)

// Metrics are counts since the server was made, and some sizes as of now.
type Metrics struct {
	Calls      map[CallKey]int // by direction and cause
	PagesIn    int             // confirmed by us
	PagesOut   int             // confirmed to us
	Events     uint64          // that happened
	Jobs       map[fax.QueueStatus]int
	Ports      map[fax.DeviceStatus]int
	Routed     int // methods that were done
	RouteFails int // attempts that failed
	StoreFails int // things that the store could not do
}

// CallKey is what calls are counted by.
type CallKey struct {
	Direction fax.Direction
	Cause     fax.Cause
}

// Metrics counts.
func (s *Server) Metrics() Metrics {
	m := s.metrics.snapshot()
	m.Jobs, m.Ports = map[fax.QueueStatus]int{}, map[fax.DeviceStatus]int{}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, j := range s.jobs {
		m.Jobs[s.shown(j, fax.Caller{}).QueueStatus]++
	}
	for _, j := range s.incoming {
		m.Jobs[j.State]++
	}
	for _, l := range s.lines {
		m.Ports[l.status.State]++
	}
	return m
}

// counters count.
type counters struct {
	mu sync.Mutex
	m  Metrics
}

func (c *counters) add(f func(*Metrics)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.m)
}

func (c *counters) event()              { c.add(func(m *Metrics) { m.Events++ }) }
func (c *counters) pageOut()            { c.add(func(m *Metrics) { m.PagesOut++ }) }
func (c *counters) pagesReceived(n int) { c.add(func(m *Metrics) { m.PagesIn += n }) }
func (c *counters) storeFailed()        { c.add(func(m *Metrics) { m.StoreFails++ }) }

func (c *counters) routed(done bool) {
	c.add(func(m *Metrics) {
		if done {
			m.Routed++
		} else {
			m.RouteFails++
		}
	})
}

func (c *counters) call(call fax.Call) {
	c.add(func(m *Metrics) {
		if m.Calls == nil {
			m.Calls = map[CallKey]int{}
		}
		m.Calls[CallKey{call.Direction, call.Result.Cause}]++
	})
}

func (c *counters) snapshot() Metrics {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.m
	m.Calls = maps.Clone(m.Calls)
	return m
}
