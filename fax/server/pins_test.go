package server

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
	"faxbox/fax/port"
	"faxbox/fax/raster"
	"faxbox/hal/haltest"
)

// bench is a board of stand-ins: a relay for each line that is asked for, and ring detectors that ring when told to.
type bench struct {
	mu        sync.Mutex
	held      map[string]string // what has each line
	relays    map[string]*haltest.Relay
	detectors map[string]*haltest.RingDetector
}

func newBench() *bench {
	return &bench{held: map[string]string{}, relays: map[string]*haltest.Relay{}, detectors: map[string]*haltest.RingDetector{}}
}

type switched struct{ *haltest.Relay }

// wire opens pins as cmd/faxbox does.
func (b *bench) wire(p fax.Port) (w port.Wiring, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var missing fax.Invalid
	var close []func()
	for _, pin := range p.Used() {
		line := pin.Address()
		if holder := b.held[line]; holder != "" {
			missing = append(missing, fax.FieldError{Field: pin.Field, Problem: "cannot be had: " + holder + " has it", Hint: "Choose another."})
			continue
		}
		b.held[line] = pin.What + " of " + p.Name
		close = append(close, func() { b.holds(line, "") })
		switch pin.Field {
		case "ringDetector":
			d := haltest.NewRingDetector()
			b.detectors[line], w.Bell = d, d.Bell()
			close = append(close, func() { d.Close() })
		case "lineRelay":
			r := &haltest.Relay{}
			b.relays[line], w.Line = r, switched{r}
			close = append(close, func() { r.Close() })
		}
	}
	w.Close = func() {
		for _, f := range slices.Backward(close) {
			f()
		}
	}
	if missing != nil {
		return w, missing
	}
	return w, nil
}

// holds gives a line to somebody; to nobody if who is empty.
func (b *bench) holds(line, who string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if delete(b.held, line); who != "" {
		b.held[line] = who
	}
}

// lines are those that somebody has.
func (b *bench) lines() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.held))
}

func (b *bench) relay(line string) *haltest.Relay {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.relays[line]
}

func (b *bench) detector(line string) *haltest.RingDetector {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.detectors[line]
}

// A pin is tried before it is kept: one that somebody has is refused with who that is, and what was there stays.
func TestPinsAreTried(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		board := newBench()
		b.wires = board.wire
		b.open()
		set := func(id fax.DeviceID, p fax.PortPatch) error { return second(b.UpdatePort(boss, id, p)) }
		if err := set(1, fax.PortPatch{LineRelay: patch("c:1"), RingDetector: patch("c:2")}); err != nil {
			t.Fatal(err)
		}
		b.ready()
		if !slices.Equal(board.lines(), []string{"c:1", "c:2"}) {
			t.Errorf("held: %v", board.lines())
		}
		if f := finding(b, "ports/1"); !f.OK || !strings.Contains(f.Sentence, "ring detector") {
			t.Errorf("it does not say whom it trusts: %+v", f)
		}
		board.holds("c:9", "the kernel")
		for _, c := range []struct {
			id     fax.DeviceID
			change fax.PortPatch
			why    string
		}{
			{1, fax.PortPatch{LineRelay: patch("c:9")}, "lineRelay cannot be had: the kernel has it"},
			{1, fax.PortPatch{Name: patch("Front"), RingDetector: patch("c:9,low")}, "the kernel has it"},
			{2, fax.PortPatch{LineRelay: patch("c:1")}, "is the line relay of Line 101"},
		} {
			if err := set(c.id, c.change); !isInvalid(err) || !strings.Contains(err.Error(), c.why) {
				t.Errorf("%+v: %v", c.change, err)
			}
		}
		b.ready()
		if p := must(b.Port(boss, 1)); p.LineRelay != "c:1" || p.RingDetector != "c:2" || p.Name != "Line 101" {
			t.Errorf("%+v", p)
		}
		if !slices.Equal(board.lines(), []string{"c:1", "c:2", "c:9"}) {
			t.Errorf("held: %v", board.lines())
		}
		// The two may change places, although both are held, and go to another port once they are free.
		if err := set(1, fax.PortPatch{LineRelay: patch("c:2"), RingDetector: patch("c:1")}); err != nil {
			t.Error(err)
		}
		b.ready()
		if err := set(1, fax.PortPatch{LineRelay: patch(""), RingDetector: patch("")}); err != nil {
			t.Error(err)
		}
		b.ready()
		if err := set(2, fax.PortPatch{LineRelay: patch("c:1")}); err != nil {
			t.Error(err)
		}
		b.ready()
		b.close()
		if !slices.Equal(board.lines(), []string{"c:9"}) {
			t.Errorf("held at the end: %v", board.lines())
		}
		board.holds("c:1", "somebody") // takes it while the box is off
		b.opening()
		b.wait("out of service", time.Minute, func() bool { return must(b.Status(2)).State == fax.Offline && b.line(2).running() != nil })
		if f := finding(b, "ports/2"); f.OK || !strings.Contains(f.Sentence, "somebody has it") || f.Hint != "Choose another." {
			t.Errorf("%+v", f)
		}
		board.holds("c:1", "")
		b.ready()
		if f := finding(b, "ports/2"); !f.OK {
			t.Errorf("%+v", f)
		}
	})
	inOffice(t, exchange.Options{}, func(b *office) { // a computer without GPIO lines
		b.open()
		if err := second(b.UpdatePort(boss, 1, fax.PortPatch{LineRelay: patch("c:1")})); !isInvalid(err) {
			t.Error(err)
		}
	})
}

