package tiff

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"faxbox/fax/raster"
	"faxbox/fax/t4"
)

var berlin = time.FixedZone("", 3600)

// someFacts are facts of every kind, in several scripts.
func someFacts() Facts {
	return Facts{
		CallerID: "030 1234567", Csid: "+49 30 7654321", Tsid: "+49 30 1234567",
		Time:          time.Date(2026, 11, 21, 13, 45, 7, 0, berlin),
		RecipientName: "Müller & Söhne", RecipientNumber: "0049307654321", Routing: "4711|22", SenderName: "Анна 株式会社",
	}
}

// exported is the file with these facts, as it comes out of Export.
func exported(t testing.TB, f *File, facts Facts) *File {
	t.Helper()
	var b bytes.Buffer
	if err := Export(&b, f, facts); err != nil {
		t.Fatal(err)
	}
	return open(t, b.Bytes())
}

func sameFacts(t testing.TB, got, want Facts) {
	t.Helper()
	if !got.Time.Equal(want.Time) {
		t.Errorf("time %v, want %v", got.Time, want.Time)
	}
	got.Time, want.Time = time.Time{}, time.Time{}
	if got != want {
		t.Errorf("facts %+v, want %+v", got, want)
	}
}

func TestFactsRoundTrip(t *testing.T) {
	f := open(t, craft(binary.BigEndian, oddOf(t, Style{Coding: t4.MMR})))
	for name, want := range map[string]Facts{
		"all": someFacts(), "none": {}, "one": {Csid: "123"}, "routed": {Routing: "4711"},
		"in UTC": {Time: time.Date(1999, 1, 2, 3, 4, 5, 0, time.UTC)},
	} {
		t.Run(name, func(t *testing.T) {
			out := exported(t, f, want)
			got, err := ReadFacts(out, nil)
			if err != nil {
				t.Fatal(err)
			}
			sameFacts(t, got, want)
			again, err := ReadFacts(exported(t, out, got), nil)
			if err != nil {
				t.Fatal(err)
			}
			sameFacts(t, again, want)
		})
	}
}

// TestFactTags: which tag each fact has is a promise to programs that ask for TiffTagString.
func TestFactTags(t *testing.T) {
	f := open(t, craft(binary.LittleEndian, oddOf(t, Style{Coding: t4.MMR})))
	texts, err := exported(t, f, someFacts()).Texts(0)
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[Tag]string{
		270: "+49 30 1234567 030 1234567", 306: "2026:11:21 13:45:07", 315: "Анна 株式会社", 34909: "22", 36880: "+01:00",
		65200: "030 1234567", 65201: "+49 30 7654321", 65202: "+49 30 1234567", 65203: "Müller & Söhne", 65204: "0049307654321",
		65205: "4711|22", 259: "4", 256: "1728", 297: "0, 1",
	} {
		if texts[tag] != want {
			t.Errorf("%v is %q, want %q", tag, texts[tag], want)
		}
	}
}

func TestFactsOfOthers(t *testing.T) {
	base := oddOf(t, Style{Coding: t4.MMR})
	for name, c := range map[string]struct {
		fields []Field
		zone   *time.Location
		want   Facts
	}{
		"HylaFAX": {
			[]Field{Text(Software, "HylaFAX (tm) Version 6.0"), Text(ImageDescription, "+1 555 0100\n5550100\nAnna"), Text(DateTime, "2020:02:03 04:05:06")},
			berlin, Facts{Tsid: "+1 555 0100", CallerID: "5550100", Time: time.Date(2020, 2, 3, 4, 5, 6, 0, berlin)},
		},
		"a scanner": {
			[]Field{Text(Software, "Scan"), Text(ImageDescription, "page\none"), Text(DateTime, "2020:02:03 04:05:06")}, nil, Facts{},
		},
		"no time":      {[]Field{Text(DateTime, "    :  :     :  :  ")}, berlin, Facts{}},
		"old letters":  {[]Field{{Artist, ASCII, []byte("M\xFCller\x00")}}, nil, Facts{SenderName: "Müller"}},
		"no text":      {[]Field{Shorts(FactCsid, 7)}, nil, Facts{Csid: "7"}},
		"a subaddress": {[]Field{Text(FaxSubAddress, "22")}, nil, Facts{Routing: "|22"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadFacts(open(t, craft(binary.LittleEndian, base.change(c.fields...))), c.zone)
			if err != nil {
				t.Fatal(err)
			}
			sameFacts(t, got, c.want)
		})
	}
}

