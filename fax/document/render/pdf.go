package render

import (
	"errors"
	"fmt"
	"io"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/structs"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

// inMemory is up to which size a PDF is handed to PDFium whole; of a larger one it reads what it needs.
const inMemory = 16 << 20

// pdfFile is an open PDF.
type pdfFile struct {
	pdfium.Pdfium
	document references.FPDF_DOCUMENT
	form     *pdfForm // nil if it has no form
	canvas   canvas
	pictures pictureSurvey
	unit     float64 // of its pages, in points
	handles  int     // of objects, which PDFium's Go side keeps as long as the file is open
	reopen   func(*pdfFile) error
}

// openPDF opens a PDF.
func (e *engine) openPDF(content io.ReaderAt, size int64, password string) (*pdfFile, error) {
	f := &pdfFile{reopen: func(f *pdfFile) error {
		instance, err := e.instance()
		if err != nil {
			return err
		}
		f.Pdfium = instance
		if err := f.open(content, size, password, e.memory); err != nil {
			_ = instance.Close() // why it could not be opened is the news
			return err
		}
		return nil
	}}
	return f, f.reopen(f)
}

// mostHandles bounds what is kept of objects that were looked at: some 400 octets each.
const mostHandles = 20_000

// tidy begins anew with another PDFium when too much has been kept. No page is open then.
func (f *pdfFile) tidy() error {
	if f.handles < mostHandles {
		return nil
	}
	f.close()
	*f = pdfFile{reopen: f.reopen}
	return f.reopen(f)
}

func (f *pdfFile) open(content io.ReaderAt, size int64, password string, memory int64) error {
	request := &requests.OpenDocument{}
	if password != "" {
		request.Password = &password
	}
	if size <= inMemory {
		octets := make([]byte, size)
		if _, err := content.ReadAt(octets, 0); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading a PDF: %w", err)
		}
		request.File = &octets
		f.pictures = surveyPictures(octets, memory)
	} else {
		f.pictures = pictureSurvey{some: true, large: true} // as far as is known
		request.FileReader, request.FileReaderSize = io.NewSectionReader(content, 0, size), size
	}
	opened, err := f.OpenDocument(request)
	switch {
	case errors.Is(err, pdferrors.ErrPassword) && password == "":
		return &Refusal{Reason: Encrypted, Problem: "is locked with a password", Hint: "Enter the password with which the document opens."}
	case errors.Is(err, pdferrors.ErrPassword):
		return &Refusal{Reason: Encrypted, Problem: "does not open with this password", Hint: "Check the password; capital and small letters differ."}
	case errors.Is(err, pdferrors.ErrSecurity):
		return &Refusal{Reason: Encrypted, Problem: "is protected in a way that cannot be opened here", Hint: "Save it without protection, and send that."}
	case err != nil:
		return damagedPDF()
	}
	f.document, f.unit = opened.Document, 1
	if request.File != nil {
		pages, err := f.pages()
		if err != nil {
			return damagedPDF()
		}
		f.unit = surveyUnit(*request.File, pages)
	}
	return f.openForm()
}

func damagedPDF() *Refusal {
	return &Refusal{Reason: Damaged, Problem: "is damaged and cannot be read as PDF",
		Hint: "Open it where it came from, save or print it as PDF again, and send that."}
}

// pages is how many pages there are.
func (f *pdfFile) pages() (int, error) {
	count, err := f.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: f.document})
	if err != nil {
		return 0, err
	}
	return count.PageCount, nil
}

// pdfPage is an open page of a PDF.
type pdfPage struct {
	file *pdfFile
	ref  references.FPDF_PAGE
	page requests.Page
	w, h float64 // in millimetres, turned as the page says
	text bool    // it has no large picture
}

// page opens page n, counted from 0.
func (f *pdfFile) page(n int) (*pdfPage, error) {
	loaded, err := f.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: f.document, Index: n})
	if err != nil {
		return nil, err
	}
	p := &pdfPage{file: f, ref: loaded.Page}
	p.page.ByReference = &p.ref
	width, err := f.FPDF_GetPageWidthF(&requests.FPDF_GetPageWidthF{Page: p.page})
	if err != nil {
		return nil, err
	}
	height, err := f.FPDF_GetPageHeightF(&requests.FPDF_GetPageHeightF{Page: p.page})
	if err != nil {
		return nil, err
	}
	p.w, p.h = float64(width.PageWidth)*f.unit*mmPerPoint, float64(height.PageHeight)*f.unit*mmPerPoint
	if !(p.w > 0.1 && p.h > 0.1 && p.w < 1e5 && p.h < 1e5) { // NaN too
		return nil, &Refusal{Reason: Damaged, Problem: "has no sensible size", Hint: "Print the document as PDF again, and send that."}
	}
	return p, f.enter(p)
}

