package gray

import (
	"encoding/binary"
	"math/bits"
)

func leading(b byte) int { return bits.LeadingZeros8(b) }

// faint says whether a pel that is not dark is part of a light stroke, rather than the soft edge of a darker one, a shadow or
// an even gray: nothing near it is twice as dark, and it has light on both sides, beyond sharp edges.
// Where there is noise it must not be alone either.
func (s *sheet) faint(x, y int, t *tile) bool {
	ground := int(t.ground)
	depth := ground - int(s.Pix[y*s.Width+x])
	if t.faintest > faintest && s.alone(x, y, ground-depth*3/5) {
		return false
	}
	if limit := ground - 2*depth; limit > 0 && s.darkerNear(x, y, byte(limit)) {
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

const (
	near   = 2                          // pels in which the soft edge of a stroke ends
	beyond = uint64(0xFFFFFF0000000000) // the octets of a word that are not near
)

// darkerNear says whether a pel up to two to the left, right, up or down, or a square between, is darker than limit.
func (s *sheet) darkerNear(x, y int, limit byte) bool {
	lines := near
	if s.Resolution.Y < 150 {
		lines = 1
	}
	top, bottom := max(y-lines, 0), min(y+lines, s.Height-1)
	if x < near || x+6 > s.Width {
		return s.darkerAtEdge(x, top, bottom, limit)
	}
	limits := uint64(limit) * (each >> 24)
	for y := top; y <= bottom; y++ {
		if below(binary.LittleEndian.Uint64(s.Pix[y*s.Width+x-near:])|beyond, limits) != 0 {
			return true
		}
	}
	return false
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
