package t4

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// An Encoder codes the lines of one page after another. It is not safe for concurrent use.
type Encoder struct {
	c        Config
	ref, cur elements
	row      []byte // the line that ref describes, as it was handed in
	oneIn    int    // MR: how many lines on the next one-dimensional one is, 0 if due, below 0 if none is
	codes    []code // of the line in hand
	paths    *paths // for Shortest
	pending  uint64 // bits that do not fill an octet yet, the last one lowest
	n        uint   // how many
}

// NewEncoder makes an encoder, or says what is wrong with c. It takes about 12 octets of memory for each pel of a line, 28
// with Shortest; lines take no more.
func NewEncoder(c Config) (*Encoder, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	e := &Encoder{
		c:     c,
		ref:   newElements(c.Width),
		cur:   newElements(c.Width),
		row:   make([]byte, (c.Width+7)/8),
		codes: make([]code, 0, 2*c.Width+16+c.MinLineBits/maxZeros),
	}
	if c.Coding == MMR && c.Shortest {
		e.paths = newPaths(c.Width)
	}
	return e, nil
}

func (c Config) check() error {
	switch {
	case c.Coding != MH && c.Coding != MR && c.Coding != MMR:
		return fmt.Errorf("t4: no such coding: %d", c.Coding)
	case c.Width < 1 || c.Width > MaxWidth:
		return fmt.Errorf("t4: width of %d pels is not within 1 to %d", c.Width, MaxWidth)
	case c.K < 0:
		return fmt.Errorf("t4: K is %d", c.K)
	case c.MinLineBits < 0 || c.MinLineBits > MaxMinLineBits:
		return fmt.Errorf("t4: minimum of %d bits a line is not within 0 to %d", c.MinLineBits, MaxMinLineBits)
	case c.MaxRows < 0:
		return fmt.Errorf("t4: limit of %d rows", c.MaxRows)
	case c.Coding == MMR && (c.MinLineBits > 0 || c.AlignedEOL || c.NoEOL):
		return fmt.Errorf("t4: MMR has neither fill nor EOL between lines")
	case c.Coding == MR && c.NoEOL:
		return fmt.Errorf("t4: MR cannot do without EOL, it carries the tag")
	case c.NoEOL && (c.MinLineBits > 0 || c.AlignedEOL):
		return fmt.Errorf("t4: fill and alignment need EOL")
	}
	return nil
}

// Line appends the code of one line to dst, but for up to seven bits that do not fill an octet: these come with the next
// line or End. The row is (Width+7)/8 octets, and is not kept; more are not looked at, fewer panic.
func (e *Encoder) Line(dst, row []byte) []byte {
	row = row[:len(e.row)]
	dst = e.alignEOL(dst)
	codes := e.codes[:0]
	switch {
	case e.c.Coding == MMR:
		codes = e.twoDimensional(codes, row)
	case e.c.Coding == MR && e.oneIn != 0:
		codes = e.twoDimensional(e.eol(codes), row)
		if e.oneIn > 0 {
			e.oneIn--
		}
	default:
		codes = e.oneDimensional(e.eol(codes), row)
		e.oneIn = e.c.K - 1
	}
	e.codes = e.fill(codes)
	dst = e.pack(dst, e.codes)
	if e.c.NoEOL {
		dst = e.align(dst)
	}
	return dst
}

// End ends the page: RTC or EOFB as Config says, then zeros up to a whole octet. The encoder is then ready for a page more.
func (e *Encoder) End(dst []byte) []byte {
	if !e.c.NoEnd && !e.c.NoEOL {
		e.oneIn = 0 // all tags of RTC are 1
		for range e.c.returnToControl() {
			dst = e.alignEOL(dst)
			dst = e.pack(dst, e.eol(e.codes[:0]))
		}
	}
	dst = e.align(dst)
	e.oneIn = 0
	e.ref.n = 0
	e.ref.end(e.c.Width)
	clear(e.row)
	if e.paths != nil {
		e.paths.ones = 0
	}
	return dst
}

// returnToControl is how many EOLs end a page: RTC (T.4 clause 4.1.4) or EOFB (T.6 clause 2.4.1.1).
func (c Config) returnToControl() int {
	if c.Coding == MMR {
		return 2
	}
	return 6
}

// alignEOL appends zeros until an EOL would end on an octet. They belong to the line before.
func (e *Encoder) alignEOL(dst []byte) []byte {
	if !e.c.AlignedEOL {
		return dst
	}
	return e.pack(dst, []code{zeros(int(-(e.n + eol.len()) & 7))})
}

// eol appends what stands before a line, or in RTC and EOFB: EOL, in MR with its tag.
func (e *Encoder) eol(codes []code) []code {
	if e.c.NoEOL {
		return codes
	}
	switch {
	case e.c.Coding != MR:
		return append(codes, eol)
	case e.oneIn != 0:
		return append(codes, eolTwoDimensional)
	default:
		return append(codes, eolOneDimensional)
	}
}

