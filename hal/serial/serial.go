// Package serial opens the serial port of a modem: a UART, a USB modem (CDC-ACM), or a pseudo terminal. Nothing is
// translated in either direction, and no character controls the flow: fax octets are any octets.
//
// It opens only what it is told to: looking for ports by opening them would disturb the modems of others.
package serial

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// Each of these is wrapped in an error that names the port and says what to do.
var (
	ErrMissing    = errors.New("there is no such port")
	ErrBusy       = errors.New("the port is in use")
	ErrPermission = errors.New("no permission to open the port")
	ErrNoTerminal = errors.New("this is no serial port")
	ErrGone       = fmt.Errorf("the port is gone: %w", unix.ENODEV)
)

// bitRate is the speed on the wire of a UART; USB modems and pseudo terminals ignore it.
const bitRate = 115200

// dtrPulse is how long DTR falls to hang up: modems look for 50 ms to 2.55 s (S25), by default 50 ms.
const dtrPulse = 500 * time.Millisecond

// Port is an open serial port. Read and Write may be called at the same time as each other and as the other methods.
type Port struct {
	path string
	port serial.Port
	// dev is the same device opened once more. It holds the lock, is what Write writes to, since a blocked Write of the
	// library's cannot be ended, and takes what the library does not offer.
	dev  *os.File
	once sync.Once
}

// Open opens the port at path, which may be a symbolic link, at 115200 bit/s, 8 data bits, no parity, with RTS/CTS where
// there are such wires. It is ours alone until Close: another program that holds it makes Open fail with ErrBusy.
func Open(path string) (*Port, error) {
	device, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, explain(path, err)
	}
	if err := lockedByFile(lockDirs[:], device); err != nil {
		return nil, explain(path, err)
	}
	// O_NONBLOCK: else a UART without carrier detect would make this wait for one.
	dev, err := os.OpenFile(device, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, explain(path, err)
	}
	p, err := open(path, device, dev)
	if err != nil {
		dev.Close() // the error that matters is the other
		return nil, explain(path, err)
	}
	return p, nil
}

func open(path, device string, dev *os.File) (*Port, error) {
	p := &Port{path: path, dev: dev}
	if _, err := p.settings(); err != nil {
		return nil, ErrNoTerminal
	}
	if err := p.control(lock); err != nil {
		return nil, err
	}
	// InitialStatusBits stays nil: set, it fails on a pseudo terminal, and nil means DTR and RTS on.
	var err error
	if p.port, err = serial.Open(device, &serial.Mode{BaudRate: bitRate, DataBits: 8}); err != nil {
		return nil, err
	}
	// What was said before we came is not for us.
	if err := errors.Join(p.flowControl(), p.port.ResetInputBuffer(), p.port.ResetOutputBuffer()); err != nil {
		return nil, errors.Join(err, p.port.Close())
	}
	return p, nil
}

// control calls f with the descriptor, which stays in the runtime's poller, as File.Fd would not leave it.
func (p *Port) control(f func(fd int) error) error {
	c, err := p.dev.SyscallConn()
	if err != nil {
		return err
	}
	var result error
	if err := c.Control(func(fd uintptr) { result = f(int(fd)) }); err != nil {
		return err
	}
	return result
}

func (p *Port) settings() (t *unix.Termios, err error) {
	err = p.control(func(fd int) (err error) {
		t, err = unix.IoctlGetTermios(fd, unix.TCGETS)
		return err
	})
	return t, err
}

func (p *Port) set(t *unix.Termios) error {
	return p.control(func(fd int) error { return unix.IoctlSetTermios(fd, unix.TCSETS, t) })
}

// lock takes the device for us among the programs that do the same. The kernel gives it back if we die.
func lock(fd int) error {
	err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	if !errors.Is(err, unix.EWOULDBLOCK) {
		return err
	}
	if pid := holder(fd); pid != 0 {
		return fmt.Errorf("by process %d: %w", pid, ErrBusy)
	}
	return ErrBusy
}

// holder finds in /proc/locks who has locked the file, 0 if it cannot be known.
func holder(fd int) int {
	var st unix.Stat_t
	locks, err := os.ReadFile("/proc/locks")
	if err != nil || unix.Fstat(fd, &st) != nil {
		return 0
	}
	file := fmt.Sprintf("%02x:%02x:%d", unix.Major(st.Dev), unix.Minor(st.Dev), st.Ino)
	for line := range strings.Lines(string(locks)) {
		// 1: FLOCK  ADVISORY  WRITE 1234 00:05:42 0 EOF
		if f := strings.Fields(line); len(f) >= 6 && f[1] == "FLOCK" && f[5] == file {
			pid, _ := strconv.Atoi(f[4]) // 0 if it is a process of another world, such as a container
			return pid
		}
	}
	return 0
}

