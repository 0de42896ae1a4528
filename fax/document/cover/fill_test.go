package cover

import (
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"faxbox/fax/document/typeset"
	"faxbox/fax/raster"
)

var (
	afternoon   = time.Date(2026, 11, 21, 16, 5, 0, 0, time.UTC)
	resolutions = []raster.Resolution{raster.Standard, raster.Superfine}
)

// blank is a form of white pages, A4, with these fields.
func blank(r raster.Resolution, pages int, fields ...Field) Form {
	f := Form{Fields: fields}
	for range pages {
		f.Pages = append(f.Pages, raster.New(raster.A4.Width(r), raster.A4.Rows(r), r))
	}
	return f
}

// at is a field of a member on the first page.
func at(name string, w, h, size float64) Field {
	return Field{Name: name, X: 60, Y: 100, W: w, H: h, Size: size}
}

// ink counts the black pels of a page inside of a rectangle in points, and on the whole page.
func ink(p *raster.Page, x, y, w, h float64) (inside, all int) {
	across, down := float64(p.Resolution.X)/72, float64(p.Resolution.Y)/72
	for line := range p.Height {
		for i, octet := range p.Row(line) {
			for ; octet != 0; octet &= octet - 1 {
				all++
				px, py := float64(i*8+7-bits.TrailingZeros8(octet))/across, float64(line)/down
				if px >= x && px < x+w && py >= y && py < y+h {
					inside++
				}
			}
		}
	}
	return inside, all
}

// fonts are those that are built in.
var fonts = typeset.Open()

func fill(t *testing.T, f Form, values map[string]string, following int) ([]*raster.Page, []string) {
	t.Helper()
	pages, remarks, err := Fill(f, values, following, fonts)
	if err != nil {
		t.Fatal(err)
	}
	return pages, remarks
}

// TestFillBuiltin: each field of each template shows its text, in its place, at low and high resolution; and nothing is said.
func TestFillBuiltin(t *testing.T) {
	for _, tmpl := range Builtin() {
		for _, r := range resolutions {
			form := readForm(t, tmpl, r)
			values := Sample(afternoon, tmpl.Language)
			pages, remarks := fill(t, form, values, 3)
			if len(pages) != 1 || len(remarks) > 0 {
				t.Fatalf("%s, %v: %d pages, %q", tmpl.Name, tmpl.Paper, len(pages), remarks)
			}
			sum := 0
			for _, d := range form.Fields {
				if d.Page > 0 {
					continue
				}
				in, _ := ink(pages[0], d.X, d.Y, d.W, d.H)
				sum += in
				if in == 0 {
					t.Errorf("%s, %v, %v: nothing in %s", tmpl.Name, tmpl.Paper, r, d.Name)
				}
			}
			if _, all := ink(pages[0], 0, 0, 0, 0); sum != all {
				t.Errorf("%s, %v, %v: %d of %d pels lie in no field", tmpl.Name, tmpl.Paper, r, all-sum, all)
			}
		}
	}
}

// TestFillCopies: the form is not changed, so that it serves for the next recipient.
func TestFillCopies(t *testing.T) {
	form := blank(raster.Fine, 1, at("recipientName", 200, 20, 12))
	a, _ := fill(t, form, map[string]string{"recipientName": "Anna"}, 0)
	b, _ := fill(t, form, map[string]string{"recipientName": "Bert"}, 0)
	if _, n := ink(form.Pages[0], 0, 0, 0, 0); n != 0 {
		t.Error("the form was written on")
	}
	if slices.Equal(a[0].Bits, b[0].Bits) {
		t.Error("both covers are the same")
	}
}

