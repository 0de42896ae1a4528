package gray

import "faxbox/fax/raster"

// A page is cut into tiles of about 2 mm. What each of them holds decides how it is drawn.

// kind is how a tile is drawn.
type kind uint8

const (
	blank    kind = iota // white
	strokes              // text and line art on paper or on an even gray: black or white by threshold
	reversed             // light strokes on dark ground
	dotted               // grays of a photograph
)

// tile is what is known of one.
type tile struct {
	kind     kind
	ground   byte // gray of the paper here, or of the shading that lies on it
	share    byte // how much of the tile is of that gray, in 1/255
	depth    byte // how much darker than the ground its darkest pel is, or a little more
	dark     byte // how much of it is nearly black, in 1/255
	faintest byte // how much darker than the ground a pel of a stroke must be
	white    byte // the gray of paper here, were there nothing on it
	sheet    byte // the gray of the paper of the scanned sheet that it is part of, in full light; 0: of none
	even     bool // all of it is of the very same gray
	shaded   bool // ground is a shading, which is seen: as dots, or as black below light strokes
	paper    bool // ground is that of the paper
	rim      bool // it is at the edge of a scanned sheet, and left white
	top, end byte // the lines that have dots, if it is dotted; what is above and from end on is strokes
}

// sheet is a page and its tiles.
type sheet struct {
	*Page
	ink            []Span // of each line
	across, down   int    // tiles
	width, high    int    // of a tile: a multiple of 8 pels, and lines
	tiles          []tile
	reachX, reachY int // how thick a light stroke may be: pels across, lines down

	// Room for sets of tiles, each used by one step at a time.
	seen         []bool
	piece, found []int
}

const (
	tileMM  = 2.0
	thickMM = 2.5
)

// survey looks at a page.
func survey(p *Page, m Mode) *sheet {
	s := &sheet{Page: p, ink: p.Ink}
	if s.ink == nil {
		s.ink = findInk(p)
	}
	across, down := density(p.Resolution)
	s.width, s.high = max(int(tileMM*across/8+0.5), 1)*8, max(int(tileMM*down+0.5), 4)
	s.reachX, s.reachY = max(int(thickMM*across), 4), max(int(thickMM*down), 4)
	s.across, s.down = (p.Width+s.width-1)/s.width, (p.Height+s.high-1)/s.high
	s.tiles, s.seen = make([]tile, s.across*s.down), make([]bool, s.across*s.down)
	s.measure()
	s.findPaper()
	s.findShading()
	if m != Text {
		s.findPhotographs()
	}
	s.settle()
	return s
}

// density is how many pels and lines a millimetre has, within reason. A page that does not say is taken for one of 8 by 8.
func density(r raster.Resolution) (across, down float64) {
	if r.X <= 0 || r.Y <= 0 {
		return 8, 8
	}
	return min(max(r.PelsPerMM(), 2), 64), min(max(r.LinesPerMM(), 2), 64)
}

func (s *sheet) at(x, y int) *tile { return &s.tiles[y*s.across+x] }

// bounds are the pels and lines of tile n.
func (s *sheet) bounds(n int) (x0, x1, y0, y1 int) {
	x0, y0 = n%s.across*s.width, n/s.across*s.high
	return x0, min(x0+s.width, s.Width), y0, min(y0+s.high, s.Height)
}

// neighbours calls f for each of the up to eight tiles around tile n.
func (s *sheet) neighbours(n int, f func(n int, t *tile)) {
	x, y := n%s.across, n/s.across
	for j := max(y-1, 0); j <= min(y+1, s.down-1); j++ {
		for i := max(x-1, 0); i <= min(x+1, s.across-1); i++ {
			if i != x || j != y {
				f(j*s.across+i, s.at(i, j))
			}
		}
	}
}

// spread adds to a set of tiles those beside its members from number i on that join lets in, and those beside these, and so on.
// Join must not let in a tile twice.
func (s *sheet) spread(set []int, i int, join func(n int, t, beside *tile) bool) []int {
	for ; i < len(set); i++ {
		beside := &s.tiles[set[i]]
		s.neighbours(set[i], func(n int, t *tile) {
			if join(n, t, beside) {
				set = append(set, n)
			}
		})
	}
	return set
}

// pieces calls f for each set of tiles that touch one another, are as member says, and hold a tile that is as core says.
func (s *sheet) pieces(core, member func(t *tile) bool, f func(piece []int)) {
	clear(s.seen)
	for n := range s.tiles {
		if s.seen[n] || !core(&s.tiles[n]) {
			continue
		}
		s.seen[n] = true
		s.piece = s.spread(append(s.piece[:0], n), 0, func(n int, t, _ *tile) bool {
			if s.seen[n] || !member(t) {
				return false
			}
			s.seen[n] = true
			return true
		})
		f(s.piece)
	}
}

// box is the rows and columns of tiles that a piece reaches: the first, and the last.
func (s *sheet) box(piece []int) (left, top, right, bottom int) {
	left, right, top, bottom = s.across, -1, s.down, -1
	for _, n := range piece {
		x, y := n%s.across, n/s.across
		left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
	}
	return left, top, right, bottom
}

// span is how many tiles a piece reaches across and down.
func (s *sheet) span(piece []int) (across, down int) {
	left, top, right, bottom := s.box(piece)
	return right - left + 1, bottom - top + 1
}
