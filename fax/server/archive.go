package server

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/store"
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

const (
	usualPage = 50
	longPage  = 500
)

// check is how many are wanted, or fax.Invalid.
func (p Paging) check() (int, error) {
	if p.Limit < 0 || p.Limit > longPage {
		return 0, fault("limit", fmt.Sprintf("is %d", p.Limit), fmt.Sprintf("Enter a number from 1 to %d.", longPage))
	}
	return cmp.Or(p.Limit, usualPage), nil
}

var errCursor = fault("cursor", "is none that a listing has given", "Begin without a cursor.")

// MessageFilter chooses messages. A zero field chooses all.
type MessageFilter struct {
	Direction  fax.Direction
	DeviceID   fax.DeviceID
	Number     string // caller id or dialled number begins so; leading zeros, plus, spaces and the like do not count
	Unread     bool
	Quarantine bool      // only those in quarantine
	Since      time.Time // RawReceiveTime, from
	Until      time.Time // up to, not included
	Text       string    // in numbers, station ids, names or notes; a page may then hold fewer than Limit and yet go on
	Paging
}

// Messages are the faxes received and sent, newest first. A cursor that is none is a fax.Invalid.
func (s *Server) Messages(f MessageFilter) (Page[fax.Message], error) {
	limit, err := f.check()
	if err != nil {
		return Page[fax.Message]{}, err
	}
	stored := store.MessageFilter{
		Direction: f.Direction, DeviceID: f.DeviceID, Number: f.Number, Unread: f.Unread,
		From: f.Since, To: f.Until, Text: f.Text,
	}
	if f.Quarantine {
		stored.Quarantine = &f.Quarantine
	}
	page, err := s.store.Messages(stored, store.Cursor(f.Cursor), limit)
	zone := s.Settings().Location()
	for i := range page.Items {
		page.Items[i].ReceiveTime = fax.LocalTime(page.Items[i].RawReceiveTime, zone)
	}
	return pageOf(page, err)
}

func pageOf[T any](p store.Page[T], err error) (Page[T], error) {
	if errors.Is(err, store.ErrCursor) {
		err = errCursor
	}
	if p.Items == nil {
		p.Items = []T{}
	}
	return Page[T]{p.Items, string(p.Next)}, err
}

// shownMessage is a message with what is computed.
func (s *Server) shownMessage(m fax.Message) fax.Message {
	m.ReceiveTime = fax.LocalTime(m.RawReceiveTime, s.Settings().Location())
	return m
}

func (s *Server) publishMessage(m fax.Message, kind fax.EventKind) {
	m = s.shownMessage(m)
	s.publish(fax.Event{Kind: kind, Message: &m})
}

// Message is one of them, or ErrNotFound.
func (s *Server) Message(id fax.MessageID) (fax.Message, error) {
	m, err := s.store.Message(id)
	return s.shownMessage(m), notFound(err)
}

// notFound is the store's error in our words.
func notFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return ErrNotFound
	}
	return err
}

