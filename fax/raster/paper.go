package raster

// Paper is a sheet as fax knows it: a column of so many pels, and a length.
type Paper uint8

const (
	A4     Paper = iota // 210 x 297 mm, in a column of 215 mm
	B4                  // 257 x 364 mm, in a column of 255 mm
	A3                  // 297 x 420 mm, in a column of 303 mm
	Letter              // 8.5 x 11 inches, in the column of A4
	Legal               // 8.5 x 14 inches, in the column of A4
)

const mmPerInch = 25.4

// papers holds the pels of the column at R8 and at 200 pels an inch (T.30 table 2, bits 17 and 18) and the length in
// millimetres.
var papers = [...]struct {
	name   string
	column int
	length float64
}{
	A4:     {"A4", 1728, 297},
	B4:     {"B4", 2048, 364},
	A3:     {"A3", 2432, 420},
	Letter: {"Letter", 1728, 11 * mmPerInch},
	Legal:  {"Legal", 1728, 14 * mmPerInch},
}

func (p Paper) String() string {
	if int(p) < len(papers) {
		return papers[p].name
	}
	return "no paper"
}

// Width is the number of pels in a scan line of this paper. Fax always scans the full column, so that a Letter page is as
// wide as one of A4. At horizontal resolutions T.30 does not know it is the width of the nearest one it knows, scaled.
func (p Paper) Width(r Resolution) int {
	column := papers[p].column
	switch {
	case r.X >= 396 && r.X <= 412:
		return 2 * column
	case r.X >= 196 && r.X <= 208:
		return column
	}
	return (column*r.X + 100) / 200
}

// Rows is the number of whole scan lines that fit on this paper. T.30 leaves the far end of a page open, so it is a
// guide: real pages are a little longer or shorter.
func (p Paper) Rows(r Resolution) int { return int(papers[p].length*r.LinesPerMM() + 1e-6) }

// PelsPerMM is the horizontal resolution as T.4 states it: R8 is 1728 pels on 215 mm.
func (r Resolution) PelsPerMM() float64 {
	switch r.X {
	case 204:
		return 1728 / 215.0
	case 408:
		return 3456 / 215.0
	}
	return float64(r.X) / mmPerInch
}

// LinesPerMM is the vertical resolution as T.4 states it: 98, 196 and 391 stand for 3.85, 7.7 and 15.4.
func (r Resolution) LinesPerMM() float64 {
	switch r.Y {
	case 98:
		return 3.85
	case 196:
		return 7.7
	case 391:
		return 15.4
	}
	return float64(r.Y) / mmPerInch
}
