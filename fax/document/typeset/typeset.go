// Package typeset draws text of any script on bilevel pages, at the resolution at which they are sent: header lines, cover
// pages, reports, plain text. Text is shaped (ligatures, Arabic forms, Indic clusters), runs of the other direction are put in
// order, and a letter that a font lacks is taken from the next one.
//
// Text is data, whoever wrote it: control characters are drawn as U+FFFD, as are octets that are not UTF-8; overrides and
// embeddings of direction are left out, and so is what exceeds a few marks on one letter. Time and memory grow with the length
// of a text and with nothing else in it.
package typeset

import (
	"math"
	"sort"
)

// Lengths are in points, 1/72 of an inch, from the top left corner of the page; at R8 x 3.85 as much as at R16 x 15.4.

// Style is how text looks.
type Style struct {
	Size  float64 // of the em, in points: 1 to 144, whatever it says
	Bold  bool
	Mono  bool // all Latin, Greek and Cyrillic letters of one width
	Align Align
	Pitch float64 // from one line to the next, in ems; 0: 1.3
}

// Align is where a line stands in its width. Start is left for text that begins from the left, else right.
type Align uint8

// The alignments.
const (
	Start Align = iota
	Left
	Centre
	Right
)

const (
	smallest, largest = 1, 144 // points
	usualPitch        = 1.3    // ems
	// ascent is how far below the top of its line a baseline lies, in ems, at the usual pitch.
	ascent = 1.0
)

func (s Style) size() float64 {
	if !(s.Size > smallest) { // also what is not a number
		return smallest
	}
	return min(s.Size, largest)
}

// pitch is from line to line, in points.
func (s Style) pitch() float64 {
	if s.Pitch > 0 && s.Pitch < 100 {
		return s.size() * s.Pitch
	}
	return s.size() * usualPitch
}

// Block is text laid out in lines. It does not change, and is safe for concurrent use.
type Block struct {
	fonts   *Fonts
	style   Style
	lines   []line
	width   float64 // of the widest line
	missing []rune
}

// Width is that of the widest line.
func (b *Block) Width() float64 { return b.width }

// Height is that of all lines.
func (b *Block) Height() float64 { return float64(len(b.lines)) * b.style.pitch() }

// Lines is how many there are. A text without a letter has none; one line end more than that makes an empty line.
func (b *Block) Lines() int { return len(b.lines) }

// Size is that of the em: what was asked for, or what Fit came to.
func (b *Block) Size() float64 { return b.style.size() }

// Missing are the characters that no font has, each once, the first few of them. They are drawn as empty boxes.
func (b *Block) Missing() []rune { return b.missing }

// Layout sets a text in lines no wider than width; without a width (0 or less) a line ends only where the text says so, and
// lines are aligned with the widest one. A letter that is wider than the width has a line of its own.
func (f *Fonts) Layout(text string, s Style, width float64) *Block {
	b, _ := f.flow(text, s, width, math.MaxInt)
	return b
}

// Flow sets as many lines of a text as the height holds, at least one, and says what is left of the text.
func (f *Fonts) Flow(text string, s Style, width, height float64) (b *Block, rest string) {
	return f.flow(text, s, width, linesIn(height, s))
}

// linesIn is how many lines a height holds, at least one.
func linesIn(height float64, s Style) int {
	const rounding = 1e-6
	n := math.Floor(height/s.pitch() + rounding)
	if !(n > 1) {
		return 1
	}
	return int(min(n, math.MaxInt32))
}

// Fit is like Flow with the greatest size, in steps of half a point from s.Size down to least, at which nothing is left. If
// something is left even at the least size, it says what.
func (f *Fonts) Fit(text string, s Style, least, width, height float64) (b *Block, rest string) {
	s = shrink(s, least, func(s Style) bool {
		b, rest := f.Flow(text, s, width, height)
		return rest == "" && b.Height() <= height
	})
	return f.Flow(text, s, width, height)
}

// Line sets a text in one line. Whatever does not fit the width is cut off and replaced by an ellipsis, and so is what comes
// after 4096 characters. Line ends and tabs count as spaces. The block is as wide as its text, which begins at its left end
// whatever the alignment.
func (f *Fonts) Line(text string, s Style, width float64) *Block {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.line(f.oneLine(text, s), s, width)
}

// FitLine is like Line with the greatest size, in steps of half a point from s.Size down to least, at which nothing is cut.
func (f *Fonts) FitLine(text string, s Style, least, width float64) *Block {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.oneLine(text, s)
	return f.line(t, shrink(s, least, func(s Style) bool { return t.ended && t.width()*s.size() <= width }), width)
}

// shrink makes a style smaller until it fits, but no smaller than least.
func shrink(s Style, least float64, fits func(Style) bool) Style {
	const step = 0.5
	most := s.size()
	least = min(max(least, smallest), most)
	at := func(n int) Style {
		s.Size = max(most-step*float64(n), least)
		return s
	}
	steps := int(math.Ceil((most - least) / step))
	return at(sort.Search(steps, func(n int) bool { return fits(at(n)) }))
}
