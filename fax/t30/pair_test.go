package t30

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/raster"
)

// Two calls joined by a line in virtual time: no modem, no goroutine, no waiting. Pages are made of lines with check sums,
// so that a sink can tell what it got without a codec.

// testLine is a scan line of the test's own coding: 32 octets with page, number and check sum.
func testLine(page, n int) []byte {
	r := rand.New(rand.NewPCG(uint64(byte(page)), uint64(n)))
	l := []byte{0xA5, byte(page), byte(n >> 8), byte(n)}
	for len(l) < 28 {
		l = append(l, byte(r.Uint32()))
	}
	sum := crc32.ChecksumIEEE(l)
	return append(l, byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24))
}

const lastLine = 0xFFFF // what stands for RTC and EOFB

type testDocument struct {
	lines  []int // of each page
	sizes  map[int]PageSize
	codes  []string
	starts map[int]bool
	fail   int // this page, counted from 1, cannot be coded
}

func (d *testDocument) Pages() int { return len(d.lines) }

func (d *testDocument) Page(n int) PageSize {
	if s, ok := d.sizes[n]; ok {
		return s
	}
	return PageSize{1728, 2286, raster.Fine}
}

func (d *testDocument) Starts(n int) bool { return d.starts[n] }

func (d *testDocument) Prepare(int, Format) {}

func (d *testDocument) Code(n int, f Format) ([]byte, error) {
	d.codes = append(d.codes, fmt.Sprintf("%d %s", n, f.Coding))
	if d.fail == n+1 {
		return nil, errors.New("unreadable")
	}
	return testPage(n, d.lines[n]), nil
}

var testPages sync.Map // of [2]int to []byte: they are asked for thousands of times

func testPage(n, lines int) []byte {
	if octets, ok := testPages.Load([2]int{n, lines}); ok {
		return octets.([]byte)
	}
	var octets []byte
	for i := range lines {
		octets = append(octets, testLine(n, i)...)
	}
	octets = slices.Clip(append(octets, testLine(n, lastLine)...))
	testPages.Store([2]int{n, lines}, octets)
	return octets
}

// testSink keeps what it is told to keep. A stored page is the list of its good lines.
type testSink struct {
	octets []byte
	kept   []keptPage
	since  int // octets without a line
	delay  int // how many times Keep's answer is not ready yet
	err    error
	begun  []Format
}

type keptPage struct {
	verdict Verdict
	page    int
	lines   int
	whole   bool
}

func (s *testSink) Begin(f Format) { s.octets = nil; s.begun = append(s.begun, f) }

func (s *testSink) Write(p []byte) (int, error) {
	s.octets = append(s.octets, p...)
	return len(p), nil
}

func (s *testSink) scan() (p keptPage, bad int) {
	seen := map[int]bool{}
	last := -1
	for i := 0; i+32 <= len(s.octets); i++ {
		if n := bytes.IndexByte(s.octets[i:], 0xA5); n < 0 || i+n+32 > len(s.octets) {
			break
		} else {
			i += n
		}
		l := s.octets[i : i+32]
		if l[0] != 0xA5 || binary.LittleEndian.Uint32(l[28:]) != crc32.ChecksumIEEE(l[:28]) {
			continue
		}
		n := int(l[2])<<8 | int(l[3])
		p.page = int(l[1])
		if n == lastLine {
			p.whole = true
		} else {
			seen[n] = true
			last = max(last, n)
		}
		i += 31
	}
	p.lines = len(seen)
	bad = last + 1 - len(seen)
	return p, bad
}

func (s *testSink) Ended() bool { p, _ := s.scan(); return p.whole }

func (s *testSink) Since() int { return s.since }

func (s *testSink) End() Copy {
	p, bad := s.scan()
	return Copy{Rows: p.lines + bad, BadRows: bad, LongestBad: bad, End: p.whole}
}

