package port

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
)

func TestDelivers(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		a, b := w.port("101", exchange.Habits{}), w.port("102", exchange.Habits{})
		b.ready()
		o := a.sends(w.work(7, "102", strip(300), strip(200)))
		if o.Cause != fax.OK || o.Confirmed != 2 || o.Call.Pages != 2 || o.Call.StationID != "C 102" || o.Call.JobID != 7 || o.Call.Attempt != 1 {
			t.Errorf("%+v", o)
		}
		if !slices.Equal(a.pages, []int{0, 1}) {
			t.Errorf("pages told as confirmed: %v", a.pages)
		}
		c := b.journal(1)
		if c.Result.Cause != fax.OK || c.Pages != 2 || c.CallerID != "101" || c.StationID != "T 101" || c.MessageID == 0 || c.Rings != 2 {
			t.Errorf("%+v", c)
		}
		if got := b.received[0].shelf.pages; len(got) != 2 || got[0].Height != 300 || got[1].Height != 200 {
			t.Errorf("%d pages were received", len(got))
		}
		for _, d := range []*desk{a, b} {
			d.ready()
			if trace := d.traces[0].String(); !strings.Contains(trace, "MCF") || !strings.Contains(trace, "at>") {
				t.Errorf("the trace of %s:\n%s", d.number, trace)
			}
		}
		if got := a.states(); got != "Initializing, Available, Dialing, Sending, Completed, Available" {
			t.Error(got)
		}
		if got := b.states(); got != "Initializing, Available, Ringing, Answered, Receiving, Completed, Available" {
			t.Error(got)
		}
	})
}

// Each property is filled at the moments that the object model says, on both sides.
func TestStatusInACall(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		a, b := w.port("101", exchange.Habits{}), w.port("102", exchange.Habits{})
		b.ready()
		a.ready()
		work := w.work(7, "102", strip(300), strip(800), strip(400))
		work.First = 2
		a.offer(work)

		s := a.reaches(fax.Dialing)
		began := s.StartTime
		if !s.Send || s.Address != "102" || s.SenderName != "Anna" || s.DocumentName != "Offer" || s.DocumentSize != 4711 || s.SubmittedTime != work.SubmittedTime ||
			s.PageCount != 5 || s.CurrentPage != 0 || s.Tsid != "T 101" || s.Csid != "" || s.JobID != 7 || s.CallID != 1 || s.DeviceID != 1 || s.DeviceName != "Line 1" {
			t.Errorf("dialling: %+v", s)
		}
		if s := b.reaches(fax.Ringing); s.Receive || s.CallerID != "" && s.CallerID != "101" || s.Rings < 1 {
			t.Errorf("ringing: %+v", s)
		}
		if s := b.reaches(fax.Answered); !s.Receive || s.CallerID != "101" || s.Csid != "C 102" || s.Tsid != "" || s.CallID != 1 || s.StartTime.IsZero() {
			t.Errorf("answered: %+v", s)
		}
		s = a.until("on page 4", func(s fax.Status) bool { return s.CurrentPage == 4 })
		if s.State != fax.Sending || s.Csid != "C 102" || s.Mode == "" || s.StartTime != began || s.ElapsedTime.Duration() != time.Since(began) || s.PageCount != 5 {
			t.Errorf("sending: %+v", s)
		}
		s = b.until("on page 2", func(s fax.Status) bool { return s.CurrentPage == 2 })
		if s.State != fax.Receiving || s.Tsid != "T 101" || s.Csid != "C 102" || s.Mode == "" || s.PageCount != 0 || s.ElapsedTime == 0 {
			t.Errorf("receiving: %+v", s)
		}
		if o := a.outcome(); o.Cause != fax.OK || o.Confirmed != 3 {
			t.Errorf("%+v", o)
		}
	})
}

// What is shown of pages is shown within 100 ms of its being so.
func TestStatusIsPrompt(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		a, b := w.port("101", exchange.Habits{}), w.port("102", exchange.Habits{})
		b.ready()
		a.sends(w.work(7, "102", strip(1500), strip(1500)))
		var pages []time.Time // when the carrier of each page began
		for _, s := range w.Log() {
			if s.Kind == exchange.Image && s.From == "101" && s.Modulation == exchange.V17at14400Short {
				pages = append(pages, s.Start)
			}
		}
		if len(pages) != 2 {
			t.Fatalf("%d pages on the line", len(pages))
		}
		for n, start := range pages {
			for _, s := range a.shown() {
				if s.CurrentPage == n+1 {
					if late := s.AsOf.Sub(start); late > 100*time.Millisecond || late < -time.Second {
						t.Errorf("page %d is shown %v after it began", n+1, late)
					}
					break
				}
			}
		}
		for n, s := range b.shown() {
			if s.State == fax.Ringing && b.shown()[n-1].State != fax.Ringing {
				if late := s.AsOf.Sub(b.calls[0].Start); late > 100*time.Millisecond {
					t.Errorf("the ring is shown %v late", late)
				}
			}
		}
	})
}

