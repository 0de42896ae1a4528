package render

import (
	"encoding/binary"
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
	bitmap        references.FPDF_BITMAP
	pix           []byte // of it: rows of stride octets
	stride        int
	clean         bool // it is white
}

var errNoMemory = errors.New("PDFium has no memory for the page")

// blank is a white canvas.
func (f *pdfFile) blank(width, height int) (*canvas, error) {
	c := &f.canvas
	if c.width != width || c.height != height {
		if err := f.newCanvas(width, height); err != nil {
			return nil, err
		}
	}
	if !c.clean {
		whiten(c.pix)
	}
	c.clean = false
	return c, nil
}

func (f *pdfFile) newCanvas(width, height int) error {
	if f.canvas.bitmap != "" {
		if _, err := f.FPDFBitmap_Destroy(&requests.FPDFBitmap_Destroy{Bitmap: f.canvas.bitmap}); err != nil {
			return err
		}
		f.canvas = canvas{}
	}
	made, err := f.FPDFBitmap_CreateEx(&requests.FPDFBitmap_CreateEx{
		Width: width, Height: height, Format: enums.FPDF_BITMAP_FORMAT_GRAY, Pointer: uint64(0)})
	if err != nil {
		return err
	}
	f.canvas = canvas{width: width, height: height, bitmap: made.Bitmap}
	return f.look()
}

// look finds the canvas in PDFium's memory.
func (f *pdfFile) look() error {
	c := &f.canvas
	buffer, err := f.FPDFBitmap_GetBuffer(&requests.FPDFBitmap_GetBuffer{Bitmap: c.bitmap})
	if err != nil {
		return err
	}
	if len(buffer.Buffer) < c.width*c.height { // a bitmap that was never there has no rows
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
func (c *canvas) row(y int) []byte { return c.pix[y*c.stride:][:c.width] }

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

// halved is the canvas as a gray page of half the width. The canvas is white again after it.
func (c *canvas) halved(r raster.Resolution) *gray.Page {
	p := gray.New(c.width/2, c.height, r)
	for y := range c.height {
		if from := c.row(y); !allWhite(from) {
			halve(p.Row(y), from)
			whiten(from)
		}
	}
	c.clean = true
	return p
}

// halve makes of each two pels their mean, four at a time.
func halve(to, from []byte) {
	const even, one = 0x00FF00FF00FF00FF, 0x0001000100010001
	for len(to) >= 4 {
		v := binary.LittleEndian.Uint64(from)
		mean := (v&even + v>>8&even + one) >> 1 & even
		mean |= mean >> 8
		binary.LittleEndian.PutUint32(to, uint32(mean&0xFFFF|mean>>16&0xFFFF0000))
		to, from = to[4:], from[8:]
	}
	for i := range to {
		to[i] = byte((int(from[2*i]) + int(from[2*i+1]) + 1) / 2)
	}
}