func (s *testSink) Keep(v Verdict) <-chan error {
	p, _ := s.scan()
	p.verdict = v
	if n := len(s.kept); n > 0 && v == Complete && s.kept[n-1].verdict == Poor {
		s.kept = s.kept[:n-1]
	}
	s.kept = append(s.kept, p)
	c := make(chan error, 1)
	if s.delay == 0 {
		c <- s.err
	}
	return c
}

func (s *testSink) String() string {
	var b strings.Builder
	for _, p := range s.kept {
		fmt.Fprintf(&b, "page %d lines %d whole %t verdict %d; ", p.page, p.lines, p.whole, p.verdict)
	}
	return b.String()
}

// station is one end of the pair.
type station struct {
	name     string
	call     *Call
	traced   *Traced // in place of call, if a trace is kept
	turn     Turn
	busy     time.Time // says until then
	since    time.Time // listens since then
	deadline time.Time
	over     time.Time
	ended    bool
}

func (s *station) start(now time.Time) Turn {
	if s.traced != nil {
		return s.traced.Start(now)
	}
	return s.call.Start(now)
}

func (s *station) next(now time.Time, h Heard) Turn {
	if s.traced != nil {
		return s.traced.Next(now, h)
	}
	return s.call.Next(now, h)
}

// said is a signal on the line.
type said struct {
	from       int
	start, end time.Time
	signal     Signal
	fate       fate
}

type fate uint8

const (
	arrives fate = iota
	lost
	garbled
)

// pair joins two stations.
type pair struct {
	t      testing.TB
	ends   [2]*station
	now    time.Time
	air    []*said
	log    strings.Builder
	fates  map[int]fate // by number of the signal, counted from 0
	silent bool         // the log is not kept
	octets []byte       // of the carrier that nextFor found
}

const turnRound = 75 * time.Millisecond

func newPair(t testing.TB, caller, called Config) *pair {
	called.Called = true
	rates := Modulations()
	for _, c := range []*Config{&caller, &called} {
		if c.TxRates == nil {
			c.TxRates, c.RxRates = rates, rates
		}
	}
	p := &pair{t: t, now: time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)}
	p.ends[0] = &station{name: "caller", call: NewCall(caller)}
	p.ends[1] = &station{name: "called", call: NewCall(called)}
	return p
}

func (s Signal) duration() time.Duration {
	if s.Image == NoImage {
		octets := 1
		for _, f := range s.Burst {
			octets += len(f) + 3
		}
		return time.Second + time.Duration(octets)*8*time.Second/300
	}
	train := map[family]time.Duration{v17: 1393, v29: 253, v27ter: 708, v27fallback: 943}[s.Rate.info().family] * time.Millisecond
	if s.Rate != s.Rate.Long() {
		train = 142 * time.Millisecond
	}
	return train + s.Rate.Duration(len(s.Octets))
}

// take lays out what a station is about to do.
func (p *pair) take(i int, t Turn) {
	s := p.ends[i]
	s.turn, s.busy = t, p.now
	for _, sig := range t.Say {
		start := s.busy.Add(turnRound)
		end := start.Add(sig.duration())
		n := len(p.air)
		p.air = append(p.air, &said{i, start, end, sig, p.fates[n]})
		s.busy = end
		if !p.silent {
			fmt.Fprintf(&p.log, "%8.2f %3d %s: %s%s\n", start.Sub(p.begin()).Seconds(), n, s.name, sig, [...]string{"", " LOST", " GARBLED"}[p.fates[n]])
		}
	}
	s.since = s.busy
	s.deadline = s.since.Add(t.For)
	if t.Listen == Nothing {
		s.ended, s.over = true, s.busy
	}
}

func (p *pair) begin() time.Time { return time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC) }

