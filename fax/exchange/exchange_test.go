package exchange

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

const ms = time.Millisecond

// said are the bursts and image signals of the log.
func said(x *Exchange) []Signal {
	return slices.DeleteFunc(x.Log(), func(s Signal) bool { return s.Kind == Tone })
}

// elapsed is how long do takes in virtual time.
func elapsed(do func()) time.Duration {
	begun := time.Now()
	do()
	return time.Since(begun)
}

// A whole call: identification, training check, a page, its confirmation and goodbye, with the durations of T.30 and the
// silence that the computers ask for.
func TestWholeCall(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		caller, called := identified(t, x, Habits{}, Habits{})
		turn(caller, called, frameDCS)
		tcf := make([]byte, V17at14400.Rate()*15/10/8)
		page := bytes.Repeat([]byte{0x10, 0x03, 0x55, 0xFF, 0x10}, 3000)
		image(t, caller, called, V17at14400, tcf)
		turn(called, caller, frameCFR)
		image(t, caller, called, V17at14400Short, page)
		turn(caller, called, frameEOP)
		turn(called, caller, frameMCF)
		turn(caller, called, frameDCN)
		caller.ok("ATH")
		called.ok("ATH")

		pageTime := time.Duration(len(page)) * 8 * time.Second / 14400
		want := []struct {
			from string
			kind Kind
			bits int           // of a burst, without preamble
			gap  time.Duration // 0: not checked
			d    time.Duration // of an image signal
		}{
			{from: "102", kind: Burst, bits: lineBits(frameCSI) + lineBits(frameDIS)},
			{from: "101", kind: Burst, bits: lineBits(frameDCS), gap: 70 * ms},
			{from: "101", kind: Image, gap: 70 * ms, d: 1393*ms + 1500*ms},
			{from: "102", kind: Burst, bits: lineBits(frameCFR), gap: 90 * ms}, // 20 ms until NO CARRIER, then +FRS=7
			{from: "101", kind: Image, gap: 70 * ms, d: 142*ms + pageTime},
			{from: "101", kind: Burst, bits: lineBits(frameEOP), gap: 90 * ms},
			{from: "102", kind: Burst, bits: lineBits(frameMCF), gap: 70 * ms},
			{from: "101", kind: Burst, bits: lineBits(frameDCN), gap: 70 * ms},
		}
		log := said(x)
		if len(log) != len(want) {
			t.Fatalf("%d signals, want %d", len(log), len(want))
		}
		for i, w := range want {
			s := log[i]
			if w.kind == Burst {
				w.d = time.Second + v21Time(w.bits)
			}
			if s.From != w.from || s.Kind != w.kind || s.Duration.Round(ms) != w.d.Round(ms) || w.gap != 0 && s.Gap.Round(ms) != w.gap {
				t.Errorf("signal %d is %v; want %s %v, %v after %v", i, s, w.from, w.kind, w.d, w.gap)
			}
		}
		if !bytes.Equal(log[4].Octets, page) {
			t.Error("the log does not hold the page")
		}
	})
}

// turn lets one computer say a frame and the other hear it, after 70 ms of silence.
func turn(from, to *host, frame []byte) {
	from.t.Helper()
	from.ok("AT+FRS=7")
	from.cmd("AT+FTH=3")
	from.says("CONNECT")
	from.frame(frame)
	if f := to.hears(); !bytes.Equal(f, frame) {
		from.t.Errorf("%s heard %x, want %x", to.name, f, frame)
	}
	from.says("OK")
}

// image lets one computer send octets and the other receive them, after 70 ms of silence.
func image(t *testing.T, from, to *host, m Modulation, octets []byte) {
	t.Helper()
	to.cmd("AT+FRM=" + itoa(m))
	from.ok("AT+FTS=7")
	from.cmd("AT+FTM=" + itoa(m))
	from.says("CONNECT")
	from.write(append(shielded(octets), dle, etx)...)
	to.says("CONNECT")
	if got := to.data(); !bytes.Equal(got, octets) {
		t.Errorf("%v: %d octets came, want %d, or they differ", m, len(got), len(octets))
	}
	to.says("NO CARRIER")
	from.says("OK")
}

