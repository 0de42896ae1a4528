package typeset

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const english = "The committee agreed that invoices dated before 14 March are to be paid within thirty days."

func TestLayoutKeepsToWidth(t *testing.T) {
	f := Open()
	for _, text := range []string{
		english,
		"שלום עולם, מכתב זה נשלח בפקס 123 מן המשרד abc הראשי",
		"مرحبا بالعالم، هذه الرسالة مرسلة بالفاكس ١٢٣ من المكتب",
		"यह पत्र फैक्स द्वारा मुख्य कार्यालय से भेजा गया है",
		strings.Repeat("unbroken", 40),
		"columns\tof\ttabs\tthat\tgo\ton\tand\ton",
	} {
		for width := 40.0; width < 400; width += 17 {
			b := f.Layout(text, Style{Size: 10}, width)
			for n, l := range b.lines {
				if l.width > width+0.1 {
					t.Errorf("line %d of %q is %.1f points wide, %.1f are there", n, text, l.width, width)
				}
			}
			if want := float64(b.Lines()) * 13; math.Abs(b.Height()-want) > 1e-9 {
				t.Errorf("%d lines are %v points high, want %v", b.Lines(), b.Height(), want)
			}
		}
	}
}

func TestLines(t *testing.T) {
	f := Open()
	for _, c := range []struct {
		text  string
		lines int
	}{
		{"", 0}, {"a", 1}, {"a\n", 1}, {"a\n\n", 2}, {"\n", 1}, {"a\nb", 2}, {"a\r\nb\r\n", 2}, {" ", 1}, {"\u202E", 1},
	} {
		if got := f.Layout(c.text, Style{Size: 10}, 100).Lines(); got != c.lines {
			t.Errorf("%q has %d lines, want %d", c.text, got, c.lines)
		}
	}
}

// TestBreaksBetweenWords knows how wide the parts are, and that a line takes as many as there is room for.
func TestBreaksBetweenWords(t *testing.T) {
	f, s := Open(), Style{Size: 10}
	width := f.Layout("one two", s, 0).Width()
	for _, c := range []struct {
		room  float64
		lines int
	}{{width + 0.1, 2}, {width - 0.1, 3}} {
		b := f.Layout("one two one", s, c.room)
		if b.Lines() != c.lines {
			t.Errorf("%d lines in %.2f points, want %d", b.Lines(), c.room, c.lines)
		}
	}
}

func TestAlign(t *testing.T) {
	f := Open()
	for _, c := range []struct {
		text  string
		align Align
		free  float64 // part of the free space that is left of the line
	}{
		{"abc", Start, 0}, {"אבג", Start, 1}, {"abc", Left, 0}, {"אבג", Left, 0},
		{"abc", Right, 1}, {"אבג", Right, 1}, {"abc", Centre, 0.5}, {"אבג", Centre, 0.5},
	} {
		const width = 200
		b := f.Layout(c.text, Style{Size: 10, Align: c.align}, width)
		if want := c.free * (width - b.Width()); math.Abs(b.lines[0].x-want) > 1e-6 {
			t.Errorf("%q, alignment %d, begins at %v, want %v", c.text, c.align, b.lines[0].x, want)
		}
	}
}

func TestTabs(t *testing.T) {
	f, s := Open(), Style{Size: 10, Mono: true}
	column := f.Layout("0", s, 0).Width()
	for _, c := range []struct {
		text string
		at   int // column of the last letter
	}{{"\tx", 8}, {"a\tx", 8}, {"1234567\tx", 8}, {"12345678\tx", 16}, {"a\tb\tx", 16}, {"\t\tx", 16}} {
		if got, want := f.Layout(c.text, s, 0).Width(), float64(c.at+1)*column; math.Abs(got-want) > 0.01 {
			t.Errorf("%q is %.2f points wide, want %.2f", c.text, got, want)
		}
	}
}