// TestFillLine: what does not fit in a line becomes smaller, then wraps if there is room, then is cut with a remark.
func TestFillLine(t *testing.T) {
	const name = "Wolfeschlegelsteinhausenbergerdorff"
	for _, c := range []struct {
		what    string
		field   Field
		text    string
		r       raster.Resolution
		size    float64
		lines   int
		remarks int
	}{
		{"fits", at("recipientName", 300, 20, 12), name, raster.Fine, 12, 1, 0},
		{"is made smaller", at("recipientName", 195, 20, 12), name, raster.Fine, 10.5, 1, 0},
		{"wraps", at("recipientName", 160, 28, 12), "Wolfeschlegel steinhausen bergerdorff", raster.Fine, 9, 2, 0},
		{"is cut", at("recipientName", 100, 14, 12), name, raster.Fine, 9, 1, 1},
		{"is cut at standard", at("recipientName", 100, 14, 12), name, raster.Standard, 10, 1, 1},
		{"meant to be small", at("recipientName", 300, 14, 7), name, raster.Standard, 7, 1, 0},
		{"of no size", at("recipientName", 300, 21, 0), name, raster.Fine, 15, 1, 0},
		{"of no size, high", at("recipientName", 500, 35, 0), name, raster.Fine, 24, 1, 0},
		{"too low for a line", at("recipientName", 300, 5, 12), name, raster.Fine, 12, 1, 0},
		{"narrower than a letter", at("recipientName", 1, 14, 12), name, raster.Fine, 9, 1, 1},
	} {
		f := newFilling(blank(c.r, 1, c.field), nil, fonts)
		b := f.line(f.pages[0], f.places[0], c.text)
		if b.Size() != c.size || b.Lines() != c.lines || len(f.remarks) != c.remarks {
			t.Errorf("%s: size %v, %d lines, %q; want %v, %d lines, %d remarks", c.what, b.Size(), b.Lines(), f.remarks, c.size, c.lines, c.remarks)
		}
		if b.Width() > max(c.field.width(), 20) {
			t.Errorf("%s: %.1f points wide in a field of %.1f", c.what, b.Width(), c.field.width())
		}
	}
}

// TestFillParagraph: an address that is too long becomes smaller, then ends in an ellipsis with a remark.
func TestFillParagraph(t *testing.T) {
	for _, c := range []struct {
		what    string
		lines   int
		size    float64
		remarks int
	}{{"fits", 4, 12, 0}, {"is made smaller", 5, 10, 0}, {"is cut", 60, 9, 1}} {
		field := at("recipientAddress", 200, 70, 12)
		field.Multiline = true
		f := newFilling(blank(raster.Fine, 1, field), nil, fonts)
		b := f.paragraph(f.pages[0], f.places[0], strings.TrimSpace(strings.Repeat("Hauptstraße\n", c.lines)))
		if b.Size() != c.size || b.Height() > field.height() || len(f.remarks) != c.remarks {
			t.Errorf("%s: size %v, %v high, %q", c.what, b.Size(), b.Height(), f.remarks)
		}
	}
}

// numbered is a note of so many lines.
func numbered(lines int) string {
	var b strings.Builder
	for n := range lines {
		fmt.Fprintf(&b, "line %d\n", n+1)
	}
	return b.String()
}

// noted is a filling of which the note is set.
func noted(form Form, text string) *filling {
	f := newFilling(form, map[string]string{"coverpageNote": text}, fonts)
	f.layNote()
	return f
}

// TestNoLineOfANoteIsLost: a note of any length stands on the pages whole, in letters of a size that can be read.
func TestNoLineOfANoteIsLost(t *testing.T) {
	for _, tmpl := range Builtin() {
		if tmpl.Language != "en" {
			continue // the fields of the others are the same
		}
		for _, r := range resolutions {
			form := readForm(t, tmpl, r)
			_, least := Field{Size: 12}.style(form.Pages[0])
			for _, lines := range []int{1, 25, 30, 300} {
				f := noted(form, numbered(lines))
				sum, size := f.note.Lines(), f.note.Size()
				for _, p := range f.further {
					sum += p.Lines()
					size = min(size, p.Size())
					if p.Height() > p.field.height() {
						t.Errorf("%s: a part of the note is %v high in a field of %v", tmpl.Name, p.Height(), p.field.height())
					}
				}
				if sum != lines || size < least || (len(f.remarks) > 0) != (len(f.further) > 0) {
					t.Errorf("%s, %v, %v: %d of %d lines in letters of %v points, %d further pages, %q",
						tmpl.Name, tmpl.Paper, r, sum, lines, size, len(f.further), f.remarks)
				}
			}
		}
	}
}

// TestNoteShrinksFirst: a note that is a little too long is made smaller and stays on its page.
func TestNoteShrinksFirst(t *testing.T) {
	tmpl, _ := Find("business", raster.A4)
	form := readForm(t, tmpl, raster.Fine)
	for _, c := range []struct {
		lines   int
		size    float64
		further int
	}{{19, 12, 0}, {22, 10.5, 0}, {26, 9, 0}, {27, 12, 1}, {59, 12, 1}, {60, 12, 2}} {
		f := noted(form, numbered(c.lines))
		if f.note.Size() != c.size || len(f.further) != c.further {
			t.Errorf("%d lines: size %v, %d further pages; want %v, %d", c.lines, f.note.Size(), len(f.further), c.size, c.further)
		}
	}
}

