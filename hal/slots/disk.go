package slots

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// disk is everything that changes a card. There is one besides the real one: in tests, where the plug is pulled.
type disk interface {
	// Overwrite opens what is there for writing over it, from its beginning.
	Overwrite(path string) (file, error)
	// Create makes a file, or empties it.
	Create(path string) (file, error)
	// Read reads what the card holds, not what memory remembers of it, as far as the system can be told.
	Read(path string) (io.ReadCloser, error)
	// Size is how much a partition or a file holds, in octets.
	Size(path string) (int64, error)
	// Free is how many octets may still be written below a folder.
	Free(dir string) (int64, error)
	// List is the names of what is in a folder; none if it is not there.
	List(dir string) ([]string, error)
	MakeDir(path string) error
	Rename(from, to string) error
	// Remove takes away a file, or a folder with what is in it. One that is not there is no error.
	Remove(path string) error
	// SyncDir returns when the names in a folder would survive the plug being pulled.
	SyncDir(path string) error
}

// file is a file or a partition being written.
type file interface {
	io.WriteCloser
	// Sync returns when what was written would survive the plug being pulled.
	Sync() error
}

// realDisk is the operating system's.
type realDisk struct{}

func (realDisk) Overwrite(path string) (file, error) { return os.OpenFile(path, os.O_WRONLY, 0) }

func (realDisk) Create(path string) (file, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
}

func (realDisk) Read(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	forget(f)
	return f, nil
}

func (realDisk) Size(path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close() // only read
	return f.Seek(0, io.SeekEnd)
}

func (realDisk) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

func (realDisk) Free(dir string) (int64, error) { return free(dir) }
func (realDisk) MakeDir(path string) error      { return os.MkdirAll(path, 0o700) }
func (realDisk) Rename(from, to string) error   { return os.Rename(from, to) }
func (realDisk) Remove(path string) error       { return os.RemoveAll(path) }

func (realDisk) SyncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
