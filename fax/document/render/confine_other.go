//go:build !linux

package render

// confine does nothing where there is no landlock and no seccomp: the product runs on Linux.
func confine(order) ([]string, error) { return nil, nil }