// TestNoteWithoutAField: a note for which there is no field gets a page, with a remark; without a note there is none.
func TestNoteWithoutAField(t *testing.T) {
	form := blank(raster.Fine, 1, at("recipientName", 200, 20, 12))
	pages, remarks := fill(t, form, map[string]string{"recipientName": "Anna", "coverpageNote": "Hello"}, 0)
	if len(pages) != 2 || len(remarks) != 1 {
		t.Errorf("%d pages, %q", len(pages), remarks)
	}
	if in, all := ink(pages[1], edge, edge-5, 609-2*edge, 842-2*edge); in == 0 || in != all {
		t.Errorf("%d of %d pels in the middle of the page", in, all)
	}
	if pages, remarks := fill(t, form, map[string]string{"coverpageNote": " \n"}, 0); len(pages) != 1 || len(remarks) != 0 {
		t.Errorf("with an empty note %d pages, %q", len(pages), remarks)
	}
}

// TestSubjectWithoutAField: it is left out, and whoever sends is told.
func TestSubjectWithoutAField(t *testing.T) {
	form := blank(raster.Fine, 1, at("recipientName", 200, 20, 12))
	for text, want := range map[string]int{"Offer": 1, " ": 0} {
		if pages, remarks := fill(t, form, map[string]string{"coverpageSubject": text}, 0); len(pages) != 1 || len(remarks) != want {
			t.Errorf("%q: %d pages, %q", text, len(pages), remarks)
		}
	}
}

// TestContinuationPage: the form's own page is there when it is needed, as often as it is, and has its fields filled.
func TestContinuationPage(t *testing.T) {
	more := Field{Name: "coverpageNoteContinued", Page: 1, X: 60, Y: 300, W: 400, H: 148, Size: 10, Multiline: true}
	to := Field{Name: "recipientName", Page: 1, X: 60, Y: 60, W: 200, H: 20, Size: 12}
	form := blank(raster.Fine, 3, at("coverpageNote", 400, 60, 12), more, to,
		Field{Name: "senderName", Page: 2, X: 60, Y: 60, W: 200, H: 20, Size: 12})
	form.Pages[1].Row(1000)[10] = 0xFF // what marks the form's second page
	values := map[string]string{"recipientName": "Anna", "senderName": "Bert", "coverpageNote": "short"}
	if pages, _ := fill(t, form, values, 0); len(pages) != 2 {
		t.Fatalf("a short note has %d pages", len(pages))
	}
	values["coverpageNote"] = numbered(30)
	pages, remarks := fill(t, form, values, 0)
	if len(pages) != 5 || len(remarks) != 1 { // 3 lines on the cover, then 11 on each
		t.Fatalf("%d pages, %q", len(pages), remarks)
	}
	for n, p := range pages[2:] {
		name, _ := ink(p, to.X, to.Y, to.W, to.H)
		rest, _ := ink(p, more.X, more.Y, more.W, more.H)
		if name == 0 || rest == 0 || p.Row(1000)[10] != 0xFF {
			t.Errorf("page %d: %d pels of the name, %d of the note", n+3, name, rest)
		}
	}
	if want := "The note is too long for the cover page, and continues on 3 more pages."; remarks[0] != want {
		t.Errorf("%q, want %q", remarks[0], want)
	}
	// A page on which the note begins stays, whatever else is on it.
	both := blank(raster.Fine, 2, more, Field{Name: "coverpageNote", Page: 1, X: 60, Y: 60, W: 400, H: 100, Multiline: true})
	if pages, _ := fill(t, both, map[string]string{"coverpageNote": "short"}, 0); len(pages) != 2 {
		t.Errorf("%d pages", len(pages))
	} else if n, _ := ink(pages[1], 60, 60, 400, 100); n == 0 {
		t.Error("the note is lost")
	}
	// A form that has nothing but such a page is a cover page nevertheless.
	only := blank(raster.Fine, 1, at("coverpageNoteContinued", 400, 60, 12))
	if pages, _ := fill(t, only, values, 0); len(pages) < 2 {
		t.Errorf("%d pages", len(pages))
	}
}