func TestDialling(t *testing.T) {
	subscribers := func(x *Exchange) {
		x.Behave(Station{Number: "201"}, Behaviour{Does: Busy})
		x.Behave(Station{Number: "202"}, Behaviour{Does: NoAnswer})
		x.Behave(Station{Number: "203"}, Behaviour{Does: Voice, For: 5 * time.Second})
		x.Behave(Station{Number: "204"}, Behaviour{Does: Silent, Rings: 2})
		x.Behave(Station{Number: "205", Dead: true}, Behaviour{Does: Silent})
	}
	for _, c := range []struct {
		name, setup, dial string
		dead              bool
		habits            Habits
		want              string
		after             time.Duration
	}{
		{name: "busy", dial: "ATDT201", want: "BUSY", after: 500 * ms},
		{name: "busy, comma", dial: "ATDT0,201", want: "NO CARRIER", after: 2500 * ms},
		{name: "busy, X1", setup: "ATX1", dial: "ATDT201", want: "NO CARRIER", after: 500 * ms},
		{name: "self", dial: "ATD101", want: "BUSY", after: 500 * ms},
		{name: "no answer", dial: "ATDT202", want: "NO ANSWER", after: 60 * time.Second},
		{name: "no answer, S7", setup: "ATS7=30", dial: "ATDT 2-0-2", want: "NO ANSWER", after: 30 * time.Second},
		{name: "voice", dial: "ATDP203", want: "NO CARRIER", after: 60 * time.Second},
		{name: "silent", dial: "ATD204", want: "NO CARRIER", after: 60 * time.Second},
		{name: "dead subscriber", dial: "ATD205", want: "NO CARRIER", after: 500 * ms},
		{name: "no such number", dial: "ATD999", want: "NO CARRIER", after: 500 * ms},
		{name: "no dial tone", dead: true, dial: "ATD202", want: "NO DIALTONE", after: 500 * ms},
		{name: "no dial tone, X3", dead: true, setup: "ATX3", dial: "ATD202", want: "NO CARRIER", after: 500 * ms},
		{name: "no dial tone, spelling", dead: true, dial: "ATD202", want: "NO DIAL TONE", after: 500 * ms,
			habits: Habits{Spelling: map[string]string{"NO DIALTONE": "NO DIAL TONE"}}},
		{name: "no digits", dial: "ATDT", want: "ERROR"},
		{name: "semicolon", dial: "ATDT202;", want: "ERROR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtual(t, Options{}, func(t *testing.T, x *Exchange) {
				subscribers(x)
				h := plug(t, x.Modem(Station{Number: "101", Dead: c.dead}, c.habits)).class1()
				if c.setup != "" {
					h.ok(c.setup)
				}
				d := elapsed(func() {
					h.cmd(c.dial)
					h.says(c.want)
				})
				if d != c.after {
					t.Errorf("%s after %v, want %v", c.want, d, c.after)
				}
				time.Sleep(2 * time.Second)
				h.cmd(c.dial)
				h.says(c.want) // everybody is on hook again
			})
		})
	}
}

func TestRinging(t *testing.T) {
	for _, c := range []struct {
		name   string
		caller Station
		habits Habits
		setup  string
		want   string
	}{
		{name: "plain", caller: Station{}, want: "\r\nRING\r\n\r\nRING\r\n"},
		{name: "caller id", caller: Station{Name: "OFFICE"}, setup: "AT+VCID=1",
			want: "\r\nRING\r\n\r\nDATE = 0101\r\n\r\nTIME = 0000\r\n\r\nNMBR = 101\r\n\r\nNAME = OFFICE\r\n\r\nRING\r\n"},
		{name: "no name, plain", caller: Station{}, setup: "AT#CID=1", habits: Habits{PlainCallerID: true},
			want: "\r\nRING\r\n\r\nDATE=0101\r\n\r\nTIME=0000\r\n\r\nNMBR=101\r\n\r\nRING\r\n"},
		{name: "withheld", caller: Station{Name: "OFFICE", Withheld: true}, setup: "AT+VCID=1",
			want: "\r\nRING\r\n\r\nDATE = 0101\r\n\r\nTIME = 0000\r\n\r\nNMBR = P\r\n\r\nNAME = P\r\n\r\nRING\r\n"},
		{name: "distinctive", setup: "AT+VDR=1", want: "\r\nRING\r\n\r\nDRON=20\r\n\r\nDROF=40\r\n\r\nRING\r\n"},
		{name: "numeric", setup: "ATV0", want: "2\r2\r"},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtual(t, Options{}, func(t *testing.T, x *Exchange) {
				c.caller.Number = "101"
				a := plug(t, x.Modem(c.caller, Habits{}))
				m := x.Modem(Station{Number: "102"}, c.habits)
				b := plug(t, m)
				b.ok("ATE0")
				if c.setup != "" {
					b.cmd(c.setup)
					time.Sleep(ms)
					b.discard()
				}
				a.cmd("ATD102")
				time.Sleep(7 * time.Second) // the second ring begins after 6.5 s
				b.got(c.want)
				a.write(' ') // the caller gives up in the middle of the second ring
				b.nothing(20 * time.Second)

				var bell []bool
				for len(m.Bell()) > 0 {
					bell = append(bell, <-m.Bell())
				}
				if want := []bool{true, false, true, false}; !slices.Equal(bell, want) {
					t.Errorf("the bell went %v, want %v", bell, want)
				}
			})
		})
	}
}

