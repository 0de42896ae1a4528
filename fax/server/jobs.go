package server

import (
	"context"
	"io"

	"faxbox/fax"
)

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
// with the document or a file ("files[0]") is a fax.Invalid. Again reports that the key was known and nothing new was queued.
func (s *Server) Submit(ctx context.Context, who Who, sub Submission) (jobs []fax.Job, again bool, err error) {
	return nil, false, errNotYet
}

// JobFilter chooses jobs. A zero field chooses all.
type JobFilter struct {
	SubmissionID string
	Left         bool // those too that have left the queue, done or cancelled; they are kept for a week
}

// Jobs are the jobs that the caller may see, oldest first: queued, active, failed but not yet removed; and those of faxes
// being received.
func (s *Server) Jobs(who Who, f JobFilter) []fax.Job { return nil }

// Job is one job, even if it has left the queue within the last week; or ErrNotFound, also if the caller may not see it.
func (s *Server) Job(who Who, id fax.JobID) (fax.Job, error) { return fax.Job{}, errNotYet }

// ControlJob pauses, resumes, restarts or cancels a job, and answers with the job as it is then. Needs fax.JobManage, or that
// it is the caller's own job. ErrNotFound, or ErrForbidden if the job's state does not admit the operation. A call that is
// running for a job that is cancelled ends within 5 seconds; the job is fax.Deleting until then.
func (s *Server) ControlJob(who Who, id fax.JobID, o fax.Operation) (fax.Job, error) {
	return fax.Job{}, errNotYet
}
