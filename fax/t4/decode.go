package t4

import (
	"errors"
	"slices"
)

// ErrUncompressed says that an MMR page enters the uncompressed mode of T.6 clause 2.3, which faxbox never offers.
var ErrUncompressed = errors.New("t4: page uses uncompressed mode")

// ErrTooManyRows says that a page goes on after Config.MaxRows rows.
var ErrTooManyRows = errors.New("t4: page has too many rows")

// Report says how the lines of a page came.
type Report struct {
	Rows       int // handed out, repaired ones included
	BadLines   int // of these, lines that could not be decoded: the good line before, or white, stands in their place
	LongestBad int // the longest run of bad lines

	// Sound is how many rows were handed out before the first bad line: all, if there is none.
	Sound int

	// Broken says that the code made no sense somewhere and the page ends there, because no EOL shows where it goes on: in
	// MMR, and with NoEOL.
	Broken bool

	// End says that RTC or EOFB was seen.
	End bool

	// Since is how many octets were written after the last line or EOL ended. On the telephone line five seconds' worth of
	// them are more than any line takes (T.4 clause 4.1.3).
	Since int
}

// A Decoder makes rows of the coded lines of one page, written to it in pieces of any size. It is not safe for concurrent
// use.
//
// It takes about five octets of memory for each pel of a line (100 kB at MaxWidth), and no more whatever is written. Its
// time grows with the octets written and the rows handed out, and Config.MaxRows bounds these.
//
// Damage is no error. With EOLs a line that cannot be decoded, or that is wider or narrower than Config says, is handed out
// as the good line before it (white at the top of the page), and decoding goes on at the next EOL; in MR all lines are bad
// until one comes that needs no reference line. What follows a line of the right width up to the next EOL counts as a bad
// line of its own, whose EOL was lost. Without EOLs the page ends at the damage.
//
// What pages lack is forgiven: the first EOL, RTC of three EOLs, or of two where the page ends, EOFB of one EOL, no RTC at
// all. Fill is skipped wherever it stands.
type Decoder struct {
	c     Config
	line  func(row []byte)
	state func(*Decoder) bool // takes bits and sets the state that follows, or wants more bits and returns false
	err   error

	r      bitReader
	octets int // written
	mark   int // how many bits were taken when the last line or EOL ended

	ref, cur elements
	canvas   canvas
	lost     bool // MR: the reference line is not the one that the next line refers to

	eols   int  // one after another with nothing but fill between, since the last line
	zeros  int  // taken last
	bad    bool // something was taken since the last line or EOL that is no fill
	synced bool // a line or an EOL was found

	badRun   int // bad lines handed out since the last good one
	doubtful int // bad lines not handed out, because they may be the end of the page

	report Report

	lineState
}

// NewDecoder makes a decoder of one page, or says what is wrong with c. It calls line for each row from the top, within
// Write; the row belongs to the decoder: it is valid during the call and must not be changed. K, MinLineBits, AlignedEOL,
// NoEnd and Shortest do not matter to a decoder: the code itself tells.
func NewDecoder(c Config, line func(row []byte)) (*Decoder, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.MaxRows == 0 {
		c.MaxRows = DefaultMaxRows
	}
	d := &Decoder{
		c:      c,
		line:   line,
		r:      bitReader{lsbFirst: c.LSBFirst},
		ref:    newElements(c.Width),
		cur:    newElements(c.Width),
		canvas: newCanvas(c.Width),
	}
	d.begin(c.Coding == MMR)
	return d, nil
}

// Write decodes the lines that these octets complete. What follows RTC or EOFB is ignored. The errors are ErrUncompressed
// and ErrTooManyRows: the page ends there, and each later Write returns the same.
func (d *Decoder) Write(octets []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	d.octets += len(octets)
	d.r.octets = octets
	for d.err == nil && d.state(d) {
	}
	d.r.octets = nil
	if d.err != nil {
		d.ended()
		return 0, d.err
	}
	return len(octets), nil
}

// Close says that no more octets come. A line not yet complete is dropped: it was cut off, or is noise behind the end of
// the carrier. Close returns what the last Write did.
func (d *Decoder) Close() error {
	if d.eols > 1 || d.doubtful > 0 {
		d.report.End = true
	}
	d.state = (*Decoder).ended
	return d.err
}

// Ended says whether RTC or EOFB was seen. Pages without them end with Close.
func (d *Decoder) Ended() bool { return d.report.End }

// Report says how the lines came so far.
func (d *Decoder) Report() Report {
	r := d.report
	r.Since = (8*d.octets - d.mark) / 8
	if r.BadLines == 0 {
		r.Sound = r.Rows
	}
	return r
}

// taken is how many bits were taken so far.
func (d *Decoder) taken() int { return 8*(d.octets-len(d.r.octets)) - int(d.r.n) }

// begin makes ready for a line.
func (d *Decoder) begin(twoDimensional bool) {
	d.cur.n = 0
	d.mark = d.taken()
	d.r.forget()
	if twoDimensional {
		d.lineState = lineState{a0: -1}
		d.state = (*Decoder).twoDimensional
	} else {
		d.lineState = lineState{runs: -1}
		d.state = (*Decoder).oneDimensional
	}
}

