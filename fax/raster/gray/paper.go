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
		t.paper, t.faintest = t.share >= 64 && t.ground >= quiteWhite, faintest
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

// scanned tells which tiles of a piece are the paper of a scanned sheet, if it is one: those about as light as most light ones,
// and those that they go over into little by little, where it lies in shadow.
func (s *sheet) scanned(piece []int) {
	level := s.paperLevel(piece)
	if level == 0 {
		return
	}
	var found []int
	for _, n := range piece {
		if t := &s.tiles[n]; t.share >= 64 && abs(int(t.ground)-level) <= gradual {
			t.paper = true
			found = append(found, n)
		}
	}
	for i := 0; i < len(found); i++ {
		from := int(s.tiles[found[i]].ground)
		s.neighbours(found[i], func(n int, t *tile) {
			if !t.paper && t.share >= 40 && int(t.ground) >= level/2 && abs(int(t.ground)-from) <= gradual {
				t.paper = true
				found = append(found, n)
			}
		})
	}
	least := max(faintest, byte(min(2*s.noise(found), 255)))
	for _, n := range piece {
		s.tiles[n].faintest = least
	}
}

func abs(n int) int { return max(n, -n) }

// paperLevel is the gray that is the ground of a third of the tiles of a piece or more, if it is light, and of a half, if it is
// less so; 0 if there is none.
func (s *sheet) paperLevel(piece []int) int {
	if len(piece) < leastSheet {
		return 0
	}
	var counts [bins + 1]int
	for _, n := range piece {
		if t := s.tiles[n]; t.share >= 100 {
			counts[t.ground>>binBits]++
		}
	}
	for b := bins - 1; b<<binBits >= leastPaper; b-- {
		n, share := counts[b]+counts[b+1]+counts[b-1], 3
		if b<<binBits < 200 {
			share = 2
		}
		if n*share >= len(piece) && counts[b] >= counts[b-1] {
			return b<<binBits + 1<<(binBits-1)
		}
	}
	return 0
}

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
