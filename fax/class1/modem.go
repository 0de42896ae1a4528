// Package class1 drives a fax modem of Class 1 or 1.0 (T.31) and carries the turns of a T.30 conversation over it: what is
// to be said becomes +FTH and +FTM, what is to be heard +FRH and +FRM, and whichever carrier comes is what was heard. It
// knows nothing of DIS, pages or retries; those are the conversation's.
//
// What differs between modems stands in the table of habits. Nothing here is guessed from a modem's name alone: what can
// be asked (rates, classes, adaptive reception) is asked, and what can be learnt from its answers (whether it delivers the
// FCS, whether +FRS works) is learnt.
//
// A call, in short:
//
//	m, err := class1.Open(port, class1.Options{})
//	cause, err := m.Dial(ctx, "201")  // or m.WaitRing, then m.Answer
//	err = m.Run(ctx, conversation)    // hangs up at its end
//	err = m.Reset(ctx)                // before the next call
package class1

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"faxbox/fax/at"
	"faxbox/fax/t30"
	"faxbox/fax/trace"
)

var (
	// ErrSilent means that the modem gives no answer, or none that makes sense, not even after a reset.
	ErrSilent = errors.New("the modem gives no sensible answer: switch it off and on, and check that it is a modem")
	// ErrNoFax means that the modem answers but cannot be a Class 1 fax modem.
	ErrNoFax = errors.New("the modem knows neither fax Class 1 nor 1.0: use another modem")
	// ErrHungUp means that there is no call (any more): the line dropped, or the caller gave up.
	ErrHungUp = errors.New("no connection on the line")
)

// Options are what the owner of the line knows. The zero value will do.
type Options struct {
	Log *trace.Log // where the AT lines of Open go, and all others until Trace is called

	USB     string // vendor and product, "0572:1329", if it is a USB modem: some habits are known by it
	Country string // T.35 country of the line in hex, "B5": some modems choose their caller-id decoder by it
	Init    string // the owner's commands, without AT, one a line, sent last when the modem is set up

	Pulse         bool          // dial with pulses
	BlindDial     bool          // do not wait for a dial tone (behind some exchanges)
	International string        // what to dial for a leading +, "00"; without it such numbers are refused
	AnswerWait    time.Duration // how long the distant station may take to answer: T0, 60 s if 0
}

// Modem is one modem. One goroutine at a time may use it; Close may be called by any.
type Modem struct {
	conn *at.Conn
	port io.ReadWriteCloser
	opts Options
	log  *trace.Log

	id     Identity
	habits Habits

	mode     mode
	last     speaker        // who was last on the line
	lastRate t30.Modulation // and how, if it was we: 0 for V.21
	fcsSeen  bool           // the modem delivers the FCS with received frames
	shielded []byte         // octets with their shielding, reused
	onHook   time.Time      // since when, zero before the first call
	ring     ring           // the call that is ringing
	stalls   atomic.Int64   // how often this computer stood still in the call; counted by the goroutine of watch
}

// mode is what the modem takes our octets for.
type mode uint8

const (
	commands mode = iota // command lines
	asked                // a command that receives is out: any character breaks it off
	hearing              // CONNECT came to it: octets arrive until DLE ETX, any character breaks it off
	saying               // +FTH or +FTM is connected: our octets go over the line
)

// speaker tells who was last on the line, which decides the pause before we say something.
type speaker uint8

const (
	nobody speaker = iota
	we
	they
)

// Open resets the modem on port, learns what it is and sets it up. With a modem that does not answer it tries three times,
// about 25 s in all, and returns ErrSilent. The port is closed when Open fails. If port has a method HangUp() error it is
// used as the last resort to get on hook, and Discard() error to drop what was not sent yet.
func Open(ctx context.Context, port io.ReadWriteCloser, opts Options) (*Modem, error) {
	if opts.AnswerWait == 0 {
		opts.AnswerWait = 60 * time.Second
	}
	m := &Modem{conn: at.New(port, opts.Log), port: port, opts: opts, log: opts.Log}
	if err := m.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("class1: %w", err), m.conn.Close())
	}
	return m, nil
}

func (m *Modem) open(ctx context.Context) error {
	if err := m.wake(ctx); err != nil {
		return err
	}
	if err := m.identify(ctx); err != nil {
		return err
	}
	return m.setUp(ctx)
}

// Close closes the port; that hangs up where the port has a DTR line.
func (m *Modem) Close() error { return m.conn.Close() }

// Trace makes l the log of what follows: AT lines and notes. What is said and heard is for the conversation to write down.
func (m *Modem) Trace(l *trace.Log) {
	m.log = l
	m.conn.Trace(l)
}

// Identity tells what the modem is.
func (m *Modem) Identity() Identity { return m.id }

// Reset brings the modem into the state after Open, whatever state it is in, and on hook. The caller should do it between
// calls: modems lose settings when their power flickers.
func (m *Modem) Reset(ctx context.Context) error {
	if err := m.wake(ctx); err != nil {
		return fmt.Errorf("class1: %w", err)
	}
	if err := m.setUp(ctx); err != nil {
		return fmt.Errorf("class1: %w", err)
	}
	return nil
}

// wake gets the modem to answer commands and resets it, in up to three tries.
func (m *Modem) wake(ctx context.Context) error {
	var err error
	for try := range 3 {
		if try > 0 {
			m.dropDTR()
		}
		if err = m.resync(ctx); err == nil {
			err = m.reset(ctx)
		}
		if err == nil || ctx.Err() != nil || !errors.Is(err, at.ErrTimeout) {
			return err
		}
	}
	return ErrSilent
}

