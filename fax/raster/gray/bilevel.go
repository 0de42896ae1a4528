package gray

import "faxbox/fax/raster"

// Bilevel is a gray page in black and white, of the same size and resolution: what a fax line can carry. The gray page is not
// changed. A mode that is not known counts as Auto.
//
// Paper becomes white even if it is tinted, dirty or lies in shadow. Strokes become black if they are darker than the paper
// around them, light gray ones and hairlines too. In Auto, photographs get dots; so do even areas of gray such as the shading
// of a table, few and light enough for the text on them.
func Bilevel(p *Page, m Mode) *raster.Page {
	return BilevelTo(p, m, p.Resolution, p.Width, p.Height)
}

// BilevelTo is Bilevel with another size and resolution, for pages drawn finer than they are sent: strokes are told from paper
// as p shows them, then made smaller as raster.Page.Scale does, which keeps letters of few lines legible; dots are made for the
// resolution that is sent. Width and height are at least 1, unless they are those of p.
func BilevelTo(p *Page, m Mode, to raster.Resolution, width, height int) *raster.Page {
	if p.Width <= 0 || p.Height <= 0 {
		return raster.New(max(width, 0), max(height, 0), to)
	}
	width, height = max(width, 1), max(height, 1)
	if m == Photo {
		grays := p.sized(to, width, height)
		q := raster.New(width, height, to)
		newDots(grays, q).all()
		return q
	}
	s := survey(p, m)
	q, rest := s.drawStrokes()
	if width != p.Width || height != p.Height {
		q = q.Scale(width, height)
	}
	q.Resolution = to
	if rest {
		s.drawRest(p.sized(to, width, height), q)
	}
	return q
}

// sized is p with this resolution and size, sharing its pels if that is its size.
func (p *Page) sized(r raster.Resolution, width, height int) *Page {
	q := *p
	if width != p.Width || height != p.Height {
		q = *Scale(p, width, height)
	}
	q.Resolution = r
	return &q
}
