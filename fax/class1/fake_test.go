package class1

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax/at"
	"faxbox/fax/t30"
	"faxbox/fax/trace"
)

// fake is a modem that follows a script, one step a line:
//
//	> AT+FRH=3      wait for this command line
//	> CAN           wait for that character
//	> END           wait for DLE ETX
//	> frame ff13fa  wait for this frame, shielded, with its end mark
//	> octets 2700   wait for so many octets, shielded, with their end mark; without a number, for any
//	< OK            say a line
//	< frame ff1384  say a frame with its FCS and end mark
//	< bad ff1384    the same with a wrong FCS
//	< bare ff1384   the same without FCS
//	< raw 0d0a      say these octets as they are
//	< zeros 2700    say so many zeros, shielding and end mark being a raw 1003
//	. 200ms         wait
//
// Before a script, and when it is over, it answers from its map, and OK to what is not there.
type fake struct {
	t       *testing.T
	port    net.Conn // the modem's end
	in      chan byte
	scripts chan []string
	answers map[string]string // lines parted by "\n", the last one the result; "" for no answer
	steps   []string          // what is left of the script, and what was seen: the fake's own until synctest.Wait
	seen    []seen
	mangle  func(string) string // of every line said
	dropped int                 // how often DTR fell
	cleared int                 // how often what was not sent yet was discarded
}

// seen is something the fake got, and when.
type seen struct {
	at   time.Time
	what string
}

// ordinary is how an unremarkable modem answers.
func ordinary() map[string]string {
	return map[string]string{
		"ATI0": "56000\nOK", "ATI3": "Modem 3\nOK",
		"AT+FMI?": "Maker\nOK", "AT+FMM?": "Model\nOK", "AT+FMR?": "1.0\nOK",
		"AT+FCLASS=?": "0,1,1.0\nOK",
		"AT+FTM=?":    "24,48,72,73,74,96,97,98,121,122,145,146\nOK",
		"AT+FRM=?":    "24,48,72,73,74,96,97,98,121,122,145,146\nOK",
		"AT+FTH=?":    "3\nOK", "AT+FRH=?": "3\nOK", "AT+FAR=?": "(0,1)\nOK", "AT+VCID=?": "(0,1)\nOK",
		"AT+F34=?": "ERROR", "AT+VDR=?": "ERROR", "AT#CID=?": "ERROR",
	}
}

// serve begins in the bubble of the test.
func (f *fake) serve() {
	go func() {
		defer close(f.in)
		for b := make([]byte, 1); ; {
			if _, err := f.port.Read(b); err != nil {
				return
			}
			f.in <- b[0]
		}
	}()
	go func() {
		for {
			if len(f.steps) == 0 {
				if !f.answer() {
					return
				}
				continue
			}
			step := f.steps[0]
			f.steps = f.steps[1:]
			if !f.play(step) {
				return
			}
		}
	}()
}

// answer waits for one command and answers it from the map, unless a script begins in the meantime.
func (f *fake) answer() bool {
	select {
	case f.steps = <-f.scripts:
		return true
	case b, ok := <-f.in:
		if !ok {
			return false
		}
		what := f.unit(b)
		text, known := f.answers[what]
		switch {
		case known && text == "":
			return true
		case !known && !strings.HasPrefix(what, "AT"):
			return true // what comes to a modem that is doing nothing
		case !known:
			text = "OK"
		}
		for line := range strings.SplitSeq(text, "\n") {
			f.say(line)
		}
		return true
	}
}

// unit takes a command line or one of the characters that stand for themselves; b is its first octet.
func (f *fake) unit(b byte) string {
	var line []byte
	for ok := true; ok; b, ok = <-f.in {
		switch {
		case b == at.CAN:
			return f.got("CAN")
		case b == 0x10:
			<-f.in
			return f.got("END")
		case b == '\r':
			return f.got(string(line[max(0, bytes.Index(line, []byte("AT"))):])) // what stands before AT means nothing
		}
		line = append(line, b)
	}
	return ""
}

