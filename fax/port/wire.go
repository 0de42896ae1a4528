package port

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"faxbox/fax"
)

var (
	errNoRelay  = errors.New("the modem cannot be connected to the line")
	errNoPins   = errors.New("there are no GPIO lines here")
	errBellGone = errors.New("the ring detector is gone")
)

// wiring is what is wired to the line, and the goroutine that listens to its bell.
type wiring struct {
	Wiring
	pins      fax.Pins // that it was made of
	stop      chan struct{}
	listening sync.WaitGroup
	deaf      atomic.Bool // the bell was closed while somebody listened
}

// wire sees that what the settings name is wired to the line. It fails if the line's relay cannot be had: without it the
// modem would talk to nobody. A line without one of the others is in service.
func (p *Port) wire() error {
	if p.wiring != nil && !p.rewired() && !p.wiring.lacksRelay() {
		return nil
	}
	p.unwire()
	settings := p.cfg.Office.Settings()
	w := &wiring{pins: settings.Pins, stop: make(chan struct{})}
	p.wiring = w
	err := errNoPins
	switch {
	case p.cfg.Wire != nil:
		w.Wiring, err = p.cfg.Wire(settings)
	case settings.Pins == (fax.Pins{}):
		err = nil
	}
	if err != nil {
		p.cfg.Log.Warn("the line is not wired as it should be", "error", err)
	}
	p.cfg.Office.Wired(w.used(), err)
	p.set("power", w.Power, true)
	p.set("line", w.Line, false)
	w.listening.Go(func() { p.listen(w) })
	if w.lacksRelay() {
		return fmt.Errorf("%w: %w", errNoRelay, err)
	}
	return nil
}

// used are the pins that could be had.
func (w *wiring) used() fax.Pins {
	pins := w.pins
	if w.Line == nil {
		pins.LineRelay = ""
	}
	if w.Power == nil {
		pins.PowerRelay = ""
	}
	if w.Bell == nil {
		pins.RingDetector = ""
	}
	return pins
}

// lacksRelay reports whether the relay is missing that connects the modem to the line.
func (w *wiring) lacksRelay() bool { return w.pins.LineRelay != "" && w.Line == nil }

// rewired reports whether the settings name other pins than are wired.
func (p *Port) rewired() bool { return p.wiring.pins != p.cfg.Office.Settings().Pins }

// unwire lets the line go and gives the pins back.
func (p *Port) unwire() {
	w := p.wiring
	if w == nil {
		return
	}
	p.wiring = nil
	p.set("line", w.Line, false)
	close(w.stop)
	w.listening.Wait()
	if w.Close != nil {
		w.Close()
	}
}

// listen counts what the ring detector tells.
func (p *Port) listen(w *wiring) {
	for {
		select {
		case on, open := <-w.Bell:
			if !open {
				w.deaf.Store(true)
				p.inbox.knock()
				return
			}
			if p.bell.edge(on, time.Now()) {
				p.inbox.knock()
			}
		case <-w.stop:
			return
		}
	}
}

// missBell tells once that the ring detector has ceased to tell anything.
func (p *Port) missBell() {
	if w := p.wiring; w.Bell != nil && w.deaf.Load() {
		w.Bell = nil
		p.cfg.Office.Wired(w.used(), errBellGone)
	}
}
