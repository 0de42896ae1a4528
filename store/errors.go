package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

// What a caller may act on. Each comes wrapped, with what was being done.
var (
	// ErrFull says that there is no room left on the disk. Nothing of what was asked was done; it may be asked again.
	ErrFull = errors.New("the disk is full")
	// ErrReadOnly says that the disk cannot be written to. Nothing of what was asked was done; it may be asked again.
	ErrReadOnly = errors.New("the disk is read-only")
	// ErrNotFound says that there is nothing of that id.
	ErrNotFound = fmt.Errorf("there is no such record: %w", fs.ErrNotExist)
	// ErrInUse says that another process has opened the folder.
	ErrInUse = errors.New("another faxbox uses this folder")
	// ErrNewer says that the folder was written by a later version of faxbox.
	ErrNewer = errors.New("the folder was written by a later version of faxbox")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("the store is closed")
)

// states are the errors of the system that are states of the disk: they pass.
var states = []struct {
	system syscall.Errno
	is     error
}{
	{syscall.ENOSPC, ErrFull},
	{syscall.EDQUOT, ErrFull},
	{syscall.EROFS, ErrReadOnly},
}

// state turns what the system says of a full or read-only disk into ErrFull or ErrReadOnly, which wrap it no longer, and
// leaves other errors as they are.
func state(err error) error {
	if err == nil || errors.Is(err, ErrFull) || errors.Is(err, ErrReadOnly) {
		return err
	}
	for _, s := range states {
		// bbolt keeps of some errors only their text.
		if errors.Is(err, s.system) || strings.Contains(err.Error(), s.system.Error()) {
			return fmt.Errorf("%w (%v)", s.is, err)
		}
	}
	return err
}

// deviceFault reports that the disk itself is at fault, and not what was asked of it.
func deviceFault(err error) bool { return errors.Is(err, syscall.EIO) }

func isGone(err error) bool { return errors.Is(err, ErrNotFound) }
