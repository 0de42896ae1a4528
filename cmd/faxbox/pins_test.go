package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax"
	"faxbox/hal"
	"faxbox/hal/board"
	"faxbox/hal/haltest"
)

// bench is a board with lines 0 to 9 of the chip "c", and stand-ins on them. The kernel has line 9.
type bench struct {
	mu     sync.Mutex
	held   map[int]string
	relays map[int]*haltest.Relay
	light  haltest.Light
	button haltest.Button
}

func newBench() *bench {
	return &bench{held: map[int]string{9: "the kernel"}, relays: map[int]*haltest.Relay{}}
}

func (b *bench) open() (gpio, error) { return b, nil }

func (b *bench) Lines() (all []board.Info) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for n := range 10 {
		all = append(all, board.Info{Line: hal.Line{Chip: "c", Offset: n}, Holder: b.held[n]})
	}
	return all
}

// take gives a line away; give gives it back.
func (b *bench) take(at hal.Line, what string) (give func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case at.Chip != "c" || at.Offset > 9:
		return nil, board.ErrNoChip
	case b.held[at.Offset] != "":
		return nil, errors.New(what + ": line " + at.String() + ": in use by " + b.held[at.Offset])
	}
	b.held[at.Offset] = what
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.held, at.Offset)
	}, nil
}

type benchRelay struct {
	*haltest.Relay
	give func()
}

func (r benchRelay) Close() error { r.give(); return r.Relay.Close() }

func (b *bench) OpenRelay(at hal.Line, what string) (hal.Relay, error) {
	give, err := b.take(at, what)
	if err != nil {
		return nil, err
	}
	r := &haltest.Relay{}
	b.relays[at.Offset] = r
	return benchRelay{r, give}, nil
}

type benchDetector struct {
	*haltest.RingDetector
	give func()
}

func (d benchDetector) Close() error { d.give(); return d.RingDetector.Close() }

func (b *bench) OpenRingDetector(at hal.Line, what string) (hal.RingDetector, error) {
	give, err := b.take(at, what)
	if err != nil {
		return nil, err
	}
	return benchDetector{haltest.NewRingDetector(), give}, nil
}

func (b *bench) OpenLight(at hal.Line, what string) (hal.Light, error) {
	_, err := b.take(at, what)
	return &b.light, err
}

func (b *bench) OpenButton(at hal.Line, what string) (hal.Button, error) {
	_, err := b.take(at, what)
	return &b.button, err
}

func (b *bench) holders() (list []string) {
	for _, l := range b.Lines() {
		if l.Holder != "" {
			list = append(list, l.Holder)
		}
	}
	return list
}

func portWith(id fax.DeviceID, pins fax.Pins) fax.Port {
	p := fax.NewPort(id, "usb")
	p.Pins = pins
	return p
}

