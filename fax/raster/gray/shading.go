package gray

import (
	"cmp"
	"slices"
)

const (
	alike        = 6   // grays that differ by no more are one shading
	outlined     = 20  // what differs from a shading by more is written on it
	darkGround   = 240 // on shadings darker than this light text is made to stand out
	leastShading = 4   // tiles
	step         = 8   // between two grays that are part of a gradient
	leastGaps    = 8   // in a shading, that make text
)

// shading is an even gray that covers tiles which touch one another.
type shading struct {
	gray        byte
	evens       int // tiles that hold nothing else
	light, dark int // gaps in it
	steps       int // tiles in which it goes over into a gray that hardly differs: a gradient, or part of a photograph
	amid        int // tiles beside it that look like a photograph
}

// real says whether it is a shading at all. With too few tiles that are even, it is a thick letter.
func (sh *shading) real() bool {
	return sh.evens >= leastShading && sh.steps < leastShading && 2*sh.amid < sh.evens
}

// findShading tells which tiles lie on an even gray, as tables have it. Such a gray covers whole tiles, with no noise in it;
// the tiles around have text on it, or its edge. A tile with two such grays lies on that of which it has more.
func (s *sheet) findShading() {
	var all []shading
	var mixed []claim
	var reached []int // by tile: the last shading that came there, counted from 1
	for n := range s.tiles {
		t := &s.tiles[n]
		if !t.even || t.paper || t.ground < 64 || reached != nil && reached[n] > 0 {
			continue
		}
		if reached == nil {
			reached = make([]int, len(s.tiles))
		}
		all = append(all, shading{gray: t.ground})
		mixed = s.spreadShading(n, &all[len(all)-1], len(all), reached, mixed)
	}
	slices.SortFunc(mixed, func(a, b claim) int { return cmp.Or(a.tile-b.tile, b.pels-a.pels) })
	countSteps(all, mixed)
	s.countAmid(all, reached)
	for n, number := range reached {
		if s.tiles[n].even && number > 0 {
			s.lay(n, all[number-1])
		}
	}
	last := -1
	for _, c := range mixed {
		if c.tile != last && s.lay(c.tile, all[c.shading-1]) {
			last = c.tile
		}
	}
}

// countSteps counts for each shading the tiles that it shares with one which hardly differs. Claims are in the order of tiles.
func countSteps(all []shading, mixed []claim) {
	for i := range mixed {
		for _, c := range mixed[i+1:] {
			a, b := &all[mixed[i].shading-1], &all[c.shading-1]
			if c.tile != mixed[i].tile {
				break
			}
			if abs(int(a.gray)-int(b.gray)) <= step {
				a.steps++
				b.steps++
			}
		}
	}
}

// countAmid counts for each shading the tiles beside it that hold other grays, and nothing of any shading.
func (s *sheet) countAmid(all []shading, reached []int) {
	for n, number := range reached {
		if !s.tiles[n].even || number == 0 {
			continue
		}
		s.neighbours(n, func(n int, t *tile) {
			if reached[n] == 0 && t.halftone() && !t.even {
				all[number-1].amid++
			}
		})
	}
}

// claim says how much of a tile with something else in it has the gray of a shading.
type claim struct{ tile, shading, pels int }

// spreadShading finds the tiles that have the gray of tile n and touch one another, and adds to mixed those that have more on
// them.
func (s *sheet) spreadShading(n int, sh *shading, number int, reached []int, mixed []claim) []claim {
	reached[n] = number
	sh.evens++
	s.found = s.spread(append(s.found[:0], n), 0, func(n int, t, _ *tile) bool {
		switch {
		case t.kind == blank || reached[n] == number || t.even && t.ground != sh.gray:
			return false
		case t.even:
			sh.evens++
		default:
			light, dark, pels := s.written(n, sh.gray)
			if pels*20 < s.width*s.high {
				return false
			}
			sh.light, sh.dark = sh.light+light, sh.dark+dark
			mixed = append(mixed, claim{n, number, pels})
		}
		reached[n] = number
		return true
	})
	return mixed
}

// lay says that tile n lies on a shading, if it is one, and whether it is.
func (s *sheet) lay(n int, sh shading) bool {
	if !sh.real() {
		return false
	}
	t := &s.tiles[n]
	t.shaded, t.paper, t.ground = true, false, sh.gray
	if sh.light > max(sh.dark, leastGaps) && sh.gray < darkGround {
		t.kind = reversed
	}
	return true
}

// written looks for text on a shading in tile n: it counts gaps in the gray that are lighter, and darker, and the pels
// that have the gray. Gaps that are at the same place in all lines are no text, but rules.
func (s *sheet) written(n int, gray byte) (light, dark, pels int) {
	x0, x1, y0, y1 := s.bounds(n)
	rules, first := true, -1
	for y := y0; y < y1; y++ {
		g := gapsIn(s.Row(y)[x0:x1], int(gray))
		pels, light, dark = pels+g.pels, light+g.light, dark+g.dark
		if first < 0 {
			first = g.place
		}
		rules = rules && g.place == first
	}
	if rules {
		light = 0
	}
	return light, dark, pels
}

const leastRun = 3 // pels of the gray on either side of a gap; soft edges may have one by chance

// gaps are what lies in a gray along a line.
type gaps struct {
	pels        int // that have the gray
	light, dark int // gaps
	place       int // where the light ones are: the sum of their ends
}

func gapsIn(line []byte, gray int) (g gaps) {
	run, before, up, down := 0, 0, 0, 0 // before: the run of gray before the gap
	for x, v := range line {
		d := int(v) - gray
		if abs(d) > alike {
			if run > 0 {
				before, run = run, 0
			}
			up, down = max(up, d), max(down, -d)
			continue
		}
		g.pels++
		if run++; run != leastRun {
			continue
		}
		if before >= leastRun && up > outlined && down <= outlined {
			g.light++
			g.place += x
		}
		if before >= leastRun && down > outlined && up <= outlined {
			g.dark++
		}
		up, down = 0, 0
	}
	return g
}
