// Package wire is what goes over the network between the fax server and its clients besides the objects of package fax:
// listings, what was wrong, who is logged in. Both sides share it, so neither can misunderstand the other.
package wire

import (
	"time"

	"faxbox/fax"
)

// List is a listing: of everything, or one page of a long one.
type List[T any] struct {
	Count int    `json:"count" doc:"How many items follow"`
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; absent: this is the last one"`
}

// ListOf is a listing of all there is.
func ListOf[T any](items []T) List[T] {
	if items == nil {
		items = []T{}
	}
	return List[T]{Count: len(items), Items: items}
}

// GPIOLine is a line of the board that a relay or a ring detector may hang on.
type GPIOLine struct {
	Line   string `json:"line" doc:"What a port's settings call it: chip and number, pinctrl-bcm2835:17"`
	Name   string `json:"name" doc:"What the board calls it: GPIO17; often empty"`
	Holder string `json:"holder" doc:"Who has it; empty: it is free"`
}

// Submitted is the answer to a document.
type Submitted struct {
	JobID        fax.JobID `json:"jobId" doc:"The job of the first recipient"`
	SubmissionID string    `json:"submissionId" doc:"Shared by all its jobs"`
	List[fax.Job]
}

// Preview is what would be sent.
type Preview struct {
	PreviewID string        `json:"previewId" doc:"Sent as a field of POST /documents instead of files, it has these pages sent"`
	Expires   time.Time     `json:"expires" doc:"When it is forgotten, if not before for want of room"`
	Pages     []PreviewPage `json:"pages" nullable:"false" doc:"As the first recipient would get them"`
	Remarks   []string      `json:"remarks" nullable:"false" doc:"What whoever sends may want to know, in sentences"`
}

// PreviewPage is one of its pages.
type PreviewPage struct {
	Number     int    `json:"number" doc:"Counted from 1"`
	Width      int    `json:"width" doc:"In pels"`
	Height     int    `json:"height" doc:"In lines"`
	Resolution string `json:"resolution" doc:"Pels an inch across and lines an inch down: 204x196"`
	Image      string `json:"image" doc:"Where a picture of it is had; add ?width= for a small one"`
}

// CoverAdded is a cover page template that was stored.
type CoverAdded struct {
	fax.CoverPage
	Remarks []string `json:"remarks" nullable:"false" doc:"What will look odd, in sentences"`
}

// Problem is what went wrong: RFC 9457, problem details.
type Problem struct {
	Type   string           `json:"type,omitempty" doc:"What kind of problem: a URI; about:blank if the status says it all"`
	Title  string           `json:"title" doc:"The kind of problem in words"`
	Status int              `json:"status" doc:"The HTTP status"`
	Detail string           `json:"detail,omitempty" doc:"What went wrong this time"`
	Hint   string           `json:"hint,omitempty" doc:"What can be done about it"`
	Code   fax.ErrorCode    `json:"code,omitempty" doc:"The number that old programs know it by: a Windows error code"`
	Errors []fax.FieldError `json:"errors,omitempty" nullable:"false" doc:"The fields at fault"`
}

// Error is the problem in one sentence.
func (p *Problem) Error() string {
	if p.Detail != "" {
		return p.Detail
	}
	return p.Title
}

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problem details.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// Login is what begins a session.
type Login struct {
	Name     string `json:"name" doc:"Of the account"`
	Password string `json:"password" maxLength:"256"`
}

// Setup makes the first administrator.
type Setup struct {
	Code     string `json:"code" maxLength:"64" doc:"The one-time code of the first start, from the journal or the console"`
	Name     string `json:"name" doc:"Of the account"`
	Password string `json:"password" maxLength:"256" doc:"At least 8 characters"`
}

// SetupState tells whether there is an administrator yet.
type SetupState struct {
	Needed bool `json:"needed" doc:"True: nobody can log in yet; POST the one-time code"`
}

// Me is whoever asks.
type Me struct {
	User    string   `json:"user" doc:"The account, or local over the UNIX socket"`
	Role    fax.Role `json:"role"`
	Rights  []string `json:"rights" nullable:"false" doc:"What the caller may do"`
	Session bool     `json:"session" doc:"Logged in with a password; otherwise a token or the UNIX socket"`

	Language string `json:"language" doc:"That the account has chosen for the pages; empty: none"`
	TimeZone string `json:"timeZone" doc:"That the account has chosen for times; empty: none"`
}

// NewUser is an account to be made.
type NewUser struct {
	Name     string   `json:"name" doc:"1 to 64 letters, digits, dots, dashes, underscores or @"`
	FullName string   `json:"fullName,omitempty"`
	Role     fax.Role `json:"role" enum:"viewer,sender,operator,administrator"`
	Password string   `json:"password" maxLength:"256" doc:"At least 8 characters"`
}

// NewPassword changes a password.
type NewPassword struct {
	Old      string `json:"old,omitempty" maxLength:"256" doc:"The one so far; an administrator need not know other people's"`
	Password string `json:"password" maxLength:"256" doc:"At least 8 characters"`
}

// NewToken is a token to be made.
type NewToken struct {
	Name    string    `json:"name" doc:"What it is for: scanner in room 3"`
	Role    fax.Role  `json:"role" enum:"viewer,sender,operator,administrator" doc:"At most one's own"`
	Expires time.Time `json:"expires,omitzero" doc:"When it ends; absent: never"`
}

// MadeToken is a token with its secret, which is shown this once.
type MadeToken struct {
	fax.Token
	Secret string `json:"secret" doc:"Send it as Authorization: Bearer"`
}

// Bulk is what came of something asked for several messages at once.
type Bulk struct {
	Changed int             `json:"changed" doc:"How many it was done to"`
	Missing []fax.MessageID `json:"missing" nullable:"false" doc:"Those that are not there, or for which it was done already"`
}

// KeptContact is a contact that was added or changed.
type KeptContact struct {
	fax.Contact
	SameNumber []fax.Contact `json:"sameNumber" nullable:"false" doc:"Others that have its number"`
}

// Unread is how many received faxes nobody has seen.
type Unread struct {
	Unread int `json:"unread"`
}

// Health is how the box is.
type Health struct {
	OK       bool          `json:"ok"`
	Version  string        `json:"version"`
	Begun    time.Time     `json:"begun" doc:"When this server did: another one after a new start"`
	Findings []fax.Finding `json:"findings,omitempty" nullable:"false" doc:"What is well and what is not; only for those who may read the configuration"`
	Tree     *fax.Checkup  `json:"tree,omitempty" doc:"The same as a tree: a branch is as bad as the worst of its parts; likewise"`
}