func TestCadence(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		s := x.Scripted(Station{Number: "101"})
		m := x.Modem(Station{Number: "102", Cadence: []time.Duration{400 * ms, 200 * ms, 400 * ms, 2 * time.Second}}, Habits{})
		go s.Dial("102")
		begun := time.Now()
		var at []time.Duration
		for range 6 {
			<-m.Bell()
			at = append(at, time.Since(begun))
		}
		want := []time.Duration{500 * ms, 900 * ms, 1100 * ms, 1500 * ms, 3500 * ms, 3900 * ms}
		if !slices.Equal(at, want) {
			t.Errorf("the bell changed at %v, want %v", at, want)
		}
	})
}

func TestGlare(t *testing.T) {
	t.Run("the bell rings already", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			a := plug(t, x.Modem(Station{Number: "101"}, Habits{})).class1()
			b := plug(t, x.Modem(Station{Number: "102"}, Habits{})).class1()
			a.cmd("ATD102")
			b.says("RING")
			b.cmd("ATD101")
			b.says("RING")
			b.cmd("ATA")
			b.says("CONNECT")
		})
	})
	t.Run("both dial", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			a := plug(t, x.Modem(Station{Number: "101"}, Habits{})).class1()
			b := plug(t, x.Modem(Station{Number: "102"}, Habits{})).class1()
			a.cmd("ATD102")
			time.Sleep(100 * ms)
			b.cmd("ATD101")
			b.says("RING")
			b.cmd("ATA")
			b.says("CONNECT")
			b.frame(frameDIS)
			a.says("CONNECT")
		})
	})
	t.Run("scripted", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			a, b := x.Scripted(Station{Number: "101"}), x.Scripted(Station{Number: "102"})
			go func() {
				time.Sleep(100 * ms)
				if err := b.Dial("101"); !errors.Is(err, ErrGlare) {
					t.Errorf("Dial returned %v, want ErrGlare", err)
				}
				if err := b.Answer(); err != nil {
					t.Error(err)
				}
			}()
			if err := a.Dial("102"); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestFarHangUp(t *testing.T) {
	t.Run("unnoticed", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			caller, called := identified(t, x, Habits{}, Habits{})
			caller.cmd("AT+FRH=3")
			called.ok("ATH")
			caller.nothing(time.Minute)
			caller.write(can)
			caller.says("OK")
			caller.cmd("AT+FTH=3")
			caller.says("CONNECT")
			caller.frame(frameDCN)
			caller.says("OK")
			caller.ok("ATH")
			caller.cmd("AT+FTH=3")
			caller.says("ERROR") // on hook
		})
	})
	t.Run("noticed", func(t *testing.T) {
		virtual(t, Options{Clears: true}, func(t *testing.T, x *Exchange) {
			caller, called := identified(t, x, Habits{}, Habits{})
			caller.cmd("AT+FRH=3")
			called.ok("ATH")
			caller.says("NO CARRIER")
			caller.cmd("AT+FRH=3")
			caller.says("ERROR")
		})
	})
	t.Run("in a burst", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			caller, called := pair(t, x, Habits{}, Habits{})
			called.frame(frameCSI)
			caller.says("CONNECT")
			called.port.Close()
			if f := caller.data(); len(f) > 0 {
				t.Errorf("got %x of a broken frame", f)
			}
			caller.says("NO CARRIER")
		})
	})
	t.Run("the line is taken away", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			caller, called := identified(t, x, Habits{}, Habits{})
			called.cmd("AT+FRM=96")
			caller.cmd("AT+FTM=96")
			caller.says("CONNECT")
			caller.write(make([]byte, 2000)...)
			called.says("CONNECT")
			time.Sleep(100 * ms)
			x.Drop("101")
			caller.says("NO CARRIER")
			called.data()
			called.says("NO CARRIER")
			x.Drop("101") // nothing happens
			x.Drop("999")
			if log := x.Log(); log[len(log)-1].Duration != 253*ms+100*ms {
				t.Errorf("the signal lasted %v", log[len(log)-1].Duration)
			}
		})
	})
	t.Run("while it rings", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			a := plug(t, x.Modem(Station{Number: "101"}, Habits{})).class1()
			m := x.Modem(Station{Number: "102"}, Habits{})
			b := plug(t, m).class1()
			a.cmd("ATD102")
			b.says("RING")
			x.Drop("102")
			a.says("NO CARRIER")
			b.nothing(time.Minute)
			b.cmd("ATA") // too late
			if d := elapsed(func() { b.says("NO CARRIER") }); d != 2*time.Second {
				t.Errorf("NO CARRIER after %v, want 2s", d)
			}
		})
	})
}

