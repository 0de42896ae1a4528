//go:build !linux && !darwin

package store

import "errors"

// mapped is left to bbolt: some systems make the file as large as this.
const mapped = 0

func (realDisk) Free(string) (uint64, error) { return 0, errors.ErrUnsupported }
