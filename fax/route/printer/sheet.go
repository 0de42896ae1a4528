// Package printer prints fax pages on a printer in the network: over IPP (RFC 8011), where the printer tells what became of
// them, or down a raw port, where it tells nothing. It makes what printers take when they take no PDF: PWG raster and PCL.
package printer

import (
	"math/bits"

	"faxbox/fax/raster"
)

// Pages are what is printed, counted from 1.
type Pages interface {
	Pages() int
	Page(n int) (*raster.Page, error)
}

// Paper is what is printed on.
type Paper struct {
	Width, Height float64 // millimetres
	Name          string  // as IPP has it (PWG 5101.1)
	PCL           int     // as PCL counts them
	Dots          int     // how wide PCL's logical page on it is, at 300 dots an inch; it lies in the middle
}

// The papers of offices.
var (
	A4     = Paper{210, 297, "iso_a4_210x297mm", 26, 2338}
	Letter = Paper{215.9, 279.4, "na_letter_8.5x11in", 2, 2400}
)

const (
	mmPerInch = 25.4
	margin    = 5 // millimetres that no printer reaches
)

// pels is a length at so many pels an inch.
func pels(mm float64, dpi int) int { return int(mm*float64(dpi)/mmPerInch + 0.5) }

// sheet is a page as it lies on the paper, at so many pels an inch: as large as it was, or so much smaller that nothing of it
// is cut off, for a fax is as wide as the column it was scanned in, which is wider than paper. Beside it the sheet has this
// many millimetres of white on either side.
func sheet(p *raster.Page, across, down, beside float64, dpi int) *raster.Page {
	width, height := float64(p.Width)/p.Resolution.PelsPerMM(), float64(p.Height)/p.Resolution.LinesPerMM()
	f := min(1, (across-2*beside)/width, (down-2*margin)/height)
	scaled := p.Scale(pels(width*f, dpi), pels(height*f, dpi))
	s := raster.New(pels(across, dpi), pels(down, dpi), raster.Resolution{X: dpi, Y: dpi})
	left, top := max(0, (s.Width-scaled.Width)/2), pels(margin, dpi)
	for y := range min(scaled.Height, s.Height-top) {
		place(s.Row(top+y), scaled.Row(y), left, min(scaled.Width, s.Width-left))
	}
	return s
}

// place copies n pels to a row, from its pel left on.
func place(to, from []byte, left, n int) {
	shift := left % 8
	for i := range (n + 7) / 8 {
		b := from[i]
		if rest := n - 8*i; rest < 8 {
			b &= 0xFF << (8 - rest)
		}
		at := left/8 + i
		to[at] |= b >> shift
		if shift > 0 && at+1 < len(to) {
			to[at+1] |= b << (8 - shift)
		}
	}
}

// trimmed is a row without the white at its end.
func trimmed(row []byte) []byte {
	n := len(row)
	for n > 0 && row[n-1] == 0 {
		n--
	}
	return row[:n]
}

// gray expands a row to one octet a pel, 0 for black.
func gray(to, row []byte) {
	for x := range to {
		to[x] = 0xFF
	}
	for i, b := range row {
		for ; b != 0; b &= b - 1 {
			if x := 8*i + 7 - bits.TrailingZeros8(b); x < len(to) {
				to[x] = 0
			}
		}
	}
}
