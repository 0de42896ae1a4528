//go:build !linux

package main

import "io"

// hideInput does not know other systems' terminals: what is typed is seen.
func hideInput(io.Reader) (restore func(), ok bool) { return nil, false }
