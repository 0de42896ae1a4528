package server

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"faxbox/fax"
	"faxbox/store"
)

// A message that is deleted goes to the bin: it is in no listing but the bin's, is not found by its id, and is not routed. It
// can be brought back until fax.Server.BinDays are over, or the disk runs short; then it goes for good.

// owns reports whether a message is the caller's: sent by them, or handed on to them.
func owns(c fax.Caller, m fax.Message) bool { return m.UserName != "" && m.UserName == c.User }

// MayDelete reports whether the caller may put the message into the bin and bring it back: whoever has fax.JobManage, and
// with fax.JobSubmit their own.
func MayDelete(c fax.Caller, m fax.Message) bool {
	return c.Rights.Has(fax.JobManage) || c.Rights.Has(fax.JobSubmit) && owns(c, m)
}

// MayPurge reports whether the caller may remove the message for good: whoever has fax.ConfigSet, and with fax.JobSubmit
// their own.
func MayPurge(c fax.Caller, m fax.Message) bool {
	return c.Rights.Has(fax.ConfigSet) || c.Rights.Has(fax.JobSubmit) && owns(c, m)
}

// DeleteMessage puts a message into the bin: see MayDelete. On a disk that has no room even for that it is removed for good.
func (s *Server) DeleteMessage(who Who, id fax.MessageID) error {
	m, err := s.moveMessage(who, id, time.Now().UTC())
	if errors.Is(err, store.ErrFull) {
		return s.purge(who, id, "delete")
	}
	if err != nil {
		return err
	}
	s.routeSoon(m)
	s.publishMessage(m, fax.MessageRemoved)
	s.audit(who, messageObject(id), "delete")
	return nil
}

// RestoreMessage brings a message back from the bin: see MayDelete. ErrNotFound if it is not there.
func (s *Server) RestoreMessage(who Who, id fax.MessageID) (fax.Message, error) {
	m, err := s.moveMessage(who, id, time.Time{})
	if err != nil {
		return fax.Message{}, err
	}
	s.publishMessage(m, fax.MessageEvent)
	s.routeSoon(m)
	s.audit(who, messageObject(id), "restore")
	return s.shownMessage(m), nil
}

// moveMessage puts a message into the bin at a time, or takes it out at none.
func (s *Server) moveMessage(who Who, id fax.MessageID, at time.Time) (fax.Message, error) {
	if !who.Rights.Has(fax.JobManage) && !who.Rights.Has(fax.JobSubmit) {
		return fax.Message{}, fax.ErrDenied
	}
	m, err := s.store.ChangeMessage(id, func(m *fax.Message) error {
		switch {
		case m.InBin() == !at.IsZero():
			return ErrNotFound
		case !MayDelete(who.Caller, *m):
			return fax.ErrDenied
		}
		m.DeletedTime, m.DeletedBy = at, who.User
		if at.IsZero() {
			m.DeletedBy = ""
		}
		return nil
	})
	return m, notFound(err)
}

// PurgeMessage removes a message and its pages for good, from the bin or from where it is: see MayPurge.
func (s *Server) PurgeMessage(who Who, id fax.MessageID) error {
	m, err := s.store.Message(id)
	if err != nil {
		return notFound(err)
	}
	if !MayPurge(who.Caller, m) {
		return fax.ErrDenied
	}
	return s.purge(who, id, "purge")
}

// purge removes a message for good, and writes it into the journal.
func (s *Server) purge(who Who, id fax.MessageID, action string) error {
	m, err := s.store.Message(id)
	if err != nil {
		return notFound(err)
	}
	if err := s.removeMessage(m); err != nil {
		return err
	}
	s.audit(who, messageObject(id), action)
	return nil
}

// removeMessage removes a message and tells of it.
func (s *Server) removeMessage(m fax.Message) error {
	if err := s.store.RemoveMessage(m.ID); err != nil {
		return notFound(err)
	}
	m.Outcomes = nil // there is nothing to be routed any more
	s.routeSoon(m)
	s.publishMessage(m, fax.MessageRemoved)
	return nil
}

// Bulk is what came of something asked for several messages at once.
type Bulk struct {
	Changed int             // how many it was done to
	Missing []fax.MessageID // those that are not there, or for which it was done already
}

