package port

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
)

// What the settings say of a call that rings is done before it is answered, and stands in the journal.
func TestWhoIsAnswered(t *testing.T) {
	caller := exchange.Station{Number: "0301234567"}
	withheld := exchange.Station{Number: "0301234567", Withheld: true}
	for name, c := range map[string]struct {
		settings func(*fax.Port)
		station  exchange.Station
		answered bool
		refused  string // why not
		cause    fax.Cause
	}{
		"everybody":           {func(p *fax.Port) {}, caller, true, "", fax.OK},
		"withheld":            {func(p *fax.Port) {}, withheld, true, "", fax.OK},
		"Receive off":         {func(p *fax.Port) { p.Receive = false }, caller, false, "does not receive", fax.NoAnswer},
		"Receive off, drop":   {func(p *fax.Port) { p.Receive, p.Blocked = false, fax.Drop }, caller, false, "does not receive", fax.NoAnswer},
		"blocked":             {func(p *fax.Port) { p.Block = []string{"030*"} }, caller, false, "block list", fax.Blacklisted},
		"blocked, first ring": {func(p *fax.Port) { p.Block, p.Rings = []string{"030*"}, 1 }, caller, false, "block list", fax.Blacklisted},
		"blocked, drop":       {func(p *fax.Port) { p.Block, p.Blocked = []string{"030*"}, fax.Drop }, caller, true, "block list", fax.Blacklisted},
		"another is blocked":  {func(p *fax.Port) { p.Block, p.Rings = []string{"040*"}, 1 }, caller, true, "", fax.OK},
		"allowed":             {func(p *fax.Port) { p.Allow, p.Rings = []string{"0301234567"}, 1 }, caller, true, "", fax.OK},
		"not allowed":         {func(p *fax.Port) { p.Allow, p.Rings = []string{"040*"}, 1 }, caller, false, "list of allowed", fax.Blacklisted},
		"allowed, withheld":   {func(p *fax.Port) { p.Allow, p.Rings = []string{"030*"}, 1 }, withheld, false, "list of allowed", fax.Blacklisted},
		"withheld is blocked": {func(p *fax.Port) { p.BlockWithheld, p.Rings = true, 1 }, withheld, false, "hides", fax.Blacklisted},
		"nothing is withheld": {func(p *fax.Port) { p.BlockWithheld, p.Rings = true, 1 }, caller, true, "", fax.OK},
	} {
		t.Run(name, func(t *testing.T) {
			inTown(t, exchange.Options{Clears: true}, func(w *town) {
				b := w.port("102", exchange.Habits{}, with(c.settings))
				a := w.portAt(c.station, exchange.Habits{})
				b.ready()
				o := a.sends(w.work(1, "102", strip(100)))
				if got := o.Cause == fax.OK; got != (c.cause == fax.OK) {
					t.Errorf("delivered: %+v", o)
				}
				j := b.journal(1)
				if j.Result.Cause != c.cause || j.Answered.IsZero() == c.answered || j.Direction != fax.In || j.Rings == 0 {
					t.Errorf("%+v", j)
				}
				if c.refused == "" && j.Refused != "" || !strings.Contains(j.Refused, c.refused) {
					t.Errorf("refused: %q", j.Refused)
				}
				if j.Withheld != c.station.Withheld || (j.CallerID == "") != c.station.Withheld {
					t.Errorf("the caller: %+v", j)
				}
				if len(b.received) > 0 != (c.cause == fax.OK) {
					t.Errorf("%d receptions", len(b.received))
				}
				if c.refused != "" && !slices.ContainsFunc(b.shown(), func(s fax.Status) bool { return strings.Contains(s.Description, c.refused) }) {
					t.Error("it is not shown")
				}
				b.ready()
			})
		})
	}
}

func TestRingsAreCounted(t *testing.T) {
	for _, rings := range []int{1, 2, 5} {
		inTown(t, exchange.Options{}, func(w *town) {
			b := w.port("102", exchange.Habits{}, with(func(p *fax.Port) { p.Rings = rings })).ready()
			a := w.port("101", exchange.Habits{})
			if o := a.sends(w.work(1, "102", strip(100))); o.Cause != fax.OK {
				t.Errorf("%+v", o)
			}
			if j := b.journal(1); j.Rings != rings {
				t.Errorf("answered after %d rings, not %d", j.Rings, rings)
			}
			most := 0
			for _, s := range b.shown() {
				most = max(most, s.Rings)
			}
			if most < rings-1 {
				t.Errorf("the status counted to %d of %d", most, rings)
			}
		})
	}
}

