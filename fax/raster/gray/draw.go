package gray

import (
	"encoding/binary"

	"faxbox/fax/raster"
)

// drawStrokes draws text and line art, at the page's own size, and says whether there is more to be drawn.
func (s *sheet) drawStrokes() (q *raster.Page, rest bool) {
	q = raster.New(s.Width, s.Height, s.Resolution)
	var all []stretch
	for row := range s.down {
		tiles := s.tiles[row*s.across : (row+1)*s.across]
		all = all[:0]
		for x := range tiles {
			rest = rest || tiles[x].special()
			if tiles[x].kind == strokes || tiles[x].kind == dotted {
				all = addStretch(all, stretch{&tiles[x], x * s.width, min((x+1)*s.width, s.Width)})
			}
		}
		for y := row * s.high; y < min((row+1)*s.high, s.Height) && len(all) > 0; y++ {
			s.strokesOf(all, q.Row(y), y)
		}
	}
	return q, rest
}

// stretch is what some tiles beside each other have of a line: pels from x0 up to x1. What is a stroke is the same in all of
// them as in this one.
type stretch struct {
	*tile
	x0, x1 int
}

// addStretch adds a tile to those of its row.
func addStretch(all []stretch, next stretch) []stretch {
	if len(all) > 0 {
		last := &all[len(all)-1]
		if last.x1 == next.x0 && last.kind == strokes && next.kind == strokes &&
			last.ground == next.ground && last.faintest == next.faintest {
			last.x1 = next.x1
			return all
		}
	}
	return append(all, next)
}

// strokesOf draws the strokes of line y.
func (s *sheet) strokesOf(all []stretch, to []byte, y int) {
	ink, line := s.ink[y], y%s.high
	for _, st := range all {
		x0, x1 := max(st.x0, ink.From&^7), min(st.x1, ink.To)
		if x0 < x1 && (st.kind == strokes || !st.hasDots(line)) {
			s.strokes(to, y, x0, x1, st.tile)
		}
	}
}

// special says whether a tile has more than strokes.
func (t *tile) special() bool {
	return t.kind == reversed || t.kind == dotted || t.kind == strokes && t.shaded
}

// hasDots says whether a line of a tile is part of a photograph.
func (t *tile) hasDots(line int) bool {
	return t.kind == dotted && line >= int(t.top) && line < int(t.end)
}

// drawRest draws photographs, shadings and light text on dark ground, at the size of q; grays are the page at that size.
func (s *sheet) drawRest(grays *Page, q *raster.Page) {
	d := newDots(grays, q)
	screen := newScreen(q.Resolution)
	row := -1
	for y := range q.Height {
		from := within(y, s.Height, q.Height)
		if from/s.high != row {
			row = from / s.high
			s.found = s.found[:0]
			for n := row * s.across; n < (row+1)*s.across; n++ {
				if s.tiles[n].special() {
					s.found = append(s.found, n)
				}
			}
		}
		if len(s.found) > 0 {
			s.drawSpecial(d, screen, y, s.found)
		}
	}
}

// drawSpecial draws what is on line y of these tiles of a row.
func (s *sheet) drawSpecial(d *dots, screen *screen, y int, tiles []int) {
	q := d.out
	line := within(y, s.Height, q.Height) % s.high
	start, until := 0, 0 // pels of a photograph, not yet drawn
	for _, n := range tiles {
		t, x := &s.tiles[n], n%s.across
		x0, x1 := x*s.width*q.Width/s.Width, min((x+1)*s.width, s.Width)*q.Width/s.Width
		switch {
		case t.hasDots(line):
			d.lighten(y, x0, x1, t)
			if until != x0 {
				d.span(y, start, until)
				start = x0
			}
			until = x1
		case t.kind == reversed:
			d.page.reverse(q.Row(y), y, x0, x1, int(t.ground))
		case t.kind == strokes:
			s.shade(screen, q, y, x0, x1)
		}
	}
	d.span(y, start, until)
}

// within is the pel of a line of so many that lies at the middle of pel x of one with fewer or more; of two that meet there
// the first, as raster.Scale takes it: strokes and the rest of a page are cut at the same line.
func within(x, pels, others int) int { return ((2*x+1)*pels - 1) / (2 * others) }

// below tells which of eight pels are darker than the gray in all octets of limit: the top bits of their octets.
func below(pels, limit uint64) uint64 {
	t := (pels | tops) - limit&^tops
	return (^pels&limit | ^(pels^limit)&^t) & tops
}

// gather makes of the top bits of eight octets, the first pel in the least significant, an octet with the first pel in its most
// significant bit.
func gather(m uint64) byte { return byte(m >> 7 * 0x8040201008040201 >> 56) }

// few are fewer than eight pels, with white behind them.
func few(line []byte) uint64 {
	w := white
	for i, v := range line {
		w ^= uint64(255-v) << (8 * i)
	}
	return w
}

// strokes makes black what is a stroke: all that is less than half as light as its ground, and lighter pels where they are
// the heart of a stroke. Pels from x0, a multiple of 8, up to x1 of line y.
func (s *sheet) strokes(to []byte, y, x0, x1 int, t *tile) {
	line := s.Row(y)
	ground := int(t.ground)
	surely, perhaps := uint64(ground/2+1)*each, uint64(max(ground-int(t.faintest)+1, 0))*each
	for x := x0; x < x1; x += 8 {
		var w uint64
		if x+8 <= x1 {
			w = binary.LittleEndian.Uint64(line[x:])
		} else {
			w = few(line[x:x1])
		}
		if w == white {
			continue
		}
		darker := below(w, perhaps)
		if darker == 0 {
			continue
		}
		black := below(w, surely)
		b := gather(black)
		for open := gather(s.notBesideDarker(x, y, w, darker&^black, ground)); open != 0; {
			i := leading(open)
			open &^= 0x80 >> i
			if s.faint(x+i, y, t) {
				b |= 0x80 >> i
			}
		}
		to[x/8] |= b
	}
}