// A number that leads to no fax gives its cause, its state, and the line back after 5 s.
func TestCausesOfDialling(t *testing.T) {
	for cause, prepare := range map[fax.Cause]func(*town) (number string, h exchange.Habits){
		fax.Busy: func(w *town) (string, exchange.Habits) {
			w.Behave(exchange.Station{Number: "103"}, exchange.Behaviour{Does: exchange.Busy})
			return "103", exchange.Habits{}
		},
		fax.NoAnswer: func(w *town) (string, exchange.Habits) {
			w.Behave(exchange.Station{Number: "103"}, exchange.Behaviour{Does: exchange.NoAnswer})
			return "103", exchange.Habits{}
		},
		fax.NoFax: func(w *town) (string, exchange.Habits) {
			w.Behave(exchange.Station{Number: "103"}, exchange.Behaviour{Does: exchange.Voice})
			return "103", exchange.Habits{}
		},
		fax.Blacklisted: func(w *town) (string, exchange.Habits) {
			w.Behave(exchange.Station{Number: "103"}, exchange.Behaviour{Does: exchange.Busy})
			return "103", exchange.Habits{Spelling: map[string]string{"BUSY": "BLACKLISTED"}}
		},
		fax.BadNumber: func(*town) (string, exchange.Habits) { return strings.Repeat("1234567890", 5), exchange.Habits{} },
	} {
		t.Run(cause.String(), func(t *testing.T) {
			inTown(t, exchange.Options{}, func(w *town) {
				number, h := prepare(w)
				a := w.port("101", h)
				o := a.sends(w.work(1, number, strip(100)))
				if o.Cause != cause || o.Detail == "" || o.Confirmed != 0 || o.Stopped {
					t.Errorf("%+v", o)
				}
				if s := a.port.Status(); s.State != cause.DeviceStatus() || s.Description != cause.Sentence() {
					t.Errorf("%+v", s)
				}
				hung := a.journal(1).Start.Add(a.journal(1).Duration.Duration())
				if free := a.reaches(fax.Available).AsOf.Sub(hung); free < rest || free > rest+time.Second {
					t.Errorf("the line is free %v after the call", free)
				}
			})
		})
	}
}

func TestOfferIsRefusedUnlessAvailable(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		a, b := w.port("101", exchange.Habits{}), w.port("102", exchange.Habits{})
		job := w.work(1, "102", strip(100))
		refused := func(when string) {
			if err := a.port.Offer(job); !errors.Is(err, ErrNotFree) {
				t.Errorf("%s: %v", when, err)
			}
		}
		refused("before it is open")
		b.ready()
		a.ready()
		a.offer(job)
		refused("with work")
		a.reaches(fax.Dialing)
		refused("dialling")
		a.reaches(fax.Completed)
		refused("resting")
		a.ready()
		b.ready()
		b.offer(w.work(2, "101", strip(100)))
		a.reaches(fax.Ringing)
		refused("ringing")
		b.outcome()
		a.stop()
		<-a.ended
		refused("stopped")
	})
}

