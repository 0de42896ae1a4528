package server

import (
	"cmp"
	"errors"
	"fmt"
	"io"
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
	Bin        bool      // only those in the bin; else none of them
	Since      time.Time // RawReceiveTime, from
	Until      time.Time // up to, not included
	UserName   string    // whose they are; a page may then hold fewer than Limit and yet go on, as with
	Text       string    // in numbers, station ids, names or notes
	Paging
}

// Messages are the faxes received and sent, newest first. A cursor that is none is a fax.Invalid.
func (s *Server) Messages(f MessageFilter) (Page[fax.Message], error) {
	limit, err := f.check()
	if err != nil {
		return Page[fax.Message]{}, err
	}
	page, err := s.store.Messages(f.stored(), store.Cursor(f.Cursor), limit)
	settings := s.Settings()
	zone := settings.Location()
	for i, m := range page.Items {
		page.Items[i] = computed(m, settings, zone)
	}
	return pageOf(page, err)
}

// CountMessages is how many messages a filter chooses. Text and UserName are not looked at.
func (s *Server) CountMessages(f MessageFilter) int { return s.store.CountMessages(f.stored()) }

func (f MessageFilter) stored() store.MessageFilter {
	stored := store.MessageFilter{
		Direction: f.Direction, DeviceID: f.DeviceID, Number: f.Number, Unread: f.Unread, Bin: f.Bin, From: f.Since, To: f.Until,
		Text: f.Text, UserName: f.UserName,
	}
	if f.Quarantine {
		stored.Quarantine = &f.Quarantine
	}
	return stored
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
	settings := s.Settings()
	return computed(m, settings, settings.Location())
}

// computed is a message with what is computed under these settings, in their time zone.
func computed(m fax.Message, settings fax.Server, zone *time.Location) fax.Message {
	m.ReceiveTime = fax.LocalTime(m.RawReceiveTime, zone)
	if m.InBin() {
		m.PurgeTime = m.DeletedTime.Add(settings.BinAge())
	}
	return m
}

func (s *Server) publishMessage(m fax.Message, kind fax.EventKind) {
	m = s.shownMessage(m)
	s.publish(fax.Event{Kind: kind, Message: &m})
}

// Message is one of them, or ErrNotFound, also for one in the bin.
func (s *Server) Message(id fax.MessageID) (fax.Message, error) {
	m, err := s.store.Message(id)
	if err == nil && m.InBin() {
		return fax.Message{}, ErrNotFound
	}
	return s.shownMessage(m), notFound(err)
}

// Deleted is a message in the bin, or ErrNotFound.
func (s *Server) Deleted(id fax.MessageID) (fax.Message, error) {
	m, err := s.store.Message(id)
	if err == nil && !m.InBin() {
		return fax.Message{}, ErrNotFound
	}
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
	if _, err := s.Message(id); err != nil {
		return nil, 0, err
	}
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

// UpdateMessage marks a message as read, notes something on it, hands a received one on to a user, or releases it from
// quarantine, whereupon it is routed. Reading and noting need fax.JobQuery, releasing fax.JobManage, and handing on fax.JobManage
// or that it is the caller's own.
//
// Whose a fax is says who is to see to it. It hides nothing: whoever has fax.JobQuery sees every fax.
func (s *Server) UpdateMessage(who Who, id fax.MessageID, p fax.MessagePatch) (fax.Message, error) {
	if !who.Rights.Has(fax.JobQuery) || p.Quarantine != nil && !who.Rights.Has(fax.JobManage) {
		return fax.Message{}, fax.ErrDenied
	}
	if err := s.checkOwner(p.UserName); err != nil {
		return fax.Message{}, err
	}
	return s.changeMessage(who, id, "change", func(m fax.Message) (fax.Message, error) {
		if p.UserName != nil && *p.UserName != m.UserName && !who.Rights.Has(fax.JobManage) && !owns(who.Caller, m) {
			return m, fax.ErrDenied
		}
		next, err := m.Apply(p)
		if err == nil && m.Quarantine && !next.Quarantine && !m.Partial {
			next.Outcomes = s.afresh(next)
		}
		return next, err
	})
}

// checkOwner sees that whoever a fax is to belong to has an account; nobody needs none.
func (s *Server) checkOwner(name *string) error {
	if name == nil || *name == "" {
		return nil
	}
	_, err := s.store.User(*name)
	if errors.Is(err, store.ErrNotFound) {
		return fault("userName", fmt.Sprintf("%q has no account", *name), "Choose one of the accounts, or nobody.")
	}
	return err
}

// changeMessage changes a message, tells of it, and has it routed if there is something to be done. One in the bin is not
// there.
func (s *Server) changeMessage(who Who, id fax.MessageID, action string, change func(fax.Message) (fax.Message, error)) (fax.Message, error) {
	var before fax.Message
	m, err := s.store.ChangeMessage(id, func(m *fax.Message) (err error) {
		if m.InBin() {
			return ErrNotFound
		}
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
			s.audit(who, messageObject(id), action, list...)
		}
	}
	return s.shownMessage(m), nil
}

// messageObject is a message in the journal of changes.
func messageObject(id fax.MessageID) string { return fmt.Sprintf("messages/%d", id) }
