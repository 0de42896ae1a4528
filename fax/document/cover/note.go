package cover

import (
	"strings"

	"faxbox/fax"
	"faxbox/fax/document/typeset"
	"faxbox/fax/raster"
)

// maxFurther is on how many pages a note goes on, ours. Text of fax.MaxNote letters, each on a line of its own, takes fewer.
const maxFurther = 60

// A field of the form for the rest of the note that is smaller is not used, in points: it would be a page for a few words.
const (
	leastWidth  = 144
	leastHeight = 144
)

// layNote sets the note in its field, and the rest on further pages.
func (f *filling) layNote() {
	p, ok := f.find(fax.CoverNote)
	if !ok {
		p.shows.Name = fax.CoverNote
	}
	text := f.text(p)
	switch {
	case text == "":
		return
	case ok:
		text = f.setNote(p, text)
	default:
		f.remark("The cover page has no place for a note: it is on a page of its own.")
	}
	f.layRest(text)
	switch n := len(f.further); {
	case !ok || n == 0:
	case n == 1:
		f.remark("The note is too long for the cover page, and continues on a second page.")
	default:
		f.remark("The note is too long for the cover page, and continues on %d more pages.", n)
	}
}

// setNote sets the note in its field: smaller if that makes it fit, else as large as it was meant. It returns the rest.
func (f *filling) setNote(p place, text string) (rest string) {
	s, least := p.noteStyle(f.pages[p.Page])
	block, rest := f.fonts.Fit(text, s, least, p.width(), p.height())
	if rest != "" {
		block, rest = f.fonts.Flow(text, s, p.width(), p.height())
	}
	f.missing(block)
	f.note = part{block, p.Field}
	return rest
}

// layRest sets what is left of the note on further pages, none of which begins with an empty line.
func (f *filling) layRest(rest string) {
	to, page, _ := f.placeOfRest()
	s, _ := to.noteStyle(page)
	for {
		rest = strings.TrimLeft(rest, "\r\n")
		switch {
		case rest == "":
			return
		case len(f.further) == maxFurther:
			f.remark("The note is cut after %d pages.", maxFurther)
			return
		}
		var block *typeset.Block
		block, rest = f.fonts.Flow(rest, s, to.width(), to.height())
		f.missing(block)
		f.further = append(f.further, part{block, to.Field})
	}
}

// noteStyle is how a note looks: it begins from the side from which it is read.
func (d Field) noteStyle(page *raster.Page) (s typeset.Style, least float64) {
	d.Multiline = true
	s, least = d.style(page)
	if s.Align == typeset.Left {
		s.Align = typeset.Start
	}
	return s, least
}

// The page on which a note goes on if the form has none, in points.
const (
	edge = 56  // kept free all round: 20 mm
	top  = 118 // where the note begins
)

// placeOfRest is where the note goes on, and the page of the form that is for it; or if there is none, a place on a page of
// our own, and the page that it is to be like.
func (f *filling) placeOfRest() (to place, page *raster.Page, own bool) {
	for _, p := range f.places {
		if p.shows.Name == fax.CoverNoteContinued && f.continues(p.Page) && p.W >= leastWidth && p.H >= leastHeight {
			return p, f.pages[p.Page], false
		}
	}
	page = f.pages[0]
	width, height := points(page.Width, page.Resolution.X), points(page.Height, page.Resolution.Y)
	to.Field = Field{X: edge, Y: top, W: max(width-2*edge, edge), H: max(height-top-edge, edge), Multiline: true}
	to.shows, _ = member(fax.CoverNoteContinued)
	return to, page, true
}

// points is a length of n pels or lines, so many to the inch.
func points(n, perInch int) float64 { return float64(n) * 72 / float64(max(perInch, 1)) }

// continuation is a page with a part of the note.
func (f *filling) continuation(p part) *raster.Page {
	to, page, own := f.placeOfRest()
	if !own {
		return f.fill(to.Page, page, p)
	}
	blank := raster.New(page.Width, page.Height, page.Resolution)
	f.heading(blank, to)
	p.draw(blank)
	return blank
}

// heading says on a page of our own what goes on there, and to whom it is.
func (f *filling) heading(page *raster.Page, to place) {
	head := f.value(fax.CoverNoteContinued)
	if head == "" {
		head = to.shows.English
	}
	var about []string
	for _, name := range []string{"recipientName", "faxNumber", fax.CoverDate} {
		if text := oneLine(f.value(name)); text != "" {
			about = append(about, text)
		}
	}
	f.fonts.Line(head, typeset.Style{Size: 18, Bold: true}, to.width()).Draw(page, to.X+inset, edge)
	f.fonts.Line(strings.Join(about, " · "), typeset.Style{Size: 11}, to.width()).Draw(page, to.X+inset, edge+26)
	rule(page, to.X+inset, edge+48, to.width())
}

// rule draws a line across, 0.5 mm thick.
func rule(page *raster.Page, x, y, w float64) {
	pel := func(at float64) int { return min(max(int(at*float64(page.Resolution.X)/72), 0), page.Width) }
	line := func(at float64) int { return min(max(int(at*float64(page.Resolution.Y)/72), 0), page.Height) }
	for n := line(y); n < line(y+1.5); n++ {
		row := page.Row(n)
		for i := pel(x); i < pel(x+w); i++ {
			row[i/8] |= 0x80 >> (i % 8)
		}
	}
}
