package document

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"faxbox/fax/document/typeset"
	"faxbox/fax/raster"
	"faxbox/fax/t4"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

var sentAt = time.Date(2026, 11, 21, 15, 4, 5, 0, time.FixedZone("CET", 3600))

// header is one that has all that a header can have.
func header(fonts *typeset.Fonts) Header {
	return Header{Fonts: fonts, Time: sentAt, Name: "Müller & Söhne GmbH", ID: "+49 30 1234567", Number: "+44 20 7946 0000", Total: 12}
}

// width is that of a header line on a page of this resolution, in points.
func width(r raster.Resolution) float64 {
	return float64(raster.A4.Width(r))/float64(r.X)*pointsPerInch - 2*headerMargin*pointsPerMM
}

// TestHeaderPictures draws header lines onto black pages, so that it shows what they take of them.
func TestHeaderPictures(t *testing.T) {
	fonts := typeset.Open()
	plain := header(fonts)
	retry := header(fonts)
	retry.First, retry.Language = 3, "de-AT"
	hebrew := header(fonts)
	hebrew.Name, hebrew.Layout = `שלום 12 (עולם) Ltd בע"מ`, "02 Jan 2006 15:04 MST"
	long := header(fonts)
	long.Name = "क्षेत्र कार्यालय " + strings.Repeat("شركة الاتصالات ", 20)
	for _, r := range []raster.Resolution{raster.Standard, raster.Fine, raster.Superfine, raster.R16, raster.Inch300} {
		all := raster.New(raster.A4.Width(r), 0, r)
		for n, h := range []Header{plain, retry, hebrew, long, {Fonts: fonts, Time: sentAt}} {
			page := raster.New(raster.A4.Width(r), int(5*r.LinesPerMM()), r)
			for i := range page.Bits {
				page.Bits[i] = 0xFF
			}
			page = h.onto(page, n, 5)
			all.Bits = append(all.Bits, page.Bits...)
			all.Height += page.Height
		}
		golden(t, all, fmt.Sprintf("header-%dx%d", r.X, r.Y))
	}
}

// golden compares a page with a picture in testdata.
func golden(t *testing.T, p *raster.Page, name string) {
	t.Helper()
	img := image.NewPaletted(image.Rect(0, 0, p.Width, p.Height), color.Palette{color.White, color.Black})
	for i := range img.Pix {
		x, y := i%p.Width, i/p.Width
		img.Pix[i] = p.Row(y)[x/8] >> (7 - x%8) & 1
	}
	path := filepath.Join("testdata", name+".png")
	if *update {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	octets, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; -update makes it", err)
	}
	want, err := png.Decode(bytes.NewReader(octets))
	if err != nil {
		t.Fatal(err)
	}
	if w, ok := want.(*image.Paletted); !ok || w.Rect != img.Rect || !bytes.Equal(w.Pix, img.Pix) {
		t.Errorf("%s does not look as it did; if it is better, run with -update", name)
	}
}

// TestHeaderTakesTheTop and nothing else: the page stays as long and wide as it was, and the header keeps away from it.
func TestHeaderTakesTheTop(t *testing.T) {
	h := header(typeset.Open())
	h.Name = "Ąğjpqy, Ångström क्षेत्रू"
	for _, r := range known {
		for _, paper := range []raster.Paper{raster.A4, raster.B4, raster.A3} {
			page := lines(paper.Width(r), 120, r, 1)
			before := slices.Clone(page.Bits)
			got := h.onto(page, 0, 1)
			if !bytes.Equal(page.Bits, before) {
				t.Fatalf("%v: the page itself was changed", r)
			}
			if got.Width != page.Width || got.Height != page.Height || got.Resolution != r {
				t.Fatalf("%v: %d x %d pels, want %d x %d", r, got.Width, got.Height, page.Width, page.Height)
			}
			top := int(3.7 * r.LinesPerMM())
			if !bytes.Equal(got.Bits[top*got.Stride:], page.Bits[top*got.Stride:]) {
				t.Errorf("%v: lines below the %d of the header are not as they were", r, top)
			}
			if !white(got.Row(top - 1)) {
				t.Errorf("%v: no gap beneath the header", r)
			}
			if white(got.Bits[:top*got.Stride]) {
				t.Errorf("%v: no header", r)
			}
			margin := int(9 * r.PelsPerMM() / 8)
			for y := range top {
				if row := got.Row(y); !white(row[:margin]) || !white(row[len(row)-margin:]) {
					t.Errorf("%v: line %d reaches into the margin of 9 mm", r, y)
				}
			}
		}
	}
}

