package gray

import "slices"

const (
	quiteWhite = 250 // the paper of pages that were drawn, not scanned
	leastPaper = 160 // anything darker is no paper
	gradual    = 12  // how much paper may differ from one tile to the next, where a shadow falls on it
	faintest   = 12  // how much darker than its ground a pel of a stroke must be, if there is no noise
	leastSheet = 64  // tiles; a smaller piece is no scanned sheet of paper
)

// findPaper tells which tiles lie on paper: what is white, and the grays of scanned sheets, which may cover the page or a part
// of it.
func (s *sheet) findPaper() {
	for n := range s.tiles {
		t := &s.tiles[n]
		t.paper, t.faintest, t.white = t.share >= 64 && t.ground >= quiteWhite, faintest, 255
	}
	seen := make([]bool, len(s.tiles))
	var piece []int
	for n := range s.tiles {
		if !seen[n] && !s.tiles[n].paper {
			piece = s.piece(piece[:0], n, seen)
			s.scanned(piece)
		}
	}
}

// piece adds to tiles those that touch tile n and one another, and are not on paper that is known nor shaded.
func (s *sheet) piece(tiles []int, n int, seen []bool) []int {
	seen[n] = true
	tiles = append(tiles, n)
	for i := 0; i < len(tiles); i++ {
		s.neighbours(tiles[i], func(n int, t *tile) {
			if !seen[n] && !t.paper && !t.shaded {
				seen[n] = true
				tiles = append(tiles, n)
			}
		})
	}
	return tiles
}

// scanned tells which tiles of a piece are the paper of a scanned sheet, if it is one: the lightest, and those that they go
// over into little by little, where it lies in shadow. Paper makes up a good part of its sheet, from edge to edge.
func (s *sheet) scanned(piece []int) {
	level := s.lightest(piece)
	if level < leastPaper {
		return
	}
	var found []int
	for _, n := range piece {
		if t := &s.tiles[n]; t.share >= 128 && int(t.ground) >= level-gradual {
			t.paper = true
			found = append(found, n)
		}
	}
	for i := 0; i < len(found); i++ {
		from := int(s.tiles[found[i]].ground)
		s.neighbours(found[i], func(n int, t *tile) {
			if !t.paper && t.share >= 40 && int(t.ground) >= level*2/5 && abs(int(t.ground)-from) <= gradual {
				t.paper = true
				found = append(found, n)
			}
		})
	}
	if !s.isSheet(piece, found, level) {
		for _, n := range found {
			s.tiles[n].paper = false
		}
		return
	}
	least := max(faintest, byte(min(2*s.noise(found), 255)))
	for _, n := range piece {
		t := &s.tiles[n]
		t.faintest, t.white = least, byte(level)
		if t.paper {
			t.white = t.ground
		}
	}
}

// isSheet says whether what was found of a piece could be the paper of a sheet: two fifths of it, reaching from edge to edge,
// and most of it not in shadow.
func (s *sheet) isSheet(piece, found []int, level int) bool {
	lit := 0
	for _, n := range found {
		if int(s.tiles[n].ground) >= level*5/6 {
			lit++
		}
	}
	across, down := s.span(piece)
	a, d := s.span(found)
	return 5*len(found) >= 2*len(piece) && 10*a >= 9*across && 10*d >= 9*down && 2*lit >= len(found)
}

// span is how many tiles a piece reaches across and down.
func (s *sheet) span(piece []int) (across, down int) {
	left, right, top, bottom := s.across, -1, s.down, -1
	for _, n := range piece {
		x, y := n%s.across, n/s.across
		left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
	}
	return right - left + 1, bottom - top + 1
}

// lightest is the gray of the lightest twentieth of the tiles of a piece that are mostly of one gray; 0 if these are few.
func (s *sheet) lightest(piece []int) int {
	var grays []byte
	for _, n := range piece {
		if t := s.tiles[n]; t.share >= 150 {
			grays = append(grays, t.ground)
		}
	}
	if len(grays) < leastSheet {
		return 0
	}
	slices.Sort(grays)
	return int(grays[len(grays)-len(grays)/20-1])
}

func abs(n int) int { return max(n, -n) }

// noise is how much darker than the paper the darkest pels of a tile are where nothing is printed: that of most such tiles.
func (s *sheet) noise(paper []int) int {
	var depths []byte
	for _, n := range paper {
		if t := s.tiles[n]; t.share >= 240 {
			depths = append(depths, t.depth)
		}
	}
	if len(depths) == 0 {
		return 0
	}
	slices.Sort(depths)
	return int(depths[len(depths)/2])
}
