package server

import (
	"context"
	"sync"
	"time"

	"faxbox/fax"
)

const (
	keptEvents    = 4096 // how many can be asked for again
	eventsAtATime = 256
	eventStride   = 10000 // how many sequence numbers are reserved in the store at a time
)

// hub keeps the latest events for whoever asks. It never waits for anybody: who asks late has missed some.
type hub struct {
	mu       sync.Mutex
	ring     [keptEvents]fax.Event // event n at n % keptEvents
	first    uint64                // the oldest that is kept
	last     uint64                // the newest; first-1 if there is none
	reserved uint64                // numbers up to this one are not used again after a restart
	happened chan struct{}         // closed by the next event
	ended    bool
}

// newHub begins with the numbers from first on, which are reserved up to but not including end.
func newHub(first, end uint64) *hub {
	return &hub{first: first, last: first - 1, reserved: end - 1, happened: make(chan struct{})}
}

// publish tells everybody. The event's number and time are set here.
func (h *hub) publish(e fax.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return
	}
	h.last++
	e.Seq, e.At = h.last, time.Now().UTC()
	h.ring[e.Seq%keptEvents] = e
	if h.last-h.first >= keptEvents {
		h.first++
	}
	h.wake()
}

func (h *hub) wake() {
	close(h.happened)
	h.happened = make(chan struct{})
}

// end tells everybody that no more events come.
func (h *hub) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.ended {
		h.ended = true
		h.wake()
	}
}

// after is what happened after an event, or the channel that the next one closes.
func (h *hub) after(seq uint64) ([]fax.Event, <-chan struct{}, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case seq+1 < h.first || seq > h.last:
		return nil, nil, ErrResync
	case seq < h.last:
		n := min(h.last-seq, eventsAtATime)
		events := make([]fax.Event, n)
		for i := range events {
			events[i] = h.ring[(seq+1+uint64(i))%keptEvents]
		}
		return events, nil, nil
	case h.ended:
		return nil, nil, ErrStopped
	}
	return nil, h.happened, nil
}

// short reports that more numbers should be reserved.
func (h *hub) short() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last+eventStride/2 > h.reserved
}

// extend says that numbers are reserved up to this one.
func (h *hub) extend(to uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reserved = max(h.reserved, to)
}

// Events waits until something has happened after the event with this sequence number, and returns what did, oldest first,
// at most 256 events. A caller that goes on with the last one's number misses nothing. It costs the server nothing to be
// asked late: events are kept for a while, and then the answer is ErrResync, whereupon the caller looks at everything anew
// and goes on from LastEvent. It returns the context's error when that ends first, and ErrStopped when the server has ended
// and there are no more events.
//
// What an event holds must not be changed: all callers get the same.
func (s *Server) Events(ctx context.Context, after uint64) ([]fax.Event, error) {
	for {
		events, happened, err := s.hub.after(after)
		if events != nil || err != nil {
			return events, err
		}
		select {
		case <-happened:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// LastEvent is the sequence number of the event that happened last; 0: none ever did.
func (s *Server) LastEvent() uint64 {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.hub.last
}