// oneDimensional is the state in a line of runs.
func (d *Decoder) oneDimensional() bool {
	switch d.takeRuns() {
	case dry:
		return false
	case noCode:
		d.damage()
		return true
	}
	d.goodLine()
	d.lost = false
	if d.c.NoEOL {
		d.r.skip(d.r.n & 7)
		d.begin(false)
	} else {
		d.awaitEOL()
	}
	return true
}

func (d *Decoder) awaitEOL() {
	d.zeros = d.r.zerosTaken()
	d.state = (*Decoder).seekEOL
}

// twoDimensional is the state in a line of modes.
func (d *Decoder) twoDimensional() bool {
	switch d.takeModes() {
	case dry:
		return false
	case noCode:
		d.damage()
		return true
	case repeated:
		d.repeat(true)
	default:
		d.goodLine()
	}
	if d.c.Coding == MMR {
		d.begin(true)
	} else {
		d.awaitEOL()
	}
	return true
}

// damage says that the next bits are no code, or the last code cannot stand there. The next bits may well be an EOL.
func (d *Decoder) damage() {
	if d.err != nil {
		return
	}
	within := d.taken() != d.mark
	if d.c.Coding == MMR || d.c.NoEOL {
		d.report.Broken = within
		d.state = (*Decoder).trailer
		return
	}
	d.bad = within
	d.awaitEOL()
}

// trailer is the state where no EOL is to be waited for and no line can follow. Padding may, and EOFB.
func (d *Decoder) trailer() bool {
	d.zeros += d.r.skipZeros()
	if d.r.n == 0 {
		return false
	}
	if d.zeros >= eolZeros {
		d.report.End = true
	} else {
		d.report.Broken = true
	}
	d.state = (*Decoder).ended
	return true
}

// seekEOL is the state between lines: fill and an EOL follow, or there was damage and only an EOL tells where to go on.
func (d *Decoder) seekEOL() bool {
	for {
		d.zeros += d.r.skipZeros()
		if d.r.n == 0 {
			return false
		}
		d.r.skip(1)
		if d.zeros >= eolZeros {
			break
		}
		d.zeros, d.bad = 0, true
	}
	d.foundEOL()
	return true
}

func (d *Decoder) foundEOL() {
	switch {
	case d.bad && d.synced:
		d.badLine()
		d.eols = 1
	case d.bad: // the end of the training, or half a line
		d.eols = 1
	default:
		d.eols++
	}
	d.lost = d.lost || d.eols > 1
	d.zeros, d.bad, d.synced = 0, false, true
	switch {
	case d.eols == 3:
		d.report.End = true
		d.state = (*Decoder).ended
	case d.c.Coding == MR:
		d.state = (*Decoder).tag
	default:
		d.begin(false)
	}
}

// tag is the state behind an EOL of MR: 1 says that a one-dimensional line follows (T.4 clause 4.2.2).
func (d *Decoder) tag() bool {
	d.r.fill()
	if d.r.n == 0 {
		return false
	}
	two := d.r.acc>>63 == 0
	d.r.skip(1)
	d.begin(two)
	if two && d.lost {
		d.bad = true
		d.state = (*Decoder).seekEOL
	}
	return true
}

// ended is the state in which everything is ignored.
func (d *Decoder) ended() bool {
	d.r.acc, d.r.n, d.r.octets = 0, 0, nil
	d.mark = 8 * d.octets
	return false
}

// goodLine draws the line just decoded, unless it is the one drawn last, and hands it out.
func (d *Decoder) goodLine() {
	l := &d.cur
	if l.n > 0 && int(l.at[l.n-1]) == d.c.Width {
		l.n--
	}
	l.end(d.c.Width)
	d.settle()
	if !slices.Equal(l.at[:l.n], d.ref.at[:d.ref.n]) {
		d.canvas.draw(l)
	}
	d.cur, d.ref = d.ref, d.cur
	d.repeat(true)
}

// repeat hands out the row drawn last once more, for a line that is like it or, if not good, is not known.
func (d *Decoder) repeat(good bool) {
	r := &d.report
	if r.Rows == d.c.MaxRows {
		d.err = ErrTooManyRows
		return
	}
	if good {
		d.eols, d.badRun, d.synced = 0, 0, true
	} else {
		if r.BadLines == 0 {
			r.Sound = r.Rows
		}
		r.BadLines++
		d.badRun++
		r.LongestBad = max(r.LongestBad, d.badRun)
	}
	r.Rows++
	d.mark = d.taken()
	d.line(d.canvas.row)
}

// badLine repairs a line. But two EOLs with nothing between them may be a part of RTC, and bad lines after these its
// damaged rest: they count when a good line shows that the page goes on.
func (d *Decoder) badLine() {
	d.lost = true
	if d.eols > 1 || d.doubtful > 0 {
		d.doubtful += max(d.eols, 1)
		return
	}
	d.repeat(false)
}

// settle repairs the lines that were doubtful, now that a good line follows them.
func (d *Decoder) settle() {
	for n := d.doubtful + max(d.eols, 1) - 1; n > 0 && d.err == nil; n-- {
		d.repeat(false)
	}
	d.doubtful = 0
}
