package report

import (
	"math"

	"faxbox/fax/document/typeset"
	"faxbox/fax/raster"
)

// paper is a page to be drawn on. Lengths are in points from its left upper corner.
type paper struct {
	page          *raster.Page
	fonts         *typeset.Fonts
	width, height float64
}

// resolution is one at which the first page, drawn small, loses nearly nothing: who has a printer can read it.
var resolution = raster.Resolution{X: 600, Y: 600}

const pelsPerPoint = 600 / 72.0

func newPaper(size raster.Paper, fonts *typeset.Fonts) *paper {
	width, height := 595.2, 841.92
	if size == raster.Letter {
		width, height = 612, 792
	}
	return &paper{raster.New(pels(width), pels(height), resolution), fonts, width, height}
}

func pels(points float64) int { return int(math.Round(points * pelsPerPoint)) }

// fill blackens a rectangle, at least one pel thick.
func (p *paper) fill(x, y, w, h float64) {
	p.each(x, y, w, h, func(octet *byte, mask byte) { *octet |= mask })
}

// invert swaps black and white in a rectangle.
func (p *paper) invert(x, y, w, h float64) {
	p.each(x, y, w, h, func(octet *byte, mask byte) { *octet ^= mask })
}

// each does something with every octet that a rectangle touches, and a mask of the pels within it.
func (p *paper) each(x, y, w, h float64, do func(octet *byte, mask byte)) {
	left, top := max(pels(x), 0), max(pels(y), 0)
	right, bottom := min(max(pels(x+w), left+1), p.page.Width), min(max(pels(y+h), top+1), p.page.Height)
	for v := top; v < bottom; v++ {
		row := p.page.Row(v)
		for u := left; u < right; u = u&^7 + 8 {
			mask := byte(0xFF) >> (u % 8)
			if end := u&^7 + 8; end > right {
				mask &= 0xFF << (end - right)
			}
			do(&row[u/8], mask)
		}
	}
}

// frame draws the inner edge of a rectangle.
func (p *paper) frame(x, y, w, h, thick float64) {
	p.fill(x, y, w, thick)
	p.fill(x, y+h-thick, w, thick)
	p.fill(x, y, thick, h)
	p.fill(x+w-thick, y, thick, h)
}

// dashes draws a line of dashes across.
func (p *paper) dashes(x, y, w, thick float64) {
	const dash, gap = 4, 3
	for at := x; at < x+w; at += dash + gap {
		p.fill(at, y, min(dash, x+w-at), thick)
	}
}

// stroke draws a line with round ends.
func (p *paper) stroke(x0, y0, x1, y1, thick float64) {
	half := thick / 2
	length := math.Hypot(x1-x0, y1-y0)
	p.spots(min(x0, x1)-half, min(y0, y1)-half, max(x0, x1)+half, max(y0, y1)+half, func(x, y float64) bool {
		along := min(max(((x-x0)*(x1-x0)+(y-y0)*(y1-y0))/max(length*length, 1e-9), 0), 1)
		return math.Hypot(x-x0-along*(x1-x0), y-y0-along*(y1-y0)) <= half
	})
}

// ring draws a circle.
func (p *paper) ring(x, y, radius, thick float64) {
	p.spots(x-radius, y-radius, x+radius, y+radius, func(u, v float64) bool {
		from := math.Hypot(u-x, v-y)
		return from <= radius && from >= radius-thick
	})
}

// spots blackens the pels of an area whose centres are inside.
func (p *paper) spots(left, top, right, bottom float64, inside func(x, y float64) bool) {
	for v := max(pels(top), 0); v < min(pels(bottom), p.page.Height); v++ {
		row := p.page.Row(v)
		for u := max(pels(left), 0); u < min(pels(right), p.page.Width); u++ {
			if inside((float64(u)+0.5)/pelsPerPoint, (float64(v)+0.5)/pelsPerPoint) {
				row[u/8] |= 0x80 >> (u % 8)
			}
		}
	}
}

// put copies a picture to a place, pel for pel. What does not fit on the paper is left out.
func (p *paper) put(picture *raster.Page, x, y float64) {
	left, top := pels(x), pels(y)
	for v := range min(picture.Height, p.page.Height-top) {
		from, to := picture.Row(v), p.page.Row(top+v)
		for u := range min(picture.Width, p.page.Width-left) {
			black := from[u/8] << (u % 8) & 0x80
			to[(left+u)/8] |= black >> ((left + u) % 8)
		}
	}
}

// text is text laid out in a few lines.
type text []*typeset.Block

// lines sets a text in so many lines at most: smaller if that helps, else cut off with an ellipsis.
func (p *paper) lines(s string, style typeset.Style, least, width float64, most int) text {
	pitch := style.Pitch
	if pitch == 0 {
		pitch = 1.3
	}
	block, rest := p.fonts.Fit(s, style, least, width, float64(most)*style.Size*pitch)
	if rest == "" {
		return text{block}
	}
	style.Size = least
	if most == 1 {
		return text{p.fonts.Line(s, style, width)}
	}
	block, rest = p.fonts.Flow(s, style, width, float64(most-1)*least*pitch)
	return text{block, p.fonts.Line(rest, style, width)}
}

func (t text) height() float64 {
	h := 0.0
	for _, b := range t {
		h += b.Height()
	}
	return h
}

// draw draws the text and says where it ends.
func (t text) draw(p *paper, x, y float64) float64 {
	for _, b := range t {
		b.Draw(p.page, x, y)
		y += b.Height()
	}
	return y
}
