package render

import (
	"bytes"
	"math"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

// What fax machines print, in millimetres. They cut a few at either side and at the end of the sheet, and print their own
// line, as we print ours, over what comes first.
const (
	printableWidth = 208 // of the column of 215, in its middle
	topMargin      = 4.5
	bottomMargin   = 3
	longest        = 1000 // no page is made longer
	mmPerInch      = 25.4
	mmPerPoint     = mmPerInch / 72
)

// sheet is what pages are laid out on.
type sheet struct {
	paper      raster.Paper
	resolution raster.Resolution
}

// drawing is the sheet on which a page is drawn: with twice the lines where there are few, so that letters are judged by their
// shape and not by where they happen to lie between lines.
func (s sheet) drawing() sheet {
	if s.resolution.Y < 150 {
		s.resolution.Y *= 2
	}
	return s
}

// bilevel makes of a page on the drawing sheet one that can be sent.
func (s sheet) bilevel(drawn *gray.Page, mode gray.Mode) *raster.Page {
	height := drawn.Height
	if drawn.Resolution != s.resolution {
		height = (height + 1) / 2
	}
	return gray.BilevelTo(drawn, mode, s.resolution, drawn.Width, height)
}

// place is where a page of a document goes: a rectangle of a fax page of width by height.
type place struct {
	width, height int  // of the fax page, in pels and lines
	turned        bool // a quarter, clockwise; the rectangle is that of the turned page
	scale         float64
	x, y, w, h    int // the rectangle, in pels and lines; it may stick out
}

// length is the paper's, in millimetres.
func (s sheet) length() float64 {
	return float64(s.paper.Rows(s.resolution)) / s.resolution.LinesPerMM()
}

// column is the width of what is scanned, in millimetres.
func (s sheet) column() float64 {
	return float64(s.paper.Width(s.resolution)) / s.resolution.PelsPerMM()
}

// landscape reports whether a page is better turned: it is wider than high, and does not fit as it is.
func (s sheet) landscape(w, h float64) bool { return w > h && w > s.widest() }

// widest is the width up to which a page is taken at its own size, as long as nothing is printed at its edges: an inch format
// on metric paper.
func (s sheet) widest() float64 { return s.column() + 2 }

// long reports whether a page of this length keeps it: Legal, Folio, till rolls. A4 on Letter does not.
func (s sheet) long(h float64) bool { return h > 1.08*s.length() }

// natural places a page of w by h millimetres at its own size. Whether anything on it is cut off then has to be looked at.
func (s sheet) natural(w, h float64) (place, bool) {
	p := place{turned: s.landscape(w, h), scale: 1}
	if p.turned {
		w, h = h, w
	}
	if w > s.widest() {
		return place{}, false
	}
	length := s.length()
	if s.long(h) {
		length = h
	}
	down := 0.0
	if h > length+1 { // its ends are cut off alike
		down = (length - h) / 2
	}
	s.put(&p, w, h, down, length)
	return p, true
}

// fitted places a page of w by h millimetres so that all of it is printed, made smaller if it has to be, never larger, and
// never out of proportion.
func (s sheet) fitted(w, h float64) place {
	p := place{turned: s.landscape(w, h)}
	if p.turned {
		w, h = h, w
	}
	p.scale = min(1, printableWidth/w)
	length := s.length()
	if s.long(h*p.scale + topMargin + bottomMargin) {
		length = min(h*p.scale+topMargin+bottomMargin, longest)
	}
	p.scale = min(p.scale, (length-topMargin-bottomMargin)/h)
	s.put(&p, w*p.scale, h*p.scale, topMargin, length)
	return p
}

// put works out the rectangle of a page of w by h millimetres, in the middle of the column and this far down.
func (s sheet) put(p *place, w, h, down, length float64) {
	across, along := s.resolution.PelsPerMM(), s.resolution.LinesPerMM()
	p.width = s.paper.Width(s.resolution)
	p.height = max(int(length*along+1e-6), 1)
	p.w = max(round(w*across), 1)
	p.h = max(round(h*along), 1)
	p.x = (p.width - p.w) / 2
	p.y = round(down * along)
}

func round(f float64) int { return int(math.Round(f)) }

// printable is the part of a fax page of this height that machines print.
func (s sheet) printable(height int) (left, top, right, bottom int) {
	width := s.paper.Width(s.resolution)
	half := round(printableWidth * s.resolution.PelsPerMM() / 2)
	left, right = max(width/2-half, 0), min(width/2+half, width)
	top = round(topMargin * s.resolution.LinesPerMM())
	bottom = height - round(bottomMargin*s.resolution.LinesPerMM())
	return left, min(top, height), right, max(bottom, 0)
}

// ink is the lightest gray that is going to be missed where it is cut off.
const ink = 200

// cuts reports whether something on the page is not printed.
func (s sheet) cuts(p *gray.Page) bool {
	left, top, right, bottom := s.printable(p.Height)
	for y := range p.Height {
		row := p.Row(y)
		if p.Ink != nil && (p.Ink[y] == gray.Span{} || y >= top && y < bottom && p.Ink[y].From >= left && p.Ink[y].To <= right) {
			continue
		}
		if y < top || y >= bottom {
			if inked(row) {
				return true
			}
		} else if inked(row[:left]) || inked(row[right:]) {
			return true
		}
	}
	return false
}

func inked(pels []byte) bool {
	for _, pel := range pels {
		if pel < ink {
			return true
		}
	}
	return false
}

// isWhite reports whether a part of a page is white.
func isWhite(p *gray.Page, left, top, right, bottom int) bool {
	for y := top; y < bottom; y++ {
		if !allWhite(p.Row(y)[left:right]) {
			return false
		}
	}
	return true
}

func allWhite(pels []byte) bool {
	for len(pels) > 0 {
		n := min(len(pels), len(paper))
		if !bytes.Equal(pels[:n], paper[:n]) {
			return false
		}
		pels = pels[n:]
	}
	return true
}

// paper is white, to be compared with.
var paper = bytes.Repeat([]byte{255}, 1024)
