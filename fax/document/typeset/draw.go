package typeset

import (
	"image"
	"image/draw"
	"math"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"golang.org/x/image/vector"

	"faxbox/fax/raster"
)

const (
	pointsPerInch = 72
	// threshold is how much of a pel a letter must cover to make it black, of 255. With less, M closes up at 98 lines an inch;
	// with more, 6 does, and from 113 on thin joints fall apart: TestLettersKeepTheirShape.
	threshold = 102
	// maxMaskArea is how many pels a letter may take. The widest there is, a ligature of a whole Arabic sentence, has about
	// ten ems.
	maxMaskArea = 1 << 23
	// maxMasks is how many octets of letters are kept for drawing them again.
	maxMasks = 4 << 20
	// embolden is by what part of an em letters are widened that no bold font has.
	embolden = 1.0 / 28
	// highest and deepest are how far from the baseline a line is drawn, in ems. Marks piled up do not reach other text.
	highest, deepest = 1.5, 0.9
)

// Draw draws the block with its left upper corner in this place. What lies beyond the page is left out.
func (b *Block) Draw(p *raster.Page, x, y float64) {
	f := b.fonts
	f.mu.Lock()
	defer f.mu.Unlock()
	to := canvas{p, float64(p.Resolution.X) / pointsPerInch, float64(p.Resolution.Y) / pointsPerInch}
	pitch, size := b.style.pitch(), b.style.size()
	first := y + (pitch-float64(size*usualPitch))/2 + float64(size*ascent)
	for i, l := range b.lines {
		baseline := int(math.Round((first + float64(float64(i)*pitch)) * to.down))
		band := to.band(baseline-int(highest*size*to.down), baseline+int(deepest*size*to.down))
		for _, g := range l.glyphs {
			m := f.masks.of(maskKey{g.face, g.id, float32(size * to.across), float32(size * to.down), b.style.Bold && !g.face.bold})
			across := int(math.Round((x + l.x + float64(g.x)) * to.across))
			m.draw(&band.Page, across, baseline-int(math.Round(float64(g.y)*to.down))-band.top)
		}
	}
}

// canvas is a page with its resolution in pels and lines a point.
type canvas struct {
	page         *raster.Page
	across, down float64
}

// band is some lines of a page, sharing its memory.
type band struct {
	raster.Page
	top int // its first line on the page
}

func (c canvas) band(from, to int) band {
	from = min(max(from, 0), c.page.Height)
	to = min(max(to, from), c.page.Height)
	b := band{*c.page, from}
	b.Height, b.Bits = to-from, c.page.Bits[from*c.page.Stride:to*c.page.Stride]
	return b
}

// mask is a letter in pels, padded to octets, the leftmost pel in the most significant bit.
type mask struct {
	left, top     int // of its corner, from the origin of the letter
	width, height int
	stride        int
	bits          []byte
}

// maskKey says which letter, how many pels and lines an em has, and whether it is made bold.
type maskKey struct {
	face         *face
	id           font.GID
	across, down float32
	bold         bool
}

// masks are letters that were drawn once.
type masks struct {
	kept       map[maskKey]*mask
	octets     int
	rasterizer vector.Rasterizer
	gray       image.Alpha
}

func (m *masks) of(k maskKey) *mask {
	if kept, ok := m.kept[k]; ok {
		return kept
	}
	made := m.make(k)
	const overhead = 96
	if m.octets += len(made.bits) + overhead; m.kept == nil || m.octets > maxMasks {
		m.kept, m.octets = make(map[maskKey]*mask), len(made.bits)+overhead
	}
	m.kept[k] = made
	return made
}

// make draws a letter.
func (m *masks) make(k maskKey) *mask {
	outline := k.face.outline(k.id)
	if len(outline) == 0 {
		return &mask{}
	}
	toPels(outline, k)
	made := boundsOf(outline)
	if made.width*made.height > maxMaskArea {
		return &mask{}
	}
	smear := 0
	if k.bold {
		smear = max(1, int(math.Round(float64(k.across)*embolden)))
	}
	m.rasterize(outline, made)
	made.width += smear
	made.stride = (made.width + 7) / 8
	made.bits = make([]byte, made.stride*made.height)
	for y := range made.height {
		row := made.bits[y*made.stride:][:made.stride]
		for x, a := range m.gray.Pix[y*m.gray.Stride:][:made.width-smear] {
			if a < threshold {
				continue
			}
			for n := x; n <= x+smear; n++ {
				row[n/8] |= 0x80 >> (n % 8)
			}
		}
	}
	return made
}

