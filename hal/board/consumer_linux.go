package board

import (
	"bytes"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// lineInfo is struct gpio_v2_line_info of the kernel's linux/gpio.h.
type lineInfo struct {
	name, consumer [32]byte
	offset         uint32
	attributes     uint32
	flags          uint64
	_              [10]struct {
		id, _ uint32
		value uint64
	}
	_ [4]uint32
}

const (
	getLineInfo = 0xC100B405 // GPIO_V2_GET_LINEINFO_IOCTL: _IOWR(0xB4, 0x05, struct gpio_v2_line_info)
	flagUsed    = 1          // GPIO_V2_LINE_FLAG_USED
)

// consumer is who has a line, by what the kernel says now: periph remembers what it said at the start. Empty: nobody, or it
// cannot be known.
func consumer(path string, offset int) string {
	if path == "" {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	info := lineInfo{offset: uint32(offset)}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), getLineInfo, uintptr(unsafe.Pointer(&info))); errno != 0 || info.flags&flagUsed == 0 {
		return ""
	}
	name, _, _ := bytes.Cut(info.consumer[:], []byte{0})
	if len(name) == 0 {
		return "the kernel"
	}
	return string(name)
}
