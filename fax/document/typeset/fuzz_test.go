package typeset

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"faxbox/fax/raster"
)

// FuzzFlow sets any octets as text in any style. Each page takes something of the text, no line but a single letter is wider
// than it may be, and what is drawn stays on the page.
func FuzzFlow(f *testing.F) {
	for _, text := range []string{
		english, "שלום (עולם) 123, abc", "مرحبا\tبالعالم ١٢٣", "हिन्दी क्षेत्र", "a\u202E\u2066b\r\n\n\x00\xff", "z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309",
		"👩‍👩‍👧 🇩🇪 e\u0301", "((([{א]})", "ﷺ\u200D\u200C\u00AD", "กำ ကြ ខ្មែរ",
	} {
		f.Add(text, 10.0, 100.0, 30.0, byte(0))
		f.Add(text, 3.0, 7.0, -1.0, byte(0xFF))
	}
	fonts := Open()
	f.Fuzz(func(t *testing.T, text string, size, width, height float64, look byte) {
		if len(text) > 1<<12 {
			return
		}
		s := Style{Size: size, Bold: look&1 != 0, Mono: look&2 != 0, Align: Align(look >> 2 & 3), Pitch: float64(look >> 4)}
		rest := text
		for page := 0; rest != "" && page < 4; page++ {
			b, left := fonts.Flow(rest, s, width, height)
			if len(left) >= len(rest) || !strings.HasSuffix(rest, left) {
				t.Fatalf("%q is left of %q", left, rest)
			}
			check(t, b, width)
			rest = left
		}
		check(t, fonts.Line(text, s, width), width)
	})
}

// check looks at a block that was set in a width, and draws it.
func check(t *testing.T, b *Block, width float64) {
	t.Helper()
	if !(b.Width() >= 0 && b.Width() < math.Inf(1) && b.Height() >= 0) {
		t.Fatalf("a block of %v x %v points", b.Width(), b.Height())
	}
	for _, r := range b.Missing() {
		if !utf8.ValidRune(r) {
			t.Errorf("%x is missing", r)
		}
	}
	p := raster.New(301, 40, raster.Standard)
	b.Draw(p, -3, -2)
	for y := range p.Height {
		if p.Row(y)[p.Stride-1]&(0xFF>>(301%8)) != 0 {
			t.Fatalf("line %d has black padding", y)
		}
	}
}