func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		" a\x00b\r\n":                "a b",
		"\x1b[31mred\u2028\u0085x":   "[31mred  x",
		"caf\xe9":                    "café",
		strings.Repeat("ж", 2000):    strings.Repeat("ж", 1000),
		strings.Repeat("\xff", 2000): strings.Repeat("ÿ", 1000),
		"שלום <b>&":                  "שלום <b>&",
	} {
		if got := PlainText(in); got != want {
			t.Errorf("PlainText(%.40q) = %.40q, want %.40q", in, got, want)
		}
	}
}

// TestExportKeepsPages: pages of all codings and orders come out with the same pels, strips with the same octets.
func TestExportKeepsPages(t *testing.T) {
	var file []odd
	for _, style := range styles {
		file = append(file, oddOf(t, style), cutInStrips(t, style, 7))
	}
	file = append(file, plainOdd(t))
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		f := open(t, craft(order, file...))
		out := exported(t, f, someFacts())
		if out.Pages() != f.Pages() {
			t.Fatalf("%d pages, want %d", out.Pages(), f.Pages())
		}
		for n := range f.Pages() {
			want, err := f.Page(n)
			if err != nil {
				t.Fatal(err)
			}
			got, err := out.Page(n)
			if err != nil {
				t.Fatal(err)
			}
			samePage(t, got, want)
			if from, to := strips(t, f, n), strips(t, out, n); !bytes.Equal(from, to) {
				t.Errorf("page %d: its strips were changed", n+1)
			}
			number, _, _ := out.Field(n, PageNumber)
			if at, _ := number.Uint(0); int(at) != n {
				t.Errorf("page %d is said to be page %d", n+1, at)
			}
			if of, _ := number.Uint(1); int(of) != f.Pages() {
				t.Errorf("page %d is said to be of %d", n+1, of)
			}
		}
	}
}

// strips are the octets of all strips of page n.
func strips(t testing.TB, f *File, n int) []byte {
	t.Helper()
	d, err := f.at(n)
	if err != nil {
		t.Fatal(err)
	}
	l, err := d.layout()
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, s := range l.strips {
		octets := make([]byte, s.count)
		if err := f.read(octets, s.offset); err != nil {
			t.Fatal(err)
		}
		all = append(all, octets...)
	}
	return all
}

// TestExportRefusesRepetition: strips that lie in one another would make a file of gigabytes out of a small one.
func TestExportRefusesRepetition(t *testing.T) {
	o := plainOdd(t)
	data := craft(binary.LittleEndian, o)
	offsets, counts := make([]uint32, oddRows), make([]uint32, oddRows)
	for i := range offsets {
		offsets[i], counts[i] = 8, uint32(len(data)-8)
	}
	data = craft(binary.LittleEndian, o.change(Longs(StripOffsets, offsets...), Longs(StripByteCounts, counts...), Longs(RowsPerStrip, 1)))
	var b bytes.Buffer
	err := Export(&b, open(t, data), Facts{})
	if err == nil || !strings.Contains(err.Error(), "strips take") {
		t.Errorf("error %v", err)
	}
}

func TestCodedAsStored(t *testing.T) {
	f := open(t, craft(binary.LittleEndian, oddOf(t, Style{Coding: t4.MMR})))
	got, err := f.Coded(0)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Strip, strips(t, f, 0)) {
		t.Error("the strip is not the file's")
	}
}

