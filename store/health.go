package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// What Health may find, by Finding.Name.
const (
	DiskFinding     = "store/disk"     // full, read-only, or failing
	SpaceFinding    = "store/space"    // nearly full
	DatabaseFinding = "store/database" // damaged
	RestoredFinding = "store/restored" // a snapshot or a backup is in use; shown until acknowledged
	SnapshotFinding = "store/snapshot" // none could be made
	FolderFinding   = "store/folder/"  // and its path: a folder that nobody can make sense of
)

// health gathers what is not as it should be.
type health struct {
	mu       sync.Mutex
	findings map[string]fax.Finding
}

// set adds a finding. One of this name that says the same keeps its time.
func (h *health) set(f fax.Finding) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if old, ok := h.findings[f.Name]; ok && old.Sentence == f.Sentence {
		return
	}
	if f.Since.IsZero() {
		f.Since = time.Now()
	}
	if h.findings == nil {
		h.findings = map[string]fax.Finding{}
	}
	h.findings[f.Name] = f
}

func (h *health) clear(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.findings, name)
}

func (h *health) has(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, ok := h.findings[name]
	return ok
}

// list is the findings, by name.
func (h *health) list() []fax.Finding {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []fax.Finding
	for _, f := range h.findings {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b fax.Finding) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// note turns an error of the disk into what callers may act on, and keeps it as a finding if it is one.
func (h *health) note(err error) error {
	if err == nil {
		return nil
	}
	err = state(err)
	f := fax.Finding{Name: DiskFinding}
	switch {
	case errors.Is(err, ErrFull):
		f.Sentence = "The disk is full. Faxes that come in are not confirmed, and none can be submitted."
		f.Hint = "Delete messages that are no longer needed."
	case errors.Is(err, ErrReadOnly):
		f.Sentence = "The disk cannot be written to. Faxes that come in are not confirmed, and none can be submitted."
		f.Hint = "Restart the box. If this comes again, replace the memory card: it is worn out."
	case deviceFault(err):
		f.Sentence = fmt.Sprintf("The disk reports errors (%v).", err)
		f.Hint = "Make a backup and replace the memory card."
	default:
		return err
	}
	h.set(f)
	return err
}

// Health is what is not as it should be, nothing if all is well. It costs a write when the disk was found at fault, in
// order to see whether it still is.
func (s *Store) Health() []fax.Finding {
	if s.health.has(DiskFinding) && s.probe() == nil {
		s.health.clear(DiskFinding)
	}
	if free, err := s.disk.Free(s.dir); err == nil && free < nearlyFull {
		s.health.set(fax.Finding{
			Name: SpaceFinding, State: fax.Warning, Sentence: "The disk is nearly full.", Hint: "Delete messages that are no longer needed.",
		})
	} else {
		s.health.clear(SpaceFinding)
	}
	return s.health.list()
}

const (
	nearlyFull = 128 << 20 // octets free: below it Health says so
	reserved   = 32 << 20  // octets free: below it only faxes that come in are taken
)

// Free is how many octets may still be written to the disk; false if it does not tell.
func (s *Store) Free() (octets uint64, ok bool) {
	octets, err := s.disk.Free(s.dir)
	return octets, err == nil
}

// probe finds out whether the disk takes what is written to it.
func (s *Store) probe() error {
	path := s.path("probe" + besideSuffix)
	if err := s.disk.Remove(path); err != nil {
		return err
	}
	err := fill(s.disk, path, zeros(probeSize))
	return errors.Join(err, s.disk.Remove(path))
}

// probeSize is enough for a page of a fax, in octets.
const probeSize = 256 << 10

// room reports ErrFull when what is left of the disk is kept for faxes that come in.
func (s *Store) room(octets int64) error {
	free, err := s.disk.Free(s.dir)
	if err == nil && free < reserved+uint64(octets) {
		return fmt.Errorf("%w: %d MB are left, and kept for faxes that come in", ErrFull, free>>20)
	}
	return nil // a disk that does not tell is written to until it is full
}

// Acknowledge ends a finding that is shown until somebody has read it. Others stay as long as they are so.
func (s *Store) Acknowledge(name string) error {
	if name != RestoredFinding {
		return nil
	}
	err := s.update(func(tx *bbolt.Tx) error { return meta(tx).Delete([]byte(restoredKey)) })
	if err == nil {
		s.health.clear(name)
	}
	return err
}

// watchedDisk is a disk whose errors are noted.
type watchedDisk struct {
	disk
	health *health
}

func (d watchedDisk) MakeDir(path string) error { return d.health.note(d.disk.MakeDir(path)) }

func (d watchedDisk) Create(path string) (file, error) {
	f, err := d.disk.Create(path)
	if err != nil {
		return nil, d.health.note(err)
	}
	return watchedFile{f, d.health}, nil
}

func (d watchedDisk) Rename(from, to string) error { return d.health.note(d.disk.Rename(from, to)) }
func (d watchedDisk) Link(from, to string) error   { return d.health.note(d.disk.Link(from, to)) }
func (d watchedDisk) Remove(path string) error     { return d.health.note(d.disk.Remove(path)) }
func (d watchedDisk) SyncDir(path string) error    { return d.health.note(d.disk.SyncDir(path)) }
func (d watchedDisk) Commit(tx *bbolt.Tx) error    { return d.health.note(d.disk.Commit(tx)) }

type watchedFile struct {
	file
	health *health
}

func (f watchedFile) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	return n, f.health.note(err)
}

func (f watchedFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.file.WriteAt(p, off)
	return n, f.health.note(err)
}

func (f watchedFile) Sync() error { return f.health.note(f.file.Sync()) }