func TestWire(t *testing.T) {
	b, dir := newBench(), t.TempDir()
	p := newPins(b.open, dir)
	relays := func() string {
		text, err := os.ReadFile(relaysIn(dir))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		return string(text)
	}
	w, err := p.wire(portWith(1, fax.Pins{LineRelay: "c:1,low", PowerRelay: "c:2", RingDetector: "c:3"}))
	if err != nil {
		t.Fatal(err)
	}
	if got := b.holders(); !slices.Equal(got, []string{"line relay of port 1", "power relay of port 1", "ring detector of port 1", "the kernel"}) {
		t.Errorf("%q", got)
	}
	if got := relays(); got != "c:1,low\nc:2\n" {
		t.Errorf("the file of relays: %q", got)
	}
	for _, on := range []bool{true, false} { // the relay of a modem's supply cuts it when drawn
		if err := errors.Join(w.Line.Set(on), w.Power.Set(on)); err != nil || b.relays[1].Drawn() != on || b.relays[2].Drawn() == on {
			t.Errorf("on %t: %v, line %t, power %t", on, err, b.relays[1].Drawn(), b.relays[2].Drawn())
		}
	}
	missing, err := p.wire(portWith(2, fax.Pins{LineRelay: "c:1", PowerRelay: "c:9", RingDetector: "c:4"}))
	var invalid fax.Invalid
	if !errors.As(err, &invalid) || len(invalid) != 2 || invalid[0].Field != "lineRelay" || invalid[0].Hint == "" ||
		invalid[0].Problem != "cannot be had: line c:1: in use by line relay of port 1" || missing.Bell == nil || missing.Line != nil {
		t.Errorf("%+v, %+v", err, missing)
	}
	missing.Close()
	if got := relays(); got != "c:1,low\nc:2\n" {
		t.Errorf("the file of relays: %q", got)
	}
	w.Close()
	if got := b.holders(); !slices.Equal(got, []string{"the kernel"}) || relays() != "" {
		t.Errorf("%q, %q", got, relays())
	}
	broken := newPins(func() (gpio, error) { return nil, errors.New("no access") }, dir)
	if _, err := broken.wire(portWith(1, fax.Pins{LineRelay: "c:1", RingDetector: "c:2"})); !errors.As(err, &invalid) || len(invalid) != 2 {
		t.Errorf("without a board: %v", err)
	}
	if _, err := broken.wire(portWith(1, fax.Pins{})); err != nil {
		t.Errorf("a bare modem: %v", err)
	}
}

