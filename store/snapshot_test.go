package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// damages are what may happen to a database on a worn card.
var damages = []struct {
	name string
	do   func(path string) error
}{
	{"gone", os.Remove},
	{"empty", func(path string) error { return os.Truncate(path, 0) }},
	{"cut after the first pages", func(path string) error { return os.Truncate(path, 3*4096) }},
	{"another file", func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("not ours "), 5000), fileMode) }},
	{"first pages zeroed", func(path string) error { return overwrite(path, 0, make([]byte, 8192)) }},
	{"everything else zeroed", func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		return overwrite(path, 8192, make([]byte, info.Size()-8192))
	}},
	{"noise in every page", func(path string) error {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for at := 8192; at+64 < len(data); at += 4096 {
			for i := range 48 {
				data[at+i] ^= byte(0x5A + i)
			}
		}
		return os.WriteFile(path, data, fileMode)
	}},
}

func overwrite(path string, at int64, with []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(with, at)
	return errors.Join(err, f.Close())
}

func TestDamagedDatabase(t *testing.T) {
	for _, damage := range damages {
		for _, kept := range []string{"a good snapshot", "a damaged and a good snapshot", "no snapshot"} {
			t.Run(damage.name+", "+kept, func(t *testing.T) {
				dir := quickDir(t)
				l, last := dayWithSnapshots(t, dir, kept)
				if err := damage.do(filepath.Join(dir, databaseName)); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					s := openedWith(t, dir, Options{})
					restoredHolds(t, s, l, kept)
					if err := s.Close(); err != nil {
						t.Fatal(err)
					}
				}
				s := opened(t, dir)
				if j := must(submitted(t, s, "a", Once{}, "9")); j[0].JobID <= last {
					t.Errorf("job %d may have been another's", j[0].JobID)
				}
				if err := s.Acknowledge(RestoredFinding); err != nil {
					t.Fatal(err)
				}
				healthy(t, s)
			})
		}
	}
}

// dayWithSnapshots is a busy day on which snapshots were made. It yields the last job's id.
func dayWithSnapshots(t *testing.T, dir, kept string) (*ledger, fax.JobID) {
	t.Helper()
	s := openedWith(t, dir, Options{})
	if err := s.PutServer(fax.Server{Retries: 7}); err != nil {
		t.Fatal(err)
	}
	if err := s.Snapshot(then.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	l := &ledger{}
	busyDay(t, s, l)
	receiveOne(t, s, l, "gh", true)
	for _, name := range must(s.snapshotNames()) {
		path := s.path(snapshotsDir, name)
		_, made, err := parseSnapshot(name)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case kept == "no snapshot":
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		case kept == "a damaged and a good snapshot" && made.Equal(then):
			if err := overwrite(path, 8192, bytes.Repeat([]byte{0xA5}, 20000)); err != nil {
				t.Fatal(err)
			}
		}
	}
	list := must(submitted(t, s, "PQ", Once{}, "3"))
	l.accepted[list[0].JobID] = 0
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return l, list[0].JobID
}

// restoredHolds is ledger.holds, without what only the database knew.
func restoredHolds(t *testing.T, s *Store, l *ledger, kept string) {
	t.Helper()
	l.messagesHold(t, s)
	foldersAgree(t, s)
	for id, pages := range l.accepted {
		if j, err := s.Job(id); !l.dropped[id] && (err != nil || j.ConfirmedPages < pages) {
			t.Errorf("job %d: %+v, %v", id, j, err)
		}
	}
	if settled := must(s.Server()); kept != "no snapshot" && settled.Retries != 7 {
		t.Errorf("settings were not restored: %+v", settled)
	}
	found := s.Health()
	if len(found) != 1 || found[0].Name != RestoredFinding || found[0].Hint == "" || found[0].OK {
		t.Errorf("health: %+v", found)
	}
}

