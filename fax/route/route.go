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
)

// Method is one thing that can be done with a received fax. Its methods may be called from several goroutines at once.
type Method interface {
	// About is the method with its names and its Guid, and the settings that a port begins with: switched off.
	About() fax.RoutingMethod
	// Check says what is wrong with the settings of a port for this method: nil or fax.Invalid. It looks at nothing outside:
	// a folder need not be there yet.
	Check(settings fax.RoutingMethod) error
	// Route does it, and says what was made: a file's path, a mail's id. It is safe to be repeated: what is done already
	// is not done twice, unless the plug was pulled at the wrong moment. An error is tried again later unless it is Final.
	// The context's end asks it to give up; a file system that hangs may keep it from doing so.
	Route(ctx context.Context, settings fax.RoutingMethod, f Fax) (result string, err error)
}

// Fax is what is to be routed. Its pages must not be changed.
type Fax struct {
	Message    fax.Message
	DeviceName string
	Location   *time.Location // of the times in names and texts
	// Open opens the pages, one TIFF file.
	Open func() (io.ReadCloser, error)
}

// Final marks an error that will be the same when it is tried again.
func Final(err error) error { return final{err} }

type final struct{ error }

func (f final) Unwrap() error { return f.error }

// IsFinal reports whether trying again is useless.
func IsFinal(err error) bool {
	_, ok := errors.AsType[final](err)
	return ok
}

// Methods are all that there are.
func Methods() []Method { return []Method{NewFolder()} }

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
