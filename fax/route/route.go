// Package route holds the routing methods: what is done with a fax that was received. Each is a file of its own behind the
// one small interface Method. It knows nothing of when methods run, of retries, or of where faxes are kept.
package route

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/pdf"
)

// Method is one thing that can be done with a received fax. Its methods may be called from several goroutines at once.
type Method interface {
	// About is the method with its names and its Guid, and the settings that a port begins with: switched off.
	About() fax.RoutingMethod
	// Check says what is wrong with the settings of a port for this method: nil or fax.Invalid. It looks at nothing outside:
	// a folder need not be there yet.
	Check(settings fax.RoutingMethod) error
	// Route does it, and says what was made. It is safe to be repeated: what is done already, as far as f.Outcome or the
	// other side knows, is not done twice. An error is tried again later unless it is Final; what was done before it is in
	// Done all the same. The context's end asks it to give up; a file system that hangs may keep it from doing so.
	Route(ctx context.Context, settings fax.RoutingMethod, f Fax) (Done, error)
}

// Done is what came of an attempt.
type Done struct {
	Result     string         // what was made: a file's path, a mail's id
	Deliveries []fax.Delivery // see fax.RoutingOutcome
	Handle     string         // likewise
}

// Fax is what is to be routed. Its pages must not be changed.
type Fax struct {
	Message    fax.Message
	Outcome    fax.RoutingOutcome // as the last attempt left it; Attempts counts this one too
	DeviceName string
	Location   *time.Location // of the times in names and texts
	Language   string         // of texts: "en" or "de"
	Box        string         // the box's name in the network
	Info       pdf.Info       // of a file of it
	// Open opens the pages, one TIFF file.
	Open func() (File, error)
}

// File is a file of pages.
type File interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// Final marks an error that will be the same when it is tried again.
func Final(err error) error { return final{err} }

type final struct{ error }

func (f final) Unwrap() error { return f.error }
func (final) Final() bool     { return true }

// IsFinal reports whether trying again is useless.
func IsFinal(err error) bool {
	f, ok := errors.AsType[interface {
		error
		Final() bool
	}](err)
	return ok && f.Final()
}

// hinted is an error with what to do about it.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }
func (h hinted) Hint() string  { return h.hint }

// Hint is what to do about an error of a method, empty if it does not say.
func Hint(err error) string {
	h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err)
	if !ok {
		return ""
	}
	return h.Hint()
}

// Find is the method of this Guid, however it is written; nil if there is none.
func Find(methods []Method, guid string) Method {
	i := slices.IndexFunc(methods, func(m Method) bool { return fax.SameGuid(m.About().Guid, guid) })
	if i < 0 {
		return nil
	}
	return methods[i]
}

// invalid is a fault of one field.
func invalid(field, problem, hint string) error {
	return fax.Invalid{{Field: field, Problem: problem, Hint: hint, Code: fax.ErrorInvalidParameter}}
}

// faults joins what is wrong with fields: nil or fax.Invalid.
func faults(errs ...error) error {
	var all fax.Invalid
	for _, err := range errs {
		if list, ok := errors.AsType[fax.Invalid](err); ok {
			all = append(all, list...)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// checkFormat says what is wrong with a format, of which a method knows a few.
func checkFormat(f fax.FileFormat, known ...fax.FileFormat) error {
	if f == "" || slices.Contains(known, f) {
		return nil
	}
	names := ""
	for i, k := range known {
		switch {
		case i > 0 && i == len(known)-1:
			names += " or "
		case i > 0:
			names += ", "
		}
		names += string(k)
	}
	return invalid("format", "is "+string(f)+", which this method does not make", "Enter "+names+", or nothing.")
}
