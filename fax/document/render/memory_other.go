//go:build !linux

package render

import "context"

// withMemory leaves the memory of a WebAssembly module to the Go heap.
func withMemory(ctx context.Context) context.Context { return ctx }
