// Package render turns what the office has (PDF, TIFF, pictures, text) into the pages of a fax, in a child process that is
// started for one document and ends with it. The child can be killed, has a limit to its memory and its time, sees no file
// but those handed to it, and no network; so a hostile document harms itself, and the process that owns the lines never
// parses one.
package render

import (
	"context"
	"fmt"
	"io"
	"os"

	"faxbox/fax/document/cover"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

// Request is a document to be turned into pages.
type Request struct {
	Files  []File
	Covers []cover.Cover // made first, each for one recipient; often none
	Format Format

	// Following is how many pages go after those of Files, that are a fax already: covers that tell how many pages there are
	// count them.
	Following int
}

// File is a file of the document.
type File struct {
	Name     string // for people; what the file is shows in its content
	Content  io.ReaderAt
	Size     int64
	Password string // of a PDF; empty: none
}

// Format is how pages are to be.
type Format struct {
	Paper      raster.Paper      // A4 or Letter: what pages are laid out on; Legal and longer pages keep their length
	Resolution raster.Resolution // one of T.30's
	Mode       gray.Mode
	MaxPages   int // more is refused; 0: no limit but time
}

// Pages is what was rendered: a TIFF file that holds the pages of each cover, in their order, then those of the files. The
// file has no name: closed, it is gone.
type Pages struct {
	*os.File
	Covers []int // pages of each cover
	Files  []int // pages of each file
	// Remarks are sentences for whoever sends: a note that went on to a second page, a font that was not there.
	Remarks []string
}

// Renderer makes pages. It is safe for concurrent use.
type Renderer interface {
	// Render makes the pages of a document. An error that is a *Refusal says what is wrong with which file; whoever calls
	// closes the Pages.
	Render(context.Context, Request) (*Pages, error)
	// Fields are the form fields of a cover page template, each page's with its place, after it was checked; and its first
	// page, as it looks filled with these values.
	Check(context.Context, File, map[string]string) (*Pages, error)
}

// Reason is why a document is refused.
type Reason string

// The reasons.
const (
	Unknown      Reason = "unknown"      // no kind of file that can be sent
	NotSupported Reason = "notSupported" // a kind that is known and cannot be sent: DOCX, HEIC
	Damaged      Reason = "damaged"
	Encrypted    Reason = "encrypted" // a password is needed, or another one
	TooLarge     Reason = "tooLarge"  // pixels, pages, memory
	TooSlow      Reason = "tooSlow"
	Empty        Reason = "empty"
	Blank        Reason = "blank" // it has pictures or text, and came out white
)

// Refusal is a document that cannot be sent.
type Refusal struct {
	Cover   bool   // it is about a cover page's template
	File    int    // which one, counted from 0
	Page    int    // of it, counted from 1; 0: all of it
	Reason  Reason // for programs
	Problem string // a predicate: "is a Word document"
	Hint    string // a sentence: what to do
}

func (r *Refusal) Error() string {
	what := fmt.Sprintf("file %d", r.File+1)
	if r.Cover {
		what = fmt.Sprintf("cover page %d", r.File+1)
	}
	if r.Page > 0 {
		what += fmt.Sprintf(", page %d", r.Page)
	}
	return fmt.Sprintf("%s %s", what, r.Problem)
}
