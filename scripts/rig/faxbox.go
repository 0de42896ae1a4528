package rig

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Faxbox is the program under test.
type Faxbox struct{ path string }

// BuildFaxbox builds faxbox as it is shipped, in dir.
func BuildFaxbox(dir string) (*Faxbox, error) {
	f := &Faxbox{filepath.Join(dir, "faxbox")}
	build := exec.Command("go", "build", "-o", f.path, "./cmd/faxbox")
	build.Dir = Top()
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building faxbox: %w\n%s", err, out)
	}
	return f, f.warm(dir)
}

// warm compiles the PDF renderer for all boxes that are started from now on, as an image does: each would do it for itself
// while it is measured. What was compiled once is kept with the user's caches.
func (f *Faxbox) warm(dir string) error {
	if caches, err := os.UserCacheDir(); err == nil {
		dir = caches
	}
	code := filepath.Join(dir, "faxbox-rig-render")
	if err := os.MkdirAll(code, 0o700); err != nil {
		return err
	}
	if out, err := exec.Command(f.path, "render", "--warm", code).CombinedOutput(); err != nil {
		return fmt.Errorf("compiling the PDF renderer: %w\n%s", err, out)
	}
	return os.Setenv("FAXBOX_RENDER_CODE", code)
}

// Path is where the program is.
func (f *Faxbox) Path() string { return f.path }

// Outcome is how a command of faxbox ended.
type Outcome struct {
	Exit   int
	Output string // everything it printed

	OK               bool // this and the rest are from the result it printed
	Cause            string
	Pages, Confirmed int
	Mode, Peer, File string
}

// Modem runs a command for one modem to its end: "send", a path, a number, and files.
func (f *Faxbox) Modem(ctx context.Context, args ...string) (Outcome, error) {
	var out bytes.Buffer
	cmd := f.command(ctx, args)
	cmd.Stdout, cmd.Stderr = &out, &out
	return outcome(cmd.Run(), out.Bytes())
}

func (f *Faxbox) command(ctx context.Context, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, f.path, append([]string{"modem", args[0], "--json"}, args[1:]...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 15 * time.Second // it says goodbye to the distant machine first
	return cmd
}

// Receiver is a faxbox that waits for one call.
type Receiver struct {
	cmd  *exec.Cmd
	out  bytes.Buffer
	done chan struct{} // closed when all of its output is in out
}

// Receive runs `faxbox modem receive --once` on a modem, and returns when it is ready for a call.
func (f *Faxbox) Receive(ctx context.Context, path, dir string, args ...string) (*Receiver, error) {
	r := &Receiver{done: make(chan struct{})}
	r.cmd = f.command(ctx, append([]string{"receive", path, "--once", "--dir", dir}, args...))
	pipe, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.cmd.Stderr = r.cmd.Stdout // one pipe, one reader
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	ready := make(chan bool, 1)
	go r.read(pipe, ready)
	if <-ready {
		return r, nil
	}
	_, err = r.Wait()
	return nil, errors.Join(fmt.Errorf("faxbox modem receive is not ready: %s", &r.out), err)
}

// read takes up what the receiver prints, and tells once whether it became ready.
func (r *Receiver) read(pipe io.Reader, ready chan<- bool) {
	defer close(r.done)
	told := false
	for s := bufio.NewScanner(pipe); s.Scan(); {
		r.out.Write(append(s.Bytes(), '\n'))
		if !told && bytes.Contains(s.Bytes(), []byte(`"ready"`)) {
			told = true
			ready <- true
		}
	}
	if !told {
		ready <- false
	}
}

// Stall keeps the program from running for a while, as a busy computer does.
func (r *Receiver) Stall(d time.Duration) error {
	if err := r.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	time.Sleep(d)
	return r.cmd.Process.Signal(syscall.SIGCONT)
}

// Wait waits until the call is over.
func (r *Receiver) Wait() (Outcome, error) {
	<-r.done
	return outcome(r.cmd.Wait(), r.out.Bytes())
}

// outcome reads what a command printed. An exit status is no error, a command that could not run or was killed is.
func outcome(err error, out []byte) (Outcome, error) {
	o := Outcome{Output: string(out)}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		o.Exit, err = exit.ExitCode(), nil
	}
	if err != nil {
		return o, fmt.Errorf("%w: %s", err, out)
	}
	for line := range bytes.Lines(out) {
		var result struct {
			Event string
			Outcome
		}
		if json.Unmarshal(line, &result) == nil && result.Event == "result" { // else it was for people
			result.Exit, result.Output = o.Exit, o.Output
			o = result.Outcome
		}
	}
	return o, nil
}
