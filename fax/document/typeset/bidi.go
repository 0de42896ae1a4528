package typeset

import (
	"slices"

	"golang.org/x/text/unicode/bidi"
)

// The bidirectional algorithm of UAX 9 for text without explicit embeddings, overrides and isolates, which read leaves out.
// Rules go by their names there. What libraries offer joins levels 0 and 2, which stand in different order.

// level is an embedding level: even from left to right, odd from right to left.
type level uint8

// baseLevel is that of a paragraph: 1 if the first letter with a direction is one from right to left (P2, P3).
func baseLevel(text []rune) level {
	for _, r := range text {
		switch class(r) {
		case bidi.L:
			return 0
		case bidi.R, bidi.AL:
			return 1
		}
	}
	return 0
}

func class(r rune) bidi.Class {
	if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
		return bidi.L
	}
	p, _ := bidi.LookupRune(r)
	return p.Class()
}

// levelsOf are the levels of each character of a paragraph.
func levelsOf(text []rune, base level) []level {
	levels := make([]level, len(text))
	original := make([]bidi.Class, len(text))
	plain := base == 0
	for i, r := range text {
		original[i] = class(r)
		switch original[i] {
		case bidi.R, bidi.AL, bidi.AN:
			plain = false
		}
	}
	if plain {
		return levels
	}
	b := &bidiText{text, slices.Clone(original), base}
	b.weak()
	b.brackets(original)
	b.neutral()
	for i, c := range b.classes { // I1, I2
		levels[i] = base
		switch {
		case c == bidi.R:
			levels[i] = 1
		case c == bidi.AN || c == bidi.EN:
			levels[i] = 2
		case c == bidi.L && base == 1:
			levels[i] = 2
		}
	}
	resetWhitespace(levels, original, base)
	return levels
}

// bidiText is a paragraph whose classes are being resolved.
type bidiText struct {
	text    []rune
	classes []bidi.Class
	base    level
}

// direction is the base level as a class.
func (b *bidiText) direction() bidi.Class {
	if b.base == 1 {
		return bidi.R
	}
	return bidi.L
}

// weak resolves marks, numbers and their separators (W1 to W7).
func (b *bidiText) weak() {
	b.marks()
	b.letters()
	b.separators()
	b.terminators()
	strong := b.direction()
	for i, c := range b.classes { // W7
		switch c {
		case bidi.L, bidi.R:
			strong = c
		case bidi.EN:
			if strong == bidi.L {
				b.classes[i] = bidi.L
			}
		}
	}
}

// marks makes marks, and what has no class of its own, like the character before (W1).
func (b *bidiText) marks() {
	before := b.direction()
	for i, c := range b.classes {
		if c == bidi.NSM || c == bidi.BN || c >= bidi.Control {
			b.classes[i] = before
			continue
		}
		before = c
	}
}

// letters tells the numbers of Arabic text (W2), and then takes Arabic letters like Hebrew ones (W3).
func (b *bidiText) letters() {
	strong := b.direction()
	for i, c := range b.classes {
		switch c {
		case bidi.L, bidi.R, bidi.AL:
			strong = c
		case bidi.EN:
			if strong == bidi.AL {
				b.classes[i] = bidi.AN
			}
		}
	}
	for i, c := range b.classes {
		if c == bidi.AL {
			b.classes[i] = bidi.R
		}
	}
}

// separators makes a single separator between two numbers part of them (W4).
func (b *bidiText) separators() {
	for i := 1; i+1 < len(b.classes); i++ {
		c, before, after := b.classes[i], b.classes[i-1], b.classes[i+1]
		switch {
		case before != after:
		case before == bidi.EN && (c == bidi.ES || c == bidi.CS), before == bidi.AN && c == bidi.CS:
			b.classes[i] = before
		}
	}
}

// terminators makes percent and currency signs beside a number part of it (W5), and other separators neutral (W6).
func (b *bidiText) terminators() {
	for i := 0; i < len(b.classes); {
		end := b.runOf(i, func(c bidi.Class) bool { return c == bidi.ET })
		if end > i && (i > 0 && b.classes[i-1] == bidi.EN || end < len(b.classes) && b.classes[end] == bidi.EN) {
			b.fill(i, end, bidi.EN)
		}
		i = max(end, i+1)
	}
	for i, c := range b.classes {
		if c == bidi.ET || c == bidi.ES || c == bidi.CS {
			b.classes[i] = bidi.ON
		}
	}
}

// runOf is the end of the characters from i on that are so.
func (b *bidiText) runOf(i int, is func(bidi.Class) bool) int {
	for i < len(b.classes) && is(b.classes[i]) {
		i++
	}
	return i
}

