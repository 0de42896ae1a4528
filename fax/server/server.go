// Package server is the FaxServer: it owns the ports, carries out what fax/queue decides, keeps jobs, messages and the
// journal in the store, runs routing methods, and tells everybody who listens what happens.
//
// It knows nothing of HTTP: web/api shows it to the network. Whoever asks for a change says who it is; the server checks
// the right, writes the change to the journal, and tells of it in an event.
//
// All methods may be called from any goroutine, before, while and after Run runs.
package server

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"faxbox/fax"
)

// Config is what a server is made of.
type Config struct {
	Ports   []PortSource // more come and go with AddPort and RemovePort
	Log     *slog.Logger // nil: nothing is logged
	Version string       // of the program, named in files and in health
}

// PortSource is a modem that a port can be opened on.
type PortSource struct {
	Key  string // what the modem is known by for ever: its USB topology, or its path
	Path string // where it is now
	Name string // for a port seen for the first time; empty: "Line 1" and so on
	// Open opens the serial port; it is called again whenever the modem has to be opened anew.
	Open func() (io.ReadWriteCloser, error)
}

// Who asks for a change. It goes into the journal with the change.
type Who struct {
	fax.Caller
	Remote string // the address it comes from; empty: the UNIX socket
}

// Server is the fax server.
type Server struct{}

// Errors that callers act on. Every error of a value at fault is a fax.Invalid, and a missing right is fax.ErrDenied.
var (
	ErrNotFound  = errors.New("there is no such thing")               // port, job, message, call, routing method
	ErrForbidden = errors.New("the job's state does not allow this")  // fax.ErrorInvalidOperation
	ErrResync    = errors.New("events were missed: look at all anew") // the events asked for are no longer there
	ErrStopped   = errors.New("the server is stopping")               // come again later
	errNotYet    = errors.New("this is not written yet")
)

// New makes a server on what the store holds. It adopts the ports of the configuration: a modem seen for the first time
// gets a device id of its own. Nothing is opened or dialled before Run.
func New(c Config) (*Server, error) { return nil, errNotYet }

// Run runs the server until the context ends, then ends the calls on the lines (DCN, on hook) and returns when nothing goes
// on any more. It returns an error only if the server cannot go on.
func (s *Server) Run(ctx context.Context) error { return errNotYet }

// AddPort brings a modem into service while the server runs: the port that it is known by, or a new one.
func (s *Server) AddPort(p PortSource) (fax.DeviceID, error) { return 0, errNotYet }

// RemovePort takes the modem of a port out of service, because it was unplugged. A call on it ends. The port stays, offline.
func (s *Server) RemovePort(id fax.DeviceID) error { return errNotYet }
