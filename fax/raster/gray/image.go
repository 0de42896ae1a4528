package gray

import (
	"image"
	"image/color"
)

// FromImage is a picture in gray, as luma (0.299 R + 0.587 G + 0.114 B of the values as they are stored, which the eye sees
// in even steps), laid on white paper where it is transparent. The page has no resolution: whoever knows it sets it.
func FromImage(img image.Image) *Page {
	b := img.Bounds()
	p := &Page{Width: b.Dx(), Height: b.Dy(), Pix: make([]byte, b.Dx()*b.Dy())}
	line := liner(img)
	for y := range p.Height {
		line(p.Row(y), y)
	}
	return p
}

// ScaleImage is Scale of FromImage in the memory of the result and a few lines.
func ScaleImage(img image.Image, width, height int) *Page {
	b := img.Bounds()
	return scale(b.Dx(), b.Dy(), liner(img), width, height)
}

// liner returns what writes line y of a picture, counted from 0, as gray.
func liner(img image.Image) func(to []byte, y int) {
	b := img.Bounds()
	at := func(offset func(x, y int) int, y int) int { return offset(b.Min.X, b.Min.Y+y) }
	switch m := img.(type) {
	case *image.Gray:
		return func(to []byte, y int) { copy(to, m.Pix[at(m.PixOffset, y):]) }
	case *image.Gray16:
		return func(to []byte, y int) { fromGray16(to, m.Pix[at(m.PixOffset, y):]) }
	case *image.YCbCr:
		return func(to []byte, y int) { copy(to, m.Y[at(m.YOffset, y):]) }
	case *image.NYCbCrA:
		return func(to []byte, y int) { fromYA(to, m.Y[at(m.YOffset, y):], m.A[at(m.AOffset, y):]) }
	case *image.RGBA:
		return func(to []byte, y int) { fromRGBA(to, m.Pix[at(m.PixOffset, y):]) }
	case *image.NRGBA:
		return func(to []byte, y int) { fromNRGBA(to, m.Pix[at(m.PixOffset, y):]) }
	case *image.CMYK:
		return func(to []byte, y int) { fromCMYK(to, m.Pix[at(m.PixOffset, y):]) }
	case *image.Paletted:
		grays := palette(m.Palette)
		return func(to []byte, y int) { fromPalette(to, m.Pix[at(m.PixOffset, y):], &grays) }
	case image.RGBA64Image:
		return func(to []byte, y int) {
			for x := range to {
				to[x] = onWhite(m.RGBA64At(b.Min.X+x, b.Min.Y+y))
			}
		}
	}
	return func(to []byte, y int) {
		for x := range to {
			to[x] = grayOf(img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
}

// luma weighs eight-bit colours; white is 255.
func luma(r, g, b uint32) byte { return byte((19595*r + 38470*g + 7471*b + 1<<15) >> 16) }

// over lays gray v of opacity a, not yet multiplied, on white.
func over(v, a byte) byte {
	n := uint32(255-v) * uint32(a)
	return 255 - byte((n+127)/255)
}

// onWhite is a colour multiplied by its opacity already, laid on white.
func onWhite(c color.RGBA64) byte {
	y := (19595*uint64(c.R) + 38470*uint64(c.G) + 7471*uint64(c.B) + 1<<15) >> 16
	return byte((min(y+0xFFFF-uint64(c.A), 0xFFFF) + 128) / 257)
}

func grayOf(c color.Color) byte {
	r, g, b, a := c.RGBA()
	return onWhite(color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)})
}

// palette is the gray of each of up to 256 colours; pels without one are white.
func palette(colours color.Palette) (grays [256]byte) {
	for i := range grays {
		grays[i] = 255
		if i < len(colours) {
			grays[i] = grayOf(colours[i])
		}
	}
	return grays
}

func fromPalette(to, from []byte, grays *[256]byte) {
	for x := range to {
		to[x] = grays[from[x]]
	}
}

func fromGray16(to, from []byte) {
	for x := range to {
		to[x] = byte((uint32(from[2*x])<<8 + uint32(from[2*x+1]) + 128) / 257)
	}
}

func fromYA(to, luma, alpha []byte) {
	for x := range to {
		to[x] = over(luma[x], alpha[x])
	}
}

func fromRGBA(to, from []byte) {
	for x := range to {
		c := from[4*x : 4*x+4 : 4*x+4]
		v := uint32(luma(uint32(c[0]), uint32(c[1]), uint32(c[2]))) + 255 - uint32(c[3])
		to[x] = byte(min(v, 255))
	}
}

func fromNRGBA(to, from []byte) {
	for x := range to {
		c := from[4*x : 4*x+4 : 4*x+4]
		v := luma(uint32(c[0]), uint32(c[1]), uint32(c[2]))
		if c[3] != 255 {
			v = over(v, c[3])
		}
		to[x] = v
	}
}

func fromCMYK(to, from []byte) {
	for x := range to {
		c := from[4*x : 4*x+4 : 4*x+4]
		v := luma(255-uint32(c[0]), 255-uint32(c[1]), 255-uint32(c[2]))
		to[x] = byte((uint32(v)*(255-uint32(c[3])) + 127) / 255)
	}
}
