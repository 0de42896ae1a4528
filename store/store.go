// Package store keeps what a box must not forget: settings, ports, jobs, messages, the journal, accounts. It knows the words
// of fax and who shows them to nobody. What it is told to keep survives the plug being pulled at any moment: each method
// that changes something returns when the change is durable, or has not happened.
//
// # What is where, and what is lost with it
//
//	faxbox.db          records (bbolt): settings, accounts, the journal, and jobs and messages for listing
//	snapshots/         copies of faxbox.db, one an hour, the newest few: what is gone back to when faxbox.db is damaged
//	damaged/           the last faxbox.db that was found damaged, for support
//	older/             faxbox.db as it was when a later version took it over: what the version of before goes back to
//	newer/             the faxbox.db of a later version, when it has
//	messages/7/        a fax that was received or sent: fax.tif, its pages, and message.json, its record
//	jobs/12/           a fax in the queue: fax.tif and job.json
//	calls/31.trace     what went over the line in a call
//	covers/            cover pages that were uploaded: =name.pdf is the server's, owner=name.pdf somebody's own
//	tls/               the certificate: nothing here reads it, but it goes into backups
//	unfinished/        folders being made: message-8 is being received, draft-1 is being submitted
//	deleted/           folders being taken away
//	restored/          a backup about to take the place of everything else
//	replaced/          what was there before that; may be deleted by hand
//
// # How nothing is lost
//
// A folder is made in unfinished, synced, entered in faxbox.db, and then renamed to its place. What is found in unfinished
// when the store is opened is either in faxbox.db already, and its renaming is finished; or it is a fax that was being
// received, and becomes a message of the pages that are there, marked partial; or it is half a submission, which nobody was
// told to be accepted, and is removed. A folder is taken away by being renamed into deleted, which is the moment it is gone,
// then emptied, then struck from faxbox.db, then removed.
//
// The record of a job or a message is written into its folder before it goes into faxbox.db. Of a job the one in the folder
// counts, so that no page once confirmed is sent again. Of a message it counts only when faxbox.db had to be replaced by a
// snapshot: then everything in jobs and messages is taken up again from the folders, and numbers go on well above the last
// one known, so that none is used twice.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// Options say how a store is opened. The zero value will do.
type Options struct {
	Log *slog.Logger // nil: nothing is logged

	disk       disk // nil: the real one
	checkLimit int64
	migrations []func(*bbolt.Tx) error // nil: those of this version
}

// Names within the folder.
const (
	databaseName  = "faxbox.db"
	snapshotsDir  = "snapshots"
	damagedDir    = "damaged"
	jobsDir       = "jobs"
	messagesDir   = "messages"
	callsDir      = "calls"
	coversDir     = "covers"
	unfinishedDir = "unfinished"
	deletedDir    = "deleted"
	restoredDir   = "restored"
	replacedDir   = "replaced"
	tlsDir        = "tls"
)

// Store is an open store. It may be used by several goroutines.
type Store struct {
	dir  string
	disk disk
	log  *slog.Logger

	migrations []func(*bbolt.Tx) error // from each schema to the next

	gate    sync.RWMutex // held for reading while db is used, for writing while it is opened anew or closed
	db      *bbolt.DB    // nil when closed
	checker sync.WaitGroup
	stop    chan struct{} // closed by Close
	end     sync.Once     // closes it

	folders sync.Mutex // held while a folder of a job or a message, once finished, is changed
	drafts  counter
	covers  sync.Mutex // held while a file in covers is changed

	messages catalog
	calls    catalog
	health   health
	snapshot snapshots
}

// counter yields 1, 2, 3, ...
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) next() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}

// Open opens the store in this folder, which is made if it is not there, and repairs what the last stop left half done. A
// damaged database is replaced by its newest good copy; Health tells of it. On a read-only disk the store opens for reading.
// Errors are ErrInUse, ErrNewer, ErrFull, ErrReadOnly and those of the disk.
func Open(dir string, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.disk == nil {
		o.disk = realDisk{}
	}
	if o.checkLimit == 0 {
		o.checkLimit = defaultCheckLimit
	}
	s := &Store{dir: dir, log: o.Log, stop: make(chan struct{}), migrations: o.steps()}
	s.disk = &watchedDisk{o.disk, &s.health}
	if err := s.open(o.checkLimit); err != nil {
		return nil, fmt.Errorf("opening the store in %s: %w", dir, state(err))
	}
	return s, nil
}

func (s *Store) open(checkLimit int64) error {
	if err := s.swapRestored(); err != nil {
		return err
	}
	if err := s.makeDirs(); err != nil && !(errors.Is(err, ErrReadOnly) && exists(s.path(databaseName))) {
		return err
	}
	if err := s.openDatabase(checkLimit); err != nil {
		return err
	}
	err := s.loadCatalogs()
	if err == nil && !s.db.IsReadOnly() {
		err = s.recoverAll()
	}
	if err != nil {
		return errors.Join(err, s.Close())
	}
	if s.needsLongCheck(checkLimit) {
		s.checker.Go(s.longCheck)
	}
	return nil
}

