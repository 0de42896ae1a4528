package render

import (
	"context"

	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

// withMemory makes the memory of a WebAssembly module a stretch of addresses that is reserved once and gets memory as it
// grows. The Go heap would keep every smaller copy alive beside the larger one: a scan of 600 pels an inch in colour then takes
// 560 MB instead of 219.
func withMemory(ctx context.Context) context.Context {
	return experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(reserve))
}

// linear is memory of a module; its length is what may be used, its capacity what is reserved.
type linear struct{ octets []byte }

func reserve(_, most uint64) experimental.LinearMemory {
	octets, err := unix.Mmap(-1, 0, int(most), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return &linear{}
	}
	return &linear{octets[:0]}
}

// Reallocate makes size octets usable. It yields nil if there is no more memory, which the module is told.
func (l *linear) Reallocate(size uint64) []byte {
	if size > uint64(cap(l.octets)) {
		return nil
	}
	if size > uint64(len(l.octets)) {
		page := uint64(unix.Getpagesize())
		end := min((size+page-1)/page*page, uint64(cap(l.octets)))
		if unix.Mprotect(l.octets[:end], unix.PROT_READ|unix.PROT_WRITE) != nil {
			return nil
		}
		l.octets = l.octets[:size]
	}
	return l.octets[:size:size]
}

// Free gives everything back.
func (l *linear) Free() {
	if cap(l.octets) > 0 {
		_ = unix.Munmap(l.octets[:cap(l.octets)]) // what we mapped ourselves: it cannot fail
		l.octets = nil
	}
}
