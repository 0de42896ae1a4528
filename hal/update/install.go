package update

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"time"

	"faxbox/hal/slots"
)

// Installer puts updates onto a card. It has the rights to.
type Installer struct {
	Card  *slots.Card
	Box   Box
	Key   ed25519.PublicKey
	State Keeper
	Now   func() time.Time
}

// tries is how often a new system is tried: once. Whoever pulls the plug meanwhile finds the system of before.
const tries = 1

// Install checks an update file, and if nothing is wrong with it fills the slot that does not run and has it tried at the
// next start, which is for the caller to bring about. With an error nothing has changed but, perhaps, the contents of the
// slot that is not in use.
func (i *Installer) Install(ctx context.Context, r io.ReadSeeker, downgrade bool) error {
	s := State{Slot: i.Card.Running, Phase: Writing, Before: i.Box.Version, Target: i.Card.Running.Other(), Began: i.Now().UTC()}
	m, err := i.install(ctx, r, downgrade, &s)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = errors.New("the box was told to stop")
	}
	s.Version, s.Phase, s.Outcome, s.Reason, s.Ended = m.Version, Idle, Refused, Sentence(err), i.Now().UTC()
	return errors.Join(err, i.State.Keep(s))
}

func (i *Installer) install(ctx context.Context, r io.ReadSeeker, downgrade bool, s *State) (Manifest, error) {
	m, err := Check(r, i.Key, i.Box, downgrade)
	if err != nil {
		return m, err
	}
	s.Version = m.Version
	if err := i.State.Keep(*s); err != nil {
		return m, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return m, err
	}
	f, err := Open(r, i.Key) // once more: what is written is what is checked
	if err != nil {
		return m, err
	}
	filling, err := i.Card.Fill(s.Target)
	if err != nil {
		return m, err
	}
	if err := filling.Room(f.Parts); err != nil {
		return m, fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	var total, done int64
	for _, p := range f.Parts {
		total += p.Size
	}
	err = f.Each(func(p slots.Part, r io.Reader) error {
		return filling.Put(p, io.TeeReader(r, counter(func(n int) error {
			before := 100 * done / total
			done += int64(n)
			if now := 100 * done / total; now != before {
				s.Percent = int(now)
				i.State.Show(*s)
			}
			return ctx.Err()
		})))
	})
	if err != nil {
		return m, err
	}
	s.Phase = Starting
	if err := i.State.Keep(*s); err != nil {
		return m, err
	}
	return m, filling.Try(tries)
}

// counter is a writer that only hears how much is written.
type counter func(n int) error

func (c counter) Write(p []byte) (int, error) { return len(p), c(len(p)) }

// Reasons why an update was not installed that nobody else gives.
const (
	reasonCut    = "The box was switched off before all of it was on the card. Install it again."
	reasonSilent = "It was started once and did not say that it works. If the box was switched off meanwhile, install it again."
)

// Calm reports whether there is nothing for Begin to do: a start like any other, at which nothing is written.
func (i *Installer) Calm() bool {
	s, err := i.State.Load()
	choice, choiceErr := i.Card.Choice()
	return err == nil && choiceErr == nil && s.Phase == Idle && !s.Trial && s.Slot == i.Card.Running && choice == slots.Choice{Slot: i.Card.Running}
}

// Begin is called at each start that is not calm, before anything else here. It finds out what became of an update, and whether the system
// that runs is being tried. Afterwards the choice is one that leads here.
func (i *Installer) Begin() (State, error) {
	s, err := i.State.Load()
	if err != nil {
		s = State{} // it only told of the past
	}
	running := i.Card.Running
	s.Slot, s.Trial = running, false
	choice, err := i.Card.Choice()
	unreadable := errors.Is(err, slots.ErrNoChoice)
	if err != nil && !unreadable {
		return s, err
	}
	if !unreadable && choice.Try == running && choice.Slot != running {
		s.Trial, s.Phase = true, Trying
		return s, i.State.Keep(s)
	}
	if s.Phase != Idle {
		i.missed(&s, choice)
	}
	if want := (slots.Choice{Slot: running}); choice != want {
		if err := i.Card.Choose(want); err != nil {
			return s, err
		}
	}
	return s, i.State.Keep(s)
}

// missed ends an update that is not what runs.
func (i *Installer) missed(s *State, choice slots.Choice) {
	switch {
	case s.Target == s.Slot: // chosen, and the plug was pulled before that was written down
		s.Outcome, s.Reason = Settled, ""
	case s.Phase == Writing, choice.Try == slots.None && s.Reason == "":
		s.Outcome, s.Reason = Refused, reasonCut
	case s.Reason == "":
		s.Outcome, s.Reason = FellBack, reasonSilent
	default:
		s.Outcome = FellBack
	}
	s.Phase, s.Percent, s.Ended = Idle, 0, i.Now().UTC()
}

// Settle watches a system that is being tried: when works has answered nil calm times, a moment apart, it is the chosen one.
// If that does not happen within SettleTime, the error says why, the state keeps it, and the caller restarts the box.
func (i *Installer) Settle(ctx context.Context, works func(context.Context) error) error {
	s, err := i.State.Load()
	if err != nil || !s.Trial {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, SettleTime)
	defer cancel()
	if why := wait(ctx, works); why != nil {
		s.Reason = Sentence(fmt.Errorf("it was started and did not work: %w", why))
		return errors.Join(why, i.State.Keep(s))
	}
	if err := i.Card.Choose(slots.Choice{Slot: i.Card.Running}); err != nil {
		return err
	}
	s.Trial, s.Phase, s.Outcome, s.Reason, s.Percent, s.Ended = false, Idle, Settled, "", 0, i.Now().UTC()
	return i.State.Keep(s)
}

// How often it is asked whether all is well, and how often in a row it must be.
const (
	glance = 5 * time.Second
	calm   = 4
)

// wait waits until works is content for a while, and says why not when the context ends.
func wait(ctx context.Context, works func(context.Context) error) error {
	why := errors.New("nobody has asked it yet")
	for good := 0; ; {
		err := works(ctx)
		switch {
		case ctx.Err() != nil:
			return why
		case err != nil:
			good, why = 0, err
		default:
			good++
		}
		if good == calm {
			return nil
		}
		select {
		case <-ctx.Done():
			return why
		case <-time.After(glance):
		}
	}
}
