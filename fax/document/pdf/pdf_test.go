package pdf

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

func someInfo() Info {
	at := time.Date(2026, 11, 21, 13, 45, 7, 0, time.FixedZone("", 3600))
	return Info{
		Title: "Fax von Müller (株式会社) <b>&", Author: `back\slash (and) parentheses`, Subject: "3 pages", Software: "faxbox 1.0",
		Language: "de", Time: at.Add(time.Minute),
		Facts: tiff.Facts{
			CallerID: "030 1234567", Csid: "+49 30 7654321", Tsid: "]]> </x:xmpmeta>\x00", Time: at, RecipientName: "שלום",
			Routing: "4711|22",
		},
	}
}

// samples are a page of each resolution, made once.
var samples = sync.OnceValue(func() []*raster.Page {
	return []*raster.Page{
		sample.Letter(raster.Standard), sample.Form(raster.Fine), sample.Letter(raster.Superfine), sample.Form(raster.R16),
		sample.Letter(raster.Inch200), sample.Halftone(raster.Inch300), sample.Form(raster.Inch400),
	}
})

func written(t testing.TB, info Info, pages Pages) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, info, pages); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// disk is a file in memory.
type disk struct{ data []byte }

func (d *disk) WriteAt(p []byte, at int64) (int, error) {
	if need := int(at) + len(p); need > len(d.data) {
		d.data = append(d.data, make([]byte, need-len(d.data))...)
	}
	return copy(d.data[at:], p), nil
}

func (d *disk) Sync() error { return nil }

