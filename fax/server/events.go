package server

import (
	"context"

	"faxbox/fax"
)

// Events waits until something has happened after the event with this sequence number, and returns what did, oldest first,
// at most 256 events. A caller that goes on with the last one's number misses nothing. It costs the server nothing to be
// asked late: events are kept for a while, and then the answer is ErrResync, whereupon the caller looks at everything anew
// and goes on from LastEvent. It returns the context's error when that ends first, and ErrStopped when the server has ended
// and there are no more events.
func (s *Server) Events(ctx context.Context, after uint64) ([]fax.Event, error) {
	return nil, errNotYet
}

// LastEvent is the sequence number of the event that happened last; 0: none ever did.
func (s *Server) LastEvent() uint64 { return 0 }
