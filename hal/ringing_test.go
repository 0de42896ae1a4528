package hal

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const ms = time.Millisecond

// change is a level of the detector's line from a moment on.
type change struct {
	at     time.Duration
	active bool
}

// wiring is a kind of ring detector.
type wiring string

const (
	half     wiring = "one pulse a period"
	full     wiring = "two pulses a period"
	envelope wiring = "envelope"
)

// train is what a detector makes of a cadence: sound, pause, sound, ... Edges come up to jitter late.
func train(w wiring, hertz float64, cadence []time.Duration, jitter time.Duration, random *rand.Rand) (line []change, ends time.Duration) {
	at := time.Duration(0)
	late := func() time.Duration {
		if jitter == 0 {
			return 0
		}
		return time.Duration(random.Int64N(int64(jitter)))
	}
	for n, part := range cadence {
		if n%2 == 0 {
			line = append(line, sound(w, hertz, at, at+part, late)...)
		}
		at += part
	}
	return line, at
}

func sound(w wiring, hertz float64, from, to time.Duration, late func() time.Duration) (line []change) {
	if w == envelope {
		return []change{{from + late(), true}, {to + late(), false}}
	}
	period := time.Duration(float64(time.Second) / hertz)
	if w == full {
		period /= 2
	}
	for at := from; at+period*2/5 <= to; at += period {
		line = append(line, change{at + late(), true}, change{at + period*2/5 + late(), false})
	}
	return line
}

// run plays a line into a Ringing and yields when the bell begins and ceases to sound. Due is obeyed.
func run(line []change, until time.Duration) (bell []time.Duration) {
	var r Ringing
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	note := func(changed bool, at time.Duration) {
		if changed {
			bell = append(bell, at)
		}
	}
	tick := func(until time.Duration) {
		for due := r.Due(); !due.IsZero() && due.Sub(begin) < until; due = r.Due() {
			note(r.Tick(due), due.Sub(begin))
		}
	}
	for _, c := range line {
		tick(c.at)
		note(r.Level(c.active, begin.Add(c.at)), c.at)
	}
	tick(until)
	return bell
}

// cadences are those of networks: sound, pause, ... of two rings.
var cadences = []struct {
	name  string
	parts []time.Duration
}{
	{"North America", []time.Duration{2000 * ms, 4000 * ms, 2000 * ms, 4000 * ms}},
	{"United Kingdom", []time.Duration{400 * ms, 200 * ms, 400 * ms, 2000 * ms, 400 * ms, 200 * ms, 400 * ms, 2000 * ms}},
	{"Germany", []time.Duration{1000 * ms, 4000 * ms, 1000 * ms, 4000 * ms}},
	{"France", []time.Duration{1500 * ms, 3500 * ms, 1500 * ms, 3500 * ms}},
	{"Japan", []time.Duration{1000 * ms, 2000 * ms, 1000 * ms, 2000 * ms}},
	{"distinctive B", []time.Duration{800 * ms, 400 * ms, 800 * ms, 4000 * ms}},
	{"distinctive C", []time.Duration{400 * ms, 200 * ms, 400 * ms, 200 * ms, 800 * ms, 4000 * ms}},
	{"distinctive D", []time.Duration{300 * ms, 200 * ms, 1000 * ms, 200 * ms, 300 * ms, 4000 * ms}},
}

// What the detector tells lasts as long as what sounded, on every wiring, at every frequency of a bell.
func TestCadences(t *testing.T) {
	random := rand.New(rand.NewPCG(15, 68))
	for _, c := range cadences {
		for _, w := range []wiring{half, full, envelope} {
			for _, hertz := range []float64{15.3, 16.7, 20, 25, 30, 50, 68} {
				t.Run(fmt.Sprintf("%s/%s/%v Hz", c.name, w, hertz), func(t *testing.T) {
					line, ends := train(w, hertz, c.parts, ms, random)
					checkCadence(t, run(line, ends), c.parts)
				})
			}
		}
	}
}

