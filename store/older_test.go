package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// later is a version whose schema is 2: it keeps settings elsewhere, where this one does not look.
func later() Options {
	return Options{migrations: []func(*bbolt.Tx) error{func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("settings-2"))
		if err != nil {
			return err
		}
		old := tx.Bucket([]byte("server"))
		err = old.ForEach(func(k, v []byte) error { return b.Put(k, v) })
		return errors.Join(err, tx.DeleteBucket([]byte("server")))
	}}}
}

// TestLaterVersionIsTakenBack: a later version changes the database, faxes come in, and the earlier one runs again.
func TestLaterVersionIsTakenBack(t *testing.T) {
	dir := quickDir(t)
	s := opened(t, dir)
	settled := fax.NewServer()
	settled.Retries = 7
	before := received(t, s, fax.Message{RawReceiveTime: then, Tsid: "before"}, "ab")
	waiting := must(submitted(t, s, "PQ", Once{}, "030 1"))
	if err := errors.Join(s.PutServer(settled), s.Snapshot(then), s.Close()); err != nil {
		t.Fatal(err)
	}

	s = openedWith(t, dir, later())
	meanwhile := received(t, s, fax.Message{RawReceiveTime: then, Tsid: "meanwhile"}, "cde")
	sent := waiting[0]
	sent.State, sent.ConfirmedPages = fax.InProgress, 1
	added := must(submitted(t, s, "R", Once{}, "030 2"))
	if err := errors.Join(s.PutJob(sent), s.Snapshot(then), s.Close()); err != nil {
		t.Fatal(err)
	}

	for range 2 { // and stays so
		s = openedWith(t, dir, Options{})
		if got := must(s.Server()); got.Retries != 7 {
			t.Errorf("the settings are gone: %+v", got)
		}
		for _, m := range []fax.Message{before, meanwhile} {
			got, err := s.Message(m.ID)
			if err != nil || got.Tsid != m.Tsid {
				t.Errorf("message %d: %+v, %v", m.ID, got, err)
			}
			f, err := s.MessageFile(m.ID)
			if marks := marksOf(t, f, err); len(marks) != m.Pages {
				t.Errorf("message %d has pages %q, want %d", m.ID, marks, m.Pages)
			}
		}
		if j, err := s.Job(waiting[0].JobID); err != nil || j.ConfirmedPages != 1 {
			t.Errorf("the page that was confirmed meanwhile is sent again: %+v, %v", j, err)
		}
		if _, err := s.Job(added[0].JobID); err != nil {
			t.Errorf("the job that was added meanwhile: %v", err)
		}
		if f := s.Health(); len(f) != 1 || f[0].Name != RestoredFinding {
			t.Errorf("health: %+v", f)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, newerDir, databaseName)); err != nil {
		t.Errorf("the database of the later version is not kept: %v", err)
	}
	// And it goes forward again.
	s = openedWith(t, dir, later())
	if got := s.CountMessages(MessageFilter{}); got != 2 {
		t.Errorf("%d messages after going forward again", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestPlugWhileVersionsChange pulls the plug at each step of going forward and of going back.
func TestPlugWhileVersionsChange(t *testing.T) {
	before := quickDir(t)
	s := opened(t, before)
	m := received(t, s, fax.Message{RawReceiveTime: then}, "ab")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	n := 1
	for ; ; n++ {
		d := newFaultDisk(filepath.Join(quickDir(t), "store"))
		if err := os.CopyFS(d.root, os.DirFS(before)); err != nil {
			t.Fatal(err)
		}
		d.adopt(t)
		d.at, d.err = n, errPlug
		forward := later()
		forward.disk = d
		s, err := Open(d.root, forward)
		if err == nil {
			_ = s.Close() // it may be after the plug was pulled
			if s, err = Open(d.root, Options{disk: d}); err == nil {
				_ = s.Close()
			}
		}
		for _, o := range []Options{{}, later(), {}} {
			s := openedWith(t, d.root, o)
			if _, err := s.Message(m.ID); err != nil {
				t.Fatalf("step %d (%s): %v", n, d.steps[n-1], err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err == nil {
			break
		}
	}
	if t.Logf("%d steps", n-1); n < 10 {
		t.Error("the test tests nothing")
	}
}
