package sample

import (
	"image"
	"math"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"faxbox/fax/raster"
)

const (
	sheetWidth = 210 // mm, A4
	mmPerPoint = 25.4 / 72

	// ink is how much of a pel, of 255, must be covered to be black: a little under half, as a scanner is set so that thin
	// strokes do not break.
	ink = 110
)

// sheet is a page of A4 to be drawn on in millimetres, from the top left corner of the paper, whatever the resolution.
type sheet struct {
	page          *raster.Page
	left          float64 // pels from the edge of the column to the edge of the paper
	xScale        float64 // pels a millimetre
	yScale        float64 // lines a millimetre
	regular, bold *sfnt.Font
	glyph         sfnt.Buffer
}

func newSheet(r raster.Resolution) *sheet {
	width := raster.A4.Width(r)
	s := &sheet{
		page:    raster.New(width, raster.A4.Rows(r), r),
		xScale:  r.PelsPerMM(),
		yScale:  r.LinesPerMM(),
		regular: mustParse(goregular.TTF),
		bold:    mustParse(gobold.TTF),
	}
	s.left = math.Floor((float64(width) - sheetWidth*s.xScale) / 2)
	return s
}

// mustParse parses a font that is part of the program.
func mustParse(ttf []byte) *sfnt.Font {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		panic(err)
	}
	return f
}

type point struct{ x, y float64 } // mm

func (s *sheet) pels(p point) point { return point{s.left + p.x*s.xScale, p.y * s.yScale} }

// bar draws a black rectangle, at least one pel wide and high, as a plotter draws a hairline.
func (s *sheet) bar(x, y, width, height float64) {
	a, b := s.pels(point{x, y}), s.pels(point{x + width, y + height})
	x0, y0 := int(math.Round(a.x)), int(math.Round(a.y))
	x1, y1 := max(int(math.Round(b.x)), x0+1), max(int(math.Round(b.y)), y0+1)
	for row := max(y0, 0); row < min(y1, s.page.Height); row++ {
		for col := max(x0, 0); col < min(x1, s.page.Width); col++ {
			s.black(col, row)
		}
	}
}

func (s *sheet) box(x, y, width, height, line float64) {
	s.bar(x, y, width, line)
	s.bar(x, y+height-line, width, line)
	s.bar(x, y, line, height)
	s.bar(x+width-line, y, line, height)
}

func (s *sheet) black(x, y int) { s.page.Row(y)[x/8] |= 0x80 >> (x % 8) }

// outline collects closed curves, in pels, to be filled.
type outline struct{ segments []segment }

type segment struct {
	op sfnt.SegmentOp
	to [3]point
}

func (o *outline) add(op sfnt.SegmentOp, to ...point) {
	g := segment{op: op}
	copy(g.to[:], to)
	o.segments = append(o.segments, g)
}

// polygon fills the closed line through these points.
func (s *sheet) polygon(points ...point) {
	var o outline
	for i, p := range points {
		op := sfnt.SegmentOpLineTo
		if i == 0 {
			op = sfnt.SegmentOpMoveTo
		}
		o.add(op, s.pels(p))
	}
	s.fill(o)
}

// stroke draws the line through these points with a pen of this width.
func (s *sheet) stroke(width float64, points ...point) {
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		length := math.Hypot(b.x-a.x, b.y-a.y)
		if length == 0 {
			continue
		}
		// The pen's half width at right angles to the line, and as much again lengthwise to close the joints.
		dx, dy := (b.x-a.x)/length*width/2, (b.y-a.y)/length*width/2
		s.polygon(
			point{a.x - dx - dy, a.y - dy + dx}, point{b.x + dx - dy, b.y + dy + dx},
			point{b.x + dx + dy, b.y + dy - dx}, point{a.x - dx + dy, a.y - dy - dx})
	}
}

// curve draws what f yields for t from 0 to 1.
func (s *sheet) curve(width float64, steps int, f func(t float64) point) {
	points := make([]point, steps+1)
	for i := range points {
		points[i] = f(float64(i) / float64(steps))
	}
	s.stroke(width, points...)
}

