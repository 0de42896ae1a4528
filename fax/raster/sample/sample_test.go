package sample

import (
	"bytes"
	"math/bits"
	"testing"

	"faxbox/fax/raster"
)

var resolutions = []raster.Resolution{
	raster.Standard, raster.Fine, raster.Superfine, raster.R16,
	raster.Inch200x100, raster.Inch200, raster.Inch200x400, raster.Inch300, raster.Inch400,
}

// TestPages: each is A4 at every resolution, the same each time, within its paper, and as black as its kind.
func TestPages(t *testing.T) {
	for name, c := range map[string]struct {
		draw        func(raster.Resolution) *raster.Page
		least, most float64 // black, per cent
	}{
		"letter":   {Letter, 2, 6},
		"form":     {Form, 2, 6},
		"dense":    {Dense, 6, 14},
		"halftone": {Halftone, 20, 40},
		"white":    {White, 0.05, 0.5},
	} {
		sizes := resolutions
		if name != "letter" {
			sizes = []raster.Resolution{raster.Standard, raster.Inch300} // one drawing serves all; drawing takes its time
		}
		for _, r := range sizes {
			p := c.draw(r)
			if p.Width != raster.A4.Width(r) || p.Height != raster.A4.Rows(r) || p.Resolution != r {
				t.Errorf("%s at %v is %d x %d at %v", name, r, p.Width, p.Height, p.Resolution)
			}
			if s := black(p); s < c.least || s > c.most {
				t.Errorf("%s at %v: %.2f %% black, want %.2f to %.2f", name, r, s, c.least, c.most)
			}
			if r == raster.Standard && !bytes.Equal(p.Bits, c.draw(r).Bits) {
				t.Errorf("%s is not the same twice", name)
			}
		}
	}
}

func black(p *raster.Page) float64 {
	n := 0
	for _, b := range p.Bits {
		n += bits.OnesCount8(b)
	}
	return 100 * float64(n) / float64(p.Width*p.Height)
}
