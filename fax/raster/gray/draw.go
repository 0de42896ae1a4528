package gray

import "encoding/binary"

// drawRow draws a row of tiles.
func (s *sheet) drawRow(d *dots, row int) {
	tiles := s.tiles[row*s.across : (row+1)*s.across]
	live := s.found[:0] // those that are not blank
	for x := range tiles {
		if tiles[x].kind != blank {
			live = append(live, x)
		}
	}
	s.found = live
	for y := row * s.high; y < min((row+1)*s.high, s.Height) && len(live) > 0; y++ {
		s.drawLine(d, y, tiles, live)
	}
}

// drawLine draws line y of those tiles that are live.
func (s *sheet) drawLine(d *dots, y int, tiles []tile, live []int) {
	to := d.out.Row(y)
	from, until := 0, 0 // pels of a photograph, not yet drawn
	line := byte(y % s.high)
	for _, x := range live {
		t := &tiles[x]
		x0, x1 := x*s.width, min((x+1)*s.width, s.Width)
		kind := t.kind
		if kind == dotted && (line < t.top || line >= t.end) {
			kind = strokes
		}
		switch kind {
		case strokes:
			s.strokes(to, y, x0, x1, t)
			if t.shaded {
				s.shade(to, y, x0, x1)
			}
		case reversed:
			s.reverse(to, y, x0, x1, int(t.ground))
		case dotted:
			d.lighten(y, x0, x1, t)
			if until != x0 {
				d.span(y, from, until)
				from = x0
			}
			until = x1
		}
	}
	d.span(y, from, until)
}

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
		for open := gather(darker &^ black); open != 0; {
			i := leading(open)
			open &^= 0x80 >> i
			if s.faint(x+i, y, t) {
				b |= 0x80 >> i
			}
		}
		to[x/8] |= b
	}
}
