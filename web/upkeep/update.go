package upkeep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
	"faxbox/hal/update"
)

// Times of an update.
const (
	drainTime = 15 * time.Minute // calls on the lines may take so long; then they are ended
	pickTime  = time.Minute      // within which somebody takes the update
	writeTime = 20 * time.Minute // within which it is on the card
	look      = time.Second
)

var errNoSlots = errors.New("this is no box with two systems, and takes no update files")

// phaseReceiving comes before those of package update.
const phaseReceiving = "receiving"

// Update takes an update file of so many octets (0: nobody knows), checks all of it, and keeps it. With an error nothing has
// changed. Then, beside, calls end and the box restarts with it; State tells how far that is. Needs all rights. An older
// version is taken only with downgrade.
func (u *Upkeep) Update(_ context.Context, who server.Who, r io.Reader, size int64, downgrade bool) error {
	done, err := u.begin(who)
	if err != nil {
		return err
	}
	if err := u.receive(who, r, size, downgrade); err != nil {
		u.show(func(w *wire.Update) { *w = wire.Update{} })
		done()
		return err
	}
	return nil // install gives the turn back
}

func (u *Upkeep) receive(who server.Who, r io.Reader, size int64, downgrade bool) error {
	if u.Machine == nil {
		return refuse(http.StatusConflict, errNoSlots, "Replace the program as it was installed.")
	}
	s, err := u.Machine.State.Load()
	if err != nil {
		return err
	}
	u.show(func(w *wire.Update) { *w = wire.Update{Phase: phaseReceiving} })
	if err := u.Store.Room(size); err != nil {
		return err
	}
	m, err := u.stage(&measured{r: r, all: size, show: u.show}, u.box(s), downgrade)
	if err != nil {
		return errors.Join(updateProblem(err), u.clear())
	}
	err = u.Server.Record(who, "server", "update", fax.Change{Field: "version", From: quote(u.Version), To: quote(m.Version)})
	if err != nil {
		return errors.Join(err, u.clear())
	}
	u.mu.Lock()
	u.trouble = ""
	u.now = wire.Update{Phase: string(update.Waiting), New: m.Version}
	u.mu.Unlock()
	u.Log.Warn("an update is installed", "version", m.Version, "user", who.User, "remote", who.Remote)
	u.wake <- func(ctx context.Context) { u.install(ctx, m.Version, downgrade) }
	return nil
}

// stage writes an update file into the data folder while it is checked.
func (u *Upkeep) stage(r io.Reader, b update.Box, downgrade bool) (m update.Manifest, err error) {
	if err := errors.Join(u.clear(), os.MkdirAll(u.folder(), 0o700)); err != nil {
		return m, err
	}
	f, err := os.OpenFile(u.folder(StagedFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return m, err
	}
	m, err = update.Check(io.TeeReader(r, f), u.Machine.Key, b, downgrade)
	if err == nil {
		err = f.Sync()
	}
	return m, errors.Join(err, f.Close())
}

// measured counts what is read of a file.
type measured struct {
	r         io.Reader
	all, done int64
	show      func(func(*wire.Update))
}

func (m *measured) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.done += int64(n)
	if m.all > 0 {
		m.show(func(w *wire.Update) { w.Percent = int(min(100, 100*m.done/m.all)) })
	}
	return n, err
}

func quote(s string) string {
	text, _ := json.Marshal(s) // a string always can be
	return string(text)
}

// updateProblem says what is wrong with an update file. Errors of the disk and of the network stay what they are.
func updateProblem(err error) error {
	for _, known := range []struct {
		err  error
		hint string
	}{
		{update.ErrNoUpdate, "Choose a file whose name ends with .update."},
		{update.ErrSignature, "Get the file again from where the box came from."},
		{update.ErrCut, "Get the file again: it did not come through whole."},
		{update.ErrDamaged, "Get the file again: it did not come through whole."},
		{update.ErrFormat, "Install a version between the two first."},
		{update.ErrOlder, "If you want the older version: confirm that, with --downgrade on the command line. Settings go back with it."},
		{update.ErrTooOld, "Install the version that it names first."},
		{update.ErrBoard, "Get the update for this board."},
		{update.ErrTrial, "Wait some minutes."},
	} {
		if errors.Is(err, known.err) {
			return refuse(http.StatusUnprocessableEntity, err, known.hint+" Nothing was changed.")
		}
	}
	return err
}

// Run does what whoever asked for it does not wait for, until the context ends.
func (u *Upkeep) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case do := <-u.wake:
			do(ctx)
		}
	}
}

// drain waits until no call is on any line, and for no longer than drainTime. No other call is begun.
func (u *Upkeep) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	if err := u.Server.Drain(ctx); err != nil {
		u.Log.Warn("calls are ended", "err", err)
	}
}

// install brings an update that was received to the program with the rights, and gives the turn back if that fails.
func (u *Upkeep) install(ctx context.Context, version string, downgrade bool) {
	err := u.hand(ctx, downgrade)
	if ctx.Err() != nil {
		return // the box restarts
	}
	u.Log.Error("the update was not installed", "version", version, "err", err)
	u.mu.Lock()
	u.now = wire.Update{Ended: time.Now().UTC()}
	if err != nil {
		u.trouble = update.Sentence(err)
	}
	u.mu.Unlock()
	u.Server.Resume()
	u.turn.Unlock()
}

// hand waits for calls to end, asks for the update, and watches what becomes of it. If all goes well the box restarts and
// it does not return before that; nil is an update that was refused, which the state tells.
func (u *Upkeep) hand(ctx context.Context, downgrade bool) error {
	begun := time.Now()
	u.drain(ctx)
	if err := u.ask(downgrade); err != nil {
		return errors.Join(fmt.Errorf("the update could not be handed on: %w", err), u.clear())
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	for asked := time.Now(); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		waited := time.Since(asked)
		s, err := u.Machine.State.Load()
		switch _, taken := os.Stat(u.folder(RequestFile)); {
		case err == nil && s.Outcome == update.Refused && s.Phase == update.Idle && s.Ended.After(begun):
			return u.clear()
		case taken == nil && waited > pickTime:
			return errors.Join(errors.New("nobody on this machine puts updates onto the card"), u.clear())
		case waited > writeTime:
			return errors.New("the update is not on the card after 20 minutes")
		}
	}
}

// ask leaves the request. It is there as a whole or not at all.
func (u *Upkeep) ask(downgrade bool) error {
	text, err := json.Marshal(update.Request{Downgrade: downgrade})
	if err != nil {
		return err
	}
	beside := u.folder(RequestFile + ".new")
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(beside, u.folder(RequestFile))
}
