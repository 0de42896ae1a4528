package port

import (
	"errors"
	"sync"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
)

// bench is a board on which every pin that is used has a relay or a bell, until it breaks.
type bench struct {
	mu     sync.Mutex
	relays map[string]*relay
	bell   chan bool
	broken error // what Wire says of pins that it leaves out
	opened []fax.Pins
	open   int
}

func (b *bench) wire(p fax.Port) (Wiring, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opened = append(b.opened, p.Pins)
	if b.broken != nil {
		return Wiring{}, b.broken
	}
	var w Wiring
	if p.LineRelay != "" {
		b.relays[p.LineRelay] = &relay{}
		w.Line = b.relays[p.LineRelay]
	}
	if p.RingDetector != "" {
		w.Bell = b.bell
	}
	b.open++
	w.Close = func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.open--
	}
	return w, nil
}

func (b *bench) breaks(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = err
}

// wiredNow are the pins that the office was told of last, and what it was told of the others.
func (d *desk) wiredNow() (pins fax.Pins, err error) {
	d.locked(func() { pins, err = d.wired[len(d.wired)-1], d.unwired })
	return pins, err
}

// Pins that change are changed between calls, not in one.
func TestPinsChangeWhenTheLineIsIdle(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		b := &bench{relays: map[string]*relay{}}
		a := w.port("101", exchange.Habits{}, with(func(p *fax.Port) { p.LineRelay = "c:1" }), func(_ *desk, c *Config) { c.Wire = b.wire }).ready()
		w.port("102", exchange.Habits{}).ready()
		a.offer(w.work(1, "102", strip(100)))
		a.reaches(fax.Sending)
		a.locked(func() { a.settings.LineRelay = "c:2" })
		a.port.Changed()
		time.Sleep(time.Second)
		if pins, _ := a.wiredNow(); pins.LineRelay != "c:1" || !b.relays["c:1"].is() {
			t.Errorf("the call lost its relay: %+v", pins)
		}
		if o := a.outcome(); o.Cause != fax.OK {
			t.Errorf("%+v", o)
		}
		a.ready()
		if pins, err := a.wiredNow(); pins.LineRelay != "c:2" || err != nil || b.relays["c:1"].is() || b.open != 1 {
			t.Errorf("%+v, %v, %d open", pins, err, b.open)
		}
		if o := a.sends(w.work(2, "102", strip(100))); o.Cause != fax.OK || b.relays["c:2"].times != 1 || b.relays["c:1"].times != 1 {
			t.Errorf("%+v", o)
		}
		a.port.Changed() // nothing has
		a.ready()
		a.stop()
		<-a.ended
		if b.open != 0 || b.relays["c:2"].is() || len(b.opened) != 2 {
			t.Errorf("%d are open after %v", b.open, b.opened)
		}
	})
}

// A line without its relay is out of service until it can be had.
func TestNoLineRelay(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		taken := errors.New("somebody has it")
		b := &bench{relays: map[string]*relay{}, broken: taken}
		a := w.port("101", exchange.Habits{}, with(func(p *fax.Port) { p.LineRelay = "c:1" }), func(_ *desk, c *Config) { c.Wire = b.wire })
		if s := a.reaches(fax.Offline); s.Description != "The modem cannot be connected to the line." {
			t.Errorf("%+v", s)
		}
		if pins, err := a.wiredNow(); pins != (fax.Pins{}) || !errors.Is(err, taken) {
			t.Errorf("%+v, %v", pins, err)
		}
		if a.opened != 0 {
			t.Error("the modem was opened")
		}
		b.breaks(nil)
		a.ready()
		if pins, err := a.wiredNow(); pins.LineRelay != "c:1" || err != nil {
			t.Errorf("%+v, %v", pins, err)
		}
	})
	inTown(t, exchange.Options{}, func(w *town) { // nothing can be wired at all
		a := w.port("101", exchange.Habits{}, with(func(p *fax.Port) { p.LineRelay = "c:1" }))
		a.reaches(fax.Offline)
		if _, err := a.wiredNow(); !errors.Is(err, errNoPins) {
			t.Error(err)
		}
	})
}

// Without its ring detector a line hears the modem's RING, and tells what it misses.
func TestNoRingDetector(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		b := &bench{broken: errors.New("somebody has it")}
		a := w.port("101", exchange.Habits{}, with(func(p *fax.Port) { p.RingDetector = "c:1" }), func(_ *desk, c *Config) { c.Wire = b.wire }).ready()
		if o := w.port("102", exchange.Habits{}).sends(w.work(1, "101", strip(100))); o.Cause != fax.OK {
			t.Errorf("%+v", o)
		}
		if _, err := a.wiredNow(); !errors.Is(err, b.broken) {
			t.Error(err)
		}
	})
	inTown(t, exchange.Options{}, func(w *town) { // it goes while the line is in service
		b := &bench{bell: make(chan bool)}
		a := w.port("101", exchange.Habits{}, with(func(p *fax.Port) { p.RingDetector = "c:1" }), func(_ *desk, c *Config) { c.Wire = b.wire }).ready()
		if pins, err := a.wiredNow(); pins.RingDetector != "c:1" || err != nil {
			t.Errorf("%+v, %v", pins, err)
		}
		close(b.bell)
		time.Sleep(time.Second)
		if pins, err := a.wiredNow(); pins.RingDetector != "" || !errors.Is(err, errBellGone) {
			t.Errorf("%+v, %v", pins, err)
		}
		if o := w.port("102", exchange.Habits{}).sends(w.work(1, "101", strip(100))); o.Cause != fax.OK {
			t.Errorf("%+v", o)
		}
		if len(b.opened) != 1 || len(a.wired) != 2 {
			t.Errorf("wired %v, told %v", b.opened, a.wired)
		}
	})
}

// Both tell of a call, and the ring detector is believed: a modem may count each half of a double ring. One that hears
// nothing is not.
func TestRingDetectorIsTrusted(t *testing.T) {
	p := New(Config{Office: &desk{}})
	p.heard.Count = 2
	if r := p.rings(); r.count != 2 {
		t.Errorf("the modem alone: %d rings", r.count)
	}
	p.bell.edge(true, time.Now())
	if r := p.rings(); r.count != 1 {
		t.Errorf("with the ring detector: %d rings", r.count)
	}
}
