//go:build unix

package route

import "syscall"

// sameDisk reports whether two folders lie on one file system; false if that is not known.
func sameDisk(a, b string) bool {
	var sa, sb syscall.Stat_t
	return syscall.Stat(a, &sa) == nil && syscall.Stat(b, &sb) == nil && sa.Dev == sb.Dev
}
