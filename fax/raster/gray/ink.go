package gray

import (
	"encoding/binary"
	"math/bits"
)

// findInk finds out where the lines of a page have something on them.
func findInk(p *Page) []Span {
	ink := make([]Span, p.Height)
	for y := range ink {
		ink[y] = inkOf(p.Row(y))
	}
	return ink
}

// inkOf is where a line has something on it, the zero Span if it is white.
func inkOf(line []byte) Span {
	from, to := 0, len(line)
	for from+8 <= to {
		if w := binary.LittleEndian.Uint64(line[from:]); w != white {
			from += bits.TrailingZeros64(^w) / 8
			break
		}
		from += 8
	}
	for from < to && line[from] == 255 {
		from++
	}
	if from == to {
		return Span{}
	}
	for to-8 > from && binary.LittleEndian.Uint64(line[to-8:]) == white {
		to -= 8
	}
	for line[to-1] == 255 {
		to--
	}
	return Span{from, to}
}
