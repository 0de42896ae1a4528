package t4

import (
	"encoding/binary"
	"math/bits"
)

// elements are the changing elements of a scan line (T.4 clause 4.2.1.1): at[0] is the first black pel, at[1] the first
// white pel after it, and so on to at[n-1]. Then come four entries with the line's width, where T.4 sees the changing
// element after the last, so that a search for b1 and b2 needs no other bound.
type elements struct {
	at []uint16
	n  int
}

const afterLast = 4

// newElements makes the elements of a white line, with room for those of any line.
func newElements(width int) elements {
	l := elements{at: make([]uint16, width+afterLast)}
	l.end(width)
	return l
}

// end puts the width behind the last element.
func (l *elements) end(width int) {
	for i := range afterLast {
		l.at[l.n+i] = uint16(width)
	}
}

// find takes the changing elements of a packed row: the pels that differ from their left neighbour, or from white at the
// left end. It looks at 64 pels at a time.
func (l *elements) find(row []byte, width int) {
	at, n := l.at, 0
	var left uint64 // the pel to the left, in the highest bit
	for x := 0; x < width; x += 64 {
		pels := word(row, x/8)
		changed := pels ^ (left | pels>>1)
		left = pels << 63
		if rest := width - x; rest < 64 {
			changed &= ^uint64(0) << (64 - rest)
		}
		for changed != 0 {
			i := bits.LeadingZeros64(changed)
			at[n] = uint16(x + i)
			n++
			changed ^= 1 << 63 >> (i & 63)
		}
	}
	l.n = n
	l.end(width)
}

// word reads eight octets from octet i on, those behind the end as white.
func word(row []byte, i int) uint64 {
	if row = row[i:]; len(row) >= 8 {
		return binary.BigEndian.Uint64(row)
	}
	var w uint64
	for i, octet := range row {
		w |= uint64(octet) << (56 - 8*i)
	}
	return w
}

// A canvas draws rows. Each changing element inverts all pels from it to the right: in its own word at once, in the words
// that follow when the row is packed.
type canvas struct {
	words []uint64
	row   []byte // the last row drawn, (width+7)/8 octets; eight octets a word in its capacity
}

func newCanvas(width int) canvas {
	words := width/64 + 1 // one more when words end with the line, for the element that ends a black line
	return canvas{make([]uint64, words), make([]byte, 8*words)[:(width+7)/8]}
}

// draw makes row the line with these changing elements.
func (c *canvas) draw(l *elements) {
	words := c.words
	for _, x := range l.at[:(l.n+1)&^1] { // an odd element begins a run that the width ends
		words[x>>6] ^= ^uint64(0) >> (x & 63)
	}
	row := c.row[:cap(c.row)]
	var inverted uint64
	for i, w := range words {
		words[i] = 0
		w ^= inverted
		inverted = -(w & 1)
		binary.BigEndian.PutUint64(row[8*i:], w)
	}
}
