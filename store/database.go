package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"faxbox/fax"
)

// errDamaged is a database that cannot be trusted.
var errDamaged = errors.New("the database is damaged")

// openDatabase opens faxbox.db, or what is to take its place: the newest good snapshot, or, if there is none, a new one.
func (s *Store) openDatabase(checkLimit int64) error {
	path := s.path(databaseName)
	db, err := s.openSound(path, checkLimit)
	switch {
	case err == nil:
		s.db = db
		return s.view(s.noteRestored)
	case errors.Is(err, fs.ErrNotExist):
		return s.firstDatabase()
	case errors.Is(err, errDamaged):
		return s.fallBack(err)
	case errors.Is(err, ErrNewer):
		return s.backToOlder(err)
	}
	return err
}

// openSound opens a database that is there, finds it sound, and brings it to our schema. A read-only disk is no reason not to.
func (s *Store) openSound(path string, checkLimit int64) (*bbolt.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	if exists(s.path(damageMark)) {
		return nil, fmt.Errorf("%w: the check after the last start found it so", errDamaged)
	}
	db, err := openEither(path)
	if err != nil {
		return nil, err
	}
	if err := s.makeSound(db, checkLimit, false); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if db.IsReadOnly() {
		s.health.note(ErrReadOnly)
	}
	return db, nil
}

// openEither opens a database for writing, or, on a disk that cannot be written to, for reading.
func openEither(path string) (*bbolt.DB, error) {
	db, err := sound(func() (*bbolt.DB, error) { return bolt(path, false) })
	if errors.Is(state(err), ErrReadOnly) || errors.Is(err, fs.ErrPermission) {
		db, err = sound(func() (*bbolt.DB, error) { return bolt(path, true) })
	}
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, ErrInUse
	case isSystem(err):
		return nil, err // not to be opened is not to be damaged
	}
	return nil, fmt.Errorf("%w: %v", errDamaged, err)
}

// isSystem reports an error of the operating system, other than that the disk cannot read what it holds.
func isSystem(err error) bool {
	var no syscall.Errno
	return errors.As(err, &no) && !deviceFault(err)
}

// sound runs f, and makes an error of the panics with which bbolt meets what it cannot read, and of faults in the mapped
// file.
func sound[T any](f func() (T, error)) (v T, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errDamaged, r)
		}
	}()
	return f()
}

// makeSound checks a database and brings it to our schema. Only a new one may be empty: bbolt makes one of a file that has
// lost all its octets.
func (s *Store) makeSound(db *bbolt.DB, checkLimit int64, isNew bool) error {
	found, err := sound(func() (uint64, error) { return check(db, checkLimit) })
	switch {
	case err != nil:
		return err
	case found == 0 && !isNew:
		return fmt.Errorf("%w: it is empty", errDamaged)
	case found == s.schema() && (db.IsReadOnly() || db.View(isComplete) == nil):
		return nil
	case db.IsReadOnly():
		return fmt.Errorf("%w: and its schema is %d, not %d", ErrReadOnly, found, s.schema())
	case found < s.schema() && db.Path() == s.path(databaseName):
		if err := s.keepOlder(db, found); err != nil {
			return err
		}
	}
	tx, err := db.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	if err := migrate(tx, s.migrations); err != nil {
		return err
	}
	return s.disk.Commit(tx)
}

// isComplete fails for a database that lacks buckets.
func isComplete(tx *bbolt.Tx) error {
	if !complete(tx) {
		return errors.New("buckets are missing")
	}
	return nil
}

// defaultCheckLimit is how large a database may be, in octets, to be checked as a whole before it is used: it takes half a
// second on a slow card. A larger one is checked while it is in use.
const defaultCheckLimit = 32 << 20

// check looks for damage: in all pages of a small database, in the ends of every bucket of a large one. It yields the
// database's version.
func check(db *bbolt.DB, limit int64) (found uint64, err error) {
	err = db.View(func(tx *bbolt.Tx) error {
		found = version(tx)
		info, err := os.Stat(db.Path())
		if err != nil {
			return err
		}
		if tx.Size() > info.Size() {
			return fmt.Errorf("%w: %d octets of it are missing", errDamaged, tx.Size()-info.Size())
		}
		if tx.Size() <= limit {
			return checkWhole(db.Path(), tx)
		}
		return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error {
			b.Cursor().First()
			b.Cursor().Last()
			return nil
		})
	})
	return found, err
}