func TestMonoIsMono(t *testing.T) {
	f, s := Open(), Style{Size: 10, Mono: true}
	want := f.Layout("mmmmmmmm", s, 0).Width()
	for _, text := range []string{"iiiiiiii", "ffiffifi", "0.,;:|11", "ÄÖÜßéñçå", "αβγδεζηθ", "абвгдежз"} {
		if got := f.Layout(text, s, 0).Width(); math.Abs(got-want) > 0.01 {
			t.Errorf("%q is %.2f points wide, want %.2f", text, got, want)
		}
	}
}

// TestFlow puts a text of all sorts on pages of all heights, and finds as many lines as there are without pages.
func TestFlow(t *testing.T) {
	f, s := Open(), Style{Size: 10}
	text := english + "\n\n" + strings.Repeat(english+" ", 30) + "\r\nשלום עולם\n" + strings.Repeat("x", 500) + "\nend"
	all := f.Layout(text, s, 200).Lines()
	for height := 1.0; height < 200; height += 23 {
		lines, rest := 0, text
		for rest != "" {
			b, left := f.Flow(rest, s, 200, height)
			if !strings.HasSuffix(rest, left) || len(left) >= len(rest) {
				t.Fatalf("%q is left of %q", left, rest)
			}
			if b.Height() > max(height, 13) {
				t.Errorf("a page of %v points has %v points of text", height, b.Height())
			}
			lines, rest = lines+b.Lines(), left
		}
		if lines != all {
			t.Errorf("%d lines on pages of %v points, want %d", lines, height, all)
		}
	}
}

// TestPiecesDoNotShow has a paragraph of several pieces: its lines are as full as those of a short one.
func TestPiecesDoNotShow(t *testing.T) {
	f, s := Open(), Style{Size: 10}
	const width = 300
	b := f.Layout(strings.Repeat("to be or not ", maxPiece/4), s, width)
	for n, l := range b.lines[:b.Lines()-1] {
		if l.width < width-f.Layout("not ", s, 0).Width() {
			t.Errorf("line %d is only %.0f points wide", n, l.width)
		}
	}
}

func TestFit(t *testing.T) {
	f, s := Open(), Style{Size: 24}
	const width, height = 200, 60
	b, rest := f.Fit(english, s, 6, width, height)
	if rest != "" || b.Height() > height || b.Size() >= 24 {
		t.Errorf("%v points, %v high, %q left", b.Size(), b.Height(), rest)
	}
	s.Size = b.Size() + 0.5
	if larger, rest := f.Flow(english, s, width, height); rest == "" && larger.Height() <= height {
		t.Errorf("%v points would have fitted, %v were chosen", s.Size, b.Size())
	}
	long := strings.Repeat(english+" ", 10)
	if b, rest = f.Fit(long, Style{Size: 24}, 6, width, height); b.Size() != 6 || rest == "" || !strings.HasSuffix(long, rest) {
		t.Errorf("what does not fit: %v points, %q left", b.Size(), rest)
	}
	if b, rest = f.Fit("short", Style{Size: 12}, 6, width, height); b.Size() != 12 || rest != "" {
		t.Errorf("what fits at once: %v points, %q left", b.Size(), rest)
	}
}

func TestLineIsCut(t *testing.T) {
	f, s := Open(), Style{Size: 10}
	for _, text := range []string{english, "שלום עולם, מכתב זה נשלח בפקס", "مرحبا بالعالم هذه الرسالة مرسلة", "यह पत्र फैक्स द्वारा भेजा गया", "one\ntwo\r\nthree four five"} {
		whole := f.Line(text, s, 1000)
		if whole.Lines() != 1 || slices.ContainsFunc(whole.lines[0].glyphs, isEllipsis(f)) {
			t.Errorf("%q was cut without need", text)
		}
		for width := 20.0; width < whole.Width(); width += 7 {
			b := f.Line(text, s, width)
			if b.Lines() != 1 || b.Width() > width+0.5 {
				t.Errorf("%q in %v points: %d lines, %v wide", text, width, b.Lines(), b.Width())
			}
			if !slices.ContainsFunc(b.lines[0].glyphs, isEllipsis(f)) {
				t.Errorf("%q in %v points has no ellipsis", text, width)
			}
		}
	}
}

