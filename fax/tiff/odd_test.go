package tiff

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"faxbox/fax/raster"
	"faxbox/fax/t4"
)

// odd is a page of a file that no sound program writes.
type odd struct {
	fields []Field
	strips [][]byte
	next   func(self, behind uint32) uint32 // what the link to the next directory says; nil: the truth
}

// usual are the fields of a page as we write it, StripOffsets left to craft.
func usual(t testing.TB, c Coded) []Field {
	t.Helper()
	fields, err := c.fields()
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

// change replaces, adds (with values) or takes away (without) fields.
func (o odd) change(changes ...Field) odd {
	o.fields = slices.Clone(o.fields)
	for _, c := range changes {
		o.fields = slices.DeleteFunc(o.fields, func(f Field) bool { return f.Tag == c.Tag })
		if c.Data != nil {
			o.fields = append(o.fields, c)
		}
	}
	return o
}

func without(t Tag) Field { return Field{Tag: t} }

// craft makes a file. Fields stand in the order given, and nothing is checked.
func craft(order binary.AppendByteOrder, pages ...odd) []byte {
	mark, data := "II", []byte(nil)
	if order == binary.AppendByteOrder(binary.BigEndian) {
		mark = "MM"
	}
	data = order.AppendUint16(append(data, mark...), 42)
	data = order.AppendUint32(data, 0)
	link := 4
	point := func(at int, to uint32) { copy(data[at:], order.AppendUint32(nil, to)) }
	for _, p := range pages {
		var offsets []uint32
		for _, s := range p.strips {
			offsets = append(offsets, uint32(len(data)))
			data = append(data, s...)
		}
		fields := p.fields
		if !slices.ContainsFunc(fields, func(f Field) bool { return f.Tag == StripOffsets }) {
			fields = append(slices.Clone(fields), Longs(StripOffsets, offsets...))
		}
		table := order.AppendUint16(nil, uint16(len(fields)))
		for _, f := range fields {
			values := bytes.Clone(f.Data)
			if mark == "MM" && f.Type.unit() > 0 {
				for v := range slices.Chunk(values, f.Type.unit()) {
					slices.Reverse(v)
				}
			}
			table = order.AppendUint16(table, uint16(f.Tag))
			table = order.AppendUint16(table, uint16(f.Type))
			table = order.AppendUint32(table, uint32(f.Count()))
			if len(values) <= 4 {
				table = append(table, append(values, 0, 0, 0, 0)[:4]...)
			} else {
				table = order.AppendUint32(table, uint32(len(data)))
				data = append(data, values...)
			}
		}
		self := uint32(len(data))
		point(link, self)
		data = append(data, table...)
		link = len(data)
		data = order.AppendUint32(data, 0)
		if p.next != nil {
			point(link, p.next(self, uint32(len(data))))
		}
	}
	return data
}

const oddRows = 60

func oddPage() *raster.Page { return pattern(1728, oddRows, raster.Fine) }

func oddOf(t testing.TB, s Style) odd {
	c := coded(t, oddPage(), s)
	return odd{fields: usual(t, c), strips: [][]byte{c.Strip}}
}

// plainOdd is an uncompressed page.
func plainOdd(t testing.TB) odd {
	p := oddPage()
	o := oddOf(t, Style{Coding: t4.MMR}).change(Shorts(Compression, 1), Longs(StripByteCounts, uint32(len(p.Bits))), without(T6Options))
	o.strips = [][]byte{p.Bits}
	return o
}

// octetLines is MH as compression 2 has it.
func octetLines(t testing.TB) []byte {
	p := oddPage()
	e, err := t4.NewEncoder(t4.Config{Coding: t4.MH, Width: p.Width, NoEOL: true, NoEnd: true})
	if err != nil {
		t.Fatal(err)
	}
	var b []byte
	for y := range p.Height {
		b = e.Line(b, p.Row(y))
	}
	return e.End(b)
}

// cutInStrips is a page in strips of so many lines.
func cutInStrips(t testing.TB, s Style, rows int) odd {
	p := oddPage()
	var o odd
	var counts []uint32
	for y := 0; y < p.Height; y += rows {
		part := &raster.Page{Width: p.Width, Height: min(rows, p.Height-y), Stride: p.Stride, Bits: p.Bits[y*p.Stride:], Resolution: p.Resolution}
		c := coded(t, part, s)
		o.fields = usual(t, c)
		o.strips = append(o.strips, c.Strip)
		counts = append(counts, uint32(len(c.Strip)))
	}
	return o.change(Longs(ImageLength, uint32(p.Height)), Longs(RowsPerStrip, uint32(rows)), Longs(StripByteCounts, counts...))
}

// TestOddFiles: what files of fax get wrong, and can be read all the same.
func TestOddFiles(t *testing.T) {
	mh, mr, mmr := Style{Coding: t4.MH}, Style{Coding: t4.MR}, Style{Coding: t4.MMR}
	lsb := func(s Style) Style { s.LSBFirst = true; return s }
	inverted := oddOf(t, mmr).change(Shorts(PhotometricInterpretation, 1))
	black := oddPage()
	for i := range black.Bits {
		black.Bits[i] = ^black.Bits[i]
	}
	inverted.strips = [][]byte{coded(t, black, mmr).Strip}
	withRTC := oddOf(t, mh)
	withRTC.strips[0] = append(withRTC.strips[0], 0x00, 0x10, 0x01, 0x00, 0x10, 0x01, 0x00, 0x10, 0x01)
	octets := oddOf(t, mh).change(Shorts(Compression, 2), Longs(StripByteCounts, uint32(len(octetLines(t)))))
	octets.strips = [][]byte{octetLines(t)}
	short := uint32(len(oddOf(t, mmr).strips[0]) / 2)

	for name, o := range map[string]odd{
		"as it should be":                         oddOf(t, mmr),
		"black is 0":                              inverted,
		"no BitsPerSample":                        oddOf(t, mmr).change(without(BitsPerSample), without(SamplesPerPixel)),
		"no PhotometricInterpretation":            oddOf(t, mmr).change(without(PhotometricInterpretation)),
		"no FillOrder":                            oddOf(t, mmr).change(without(FillOrder)),
		"no RowsPerStrip":                         oddOf(t, mmr).change(without(RowsPerStrip)),
		"RowsPerStrip of 1 for all":               oddOf(t, mmr).change(Longs(RowsPerStrip, 1)),
		"RowsPerStrip of 2^32-1":                  oddOf(t, mmr).change(Longs(RowsPerStrip, 0xFFFFFFFF)),
		"no StripByteCounts":                      oddOf(t, mmr).change(without(StripByteCounts)),
		"StripByteCounts of 0":                    oddOf(t, mmr).change(Longs(StripByteCounts, 0)),
		"StripByteCounts too small":               oddOf(t, mmr).change(Longs(StripByteCounts, short)),
		"StripByteCounts too large":               oddOf(t, mmr).change(Longs(StripByteCounts, 4*short)),
		"StripByteCounts beyond the file":         oddOf(t, mr).change(Longs(StripByteCounts, 1<<30)),
		"StripByteCounts too small, MH":           oddOf(t, mh).change(Longs(StripByteCounts, 500)),
		"StripByteCounts too small, uncompressed": plainOdd(t).change(Longs(StripByteCounts, 5000)),
		"no ImageLength":                          oddOf(t, mmr).change(without(ImageLength)),
		"ImageLength of 0, MH":                    oddOf(t, mh).change(Longs(ImageLength, 0)),
		"ImageLength too large":                   oddOf(t, mmr).change(Longs(ImageLength, oddRows+20)),
		"ImageLength too small":                   oddOf(t, mmr).change(Longs(ImageLength, oddRows/2)),
		"ImageLength too large, MH without RTC":   oddOf(t, mh).change(Longs(ImageLength, oddRows+20)),
		"no ImageLength, uncompressed":            plainOdd(t).change(without(ImageLength)),
		"numbers of another type":                 oddOf(t, mmr).change(Shorts(ImageWidth, 1728), Longs(Compression, 4), Field{FillOrder, Byte, []byte{1}}),
		"T4Options say MH of MR":                  oddOf(t, mr).change(Longs(T4Options, 0)),
		"T4Options say MR of MH":                  oddOf(t, mh).change(Longs(T4Options, 1)),
		"no T4Options, MR":                        oddOf(t, mr).change(without(T4Options)),
		"FillOrder says 1 of 2, MMR":              oddOf(t, lsb(mmr)).change(Shorts(FillOrder, 1)),
		"FillOrder says 2 of 1, MMR":              oddOf(t, mmr).change(Shorts(FillOrder, 2)),
		"FillOrder says 1 of 2, MH":               oddOf(t, lsb(mh)).change(Shorts(FillOrder, 1)),
		"FillOrder and T4Options wrong":           oddOf(t, lsb(mr)).change(Shorts(FillOrder, 1), Longs(T4Options, 4)),
		"FillOrder and StripByteCounts wrong":     oddOf(t, lsb(mmr)).change(Shorts(FillOrder, 1), Longs(StripByteCounts, short)),
		"RTC in the strip":                        withRTC.change(without(StripByteCounts)),
		"MH in octets":                            octets,
		"MH in octets called Group 3":             octets.change(Shorts(Compression, 3)),
		"MH with EOL called MH in octets":         oddOf(t, mh).change(Shorts(Compression, 2)),
		"strips of 7 lines":                       cutInStrips(t, mmr, 7),
		"strips of 7 lines, lengths missing":      cutInStrips(t, mmr, 7).change(without(StripByteCounts)),
		"strips of 7 lines, MR":                   cutInStrips(t, mr, 7),
		"strips of 7 lines, RowsPerStrip missing": cutInStrips(t, mmr, 7).change(without(RowsPerStrip)),
		"strips of 7 lines, RowsPerStrip wrong":   cutInStrips(t, mmr, 7).change(Longs(RowsPerStrip, oddRows)),
		"centimetres":                             oddOf(t, mmr).change(Fraction(XResolution, 803, 10), Fraction(YResolution, 77, 1), Shorts(ResolutionUnit, 3)),
		"200 x 196":                               oddOf(t, mmr).change(Fraction(XResolution, 200, 1)),
		"203 x 195.6":                             oddOf(t, mmr).change(Fraction(XResolution, 203, 1), Fraction(YResolution, 1956, 10)),
		"tags in no order":                        {fields: reversed(oddOf(t, mmr).fields), strips: oddOf(t, mmr).strips},
	} {
		t.Run(name, func(t *testing.T) {
			for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
				data := craft(order, o, o)
				f := open(t, data)
				for n := range 2 {
					got, err := f.Page(n)
					if err != nil {
						t.Fatalf("%v: %v", order, err)
					}
					samePage(t, got, oddPage())
					if _, err := f.Info(n); err != nil {
						t.Errorf("Info: %v", err)
					}
				}
			}
		})
	}
}

