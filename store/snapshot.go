package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// snapshots is what is known of the copies of the database.
type snapshots struct {
	mu   sync.Mutex // held while one is made
	last time.Time  // when the newest was made
	size int64      // of it, in octets
	tx   int        // the last transaction in it; 0 if that is not known
}

// due reports whether another is to be made: after an hour, and after proportionally more for a database of more than 64 MB
// (some 100,000 messages), because each wears the card. What changes most, jobs and messages, is safe in its folders.
func (s *snapshots) due(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := snapshotEvery * time.Duration(1+s.size>>26)
	return now.Sub(s.last) >= wait || now.Before(s.last)
}

const (
	snapshotEvery  = time.Hour
	snapshotsKept  = 4
	snapshotSuffix = ".db"
	snapshotTime   = "20060102T150405Z" // UTC
)

// snapshotName is made of the number of the last transaction in the snapshot, which puts them in order whatever the clock of
// a board without a battery says, and the time.
func snapshotName(tx int, made time.Time) string {
	return fmt.Sprintf("%012d-%s%s", tx, made.UTC().Format(snapshotTime), snapshotSuffix)
}

// parseSnapshot takes a name apart.
func parseSnapshot(name string) (tx int, made time.Time, err error) {
	number, moment, _ := strings.Cut(strings.TrimSuffix(name, snapshotSuffix), "-")
	if tx, err = strconv.Atoi(number); err == nil {
		made, err = time.Parse(snapshotTime, moment)
	}
	return tx, made, err
}

// Tend does what is to be done from time to time: once a minute is right. It makes the hourly snapshot, strikes what has
// expired, and finishes what a full disk has kept from being finished. What it cannot do, Health tells.
func (s *Store) Tend(now time.Time) error {
	err := errors.Join(s.tidy(), s.expire(now))
	if s.snapshot.due(now) {
		err = errors.Join(err, s.Snapshot(now))
	}
	return err
}

// Snapshot makes a copy of the database beside it, unless nothing has changed since the last one.
func (s *Store) Snapshot(now time.Time) error {
	s.snapshot.mu.Lock()
	defer s.snapshot.mu.Unlock()
	tx, err := s.makeSnapshot(now)
	if err != nil {
		s.health.set(fax.Finding{
			Name:     SnapshotFinding,
			State:    fax.Warning,
			Sentence: fmt.Sprintf("No copy of the database could be made (%v).", err),
			Hint:     "Make room on the disk, or make a backup.",
		})
		return fmt.Errorf("making a copy of the database: %w", err)
	}
	s.health.clear(SnapshotFinding)
	s.snapshot.last, s.snapshot.tx = now, tx
	return nil
}

func (s *Store) makeSnapshot(now time.Time) (last int, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		last = tx.ID()
		if last == s.snapshot.tx {
			return nil
		}
		s.snapshot.size = tx.Size()
		if err := s.roomForSnapshot(tx.Size()); err != nil {
			return err
		}
		path := s.path(snapshotsDir, snapshotName(last, now))
		return write(s.disk, path, func(w io.Writer) error {
			_, err := tx.WriteTo(w)
			return err
		})
	})
	if err != nil {
		return 0, err
	}
	return last, s.pruneSnapshots(snapshotsKept)
}

// roomForSnapshot lets all older ones but the newest give way if need be.
func (s *Store) roomForSnapshot(size int64) error {
	err := s.room(size)
	if err == nil {
		return nil
	}
	if err := s.pruneSnapshots(1); err != nil {
		return err
	}
	return s.room(size)
}

// pruneSnapshots keeps the newest so many.
func (s *Store) pruneSnapshots(keep int) error {
	names, err := s.snapshotNames()
	if err != nil {
		return err
	}
	for _, name := range names[min(keep, len(names)):] {
		if err := s.disk.Remove(s.path(snapshotsDir, name)); err != nil {
			return err
		}
	}
	return nil
}

// snapshotNames are the names of the snapshots, the newest first.
func (s *Store) snapshotNames() ([]string, error) {
	names, err := list(s.path(snapshotsDir))
	names = slices.DeleteFunc(names, func(n string) bool { return !strings.HasSuffix(n, snapshotSuffix) })
	slices.Reverse(names)
	return names, err
}

// fallBack puts the newest good snapshot in the place of a database that cannot be used, which is put aside.
func (s *Store) fallBack(because error) error {
	s.log.Error("the database cannot be used", "err", because)
	names, err := s.snapshotNames()
	if err != nil {
		return err
	}
	for _, name := range names {
		err := s.useSnapshot(name, because)
		if !errors.Is(err, errDamaged) && !deviceFault(err) {
			return err
		}
		s.log.Error("a copy of the database is damaged too", "copy", name, "err", err)
		if deviceFault(err) {
			continue // another time it may be read
		}
		// It would be the newest for ever: what is gone back to begins with a lower number.
		if err := s.disk.Remove(s.path(snapshotsDir, name)); err != nil {
			return err
		}
	}
	return s.withoutDatabase(because)
}

func (s *Store) useSnapshot(name string, because error) error {
	f, err := os.Open(s.path(snapshotsDir, name))
	if err != nil {
		return err
	}
	defer f.Close()
	_, made, err := parseSnapshot(name)
	if err != nil {
		return fmt.Errorf("%w: %q is no name of a copy", errDamaged, name)
	}
	if err := s.putAside(); err != nil {
		return err
	}
	note := &restoredNote{At: time.Now(), From: name, Made: made, Because: short(because)}
	err = s.replaceDatabase(note, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
	if err == nil {
		s.log.Warn("a copy of the database is in use", "copy", name)
	}
	return err
}

func (s *Store) withoutDatabase(because error) error {
	if err := s.putAside(); err != nil {
		return err
	}
	s.log.Error("there is no good copy of the database: beginning anew with what is in the folders")
	return s.newDatabase(&restoredNote{At: time.Now(), Because: short(because)})
}

// putAside keeps the damaged database, the last one of them, for support.
func (s *Store) putAside() error {
	if err := s.disk.MakeDir(s.path(damagedDir)); err != nil {
		return err
	}
	if path := s.path(databaseName); exists(path) {
		if err := s.disk.Rename(path, s.path(damagedDir, databaseName)); err != nil {
			return err
		}
	}
	return s.disk.Remove(s.path(damageMark))
}

// short is an error for a sentence.
func short(err error) string {
	text := strings.TrimPrefix(err.Error(), errDamaged.Error()+": ")
	const most = 120
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// noteRestored says again that a snapshot is in use until somebody acknowledges it.
func (s *Store) noteRestored(tx *bbolt.Tx) error {
	data := meta(tx).Get([]byte(restoredKey))
	if data == nil {
		return nil
	}
	var note restoredNote
	if err := json.Unmarshal(data, &note); err != nil {
		return fmt.Errorf("%s: %w", restoredKey, err)
	}
	s.health.set(note.finding())
	return nil
}

// findSnapshots finds out when the newest snapshot was made, and how large it is. If it cannot, one is due.
func (s *Store) findSnapshots() {
	names, err := s.snapshotNames()
	if err != nil || len(names) == 0 {
		return
	}
	info, err := os.Stat(s.path(snapshotsDir, names[0]))
	if err != nil {
		return
	}
	if tx, made, err := parseSnapshot(names[0]); err == nil {
		s.snapshot.last, s.snapshot.size, s.snapshot.tx = made, info.Size(), tx
	}
}
