package main

import (
	"bytes"
	"fmt"
	"strings"
)

// sheet is a page while it is drawn. Lengths are in points, from the top left corner, as everywhere in faxbox; PDF counts
// from the bottom.
type sheet struct {
	paper
	content bytes.Buffer
	fields  []field
}

// margin is kept free on all sides: 19 mm.
const margin = 54

// hair is the thinnest rule: 0.53 mm.
const hair = 1.5

func newSheet(p paper) *sheet { return &sheet{paper: p} }

// right is where the printed area ends.
func (s *sheet) right() float64 { return s.width - margin }

// inner is the width of the printed area.
func (s *sheet) inner() float64 { return s.width - 2*margin }

// face is a font of the template, by its name in the file.
type face string

const (
	regular face = "Helv"
	bold    face = "HeBo"
)

// text writes from x on, with its baseline at y.
func (s *sheet) text(x, y, size float64, f face, t string) { s.write(x, y, size, 0, f, t) }

// spaced writes with so much more room after each letter.
func (s *sheet) spaced(x, y, size, spacing float64, f face, t string) {
	s.write(x, y, size, spacing, f, t)
}

func (s *sheet) write(x, y, size, spacing float64, f face, t string) {
	fmt.Fprintf(&s.content, "BT /%s %g Tf %g Tc %g %g Td %s Tj ET\n", f, size, spacing, x, s.height-y, literal(t))
}

// block fills a rectangle with the colour that is set: black, unless in white.
func (s *sheet) block(x, y, w, h float64) {
	fmt.Fprintf(&s.content, "%g %g %g %g re f\n", x, s.height-y-h, w, h)
}

// rule is a line across the printed area, y being its upper edge.
func (s *sheet) rule(y, thick float64) { s.block(margin, y, s.inner(), thick) }

// frame is the outline of a rectangle, inside of it.
func (s *sheet) frame(x, y, w, h, thick float64) {
	s.block(x, y, w, thick)
	s.block(x, y+h-thick, w, thick)
	s.block(x, y+thick, thick, h-2*thick)
	s.block(x+w-thick, y+thick, thick, h-2*thick)
}

// inWhite draws in white.
func (s *sheet) inWhite(draw func()) {
	s.content.WriteString("1 g\n")
	draw()
	s.content.WriteString("0 g\n")
}

// field is a place for text. Programs that fill forms keep 2 points free inside of it.
type field struct {
	name       string
	x, y, w, h float64
	size       float64
	face       face
	multiline  bool
	align      align
}

type align int

// PDF's Q.
const (
	left align = iota
	centre
	right
)

// inset is what programs that fill forms keep free left and right.
const inset = 2

// line adds a field of one line, in which text begins at x.
func (s *sheet) line(name string, x, y, w, h, size float64, f face) {
	s.fields = append(s.fields, field{name: name, x: x - inset, y: y, w: w + 2*inset, h: h, size: size, face: f})
}

// lines adds a field of several lines.
func (s *sheet) lines(name string, x, y, w, h, size float64, f face) {
	s.line(name, x, y, w, h, size, f)
	s.fields[len(s.fields)-1].multiline = true
}

// alignRight makes the field added last end at its right side.
func (s *sheet) alignRight() { s.fields[len(s.fields)-1].align = right }

// literal is a PDF string in WinAnsiEncoding, of Latin 1 letters.
func literal(t string) string {
	var b strings.Builder
	b.WriteByte('(')
	for _, r := range t {
		switch {
		case r == '(' || r == ')' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x7F:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "\\%03o", r)
		}
	}
	b.WriteByte(')')
	return b.String()
}
