package rig

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"faxbox/fax/wire"
)

// Box is a fax server that runs: faxbox serve or demo. Its methods may be called from several goroutines.
type Box struct {
	Socket string

	faxbox *Faxbox
	cmd    *exec.Cmd
	http   *http.Client
	ended  chan struct{} // closed when the program has ended and everything is in said
	err    error         // how it ended

	mu   sync.Mutex
	said bytes.Buffer
}

// Installed is a faxbox that is there already.
func Installed(path string) *Faxbox { return &Faxbox{path} }

// readyTime is how long a server may take to start.
const readyTime = time.Minute

// Serve runs faxbox as a server, whose data and UNIX socket are in dir, which must exist, and returns when it is ready.
// Command is serve or demo, with more of its flags; without --listen it listens on no other address.
func (f *Faxbox) Serve(dir string, command ...string) (*Box, error) {
	b := &Box{Socket: filepath.Join(dir, "faxbox.sock"), faxbox: f, ended: make(chan struct{})}
	b.http = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", b.Socket)
		},
	}}
	flags := append([]string{command[0], "--data", filepath.Join(dir, "data"), "--socket", b.Socket, "--listen="}, command[1:]...)
	b.cmd = exec.Command(f.path, flags...)
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	b.cmd.Stderr = b.cmd.Stdout // one pipe, one reader
	if err := b.cmd.Start(); err != nil {
		return nil, err
	}
	ready := make(chan struct{})
	go b.read(out, ready)
	select {
	case <-ready:
		return b, nil
	case <-b.ended:
		return nil, fmt.Errorf("faxbox %s did not start: %w\n%s", command[0], b.err, b.Said())
	case <-time.After(readyTime):
		return nil, errors.Join(fmt.Errorf("faxbox %s is not ready:\n%s", command[0], b.Said()), b.Close())
	}
}

// read takes up what the server prints, and tells once that it is ready.
func (b *Box) read(out io.Reader, ready chan<- struct{}) {
	told := false
	for s := bufio.NewScanner(out); s.Scan(); {
		b.mu.Lock()
		b.said.Write(append(s.Bytes(), '\n'))
		b.mu.Unlock()
		if s.Text() == "ready" && !told {
			told = true
			close(ready)
		}
	}
	b.err = b.cmd.Wait()
	close(b.ended)
}

// Said is everything that the server has printed.
func (b *Box) Said() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.said.String()
}

// PID is the number of the server's process.
func (b *Box) PID() int { return b.cmd.Process.Pid }

// Close ends the server as a service manager does. An exit status other than 0 is an error.
func (b *Box) Close() error {
	b.http.CloseIdleConnections()
	_ = b.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
	<-b.ended
	return b.err
}

// Run runs a command of faxbox that talks to the server, to its end.
func (b *Box) Run(ctx context.Context, args ...string) (Outcome, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, b.faxbox.path, args...)
	cmd.Env = append(os.Environ(), "FAXBOX_SOCKET="+b.Socket)
	cmd.Stdout, cmd.Stderr = &out, &out
	return outcome(cmd.Run(), out.Bytes())
}

// Open makes a request and returns the answer, whose body the caller closes. Path is what follows /api/v1. An answer that
// tells of a problem is an error.
func (b *Box) Open(ctx context.Context, method, path, kind string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://faxbox/api/v1"+path, body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	answer, err := b.http.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= http.StatusBadRequest {
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body) // what there is of it says more than nothing
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text)
	}
	return answer, nil
}

// Do makes a request with a body of JSON, unless in is nil, and reads the answer into out, unless that is nil.
func (b *Box) Do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	kind := ""
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body, kind = bytes.NewReader(text), "application/json"
	}
	answer, err := b.Open(ctx, method, path, kind, body)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(answer.Body).Decode(out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// Submit queues a fax as curl -F would: fields by name, and a file.
func (b *Box) Submit(ctx context.Context, fields map[string]string, file string) (wire.Submitted, error) {
	var s wire.Submitted
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	for name, value := range fields {
		if err := parts.WriteField(name, value); err != nil {
			return s, err
		}
	}
	if err := attach(parts, file); err != nil {
		return s, err
	}
	answer, err := b.Open(ctx, http.MethodPost, "/documents", parts.FormDataContentType(), &form)
	if err != nil {
		return s, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		return s, fmt.Errorf("a new document is answered by %s", answer.Status)
	}
	err = json.NewDecoder(answer.Body).Decode(&s)
	return s, err
}

// attach adds a file and ends the form.
func attach(parts *multipart.Writer, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	part, err := parts.CreateFormFile("file", filepath.Base(file))
	if err != nil {
		return err
	}
	_, err = part.Write(content)
	return errors.Join(err, parts.Close())
}

// Download writes what is found at a path of the API to a file.
func (b *Box) Download(ctx context.Context, path, file string) error {
	answer, err := b.Open(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, answer.Body)
	return errors.Join(err, f.Close())
}

// List is a whole listing, fetched page by page.
func List[T any](ctx context.Context, b *Box, path string) (all []T, err error) {
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	for cursor := ""; ; {
		var page wire.List[T]
		if err := b.Do(ctx, http.MethodGet, path+cursor, nil, &page); err != nil {
			return nil, err
		}
		if all = append(all, page.Items...); page.Next == "" {
			return all, nil
		}
		cursor = join + "cursor=" + url.QueryEscape(page.Next)
	}
}
