package render

import (
	"fmt"
	"strings"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"faxbox/fax/raster/gray"
)

// PDFium draws nothing for a picture that it has no memory for or cannot read, and reports success. So pictures are looked at
// before a page is drawn, for their size, and after it, for whether there is anything to see of them.

const (
	mostObjects = 200_000 // of a page that are looked at
	someObjects = 128     // of a page in a file without huge pictures: its first and its last ones
	deepest     = 16      // forms within forms
	// A picture that fills less of the page than one part in smallPicture may be a logo's empty half or a shadow; nobody
	// misses it.
	smallPicture = 20
)

// contents is what a page holds, as far as it matters here.
type contents struct {
	pictures []pdfPicture
	seen     int
	most     int // objects to be seen
}

// pdfPicture is a picture on a page.
type pdfPicture struct {
	object                   references.FPDF_PAGEOBJECT
	left, bottom, right, top float64 // in units of the page, from its lower left corner before it is turned
}

// inspect lists the pictures of a page, and refuses those of more octets than memory. Each look at an object costs as much as
// drawing some letters, so where there is no picture in the file nothing is looked at, and where there is none that could be
// too large, only the objects among which that of a scanned page would be.
func (p *pdfPage) inspect(memory int64) (*contents, error) {
	c := &contents{most: someObjects}
	if !p.file.pictures.some {
		return c, nil
	}
	if p.file.pictures.large {
		c.most = mostObjects
	}
	count, err := p.file.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: p.page})
	if err != nil {
		return nil, err
	}
	err = p.each(count.Count, c.most, func(object references.FPDF_PAGEOBJECT) error {
		return p.look(c, object, identity, 0, memory)
	})
	return c, err
}

// each calls f for the objects of the page, of which there are count; if they are more than most, for the first and last ones.
func (p *pdfPage) each(count, most int, f func(references.FPDF_PAGEOBJECT) error) error {
	for n := range count {
		if n >= most/2 && n < count-most/2 {
			continue
		}
		got, err := p.file.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: p.page, Index: n})
		if err != nil {
			return err
		}
		p.file.handles++
		if err := f(got.PageObject); err != nil {
			return err
		}
	}
	return nil
}

// look takes in one object, and what is within it if it is a form. All of it is moved by m.
func (p *pdfPage) look(c *contents, object references.FPDF_PAGEOBJECT, m matrix, depth int, memory int64) error {
	c.seen++
	kind, err := p.file.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: object})
	if err != nil {
		return err
	}
	switch kind.Type {
	case enums.FPDF_PAGEOBJ_IMAGE:
		return p.lookAtPicture(c, object, m, memory)
	case enums.FPDF_PAGEOBJ_FORM:
		return p.lookInside(c, object, m, depth, memory)
	}
	return nil
}

func (p *pdfPage) lookInside(c *contents, form references.FPDF_PAGEOBJECT, m matrix, depth int, memory int64) error {
	f := p.file
	if depth == deepest {
		return nil
	}
	own, err := f.FPDFPageObj_GetMatrix(&requests.FPDFPageObj_GetMatrix{PageObject: form})
	if err != nil {
		return err
	}
	inner := matrix(own.Matrix).then(m)
	count, err := f.FPDFFormObj_CountObjects(&requests.FPDFFormObj_CountObjects{PageObject: form})
	if err != nil {
		return err
	}
	for n := 0; n < count.Count && c.seen < c.most; n++ {
		got, err := f.FPDFFormObj_GetObject(&requests.FPDFFormObj_GetObject{PageObject: form, Index: uint64(n)})
		if err != nil {
			return err
		}
		f.handles++
		if err := p.look(c, got.PageObject, inner, depth+1, memory); err != nil {
			return err
		}
	}
	return nil
}

func (p *pdfPage) lookAtPicture(c *contents, object references.FPDF_PAGEOBJECT, m matrix, memory int64) error {
	f := p.file
	size, err := f.FPDFImageObj_GetImagePixelSize(&requests.FPDFImageObj_GetImagePixelSize{ImageObject: object})
	if err != nil {
		return nil // inline pictures without data have no size, and nothing to draw
	}
	if err := p.checkSize(object, int64(size.Width), int64(size.Height), memory); err != nil {
		return err
	}
	bounds, err := f.FPDFPageObj_GetBounds(&requests.FPDFPageObj_GetBounds{PageObject: object})
	if err != nil {
		return nil // a picture squeezed to nothing
	}
	picture := pdfPicture{object: object}
	picture.left, picture.bottom, picture.right, picture.top = m.bounds(
		float64(bounds.Left), float64(bounds.Bottom), float64(bounds.Right), float64(bounds.Top))
	c.pictures = append(c.pictures, picture)
	return nil
}

