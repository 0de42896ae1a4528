// Package haltest has stand-ins for what is wired to the box.
package haltest

import (
	"errors"
	"sync"
	"time"

	"faxbox/hal"
)

// ErrClosed is what a stand-in answers after Close.
var ErrClosed = errors.New("haltest: closed")

// Relay remembers what it was told.
type Relay struct {
	mu      sync.Mutex
	drawn   bool
	closed  bool
	history []bool
	err     error
}

var _ hal.Relay = (*Relay)(nil)

// Fail makes Set fail from now on; nil mends it.
func (r *Relay) Fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}

// Set draws it, or lets it go to rest.
func (r *Relay) Set(drawn bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return ErrClosed
	case r.err != nil:
		return r.err
	}
	if drawn != r.drawn {
		r.drawn = drawn
		r.history = append(r.history, drawn)
	}
	return nil
}

// Close lets it go to rest.
func (r *Relay) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.drawn {
		r.drawn = false
		r.history = append(r.history, false)
	}
	r.closed = true
	return nil
}

// Drawn tells whether it is drawn.
func (r *Relay) Drawn() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.drawn
}

// History is every change, in order.
func (r *Relay) History() []bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]bool(nil), r.history...)
}

// RingDetector rings when it is told to.
type RingDetector struct {
	bell chan bool
	once sync.Once
	done chan struct{}
}

var _ hal.RingDetector = (*RingDetector)(nil)

// NewRingDetector makes one that is silent.
func NewRingDetector() *RingDetector {
	return &RingDetector{bell: make(chan bool), done: make(chan struct{})}
}

// Ring sounds for a cadence: sound, pause, sound, ... It returns when the cadence is over, or at once after Close.
func (d *RingDetector) Ring(cadence ...time.Duration) {
	for n, part := range cadence {
		select {
		case d.bell <- n%2 == 0:
		case <-d.done:
			return
		}
		time.Sleep(part)
	}
	if len(cadence)%2 == 1 {
		select {
		case d.bell <- false:
		case <-d.done:
		}
	}
}

// Bell yields what Ring sounds.
func (d *RingDetector) Bell() <-chan bool { return d.bell }

// Close ends Ring.
func (d *RingDetector) Close() error {
	d.once.Do(func() { close(d.done) })
	return nil
}

// Light remembers what it shows.
type Light struct {
	mu    sync.Mutex
	shows hal.Signal
}

var _ hal.Light = (*Light)(nil)

// Show shows a signal.
func (l *Light) Show(s hal.Signal) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shows = s
	return nil
}

// Shows is what it shows.
func (l *Light) Shows() hal.Signal {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.shows
}

// Close makes it dark.
func (l *Light) Close() error { return l.Show(hal.Dark) }

// Button is pressed and released by Press.
type Button struct {
	mu      sync.Mutex
	pressed bool
}

var _ hal.Button = (*Button)(nil)

// Press holds it down, or lets it go.
func (b *Button) Press(down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pressed = down
}

// Pressed tells whether it is held down.
func (b *Button) Pressed() (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pressed, nil
}

// Close does nothing.
func (b *Button) Close() error { return nil }
