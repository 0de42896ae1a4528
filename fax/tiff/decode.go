package tiff

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"faxbox/fax/raster"
	"faxbox/fax/t4"
)

// rows gathers the lines of a page.
type rows struct {
	page     *raster.Page
	inverted bool
	limit    int // no more lines than this
}

// full reports whether no more lines are wanted.
func (b *rows) full() bool { return b.page.Height >= b.limit }

// add copies a line to the page, unless it is full.
func (b *rows) add(row []byte) {
	if b.full() {
		return
	}
	p := b.page
	p.Bits = append(p.Bits, row[:p.Stride]...)
	p.Height++
	line := p.Row(p.Height - 1)
	if b.inverted {
		for i := range line {
			line[i] = ^line[i]
		}
	}
	if rest := p.Width % 8; rest != 0 {
		line[p.Stride-1] &= 0xFF << (8 - rest)
	}
}

// white adds white lines until the page is full, and says how many.
func (b *rows) white() int {
	n := b.limit - b.page.Height
	b.page.Bits = append(b.page.Bits, make([]byte, n*b.page.Stride)...)
	b.page.Height += n
	return n
}

// believed is how many octets are set aside for a page because its file promises them. Ordinary pages fit.
const believed = 1 << 20

// decode reads the whole page in one way of reading it. Its error is of the file, not of the picture.
func (l *layout) decode(as reading) (*raster.Page, *Damage, error) {
	b := &rows{
		page:     &raster.Page{Width: l.width, Stride: l.stride(), Resolution: l.resolution},
		inverted: l.inverted,
	}
	b.page.Bits = make([]byte, 0, min(l.height*l.stride(), believed))
	damage := &Damage{Page: l.d.page}
	whole := cmp.Or(l.height, l.maxRows())
	var report stripReport
	for i, s := range l.strips {
		if b.page.Height >= whole {
			break
		}
		b.limit = whole
		if l.rowsPerStrip > 0 {
			b.limit = min(whole, b.page.Height+l.rowsPerStrip)
		}
		if len(l.strips) == 1 && l.scheme == Group4 {
			b.limit = l.maxRows() // EOFB knows better than ImageLength
		}
		var err error
		if report, err = l.decodeStrip(b, s, as); err != nil {
			return nil, nil, l.d.errorf(StripOffsets, "%w", err)
		}
		if last := i == len(l.strips)-1; !last && l.rowsPerStrip > 0 {
			report.bad += b.white()
		}
		damage.BadRows += report.bad
		damage.Err = cmp.Or(damage.Err, report.fault)
	}
	l.settle(b.page, damage, report)
	return b.page, damage, nil
}

// settle decides how many lines the page has, after its last strip was read, and how many are missing.
func (l *layout) settle(p *raster.Page, d *Damage, last stripReport) {
	sound := d.lost() == 0 && !l.cutOff
	if l.height > 0 && p.Height > l.height && !(sound && last.ended) {
		p.Height = l.height
		p.Bits = p.Bits[:p.Height*p.Stride]
	}
	d.Rows = p.Height
	d.Missing = max(l.height, 1) - p.Height
	if d.Missing < 0 || p.Height > 0 && sound && last.ended && last.left <= maxEnd {
		d.Missing = 0
	}
	d.ended = last.ended
	d.tidy = p.Height > 0 && sound && last.left <= padding && l.scheme.coded()
}

// stripReport is how reading a strip went.
type stripReport struct {
	bad   int   // lines that were damaged
	ended bool  // its own end was found: EOFB or RTC
	left  int64 // octets behind the last line, or the end (not counting those read together with it, maxEnd at most)
	fault error // why no more can be read
}

const (
	// padding is how many octets may be left of a strip behind its last line: to make it even, or a multiple of four.
	padding = 4
	// maxEnd is how many they may be with EOFB or RTC and what may follow that. An end with more behind it is a stretch of
	// zeros in the middle of a damaged strip.
	maxEnd = 64
)