// checkSize refuses a picture that would take more than memory. Four octets a pixel are enough for every kind of colour; only
// of a picture too large by that measure the kind is asked for.
func (p *pdfPage) checkSize(object references.FPDF_PAGEOBJECT, width, height, memory int64) error {
	if width <= 1<<16 && height <= 1<<16 && 4*width*height <= memory {
		return nil
	}
	meta, err := p.file.FPDFImageObj_GetImageMetadata(&requests.FPDFImageObj_GetImageMetadata{ImageObject: object, Page: p.page})
	if err == nil && width <= 1<<16 && height <= 1<<16 {
		if bits := int64(meta.ImageMetadata.BitsPerPixel); bits > 0 && width*height/8*bits <= memory/2 {
			return nil
		}
	}
	return tooManyPixels(width, height)
}

func tooManyPixels(width, height int64) *Refusal {
	return &Refusal{Reason: TooLarge, Problem: fmt.Sprintf("has a picture of %d by %d pixels, too large to be sent", width, height),
		Hint: "Scan or save it at 300 dots per inch: a fax has no more than 400."}
}

// cut reports whether a large picture would reach beyond what is printed of the fax page.
func (c *contents) cut(p *pdfPage, at place, s sheet) (bool, error) {
	pl, pt, pr, pb := s.printable(at.height)
	for _, picture := range c.pictures {
		left, top, right, bottom, err := p.onPaper(picture, at)
		if err != nil {
			return false, err
		}
		if (right-left)*(bottom-top) > at.width*at.height/smallPicture && (left < pl || top < pt || right > pr || bottom > pb) {
			return true, nil
		}
	}
	return false, nil
}

// large reports whether there is a picture that matters on its own.
func (c *contents) large(p *pdfPage) bool {
	unit := mmPerPoint * p.file.unit
	area := p.w * p.h / (unit * unit) // in units of the page, either way up
	for _, picture := range c.pictures {
		if (picture.right-picture.left)*(picture.top-picture.bottom) > area/smallPicture {
			return true
		}
	}
	return false
}

// check refuses a page whose contents cannot be seen: one that is white though it has text, and one with a large picture that
// left no trace.
func (p *pdfPage) check(drawn *gray.Page, at place, c *contents) error {
	for _, picture := range c.pictures {
		left, top, right, bottom, err := p.onPaper(picture, at)
		if err != nil {
			return err
		}
		if (right-left)*(bottom-top) > drawn.Width*drawn.Height/smallPicture && isWhite(drawn, left, top, right, bottom) {
			if lost, err := p.lost(picture.object); lost || err != nil {
				return blankPicture()
			}
		}
	}
	if !isWhite(drawn, 0, 0, drawn.Width, drawn.Height) {
		return nil
	}
	return p.checkTexts()
}

func blankPicture() *Refusal {
	return &Refusal{Reason: Blank, Problem: "has a picture that cannot be drawn",
		Hint: "Print the document as PDF again, or send the picture as a file of its own."}
}

// checkTexts refuses a white page with text that ought to be seen.
func (p *pdfPage) checkTexts() error {
	f := p.file
	count, err := f.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: p.page})
	if err != nil || count.Count == 0 {
		return err
	}
	loaded, err := f.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: p.page})
	if err != nil {
		return err
	}
	defer func() { _, _ = f.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: loaded.TextPage}) }() // it was open
	return p.each(count.Count, someObjects, func(object references.FPDF_PAGEOBJECT) error {
		kind, err := f.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: object})
		if err != nil || kind.Type != enums.FPDF_PAGEOBJ_TEXT {
			return err
		}
		mode, err := f.FPDFTextObj_GetTextRenderMode(&requests.FPDFTextObj_GetTextRenderMode{PageObject: object})
		if err != nil || mode.TextRenderMode == enums.FPDF_TEXTRENDERMODE_INVISIBLE {
			return nil
		}
		text, err := f.FPDFTextObj_GetText(&requests.FPDFTextObj_GetText{PageObject: object, TextPage: loaded.TextPage})
		if err != nil || strings.TrimSpace(strings.Trim(text.Text, "\x00\ufffd")) == "" {
			return nil
		}
		return &Refusal{Reason: Blank, Problem: "has text that cannot be drawn: its letters are not in the file",
			Hint: "Save it as PDF with its fonts embedded, and send that."}
	})
}

