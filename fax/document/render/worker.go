package render

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"faxbox/fax/document/cover"
	"faxbox/fax/document/typeset"
	"faxbox/fax/raster"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

// worker turns one document after another into pages, in this process.
type worker struct {
	limits Limits
	fonts  *typeset.Fonts
	pdfium func() (*engine, error) // started when it is first asked for
	// progress is told where the work is: file and page are counted from 0.
	progress func(isCover bool, file, page int)
}

// job is a document on its way.
type job struct {
	*worker
	ctx    context.Context
	sheet  sheet
	format Format
	out    *tiff.Writer
	result Result
}

// Result is what came of a document, besides its pages.
type Result struct {
	Covers  []int    `json:"covers,omitempty"`  // pages of each cover
	Files   []int    `json:"files,omitempty"`   // pages of each file
	Remarks []string `json:"remarks,omitempty"` // sentences for whoever sends
}

const mostRemarks = 20

// render writes the pages of a document to disk.
func (w *worker) render(ctx context.Context, r Request, disk tiff.Disk) (Result, error) {
	out, err := tiff.NewWriter(disk)
	if err != nil {
		return Result{}, err
	}
	j := &job{worker: w, ctx: ctx, sheet: sheet{r.Format.Paper, r.Format.Resolution}, format: r.Format, out: out}
	if err := j.covers(r); err != nil {
		return Result{}, err
	}
	for i, f := range r.Files {
		before := out.Pages()
		if err := j.file(i, f); err != nil {
			return Result{}, about(err, false, i)
		}
		j.result.Files = append(j.result.Files, out.Pages()-before)
	}
	if out.Pages() == 0 {
		return Result{}, &Refusal{Reason: Empty, Problem: "has no pages", Hint: "Choose a document to send."}
	}
	return j.result, nil
}

// about says which file an error is about.
func about(err error, isCover bool, file int) error {
	if r, ok := errors.AsType[*Refusal](err); ok {
		r.Cover, r.File = isCover, file
		return r
	}
	return err
}

// onPage says which page, counted from 0, an error is about.
func onPage(err error, page int) error {
	if r, ok := errors.AsType[*Refusal](err); ok && r.Page == 0 {
		r.Page = page + 1
	}
	return err
}

// add puts a page to those before.
func (j *job) add(p *raster.Page) error {
	if err := j.ctx.Err(); err != nil {
		return err
	}
	coded, err := tiff.Code(p, tiff.Style{Coding: t4.MMR})
	if err != nil {
		return err
	}
	if err := j.out.Append(coded); errors.Is(err, syscall.EFBIG) {
		return &Refusal{Reason: TooLarge, Problem: "makes a fax that is too long to be sent", Hint: "Send it in several faxes."}
	} else if err != nil {
		return err
	}
	return nil
}

// remark keeps a remark, unless it was made before.
func (j *job) remark(sentences ...string) {
	for _, s := range sentences {
		if len(j.result.Remarks) < mostRemarks && !slices.Contains(j.result.Remarks, s) {
			j.result.Remarks = append(j.result.Remarks, s)
		}
	}
}

// room tells how many more pages the files may have; -1 is any number.
func (j *job) room() int {
	if j.format.MaxPages == 0 {
		return -1
	}
	used := 0
	for _, n := range j.result.Files {
		used += n
	}
	return j.format.MaxPages - used
}

func (j *job) tooMany() *Refusal {
	return &Refusal{Reason: TooLarge, Problem: fmt.Sprintf("has too many pages: a fax has %d at most", j.format.MaxPages),
		Hint: "Send it in several faxes."}
}

// check refuses a file of more pages than there is room for.
func (j *job) check(pages int) error {
	if room := j.room(); room >= 0 && pages > room {
		return j.tooMany()
	}
	if pages == 0 {
		return &Refusal{Reason: Empty, Problem: "has no pages", Hint: "Look whether it was saved, and choose it again."}
	}
	return nil
}

// file makes the pages of file i.
func (j *job) file(i int, f File) error {
	k, err := sniff(f.Content, f.Size)
	if err != nil {
		return err
	}
	j.progress(false, i, 0)
	switch k {
	case kindPDF:
		return j.pdf(i, f)
	case kindTIFF:
		return j.tiff(i, f)
	case kindText:
		return j.text(i, f)
	}
	if err := j.check(1); err != nil {
		return err
	}
	p, err := j.sheet.drawing().picture(k, f.Content, f.Size, j.limits.Memory)
	if err != nil {
		return err
	}
	return j.add(j.sheet.bilevel(p, j.format.Mode))
}

