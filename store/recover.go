package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
	"faxbox/fax/tiff"
)

// recoverAll repairs what the last stop left half done, when nobody uses the store yet.
func (s *Store) recoverAll() error {
	left, err := list(s.path(unfinishedDir))
	if err != nil {
		return err
	}
	return s.recover(left)
}

// recover repairs what the last stop left half done, and left in unfinished. It takes no lock.
func (s *Store) recover(left []string) error {
	s.findSnapshots()
	if err := s.finishDeleted(); err != nil {
		return err
	}
	if err := s.takeUpAll(); err != nil {
		return err
	}
	if err := s.takeUpJobs(); err != nil {
		return err
	}
	return s.finishMaking(left)
}

// tidy finishes what an error has kept from being finished.
func (s *Store) tidy() error {
	s.folders.Lock()
	defer s.folders.Unlock()
	return errors.Join(s.finishDeleted(), s.shelveKnown())
}

// finishDeleted takes away what was being deleted.
func (s *Store) finishDeleted() error {
	names, err := list(s.path(deletedDir))
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := s.finishDeleting(name); err != nil {
			return fmt.Errorf("deleting %s: %w", name, err)
		}
	}
	return nil
}

func (s *Store) finishDeleting(name string) error {
	strike := func() error { return nil }
	if id, ok := jobFolder.parse(name); ok {
		strike = func() error { return s.strikeJob(fax.JobID(id)) }
	} else if id, ok := messageFolder.parse(name); ok {
		m, err := s.Message(fax.MessageID(id))
		if err != nil && !isGone(err) {
			return err
		}
		if err == nil {
			strike = func() error { return s.strikeMessage(m) }
		}
	}
	dir := s.path(deletedDir, name)
	if err := empty(s.disk, dir); err != nil {
		return err
	}
	if err := strike(); err != nil {
		return err
	}
	return s.disk.Remove(dir)
}

// known reports whether the database has the record of a folder in unfinished.
func (s *Store) known(k kind, id int64) (bool, error) {
	err := s.view(func(tx *bbolt.Tx) error {
		if k == jobFolder {
			_, err := jobs.get(tx, fax.JobID(id))
			return err
		}
		_, err := messages.get(tx, fax.MessageID(id))
		return err
	})
	if isGone(err) {
		return false, nil
	}
	return err == nil, err
}