func tiffOf(t testing.TB, s tiff.Style, pages ...*raster.Page) *tiff.File {
	t.Helper()
	var d disk
	if err := tiff.Write(&d, s, pages...); err != nil {
		t.Fatal(err)
	}
	f, err := tiff.Open(bytes.NewReader(d.data), int64(len(d.data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestStripsAreTheFiles: the Group 4 strips of a TIFF file are there octet for octet, those of other codings as MMR.
func TestStripsAreTheFiles(t *testing.T) {
	pages := samples()
	for _, coding := range []t4.Coding{t4.MMR, t4.MH} {
		f := tiffOf(t, tiff.Style{Coding: coding, LSBFirst: coding == t4.MH}, pages...)
		out := written(t, someInfo(), f)
		for n := range f.Pages() {
			c, err := f.Coded(n)
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("/Length %d >>\nstream\n%s\nendstream", len(c.Strip), c.Strip); !bytes.Contains(out, []byte(want)) {
				t.Errorf("%v: the strip of page %d is not there", coding, n+1)
			}
		}
		if again := written(t, someInfo(), f); !bytes.Equal(out, again) {
			t.Error("the same pages made another file")
		}
	}
}

// TestObjects: the table leads to every object, and the file says of itself how large it is.
func TestObjects(t *testing.T) {
	out := written(t, someInfo(), Rasters(samples()...))
	tail := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(out)
	if tail == nil {
		t.Fatalf("no end: %q", out[len(out)-80:])
	}
	at, _ := strconv.Atoi(string(tail[1]))
	var size int
	if _, err := fmt.Sscanf(string(out[at:]), "xref\n0 %d\n", &size); err != nil {
		t.Fatal(err)
	}
	if want := firstPage + 3*len(samples()); size != want {
		t.Errorf("%d objects, want %d", size, want)
	}
	table := out[at+len(fmt.Sprintf("xref\n0 %d\n", size)):]
	for n := 1; n < size; n++ {
		line := string(table[20*n : 20*n+20])
		if !regexp.MustCompile(`^\d{10} 00000 n \n$`).MatchString(line) {
			t.Fatalf("entry %d is %q", n, line)
		}
		offset, _ := strconv.Atoi(line[:10])
		if want := fmt.Sprintf("\n%d 0 obj\n", n); !bytes.HasPrefix(out[offset-1:], []byte(want)) {
			t.Errorf("object %d is not at %d: %q", n, offset, out[offset:offset+10])
		}
	}
}

// TestArchivable: what ISO 19005-2 asks of a file for level B, as far as it touches files like ours.
func TestArchivable(t *testing.T) {
	out := string(written(t, someInfo(), Rasters(samples()[0])))
	if out[:10] != "%PDF-1.7\n%" || min(out[10], out[11], out[12], out[13]) < 0x80 || out[14] != '\n' {
		t.Errorf("header %q", out[:20]) // 6.1.2
	}
	for clause, forbidden := range map[string]string{
		"6.1.3": "/Encrypt", "6.1.7.2": "/LZWDecode", "6.1.7.1": "/FFilter", "6.2.8": "/Interpolate", "6.2.8.3": "/Alternates",
		"6.2.4.3": "/DeviceRGB", "6.6.1": "/AA ", "6.5.1": "/JavaScript", "6.2.5": "/TR ",
	} {
		if strings.Contains(out, forbidden) {
			t.Errorf("%s forbids %s", clause, forbidden)
		}
	}
	for clause, needed := range map[string]string{
		"6.1.3": `/ID \[<[0-9a-f]{32}><[0-9a-f]{32}>\]`, "6.6.2.1": `/Type /Metadata /Subtype /XML /Length`,
		"6.2.3": `/S /GTS_PDFA1 /OutputConditionIdentifier \(`, "6.2.4.3": `/ColorSpace /DeviceGray`,
		"6.1.6": `/Length \d+ >>\nstream\n`,
	} {
		if !regexp.MustCompile(needed).MatchString(out) {
			t.Errorf("%s wants %s", clause, needed)
		}
	}
	packet := []byte(out[strings.Index(out, "<?xpacket begin"):strings.Index(out, "<?xpacket end")])
	got := properties(t, packet)
	for name, want := range map[string]string{
		"part": "2", "conformance": "B", "title": "Fax von Müller (株式会社) <b>&", "creator": `back\slash (and) parentheses`,
		"description": "3 pages", "Producer": "faxbox", "CreatorTool": "faxbox 1.0", "CreateDate": "2026-11-21T13:46:07+01:00",
		"ModifyDate": "2026-11-21T13:46:07+01:00", "CallerId": "030 1234567", "Csid": "+49 30 7654321", "Tsid": "]]> </x:xmpmeta>",
		"Time": "2026-11-21T13:45:07+01:00", "RecipientName": "שלום", "Routing": "4711|22",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	for _, want := range []string{
		`/Author (back\\slash \(and\) parentheses)`, `/Subject (3 pages)`, `/Creator (faxbox 1.0)`, `/Producer (faxbox)`,
		`/CreationDate (D:20261121134607+01'00)`, `/ModDate (D:20261121134607+01'00)`, `/Title <FEFF004600610078`,
	} { // 6.6.3: the same as in the packet
		if !strings.Contains(out, want) {
			t.Errorf("the information dictionary has no %s", want)
		}
	}
}

// properties are the texts in the first description of a packet by the local name of their element.
func properties(t *testing.T, packet []byte) map[string]string {
	t.Helper()
	got := map[string]string{}
	var path []string
	d := xml.NewDecoder(bytes.NewReader(packet))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return got
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, packet)
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, token.Name.Local)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			s := strings.TrimSpace(string(token))
			if s == "" || len(path) < 4 {
				continue
			}
			if _, twice := got[path[3]]; !twice {
				got[path[3]] = s
			}
		}
	}
}

func TestSizes(t *testing.T) {
	for name, c := range map[string]struct {
		page *raster.Page
		want string
	}{
		"A4 standard":   {raster.New(1728, 1143, raster.Standard), "/MediaBox [0 0 609.449 841.558]"}, // 215 mm x 296.9 mm
		"A4 fine":       {raster.New(1728, 2286, raster.Fine), "/MediaBox [0 0 609.449 841.558]"},
		"A4 superfine":  {raster.New(1728, 4573, raster.Superfine), "/MediaBox [0 0 609.449 841.743]"},
		"R16":           {raster.New(3456, 4573, raster.R16), "/MediaBox [0 0 609.449 841.743]"},
		"Letter":        {raster.New(2550, 3300, raster.Inch300), "/MediaBox [0 0 612 792]"},
		"200":           {raster.New(1700, 1100, raster.Inch200x100), "/MediaBox [0 0 612 792]"},
		"no resolution": {raster.New(1700, 2200, raster.Resolution{}), "/MediaBox [0 0 612 792]"},
		"one line":      {raster.New(1728, 1, raster.Superfine), "/MediaBox [0 0 609.449 3]"},
		"very long":     {raster.New(1700, 100000, raster.Inch200), "/MediaBox [0 0 204 12000] /UserUnit 3"},
	} {
		t.Run(name, func(t *testing.T) {
			if out := written(t, Info{}, Rasters(c.page)); !bytes.Contains(out, []byte(c.want)) {
				t.Errorf("no %s but %s", c.want, regexp.MustCompile(`/MediaBox.*`).Find(out))
			}
		})
	}
}

// patchy has pages that cannot be read.
type patchy struct{ rasters }

func (p patchy) Coded(n int) (tiff.Coded, error) {
	switch n {
	case 1:
		return tiff.Coded{}, errors.New("this sector is gone")
	case 2:
		c, _ := p.rasters.Coded(n)
		return c, &tiff.Damage{Page: 3, Rows: 1, BadRows: 1}
	}
	return p.rasters.Coded(n)
}

func TestUnreadablePages(t *testing.T) {
	pages := samples()[:4]
	out := written(t, Info{}, patchy{rasters(pages)})
	if n := bytes.Count(out, []byte("/Subtype /Image")); n != 3 {
		t.Errorf("%d images, want 3", n)
	}
	if !bytes.Contains(out, []byte("/Count 4")) {
		t.Error("there are no 4 pages")
	}
}

func TestNothingToWrite(t *testing.T) {
	if err := Write(io.Discard, Info{}, Rasters()); err == nil {
		t.Error("a file without pages")
	}
}

// full takes so many octets.
type full struct{ left int }

var errFull = errors.New("no more")

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriterThatFails(t *testing.T) {
	pages := Rasters(samples()[:3]...)
	whole := len(written(t, someInfo(), pages))
	for _, left := range []int{0, 1 << 16, whole / 2, whole - 1} {
		if err := Write(&full{left}, someInfo(), pages); !errors.Is(err, errFull) {
			t.Errorf("after %d octets of %d: %v", left, whole, err)
		}
	}
}

// many is one page many times over, and sees that nothing is kept of those before.
type many struct {
	t     *testing.T
	page  tiff.Coded
	count int
	out   *bytes.Buffer
}

func (m many) Pages() int { return m.count }

func (m many) Coded(n int) (tiff.Coded, error) {
	if held := n*len(m.page.Strip) - m.out.Len(); held > 64<<10 {
		m.t.Fatalf("at page %d %d octets are held back", n+1, held)
	}
	return m.page, nil
}

func TestStreams(t *testing.T) {
	c, err := Rasters(sample.Letter(raster.Fine)).Coded(0)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Write(&out, someInfo(), many{t, c, 300, &out}); err != nil {
		t.Fatal(err)
	}
}

// TestProfile: the profile has the size it states, its tags lie within it, and it is one of gray.
func TestProfile(t *testing.T) {
	p := grayProfile()
	number := func(at int) int { return int(p[at])<<24 | int(p[at+1])<<16 | int(p[at+2])<<8 | int(p[at+3]) }
	if number(0) != len(p) || string(p[36:40]) != "acsp" || string(p[16:20]) != "GRAY" || len(p)%4 != 0 {
		t.Fatalf("header %q of %d octets", p[:128], len(p))
	}
	for i := range number(128) {
		at := 132 + 12*i
		offset, size := number(at+4), number(at+8)
		if offset%4 != 0 || offset < 132 || offset+size > len(p) {
			t.Errorf("%s: %d octets at %d", p[at:at+4], size, offset)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("")
	f.Add(`(\)`)
	f.Add("\r\n\x00\xff")
	f.Add("Ω≈ 𝄞")
	f.Fuzz(func(t *testing.T, s string) {
		info := Info{Title: s, Author: s, Facts: tiff.Facts{Tsid: s, RecipientName: s}, Language: s}
		packet := xmp(info)
		got := properties(t, packet)
		if want := strings.TrimSpace(tiff.PlainText(s)); got["Tsid"] != want && !strings.ContainsFunc(want, notXML) {
			t.Errorf("%q became %q", want, got["Tsid"])
		}
		literal := text(s)
		if strings.ContainsAny(literal, "\r\n\x00") || literal[0] != '(' && literal[0] != '<' {
			t.Errorf("text %q", literal)
		}
	})
}

// notXML are characters that XML 1.0 does not have.
func notXML(r rune) bool { return r == '\uFFFE' || r == '\uFFFF' }

func BenchmarkWrite(b *testing.B) {
	f := tiffOf(b, tiff.Style{Coding: t4.MMR}, sample.Letter(raster.Fine))
	for b.Loop() {
		if err := Write(io.Discard, Info{}, f); err != nil {
			b.Fatal(err)
		}
	}
}
