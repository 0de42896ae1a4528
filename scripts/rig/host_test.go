package rig

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// start runs an exchange in a folder of the test, and ends it with the test. The test is skipped where faxline cannot be
// built, but fails there when CI=true.
func start(t *testing.T, args func(dir string) []string) *Exchange {
	t.Helper()
	if testing.Short() {
		t.Skip("calls over audio take minutes")
	}
	if missing := Missing(); missing != nil {
		reason := "no calls over audio without " + strings.Join(missing, ", ")
		if os.Getenv("CI") == "true" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	dir := t.TempDir()
	x, err := Start(dir, args(dir)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Errorf("faxline ended badly: %v", err)
		}
	})
	return x
}

// host is what a program behind a serial port would do, by hand.
type host struct {
	t    *testing.T
	f    *os.File
	seen []byte
}

func openHost(t *testing.T, x *Exchange, name string) *host {
	t.Helper()
	f, err := os.OpenFile(x.Path(name), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, f: f}
	t.Cleanup(func() { _ = f.Close() }) // a test may have closed it before
	h.settle(x, name)
	return h
}

// settle waits until the exchange has noticed that the port is open.
func (h *host) settle(x *Exchange, name string) {
	h.t.Helper()
	for range 100 {
		status, err := x.Control("status")
		if err != nil {
			h.t.Fatal(err)
		}
		for line := range strings.Lines(status) {
			if strings.HasPrefix(line, "modem "+name+" ") && !strings.Contains(line, " open 0 ") {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Fatalf("the exchange does not see that %s is open", name)
}

func (h *host) send(s string) {
	h.t.Helper()
	if _, err := h.f.WriteString(s); err != nil {
		h.t.Fatal(err)
	}
}

// expect waits for this text, returns what came before it, and keeps what comes after.
func (h *host) expect(text string, patience time.Duration) string {
	h.t.Helper()
	before, err := h.await(text, patience)
	if err != nil {
		h.t.Fatal(err)
	}
	return before
}

func (h *host) await(text string, patience time.Duration) (string, error) {
	if err := h.f.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	for buf := make([]byte, 4096); ; {
		if before, after, ok := bytes.Cut(h.seen, []byte(text)); ok {
			h.seen = bytes.Clone(after)
			return string(before), nil
		}
		n, err := h.f.Read(buf)
		h.seen = append(h.seen, buf[:n]...)
		if err != nil && n == 0 {
			return "", fmt.Errorf("no %q but %q: %w", text, h.seen, err)
		}
	}
}

// at gives a command and waits for this answer.
func (h *host) at(command, answer string) {
	h.t.Helper()
	h.seen = nil
	h.send("AT" + command + "\r")
	h.expect("\r\n"+answer+"\r\n", 5*time.Second)
}