// fill appends zeros up to the minimum of bits a line (T.4 clause 4.1.3).
func (e *Encoder) fill(codes []code) []code {
	missing := e.c.MinLineBits
	if missing == 0 {
		return codes
	}
	for _, c := range codes {
		missing -= int(c.len())
	}
	for ; missing > 0; missing -= maxZeros {
		codes = append(codes, zeros(min(missing, maxZeros)))
	}
	return codes
}

// maxZeros is how many zeros one code takes.
const maxZeros = 27

// oneDimensional appends the runs of a row (T.4 clause 4.1.1), and makes it the reference line.
func (e *Encoder) oneDimensional(codes []code, row []byte) []code {
	if !bytes.Equal(row, e.row) {
		copy(e.row, row)
		e.ref.find(row, e.c.Width)
	}
	a0 := 0
	for i, a1 := range e.ref.at[:e.ref.n+1] {
		codes = appendRun(codes, i&1, int(a1)-a0)
		a0 = int(a1)
	}
	return codes
}

// appendRun appends the code of a run (T.4 clause 4.1.1 and table 3b).
func appendRun(codes []code, colour, run int) []code {
	for ; run > maxRun; run -= maxMakeUp {
		codes = append(codes, makeUp2560)
	}
	return append(codes, runs[colour][run])
}

// twoDimensional appends the modes of a row, and makes it the reference line.
func (e *Encoder) twoDimensional(codes []code, row []byte) []code {
	if bytes.Equal(row, e.row) {
		return e.repeat(codes)
	}
	copy(e.row, row)
	e.cur.find(row, e.c.Width)
	if e.paths != nil {
		codes = e.paths.appendModes(codes, &e.cur, &e.ref)
	} else {
		codes = appendModes(codes, &e.cur, &e.ref, e.c.Width)
	}
	e.cur, e.ref = e.ref, e.cur
	return codes
}

// repeat appends the modes of a line like the one before: every a1 lies under its b1. No sequence of modes is shorter: a
// horizontal mode codes two changing elements in nine bits or more.
func (e *Encoder) repeat(codes []code) []code {
	v0s := e.ref.n + 1
	if e.paths != nil {
		e.paths.ones = (e.paths.ones + v0s) % stuffAfter
	}
	const atOnce = 27
	for ; v0s > atOnce; v0s -= atOnce {
		codes = append(codes, (1<<atOnce-1)<<5|atOnce)
	}
	return append(codes, (1<<v0s-1)<<5|code(v0s))
}

// appendModes is the coding procedure of T.4 clause 4.2.1.3 and T.6 clause 2.2.5.
//
// The array index of a1 says by its parity which colour a0 has, and b1 has the same parity, since it begins the opposite
// colour as a1 does.
func appendModes(codes []code, cur, ref *elements, width int) []code {
	a, b := cur.at, ref.at
	i, j := 0, 0 // of a1 and b1
	for a0 := -1; a0 < width; {
		for int(b[j]) <= a0 {
			j += 2
		}
		a1, b1, b2 := int(a[i]), int(b[j]), int(b[j+1])
		switch d := a1 - b1; {
		case b2 < a1:
			codes = append(codes, pass)
			a0 = b2
		case -maxVertical <= d && d <= maxVertical:
			codes = append(codes, vertical[d+maxVertical])
			a0 = a1
			i++
			j = otherColour(j)
		default:
			a2 := int(a[i+1])
			codes = appendHorizontal(codes, i&1, a0, a1, a2)
			a0 = a2
			i += 2
		}
	}
	return codes
}

// appendHorizontal appends horizontal mode and its runs. The colour is that of a0.
func appendHorizontal(codes []code, colour, a0, a1, a2 int) []code {
	codes = append(codes, horizontal)
	codes = appendRun(codes, colour, a1-max(a0, 0))
	return appendRun(codes, colour^1, a2-a1)
}

// otherColour is where to search for b1 from when a0 changes its colour: elements before j-1 lie left of any new a0.
func otherColour(j int) int {
	if j > 0 {
		return j - 1
	}
	return j + 1
}

// align appends zeros up to a whole octet.
func (e *Encoder) align(dst []byte) []byte {
	return e.pack(dst, []code{zeros(int(-e.n & 7))})
}

// pack appends codes to dst and keeps the bits that do not fill an octet.
func (e *Encoder) pack(dst []byte, codes []code) []byte {
	pending, n, lsbFirst := e.pending, e.n, e.c.LSBFirst
	for _, c := range codes {
		pending = pending<<c.len() | c.bits()
		n += c.len()
		if n >= 32 {
			n -= 32
			w := uint32(pending >> n)
			if lsbFirst {
				w = bits.ReverseBytes32(bits.Reverse32(w))
			}
			dst = binary.BigEndian.AppendUint32(dst, w)
		}
	}
	for n >= 8 {
		n -= 8
		octet := byte(pending >> n)
		if lsbFirst {
			octet = bits.Reverse8(octet)
		}
		dst = append(dst, octet)
	}
	e.pending, e.n = pending, n
	return dst
}
