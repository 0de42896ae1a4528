package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"go.etcd.io/bbolt"

	"faxbox/fax"
	"faxbox/fax/tiff"
)

// Reception is a fax being received: the Store of document.Incoming. Each page is durable when the method that takes it
// returns nil. Its methods are for one goroutine at a time, Describe apart.
type Reception struct {
	s *Store

	mu      sync.Mutex
	message fax.Message

	dir    string
	file   file // nil before the first page, and after Seal
	writer *tiff.Writer
}

// Receive makes ready for a fax. There is nothing on the disk before Begin, or the first page.
func (s *Store) Receive(m fax.Message) *Reception {
	m.Direction = fax.In
	return &Reception{s: s, message: m}
}

// Begin makes the folder, which the first page does otherwise: done while the modems still train, it keeps the first page
// from waiting for it.
func (r *Reception) Begin() error {
	if r.writer != nil {
		return nil
	}
	if err := r.begin(); err != nil {
		return fmt.Errorf("beginning to store a fax: %w", err)
	}
	return nil
}

func (r *Reception) begin() (err error) {
	m := r.described()
	if m.ID == 0 {
		if m.ID, err = nextID(r.s, messages); err != nil {
			return err
		}
		r.setID(m.ID)
	}
	r.dir = r.s.making(messageFolder, int64(m.ID))
	if err := r.s.disk.MakeDir(r.dir); err != nil {
		return err
	}
	if err := r.s.writeRecord(messageFolder, r.dir, staged{Message: m}); err != nil {
		return err
	}
	path := filepath.Join(r.dir, pagesName)
	if err := r.s.disk.Remove(path); err != nil { // left by a Begin that failed
		return err
	}
	f, err := r.s.disk.Create(path)
	if err != nil {
		return err
	}
	w, err := tiff.NewWriter(f)
	if err == nil {
		err = f.Sync() // so that what is left by a broken call is a TIFF file always
	}
	err = errors.Join(err, r.s.disk.SyncDir(r.dir), r.s.disk.SyncDir(r.s.path(unfinishedDir)))
	if err != nil {
		return errors.Join(err, f.Close())
	}
	r.file, r.writer = f, w
	return nil
}

// staged is a message in unfinished.
type staged struct {
	fax.Message
	Sealed bool `json:"sealed"` // nothing more comes
}

func (r *Reception) described() fax.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.message
}

func (r *Reception) setID(id fax.MessageID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.message.ID = id
}

// ID is the message's, 0 before the folder was made.
func (r *Reception) ID() fax.MessageID { return r.described().ID }

// Append adds a page.
func (r *Reception) Append(p tiff.Coded) error {
	if err := r.Begin(); err != nil {
		return err
	}
	return r.writer.Append(p)
}

// Replace puts a page in the place of the last one, so that there is no moment at which neither is there.
func (r *Reception) Replace(p tiff.Coded) error {
	if err := r.Begin(); err != nil {
		return err
	}
	return r.writer.Replace(p)
}

// Drop takes away the last page.
func (r *Reception) Drop() error {
	if err := r.Begin(); err != nil {
		return err
	}
	return r.writer.Drop()
}

// Pages is how many pages there are.
func (r *Reception) Pages() int {
	if r.writer == nil {
		return 0
	}
	return r.writer.Pages()
}

// Seal ends the fax with what is known of it at last, and answers with the message as it is stored: with its ID, Pages and
// Size. It is listed from now on. A fax without pages is not kept: its ID is 0. After an error the pages are still safe, and
// Seal may be called again; if it is not, the next Open seals it and marks it partial.
func (r *Reception) Seal(m fax.Message) (fax.Message, error) {
	if r.Pages() == 0 {
		return fax.Message{}, r.abandon()
	}
	if r.file != nil {
		err := r.file.Close()
		r.file = nil
		if err != nil { // everything was synced
			r.s.log.Warn("closing a fax", "err", err)
		}
	}
	m.ID, m.Direction = r.ID(), fax.In
	if err := r.s.seal(&m, nil); err != nil {
		return fax.Message{}, fmt.Errorf("sealing message %d: %w", m.ID, err)
	}
	return m, nil
}

// abandon removes what there is of a fax without pages.
func (r *Reception) abandon() error {
	if r.dir == "" {
		return nil
	}
	var err error
	if r.file != nil {
		err = r.file.Close()
		r.file = nil
	}
	return errors.Join(err, removeAll(r.s.disk, r.dir))
}

// seal makes a message of a folder in unfinished, and with it changes the job that it was, if any.
func (s *Store) seal(m *fax.Message, job *fax.Job) error {
	dir := s.making(messageFolder, int64(m.ID))
	var err error
	// The file is asked and not whoever wrote it: of a page whose writing failed it may be unknown whether it is there.
	if m.Pages, m.Size, err = countPages(filepath.Join(dir, pagesName)); err != nil {
		return err
	}
	if err := s.writeRecord(messageFolder, dir, staged{*m, true}); err != nil {
		return err
	}
	s.folders.Lock()
	defer s.folders.Unlock()
	if job != nil {
		if err := s.writeRecord(jobFolder, s.place(jobFolder, int64(job.JobID)), job); err != nil {
			return err
		}
	}
	err = s.update(func(tx *bbolt.Tx) error {
		if job != nil {
			if err := jobs.put(tx, job.JobID, *job); err != nil {
				return err
			}
		}
		return putMessage(tx, *m)
	})
	if err != nil {
		return err
	}
	s.messages.put(messageEntry(*m))
	s.shelveSoon(messageFolder, int64(m.ID))
	return nil
}

// nextID is a number that no record of the table has had. Numbers are not given back: there is no lack of them.
func nextID[K ~int64, V any](s *Store, t table[K, V]) (id K, err error) {
	err = s.update(func(tx *bbolt.Tx) error {
		n, err := t.next(tx)
		id = K(n)
		return err
	})
	return id, err
}
