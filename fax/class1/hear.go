package class1

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"faxbox/fax/at"
	"faxbox/fax/t30"
	"faxbox/fax/trace"
)

const (
	// inFrame is how long a V.21 frame may last after CONNECT (T.30 5.4.3.1: 3 s + 15 %). It is also how long the next
	// frame of a burst is waited for.
	inFrame = 3450 * time.Millisecond
	// afterDamage is how long a further frame is waited for after a damaged one that may have been the last. A modem may
	// say CONNECT only at a frame's end: 1.5 s are 50 octets.
	afterDamage = 1500 * time.Millisecond
	// refusals is how long a modem may go on refusing to listen before that means that the line is gone.
	refusals = 800 * time.Millisecond
	// quickError is what a modem needs to know V.21 by its flags: five of them take 133 ms.
	quickError = 130 * time.Millisecond
	// dead is how long CONNECT may go without octets, which come at the line's rate.
	dead = 5 * time.Second

	maxFrame = 512 // octets of a V.21 frame; one of 3.45 s has 130
)

// burst listens for V.21 frames until the last of a burst. until limits the wait for the first; since is when we fell
// silent.
func (m *Modem) burst(ctx context.Context, since, until time.Time) (t30.Heard, error) {
	h := t30.Heard{Kind: t30.Frames}
	begun := false
	var refused refusal
	for {
		f, err := m.frame(ctx, until)
		if err != nil {
			return h, err
		}
		if !begun && (f.outcome == good || f.outcome == damaged) {
			begun = true
			h.Waited = f.connected.Sub(since)
		}
		switch f.outcome {
		case good:
			h.Frames = append(h.Frames, f.frame)
			if f.frame.Final() {
				return h, nil
			}
			until = time.Now().Add(inFrame)
		case damaged:
			h.Damaged = true
			if f.frame.Final() {
				return h, nil
			}
			until = time.Now().Add(afterDamage)
		case nothing, noise, other, refusing:
			if begun { // without a final frame
				h.Damaged = true
				return h, nil
			}
			if f.outcome == nothing {
				return t30.Heard{Kind: t30.Silence}, nil
			}
			if err := refused.next(ctx, f); err != nil {
				return h, err
			}
		}
	}
}

// refusal keeps count of a modem that answers +FRH with NO CARRIER or ERROR at once. That may be said of a carrier that
// is not there yet, and is true of a line that is gone: then it goes on.
type refusal struct{ since time.Time }

// next waits before the modem is asked again, or says that the line is gone.
func (r *refusal) next(ctx context.Context, f frameHeard) error {
	switch {
	case f.outcome == other:
		return sleep(ctx, 200*time.Millisecond)
	case f.outcome != refusing || f.took > refusals:
		r.since = time.Time{}
	case r.since.IsZero():
		r.since = time.Now()
	case time.Since(r.since) >= refusals:
		return ErrHungUp
	}
	return sleep(ctx, 100*time.Millisecond)
}

// frameHeard is what came of one +FRH.
type frameHeard struct {
	outcome   outcome
	frame     t30.Frame // good: without FCS; damaged: as far as it came
	connected time.Time
	took      time.Duration // from asking to the result, when refusing
}

type outcome uint8

const (
	nothing  outcome = iota // nothing began in time
	good                    // a frame with a right FCS
	damaged                 // a frame with a wrong one, or a part of a frame
	noise                   // CONNECT without a frame
	other                   // an image carrier
	refusing                // the modem does not listen: NO CARRIER or ERROR at once
)

// frame listens for one V.21 frame that begins before until. If the modem is listening already it is not asked again.
func (m *Modem) frame(ctx context.Context, until time.Time) (frameHeard, error) {
	asking := time.Now()
	if m.mode == commands {
		if !asking.Before(until) {
			return frameHeard{}, nil
		}
		if err := m.ask(ctx, "+FRH=3"); err != nil {
			return frameHeard{}, err
		}
	}
	if m.mode == asked {
		r, err := m.carrier(ctx, until)
		if errors.Is(err, at.ErrTimeout) {
			return frameHeard{}, m.settle(ctx)
		}
		if err != nil {
			return frameHeard{}, err
		}
		switch r.result {
		case at.Connect:
		case at.FCError:
			return frameHeard{outcome: other}, nil
		case at.OK: // broken off by a stray character
			return frameHeard{outcome: noise}, nil
		default:
			return frameHeard{outcome: refusing, took: time.Since(asking)}, nil
		}
		if r.other == at.OtherPage {
			_, err := m.drain(ctx, io.Discard, until)
			return frameHeard{outcome: other}, err
		}
	}
	m.last = they
	return m.body(ctx)
}

