package t4

import "math/bits"

// lineState is how far the line in hand has come.
type lineState struct {
	a0   int // pels coded, -1 before a first mode
	j    int // modes: where to search for b1 in the reference line
	run  int // the make-up codes of the run in hand
	runs int // how many runs to take before a mode follows, -1 for all of the line
}

// outcome is how taking a line's codes ended.
type outcome uint8

const (
	complete outcome = iota // the line is
	repeated                // the line is, and is the same as its reference line
	dry                     // more bits are needed
	noCode                  // what follows is no code, or the last one cannot stand here
)

// takeRuns takes run length codes: as many runs as it should, or the line.
func (d *Decoder) takeRuns() outcome {
	width := d.c.Width
	for d.runs != 0 {
		d.r.fill()
		e := runLookup[d.cur.n&1][d.r.acc>>(64-runBits)]
		if n := uint(e & 15); n > d.r.n || n == 0 {
			return d.shortOf(runBits, n)
		}
		d.take(uint(e & 15))
		run := int(e >> 4)
		d.run += run
		if d.a0+d.run > width {
			return noCode
		}
		if run >= 64 {
			continue
		}
		d.a0 += d.run
		d.run = 0
		d.cur.add(d.a0)
		if d.runs--; d.runs < 0 && d.a0 == width {
			break
		}
	}
	return complete
}

// take takes a code of n bits, and sees how many zeros it ends with: they may be the first of an EOL if the bits are
// damaged and cut wrongly.
func (d *Decoder) take(n uint) {
	d.zeros = bits.TrailingZeros64(d.r.acc >> (64 - n))
	d.r.skip(n)
}

// shortOf tells missing bits from bits that are no code, where codes have up to longest bits and one of n, if not 0, has
// begun.
func (d *Decoder) shortOf(longest, n uint) outcome {
	if n > d.r.n || d.r.n < longest {
		return dry
	}
	return noCode
}

// add adds the changing element x. A run of no pels within a line makes none: it undoes the one before.
func (l *elements) add(x int) {
	if l.n > 0 && int(l.at[l.n-1]) == x {
		l.n--
		return
	}
	l.at[l.n] = uint16(x)
	l.n++
}

// takeModes takes mode codes, and the runs of horizontal modes, up to the end of the line.
func (d *Decoder) takeModes() outcome {
	width, b := d.c.Width, d.ref.at
	for d.a0 < width || d.runs > 0 {
		if d.runs > 0 {
			if o := d.takeRuns(); o != complete {
				return o
			}
			continue
		}
		for int(b[d.j]) <= d.a0 {
			d.j += 2
		}
		d.r.fill()
		if int64(d.r.acc) < 0 && d.r.n > 0 {
			if d.takeV0s() {
				return repeated
			}
			continue
		}
		e := modeLookup[d.r.acc>>(64-modeBits)]
		n := uint(e & 15)
		if n > d.r.n || n == 0 {
			return d.shortOf(modeBits, n)
		}
		switch m := mode(e >> 4); m {
		case passMode:
			d.take(n)
			d.a0 = int(b[d.j+1])
		case horizontalMode:
			d.take(n)
			d.a0 = max(d.a0, 0)
			d.runs = 2
		case extensionMode:
			return d.extension()
		default:
			d.take(n)
			a1 := int(b[d.j]) + int(m) - maxVertical
			if a1 <= d.a0 || a1 > width {
				return noCode
			}
			d.a0 = a1
			d.cur.add(a1)
			d.j = otherColour(d.j)
		}
	}
	return complete
}

// takeV0s takes all codes of V0 that follow one another: each copies a changing element of the reference line. It says
// whether they copied the whole line.
func (d *Decoder) takeV0s() bool {
	codes := min(uint(bits.LeadingZeros64(^d.r.acc)), d.r.n)
	first := d.a0 < 0
	at, n := d.cur.at, d.cur.n
	taken := uint(0)
	under := d.ref.at[d.j:]
	for _, x := range under[:min(int(codes), len(under))] {
		at[n] = x
		n++
		taken++
		if int(x) == d.c.Width {
			break
		}
	}
	d.take(taken)
	d.cur.n = n
	d.j += int(taken)
	d.a0 = int(at[n-1])
	return first && d.a0 == d.c.Width
}

// extension looks at an extension code (T.6 clause 2.3). On a page with EOLs it is more likely damage than an extension
// that nobody offered, so only MMR takes it at its word.
func (d *Decoder) extension() outcome {
	const bits, uncompressed = modeBits + 3, 0b111
	if d.r.n < bits {
		return dry
	}
	if d.c.Coding == MMR && d.r.acc<<modeBits>>(64-3) == uncompressed {
		d.err = ErrUncompressed
	}
	return noCode
}
