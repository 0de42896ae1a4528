package cover

import (
	"fmt"
	"slices"

	"faxbox/fax"
)

// Remark is something about a template that whoever made it should know.
type Remark struct {
	Page    int    // counted from 1; 0: all of it
	Field   string // as the template names it; empty: it is about no field
	Problem string // a predicate: "is not known"
	Hint    string // a sentence: what to do; may be empty
}

func (r Remark) String() string {
	what := "The cover page"
	if r.Field != "" {
		what = fmt.Sprintf("The field %q", r.Field)
	}
	if r.Page > 0 {
		what += fmt.Sprintf(" on page %d", r.Page)
	}
	s := what + " " + r.Problem + "."
	if r.Hint != "" {
		s += " " + r.Hint
	}
	return s
}

// maxRemarks is how many things are said about a template, ours.
const maxRemarks = 40

// Check says what about a form is probably not meant so: names that are no members, fields that lie outside of their page, are
// too small, or overlap. A form of which nothing is said prints as it looks. At most 40 things are said.
func Check(form Form) []Remark {
	c := checking{form: form}
	if n := len(form.Fields); n > maxFields {
		c.remarks = append(c.remarks, Remark{Problem: fmt.Sprintf("has %d form fields, of which only the first %d are looked at", n, maxFields)})
		c.form.Fields = form.Fields[:maxFields]
	}
	c.whole()
	for i, d := range c.form.Fields {
		c.name(d)
		if d.Page < 0 || d.Page >= len(form.Pages) {
			c.say(d, "is on no page", "")
			continue
		}
		c.size(d)
		for _, other := range c.form.Fields[:i] {
			c.overlap(d, other)
		}
		if len(c.remarks) >= maxRemarks {
			break
		}
	}
	return c.remarks[:min(len(c.remarks), maxRemarks)]
}

// checking is a form while it is checked.
type checking struct {
	form    Form
	remarks []Remark
}

func (c *checking) say(d Field, problem, hint string) {
	c.remarks = append(c.remarks, Remark{d.Page + 1, d.Name, problem, hint})
}

// whole checks what the form has at all.
func (c *checking) whole() {
	has := func(name string) bool {
		return slices.ContainsFunc(c.form.Fields, func(d Field) bool {
			m, ok := member(d.Name)
			return ok && m.Name == name
		})
	}
	switch {
	case len(c.form.Fields) == 0:
		c.remarks = append(c.remarks, Remark{Problem: "has no form fields, so that nothing will be written on it",
			Hint: "Add text fields that are named after what they are to show, such as recipientName and coverpageNote."})
	case !has(fax.CoverNote):
		c.remarks = append(c.remarks, Remark{Problem: "has no field coverpageNote, so that a note goes to a page of its own"})
	}
}

// name checks that a field's name is known.
func (c *checking) name(d Field) {
	if _, ok := member(d.Name); ok || d.Value != "" {
		return // what it holds in the template is meant to be shown
	}
	hint := "It stays empty."
	if name := suggestion(d.Name); name != "" {
		hint += fmt.Sprintf(" Perhaps %s was meant.", name)
	}
	c.say(d, "is not known", hint)
}

// narrow is the least width of a field in points: of a number of two digits.
const narrow = 18

// size checks that a field lies on its page, and has room for a line of text that can be read.
func (c *checking) size(d Field) {
	page := c.form.Pages[d.Page]
	width, height := points(page.Width, page.Resolution.X), points(page.Height, page.Resolution.Y)
	switch {
	case !d.sane():
		c.say(d, "has no size", "Draw it larger.")
	case d.X < -1 || d.Y < -1 || d.X+d.W > width+1 || d.Y+d.H > height+1:
		c.say(d, "reaches over the edge of the page", "Move it inwards.")
	case d.H < smallest:
		c.say(d, fmt.Sprintf("is only %.0f points high", d.H), fmt.Sprintf("Make it at least %d: smaller letters are not read well.", smallest+3))
	case d.W < narrow:
		c.say(d, fmt.Sprintf("is only %.0f points wide", d.W), "Make it wider.")
	case d.Size > 0 && d.Size < smallest:
		c.say(d, fmt.Sprintf("has letters of %.3g points", d.Size), fmt.Sprintf("Take at least %d; on a fax of standard resolution %d.", smallest, smallestStandard))
	}
	if m, ok := member(d.Name); ok && m.Name == fax.CoverNote && !d.several() {
		c.say(d, "is for one line", "Allow several lines, so that notes are not made small.")
	}
}

// overlap checks two fields against each other. They may touch.
func (c *checking) overlap(d, other Field) {
	if d.Page != other.Page {
		return
	}
	const slack = 3 // points
	across := min(d.X+d.W, other.X+other.W) - max(d.X, other.X)
	down := min(d.Y+d.H, other.Y+other.H) - max(d.Y, other.Y)
	if across > slack && down > slack {
		c.say(d, fmt.Sprintf("overlaps the field %q", other.Name), "Move one of them.")
	}
}
