package typeset

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-text/typesetting/bidi"
)

// digits are levels as a text: one digit for each character.
func digits(levels []level) string {
	var b strings.Builder
	for _, l := range levels {
		fmt.Fprint(&b, l)
	}
	return b.String()
}

// TestLevels has one case for each rule of UAX 9 that is ours. Capitals stand for Hebrew letters, and the Arabic letters and
// digits for themselves.
func TestLevels(t *testing.T) {
	for _, c := range []struct{ rule, text, want string }{
		{"P2 and P3, first letter from the left", "12 a B", "000001"},
		{"P2 and P3, first letter from the right", "12 B a", "221112"},
		{"no letter at all", "1-2", "000"},
		{"W1, a mark goes with its letter", "aB\u05B0", "011"},
		{"W1, a mark at the beginning", "\u05B0a", "00"},
		{"W2, digits after an Arabic letter", "ا 1+2", "11212"},
		{"W3, Arabic letters are from the right", "a ا", "001"},
		{"W4, a separator between two numbers", "B 1,2", "11222"},
		{"W4, two separators", "B 1,,2", "112112"},
		{"W4, no plus between Arabic digits", "B ١+٢", "11212"},
		{"W5, a percent sign beside a number", "B 5%", "1122"},
		{"W5, a currency sign before it", "B $5", "1122"},
		{"W6, a lonely one", "B % B", "11111"},
		{"W7, digits after a letter from the left", "B a1", "1122"},
		{"N0, brackets of the text's direction", "aB(c)D", "010001"},
		{"N0, brackets of the other direction", "A(b)C", "11211"},
		{"N0, brackets of what is before them", "aA(B)c", "011110"},
		{"N0, what is in them says nothing", "aB(1)c", "011210"},
		{"N0, a bracket left open", "aB(c", "0100"},
		{"N0, two code points for one bracket", "aB\u2329c\u3009", "01000"},
		{"N1, between the same", "aB C d", "011100"},
		{"N1, a number counts as from the right", "aB-1 C", "011211"},
		{"N2, between different ones", "a B", "001"},
		{"I1, a number in Hebrew in a line from the left: the libraries' stumbling block", "a B 12 c", "00112200"},
		{"I2, Latin in a line from the right", "B cd", "1122"},
		{"L1, white space before a tab and at the end", "aB \tC ", "010010"},
	} {
		text := hebrewed(c.text)
		if got := digits(levelsOf(text, baseLevel(text))); got != c.want {
			t.Errorf("%s: levels of %q are %s, want %s", c.rule, c.text, got, c.want)
		}
	}
}

// hebrewed turns capitals into Hebrew letters.
func hebrewed(s string) []rune {
	text := []rune(s)
	for i, r := range text {
		if r >= 'A' && r <= 'Z' {
			text[i] = 'א' + r - 'A'
		}
	}
	return text
}

func TestReorder(t *testing.T) {
	for _, c := range []struct{ logical, visual string }{
		{"car means CAR.", "car means RAC."},
		{"CAR MEANS car.", ".car SNAEM RAC"},
		{"a B 12 c", "a 12 B c"},
		{"TEL 030-12 C", "C 030-12 LET"},
		{"a (B) c", "a (B) c"},
		{"AB (cd) EF", "FE )cd( BA"},
	} {
		text := hebrewed(c.logical)
		levels := levelsOf(text, baseLevel(text))
		at := make([]int, len(text))
		for i := range at {
			at[i] = i
		}
		reorder(at, func(i int) level { return levels[i] })
		var got []rune
		for _, i := range at {
			got = append(got, text[i])
		}
		if string(got) != string(hebrewed(c.visual)) {
			t.Errorf("%q stands as %q, want %q (levels %s)", c.logical, string(got), c.visual, digits(levels))
		}
	}
}

// TestDirectionsAgree compares with go-text, which says no levels, but for each character which way it goes.
func TestDirectionsAgree(t *testing.T) {
	alphabet := []rune("ab12אבجد٣,.-+%$()[]<> \u05B0\u0301")
	random := rand.New(rand.NewPCG(1, 2))
	var other bidi.Paragraph
	for range 20000 {
		text := make([]rune, 1+random.IntN(14))
		for i := range text {
			text[i] = alphabet[random.IntN(len(alphabet))]
		}
		base := baseLevel(text)
		want := make([]level, len(text))
		runs := other.Segment(text, bidi.Direction(base)+bidi.LeftToRight)
		for n := range runs.NumRuns() {
			run := runs.Run(n)
			for i := run.Start; i < run.End; i++ {
				want[i] = level(run.Level % 2)
			}
		}
		got := levelsOf(text, base)
		for i := range text {
			if got[i]%2 != want[i] {
				t.Fatalf("%q from level %d: levels %s, go-text goes %s", string(text), base, digits(got), digits(want))
			}
		}
	}
}