func TestCancel(t *testing.T) {
	cases := map[string]struct {
		when      func(a *desk)
		confirmed int
		goodbye   bool
	}{
		"at once":        {func(a *desk) {}, 0, false},
		"while dialling": {func(a *desk) { a.reaches(fax.Dialing); time.Sleep(time.Second) }, 0, false},
		"in training":    {func(a *desk) { a.until("identified", func(s fax.Status) bool { return s.Csid != "" }) }, 0, true},
		"in a page": {func(a *desk) {
			a.until("on page 2", func(s fax.Status) bool { return s.CurrentPage == 2 })
			time.Sleep(3 * time.Second)
		}, 1, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inTown(t, exchange.Options{Clears: true}, func(w *town) {
				a, b := w.port("101", exchange.Habits{}), w.port("102", exchange.Habits{})
				b.ready()
				a.ready()
				a.offer(w.work(9, "102", strip(300), dense(), strip(300)))
				c.when(a)
				if a.port.Cancel(8) {
					t.Error("another job was cancelled")
				}
				asked := time.Now()
				if !a.port.Cancel(9) {
					t.Fatal("the job is not here")
				}
				o := a.outcome()
				if o.Cause != fax.Cancelled || o.Stopped || o.Confirmed != c.confirmed {
					t.Errorf("%+v", o)
				}
				if len(a.calls) > 0 {
					if took := a.calls[0].Start.Add(a.calls[0].Duration.Duration()).Sub(asked); took > 5*time.Second {
						t.Errorf("on hook after %v", took)
					}
					i := slices.IndexFunc(a.shown(), func(s fax.Status) bool { return s.State == fax.Aborting })
					if i < 0 || a.shown()[i].AsOf.Sub(asked) > 0 {
						t.Error("it was not shown at once")
					}
				}
				if got := strings.Contains(a.String(), "DCN"); got != c.goodbye {
					t.Errorf("goodbye was said: %t", got)
				}
				if a.port.Cancel(9) {
					t.Error("it was cancelled twice")
				}
				// The line is as good as before.
				if o := b.sends(w.work(10, "101", strip(100))); o.Cause != fax.OK {
					t.Errorf("the next call: %+v", o)
				}
			})
		})
	}
}

func TestHangUpOnACaller(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		a, b := w.port("101", exchange.Habits{}), w.port("102", exchange.Habits{})
		b.ready()
		a.ready()
		if b.port.HangUp() || b.port.Answer() {
			t.Error("there is no call")
		}
		a.offer(w.work(9, "102", strip(300), dense()))
		b.until("on page 2", func(s fax.Status) bool { return s.CurrentPage == 2 })
		time.Sleep(2 * time.Second)
		asked := time.Now()
		if a.port.HangUp() || !b.port.HangUp() {
			t.Error("HangUp is for calls that came in")
		}
		c := b.journal(1)
		if took := c.Start.Add(c.Duration.Duration()).Sub(asked); c.Result.Cause != fax.Cancelled || c.Pages != 1 || c.MessageID == 0 || took > 5*time.Second {
			t.Errorf("%v: %+v", took, c)
		}
	})
}

// A port that is stopped in a call says goodbye, and its work comes back as nobody's fault.
func TestStop(t *testing.T) {
	for name, when := range map[string]func(a *desk){
		"with work not begun": func(a *desk) {},
		"in a page": func(a *desk) {
			a.until("on page 1", func(s fax.Status) bool { return s.CurrentPage == 1 })
			time.Sleep(time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inTown(t, exchange.Options{}, func(w *town) {
				a, b := w.port("101", exchange.Habits{}), w.port("102", exchange.Habits{})
				b.ready()
				a.ready()
				a.offer(w.work(9, "102", dense()))
				when(a)
				asked := time.Now()
				a.stop()
				<-a.ended
				if o := a.outcome(); o.Cause != fax.Cancelled || !o.Stopped {
					t.Errorf("%+v", o)
				}
				if took := time.Since(asked); took > 6*time.Second {
					t.Errorf("it took %v", took)
				}
				if s := a.port.Status(); s.State != fax.Offline || s.Fault != fax.Unknown {
					t.Errorf("%+v", s)
				}
				p, err := a.modem.Open() // nobody holds it
				if err != nil {
					t.Fatal(err)
				}
				p.Close()
			})
		})
	}
}

// A call that comes in while we dial is answered, and the work goes back as nobody's failure.
func TestGlare(t *testing.T) {
	for name, headStart := range map[string]time.Duration{"rings already": 400 * time.Millisecond, "both dial": 100 * time.Millisecond, "in the same moment": 0} {
		t.Run(name, func(t *testing.T) {
			inTown(t, exchange.Options{}, func(w *town) {
				a, b := w.port("101", exchange.Habits{}), w.port("102", exchange.Habits{})
				a.ready()
				b.ready()
				b.offer(w.work(1, "101", strip(200)))
				time.Sleep(headStart)
				a.offer(w.work(2, "102", strip(200)))
				sent, back := b.outcome(), a.outcome()
				if sent.Cause == fax.Glare { // in the same moment either may win
					sent, back, a = back, sent, b
				}
				if sent.Cause != fax.OK || back.Cause != fax.Glare || back.Confirmed != 0 {
					t.Errorf("%+v\n%+v", sent, back)
				}
				if c := a.journal(2); c.Direction != fax.In || c.Result.Cause != fax.OK {
					t.Errorf("%+v", c)
				}
			})
		})
	}
}