// TestPageCount: what follows, and the cover page's own pages.
func TestPageCount(t *testing.T) {
	form := blank(raster.Fine, 1, at("pageCount", 60, 20, 12), Field{Name: "coverpageNote", X: 60, Y: 200, W: 400, H: 100, Size: 12, Multiline: true})
	for _, c := range []struct {
		following, lines int
		want             string
	}{{0, 1, "1"}, {3, 1, "4"}, {3, 30, "5"}, {-1, 1, ""}, {998, 1, "999"}} {
		f := noted(form, numbered(c.lines))
		f.count(c.following)
		if f.pageCount != c.want {
			t.Errorf("%d follow, a note of %d lines: %q, want %q", c.following, c.lines, f.pageCount, c.want)
		}
		pages, _ := fill(t, form, map[string]string{"coverpageNote": numbered(c.lines), "pageCount": "of somebody else"}, c.following)
		if in, _ := ink(pages[0], 60, 100, 60, 20); (in > 0) != (c.want != "") {
			t.Errorf("%d follow: %d pels", c.following, in)
		}
	}
}

// TestValuesAreData: no text changes where another one is drawn, or makes it vanish.
func TestValuesAreData(t *testing.T) {
	top := Field{Name: "recipientName", X: 60, Y: 60, W: 300, H: 20, Size: 12}
	below := Field{Name: "senderName", X: 60, Y: 100, W: 300, H: 20, Size: 12}
	form := blank(raster.Fine, 1, top, below)
	alone, _ := fill(t, form, map[string]string{"senderName": "Bert"}, 0)
	for _, text := range []string{
		"\x00", "\x1b[2J", "\u202eannA", "\u2066\u202e\u2067", "%s%n{{.}}", ") Tj ET (", "<b>Anna</b>", "\xff\xfe", "a\u0301\u0301\u0301",
		"Anna\r\n\r\nBert\u2028Carl", strings.Repeat("Anna ", 2000), strings.Repeat("A\u0300", 100), "\ufeff", "\U0010ffff", "\t\t\t",
	} {
		pages, _ := fill(t, form, map[string]string{"recipientName": text, "senderName": "Bert"}, 0)
		both, all := pages[0], 0
		name, _ := ink(both, top.X, top.Y-4, top.W, top.H+8)
		_, all = ink(both, 0, 0, 0, 0)
		_, want := ink(alone[0], 0, 0, 0, 0)
		if all-name != want {
			t.Errorf("%.20q: %d pels outside of its field", text, all-name-want)
		}
		down := both.Resolution.Y * 90 / 72 * both.Stride
		if !slices.Equal(both.Bits[down:], alone[0].Bits[down:]) {
			t.Errorf("%.20q changes another field", text)
		}
	}
}

// TestValuesOfTheTemplate: what a field holds in the template is shown if there is nothing else, whatever its name is.
func TestValuesOfTheTemplate(t *testing.T) {
	company, motto, note := at("senderCompany", 200, 20, 12), at("motto", 200, 20, 12), at("coverpageNote", 200, 60, 12)
	company.Value, motto.Value, note.Value = "Example Ltd", "We fax", "No note"
	company.Y, motto.Y, note.Y = 60, 120, 180
	form := blank(raster.Fine, 1, company, motto, note)
	own, _ := fill(t, form, map[string]string{"senderCompany": " "}, 0)
	same, _ := fill(t, form, map[string]string{"senderCompany": "Example Ltd", "motto": "not this", "coverpageNote": "No note"}, 0)
	other, _ := fill(t, form, map[string]string{"senderCompany": "Sample"}, 0)
	if !slices.Equal(own[0].Bits, same[0].Bits) || slices.Equal(own[0].Bits, other[0].Bits) {
		t.Error("what the template holds is not what is shown")
	}
	for _, d := range form.Fields {
		if n, _ := ink(own[0], d.X, d.Y, d.W, d.H); n == 0 {
			t.Errorf("%s is empty", d.Name)
		}
	}
	if got := Check(form); len(got) != 0 {
		t.Errorf("%v", got)
	}
	motto.W = 20
	if _, remarks := fill(t, blank(raster.Fine, 1, motto), nil, 0); len(remarks) != 1 || !strings.HasPrefix(remarks[0], `Field "motto": `) {
		t.Errorf("%q", remarks)
	}
}

