package port

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
)

// A modem that fails puts its line out of service, whatever it was doing, and comes back; the other lines go on.
func TestModemFails(t *testing.T) {
	sending := func(w *town, a *desk) {
		a.offer(w.work(1, "102", dense()))
		a.until("on page 1", func(s fax.Status) bool { return s.CurrentPage == 1 })
		time.Sleep(2 * time.Second)
	}
	receiving := func(w *town, a *desk) {
		b := w.ports["102"].ready()
		b.offer(w.work(1, "101", dense()))
		a.until("on page 1", func(s fax.Status) bool { return s.CurrentPage == 1 })
		time.Sleep(2 * time.Second)
	}
	for name, c := range map[string]struct {
		before func(*town, *desk)
		fail   func(*exchange.Modem)
		within time.Duration // it is noticed
	}{
		"vanishes idle":      {func(*town, *desk) {}, func(m *exchange.Modem) { m.Unplug(nil) }, 10 * ms},
		"vanishes dialling":  {func(w *town, a *desk) { a.offer(w.work(1, "102", strip(100))); a.reaches(fax.Dialing) }, func(m *exchange.Modem) { m.Unplug(nil) }, time.Second},
		"vanishes sending":   {sending, func(m *exchange.Modem) { m.Unplug(nil) }, 10 * time.Second},
		"vanishes receiving": {receiving, func(m *exchange.Modem) { m.Unplug(nil) }, 10 * time.Second},
		"vanishes ringing": {func(w *town, a *desk) {
			far := w.Scripted(exchange.Station{Number: "201"})
			go far.Dial("101")
			a.reaches(fax.Ringing)
			time.AfterFunc(5*time.Second, far.HangUp)
		}, func(m *exchange.Modem) { m.Unplug(nil) }, 10 * ms},
		"vanishes answering": {func(w *town, a *desk) {
			far := w.Scripted(exchange.Station{Number: "201"})
			go far.Dial("101")
			a.reaches(fax.Answered)
			time.Sleep(time.Second)
		}, func(m *exchange.Modem) { m.Unplug(nil) }, time.Second},
		"hangs idle":           {func(*town, *desk) {}, (*exchange.Modem).Hang, checkEvery + pollEvery + 30*time.Second},
		"hangs dialling":       {func(w *town, a *desk) { a.offer(w.work(1, "102", strip(100))); a.reaches(fax.Dialing) }, (*exchange.Modem).Hang, 3 * time.Minute},
		"hangs sending":        {sending, (*exchange.Modem).Hang, 2 * time.Minute},
		"hangs receiving":      {receiving, (*exchange.Modem).Hang, 2 * time.Minute},
		"takes no more octets": {sending, func(m *exchange.Modem) { m.Hold(true) }, 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			inTown(t, exchange.Options{Clears: true}, func(w *town) {
				b := w.port("102", exchange.Habits{})
				b.ready()
				a := w.port("101", exchange.Habits{}).ready()
				c.before(w, a)
				failed := time.Now()
				c.fail(a.modem)
				s := a.reaches(fax.Offline)
				if late := s.AsOf.Sub(failed); late > c.within {
					t.Errorf("noticed after %v", late)
				}
				fault := fax.ModemFailed
				if strings.HasPrefix(name, "vanishes") {
					fault = fax.ModemGone
				}
				if s.Fault != fault || s.Send || s.Receive {
					t.Errorf("%+v", s)
				}
				if a.taken > 0 {
					if o := a.outcome(); o.Cause != fault || o.Confirmed != 0 {
						t.Errorf("%+v", o)
					}
				}
				// The other line is none the worse for it.
				x := w.port("103", exchange.Habits{}).ready()
				if o := b.sends(w.work(2, "103", strip(100))); o.Cause != fax.OK {
					t.Errorf("the other line: %+v", o)
				}
				if c := x.journal(1); c.Result.Cause != fax.OK {
					t.Errorf("%+v", c)
				}
				a.modem.Hold(false)
				a.modem.Unplug(nil)
				time.Sleep(time.Second)
				a.modem.Plug()
				back := time.Now()
				if late := a.reaches(fax.Available).AsOf.Sub(back); late > longWait+10*time.Second {
					t.Errorf("back after %v", late)
				}
				if o := a.sends(w.work(3, "102", strip(100))); o.Cause != fax.OK {
					t.Errorf("afterwards: %+v", o)
				}
			})
		})
	}
}