func TestLearned(t *testing.T) {
	for name, c := range map[string]struct {
		learned Learned
		mode    string
	}{
		"nothing": {Learned{}, "V.17 14400, MMR ECM"},
		"NoECM":   {Learned{NoECM: true}, "V.17 14400, MR,"},
		"NoV17":   {Learned{NoV17: true}, "V.29 9600"},
		"MaxRate": {Learned{MaxRate: 4800}, "V.27ter 4800"},
	} {
		t.Run(name, func(t *testing.T) {
			inTown(t, exchange.Options{}, func(w *town) {
				a, b := w.port("101", exchange.Habits{}), w.port("102", exchange.Habits{})
				b.ready()
				work := w.work(1, "102", strip(100))
				work.Learned = c.learned
				if o := a.sends(work); o.Cause != fax.OK || !strings.HasPrefix(o.Call.Mode, c.mode) {
					t.Errorf("%+v", o.Call)
				}
			})
		})
	}
}

// However long a call takes, the port shows that it lives.
func TestAlive(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		a := w.port("101", exchange.Habits{}, with(func(p *fax.Port) { p.MaxRate, p.ECM = 2400, false }))
		b := w.port("102", exchange.Habits{})
		b.ready()
		a.ready()
		a.offer(w.work(1, "102", upper(sample.Halftone(raster.Fine), 350)))
		worst := time.Duration(0)
		a.reaches(fax.Dialing)
		for a.port.Status().Send {
			time.Sleep(time.Second)
			worst = max(worst, time.Since(a.port.Alive()), time.Since(b.port.Alive()))
		}
		if o := a.outcome(); o.Cause != fax.OK || o.Call.Duration.Duration() < MaxSilence/2 {
			t.Errorf("%+v", o.Call)
		}
		time.Sleep(time.Hour)
		worst = max(worst, time.Since(a.port.Alive()))
		if worst > MaxSilence/2 {
			t.Errorf("silent for %v", worst)
		}
	})
}

func TestSubAddressIsRouting(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		a, b := w.port("101", exchange.Habits{}), w.port("102", exchange.Habits{})
		b.ready()
		work := w.work(1, "102", strip(500))
		work.SUB = "55"
		a.sends(work)
		b.journal(1)
		if got := b.received[0].call.Routing; got != "|55" {
			t.Errorf("routing %q", got)
		}
		if !slices.ContainsFunc(b.shown(), func(s fax.Status) bool { return s.RoutingString == "|55" }) {
			t.Error("the status does not show it")
		}
	})
}

// The relay connects the modem for each call and for nothing else.
func TestLineRelay(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		line := &relay{}
		a := w.port("101", exchange.Habits{}, func(_ *desk, c *Config) { c.Wire = wired(Wiring{Line: line}) })
		b := w.port("102", exchange.Habits{})
		b.ready()
		a.ready()
		if line.is() {
			t.Error("the line is taken by an idle port")
		}
		a.offer(w.work(1, "102", strip(200)))
		a.until("sending", func(s fax.Status) bool {
			if s.State == fax.Sending && !line.is() {
				t.Error("it sends off the line")
			}
			return s.State == fax.Completed
		})
		if line.is() {
			t.Error("the line is not released after a call")
		}
		b.ready()
		b.offer(w.work(2, "101", dense()))
		a.until("receiving", func(s fax.Status) bool {
			if (s.State == fax.Ringing) && line.is() {
				t.Error("it is on the line while it rings")
			}
			return s.CurrentPage == 1
		})
		if !line.is() {
			t.Error("it receives off the line")
		}
		a.stop()
		<-a.ended
		if line.is() {
			t.Error("the line is not released when the port stops")
		}
	})
}

// relay is a Relay.
type relay struct {
	mu     sync.Mutex
	on     bool
	times  int // it was switched on
	broken error
	turned func(on bool)
}

func (r *relay) is() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.on
}

func (r *relay) Set(on bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if on && !r.on {
		r.times++
	}
	if r.turned != nil && on != r.on {
		r.turned(on)
	}
	r.on = on
	return r.broken
}