func (j *job) pdf(i int, f File) error {
	pdfium, err := j.pdfium()
	if err != nil {
		return err
	}
	file, err := pdfium.openPDF(f.Content, f.Size, f.Password)
	if err != nil {
		return err
	}
	defer file.close()
	pages, err := file.pages()
	if err != nil {
		return damagedPDF()
	}
	if err := j.check(pages); err != nil {
		return err
	}
	for n := range pages {
		j.progress(false, i, n)
		if err := j.pdfPage(file, n); err != nil {
			return onPage(err, n)
		}
		if err := file.tidy(); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) pdfPage(file *pdfFile, n int) error {
	if err := j.ctx.Err(); err != nil {
		return err
	}
	p, err := file.page(n)
	if err != nil {
		return trapped(err)
	}
	defer p.close()
	drawn, _, err := p.layOut(j.sheet.drawing(), j.limits.Memory)
	if err != nil {
		return trapped(err)
	}
	return j.add(j.sheet.bilevel(drawn, j.format.Mode))
}

// trapped is what is said of a page on which PDFium gave up: out of memory, in an endless recursion, with what is no page.
func trapped(err error) error {
	if _, ok := errors.AsType[*Refusal](err); ok {
		return err
	}
	return &Refusal{Reason: Damaged, Problem: "is damaged, or needs more memory than there is",
		Hint: "Print the document as PDF again, and send that."}
}

func (j *job) tiff(i int, f File) error {
	file, err := openTIFF(f.Content, f.Size)
	if err != nil {
		return err
	}
	if err := j.check(file.Pages()); err != nil {
		return err
	}
	for n := range file.Pages() {
		j.progress(false, i, n)
		p, err := j.sheet.tiffPage(file, f.Content, n, j.limits.Memory, j.format.Mode)
		if err != nil {
			return onPage(err, n)
		}
		if err := j.add(p); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) text(i int, f File) error {
	text, err := readText(f)
	if err != nil {
		return err
	}
	n := 0
	return j.sheet.textPages(text, j.fonts, func(block *typeset.Block) error {
		if room := j.room(); room >= 0 && n >= room {
			return j.tooMany()
		}
		j.progress(false, i, n)
		n++
		if missing := block.Missing(); len(missing) > 0 {
			j.remark(missingLetters(missing))
		}
		return j.add(j.sheet.drawText(block))
	})
}

func missingLetters(missing []rune) string {
	const most = 8
	some := string(missing[:min(len(missing), most)])
	return fmt.Sprintf("There is no font for these letters: %s. Send the document as PDF instead.", some)
}

// count is how many pages a file is going to have.
func (j *job) count(f File) (int, error) {
	k, err := sniff(f.Content, f.Size)
	if err != nil {
		return 0, err
	}
	switch k {
	case kindPDF:
		pdfium, err := j.pdfium()
		if err != nil {
			return 0, err
		}
		file, err := pdfium.openPDF(f.Content, f.Size, f.Password)
		if err != nil {
			return 0, err
		}
		defer file.close()
		return file.pages()
	case kindTIFF:
		file, err := openTIFF(f.Content, f.Size)
		if err != nil {
			return 0, err
		}
		return file.Pages(), nil
	case kindText:
		text, err := readText(f)
		if err != nil {
			return 0, err
		}
		n := 0
		err = j.sheet.textPages(text, j.fonts, func(*typeset.Block) error { n++; return j.ctx.Err() })
		return n, err
	}
	return 1, nil
}

// covers makes the cover pages, which come first but know how much follows.
func (j *job) covers(r Request) error {
	if len(r.Covers) == 0 {
		return nil
	}
	following := r.Following
	for i, f := range r.Files {
		n, err := j.count(f)
		if err != nil {
			return about(err, false, i)
		}
		following += n
	}
	forms := map[[sha256.Size]byte]cover.Form{}
	for i, c := range r.Covers {
		j.progress(true, i, 0)
		key := sha256.Sum256(c.Template)
		form, ok := forms[key]
		if !ok {
			var err error
			if form, err = j.form(c.Template, false); err != nil {
				return about(err, true, i)
			}
			forms[key] = form
		}
		if err := j.cover(form, c.Values, following); err != nil {
			return about(err, true, i)
		}
	}
	return nil
}

// cover makes one cover.
func (j *job) cover(form cover.Form, values map[string]string, following int) error {
	pages, remarks, err := cover.Fill(form, values, following, j.fonts)
	if err != nil {
		return err
	}
	j.remark(remarks...)
	for _, p := range pages {
		if err := j.add(p); err != nil {
			return err
		}
	}
	j.result.Covers = append(j.result.Covers, len(pages))
	return nil
}
