package board

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"faxbox/hal"
)

// wire is a line as periph's would be, with its traps: whoever steps into one fails the test.
type wire struct {
	t testing.TB

	mu      sync.Mutex
	output  bool
	input   bool
	edges   gpio.Edge
	level   gpio.Level
	err     error // of Out and In
	history []gpio.Level
	closed  int
	gone    bool

	edge chan struct{}
}

func newWire(t testing.TB) *wire { return &wire{t: t, edge: make(chan struct{}, 16)} }

func (w *wire) Out(l gpio.Level) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	w.output, w.level = true, l
	w.history = append(w.history, l)
	return nil
}

func (w *wire) In(_ gpio.Pull, e gpio.Edge) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	w.input, w.edges = true, e
	return nil
}

func (w *wire) Read() gpio.Level {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.output || !w.input {
		w.t.Error("a line that is no input was read: periph makes it one, and a relay falls")
	}
	return w.level
}

func (w *wire) WaitForEdge(timeout time.Duration) bool {
	if timeout <= 0 {
		w.t.Errorf("an edge is waited for %v: periph takes 0 for ever and a negative time for none", timeout)
	}
	w.mu.Lock()
	gone, ready := w.gone, w.input && w.edges == gpio.BothEdges
	w.mu.Unlock()
	if !ready {
		w.t.Error("an edge is waited for on a line without edges")
	}
	if gone {
		return false
	}
	select {
	case <-w.edge:
		return true
	case <-time.After(timeout):
		return false
	}
}

func (w *wire) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed++
}

// drive sets the level of an input.
func (w *wire) drive(l gpio.Level) {
	w.mu.Lock()
	w.level = l
	w.mu.Unlock()
	w.edge <- struct{}{}
}

func (w *wire) levels() []gpio.Level {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.history)
}

// boardOf is a board with one chip of these lines.
func boardOf(wires ...*wire) *Board {
	c := chip{label: "pinctrl-test"}
	for _, w := range wires {
		c.lines = append(c.lines, line{w, ""})
	}
	return newBoard([]chip{c})
}

func at(n int, low bool) hal.Line { return hal.Line{Chip: "pinctrl-test", Offset: n, ActiveLow: low} }

const (
	low  = gpio.Low
	high = gpio.High
)

func TestRelay(t *testing.T) {
	for _, c := range []struct {
		activeLow bool
		want      []gpio.Level
	}{
		{false, []gpio.Level{low, high, low, high, low}},
		{true, []gpio.Level{high, low, high, low, high}},
	} {
		w := newWire(t)
		b := boardOf(w)
		r, err := b.OpenRelay(at(0, c.activeLow), "line relay of Line 1")
		if err != nil {
			t.Fatal(err)
		}
		for _, drawn := range []bool{true, false, true} {
			if err := r.Set(drawn); err != nil {
				t.Error(err)
			}
		}
		if err := errors.Join(r.Close(), r.Close()); err != nil || w.closed != 1 {
			t.Errorf("closed %d times: %v", w.closed, err)
		}
		if got := w.levels(); !slices.Equal(got, c.want) {
			t.Errorf("active low %t: %v, want %v", c.activeLow, got, c.want)
		}
		if r.Set(true) == nil {
			t.Error("drawn after Close")
		}
		if again, err := b.OpenRelay(at(0, false), "again"); err != nil || again.Close() != nil {
			t.Errorf("the line was not given back: %v", err)
		}
	}
}

// What cannot be had is refused with the reason and the holder, and stays free.
func TestRefused(t *testing.T) {
	taken, broken := newWire(t), newWire(t)
	broken.err = syscall.EBUSY
	b := boardOf(taken, broken, newWire(t))
	r, err := b.OpenRelay(at(0, false), "line relay of Line 1")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, c := range []struct {
		line hal.Line
		want error
		says string
	}{
		{hal.Line{Chip: "pinctrl-bcm2835", Offset: 4}, ErrNoChip, "pinctrl-test"},
		{at(3, false), ErrNoLine, "0 to 2"},
		{at(-1, false), ErrNoLine, "0 to 2"},
		{at(0, true), ErrTaken, "line relay of Line 1"},
		{at(1, false), ErrTaken, ":1"},
	} {
		for _, open := range []func() error{
			func() error { _, err := b.OpenRelay(c.line, "power relay"); return err },
			func() error { _, err := b.OpenRingDetector(c.line, "power relay"); return err },
			func() error { _, err := b.OpenLight(c.line, "power relay"); return err },
			func() error { _, err := b.OpenButton(c.line, "power relay"); return err },
		} {
			if err := open(); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "power relay: ") {
				t.Errorf("%v: %v", c.line, err)
			}
		}
	}
	broken.err = nil
	if r, err := b.OpenRelay(at(1, false), "power relay"); err != nil || r.Close() != nil {
		t.Errorf("a line that could not be had once: %v", err)
	}
	if _, err := newBoard(nil).OpenRelay(at(0, false), "relay"); !errors.Is(err, ErrNoChip) || !strings.Contains(err.Error(), "no GPIO chip") {
		t.Errorf("a computer without GPIO: %v", err)
	}
}

