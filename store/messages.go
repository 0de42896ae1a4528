package store

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// MessageFilter says which messages are listed: those for which everything holds that is set.
type MessageFilter struct {
	Direction  fax.Direction // empty: both
	DeviceID   fax.DeviceID  // 0: any
	Number     string        // what the distant number begins with; leading zeros and plus do not count
	Unread     bool          // only those that nobody has seen
	Quarantine *bool         // only those in quarantine, or only the others
	Bin        bool          // only those in the bin; else none of them
	From, To   time.Time     // when they began: from the first moment to before the second; zero times are open ends

	// Text is looked for in numbers, station ids, names and notes; letters' case does not count. UserName is whose they are.
	// They are the only filters that read records: a page may hold fewer messages than it could, and Next leads on.
	Text     string
	UserName string
}

// Page is part of a listing.
type Page[V any] struct {
	Items []V
	Next  Cursor // where the listing goes on; empty if there is no more
}

// MaxPage is how many items a page holds at most.
const MaxPage = 1000

// textBudget is how many records are read at most in search of a text for one page.
const textBudget = 1000

// Messages lists at most limit messages (1 to MaxPage) that a filter lets through, the newest first, from a cursor on.
func (s *Store) Messages(f MessageFilter, from Cursor, limit int) (Page[fax.Message], error) {
	text := strings.ToLower(f.Text)
	keep := func(m fax.Message) bool {
		return (f.UserName == "" || m.UserName == f.UserName) && (text == "" || messageHolds(m, text))
	}
	if text == "" && f.UserName == "" {
		keep = nil
	}
	return page(s, &s.messages, messages, listing[fax.Message]{from, limit, f.filter(), keep})
}

// listing is what is asked of page.
type listing[V any] struct {
	from  Cursor
	limit int
	match filter
	keep  func(V) bool // nil: all that match
}

// page reads part of a listing: entries that match, and of their records those to be kept.
func page[K ~int64, V any](s *Store, c *catalog, t table[K, V], l listing[V]) (Page[V], error) {
	at, err := l.from.position()
	if err != nil {
		return Page[V]{}, err
	}
	limit := max(1, min(l.limit, MaxPage))
	ask, budget := limit, limit
	if l.keep != nil {
		ask, budget = max(limit, 200), textBudget
	}
	p := Page[V]{Items: []V{}}
	err = s.view(func(tx *bbolt.Tx) error {
		for budget > 0 {
			found, next := c.before(at, min(ask, budget), l.match)
			budget -= len(found)
			for i, e := range found {
				v, err := t.get(tx, K(e.id))
				if isGone(err) {
					continue // deleted since the entry was read
				}
				if err != nil {
					return err
				}
				if l.keep != nil && !l.keep(v) {
					continue
				}
				p.Items = append(p.Items, v)
				if len(p.Items) == limit {
					if i+1 < len(found) || next != (position{}) {
						p.Next = e.position.cursor()
					}
					return nil
				}
			}
			if p.Next = next.cursor(); p.Next == "" {
				return nil
			}
			at = next
		}
		return nil
	})
	return p, err
}

// CountMessages is how many messages a filter lets through. Text and UserName are not looked at.
func (s *Store) CountMessages(f MessageFilter) int { return s.messages.count(f.filter()) }

// filter is what of it is applied to entries.
func (f MessageFilter) filter() filter {
	all := newFilter(f.Direction, f.DeviceID, f.Number, f.From, f.To)
	if f.Unread {
		all.need |= unread
	}
	if f.Bin {
		all.need |= binned
	} else {
		all.not |= binned
	}
	switch q := f.Quarantine; {
	case q == nil:
	case *q:
		all.need |= quarantined
	default:
		all.not |= quarantined
	}
	return all
}

// messageEntry is what listings filter the message by.
func messageEntry(m fax.Message) entry {
	e := entry{
		position: position{moment(m.RawReceiveTime), uint64(m.ID)},
		device:   m.DeviceID,
		number:   pack(messageNumber(m)),
	}
	if m.Direction == fax.Out {
		e.marks |= outgoing
	}
	if !m.Read {
		e.marks |= unread
	}
	if m.Quarantine {
		e.marks |= quarantined
	}
	if m.InBin() {
		e.marks |= binned
	}
	return e
}

// messageNumber is the distant number: dialled, told by the network, or else what the caller calls itself.
func messageNumber(m fax.Message) string {
	if m.Direction == fax.Out {
		return string(m.RecipientNumber)
	}
	return string(cmp.Or(m.CallerID, m.Tsid))
}

