package store

import (
	"errors"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// Once makes a submission that is repeated one submission.
type Once struct {
	Key     string    // Idempotency-Key, together with whoever sent it; empty: not asked for
	Digest  string    // of what was submitted
	Expires time.Time // until when the key is known
}

// ErrKeyReused is a key that was used for something else.
var ErrKeyReused = errors.New("this key was used for another submission")

// submission is what is known of a key.
type submission struct {
	Digest  string      `json:"digest"`
	Expires time.Time   `json:"expires"`
	Jobs    []fax.JobID `json:"jobs"`
}

// Submitted is the jobs that were made under a key, nil if there were none. Jobs that have been removed since are among
// them. It fails with ErrKeyReused if the key was used for something else.
func (s *Store) Submitted(once Once) (ids []fax.JobID, err error) {
	if once.Key == "" {
		return nil, nil
	}
	err = s.view(func(tx *bbolt.Tx) error {
		ids, err = submittedBefore(tx, once)
		return err
	})
	return ids, err
}

func submittedBefore(tx *bbolt.Tx, once Once) ([]fax.JobID, error) {
	sub, err := submissions.get(tx, once.Key)
	switch {
	case isGone(err):
		return nil, nil
	case err != nil:
		return nil, err
	case sub.Digest != once.Digest:
		return nil, ErrKeyReused
	}
	return sub.Jobs, nil
}

// Submit makes jobs of the draft, all or none, and answers with them as they are stored: with JobID, PageCount and
// DocumentSize. They are durable when it returns. It fails with a Repeated if the key has been used meanwhile.
func (d *Draft) Submit(list []fax.Job, once Once) ([]fax.Job, error) {
	made, err := d.submit(list, once)
	if err != nil {
		return nil, fmt.Errorf("submitting: %w", err)
	}
	return made, nil
}

// Repeated is a submission whose key was used before, by a request that ran at the same time.
type Repeated struct{ Jobs []fax.JobID }

func (r Repeated) Error() string {
	return fmt.Sprintf("this was submitted already, as jobs %v", r.Jobs)
}

func (d *Draft) submit(list []fax.Job, once Once) ([]fax.Job, error) {
	if len(list) == 0 {
		return nil, errors.New("there is no recipient")
	}
	for i := range list {
		if d.Pages(i) == 0 {
			return nil, errors.New("there is no page")
		}
	}
	if n := len(d.front); n > len(list) {
		return nil, fmt.Errorf("there are cover pages for %d jobs, and %d jobs", n, len(list))
	}
	made := make([]fax.Job, len(list))
	copy(made, list)
	if err := d.s.number(made); err != nil {
		return nil, err
	}
	ids := make([]int64, len(made))
	for i := range made {
		ids[i] = int64(made[i].JobID)
	}
	err := d.stage(made)
	if err == nil {
		err = d.s.enter(made, once)
	}
	if err != nil {
		for _, id := range ids {
			err = errors.Join(err, removeAll(d.s.disk, d.s.making(jobFolder, id)))
		}
		return nil, err
	}
	d.s.shelveSoon(jobFolder, ids...)
	return made, nil
}

// number gives each job its id.
func (s *Store) number(list []fax.Job) error {
	return s.update(func(tx *bbolt.Tx) error {
		for i := range list {
			n, err := jobs.next(tx)
			if err != nil {
				return err
			}
			list[i].JobID = fax.JobID(n)
		}
		return nil
	})
}

// enter puts the jobs and their key into the database.
func (s *Store) enter(list []fax.Job, once Once) error {
	return s.update(func(tx *bbolt.Tx) error {
		sub := submission{Digest: once.Digest, Expires: once.Expires}
		for _, job := range list {
			if err := jobs.put(tx, job.JobID, job); err != nil {
				return err
			}
			sub.Jobs = append(sub.Jobs, job.JobID)
		}
		if once.Key == "" {
			return nil
		}
		if ids, err := submittedBefore(tx, once); err != nil {
			return err
		} else if ids != nil {
			return Repeated{ids}
		}
		return submissions.put(tx, once.Key, sub)
	})
}

// Jobs is every job that was not removed, in the order of their ids. After Open none is in progress: one that was has gone
// back to Pending with the pages that were confirmed, all of them perhaps; one that was being cancelled is Aborted.
func (s *Store) Jobs() (all []fax.Job, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		all, err = collect(jobs.all(tx))
		return err
	})
	return all, err
}

// Job is the job of this id, or ErrNotFound.
func (s *Store) Job(id fax.JobID) (j fax.Job, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		j, err = jobs.get(tx, id)
		return err
	})
	return j, err
}

// JobFile opens the TIFF file of a job, for reading.
func (s *Store) JobFile(id fax.JobID) (*os.File, error) { return s.openPages(jobFolder, int64(id)) }

// PutJob stores a change of a job that is there, at two places, and is durable when it returns. After an error the change
// may have happened all the same, as far as the next Open is concerned: repeat it, or put the job as it was.
func (s *Store) PutJob(j fax.Job) error {
	s.folders.Lock()
	defer s.folders.Unlock()
	if _, err := s.Job(j.JobID); err != nil {
		return err
	}
	return s.putJob(j)
}

func (s *Store) putJob(j fax.Job) error {
	if err := s.writeRecord(jobFolder, s.place(jobFolder, int64(j.JobID)), j); err != nil {
		return fmt.Errorf("changing job %d: %w", j.JobID, err)
	}
	if err := s.update(func(tx *bbolt.Tx) error { return jobs.put(tx, j.JobID, j) }); err != nil {
		return fmt.Errorf("changing job %d: %w", j.JobID, err)
	}
	return nil
}

// RemoveJob deletes a job and its pages. It works on a full disk. After an error the pages may be gone; what is left is
// removed when it is called again, by Tend, or by the next Open.
func (s *Store) RemoveJob(id fax.JobID) error {
	s.folders.Lock()
	defer s.folders.Unlock()
	if _, err := s.Job(id); err != nil {
		return err
	}
	if err := s.discard(jobFolder, int64(id), func() error { return s.strikeJob(id) }); err != nil {
		return fmt.Errorf("deleting job %d: %w", id, err)
	}
	return nil
}

func (s *Store) strikeJob(id fax.JobID) error {
	return s.update(func(tx *bbolt.Tx) error { return jobs.delete(tx, id) })
}
