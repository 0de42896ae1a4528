//go:build !linux

package render

import "syscall"

func bound() *syscall.SysProcAttr { return nil }
