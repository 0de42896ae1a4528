package raster

import "math/bits"

// Fit makes of p a page of exactly this width and resolution without distorting it. Narrower pages get white margins of
// the same size left and right; wider ones are made smaller in both directions. 204 and 200 pels an inch count as the same,
// and so do the other pairs that T.30 takes for one another (98 and 100, 196 and 200, 391 and 400, 408 and 400). Neither
// side shrinks below one pel. A page that fits already is returned itself.
func (p *Page) Fit(width int, r Resolution) *Page {
	fitted := p.scale(p.Fitted(width, r)).centre(width)
	if fitted == p && p.Resolution == r {
		return p
	}
	return &Page{fitted.Width, fitted.Height, fitted.Stride, fitted.Bits, r}
}

// Fitted is the size to which Fit scales, without margins: at most width across.
func (p *Page) Fitted(width int, r Resolution) (across, down int) {
	from, to := p.Resolution.nominal(), r.nominal()
	across = scaled(p.Width, to.X, from.X)
	down = scaled(p.Height, to.Y, from.Y)
	if across > width {
		across, down = width, scaled(down, width, across)
	}
	return across, down
}

// Scale is p with its width and its number of lines changed, whatever its resolution, which is kept. Width and height are
// at least 1.
//
// Every black run, across and then down, has its two ends moved to the nearest pel. One that would vanish keeps one pel if
// it is part of a stroke that runs the other way, so that hairlines and thin letters survive; a dot all by itself is kept or
// lost by where it lies, so that the grays of a halftone become neither darker nor lighter. Making a page n times as large
// and small again yields the same page.
func (p *Page) Scale(width, height int) *Page {
	s := p.scale(width, height)
	if s == p {
		c := *p
		c.Bits = append([]byte(nil), p.Bits...)
		return &c
	}
	return s
}

func (p *Page) scale(width, height int) *Page {
	return p.scaleAcross(max(width, 1)).scaleDown(max(height, 1))
}

// nominal is the resolution in inches that r is taken for.
func (r Resolution) nominal() Resolution {
	switch r.X {
	case 204:
		r.X = 200
	case 408:
		r.X = 400
	}
	switch r.Y {
	case 98:
		r.Y = 100
	case 196:
		r.Y = 200
	case 391:
		r.Y = 400
	}
	return r
}

// scaled is n times to/from, to the nearest, and at least 1. A resolution of nothing changes nothing.
func scaled(n, to, from int) int {
	if from <= 0 || to <= 0 {
		return max(n, 1)
	}
	return max(nearest(n, to, from), 1)
}

// centre puts p in the middle of a page at least as wide.
func (p *Page) centre(width int) *Page {
	if width <= p.Width {
		return p
	}
	wide := New(width, p.Height, p.Resolution)
	left := (width - p.Width) / 2
	for y := range p.Height {
		from, to := p.Row(y), wide.Row(y)[left/8:]
		for i, b := range from {
			to[i] |= b >> (left % 8)
			if rest := b << (8 - left%8); rest != 0 { // a Go shift by 8 leaves nothing
				to[i+1] |= rest
			}
		}
	}
	return wide
}

// scaleAcross changes the width run by run.
func (p *Page) scaleAcross(width int) *Page {
	if width == p.Width || p.Width == 0 {
		return p
	}
	q := New(width, p.Height, p.Resolution)
	for y := range p.Height {
		row, to := p.Row(y), q.Row(y)
		for start, end := nextRun(row, 0, p.Width); start < p.Width; start, end = nextRun(row, end, p.Width) {
			from, until := nearest(start, width, p.Width), nearest(end, width, p.Width)
			switch {
			case from < until:
				blacken(to, from, until)
			case p.crossed(start, end, y):
				middle := within(start+end, width, 2*p.Width)
				blacken(to, middle, middle+1)
			}
		}
	}
	return q
}

// nearest is n times to/from, to the nearest.
func nearest(n, to, from int) int {
	return int((2*int64(n)*int64(to) + int64(from)) / (2 * int64(from)))
}