// Pins that are changed during a call are changed after it. Until then the old ones are held, and may be taken back.
func TestPinsChangeAfterTheCall(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		board := newBench()
		b.wires = board.wire
		b.open()
		for _, line := range []string{"c:1", "c:2"} {
			if _, err := b.UpdatePort(boss, 1, fax.PortPatch{LineRelay: patch(line)}); err != nil {
				t.Fatal(err)
			}
			b.ready()
		}
		j := b.send("102", strip(1))
		b.wait("a page on the line", time.Minute, func() bool { return b.job(j.JobID).CurrentPage == 1 })
		for _, line := range []string{"c:3", "c:2", "c:4"} {
			if _, err := b.UpdatePort(boss, 1, fax.PortPatch{LineRelay: patch(line)}); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
		if !board.relay("c:2").Drawn() {
			t.Error("the call lost its relay")
		}
		b.until(j.JobID, fax.Finished, 3*time.Minute)
		b.ready()
		b.wait("wired anew", time.Minute, func() bool { return slices.Equal(board.lines(), []string{"c:4"}) })
		if r := board.relay("c:2"); r.Drawn() || !slices.Equal(r.History(), []bool{true, false}) {
			t.Errorf("the relay of the call: %v", r.History())
		}
	})
}

// A modem that cannot hear the bell answers by the ring detector; with both, the detector counts.
func TestRingDetector(t *testing.T) {
	for name, habits := range map[string]exchange.Habits{
		"both": {}, "the detector alone": {Spelling: map[string]string{"RING": "PLINK"}},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, exchange.Options{}, func(b *office) {
				board := newBench()
				b.wires = board.wire
				b.modems["114"] = b.exchange.Modem(exchange.Station{Number: "114"}, habits)
				b.lines = append(b.lines, "114")
				b.open()
				if _, err := b.UpdatePort(boss, 3, fax.PortPatch{RingDetector: patch("c:2"), LineRelay: patch("c:1"), Rings: patch(3)}); err != nil {
					t.Fatal(err)
				}
				b.ready()
				j := b.send("114", strip(1))
				b.wait("dialling", time.Minute, func() bool { return must(b.Status(1)).State == fax.Dialing })
				bell := b.modems["114"].Bell()
				detector := board.detector("c:2")
				go func() {
					for range bell { // each ring of the exchange is one of the detector's
						detector.Ring(time.Second)
						<-bell
					}
				}()
				defer detector.Close()
				b.until(j.JobID, fax.Finished, 5*time.Minute)
				b.ready()
				in := must(b.Calls(CallFilter{Direction: fax.In})).Items
				if len(in) != 1 || in[0].Rings != 3 || in[0].Result.Cause != fax.OK {
					t.Errorf("%+v", in)
				}
				if r := board.relay("c:1"); !slices.Equal(r.History(), []bool{true, false}) {
					t.Errorf("the line relay: %v", r.History())
				}
			})
		})
	}
}

// A modem that is pulled out while it receives: what came is kept, the cause is told, and plugged in again it is the same
// port with the same pins.
func TestUnplugWhileReceiving(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		board := newBench()
		b.wires = board.wire
		b.open()
		b.set(fax.ServerPatch{Retries: patch(0)})
		if _, err := b.UpdatePort(boss, 2, fax.PortPatch{LineRelay: patch("c:1")}); err != nil {
			t.Fatal(err)
		}
		b.ready()
		first := strip(1)
		j := b.send("102", first, strip(2), strip(3))
		b.wait("the second page", 3*time.Minute, func() bool { return b.job(j.JobID).CurrentPage == 2 })
		relay := board.relay("c:1")
		if !relay.Drawn() {
			t.Error("the call is not on the modem")
		}
		b.modems["102"].Unplug(errors.New("gone"))
		if err := b.RemovePort(2); err != nil {
			t.Fatal(err)
		}
		if relay.Drawn() || len(board.lines()) != 0 {
			t.Errorf("the telephone does not have its line back: %v", board.lines())
		}
		b.wait("a message", 3*time.Minute, func() bool { return len(b.messages()) == 1 })
		m := b.messages()[0]
		if !m.Partial || m.Result.Cause == fax.OK || m.Result.Sentence == "" || m.DeviceID != 2 || m.Pages == 0 {
			t.Errorf("%+v", m)
		}
		b.same(b.pages(m.ID)[:1], []*raster.Page{first})
		if j := b.until(j.JobID, fax.RetriesExceeded, 5*time.Minute); j.ConfirmedPages == 3 || j.Result.Cause == fax.OK {
			t.Errorf("%+v", j)
		}
		b.modems["102"].Plug()
		if id, err := b.AddPort(b.source("102")); err != nil || id != 2 {
			t.Fatalf("%d, %v", id, err)
		}
		b.ready()
		if !slices.Equal(board.lines(), []string{"c:1"}) {
			t.Errorf("held: %v", board.lines())
		}
		again := b.send("102", strip(4))
		b.until(again.JobID, fax.Finished, 3*time.Minute)
	})
}