// After a server was killed its relays are put to rest.
func TestRelaysAfterACrash(t *testing.T) {
	b, dir := newBench(), t.TempDir()
	w, err := newPins(b.open, dir).wire(portWith(1, fax.Pins{LineRelay: "c:1", PowerRelay: "c:2"}))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Line.Set(true); err != nil {
		t.Fatal(err)
	}
	b.held = map[int]string{} // the process is gone, and the relay as it was
	relays := func() *command {
		c := &command{}
		c.status = run(context.Background(), []string{"relays", "--data", dir}, console{out: &c.out, err: &c.err, board: b.open})
		return c
	}
	drawn := b.relays[1]
	if c := relays(); c.status != exitDone {
		t.Errorf("%v", c)
	}
	if b.relays[1] == drawn || b.relays[1].Drawn() || len(b.held) != 0 {
		t.Error("the relay was not put to rest")
	}
	if _, err := os.Stat(relaysIn(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if c := relays(); c.status != exitDone { // nothing is left to do
		t.Errorf("%v", c)
	}
	if err := os.WriteFile(relaysIn(dir), []byte("nonsense\nd:1\nc:3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c := relays(); c.status != exitFailed || b.relays[3] == nil {
		t.Errorf("one line in three can be had: %v", c)
	}
}

// What fax takes for a line, the board can read.
func TestPinsAreLines(t *testing.T) {
	for _, text := range []string{"pinctrl-bcm2835:17", "9030000.pl061:0,low", "a:b:65536", "x:0", "17", ":1", "a:", "a:-1", "a b:1", "a:1,low,low", "a:65537", "a:1,high"} {
		err := portWith(1, fax.Pins{LineRelay: text}).Check()
		if _, wrong := hal.ParseLine(text); (err == nil) != (wrong == nil) {
			t.Errorf("%q: %v, %v", text, err, wrong)
		}
	}
}

// A server on a board: its lines are listed, and a pin is set from the command line.
func TestGpio(t *testing.T) {
	dir, err := os.MkdirTemp("", "faxbox") // t.TempDir is too long a path for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	bench := newBench()
	b := &box{T: t, dir: dir, socket: filepath.Join(dir, "s"), status: make(chan int, 1), board: bench.open}
	b.start("--listen", "", "--light", "c:7", "--modem", "/nowhere/tty")
	c := b.faxbox("gpio", "--socket", b.socket)
	if lines := strings.Split(c.out.String(), "\n"); c.status != exitDone || len(lines) != 12 || !strings.Contains(lines[8], "status light") {
		t.Errorf("%v", c)
	}
	for set, want := range map[string]int{"lineRelay=c:1": exitDone, "lineRelay=c:9": exitFailed, "ringDetector=nonsense": exitFailed} {
		if c := b.faxbox("port", "set", "1", set, "--socket", b.socket); c.status != want {
			t.Errorf("%s: %v", set, c)
		}
	}
	if c := b.faxbox("port", "show", "1", "--socket", b.socket); !strings.Contains(c.out.String(), "c:1") {
		t.Errorf("%v", c)
	}
	b.end()
	if got := bench.light.Shows(); got != hal.Dark {
		t.Errorf("the light shows %v", got)
	}
}

// The light shows the most urgent thing.
func TestSignalOf(t *testing.T) {
	well, ill := []fax.Finding{{OK: true}}, []fax.Finding{{OK: true}, {}}
	idle, busy := []fax.Status{{State: fax.Available}}, []fax.Status{{}, {State: fax.Sending, CallID: 1}}
	for _, c := range []struct {
		health []fax.Finding
		lines  []fax.Status
		want   hal.Signal
	}{{well, idle, hal.Steady}, {well, busy, hal.Breathe}, {ill, idle, hal.Blink}, {ill, busy, hal.Blink}} {
		if got := signalOf(c.health, c.lines); got != c.want {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}

// The button is looked at before anything else, and the light says how long it was held.
func TestButton(t *testing.T) {
	for _, c := range []struct {
		hold  time.Duration
		want  hal.Hold
		shows hal.Signal
	}{
		{0, hal.NotHeld, hal.Steady}, {5 * time.Second, hal.NotHeld, hal.Steady},
		{15 * time.Second, hal.ForgetAdministrator, hal.Breathe}, {time.Minute, hal.FactoryErase, hal.Blink},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench()
			s := &service{pins: newPins(b.open, ""), log: slog.New(slog.DiscardHandler),
				front: front{Light: hal.Line{Chip: "c", Offset: 1}, Button: hal.Line{Chip: "c", Offset: 2}}}
			b.button.Press(c.hold > 0)
			time.AfterFunc(c.hold, func() { b.button.Press(false) })
			panel, hold := s.greet(t.Context())
			if hold != c.want || b.light.Shows() != c.shows {
				t.Errorf("held %v: %v, and the light shows %v", c.hold, hold, b.light.Shows())
			}
			panel.close()
			time.Sleep(2 * time.Minute)
		})
	}
	s := &service{pins: newPins(newBench().open, ""), log: slog.New(slog.DiscardHandler),
		front: front{Light: hal.Line{Chip: "c", Offset: 9}, Button: hal.Line{Chip: "d"}}}
	panel, hold := s.greet(t.Context()) // neither can be had
	if panel.show(hal.Blink); hold != hal.NotHeld {
		t.Error(hold)
	}
	panel.close()
}

// Everything is erased, also if the plug was pulled in the middle.
func TestErase(t *testing.T) {
	dir := t.TempDir()
	fill := func() {
		for _, name := range []string{"faxbox.db", "messages/1/fax.tiff", "tls/tls.key"} {
			path := filepath.Join(dir, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("x"), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
	}
	left := func() int {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	s := &service{data: dir, log: slog.New(slog.DiscardHandler)}
	fill()
	if err := s.eraseIf(false); err != nil || left() != 3 {
		t.Errorf("%v, %d are left", err, left())
	}
	if err := s.eraseIf(true); err != nil || left() != 0 {
		t.Errorf("%v, %d are left", err, left())
	}
	fill()
	if err := os.WriteFile(filepath.Join(dir, erasing), nil, 0o600); err != nil { // as the plug leaves it
		t.Fatal(err)
	}
	if err := s.eraseIf(false); err != nil || left() != 0 {
		t.Errorf("at the next start: %v, %d are left", err, left())
	}
}