func reversed(f []Field) []Field {
	f = slices.Clone(f)
	slices.Reverse(f)
	return f
}

func TestResolutions(t *testing.T) {
	type fraction [2]uint32
	for name, c := range map[string]struct {
		x, y   fraction
		unit   uint16
		width  int
		height int
		want   raster.Resolution
	}{
		"standard":                  {fraction{204, 1}, fraction{98, 1}, 2, 1728, 1143, raster.Standard},
		"203 x 98":                  {fraction{203, 1}, fraction{98, 1}, 2, 1728, 1143, raster.Standard},
		"204 x 97.99":               {fraction{204, 1}, fraction{9799, 100}, 2, 1728, 1143, raster.Standard},
		"203.2 x 97.79":             {fraction{2032, 10}, fraction{9779, 100}, 2, 1728, 1143, raster.Standard},
		"200 x 98":                  {fraction{200, 1}, fraction{98, 1}, 2, 1728, 1143, raster.Standard},
		"204 x 392":                 {fraction{204, 1}, fraction{392, 1}, 2, 1728, 4573, raster.Superfine},
		"77 x 38.5 a centimetre":    {fraction{77, 1}, fraction{385, 10}, 3, 1728, 1143, raster.Standard},
		"80 x 154 a centimetre":     {fraction{80, 1}, fraction{154, 1}, 3, 1728, 4573, raster.Superfine},
		"200 x 100":                 {fraction{200, 1}, fraction{100, 1}, 2, 1728, 1169, raster.Inch200x100},
		"200 x 200":                 {fraction{200, 1}, fraction{200, 1}, 2, 1700, 2200, raster.Inch200},
		"300 x 300":                 {fraction{300, 1}, fraction{300, 1}, 2, 2550, 3300, raster.Inch300},
		"300 x 300, without a unit": {fraction{300, 1}, fraction{300, 1}, 1, 2550, 3300, raster.Inch300},
		"408 x 391":                 {fraction{408, 1}, fraction{391, 1}, 2, 3456, 4573, raster.R16},
		"400 x 400":                 {fraction{400, 1}, fraction{400, 1}, 2, 3456, 4677, raster.Inch400},
		"600 x 600":                 {fraction{600, 1}, fraction{600, 1}, 2, 5100, 6600, raster.Resolution{X: 600, Y: 600}},
		"150 x 150":                 {fraction{150, 1}, fraction{150, 1}, 2, 1275, 1650, raster.Resolution{X: 150, Y: 150}},
		"none, A4 fine":             {fraction{0, 1}, fraction{0, 1}, 2, 1728, 2300, raster.Fine},
		"none, A4 standard":         {fraction{0, 0}, fraction{0, 0}, 2, 1728, 1143, raster.Standard},
		"none, A4 superfine":        {fraction{0, 0}, fraction{0, 0}, 2, 1728, 4600, raster.Superfine},
		"none, B4 fine":             {fraction{0, 0}, fraction{0, 0}, 2, 2048, 2800, raster.Fine},
		"none, A4 at 300":           {fraction{1, 1}, fraction{1, 1}, 1, 2592, 3500, raster.Inch300},
		"none, A4 at 400":           {fraction{1, 1}, fraction{1, 1}, 1, 3456, 4600, raster.Inch400},
		"none, Letter":              {fraction{1, 1}, fraction{1, 1}, 1, 1700, 2200, raster.Inch200},
		"nonsense":                  {fraction{0xFFFFFFFF, 1}, fraction{1, 0xFFFFFFFF}, 2, 1728, 2286, raster.Fine},
	} {
		t.Run(name, func(t *testing.T) {
			o := oddOf(t, Style{Coding: t4.MMR}).change(
				Fraction(XResolution, c.x[0], c.x[1]), Fraction(YResolution, c.y[0], c.y[1]), Shorts(ResolutionUnit, c.unit),
				Longs(ImageWidth, uint32(c.width)), Longs(ImageLength, uint32(c.height)))
			info, err := open(t, craft(binary.LittleEndian, o)).Info(0)
			if err != nil {
				t.Fatal(err)
			}
			if info.Resolution != c.want {
				t.Errorf("got %v, want %v", info.Resolution, c.want)
			}
		})
	}
	bare := oddOf(t, Style{Coding: t4.MMR}).change(without(XResolution), without(YResolution), without(ResolutionUnit), without(ImageLength))
	p, err := open(t, craft(binary.LittleEndian, bare)).Page(0)
	if err != nil {
		t.Fatal(err)
	}
	if p.Resolution != raster.Standard {
		t.Errorf("a page of %d lines and no resolution is taken for %v", p.Height, p.Resolution)
	}
}

