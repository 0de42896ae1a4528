package cover

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"faxbox/fax"
	"faxbox/fax/document/typeset"
	"faxbox/fax/raster"
)

// inset is what is kept free inside of a field, left, right, and above text of several lines: what programs that fill
// forms keep, so that a template looks as it does there.
const inset = 2.0

// The smallest letters, in points, to which text is made smaller: those that are still read without effort.
const (
	smallest         = 9
	smallestStandard = 10 // at less than 150 lines an inch
)

// Fill writes values into copies of the form's pages. The form is not changed.
//
// Text that does not fit in its field is set smaller, down to 9 points, or to 10 at standard resolution. If that is not
// enough, the note continues on further pages: on the form's page that has a field coverpageNoteContinued, as often as needed,
// or else on pages of our own. Such a page of the form is left out when it is not needed. Any other text is cut, with an
// ellipsis and a remark. A note for which the form has no field gets a page of its own.
//
// PageCount is what follows after the cover page and the cover page's own pages; with a negative number it is left empty.
//
// Values are data, whatever they contain: a letter that has no font and a control character are drawn as such, and nothing in
// a text changes where and how another is drawn. The remarks are sentences for whoever sends.
func Fill(form Form, values map[string]string, following int, fonts *typeset.Fonts) (pages []*raster.Page, remarks []string, err error) {
	if len(form.Pages) == 0 {
		return nil, nil, errors.New("the cover page has no pages")
	}
	f := newFilling(form, values, fonts)
	f.layNote()
	f.count(following)
	if _, ok := f.find(fax.CoverSubject); !ok && f.value(fax.CoverSubject) != "" {
		f.remark("The cover page has no place for a subject: it is left out.")
	}
	for n, page := range form.Pages {
		if !f.continues(n) {
			pages = append(pages, f.fill(n, page, f.note))
		}
	}
	for _, p := range f.further {
		pages = append(pages, f.continuation(p))
	}
	f.remarkMissing()
	return pages, f.remarks, nil
}

// maxFields is how many fields of a form are looked at, ours.
const maxFields = 500

// sane tells whether a field's measures are such as a page can have, 5 m at most.
func (d Field) sane() bool {
	const most = 14400
	for _, v := range []float64{d.X, d.Y, d.W, d.H, d.Size} {
		if math.IsNaN(v) || math.Abs(v) > most {
			return false
		}
	}
	return d.W > 0 && d.H > 0
}

// filling is a cover page while it is filled.
type filling struct {
	pages   []*raster.Page // of the form
	places  []place
	values  map[string]string
	fonts   *typeset.Fonts
	remarks []string
	lacking []rune // letters that no font has

	pageCount string
	note      part   // in its field; empty: there is no note, or no field
	further   []part // the rest, a page each
}

// place is a field of the form, and what it shows.
type place struct {
	Field
	shows fax.CoverField // empty: no member, but what the template has there
}

// newFilling begins with those fields that show something and have a place on one of the pages.
func newFilling(form Form, values map[string]string, fonts *typeset.Fonts) *filling {
	f := &filling{pages: form.Pages, values: values, fonts: fonts}
	for _, d := range form.Fields[:min(len(form.Fields), maxFields)] {
		m, known := member(d.Name)
		if (known || d.Value != "") && d.Page >= 0 && d.Page < len(form.Pages) && d.sane() {
			f.places = append(f.places, place{d, m})
		}
	}
	return f
}

// part is what of the note stands in a field.
type part struct {
	*typeset.Block
	field Field
}

// remark says something once.
func (f *filling) remark(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); !slices.Contains(f.remarks, s) {
		f.remarks = append(f.remarks, s)
	}
}

// find is the form's first field that shows this.
func (f *filling) find(name string) (place, bool) {
	i := slices.IndexFunc(f.places, func(p place) bool { return p.shows.Name == name })
	if i < 0 {
		return place{}, false
	}
	return f.places[i], true
}

// continues tells whether a page of the form is for the rest of the note alone. The first one is not, for there must be
// something to send; nor is one on which the note begins.
func (f *filling) continues(page int) bool {
	shows := func(name string) bool {
		return slices.ContainsFunc(f.places, func(p place) bool { return p.Page == page && p.shows.Name == name })
	}
	return page > 0 && shows(fax.CoverNoteContinued) && !shows(fax.CoverNote)
}

// count sets the number of pages.
func (f *filling) count(following int) {
	if following < 0 {
		return
	}
	for n := range f.pages {
		if !f.continues(n) {
			following++
		}
	}
	f.pageCount = strconv.Itoa(following + len(f.further))
}

// value is the text for a member.
func (f *filling) value(name string) string {
	if name == fax.CoverPageCount {
		return f.pageCount
	}
	return strings.TrimSpace(f.values[name])
}

// text is what a field shows.
func (f *filling) text(p place) string {
	if text := f.value(p.shows.Name); text != "" {
		return text
	}
	return strings.TrimSpace(p.Value)
}

