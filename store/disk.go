package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// disk is everything the store does that changes a disk. Reading goes to package os. There is one besides the real one: in
// tests, which fails at any step that they wish, or forgets what was not synced.
type disk interface {
	// MakeDir makes a folder. One that is there is no error.
	MakeDir(path string) error
	// Create makes a file that must not be there.
	Create(path string) (file, error)
	Rename(from, to string) error
	Link(from, to string) error
	// Remove takes away a file or an empty folder. One that is not there is no error.
	Remove(path string) error
	// SyncDir returns when the names in a folder would survive the plug being pulled.
	SyncDir(path string) error
	// Commit ends a transaction. The pages of bbolt are synced when it returns.
	Commit(tx *bbolt.Tx) error
	// Free is how many octets may still be written to the disk that holds the folder.
	Free(dir string) (uint64, error)
}

// file is a file being written.
type file interface {
	io.Writer
	io.WriterAt
	io.Closer
	// Sync returns when what was written would survive the plug being pulled.
	Sync() error
}

// What others than the owner may do with faxes and password hashes: nothing.
const (
	dirMode  = 0o700
	fileMode = 0o600
)

// realDisk is the disk of the operating system.
type realDisk struct{}

func (realDisk) MakeDir(path string) error {
	err := os.Mkdir(path, dirMode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

func (realDisk) Create(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, err // and no *os.File, which would be a file that is not nil
	}
	return f, nil
}

func (realDisk) Rename(from, to string) error { return os.Rename(from, to) }
func (realDisk) Link(from, to string) error   { return os.Link(from, to) }
func (realDisk) Commit(tx *bbolt.Tx) error    { return tx.Commit() }

func (realDisk) Remove(path string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (realDisk) SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// write makes a file whole or not at all: written beside, synced, renamed, the folder synced. A file of the name is
// replaced.
func write(d disk, path string, from func(io.Writer) error) error {
	beside := path + besideSuffix
	if err := d.Remove(beside); err != nil { // left by a write that was cut short
		return err
	}
	if err := fill(d, beside, from); err != nil {
		// The reason is told already, and the next write removes what is left.
		_ = d.Remove(beside)
		return fmt.Errorf("writing %s: %w", filepath.Base(path), err)
	}
	if err := d.Rename(beside, path); err != nil {
		_ = d.Remove(beside)
		return err
	}
	return d.SyncDir(filepath.Dir(path))
}

const besideSuffix = ".new"

// fill makes a file, writes and syncs it.
func fill(d disk, path string, from func(io.Writer) error) error {
	f, err := d.Create(path)
	if err != nil {
		return err
	}
	err = from(f)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// writeBytes is write for what is in memory.
func writeBytes(d disk, path string, data []byte) error {
	return write(d, path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// link gives a file a second name, or makes a copy on file systems where a file has only one.
func link(d disk, from, to string) error {
	if err := d.Link(from, to); err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return fill(d, to, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

// removeAll takes away a folder and the files in it. Our folders have no folders in them.
func removeAll(d disk, dir string) error {
	if err := empty(d, dir); err != nil {
		return err
	}
	return d.Remove(dir)
}

// empty takes away the files of a folder.
func empty(d disk, dir string) error {
	names, err := list(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := d.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// list is the names in a folder, in order. A folder that is not there has none.
func list(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

// exists reports whether there is something of this name.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// zeros writes so many octets.
func zeros(n int) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(make([]byte, n))
		return err
	}
}
