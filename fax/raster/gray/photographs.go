package gray

const (
	leastPhoto   = 9 // tiles; anything smaller is a symbol or bold print
	leastSpan    = 3 // tiles, in both directions
	hollowPasses = 2
)

// findPhotographs tells which tiles are part of a photograph: what is neither paper nor shading nor black, in pieces that are
// large enough; and what lies within and along them.
func (s *sheet) findPhotographs() {
	seen := make([]bool, len(s.tiles))
	var piece []int
	for n := range s.tiles {
		if !seen[n] && s.tiles[n].halftone() {
			piece = s.piece(piece[:0], n, seen)
			if s.isPhoto(piece) {
				for _, n := range piece {
					s.tiles[n].kind = dotted
				}
			}
		}
	}
	if piece == nil {
		return
	}
	s.fillHoles()
	for range hollowPasses {
		s.fillHollows()
	}
	for range hollowPasses {
		s.growEdges()
	}
}

// halftone says whether a tile looks like part of a photograph.
func (t *tile) halftone() bool {
	return !t.paper && !t.shaded && t.kind != blank && t.dark < 160
}

// isPhoto says whether a piece is large, and not mostly black.
func (s *sheet) isPhoto(piece []int) bool {
	across, down := s.span(piece)
	grays := 0
	for _, n := range piece {
		if s.tiles[n].halftone() {
			grays++
		}
	}
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
	seen := make([]bool, len(s.tiles))
	for n := range s.tiles {
		if seen[n] || s.tiles[n].kind == dotted {
			continue
		}
		hole, open := s.hole(n, seen)
		if open || 2*len(hole) > dots {
			continue
		}
		for _, n := range hole {
			if t := &s.tiles[n]; t.kind != blank && !t.shaded {
				t.kind = dotted
			}
		}
	}
}

// hole is what can be reached from tile n without crossing a photograph, and whether that has the edge of the page.
func (s *sheet) hole(n int, seen []bool) (tiles []int, open bool) {
	seen[n] = true
	tiles = append(tiles, n)
	for i := 0; i < len(tiles); i++ {
		x, y := tiles[i]%s.across, tiles[i]/s.across
		open = open || x == 0 || y == 0 || x == s.across-1 || y == s.down-1
		s.neighbours(tiles[i], func(n int, t *tile) {
			if !seen[n] && t.kind != dotted {
				seen[n] = true
				tiles = append(tiles, n)
			}
		})
	}
	return tiles, open
}

// fillHollows takes into photographs what they have on most sides.
func (s *sheet) fillHollows() {
	var found []int
	for n := range s.tiles {
		t := &s.tiles[n]
		if t.kind == dotted || t.kind == blank {
			continue
		}
		around := 0
		s.neighbours(n, func(_ int, t *tile) {
			if t.kind == dotted {
				around++
			}
		})
		if around >= 5 {
			found = append(found, n)
		}
	}
	for _, n := range found {
		s.tiles[n].kind = dotted
	}
}

// growEdges takes into photographs the tiles that their edges run through: most of the pels along the side they share are no
// paper.
func (s *sheet) growEdges() {
	var found []int
	for n := range s.tiles {
		x, y := n%s.across, n/s.across
		if t := &s.tiles[n]; t.kind == dotted || t.kind == blank || t.shaded {
			continue
		}
		x0, x1, y0, y1 := s.bounds(n)
		if x > 0 && s.at(x-1, y).kind == dotted && s.covered(n, x0, x0+1, y0, y1) ||
			x+1 < s.across && s.at(x+1, y).kind == dotted && s.covered(n, x1-1, x1, y0, y1) ||
			y > 0 && s.at(x, y-1).kind == dotted && s.covered(n, x0, x1, y0, y0+1) ||
			y+1 < s.down && s.at(x, y+1).kind == dotted && s.covered(n, x0, x1, y1-1, y1) {
			found = append(found, n)
		}
	}
	for _, n := range found {
		s.tiles[n].kind = dotted
	}
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
