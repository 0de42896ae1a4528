package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/journal"
)

// asProgram in the environment makes the test binary the program itself.
const asProgram = "FAXBOX_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// The service as systemd runs it: sockets are handed over, readiness and life are told, SIGTERM stops it. The shell gives
// LISTEN_PID its value, as systemd does between fork and exec.
func TestUnderSystemd(t *testing.T) {
	dir, err := os.MkdirTemp("", "faxbox") // t.TempDir is too long a path for a socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	file, err := tcp.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `LISTEN_PID=$$ exec "$0" serve --no-discovery --listen 127.0.0.1:1`, os.Args[0])
	cmd.Env = append(os.Environ(), asProgram+"=1", "LISTEN_FDS=1", "NOTIFY_SOCKET="+manager.LocalAddr().String(), "WATCHDOG_USEC=200000",
		"STATE_DIRECTORY="+filepath.Join(dir, "state"), "RUNTIME_DIRECTORY="+dir, "FAXBOX_SOCKET=")
	cmd.ExtraFiles = []*os.File{file} // becomes file 3
	var said safeBuffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	told := func(want string) {
		t.Helper()
		for {
			message := make([]byte, 100)
			manager.SetReadDeadline(time.Now().Add(30 * time.Second))
			n, err := manager.Read(message)
			if err != nil {
				t.Fatalf("systemd is not told %s: %v\n%s", want, err, said.String())
			}
			if string(message[:n]) == want {
				return
			}
		}
	}
	told("READY=1")
	told("WATCHDOG=1")
	told("WATCHDOG=1")
	for _, path := range []string{"/healthz", "/"} {
		answer, err := http.Get("http://" + tcp.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Body.Close(); answer.StatusCode != http.StatusOK {
			t.Errorf("%s on the socket handed over: %s", path, answer.Status)
		}
	}
	var out safeBuffer
	socket := filepath.Join(dir, "faxbox.sock")
	if status := run(context.Background(), []string{"status", "--socket", socket}, console{out: &out, err: &out}); status != exitDone {
		t.Errorf("over the socket in RUNTIME_DIRECTORY: %d\n%s", status, out.String())
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	told("STOPPING=1")
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, said.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "state", "faxbox.db")); err != nil {
		t.Errorf("nothing is kept in STATE_DIRECTORY: %v", err)
	}
}

// A loop that is stuck starves the watchdog.
func TestWatchdogIsFedByLife(t *testing.T) {
	dir := t.TempDir()
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "n"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	t.Setenv("NOTIFY_SOCKET", manager.LocalAddr().String())
	t.Setenv("WATCHDOG_USEC", "50000")
	t.Setenv("WATCHDOG_PID", "")
	for _, c := range []struct {
		name  string
		alive time.Time
		fed   bool
	}{{"alive", time.Now().Add(time.Hour), true}, {"stuck", time.Now().Add(-time.Hour), false}} {
		ctx, stop := context.WithTimeout(context.Background(), 200*time.Millisecond)
		watchdog(ctx, func() time.Time { return c.alive })
		stop()
		manager.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		n, _ := manager.Read(make([]byte, 100))
		if fed := n > 0; fed != c.fed {
			t.Errorf("%s: fed %v", c.name, fed)
		}
		for n > 0 { // what else was told
			n, _ = manager.Read(make([]byte, 100))
		}
	}
}

func TestJournalFields(t *testing.T) {
	for key, want := range map[string]string{"call": "CALL", "remote-addr": "REMOTE_ADDR", "Ä.1": "__1"} {
		if got := fieldName(key); got != want {
			t.Errorf("the field of %q is %q, want %q", key, got, want)
		}
	}
	for level, want := range map[slog.Level]journal.Priority{slog.LevelDebug: journal.PriDebug, slog.LevelInfo: journal.PriInfo,
		slog.LevelWarn: journal.PriWarning, slog.LevelError: journal.PriErr, slog.LevelError + 4: journal.PriErr} {
		if got := priority(level); got != want {
			t.Errorf("the priority of %v is %v, want %v", level, got, want)
		}
	}
	h := (&journalHandler{level: slog.LevelInfo}).WithAttrs([]slog.Attr{slog.Int("line", 1)}).WithGroup("g").WithAttrs([]slog.Attr{slog.Int("x", 2)}).(*journalHandler)
	if len(h.fields) != 2 || h.fields[1].Key != "G_x" || h.Enabled(context.Background(), slog.LevelDebug) {
		t.Errorf("the handler has %v", h.fields)
	}
	if log := newLog(io.Discard, slog.LevelInfo); log.Enabled(context.Background(), slog.LevelDebug) {
		t.Error("debug is logged unasked")
	}
}
