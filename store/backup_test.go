package store

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"faxbox/fax"
)

// backedUp is a backup of a busy day.
func backedUp(t *testing.T) ([]byte, *ledger) {
	t.Helper()
	s := opened(t, quickDir(t))
	l := &ledger{}
	busyDay(t, s, l)
	c := must(s.PutCall(fax.Call{Start: then}))
	w := must(s.CreateTrace(c.ID))
	_, err := io.WriteString(w, "faxbox trace 1\n")
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Backup(t.Context(), &b, then); err != nil {
		t.Fatal(err)
	}
	// What was being received is not in it.
	last := len(l.confirmed) - 1
	l.confirmed, l.sealed = l.confirmed[:last], l.sealed[:last]
	return b.Bytes(), l
}

func TestBackup(t *testing.T) {
	b, l := backedUp(t)
	for name, fill := range map[string]func(*Store){
		"an empty folder": nil,
		"a box in use": func(s *Store) {
			received(t, s, fax.Message{RawReceiveTime: then}, "vwxyz")
			must(submitted(t, s, "vw", Once{}, "7", "8", "9"))
			if err := s.Snapshot(then); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := quickDir(t)
			if fill != nil {
				s := opened(t, dir)
				fill(s)
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if err := Restore(dir, bytes.NewReader(b), Options{}); err != nil {
				t.Fatal(err)
			}
			s := opened(t, dir)
			l.holds(t, s, true)
			if f := s.Health(); len(f) != 1 || f[0].Name != RestoredFinding {
				t.Errorf("health: %+v", f)
			}
			calls := must(s.Calls(CallFilter{}, "", 10)).Items
			if len(calls) != 1 {
				t.Fatalf("%d calls, want 1", len(calls))
			}
			r := must(s.Trace(calls[0].ID))
			defer r.Close()
			if fill == nil {
				return
			}
			kept := s.path(replacedDir, messagesDir, "1", pagesName)
			f, err := os.Open(kept)
			if got := marksOf(t, f, err); got != "vwxyz" {
				t.Errorf("what was there before: %q", got)
			}
		})
	}
}

// TestRestoreIsWholeOrNot pulls the plug at each step of Restore and of the Open after it.
func TestRestoreIsWholeOrNot(t *testing.T) {
	b, l := backedUp(t)
	before := quickDir(t)
	s := opened(t, before)
	m := received(t, s, fax.Message{RawReceiveTime: then}, "v")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	old, restored := 0, 0
	for n := 1; ; n++ {
		d := newFaultDisk(filepath.Join(quickDir(t), "store"))
		if err := os.CopyFS(d.root, os.DirFS(before)); err != nil {
			t.Fatal(err)
		}
		d.adopt(t)
		d.at, d.err = n, errPlug
		err := Restore(d.root, bytes.NewReader(b), Options{disk: d})
		if err == nil {
			var s *Store
			if s, err = Open(d.root, Options{disk: d}); err == nil {
				_ = s.Close()
			}
		}
		s := openedWith(t, d.root, Options{})
		if _, err := s.Message(m.ID); err == nil && s.CountMessages(MessageFilter{}) == 1 {
			old++
			f, err := s.MessageFile(m.ID)
			if got := marksOf(t, f, err); got != "v" {
				t.Errorf("step %d: what was there has changed: %q", n, got)
			}
		} else {
			restored++
			l.holds(t, s, true)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			t.Fatalf("at step %d: %s", n, d.steps[n-1])
		}
		if err == nil {
			break
		}
	}
	t.Logf("%d times what was before, %d times what was restored", old, restored)
	if old == 0 || restored < 2 {
		t.Errorf("%d times what was before, %d times what was restored: the test tests nothing", old, restored)
	}
}

