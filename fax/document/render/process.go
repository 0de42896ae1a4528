package render

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

// process is one child, for one order.
type process struct {
	config   *ChildConfig
	order    order
	files    []*os.File     // the output, then the inputs
	confined func([]string) // told what holds it; may be nil

	mutex sync.Mutex
	now   *at // what it works on; nil: nothing yet
}

// add hands a file over, to be read only.
func (p *process) add(f File) error {
	file, err := readOnly(f, p.config.Temp)
	if err != nil {
		return fmt.Errorf("render: handing over %q: %w", f.Name, err)
	}
	p.files = append(p.files, file)
	p.order.Inputs = append(p.order.Inputs, input{f.Size, f.Password})
	return nil
}

// closeInputs closes our ends of the inputs; the output is handed on.
func (p *process) closeInputs() {
	for _, f := range p.files[1:] {
		_ = f.Close() // it was read only
	}
}

// readOnly is a file of the same content that can be read and nothing else, whatever was given: the child may be turned
// against us by what it reads.
func readOnly(f File, temp string) (*os.File, error) {
	if file, ok := f.Content.(*os.File); ok {
		if again, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", file.Fd())); err == nil {
			return again, nil
		}
	}
	copied, err := unnamed(temp)
	if err != nil {
		return nil, err
	}
	defer copied.Close() // the other one stays
	if _, err := io.Copy(copied, io.NewSectionReader(f.Content, 0, f.Size)); err != nil {
		return nil, err
	}
	return os.Open(fmt.Sprintf("/proc/self/fd/%d", copied.Fd()))
}

func memoryFile(octets []byte) File {
	return File{Content: bytes.NewReader(octets), Size: int64(len(octets))}
}

// errPageTime ends a child that stays too long on one page, errTime one that takes too long in all.
var (
	errTime     = errors.New("the document takes too long")
	errPageTime = errors.New("a page takes too long")
)

// run starts the child, listens until it is done or has to be killed, and waits for its end.
func (p *process) run(ctx context.Context) (Result, error) {
	limits := p.order.Limits
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	whole := time.AfterFunc(limits.Time, func() { cancel(errTime) })
	defer whole.Stop()
	page := time.AfterFunc(p.pageTime(), func() { cancel(errPageTime) })
	defer page.Stop()

	said, stderr, err := p.talk(ctx, func(n news) {
		if n.At != nil {
			page.Reset(limits.PageTime)
			p.mutex.Lock()
			p.now = n.At
			p.mutex.Unlock()
		}
		if n.Confined != nil && p.confined != nil {
			p.confined(n.Confined)
		}
	})
	if stderr != "" {
		p.config.Log.Warn("a renderer complains", "stderr", stderr)
	}
	switch {
	case said.Result != nil && err == nil:
		return *said.Result, nil
	case said.Refusal != nil && err == nil:
		return Result{}, said.Refusal
	case said.Failure != "":
		return Result{}, fmt.Errorf("render: %s", said.Failure)
	}
	return Result{}, p.ended(ctx, err, stderr)
}

// pageTime is how long the first page may take. Compiling is no page.
func (p *process) pageTime() time.Duration {
	if p.order.Warm {
		return p.order.Limits.Time
	}
	return p.order.Limits.PageTime
}

// ended says what it means that a child came to an end without an answer.
func (p *process) ended(ctx context.Context, err error, stderr string) error {
	p.mutex.Lock()
	now := p.now
	p.mutex.Unlock()
	blame := func(r *Refusal) error {
		if now == nil {
			return fmt.Errorf("render: %w", errors.Join(err, r))
		}
		r.Cover, r.File, r.Page = now.Cover, now.File, now.Page+1
		return r
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errTime):
		return blame(tooSlow(p.order.Limits.Time))
	case errors.Is(cause, errPageTime):
		return blame(tooSlow(p.order.Limits.PageTime))
	case ctx.Err() != nil:
		return cause
	case now == nil:
		return fmt.Errorf("render: %w", err)
	case strings.Contains(stderr, "out of memory") || strings.Contains(stderr, "cannot allocate memory"):
		return blame(&Refusal{Reason: TooLarge, Problem: "needs more memory than there is",
			Hint: "Print the document as PDF again with pictures of 300 dots per inch, and send that."})
	}
	return blame(&Refusal{Reason: Damaged, Problem: "is damaged in a way that ends the program that reads it",
		Hint: "Print the document as PDF again, and send that."})
}

// mostStderr is how much of a child's complaint is kept.
const mostStderr = 4 << 10

// talk runs the child once. With an error it may have said something before.
func (p *process) talk(ctx context.Context, heard func(news)) (said news, stderr string, err error) {
	stdin, err := json.Marshal(p.order)
	if err != nil {
		return news{}, "", err
	}
	complaint := &bounded{most: mostStderr}
	cmd := exec.CommandContext(ctx, p.config.Program[0], p.config.Program[1:]...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), complaint
	cmd.ExtraFiles = p.files
	cmd.Dir = "/"
	cmd.Env = append([]string{"GOMEMLIMIT=96MiB", "GOTRACEBACK=none"}, p.config.Env...)
	cmd.SysProcAttr = bound()
	cmd.WaitDelay = 5 * time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return news{}, "", err
	}
	// The child dies with the thread that started it, so the thread is kept.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return news{}, "", fmt.Errorf("starting a renderer: %w", err)
	}
	said, err = listen(stdout, p.order, heard)
	if err == nil || !errors.Is(err, errNoEnd) {
		// It has given its answer, or talks nonsense: killing it saves it tidying up, and us the wait.
		_ = cmd.Process.Kill()
	}
	_ = stdout.Close() // whoever goes on talking now hears that nobody listens
	ended := cmd.Wait()
	if err != nil {
		err = errors.Join(err, ended)
	}
	return said, complaint.String(), err
}

// bounded keeps the beginning of what is written to it. It is for one goroutine until that ends.
type bounded struct {
	most int
	bytes.Buffer
}

func (b *bounded) Write(p []byte) (int, error) {
	if room := b.most - b.Len(); room > 0 {
		b.Buffer.Write(p[:min(len(p), room)])
	}
	return len(p), nil
}

func (b *bounded) String() string { return plainLines(b.Buffer.String()) }

// plainLines is text from a child, as it may be logged.
func plainLines(s string) string {
	return strings.TrimSpace(plain(strings.ReplaceAll(s, "\n", "; ")))
}