func (f *fake) got(what string) string {
	f.seen = append(f.seen, seen{time.Now(), what})
	return what
}

func (f *fake) say(line string) {
	if f.mangle != nil {
		line = f.mangle(line)
	}
	f.raw([]byte("\r\n" + line + "\r\n"))
}

func (f *fake) raw(p []byte) {
	f.port.Write(p) // an error means that the modem was closed, which the test sees
}

// play does one step. It is false when the port was closed.
func (f *fake) play(step string) bool {
	what, rest, _ := strings.Cut(step, " ")
	verb, arg, _ := strings.Cut(rest, " ")
	switch what {
	case ".":
		d, err := time.ParseDuration(rest)
		if err != nil {
			panic(err)
		}
		time.Sleep(d)
		return true
	case ">":
		return f.expect(rest, verb, arg)
	}
	switch verb {
	case "frame", "bad", "bare":
		f.raw(onLine(verb, unhex(arg)))
	case "raw":
		f.raw(unhex(arg))
	case "zeros":
		n, _ := strconv.Atoi(arg)
		f.raw(make([]byte, n))
	default:
		f.say(rest)
	}
	return true
}

// onLine is a frame as the modem delivers it.
func onLine(kind string, frame []byte) []byte {
	fcs := t30.FCS(frame)
	switch kind {
	case "bad":
		frame = append(frame, fcs[0]^1, fcs[1])
	case "frame":
		frame = append(frame, fcs[:]...)
	}
	return append(at.Shield(nil, frame), at.End...)
}

func unhex(s string) []byte {
	p, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return p
}

func (f *fake) expect(want, verb, arg string) bool {
	if verb != "frame" && verb != "octets" {
		b, ok := <-f.in
		if !ok {
			return false
		}
		if got := f.unit(b); got != want {
			f.t.Errorf("script wants %q, got %q", want, got)
		}
		return true
	}
	octets, ok := f.octets()
	switch {
	case !ok:
		return false
	case verb == "octets" && arg != "" && arg != strconv.Itoa(len(octets)):
		f.t.Errorf("script wants %s octets, got %d", arg, len(octets))
	case verb == "frame" && arg != hex.EncodeToString(octets):
		f.t.Errorf("script wants frame %s, got %x", arg, octets)
	}
	f.got(verb)
	return true
}

// octets takes octets up to their end mark.
func (f *fake) octets() ([]byte, bool) {
	var u at.Unshielder
	var all []byte
	for b := range f.in {
		var end bool
		if all, _, end = u.Unshield(all, []byte{b}); end {
			return all, true
		}
	}
	return nil, false
}

// times are when what was seen, for each unit that begins with prefix.
func (f *fake) times(prefix string) []time.Time {
	var all []time.Time
	for _, s := range f.seen {
		if strings.HasPrefix(s.what, prefix) {
			all = append(all, s.at)
		}
	}
	return all
}

// hookPort is a port with a DTR line and a buffer that can be discarded.
type hookPort struct {
	io.ReadWriteCloser
	f *fake
}

func (p hookPort) HangUp() error {
	p.f.dropped++
	return nil
}

func (p hookPort) Discard() error {
	p.f.cleared++
	return nil
}

// bench is a modem under test with its fake.
type bench struct {
	*testing.T
	*fake
	m     *Modem
	trace bytes.Buffer
	log   *trace.Log
	begun time.Time
}

// with runs a test in a bubble over a modem that was opened, and prints the trace if it fails.
func with(t *testing.T, prepare func(f *fake), test func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := start(t, prepare)
		m, err := b.open(Options{Log: b.log})
		if err != nil {
			t.Fatal(err)
		}
		b.m = m
		defer m.Close()
		b.begun = time.Now()
		synctest.Wait()
		b.seen = nil
		test(b)
		synctest.Wait()
		if len(b.steps) > 0 {
			t.Errorf("the script is not at its end: %q", b.steps)
		}
	})
}

