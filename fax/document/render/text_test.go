package render

import (
	"strings"
	"testing"
	"unicode/utf8"

	"faxbox/fax/document/typeset"
	"faxbox/fax/raster"
)

func TestDecodeText(t *testing.T) {
	for name, c := range map[string]struct{ octets, want string }{
		"UTF-8":               {"Grüße €", "Grüße €"},
		"UTF-8 with its mark": {"\xef\xbb\xbfGrüße", "Grüße"},
		"UTF-8 cut short":     {"Grüße \xe2\x82", "Grüße \ufffd"},
		"UTF-16LE":            {"\xff\xfeG\x00r\x00\xfc\x00\xdf\x00e\x00", "Grüße"},
		"UTF-16BE":            {"\xfe\xff\x00G\x00r\x00\xfc\x00\xdf\x00e", "Grüße"},
		"UTF-16, odd":         {"\xfe\xff\x00G\x00", "G"},
		"UTF-16, a pair":      {"\xfe\xff\xd8\x3d\xde\x00", "😀"},
		"Latin-1":             {"Gr\xfc\xdfe", "Grüße"},
		"Windows-1252":        {"\x8420 \x80\x93", "„20 €“"},
		"lines of a PC":       {"a\r\nb\r\n", "a\nb\n"},
		"an end of CP/M":      {"a\x1a", "a"},
		"nothing":             {"", ""},
	} {
		if got := decodeText([]byte(c.octets)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func FuzzDecodeText(f *testing.F) {
	f.Add([]byte("Gr\xfc\xdfe"))
	f.Add([]byte("\xff\xfeG\x00\x00\xd8"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		text := decodeText(octets)
		if !utf8.ValidString(text) {
			t.Fatalf("%q", text)
		}
		survey(text)
		for rest := text; rest != ""; {
			window := cutWindow(rest)
			if window == "" || !utf8.ValidString(window) {
				t.Fatalf("a window of %d octets", len(window))
			}
			rest = rest[len(window):]
		}
	})
}

func TestAligned(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want bool
	}{
		"prose":             {"Dear Sirs,\n\nthank you for your letter.  We have read it.\n\nRegards\n", false},
		"indented prose":    {"  First line.\n  Second line.\n  Third line.\n", false},
		"columns":           {"Item      Price\nBolts     12.00\nNuts       3.50\n", true},
		"tabs":              {"Item\tPrice\nBolts\t12\n", true},
		"a table of ASCII":  {"+---+---+\n| a | b |\n+---+---+\n", true},
		"boxes":             {"┌───┐\n│ a │\n└───┘\n", true},
		"one gap in a page": {strings.Repeat("A line of prose.\n", 40) + "a   b\nc   d\n", false},
		"nothing":           {"", false},
	} {
		if _, got := survey(c.text); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	wide := strings.Repeat("a  b", 30)
	if style := styleOf(wide+"\n"+wide, 480); !style.Mono || style.Size != leastFixed {
		t.Errorf("120 columns: %+v", style)
	}
	if style := styleOf("a  b\nc  d", 482); !style.Mono || style.Size != fixedSize {
		t.Errorf("few columns: %+v", style)
	}
}

// TestTextPages counts pages, and loses no line.
func TestTextPages(t *testing.T) {
	fonts := typeset.Open()
	s := sheet{raster.A4, raster.Fine}
	for name, c := range map[string]struct {
		text  string
		pages int
	}{
		"a line":               {"hello", 1},
		"form feeds":           {"one\ftwo\f\ffour\f\n\f", 4},
		"long":                 {strings.Repeat("a line\n", 500), 10},
		"longer than a window": {strings.Repeat("word ", 3*textWindow/5), 22},
		"one endless word":     {strings.Repeat("x", 2*textWindow), 14},
	} {
		pages, lines := 0, 0
		err := s.textPages(c.text, fonts, func(b *typeset.Block) error { pages++; lines += b.Lines(); return nil })
		if err != nil || pages < c.pages-3 || pages > c.pages+3 || c.pages < 5 && pages != c.pages {
			t.Errorf("%s: %d pages, %v, want about %d", name, pages, err, c.pages)
		}
		if name == "long" && lines != 500 {
			t.Errorf("%d lines of 500", lines)
		}
	}
}