// ask sends a command that receives.
func (m *Modem) ask(ctx context.Context, command string) error {
	if err := m.conn.Send(ctx, time.Now().Add(time.Second), command); err != nil {
		return err
	}
	m.mode = asked
	return nil
}

// began is the answer to a command that receives.
type began struct {
	result at.Result
	other  at.IndicationKind // OtherFrame or OtherPage: the carrier is not the one asked for
}

// carrier waits for the answer to a command that receives, and settles what mode it leaves the modem in.
func (m *Modem) carrier(ctx context.Context, until time.Time) (began, error) {
	a, err := m.conn.Answer(ctx, until)
	switch {
	case err != nil: // it may still come
	case a.Result == at.Connect:
		m.mode = hearing
	default:
		m.mode = commands
	}
	b := began{result: a.Result}
	for _, i := range m.conn.Indications() {
		switch i.Kind {
		case at.Ring: // only an idle line rings
			return b, ErrHungUp
		case at.OtherFrame, at.OtherPage:
			b.other = i.Kind
		}
	}
	return b, err
}

// body reads the frame after CONNECT, with FCS, and the result after it.
func (m *Modem) body(ctx context.Context) (frameHeard, error) {
	f := frameHeard{connected: time.Now()}
	until := f.connected.Add(inFrame)
	var octets []byte
	for {
		more, end, err := m.conn.Octets(ctx, until)
		if errors.Is(err, at.ErrTimeout) {
			m.note("no frame within %v of CONNECT, %d octets", inFrame, len(octets))
			f.outcome = fragment(octets)
			f.frame = octets
			return f, m.settle(ctx)
		}
		if err != nil {
			return f, err
		}
		octets = append(octets, more[:min(len(more), maxFrame-len(octets))]...)
		if text := carrierLost(octets); text > 0 {
			m.mode = commands
			m.log.Add(time.Now(), trace.FromModem, "%d octets, NO CARRIER", len(octets)-text)
			octets = octets[:len(octets)-text]
			f.outcome, f.frame = fragment(octets), octets
			return f, nil
		}
		if end {
			break
		}
	}
	m.mode = commands
	// The OK of a final frame comes when its carrier has gone. Until then a character would be lost, so ctx must wait.
	a, err := m.conn.Answer(context.WithoutCancel(ctx), time.Now().Add(inFrame))
	if errors.Is(err, at.ErrTimeout) {
		m.note("no result after a frame")
		err = m.resync(ctx)
	}
	f.judge(m, octets, a.Result)
	return f, err
}

// judge says whether a frame is good: by its FCS or, as long as this modem has never delivered one (some do not), by the
// modem's word.
func (f *frameHeard) judge(m *Modem, octets []byte, r at.Result) {
	f.outcome, f.frame = fragment(octets), octets
	n := len(octets) - 2
	switch {
	case n >= 3 && t30.FCS(octets[:n]) == [2]byte(octets[n:]):
		m.fcsSeen = true
		f.outcome, f.frame = good, octets[:n]
	case r == at.OK && !m.fcsSeen && len(octets) >= 3:
		f.outcome = good
	}
	// A few machines stuff one address octet too many.
	for len(f.frame) > 3 && f.frame[0] == 0xFF && f.frame[1] == 0xFF {
		f.frame = f.frame[1:]
	}
}

func fragment(octets []byte) outcome {
	if len(octets) == 0 {
		return noise
	}
	return damaged
}

// carrierLost tells how many octets at the end are a result in plain text, 0 if there is none: modems say so without DLE
// ETX when the carrier vanishes before a frame is complete, or the line drops.
func carrierLost(octets []byte) int {
	for _, text := range []string{"\r\nNO CARRIER\r\n", "\r\nERROR\r\n", "NO CARRIER\r\n"} {
		if bytes.HasSuffix(octets, []byte(text)) {
			return len(text)
		}
	}
	return 0
}