func TestBadBackups(t *testing.T) {
	good, _ := backedUp(t)
	with := func(h tar.Header, data string) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		h.Size, h.Mode = int64(len(data)), fileMode
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	without := func(name string) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for r := tar.NewReader(bytes.NewReader(good)); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if h.Name == name {
				continue
			}
			if err := w.WriteHeader(h); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(w, r); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	hurt := bytes.Clone(good)
	copy(hurt[512+8192:], bytes.Repeat([]byte{0xFF}, 20000))
	for name, b := range map[string][]byte{
		"nothing":                     nil,
		"no tar":                      bytes.Repeat([]byte("x"), 5000),
		"cut in two":                  good[:len(good)/2],
		"cut before the last":         without(backupEnd),
		"a page file is missing":      without("messages/3/fax.tif"),
		"no database":                 without(databaseName),
		"a damaged database":          hurt,
		"a path that leads elsewhere": with(tar.Header{Name: "../evil", Typeflag: tar.TypeReg}, "x"),
		"an absolute path":            with(tar.Header{Name: "/tmp/evil", Typeflag: tar.TypeReg}, "x"),
		"a way round":                 with(tar.Header{Name: "jobs/../../evil", Typeflag: tar.TypeReg}, "x"),
		"a link":                      with(tar.Header{Name: "jobs/1/fax.tif", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, ""),
		"an odd number":               with(tar.Header{Name: "jobs/01/fax.tif", Typeflag: tar.TypeReg}, "x"),
		"a database twice":            append(bytes.Clone(good[:len(good)-1024]), good...),
	} {
		t.Run(name, func(t *testing.T) {
			dir := quickDir(t)
			s := opened(t, dir)
			m := received(t, s, fax.Message{RawReceiveTime: then}, "v")
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			err := Restore(dir, bytes.NewReader(b), Options{})
			if name == "a database twice" { // what comes after the end is not read
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil {
				t.Fatal("it was restored")
			}
			s = opened(t, dir)
			healthy(t, s)
			f, err := s.MessageFile(m.ID)
			if got := marksOf(t, f, err); got != "v" {
				t.Errorf("what was there has changed: %q", got)
			}
			if exists(s.path(restoringDir)) || exists(s.path(restoredDir)) {
				t.Error("something is left of it")
			}
		})
	}
}

// slowWriter lets something happen when the first octets come.
type slowWriter struct {
	bytes.Buffer
	first func()
}

func (w *slowWriter) Write(p []byte) (int, error) {
	if w.first != nil {
		w.first()
		w.first = nil
	}
	return w.Buffer.Write(p)
}

// TestBackupWhileInUse deletes a message and receives another while the backup is being made.
func TestBackupWhileInUse(t *testing.T) {
	s := opened(t, quickDir(t))
	gone := received(t, s, fax.Message{RawReceiveTime: then}, "a")
	stays := received(t, s, fax.Message{RawReceiveTime: then}, "b")
	w := &slowWriter{first: func() {
		if err := s.RemoveMessage(gone.ID); err != nil {
			t.Fatal(err)
		}
		received(t, s, fax.Message{RawReceiveTime: then}, "c")
	}}
	if err := s.Backup(t.Context(), w, then); err != nil {
		t.Fatal(err)
	}
	dir := quickDir(t)
	if err := Restore(dir, &w.Buffer, Options{}); err != nil {
		t.Fatal(err)
	}
	s = opened(t, dir)
	list := must(s.Messages(MessageFilter{}, "", 10)).Items
	if len(list) != 1 || list[0].ID != stays.ID {
		t.Errorf("restored: %+v", list)
	}
	foldersAgree(t, s)
}

func FuzzRestore(f *testing.F) {
	f.Add([]byte("jobs/1/fax.tif"))
	f.Fuzz(func(t *testing.T, name []byte) {
		if !inBackup(string(name)) {
			return
		}
		if path := filepath.Join("dir", filepath.FromSlash(string(name))); !strings.HasPrefix(path, "dir"+string(filepath.Separator)) {
			t.Errorf("%q leads to %q", name, path)
		}
	})
}