// fill is page n of the form with its fields set, and a part of the note if it belongs there.
func (f *filling) fill(n int, page *raster.Page, note part) *raster.Page {
	filled := *page
	filled.Bits = slices.Clone(page.Bits)
	for _, p := range f.places {
		if p.Page == n && p.shows.Name != fax.CoverNote && p.shows.Name != fax.CoverNoteContinued {
			f.draw(&filled, p)
		}
	}
	if note.Block != nil && note.field.Page == n {
		note.draw(&filled)
	}
	return &filled
}

func (p part) draw(page *raster.Page) { p.Draw(page, p.field.X+inset, p.field.Y+inset) }

// draw sets one field.
func (f *filling) draw(page *raster.Page, p place) {
	text := f.text(p)
	if text == "" {
		return
	}
	var block *typeset.Block
	y := p.Y + inset
	if p.several() {
		block = f.paragraph(page, p, text)
	} else {
		block = f.line(page, p, oneLine(text))
		y = p.Y + (p.H-block.Height())/2
	}
	f.missing(block)
	block.Draw(page, p.X+inset, y)
}

// several tells whether a field is for several lines: it says so, or is so high that nothing else can be meant.
func (d Field) several() bool { return d.Multiline || d.H >= 4*max(d.Size, smallest) }

// width and height are what text has of a field.
func (d Field) width() float64  { return max(d.W-2*inset, 1) }
func (d Field) height() float64 { return max(d.H-2*inset, 1) }

// style is how a field's text looks, and how small it may become.
func (d Field) style(page *raster.Page) (s typeset.Style, least float64) {
	least = smallest
	if page.Resolution.Y < 150 {
		least = smallestStandard
	}
	s = typeset.Style{Size: d.Size, Bold: d.Bold, Align: [...]typeset.Align{typeset.Left, typeset.Centre, typeset.Right}[d.Align%3]}
	switch {
	case d.Size <= 0 && d.several():
		s.Size = 12
	case d.Size <= 0:
		s.Size = min(max(math.Floor(d.H/1.4), least), 24)
	}
	return s, min(least, s.Size)
}

// line sets a text in one line, as large as its field allows, or in more if the field has room for them.
func (f *filling) line(page *raster.Page, p place, text string) *typeset.Block {
	s, least := p.style(page)
	s.Size = f.fonts.FitLine(text, s, least, p.width()).Size()
	if f.fonts.Layout(text, s, 0).Width() <= p.width() {
		return f.fonts.Layout(text, s, p.width()) // aligned in its field
	}
	if block, rest := f.fonts.Flow(text, s, p.width(), p.H); rest == "" && block.Height() <= p.H {
		return block
	}
	f.cut(p)
	return f.fonts.Line(text, s, p.width())
}

// paragraph sets a text in several lines.
func (f *filling) paragraph(page *raster.Page, p place, text string) *typeset.Block {
	s, least := p.style(page)
	block, rest := f.fonts.Fit(text, s, least, p.width(), p.height())
	if rest == "" {
		return block
	}
	f.cut(p)
	s.Size = least
	runes := []rune(text)
	set := func(n int) bool {
		block, rest = f.fonts.Flow(strings.TrimSpace(string(runes[:n]))+"…", s, p.width(), p.height())
		return rest == ""
	}
	// As much as leaves room for the ellipsis. A letter more can make a text shorter, where it becomes one with the letter
	// before; so what is found need not be the longest that fits, but it was set, and it fits.
	set(sort.Search(len(runes), func(n int) bool { return !set(n + 1) }))
	return block
}

// cut says that a text is not all there.
func (f *filling) cut(p place) {
	label := p.shows.English
	if label == "" {
		label = fmt.Sprintf("Field %q", p.Name)
	}
	f.remark("%s: the text is too long for the cover page and ends in an ellipsis.", label)
}

// missing notes which letters of a text no font has.
func (f *filling) missing(b *typeset.Block) {
	for _, r := range b.Missing() {
		if !slices.Contains(f.lacking, r) {
			f.lacking = append(f.lacking, r)
		}
	}
}

// remarkMissing says which letters no font has, the first of them.
func (f *filling) remarkMissing() {
	const few = 8
	var letters []string
	for _, r := range f.lacking[:min(len(f.lacking), few)] {
		if unicode.IsLetter(r) {
			letters = append(letters, fmt.Sprintf("%c (U+%04X)", r, r))
		} else {
			letters = append(letters, fmt.Sprintf("U+%04X", r))
		}
	}
	list, rest := strings.Join(letters, ", "), ""
	if n := len(f.lacking) - few; n > 0 {
		rest = fmt.Sprintf(" and %d more", n)
	}
	switch len(f.lacking) {
	case 0:
	case 1:
		f.remark("No font here has the letter %s: a box stands in its place.", list)
	default:
		f.remark("No font here has the letters %s%s: boxes stand in their place.", list, rest)
	}
}

// oneLine is text in one line.
func oneLine(text string) string {
	var b strings.Builder
	for line := range strings.FieldsFuncSeq(text, lineEnd) {
		line = strings.TrimSpace(line)
		switch so := b.String(); {
		case line == "":
			continue
		case so == "":
		case strings.ContainsAny(so[len(so)-1:], ".,;:!?"):
			b.WriteByte(' ')
		default:
			b.WriteString(", ")
		}
		b.WriteString(line)
	}
	return b.String()
}

func lineEnd(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' }
