package peers

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

// Difference is the root mean square of the differences between the pels of two pages, 0 to 1. Pages of unlike size are
// compared where both have pels: renderers round the size of a sheet to either side.
func Difference(a, b *gray.Page) float64 {
	width, height := min(a.Width, b.Width), min(a.Height, b.Height)
	var sum float64
	for y := range height {
		left, right := a.Row(y), b.Row(y)
		for x := range width {
			d := float64(left[x]) - float64(right[x])
			sum += d * d
		}
	}
	return math.Sqrt(sum/float64(width*height)) / 255
}

// Tone is a page as an eye sees it from a distance: each pel is the mean of a square of side pels on each side, so that dots
// become grays again.
func Tone(p *gray.Page, side int) *gray.Page {
	return gray.Scale(p, max(1, p.Width/side), max(1, p.Height/side))
}

// Gray is a page of black and white as one of grays.
func Gray(p *raster.Page) *gray.Page {
	shown := gray.New(p.Width, p.Height, p.Resolution)
	for y := range p.Height {
		row, bits := shown.Row(y), p.Row(y)
		for x := range row {
			if bits[x/8]&(0x80>>(x%8)) != 0 {
				row[x] = 0
			}
		}
	}
	return shown
}

// Unlike is the number of pels in which two pages differ. Pages of unlike size differ in all pels of the larger.
func Unlike(a, b *raster.Page) int {
	if a.Width != b.Width || a.Height != b.Height {
		return max(a.Width*a.Height, b.Width*b.Height)
	}
	n := 0
	for i := range a.Bits {
		for d := a.Bits[i] ^ b.Bits[i]; d != 0; d &= d - 1 {
			n++
		}
	}
	return n
}

// CharacterErrors is how many letters must be put in, left out or exchanged to make of what was read what was written.
// White space of any length counts as one space, and typographic quotation marks and dashes as plain ones.
func CharacterErrors(written, read string) int {
	from, to := []rune(plain(written)), []rune(plain(read))
	row := make([]int, len(to)+1)
	for i := range row {
		row[i] = i
	}
	for i, letter := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j := range to {
			change := diagonal
			if letter != to[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}

// Letters is how many letters a text has, counted as CharacterErrors does.
func Letters(text string) int { return len([]rune(plain(text))) }

// WordsMissed is how many of the words that were written are not among those that were read, in whatever order; and how many
// were written. Words are of at least three letters or digits; what stands about them does not count.
func WordsMissed(written, read string) (missed, words int) {
	found := map[string]int{}
	for _, word := range wordsOf(read) {
		found[word]++
	}
	for _, word := range wordsOf(written) {
		if found[word]--; found[word] < 0 {
			missed++
		}
		words++
	}
	return missed, words
}

func wordsOf(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.DeleteFunc(words, func(word string) bool { return len([]rune(word)) < 3 })
}

func plain(s string) string {
	s = strings.NewReplacer("‘", "'", "’", "'", "“", `"`, "”", `"`, "—", "-", "–", "-").Replace(s)
	return strings.Join(strings.Fields(s), " ")
}
