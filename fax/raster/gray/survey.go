package gray

// A page is cut into tiles of about 2 mm. What each of them holds decides how it is drawn.

// kind is how a tile is drawn.
type kind uint8

const (
	blank    kind = iota // paper and nothing else
	strokes              // text and line art on paper or on an even gray: black or white by threshold
	reversed             // light strokes on dark ground
	dotted               // grays of a photograph
)

// tile is what is known of one.
type tile struct {
	kind     kind
	ground   byte // gray of the paper here, or of the shading that lies on it
	share    byte // how much of the tile is of that gray, in 1/255
	dark     byte // how much of it is nearly black, in 1/255
	depth    byte // how much darker than the ground its darkest pels are
	faintest byte // how much darker than the ground a pel of a stroke must be
	white    byte // the gray of paper here, were there nothing on it
	even     bool // all of it is of the very same gray
	shaded   bool // ground is a shading, which is seen: as dots, or as black below light strokes
	paper    bool // ground is that of the paper
}

// sheet is a page and its tiles.
type sheet struct {
	*Page
	across, down   int   // tiles
	width, high    int   // of a tile: a multiple of 8 pels, and lines
	live           []int // room for the tiles of a row that are not blank
	tiles          []tile
	reachX, reachY int     // how thick a light stroke may be: pels across, lines down
	screen         *screen // for shading; nil until it is needed
}

const (
	tileMM  = 2.0
	thickMM = 2.5
)

// survey looks at a page.
func survey(p *Page, m Mode) *sheet {
	s := &sheet{Page: p}
	s.width = max(int(tileMM*p.Resolution.PelsPerMM()/8+0.5), 1) * 8
	s.high = max(int(tileMM*p.Resolution.LinesPerMM()+0.5), 4)
	s.across, s.down = (p.Width+s.width-1)/s.width, (p.Height+s.high-1)/s.high
	s.tiles = make([]tile, s.across*s.down)
	s.reachX = max(int(thickMM*p.Resolution.PelsPerMM()), 4)
	s.reachY = max(int(thickMM*p.Resolution.LinesPerMM()), 4)
	s.live = make([]int, 0, s.across)
	s.measure()
	s.findPaper()
	s.findShading()
	if m != Text {
		s.findPhotographs()
	}
	s.settle()
	return s
}

func (s *sheet) at(x, y int) *tile { return &s.tiles[y*s.across+x] }

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
