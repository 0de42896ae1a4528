package gray

import (
	"cmp"
	"slices"

	"faxbox/fax/raster"
)

// screen is a grid of dots for even grays: they repeat exactly, so that what they lie on looks clean. Two dots to a cell of
// about a millimetre, one in the corner and one in the middle; they grow from their centres.
type screen struct {
	across, down int      // pels and lines of a cell
	order        []int    // in which the pels of a cell turn black
	pels         [256]int // of a cell that are black for a gray
}

const cellMM = 1.0

func newScreen(r raster.Resolution) *screen {
	across, down := density(r)
	s := &screen{across: even(cellMM * across), down: even(cellMM * down)}
	cell := s.across * s.down
	pels := make([]int, cell)
	for i := range pels {
		pels[i] = i
	}
	slices.SortStableFunc(pels, func(a, b int) int { return cmp.Compare(s.distance(a), s.distance(b)) })
	s.order = make([]int, cell)
	for n, i := range pels {
		s.order[i] = n
	}
	for v := range s.pels {
		s.pels[v] = (ink(v)*cell + 255) / 510 * 2
	}
	return s
}

// even is a length in whole pels, an even number of them.
func even(pels float64) int { return max(int(pels/2+0.5), 1) * 2 }

// distance is how far pel i of a cell is from the nearer dot, squared.
func (s *screen) distance(i int) int {
	x, y := i%s.across, i/s.across
	return min(s.square(x, y, 0, 0), s.square(x, y, s.across, s.down), s.square(x, y, s.across, 0), s.square(x, y, 0, s.down),
		s.square(x, y, s.across/2, s.down/2))
}

func (s *screen) square(x, y, cx, cy int) int {
	dx, dy := (2*x+1-2*cx)*s.down, (2*y+1-2*cy)*s.across
	return dx*dx + dy*dy
}

// ink is how much black, in 1/255, an even gray gets. Text has to be read on it, so that light grays get little and the lightest
// none; on dark ones there is none that could be, and they get what they are.
func ink(v int) int {
	const light, middle, dark = 226, 128, 64
	switch {
	case v >= light:
		return 0
	case v >= middle:
		return (255 - v) * 2 / 5
	case v >= dark:
		return 51 + (middle-v)*(255-dark-51)/(middle-dark)
	}
	return 255 - v
}

func (s *screen) black(x, y int, v byte) bool {
	n := s.pels[v]
	return n > 0 && s.order[y%s.down*s.across+x%s.across] < n
}

// shade lays dots on an even gray, but for its edge: text on it keeps a white rim. Pels from x0 up to x1 of line y of q.
func (s *sheet) shade(dots *screen, q *raster.Page, y, x0, x1 int) {
	to, from := q.Row(y), within(y, s.Height, q.Height)
	line := s.Row(from)
	for x := x0; x < x1; x++ {
		at := within(x, s.Width, q.Width)
		if dots.black(x, y, line[at]) && s.evenAround(at, from) {
			to[x/8] |= 0x80 >> (x % 8)
		}
	}
}

// evenAround says whether a pel and those around it have about the same gray.
func (s *sheet) evenAround(x, y int) bool {
	v := int(s.Pix[y*s.Width+x])
	left, right := max(x-1, 0), min(x+1, s.Width-1)
	for j := max(y-1, 0); j <= min(y+1, s.Height-1); j++ {
		for _, u := range s.Row(j)[left : right+1] {
			if abs(int(u)-v) > alike {
				return false
			}
		}
	}
	return true
}