// A caller who gives up is in the journal, and the line is free again.
func TestCallerGivesUp(t *testing.T) {
	for name, after := range map[string]time.Duration{"between rings": 4 * time.Second, "while it rings": 7 * time.Second} {
		t.Run(name, func(t *testing.T) {
			inTown(t, exchange.Options{}, func(w *town) {
				b := w.port("102", exchange.Habits{}, with(func(p *fax.Port) { p.Rings = 9 })).ready()
				far := w.Scripted(exchange.Station{Number: "201"})
				go far.Dial("102")
				time.Sleep(after)
				far.HangUp()
				j := b.journal(1)
				if j.Result.Cause != fax.NoAnswer || j.CallerID != "201" || !j.Answered.IsZero() || j.Refused != "" {
					t.Errorf("%+v", j)
				}
				b.ready()
				if len(b.received) != 0 {
					t.Error("a message was begun")
				}
			})
		})
	}
}

// A caller who goes in the moment of the answer leaves nothing behind.
func TestCallerGoesAsWeAnswer(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		far := w.Scripted(exchange.Station{Number: "201"})
		b := w.port("102", exchange.Habits{}, func(d *desk, _ *Config) { d.asked = far.HangUp }).ready()
		go far.Dial("102")
		if j := b.journal(1); j.Result.Cause != fax.NoAnswer || !j.Answered.IsZero() || j.MessageID != 0 || j.Result.Detail == "" {
			t.Errorf("%+v", j)
		}
		b.ready()
	})
}

func TestHangUpWhileAnswering(t *testing.T) {
	inTown(t, exchange.Options{Clears: true}, func(w *town) {
		b := w.port("102", exchange.Habits{}).ready()
		far := w.Scripted(exchange.Station{Number: "201"})
		go far.Dial("102")
		b.reaches(fax.Answered)
		if !b.port.HangUp() {
			t.Error("there is no call")
		}
		if j := b.journal(1); j.Result.Cause != fax.Cancelled || j.MessageID != 0 {
			t.Errorf("%+v", j)
		}
		far.HangUp()
		b.ready()
	})
}

// Somebody may answer a call that the settings would let ring.
func TestAnswerNow(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		b := w.port("102", exchange.Habits{}, with(func(p *fax.Port) { p.Receive = false })).ready()
		a := w.port("101", exchange.Habits{}).ready()
		a.offer(w.work(1, "102", strip(100)))
		b.until("ringing twice", func(s fax.Status) bool { return s.Rings == 2 })
		if !b.port.Answer() {
			t.Error("it does not ring")
		}
		b.reaches(fax.Answered)
		if o := a.outcome(); o.Cause != fax.OK {
			t.Errorf("%+v", o)
		}
		if j := b.journal(1); j.Result.Cause != fax.OK || j.Refused != "" {
			t.Errorf("%+v", j)
		}
	})
}

// A line that rings without being answered may be used as soon as it has stopped.
func TestSendsAfterACallThatWasNotTaken(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		a := w.port("101", exchange.Habits{}, with(func(p *fax.Port) { p.Receive = false })).ready()
		w.port("102", exchange.Habits{}).ready()
		far := w.Scripted(exchange.Station{Number: "201"})
		go far.Dial("101")
		a.reaches(fax.Ringing)
		far.HangUp()
		if o := a.sends(w.work(1, "102", strip(100))); o.Cause != fax.OK {
			t.Errorf("%+v", o)
		}
	})
}

func TestNoRoomForPages(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		b := w.port("102", exchange.Habits{}, func(d *desk, _ *Config) { d.full = errFull }).ready()
		a := w.port("101", exchange.Habits{}).ready()
		a.offer(w.work(1, "102", strip(100)))
		b.until("refused", func(s fax.Status) bool { return strings.Contains(s.Description, errFull.Error()) })
		time.Sleep(5 * time.Second)
		b.locked(func() { b.full = nil }) // room was made, and the caller is patient
		if o := a.outcome(); o.Cause != fax.OK {
			t.Errorf("%+v", o)
		}
	})
	inTown(t, exchange.Options{}, func(w *town) {
		b := w.port("102", exchange.Habits{}, func(d *desk, _ *Config) { d.full = errFull }).ready()
		a := w.port("101", exchange.Habits{})
		if o := a.sends(w.work(1, "102", strip(100))); o.Cause != fax.NoAnswer {
			t.Errorf("%+v", o)
		}
		if j := b.journal(1); j.Refused != errFull.Error() || j.Result.Cause != fax.NoAnswer {
			t.Errorf("%+v", j)
		}
		if n := len(b.told); n > 4 {
			t.Errorf("the office was told %d times of one call", n)
		}
	})
}