func white(octets []byte) bool {
	return !bytes.ContainsFunc(octets, func(r rune) bool { return r != 0 })
}

func TestHeaderOnTinyPages(t *testing.T) {
	h := header(typeset.Open())
	for _, size := range [][2]int{{1, 1}, {8, 3}, {1728, 1}, {1728, 13}, {40, 14}, {1728, 0}} {
		if p := h.onto(raster.New(size[0], size[1], raster.Standard), 0, 1); p.Width != size[0] || p.Height != size[1] {
			t.Errorf("a page of %v became %d x %d", size, p.Width, p.Height)
		}
	}
}

// TestHeaderParts knows the parts of the line by their widths.
func TestHeaderParts(t *testing.T) {
	fonts := typeset.Open()
	long := strings.Repeat("Very long names ", 12)
	for _, c := range []struct {
		about    string
		change   func(*Header)
		n, pages int
		want     []string // * is what was cut
	}{
		{"all", func(*Header) {}, 0, 12, []string{"2026-11-21 15:04", "Müller & Söhne GmbH", "+49 30 1234567", "to +44 20 7946 0000", "page 1 of 12"}},
		{"a retry that starts at page 4", func(h *Header) { h.First = 3 }, 0, 9, []string{"2026-11-21 15:04", "Müller & Söhne GmbH", "+49 30 1234567", "to +44 20 7946 0000", "page 4 of 12"}},
		{"its last page", func(h *Header) { h.First = 3 }, 8, 9, []string{"2026-11-21 15:04", "Müller & Söhne GmbH", "+49 30 1234567", "to +44 20 7946 0000", "page 12 of 12"}},
		{"a total that is not told", func(h *Header) { h.Total = 0 }, 1, 2, []string{"2026-11-21 15:04", "Müller & Söhne GmbH", "+49 30 1234567", "to +44 20 7946 0000", "page 2 of 2"}},
		{"German", func(h *Header) { h.Language = "de" }, 0, 1, []string{"21.11.2026 15:04", "Müller & Söhne GmbH", "+49 30 1234567", "an +44 20 7946 0000", "Seite 1 von 12"}},
		{"a time of one's own", func(h *Header) { h.Layout = time.Kitchen }, 0, 1, []string{"3:04PM", "Müller & Söhne GmbH", "+49 30 1234567", "to +44 20 7946 0000", "page 1 of 12"}},
		{"nothing known", func(h *Header) { h.Name, h.ID, h.Number = "", "", "" }, 0, 1, []string{"2026-11-21 15:04", "page 1 of 12"}},
		{"a name that is the number", func(h *Header) { h.Name = h.ID }, 0, 1, []string{"2026-11-21 15:04", "+49 30 1234567", "to +44 20 7946 0000", "page 1 of 12"}},
		{"the recipient's number goes first", func(h *Header) { h.Name = long[:80] }, 0, 1, []string{"2026-11-21 15:04", long[:80], "+49 30 1234567", "page 1 of 12"}},
		{"then the name is cut", func(h *Header) { h.Name = long }, 0, 1, []string{"2026-11-21 15:04", "*", "+49 30 1234567", "page 1 of 12"}},
		{"then the id", func(h *Header) { h.Name, h.ID = "", long }, 0, 1, []string{"2026-11-21 15:04", "*", "page 1 of 12"}},
	} {
		h := header(fonts)
		c.change(&h)
		parts := h.parts(width(raster.Fine), c.n, c.pages)
		if len(parts) != len(c.want) {
			t.Errorf("%s: %d parts, want %q", c.about, len(parts), c.want)
			continue
		}
		if over := excess(parts, width(raster.Fine)); over > 1e-6 {
			t.Errorf("%s: %.2f points too wide", c.about, over)
		}
		for i, part := range parts {
			want := fonts.Line(c.want[i], headerStyle, math.Inf(1)).Width()
			if c.want[i] == "*" {
				want = width(raster.Fine) - excess(append(slices.Clone(parts[:i]), parts[i+1:]...), 0) - headerSpace
				if part.Width() > want || part.Width() < want-headerSize {
					t.Errorf("%s: what was cut is %.1f points wide, there is room for %.1f", c.about, part.Width(), want)
				}
			} else if math.Abs(part.Width()-want) > 1e-6 {
				t.Errorf("%s: part %d is %.1f points wide, want %q, %.1f", c.about, i, part.Width(), c.want[i], want)
			}
		}
	}
}

