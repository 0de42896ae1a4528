package class1

import (
	"context"
	"errors"
	"fmt"
	"time"

	"faxbox/fax/at"
	"faxbox/fax/trace"
)

// settle makes the modem take commands again: it breaks off a reception, and ends what we say. It is bounded in time
// whatever the modem does, and resynchronises if need be.
func (m *Modem) settle(ctx context.Context) error {
	switch m.mode {
	case asked, hearing:
		return m.breakOff(ctx)
	case saying:
		return m.endOctets(ctx, 5*time.Second)
	}
	return nil
}

// breakOff ends +FRH, +FRM and +FRS by a character, to which the modem says OK, after DLE ETX if octets were coming.
func (m *Modem) breakOff(ctx context.Context) error {
	until := time.Now().Add(500 * time.Millisecond)
	if err := m.interrupt(ctx, until); err != nil {
		return err
	}
	for {
		if m.mode == hearing {
			if _, end, err := m.conn.Octets(ctx, until); err != nil {
				return m.recover(ctx, err)
			} else if !end {
				continue
			}
		}
		m.mode = commands
		a, err := m.conn.Answer(ctx, until)
		switch {
		case err != nil:
			return m.recover(ctx, err)
		case a.Result == at.Connect: // it was just about to; the octets and OK follow
			m.mode = hearing
		default: // OK, or what ended the reception before our character came
			return nil
		}
	}
}

func (m *Modem) interrupt(ctx context.Context, until time.Time) error {
	name, characters := "CAN", []byte{at.CAN}
	if m.habits.AbortByAT {
		name, characters = "AT", []byte("AT\r")
	}
	m.log.Add(time.Now(), trace.ToModem, "%s", name)
	return m.conn.Write(ctx, until, characters)
}

// recover resynchronises after a timeout; other errors it hands back.
func (m *Modem) recover(ctx context.Context, err error) error {
	if !errors.Is(err, at.ErrTimeout) {
		return err
	}
	return m.resync(ctx)
}

// resync gets an answer from a modem in an unknown state, in up to three tries of about 2 s. Its error is at.ErrTimeout's
// when the modem stays silent.
func (m *Modem) resync(ctx context.Context) error {
	var err error
	for range 3 {
		// The end mark ends what we may be saying, its first octet what the modem may be hearing, and neither means
		// anything to a command line.
		err = m.conn.Write(ctx, time.Now().Add(time.Second), []byte(at.End))
		if err != nil && !errors.Is(err, at.ErrTimeout) {
			return err
		}
		// What comes in answer to that, or came before, must not be taken for the answer to the command.
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return err
		}
		if m.mode == commands { // a call may begin to ring meanwhile
			if err := m.conn.Sift(ctx); err != nil {
				return err
			}
		}
		m.conn.Forget()
		if _, err = m.plainly(ctx, wordsNoEcho, 2*time.Second); err == nil {
			m.mode = commands
			return nil
		}
		if !errors.Is(err, at.ErrTimeout) {
			return err
		}
	}
	return fmt.Errorf("resynchronising: %w", err)
}
