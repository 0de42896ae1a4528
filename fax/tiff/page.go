package tiff

import (
	"errors"
	"fmt"
	"math"

	"faxbox/fax/raster"
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

// Damage is the error that comes together with a page that was read with faults: what could not be read is white, or
// missing from its end.
type Damage struct {
	Page    int // counted from 1
	Rows    int // lines of the page as it was read
	BadRows int // of these, lines that were damaged
	Missing int // lines that the file promises and does not have
	Err     error

	tidy  bool // whatever is missing was never there: the lines end properly
	ended bool // the last strip has its own end: EOFB or RTC
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
	page, damage, err := l.decodeAsMeant()
	if err != nil {
		return nil, err
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

// decodeAsMeant reads the page in the way that loses the fewest lines, which is nearly always the one that its fields say.
func (l *layout) decodeAsMeant() (*raster.Page, *Damage, error) {
	page, damage, err := l.decode(l.reading)
	if err != nil || damage.lost() == 0 {
		return page, damage, err
	}
	for _, other := range l.otherReadings() {
		p, d, err := l.decode(other)
		if err != nil {
			return nil, nil, err
		}
		more := p.Height > page.Height || p.Height == page.Height && !other.toEnd // longer strips are for more lines only
		if more && d.lost() < damage.lost() {
			page, damage = p, d
		}
	}
	return page, damage, nil
}

func cause(d *Damage) error {
	if d.Err != nil {
		return d.Err
	}
	return errors.New("the data are damaged or of another kind")
}