// TIFF is a file of pages.
type TIFF interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// MessageTIFF opens the pages of a message as one TIFF file, or ErrNotFound. The caller closes it.
func (s *Server) MessageTIFF(id fax.MessageID) (file TIFF, size int64, err error) {
	f, err := s.store.MessageFile(id)
	if err != nil {
		return nil, 0, notFound(err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// UpdateMessage marks a message as read, notes something on it, or releases it from quarantine, whereupon it is routed.
// Reading and noting need fax.JobQuery, releasing fax.JobManage.
func (s *Server) UpdateMessage(who Who, id fax.MessageID, p fax.MessagePatch) (fax.Message, error) {
	if !who.Rights.Has(fax.JobQuery) || p.Quarantine != nil && !who.Rights.Has(fax.JobManage) {
		return fax.Message{}, fax.ErrDenied
	}
	return s.changeMessage(who, id, "change", func(m fax.Message) (fax.Message, error) {
		next, err := m.Apply(p)
		if err == nil && m.Quarantine && !next.Quarantine && !m.Partial {
			next.Outcomes = s.afresh(next)
		}
		return next, err
	})
}

// changeMessage changes a message, tells of it, and has it routed if there is something to be done.
func (s *Server) changeMessage(who Who, id fax.MessageID, action string, change func(fax.Message) (fax.Message, error)) (fax.Message, error) {
	var before fax.Message
	m, err := s.store.ChangeMessage(id, func(m *fax.Message) (err error) {
		before = *m
		*m, err = change(*m)
		return err
	})
	if err != nil {
		return fax.Message{}, notFound(err)
	}
	if list := changes(before, m); len(list) > 0 {
		s.publishMessage(m, fax.MessageEvent)
		s.routeSoon(m)
		// That somebody has read a fax is no administrative change.
		if len(list) > 1 || list[0].Field != "read" {
			err = s.audit(who, fmt.Sprintf("messages/%d", id), action, list...)
		}
	}
	return s.shownMessage(m), err
}

// DeleteMessage removes a message and its pages. Needs fax.JobManage.
func (s *Server) DeleteMessage(who Who, id fax.MessageID) error {
	if !who.Rights.Has(fax.JobManage) {
		return fax.ErrDenied
	}
	m, err := s.store.Message(id)
	if err != nil {
		return notFound(err)
	}
	if err := s.store.RemoveMessage(id); err != nil {
		return notFound(err)
	}
	s.publishMessage(m, fax.MessageRemoved)
	return s.audit(who, fmt.Sprintf("messages/%d", id), "delete")
}

// CallFilter chooses calls. A zero field chooses all.
type CallFilter struct {
	Direction fax.Direction
	DeviceID  fax.DeviceID
	Number    string    // dialled or calling number begins so
	JobID     fax.JobID // a page may then hold fewer than Limit and yet go on
	Since     time.Time // Start, from
	Until     time.Time // up to, not included
	Paging
}

func (f CallFilter) stored() store.CallFilter {
	return store.CallFilter{Direction: f.Direction, DeviceID: f.DeviceID, Number: f.Number, From: f.Since, To: f.Until}
}

// Calls are the journal, newest first.
func (s *Server) Calls(f CallFilter) (Page[fax.Call], error) {
	limit, err := f.check()
	if err != nil {
		return Page[fax.Call]{}, err
	}
	if f.JobID != 0 {
		return s.callsOf(f, limit)
	}
	return pageOf(s.store.Calls(f.stored(), store.Cursor(f.Cursor), limit))
}

// callsOf are the calls of one job among the next thousand.
func (s *Server) callsOf(f CallFilter, limit int) (Page[fax.Call], error) {
	page, err := s.store.Calls(f.stored(), store.Cursor(f.Cursor), store.MaxPage)
	page.Items = slices.DeleteFunc(page.Items, func(c fax.Call) bool { return c.JobID != f.JobID })
	if len(page.Items) > limit { // a job makes far fewer calls
		page.Items = page.Items[:limit]
	}
	return pageOf(page, err)
}

// Call is a line of the journal, or ErrNotFound.
func (s *Server) Call(id fax.CallID) (fax.Call, error) {
	c, err := s.store.Call(id)
	return c, notFound(err)
}

// Trace is the record of a call as trace.Read reads it, or ErrNotFound. The caller closes it.
func (s *Server) Trace(id fax.CallID) (io.ReadCloser, error) {
	r, err := s.store.Trace(id)
	return r, notFound(err)
}

// journalHead are the columns of WriteJournal.
var journalHead = []string{"id", "start", "direction", "deviceId", "deviceName", "number", "callerId", "withheld", "stationId",
	"answered", "duration", "rings", "cause", "sentence", "pages", "mode", "jobId", "attempt", "messageId", "refused"}

// WriteJournal writes all calls of the filter, its Paging aside, newest first, as CSV with a first line of the fields' names.
// Times are in the office's zone.
func (s *Server) WriteJournal(w io.Writer, f CallFilter) error {
	zone := s.Settings().Location()
	out := csv.NewWriter(w)
	if err := out.Write(journalHead); err != nil {
		return err
	}
	var from store.Cursor
	for {
		page, err := s.store.Calls(f.stored(), from, store.MaxPage)
		if err != nil {
			return err
		}
		for _, c := range page.Items {
			if err := out.Write(journalRow(c, zone)); err != nil {
				return err
			}
		}
		if from = page.Next; from == "" {
			out.Flush()
			return out.Error()
		}
	}
}

func journalRow(c fax.Call, zone *time.Location) []string {
	row := []string{decimal(c.ID), csvTime(c.Start, zone), string(c.Direction), decimal(c.DeviceID), c.DeviceName, c.Number,
		c.CallerID, strconv.FormatBool(c.Withheld), c.StationID, csvTime(c.Answered, zone),
		strconv.FormatFloat(float64(c.Duration), 'f', 1, 64), decimal(c.Rings), c.Result.Cause.String(), c.Result.Sentence,
		decimal(c.Pages), c.Mode, decimal(c.JobID), decimal(c.Attempt), decimal(c.MessageID), c.Refused}
	for i := range row {
		row[i] = harmless(row[i])
	}
	return row
}

func decimal[N ~int | ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }

func csvTime(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.RFC3339)
}

// harmless keeps a spreadsheet from taking text of a stranger (a station id) for a formula. A number with a plus is none.
func harmless(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return cell
	}
	if cell[0] == '+' && strings.Trim(cell, "+0123456789 ()-/.") == "" {
		return cell
	}
	return "'" + cell
}

// AuditFilter chooses administrative changes. A zero field chooses all.
type AuditFilter struct {
	User   string
	Object string // what it begins with: "server", "ports/1"
	Since  time.Time
	Until  time.Time
	Paging
}

func (f AuditFilter) holds(e fax.AuditEntry) bool {
	return (f.User == "" || e.User == f.User) && strings.HasPrefix(e.Object, f.Object) &&
		!e.At.Before(f.Since) && (f.Until.IsZero() || e.At.Before(f.Until))
}

// auditBudget is how many entries are read at most for one page.
const auditBudget = 10000

// Audit are the administrative changes, newest first. A page may hold fewer than Limit and yet go on. Needs fax.ConfigSet.
func (s *Server) Audit(who Who, f AuditFilter) (Page[fax.AuditEntry], error) {
	p := Page[fax.AuditEntry]{Items: []fax.AuditEntry{}}
	if !who.Rights.Has(fax.ConfigSet) {
		return p, fax.ErrDenied
	}
	limit, err := f.check()
	if err != nil {
		return p, err
	}
	var below int64
	if f.Cursor != "" {
		if below, err = strconv.ParseInt(f.Cursor, 10, 64); err != nil || below < 1 {
			return p, errCursor
		}
	}
	for read := 0; read < auditBudget; {
		entries, err := s.store.Audit(below, longPage)
		if err != nil {
			return p, err
		}
		for _, e := range entries {
			below = e.ID
			if f.holds(e) {
				p.Items = append(p.Items, e)
			}
			if len(p.Items) == limit {
				p.Next = decimal(below)
				return p, nil
			}
		}
		if len(entries) < longPage || entries[len(entries)-1].At.Before(f.Since) {
			return p, nil
		}
		read += len(entries)
	}
	p.Next = decimal(below)
	return p, nil
}

// WriteAudit writes the changes of the filter, its Paging aside, newest first, as CSV: a line for each field. Needs
// fax.ConfigSet.
func (s *Server) WriteAudit(who Who, w io.Writer, f AuditFilter) error {
	zone := s.Settings().Location()
	out := csv.NewWriter(w)
	if err := out.Write([]string{"id", "at", "user", "remote", "object", "action", "field", "from", "to"}); err != nil {
		return err
	}
	f.Paging = Paging{Limit: longPage}
	for {
		page, err := s.Audit(who, f)
		if err != nil {
			return err
		}
		for _, e := range page.Items {
			if err := writeEntry(out, e, zone); err != nil {
				return err
			}
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			out.Flush()
			return out.Error()
		}
	}
}

func writeEntry(out *csv.Writer, e fax.AuditEntry, zone *time.Location) error {
	list := e.Changes
	if len(list) == 0 {
		list = []fax.Change{{}}
	}
	for _, c := range list {
		row := []string{decimal(e.ID), csvTime(e.At, zone), e.User, e.Remote, e.Object, e.Action, c.Field, c.From, c.To}
		for i := range row {
			row[i] = harmless(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	return nil
}

// Record adds an administrative change to the journal that was made elsewhere. ID and At are set here.
func (s *Server) Record(who Who, object, action string, changes ...fax.Change) error {
	return s.store.AddAudit(s.entry(who, object, action, changes...))
}

// Backup writes a copy of everything, settings, jobs, messages, journal, as one stream, while the server runs.
func (s *Server) Backup(w io.Writer) error {
	return s.store.Backup(context.Background(), w, time.Now())
}
