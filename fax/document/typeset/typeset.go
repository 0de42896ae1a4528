// Package typeset draws text of any script on bilevel pages, at the resolution at which they are sent: header lines, cover
// pages, reports, plain text. Text is shaped (ligatures, Arabic forms, Indic clusters), runs of the other direction are put in
// order, and a letter that a font lacks is taken from the next one.
package typeset

// Lengths are in points, 1/72 of an inch, from the top left corner of the page; at R8 x 3.85 as much as at R16 x 15.4.

// Style is how text looks.
type Style struct {
	Size  float64 // of the em, in points
	Bold  bool
	Align Align
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