func TestLines(t *testing.T) {
	b := newBoard([]chip{{label: "a", lines: []line{{newWire(t), "GPIO0"}, {newWire(t), ""}}}, {label: "b", lines: []line{{newWire(t), "LED"}}}})
	l, err := b.OpenLight(hal.Line{Chip: "b", ActiveLow: true}, "status light")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	want := []Info{{hal.Line{Chip: "a"}, "GPIO0", ""}, {hal.Line{Chip: "a", Offset: 1}, "", ""}, {hal.Line{Chip: "b"}, "LED", "status light"}}
	if got := b.Lines(); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// The detector hears a bell of 25 Hz through an opto-coupler, and nothing else; a listener that sleeps holds nobody up.
func TestRingDetector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t)
		w.level = high
		d, err := boardOf(w).OpenRingDetector(at(0, true), "ring detector of Line 1")
		if err != nil {
			t.Fatal(err)
		}
		ring := func() {
			for range 25 {
				w.drive(low)
				time.Sleep(15 * time.Millisecond)
				w.drive(high)
				time.Sleep(25 * time.Millisecond)
			}
		}
		var heard []time.Duration
		begin := time.Now()
		listening := make(chan struct{})
		go func() {
			defer close(listening)
			want := true
			for sounds := range d.Bell() {
				if sounds != want {
					t.Errorf("%t at %v", sounds, time.Since(begin))
				}
				want = !want
				heard = append(heard, time.Since(begin))
			}
		}()
		for range 2 {
			ring()
			time.Sleep(4 * time.Second)
		}
		w.drive(low) // a line reversal
		time.Sleep(50 * time.Millisecond)
		w.drive(high)
		time.Sleep(10 * time.Second)
		if err := errors.Join(d.Close(), d.Close()); err != nil {
			t.Error(err)
		}
		<-listening
		if len(heard) != 4 {
			t.Fatalf("the bell changes at %v", heard)
		}
		for n, want := range []time.Duration{0, time.Second, 5 * time.Second, 6 * time.Second} {
			if late := heard[n] - want; late < 50*time.Millisecond || late > 200*time.Millisecond {
				t.Errorf("change %d is %v late", n, late)
			}
		}
		if w.closed != 1 {
			t.Errorf("closed %d times", w.closed)
		}
	})
}

// Nobody listens for a while: what is told then is what is true.
func TestRingDetectorUnheard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t)
		d, err := boardOf(w).OpenRingDetector(at(0, false), "ring detector")
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for range 3 { // an envelope detector
			w.drive(high)
			time.Sleep(2 * time.Second)
			w.drive(low)
			time.Sleep(4 * time.Second)
		}
		if !<-d.Bell() || <-d.Bell() {
			t.Error("true and false do not come in turn")
		}
		select {
		case sounds := <-d.Bell():
			t.Errorf("%t for a bell that is silent", sounds)
		case <-time.After(time.Second):
		}
	})
}

// A chip that is pulled out ends the detector instead of keeping it busy.
func TestRingDetectorGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t)
		d, err := boardOf(w).OpenRingDetector(at(0, false), "ring detector")
		if err != nil {
			t.Fatal(err)
		}
		w.mu.Lock()
		w.gone = true
		w.mu.Unlock()
		if _, open := <-d.Bell(); open {
			t.Error("it rings")
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestLight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t)
		l, err := boardOf(w).OpenLight(at(0, false), "status light")
		if err != nil {
			t.Fatal(err)
		}
		show := func(s hal.Signal, d time.Duration, changes int) {
			t.Helper()
			before := len(w.levels())
			if err := l.Show(s); err != nil {
				t.Error(err)
			}
			time.Sleep(d)
			synctest.Wait()
			if got := len(w.levels()) - before; got != changes {
				t.Errorf("%v for %v: %d changes, want %d", s, d, got, changes)
			}
		}
		show(hal.Steady, time.Minute, 1)
		show(hal.Breathe, 9500*time.Millisecond, 10)
		show(hal.Breathe, time.Second, 1) // its rhythm goes on
		show(hal.Blink, 950*time.Millisecond, 10)
		show(hal.Dark, time.Minute, 1)
		if err := errors.Join(l.Close(), l.Close()); err != nil || w.closed != 1 {
			t.Errorf("closed %d times: %v", w.closed, err)
		}
		if last := w.levels(); last[len(last)-1] != low {
			t.Error("not dark")
		}
		if l.Show(hal.Steady) == nil {
			t.Error("shows after Close")
		}
	})
}

func TestButton(t *testing.T) {
	for _, activeLow := range []bool{false, true} {
		w := newWire(t)
		b, err := boardOf(w).OpenButton(at(0, activeLow), "button")
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range []gpio.Level{low, high} {
			w.level = l
			if down, err := b.Pressed(); err != nil || down != (bool(l) != activeLow) {
				t.Errorf("active low %t, level %v: %t, %v", activeLow, l, down, err)
			}
		}
		if err := b.Close(); err != nil || w.closed != 1 {
			t.Error(err)
		}
	}
}

// This computer may have GPIO chips or none; asking does no harm.
func TestOpen(t *testing.T) {
	b, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d lines", len(b.Lines()))
	if _, err := b.OpenRelay(hal.Line{Chip: "no such chip"}, "relay"); !errors.Is(err, ErrNoChip) {
		t.Error(err)
	}
}