func TestSnapshots(t *testing.T) {
	s := opened(t, quickDir(t))
	for hour := range 10 {
		if err := s.PutServer(fax.Server{Retries: hour}); err != nil {
			t.Fatal(err)
		}
		for minute := range 3 {
			if err := s.Tend(then.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := must(s.snapshotNames())
	if got := hours(t, want); !slices.Equal(got, []int{23, 22, 21, 20}) {
		t.Errorf("snapshots of the hours %v", got)
	}
	for _, name := range want {
		db := must(bolt(s.path(snapshotsDir, name), true))
		if _, err := check(db, 1<<62); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := s.Tend(then.Add(20 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	s = reopened(t, s)
	if err := s.Tend(then.Add(30 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	if again := must(s.snapshotNames()); !slices.Equal(again, want) {
		t.Errorf("a snapshot was made though nothing has changed: %v", again)
	}
	// The clock has lost its battery.
	if err := errors.Join(s.PutServer(fax.Server{}), s.Tend(then.AddDate(-50, 0, 1))); err != nil {
		t.Fatal(err)
	}
	if names := must(s.snapshotNames()); names[0] <= want[0] || !slices.Equal(names[1:], want[:3]) {
		t.Errorf("the newest is not the first: %v", names)
	}
}

// hours are the hours at which snapshots were made.
func hours(t *testing.T, names []string) (list []int) {
	t.Helper()
	for _, name := range names {
		_, made, err := parseSnapshot(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, made.Hour())
	}
	return list
}

func TestSnapshotFails(t *testing.T) {
	d := newFaultDisk(quickDir(t))
	s := openedWith(t, d.root, Options{disk: d})
	d.free = reserved
	if err := s.Snapshot(then); !errors.Is(err, ErrFull) {
		t.Errorf("on a full disk: %v", err)
	}
	if !s.health.has(SnapshotFinding) {
		t.Errorf("health does not tell: %+v", s.Health())
	}
	d.free = 0
	if err := s.Snapshot(then); err != nil {
		t.Fatal(err)
	}
	healthy(t, s)
}

// TestDamageFoundWhileInUse: a large database is checked while it is in use, and replaced by the next start.
func TestDamageFoundWhileInUse(t *testing.T) {
	dir := quickDir(t)
	s := opened(t, dir)
	for range 200 {
		if _, err := s.PutCall(fax.Call{Start: then, DeviceName: strings.Repeat("x", 300)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Snapshot(then), s.Close()); err != nil {
		t.Fatal(err)
	}
	// The middle of a bucket is hurt, which its ends do not show.
	hurt(t, filepath.Join(dir, databaseName), strings.Repeat("x", 300))
	s = openedWith(t, dir, Options{checkLimit: 1})
	s.checker.Wait()
	if !s.health.has(DatabaseFinding) {
		t.Fatalf("the damage was not found: %+v", s.Health())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openedWith(t, dir, Options{checkLimit: 1})
	s.checker.Wait()
	if f := s.Health(); len(f) != 1 || f[0].Name != RestoredFinding {
		t.Errorf("health: %+v", f)
	}
	if n := s.CountCalls(CallFilter{}); n != 200 {
		t.Errorf("%d calls, want 200", n)
	}
}

// TestFaultWhileInUse: the file loses what the disk cannot read any more, as the process sees it.
func TestFaultWhileInUse(t *testing.T) {
	dir := quickDir(t)
	s := openedWith(t, dir, Options{})
	stocked(t, s, 0, 500)
	received(t, s, fax.Message{ID: 501, RawReceiveTime: then.AddDate(1, 0, 0)}, "ab")
	if err := os.Truncate(filepath.Join(dir, databaseName), 8192); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.Messages(MessageFilter{}, "", 500); !errors.Is(err, errDamaged) {
			t.Errorf("listing: %v", err)
		}
	}
	if err := s.PutServer(fax.Server{}); !errors.Is(err, errDamaged) {
		t.Errorf("writing: %v", err)
	}
	if !s.health.has(DatabaseFinding) {
		t.Errorf("health: %+v", s.Health())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = opened(t, dir)
	if list := must(s.Messages(MessageFilter{}, "", 10)).Items; len(list) != 1 || list[0].Pages != 2 { // the others had no folders
		t.Errorf("%+v", list)
	}
}

// hurt writes over the beginning of a page in the middle of those that hold a text.
func hurt(t *testing.T, path, text string) {
	t.Helper()
	data := must(os.ReadFile(path))
	size := os.Getpagesize()
	db := must(bolt(path, false))
	var pages []int
	err := db.View(func(tx *bbolt.Tx) error {
		for id := 2; (id+1)*size <= len(data); id++ {
			info, err := tx.Page(id)
			if err != nil || info == nil {
				return err
			}
			if info.Type == "leaf" && bytes.Contains(data[id*size:(id+1)*size], []byte(text)) {
				pages = append(pages, id)
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if err := overwrite(path, int64(pages[len(pages)/2]*size), bytes.Repeat([]byte{0xFF}, 64)); err != nil {
		t.Fatal(err)
	}
}

func TestNewerSchema(t *testing.T) {
	dir := quickDir(t)
	s := opened(t, dir)
	err := s.update(func(tx *bbolt.Tx) error { return putNumber(tx, schemaKey, schema+1) })
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("Open() = %v", err)
	}
	if names := must(list(dir)); slices.Contains(names, damagedDir) {
		t.Error("it was taken for damaged")
	}
}
