//go:build linux

package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"faxbox/fax"
)

// mounted is a small file system of its own, which only root can have.
func mounted(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("store-test", dir, "tmpfs", 0, "size=64m"); err != nil {
		t.Skipf("this needs a file system that can be filled and made read-only: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// remount makes the file system read-only, or not. The kernel refuses while files are open for writing.
func remount(t *testing.T, dir string, flags uintptr) {
	t.Helper()
	if err := syscall.Mount("store-test", dir, "tmpfs", syscall.MS_REMOUNT|flags, "size=64m"); err != nil {
		t.Fatal(err)
	}
}

// ballast fills the disk up to some octets.
func ballast(t *testing.T, dir string, leave int) (remove func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f := must(os.Create(path))
	defer f.Close()
	for size := 1 << 20; size >= 4096; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	info := must(f.Stat())
	if err := f.Truncate(info.Size() - int64(leave)); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func found(t *testing.T, s *Store, name string) {
	t.Helper()
	for _, f := range s.Health() {
		if f.Name == name && !f.OK && f.Sentence != "" && f.Hint != "" && !f.Since.IsZero() {
			return
		}
	}
	t.Errorf("health does not tell of %s: %+v", name, s.Health())
}

func TestFullDisk(t *testing.T) {
	dir := mounted(t)
	s := opened(t, filepath.Join(dir, "data"))
	old := received(t, s, fax.Message{RawReceiveTime: then}, "o")
	r := s.Receive(fax.Message{RawReceiveTime: then})
	if err := r.Append(sheet(t, 'a')); err != nil {
		t.Fatal(err)
	}
	remove := ballast(t, dir, 0)
	big := sheet(t, 'b')
	big.Strip = append(big.Strip, make([]byte, 1<<20)...)
	for range 3 {
		if err := r.Append(big); !errors.Is(err, ErrFull) {
			t.Fatalf("a page: %v", err)
		}
	}
	found(t, s, DiskFinding)
	if _, err := s.Draft(); !errors.Is(err, ErrFull) {
		t.Errorf("a submission: %v", err)
	}
	if err := s.PutValue("v", make([]byte, 200<<10)); !errors.Is(err, ErrFull) {
		t.Errorf("a record: %v", err)
	}
	if err := s.Snapshot(then); !errors.Is(err, ErrFull) {
		t.Errorf("a snapshot: %v", err)
	}
	found(t, s, DiskFinding)
	found(t, s, SnapshotFinding)
	if m := must(s.Message(old.ID)); m.Pages != 1 {
		t.Errorf("what is there cannot be read: %+v", m)
	}
	// The office deletes a message, on a disk without an octet to spare.
	if err := s.RemoveMessage(old.ID); err != nil {
		t.Errorf("deleting on a full disk: %v", err)
	}
	remove()
	if err := r.Append(sheet(t, 'c')); err != nil {
		t.Fatalf("a page when there is room again: %v", err)
	}
	m, err := r.Seal(fax.Message{RawReceiveTime: then})
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.MessageFile(m.ID)
	if got := marksOf(t, f, err); got != "ac" {
		t.Errorf("pages %q", got)
	}
	if err := s.Snapshot(then); err != nil {
		t.Fatal(err)
	}
	for _, f := range s.Health() {
		if f.Name != SpaceFinding { // 64 MB are little
			t.Errorf("health: %+v", f)
		}
	}
}

func TestReadOnlyDisk(t *testing.T) {
	mount := mounted(t)
	dir := filepath.Join(mount, "data")
	s := opened(t, dir)
	m := received(t, s, fax.Message{RawReceiveTime: then}, "ab")
	cut := s.Receive(fax.Message{RawReceiveTime: then}) // the box stops in the middle of it
	if err := errors.Join(cut.Append(sheet(t, 'k')), cut.file.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	remount(t, mount, syscall.MS_RDONLY)
	s = opened(t, dir)
	found(t, s, DiskFinding)
	f, err := s.MessageFile(m.ID)
	if got := marksOf(t, f, err); got != "ab" || len(must(s.Messages(MessageFilter{}, "", 9)).Items) != 1 {
		t.Errorf("pages %q", got)
	}
	for what, err := range map[string]error{
		"a page":       s.Receive(fax.Message{}).Append(sheet(t, 'x')),
		"a record":     s.PutServer(fax.Server{}),
		"a deletion":   s.RemoveMessage(m.ID),
		"a snapshot":   s.Snapshot(then),
		"housekeeping": s.Tend(then.Add(24 * time.Hour)),
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if d, err := s.Draft(); !errors.Is(err, ErrReadOnly) {
		t.Errorf("a submission: %v, %v", d, err)
	}
	found(t, s, DiskFinding)
	remount(t, mount, 0)
	if err := s.PutServer(fax.Server{Retries: 5}); err != nil {
		t.Fatalf("a record when it can be written to again: %v", err)
	}
	if got := must(s.Server()); got.Retries != 5 {
		t.Errorf("stored %+v", got)
	}
	if m := must(s.Message(cut.ID())); !m.Partial || m.Pages != 1 {
		t.Errorf("the fax that was cut short is now %+v", m)
	}
	must(submitted(t, s, "a", Once{}, "1"))
	received(t, s, fax.Message{}, "c")
	foldersAgree(t, s)
}

func TestReadOnlyDiskWithoutStore(t *testing.T) {
	mount := mounted(t)
	remount(t, mount, syscall.MS_RDONLY)
	if _, err := Open(filepath.Join(mount, "data"), Options{}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("Open() = %v", err)
	}
	remount(t, mount, 0)
}