// TestDamage: what can be read of a damaged page comes with an account of the damage.
func TestDamage(t *testing.T) {
	mh, mmr := Style{Coding: t4.MH}, Style{Coding: t4.MMR}
	spoil := func(o odd, strip int) odd {
		o.strips = slices.Clone(o.strips)
		s := bytes.Clone(o.strips[strip])
		clear(s[len(s)/2:][:8])
		o.strips[strip] = s
		return o
	}
	runsOn := oddOf(t, mmr) // no EOFB, but lines that nobody asked for
	runsOn.strips[0] = append(runsOn.strips[0][:len(runsOn.strips[0])-3], bytes.Repeat([]byte{0xFF}, 20)...)
	cut := oddOf(t, mmr)
	cut.strips[0] = cut.strips[0][:len(cut.strips[0])/2]
	for name, c := range map[string]struct {
		o                       odd
		leastRows, mostRows     int
		leastGood, leastMissing int // lines that are as they were; lines that are missing
	}{
		"MH":                     {spoil(oddOf(t, mh), 0), oddRows - 3, oddRows, oddRows - 6, 0},
		"MMR":                    {spoil(oddOf(t, mmr), 0), 10, oddRows - 10, 10, 10},
		"MMR runs on":            {runsOn.change(Longs(StripByteCounts, uint32(len(runsOn.strips[0])))), oddRows, oddRows, oddRows - 1, 0},
		"one strip of nine":      {spoil(cutInStrips(t, mmr, 7), 4), oddRows, oddRows, oddRows - 7, 0},
		"cut off":                {cut, 10, oddRows - 10, 10, 10},
		"uncompressed, cut off":  {plainOdd(t).change(Longs(ImageLength, 2*oddRows)), oddRows, oddRows, oddRows, oddRows},
		"the last strip is lost": {cutInStrips(t, mmr, 7).change(Longs(StripByteCounts, 1)), 1, oddRows, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			whole := oddOf(t, mmr)
			f := open(t, craft(binary.LittleEndian, whole, c.o))
			p, err := f.Page(1)
			var d *Damage
			if name == "the last strip is lost" && err == nil {
				return // the strips are taken as long as they are
			}
			if !errors.As(err, &d) {
				t.Fatalf("got %v, %d lines", err, p.Height)
			}
			if d.Page != 2 || !strings.HasPrefix(err.Error(), "page 2: tag StripOffsets (273): ") {
				t.Errorf("page %d: %v", d.Page, err)
			}
			if p.Height != d.Rows || p.Height < c.leastRows || p.Height > c.mostRows {
				t.Errorf("%d lines, of which the error says %d, want %d to %d", p.Height, d.Rows, c.leastRows, c.mostRows)
			}
			if d.BadRows == 0 && d.Missing == 0 && d.Err == nil || d.Missing < c.leastMissing {
				t.Errorf("got %+v, want %d missing", d, c.leastMissing)
			}
			if good := common(p, oddPage()); good < c.leastGood {
				t.Errorf("%d lines are as they were, want %d", good, c.leastGood)
			}
			if _, err := f.Page(0); err != nil {
				t.Errorf("the page before: %v", err)
			}
		})
	}
}

