package render

import (
	"errors"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

// canvas is the bitmap, in PDFium's memory, on which pages are drawn one after another.
type canvas struct {
	width, height int
	octets        int // of a pel: 1, or 3 that are alike
	bitmap        references.FPDF_BITMAP
	pix           []byte // of it: rows of stride octets
	stride        int
	clean         bool // it is white
}

// Octets of a pel. On a bitmap of colours PDFium puts letters at thirds of a pel; on one of grays at whole pels.
const (
	pictures = 1
	letters  = 3
)

var errNoMemory = errors.New("PDFium has no memory for the page")

// blank is a white canvas.
func (f *pdfFile) blank(width, height, octets int) (*canvas, error) {
	c := &f.canvas
	if c.width != width || c.height != height || c.octets != octets {
		if err := f.newCanvas(width, height, octets); err != nil {
			return nil, err
		}
	}
	if !c.clean {
		whiten(c.pix)
	}
	c.clean = false
	return c, nil
}

func (f *pdfFile) newCanvas(width, height, octets int) error {
	if f.canvas.bitmap != "" {
		if _, err := f.FPDFBitmap_Destroy(&requests.FPDFBitmap_Destroy{Bitmap: f.canvas.bitmap}); err != nil {
			return err
		}
		f.canvas = canvas{}
	}
	format := enums.FPDF_BITMAP_FORMAT_GRAY
	if octets == letters {
		format = enums.FPDF_BITMAP_FORMAT_BGR
	}
	made, err := f.FPDFBitmap_CreateEx(&requests.FPDFBitmap_CreateEx{Width: width, Height: height, Format: format, Pointer: uint64(0)})
	if err != nil {
		return err
	}
	f.canvas = canvas{width: width, height: height, octets: octets, bitmap: made.Bitmap}
	return f.look()
}

// look finds the canvas in PDFium's memory.
func (f *pdfFile) look() error {
	c := &f.canvas
	buffer, err := f.FPDFBitmap_GetBuffer(&requests.FPDFBitmap_GetBuffer{Bitmap: c.bitmap})
	if err != nil {
		return err
	}
	if len(buffer.Buffer) < c.width*c.octets*c.height { // a bitmap that was never there has no rows
		return errNoMemory
	}
	c.pix, c.stride = buffer.Buffer, len(buffer.Buffer)/c.height
	return nil
}

func whiten(pix []byte) {
	for len(pix) > 0 {
		pix = pix[copy(pix, paper):]
	}
}

// row is line y.
func (c *canvas) row(y int) []byte { return c.pix[y*c.stride:][:c.width*c.octets] }

// page is the canvas as a gray page. It shares PDFium's memory where its rows lie close together, and is good until the next
// page is drawn.
func (c *canvas) page(r raster.Resolution) *gray.Page {
	p := &gray.Page{Width: c.width, Height: c.height, Pix: c.pix[:c.width*c.height], Resolution: r}
	if c.stride > c.width {
		p.Pix = make([]byte, c.width*c.height)
		for y := range c.height {
			copy(p.Row(y), c.row(y))
		}
	}
	return p
}

// picked is a canvas of three octets a pel as a gray page. The canvas is white again after it.
func (c *canvas) picked(r raster.Resolution) *gray.Page {
	p := gray.New(c.width, c.height, r)
	for y := range c.height {
		if from := c.row(y); !allWhite(from) {
			to := p.Row(y)
			for x := range to {
				to[x] = from[letters*x]
			}
			whiten(from)
		}
	}
	c.clean = true
	return p
}