// isEllipsis reports whether a glyph is the ellipsis of one of the fonts.
func isEllipsis(f *Fonts) func(placed) bool {
	return func(g placed) bool {
		id, ok := g.face.NominalGlyph(ellipsis)
		return ok && id == g.id
	}
}

func TestFitLine(t *testing.T) {
	f := Open()
	natural := f.Line("Eleanor Fitzgerald", Style{Size: 12}, math.Inf(1)).Width()
	for _, c := range []struct {
		part float64 // of the natural width
		size float64
	}{{1.01, 12}, {0.8, 9.5}, {0.3, 6}} {
		if b := f.FitLine("Eleanor Fitzgerald", Style{Size: 12}, 6, natural*c.part); b.Size() != c.size || b.Width() > natural*c.part {
			t.Errorf("in %v of its width: %v points, want %v; %v wide of %v", c.part, b.Size(), c.size, b.Width(), natural*c.part)
		}
	}
}

func TestMissing(t *testing.T) {
	b := Open().Layout("a\U000F0001b\U000F0000\U000F0001 \u200D\u200B漢", Style{Size: 10}, 0)
	if want := []rune{'漢', 0xF0000, 0xF0001}; !slices.Equal(b.Missing(), want) {
		t.Errorf("%q are missing, want %q", b.Missing(), want)
	}
}

// TestFloods lays out what costs others time or memory.
func TestFloods(t *testing.T) {
	f := Open()
	random := rand.New(rand.NewPCG(3, 4))
	sorts := []rune("([{)]}aא1٣\t\u0301\u200D क्")
	mixed := make([]rune, 20_000)
	for i := range mixed {
		mixed[i] = sorts[random.IntN(len(sorts))]
	}
	for name, text := range map[string]string{
		"a long word":      strings.Repeat("x", 20_000),
		"spaces":           strings.Repeat(" ", 20_000),
		"tabs":             strings.Repeat("\t", 20_000),
		"marks":            "a" + strings.Repeat("\u0301\u0323", 20_000),
		"marks on letters": strings.Repeat("z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309", 2_000),
		"joiners":          strings.Repeat("\u200D", 20_000),
		"brackets":         strings.Repeat("(", 10_000) + strings.Repeat("א)", 10_000),
		"overrides":        strings.Repeat("\u202E", 20_000) + "a",
		"controls":         strings.Repeat("\x00\x1b", 10_000),
		"bad octets":       strings.Repeat("\xff\xc3", 10_000),
		"viramas":          strings.Repeat("क्", 10_000),
		"flags":            strings.Repeat("\U0001F1E9", 10_000),
		"all at once":      string(mixed),
	} {
		for _, width := range []float64{0, 1, 400} {
			b, _ := f.Flow(text, Style{Size: 10}, width, 800)
			glyphs := 0
			for _, l := range b.lines {
				glyphs += len(l.glyphs)
			}
			if most := maxPiece * 4 * b.Lines(); b.Lines() > 61 || glyphs > most {
				t.Errorf("%s in %v points: %d lines of %d letters", name, width, b.Lines(), glyphs)
			}
		}
	}
}

// TestWideLetter has one letter that is as wide as a page of lines: what the shaper and UAX 29 take for one is not broken.
func TestWideLetter(t *testing.T) {
	for _, align := range []Align{Left, Centre, Right} {
		const width = 100
		b := Open().Layout(strings.Repeat("क्", 1000), Style{Size: 10, Align: align}, width)
		if b.Lines() != 1 || b.Width() < 10*width {
			t.Fatalf("%d lines, %v points wide", b.Lines(), b.Width())
		}
		for _, g := range b.lines[0].glyphs {
			if at := b.lines[0].x + float64(g.x); at < -10 || at > width {
				t.Fatalf("a letter at %v, the line ends at %v", at, width)
			}
		}
	}
}
