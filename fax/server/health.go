package server

import (
	"time"

	"faxbox/fax"
)

// Health says how everything is, the good and the bad: "store", "ports/1", "routing", "clock", "queue". The first finding,
// "server", sums up the others.
func (s *Server) Health() []fax.Finding { return nil }

// Alive is when the slowest of the goroutines that the server depends on was last seen to go round: feed a watchdog while it
// is recent. Each goes round every 10 seconds at least.
func (s *Server) Alive() time.Time { return time.Time{} }

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
func (s *Server) Metrics() Metrics { return Metrics{} }
