package gray

const (
	alike        = 6   // grays that differ by no more are one shading
	outlined     = 20  // what differs from a shading by more is written on it
	darkGround   = 240 // on shadings darker than this light text is made to stand out
	leastShading = 4   // tiles that are even; with fewer, it is a thick letter
	leastGaps    = 8   // in a shading, that make text
)

// shading is an even gray that covers tiles which touch one another.
type shading struct {
	gray        byte
	evens       int // tiles that hold nothing else
	light, dark int // gaps in it
}

// findShading tells which tiles lie on an even gray, as tables have it. Such a gray covers whole tiles, with no noise in it;
// the tiles around have text on it, or its edge. A tile with two such grays lies on that of which it has more.
func (s *sheet) findShading() {
	var all []shading
	var mixed []claim
	seen := make([]int, len(s.tiles)) // the last shading that reached a tile, counted from 1
	for n := range s.tiles {
		if t := &s.tiles[n]; t.even && !t.paper && t.ground >= 64 && seen[n] == 0 {
			var sh shading
			sh, mixed = s.spread(n, len(all)+1, seen, mixed)
			all = append(all, sh)
		}
	}
	for n := range s.tiles {
		if t := &s.tiles[n]; t.even && seen[n] > 0 {
			s.lay(n, all[seen[n]-1])
		}
	}
	most := make(map[int]claim)
	for _, c := range mixed {
		if all[c.shading-1].evens >= leastShading && c.pels > most[c.tile].pels {
			most[c.tile] = c
		}
	}
	for n, c := range most {
		s.lay(n, all[c.shading-1])
	}
}

// claim says how much of a tile with something else in it has the gray of a shading.
type claim struct{ tile, shading, pels int }

// spread finds the tiles that have the gray of tile n and touch one another.
func (s *sheet) spread(n, number int, seen []int, mixed []claim) (shading, []claim) {
	sh := shading{gray: s.tiles[n].ground, evens: 1}
	seen[n] = number
	found := []int{n}
	for i := 0; i < len(found); i++ {
		s.neighbours(found[i], func(n int, t *tile) {
			switch {
			case t.kind == blank || seen[n] == number || t.even && t.ground != sh.gray:
				return
			case t.even:
				sh.evens++
			default:
				light, dark, pels := s.written(n, sh.gray)
				if pels*20 < s.width*s.high {
					return
				}
				sh.light, sh.dark = sh.light+light, sh.dark+dark
				mixed = append(mixed, claim{n, number, pels})
			}
			seen[n] = number
			found = append(found, n)
		})
	}
	return sh, mixed
}

// lay says that tile n lies on a shading, if it is one.
func (s *sheet) lay(n int, sh shading) {
	if sh.evens < leastShading {
		return
	}
	t := &s.tiles[n]
	t.shaded, t.paper, t.ground = true, false, sh.gray
	if sh.light > max(sh.dark, leastGaps) && sh.gray < darkGround {
		t.kind = reversed
	}
}

// written looks for text on a shading in tile n: it counts gaps in the gray that are lighter, and darker, and the pels
// that have the gray. Gaps that are the same in all lines are no text, but
// rules.
func (s *sheet) written(n int, gray byte) (light, dark, pels int) {
	x0, x1, y0, y1 := s.bounds(n)
	alike, first := true, -1
	for y := y0; y < y1; y++ {
		p, l, d := gaps(s.Row(y)[x0:x1], int(gray))
		pels, light, dark = pels+p, light+l, dark+d
		if first < 0 {
			first = l
		}
		alike = alike && l == first
	}
	if alike {
		light = 0
	}
	return light, dark, pels
}

const leastRun = 3 // pels of the gray on either side of a gap; soft edges may have one by chance

// gaps counts the pels of a line that have the gray, and what lies between them that is lighter, or darker.
func gaps(line []byte, gray int) (pels, light, dark int) {
	run, before, up, down := 0, 0, 0, 0 // before: the run of gray before the gap
	for _, v := range line {
		d := int(v) - gray
		if abs(d) > alike {
			if run > 0 {
				before, run = run, 0
			}
			up, down = max(up, d), max(down, -d)
			continue
		}
		pels++
		if run++; run != leastRun {
			continue
		}
		if before >= leastRun && up > outlined && down <= outlined {
			light++
		}
		if before >= leastRun && down > outlined && up <= outlined {
			dark++
		}
		up, down = 0, 0
	}
	return pels, light, dark
}

// bounds are the pels and lines of tile n.
func (s *sheet) bounds(n int) (x0, x1, y0, y1 int) {
	x0, y0 = n%s.across*s.width, n/s.across*s.high
	return x0, min(x0+s.width, s.Width), y0, min(y0+s.high, s.Height)
}
