package client

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"faxbox/fax"
	"faxbox/fax/wire"
)

// Jobs is FaxJobs: the queue as it was when it was asked for.
type Jobs struct{ items []*Job }

// Count is how many there are.
func (j *Jobs) Count() int { return len(j.items) }

// Item is one of them, counted from 1.
func (j *Jobs) Item(index int) (*Job, error) { return item(j.items, index) }

// All are all of them, oldest first.
func (j *Jobs) All() iter.Seq[*Job] { return slices.Values(j.items) }

// Jobs asks for the queue: the object model's GetJobs.
func (s *Server) Jobs(ctx context.Context) (*Jobs, error) {
	var list wire.List[fax.Job]
	if err := s.get(ctx, "/jobs", &list); err != nil {
		return nil, err
	}
	jobs := &Jobs{}
	for _, j := range list.Items {
		jobs.items = append(jobs.items, &Job{Job: j, server: s})
	}
	return jobs, nil
}

// Job asks for one job, which may have left the queue within the last week.
func (s *Server) Job(ctx context.Context, id fax.JobID) (*Job, error) {
	j := &Job{server: s}
	j.JobID = id
	if err := j.Refresh(ctx); err != nil {
		return nil, err
	}
	return j, nil
}

// Job is FaxJob.
type Job struct {
	fax.Job
	server *Server
}

func (j *Job) path() string { return fmt.Sprintf("/jobs/%d", j.JobID) }

// Refresh asks for the job again. One that is gone is an error with the code fax.ErrorInvalidParameter.
func (j *Job) Refresh(ctx context.Context) error {
	next := fax.Job{}
	if err := j.server.get(ctx, j.path(), &next); err != nil {
		return err
	}
	j.Job = next
	return nil
}

// SetStatus is the object model's only way to change a job: delete, pause, or resume, which restarts a job that has failed.
func (j *Job) SetStatus(ctx context.Context, c fax.JobCommand) error {
	o, ok := c.Operation(j.Job)
	if !ok {
		return &wire.Problem{Title: "Bad Request", Status: http.StatusBadRequest, Code: fax.ErrorInvalidParameter,
			Detail: fmt.Sprintf("there is no job command %d", c)}
	}
	return j.Do(ctx, o)
}

// Do pauses, resumes, restarts or cancels the job.
func (j *Job) Do(ctx context.Context, o fax.Operation) error {
	var next fax.Job
	if err := j.server.Do(ctx, http.MethodPost, j.path()+"/"+string(o), nil, &next); err != nil {
		return err
	}
	j.Job = next
	return nil
}

// Wait follows the job until nothing more happens to it by itself, and tells, unless nil, of each change.
func (j *Job) Wait(ctx context.Context, tell func(fax.Job)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	look := func() error {
		if err := j.Refresh(ctx); err != nil {
			return err
		}
		if tell != nil {
			tell(j.Job)
		}
		return nil
	}
	for e, err := range j.server.listen(ctx, 0, "job,job-removed,status") {
		switch {
		case err != nil:
			return err
		case e.Kind == opened || e.Kind == Resync:
			if err := look(); err != nil {
				return err
			}
		case j.heard(e):
			if tell != nil {
				tell(j.Job)
			}
		}
		if j.State.Final() {
			return nil
		}
	}
	return ctx.Err()
}

// heard takes what an event tells of the job: itself, or what the port does that has it.
func (j *Job) heard(e fax.Event) bool {
	switch {
	case e.Job != nil && e.Job.JobID == j.JobID:
		j.Job = *e.Job
		return true
	case e.Status != nil && e.Status.JobID == j.JobID:
		j.DeviceStatus, j.CurrentPage = e.Status.State, e.Status.CurrentPage
		return true
	}
	return false
}

// Document is FaxDoc: a draft. Several files go out as one fax; with a cover page there need be none.
type Document struct {
	fax.Document
	Files    []string // paths; CreateDocument sets the first
	Password string   // with which PDF files are opened that are encrypted; it is not kept

	// Key makes Send safe to repeat: with the same key the same fax is queued only once within a day. CreateDocument sets a
	// random one; clear it, or call Again, and every Send is a fax of its own.
	Key string

	server *Server
}

// CreateDocument makes a draft on a file; without one, for a cover page alone. Nothing is read or queued yet.
func (s *Server) CreateDocument(fileName string) *Document {
	d := &Document{Key: rand.Text(), server: s}
	if fileName != "" {
		d.FileName, d.Files = filepath.Base(fileName), []string{fileName}
	}
	return d
}

// Again makes the next Send a fax of its own.
func (d *Document) Again() { d.Key = rand.Text() }

// Send queues the fax and answers with its job; of several recipients, with the first one's.
func (d *Document) Send(ctx context.Context) (fax.JobID, error) {
	s, err := d.SendAll(ctx)
	return s.JobID, err
}

// SendAll queues the fax and answers with the jobs of all recipients.
func (d *Document) SendAll(ctx context.Context) (out wire.Submitted, err error) {
	header := http.Header{}
	if d.Key != "" {
		header.Set("Idempotency-Key", d.Key)
	}
	err = d.server.post(ctx, "/documents", header, d.write, &out)
	return out, err
}

// Preview makes the pages and sends nothing: exactly those that Send would send.
func (d *Document) Preview(ctx context.Context) (out wire.Preview, err error) {
	err = d.server.post(ctx, "/documents/preview", http.Header{}, d.write, &out)
	return out, err
}

// post sends a form that is written while it goes over the network.
func (s *Server) post(ctx context.Context, path string, header http.Header, write func(*multipart.Writer) error, out any) error {
	body, form := io.Pipe()
	parts := multipart.NewWriter(form)
	written := make(chan struct{})
	go func() {
		defer close(written)
		err := write(parts)
		if err == nil {
			err = parts.Close()
		}
		form.CloseWithError(err)
	}()
	header.Set("Content-Type", parts.FormDataContentType())
	answer, err := s.open(ctx, http.MethodPost, path, header, body)
	body.Close() // the writer goes, even if nobody has read
	<-written
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return decode(answer, out)
}

// write writes the form: the draft as JSON, the password, then the files.
func (d *Document) write(parts *multipart.Writer) error {
	w, err := parts.CreateFormFile("document", "document.json")
	if err != nil {
		return err
	}
	if err := json.NewEncoder(w).Encode(d.Document); err != nil {
		return err
	}
	if d.Password != "" {
		if err := parts.WriteField("filePassword", d.Password); err != nil {
			return err
		}
	}
	for _, path := range d.Files {
		if err := writeFile(parts, path); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(parts *multipart.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	w, err := parts.CreateFormFile("file", filepath.Base(path))
	if err != nil {
		return err
	}
	_, err = io.Copy(w, file)
	return err
}

func decode(answer *http.Response, out any) error {
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(answer.Body).Decode(out); err != nil {
		return fmt.Errorf("client: %s: %w", answer.Request.URL.Path, err)
	}
	return nil
}
