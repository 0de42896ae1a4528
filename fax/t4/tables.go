package t4

// A code is up to 27 bits to be sent: how many in the low five bits, the bits themselves above, the first on the line
// highest.
type code uint32

func makeCode(s string) code {
	c := code(len(s))
	for i, bit := range s {
		if bit == '1' {
			c |= 1 << (5 + len(s) - 1 - i)
		}
	}
	return c
}

// zeros is n bits of fill, at most 27.
func zeros(n int) code { return code(n) }

func (c code) len() uint { return uint(c & 31) }

func (c code) bits() uint64 { return uint64(c >> 5) }

// then is c with d after it, at most 27 bits together.
func (c code) then(d code) code { return (c>>5<<d.len()|d>>5)<<5 | code(c.len()+d.len()) }

// The colours of runs. Colours alternate along a line, so the colour of a run is also the parity of its number.
const (
	white = 0
	black = 1
)

// maxRun is the longest run with a code of its own here: a make-up code for 2560 and a terminating code for 63. Longer
// runs begin with make-up codes for 2560.
const (
	maxMakeUp = 2560
	maxRun    = maxMakeUp + 63
)

var (
	pass       = makeCode(passCode)
	horizontal = makeCode(horizontalCode)
	vertical   = makeVertical() // by a1 - b1 + maxVertical
	eol        = makeCode(eolCode)
	eolZeros   = int(eol.len()) - 1

	// EOLs with the tags of MR (T.4 clause 4.2.2), by what follows.
	eolOneDimensional = makeCode(eolCode + "1")
	eolTwoDimensional = makeCode(eolCode + "0")

	makeUp2560 = makeCode(runCodes[len(runCodes)-1].white)
	runs       = makeRuns()
)

// maxVertical is how far a1 and b1 may lie apart in vertical mode (T.6 clause 2.2.4).
const maxVertical = 3

func makeVertical() (v [2*maxVertical + 1]code) {
	for i, s := range verticalCodes {
		v[i] = makeCode(s)
	}
	return v
}

// makeRuns joins make-up and terminating codes: the code of every run up to maxRun, of both colours.
func makeRuns() *[2][maxRun + 1]code {
	r := new([2][maxRun + 1]code)
	for _, c := range runCodes {
		r[white][c.run], r[black][c.run] = makeCode(c.white), makeCode(c.black)
	}
	for colour := range r {
		r := &r[colour]
		for run := maxRun; run >= 64; run-- {
			r[run] = r[run&^63].then(r[run&63])
		}
	}
	return r
}

// runBits is the length of the longest run length code, modeBits that of the longest mode code.
// TestCodeLengths holds them against the codes.
const (
	runBits  = 13
	modeBits = 7
)

// A runEntry says what the next bits begin with: a code of runEntry&15 bits for a run of runEntry>>4 pels, or with 0 no
// code at all.
type runEntry uint16

func (e runEntry) length() uint { return uint(e & 15) }

func (e runEntry) run() int { return int(e >> 4) }

// makeUp says whether the code leaves the run to be ended by a terminating code.
func (e runEntry) makeUp() bool { return e >= 64<<4 }

// runLookup finds run length codes by the next runBits bits.
var runLookup = makeRunLookup()

func makeRunLookup() *[2][1 << runBits]runEntry {
	t := new([2][1 << runBits]runEntry)
	for _, c := range runCodes {
		for colour, s := range [2]string{white: c.white, black: c.black} {
			eachWithPrefix(makeCode(s), runBits, func(i int) { t[colour][i] = runEntry(c.run<<4 | len(s)) })
		}
	}
	return t
}

// A mode is what a code of two-dimensional coding says. Vertical modes are a1 - b1 + maxVertical.
type mode uint8

const (
	passMode mode = 2*maxVertical + 1 + iota
	horizontalMode
	extensionMode
	noMode // a fill bit, EOL or damage
)

// A modeEntry says what the next bits begin with: a code of modeEntry&15 bits for the mode modeEntry>>4.
type modeEntry uint8

func (e modeEntry) length() uint { return uint(e & 15) }

func (e modeEntry) mode() mode { return mode(e >> 4) }

// modeLookup finds mode codes by the next modeBits bits.
var modeLookup = makeModeLookup()

func makeModeLookup() *[1 << modeBits]modeEntry {
	t := new([1 << modeBits]modeEntry)
	t[0] = modeEntry(noMode) << 4
	set := func(m mode, s string) {
		eachWithPrefix(makeCode(s), modeBits, func(i int) { t[i] = modeEntry(int(m)<<4 | len(s)) })
	}
	for i, s := range verticalCodes {
		set(mode(i), s)
	}
	set(passMode, passCode)
	set(horizontalMode, horizontalCode)
	set(extensionMode, extensionCode)
	return t
}

// eachWithPrefix calls f with each number of so many bits that begins with c.
func eachWithPrefix(c code, bits uint, f func(int)) {
	free := bits - c.len()
	for i := range 1 << free {
		f(int(c.bits())<<free | i)
	}
}
