package gray

const (
	alike        = 6   // grays that differ by no more are one shading
	outlined     = 20  // what differs from a shading by more is written on it
	darkGround   = 240 // on shadings darker than this light text is made to stand out
	leastShading = 4   // tiles that are even; with fewer, it is a thick letter
	leastGaps    = 8   // in a shading, that make text
)

// findShading tells which tiles lie on an even gray, as tables have it. Such a gray covers whole tiles, with no noise in it;
// the tiles around have text on it, or its edge.
func (s *sheet) findShading() {
	for n := range s.tiles {
		t := &s.tiles[n]
		if t.even && !t.paper && !t.shaded && t.ground >= 64 {
			s.spreadShading(n)
		}
	}
}

// spreadShading marks the tiles that have the gray of tile n and touch one another, and how they are drawn.
func (s *sheet) spreadShading(n int) {
	gray := s.tiles[n].ground
	found := []int{n}
	seen := map[int]bool{n: true}
	light, dark, evens := 0, 0, 1
	for i := 0; i < len(found); i++ {
		s.neighbours(found[i], func(n int, t *tile) {
			switch {
			case t.kind == blank || t.shaded || seen[n]:
				return
			case !t.even:
				l, d, enough := s.written(n, gray)
				if !enough {
					return
				}
				light, dark = light+l, dark+d
			case t.ground != gray:
				return
			default:
				evens++
			}
			seen[n] = true
			found = append(found, n)
		})
	}
	if evens < leastShading {
		return
	}
	for _, n := range found {
		t := &s.tiles[n]
		t.shaded, t.paper, t.ground = true, false, gray
		if light > max(dark, leastGaps) && gray < darkGround {
			t.kind = reversed
		}
	}
}

// written looks for text on a shading in tile n: it counts gaps in the gray that are lighter, and darker, and says whether a
// twentieth of the tile has the gray. A gap through all lines is no text, but a rule.
func (s *sheet) written(n int, gray byte) (light, dark int, enough bool) {
	x0, x1, y0, y1 := s.bounds(n)
	pels, lines := 0, 0
	for y := y0; y < y1; y++ {
		p, l, d := gaps(s.Row(y)[x0:x1], int(gray))
		pels, light, dark = pels+p, light+l, dark+d
		if l > 0 {
			lines++
		}
	}
	if lines == y1-y0 {
		light = 0
	}
	return light, dark, pels*20 >= (x1-x0)*(y1-y0)
}

// gaps counts the pels of a line that have the gray, and what lies between them that is lighter, or darker.
func gaps(line []byte, gray int) (pels, light, dark int) {
	inside, up, down := false, 0, 0
	for _, v := range line {
		switch d := int(v) - gray; {
		case abs(d) <= alike:
			if inside && up > outlined && down <= outlined {
				light++
			}
			if inside && down > outlined && up <= outlined {
				dark++
			}
			inside, up, down = true, 0, 0
			pels++
		case d > 0:
			up = max(up, d)
		default:
			down = max(down, -d)
		}
	}
	return pels, light, dark
}

// bounds are the pels and lines of tile n.
func (s *sheet) bounds(n int) (x0, x1, y0, y1 int) {
	x0, y0 = n%s.across*s.width, n/s.across*s.high
	return x0, min(x0+s.width, s.Width), y0, min(y0+s.high, s.Height)
}
