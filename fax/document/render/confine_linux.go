package render

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// confine gives away what the child does not need, before it looks at what it was given: it is then held by limits, by
// landlock and by a filter of system calls, each as far as the kernel can. It yields what holds it.
func confine(o order) ([]string, error) {
	if err := limit(o); err != nil {
		return nil, err
	}
	held := []string{"limits"}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("giving up privileges: %w", err)
	}
	if o.Warm { // its input is our own, and it writes to the cache
		return held, nil
	}
	if restrict(o) == nil {
		held = append(held, "landlock")
	}
	if filter() == nil {
		held = append(held, "seccomp")
	}
	return held, nil
}

// slack is memory beyond that of the document: Go's heap with what it has claimed ahead, PDFium's code, stacks.
const slack = 320 << 20

// warmFile is more than compiled code takes.
const warmFile = 64 << 20

func limit(o order) error {
	output := uint64(o.Limits.Output)
	if o.Warm {
		output = warmFile
	}
	seconds := uint64(o.Limits.Time.Seconds())*4 + 5 // of four cores: the clock is watched from outside
	for _, l := range [...]struct {
		what  int
		limit uint64
		name  string
	}{
		{unix.RLIMIT_CORE, 0, "core"},
		{unix.RLIMIT_DATA, uint64(o.Limits.Memory) + slack, "memory"},
		{unix.RLIMIT_CPU, seconds, "time"},
		{unix.RLIMIT_FSIZE, output, "output"},
		{unix.RLIMIT_NOFILE, uint64(firstInput + len(o.Inputs) + 64), "files"},
	} {
		if err := unix.Setrlimit(l.what, &unix.Rlimit{Cur: l.limit, Max: l.limit}); err != nil {
			return fmt.Errorf("limiting %s: %w", l.name, err)
		}
	}
	return nil
}

// restrict leaves of all files the compiled code and the fonts, to be read, and no network.
func restrict(o order) error {
	abi := 0
	if n, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION); errno == 0 {
		abi = int(n)
	}
	if abi == 0 {
		return errors.ErrUnsupported
	}
	var folders []string
	for _, f := range [...]string{o.Cache, o.Fonts} {
		if f != "" {
			folders = append(folders, f)
		}
	}
	best := landlock.V5.BestEffort()
	if err := best.RestrictPaths(landlock.RODirs(folders...).IgnoreIfMissing()); err != nil {
		return err
	}
	return best.RestrictNet()
}

// filter makes the kernel refuse what a renderer never asks for: sockets, other programs and processes, mounts, files opened
// to be written. Unlike landlock it needs nothing but a kernel of this century.
func filter() error {
	program := denials()
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	const setModeFilter = 1
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, setModeFilter, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return errno
	}
	return nil
}

// Offsets into struct seccomp_data, little-endian.
const (
	dataNumber = 0
	dataArch   = 4
	dataArgs   = 16
)

// denials is the filter as a program of BPF.
func denials() []unix.SockFilter {
	b := &filterBuilder{}
	b.load(dataArch)
	b.jump(unix.BPF_JEQ, auditArch, 1, 0)
	b.give(unix.SECCOMP_RET_KILL_PROCESS)
	b.load(dataNumber)
	if foreignCalls != 0 { // x32's numbers
		b.jump(unix.BPF_JGE, foreignCalls, 0, 1)
		b.give(denied)
	}
	for _, call := range deniedCalls {
		b.jump(unix.BPF_JEQ, call, 0, 1)
		b.give(denied)
	}
	b.jump(unix.BPF_JEQ, unix.SYS_CLONE3, 0, 1) // its flags are out of reach: Go's runtime does without
	b.give(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS))
	b.jump(unix.BPF_JEQ, unix.SYS_CLONE, 0, 3)
	b.load(dataArgs)
	b.jump(unix.BPF_JSET, unix.CLONE_THREAD, 1, 0)
	b.give(denied)
	b.load(dataNumber)
	b.jump(unix.BPF_JEQ, unix.SYS_OPENAT, 0, 3)
	b.load(dataArgs + 2*8)
	b.jump(unix.BPF_JSET, unix.O_WRONLY|unix.O_RDWR|unix.O_CREAT|unix.O_TRUNC, 0, 1)
	b.give(denied)
	b.load(dataNumber)
	b.jump(unix.BPF_JEQ, unix.SYS_TGKILL, 0, 3) // Go's runtime interrupts its own threads
	b.load(dataArgs)
	b.jump(unix.BPF_JEQ, uint32(unix.Getpid()), 1, 0)
	b.give(denied)
	b.give(unix.SECCOMP_RET_ALLOW)
	return b.program
}

const denied = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)

type filterBuilder struct{ program []unix.SockFilter }

func (b *filterBuilder) load(offset uint32) {
	b.program = append(b.program, unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset})
}

func (b *filterBuilder) jump(test uint16, k uint32, yes, no uint8) {
	b.program = append(b.program, unix.SockFilter{Code: unix.BPF_JMP | test | unix.BPF_K, Jt: yes, Jf: no, K: k})
}

func (b *filterBuilder) give(verdict uint32) {
	b.program = append(b.program, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: verdict})
}
