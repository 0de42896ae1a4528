package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"faxbox/fax"
	"faxbox/fax/document"
	"faxbox/fax/raster"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
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
	// Key makes the submission idempotent: submitted again with the same key by the same user within a day, it is the
	// same fax and yields the same jobs. Empty: every submission is one of its own.
	Key string
}

// File is a file to be sent.
type File struct {
	Name    string // for errors, and the document's name if it has none
	Content io.ReaderAt
	Size    int64
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
	if err := s.checkDocument(sub); err != nil {
		return nil, false, err
	}
	once, err := onceOf(who, sub)
	if err != nil {
		return nil, false, err
	}
	if ids, err := s.store.Submitted(once); err != nil || ids != nil {
		return s.submittedBefore(who, ids, err)
	}
	draft, err := s.store.Draft()
	if err != nil {
		return nil, false, err
	}
	defer func() {
		if err := draft.Close(); err != nil {
			s.log.Warn("what is left of a submission", "err", err)
		}
	}()
	if err := readFiles(ctx, draft, sub.Files); err != nil {
		return nil, false, err
	}
	jobs, err = s.queueDraft(who, draft, sub.Document, once)
	if known, ok := errors.AsType[store.Repeated](err); ok {
		return s.submittedBefore(who, known.Jobs, nil)
	}
	if err != nil {
		return nil, false, submitError(err)
	}
	s.look()
	return jobs, false, nil
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

// checkDocument checks everything but the files' pages.
func (s *Server) checkDocument(sub Submission) error {
	settings := s.Settings()
	var faults fax.Invalid
	if err, ok := errors.AsType[fax.Invalid](sub.Document.Check(settings)); ok {
		faults = err
	}
	add := func(field, problem, hint string) { faults = append(faults, fault(field, problem, hint)...) }
	switch {
	case sub.Document.SendCoverpage:
		add("sendCoverpage", "is set, but this version makes no cover pages yet", "Make it the first page of the file.")
	case len(sub.Files) == 0:
		add("files", "are missing", "Attach a TIFF file.")
	case len(sub.Files) > maxFiles:
		add("files", fmt.Sprintf("are %d, more than %d", len(sub.Files), maxFiles), "Send fewer at a time.")
	}
	if id := sub.Document.DeviceID; id != 0 && s.line(id) == nil {
		faults = append(faults, fax.FieldError{Field: "deviceId", Problem: fmt.Sprintf("%d is no port", id),
			Hint: "List the ports, or leave it out.", Code: fax.ErrorBadUnit})
	}
	if len(sub.Key) > fax.MaxLine {
		add("idempotencyKey", fmt.Sprintf("has %d octets, more than %d", len(sub.Key), fax.MaxLine), "Use a shorter key.")
	}
	if len(faults) == 0 {
		return nil
	}
	return faults
}

func fault(field, problem, hint string) fax.Invalid {
	return fax.Invalid{{Field: field, Problem: problem, Hint: hint, Code: fax.ErrorInvalidParameter}}
}

// onceOf is what a repetition of the submission is known by: the key and the user, and everything that was submitted.
func onceOf(who Who, sub Submission) (store.Once, error) {
	if sub.Key == "" {
		return store.Once{}, nil
	}
	digest := sha256.New()
	if err := json.NewEncoder(digest).Encode(sub.Document); err != nil {
		return store.Once{}, err
	}
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

// readFiles checks every page of the files and puts it into the draft.
func readFiles(ctx context.Context, draft *store.Draft, files []File) error {
	opened := make([]*tiff.File, len(files))
	all := 0
	for i, f := range files {
		pages, err := openFile(f)
		if err != nil {
			return unreadable(i, f, err)
		}
		opened[i] = pages
		if all += pages.Pages(); all > maxPages {
			return fault(field(i), fmt.Sprintf("make more than %d pages together", maxPages), "Send fewer at a time.")
		}
	}
	for i, f := range files {
		if err := readFile(ctx, draft, i, f, opened[i]); err != nil {
			return err
		}
	}
	return nil
}

// readFile puts the pages of file number i into the draft.
func readFile(ctx context.Context, draft *store.Draft, i int, f File, pages *tiff.File) error {
	for n := range pages.Pages() {
		if err := ctx.Err(); err != nil {
			return err
		}
		page, err := pages.Page(n)
		if err != nil {
			return unreadable(i, f, err)
		}
		coded, err := codePage(page)
		if err != nil {
			return unreadable(i, f, fmt.Errorf("page %d: %w", n+1, err))
		}
		if err := draft.Append(coded); err != nil {
			return err
		}
	}
	return nil
}

func field(i int) string { return fmt.Sprintf("files[%d]", i) }

func unreadable(i int, f File, err error) error {
	return fax.Invalid{{Field: field(i), Problem: fmt.Sprintf("%s cannot be sent: %v", cmp.Or(f.Name, "the file"), err),
		Hint: "Send a TIFF file: most programs can save one, with Group 4 compression.", Code: fax.ErrorInvalidData}}
}

// openFile opens a file of a kind that can be sent.
func openFile(f File) (*tiff.File, error) {
	head := make([]byte, 8)
	n, err := f.Content.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if n == 0 || f.Size == 0 {
		return nil, errors.New("it is empty")
	}
	if kind := otherKind(head[:n]); kind != "" {
		return nil, fmt.Errorf("it is %s, and this version takes TIFF files only", kind)
	}
	pages, err := tiff.Open(f.Content, f.Size)
	if err == nil && pages.Pages() == 0 {
		err = errors.New("it has no page")
	}
	return pages, err
}

// otherKind names a kind of file that people try to send, by how it begins; empty if it is none of them.
func otherKind(head []byte) string {
	for _, k := range []struct{ begins, name string }{
		{"%PDF", "a PDF document"}, {"\x89PNG", "a PNG picture"}, {"\xff\xd8\xff", "a JPEG picture"}, {"GIF8", "a GIF picture"},
		{"PK\x03\x04", "an office document or an archive"}, {"\xd0\xcf\x11\xe0", "an office document"}, {"%!PS", "a PostScript document"},
		{"{\\rtf", "an RTF document"},
	} {
		if len(head) >= len(k.begins) && string(head[:len(k.begins)]) == k.begins {
			return k.name
		}
	}
	if !slices.ContainsFunc(head, func(b byte) bool { return b < ' ' && b != '\n' && b != '\r' && b != '\t' }) {
		return "text"
	}
	return ""
}

// codePage is a page as it is kept, if it is one that can be sent.
func codePage(p *raster.Page) (tiff.Coded, error) {
	check, err := document.NewOutgoing(document.Options{}, document.File{Pages: document.Rasters{p}})
	if err != nil {
		return tiff.Coded{}, errors.Unwrap(err) // without the name, which the caller knows better
	}
	check.Close()
	return tiff.Code(p, tiff.Style{Coding: t4.MMR})
}
