package gray

import "faxbox/fax/raster"

// Bilevel is a gray page in black and white, of the same size and resolution: what a fax line can carry. The gray page is not
// changed.
func Bilevel(p *Page, m Mode) *raster.Page {
	q := raster.New(p.Width, p.Height, p.Resolution)
	for y := range p.Height {
		for x, v := range p.Row(y) {
			if v < 170 {
				q.Row(y)[x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return q
}