func (b *bidiText) fill(from, to int, c bidi.Class) {
	for i := from; i < to; i++ {
		b.classes[i] = c
	}
}

// maxOpen is how many brackets may be open at once (BD16).
const maxOpen = 63

// brackets gives both brackets of a pair one direction (N0).
func (b *bidiText) brackets(original []bidi.Class) {
	for _, pair := range b.pairs() {
		c := b.enclosed(pair)
		if c == bidi.ON {
			continue
		}
		for _, at := range pair {
			b.classes[at] = c
			for i := at + 1; i < len(b.classes) && original[i] == bidi.NSM; i++ {
				b.classes[i] = c
			}
		}
	}
}

// pairs are the brackets that belong together, in the order of their opening ones.
func (b *bidiText) pairs() [][2]int {
	var pairs [][2]int
	var open []int
	for i, r := range b.text {
		if b.classes[i] != bidi.ON {
			continue
		}
		switch p, _ := bidi.LookupRune(r); {
		case !p.IsBracket():
		case p.IsOpeningBracket():
			if len(open) == maxOpen {
				slices.SortFunc(pairs, byOpening)
				return pairs
			}
			open = append(open, i)
		default:
			for n := len(open) - 1; n >= 0; n-- {
				if partner(b.text[open[n]]) == canonical(r) {
					pairs = append(pairs, [2]int{open[n], i})
					open = open[:n]
					break
				}
			}
		}
	}
	slices.SortFunc(pairs, byOpening)
	return pairs
}

func byOpening(a, b [2]int) int { return a[0] - b[0] }

// partner is the bracket that closes r.
func partner(r rune) rune {
	for _, closing := range bidi.ReverseString(string(r)) {
		return canonical(closing)
	}
	return r
}

// canonical takes the two brackets that have two code points each as one.
func canonical(r rune) rune {
	switch r {
	case 0x2329:
		return 0x3008
	case 0x232A:
		return 0x3009
	}
	return r
}

// enclosed is the direction of a pair of brackets: that of the text if it occurs between them, else what is before them if
// the other one occurs, else none, which is ON.
func (b *bidiText) enclosed(pair [2]int) bidi.Class {
	direction, other := b.direction(), false
	for _, c := range b.classes[pair[0]+1 : pair[1]] {
		switch strongOf(c) {
		case direction:
			return direction
		case bidi.L, bidi.R:
			other = true
		}
	}
	if !other {
		return bidi.ON
	}
	for i := pair[0] - 1; i >= 0; i-- {
		if c := strongOf(b.classes[i]); c != bidi.ON {
			return c
		}
	}
	return direction
}

// strongOf takes numbers like letters from right to left, and all that is neutral as ON.
func strongOf(c bidi.Class) bidi.Class {
	switch c {
	case bidi.L:
		return bidi.L
	case bidi.R, bidi.EN, bidi.AN:
		return bidi.R
	}
	return bidi.ON
}

// neutral gives neutral characters the direction of what is on both sides of them (N1), or that of the text (N2).
func (b *bidiText) neutral() {
	is := func(c bidi.Class) bool { return strongOf(c) == bidi.ON }
	for i := 0; i < len(b.classes); {
		end := b.runOf(i, is)
		if end == i {
			i++
			continue
		}
		before, after := b.direction(), b.direction()
		if i > 0 {
			before = strongOf(b.classes[i-1])
		}
		if end < len(b.classes) {
			after = strongOf(b.classes[end])
		}
		if before != after {
			before = b.direction()
		}
		b.fill(i, end, before)
		i = end
	}
}

// resetWhitespace gives tabs, and white space before them and at the end, the level of the paragraph (L1).
func resetWhitespace(levels []level, original []bidi.Class, base level) {
	trailing := true
	for i := len(levels) - 1; i >= 0; i-- {
		switch c := original[i]; {
		case c == bidi.S || c == bidi.B:
			trailing = true
			levels[i] = base
		case trailing && (c == bidi.WS || c == bidi.BN || c >= bidi.Control):
			levels[i] = base
		default:
			trailing = false
		}
	}
}

// reorder puts what has levels, in logical order, into the order in which it stands on a line, from left to right (L2).
func reorder[T any](line []T, levelOf func(T) level) {
	const highest = 2
	for l := level(highest); l > 0; l-- {
		for i := 0; i < len(line); {
			end := i
			for end < len(line) && levelOf(line[end]) >= l {
				end++
			}
			slices.Reverse(line[i:end])
			i = max(end, i+1)
		}
	}
}
