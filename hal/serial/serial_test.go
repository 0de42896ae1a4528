package serial

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal makes a pseudo terminal: the end that plays the modem, and the path of the other.
func terminal(t *testing.T) (modem *os.File, path string) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Skip("no pseudo terminals here: ", err)
	}
	modem = os.NewFile(uintptr(fd), "ptmx")
	t.Cleanup(func() { modem.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	return modem, fmt.Sprintf("/dev/pts/%d", n)
}

func open1(t *testing.T, path string) *Port {
	t.Helper()
	p, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// Every octet passes both ways as it is: XON, XOFF, ^C, NUL, 0xFF, CR and LF among them.
func TestTransparent(t *testing.T) {
	modem, path := terminal(t)
	port := open1(t, path)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, way := range []struct {
		name     string
		from, to io.ReadWriter
	}{{"to the modem", port, modem}, {"from the modem", modem, port}} {
		if _, err := way.from.Write(all); err != nil {
			t.Fatal(way.name, err)
		}
		got := make([]byte, len(all))
		if _, err := io.ReadFull(way.to, got); err != nil || !bytes.Equal(got, all) {
			t.Errorf("%s: % x, %v", way.name, got, err)
		}
	}
}

func TestSymbolicLink(t *testing.T) {
	modem, path := terminal(t)
	link := filepath.Join(t.TempDir(), "modem")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	port := open1(t, link)
	if _, err := port.Write([]byte("AT\r")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 3)
	if _, err := io.ReadFull(modem, got); err != nil || string(got) != "AT\r" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestCannotOpen(t *testing.T) {
	_, path := terminal(t)
	open1(t, path)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path, says string
		want             error
	}{
		{"missing", filepath.Join(dir, "none"), "plug the modem in", ErrMissing},
		{"a file", file, "give the device of a modem", ErrNoTerminal},
		{"a folder", dir, "give the device of a modem", ErrNoTerminal},
		{"no terminal", "/dev/null", "give the device of a modem", ErrNoTerminal},
		{"in use", path, "stop the other program", ErrBusy},
		{"in use, by whom", path, fmt.Sprintf("by process %d", os.Getpid()), ErrBusy},
	} {
		p, err := Open(c.path)
		if p != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, errno := range []error{unix.EACCES, unix.EPERM} {
		if err := explain("/dev/ttyACM0", errno); !errors.Is(err, ErrPermission) || !strings.Contains(err.Error(), "dialout") {
			t.Errorf("%v: %v", errno, err)
		}
	}
	if err := explain("/dev/ttyACM0", unix.EBUSY); !errors.Is(err, ErrBusy) {
		t.Errorf("%v", err)
	}
}

func TestGivenBackByClose(t *testing.T) {
	_, path := terminal(t)
	for range 3 {
		p, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("closed twice: %v", err)
		}
	}
}

// Close ends a Read that waits, and a Write that the modem holds off.
func TestCloseEndsReadAndWrite(t *testing.T) {
	_, path := terminal(t)
	port := open1(t, path)
	ended := make(chan error, 2)
	go func() {
		_, err := port.Read(make([]byte, 1))
		ended <- err
	}()
	full := make(chan bool)
	go func() {
		for n := 0; ; n++ {
			if n == 64 { // 64 KB are more than any terminal takes
				close(full)
			}
			if _, err := port.Write(make([]byte, 1024)); err != nil {
				ended <- err
				return
			}
		}
	}()
	select {
	case <-full:
		t.Fatal("the terminal takes everything")
	case <-time.After(200 * time.Millisecond): // Write waits by now, or will, and must come back either way
	}
	if err := port.Close(); err != nil {
		t.Error(err)
	}
	for range 2 {
		select {
		case err := <-ended:
			if err == nil {
				t.Error("no error after Close")
			}
		case <-time.After(10 * time.Second):
			t.Fatal("Close did not end it")
		}
	}
}

func TestModemGone(t *testing.T) {
	modem, path := terminal(t)
	port := open1(t, path)
	modem.Close()
	if _, err := port.Read(make([]byte, 1)); !errors.Is(err, ErrGone) && !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("reading: %v", err)
	}
	if _, err := port.Write([]byte("AT\r")); err == nil {
		t.Error("writing to a modem that is gone succeeds")
	}
}

// What the other end of a pseudo terminal has not read may be discarded, but for the 4 KB that are there for it already.
func TestDiscard(t *testing.T) {
	modem, path := terminal(t)
	port := open1(t, path)
	const written = 6 << 10
	if _, err := port.Write(make([]byte, written)); err != nil {
		t.Fatal(err)
	}
	if err := port.Discard(); err != nil {
		t.Fatal(err)
	}
	if _, err := port.Write([]byte("sent")); err != nil {
		t.Fatal(err)
	}
	var got []byte
	for p := make([]byte, 4096); !bytes.HasSuffix(got, []byte("sent")); {
		n, err := modem.Read(p)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p[:n]...)
	}
	if len(got) >= written {
		t.Errorf("all %d octets were sent", len(got))
	}
}

// HangUp sets the speed to zero, which is what DTR falling looks like at the other end of a pseudo terminal, and back.
func TestHangUp(t *testing.T) {
	modem, path := terminal(t)
	port := open1(t, path)
	speed := func() uint32 {
		tio, err := unix.IoctlGetTermios(int(modem.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		return tio.Cflag & unix.CBAUD
	}
	if got := speed(); got != unix.B115200 {
		t.Errorf("speed %#x", got)
	}
	done := make(chan error)
	zero := false
	go func() { done <- port.HangUp() }()
	for waiting := true; waiting; {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			waiting = false
		default:
			zero = zero || speed() == unix.B0
		}
	}
	if got := speed(); !zero || got != unix.B115200 {
		t.Errorf("speed fell to zero: %v; it is %#x now", zero, got)
	}
}

func TestLockFiles(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "LCK..pts_7")
	for _, c := range []struct {
		name, content string
		busy          bool
	}{
		{"its process lives", fmt.Sprintf("%10d\n", os.Getppid()), true},
		{"our own", strconv.Itoa(os.Getpid()), false},
		{"its process is gone", "999999999\n", false},
		{"no number", "minicom", false},
		{"empty", "", false},
	} {
		if err := os.WriteFile(name, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		err := lockedByFile([]string{filepath.Join(dir, "none"), dir}, "/dev/pts/7")
		if errors.Is(err, ErrBusy) != c.busy {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
