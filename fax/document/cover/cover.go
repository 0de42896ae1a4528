// Package cover fills cover pages. A template is a PDF with form fields named after members of FaxDoc: recipientName,
// coverpageNote. What the template looks like without them is drawn by whoever can read PDF; the fields are set here, in any
// script.
//
// Who makes a template needs to know little: a text field shows the member whose name it has (fax.CoverFields lists them), in
// the size of its font, bold if its font is, aligned as it says, in several lines if it may have them. A page with a field
// coverpageNoteContinued is for the rest of a note that is too long for coverpageNote; it is left out if there is none. What
// a field holds in the template is shown as long as there is nothing else for it.
package cover

import "faxbox/fax/raster"

// Cover is a cover page to be made for one recipient.
type Cover struct {
	Template []byte            // a PDF
	Values   map[string]string // by field name; lines of a text are separated by "\n"
}

// Form is a template as it was read: what it looks like with its fields empty, and where they are.
type Form struct {
	Pages  []*raster.Page
	Fields []Field
}

// Field is a place for text. Lengths are in points, from the top left corner of its page.
type Field struct {
	Name      string // of the member whose text goes there
	Page      int    // counted from 0
	X, Y      float64
	W, H      float64
	Size      float64 // of the em; 0: whatever fits
	Bold      bool
	Multiline bool
	Align     Align
	Value     string // what the template has there: shown if there is nothing else to show
}

// Align is where text stands in its field: PDF's Q.
type Align uint8

// The alignments.
const (
	Left Align = iota
	Centre
	Right
)