// common counts the lines of b that a has, too, wherever they are.
func common(a, b *raster.Page) int {
	has := map[string]bool{}
	for y := range a.Height {
		has[string(a.Row(y))] = true
	}
	n := 0
	for y := range b.Height {
		if has[string(b.Row(y))] {
			n++
		}
	}
	return n
}

// TestRefused: what cannot be read is refused with the page, the tag and, where something can be done, what.
func TestRefused(t *testing.T) {
	const save = "save it in black and white (1 bit, CCITT Group 4)"
	good := oddOf(t, Style{Coding: t4.MMR})
	outside := Field{XResolution, Rational, make([]byte, 8)}
	for want, o := range map[string]odd{
		"page 2: tag BitsPerSample (258): the picture has 8 bits a pel: " + save:                        good.change(Shorts(BitsPerSample, 8)),
		"page 2: tag SamplesPerPixel (277): the picture has 3 samples a pel: " + save:                   good.change(Shorts(SamplesPerPixel, 3)),
		"page 2: tag PhotometricInterpretation (262): the picture is in colour (2): " + save:            good.change(Shorts(PhotometricInterpretation, 2)),
		"page 2: tag TileOffsets (324): the picture is stored in tiles: save it in strips":              good.change(Longs(TileOffsets, 8)),
		"page 2: tag Compression (259): JPEG is not read: save the picture in CCITT Group 4":            good.change(Shorts(Compression, 7)),
		"page 2: tag Compression (259): compression 999 is not read: save the picture in CCITT Group 4": good.change(Shorts(Compression, 999)),
		"page 2: tag ImageWidth (256): the picture has no width":                                        good.change(without(ImageWidth)),
		"page 2: tag ImageWidth (256): 20001 pels are more than any fax has (20000)":                    good.change(Longs(ImageWidth, 20001)),
		"page 2: tag ImageLength (257): 1000000 lines of 1728 pels are more than any fax has (262144)":  good.change(Longs(ImageLength, 1000000)),
		"page 2: tag StripOffsets (273): points outside the file":                                       good.change(Longs(StripOffsets, 0x7FFFFFFF)),
		"page 2: tag StripOffsets (273): holds no whole numbers":                                        good.change(outside, Field{StripOffsets, Float, make([]byte, 4)}),
		"page 2: tag StripOffsets (273): is missing":                                                    good.change(Longs(StripOffsets, []uint32{}...), Field{StripOffsets, Long, []byte{}}),
		"page 2: tag XResolution (282): its type 99 is unknown":                                         good.change(Field{XResolution, 99, []byte{1, 2}}),
	} {
		f, err := Open(bytes.NewReader(craft(binary.BigEndian, good, o)), int64(len(craft(binary.BigEndian, good, o))))
		if err == nil {
			_, err = f.Page(1)
		}
		if fmt.Sprint(err) != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		var e *Error
		if !errors.As(err, &e) || e.Page != 2 || e.Tag == 0 {
			t.Errorf("%v is no *Error of page 2 with its tag", err)
		}
	}
}

