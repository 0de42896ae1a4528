package document

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"faxbox/fax/document/typeset"
	"faxbox/fax/raster"
)

// Header is the line at the top of each page that says when and by whom it was sent, to whom, and which page it is. It takes
// the place of the topmost lines of the page, so that no page becomes longer. All texts are drawn as they are, in any script.
type Header struct {
	Fonts  *typeset.Fonts
	Time   time.Time // of the transmission, in the office's zone
	Layout string    // of the time, as time.Format takes it; empty: that of the language
	Name   string    // sender's; often empty
	ID     string    // TSID
	Number string    // recipient's; left out where the line gets too long
	First  int       // pages of the job that come before the first of the document, having been sent in another call
	Total  int       // pages of the job; fewer than there are count as all of them
	// Language is that of the few words in it: de, with or without a region, is German; anything else is English.
	Language string
}

// Lengths of the header line.
const (
	// headerHeight is what it takes off the top of a page, in millimetres.
	headerHeight = 3.7
	// headerGap is what stays white of it beneath the letters, in millimetres: one line at 3.85 lines a millimetre.
	headerGap = 0.25
	// headerMargin is what stays white at either side of it, in millimetres. 196.6 of the 215 mm that are scanned of A4 come
	// out on every machine.
	headerMargin = (215 - 196.6) / 2
	// headerSize is that of its letters, in points.
	headerSize = 8
	// headerRise is by how much its letters stand higher than they would in a paragraph, in points.
	headerRise = 0.08 * headerSize
	// headerSpace is the least space between two parts of it, in points.
	headerSpace = 1.5 * headerSize
	// headerShortest is the least width to which a name is cut, in points. Without room for that it is left out.
	headerShortest = 4 * headerSize
)

const (
	pointsPerInch = 72
	mmPerInch     = 25.4
	pointsPerMM   = pointsPerInch / mmPerInch
)

var headerStyle = typeset.Style{Size: headerSize}

// onto is the page with its header line: page n of a document of so many, counted from 0. The page itself stays as it is.
func (h *Header) onto(page *raster.Page, n, pages int) *raster.Page {
	lines := min(int(headerHeight*page.Resolution.LinesPerMM()), page.Height)
	p := raster.New(page.Width, page.Height, page.Resolution)
	copy(p.Bits[lines*p.Stride:], page.Bits[lines*p.Stride:])
	// Letters end above the gap, however far they reach down.
	gap := int(math.Round(headerGap * p.Resolution.LinesPerMM()))
	strip := *p
	strip.Height = max(0, lines-max(1, gap))

	width := float64(p.Width) / float64(p.Resolution.X) * pointsPerInch
	margin := min(headerMargin*pointsPerMM, width/8)
	parts := h.parts(width-2*margin, n, pages)
	spare := max(0, -excess(parts, width-2*margin))
	x := margin
	for _, part := range parts {
		part.Draw(&strip, x, -headerRise)
		x += part.Width() + headerSpace + spare/float64(max(1, len(parts)-1))
	}
	return p
}

// parts are what the line says, from left to right, as far as it fits the width: if it does not, the recipient's number goes
// first, and then names are cut.
func (h *Header) parts(width float64, n, pages int) []*typeset.Block {
	const name, id, number = 1, 2, 3
	texts := h.Texts(n, pages)
	var parts [len(texts)]*typeset.Block
	for i, text := range texts {
		if text != "" {
			parts[i] = h.Fonts.Line(text, headerStyle, width)
		}
	}
	if excess(parts[:], width) > 0 {
		parts[number] = nil
	}
	for _, i := range [...]int{name, id} {
		if over := excess(parts[:], width); over > 0 && parts[i] != nil {
			parts[i] = h.cut(texts[i], parts[i].Width()-over)
		}
	}
	return slices.DeleteFunc(parts[:], func(b *typeset.Block) bool { return b == nil })
}

// Texts are what the line of page n of a document says, counted from 0, where there is room: when, by whom, from which number,
// to which, and which page. Empty ones are left out.
func (h *Header) Texts(n, pages int) (texts [5]string) {
	words := h.words()
	texts = [...]string{h.Time.Format(words.time), h.Name, h.ID, "", fmt.Sprintf(words.page, h.First+n+1, max(h.Total, h.First+pages))}
	if h.Number != "" {
		texts[3] = words.to + h.Number
	}
	if h.ID == h.Name {
		texts[2] = ""
	}
	return texts
}

// headerWords are what the line says by itself.
type headerWords struct{ time, to, page string }

func (h *Header) words() headerWords {
	words := headerWords{"2006-01-02 15:04", "to ", "page %d of %d"}
	if language, _, _ := strings.Cut(strings.ToLower(h.Language), "-"); language == "de" {
		words = headerWords{"02.01.2006 15:04", "an ", "Seite %d von %d"}
	}
	if h.Layout != "" {
		words.time = h.Layout
	}
	return words
}

// cut is a text with an ellipsis, or nil where there is no room for it.
func (h *Header) cut(text string, width float64) *typeset.Block {
	if width < headerShortest {
		return nil
	}
	return h.Fonts.Line(text, headerStyle, width)
}

// excess is by how much parts and the spaces between them are wider than the line. A nil part is none.
func excess(parts []*typeset.Block, width float64) float64 {
	over := -headerSpace - width
	for _, part := range parts {
		if part != nil {
			over += part.Width() + headerSpace
		}
	}
	return over
}
