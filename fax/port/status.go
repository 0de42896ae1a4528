package port

import (
	"cmp"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"faxbox/fax"
)

// board is where a port's status is written up.
type board struct {
	tell func(fax.Status)
	mu   sync.Mutex // held while it changes and the change is told, so that changes are told in their order
	now  atomic.Pointer[fax.Status]
}

func (b *board) read() fax.Status {
	if s := b.now.Load(); s != nil {
		return *s
	}
	return fax.Status{}
}

// change changes the status, and tells it if it is another than before.
func (b *board) change(f func(*fax.Status)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.read()
	s := before
	f(&s)
	s.AsOf, s.ElapsedTime = before.AsOf, before.ElapsedTime
	if s == before {
		return
	}
	s.ElapsedTime = 0
	s = s.At(time.Now())
	b.now.Store(&s)
	b.tell(s)
}

// show replaces the whole status by one with the port's identity and what f adds.
func (p *Port) show(settings fax.Port, f func(*fax.Status)) {
	p.status.change(func(s *fax.Status) {
		*s = fax.Status{DeviceID: p.cfg.DeviceID, DeviceName: settings.Name}
		f(s)
	})
}

// available says that the line is idle, and lets work be offered.
func (p *Port) available(settings fax.Port) {
	p.inbox.open() // first, because the office may have been waiting for just this
	p.show(settings, func(s *fax.Status) {
		s.State = fax.Available
		switch {
		case settings.Receive && settings.Send:
			s.Description = "Ready to send and receive."
		case settings.Receive:
			s.Description = "Ready to receive; sending is switched off."
		case settings.Send:
			s.Description = "Ready to send; receiving is switched off."
		default:
			s.Description = "Ready, but sending and receiving are switched off."
		}
	})
}

// resting says for some seconds how the call ended.
func (p *Port) resting(settings fax.Port, r fax.Result) {
	p.show(settings, func(s *fax.Status) {
		s.State, s.Description = r.Cause.DeviceStatus(), r.Sentence
	})
}

// outOfService says why the line cannot be used.
func (p *Port) outOfService(settings fax.Port, why error) {
	p.show(settings, func(s *fax.Status) {
		s.State, s.Description, s.Fault = fax.Offline, explain(why), blame(fax.ModemFailed, why)
	})
}

// page is "page 2 of 5", or "page 2" of who knows how many.
func page(s *fax.Status) string {
	if s.PageCount == 0 {
		return fmt.Sprintf("page %d", s.CurrentPage)
	}
	return fmt.Sprintf("page %d of %d", s.CurrentPage, s.PageCount)
}

// who is the best name there is for the other side of a call.
func who(names ...string) string {
	return cmp.Or(append(names, "an unknown number")...)
}
