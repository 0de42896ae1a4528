// Package upkeep is what concerns a box as a whole: another version of its system, backups of everything, putting one back,
// erasing all. It stands beside the fax server and before the disk; who may use the network, and how, others know.
//
// Updating, restoring and erasing end with a new start: of the box for an update, which a program with the rights to the
// card brings about (faxbox update apply), and else of the service, by Config.Again.
package upkeep

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
	"faxbox/hal/slots"
	"faxbox/hal/update"
	"faxbox/store"
	"faxbox/store/backup"
)

// Config is what a box's upkeep is made of.
type Config struct {
	Server  *server.Server
	Store   *store.Store
	Data    string       // the folder of everything that is kept
	Version string       // of the program
	Log     *slog.Logger // nil: nothing is logged
	Machine *Machine     // nil: no box with two systems, but a program on somebody's machine
	Work    int          // that passphrases cost; 0: backup.Usual

	// Again has the service end, and begin anew. It must return at once.
	Again func(Ending)
}

// Machine is a box with two systems.
type Machine struct {
	Slot   slots.Slot // that runs
	Boards []string   // what its device tree is compatible with
	Key    ed25519.PublicKey
	State  update.Keeper // where the program with the rights keeps what becomes of an update
}

// Ending is why the service begins anew.
type Ending int

// The endings.
const (
	Restored Ending = iota + 1 // a backup is to take the place of everything
	Erased                     // everything is to be erased
)

// Upkeep is the upkeep of one box. All methods may be used by several goroutines; of those that change the box one runs at a
// time, and the others are refused.
type Upkeep struct {
	Config
	turn sync.Mutex // held by what changes the box, until it is done
	wake chan func(context.Context)

	mu      sync.Mutex // guards now
	now     wire.Update
	trouble string // why the last update came to nothing, if the card's keeper does not know
}

// New makes the upkeep of a box. Updates and restores need Run.
func New(c Config) *Upkeep {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Upkeep{Config: c, wake: make(chan func(context.Context), 1)}
}

// refuse makes a problem of an error.
func refuse(status int, err error, hint string) error {
	return &wire.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: err.Error(), Hint: hint}
}

var errBusy = errors.New("another update, restore or erasure goes on")

// begin takes the turn, for somebody who may do anything.
func (u *Upkeep) begin(who server.Who) (done func(), err error) {
	if !who.Rights.Has(fax.AllRights) {
		return nil, fax.ErrDenied
	}
	if !u.turn.TryLock() {
		return nil, refuse(http.StatusConflict, errBusy, "Wait until it is done.")
	}
	return u.turn.Unlock, nil
}

// CheckPassphrase reports what is wrong with a passphrase for a backup: nil or fax.Invalid.
func CheckPassphrase(p string) error {
	if utf8.RuneCountInString(p) >= backup.MinPassphrase {
		return nil
	}
	return fax.Invalid{{Field: "passphrase", Problem: "is too short", Code: fax.ErrorInvalidParameter,
		Hint: "Choose at least 10 characters, such as four words. Without it nobody can read the backup."}}
}

// Backup writes a sealed copy of everything, while the box is in use. Errors of who asks or of the passphrase come before the
// first octet. Needs all rights.
func (u *Upkeep) Backup(ctx context.Context, who server.Who, passphrase string, w io.Writer) error {
	if !who.Rights.Has(fax.AllRights) {
		return fax.ErrDenied
	}
	if err := CheckPassphrase(passphrase); err != nil {
		return err
	}
	if err := u.Server.Record(who, "server", "backup"); err != nil {
		return err
	}
	sealed, err := backup.Seal(w, passphrase, cmp.Or(u.Work, backup.Usual))
	if err != nil {
		return err
	}
	if err := u.Store.Backup(ctx, sealed, time.Now()); err != nil {
		return err // without its end nobody takes it for whole
	}
	return sealed.Close()
}

// Restore puts a sealed backup in the place of everything: it is read and checked first, and with an error nothing has
// changed. Then, beside, calls end, and the service begins anew with it; what was there before, also what came with these
// calls, stays in the folder replaced until the next time. Needs all rights.
func (u *Upkeep) Restore(_ context.Context, who server.Who, passphrase string, r io.Reader) error {
	done, err := u.begin(who)
	if err != nil {
		return err
	}
	plain, err := backup.Open(r, passphrase)
	if err == nil {
		err = u.Store.Stage(plain)
	}
	if err != nil {
		done()
		return restoreProblem(err)
	}
	u.Log.Warn("a backup is restored", "user", who.User, "remote", who.Remote)
	u.wake <- func(ctx context.Context) {
		defer done()
		u.drain(ctx)
		if ctx.Err() == nil { // else the service ends anyway, and begins with it
			u.Again(Restored)
		}
	}
	return nil
}

