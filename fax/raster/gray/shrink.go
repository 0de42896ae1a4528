package gray

import (
	"encoding/binary"
	"math/bits"

	"faxbox/fax/raster"
)

// Shrink is a fax as it looks on paper, `width` pels wide (1 to 20000), for screens: each pel is as dark as the share of black
// on the paper it covers, and pels are square, so a page of 204 x 98 has the same shape as one of 204 x 196. Its resolution is
// that of the screen picture.
func Shrink(p *raster.Page, width int) *Page {
	width = min(max(width, 1), maxShrunk)
	if p.Width <= 0 || p.Height <= 0 {
		return New(width, 1, p.Resolution)
	}
	height, r := shrunk(p, width)
	q := New(width, height, r)
	s := newShrinker(p, width)
	edges := boxes(p.Height, height)
	for y := range height {
		s.line(q.Row(y), edges[y], edges[y+1])
	}
	return q
}

const (
	maxShrunk = 20000
	part      = 256 // of a pel
)

// shrunk is the height of a page with square pels, and its resolution.
func shrunk(p *raster.Page, width int) (int, raster.Resolution) {
	across, down := p.Resolution.PelsPerMM(), p.Resolution.LinesPerMM()
	if across <= 0 || down <= 0 {
		across, down = 1, 1
	}
	height := float64(p.Height) / down * across * float64(width) / float64(p.Width)
	dpi := (p.Resolution.X*width + p.Width/2) / p.Width
	return int(min(max(height+0.5, 1), 1<<17)), raster.Resolution{X: dpi, Y: dpi}
}

// boxes are the edges between the n boxes that a length is cut into, in parts of a pel.
func boxes(length, n int) []int {
	edges := make([]int, n+1)
	for i := range edges {
		edges[i] = int(int64(i) * int64(length) * part / int64(n))
	}
	return edges
}

// shrinker sums black. The sum up to each edge of the boxes of a line tells what lies between.
type shrinker struct {
	page  *raster.Page
	edges []int
	words []uint64 // a line, with a word of white behind it
	black []int    // pels in the words before
	sums  []uint64 // of a line of the result: black parts of pels, times parts of lines
}

func newShrinker(p *raster.Page, width int) *shrinker {
	n := (p.Stride + 7) / 8
	return &shrinker{p, boxes(p.Width, width), make([]uint64, n+1), make([]int, n+1), make([]uint64, width)}
}

// line makes the line of the result that covers the page from top to bottom, in parts of a line.
func (s *shrinker) line(to []byte, top, bottom int) {
	clear(s.sums)
	blank := true
	for y := top / part; y*part < bottom; y++ {
		if s.load(y) {
			blank = false
			s.add(uint64(min(bottom, (y+1)*part) - max(top, y*part)))
		}
	}
	if blank {
		return
	}
	for x, sum := range s.sums {
		area := uint64(bottom-top) * uint64(s.edges[x+1]-s.edges[x])
		to[x] = 255 - byte((sum*255+area/2)/area)
	}
}

// load takes line y of the page and says whether it has any black.
func (s *shrinker) load(y int) bool {
	row := s.page.Row(y)
	total, i := 0, 0
	for ; len(row) >= 8; i, row = i+1, row[8:] {
		s.words[i], s.black[i] = binary.BigEndian.Uint64(row), total
		total += bits.OnesCount64(s.words[i])
	}
	if len(row) > 0 {
		var last [8]byte
		copy(last[:], row)
		s.words[i], s.black[i] = binary.BigEndian.Uint64(last[:]), total
		total += bits.OnesCount64(s.words[i])
		i++
	}
	s.words[i], s.black[i] = 0, total
	return total > 0
}

// add adds the line that was loaded, so many parts of it high.
func (s *shrinker) add(height uint64) {
	before := uint64(0)
	for x, edge := range s.edges[1:] {
		pel := edge / part
		word := s.words[pel/64]
		up := uint64(s.black[pel/64]+bits.OnesCount64(word&^(^uint64(0)>>(pel%64)))) * part
		up += word >> (63 - pel%64) & 1 * uint64(edge%part)
		s.sums[x] += (up - before) * height
		before = up
	}
}