func messageHolds(m fax.Message, text string) bool {
	for _, s := range []string{
		string(m.CallerID), string(m.Csid), string(m.Tsid), string(m.RecipientName), string(m.RecipientNumber),
		string(m.SenderName), m.SenderCompany, m.DisplayName, m.BillingCode, m.UserName, m.Note,
	} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}

// Message is the message of this id, or ErrNotFound.
func (s *Store) Message(id fax.MessageID) (m fax.Message, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		m, err = messages.get(tx, id)
		return err
	})
	return m, err
}

// MessageFile opens the TIFF file of a message, for reading.
func (s *Store) MessageFile(id fax.MessageID) (*os.File, error) {
	return s.openPages(messageFolder, int64(id))
}

// putMessage enters a message and its entry.
func putMessage(tx *bbolt.Tx, m fax.Message) error {
	before, err := messages.get(tx, m.ID)
	if err != nil && !isGone(err) {
		return err
	}
	var old *entry
	if err == nil {
		e := messageEntry(before)
		old = &e
	}
	if err := messages.put(tx, m.ID, m); err != nil {
		return err
	}
	if err := binIndex.move(tx, before, m); err != nil {
		return err
	}
	return messageIndex.put(tx, messageEntry(m), old)
}

// ChangeMessage changes a message, and answers with what is stored. Its ID, Direction and RawReceiveTime stay as they are.
// When change fails nothing is changed.
func (s *Store) ChangeMessage(id fax.MessageID, change func(*fax.Message) error) (fax.Message, error) {
	s.folders.Lock()
	defer s.folders.Unlock()
	m, err := s.Message(id)
	if err != nil {
		return m, err
	}
	next := m
	if err := change(&next); err != nil {
		return m, err
	}
	next.ID, next.Direction, next.RawReceiveTime = m.ID, m.Direction, m.RawReceiveTime
	if err := s.writeRecord(messageFolder, s.place(messageFolder, int64(id)), staged{next, true}); err != nil {
		return m, fmt.Errorf("changing message %d: %w", id, err)
	}
	if err := s.update(func(tx *bbolt.Tx) error { return putMessage(tx, next) }); err != nil {
		return m, fmt.Errorf("changing message %d: %w", id, err)
	}
	s.messages.put(messageEntry(next))
	return next, nil
}

// RemoveMessage deletes a message and its pages. It works on a full disk. After an error the pages may be gone; what is
// left is removed when it is called again, by Tend, or by the next Open.
func (s *Store) RemoveMessage(id fax.MessageID) error {
	s.folders.Lock()
	defer s.folders.Unlock()
	m, err := s.Message(id)
	if err != nil {
		return err
	}
	if err := s.discard(messageFolder, int64(id), func() error { return s.strikeMessage(m) }); err != nil {
		return fmt.Errorf("deleting message %d: %w", id, err)
	}
	return nil
}

func (s *Store) strikeMessage(m fax.Message) error {
	err := s.update(func(tx *bbolt.Tx) error {
		if err := messages.delete(tx, m.ID); err != nil {
			return err
		}
		if err := binIndex.move(tx, m, fax.Message{}); err != nil {
			return err
		}
		return messageIndex.delete(tx, messageEntry(m))
	})
	if err == nil {
		s.messages.delete(messageEntry(m).position)
	}
	return err
}

// Finish ends a job that was sent and keeps its pages as a message: both happen or neither. The message's ID, Direction,
// JobID, Pages and Size and the job's MessageID are set here. The job's folder stays until RemoveJob.
func (s *Store) Finish(job fax.Job, m fax.Message) (fax.Job, fax.Message, error) {
	fail := func(err error) (fax.Job, fax.Message, error) {
		return fax.Job{}, fax.Message{}, fmt.Errorf("keeping what was sent by job %d: %w", job.JobID, err)
	}
	id, err := nextID(s, messages)
	if err != nil {
		return fail(err)
	}
	m.ID, m.Direction, m.JobID = id, fax.Out, job.JobID
	job.MessageID = id
	if err := s.copyPages(job.JobID, m); err != nil {
		return fail(err)
	}
	if err := s.seal(&m, &job); err != nil {
		return fail(err)
	}
	return job, m, nil
}

// copyPages makes a message folder with the pages of a job, which share their octets.
func (s *Store) copyPages(job fax.JobID, m fax.Message) error {
	dir := s.making(messageFolder, int64(m.ID))
	if err := s.disk.MakeDir(dir); err != nil {
		return err
	}
	from := filepath.Join(s.place(jobFolder, int64(job)), pagesName)
	if err := link(s.disk, from, filepath.Join(dir, pagesName)); err != nil {
		return err
	}
	if err := s.disk.SyncDir(dir); err != nil {
		return err
	}
	return s.disk.SyncDir(s.path(unfinishedDir))
}