func TestModemIsMissing(t *testing.T) {
	for name, c := range map[string]struct {
		habits exchange.Habits
		open   func(context.Context) (io.ReadWriteCloser, error)
		says   string
		gone   bool
	}{
		"no device": {open: func(context.Context) (io.ReadWriteCloser, error) { return nil, errors.New("no such device") }, says: "The modem is not connected."},
		"nonsense":  {habits: exchange.Habits{Nonsense: true}, says: "switch it off and on"},
		"mute":      {habits: exchange.Habits{MuteFrom: 1}, says: "switch it off and on"},
		"no fax":    {habits: exchange.Habits{Classes: "0"}, says: "use another modem"},
		"gone":      {habits: exchange.Habits{GoneFrom: 4}, says: "Plug the modem in again.", gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			inTown(t, exchange.Options{}, func(w *town) {
				a := w.port("101", c.habits, func(_ *desk, cfg *Config) {
					if c.open != nil {
						cfg.Open = c.open
					}
				})
				s := a.reaches(fax.Offline)
				if !strings.Contains(s.Description, c.says) || (s.Fault == fax.ModemGone) != c.gone {
					t.Errorf("%+v", s)
				}
				time.Sleep(time.Hour)
				if got := a.states(); got != "Initializing, Offline" && name != "no fax" {
					t.Error(got)
				}
				if idle := time.Since(a.port.Alive()); idle > MaxSilence/2 {
					t.Errorf("silent for %v", idle)
				}
			})
		})
	}
}

// A modem is tried again after 1 s, 2 s, 4 s, ... up to a minute, and at once when somebody says that it may be there.
func TestBackOff(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		var tries []time.Time
		a := w.port("101", exchange.Habits{}, func(d *desk, cfg *Config) {
			cfg.Open = func(context.Context) (io.ReadWriteCloser, error) {
				d.locked(func() { tries = append(tries, time.Now()) })
				return nil, errors.New("no such device")
			}
		})
		time.Sleep(10*time.Minute + 30*time.Second)
		synctest.Wait()
		for n := 1; n < len(tries); n++ {
			want := min(firstWait<<(n-1), longWait)
			if got := tries[n].Sub(tries[n-1]); got != want {
				t.Errorf("try %d after %v, not %v", n+1, got, want)
			}
		}
		before := len(tries)
		if before < 12 {
			t.Fatalf("%d tries", before)
		}
		a.port.Changed()
		time.Sleep(ms)
		a.locked(func() {
			if len(tries) != before+1 {
				t.Errorf("%d tries at once", len(tries)-before)
			}
		})
	})
}

// A modem that does not come back by itself is switched off and on.
func TestPowerRelay(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		power := &relay{}
		a := w.port("101", exchange.Habits{}, func(d *desk, cfg *Config) {
			power.turned = func(on bool) {
				if on {
					d.modem.Plug()
				} else {
					d.modem.Unplug(nil)
				}
			}
			cfg.Wire = wired(Wiring{Power: power})
		}).ready()
		if !power.is() || power.times != 1 {
			t.Error("the modem has no power")
		}
		a.modem.Hang()
		a.reaches(fax.Offline)
		a.ready()
		if power.times != 2 {
			t.Errorf("it was switched on %d times", power.times)
		}
		a.stop()
		<-a.ended
		if !power.is() {
			t.Error("the modem has lost its power")
		}
	})
}

// A trace that nobody keeps, or that cannot be written, is missed; the call is not.
func TestTraceIsOptional(t *testing.T) {
	for name, trace := range map[string]io.WriteCloser{"none": nil, "full disk": fullDisk{}} {
		t.Run(name, func(t *testing.T) {
			inTown(t, exchange.Options{}, func(w *town) {
				keep := func(d *desk, _ *Config) { d.trace = func() io.WriteCloser { return trace } }
				a, b := w.port("101", exchange.Habits{}, keep), w.port("102", exchange.Habits{}, keep)
				b.ready()
				if o := a.sends(w.work(1, "102", strip(100))); o.Cause != fax.OK || o.Call.HasTrace {
					t.Errorf("%+v", o)
				}
			})
		})
	}
}

// fullDisk is a file that cannot be written.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }
func (fullDisk) Close() error              { return errFull }

// Work that was taken and never begun comes back with the reason.
func TestUnstarted(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for name, c := range map[string]struct {
		ctx   context.Context
		err   error
		cause fax.Cause
	}{
		"a call came first":    {t.Context(), nil, fax.Glare},
		"settings changed":     {t.Context(), errReopen, fax.Glare},
		"the modem failed":     {t.Context(), errFailed, fax.ModemFailed},
		"the port was stopped": {stopped, nil, fax.Cancelled},
		"both":                 {stopped, errFailed, fax.Cancelled},
	} {
		d := &desk{}
		p := New(Config{Office: d})
		p.unstarted(c.ctx, Work{}, c.err)
		o := d.done[0]
		if o.Cause != c.cause || o.Stopped != (c.ctx.Err() != nil) || (o.Detail != "") != (c.cause == fax.ModemFailed) {
			t.Errorf("%s: %+v", name, o)
		}
	}
}
