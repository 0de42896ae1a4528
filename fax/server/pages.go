package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"faxbox/fax"
	"faxbox/fax/document"
	"faxbox/fax/document/render"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
	"faxbox/store"
)

// making turns a submission into the pages of a draft. A file that is a fax already, TIFF at resolutions of T.30, goes as
// it is unless the document says how pages are to be made: there is nothing to gain, and no child to be started. Everything
// else, and cover pages, the renderer makes.
type making struct {
	s     *Server
	who   Who
	sub   Submission
	draft *store.Draft

	faxes   []*tiff.File // by file; nil: it is to be rendered
	sent    []int        // the files that are rendered, as the renderer counts them
	remarks []string
}

// makePages puts the pages of a submission into a draft, and answers with what is to be said about them. What is wrong with
// a file, or the cover page, is a fax.Invalid.
func (s *Server) makePages(ctx context.Context, who Who, draft *store.Draft, sub Submission) (remarks []string, err error) {
	m := &making{s: s, who: who, sub: sub, draft: draft, faxes: make([]*tiff.File, len(sub.Files))}
	if err := m.sort(); err != nil {
		return nil, err
	}
	rendered, err := m.render(ctx)
	if err != nil {
		return nil, err
	}
	defer rendered.close()
	if err := m.covers(ctx, rendered); err != nil {
		return nil, err
	}
	if err := m.files(ctx, rendered); err != nil {
		return nil, err
	}
	return m.remarks, nil
}

// sort finds out which files are faxes already.
func (m *making) sort() error {
	all := 0
	for i, f := range m.sub.Files {
		pages, err := openFile(f)
		if err == nil && (m.s.renderer == nil || m.sub.Document.Plain() && isFax(pages)) {
			m.faxes[i] = pages
			if all += pages.Pages(); all > maxPages {
				return tooManyPages(i)
			}
			continue
		}
		if m.s.renderer == nil {
			return unreadable(i, f, err)
		}
		m.sent = append(m.sent, i)
	}
	return nil
}

func tooManyPages(i int) error {
	return fault(field(i), fmt.Sprintf("makes more than %d pages together with the others", maxPages), "Send fewer at a time.")
}

// openFile opens a file that may be a fax.
func openFile(f File) (*tiff.File, error) {
	if f.Size == 0 {
		return nil, errors.New("it is empty")
	}
	return tiff.Open(f.Content, f.Size)
}

// isFax reports whether all pages are at resolutions of T.30 and can be read here.
func isFax(f *tiff.File) bool {
	for n := range f.Pages() {
		info, err := f.Info(n)
		if err != nil || !document.Known(info.Resolution) {
			return false
		}
	}
	return true
}

// rendered is what the renderer has made; a nil one is nothing.
type rendered struct {
	*render.Pages
	file *tiff.File
	next int // page to be read next
}

func (r *rendered) close() {
	if r != nil {
		r.Close() // its file has no name, and is only read
	}
}

// render has everything rendered that is not a fax yet; nil if there is nothing.
func (m *making) render(ctx context.Context) (*rendered, error) {
	request := render.Request{Format: m.s.format(m.sub.Document)}
	for _, i := range m.sent {
		f := m.sub.Files[i]
		request.Files = append(request.Files, render.File{Name: f.Name, Content: f.Content, Size: f.Size, Password: f.Password})
	}
	for _, f := range m.faxes {
		if f != nil {
			request.Following += f.Pages()
		}
	}
	var err error
	if m.sub.Document.SendCoverpage {
		if m.s.renderer == nil {
			return nil, fault("sendCoverpage", "is set, and this server makes no cover pages", "Make it the first page of the file.")
		}
		if request.Covers, err = m.s.coversOf(m.who, m.sub.Document); err != nil {
			return nil, err
		}
	}
	if len(request.Files) == 0 && len(request.Covers) == 0 {
		return nil, nil
	}
	pages, err := m.s.renderer.Render(ctx, request)
	if refusal, ok := errors.AsType[*render.Refusal](err); ok {
		return nil, m.refused(refusal)
	}
	if err != nil {
		return nil, fmt.Errorf("making the pages: %w", err)
	}
	r, err := openRendered(pages, request)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("making the pages: %w", err), pages.Close())
	}
	m.remarks = pages.Remarks
	return r, nil
}

// openRendered checks that there is what was asked for.
func openRendered(pages *render.Pages, request render.Request) (*rendered, error) {
	info, err := pages.Stat()
	if err != nil {
		return nil, err
	}
	file, err := tiff.Open(pages, info.Size())
	if err != nil {
		return nil, err
	}
	sum := 0
	for _, n := range slices.Concat(pages.Covers, pages.Files) {
		if n < 1 {
			return nil, errors.New("something came out without a page")
		}
		sum += n
	}
	if len(pages.Covers) != len(request.Covers) || len(pages.Files) != len(request.Files) || sum != file.Pages() {
		return nil, fmt.Errorf("%d covers and %d files came out as %v and %v, and %d pages", len(request.Covers), len(request.Files),
			pages.Covers, pages.Files, file.Pages())
	}
	return &rendered{Pages: pages, file: file}, nil
}