// checkWhole reads the file first: a sector that the disk cannot read is an error there, and in the mapped file the end of
// the process, because bbolt checks in a goroutine of its own.
func checkWhole(path string, tx *bbolt.Tx) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, f)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%w: %v", errDamaged, err)
	}
	var problems []string
	n := 0
	for err := range tx.Check() {
		if n++; n <= 3 {
			problems = append(problems, err.Error())
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s (%d faults in all)", errDamaged, strings.Join(problems, "; "), n)
}

// damageMark is a file that says that faxbox.db was found damaged while it was in use. The next start replaces it.
const damageMark = "faxbox.db.damaged"

func (s *Store) needsLongCheck(limit int64) bool {
	info, err := os.Stat(s.path(databaseName))
	return err == nil && info.Size() > limit
}

// longCheck reads a large database from one end to the other while it is in use, a little at a time.
func (s *Store) longCheck() {
	_, err := sound(func() (struct{}, error) { return struct{}{}, s.readAll() })
	if err != nil && !errors.Is(err, ErrClosed) {
		s.damaged(err)
	}
}

// damaged tells that the database was found damaged while it is in use.
func (s *Store) damaged(err error) {
	s.log.Error("the database is damaged", "err", err)
	s.health.set(fax.Finding{
		Name:     DatabaseFinding,
		Sentence: "The database is damaged. It still works in part.",
		Hint:     "Restart the box: it then goes back to the last good copy. No fax is lost by that.",
	})
	if err := writeBytes(s.disk, s.path(damageMark), []byte(err.Error()+"\n")); err != nil {
		s.log.Error("the next start will not know that the database is damaged", "err", err)
	}
}

// guard makes an error of a fault in the mapped file: the disk cannot read a sector, or the file has lost its end.
func (s *Store) guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch r := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }: // what package runtime makes of a fault
			err = fmt.Errorf("%w: %v", errDamaged, r)
			s.damaged(err)
		default:
			panic(r)
		}
	}()
	return f()
}

// atATime is how many records the long check reads in one transaction: longer ones keep pages from being used again.
const atATime = 5000

func (s *Store) readAll() error {
	for _, name := range bucketNames() {
		var last []byte
		for done := false; !done; {
			select {
			case <-s.stop:
				return ErrClosed
			case <-time.After(time.Millisecond): // whoever else waits for the disk goes first
			}
			err := s.view(func(tx *bbolt.Tx) (err error) {
				last, done, err = readSome(tx.Bucket([]byte(name)), last)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// readSome reads records after a key, and sees that they are in order.
func readSome(b *bbolt.Bucket, after []byte) (last []byte, done bool, err error) {
	c := b.Cursor()
	k, _ := c.Seek(after)
	for range atATime {
		if k == nil {
			return nil, true, nil
		}
		if string(k) < string(last) {
			return nil, true, fmt.Errorf("%w: keys are out of order", errDamaged)
		}
		last = append(last[:0], k...)
		k, _ = c.Next()
	}
	return last, false, nil
}

// firstDatabase makes the database where there is none: a new box's, or one whose file was lost.
func (s *Store) firstDatabase() error {
	lost, err := s.holdsRecords()
	if err != nil {
		return err
	}
	if lost {
		return s.fallBack(errors.New("the file is missing"))
	}
	return s.newDatabase(nil)
}

// holdsRecords reports whether there is anything that a database should know of.
func (s *Store) holdsRecords() (bool, error) {
	for _, dir := range []string{snapshotsDir, jobsDir, messagesDir, unfinishedDir} {
		names, err := list(s.path(dir))
		if err != nil || len(names) > 0 {
			return true, err
		}
	}
	return false, nil
}

// newDatabase makes an empty database beside and puts it in its place. Why there was none is noted in it.
func (s *Store) newDatabase(note *restoredNote) error {
	return s.replaceDatabase(note, nil)
}

// replaceDatabase makes a database beside, from a copy if there is one, notes in it why, and puts it in its place.
func (s *Store) replaceDatabase(note *restoredNote, from func(io.Writer) error) error {
	beside := s.path(databaseName + besideSuffix)
	if err := s.disk.Remove(beside); err != nil {
		return err
	}
	if from != nil {
		if err := fill(s.disk, beside, from); err != nil {
			return err
		}
	}
	if err := s.prepare(beside, note, from == nil); err != nil {
		return err
	}
	if err := s.disk.Rename(beside, s.path(databaseName)); err != nil {
		return err
	}
	if err := s.disk.SyncDir(s.dir); err != nil {
		return err
	}
	db, err := bolt(s.path(databaseName), false)
	if err != nil {
		return err
	}
	s.db = db
	if note != nil {
		s.health.set(note.finding())
	}
	return nil
}

// prepare makes a database ready for use: sound, of our schema, and with a note if it takes the place of another.
func (s *Store) prepare(path string, note *restoredNote, isNew bool) error {
	db, err := openEither(path)
	if err != nil {
		return err
	}
	err = s.makeSound(db, 1<<62, isNew)
	if err == nil && note != nil {
		err = s.mark(db, *note)
	}
	return errors.Join(err, db.Close())
}

func (s *Store) mark(db *bbolt.DB, note restoredNote) error {
	tx, err := db.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	if err := skip(tx, note); err != nil {
		return err
	}
	return s.disk.Commit(tx)
}
