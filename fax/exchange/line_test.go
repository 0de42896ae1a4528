package exchange

import (
	"bytes"
	"fmt"
	"math/bits"
	"testing"
	"time"
)

func TestSpells(t *testing.T) {
	s := Spells{At: 10 * time.Second, For: time.Second, Every: 3 * time.Second}
	for _, c := range []struct {
		t, want time.Duration
		ok      bool
		s       Spells
	}{
		{0, 0, false, Spells{}},
		{0, 0, false, Spells{At: time.Second, Every: time.Second}},
		{0, 10 * time.Second, true, s},
		{10500 * ms, 10 * time.Second, true, s},
		{11 * time.Second, 13 * time.Second, true, s},
		{13 * time.Second, 13 * time.Second, true, s},
		{13999 * ms, 13 * time.Second, true, s},
		{14 * time.Second, 16 * time.Second, true, s},
		{10500 * ms, 10 * time.Second, true, Spells{At: 10 * time.Second, For: time.Second}},
		{11 * time.Second, 0, false, Spells{At: 10 * time.Second, For: time.Second}},
	} {
		if got, ok := c.s.next(c.t); ok != c.ok || ok && got != c.want {
			t.Errorf("%+v.next(%v) = %v, %v; want %v, %v", c.s, c.t, got, ok, c.want, c.ok)
		}
	}
	for _, c := range []struct {
		a, b time.Duration
		want bool
	}{
		{0, 10 * time.Second, false}, {0, 10001 * ms, true}, {10200 * ms, 10300 * ms, true}, {11 * time.Second, 13 * time.Second, false},
		{11 * time.Second, 13001 * ms, true},
	} {
		if got := s.overlap(c.a, c.b); got != c.want {
			t.Errorf("overlap(%v, %v) = %v", c.a, c.b, got)
		}
	}
}

// stations is a call between two scripted stations, 1 having dialled 2. Their line is set by l.
func stations(t *testing.T, x *Exchange) (a, b *Scripted) {
	t.Helper()
	a, b = x.Scripted(Station{Number: "1"}), x.Scripted(Station{Number: "2"})
	done := make(chan error)
	go func() { done <- b.Answer() }()
	if err := a.Dial("2"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return a, b
}

// heard is what b hears while a says something, and what a hears itself.
func heard(t *testing.T, b *Scripted) Signal {
	t.Helper()
	s, err := b.Hear(10 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLoss(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		a, b := stations(t, x)
		x.Impair("1", Line{Fate: Lose(2, 3)})
		for i, f := range [][]byte{frameDIS, frameCFR, frameMCF, frameDCN} {
			a.Burst(f)
			s, err := b.Hear(time.Second)
			if lost := i == 1 || i == 2; lost != (err == ErrSilence) {
				t.Errorf("signal %d: %v, %v", i+1, s, err)
			}
		}
		b.Burst(frameCFR) // the other way is not concerned
		heard(t, a)
	})
}

func TestSpoilt(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		a, far := answered(t, x, Habits{})
		x.Impair("102", Line{Fate: func(s Signal) Fate { return Spoilt }})
		a.cmd("AT+FRM=96")
		far.Image(V29at9600, make([]byte, 100))
		a.nothing(time.Second)
		a.write(can)
		a.says("OK")
		a.cmd("AT+FRH=3")
		go far.Burst(frameEOP)
		a.says("CONNECT")
		a.data()
		a.says("ERROR")
	})
}

func TestDelayAndEcho(t *testing.T) {
	virtual(t, Options{Line: Line{Delay: 300 * ms, Echo: 40 * ms}}, func(t *testing.T, x *Exchange) {
		a, b := stations(t, x)
		begun := time.Now().Add(75 * ms)
		go a.Burst(frameDIS)
		echo := heard(t, a)
		if echo.From != "1" || echo.Start.Sub(begun) != 40*ms {
			t.Errorf("echo: %v from %s after %v", echo, echo.From, echo.Start.Sub(begun))
		}
		s := heard(t, b)
		if len(s.Frames) != 1 || s.Start.Sub(begun) != 300*ms {
			t.Errorf("heard %v after %v", s, s.Start.Sub(begun))
		}
	})
}