func TestPort(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		m := x.Modem(Station{Number: "101"}, Habits{})
		far := x.Scripted(Station{Number: "102"})
		h := plug(t, m)
		if _, err := m.Open(); !errors.Is(err, ErrInUse) {
			t.Errorf("a second Open returned %v, want ErrInUse", err)
		}
		if n, err := h.port.Read(nil); n != 0 || err != nil {
			t.Errorf("an empty Read returned %d, %v", n, err)
		}

		// Closing the port hangs up, and wakes whoever reads.
		h.ok("ATE0")
		h.ok("AT+FCLASS=1")
		h.cmd("ATD102")
		if err := far.Answer(); err != nil {
			t.Fatal(err)
		}
		if err := h.port.Close(); err != nil {
			t.Errorf("Close returned %v", err)
		}
		if err := h.port.Close(); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("a second Close returned %v", err)
		}
		if _, err := h.port.Write([]byte("AT")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("Write returned %v", err)
		}
		if _, err := far.Hear(time.Minute); !errors.Is(err, ErrHungUp) {
			t.Errorf("Hear returned %v, want ErrHungUp", err)
		}
		far.HangUp()

		// What it was set to remains, until the power fails.
		h = plug(t, m)
		h.cmd("AT+FCLASS?")
		if class := h.until("OK"); class != "1" {
			t.Errorf("class %q after opening again, want 1", class)
		}
		m.Unplug(io.ErrUnexpectedEOF)
		if _, err := h.port.Read(make([]byte, 1)); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("Read returned %v", err)
		}
		if _, err := m.Open(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("Open returned %v", err)
		}
		m.Plug()
		h = plug(t, m)
		h.cmd("AT+FCLASS?")
		if class := h.until("OK"); class != "AT+FCLASS?\r\r\n0" {
			t.Errorf("%q after power-up, want echo and class 0", class)
		}
	})
}

// Close ends everything that waits. That nothing is left behind, the bubble makes sure.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := New(Options{})
		a, b, c := x.Scripted(Station{Number: "1"}), x.Scripted(Station{Number: "2"}), x.Scripted(Station{Number: "3"})
		m := x.Modem(Station{Number: "4"}, Habits{})
		h := plug(t, m)
		errs := make(chan error, 5)
		go func() { errs <- a.Dial("4") }()
		go func() { errs <- b.Answer() }()
		go func() { errs <- c.Dial("2") }()
		go func() {
			for range m.Bell() {
			}
			errs <- ErrClosed
		}()
		time.Sleep(10 * time.Second)
		if err := <-errs; err != nil {
			t.Errorf("Answer returned %v", err)
		}
		if err := <-errs; err != nil {
			t.Errorf("Dial returned %v", err)
		}
		go func() {
			_, err := c.Hear(time.Hour)
			errs <- err
		}()
		go func() { errs <- b.Image(V29at9600, make([]byte, 1<<20)) }()
		time.Sleep(time.Second)
		x.Close()
		x.Close()
		for range 4 {
			if err := <-errs; !errors.Is(err, ErrClosed) && !errors.Is(err, ErrHungUp) {
				t.Errorf("got %v, want ErrClosed or ErrHungUp", err)
			}
		}
		synctest.Wait()
		if !errors.Is(h.err, ErrClosed) {
			t.Errorf("the reader got %v", h.err)
		}
		if _, err := m.Open(); !errors.Is(err, ErrClosed) {
			t.Errorf("Open returned %v", err)
		}
		for _, err := range []error{a.Dial("2"), a.Answer(), a.Burst(frameDCN)} {
			if err == nil {
				t.Error("a closed exchange puts calls through")
			}
		}
	})
}

func TestNumberTwice(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a number was given twice")
		}
	}()
	x := New(Options{})
	defer x.Close()
	x.Scripted(Station{Number: "1"})
	x.Modem(Station{Number: "1"}, Habits{})
}