// within is n times to/from, rounded down: the pel that a point lies in.
func within(n, to, from int) int { return int(int64(n) * int64(to) / int64(from)) }

// crossed reports whether the run from start to end of line y touches black in the line above or below.
func (p *Page) crossed(start, end, y int) bool {
	for _, other := range [2]int{y - 1, y + 1} {
		if other < 0 || other >= p.Height {
			continue
		}
		if at, _ := nextRun(p.Row(other), start, end); at < end {
			return true
		}
	}
	return false
}

// nextRun finds the first black run at or after pel from. Without one both ends are width.
func nextRun(row []byte, from, width int) (start, end int) {
	start = seek(row, from, width, 0)
	return start, seek(row, start, width, 0xFF)
}

// seek finds the first pel from which on, at or after from, the row differs from the pattern other.
func seek(row []byte, from, width int, other byte) int {
	for from < width {
		b := (row[from/8] ^ other) << (from % 8)
		if b != 0 {
			return min(from+bits.LeadingZeros8(b), width)
		}
		from = from&^7 + 8
	}
	return width
}

// blacken makes the pels from start up to end black.
func blacken(row []byte, start, end int) {
	first, last := start/8, (end-1)/8
	head, tail := byte(0xFF)>>(start%8), byte(0xFF)<<(7-(end-1)%8)
	if first == last {
		row[first] |= head & tail
		return
	}
	row[first] |= head
	for i := first + 1; i < last; i++ {
		row[i] = 0xFF
	}
	row[last] |= tail
}

// scaleDown changes the number of lines. Line j of the new page is the old line at its centre; what lies wholly between
// two such lines is added as far as it is part of a stroke.
func (p *Page) scaleDown(height int) *Page {
	if height == p.Height || p.Height == 0 {
		return p
	}
	q := New(p.Width, height, p.Resolution)
	between := newGap(p.Stride)
	above, sampled := -1, -1
	for j := range height {
		sampled = int((int64(2*j+1)*int64(p.Height) - 1) / int64(2*height))
		copy(q.Row(j), p.Row(sampled))
		if sampled > above+1 {
			between.keep(p, q, above, sampled)
		}
		above = sampled
	}
	if p.Height > above+1 {
		between.keep(p, q, above, p.Height)
	}
	return q
}

// gap works on the lines between two that were sampled.
type gap struct {
	white []byte // a line beyond the edge of the page
	above []byte // pels still joined to the upper sampled line
	lone  []byte // pels of the line before that are joined to neither
}

func newGap(stride int) *gap {
	return &gap{make([]byte, stride), make([]byte, stride), make([]byte, stride)}
}

// keep adds to q what of p lies wholly between the lines top and bottom, neither included.
func (g *gap) keep(p, q *Page, top, bottom int) {
	copy(g.above, g.white)
	if top >= 0 {
		copy(g.above, p.Row(top))
	}
	clear(g.lone)
	for y := top + 1; y < bottom; y++ {
		to := q.Row(within(y, q.Height, p.Height))
		row := p.Row(y)
		for i := range row {
			g.above[i] &= row[i]
			free := row[i] &^ g.above[i]
			if free == 0 {
				g.lone[i] = 0
				continue
			}
			free &^= p.joined(free, i, y, bottom)
			begins := free &^ g.lone[i]
			g.lone[i] = free
			to[i] |= begins & stroke(row, i)
		}
	}
}

// joined tells which of the pels of octet i, line y, are black all the way down to the line bottom.
func (p *Page) joined(pels byte, i, y, bottom int) byte {
	if bottom == p.Height {
		return 0
	}
	for ; y <= bottom && pels != 0; y++ {
		pels &= p.Row(y)[i]
	}
	return pels
}

// stroke tells which pels of octet i have a black neighbour to the left or right.
func stroke(row []byte, i int) byte {
	left, right := row[i]>>1, row[i]<<1
	if i > 0 {
		left |= row[i-1] << 7
	}
	if i+1 < len(row) {
		right |= row[i+1] >> 7
	}
	return left | right
}
