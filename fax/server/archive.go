package server

import (
	"io"
	"time"

	"faxbox/fax"
)

// Page is some of a long list, and where it goes on.
type Page[T any] struct {
	Items []T
	Next  string // cursor of the next page; empty: this is the last one
}

// Paging says which part of a long list is wanted.
type Paging struct {
	Cursor string // where to go on; empty: the newest
	Limit  int    // how many at most, 1 to 500; 0: 50
}

// MessageFilter chooses messages. A zero field chooses all.
type MessageFilter struct {
	Direction  fax.Direction
	DeviceID   fax.DeviceID
	Number     string // caller id or dialled number begins so; spaces and the like do not count
	Unread     bool
	Quarantine bool
	Since      time.Time // RawReceiveTime, from
	Until      time.Time // up to, not included
	Paging
}

// Messages are the faxes received and sent, newest first. A cursor that is none is a fax.Invalid.
func (s *Server) Messages(f MessageFilter) (Page[fax.Message], error) {
	return Page[fax.Message]{}, errNotYet
}

// Message is one of them, or ErrNotFound.
func (s *Server) Message(id fax.MessageID) (fax.Message, error) { return fax.Message{}, errNotYet }

// TIFF is a file of pages.
type TIFF interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// MessageTIFF opens the pages of a message as one TIFF file, or ErrNotFound. The caller closes it.
func (s *Server) MessageTIFF(id fax.MessageID) (file TIFF, size int64, err error) {
	return nil, 0, errNotYet
}

// UpdateMessage marks a message as read, notes something on it, or releases it from quarantine, whereupon it is routed.
// Reading and noting need fax.JobQuery, releasing fax.JobManage.
func (s *Server) UpdateMessage(who Who, id fax.MessageID, p fax.MessagePatch) (fax.Message, error) {
	return fax.Message{}, errNotYet
}

// DeleteMessage removes a message and its pages. Needs fax.JobManage.
func (s *Server) DeleteMessage(who Who, id fax.MessageID) error { return errNotYet }

// CallFilter chooses calls. A zero field chooses all.
type CallFilter struct {
	Direction fax.Direction
	DeviceID  fax.DeviceID
	Number    string // dialled or calling number begins so
	JobID     fax.JobID
	Since     time.Time // Start, from
	Until     time.Time // up to, not included
	Paging
}

// Calls are the journal, newest first.
func (s *Server) Calls(f CallFilter) (Page[fax.Call], error) { return Page[fax.Call]{}, errNotYet }

// Call is a line of the journal, or ErrNotFound.
func (s *Server) Call(id fax.CallID) (fax.Call, error) { return fax.Call{}, errNotYet }

// Trace is the record of a call as trace.Read reads it, or ErrNotFound.
func (s *Server) Trace(id fax.CallID) (io.ReadCloser, error) { return nil, errNotYet }

// WriteJournal writes all calls of the filter, its Paging aside, oldest last, as CSV with a first line of the fields' names.
func (s *Server) WriteJournal(w io.Writer, f CallFilter) error { return errNotYet }

// AuditFilter chooses administrative changes. A zero field chooses all.
type AuditFilter struct {
	User   string
	Object string // "server", "ports/1"; what it begins with
	Since  time.Time
	Until  time.Time
	Paging
}

// Audit are the administrative changes, newest first. Needs fax.ConfigSet.
func (s *Server) Audit(who Who, f AuditFilter) (Page[fax.AuditEntry], error) {
	return Page[fax.AuditEntry]{}, errNotYet
}

// WriteAudit writes the changes of the filter, its Paging aside, newest first, as CSV. Needs fax.ConfigSet.
func (s *Server) WriteAudit(who Who, w io.Writer, f AuditFilter) error { return errNotYet }

// Record adds an administrative change to the journal that was made elsewhere: of an account, a token. ID and At are set here.
func (s *Server) Record(who Who, object, action string, changes ...fax.Change) error {
	return errNotYet
}

// Backup writes a copy of everything, settings, jobs, messages, journal, as one stream, while the server runs.
func (s *Server) Backup(w io.Writer) error { return errNotYet }
