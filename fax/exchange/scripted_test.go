package exchange

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

func TestScripted(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		a, b := stations(t, x)
		done := make(chan bool)
		go func() {
			b.Play(Signal{Kind: Tone, Name: "CED", Duration: 2600 * ms})
			b.Burst(frameCSI, frameDIS)
			done <- true
		}()
		s := heard(t, a)
		<-done
		if s.Kind != Burst || len(s.Frames) != 2 || s.Frames[0][1] != 0x03 || s.Frames[1][1] != 0x13 || s.Gap != 75*ms {
			t.Errorf("heard %v", s)
		}
		if want := v21Time(300 + lineBits(frameCSI) + lineBits(frameDIS)); (s.Duration - want).Abs() > time.Microsecond {
			t.Errorf("it lasted %v, want %v", s.Duration, want)
		}

		// Signals wait until they are asked for, in order.
		a.Image(V17at14400Short, []byte("one"))
		a.Play(Signal{Kind: Burst, Frames: [][]byte{{0xFF, 0x03, 0xFB}, {0xFF, 0x03, 0xFB}}, Damaged: 2, Duration: 200 * ms})
		one, two := heard(t, b), heard(t, b)
		if string(one.Octets) != "one" || one.Modulation != V17at14400Short || one.N != 1 {
			t.Errorf("first %v", one)
		}
		if len(two.Frames) != 2 || two.Frames[0][1] != 0x03 || two.Damaged != 2 || two.Gap != 0 || two.N != 2 {
			t.Errorf("then %v", two)
		}
		if d := elapsed(func() {
			if _, err := b.Hear(3 * time.Second); err != ErrSilence {
				t.Errorf("Hear returned %v, want ErrSilence", err)
			}
		}); d != 3*time.Second {
			t.Errorf("silence took %v", d)
		}

		// A station that hangs up leaves what it has said.
		a.Burst(frameDCN)
		a.HangUp()
		if s := heard(t, b); !bytes.Equal(s.Frames[0], frameDCN) {
			t.Errorf("heard %v, want DCN", s)
		}
		if _, err := b.Hear(time.Hour); err != ErrHungUp {
			t.Errorf("Hear returned %v, want ErrHungUp", err)
		}
		if err := b.Burst(frameMCF); err != nil {
			t.Errorf("talking to nobody returned %v", err)
		}
		b.HangUp()
		if err := b.Burst(frameMCF); err != ErrHungUp {
			t.Errorf("talking on hook returned %v, want ErrHungUp", err)
		}
	})
}

func TestScriptedDial(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		a := x.Scripted(Station{Number: "1"})
		x.Behave(Station{Number: "2"}, Behaviour{Does: Busy})
		x.Behave(Station{Number: "3"}, Behaviour{Does: NoAnswer})
		x.Behave(Station{Number: "4"}, Behaviour{Does: Voice, For: 2 * time.Second})
		dead := x.Scripted(Station{Number: "5", Dead: true})
		for _, c := range []struct {
			from *Scripted
			to   string
			want error
		}{{a, "2", ErrBusy}, {a, "9", ErrNoNumber}, {a, "5", ErrNoNumber}, {dead, "1", ErrNoDialTone}} {
			if err := c.from.Dial(c.to); !errors.Is(err, c.want) {
				t.Errorf("Dial(%s) returned %v, want %v", c.to, err, c.want)
			}
		}
		go func() {
			time.Sleep(30 * time.Second)
			if err := a.Dial("4"); err != ErrBusy {
				t.Errorf("Dial off hook returned %v, want ErrBusy", err)
			}
			a.HangUp()
		}()
		if err := a.Dial("3"); err != ErrHungUp {
			t.Errorf("Dial returned %v, want ErrHungUp", err)
		}
		if err := a.Dial("4"); err != nil {
			t.Error(err)
		}
		if d := elapsed(func() {
			if _, err := a.Hear(time.Minute); err != ErrHungUp {
				t.Errorf("Hear returned %v, want ErrHungUp", err)
			}
		}); d != 2*time.Second {
			t.Errorf("the voice hung up after %v", d)
		}
		a.HangUp()
		if log := x.Log(); log[0].Name != "voice" || log[0].Duration != 2*time.Second {
			t.Errorf("log: %v", log)
		}
	})
}

// A signal breaks off when the line does.
func TestBrokenOff(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		a, b := stations(t, x)
		go func() {
			time.Sleep(2 * time.Second)
			x.Drop("1")
		}()
		if err := a.Image(V29at9600, make([]byte, 12000)); err != ErrHungUp {
			t.Errorf("Image returned %v, want ErrHungUp", err)
		}
		s := heard(t, b)
		if n := len(s.Octets); n < 1900 || n > 2010 {
			t.Errorf("%d octets", n)
		}
		if _, err := b.Hear(time.Second); err != ErrHungUp {
			t.Errorf("Hear returned %v, want ErrHungUp", err)
		}
	})
}

func TestSignalString(t *testing.T) {
	for _, c := range []struct {
		s    Signal
		want string
	}{
		{Signal{From: "101", Kind: Tone, Name: "CED", Duration: 2600 * ms}, "101 tone CED, 2600 ms after 0 ms"},
		{Signal{From: "101", Kind: Burst, Frames: [][]byte{frameMCF}, Damaged: 1, Duration: 1200 * ms, Gap: 75 * ms},
			"101 burst ff138c and 1 damaged, 1200 ms after 75 ms"},
		{Signal{From: "101", Kind: Image, Modulation: V29at9600, Octets: []byte{1}, Fate: Spoilt},
			"101 image V.29 9600, 1 octets, 0 ms after 0 ms, spoilt"},
		{Signal{From: "101", Kind: Image, Modulation: 1, Fate: Lost}, "101 image modulation 1, 0 octets, 0 ms after 0 ms, lost"},
	} {
		if got := c.s.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