// fill blackens every pel of which the outline covers enough.
func (s *sheet) fill(o outline) {
	bounds := o.bounds().Intersect(image.Rect(0, 0, s.page.Width, s.page.Height))
	if bounds.Empty() {
		return
	}
	z := vector.NewRasterizer(bounds.Dx(), bounds.Dy())
	at := func(p point) (x, y float32) {
		return float32(p.x - float64(bounds.Min.X)), float32(p.y - float64(bounds.Min.Y))
	}
	for _, g := range o.segments {
		ax, ay := at(g.to[0])
		bx, by := at(g.to[1])
		cx, cy := at(g.to[2])
		switch g.op {
		case sfnt.SegmentOpMoveTo:
			z.ClosePath()
			z.MoveTo(ax, ay)
		case sfnt.SegmentOpLineTo:
			z.LineTo(ax, ay)
		case sfnt.SegmentOpQuadTo:
			z.QuadTo(ax, ay, bx, by)
		case sfnt.SegmentOpCubeTo:
			z.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	z.ClosePath()
	mask := image.NewAlpha(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
	z.Draw(mask, mask.Bounds(), image.Opaque, image.Point{})
	for y := range bounds.Dy() {
		for x, a := range mask.Pix[y*mask.Stride : y*mask.Stride+bounds.Dx()] {
			if a >= ink {
				s.black(bounds.Min.X+x, bounds.Min.Y+y)
			}
		}
	}
}

// bounds is the smallest rectangle of whole pels around the outline and its control points.
func (o outline) bounds() image.Rectangle {
	if len(o.segments) == 0 {
		return image.Rectangle{}
	}
	lo, hi := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, g := range o.segments {
		for _, p := range g.to[:operands(g.op)] {
			lo = point{min(lo.x, p.x), min(lo.y, p.y)}
			hi = point{max(hi.x, p.x), max(hi.y, p.y)}
		}
	}
	return image.Rect(int(math.Floor(lo.x)), int(math.Floor(lo.y)), int(math.Ceil(hi.x)), int(math.Ceil(hi.y)))
}

func operands(op sfnt.SegmentOp) int {
	switch op {
	case sfnt.SegmentOpQuadTo:
		return 2
	case sfnt.SegmentOpCubeTo:
		return 3
	}
	return 1
}

// text writes a line of text, its base line beginning at x, y, and returns the x where it ends. Size is in points.
func (s *sheet) text(f *sfnt.Font, size, x, y float64, line string) float64 {
	em := fixed.I(int(f.UnitsPerEm()))
	unit := size * mmPerPoint / float64(em) // mm for 1/64 of a font unit
	var before sfnt.GlyphIndex
	for _, char := range line {
		index, err := f.GlyphIndex(&s.glyph, char)
		if err != nil {
			continue // a character the font cannot even look up is left out, as one it has no glyph for is drawn as a box
		}
		if kern, err := f.Kern(&s.glyph, before, index, em, 0); err == nil && before != 0 {
			x += float64(kern) * unit
		}
		if segments, err := f.LoadGlyph(&s.glyph, index, em, nil); err == nil {
			s.fill(s.placed(segments, unit, x, y))
		}
		if advance, err := f.GlyphAdvance(&s.glyph, index, em, 0); err == nil {
			x += float64(advance) * unit
		}
		before = index
	}
	return x
}

func (s *sheet) placed(segments sfnt.Segments, unit, x, y float64) outline {
	var o outline
	for _, g := range segments {
		var to [3]point
		for i, p := range g.Args {
			to[i] = s.pels(point{x + float64(p.X)*unit, y + float64(p.Y)*unit})
		}
		o.add(g.Op, to[:]...)
	}
	return o
}

// width is how long a line of text is, in millimetres.
func (s *sheet) width(f *sfnt.Font, size float64, line string) float64 {
	em := fixed.I(int(f.UnitsPerEm()))
	var sum fixed.Int26_6
	for _, char := range line {
		if index, err := f.GlyphIndex(&s.glyph, char); err == nil {
			if advance, err := f.GlyphAdvance(&s.glyph, index, em, 0); err == nil {
				sum += advance
			}
		}
	}
	return float64(sum) * size * mmPerPoint / float64(em)
}

// right writes text that ends at x.
func (s *sheet) right(f *sfnt.Font, size, x, y float64, line string) {
	s.text(f, size, x-s.width(f, size, line), y, line)
}
