package tiff

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"faxbox/fax/raster"
	"faxbox/fax/t4"
)

// Scheme is a value of Compression.
type Scheme uint16

// The schemes that are read.
const (
	Uncompressed Scheme = 1
	AlignedMH    Scheme = 2 // MH without EOL, each line beginning on an octet
	Group3       Scheme = 3 // MH or MR, as T4Options says
	Group4       Scheme = 4 // MMR
	PackBits     Scheme = 32773
)

// schemes names those that are read, and those that are not but may be met.
var schemes = map[Scheme]string{
	Uncompressed: "uncompressed", AlignedMH: "MH in octets", Group3: "Group 3", Group4: "Group 4", PackBits: "PackBits",
	5: "LZW", 6: "old JPEG", 7: "JPEG", 8: "Deflate", 9: "JBIG", 10: "JBIG of colours", 32771: "MH in words",
	32946: "Deflate", 34661: "JBIG", 34712: "JPEG 2000", 34925: "LZMA", 50000: "Zstandard", 50001: "WebP",
}

func (s Scheme) String() string {
	if name, ok := schemes[s]; ok {
		return name
	}
	return fmt.Sprintf("compression %d", uint16(s))
}

func (s Scheme) readable() bool { return s.coded() || s == Uncompressed || s == PackBits }

// coded tells whether it is one of T.4 or T.6.
func (s Scheme) coded() bool { return s == AlignedMH || s == Group3 || s == Group4 }

// Quality is how well a received page arrived, as BadFaxLines, CleanFaxData and ConsecutiveBadFaxLines say.
type Quality struct {
	BadRows    int // lines that came damaged
	LongestBad int // most of them in a row
	Data       Cleanness
}

// Cleanness is a value of CleanFaxData.
type Cleanness uint16

const (
	Clean       Cleanness = 0 // no bad lines
	Regenerated Cleanness = 1 // bad lines were replaced
	Unclean     Cleanness = 2 // bad lines are still there
)

// Info describes a page without reading it.
type Info struct {
	Width, Height int // pels, lines; Height is 0 if the file does not say
	Resolution    raster.Resolution
	Scheme        Scheme
	Quality       *Quality // nil if the file does not say
	Description   string   // ImageDescription
	Software      string
	DateTime      string // as the file has it: YYYY:MM:DD HH:MM:SS, local time
}

// Info describes page n. It fails for a page that Page could not begin to read.
func (f *File) Info(n int) (Info, error) {
	d, err := f.at(n)
	if err != nil {
		return Info{}, err
	}
	l, err := d.layout()
	if err != nil {
		return Info{}, err
	}
	i := Info{Width: l.width, Height: l.height, Resolution: l.resolution, Scheme: l.scheme, Quality: d.quality()}
	for tag, text := range map[Tag]*string{ImageDescription: &i.Description, Software: &i.Software, DateTime: &i.DateTime} {
		// A remark that cannot be read must not keep its page from being read.
		if f, ok, err := d.field(tag); ok && err == nil {
			*text = f.String()
		}
	}
	return i, nil
}

// Field is the field of page n with this tag, and whether there is one.
func (f *File) Field(n int, t Tag) (Field, bool, error) {
	d, err := f.at(n)
	if err != nil {
		return Field{}, false, err
	}
	return d.field(t)
}

func (d *directory) quality() *Quality {
	var values [3]uint32
	found := false
	for i, tag := range []Tag{BadFaxLines, ConsecutiveBadFaxLines, CleanFaxData} {
		if f, ok, err := d.field(tag); ok && err == nil {
			values[i], _ = f.Uint(0)
			values[i] = min(values[i], math.MaxInt32)
			found = true
		}
	}
	if !found {
		return nil
	}
	return &Quality{int(values[0]), int(values[1]), Cleanness(values[2])}
}

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

// readKind sees that this is a bilevel picture, in strips.
func (l *layout) readKind() error {
	const advice = "save it in black and white (1 bit, CCITT Group 4)"
	bits, err := l.d.uint(BitsPerSample, 1)
	if err != nil {
		return err
	}
	if bits != 1 {
		return l.d.errorf(BitsPerSample, "the picture has %d bits a pel: %s", bits, advice)
	}
	samples, err := l.d.uint(SamplesPerPixel, 1)
	if err != nil {
		return err
	}
	if samples != 1 {
		return l.d.errorf(SamplesPerPixel, "the picture has %d samples a pel: %s", samples, advice)
	}
	photometric, err := l.d.uint(PhotometricInterpretation, 0)
	if err != nil {
		return err
	}
	if photometric > 1 {
		return l.d.errorf(PhotometricInterpretation, "the picture is in colour (%d): %s", photometric, advice)
	}
	l.inverted = photometric == 1
	if l.d.has(TileOffsets) || l.d.has(TileWidth) {
		return l.d.errorf(TileOffsets, "the picture is stored in tiles: save it in strips")
	}
	return nil
}