// reset puts the modem on hook and makes it answer in words, without echo.
func (m *Modem) reset(ctx context.Context) error {
	m.conn.Numeric(false)
	// Its stored settings may make it silent (Q1) or brief (V0), so the answer to ATZ says nothing.
	if _, err := m.plainly(ctx, "Z", 5*time.Second); err != nil && !errors.Is(err, at.ErrTimeout) {
		return err
	}
	// The answer to the line that changes its form may still have the old one; a modem that gives digits after the second
	// line will not be taught.
	var err error
	for range 2 {
		var r at.Result
		if r, err = m.plainly(ctx, wordsNoEcho, 2*time.Second); r == at.OK {
			return nil
		}
		if err != nil && !errors.Is(err, at.ErrTimeout) {
			return err
		}
	}
	if err == nil {
		m.conn.Numeric(true)
		m.note("the modem answers in digits")
	}
	return err
}

// wordsNoEcho makes a modem answer, in words, and without repeating the question.
const wordsNoEcho = "E0V1Q0"

// plainly sends a command and takes both forms of its answer; None when it was given in digits. Indications are kept.
func (m *Modem) plainly(ctx context.Context, command string, within time.Duration) (at.Result, error) {
	until := time.Now().Add(within)
	if err := m.conn.Send(ctx, until, command); err != nil {
		return at.None, err
	}
	for {
		line, err := m.conn.Line(ctx, until)
		if err != nil {
			return at.None, err
		}
		if at.ParseResult(line, true) != at.None {
			return at.ParseResult(line, false), nil
		}
		if i, ok := at.ParseIndication(line); ok {
			m.conn.Keep(i)
		}
	}
}

// command sends a command and waits for its result.
func (m *Modem) command(ctx context.Context, command string, within time.Duration) (at.Answer, error) {
	until := time.Now().Add(within)
	if err := m.conn.Send(ctx, until, command); err != nil {
		return at.Answer{}, err
	}
	a, err := m.conn.Answer(ctx, until)
	if err != nil {
		return a, fmt.Errorf("AT%s: %w", command, err)
	}
	return a, nil
}

// try sends a command that not every modem knows; its result is of no consequence.
func (m *Modem) try(ctx context.Context, command string) error {
	_, err := m.command(ctx, command, 2*time.Second)
	if errors.Is(err, at.ErrTimeout) {
		return m.resync(ctx)
	}
	return err
}

// setUp makes a modem just reset ready for calls.
func (m *Modem) setUp(ctx context.Context) error {
	a, err := m.command(ctx, "+FCLASS="+m.id.Class, 2*time.Second)
	if err != nil {
		return err
	}
	if a.Result != at.OK {
		return fmt.Errorf("+FCLASS=%s: %s", m.id.Class, a.Final)
	}
	for _, c := range m.setUpCommands() {
		if err := m.try(ctx, c); err != nil {
			return err
		}
	}
	m.mode, m.last, m.ring = commands, nobody, ring{}
	return nil
}

func (m *Modem) setUpCommands() []string {
	tones := "X4"
	if m.opts.BlindDial {
		tones = "X3"
	}
	list := []string{
		"S0=0", // never answer by itself
		tones,
		fmt.Sprintf("S7=%d", min(255, int(m.opts.AnswerWait.Seconds()))),
		"+IFC=2,2", // RTS/CTS; some modems forget it when the class changes
	}
	if m.id.Class == "1.0" {
		list = append(list, "+FLO=2") // likewise
	}
	if m.id.Adaptive {
		list = append(list, "+FAR=1")
	}
	if m.opts.Country != "" {
		list = append(list, "+GCI="+m.opts.Country)
	}
	if m.id.CallerID != "" {
		list = append(list, m.id.CallerID)
	}
	list = append(list, m.habits.Init...)
	return append(list, strings.FieldsFunc(m.opts.Init, func(r rune) bool { return r == '\n' })...)
}

// HangUp puts the modem on hook, whatever it is doing, and waits for it: 5 s, then DTR is dropped.
func (m *Modem) HangUp() error {
	ctx := context.Background()
	err := m.settle(ctx)
	if err == nil {
		_, err = m.command(ctx, "H0", 5*time.Second)
	}
	if err != nil {
		m.dropDTR()
		err = m.resync(ctx)
	}
	m.mode, m.last, m.onHook, m.ring = commands, nobody, time.Now(), ring{}
	if err != nil {
		return fmt.Errorf("class1: hanging up: %w", err)
	}
	return nil
}

// dropDTR hangs up through the port, if it can.
func (m *Modem) dropDTR() {
	p, ok := m.port.(interface{ HangUp() error })
	if !ok {
		return
	}
	m.note("dropping DTR")
	if err := p.HangUp(); err != nil {
		m.note("dropping DTR: %v", err) // nothing else is left to try
	}
}

func (m *Modem) note(format string, args ...any) {
	m.log.Add(time.Now(), trace.Note, format, args...)
}

// sleep waits, or returns ctx's error.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// later is the later of two moments.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Conversation says what to do on the line, turn by turn; t30.Call is one. Its methods are called from the goroutine that
// called Run.
type Conversation interface {
	Start(now time.Time) t30.Turn
	Next(now time.Time, heard t30.Heard) t30.Turn
}
