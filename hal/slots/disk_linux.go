package slots

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget has the system forget what it remembers of a file that is on the card: what is read next comes from there.
func forget(f *os.File) {
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // then what is read is what was written, which says less
}

func free(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return int64(s.Bavail) * int64(s.Bsize), nil // int32 on arm
}