// shelveKnown brings folders to their place that the database knows.
func (s *Store) shelveKnown() error {
	names, err := list(s.path(unfinishedDir))
	if err != nil {
		return err
	}
	for _, name := range names {
		for _, k := range []kind{jobFolder, messageFolder} {
			id, ok := k.parse(name)
			if !ok {
				continue
			}
			if ok, err = s.known(k, id); ok {
				err = s.shelve(k, id)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// finishMaking makes of what was left in unfinished what can be made of it.
func (s *Store) finishMaking(left []string) error {
	if err := s.shelveKnown(); err != nil {
		return err
	}
	for _, name := range left {
		dir := s.path(unfinishedDir, name)
		if !exists(dir) {
			continue
		}
		var err error
		if id, ok := messageFolder.parse(name); ok {
			err = s.adopt(fax.MessageID(id), dir)
		} else {
			err = removeAll(s.disk, dir) // half a submission
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// adopt makes a message of a fax that was being received, or copied from a job, when the box stopped.
func (s *Store) adopt(id fax.MessageID, dir string) error {
	m, err := readRecord[staged](messageFolder, dir)
	if err != nil {
		m = staged{Message: fax.Message{Direction: fax.In, RawReceiveTime: modified(dir).UTC()}}
	}
	m.ID = id
	if m.Pages, _, err = countPages(filepath.Join(dir, pagesName)); err != nil {
		s.unclear(dir, err)
		return nil
	}
	if m.Pages == 0 || m.Direction == fax.Out && !s.became(m.JobID, id) {
		return removeAll(s.disk, dir)
	}
	if !m.Sealed {
		cutShort(&m.Message, modified(filepath.Join(dir, pagesName)))
	}
	s.log.Warn("a fax was taken up that was not finished when the box stopped", "message", id, "pages", m.Pages)
	return s.seal(&m.Message, nil)
}

// became reports whether a job says that it became this message: else the job is still to be finished, and becomes another.
func (s *Store) became(job fax.JobID, id fax.MessageID) bool {
	j, err := s.Job(job)
	return err == nil && j.MessageID == id
}

// cutShort describes a fax whose reception ended with the box.
func cutShort(m *fax.Message, end time.Time) {
	m.Partial = true
	m.EndTime = end.UTC()
	if m.EndTime.After(m.RawReceiveTime) {
		m.Duration = fax.SecondsOf(m.EndTime.Sub(m.RawReceiveTime))
	}
	m.Result = fax.ResultOf(fax.LineDropped)
	m.Result.Sentence = "The box stopped while this fax came in."
	m.Result.Hint = "Ask the sender to send the missing pages again."
}

// countPages is how many pages and octets a file has. One that was just begun has no page.
func countPages(path string) (pages int, size int64, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	var first [4]byte // where the first page is described: nowhere if there is none
	if info.Size() >= 8 {
		if _, err := f.ReadAt(first[:], 4); err != nil {
			return 0, 0, err
		}
	}
	if binary.LittleEndian.Uint32(first[:]) == 0 {
		return 0, info.Size(), nil
	}
	t, err := tiff.Open(f, info.Size())
	if err != nil {
		return 0, 0, err
	}
	return t.Pages(), info.Size(), nil
}

// unclear reports a folder that nobody can make sense of. It stays where it is.
func (s *Store) unclear(dir string, err error) {
	path := strings.TrimPrefix(dir, s.dir+string(filepath.Separator))
	s.log.Error("a folder cannot be read", "folder", path, "err", err)
	s.health.set(fax.Finding{
		Name:     FolderFinding + path,
		Sentence: fmt.Sprintf("The folder %s cannot be read (%v).", path, err),
		Hint:     "Keep a copy of the folder for support. Then delete it.",
	})
}

// takeUpJobs lets what is in the folder of a job count that is not over, and ends its being in progress.
func (s *Store) takeUpJobs() error {
	all, err := s.Jobs()
	if err != nil {
		return err
	}
	for _, j := range all {
		if j.State.Final() {
			continue
		}
		next := j
		switch kept, err := readRecord[fax.Job](jobFolder, s.place(jobFolder, int64(j.JobID))); {
		case err != nil:
			s.unclear(s.place(jobFolder, int64(j.JobID)), err)
		case kept.JobID == j.JobID:
			next = kept
		}
		stopped(&next)
		if same(j, next) {
			continue
		}
		if err := s.putJob(next); err != nil {
			return err
		}
	}
	return nil
}

// stopped ends what a job was in the middle of.
func stopped(j *fax.Job) {
	switch j.State {
	case fax.InProgress:
		j.State = fax.Pending
	case fax.Deleting:
		j.State = fax.Aborted
		j.EndTime = time.Now().UTC()
	}
	j.CurrentPage = 0
}

// same reports whether two jobs are stored alike.
func same(a, b fax.Job) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && bytes.Equal(x, y)
}

// takeUpAll brings a database that took the place of another up to what is in the folders.
func (s *Store) takeUpAll() error {
	due := false
	err := s.view(func(tx *bbolt.Tx) error {
		due = meta(tx).Get([]byte(reconcileKey)) != nil
		return nil
	})
	if err != nil || !due {
		return err
	}
	s.log.Warn("taking up jobs and messages from their folders")
	err = takeUp(s, jobFolder, jobs, func(tx *bbolt.Tx, id fax.JobID, j fax.Job) error {
		j.JobID = id
		return jobs.put(tx, id, j)
	})
	if err != nil {
		return err
	}
	err = takeUp(s, messageFolder, messages, func(tx *bbolt.Tx, id fax.MessageID, m fax.Message) error {
		m.ID = id
		return putMessage(tx, m)
	})
	if err != nil {
		return err
	}
	if err := s.takeUpSubmitted(); err != nil {
		return err
	}
	if err := s.strikeLost(); err != nil {
		return err
	}
	err = s.update(func(tx *bbolt.Tx) error { return meta(tx).Delete([]byte(reconcileKey)) })
	if err != nil {
		return err
	}
	return s.loadCatalogs()
}

// takeUp enters the records of all folders of a kind. One that cannot be read stays as the database has it.
func takeUp[K ~int64, V any](s *Store, k kind, t table[K, V], put func(*bbolt.Tx, K, V) error) error {
	names, err := list(s.path(k.shelf))
	if err != nil {
		return err
	}
	const atATime = 500
	for some := range slices.Chunk(names, atATime) {
		err := s.update(func(tx *bbolt.Tx) error {
			for _, name := range some {
				id, ok := parseID(name)
				if !ok {
					continue
				}
				if err := t.used(tx, uint64(id)); err != nil {
					return err
				}
				v, err := readRecord[V](k, s.final(k, id))
				if err != nil {
					s.unclear(s.final(k, id), err)
					continue
				}
				if err := put(tx, K(id), v); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// takeUpSubmitted enters the jobs that are whole in unfinished. Whether their submission was accepted only the lost database
// knew; sent twice at the worst is better than lost.
func (s *Store) takeUpSubmitted() error {
	names, err := list(s.path(unfinishedDir))
	if err != nil {
		return err
	}
	for _, name := range names {
		id, ok := jobFolder.parse(name)
		if !ok {
			continue
		}
		dir := s.path(unfinishedDir, name)
		j, err := readRecord[fax.Job](jobFolder, dir)
		if err != nil {
			continue // not whole
		}
		pages, _, err := countPages(filepath.Join(dir, pagesName))
		if err != nil || pages == 0 || pages != j.PageCount {
			continue
		}
		j.JobID = fax.JobID(id)
		err = s.update(func(tx *bbolt.Tx) error {
			if err := jobs.used(tx, uint64(id)); err != nil {
				return err
			}
			return jobs.put(tx, j.JobID, j)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// strikeLost strikes the jobs and messages that have no folder: they were deleted after the snapshot was made.
func (s *Store) strikeLost() error {
	var lostJobs []fax.JobID
	var lostMessages []fax.Message
	err := s.view(func(tx *bbolt.Tx) error {
		for j, err := range jobs.all(tx) {
			if err != nil {
				return err
			}
			if !exists(s.place(jobFolder, int64(j.JobID))) {
				lostJobs = append(lostJobs, j.JobID)
			}
		}
		for m, err := range messages.all(tx) {
			if err != nil {
				return err
			}
			if !exists(s.place(messageFolder, int64(m.ID))) {
				lostMessages = append(lostMessages, m)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range lostJobs {
		if err := s.strikeJob(id); err != nil {
			return err
		}
	}
	for _, m := range lostMessages {
		if err := s.strikeMessage(m); err != nil {
			return err
		}
	}
	return nil
}