func (s *Store) makeDirs() error {
	if err := os.MkdirAll(s.dir, dirMode); err != nil {
		return state(err)
	}
	for _, name := range []string{snapshotsDir, jobsDir, messagesDir, callsDir, coversDir, unfinishedDir, deletedDir} {
		if err := s.disk.MakeDir(s.path(name)); err != nil {
			return err
		}
	}
	return s.disk.SyncDir(s.dir)
}

func (s *Store) path(parts ...string) string {
	return filepath.Join(append([]string{s.dir}, parts...)...)
}

// Close closes the store. What goes on in it is waited for; what comes later fails with ErrClosed.
func (s *Store) Close() error {
	s.gate.Lock()
	db := s.db
	s.db = nil
	s.gate.Unlock()
	s.end.Do(func() { close(s.stop) })
	s.checker.Wait()
	if db == nil {
		return nil
	}
	return db.Close()
}

// view reads records.
func (s *Store) view(f func(*bbolt.Tx) error) error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.db == nil {
		return ErrClosed
	}
	return s.guard(func() error { return s.db.View(f) })
}

// update changes records: all that f does, or, after an error, nothing.
func (s *Store) update(f func(*bbolt.Tx) error) error {
	if err := s.writable(); err != nil {
		return err
	}
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.db == nil {
		return ErrClosed
	}
	return s.guard(func() error { return s.updateNow(f) })
}

func (s *Store) updateNow(f func(*bbolt.Tx) error) error {
	tx, err := s.db.Begin(true)
	if err != nil {
		return state(err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit, whether it went well or not, this does nothing
	if err := f(tx); err != nil {
		return err
	}
	id := tx.ID()
	if err := s.disk.Commit(tx); err != nil && !s.committed(id) {
		return fmt.Errorf("writing to the database: %w", err)
	}
	return nil
}

// committed finds out whether a transaction whose commit failed has happened nevertheless: it has if only the sync after
// the last page failed. Then another commit makes it durable, because it writes that page again; the others were synced
// before it. Without this, whoever asked would be told that a fax was not accepted, and it would be sent all the same.
func (s *Store) committed(id int) bool {
	seen := false
	// A view that cannot be had shows nothing.
	_ = s.db.View(func(tx *bbolt.Tx) error {
		seen = tx.ID() >= id
		return nil
	})
	if !seen {
		return false
	}
	tx, err := s.db.Begin(true)
	if err != nil {
		return false
	}
	return s.disk.Commit(tx) == nil
}

// writable opens the database anew for writing if the disk was read-only when it was opened, and repairs what Open could not.
// Whoever makes something in unfinished calls it, or update, first: the repair clears away what was there before.
func (s *Store) writable() error {
	s.gate.RLock()
	readOnly := s.db != nil && s.db.IsReadOnly()
	s.gate.RUnlock()
	if !readOnly {
		return nil
	}
	if err := s.probe(); err != nil {
		return err
	}
	left, err := s.reopen()
	if err != nil || left == nil {
		return err
	}
	return s.recover(left)
}

// reopen opens a read-only database for writing, and answers with what is in unfinished; with nil if somebody else was faster.
func (s *Store) reopen() (left []string, err error) {
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.db == nil || !s.db.IsReadOnly() {
		return nil, nil
	}
	if left, err = list(s.path(unfinishedDir)); err != nil {
		return nil, err
	}
	// Its lock keeps even ourselves from opening it for writing. Nothing was written through it that could be lost.
	_ = s.db.Close()
	db, err := bolt(s.path(databaseName), false)
	if err != nil {
		db, _ = bolt(s.path(databaseName), true) // what it says is told by the first error already
		s.db = db
		return nil, state(err)
	}
	s.db = db
	return append([]string{}, left...), nil
}

// bolt opens a database.
func bolt(path string, readOnly bool) (*bbolt.DB, error) {
	db, err := bbolt.Open(path, fileMode, &bbolt.Options{
		Timeout:         lockPatience,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: mapped,
		ReadOnly:        readOnly,
	})
	if err == nil {
		db.AllocSize = growth
	}
	return db, err
}

// growth is by how much a database grows at a time, in octets.
const growth = 1 << 20

// lockPatience is how long another process is waited for that has the database open: one that was told to end a moment ago.
const lockPatience = time.Second

// readFile reads a small file of ours.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxRecordFile {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("the file is too large to be one of ours")}
	}
	return os.ReadFile(path)
}

// maxRecordFile is how large message.json or job.json may be, in octets; some kilobytes are usual.
const maxRecordFile = 1 << 20