// start makes a bench whose modem is not open yet.
func start(t *testing.T, prepare func(f *fake)) *bench {
	b := &bench{T: t, fake: &fake{t: t, in: make(chan byte), scripts: make(chan []string), answers: ordinary()}}
	b.log = trace.New(&b.trace, time.Now())
	if prepare != nil {
		prepare(b.fake)
	}
	t.Cleanup(func() {
		b.log.Flush()
		if t.Failed() {
			t.Log("\n" + b.trace.String())
		}
	})
	return b
}

func (b *bench) open(opts Options) (*Modem, error) {
	ours, theirs := net.Pipe()
	b.port = theirs
	b.serve()
	return Open(b.Context(), hookPort{ours, b.fake}, opts)
}

// script makes the fake follow a script, once it is through with the one before.
func (b *bench) script(text string) {
	var steps []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			steps = append(steps, line)
		}
	}
	b.scripts <- steps
}

// dialled is a bench whose modem has just dialled and connected.
func (b *bench) dialled() {
	b.Helper()
	b.script("> ATDT201\n< CONNECT")
	if cause, err := b.m.Dial(b.Context(), "201"); err != nil {
		b.Fatal(cause, err)
	}
}

// answered is a bench whose modem has just answered and connected.
func (b *bench) answered() {
	b.Helper()
	b.script("> ATA\n< CONNECT")
	if err := b.m.Answer(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// turns is a conversation that takes the turns it is given, and hangs up.
type turns struct {
	turns []t30.Turn
	heard []t30.Heard
	when  []time.Time
}

func (c *turns) Start(now time.Time) t30.Turn { return c.next() }

func (c *turns) Next(now time.Time, h t30.Heard) t30.Turn {
	c.heard = append(c.heard, h)
	c.when = append(c.when, now)
	if h.Kind == t30.Cancel {
		return t30.Turn{Say: frames(t30.NewFrame(t30.DCN))}
	}
	return c.next()
}

func (c *turns) next() t30.Turn {
	if len(c.turns) == 0 {
		return t30.Turn{}
	}
	turn := c.turns[0]
	c.turns = c.turns[1:]
	return turn
}

// last is what was heard last.
func (c *turns) last() t30.Heard {
	if len(c.heard) == 0 {
		return t30.Heard{}
	}
	return c.heard[len(c.heard)-1]
}

func frames(f ...t30.Frame) []t30.Signal { return []t30.Signal{{Burst: f}} }

// listen is a turn that only listens.
func listen(l t30.Listen, d time.Duration) t30.Turn {
	return t30.Turn{Listen: l, For: d, Rate: t30.V17at14400}
}

// run runs the conversation and demands that the modem is on hook and well afterwards.
func (b *bench) run(ctx context.Context, c *turns) {
	b.Helper()
	synctest.Wait()
	before := len(b.times("ATH0"))
	if err := b.m.Run(ctx, c); err != nil {
		b.Errorf("Run: %v", err)
	}
	synctest.Wait()
	if n := len(b.times("ATH0")) - before; n != 1 {
		b.Errorf("hung up %d times", n)
	}
}

func heardAs(h t30.Heard) string {
	var s strings.Builder
	s.WriteString([...]string{"silence", "frames", "carrier", "stored", "hung up", "lost", "cancel"}[h.Kind])
	if h.Damaged {
		s.WriteString(" damaged")
	}
	for _, f := range h.Frames {
		fmt.Fprintf(&s, " %x", []byte(f))
	}
	if h.Kind == t30.Carrier {
		fmt.Fprintf(&s, " %d", h.Octets)
	}
	return s.String()
}

// sink is a port that gives what is written to a function.
type sink struct {
	closed chan struct{}
	take   func(p []byte)
}

func connTo(take func(p []byte)) *at.Conn { return at.New(sink{make(chan struct{}), take}, nil) }

func (s sink) Read([]byte) (int, error) {
	<-s.closed
	return 0, io.EOF
}

func (s sink) Write(p []byte) (int, error) {
	s.take(p)
	return len(p), nil
}

func (s sink) Close() error {
	close(s.closed)
	return nil
}
