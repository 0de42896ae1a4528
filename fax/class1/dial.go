package class1

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/at"
)

// maxNumber is how many characters a number may have: older modems take command lines of 40.
const maxNumber = 36

// hookPause is how long after hanging up a missing dial tone may be the exchange's slowness, not a fault.
const hookPause = 5 * time.Second

// Dial calls number and waits until a distant station is heard: then the cause is fax.OK, and Run may follow. The number
// may hold digits, * # and the pauses , W and @; blanks, points, hyphens, slashes and parentheses are left out. In every
// other case the modem is on hook, and the error says more than the cause.
func (m *Modem) Dial(ctx context.Context, number string) (fax.Cause, error) {
	digits, err := m.dialable(number)
	if err != nil {
		return fax.BadNumber, fmt.Errorf("class1: %w", err)
	}
	cause, err := m.dial(ctx, digits)
	if wait := hookPause - time.Since(m.onHook); cause == fax.NoDialTone && !m.onHook.IsZero() && wait > 0 {
		m.note("no dial tone so soon after the last call: trying once more")
		if err = sleep(ctx, wait); err == nil {
			cause, err = m.dial(ctx, digits)
		} else {
			cause = fax.Cancelled
		}
	}
	if cause == fax.OK {
		return cause, nil
	}
	if err = errors.Join(err, m.HangUp()); err == nil {
		err = errors.New(cause.String())
	}
	return cause, fmt.Errorf("class1: dialling: %w", err)
}

// dialable is the number as it goes into a command line.
func (m *Modem) dialable(number string) (string, error) {
	clean := strings.ToUpper(strings.NewReplacer(" ", "", ".", "", "-", "", "/", "", "(", "", ")", "").Replace(number))
	if rest, ok := strings.CutPrefix(clean, "+"); ok {
		if m.opts.International == "" {
			return "", fmt.Errorf("%q: what to dial instead of + is not set", number)
		}
		clean = m.opts.International + rest
	}
	switch {
	case strings.Trim(clean, "0123456789*#,W@") != "":
		return "", fmt.Errorf("%q holds characters that cannot be dialled", number)
	case !strings.ContainsAny(clean, "0123456789"):
		return "", fmt.Errorf("%q holds no digit", number)
	case len(clean) > maxNumber:
		return "", fmt.Errorf("%q is longer than %d characters", number, maxNumber)
	}
	return clean, nil
}

// dial sends one ATD and follows it to its end.
func (m *Modem) dial(ctx context.Context, digits string) (fax.Cause, error) {
	tone := "T"
	if m.opts.Pulse {
		tone = "P"
	}
	m.conn.Indications() // what was said before does not concern this call
	// A pause or a pulse takes up to 2 s; the modem gives up by itself after S7.
	until := time.Now().Add(m.opts.AnswerWait + time.Duration(len(digits))*2*time.Second + 10*time.Second)
	if err := m.conn.Send(ctx, time.Now().Add(time.Second), "D"+tone+digits); err != nil {
		return m.failure(ctx, err)
	}
	m.mode, m.last = asked, nobody
	for errs := 0; ; {
		line, err := m.conn.Line(ctx, until)
		if errors.Is(err, at.ErrTimeout) {
			if err := m.settle(ctx); err != nil { // nobody knows what became of the call
				return m.failure(ctx, err)
			}
			return fax.NoFax, nil
		}
		if err != nil {
			return m.failure(ctx, err)
		}
		if i, ok := at.ParseIndication(line); ok && i.Kind == at.Ring {
			m.conn.Keep(i)
			return fax.Glare, nil
		}
		r := m.conn.Result(line)
		switch {
		case r == at.Connect:
			m.mode = hearing
			return fax.OK, nil
		case r == at.FCError && errs < 3, r == at.OK && errs < 3:
			// Something, but no fax yet (some modems say OK when V.8 came to nothing): go on listening.
			errs++
			if err := m.ask(ctx, "+FRH=3"); err != nil {
				return m.failure(ctx, err)
			}
		case r != at.None:
			m.mode = commands
			return outcomes[r], nil
		}
	}
}

// outcomes are the causes that the results of dialling stand for.
var outcomes = map[at.Result]fax.Cause{
	at.OK: fax.NoFax, at.FCError: fax.NoFax,
	at.NoCarrier:   fax.NoFax,
	at.Error:       fax.BadNumber,
	at.NoDialTone:  fax.NoDialTone,
	at.Busy:        fax.Busy,
	at.NoAnswer:    fax.NoAnswer,
	at.Blacklisted: fax.Blacklisted,
	at.Delayed:     fax.Delayed,
}

func (m *Modem) failure(ctx context.Context, err error) (fax.Cause, error) {
	if ctx.Err() != nil {
		return fax.Cancelled, ctx.Err()
	}
	return fax.ModemFailed, err
}

// Answer takes the call that rings; when it returns nil the modem has sent its tone and Run must follow at once. A caller
// who has gone is ErrHungUp. In case of an error the modem is on hook.
func (m *Modem) Answer(ctx context.Context) error {
	err := m.answer(ctx)
	if errors.Is(err, ErrHungUp) { // also said when the answer fell between two rings
		err = m.answer(ctx)
	}
	m.conn.Indications()
	m.ring = ring{}
	if err != nil {
		return fmt.Errorf("class1: answering: %w", errors.Join(err, m.HangUp()))
	}
	return nil
}

func (m *Modem) answer(ctx context.Context) error {
	until := time.Now().Add(30 * time.Second)
	if err := m.conn.Send(ctx, until, "A"); err != nil {
		return err
	}
	m.mode, m.last = asked, nobody
	a, err := m.conn.Answer(ctx, until)
	if err != nil {
		return err
	}
	m.mode = commands
	if a.Result != at.Connect {
		return fmt.Errorf("%s: %w", a.Final, ErrHungUp)
	}
	m.mode = saying
	return nil
}