// A failing relay is no reason to stop: the call shows whether it matters.
func TestRelayThatFails(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		a := w.port("101", exchange.Habits{}, func(_ *desk, c *Config) { c.Wire = wired(Wiring{Line: &relay{broken: errors.New("stuck")}}) })
		w.port("102", exchange.Habits{}).ready()
		if o := a.sends(w.work(1, "102", strip(100))); o.Cause != fax.OK {
			t.Errorf("%+v", o)
		}
	})
}

func TestSettingsChange(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		a := w.port("101", exchange.Habits{}).ready()
		a.locked(func() { a.settings.Name, a.settings.Send = "Front desk", false })
		a.port.Changed()
		s := a.until("renamed", func(s fax.Status) bool { return s.DeviceName == "Front desk" })
		if s.State != fax.Available || !strings.Contains(s.Description, "sending is switched off") || a.opened != 1 {
			t.Errorf("%+v", s)
		}
		a.locked(func() { a.settings.Init = []string{"L3", "+VDR=1"} })
		a.port.Changed()
		for range 100 {
			time.Sleep(100 * time.Millisecond)
		}
		if a.ready(); a.opened != 2 || !strings.HasSuffix(a.states(), "Available, Initializing, Available") {
			t.Errorf("opened %d times: %s", a.opened, a.states())
		}
	})
}

// What is repeated is shown, and still arrives.
func TestBadLine(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		a, b := w.port("101", exchange.Habits{}), w.port("102", exchange.Habits{})
		w.Impair("101", exchange.Line{ImageErrors: 1e-5, Seed: 3})
		b.ready()
		if o := a.sends(w.work(1, "102", dense())); o.Cause != fax.OK {
			t.Errorf("%+v", o)
		}
		b.journal(1)
		for d, text := range map[*desk]string{a: "Sending damaged parts of page 1 of 1 again to C 102.", b: "Asking T 101 for damaged parts of page 1 again."} {
			if !slices.ContainsFunc(d.shown(), func(s fax.Status) bool { return s.Description == text }) {
				t.Errorf("never shown: %s", text)
			}
		}
	})
}

// The serial port behind the one that shows life.
type serial struct {
	io.ReadWriteCloser
	did string
}

func (s *serial) HangUp() error  { s.did += "hang up "; return errFull }
func (s *serial) Discard() error { s.did += "discard "; return errFull }

func TestBeatingPortIsTransparent(t *testing.T) {
	p := &Port{}
	s := &serial{}
	b := beating{s, p}
	if b.HangUp() != errFull || b.Discard() != errFull || s.did != "hang up discard " {
		t.Errorf("it did %q", s.did)
	}
	b.ReadWriteCloser = struct{ io.ReadWriteCloser }{}
	if err := errors.Join(b.HangUp(), b.Discard()); err != nil {
		t.Error(err)
	}
}

// Two lines call each other as fast as they can, and nothing is lost or received twice.
func TestBothDirections(t *testing.T) {
	const each = 25
	inTown(t, exchange.Options{Clears: true}, func(w *town) {
		a, b := w.port("101", exchange.Habits{}), w.port("102", exchange.Habits{})
		var senders sync.WaitGroup
		send := func(d *desk, number string) {
			random := rand.New(rand.NewPCG(1, uint64(d.settings.DeviceID)))
			for sent := 0; sent < each; {
				if d.port.Offer(w.work(fax.JobID(sent+1), number, strip(60+sent))) != nil {
					time.Sleep(time.Duration(random.Int64N(int64(2 * time.Second))))
					continue
				}
				d.taken++
				switch o := d.outcome(); o.Cause {
				case fax.OK:
					sent++
				case fax.Glare, fax.Busy, fax.NoFax: // the other line was about to call
				default:
					t.Errorf("%+v", o)
				}
			}
		}
		senders.Go(func() { send(a, "102") })
		senders.Go(func() { send(b, "101") })
		senders.Wait()
		a.ready()
		b.ready()
		for _, d := range []*desk{a, b} {
			height := 60
			for _, r := range d.received {
				if n := len(r.shelf.pages); n == 1 && r.shelf.pages[0].Height == height {
					height++
				} else if n > 0 {
					t.Errorf("%s received %d pages of %d lines, not %d", d.number, n, r.shelf.pages[0].Height, height)
				}
			}
			if height != 60+each {
				t.Errorf("%s received %d faxes", d.number, height-60)
			}
		}
	})
}
