package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
)

// A later version of the program may be put onto a box and be taken back. Before it changes the database to its own schema
// it keeps a copy of it as it was; the version of before, finding a database that it does not know, goes back to that copy.
// No fax and no job is lost by that, because each has a record in its folder, which all versions can read: those that came
// meanwhile are taken up from there. Settings, accounts and the journal are those of the copy: what was changed in them
// meanwhile is in newer, and an update that is taken back at once has had minutes for it.
const (
	olderDir = "older" // schema-1.db: the database as it was when a later version took it over
	newerDir = "newer" // the last faxbox.db of a later version, put aside

	olderOrigin = "older" // in a restoredNote
)

// Schema is the version of what this program keeps.
const Schema = schema

// steps are the migrations of the version that opens the store.
func (o Options) steps() []func(*bbolt.Tx) error {
	if o.migrations != nil {
		return o.migrations
	}
	return migrations
}

// schema is the version of what this store keeps.
func (s *Store) schema() uint64 { return uint64(len(s.migrations) + 1) }

func olderName(schema uint64) string {
	return "schema-" + strconv.FormatUint(schema, 10) + snapshotSuffix
}

// keepOlder keeps a copy of a database that is about to be brought to a later schema.
func (s *Store) keepOlder(db *bbolt.DB, found uint64) error {
	if err := s.disk.MakeDir(s.path(olderDir)); err != nil {
		return err
	}
	err := db.View(func(tx *bbolt.Tx) error {
		return write(s.disk, s.path(olderDir, olderName(found)), func(w io.Writer) error {
			_, err := tx.WriteTo(w)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("keeping the database as it was: %w", err)
	}
	return s.disk.SyncDir(s.dir)
}

// backToOlder puts the newest copy that this version can read in the place of a database that it cannot. Without one the
// error stays as it is.
func (s *Store) backToOlder(because error) error {
	for found := s.schema(); found > 0; found-- {
		name := olderName(found)
		info, err := os.Stat(s.path(olderDir, name))
		if err != nil {
			continue
		}
		return s.useOlder(name, info.ModTime(), because)
	}
	return because
}

func (s *Store) useOlder(name string, made time.Time, because error) error {
	f, err := os.Open(s.path(olderDir, name))
	if err != nil {
		return errors.Join(because, err)
	}
	defer f.Close() // only read
	// It keeps its name until the copy takes it: a database that is not there would be one that was lost.
	if err := s.disk.MakeDir(s.path(newerDir)); err != nil {
		return err
	}
	if err := s.disk.Remove(s.path(newerDir, databaseName)); err != nil {
		return err
	}
	if err := s.disk.Link(s.path(databaseName), s.path(newerDir, databaseName)); err != nil {
		return err
	}
	if err := s.disk.SyncDir(s.path(newerDir)); err != nil {
		return err
	}
	if err := s.pruneSnapshots(0); err != nil { // they are of the later version, or older than the copy
		return err
	}
	note := &restoredNote{At: time.Now(), From: olderOrigin, Made: made, Because: short(because)}
	err = s.replaceDatabase(note, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
	if err == nil {
		s.log.Warn("an earlier version runs: the database of before the later one is in use", "copy", name)
	}
	return err
}
