package gray

import (
	"encoding/binary"
	"math/bits"
)

func leading(b byte) int { return bits.LeadingZeros8(b) }

// faint says whether a pel that is not dark, with nothing near it that is twice as dark, is part of a light stroke, rather than
// a shadow or an even gray: it has light on both sides, beyond sharp edges.
// Where there is noise it must not be alone either.
func (s *sheet) faint(x, y int, t *tile) bool {
	ground := int(t.ground)
	depth := ground - int(s.Pix[y*s.Width+x])
	if t.faintest > faintest && s.alone(x, y, ground-depth*3/5) {
		return false
	}
	return s.thin(x, y, ground, depth)
}

// alone says whether fewer than two of the pels around are as dark as the limit.
func (s *sheet) alone(x, y, limit int) bool {
	others := -1 // itself not counted
	for j := max(y-1, 0); j <= min(y+1, s.Height-1); j++ {
		for _, v := range s.Row(j)[max(x-1, 0):min(x+2, s.Width)] {
			if int(v) <= limit {
				others++
			}
		}
	}
	return others < 2
}

const near = 2 // pels in which the soft edge of a stroke ends

// notBesideDarker are those of some of eight pels w at x, y, told by the top bits of their octets, that have no pel near that is
// darker and more than twice as far from the ground. They are no lighter than the ground, and no darker than half of it.
func (s *sheet) notBesideDarker(x, y int, w, some uint64, ground int) uint64 {
	lines := s.nearLines()
	if some == 0 || x < near || x+8+near > s.Width {
		return s.notDarkerAtEdge(x, y, w, some, ground, lines)
	}
	// The others count as ground, so that no octet of a difference borrows from the next.
	grounds, mask := uint64(ground)*each, some>>7*255
	w = w&mask | grounds&^mask
	limits := w - (grounds - w)
	top, bottom := max(y-lines, 0), min(y+lines, s.Height-1)
	some &^= s.darkerIn(x, y, limits) // most often
	for line := top; line <= bottom && some != 0; line++ {
		if line != y {
			some &^= s.darkerIn(x, line, limits)
		}
	}
	return some
}

// darkerIn tells by top bits which of eight pels at x have a pel in line y, up to two to the left or right, that is darker than
// their limits.
func (s *sheet) darkerIn(x, y int, limits uint64) (tell uint64) {
	pels := s.Pix[y*s.Width+x-near:][:8+2*near]
	for dx := range 2*near + 1 {
		tell |= below(binary.LittleEndian.Uint64(pels[dx:]), limits)
	}
	return tell
}

// nearLines is how many lines the soft edge of a stroke reaches.
func (s *sheet) nearLines() int {
	if s.Resolution.Y < 150 {
		return 1
	}
	return near
}

// notDarkerAtEdge is notBesideDarker at the edges of the page.
func (s *sheet) notDarkerAtEdge(x, y int, w, some uint64, ground, lines int) (left uint64) {
	top, bottom := max(y-lines, 0), min(y+lines, s.Height-1)
	for ; some != 0; some &= some - 1 {
		i := bits.TrailingZeros64(some) / 8
		limit := 2*int(w>>(8*i)&0xFF) - ground
		if limit <= 0 || !s.darkerAtEdge(x+i, top, bottom, byte(limit)) {
			left |= some & -some
		}
	}
	return left
}

func (s *sheet) darkerAtEdge(x, top, bottom int, limit byte) bool {
	left, right := max(x-near, 0), min(x+near, s.Width-1)
	for y := top; y <= bottom; y++ {
		for _, v := range s.Row(y)[left : right+1] {
			if v < limit {
				return true
			}
		}
	}
	return false
}

// thin says whether a pel has light on both sides: to the left and right, above and below, or, where strokes meet, along both
// diagonals.
func (s *sheet) thin(x, y, ground, depth int) bool {
	across := s.ends(x, y, -1, 0, s.reachX, ground, depth) && s.ends(x, y, 1, 0, s.reachX, ground, depth)
	if across || s.ends(x, y, 0, -1, s.reachY, ground, depth) && s.ends(x, y, 0, 1, s.reachY, ground, depth) {
		return true
	}
	dx, dy := s.slope()
	reach := min(s.reachX/dx, s.reachY/dy)
	return s.ends(x, y, -dx, -dy, reach, ground, depth) && s.ends(x, y, dx, dy, reach, ground, depth) &&
		s.ends(x, y, dx, -dy, reach, ground, depth) && s.ends(x, y, -dx, dy, reach, ground, depth)
}

// slope is a diagonal of about 45 degrees on paper.
func (s *sheet) slope() (dx, dy int) {
	switch r := s.Resolution; {
	case 3*r.Y < 2*r.X:
		return 2, 1
	case 3*r.X < 2*r.Y:
		return 1, 2
	}
	return 1, 1
}

const sharp = 3 // steps in which the edge of a stroke falls to half its depth

// ends says whether, step by step from a pel of this depth, a sharp edge comes within reach; the edge of the page is one.
func (s *sheet) ends(x, y, dx, dy, reach, ground, depth int) bool {
	full := 0 // the last step at which the stroke was about as dark as here
	for i := 1; i <= reach; i++ {
		x, y = x+dx, y+dy
		if uint(x) >= uint(s.Width) || uint(y) >= uint(s.Height) {
			return true
		}
		switch d := ground - int(s.Pix[y*s.Width+x]); {
		case 2*d <= depth:
			return i-full <= sharp
		case 5*d >= 4*depth:
			full = i
		}
	}
	return false
}

// reverse makes white what is a light stroke on dark ground, or lighter than its soft edge; all else black.
func (p *Page) reverse(to []byte, y, x0, x1, ground int) {
	for x := x0; x < x1; x++ {
		lift := int(p.Pix[y*p.Width+x]) - ground
		if lift < outlined || 2*lift < p.lightestNear(x, y)-ground {
			to[x/8] |= 0x80 >> (x % 8)
		}
	}
}

func (p *Page) lightestNear(x, y int) int {
	lightest := byte(0)
	left, right := max(x-1, 0), min(x+1, p.Width-1)
	for j := max(y-1, 0); j <= min(y+1, p.Height-1); j++ {
		for _, v := range p.Row(j)[left : right+1] {
			lightest = max(lightest, v)
		}
	}
	return int(lightest)
}
