package port

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/class1"
)

const (
	rest       = 5 * time.Second // after hanging up: dialled sooner, exchanges give no dial tone
	checkEvery = 5 * time.Minute // how often an idle modem is asked whether it still answers
	pollEvery  = time.Minute     // how long the port waits at most without showing that it works

	firstWait = time.Second // before a modem that failed is tried again; then twice as long each time
	longWait  = time.Minute
	worked    = time.Minute // a modem that did its work for so long is tried again at once

	powerOff = 3 * time.Second // for a modem's capacitors to empty
	powerOn  = 5 * time.Second // for a modem to start, and for USB to find it
)

// errReopen means that the modem is to be opened anew, or the pins are, because settings have changed.
var errReopen = errors.New("settings of the modem have changed")

// Run works the line until ctx is done, then ends the call there may be (5 s for a goodbye, then the line is dropped), puts
// the modem on hook, closes it, and releases the relay of the line. It returns nil: nothing that happens to a modem ends
// it. It may be called once.
func (p *Port) Run(ctx context.Context) error {
	defer p.unwire()
	p.beat()
	wait := firstWait
	for ctx.Err() == nil {
		began := time.Now()
		err := p.session(ctx)
		if ctx.Err() != nil || errors.Is(err, errReopen) {
			continue
		}
		if time.Since(began) >= worked {
			wait = firstWait
		}
		p.recover(ctx, err, wait)
		wait = min(2*wait, longWait)
	}
	p.show(p.cfg.Office.Settings(), func(s *fax.Status) {
		s.State, s.Description = fax.Offline, "The line is not in service."
	})
	return nil
}

// session opens the modem and works with it until ctx is done, or as long as it works.
func (p *Port) session(ctx context.Context) error {
	if p.status.read().State != fax.Offline { // one that failed is not shown to work before it does
		p.show(p.cfg.Office.Settings(), func(s *fax.Status) {
			s.State, s.Description = fax.Initializing, "The modem is being set up."
		})
	}
	if err := p.wire(); err != nil {
		return err
	}
	m, err := p.open(ctx)
	if err != nil {
		return err
	}
	p.attended = time.Now()
	p.cfg.Office.Opened(m.Identity())
	err = p.work(ctx, m)
	if w := p.inbox.shut(); w != nil {
		p.unstarted(ctx, *w, err)
	}
	return errors.Join(err, m.Close())
}

// open opens the modem as the settings want it.
func (p *Port) open(ctx context.Context) (*class1.Modem, error) {
	p.opened = p.options()
	rw, err := p.cfg.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errAbsent, err)
	}
	return class1.Open(ctx, beating{rw, p}, p.opened)
}

// errAbsent means that there is no modem to be opened.
var errAbsent = errors.New("the modem is not connected")

// options are what the settings mean to the driver.
func (p *Port) options() class1.Options {
	s := p.cfg.Office.Settings()
	speaker := "M0"
	if s.Speaker {
		speaker = "M1"
	}
	return class1.Options{
		USB:     p.cfg.USB,
		Country: countryCodes[s.Country],
		Init:    strings.Join(append([]string{speaker}, s.Init...), "\n"),
	}
}

// recover says that the line is out of service, switches the modem's power off and on if it does not come back by itself,
// and waits before it is tried again.
func (p *Port) recover(ctx context.Context, err error, wait time.Duration) {
	p.cfg.Log.Warn("the modem failed", "error", err, "again", wait)
	p.outOfService(p.cfg.Office.Settings(), err)
	if power := p.wiring.Power; wait > firstWait && power != nil && !errors.Is(err, errNoRelay) {
		p.set("power", power, false)
		p.pause(ctx, powerOff, false)
		p.set("power", power, true)
		p.pause(ctx, powerOn, false)
	}
	p.pause(ctx, wait, true)
}

// explain says in a sentence why a line cannot be used.
func explain(err error) string {
	for _, known := range []error{errNoRelay, errAbsent, class1.ErrNoFax, class1.ErrSilent} {
		if errors.Is(err, known) {
			text := known.Error()
			return strings.ToUpper(text[:1]) + text[1:] + "."
		}
	}
	cause := blame(fax.ModemFailed, err)
	return cause.Sentence() + " " + cause.Hint()
}

// pause waits; changed settings may end it.
func (p *Port) pause(ctx context.Context, d time.Duration, curious bool) {
	until := time.Now().Add(d)
	for ctx.Err() == nil && time.Now().Before(until) {
		wait, done := p.inbox.wait(ctx, until)
		<-wait.Done()
		done()
		p.beat()
		if curious && p.inbox.hasChanged() {
			return
		}
	}
}

