package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// CallFilter says which calls are listed: those for which everything holds that is set.
type CallFilter struct {
	Direction fax.Direction // empty: both
	DeviceID  fax.DeviceID  // 0: any
	Number    string        // what the distant number begins with; leading zeros and plus do not count
	From, To  time.Time     // when they began: from the first moment to before the second; zero times are open ends
	Open      bool          // only those without a result: they go on, or the box stopped before they were over
}

func (f CallFilter) filter() filter {
	all := newFilter(f.Direction, f.DeviceID, f.Number, f.From, f.To)
	if f.Open {
		all.need |= open
	}
	return all
}

func callEntry(c fax.Call) entry {
	e := entry{position: position{moment(c.Start), uint64(c.ID)}, device: c.DeviceID, number: pack(c.CallerID)}
	if c.Direction == fax.Out {
		e.marks |= outgoing
		e.number = pack(c.Number)
	}
	if c.Result.Cause == fax.Unknown {
		e.marks |= open
	}
	return e
}

// PutCall adds a line to the journal, if its ID is 0, or changes one, and answers with what is stored. A call added when it
// begins is in the journal even if the box stops before it is over.
func (s *Store) PutCall(c fax.Call) (fax.Call, error) {
	var before *entry
	err := s.update(func(tx *bbolt.Tx) error {
		switch old, err := journal.get(tx, c.ID); {
		case c.ID == 0:
			id, err := journal.next(tx)
			if err != nil {
				return err
			}
			c.ID = fax.CallID(id)
		case err != nil:
			return err
		default:
			e := callEntry(old)
			before = &e
		}
		if err := journal.put(tx, c.ID, c); err != nil {
			return err
		}
		return callIndex.put(tx, callEntry(c), before)
	})
	if err != nil {
		return fax.Call{}, fmt.Errorf("writing the journal: %w", err)
	}
	if before != nil {
		s.calls.delete(before.position)
	}
	s.calls.put(callEntry(c))
	return c, nil
}

// Call is the call of this id, or ErrNotFound.
func (s *Store) Call(id fax.CallID) (c fax.Call, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		c, err = journal.get(tx, id)
		return err
	})
	return c, err
}

// Calls lists at most limit calls (1 to MaxPage) that a filter lets through, the latest first, from a cursor on.
func (s *Store) Calls(f CallFilter, from Cursor, limit int) (Page[fax.Call], error) {
	return page(s, &s.calls, journal, listing[fax.Call]{from: from, limit: limit, match: f.filter()})
}

// CountCalls is how many calls a filter lets through.
func (s *Store) CountCalls(f CallFilter) int { return s.calls.count(f.filter()) }

func (s *Store) tracePath(id fax.CallID) string {
	return s.path(callsDir, strconv.FormatInt(int64(id), 10)+traceSuffix)
}

const traceSuffix = ".trace"

// CreateTrace begins the trace of a call, in the place of one that is there. It is written as it comes and not synced: what
// the plug takes of it is lost.
func (s *Store) CreateTrace(id fax.CallID) (io.WriteCloser, error) {
	if err := s.disk.Remove(s.tracePath(id)); err != nil {
		return nil, err
	}
	return s.disk.Create(s.tracePath(id))
}

// Trace opens the trace of a call, or fails with ErrNotFound.
func (s *Store) Trace(id fax.CallID) (io.ReadCloser, error) {
	f, err := os.Open(s.tracePath(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the trace of call %d: %w", id, ErrNotFound)
	}
	return f, err
}

// RemoveTraces deletes the traces that were last written to before a moment.
func (s *Store) RemoveTraces(before time.Time) error {
	names, err := list(s.path(callsDir))
	if err != nil {
		return err
	}
	for _, name := range names {
		if path := s.path(callsDir, name); modified(path).Before(before) {
			if err := s.disk.Remove(path); err != nil {
				return err
			}
		}
	}
	return nil
}