// run plays the call to its end.
func (p *pair) run() *pair {
	for i, s := range p.ends {
		p.take(i, s.start(p.now))
	}
	for steps := 0; !(p.ends[0].ended && p.ends[1].ended); steps++ {
		if steps > 5000 || p.now.Sub(p.begin()) > 2*time.Hour {
			p.t.Fatalf("the call does not end\n%s", p.log.String())
		}
		p.step()
	}
	return p
}

// step moves to the next moment at which a station is told something.
func (p *pair) step() {
	best, who, what := time.Time{}, -1, Heard{}
	for i, s := range p.ends {
		if s.ended {
			continue
		}
		at, h := p.nextFor(i)
		if who < 0 || at.Before(best) {
			best, who, what = at, i, h
		}
	}
	p.now = best
	s := p.ends[who]
	if what.Kind == Carrier {
		p.nextFor(who) // for its octets
		s.turn.Into.Write(p.octets)
	}
	if !p.silent && what.Kind != Frames && what.Kind != Carrier {
		fmt.Fprintf(&p.log, "%8.2f     %s hears %s\n", p.now.Sub(p.begin()).Seconds(), s.name, what)
	}
	p.take(who, s.next(p.now, what))
}

// nextFor is what station i hears next, as things stand, and when.
func (p *pair) nextFor(i int) (time.Time, Heard) {
	s := p.ends[i]
	if s.turn.Listen == Storage {
		select {
		case err := <-s.turn.Stored:
			c := make(chan error, 1)
			c <- err
			s.turn.Stored = c
			return s.since, Heard{Kind: Stored, Err: err}
		default:
			return s.deadline, Heard{}
		}
	}
	for _, a := range p.air {
		if a.from == i || a.fate == lost || !s.catches(a) {
			continue
		}
		h := Heard{Kind: Carrier, Waited: max(0, a.start.Sub(s.since))}
		switch {
		case a.signal.Image != NoImage:
			p.octets = a.signal.Octets
			if a.fate == garbled {
				p.octets = spoil(p.octets)
			}
			h.Octets = len(p.octets)
		case a.fate == garbled:
			h.Kind, h.Damaged = Frames, true
		default:
			h.Kind, h.Frames = Frames, a.signal.Burst
		}
		return a.end, h
	}
	return s.deadline, Heard{}
}

// catches tells whether the station listens in time, and with the right modem, to hear a signal.
func (s *station) catches(a *said) bool {
	if a.start.After(s.deadline) || a.end.Before(s.since) {
		return false
	}
	if a.signal.Image == NoImage {
		return !s.since.After(a.start.Add(900 * time.Millisecond))
	}
	if s.since.After(a.start.Add(50*time.Millisecond)) || s.turn.Rate != a.signal.Rate {
		return false
	}
	return s.turn.Listen == Training || s.turn.Listen == Page || s.turn.Listen == Block
}

// spoil destroys some of the octets, not all.
func spoil(p []byte) []byte {
	q := bytes.Clone(p)
	for i := len(q) / 4; i < len(q)/4+max(1, len(q)/20); i++ {
		q[i] ^= 0x55
	}
	return q
}

// sound reports what must hold of every call, however bad the line: no page is confirmed that was not received, whole with
// ECM and but for a tenth of its lines without.
func (p *pair) sound(doc *testDocument, from int, sink *testSink) bool {
	have := map[int]bool{}
	for _, k := range sink.kept {
		need := doc.lines[k.page]
		if !p.ends[from].call.Result().Mode.ECM {
			need -= need / 10
		}
		if k.whole && k.lines >= need && k.verdict == Complete {
			have[k.page] = true
		}
	}
	for n, page := range p.ends[from].call.Result().Pages {
		if page.Confirmed && !have[n] {
			return false
		}
	}
	return true
}

func (p *pair) result(i int) Result { return p.ends[i].call.Result() }

// scenario is a call with a document one way.
type scenario struct {
	name        string
	polled      bool // the called station sends
	ecm, small  bool
	pages       []int
	resolutions map[int]PageSize
}

