package tiff

import (
	"cmp"
	"math"
	"slices"

	"faxbox/fax/raster"
	"faxbox/fax/t4"
)

// layout is what must be known of a page to read it, all of it checked.
type layout struct {
	d            *directory
	width        int
	height       int // 0 if the file does not say
	resolution   raster.Resolution
	scheme       Scheme
	reading      reading
	inverted     bool // a pel of 0 is black
	rowsPerStrip int  // 0 if unknown
	strips       []strip
	ends         []int64 // where strips and directories begin, in order
	cutOff       bool    // a strip should go on beyond the end of the file
}

// reading is how the octets of a page may be taken, where files are known to say the wrong thing.
type reading struct {
	coding   t4.Coding // for the schemes of T.4 and T.6
	noEOL    bool
	lsbFirst bool
	toEnd    bool // take each strip to where something else begins, whatever its count says
}

// strip is a piece of the file.
type strip struct {
	offset, count int64
	guessed       bool // the count is as far as the strip can go, at most
}

func (d *directory) layout() (*layout, error) {
	l := &layout{d: d}
	for _, read := range []func() error{l.readKind, l.readScheme, l.readSize, l.readStrips} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	var err error
	l.resolution, err = d.resolution(l.width, l.height)
	return l, err
}

// numbers reads numbers of a directory and keeps the first error.
type numbers struct {
	d   *directory
	err error
}

// get is the first number of a field, or what is usual when there is none.
func (n *numbers) get(t Tag, usual uint32) uint32 {
	v, err := n.d.uint(t, usual)
	n.err = cmp.Or(n.err, err)
	return v
}

// readKind sees that this is a bilevel picture, in strips.
func (l *layout) readKind() error {
	const advice = "save it in black and white (1 bit, CCITT Group 4)"
	n := numbers{d: l.d}
	bits := n.get(BitsPerSample, 1)
	samples := n.get(SamplesPerPixel, 1)
	photometric := n.get(PhotometricInterpretation, 0)
	l.inverted = photometric == 1
	switch {
	case n.err != nil:
		return n.err
	case bits != 1:
		return l.d.errorf(BitsPerSample, "the picture has %d bits a pel: %s", bits, advice)
	case samples != 1:
		return l.d.errorf(SamplesPerPixel, "the picture has %d samples a pel: %s", samples, advice)
	case photometric > 1:
		return l.d.errorf(PhotometricInterpretation, "the picture is in colour (%d): %s", photometric, advice)
	case l.d.has(TileOffsets), l.d.has(TileWidth):
		return l.d.errorf(TileOffsets, "the picture is stored in tiles: save it in strips")
	}
	return nil
}

func (l *layout) readScheme() error {
	n := numbers{d: l.d}
	scheme := n.get(Compression, uint32(Uncompressed))
	order := n.get(FillOrder, 1)
	options := n.get(T4Options, 0)
	if n.err != nil {
		return n.err
	}
	l.scheme = Scheme(scheme)
	if scheme > math.MaxUint16 || !l.scheme.readable() {
		return l.d.errorf(Compression, "%v is not read: save the picture in CCITT Group 4", l.scheme)
	}
	l.reading.lsbFirst = order == 2
	switch l.scheme {
	case AlignedMH:
		l.reading.coding, l.reading.noEOL = t4.MH, true
	case Group3:
		l.reading.coding = t4.MH
		if options&1 != 0 {
			l.reading.coding = t4.MR
		}
	case Group4:
		l.reading.coding = t4.MMR
	}
	return nil
}

func (l *layout) readSize() error {
	n := numbers{d: l.d}
	width, height := n.get(ImageWidth, 0), n.get(ImageLength, 0)
	switch {
	case n.err != nil:
		return n.err
	case width == 0:
		return l.d.errorf(ImageWidth, "the picture has no width")
	case width > t4.MaxWidth:
		return l.d.errorf(ImageWidth, "%d pels are more than any fax has (%d)", width, t4.MaxWidth)
	}
	l.width = int(width)
	if most := l.maxRows(); int64(height) > int64(most) {
		return l.d.errorf(ImageLength, "%d lines of %d pels are more than any fax has (%d)", height, width, most)
	}
	l.height = int(height)
	return nil
}

func (l *layout) stride() int { return (l.width + 7) / 8 }

func (l *layout) maxRows() int { return min(MaxPageOctets/l.stride(), maxLines) }

// readStrips finds the strips. Counts that are missing or lead beyond the end of the file mean: as far as there is
// something that can be the strip.
func (l *layout) readStrips() error {
	offsets, ok, err := l.d.field(StripOffsets)
	if err != nil {
		return err
	}
	if !ok || offsets.Count() == 0 {
		return l.d.errorf(StripOffsets, "is missing")
	}
	if offsets.Count() > l.maxRows() {
		return l.d.errorf(StripOffsets, "%d strips are more than a page has lines", offsets.Count())
	}
	counts, _, err := l.d.field(StripByteCounts)
	if err != nil {
		return err
	}
	l.ends = append(l.ends, l.d.f.pages...)
	for i := range offsets.Count() {
		offset, ok := offsets.Uint(i)
		if !ok {
			return l.d.errorf(StripOffsets, "holds no whole numbers")
		}
		if int64(offset) >= l.d.f.size {
			return l.d.errorf(StripOffsets, "points outside the file")
		}
		count, _ := counts.Uint(i)
		l.strips = append(l.strips, strip{offset: int64(offset), count: int64(count)})
		l.ends = append(l.ends, int64(offset))
	}
	slices.Sort(l.ends)
	for i, s := range l.strips {
		l.cutOff = l.cutOff || s.offset+s.count > l.d.f.size
		if end := l.end(s.offset); s.count == 0 || s.offset+s.count > end {
			l.strips[i] = strip{s.offset, end - s.offset, true}
		}
	}
	return l.readRowsPerStrip()
}

// readRowsPerStrip believes the field only where it agrees with the number of strips.
func (l *layout) readRowsPerStrip() error {
	rows, err := l.d.uint(RowsPerStrip, 0)
	if err != nil {
		return err
	}
	n := int64(len(l.strips))
	if n > 1 && rows > 0 && (int64(l.height)+int64(rows)-1)/int64(rows) == n {
		l.rowsPerStrip = int(rows)
	}
	return nil
}

// end is where the strip beginning at offset must end at the latest: at the next strip of the page, at a directory, or at
// the end of the file.
func (l *layout) end(offset int64) int64 {
	i, _ := slices.BinarySearch(l.ends, offset+1)
	if i == len(l.ends) {
		return l.d.f.size
	}
	return l.ends[i]
}

// otherReadings are those worth a try when the one that the fields call for finds damage.
func (l *layout) otherReadings() []reading {
	coded := []reading{l.reading}
	orders := []bool{l.reading.lsbFirst, !l.reading.lsbFirst}
	switch l.scheme {
	case AlignedMH, Group3:
		coded = append(coded, reading{coding: t4.MH}, reading{coding: t4.MR}, reading{coding: t4.MH, noEOL: true})
	case Uncompressed, PackBits:
		orders = orders[:1] // the pels cannot tell which one is right
	}
	lengths := []bool{false}
	if slices.ContainsFunc(l.strips, func(s strip) bool { return s.offset+s.count < l.end(s.offset) }) {
		lengths = append(lengths, true)
	}
	var others []reading
	for _, toEnd := range lengths {
		for _, lsbFirst := range orders {
			for _, r := range coded {
				r.lsbFirst, r.toEnd = lsbFirst, toEnd
				if r != l.reading && !slices.Contains(others, r) {
					others = append(others, r)
				}
			}
		}
	}
	return others
}