func (l *layout) readScheme() error {
	scheme, err := l.d.uint(Compression, uint32(Uncompressed))
	if err != nil {
		return err
	}
	l.scheme = Scheme(scheme)
	if scheme > math.MaxUint16 || !l.scheme.readable() {
		return l.d.errorf(Compression, "%v is not read: save the picture in CCITT Group 4", l.scheme)
	}
	order, err := l.d.uint(FillOrder, 1)
	if err != nil {
		return err
	}
	options, err := l.d.uint(T4Options, 0)
	if err != nil {
		return err
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
	width, err := l.d.uint(ImageWidth, 0)
	if err != nil {
		return err
	}
	if width == 0 {
		return l.d.errorf(ImageWidth, "the picture has no width")
	}
	if width > t4.MaxWidth {
		return l.d.errorf(ImageWidth, "%d pels are more than any fax has (%d)", width, t4.MaxWidth)
	}
	height, err := l.d.uint(ImageLength, 0)
	if err != nil {
		return err
	}
	l.width = int(width)
	if int64(height) > int64(l.maxRows()) {
		return l.d.errorf(ImageLength, "%d lines of %d pels are more than any fax has (%d)", height, width, l.maxRows())
	}
	l.height = int(height)
	return nil
}

func (l *layout) stride() int { return (l.width + 7) / 8 }

func (l *layout) maxRows() int { return min(MaxPageOctets/l.stride(), maxRows) }

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

// Damage is the error that comes together with a page that was read with faults: what could not be read is white, or
// missing from its end.
type Damage struct {
	Page    int // counted from 1
	Rows    int // lines of the page as it was read
	BadRows int // of these, lines that were damaged
	Missing int // lines that the file promises and does not have
	Err     error

	tidy bool // whatever is missing was never there: the lines end properly
}

func (d *Damage) Error() string {
	s := fmt.Sprintf("page %d: %v: %d of %d lines are damaged", d.Page, StripOffsets, d.BadRows, d.Rows)
	if d.Missing > 0 {
		s += fmt.Sprintf(" and %d are missing", d.Missing)
	}
	if d.Err != nil {
		s += ": " + d.Err.Error()
	}
	return s
}

func (d *Damage) Unwrap() error { return d.Err }

// lost tells how bad it is, 0 for not at all.
func (d *Damage) lost() int {
	lost := d.BadRows + d.Missing
	if d.Err != nil {
		lost++
	}
	return lost
}

// Page reads page n. A page that can be read only in part comes together with an error of type *Damage; with any other
// error there is no page. Orientation is not looked at: fax machines scan from the top.
//
// A page of MH, MR or MMR may have fewer lines than its file says, as long as it ends properly after the last one. One of
// MMR in a single strip has the lines that there are before EOFB.
//
// A page that is damaged when read as its fields say is also read as they might have said: MR for MH and the reverse, the
// other fill order, longer strips. The reading that loses the fewest lines is taken.
func (f *File) Page(n int) (*raster.Page, error) {
	d, err := f.at(n)
	if err != nil {
		return nil, err
	}
	l, err := d.layout()
	if err != nil {
		return nil, err
	}
	page, damage, err := l.decode(l.reading)
	if err != nil {
		return nil, err
	}
	for _, other := range l.otherReadings() {
		if damage.lost() == 0 {
			break
		}
		p, lost, err := l.decode(other)
		if err != nil {
			return nil, err
		}
		if lost.lost() < damage.lost() && p.Height >= page.Height && (p.Height > page.Height || !other.toEnd) {
			page, damage = p, lost
		}
	}
	if page.Height == 0 {
		return nil, d.errorf(StripOffsets, "not one line can be read: %w", cause(damage))
	}
	// Without a height in the file the one that was found is what a missing resolution is guessed from.
	if page.Resolution, err = d.resolution(page.Width, page.Height); err != nil {
		return nil, err
	}
	if damage.tidy || damage.lost() == 0 {
		return page, nil
	}
	return page, damage
}

func cause(d *Damage) error {
	if d.Err != nil {
		return d.Err
	}
	return errors.New("the data are damaged or of another kind")
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