func scenarios() []scenario {
	var all []scenario
	for _, polled := range []bool{false, true} {
		for _, ecm := range []bool{false, true} {
			for _, pages := range [][]int{{150}, {150, 150}, {150, 150, 150}, {150, 700}} {
				name := fmt.Sprintf("polled=%t/ecm=%t/pages=%d-%d", polled, ecm, len(pages), pages[len(pages)-1])
				// With frames of 64 octets the page of 700 lines takes two blocks.
				all = append(all, scenario{name: name, polled: polled, ecm: ecm, small: ecm && len(pages) == 2, pages: pages})
			}
		}
	}
	eom := map[int]PageSize{1: {2048, 2800, raster.Standard}}
	return append(all, scenario{name: "eom", ecm: true, pages: []int{150, 150}, resolutions: eom},
		scenario{name: "eom/ecm=false", pages: []int{150, 150}, resolutions: eom},
		scenario{name: "two blocks", ecm: true, pages: []int{2500}})
}

// play makes the call on a line that does this to signals, and checks it. A call that fails the check is made again, to be
// written down.
func (s scenario) play(t testing.TB, fates map[int]fate) (*pair, *testDocument, *testSink) {
	p, doc, sink := s.call(t, fates, true)
	if !p.sound(doc, s.sender(), sink) {
		p, _, _ := s.call(t, fates, false)
		t.Errorf("a page is confirmed, but the receiver has %s\n%s", sink, p.log.String())
	}
	return p, doc, sink
}

func (s scenario) call(t testing.TB, fates map[int]fate, silent bool) (*pair, *testDocument, *testSink) {
	doc, sink := &testDocument{lines: s.pages, sizes: s.resolutions}, &testSink{}
	caller := Config{Ident: "+49 30 100", ECM: s.ecm, SmallFrames: s.small}
	called := Config{Ident: "+49 30 200", ECM: s.ecm, SmallFrames: s.small && s.polled}
	if s.polled {
		caller.Poll, caller.Receive, called.Send = true, sink, doc
	} else {
		caller.Send, called.Receive = doc, sink
	}
	p := newPair(t, caller, called)
	p.fates, p.silent = fates, silent
	return p.run(), doc, sink
}

func (s scenario) sender() int { return btoi(s.polled) }

func TestCallsGoThrough(t *testing.T) {
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			p, doc, sink := s.call(t, nil, false)
			for i := range p.ends {
				if r := p.result(i); r.Cause != fax.OK {
					t.Errorf("%s: %s", p.ends[i].name, r.Cause)
				}
			}
			if got := p.result(s.sender()).Confirmed(); got != len(doc.lines) || len(sink.kept) != len(doc.lines) {
				t.Errorf("%d of %d pages confirmed, received: %s", got, len(doc.lines), sink)
			}
			if t.Failed() || testing.Verbose() {
				t.Log("\n" + p.log.String())
			}
		})
	}
}

// TestLosingEachSignal loses or garbles every signal of every scenario in turn.
func TestLosingEachSignal(t *testing.T) {
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			p, _, _ := s.play(t, nil)
			for n := range p.air {
				for _, f := range []fate{lost, garbled} {
					s.play(t, map[int]fate{n: f})
				}
			}
		})
	}
}

// TestLosingPairs loses or garbles every pair of signals of every scenario.
func TestLosingPairs(t *testing.T) {
	calls := 0
	for _, s := range scenarios() {
		p, _, _ := s.play(t, nil)
		for a := range p.air {
			for _, fa := range []fate{lost, garbled} {
				p, _, _ := s.play(t, map[int]fate{a: fa})
				for b := a + 1 + a%pairsStep; b < len(p.air); b += pairsStep {
					for _, fb := range []fate{lost, garbled} {
						s.play(t, map[int]fate{a: fa, b: fb})
						calls++
					}
				}
			}
			if t.Failed() {
				return
			}
		}
	}
	t.Logf("%d calls", calls)
}