func TestCut(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		a, far := answered(t, x, Habits{})
		x.Impair("102", Line{Cut: 5 * time.Second})
		a.cmd("AT+FRM=96")
		begun := time.Now()
		go far.Image(V29at9600, make([]byte, 10000))
		a.says("CONNECT")
		n := len(a.data())
		a.says("NO CARRIER")
		left := 5*time.Second - cngOn - 75*ms - v21Time(300+lineBits(frameDIS)) // the station waits for the end of CNG
		if d := time.Since(begun); d != left+carrierLoss {
			t.Errorf("NO CARRIER after %v, want %v", d, left+carrierLoss)
		}
		if most := int((left - 75*ms - 253*ms) * 1200 / time.Second); n > most || n < most-60 {
			t.Errorf("%d octets, want %d or a chunk less", n, most)
		}
		a.cmd("AT+FRH=3")
		far.Burst(frameEOP)
		a.nothing(time.Minute)
		a.write(can)
		a.says("OK")
		a.cmd("AT+FTH=3") // the other way still works
		a.says("CONNECT")
		a.frame(frameDCN)
		a.says("OK")
		if s, err := far.Hear(time.Second); err != nil || len(s.Frames) != 1 {
			t.Errorf("heard %v, %v", s, err)
		}
	})
}

func TestNoise(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		a, b := stations(t, x)
		x.Impair("1", Line{Noise: Spells{At: time.Second, For: 100 * ms, Every: time.Second}, Seed: 1})
		go a.Image(V29at9600, make([]byte, 2400))
		s := heard(t, b)
		if len(s.Octets) != 2400 {
			t.Fatalf("%d octets", len(s.Octets))
		}
		// Octet i goes from 75 + 253 ms + i/1200 s on, after the answer.
		for i, octet := range s.Octets {
			from := 328*ms + (carrier{rate: 9600}).time(i)
			quiet := from%time.Second > 100*ms && from%time.Second < 999*ms || from < time.Second-ms
			if quiet && octet != 0 {
				t.Fatalf("octet %d at %v is %#x", i, from, octet)
			}
		}
		if wrong := 2400 - bytes.Count(s.Octets, []byte{0}); wrong < 200 || wrong > 245 {
			t.Errorf("%d octets of noise, want some 240", wrong)
		}
		go a.Burst(frameCSI, frameDIS) // CSI meets a burst of noise in its 0.7 s
		if s := heard(t, b); s.Damaged == 0 {
			t.Errorf("heard %v, want damage", s)
		}
	})
}

// A drop-out shorter than the modem's patience costs octets, a longer one the page.
func TestDropout(t *testing.T) {
	for _, c := range []struct {
		name  string
		away  time.Duration
		setup string
		lost  bool
	}{
		{"15 ms", 15 * ms, "AT", false},
		{"25 ms", 25 * ms, "AT", true},
		{"25 ms with +FCL", 25 * ms, "AT+FCL=10", false},
		{"900 ms with +FCL", 900 * ms, "AT+FCL=10", false},
		{"1.1 s with +FCL", 1100 * ms, "AT+FCL=10", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtual(t, Options{}, func(t *testing.T, x *Exchange) {
				a, far := answered(t, x, Habits{})
				a.ok(c.setup)
				x.Impair("102", Line{Dropout: Spells{At: 3 * time.Second, For: c.away}})
				a.cmd("AT+FRM=96")
				go far.Image(V29at9600, make([]byte, 4800))
				a.says("CONNECT")
				got := a.data()
				a.says("NO CARRIER")
				if lost := len(got) < 4800; lost != c.lost {
					t.Errorf("%d octets, lost %v, want %v", len(got), lost, c.lost)
				}
				hurt := len(got) - bytes.Count(got, []byte{0})
				if most := int(c.away*1200/time.Second) + 2; !c.lost && (hurt == 0 || hurt > most) {
					t.Errorf("%d octets hurt, want 1 to %d", hurt, most)
				}
			})
		})
	}
}

// A burst comes back after a drop-out: its next frame is heard.
func TestDropoutInBurst(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		a, far := answered(t, x, Habits{})
		x.Impair("102", Line{Dropout: Spells{At: 3200 * ms, For: 100 * ms}}) // within CSI
		a.cmd("AT+FRH=3")
		go far.Burst(frameCSI, frameDIS)
		a.says("CONNECT")
		a.data()
		a.says("NO CARRIER")
		if f := a.hears(); !bytes.Equal(f, frameDIS) {
			t.Errorf("got %x, want DIS", f)
		}
	})
}

func TestBitErrors(t *testing.T) {
	page := make([]byte, 20000)
	errors := func(seed uint64) (wrong []int) {
		virtual(t, Options{Line: Line{ImageErrors: 1e-3, Seed: seed}}, func(t *testing.T, x *Exchange) {
			a, b := stations(t, x)
			go a.Image(V17at14400, page)
			s, err := b.Hear(time.Minute)
			if err != nil || len(s.Octets) != len(page) {
				t.Fatalf("heard %v, %v", s, err)
			}
			for i, octet := range s.Octets {
				for range bits.OnesCount8(octet) {
					wrong = append(wrong, i)
				}
			}
		})
		return wrong
	}
	one, again, two := errors(1), errors(1), errors(2)
	if len(one) < 120 || len(one) > 200 {
		t.Errorf("%d bits of 160000 wrong, want some 160", len(one))
	}
	if fmt.Sprint(one) != fmt.Sprint(again) {
		t.Error("the same seed gives other errors")
	}
	if fmt.Sprint(one) == fmt.Sprint(two) {
		t.Error("another seed gives the same errors")
	}
}

