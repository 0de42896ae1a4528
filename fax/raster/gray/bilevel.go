package gray

import "faxbox/fax/raster"

// Bilevel is a gray page in black and white, of the same size and resolution: what a fax line can carry. The gray page is not
// changed. A mode that is not known counts as Auto.
//
// Paper becomes white even if it is tinted, dirty or lies in shadow. Strokes become black if they are darker than the paper
// around them, light gray ones and hairlines too. In Auto, photographs get dots; so do even areas of gray such as the shading
// of a table, few and light enough for the text on them.
func Bilevel(p *Page, m Mode) *raster.Page {
	q := raster.New(p.Width, p.Height, p.Resolution)
	if p.Width <= 0 || p.Height <= 0 {
		return q
	}
	if m == Photo {
		newDots(p, q).all()
		return q
	}
	s := survey(p, m)
	d := newDots(p, q)
	for row := range s.down {
		s.drawRow(d, row)
	}
	return q
}