// TestBrokenFiles: errors of the file as a whole.
func TestBrokenFiles(t *testing.T) {
	good := oddOf(t, Style{Coding: t4.MMR})
	leading := func(next func(self, behind uint32) uint32) []byte {
		o := good
		o.next = next
		return craft(binary.LittleEndian, good, o)
	}
	whole := craft(binary.LittleEndian, good, good)
	many := good
	for tag := range Tag(maxFields) {
		many.fields = append(slices.Clone(many.fields), Shorts(50000+tag, 1))
	}
	thumb := good.change(Longs(NewSubfileType, 1))
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":            {nil, "this is not a TIFF file"},
		"text":             {[]byte("Dear Sir or Madam"), "this is not a TIFF file"},
		"another number":   {[]byte("II\x00\x00\x08\x00\x00\x00"), "this is not a TIFF file"},
		"no pages":         {[]byte("II*\x00\x00\x00\x00\x00"), "the file has no pages"},
		"thumbnails only":  {craft(binary.LittleEndian, thumb), "the file has no pages"},
		"a ring":           {leading(func(self, _ uint32) uint32 { return self }), "page 3: its directory at octet"},
		"beyond the end":   {leading(func(_, behind uint32) uint32 { return behind + 1000 }), "page 3: its directory should be at octet"},
		"into the header":  {leading(func(_, _ uint32) uint32 { return 2 }), "page 3: its directory should be at octet 2"},
		"cut off":          {whole[:len(whole)-30], "page 2: its directory is cut off"},
		"too many fields":  {craft(binary.LittleEndian, good, many), "page 2: its directory at octet"},
		"value beyond end": {whole[:len(whole)-0], ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(bytes.NewReader(c.data), int64(len(c.data)))
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	// Without its last link, and between thumbnails, a page is a page.
	f := open(t, craft(binary.LittleEndian, good, thumb, good)[:])
	if f.Pages() != 2 {
		t.Errorf("%d pages beside a thumbnail, want 2", f.Pages())
	}
	if f := open(t, whole[:len(whole)-4]); f.Pages() != 2 {
		t.Errorf("%d pages without the last link, want 2", f.Pages())
	}
	if _, err := f.Page(2); err == nil {
		t.Error("page 3 of 2 can be read")
	}
	if _, err := f.Info(-1); err == nil {
		t.Error("page 0 can be described")
	}
}