// TestCodedAnew: whatever a page is stored as, Coded is the same pels in one strip of MMR.
func TestCodedAnew(t *testing.T) {
	base := oddOf(t, Style{Coding: t4.MMR})
	cases := map[string]odd{
		"strips": cutInStrips(t, Style{Coding: t4.MMR}, 7), "plain": plainOdd(t),
		"white is 1":     base.change(Shorts(PhotometricInterpretation, 1)),
		"without a size": base.change(without(ImageLength)),
	}
	for name, style := range styles {
		cases[name] = oddOf(t, style)
	}
	for name, o := range cases {
		t.Run(name, func(t *testing.T) {
			f := open(t, craft(binary.LittleEndian, o))
			want, err := f.Page(0)
			if err != nil {
				t.Fatal(err)
			}
			c, err := f.Coded(0)
			if err != nil {
				t.Fatal(err)
			}
			if c.Coding != t4.MMR || c.LSBFirst || c.Resolution != want.Resolution {
				t.Errorf("coding %v, LSB first %v, resolution %v", c.Coding, c.LSBFirst, c.Resolution)
			}
			samePage(t, decoded(t, c), want)
		})
	}
}

// decoded reads the strip by itself, which must be sound and end with EOFB.
func decoded(t testing.TB, c Coded) *raster.Page {
	t.Helper()
	p := &raster.Page{Width: c.Width, Stride: (c.Width + 7) / 8, Resolution: c.Resolution}
	d, err := t4.NewDecoder(t4.Config{Coding: t4.MMR, Width: c.Width}, func(row []byte) {
		p.Bits = append(p.Bits, row...)
		p.Height++
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = d.Write(c.Strip) // what is wrong shows in Close
	if err := d.Close(); err != nil {
		t.Errorf("the strip: %v", err)
	}
	if r := d.Report(); !r.End || r.BadLines != 0 || p.Height != c.Height {
		t.Errorf("the strip: %+v, %d lines of %d", r, p.Height, c.Height)
	}
	return p
}

// TestCodedDamaged: of a damaged strip there is what can be read, coded anew, and the damage.
func TestCodedDamaged(t *testing.T) {
	data := craft(binary.LittleEndian, oddOf(t, Style{Coding: t4.MMR}))
	f := open(t, data)
	d, _ := f.at(0)
	l, _ := d.layout()
	s := l.strips[0]
	for i := s.offset + s.count/2; i < s.offset+s.count; i++ {
		data[i] = 0
	}
	want, damage := f.Page(0)
	if damage == nil {
		t.Fatal("the page is not damaged")
	}
	c, err := f.Coded(0)
	if err == nil || err.Error() != damage.Error() {
		t.Errorf("error %v, want %v", err, damage)
	}
	samePage(t, decoded(t, c), want)
}

// FuzzExport: what Open takes is exported or refused, and what was exported reads the same; Coded gives strips that hold as
// many lines as it says.
func FuzzExport(f *testing.F) {
	for _, style := range styles {
		f.Add(craft(binary.LittleEndian, oddOf(f, style), cutInStrips(f, style, 7)), "+49", "Müller", int64(1))
	}
	f.Add(craft(binary.BigEndian, plainOdd(f)), "\x00\x1b", "\xff\n\u202e", int64(-1))
	f.Fuzz(func(t *testing.T, data []byte, number, name string, at int64) {
		file, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		facts := Facts{CallerID: number, Tsid: number, RecipientName: name, SenderName: name, Routing: number + "|" + name, Time: time.Unix(at, 0).UTC()}
		var b bytes.Buffer
		if err := Export(&b, file, facts); err != nil {
			return
		}
		out := open(t, b.Bytes())
		if out.Pages() != file.Pages() {
			t.Fatalf("%d pages, want %d", out.Pages(), file.Pages())
		}
		got, err := ReadFacts(out, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{got.CallerID, got.RecipientName, got.SenderName, got.Tsid} {
			if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || utf8.RuneCountInString(text) > maxText {
				t.Errorf("text %q", text)
			}
		}
		if name := PlainText(name); name != "" && got.SenderName != name {
			t.Errorf("name %q, want %q", got.SenderName, name)
		}
		for n := range min(file.Pages(), 2) {
			if !bytes.Equal(strips(t, file, n), strips(t, out, n)) {
				t.Errorf("page %d: its strips were changed", n+1)
			}
			if c, _ := file.Coded(n); c.Strip != nil {
				decoded(t, c)
			}
		}
	})
}
