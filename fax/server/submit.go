package server

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"faxbox/fax"
	"faxbox/store"
)

// Limits of a submission, ours.
const (
	maxFiles = 100
	maxPages = 1000 // half a day on the line
)

// keyLife is how long an idempotency key is known.
const keyLife = 24 * time.Hour

// Submission is a document to be sent.
type Submission struct {
	Document fax.Document
	Files    []File // in the order in which they are sent, in one call
	// Preview is the id of a preview whose pages are sent instead of files and of a cover page to be made: exactly those that
	// were shown.
	Preview string
	// Key makes the submission idempotent: submitted again with the same key by the same user within a day, it is the
	// same fax and yields the same jobs. Empty: every submission is one of its own.
	Key string
}

// File is a file to be sent.
type File struct {
	Name     string // for errors, and the document's name if it has none
	Content  io.ReaderAt
	Size     int64
	Password string // of a PDF that is encrypted; it is neither kept nor told to anybody
}

// Submit queues a document: one job for each recipient, all of one submission id. Needs fax.JobSubmit. Everything is checked
// first, and when it returns the jobs would survive the plug being pulled. With an error nothing is queued; what is wrong
// with the document or a file ("files[0]") is a fax.Invalid, also a key that was used for another document ("idempotencyKey").
// Again reports that the key was known and nothing new was queued; jobs that were removed since are not among its jobs.
func (s *Server) Submit(ctx context.Context, who Who, sub Submission) (jobs []fax.Job, again bool, err error) {
	if !who.Rights.Has(fax.JobSubmit) {
		return nil, false, fax.ErrDenied
	}
	if sub.Document.FileName == "" && len(sub.Files) > 0 {
		sub.Document.FileName = sub.Files[0].Name
	}
	once, err := onceOf(who, sub)
	if err != nil {
		return nil, false, err
	}
	if ids, err := s.store.Submitted(once); err != nil || ids != nil {
		return s.submittedBefore(who, ids, err)
	}
	if sub.Preview != "" {
		jobs, err = s.submitPreview(who, sub, once)
	} else {
		jobs, err = s.submitFiles(ctx, who, sub, once)
	}
	if known, ok := errors.AsType[store.Repeated](err); ok {
		return s.submittedBefore(who, known.Jobs, nil)
	}
	if err != nil {
		return nil, false, submitError(err)
	}
	s.look()
	return jobs, false, nil
}

// submitFiles makes the pages and queues them.
func (s *Server) submitFiles(ctx context.Context, who Who, sub Submission, once store.Once) ([]fax.Job, error) {
	if err := s.checkDocument(sub.Document, len(sub.Files)); err != nil {
		return nil, err
	}
	draft, err := s.store.Draft()
	if err != nil {
		return nil, err
	}
	defer s.closeDraft(draft)
	if _, err := s.makePages(ctx, who, draft, sub); err != nil {
		return nil, err
	}
	return s.queueDraft(who, draft, sub.Document, once)
}

func (s *Server) closeDraft(d *store.Draft) {
	if err := d.Close(); err != nil {
		s.log.Warn("what is left of a submission", "err", err)
	}
}

// submittedBefore answers a repeated submission.
func (s *Server) submittedBefore(who Who, ids []fax.JobID, err error) ([]fax.Job, bool, error) {
	if err != nil {
		return nil, false, submitError(err)
	}
	s.submit.Lock() // whoever was first may have stored them and not shown them yet
	defer s.submit.Unlock()
	jobs := []fax.Job{}
	for _, id := range ids {
		if j, err := s.Job(who, id); err == nil {
			jobs = append(jobs, j)
		}
	}
	return jobs, true, nil
}

func submitError(err error) error {
	if errors.Is(err, store.ErrKeyReused) {
		return fault("idempotencyKey", "was used for another document", "Use a new key for each fax.")
	}
	return err
}

// queueDraft makes the draft's pages jobs.
func (s *Server) queueDraft(who Who, draft *store.Draft, d fax.Document, once store.Once) ([]fax.Job, error) {
	s.submit.Lock()
	defer s.submit.Unlock()
	jobs, err := draft.Submit(d.Jobs(time.Now().UTC(), who.User, rand.Text()), once)
	if err != nil {
		return nil, err
	}
	s.change.Lock() // not before: calls that go on have pages to record meanwhile
	defer s.change.Unlock()
	for i, j := range jobs {
		s.setJob(j)
		s.showJob(j, fax.LegacyJobQueued)
		s.mu.RLock()
		jobs[i] = s.shown(j, who.Caller)
		s.mu.RUnlock()
	}
	return jobs, nil
}

// checkDocument checks everything but the pages of its files.
func (s *Server) checkDocument(d fax.Document, files int) error {
	var faults fax.Invalid
	if err, ok := errors.AsType[fax.Invalid](d.Check(s.Settings())); ok {
		faults = err
	}
	switch {
	case files == 0 && !d.SendCoverpage:
		faults = append(faults, fault("files", "are missing", "Attach a file, or send a cover page.")...)
	case files > maxFiles:
		faults = append(faults, fault("files", fmt.Sprintf("are %d, more than %d", files, maxFiles), "Send fewer at a time.")...)
	}
	if d.Confirmation.Mailed() && !s.Mail().Ready {
		faults = append(faults, fault("confirmation", "goes by mail, and mail is not set up on this box",
			"Choose inbox: the report comes among the messages. An administrator can enter the mail server.")...)
	}
	if id := d.DeviceID; id != 0 && s.line(id) == nil {
		faults = append(faults, fax.FieldError{Field: "deviceId", Problem: fmt.Sprintf("%d is no port", id),
			Hint: "List the ports, or leave it out.", Code: fax.ErrorBadUnit})
	}
	if len(faults) == 0 {
		return nil
	}
	return faults
}

func fault(field, problem, hint string) fax.Invalid {
	return fax.Invalid{{Field: field, Problem: problem, Hint: hint, Code: fax.ErrorInvalidParameter}}
}

// onceOf is what a repetition of the submission is known by: the key and the user, and everything that was submitted but
// passwords, which leave no trace.
func onceOf(who Who, sub Submission) (store.Once, error) {
	if sub.Key == "" {
		return store.Once{}, nil
	}
	if len(sub.Key) > fax.MaxLine {
		return store.Once{}, fault("idempotencyKey", fmt.Sprintf("has %d octets, more than %d", len(sub.Key), fax.MaxLine), "Use a shorter key.")
	}
	digest := sha256.New()
	if err := json.NewEncoder(digest).Encode(sub.Document); err != nil {
		return store.Once{}, err
	}
	fmt.Fprintf(digest, "%q\n", sub.Preview)
	for _, f := range sub.Files {
		fmt.Fprintf(digest, "%q %d\n", f.Name, f.Size)
		if _, err := io.Copy(digest, io.NewSectionReader(f.Content, 0, f.Size)); err != nil {
			return store.Once{}, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return store.Once{
		Key:     who.User + "\x00" + sub.Key,
		Digest:  hex.EncodeToString(digest.Sum(nil)),
		Expires: time.Now().Add(keyLife),
	}, nil
}