// outline is a letter's, in font units; none for a letter without one, or if the font is damaged.
func (f *face) outline(id font.GID) (segments []opentype.Segment) {
	var damaged error
	defer f.from.survive(&damaged)
	found, _ := f.GlyphDataOutline(id)
	return found.Segments
}

// toPels turns font units, with y up, into pels and lines, with y down, each horizontal stroke in whole lines.
func toPels(segments []opentype.Segment, k maskKey) {
	em, across, down := k.face.em, float64(k.across), float64(k.down)
	knots := fitted(spansOf(edgesOf(segments, em)), k.face.zones, down)
	for i := range segments {
		for n := range segments[i].Args {
			a := &segments[i].Args[n]
			a.X, a.Y = float32(float64(a.X)/em*across), float32(-stretch(knots, float64(a.Y)/em, down))
		}
	}
}

// points are how many points a segment has.
func points(op opentype.SegmentOp) int {
	switch op {
	case opentype.SegmentOpQuadTo:
		return 2
	case opentype.SegmentOpCubeTo:
		return 3
	}
	return 1
}

// boundsOf is an empty mask with room for an outline.
func boundsOf(segments []opentype.Segment) *mask {
	left, top := math.Inf(1), math.Inf(1)
	right, bottom := math.Inf(-1), math.Inf(-1)
	for _, s := range segments {
		for _, a := range s.Args[:points(s.Op)] {
			left, right = min(left, float64(a.X)), max(right, float64(a.X))
			top, bottom = min(top, float64(a.Y)), max(bottom, float64(a.Y))
		}
	}
	m := &mask{left: int(math.Floor(left)), top: int(math.Floor(top))}
	m.width, m.height = int(math.Ceil(right))-m.left, int(math.Ceil(bottom))-m.top
	return m
}

// rasterize makes the outline gray.
func (m *masks) rasterize(segments []opentype.Segment, to *mask) {
	r := &m.rasterizer
	r.Reset(to.width, to.height)
	dx, dy := float32(to.left), float32(to.top)
	for _, s := range segments {
		a := &s.Args
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			r.ClosePath()
			r.MoveTo(a[0].X-dx, a[0].Y-dy)
		case opentype.SegmentOpLineTo:
			r.LineTo(a[0].X-dx, a[0].Y-dy)
		case opentype.SegmentOpQuadTo:
			r.QuadTo(a[0].X-dx, a[0].Y-dy, a[1].X-dx, a[1].Y-dy)
		case opentype.SegmentOpCubeTo:
			r.CubeTo(a[0].X-dx, a[0].Y-dy, a[1].X-dx, a[1].Y-dy, a[2].X-dx, a[2].Y-dy)
		}
	}
	r.ClosePath()
	if area := to.width * to.height; cap(m.gray.Pix) < area {
		m.gray.Pix = make([]uint8, area)
	} else {
		m.gray.Pix = m.gray.Pix[:area]
	}
	m.gray.Stride, m.gray.Rect = to.width, image.Rect(0, 0, to.width, to.height)
	r.DrawOp = draw.Src
	r.Draw(&m.gray, m.gray.Rect, image.Opaque, image.Point{})
}

// draw blackens the page with a letter whose origin is at pel x of line y.
func (m *mask) draw(p *raster.Page, x, y int) {
	x, y = x+m.left, y+m.top
	if x >= p.Width || x+m.width <= 0 {
		return
	}
	for n := max(0, -y); n < m.height && y+n < p.Height; n++ {
		or(p.Row(y+n), m.bits[n*m.stride:][:m.stride], x)
		if rest := p.Width % 8; rest != 0 {
			p.Bits[(y+n+1)*p.Stride-1] &= 0xFF << (8 - rest)
		}
	}
}

// or adds black pels to a row, from pel x on, which may be negative.
func or(row, pels []byte, x int) {
	shift := uint(x & 7)
	at := (x - int(shift)) / 8
	for i, b := range pels {
		if n := at + i; n >= 0 && n < len(row) {
			row[n] |= b >> shift
		}
		if n := at + i + 1; n >= 0 && n < len(row) {
			row[n] |= b << (8 - shift) // a Go shift by 8 leaves nothing
		}
	}
}