// decodeStrip adds the lines of a strip to b. Its error is of the file.
func (l *layout) decodeStrip(b *rows, s strip, as reading) (stripReport, error) {
	if as.toEnd {
		s = strip{s.offset, l.end(s.offset) - s.offset, true}
	}
	var r io.Reader = io.NewSectionReader(l.d.f.r, s.offset, s.count)
	if as.lsbFirst && !l.scheme.coded() {
		r = reverser{r}
	}
	buffered := bufio.NewReaderSize(r, 32<<10)
	switch l.scheme {
	case Uncompressed:
		return l.plain(b, buffered)
	case PackBits:
		return l.plain(b, &unpacker{r: buffered})
	}
	return l.coded(b, buffered, s, as)
}

// reverser turns the bits of every octet round. libtiff does so before it undoes PackBits, not after.
type reverser struct{ r io.Reader }

func (v reverser) Read(p []byte) (int, error) {
	n, err := v.r.Read(p)
	for i := range p[:n] {
		p[i] = bits.Reverse8(p[i])
	}
	return n, err
}

// plain reads lines of plain pels as long as there are whole ones.
func (l *layout) plain(b *rows, r io.Reader) (stripReport, error) {
	row := make([]byte, l.stride())
	for !b.full() {
		if _, err := io.ReadFull(r, row); err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		} else if err != nil {
			return stripReport{}, err
		}
		b.add(row)
	}
	return stripReport{}, nil
}

// coded reads a strip of MH, MR or MMR.
func (l *layout) coded(b *rows, r io.Reader, s strip, as reading) (stripReport, error) {
	config := t4.Config{Coding: as.coding, Width: l.width, NoEOL: as.noEOL, LSBFirst: as.lsbFirst, MaxRows: b.limit - b.page.Height}
	d, err := t4.NewDecoder(config, b.add)
	if err != nil {
		return stripReport{}, err
	}
	left := s.count
	piece := make([]byte, maxEnd) // no larger, so that what is left behind EOFB is known so well
	// MMR is read on behind the last line wanted: EOFB there shows that all was well.
	for !d.Ended() && (as.coding == t4.MMR || !b.full()) {
		n, err := r.Read(piece)
		left -= int64(n)
		if _, fault := d.Write(piece[:n]); fault != nil || err == io.EOF {
			break
		}
		if err != nil {
			return stripReport{}, err
		}
	}
	fault := d.Close()
	got := d.Report()
	if !got.End {
		left += int64(got.Since)
	}
	beyond := b.page.Height - cmp.Or(min(l.height, b.limit), b.limit)
	switch {
	case got.End, beyond >= 0 && (as.coding != t4.MMR || s.guessed):
		fault = nil // it is of no interest what comes after the last line wanted
	case beyond > 0, beyond == 0 && (fault != nil || left > padding):
		fault = errNoEnd
	case got.Broken:
		fault = fmt.Errorf("behind line %d the code makes no sense", b.page.Height)
	}
	return stripReport{got.BadLines, got.End, left, fault}, nil
}

// errNoEnd is a sign of damage further up: MMR has nothing else to show that a code was mistaken for another.
var errNoEnd = errors.New("the code does not end behind the last line")

// unpacker undoes PackBits: a count n of 0 to 127 is followed by n+1 octets as they are, one of -1 to -127 by an octet to
// be repeated 1-n times; -128 means nothing.
type unpacker struct {
	r       *bufio.Reader
	left    int // octets still to come of this run
	repeats bool
	octet   byte // the one that is repeated
}

func (u *unpacker) Read(p []byte) (int, error) {
	for u.left == 0 {
		if err := u.next(); err != nil {
			return 0, err
		}
	}
	n := min(len(p), u.left)
	if u.repeats {
		for i := range p[:n] {
			p[i] = u.octet
		}
	} else {
		var err error
		if n, err = u.r.Read(p[:n]); err != nil {
			return 0, err
		}
	}
	u.left -= n
	return n, nil
}

func (u *unpacker) next() error {
	b, err := u.r.ReadByte()
	if err != nil {
		return err
	}
	switch n := int8(b); {
	case n == -128:
		return nil
	case n < 0:
		u.repeats, u.left = true, 1-int(n)
		u.octet, err = u.r.ReadByte()
	default:
		u.repeats, u.left = false, 1+int(n)
	}
	return err
}