// A station id is known when the call is taken: such a fax is received, and marked.
func TestQuarantine(t *testing.T) {
	for pattern, want := range map[string]string{"t 1*": `the sender calls itself "T 101"`, "x*": ""} {
		inTown(t, exchange.Options{}, func(w *town) {
			b := w.port("102", exchange.Habits{}, with(func(p *fax.Port) { p.Quarantine = []string{pattern} })).ready()
			a := w.port("101", exchange.Habits{})
			if o := a.sends(w.work(1, "102", strip(100))); o.Cause != fax.OK {
				t.Errorf("%+v", o)
			}
			b.journal(1)
			if got := b.received[0].call; got.Quarantine != want || got.Result.Received != 1 {
				t.Errorf("%+v", got)
			}
		})
	}
}

// A caller who says nothing is kept for T1, and no longer.
func TestVoiceCalls(t *testing.T) {
	inTown(t, exchange.Options{Clears: true}, func(w *town) {
		b := w.port("102", exchange.Habits{}).ready()
		far := w.Scripted(exchange.Station{Number: "201"})
		go far.Dial("102")
		j := b.journal(1)
		if took := j.Duration.Duration(); j.Result.Cause != fax.NoFax || j.Pages != 0 || j.MessageID != 0 || took < 35*time.Second || took > time.Minute {
			t.Errorf("%v: %+v", took, j)
		}
		far.HangUp()
		b.ready()
		if got := b.states(); !strings.HasSuffix(got, "Answered, Not a Fax Call, Available") {
			t.Error(got)
		}
	})
}

// The ring detector counts where the modem cannot hear the line.
func TestBell(t *testing.T) {
	deaf := exchange.Habits{Spelling: map[string]string{"RING": "PLINK"}}
	inTown(t, exchange.Options{}, func(w *town) {
		b := w.port("102", deaf, func(d *desk, c *Config) { c.Wire = wired(Wiring{Bell: d.modem.Bell()}) }).ready()
		a := w.port("101", exchange.Habits{})
		if o := a.sends(w.work(1, "102", strip(100))); o.Cause != fax.OK {
			t.Errorf("%+v", o)
		}
		if j := b.journal(1); j.Rings != 2 || j.Result.Cause != fax.OK {
			t.Errorf("%+v", j)
		}
		b.ready()
		b.port.Changed()
		// One who gives up.
		far := w.Scripted(exchange.Station{Number: "201"})
		go far.Dial("102")
		b.reaches(fax.Ringing)
		far.HangUp()
		if j := b.journal(2); j.Rings != 1 || j.Result.Cause != fax.NoAnswer {
			t.Errorf("%+v", j)
		}
		b.ready()
	})
	// A bell that is closed tells nothing more, and the modem does.
	inTown(t, exchange.Options{}, func(w *town) {
		bell := make(chan bool)
		close(bell)
		b := w.port("102", exchange.Habits{}, func(_ *desk, c *Config) { c.Wire = wired(Wiring{Bell: bell}) }).ready()
		if o := w.port("101", exchange.Habits{}).sends(w.work(1, "102", strip(100))); o.Cause != fax.OK {
			t.Errorf("%+v", o)
		}
		b.ready()
	})
	// While it rings nothing is dialled, although the modem knows nothing.
	inTown(t, exchange.Options{}, func(w *town) {
		bell := make(chan bool)
		a := w.port("101", exchange.Habits{}, func(_ *desk, c *Config) { c.Wire = wired(Wiring{Bell: bell}) }).ready()
		a.port.bell.edge(true, time.Now()) // in the moment in which work is offered
		a.offer(w.work(1, "102", strip(100)))
		if o := a.outcome(); o.Cause != fax.Glare || o.Call.ID != 0 {
			t.Errorf("%+v", o)
		}
		a.stop() // while the bell sounds
		close(bell)
	})
	inTown(t, exchange.Options{}, func(w *town) {
		line, bell := &relay{}, make(chan bool, 2)
		a := w.port("101", exchange.Habits{}, func(d *desk, c *Config) {
			c.Wire = wired(Wiring{Line: line, Bell: bell})
			d.trace = func() io.WriteCloser { // just before it dials
				bell <- true
				for d.port.rings().count == 0 {
					time.Sleep(ms)
				}
				return nil
			}
		}).ready()
		a.offer(w.work(1, "102", strip(100)))
		if o := a.outcome(); o.Cause != fax.Glare || o.Call.ID == 0 || line.times != 0 {
			t.Errorf("%+v", o)
		}
	})
}

