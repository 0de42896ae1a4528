// Package gray holds gray pages: what a document is before it becomes black and white, and what a fax is when it is shown
// small. A fax line knows no gray, so how a page crosses from one to the other is what people see of it.
package gray

import "faxbox/fax/raster"

// Page is a gray picture. Rows lie one after another, Width octets each; 0 is black, 255 is white.
type Page struct {
	Width, Height int // pels, lines
	Pix           []byte
	Resolution    raster.Resolution
	Ink           []Span // of each line; nil if it is not known
}

// Span is where a line has something on it: all pels before From and from To on are white.
type Span struct{ From, To int }

// New makes a white page.
func New(width, height int, r raster.Resolution) *Page {
	p := &Page{Width: width, Height: height, Pix: make([]byte, width*height), Resolution: r}
	for i := range p.Pix {
		p.Pix[i] = 255
	}
	return p
}

// Row is line y, counted from 0, sharing the page's memory.
func (p *Page) Row(y int) []byte { return p.Pix[y*p.Width : (y+1)*p.Width] }

// Mode says how gray becomes black and white.
type Mode string

// The modes.
const (
	Auto  Mode = "auto"  // text and line art stay sharp, photographs get dots: each region as it is
	Text  Mode = "text"  // everything by threshold
	Photo Mode = "photo" // everything by dots
)
