package gray

import (
	"image"
	"image/color"
	"image/png"
	"io"
)

const levels = 16

// WritePNG writes a page as a PNG file of sixteen grays, four bits a pel: enough for the soft edges of letters, and a third of
// what 256 grays take.
func WritePNG(w io.Writer, p *Page) error {
	m := &image.Paletted{Pix: make([]byte, len(p.Pix)), Stride: p.Width, Rect: image.Rect(0, 0, p.Width, p.Height)}
	for i := range levels {
		m.Palette = append(m.Palette, color.Gray{Y: uint8(i * 255 / (levels - 1))})
	}
	for i, v := range p.Pix {
		m.Pix[i] = byte((int(v)*(levels-1) + 127) / 255)
	}
	return png.Encode(w, m)
}
