package usb

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// kernelEvents is the netlink group in which the kernel itself tells of devices; udev's own events need libudev's format.
const kernelEvents = 1

// longestEvent is more than the kernel puts into one event.
const longestEvent = 16 << 10

// Events wakes whoever listens when a device comes or goes, until the context ends. Wakings that nobody waits for are one.
func Events(ctx context.Context) (<-chan struct{}, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, fmt.Errorf("usb: events of the kernel: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: kernelEvents}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("usb: events of the kernel: %w", err)
	}
	socket := os.NewFile(uintptr(fd), "uevent") // in the runtime's poller, so that Close ends Read
	wake := make(chan struct{}, 1)
	stop := context.AfterFunc(ctx, func() { socket.Close() })
	go func() {
		defer close(wake)
		defer stop()
		defer socket.Close()
		event := make([]byte, longestEvent)
		for {
			// ENOBUFS: more came than there was room for, which is an event too.
			if _, err := socket.Read(event); err != nil && !lost(err) {
				return
			}
			select {
			case wake <- struct{}{}:
			default:
			}
		}
	}()
	return wake, nil
}

// lost tells whether an error means only that events were lost.
func lost(err error) bool { return errors.Is(err, unix.ENOBUFS) }
