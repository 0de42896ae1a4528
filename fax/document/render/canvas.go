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
	octets        int // of a pel: 1, or its thirds from left to right
	bitmap        references.FPDF_BITMAP
	pix           []byte // of it: rows of stride octets
	stride        int
	clean         bool       // it is white
	drawn         *gray.Page // the last page of thirds, drawn over by the next
}

// Octets of a pel. On a bitmap of colours PDFium puts letters at thirds of a pel; on one of grays at whole pels.
const (
	pictures = 1
	thirds   = 3
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
	if octets == thirds {
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

// mixed is a canvas of thirds as a gray page: a pel is the mean of its thirds. The canvas is white again after it. The page is
// good until the next one is drawn.
func (c *canvas) mixed(r raster.Resolution) *gray.Page {
	if c.drawn == nil {
		c.drawn = gray.New(c.width, c.height, r)
		c.drawn.Ink = make([]gray.Span, c.height)
	}
	for y, before := range c.drawn.Ink {
		from, to := c.row(y), c.drawn.Row(y)
		whiten(to[before.From:before.To])
		c.drawn.Ink[y] = gray.Span{}
		if !allWhite(from) {
			c.drawn.Ink[y] = mix(to, from)
		}
	}
	c.clean = true
	return c.drawn
}

// mix makes pels of their thirds, and these white. It says where they are; the others are white already.
func mix(to, from []byte) (ink gray.Span) {
	const white = 1<<64 - 1
	ink.From = len(to)
	x := 0
	for ; x+8 <= len(to); x += 8 {
		eight := from[thirds*x:][:thirds*8]
		a, b, c := binary.LittleEndian.Uint64(eight), binary.LittleEndian.Uint64(eight[8:]), binary.LittleEndian.Uint64(eight[16:])
		if a&b&c == white {
			continue
		}
		ink.From, ink.To = min(ink.From, x), x+8
		binary.LittleEndian.PutUint64(to[x:], mean(a)|mean(a>>24)<<8|mean(a>>48|b<<16)<<16|mean(b>>8)<<24|
			mean(b>>32)<<32|mean(b>>56|c<<8)<<40|mean(c>>16)<<48|mean(c>>40)<<56)
		binary.LittleEndian.PutUint64(eight, white)
		binary.LittleEndian.PutUint64(eight[8:], white)
		binary.LittleEndian.PutUint64(eight[16:], white)
	}
	for ; x < len(to); x++ {
		three := from[thirds*x:][:thirds]
		if v := mean(uint64(three[0]) | uint64(three[1])<<8 | uint64(three[2])<<16); v != 255 {
			ink.From, ink.To, to[x] = min(ink.From, x), x+1, byte(v)
		}
		three[0], three[1], three[2] = 255, 255, 255
	}
	return ink
}

// mean is that of the lowest three octets.
func mean(thirds uint64) uint64 {
	sum := thirds&0xFF + thirds>>8&0xFF + thirds>>16&0xFF
	return sum * 0xAAAB >> 17 // a third of it
}