// restoreProblem says what is wrong with a backup. Errors of the disk, and of the network, stay what they are.
func restoreProblem(err error) error {
	for _, known := range []struct {
		err    error
		status int
		hint   string
	}{
		{backup.ErrPassphrase, http.StatusUnprocessableEntity, "Enter the passphrase that the backup was made with. Nothing was changed."},
		{backup.ErrNoBackup, http.StatusUnprocessableEntity, "Choose the file that faxbox backup wrote. Nothing was changed."},
		{backup.ErrCut, http.StatusUnprocessableEntity, "Copy the file again, or take another backup. Nothing was changed."},
		{backup.ErrDamaged, http.StatusUnprocessableEntity, "Copy the file again, or take another backup. Nothing was changed."},
		{store.ErrNewer, http.StatusUnprocessableEntity, "Update the box first. Nothing was changed."},
	} {
		if errors.Is(err, known.err) {
			return refuse(known.status, known.err, known.hint)
		}
	}
	return err
}

// eraseWord is what whoever wants everything erased must say.
const eraseWord = "erase"

// Erase erases everything that the box keeps and has it begin as on its first day. Needs all rights, and the word erase.
func (u *Upkeep) Erase(_ context.Context, who server.Who, word string) error {
	done, err := u.begin(who)
	if err != nil {
		return err
	}
	defer done()
	if !strings.EqualFold(strings.TrimSpace(word), eraseWord) {
		return fax.Invalid{{Field: "word", Problem: "is not erase", Hint: "Enter the word erase: everything will be gone.", Code: fax.ErrorInvalidParameter}}
	}
	u.Log.Warn("everything is erased", "user", who.User, "remote", who.Remote)
	u.Again(Erased)
	return nil
}

// box is what an update is checked against.
func (u *Upkeep) box(s update.State) update.Box {
	return update.Box{Version: u.Version, Boards: u.Machine.Boards, Trial: s.Trial}
}

// folder is where an update waits for the program with the rights.
func (u *Upkeep) folder(name ...string) string {
	return filepath.Join(append([]string{u.Data, UpdateFolder}, name...)...)
}

// Names within the data folder, by which the program with the rights finds an update.
const (
	UpdateFolder = "update"
	StagedFile   = "staged.update"
	RequestFile  = "request.json"
)

// State is what version runs, and what is known of an update.
func (u *Upkeep) State() wire.Update {
	w := u.known()
	w.Trouble = u.troubled()
	return w
}

// known is State without what has to be asked for.
func (u *Upkeep) known() wire.Update {
	u.mu.Lock()
	now, trouble := u.now, u.trouble
	u.mu.Unlock()
	w := wire.Update{Version: u.Version}
	if u.Machine == nil {
		return w
	}
	s, err := u.Machine.State.Load()
	if err != nil {
		u.Log.Warn("what became of the last update", "err", err)
	}
	w.Slots, w.Slot, w.Trial = true, string(u.Machine.Slot), s.Trial
	w.Phase, w.Percent, w.New, w.Before = string(s.Phase), s.Percent, s.Version, s.Before
	w.Outcome, w.Reason, w.Ended = string(s.Outcome), s.Reason, s.Ended
	if trouble != "" {
		w.Outcome, w.Reason, w.Ended = string(update.Refused), trouble, now.Ended
	}
	if now.Phase != "" && s.Phase == update.Idle {
		w.Phase, w.Percent, w.New, w.Before = now.Phase, now.Percent, cmp.Or(now.New, w.New), u.Version
	}
	return w
}

// troubled says why the server does not work as it should; empty: it does. A modem that is missing is not its fault.
func (u *Upkeep) troubled() string {
	if late := time.Since(u.Server.Alive()); late > time.Minute {
		return "a part of the fax server does not react"
	}
	for _, f := range u.Store.Health() {
		if f.Name == store.DiskFinding || f.Name == store.DatabaseFinding {
			return strings.TrimSuffix(f.Sentence, ".")
		}
	}
	return ""
}

func (u *Upkeep) show(change func(*wire.Update)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	change(&u.now)
}

// clear takes away what waits for the program with the rights.
func (u *Upkeep) clear() error { return os.RemoveAll(u.folder()) }
