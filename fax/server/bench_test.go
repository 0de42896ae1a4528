package server

import (
	"sync"
	"testing"

	"faxbox/fax"
)

// BenchmarkEvents is one event told to a thousand listeners.
func BenchmarkEvents(b *testing.B) {
	s := &Server{hub: newHub(1, eventStride)}
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() {
			var after uint64
			for {
				events, err := s.Events(b.Context(), after)
				switch err {
				case nil:
					after = events[len(events)-1].Seq
				case ErrResync:
					after = s.LastEvent()
				default:
					return
				}
			}
		})
	}
	status := &fax.Status{}
	for b.Loop() {
		s.publish(fax.Event{Kind: fax.PortStatusEvent, Status: status})
	}
	s.hub.end()
	all.Wait()
}