// work waits for rings and work, and does it, until ctx is done, which is no error, or the modem fails.
func (p *Port) work(ctx context.Context, m *class1.Modem) error {
	for ctx.Err() == nil {
		p.beat()
		if p.inbox.hasChanged() && (p.options() != p.opened || p.rewired()) {
			return errReopen
		}
		p.missBell()
		until, err := p.idle(ctx, m)
		if err != nil {
			return err
		}
		ring, err := p.awaitRing(ctx, m, until)
		if err != nil {
			return err
		}
		if err := p.take(ctx, m, ring); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// idle says what an idle line is to say, sees that the modem is well, and tells how long nothing else is to be done.
func (p *Port) idle(ctx context.Context, m *class1.Modem) (until time.Time, err error) {
	now := time.Now()
	if now.Before(p.rested) {
		return p.rested, nil
	}
	if now.Sub(p.attended) >= checkEvery {
		if err := m.Reset(ctx); err != nil && ctx.Err() == nil {
			return now, err
		}
		p.attended = time.Now()
	}
	p.available(p.cfg.Office.Settings())
	return now.Add(pollEvery), nil
}

// take does what came up: a ring, or work.
func (p *Port) take(ctx context.Context, m *class1.Modem, r rings) error {
	if r.count > 0 {
		if w := p.inbox.shut(); w != nil {
			p.unstarted(ctx, *w, nil)
		}
		return p.ring(ctx, m, r)
	}
	w, call, dropped := p.inbox.begin(ctx)
	if w == nil {
		return nil
	}
	if dropped || ctx.Err() != nil {
		p.inbox.over()
		p.cfg.Office.Done(*w, Outcome{Cause: fax.Cancelled, Stopped: !dropped})
		return nil
	}
	return p.send(ctx, call, m, *w)
}

// unstarted gives back work that was not begun: the modem failed, the port was stopped, or a call came first.
func (p *Port) unstarted(ctx context.Context, w Work, err error) {
	o := Outcome{Cause: fax.Glare}
	switch {
	case ctx.Err() != nil:
		o.Cause, o.Stopped = fax.Cancelled, true
	case err != nil && !errors.Is(err, errReopen):
		o.Cause, o.Detail = blame(fax.ModemFailed, err), err.Error()
	}
	p.cfg.Office.Done(w, o)
}

// awaitRing waits until a call rings, or another state of the one that rings; at most until the moment given, and not
// after something was left in the inbox. What is there already is always told.
func (p *Port) awaitRing(ctx context.Context, m *class1.Modem, until time.Time) (rings, error) {
	count, _, again := p.bell.rings(time.Now())
	if count > 0 && again.Before(until) {
		until = again
	}
	wait, done := p.inbox.wait(ctx, until)
	heard, err := m.WaitRing(wait)
	over := wait.Err() != nil
	done()
	p.beat()
	if err != nil && !over {
		return rings{}, err
	}
	if err == nil {
		p.heard = heard
	}
	return p.rings(), nil
}

// rings is what is known of the call that rings, from both who tell of it. What the ring detector counts is trusted more:
// modems count the halves of a double ring, and miss rings while they are busy. One that hears nothing tells nothing.
func (p *Port) rings() rings {
	count, cadence, _ := p.bell.rings(time.Now())
	if count == 0 {
		count = p.heard.Count
	}
	r := rings{count: count, caller: p.heard.Caller, pattern: patternNamed(p.heard.Pattern)}
	for _, measured := range [][]time.Duration{p.heard.Cadence, cadence} {
		if r.pattern == "" {
			r.pattern = patternOf(measured)
		}
	}
	return r
}

// set switches a relay, if there is one. A relay that does not switch is logged: the call that follows will show it.
func (p *Port) set(name string, r Relay, on bool) {
	if r == nil {
		return
	}
	if err := r.Set(on); err != nil {
		p.cfg.Log.Error("the relay does not switch", "relay", name, "on", on, "error", err)
	}
}

// beating is a serial port that shows the port to be alive: octets pass only as long as its goroutine asks for them.
type beating struct {
	io.ReadWriteCloser
	p *Port
}

func (b beating) Read(octets []byte) (int, error) {
	n, err := b.ReadWriteCloser.Read(octets)
	b.p.beat()
	return n, err
}

func (b beating) Write(octets []byte) (int, error) {
	n, err := b.ReadWriteCloser.Write(octets)
	b.p.beat()
	return n, err
}

// HangUp drops DTR if the port can.
func (b beating) HangUp() error {
	if h, ok := b.ReadWriteCloser.(interface{ HangUp() error }); ok {
		return h.HangUp()
	}
	return nil
}

// Discard drops what was not sent yet if the port can.
func (b beating) Discard() error {
	if d, ok := b.ReadWriteCloser.(interface{ Discard() error }); ok {
		return d.Discard()
	}
	return nil
}