// format is how the document's pages are to be made.
func (s *Server) format(d fax.Document) render.Format {
	resolution, paper, rendering := d.Look(s.Settings())
	f := render.Format{Mode: gray.Mode(rendering), MaxPages: maxPages, Paper: raster.A4, Resolution: raster.Fine}
	if paper == fax.Letter {
		f.Paper = raster.Letter
	}
	switch resolution {
	case fax.Standard:
		f.Resolution = raster.Standard
	case fax.Superfine:
		f.Resolution = raster.Superfine
	case fax.Inch300:
		f.Resolution = raster.Inch300
	case fax.Inch400:
		f.Resolution = raster.Inch400
	}
	return f
}

// refused is a refusal as whoever sends is told.
func (m *making) refused(r *render.Refusal) error {
	if r.Cover {
		return fax.Invalid{{Field: "coverpageName", Problem: fmt.Sprintf("%q %s", m.sub.Document.CoverpageName, onPage(r)),
			Hint: r.Hint, Code: fax.ErrorInvalidData}}
	}
	if r.File < 0 || r.File >= len(m.sent) {
		return fmt.Errorf("making the pages: %w", r)
	}
	i := m.sent[r.File]
	f := m.sub.Files[i]
	faults := fax.Invalid{{Field: field(i), Problem: fmt.Sprintf("%s %s", cmp.Or(f.Name, "the file"), onPage(r)), Hint: r.Hint, Code: fax.ErrorInvalidData}}
	if r.Reason == render.Encrypted {
		what := "is missing"
		if f.Password != "" {
			what = "does not open " + cmp.Or(f.Name, "the file")
		}
		faults[0].Hint = "Send its password as filePassword."
		faults = append(faults, fault("filePassword", what, "Send the password with which the file is opened. It is not kept.")...)
	}
	return faults
}

// onPage is what is wrong, and on which page.
func onPage(r *render.Refusal) string {
	if r.Page > 0 {
		return fmt.Sprintf("%s (page %d)", r.Problem, r.Page)
	}
	return r.Problem
}

// covers puts the cover pages into the draft, each with its job.
func (m *making) covers(ctx context.Context, r *rendered) error {
	if r == nil {
		return nil
	}
	for job, n := range r.Covers {
		err := r.take(ctx, n, func(p tiff.Coded) error { return m.draft.AppendCover(job, p) })
		if err != nil {
			return err
		}
	}
	return nil
}

// files puts the pages of all files into the draft, in the order in which they are sent.
func (m *making) files(ctx context.Context, r *rendered) error {
	all, nth := 0, 0
	for i, f := range m.sub.Files {
		if pages := m.faxes[i]; pages != nil {
			all += pages.Pages()
			if err := m.fax(ctx, i, f, pages); err != nil {
				return err
			}
			continue
		}
		n := r.Files[nth]
		nth++
		if all += n; all > maxPages {
			return tooManyPages(i)
		}
		if err := r.take(ctx, n, m.draft.Append); err != nil {
			return err
		}
	}
	return nil
}

// take hands out the next n pages.
func (r *rendered) take(ctx context.Context, n int, put func(tiff.Coded) error) error {
	for ; n > 0; n-- {
		if err := ctx.Err(); err != nil {
			return err
		}
		page, err := r.file.Page(r.next)
		r.next++
		if err != nil {
			return fmt.Errorf("reading what was rendered: %w", err)
		}
		coded, err := codePage(page)
		if err != nil {
			return fmt.Errorf("what was rendered, page %d: %w", r.next, err)
		}
		if err := put(coded); err != nil {
			return err
		}
	}
	return nil
}

// fax puts the pages of file number i, which is a fax already, into the draft.
func (m *making) fax(ctx context.Context, i int, f File, pages *tiff.File) error {
	for n := range pages.Pages() {
		if err := ctx.Err(); err != nil {
			return err
		}
		page, err := pages.Page(n)
		if err != nil {
			return unreadable(i, f, err)
		}
		coded, err := codePage(page)
		if err != nil {
			return unreadable(i, f, fmt.Errorf("page %d: %w", n+1, err))
		}
		if err := m.draft.Append(coded); err != nil {
			return err
		}
	}
	return nil
}

func field(i int) string { return fmt.Sprintf("files[%d]", i) }

func unreadable(i int, f File, err error) error {
	return fax.Invalid{{Field: field(i), Problem: fmt.Sprintf("%s cannot be sent: %v", cmp.Or(f.Name, "the file"), err),
		Hint: "Save it as a PDF or TIFF file, and send that.", Code: fax.ErrorInvalidData}}
}

// codePage is a page as it is kept, if it is one that can be sent.
func codePage(p *raster.Page) (tiff.Coded, error) {
	check, err := document.NewOutgoing(document.Options{}, document.File{Pages: document.Rasters{p}})
	if err != nil {
		return tiff.Coded{}, errors.Unwrap(err) // without the name, which the caller knows better
	}
	check.Close()
	return tiff.Code(p, tiff.Style{Coding: t4.MMR})
}

// firstPage is the first page of a TIFF file.
func firstPage(f *os.File) (*raster.Page, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	pages, err := tiff.Open(f, info.Size())
	if err != nil {
		return nil, err
	}
	return pages.Page(0)
}