// onPaper is where a picture is on the fax page, as far as it is on it.
func (p *pdfPage) onPaper(picture pdfPicture, at place) (left, top, right, bottom int, err error) {
	x0, y0, err := p.toPaper(picture.left, picture.bottom, at)
	if err != nil {
		return 0, 0, 0, 0, err
	}
	x1, y1, err := p.toPaper(picture.right, picture.top, at)
	if err != nil {
		return 0, 0, 0, 0, err
	}
	within := func(n, most int) int { return max(0, min(n, most)) }
	return within(min(x0, x1), at.width), within(min(y0, y1), at.height),
		within(max(x0, x1), at.width), within(max(y0, y1), at.height), nil
}

func (p *pdfPage) toPaper(x, y float64, at place) (int, int, error) {
	got, err := p.file.FPDF_PageToDevice(&requests.FPDF_PageToDevice{
		Page: p.page, StartX: at.x, StartY: at.y, SizeX: at.w, SizeY: at.h, Rotate: at.rotation(), PageX: x, PageY: y,
	})
	if err != nil {
		return 0, 0, err
	}
	return got.DeviceX, got.DeviceY, nil
}

// lost reports whether a picture that left the paper white has something to show. One of a single colour has not, nor has one
// that is transparent: a shadow, a cut-out.
func (p *pdfPage) lost(object references.FPDF_PAGEOBJECT) (bool, error) {
	f := p.file
	see, err := f.FPDFPageObj_HasTransparency(&requests.FPDFPageObj_HasTransparency{PageObject: object})
	if err != nil || see.HasTransparency {
		return false, err
	}
	got, err := f.FPDFImageObj_GetBitmap(&requests.FPDFImageObj_GetBitmap{ImageObject: object})
	if err != nil {
		return true, nil
	}
	defer func() { _, _ = f.FPDFBitmap_Destroy(&requests.FPDFBitmap_Destroy{Bitmap: got.Bitmap}) }() // it was made
	buffer, err := f.FPDFBitmap_GetBuffer(&requests.FPDFBitmap_GetBuffer{Bitmap: got.Bitmap})
	if err != nil || len(buffer.Buffer) == 0 {
		return true, nil
	}
	return !uniform(buffer.Buffer), nil
}

// uniform reports whether all pixels are alike, up to four octets each.
func uniform(octets []byte) bool {
	for i := 4; i < len(octets); i++ {
		if octets[i] != octets[i-4] {
			return false
		}
	}
	return true
}

// matrix maps (x, y) to (ax+cy+e, bx+dy+f), as PDF writes it.
type matrix struct{ A, B, C, D, E, F float32 }

var identity = matrix{A: 1, D: 1}

// then is m followed by n.
func (m matrix) then(n matrix) matrix {
	return matrix{
		A: m.A*n.A + m.B*n.C, B: m.A*n.B + m.B*n.D,
		C: m.C*n.A + m.D*n.C, D: m.C*n.B + m.D*n.D,
		E: m.E*n.A + m.F*n.C + n.E, F: m.E*n.B + m.F*n.D + n.F,
	}
}

// bounds is the upright rectangle around what becomes of one.
func (m matrix) bounds(left, bottom, right, top float64) (l, b, r, t float64) {
	a, bb, c, d, e, f := float64(m.A), float64(m.B), float64(m.C), float64(m.D), float64(m.E), float64(m.F)
	xs := [4]float64{a*left + c*bottom, a*right + c*bottom, a*left + c*top, a*right + c*top}
	ys := [4]float64{bb*left + d*bottom, bb*right + d*bottom, bb*left + d*top, bb*right + d*top}
	l, r, b, t = xs[0], xs[0], ys[0], ys[0]
	for i := 1; i < 4; i++ {
		l, r, b, t = min(l, xs[i]), max(r, xs[i]), min(b, ys[i]), max(t, ys[i])
	}
	return l + e, b + f, r + e, t + f
}