func TestBellEdges(t *testing.T) {
	type edge struct {
		at float64 // seconds
		on bool
	}
	for name, c := range map[string]struct {
		edges   []edge
		rings   int
		pattern fax.RingPattern
	}{
		"nothing":         {nil, 0, ""},
		"sounding":        {[]edge{{0, true}}, 1, ""},
		"two":             {[]edge{{0, true}, {2, false}, {6, true}, {8, false}}, 2, "A"},
		"double rings":    {[]edge{{0, true}, {0.4, false}, {0.6, true}, {1, false}, {3, true}, {3.4, false}, {3.6, true}, {4, false}}, 2, ""},
		"B":               {[]edge{{0, true}, {0.8, false}, {1.2, true}, {2, false}, {6, true}}, 2, "B"},
		"C":               {[]edge{{0, true}, {0.4, false}, {0.6, true}, {1.1, false}, {1.3, true}, {2, false}, {6, true}}, 2, "C"},
		"D":               {[]edge{{0, true}, {0.3, false}, {0.5, true}, {1.5, false}, {1.7, true}, {2, false}, {6, true}}, 2, "D"},
		"the same twice":  {[]edge{{0, true}, {0, true}, {2, false}, {2.1, false}}, 1, ""},
		"two calls":       {[]edge{{0, true}, {2, false}, {30, true}, {32, false}}, 1, ""},
		"one that is old": {[]edge{{0, true}, {2, false}, {30, false}}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var b bell
			start, last := time.Now(), time.Now()
			for _, e := range c.edges {
				last = start.Add(time.Duration(e.at * float64(time.Second)))
				b.edge(e.on, last)
			}
			count, cadence, again := b.rings(last.Add(ms))
			if count != c.rings || patternOf(cadence) != c.pattern {
				t.Errorf("%d rings, pattern %q of %v", count, patternOf(cadence), cadence)
			}
			if (count > 0) != again.After(last) {
				t.Errorf("to be asked again after %v", again.Sub(last))
			}
		})
	}
}

// A detector that is stuck does not hold the line.
func TestBellThatIsStuck(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		bell := make(chan bool)
		a := w.port("101", exchange.Habits{}, func(_ *desk, c *Config) { c.Wire = wired(Wiring{Bell: bell}) }).ready()
		w.port("102", exchange.Habits{}).ready()
		bell <- true
		a.reaches(fax.Ringing)
		if j := a.journal(1); j.Result.Cause != fax.NoAnswer || j.Duration.Duration() > ringGap+time.Second {
			t.Errorf("%+v", j)
		}
		if o := a.sends(w.work(1, "102", strip(100))); o.Cause != fax.OK {
			t.Errorf("%+v", o)
		}
	})
}

// Distinctive rings for another device are left alone; how the modem tells of them does not matter.
func TestDistinctiveRings(t *testing.T) {
	long := []time.Duration{2 * time.Second, 4 * time.Second}
	double := []time.Duration{800 * ms, 400 * ms, 800 * ms, 4 * time.Second}
	only := func(r ...fax.RingPattern) option {
		return with(func(p *fax.Port) { p.Distinctive, p.Rings = r, 1 })
	}
	bell := func(d *desk, c *Config) { c.Wire = wired(Wiring{Bell: d.modem.Bell()}) }
	for name, c := range map[string]struct {
		cadence  []time.Duration
		options  []option
		answered bool
	}{
		"B for B": {double, []option{only("B"), bell}, true},
		"A for B": {long, []option{only("B"), bell}, false},
		"B for A": {double, []option{only("A"), bell}, false},
		"A or B":  {double, []option{only("A", "B"), bell}, true},
		"none":    {double, []option{only(), bell}, true},
	} {
		t.Run(name, func(t *testing.T) {
			inTown(t, exchange.Options{Cadence: c.cadence}, func(w *town) {
				b := w.port("102", exchange.Habits{}, c.options...).ready()
				a := w.port("101", exchange.Habits{})
				if o := a.sends(w.work(1, "102", strip(100))); (o.Cause == fax.OK) != c.answered {
					t.Errorf("%+v", o)
				}
				if j := b.journal(1); (j.Refused == "") != c.answered {
					t.Errorf("%+v", j)
				}
			})
		})
	}
}

func TestPatternNamed(t *testing.T) {
	for name, want := range map[string]fax.RingPattern{"": "", "A": "A", "D": "D", "1": "A", "4": "D", "5": "", "AB": "", "0": ""} {
		if got := patternNamed(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}