func TestFrameErrors(t *testing.T) {
	virtual(t, Options{Line: Line{FrameErrors: 0.01, Seed: 7}}, func(t *testing.T, x *Exchange) {
		a, b := stations(t, x)
		good, bad := 0, 0
		for range 100 {
			go a.Burst(frameMCF)
			s := heard(t, b)
			good, bad = good+len(s.Frames), bad+s.Damaged
		}
		// 40 bits survive in 67 of 100 frames.
		if good+bad != 100 || good < 55 || good > 80 {
			t.Errorf("%d good and %d bad frames, want some 67 and 33", good, bad)
		}
	})
}

func TestFalseStart(t *testing.T) {
	for _, m := range []Modulation{V29at9600, V17at14400, V27ter2400} {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			a, far := answered(t, x, Habits{})
			x.Impair("102", Line{FalseStart: 100 * ms})
			a.cmd("AT+FRM=" + itoa(m))
			go far.Image(m, []byte("page"))
			a.says("CONNECT")
			if b := a.data(); len(b) > 0 {
				t.Errorf("%v: got %q of a false carrier", m, b)
			}
			a.says("NO CARRIER")
			a.cmd("AT+FRM=" + itoa(m))
			a.says("CONNECT")
			if b := a.data(); string(b) != "page" {
				t.Errorf("%v: got %q", m, b)
			}
			a.says("NO CARRIER")
		})
	}
}

func TestSkew(t *testing.T) {
	for skew := range 8 {
		virtual(t, Options{Line: Line{Skew: skew}}, func(t *testing.T, x *Exchange) {
			a, b := stations(t, x)
			go a.Image(V17at7200, bytes.Repeat([]byte{0x00, 0xF1}, 100)) // more than a chunk
			s := heard(t, b)
			want := uint16(0xFF00)
			for i, octet := range s.Octets {
				sent := byte(0x00)
				if i%2 == 1 {
					sent = 0xF1
				}
				want = want>>8 | uint16(sent)<<8 // the line, oldest bit least significant
				if got := byte(want >> (8 - skew)); octet != got {
					t.Fatalf("skew %d: octet %d is %08b, want %08b", skew, i, octet, got)
				}
			}
		})
	}
}

// Impair during a call concerns what comes after it.
func TestImpairInMidCall(t *testing.T) {
	virtual(t, Options{Line: Line{Dropout: Spells{At: ms, For: time.Hour}}}, func(t *testing.T, x *Exchange) {
		a, b := stations(t, x)
		time.Sleep(time.Second)
		a.Burst(frameMCF)
		if s, err := b.Hear(time.Second); err != ErrSilence {
			t.Errorf("heard %v, %v through a drop-out", s, err)
		}
		x.Impair("1", Line{})
		x.Impair("9", Line{})
		go a.Burst(frameMCF)
		if s := heard(t, b); len(s.Frames) != 1 {
			t.Errorf("heard %v", s)
		}
	})
}

// A delay that becomes shorter does not let a signal overtake itself.
func TestShorterDelay(t *testing.T) {
	virtual(t, Options{Line: Line{Delay: 500 * ms}}, func(t *testing.T, x *Exchange) {
		a, b := stations(t, x)
		go func() {
			time.Sleep(time.Second)
			x.Impair("1", Line{})
		}()
		page := make([]byte, 1200)
		for i := range page {
			page[i] = byte(i)
		}
		go a.Image(V29at9600, page)
		if s := heard(t, b); !bytes.Equal(s.Octets, page) {
			t.Errorf("heard %v", s)
		}
	})
}

// When both ends are on hook nothing is planned any more, however bad the line was.
func TestNothingLeftPlanned(t *testing.T) {
	bad := Line{
		Delay: 50 * ms, Echo: 20 * ms, Cut: time.Hour, FalseStart: 100 * ms, FrameErrors: 1e-3, ImageErrors: 1e-3,
		Noise: Spells{At: time.Second, For: 10 * ms, Every: time.Second}, Dropout: Spells{At: time.Second, For: 10 * ms, Every: time.Second},
	}
	virtual(t, Options{Line: bad}, func(t *testing.T, x *Exchange) {
		caller, called := pair(t, x, Habits{}, Habits{})
		called.frame(frameDIS)
		caller.write(' ')
		caller.says("NO CARRIER")
		time.Sleep(10 * time.Second)
		called.until("OK")
		called.ok("ATH")
		time.Sleep(time.Second)
		x.mu.Lock()
		defer x.mu.Unlock()
		if n := len(x.clock.queue); n > 0 {
			t.Errorf("%d events are planned", n)
		}
	})
}
