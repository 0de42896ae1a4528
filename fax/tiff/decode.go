package tiff

import (
	"bufio"
	"cmp"
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

// white adds n white lines.
func (b *rows) white(n int) {
	n = min(n, b.limit-b.page.Height)
	b.page.Bits = append(b.page.Bits, make([]byte, n*b.page.Stride)...)
	b.page.Height += n
}

// decode reads the whole page in one way of reading it. Its error is of the file, not of the picture.
func (l *layout) decode(as reading) (*raster.Page, *Damage, error) {
	b := &rows{
		page:     &raster.Page{Width: l.width, Stride: l.stride(), Resolution: l.resolution},
		inverted: l.inverted,
	}
	whole := l.maxRows()
	if l.height > 0 {
		whole = l.height
	}
	damage := &Damage{Page: l.d.page}
	ended := false
	for i, s := range l.strips {
		last := i == len(l.strips)-1
		b.limit = whole
		if l.rowsPerStrip > 0 {
			b.limit = min(whole, b.page.Height+l.rowsPerStrip)
		}
		report, err := l.decodeStrip(b, s, as)
		if err != nil {
			return nil, nil, l.d.errorf(StripOffsets, "%w", err)
		}
		if short := b.limit - b.page.Height; l.rowsPerStrip > 0 && !last {
			b.white(short)
			report.bad += short
		}
		damage.BadRows += report.bad
		damage.Err = cmp.Or(damage.Err, report.fault)
		ended = report.ended
	}
	damage.Rows = b.page.Height
	if whole := ended && damage.BadRows == 0; l.height > 0 && !whole {
		damage.Missing = l.height - b.page.Height
	}
	return b.page, damage, nil
}

// stripReport is how reading a strip went.
type stripReport struct {
	bad   int   // lines that were damaged
	ended bool  // its own end was found: EOFB or RTC
	fault error // why its octets cannot be read on
}

// decodeStrip adds the lines of a strip to b. Its error is of the file.
func (l *layout) decodeStrip(b *rows, s strip, as reading) (stripReport, error) {
	if as.toEnd {
		s.count = l.end(s.offset) - s.offset
	}
	var r io.Reader = io.NewSectionReader(l.d.f.r, s.offset, s.count)
	if l.scheme != Uncompressed && l.scheme != PackBits {
		return l.coded(b, r, as)
	}
	if as.lsbFirst {
		r = reverser{r}
	}
	buffered := bufio.NewReaderSize(r, 8<<10)
	if l.scheme == PackBits {
		return stripReport{}, l.plain(b, &unpacker{r: buffered})
	}
	return stripReport{}, l.plain(b, buffered)
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
func (l *layout) plain(b *rows, r io.Reader) error {
	row := make([]byte, l.stride())
	for !b.full() {
		if _, err := io.ReadFull(r, row); err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		} else if err != nil {
			return err
		}
		b.add(row)
	}
	return nil
}

// coded reads a strip of MH, MR or MMR.
func (l *layout) coded(b *rows, r io.Reader, as reading) (report stripReport, err error) {
	config := t4.Config{Coding: as.coding, Width: l.width, NoEOL: as.noEOL, LSBFirst: as.lsbFirst, MaxRows: b.limit - b.page.Height}
	d, err := t4.NewDecoder(config, b.add)
	if err != nil {
		return report, err
	}
	chunk := make([]byte, 8<<10)
	for !b.full() && !d.Ended() {
		n, err := r.Read(chunk)
		if _, fault := d.Write(chunk[:n]); fault != nil || err == io.EOF {
			break
		}
		if err != nil {
			return report, err
		}
	}
	report.fault = d.Close()
	got := d.Report()
	if got.Broken {
		report.fault = fmt.Errorf("after line %d the code makes no sense", b.page.Height)
	}
	if b.full() {
		report.fault = nil // whatever comes after the last line wanted
	}
	report.bad, report.ended = got.BadLines, got.End
	return report, nil
}

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
