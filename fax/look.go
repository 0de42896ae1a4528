package fax

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Resolution is how finely pages are made, in T.30's terms. The far end may be able to take less; then less is sent.
type Resolution string

// The resolutions.
const (
	Standard  Resolution = "standard"  // 204 x 98 pels an inch: quick, and enough for large letters
	Fine      Resolution = "fine"      // 204 x 196
	Superfine Resolution = "superfine" // 204 x 391
	Inch300   Resolution = "300"       // 300 x 300
	Inch400   Resolution = "400"       // 400 x 400
)

// Paper is what pages are laid out on.
type Paper string

// The papers.
const (
	A4     Paper = "a4"
	Letter Paper = "letter"
)

// Rendering is how gray and colours become black and white.
type Rendering string

// The ways.
const (
	RenderAuto  Rendering = "auto"  // text and line art stay sharp, photographs get dots: each region as it is
	RenderText  Rendering = "text"  // everything black or white
	RenderPhoto Rendering = "photo" // everything in dots
)

// Confirmation is where the delivery report of a fax goes when it was delivered, or has failed for good.
type Confirmation string

// The places.
const (
	NoConfirmation Confirmation = "none"
	ConfirmInbox   Confirmation = "inbox"   // among the messages
	ConfirmMail    Confirmation = "mail"    // to EmailAddress, and among the messages
	ConfirmFailure Confirmation = "failure" // the same, but only if it could not be sent
)

// Mailed reports whether the report goes by mail.
func (c Confirmation) Mailed() bool { return c == ConfirmMail || c == ConfirmFailure }

// Look is how a document's pages are to be made, with nothing left open.
func (d Document) Look(s Server) (Resolution, Paper, Rendering) {
	return Resolution(firstOf(string(d.Resolution), string(Fine))),
		Paper(firstOf(string(d.Paper), string(s.Paper), string(A4))),
		Rendering(firstOf(string(d.Rendering), string(RenderAuto)))
}

// Plain reports whether nothing is said about how pages are to be made: those that are a fax already stay as they are.
func (d Document) Plain() bool { return d.Resolution == "" && d.Paper == "" && d.Rendering == "" }

// look checks how the pages are to be made and confirmed.
func (f *faults) look(d Document) {
	oneOf(f, "resolution", d.Resolution, Standard, Fine, Superfine, Inch300, Inch400)
	oneOf(f, "paper", d.Paper, A4, Letter)
	oneOf(f, "rendering", d.Rendering, RenderAuto, RenderText, RenderPhoto)
	if d.Confirmation.Mailed() && strings.TrimSpace(d.EmailAddress) == "" {
		f.add("emailAddress", "is missing: the report goes there", addressHint)
	}
	oneOf(f, "confirmation", d.Confirmation, NoConfirmation, ConfirmInbox, ConfirmMail, ConfirmFailure)
}

// oneOf checks that a value is empty or one of a few.
func oneOf[T ~string](f *faults, field string, value T, known ...T) {
	if value == "" || slices.Contains(known, value) {
		return
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	last := len(names) - 1
	f.add(field, fmt.Sprintf("%q is not known", value), fmt.Sprintf("Enter %s or %s.", strings.Join(names[:last], ", "), names[last]))
}

// CoverPage is a template of cover pages.
type CoverPage struct {
	Name     string    `json:"name"`               // a document's coverpageName
	Title    string    `json:"title"`              // for people
	Language string    `json:"language,omitempty"` // of what is printed on it, if that is known: "en", "de"
	Kind     CoverKind `json:"kind"`
	Size     int64     `json:"size"`          // of the PDF, in octets
	Time     time.Time `json:"time,omitzero"` // when it was stored; absent if it came with the program
}

// CoverKind is whose a cover page is.
type CoverKind string

// The kinds. Those of the first two are chosen with serverCoverpage.
const (
	BuiltinCover  CoverKind = "builtin" // it came with the program
	ServerCover   CoverKind = "server"
	PersonalCover CoverKind = "personal"
)
