package render

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"faxbox/fax/tiff"
)

// ChildConfig says how children are started.
type ChildConfig struct {
	Program []string // what is started, with its arguments; nil: this program again, as "render"
	Env     []string // what the child finds in its environment, besides what Go's runtime is told
	// Cache is a folder of our own in which PDFium's compiled code is kept. It is native code: nobody else may write there.
	Cache string
	// SharedCache is such a folder that came with the system and is only read; empty: none.
	SharedCache string
	Compiled    bool   // Cache has the compiled code for certain: nobody needs to look
	Fonts       string // a folder of fonts; empty: those built in
	Temp        string // where files without names are made; empty: the system's folder
	Parallel    int    // documents at a time; 0: one
	Limits      Limits
	Log         *slog.Logger // nil: silence
}

// Child renders each document in a process of its own.
type Child struct {
	config ChildConfig
	turns  chan struct{} // as many as there may be children
	warmer chan struct{} // one: whoever compiles

	mutex    sync.Mutex
	cache    string   // the folder with compiled code; empty: not known yet
	problem  error    // why there is none
	confined []string // what held the last child
}

// Health is how rendering is.
type Health struct {
	Warm     bool     // compiled code is there: a document begins at once
	Problem  string   // why PDFium could not be compiled or started; empty: nothing
	Confined []string // what held the last child: "limits", "landlock", "seccomp"; empty before the first
}

