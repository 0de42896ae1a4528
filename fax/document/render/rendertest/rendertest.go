// Package rendertest is a Renderer for tests of whoever uses one: it reads no document and starts no child. A document is
// text, each line of it a page that shows the line, to be read back with Text.
package rendertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"faxbox/fax/document/render"
	"faxbox/fax/raster"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

// Renderer makes pages of text. Its zero value is ready.
type Renderer struct {
	mu    sync.Mutex
	asked []render.Request
}

var _ render.Renderer = (*Renderer)(nil)

// What lines say besides being a page.
const (
	// Refuse begins a line that is refused, for the reason and with the problem that follow: "refuse: tooLarge is huge".
	Refuse = "refuse: "
	// Locked begins a page that needs the password that follows.
	Locked = "locked: "
	// Remark begins a page that is remarked on.
	Remark = "remark: "
)

// Asked are the requests so far. Their files may be gone.
func (r *Renderer) Asked() []render.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

// Forget forgets them.
func (r *Renderer) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = nil
}

// Render makes the pages of each cover, in whose lines names of fields in braces stand for their values, and {pages} for the
// number of all pages of the files; then those of the files.
func (r *Renderer) Render(ctx context.Context, q render.Request) (*render.Pages, error) {
	r.mu.Lock()
	r.asked = append(r.asked, q)
	r.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m := making{Format: q.Format}
	var files []*raster.Page
	for i, f := range q.Files {
		text, err := io.ReadAll(io.NewSectionReader(f.Content, 0, f.Size))
		if err != nil {
			return nil, err
		}
		pages, refusal := m.pages(string(text), f.Password)
		if refusal != nil {
			refusal.File = i
			return nil, refusal
		}
		m.out.Files = append(m.out.Files, len(pages))
		files = append(files, pages...)
	}
	var all []*raster.Page
	for i, c := range q.Covers {
		filled := string(c.Template)
		for name, value := range c.Values {
			filled = strings.ReplaceAll(filled, "{"+name+"}", value)
		}
		filled = strings.ReplaceAll(filled, "{pages}", fmt.Sprint(len(files)+q.Following))
		pages, refusal := m.pages(filled, "")
		if refusal != nil {
			refusal.Cover, refusal.File = true, i
			return nil, refusal
		}
		m.out.Covers = append(m.out.Covers, len(pages))
		all = append(all, pages...)
	}
	return m.file(append(all, files...))
}

// Check makes the pages of a template.
func (r *Renderer) Check(ctx context.Context, f render.File, values map[string]string) (*render.Pages, error) {
	text, err := io.ReadAll(io.NewSectionReader(f.Content, 0, f.Size))
	if err != nil {
		return nil, err
	}
	for name, value := range values {
		text = bytes.ReplaceAll(text, []byte("{"+name+"}"), []byte(value))
	}
	m := making{Format: render.Format{Resolution: raster.Fine}}
	pages, refusal := m.pages(string(text), "")
	if refusal != nil {
		return nil, refusal
	}
	return m.file(pages)
}

// making is a request being done.
type making struct {
	render.Format
	out render.Pages
}

func (m *making) pages(text, password string) (pages []*raster.Page, refusal *render.Refusal) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		reason, problem, _ := strings.Cut(strings.TrimPrefix(line, Refuse), " ")
		switch {
		case strings.HasPrefix(line, Refuse):
			return nil, &render.Refusal{Page: len(pages) + 1, Reason: render.Reason(reason), Problem: problem, Hint: "Send something else."}
		case strings.HasPrefix(line, Locked) && password != strings.TrimPrefix(line, Locked):
			return nil, &render.Refusal{Reason: render.Encrypted, Problem: "needs a password", Hint: "Say it."}
		case strings.HasPrefix(line, Remark):
			m.out.Remarks = append(m.out.Remarks, line)
		}
		pages = append(pages, Page(line, m.Resolution))
	}
	if len(pages) == 0 {
		return nil, &render.Refusal{Reason: render.Empty, Problem: "is empty", Hint: "Send something."}
	}
	return pages, nil
}

// file writes the pages to a file without a name.
func (m *making) file(pages []*raster.Page) (*render.Pages, error) {
	f, err := os.CreateTemp("", "rendertest-")
	if err != nil {
		return nil, err
	}
	m.out.File = f
	if err := os.Remove(f.Name()); err != nil {
		return nil, err
	}
	if err := tiff.Write(f, tiff.Style{Coding: t4.MMR}, pages...); err != nil {
		return nil, err
	}
	return &m.out, nil
}

const (
	width = 1728 // of a page, in pels
	lines = 40   // and lines, so that it is quickly sent
)

// Page is a page that shows a text, of 200 octets at most.
func Page(text string, r raster.Resolution) *raster.Page {
	p := raster.New(width, lines, r)
	for y := range lines {
		copy(p.Row(y)[:200], text)
	}
	return p
}

// Text is what a page shows.
func Text(p *raster.Page) string { return string(bytes.TrimRight(p.Row(p.Height / 2)[:200], "\x00")) }