// TestMissingLetters: what no font has is told once, with what it is.
func TestMissingLetters(t *testing.T) {
	form := blank(raster.Fine, 1, at("recipientName", 200, 20, 12), at("coverpageNote", 400, 100, 12))
	for _, c := range []struct{ name, note, want string }{
		{"Anna", "Hello", ""},
		{"安", "Hello", "No font here has the letter 安 (U+5B89): a box stands in its place."},
		{"安娜", "安", "No font here has the letters 安 (U+5B89), 娜 (U+5A1C): boxes stand in their place."},
		{"\U000F0000", "", "No font here has the letter U+F0000: a box stands in its place."},
		{"一二三四五", "六七八九十", "No font here has the letters 七 (U+4E03), 九 (U+4E5D), 八 (U+516B), 六 (U+516D), 十 (U+5341), " +
			"一 (U+4E00), 三 (U+4E09), 二 (U+4E8C) and 2 more: boxes stand in their place."},
	} {
		_, remarks := fill(t, form, map[string]string{"recipientName": c.name, "coverpageNote": c.note}, 0)
		if got := strings.Join(remarks, "|"); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.name, c.note, got, c.want)
		}
	}
}

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a": "a", "a\nb": "a, b", "a,\r\nb": "a, b", " a \n\n b.\nc ": "a, b. c", "a\u2028b\u2029c": "a, b, c", "\n": "", "Straße\nOrt": "Straße, Ort",
	} {
		if got := oneLine(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestOddForms: forms as nobody should make them are filled as far as that makes sense.
func TestOddForms(t *testing.T) {
	if _, _, err := Fill(Form{}, nil, 0, fonts); err == nil {
		t.Error("a form without pages is filled")
	}
	values := Sample(afternoon, "en")
	odd := at("recipientName", 100, 20, 12)
	for _, change := range []func(*Field){
		func(d *Field) { d.Page = -1 }, func(d *Field) { d.Page = 1 }, func(d *Field) { d.X = math.NaN() }, func(d *Field) { d.H = math.Inf(1) },
		func(d *Field) { d.W = -3 }, func(d *Field) { d.H = 0 }, func(d *Field) { d.Size = math.NaN() }, func(d *Field) { d.Y = -1e9 },
		func(d *Field) { d.Size = 1e12 }, func(d *Field) { d.Name = "" },
	} {
		d := odd
		change(&d)
		pages, _ := fill(t, blank(raster.Standard, 1, d), maps.Clone(values), 0)
		if _, all := ink(pages[0], 0, 0, 0, 0); all != 0 {
			t.Errorf("%+v was filled", d)
		}
	}
	for _, change := range []func(*Field){
		func(d *Field) { d.X = 580 }, func(d *Field) { d.Y = -10 }, func(d *Field) { d.Align = 77 }, func(d *Field) { d.Size = -3 }, func(d *Field) { d.Size = 500 },
	} {
		d := odd
		change(&d)
		pages, _ := fill(t, blank(raster.Standard, 1, d), maps.Clone(values), 0)
		if _, all := ink(pages[0], 0, 0, 0, 0); all == 0 {
			t.Errorf("%+v was left out", d)
		}
	}
}

// FuzzFill: whatever a form and a text are, a cover page comes of it, and its form says how it looks.
func FuzzFill(f *testing.F) {
	f.Add("recipientName", "Anna", 60.0, 100.0, 200.0, 20.0, 12.0, uint8(0))
	f.Add("coverpageNote", numbered(40), 60.0, 100.0, 200.0, 60.0, 0.0, uint8(1))
	f.Add("form1.page[0].recipientAddress[0]", "מרחוב\nالعربية", 60.0, 100.0, 20.0, 60.0, 10.0, uint8(7))
	f.Add("coverpageNoteContinued", "\x00\u202e", math.Inf(1), -1.0, math.NaN(), 0.0, -5.0, uint8(0xFF))
	f.Fuzz(func(t *testing.T, name, text string, x, y, w, h, size float64, kind uint8) {
		d := Field{Name: name, Page: int(kind >> 6), X: x, Y: y, W: w, H: h, Size: size, Multiline: kind&1 != 0, Bold: kind&2 != 0, Align: Align(kind >> 2 & 3)}
		form := Form{Pages: []*raster.Page{raster.New(400, 200, raster.Standard), raster.New(400, 200, raster.Standard)},
			Fields: []Field{d, at("coverpageSubject", 100, 30, 12)}}
		pages, _, err := Fill(form, map[string]string{name: text, "coverpageNote": text, "coverpageSubject": text}, 1, fonts)
		if err != nil || len(pages) == 0 {
			t.Fatal(len(pages), err)
		}
		for _, p := range pages {
			if p.Width != 400 || p.Height != 200 {
				t.Errorf("a page of %d x %d", p.Width, p.Height)
			}
		}
		for _, r := range Check(form) {
			if r.String() == "" {
				t.Error("an empty remark")
			}
		}
	})
}
