// Package raster holds bilevel pages, one bit a pel, and changes their size, resolution and width.
package raster

// Resolution is in pels an inch across and scan lines an inch down, in the whole numbers that TIFF files of fax use:
// R8 is 204, R16 is 408; 3.85, 7.7 and 15.4 lines a millimetre are 98, 196 and 391.
type Resolution struct{ X, Y int }

// The resolutions of T.30 table 2 that faxbox sends and receives.
var (
	Standard    = Resolution{204, 98}  // R8 x 3.85
	Fine        = Resolution{204, 196} // R8 x 7.7
	Superfine   = Resolution{204, 391} // R8 x 15.4
	R16         = Resolution{408, 391} // R16 x 15.4
	Inch200x100 = Resolution{200, 100}
	Inch200     = Resolution{200, 200}
	Inch200x400 = Resolution{200, 400}
	Inch300     = Resolution{300, 300}
	Inch400     = Resolution{400, 400}
)

// Page is a bilevel picture. Rows lie one after another, Stride octets each; the leftmost pel is the most significant
// bit, 1 is black, padding bits at the right end are 0.
type Page struct {
	Width, Height int // pels, lines
	Stride        int // octets a row, (Width+7)/8
	Bits          []byte
	Resolution    Resolution
}

// New makes a white page.
func New(width, height int, r Resolution) *Page {
	stride := (width + 7) / 8
	return &Page{width, height, stride, make([]byte, stride*height), r}
}

// Row is line y, counted from 0, sharing the page's memory.
func (p *Page) Row(y int) []byte { return p.Bits[y*p.Stride : (y+1)*p.Stride] }
