package server

import (
	"cmp"
	"context"
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
	page, err := s.store.Messages(f.stored(), store.Cursor(f.Cursor), limit)
	zone := s.Settings().Location()
	for i := range page.Items {
		page.Items[i].ReceiveTime = fax.LocalTime(page.Items[i].RawReceiveTime, zone)
	}
	return pageOf(page, err)
}

// CountMessages is how many messages a filter chooses. Text is not looked at.
func (s *Server) CountMessages(f MessageFilter) int { return s.store.CountMessages(f.stored()) }

func (f MessageFilter) stored() store.MessageFilter {
	stored := store.MessageFilter{
		Direction: f.Direction, DeviceID: f.DeviceID, Number: f.Number, Unread: f.Unread, From: f.Since, To: f.Until, Text: f.Text,
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
			s.audit(who, fmt.Sprintf("messages/%d", id), action, list...)
		}
	}
	return s.shownMessage(m), nil
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
	m.Outcomes = nil // there is nothing to be routed any more
	s.routeSoon(m)
	s.publishMessage(m, fax.MessageRemoved)
	s.audit(who, fmt.Sprintf("messages/%d", id), "delete")
	return nil
}

// Backup writes a copy of everything, settings, jobs, messages, journal, as one stream, while the server runs.
func (s *Server) Backup(w io.Writer) error {
	return s.store.Backup(context.Background(), w, time.Now())
}