// NewChild makes a Child. Nothing is started yet.
func NewChild(c ChildConfig) (*Child, error) {
	if c.Cache == "" {
		return nil, errors.New("render: no folder for compiled code")
	}
	if c.Program == nil {
		c.Program = []string{"/proc/self/exe", "render"}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Limits = c.Limits.orDefault()
	child := &Child{config: c, turns: make(chan struct{}, cmp.Or(c.Parallel, 1)), warmer: make(chan struct{}, 1)}
	if c.Compiled {
		child.cache = c.Cache
	}
	return child, nil
}

// Health tells how rendering is. It does not wait.
func (c *Child) Health() Health {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	h := Health{Warm: c.cache != "", Confined: slices.Clone(c.confined)}
	if c.problem != nil {
		h.Problem = c.problem.Error()
	}
	return h
}

// Warm compiles PDFium into the cache, unless that is done. It takes seconds to half a minute, once in the life of a cache; a
// server does it in the background when it starts. Otherwise the first document waits for it.
func (c *Child) Warm(ctx context.Context) error {
	_, err := c.warm(ctx)
	return err
}

// warm finds the folder with compiled code.
func (c *Child) warm(ctx context.Context) (string, error) {
	if err := take(ctx, c.warmer); err != nil {
		return "", err
	}
	defer func() { <-c.warmer }()
	c.mutex.Lock()
	folder := c.cache
	c.mutex.Unlock()
	if folder != "" {
		return folder, nil
	}
	folder, err := c.compile(ctx)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.cache, c.problem = folder, err
	if ctx.Err() != nil {
		c.problem = nil // it was not tried to its end
	}
	return folder, err
}

// take waits for a turn as long as ctx lets it.
func take(ctx context.Context, turns chan<- struct{}) error {
	select {
	case turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// compile looks whether the shared folder has compiled code, and else makes it in our own. Code that was cut off or spoilt is
// thrown away once.
func (c *Child) compile(ctx context.Context) (string, error) {
	if shared := c.config.SharedCache; shared != "" && hasCode(shared) {
		err := c.compileIn(ctx, shared)
		if err == nil {
			return shared, nil
		}
		c.config.Log.Warn("the compiled PDFium of the system does not fit", "folder", shared, "err", err)
	}
	own, err := filepath.Abs(c.config.Cache)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(own, 0o700); err != nil {
		return "", fmt.Errorf("making a folder for compiled code: %w", err)
	}
	had := hasCode(own)
	err = c.compileIn(ctx, own)
	if err != nil && had && ctx.Err() == nil {
		c.config.Log.Warn("the compiled PDFium is spoilt and made anew", "folder", own, "err", err)
		if err = clearCode(own); err == nil {
			err = c.compileIn(ctx, own)
		}
	}
	if err != nil {
		return "", err
	}
	return own, nil
}

// Compile makes sure that a folder has PDFium's compiled code for this machine, and reports whether it was there before: what a
// system is built with.
func Compile(folder string) (had bool, err error) {
	before := countCode(folder)
	if err := prepare(context.Background(), folder); err != nil {
		return false, err
	}
	return countCode(folder) == before, nil
}

// code is the pattern of wazero's folders.
const code = "wazero-*"

func hasCode(folder string) bool { return countCode(folder) > 0 }

func countCode(folder string) int {
	found, err := filepath.Glob(filepath.Join(folder, code, "*"))
	if err != nil { // no pattern but ours
		return 0
	}
	return len(found)
}

func clearCode(folder string) error {
	var errs error
	for _, pattern := range [...]string{code, compiling} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		errs = errors.Join(errs, err)
		for _, f := range found {
			errs = errors.Join(errs, os.RemoveAll(f))
		}
	}
	return errs
}

func (c *Child) compileIn(ctx context.Context, folder string) error {
	p := &process{config: &c.config, order: order{Warm: true, Cache: folder, Limits: c.config.Limits}}
	if _, err := p.run(ctx); err != nil {
		return fmt.Errorf("compiling PDFium: %w", err)
	}
	return nil
}

// Render makes the pages of a document. It waits for its turn as long as ctx lets it.
func (c *Child) Render(ctx context.Context, r Request) (*Pages, error) {
	o := order{Files: len(r.Files), Format: r.Format, Following: r.Following}
	files := slices.Clone(r.Files)
	templates := map[string]int{} // by content
	for _, cover := range r.Covers {
		n, ok := templates[string(cover.Template)]
		if !ok {
			n = len(files)
			templates[string(cover.Template)] = n
			files = append(files, memoryFile(cover.Template))
		}
		o.Covers = append(o.Covers, orderCover{n, cover.Values})
	}
	return c.render(ctx, o, files)
}

// Check makes the pages of a cover page with these values, or says what keeps its template from being one.
func (c *Child) Check(ctx context.Context, f File, values map[string]string) (*Pages, error) {
	if f.Size > mostTemplate {
		_, err := readTemplate(f)
		return nil, err
	}
	return c.render(ctx, order{Check: true, Covers: []orderCover{{0, values}}}, []File{f})
}

func (c *Child) render(ctx context.Context, o order, files []File) (_ *Pages, err error) {
	if err := take(ctx, c.turns); err != nil {
		return nil, err
	}
	defer func() { <-c.turns }()
	if o.Cache, err = c.warm(ctx); err != nil {
		return nil, err
	}
	o.Limits, o.Fonts = c.config.Limits, c.config.Fonts
	out, err := unnamed(c.config.Temp)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close())
		}
	}()
	p := &process{config: &c.config, order: o, confined: c.heldBy, files: []*os.File{out}}
	defer p.closeInputs()
	for _, f := range files {
		if err := p.add(f); err != nil {
			return nil, err
		}
	}
	result, err := p.run(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkOutput(out, result, o); err != nil {
		return nil, err
	}
	return &Pages{File: out, Covers: result.Covers, Files: result.Files, Remarks: result.Remarks}, nil
}

func (c *Child) heldBy(confined []string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.confined = confined
}

// checkOutput reads the directories of what the child wrote. Its pages are read, and judged, by whoever sends them.
func checkOutput(out *os.File, r Result, o order) error {
	size, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if size > o.Limits.Output {
		return errors.New("render: the child wrote more than it may")
	}
	f, err := tiff.Open(out, size)
	if err != nil {
		return fmt.Errorf("render: what the child wrote: %w", err)
	}
	if f.Pages() != r.pages() {
		return fmt.Errorf("render: the child wrote %d pages and speaks of %d", f.Pages(), r.pages())
	}
	_, err = out.Seek(0, io.SeekStart)
	return err
}

// tooSlow is the refusal of what took longer than it may.
func tooSlow(limit time.Duration) *Refusal {
	return &Refusal{Reason: TooSlow, Problem: fmt.Sprintf("takes longer than %v to be turned into pages of a fax", limit),
		Hint: "Print the document as PDF again, or scan it from paper, and send that."}
}