// lockDirs are where programs that dial leave lock files, LCK..ttyUSB0 with their process id in digits.
var lockDirs = [...]string{"/run/lock", "/var/lock"}

// lockedByFile honours the lock file of a program that is still alive.
func lockedByFile(dirs []string, device string) error {
	name := "LCK.." + strings.ReplaceAll(strings.TrimPrefix(device, "/dev/"), "/", "_")
	for _, dir := range dirs {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
		if err != nil || pid <= 0 || pid == os.Getpid() {
			continue
		}
		if err := unix.Kill(pid, 0); err == nil || errors.Is(err, unix.EPERM) {
			return fmt.Errorf("by process %d, says %s: %w", pid, filepath.Join(dir, name), ErrBusy)
		}
	}
	return nil
}

// flowControl turns RTS/CTS on; where there are no such wires, that does nothing.
func (p *Port) flowControl() error {
	t, err := p.settings()
	if err != nil {
		return err
	}
	t.Cflag |= unix.CRTSCTS | unix.HUPCL
	return p.set(t)
}

// Read waits for octets. Close ends it with io.ErrClosedPipe, a device pulled out with ErrGone.
func (p *Port) Read(octets []byte) (int, error) {
	for {
		n, err := p.port.Read(octets)
		switch {
		case n > 0:
			return n, nil
		case err != nil:
			return 0, p.ended(err)
		}
	}
}

// Write returns when the kernel has taken all octets, which may be long before they are on the wire. While the modem
// holds us off it blocks; Close ends that.
func (p *Port) Write(octets []byte) (n int, err error) {
	if n, err = p.dev.Write(octets); err != nil {
		err = p.ended(err)
	}
	return n, err
}

// ended makes an error of Read or Write plain.
func (p *Port) ended(err error) error {
	var e *serial.PortError
	if errors.As(err, &e) && e.Code() == serial.PortClosed || errors.Is(err, os.ErrClosed) || errors.Is(err, unix.EIO) ||
		errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ENODEV) {
		if _, err := os.Stat(p.path); err == nil {
			return io.ErrClosedPipe
		}
		return fmt.Errorf("serial: %s: %w: plug the modem in again", p.path, ErrGone)
	}
	return fmt.Errorf("serial: %s: %w", p.path, err)
}

// Discard drops what was written and is not on the wire yet.
func (p *Port) Discard() error { return p.port.ResetOutputBuffer() }

// HangUp lets DTR fall for half a second, at which a modem hangs up. Where there is no DTR line, as on a pseudo terminal,
// the speed is set to zero for as long, which means the same.
func (p *Port) HangUp() error {
	t, err := p.settings()
	if err != nil {
		return fmt.Errorf("serial: %s: dropping DTR: %w", p.path, err)
	}
	zero := *t
	zero.Cflag &^= unix.CBAUD // B0: the driver lets DTR fall
	if err := p.set(&zero); err != nil {
		return fmt.Errorf("serial: %s: dropping DTR: %w", p.path, err)
	}
	time.Sleep(dtrPulse)
	if err := p.set(t); err != nil {
		return fmt.Errorf("serial: %s: raising DTR: %w", p.path, err)
	}
	return nil
}

// Close drops what is not on the wire yet, ends Read and Write, and gives the port back. The modem sees DTR fall.
func (p *Port) Close() error {
	err := error(nil)
	p.once.Do(func() {
		err = errors.Join(p.port.ResetOutputBuffer(), p.port.Close(), p.dev.Close())
	})
	return err
}

// explain names the port and says what to do.
func explain(path string, err error) error {
	var e *serial.PortError
	hint := ""
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV):
		err, hint = ErrMissing, "plug the modem in, or check the name"
	case errors.Is(err, fs.ErrPermission), errors.As(err, &e) && e.Code() == serial.PermissionDenied:
		err, hint = ErrPermission, "run as root, or as a member of the group the device belongs to (dialout)"
	case errors.Is(err, unix.EBUSY), errors.As(err, &e) && e.Code() == serial.PortBusy:
		err, hint = ErrBusy, "stop the other program"
	case errors.Is(err, ErrBusy):
		hint = "stop the other program"
	case errors.Is(err, ErrNoTerminal), errors.Is(err, unix.EISDIR):
		err, hint = ErrNoTerminal, "give the device of a modem, such as /dev/ttyACM0"
	default:
		return fmt.Errorf("serial: %s: %w", path, err)
	}
	return fmt.Errorf("serial: %s: %w: %s", path, err, hint)
}
