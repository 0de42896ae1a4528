package class1

import (
	"context"
	"errors"
	"fmt"
	"time"

	"faxbox/fax/at"
	"faxbox/fax/t30"
	"faxbox/fax/trace"
)

const (
	// connectWait is how long a modem may take from +FTH or +FTM to CONNECT: training may pass before it.
	connectWait = 7500 * time.Millisecond
	// drainWait is what OK may take beyond the octets still in the modem (T.31 lets it end its signal first).
	drainWait = 5 * time.Second
	// preamble is the longest V.21 preamble (T.30 5.3.1: 1 s + 15 %).
	preamble = 1150 * time.Millisecond
	// training is the longest there is (V.17 with talker echo protection).
	training = 1600 * time.Millisecond
	// lead is how far octets are handed over before their time on the line. It covers a stalled host; and what is still
	// in the buffers must be sent before a cancelled call can say DCN.
	lead = 1500 * time.Millisecond
)

// say says the signals in order, with the silence of T.30 before each but the first after answering. It returns when the
// last one is over. When ctx is done it stops as soon as the modem takes commands again, and returns ctx's error.
func (m *Modem) say(ctx context.Context, signals []t30.Signal) error {
	for i := range signals {
		s := &signals[i]
		if m.mode == asked || m.mode == hearing {
			if err := m.settle(ctx); err != nil {
				return err
			}
		}
		if m.mode != saying {
			if err := m.pause(ctx, s.Rate); err != nil {
				return err
			}
		}
		m.last, m.lastRate = we, s.Rate
		if err := m.sayOne(ctx, s); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (m *Modem) sayOne(ctx context.Context, s *t30.Signal) error {
	if s.Image == t30.NoImage {
		return m.sayBurst(ctx, s.Burst)
	}
	return m.sayOctets(ctx, s)
}

// pause keeps the silence of 75 ms (T.30 5.1) before a signal; rate is 0 for V.21. The modem measures it where it can:
// +FTS after our own signal, +FRS after the other's, which also waits for its carrier to end. The numbers allow for the
// time commands take.
func (m *Modem) pause(ctx context.Context, rate t30.Modulation) error {
	fts := m.habits.fts(m.lastRate, rate)
	switch {
	case m.last == we && fts > 0:
		return m.keepSilence(ctx, fts)
	case m.last == they && m.habits.FRS > 0:
		return m.awaitSilence(ctx)
	case m.last != nobody:
		return sleep(ctx, m.habits.Pause)
	}
	return nil
}

// keepSilence is +FTS.
func (m *Modem) keepSilence(ctx context.Context, n int) error {
	// Not to be cut short by ctx: a character breaks it off, and is lost.
	a, err := m.command(context.WithoutCancel(ctx), fmt.Sprintf("+FTS=%d", n), time.Second)
	if errors.Is(err, at.ErrTimeout) {
		return m.resync(ctx)
	}
	if err != nil {
		return err
	}
	return m.measured(ctx, a.Result, &m.habits.FTS)
}

// awaitSilence is +FRS. On a line so noisy that silence never comes it gives up after half a second.
func (m *Modem) awaitSilence(ctx context.Context) error {
	until := time.Now().Add(500 * time.Millisecond)
	if err := m.conn.Send(ctx, until, fmt.Sprintf("+FRS=%d", m.habits.FRS)); err != nil {
		return err
	}
	m.mode = asked
	a, err := m.conn.Answer(ctx, until)
	if errors.Is(err, at.ErrTimeout) {
		m.note("no silence on the line")
		return m.settle(ctx)
	}
	if err != nil {
		return err
	}
	m.mode = commands
	return m.measured(ctx, a.Result, &m.habits.FRS)
}

// measured looks at the answer to +FTS or +FRS. A modem that does not know it is not asked again: its habit becomes none.
func (m *Modem) measured(ctx context.Context, r at.Result, habit *int) error {
	switch r {
	case at.NoCarrier:
		return ErrHungUp
	case at.Error:
		m.note("pausing by the clock from now on")
		*habit = 0
		return sleep(ctx, m.habits.Pause)
	}
	return nil
}

// begin sends a command that transmits and waits for CONNECT. ERROR may come of a stray character, so it is tried twice;
// silence calls for a resynchronisation, after which it is tried once more.
func (m *Modem) begin(ctx context.Context, command string) error {
	for tries := 1; ; tries++ {
		err := m.connect(ctx, command)
		switch {
		case err == nil:
			m.mode = saying
			return nil
		case tries == 2:
			return err
		case errors.Is(err, errRefused):
			err = sleep(ctx, 100*time.Millisecond)
		case errors.Is(err, at.ErrTimeout):
			err = m.resync(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// errRefused is ERROR to a command that transmits or receives. Said twice it means that there is no call.
var errRefused = fmt.Errorf("the modem says ERROR: %w", ErrHungUp)

func (m *Modem) connect(ctx context.Context, command string) error {
	until := time.Now().Add(connectWait)
	if err := m.conn.Send(ctx, until, command); err != nil {
		return err
	}
	for {
		a, err := m.conn.Answer(ctx, until)
		if err != nil {
			return fmt.Errorf("AT%s: no CONNECT: %w", command, err)
		}
		switch a.Result {
		case at.Connect:
			return nil
		case at.NoCarrier:
			return ErrHungUp
		case at.Error:
			return errRefused
		} // OK, late, to something before
	}
}

// sayBurst sends frames on V.21. When ctx is done on the way, only the frame under way and the last one are sent: a burst
// cannot end otherwise.
func (m *Modem) sayBurst(ctx context.Context, frames []t30.Frame) error {
	if len(frames) == 0 {
		return nil
	}
	uncut := context.WithoutCancel(ctx)
	if m.mode != saying {
		if err := m.begin(uncut, "+FTH=3"); err != nil {
			return err
		}
	}
	for i, f := range frames {
		final := i == len(frames)-1
		if ctx.Err() != nil && !final {
			continue
		}
		m.shielded = append(at.Shield(m.shielded[:0], f.WithFinal(final)), at.End...)
		if err := m.conn.Write(uncut, time.Now().Add(drainWait), m.shielded); err != nil {
			return err
		}
		onLine := preamble + v21(len(f)+fcsAndFlag)*6/5 // the worst zero insertion
		if final {
			return m.finish(uncut, onLine+drainWait)
		}
		if more, err := m.nextFrame(uncut, onLine+drainWait); err != nil || !more {
			return err
		}
	}
	return nil
}

const fcsAndFlag = 3

// v21 is how long octets take at 300 bit/s.
func v21(octets int) time.Duration { return time.Duration(octets) * 8 * time.Second / 300 }

// nextFrame waits for the CONNECT that asks for the next frame of a burst. A modem that forgets it, or ends the burst by
// itself, has cut it short; that is for the other station to notice.
func (m *Modem) nextFrame(ctx context.Context, within time.Duration) (more bool, err error) {
	a, err := m.conn.Answer(ctx, time.Now().Add(within))
	switch {
	case errors.Is(err, at.ErrTimeout):
		m.note("no CONNECT for the next frame")
		return false, m.resync(ctx)
	case err != nil:
		return false, err
	case a.Result == at.Connect:
		return true, nil
	}
	m.mode = commands
	if a.Result == at.NoCarrier {
		return false, ErrHungUp
	}
	m.note("the modem ended the burst early")
	return false, nil
}

// finish waits for the OK that says that all was sent. A modem that forgets it is asked whether it is still there.
func (m *Modem) finish(ctx context.Context, within time.Duration) error {
	until := time.Now().Add(within)
	for {
		a, err := m.conn.Answer(ctx, until)
		switch {
		case errors.Is(err, at.ErrTimeout):
			m.note("no OK after the end of the signal")
			return m.resync(ctx)
		case err != nil:
			return err
		}
		switch a.Result {
		case at.OK:
			m.mode = commands
			return nil
		case at.NoCarrier:
			m.mode = commands
			return ErrHungUp
		case at.Error: // as in sayOctets
			m.mode = commands
			m.note("%v", errBrokenOff)
			return nil
		}
	}
}

// sayOctets sends octets on an image modem.
func (m *Modem) sayOctets(ctx context.Context, s *t30.Signal) error {
	uncut := context.WithoutCancel(ctx)
	if err := m.begin(uncut, fmt.Sprintf("+FTM=%d", s.Rate)); err != nil {
		return err
	}
	if err := sleep(ctx, m.habits.ConnectDelay); err != nil {
		return errors.Join(err, m.endOctets(uncut, drainWait))
	}
	switch err := m.feed(ctx, s); {
	case errors.Is(err, errBrokenOff): // starved, or on hook: the next command will tell
		m.discard()
		return nil
	case err != nil && ctx.Err() != nil:
		m.discard()
		return errors.Join(ctx.Err(), m.endOctets(uncut, lead+training+drainWait))
	case err != nil:
		return err
	}
	return m.finish(uncut, lead+training+drainWait)
}

// errBrokenOff says that the modem takes commands again while there still are octets to be said.
var errBrokenOff = errors.New("the modem broke the signal off")

// overhear waits until the next octets are due, and listens whether the modem has given up meanwhile.
func (m *Modem) overhear(ctx context.Context, until time.Time) error {
	for {
		line, err := m.conn.Line(ctx, until)
		switch {
		case errors.Is(err, at.ErrTimeout):
			return nil
		case err != nil:
			return err
		}
		switch m.conn.Result(line) {
		case at.NoCarrier:
			m.mode = commands
			return ErrHungUp
		case at.Error:
			m.mode = commands
			return errBrokenOff
		}
	}
}

// feed hands the octets over, with their shielding and end mark, keeping lead ahead of the line.
func (m *Modem) feed(ctx context.Context, s *t30.Signal) error {
	size := max(s.Rate.Rate()/8/4, 32) // a quarter of a second
	begun, starved := time.Now(), false
	for sent := 0; sent < len(s.Octets) || sent == 0; {
		piece := s.Octets[sent:min(sent+size, len(s.Octets))]
		ahead := s.Rate.Duration(sent) - time.Since(begun)
		if ahead < 0 && !starved && sent > 0 {
			starved = true
			m.note("host stalled: the modem may have run dry after %d octets", sent)
		}
		if err := m.overhear(ctx, time.Now().Add(ahead+s.Rate.Duration(len(piece))-lead)); err != nil {
			return err
		}
		m.shielded = at.Shield(m.shielded[:0], piece)
		if sent += len(piece); sent == len(s.Octets) {
			m.shielded = append(m.shielded, at.End...)
		}
		if err := m.conn.Write(ctx, time.Now().Add(connectWait+drainWait), m.shielded); err != nil {
			return err
		}
		if len(s.Octets) == 0 {
			break
		}
	}
	m.log.Add(time.Now(), trace.ToModem, "%d octets", len(s.Octets))
	return nil
}

// discard drops what the operating system has not handed to the modem yet, if the port can.
func (m *Modem) discard() {
	if p, ok := m.port.(interface{ Discard() error }); ok {
		if err := p.Discard(); err != nil {
			m.note("discarding octets: %v", err) // they are sent then, which only takes longer
		}
	}
}

// endOctets ends octets broken off anywhere. The zero before the end mark keeps a DLE that stands alone at the cut from
// taking the mark's own DLE for its partner.
func (m *Modem) endOctets(ctx context.Context, within time.Duration) error {
	m.note("breaking off")
	if err := m.conn.Write(ctx, time.Now().Add(within), []byte("\x00"+at.End)); err != nil {
		return m.recover(ctx, err)
	}
	return m.finish(ctx, within)
}
