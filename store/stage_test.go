package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"faxbox/fax"
)

// TestBackupWhileFaxesArrive makes backups while faxes arrive, are sent, read and deleted. Each is put in the place of what
// another box holds, which is in use: everything that was confirmed before the backup was begun, and not deleted, is there.
func TestBackupWhileFaxesArrive(t *testing.T) {
	s := opened(t, quickDir(t))
	defer s.Close()
	var mu sync.Mutex
	confirmed := map[fax.MessageID]string{}
	queued := map[fax.JobID]bool{}
	stop := make(chan struct{})
	var busy sync.WaitGroup
	for worker := range 3 {
		marks := []string{"ab", "c", "def"}[worker]
		busy.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				m := received(t, s, fax.Message{RawReceiveTime: then}, marks)
				list := must(submitted(t, s, marks, Once{}, "030 1"))
				mu.Lock()
				confirmed[m.ID] = marks
				queued[list[0].JobID] = true
				mu.Unlock()
				if n%5 == 4 {
					mu.Lock()
					delete(confirmed, m.ID) // before it is gone: nobody counts on it any more
					mu.Unlock()
					if err := s.RemoveMessage(m.ID); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	defer busy.Wait()
	defer close(stop)
	for range 4 {
		mu.Lock()
		before, jobs := map[fax.MessageID]string{}, map[fax.JobID]bool{}
		for id, marks := range confirmed {
			before[id] = marks
		}
		for id := range queued {
			jobs[id] = true
		}
		mu.Unlock()
		var b bytes.Buffer
		if err := s.Backup(t.Context(), &b, then); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		for id := range before { // deleted meanwhile
			if _, still := confirmed[id]; !still {
				delete(before, id)
			}
		}
		mu.Unlock()
		other := replacedBy(t, b.Bytes())
		for id, marks := range before {
			f, err := other.MessageFile(id)
			if got := marksOf(t, f, err); got != marks {
				t.Errorf("message %d of %d confirmed: %q, want %q", id, len(before), got, marks)
			}
		}
		for id := range jobs {
			if _, err := other.Job(id); err != nil {
				t.Errorf("job %d: %v", id, err)
			}
		}
		if err := other.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// replacedBy is another box, in use, after a backup took the place of what it held.
func replacedBy(t *testing.T, backup []byte) *Store {
	t.Helper()
	dir := quickDir(t)
	s := opened(t, dir)
	received(t, s, fax.Message{RawReceiveTime: then}, "z")
	if err := errors.Join(s.Stage(bytes.NewReader(backup)), s.Close()); err != nil {
		t.Fatal(err)
	}
	return opened(t, dir)
}

// What cannot be restored changes nothing, now and at the next start.
func TestStageIsWholeOrNot(t *testing.T) {
	good, _ := backedUp(t)
	dir := quickDir(t)
	s := opened(t, dir)
	m := received(t, s, fax.Message{RawReceiveTime: then}, "z")
	for _, n := range []int{0, 100, 5000, len(good) / 2, len(good) - 3000} {
		if err := s.Stage(bytes.NewReader(good[:n])); err == nil {
			t.Errorf("%d of %d octets are taken", n, len(good))
		}
		for _, name := range []string{restoringDir, restoredDir} {
			if exists(filepath.Join(dir, name)) {
				t.Errorf("%d octets: %s is left", n, name)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = opened(t, dir)
	if _, err := s.Message(m.ID); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// The certificate is in a backup; a box whose backup has none keeps its own.
func TestCertificateIsRestored(t *testing.T) {
	backup := func(tls string) []byte {
		dir := quickDir(t)
		s := opened(t, dir)
		if tls != "" {
			certificate(t, dir, tls)
		}
		var b bytes.Buffer
		if err := errors.Join(s.Backup(t.Context(), &b, then), s.Close()); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for tls, want := range map[string]string{"theirs": "theirs", "": "ours"} {
		dir := quickDir(t)
		s := opened(t, dir)
		certificate(t, dir, "ours")
		if err := errors.Join(s.Stage(bytes.NewReader(backup(tls))), s.Close()); err != nil {
			t.Fatal(err)
		}
		s = opened(t, dir)
		for _, name := range tlsFiles() {
			if got, err := os.ReadFile(filepath.Join(dir, tlsDir, name)); err != nil || string(got) != want {
				t.Errorf("%s: %q, %v, want %q", name, got, err, want)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func certificate(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, tlsDir), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range tlsFiles() {
		if err := os.WriteFile(filepath.Join(dir, tlsDir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
