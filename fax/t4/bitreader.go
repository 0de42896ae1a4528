package t4

import (
	"encoding/binary"
	"math/bits"
)

// A bitReader hands out bits in line order, from octets that come in pieces of any size.
type bitReader struct {
	acc      uint64 // the next bits, the first one highest
	n        uint   // how many of them are there, 0 to 64; what is below them in acc is 0 once the octets are used up
	octets   []byte
	before   uint64 // acc when the last code was taken
	taken    uint   // its length
	lsbFirst bool
}

// fill makes sure of 57 bits at least, or of all there are.
func (r *bitReader) fill() {
	if len(r.octets) < 8 {
		r.fillSlowly()
		return
	}
	// The octets that fit are counted as taken. Bits of the next one come along: they are written again, the same, by the
	// next fill.
	var w uint64
	if r.lsbFirst {
		w = bits.Reverse64(binary.LittleEndian.Uint64(r.octets))
	} else {
		w = binary.BigEndian.Uint64(r.octets)
	}
	r.acc |= w >> r.n
	r.octets = r.octets[(64-r.n)/8:]
	r.n += (64 - r.n) &^ 7
}

func (r *bitReader) fillSlowly() {
	for r.n <= 56 && len(r.octets) > 0 {
		octet := r.octets[0]
		if r.lsbFirst {
			octet = bits.Reverse8(octet)
		}
		r.acc |= uint64(octet) << (56 - r.n)
		r.n += 8
		r.octets = r.octets[1:]
	}
}

// take skips a code of n bits, and keeps it for zerosTaken.
func (r *bitReader) take(n uint) {
	r.before, r.taken = r.acc, n
	r.skip(n)
}

// zerosTaken is how many zeros end the code taken last. If damage makes us cut the bits wrongly, they may be the first of
// an EOL.
func (r *bitReader) zerosTaken() int {
	return bits.TrailingZeros64(r.before >> (64 - r.taken))
}

// forget forgets the code taken last: no zeros of it count.
func (r *bitReader) forget() { r.before, r.taken = 1, 64 }

// skip takes the next n bits away, at most those there are.
func (r *bitReader) skip(n uint) {
	r.acc <<= n
	r.n -= n
}

// skipZeros takes away the 0 bits up to the next 1, or all there are, and says how many.
func (r *bitReader) skipZeros() int {
	skipped := 0
	for {
		r.fill()
		n := uint(bits.LeadingZeros64(r.acc))
		if n < r.n {
			r.skip(n)
			return skipped + int(n)
		}
		skipped += int(r.n)
		r.acc, r.n = 0, 0
		if len(r.octets) == 0 {
			return skipped
		}
	}
}
