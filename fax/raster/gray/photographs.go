package gray

const (
	leastPhoto   = 9 // tiles; anything smaller is a symbol or bold print
	leastSpan    = 3 // tiles, in both directions
	hollowPasses = 2
	edgePasses   = 2
)

// findPhotographs tells which tiles are part of a photograph: what is neither paper nor shading nor black, in pieces that are
// large enough; and what lies within and along them.
func (s *sheet) findPhotographs() {
	any := false
	s.pieces((*tile).halftone, (*tile).loaded, func(piece []int) {
		if s.isPhoto(piece) {
			any = true
			s.dot(piece)
		}
	})
	if !any {
		return
	}
	s.fillHoles()
	for range hollowPasses {
		s.fillHollows()
	}
	for range edgePasses {
		s.growEdges()
	}
	for n := range s.tiles {
		if s.tiles[n].kind == dotted {
			s.trim(n)
		}
	}
}

// trim ends a photograph at a line of white in its last row of tiles, or begins it after one in its first: a caption may stand
// beyond.
func (s *sheet) trim(n int) {
	t := &s.tiles[n]
	x0, x1, y0, y1 := s.bounds(n)
	x, y := n%s.across, n/s.across
	limit := t.white - min(t.faintest, t.white)
	top, end := y0, y1
	if y+1 == s.down || s.at(x, y+1).kind != dotted {
		for end = y0; end < y1 && !lighter(s.Row(end)[x0:x1], limit); end++ {
		}
	}
	if y == 0 || s.at(x, y-1).kind != dotted {
		for top = y1; top > y0 && !lighter(s.Row(top - 1)[x0:x1], limit); top-- {
		}
	}
	if !t.paper {
		t.ground = t.white
	}
	t.top, t.end = byte(top-y0), byte(max(end-y0, 0))
}

// lighter says whether all pels are lighter than a limit.
func lighter(line []byte, limit byte) bool {
	for _, v := range line {
		if v <= limit {
			return false
		}
	}
	return true
}

// loaded says whether a tile has something on it other than strokes on paper or a shading.
func (t *tile) loaded() bool { return !t.paper && !t.shaded && t.kind != blank }

// halftone says whether a tile looks like part of a photograph.
func (t *tile) halftone() bool { return t.loaded() && t.dark < 160 }

func (s *sheet) dot(tiles []int) {
	for _, n := range tiles {
		s.tiles[n].kind = dotted
	}
}

// isPhoto says whether a piece is large, and not mostly black.
func (s *sheet) isPhoto(piece []int) bool {
	grays := 0
	for _, n := range piece {
		if s.tiles[n].halftone() {
			grays++
		}
	}
	across, down := s.span(piece)
	return grays >= leastPhoto && grays*4 >= len(piece) && across >= leastSpan && down >= leastSpan
}

// fillHoles takes into photographs what they surround, unless it is large: a page within a dark rim is no photograph.
func (s *sheet) fillHoles() {
	dots := 0
	for _, t := range s.tiles {
		if t.kind == dotted {
			dots++
		}
	}
	free := func(t *tile) bool { return t.kind != dotted }
	s.pieces(free, free, func(hole []int) {
		if 2*len(hole) > dots || s.open(hole) {
			return
		}
		for _, n := range hole {
			if t := &s.tiles[n]; t.kind != blank && !t.shaded {
				t.kind = dotted
			}
		}
	})
}

// open says whether a piece has a part of the edge of the page.
func (s *sheet) open(piece []int) bool {
	for _, n := range piece {
		if x, y := n%s.across, n/s.across; x == 0 || y == 0 || x == s.across-1 || y == s.down-1 {
			return true
		}
	}
	return false
}

// fillHollows takes into photographs what they have on most sides.
func (s *sheet) fillHollows() {
	s.found = s.found[:0]
	for n := range s.tiles {
		if !s.tiles[n].joinable() {
			continue
		}
		around := 0
		s.neighbours(n, func(_ int, t *tile) {
			if t.kind == dotted {
				around++
			}
		})
		if around >= 5 {
			s.found = append(s.found, n)
		}
	}
	s.dot(s.found)
}

// joinable says whether a tile beside a photograph may become part of it.
func (t *tile) joinable() bool { return t.kind != dotted && t.kind != blank && !t.shaded }

// growEdges takes into photographs the tiles that their edges run through: most of the pels along the side they share are no
// paper.
func (s *sheet) growEdges() {
	s.found = s.found[:0]
	for n := range s.tiles {
		x, y := n%s.across, n/s.across
		if !s.tiles[n].joinable() {
			continue
		}
		x0, x1, y0, y1 := s.bounds(n)
		if x > 0 && s.at(x-1, y).kind == dotted && s.covered(n, x0, x0+1, y0, y1) ||
			x+1 < s.across && s.at(x+1, y).kind == dotted && s.covered(n, x1-1, x1, y0, y1) ||
			y > 0 && s.at(x, y-1).kind == dotted && s.covered(n, x0, x1, y0, y0+1) ||
			y+1 < s.down && s.at(x, y+1).kind == dotted && s.covered(n, x0, x1, y1-1, y1) {
			s.found = append(s.found, n)
		}
	}
	s.dot(s.found)
}

// covered says whether most pels of a rectangle in tile n are no paper.
func (s *sheet) covered(n, x0, x1, y0, y1 int) bool {
	limit := int(s.tiles[n].ground) - int(s.tiles[n].faintest)
	pels := 0
	for y := y0; y < y1; y++ {
		for _, v := range s.Row(y)[x0:x1] {
			if int(v) <= limit {
				pels++
			}
		}
	}
	return 2*pels > (x1-x0)*(y1-y0)
}