// checkCadence compares edges of the bell with a cadence: as many, each part within 130 ms, begun at most 220 ms late.
func checkCadence(t *testing.T, bell, cadence []time.Duration) {
	t.Helper()
	if len(bell) != len(cadence) {
		t.Fatalf("the bell changes at %v; it should %d times", bell, len(cadence))
	}
	if late := bell[0]; late > 220*ms {
		t.Errorf("begins %v late", late)
	}
	for n, part := range cadence[:len(cadence)-1] {
		if got := bell[n+1] - bell[n]; (got - part).Abs() > 130*ms {
			t.Errorf("part %d lasts %v instead of %v", n, got, part)
		}
	}
}

// What reaches the line and is no ring.
func TestNoRing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pulses := func(n int, period, length time.Duration) (line []change) {
		for i := range n {
			at := time.Duration(i) * period
			line = append(line, change{at, true}, change{at + length, false})
		}
		return line
	}
	var dial []change
	for _, digit := range []int{1, 5, 10, 3} {
		for _, c := range pulses(digit, 100*ms, 60*ms) {
			dial = append(dial, change{c.at + time.Duration(len(dial))*100*ms, c.active})
		}
	}
	slices.SortFunc(dial, func(a, b change) int { return int(a.at - b.at) })
	for _, c := range []struct {
		name string
		line []change
	}{
		{"line reversal", pulses(1, 0, 60*ms)},
		{"two line reversals", pulses(2, 300*ms, 60*ms)},
		{"a receiver lifted", pulses(3, 30*ms, 10*ms)},
		{"a dial", pulses(10, 100*ms, 60*ms)},
		{"a fast dial", pulses(10, 83*ms, 50*ms)}, // 12 a second
		{"crackle", crackle(random, 4*ms)},
	} {
		if bell := run(c.line, time.Minute); len(bell) > 0 {
			t.Errorf("%s: the bell changes at %v", c.name, bell)
		}
	}
}

// crackle is half a minute of spikes that come when they like, a mean time apart, too short and too dense for a bell.
func crackle(random *rand.Rand, mean time.Duration) (line []change) {
	for at := time.Duration(0); at < 30*time.Second; {
		line = append(line, change{at, true}, change{at + ms, false})
		at += ms + time.Duration(random.ExpFloat64()*float64(mean))
	}
	return line
}

// Whatever comes, true and false alternate, Due is later than now, and a line that is at rest falls silent.
func FuzzRinging(f *testing.F) {
	f.Add([]byte{50, 1, 50, 1, 50, 1, 50, 1, 50, 1})
	f.Add([]byte{255, 255, 0, 0, 1})
	f.Fuzz(func(t *testing.T, gaps []byte) {
		var r Ringing
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		sounds, level := false, false
		note := func(changed bool) {
			if changed == (sounds == r.Sounds()) {
				t.Fatal("a change that is none, or one that was not told")
			}
			sounds = r.Sounds()
		}
		for _, g := range gaps {
			now = now.Add(time.Duration(g) * ms)
			level = !level
			note(r.Level(level, now))
			if due := r.Due(); !due.IsZero() && !due.After(now) {
				t.Fatalf("due at %v, which is past", due)
			}
		}
		note(r.Level(false, now.Add(ms)))
		note(r.Tick(now.Add(ms + 3*settle))) // late is 240 ms at most: three periods
		if r.Sounds() || !r.Due().IsZero() {
			t.Fatal("a line at rest sounds")
		}
	})
}

func TestLine(t *testing.T) {
	for _, c := range []struct {
		text string
		want Line
	}{
		{"pinctrl-bcm2835:17", Line{"pinctrl-bcm2835", 17, false}},
		{"9030000.pl061:0,low", Line{"9030000.pl061", 0, true}},
		{"a:b:3", Line{"a:b", 3, false}},
	} {
		got, err := ParseLine(c.text)
		if err != nil || got != c.want || got.String() != c.text {
			t.Errorf("%q: %+v, %v", c.text, got, err)
		}
	}
	for _, text := range []string{"", "17", ":17", "chip:", "chip:-1", "chip:x", "chip:99999", "chip:1,high", "ch ip:1", "chip:1,low,low", "c\n:1"} {
		if got, err := ParseLine(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
	var l Line
	if text, err := l.MarshalText(); err != nil || len(text) > 0 || l.UnmarshalText(nil) != nil {
		t.Errorf("no line: %q, %v", text, err)
	}
}