// image listens for a carrier on the image modem; a V.21 burst may come instead.
func (m *Modem) image(ctx context.Context, turn t30.Turn, since, until time.Time) (t30.Heard, error) {
	h := t30.Heard{Kind: t30.Silence}
	persistence := m.habits.Persistence
	for tries := 1; ; tries++ {
		if !time.Now().Before(until) {
			return h, nil
		}
		asking := time.Now()
		if err := m.ask(ctx, fmt.Sprintf("+FRM=%d", turn.Rate)); err != nil {
			return h, err
		}
		r, err := m.carrier(ctx, until)
		// No V.21 is known for what it is so soon: this is the tail of the signal before.
		quick := tries == 1 && time.Since(asking) < quickError
		switch {
		case errors.Is(err, at.ErrTimeout):
			return h, m.settle(ctx)
		case err != nil:
			return h, err
		case r.result == at.Connect && r.other == at.OtherFrame:
			return m.burst(ctx, since, until)
		case r.result == at.Connect:
			again := h.Kind == t30.Carrier
			begun := time.Now()
			n, err := m.drain(ctx, turn.Into, begun.Add(longest(turn)))
			if !again {
				h.Waited = begun.Sub(since)
			}
			h.Kind, h.Octets = t30.Carrier, h.Octets+n
			if err != nil || again || !falseStart(n, time.Since(begun)) {
				return h, err
			}
			m.note("a carrier of %d octets: listening again", n)
			until = later(until, time.Now().Add(inFrame))
		case r.result == at.FCError && quick:
		case r.result == at.FCError && persistence > 0:
			persistence--
		case r.result == at.OK: // broken off by a stray character, or by a timer of the modem's own
			if err := sleep(ctx, 100*time.Millisecond); err != nil {
				return h, err
			}
		default: // V.21, or nothing: if the line is gone, that will show too
			return m.burst(ctx, since, later(until, time.Now().Add(inFrame)))
		}
	}
}

// falseStart tells a click, or a training that was started anew, from the shortest signal there is, a block of one frame.
func falseStart(octets int, lasted time.Duration) bool {
	return octets < 100 && lasted < 500*time.Millisecond
}

// longest is how long a carrier may last, generously. A page may have any length.
func longest(turn t30.Turn) time.Duration {
	const blockOctets = 256 * (256 + 7) * 6 / 5 // the worst zero insertion
	switch turn.Listen {
	case t30.Training:
		return 6 * time.Second
	case t30.Block:
		return turn.Rate.Duration(blockOctets) + 10*time.Second
	}
	return 24 * time.Hour
}

// drain moves octets into w until they end, and takes the result after them. w may be nil. A carrier that lasts beyond
// stop, or gives no octets for 5 s, is broken off.
func (m *Modem) drain(ctx context.Context, w io.Writer, stop time.Time) (n int, err error) {
	var tail []byte // enough of the last octets to find a result among them
	m.last = they
	counted := func() { m.log.Add(time.Now(), trace.FromModem, "%d octets", n) }
	for {
		until := time.Now().Add(dead)
		if until.After(stop) {
			until = stop
		}
		octets, end, err := m.conn.Octets(ctx, until)
		if errors.Is(err, at.ErrTimeout) || err == nil && !time.Now().Before(stop) {
			counted()
			m.note("a carrier without end")
			return n, m.settle(ctx)
		}
		if err != nil {
			counted()
			return n, err
		}
		n += len(octets)
		if w != nil && len(octets) > 0 {
			if _, err := w.Write(octets); err != nil {
				m.note("listening no longer: %v", err)
				return n, m.settle(ctx)
			}
		}
		if end {
			break
		}
		tail = append(tail, octets[max(0, len(octets)-16):]...)
		tail = append(tail[:0], tail[max(0, len(tail)-16):]...)
		if carrierLost(tail) > 0 {
			counted()
			m.mode = commands
			return n, ErrHungUp
		}
	}
	counted()
	m.mode = commands
	if _, err = m.conn.Answer(context.WithoutCancel(ctx), time.Now().Add(time.Second)); errors.Is(err, at.ErrTimeout) {
		m.note("no result after the octets")
		err = nil
	}
	return n, err
}