// mostAtOnce is how many messages may be named at once: each is written to the disk by itself.
const mostAtOnce = 500

// DeleteMessages puts messages into the bin: none if the caller may not do so with one of them.
func (s *Server) DeleteMessages(who Who, ids []fax.MessageID) (Bulk, error) {
	return s.bulk(who, ids, MayDelete, func(id fax.MessageID) error { return s.DeleteMessage(who, id) })
}

// RestoreMessages brings messages back from the bin: none if the caller may not do so with one of them.
func (s *Server) RestoreMessages(who Who, ids []fax.MessageID) (Bulk, error) {
	return s.bulk(who, ids, MayDelete, func(id fax.MessageID) error {
		_, err := s.RestoreMessage(who, id)
		return err
	})
}

// MarkMessages marks messages as read, or as not. Needs fax.JobQuery.
func (s *Server) MarkMessages(who Who, ids []fax.MessageID, read bool) (Bulk, error) {
	may := func(c fax.Caller, _ fax.Message) bool { return c.Rights.Has(fax.JobQuery) }
	return s.bulk(who, ids, may, func(id fax.MessageID) error {
		_, err := s.UpdateMessage(who, id, fax.MessagePatch{Read: &read})
		return err
	})
}

// bulk does something to messages if the caller may do it to all of them. An error of the store stops it half-way: what was
// done stays done.
func (s *Server) bulk(who Who, ids []fax.MessageID, may func(fax.Caller, fax.Message) bool, do func(fax.MessageID) error) (Bulk, error) {
	b := Bulk{Missing: []fax.MessageID{}}
	if len(ids) > mostAtOnce {
		return b, fault("ids", fmt.Sprintf("has %d messages, more than %d", len(ids), mostAtOnce), "Take fewer at a time.")
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for _, id := range ids {
		m, err := s.store.Message(id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return b, err
		}
		if err == nil && !may(who.Caller, m) {
			return b, fax.ErrDenied
		}
	}
	for _, id := range ids {
		switch err := do(id); {
		case err == nil:
			b.Changed++
		case errors.Is(err, ErrNotFound):
			b.Missing = append(b.Missing, id)
		default:
			return b, err
		}
	}
	return b, nil
}

const (
	binRound = 2 * time.Second // how long the bin is emptied at a time
	binBatch = 50              // messages asked for at once
)

// emptyBin removes for good what has been in the bin long enough, and when the disk runs short what has been there longest,
// until there is room again.
func (s *Server) emptyBin(now time.Time) {
	if now.Year() < firstYear {
		return // by this clock nothing was deleted yet
	}
	until := time.Now().Add(binRound)
	old := now.Add(-s.Settings().BinAge())
	s.emptyBinWhile(until, old, func() bool { return true })
	s.emptyBinWhile(until, now.AddDate(1, 0, 0), s.store.Short)
}

// emptyBinWhile removes what was put into the bin before a moment, that which lies there longest first, as long as need be and
// there is time.
func (s *Server) emptyBinWhile(until, before time.Time, needed func() bool) {
	for needed() {
		list, err := s.store.InBin(before, binBatch)
		if err != nil {
			s.log.Warn("the bin cannot be read", "err", err)
			return
		}
		for _, m := range list {
			if !needed() || time.Now().After(until) {
				return
			}
			if m.DeletedTime.Year() < firstYear { // by a clock that was not set
				err = s.dateDeletion(m.ID)
			} else {
				err = s.removeMessage(m)
			}
			if err != nil && !errors.Is(err, ErrNotFound) {
				s.metrics.storeFailed()
				s.log.Warn("the bin is not emptied", "message", m.ID, "err", err)
				return
			}
		}
		if len(list) < binBatch {
			return
		}
	}
}

// dateDeletion lets a message's time in the bin begin now: when it really began nobody knows.
func (s *Server) dateDeletion(id fax.MessageID) error {
	_, err := s.store.ChangeMessage(id, func(m *fax.Message) error {
		if m.InBin() {
			m.DeletedTime = time.Now().UTC()
		}
		return nil
	})
	return notFound(err)
}
