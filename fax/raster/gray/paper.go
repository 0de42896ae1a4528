package gray

const (
	quiteWhite      = 246 // the paper of pages that were drawn, not scanned
	leastPaper      = 160 // anything darker is no paper
	gradual         = 12  // how much paper may differ from one tile to the next, where a shadow falls on it
	faintest        = 10  // how much darker than its ground a pel of a stroke must be, if there is no noise
	leastShare      = 240 // in 1/255; what has a smaller share of paper has something on it
	faintestScanned = 28  // and on scanned sheets, for what JPEG leaves around letters
	rimPaper        = 2   // tiles at the edge of a scanned sheet that are left white,
	rimDark         = 4   // and those that are if they show no paper: shadows of its edge
	leastSheet      = 64  // tiles, and a quarter of the page; a smaller piece is no scanned sheet of paper
)

// findPaper tells which tiles lie on paper: what is white, and the grays of scanned sheets, which may cover the page or a part
// of it.
func (s *sheet) findPaper() {
	for n := range s.tiles {
		t := &s.tiles[n]
		t.paper, t.faintest, t.white = t.share >= 64 && t.ground >= quiteWhite, faintest, 255
	}
	s.whiteNoise()
	other := func(t *tile) bool { return !t.paper }
	s.pieces(other, other, s.findSheet)
	s.pieces((*tile).dim, (*tile).dim, s.dropBox)
}

// whiteNoise allows for the noise of a scan whose paper is white, if most of that has any.
func (s *sheet) whiteNoise() {
	s.found = s.found[:0]
	paper := 0
	for n, t := range s.tiles {
		if t.paper {
			paper++
		}
		if t.paper && !t.even && t.share >= leastShare {
			s.found = append(s.found, n)
		}
	}
	if 2*len(s.found) < paper {
		return
	}
	least := byte(max(faintest, min(2*s.noise(s.found), 255)))
	for n := range s.tiles {
		s.tiles[n].faintest = least
	}
}

// findSheet tells which tiles of a piece are the paper of a scanned sheet, if it is one: the lightest, and those that they go
// over into little by little, where it lies in shadow. What is light in a photograph lies apart from the paper, and is smaller.
func (s *sheet) findSheet(piece []int) {
	level := s.lightest(piece)
	if level < leastPaper || len(piece) < max(leastSheet, len(s.tiles)/4) {
		return
	}
	s.found = s.found[:0]
	for _, n := range piece {
		t := &s.tiles[n]
		if t.paper || t.share < 128 || int(t.ground) < level-gradual {
			continue
		}
		t.paper = true
		from := len(s.found)
		s.found = s.spread(append(s.found, n), from, func(_ int, t, beside *tile) bool {
			if t.paper || t.share < 40 || int(t.ground) < level*2/5 || abs(int(t.ground)-int(beside.ground)) > gradual {
				return false
			}
			t.paper = true
			return true
		})
		if len(s.found)-from < len(piece)/20 {
			for _, n := range s.found[from:] {
				s.tiles[n].paper = false
			}
			s.found = s.found[:from]
		}
	}
	if !s.isSheet(piece, s.found, level) {
		for _, n := range s.found {
			s.tiles[n].paper = false
		}
		return
	}
	least := byte(max(faintestScanned, min(2*s.noise(s.found), 255)))
	left, top, right, bottom := s.box(piece)
	for _, n := range piece {
		t := &s.tiles[n]
		t.faintest, t.white, t.sheet = least, byte(level), byte(level)
		if t.paper {
			t.white = t.ground
		}
		x, y := n%s.across, n/s.across
		depth := min(x-left, y-top, right-x, bottom-y)
		t.rim = depth < rimPaper || depth < rimDark && !t.paper
	}
}

// dim says whether a tile is paper in shadow.
func (t *tile) dim() bool { return t.paper && int(t.ground)*100 < int(t.sheet)*85 }

// dropBox takes back that a piece is paper in shadow if it ends sharply beside lighter paper: then it is printed, however
// softly it begins.
func (s *sheet) dropBox(piece []int) {
	soft, hard := 0, 0
	for _, n := range piece {
		ground := int(s.tiles[n].ground)
		s.neighbours(n, func(_ int, t *tile) {
			switch {
			case !t.paper || t.dim():
			case int(t.ground)-ground > 2*gradual:
				hard++
			default:
				soft++
			}
		})
	}
	if 2*hard < soft {
		return
	}
	for _, n := range piece {
		t := &s.tiles[n]
		t.paper, t.white = false, t.sheet
	}
}

func abs(n int) int { return max(n, -n) }

// isSheet says whether what was found of a piece could be the paper of a sheet: two fifths of it, reaching from edge to edge,
// and most of it not in shadow. A gray without noise is a shading, unless it covers half the page.
func (s *sheet) isSheet(piece, found []int, level int) bool {
	lit, evens := 0, 0
	for _, n := range found {
		if int(s.tiles[n].ground) >= level*5/6 {
			lit++
		}
		if s.tiles[n].even {
			evens++
		}
	}
	if 2*evens > len(found) && 2*len(found) < len(s.tiles) {
		return false
	}
	across, down := s.span(piece)
	a, d := s.span(found)
	return 5*len(found) >= 2*len(piece) && 10*a >= 9*across && 10*d >= 9*down && 2*lit >= len(found)
}

// lightest is the gray of the lightest twentieth of the tiles of a piece that are mostly of one gray; 0 if these are few.
func (s *sheet) lightest(piece []int) int {
	var counts [256]int
	total := 0
	for _, n := range piece {
		if t := s.tiles[n]; t.share >= 150 {
			counts[t.ground]++
			total++
		}
	}
	if total < leastSheet {
		return 0
	}
	return quantile(&counts, total-total/20-1)
}

// noise is how much darker than the paper the darkest pels of a tile are where nothing is printed: that of most such tiles.
func (s *sheet) noise(paper []int) int {
	var counts [256]int
	total := 0
	for _, n := range paper {
		if t := s.tiles[n]; t.share >= leastShare {
			counts[t.depth]++
			total++
		}
	}
	if total == 0 {
		return 0
	}
	return quantile(&counts, total/2)
}

// quantile is the value that so many others are less than or equal to.
func quantile(counts *[256]int, others int) int {
	for v, n := range counts {
		if others -= n; others < 0 {
			return v
		}
	}
	return 255
}
