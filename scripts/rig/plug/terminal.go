package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"faxbox/fax/exchange"
)

// terminal is a modem of the exchange behind a pseudo terminal, which outlives the programs that open it: what a modem on a
// serial line is to a computer. When the program that had it open closes it, or dies, DTR falls and the modem hangs up.
type terminal struct {
	path  string // what a program opens
	modem *exchange.Modem
	pty   *os.File       // the modem's end
	call  *exchange.Port // while a program has it open
	said  chan struct{}  // closed when nothing more goes to the program
}

// lookEvery is how often a terminal looks whether a program has it open, or has set its speed to zero.
const lookEvery = 50 * time.Millisecond

func newTerminal(m *exchange.Modem) (*terminal, error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("no pseudo terminal: %w", err)
	}
	t := &terminal{modem: m, pty: os.NewFile(uintptr(fd), "ptmx")}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		t.path = fmt.Sprintf("/dev/pts/%d", n)
		err = silence(t.path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("no pseudo terminal: %w", err), t.pty.Close())
	}
	return t, nil
}

// silence opens the program's end for a moment: nothing is to be echoed before a program has set it up, and a terminal that
// was never open does not tell that it is closed.
func silence(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	s, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		return err
	}
	s.Lflag &^= unix.ECHO | unix.ICANON | unix.ISIG
	s.Iflag &^= unix.ICRNL | unix.IXON
	s.Oflag &^= unix.OPOST
	return unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, s)
}

// run carries octets both ways until the context ends.
func (t *terminal) run(ctx context.Context) {
	defer t.pty.Close() // nothing is to be written any more
	defer t.hangUp()
	octets := make([]byte, 4096)
	for ctx.Err() == nil {
		t.pty.SetReadDeadline(time.Now().Add(lookEvery))
		n, err := t.pty.Read(octets)
		switch {
		case err != nil && !errors.Is(err, os.ErrDeadlineExceeded): // EIO: no program has it open
			t.hangUp()
			pause(ctx, lookEvery)
		case t.zeroSpeed():
			t.hangUp()
		case t.open() && n > 0:
			t.call.Write(octets[:n]) // fails when the modem is gone, with the exchange
		}
	}
}

// open raises DTR.
func (t *terminal) open() bool {
	if t.call != nil {
		return true
	}
	port, err := t.modem.Open()
	if err != nil {
		return false
	}
	t.call, t.said = port, make(chan struct{})
	go func() {
		defer close(t.said)
		octets := make([]byte, 4096)
		for {
			n, err := port.Read(octets)
			if err != nil {
				return
			}
			if _, err := t.pty.Write(octets[:n]); err != nil {
				return
			}
		}
	}()
	return true
}

// hangUp lets DTR fall.
func (t *terminal) hangUp() {
	if t.call == nil {
		return
	}
	t.call.Close()
	t.pty.SetWriteDeadline(time.Now()) // a program that is dead reads no more
	<-t.said
	t.pty.SetWriteDeadline(time.Time{})
	t.call = nil
}

// zeroSpeed reports that the program lets DTR fall as one does where there is no DTR line.
func (t *terminal) zeroSpeed() bool {
	zero := false
	c, err := t.pty.SyscallConn()
	if err != nil {
		return false
	}
	c.Control(func(fd uintptr) {
		s, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		zero = err == nil && s.Cflag&unix.CBAUD == unix.B0
	})
	return zero
}

// pause sleeps, unless the context ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