// TestHeaderIsSent codes pages in several formats. What arrives is the page, fitted, with its header line at that resolution.
func TestHeaderIsSent(t *testing.T) {
	fonts := typeset.Open()
	pages := Rasters{lines(1728, 200, raster.Fine, 1), lines(1728, 200, raster.Fine, 2)}
	for _, r := range []raster.Resolution{raster.Fine, raster.Standard, raster.Superfine} {
		h := header(fonts)
		h.First = 3
		d := outgoing(t, Options{Header: &h}, File{"a", pages})
		f := format(t4.MMR, r, true)
		for n, page := range pages {
			octets, err := d.Code(n, f)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := decode(t, f, octets)
			want := h.onto(page.Fit(f.Width, r), n, len(pages))
			if !bytes.Equal(got.Bits, want.Bits) {
				t.Errorf("%v: page %d is not what it was with a header", r, n)
			}
			if bytes.Equal(want.Bits, page.Fit(f.Width, r).Bits) {
				t.Errorf("%v: page %d has no header", r, n)
			}
		}
	}
}

// FuzzHeader draws names and numbers of any octets.
func FuzzHeader(f *testing.F) {
	f.Add("Müller", "+49 30 1", "+44", "2006", 0, 1)
	f.Add("שלום\u202E\n\x00", "\xff", strings.Repeat("9", 300), "", 1<<62, -1)
	fonts := typeset.Open()
	page := lines(1728, 40, raster.Standard, 1)
	f.Fuzz(func(t *testing.T, name, id, number, layout string, first, total int) {
		if len(name)+len(id)+len(number)+len(layout) > 1<<12 {
			return
		}
		h := Header{Fonts: fonts, Time: sentAt, Layout: layout, Name: name, ID: id, Number: number, First: first, Total: total}
		got := h.onto(page, 0, 1)
		const top = 14
		if !white(got.Row(top-1)) || !bytes.Equal(got.Bits[top*got.Stride:], page.Bits[top*got.Stride:]) {
			t.Error("the header left its place")
		}
	})
}

// BenchmarkHeader is what a page costs more with a header.
func BenchmarkHeader(b *testing.B) {
	for _, r := range []raster.Resolution{raster.Standard, raster.Fine, raster.R16} {
		b.Run(fmt.Sprintf("%dx%d", r.X, r.Y), func(b *testing.B) {
			h := header(typeset.Open())
			page := raster.New(raster.A4.Width(r), raster.A4.Rows(r), r)
			h.onto(page, 0, 1)
			for n := 0; b.Loop(); n++ {
				h.onto(page, n%100, 1)
			}
		})
	}
}
