package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// box is a server on real sockets.
type box struct {
	*testing.T
	dir, socket string
	out, err    safeBuffer
	stop        context.CancelFunc
	status      chan int
	board       func() (gpio, error)
}

// serve starts a server and waits until it is ready. There is no modem: ports have tests of their own.
func serve(t *testing.T, args ...string) *box {
	t.Helper()
	dir, err := os.MkdirTemp("", "faxbox") // t.TempDir is too long a path for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	b := &box{T: t, dir: dir, socket: filepath.Join(dir, "s"), status: make(chan int, 1)}
	b.start(args...)
	return b
}

func (b *box) start(args ...string) {
	b.Helper()
	ctx, stop := context.WithCancel(context.Background())
	b.stop = stop
	args = append([]string{"serve", "--no-discovery", "--data", filepath.Join(b.dir, "data"), "--socket", b.socket}, args...)
	go func() {
		b.status <- run(ctx, args, console{out: &b.out, err: &b.err, listen: listen, open: openPort, board: b.board})
	}()
	for begun := time.Now(); !strings.Contains(b.out.String(), "ready\n"); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			b.Fatalf("not ready:\n%s%s", b.out.String(), b.err.String())
		}
		select {
		case status := <-b.status:
			b.Fatalf("ended with %d:\n%s%s", status, b.out.String(), b.err.String())
		default:
		}
	}
}

func (b *box) end() {
	b.Helper()
	b.stop()
	if status := <-b.status; status != exitDone {
		b.Errorf("the server ended with %d:\n%s%s", status, b.out.String(), b.err.String())
	}
}

func (b *box) faxbox(args ...string) *command {
	c := &command{}
	c.status = run(context.Background(), args, console{out: &c.out, err: &c.err, in: strings.NewReader("correct horse\n"), listen: listen})
	return c
}

func TestServeOnSockets(t *testing.T) {
	defer goleak.VerifyNone(t)
	b := serve(t, "--listen", "127.0.0.1:0")
	if st, err := os.Stat(b.socket); err != nil || st.Mode().Perm() != 0o660 {
		t.Errorf("the socket's mode is %v, %v", st.Mode(), err)
	}
	if c := b.faxbox("port", "list", "--socket", b.socket, "--json"); c.status != exitDone || c.out.String() != `{"count":0,"items":[]}`+"\n" {
		t.Errorf("over the socket: %v", c)
	}
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(b.out.String())
	if c := b.faxbox("port", "list", "--server", url); c.status != exitFailed || !strings.Contains(c.err.String(), "log in") {
		t.Errorf("over TCP without a token: %v", c)
	}
	if c := b.faxbox("password", "--socket", b.socket); c.status != exitDone {
		t.Errorf("password: %v", c)
	}
	token := strings.TrimSpace(b.faxbox("token", "create", "x", "--role", "viewer", "--socket", b.socket).out.String())
	if c := b.faxbox("port", "list", "--server", url, "--token", token); c.status != exitDone {
		t.Errorf("over TCP with a token: %v", c)
	}
	answer, err := http.Get(url + "/healthz")
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("healthz: %v, %v", answer, err)
	}
	answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()

	if c := b.faxbox("serve", "--data", filepath.Join(b.dir, "data"), "--listen", "", "--socket", b.socket+"2"); c.status != exitFailed ||
		!strings.Contains(c.err.String(), "--data") {
		t.Errorf("a second server on the same folder: %v", c)
	}
	// Somebody who listens to events does not keep the server from stopping.
	watching := make(chan int)
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		var out, err safeBuffer
		watching <- run(ctx, []string{"status", "--watch", "--json", "--socket", b.socket}, console{out: &out, err: &err})
	}()
	begun := time.Now()
	b.end()
	if took := time.Since(begun); took > stopTime {
		t.Errorf("stopping took %v", took)
	}
	stop()
	<-watching
	if _, err := os.Stat(b.socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left behind: %v", err)
	}
}

func TestServeAgainAfterACrash(t *testing.T) {
	defer goleak.VerifyNone(t)
	b := serve(t, "--listen", "")
	b.end()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: b.socket, Net: "unix"}) // what a killed process leaves
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	b.out, b.err = safeBuffer{}, safeBuffer{}
	b.start("--listen", "")
	if c := b.faxbox("serve", "--data", filepath.Join(b.dir, "other"), "--listen", "", "--socket", b.socket); c.status != exitFailed ||
		!strings.Contains(c.err.String(), "answers on this socket") {
		t.Errorf("a second server on the same socket: %v", c)
	}
	b.end()
}

func TestServeWithTLS(t *testing.T) {
	defer goleak.VerifyNone(t)
	b := serve(t, "--listen", "127.0.0.1:0", "--tls", "on")
	url := regexp.MustCompile(`https://\S+`).FindString(b.out.String())
	finger := regexp.MustCompile(`([0-9A-F]{2}:){31}[0-9A-F]{2}`).FindString(b.out.String())
	if c := b.faxbox("port", "list", "--server", url); c.status != exitFailed || !strings.Contains(c.err.String(), "fingerprint") {
		t.Errorf("an unknown certificate: %v", c)
	}
	if c := b.faxbox("port", "list", "--server", url, "--fingerprint", finger); c.status != exitFailed || !strings.Contains(c.err.String(), "log in") {
		t.Errorf("its own certificate: %v", c)
	}
	b.end()
	b.out, b.err = safeBuffer{}, safeBuffer{}
	b.start("--listen", "127.0.0.1:0", "--tls", "on")
	if !strings.Contains(b.out.String(), finger) {
		t.Errorf("after a restart there is another certificate:\n%s", b.out.String())
	}
	b.end()
}

func TestNoServer(t *testing.T) {
	c := (&box{T: t}).faxbox("status", "--socket", filepath.Join(t.TempDir(), "s"))
	if c.status != exitFailed || !strings.Contains(c.err.String(), "Is the server running?") {
		t.Errorf("without a server: %v", c)
	}
}

func TestCompletion(t *testing.T) {
	b := &box{T: t}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if c := b.faxbox("completion", shell); c.status != exitDone || !strings.Contains(c.out.String(), "completion words --") {
			t.Errorf("%s: %v", shell, c)
		}
	}
	for words, want := range map[string]string{
		"mess": "message\n", "message l": "list\n", "message list --unr": "--unread\n", "job ": "cancel\nlist\npause\nreport\nrestart\nresume\nshow\n", "nonsense": "",
	} {
		args := append([]string{"completion", "words", "--"}, strings.Split(words, " ")...)
		if c := b.faxbox(args...); c.status != exitDone || c.out.String() != want {
			t.Errorf("after %q: %v, want %q", words, c, want)
		}
	}
}

func TestHelp(t *testing.T) {
	b := &box{T: t}
	for _, command := range [][]string{{"help"}, {"help", "send"}, {"help", "message", "get"}, {"--help"}, {"send", "--help"}} {
		if c := b.faxbox(command...); c.status != exitDone || !strings.HasPrefix(c.out.String(), "Usage: faxbox") || c.err.String() != "" {
			t.Errorf("faxbox %v: %v", command, c)
		}
	}
	if c := b.faxbox("help", "nonsense"); c.status != exitUsage {
		t.Errorf("faxbox help nonsense: %v", c)
	}
}
