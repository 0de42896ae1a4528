//go:build linux || darwin

package store

import "syscall"

// mapped is how much address space a database is given, in octets. As long as it is smaller, no reader keeps it from growing:
// a backup that is fetched over a slow line must not hold up the confirmation of a page. It takes no memory. A 32-bit board
// has less to give.
const mapped = 1 << (27 + 5*(^uint(0)>>63))

func (realDisk) Free(dir string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}