func (p *pdfPage) close() {
	p.file.leave(p)
	_, _ = p.file.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: p.ref}) // it was open; the file is closed soon, too
}

const drawFlags = enums.FPDF_RENDER_FLAG_ANNOT | enums.FPDF_RENDER_FLAG_GRAYSCALE | enums.FPDF_RENDER_FLAG_PRINTING |
	enums.FPDF_RENDER_FLAG_RENDER_LIMITEDIMAGECACHE | enums.FPDF_RENDER_FLAG_LCD_TEXT

// draw draws the page at its place. What it yields is good until the next page is drawn.
//
// Of a pel of a page of text PDFium draws three thirds, as for a screen of colours, and makes letters at any of them: their
// distances are even, and fewer are misread. Pictures gain nothing by it.
func (p *pdfPage) draw(at place, r raster.Resolution) (*gray.Page, error) {
	octets := pictures
	if p.text {
		octets = thirds
	}
	f := p.file
	c, err := f.blank(at.width, at.height, octets)
	if err != nil {
		return nil, err
	}
	if p.text {
		err = p.drawText(c, at)
	} else {
		_, err = f.FPDF_RenderPageBitmap(&requests.FPDF_RenderPageBitmap{
			Bitmap: c.bitmap, Page: p.page,
			StartX: at.x, StartY: at.y, SizeX: at.w, SizeY: at.h, Rotate: at.rotation(), Flags: drawFlags,
		})
	}
	if err != nil {
		return nil, err
	}
	if err := f.drawForm(p, c.bitmap, at); err != nil {
		return nil, err
	}
	if err := f.look(); err != nil { // PDFium's memory may have grown
		return nil, err
	}
	if p.text {
		return c.mixed(r), nil
	}
	return c.page(r), nil
}

// How far a page of text is moved, up and to the left. PDFium lays the feet of letters on whole lines; moved by so little, more
// of them come to lie where Ghostscript and poppler have them, at every resolution.
const (
	raised = 0.07 // lines
	before = 0.03 // pels
)

// drawText draws a page of text, without the fields of a form.
func (p *pdfPage) drawText(c *canvas, at place) error {
	right, bottom := float32(at.x+at.w), float32(at.y+at.h)
	_, err := p.file.FPDF_RenderPageBitmapWithMatrix(&requests.FPDF_RenderPageBitmapWithMatrix{
		Bitmap: c.bitmap, Page: p.page, Matrix: p.onto(at),
		Clipping: structs.FPDF_FS_RECTF{Left: float32(at.x), Top: float32(at.y), Right: right, Bottom: bottom},
		Flags:    drawFlags,
	})
	return err
}

// onto lays the page, in units from its upper left corner, at its place.
func (p *pdfPage) onto(at place) structs.FPDF_FS_MATRIX {
	unit := mmPerPoint * p.file.unit
	w, h := float64(at.w)/p.w*unit, float64(at.h)/p.h*unit
	m := structs.FPDF_FS_MATRIX{A: float32(w), D: float32(h), E: float32(float64(at.x) - before), F: float32(float64(at.y) - raised)}
	if at.turned {
		w, h = float64(at.w)/p.h*unit, float64(at.h)/p.w*unit
		m.A, m.B, m.C, m.D, m.E = 0, float32(h), float32(-w), 0, m.E+float32(at.w)
	}
	return m
}

func (at place) rotation() enums.FPDF_PAGE_ROTATION {
	if at.turned {
		return enums.FPDF_PAGE_ROTATION_90_CW
	}
	return enums.FPDF_PAGE_ROTATION_NONE
}

// layOut draws the page as it is going to be sent: at its own size if all that is on it is printed then, else made to fit.
func (p *pdfPage) layOut(s sheet, memory int64) (*gray.Page, place, error) {
	c, err := p.inspect(memory)
	if err != nil {
		return nil, place{}, err
	}
	at, natural := s.natural(p.w, p.h)
	p.text = !c.large(p)
	if natural {
		cut, err := c.cut(p, at, s)
		if err != nil {
			return nil, place{}, err
		}
		natural = !cut
	}
	if !natural {
		at = s.fitted(p.w, p.h)
	}
	drawn, err := p.draw(at, s.resolution)
	if err == nil && natural && s.cuts(drawn) {
		at = s.fitted(p.w, p.h)
		drawn, err = p.draw(at, s.resolution)
	}
	if err != nil {
		return nil, place{}, err
	}
	return drawn, at, p.check(drawn, at, c)
}

// close closes the file and throws its PDFium away: after a document that went wrong it is not to be trusted.
func (f *pdfFile) close() { _ = f.Pdfium.Close() } // its memory is gone with it
