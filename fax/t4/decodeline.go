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

// takeRuns takes run length codes: as many runs as it should, or the line. It works on copies of the state, which registers
// can hold: that saves a quarter of the time.
func (d *Decoder) takeRuns() (o outcome) {
	r, l, width := &d.r, &d.cur, d.c.Width
	acc, bits := r.acc, r.n
	at, n := l.at, l.n
	a0, run, runs := d.a0, d.run, d.runs
	for runs != 0 {
		if bits < runBits {
			r.acc, r.n = acc, bits
			r.fill()
			acc, bits = r.acc, r.n
		}
		e := runLookup[n&1][acc>>(64-runBits)]
		length := e.length()
		if length > bits || length == 0 {
			o = want(bits, length, runBits)
			break
		}
		r.before, r.taken = acc, length
		acc <<= length
		bits -= length
		run += e.run()
		if a0+run > width {
			o = noCode
			break
		}
		if e.makeUp() {
			continue
		}
		a0 += run
		run = 0
		if n > 0 && int(at[n-1]) == a0 { // a run of no pels within the line undoes the element before
			n--
		} else {
			at[n] = uint16(a0)
			n++
		}
		if runs--; runs < 0 && a0 == width {
			break
		}
	}
	r.acc, r.n = acc, bits
	l.n = n
	d.a0, d.run, d.runs = a0, run, runs
	return o
}

// want tells missing bits from bits that are no code: so many bits are there, a code of this length, if not 0, begins with
// them, and codes are as long as longest.
func want(bits, length, longest uint) outcome {
	if length > bits || bits < longest {
		return dry
	}
	return noCode
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
		if d.r.n < modeBits+3 {
			d.r.fill()
		}
		if int64(d.r.acc) < 0 && d.r.n > 0 {
			if d.takeV0s() {
				return repeated
			}
			continue
		}
		e := modeLookup[d.r.acc>>(64-modeBits)]
		n := e.length()
		if n > d.r.n || n == 0 {
			return want(d.r.n, n, modeBits)
		}
		switch m := e.mode(); m {
		case passMode:
			d.r.take(n)
			d.a0 = int(b[d.j+1])
		case horizontalMode:
			d.r.take(n)
			d.a0 = max(d.a0, 0)
			d.runs = 2
		case extensionMode:
			return d.extension()
		default:
			d.r.take(n)
			a1 := int(b[d.j]) + int(m) - maxVertical
			if a1 <= d.a0 || a1 > width {
				return noCode
			}
			d.a0 = a1
			d.cur.at[d.cur.n] = uint16(a1)
			d.cur.n++
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
	d.r.take(taken)
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
