package typeset

import (
	"unicode"
	"unicode/utf8"
)

const (
	// maxPiece is how many characters are shaped at once: a longer paragraph is set in pieces, so that what a shaper or a
	// bracket matcher does in quadratic time stays short.
	maxPiece = 4096
	// maxMarks is how many characters without a width of their own may follow one another. Scripts in use need six at most.
	maxMarks = 8
)

// piece is a paragraph, or as much of it as is set at once.
type piece struct {
	runes   []rune
	offsets []int // of each character in the text, and of the end
	ended   bool  // by a line end, or by the end of the text
	next    int   // where the text goes on
}

// read takes the first piece of a text, without the characters that are not to be drawn.
func read(text string) piece {
	var p piece
	marks, at := 0, 0
	for at < len(text) && len(p.runes) < maxPiece {
		r, size := utf8.DecodeRuneInString(text[at:])
		if ends(r) {
			p.ended = true
			if r == '\r' && at+1 < len(text) && text[at+1] == '\n' {
				size = 2
			}
			p.offsets = append(p.offsets, at)
			p.next = at + size
			return p
		}
		switch {
		case left(r):
		case wide(r):
			marks = 0
			p.add(shown(r), at)
		case marks < maxMarks:
			marks++
			p.add(r, at)
		}
		at += size
	}
	p.offsets = append(p.offsets, at)
	p.ended = at == len(text)
	p.next = at
	return p
}

func (p *piece) add(r rune, at int) {
	p.runes = append(p.runes, r)
	p.offsets = append(p.offsets, at)
}

// ends reports whether a line ends at r.
func ends(r rune) bool {
	switch r {
	case '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// left reports whether r is left out: what would change the direction of text by force, or is not for drawing.
func left(r rune) bool {
	switch {
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x206F: // embeddings, overrides, isolates, deprecated ones
		return true
	case r == 0x00AD, r == 0xFEFF: // soft hyphen, byte order mark
		return true
	case r >= 0xFFF9 && r <= 0xFFFB, r >= 0xE0000 && r <= 0xE00FF: // interlinear annotations, tags
		return true
	}
	return false
}

// wide reports whether r usually takes room on a line.
func wide(r rune) bool {
	switch {
	case r < 0x300:
		return true
	case r >= 0x200B && r <= 0x200F, r >= 0x2060 && r <= 0x2064, r == 0x061C, r == 0x034F, r == 0x180E:
		return false
	}
	return !unicode.In(r, unicode.Mn, unicode.Me)
}

// shown is r, or what is drawn in its place.
func shown(r rune) rune {
	if r != '\t' && unicode.Is(unicode.Cc, r) {
		return utf8.RuneError
	}
	return r
}
