package server

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"faxbox/fax"
	"faxbox/fax/queue"
)

// JobFilter chooses jobs. A zero field chooses all.
type JobFilter struct {
	SubmissionID string
	Left         bool // those too that have left the queue, done or cancelled; they are kept for a day
}

// leftFor is how long a job can be looked up that has left the queue.
const leftFor = 24 * time.Hour

// Jobs are the jobs that the caller may see, oldest first: queued, active, failed but not yet removed; and those of faxes
// being received or routed, which have numbers of their own, from 1<<30 up.
func (s *Server) Jobs(who Who, f JobFilter) []fax.Job {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]fax.Job, 0, len(s.jobs)+len(s.incoming))
	add := func(j fax.Job) {
		if f.SubmissionID == "" || j.SubmissionID == f.SubmissionID {
			if j = s.shown(j, who.Caller); len(j.AllowedOperations) > 0 {
				list = append(list, j)
			}
		}
	}
	for _, j := range s.jobs {
		add(j)
	}
	for _, j := range s.incoming {
		add(j)
	}
	if f.Left {
		for _, j := range s.left {
			add(j)
		}
	}
	slices.SortFunc(list, func(a, b fax.Job) int {
		return cmp.Or(a.SubmittedTime.Compare(b.SubmittedTime), cmp.Compare(a.JobID, b.JobID))
	})
	return list
}

// Job is one job, even if it has left the queue within the last day; or ErrNotFound, also if the caller may not see it.
func (s *Server) Job(who Who, id fax.JobID) (fax.Job, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	j, ok := s.find(id)
	if ok {
		if j = s.shown(j, who.Caller); j.May(who.Caller, fax.ViewJob) {
			return j, nil
		}
	}
	return fax.Job{}, ErrNotFound
}

// find is the job with this id. The caller holds mu.
func (s *Server) find(id fax.JobID) (fax.Job, bool) {
	for _, m := range []map[fax.JobID]fax.Job{s.jobs, s.incoming, s.left} {
		if j, ok := m[id]; ok {
			return j, true
		}
	}
	return fax.Job{}, false
}

// shown is a job with what is computed for the caller. The caller of this holds mu.
func (s *Server) shown(j fax.Job, c fax.Caller) fax.Job {
	j = queue.Show(j, s.waits[j.JobID])
	i := slices.IndexFunc(s.lines, func(l *line) bool { return l.id == j.DeviceID })
	if i >= 0 {
		l := s.lines[i]
		if j.State == fax.InProgress || j.State == fax.Deleting {
			j.DeviceStatus = l.status.State
		}
		if l.status.JobID == j.JobID || l.incoming == j.JobID {
			j.CurrentPage = l.status.CurrentPage
		}
		if j.Type == fax.JobSend && !j.State.Final() {
			j.Tsid = j.SendingID(s.settings, l.settings)
		}
	}
	j.AllowedOperations = j.Operations(c)
	return j
}

// ControlJob pauses, resumes, restarts or cancels a job, and answers with the job as it is then. Needs fax.JobManage, or that
// it is the caller's own job. ErrNotFound, or ErrForbidden if the job's state does not admit the operation. A call that is
// running for a job that is cancelled ends within 5 seconds; the job is fax.Deleting until then.
func (s *Server) ControlJob(who Who, id fax.JobID, o fax.Operation) (fax.Job, error) {
	j, err := s.Job(who, id)
	if err != nil {
		return fax.Job{}, err
	}
	own := j.UserName != "" && j.UserName == who.User
	if !own && !who.Rights.Has(fax.JobManage) {
		return fax.Job{}, fax.ErrDenied
	}
	if j.Type != fax.JobSend {
		return s.cancelIncoming(who, j, o)
	}
	if err := s.changeJob(who, id, o); err != nil {
		return fax.Job{}, err
	}
	s.look()
	return s.Job(who, id)
}

// changeJob carries an operation out.
func (s *Server) changeJob(who Who, id fax.JobID, o fax.Operation) error {
	s.change.Lock()
	defer s.change.Unlock()
	before, ok := s.jobs[id]
	if !ok {
		return ErrForbidden // it has left the queue
	}
	j, err := queue.Change(before, o, time.Now())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForbidden, err)
	}
	if o == fax.RestartJob {
		j.ReportID = 0 // there will be another
	}
	if err := s.storeJob(j); err != nil {
		return err
	}
	s.showJob(j, legacyOfOperation(o))
	if j.State == fax.Deleting {
		if l := s.line(j.DeviceID); l != nil {
			if p := l.running(); p != nil {
				p.Cancel(id) // if the port does not have the job yet, dispatch will see to it
			}
		}
	}
	s.audit(who, fmt.Sprintf("jobs/%d", id), string(o), changed("state", before.State.String(), j.State.String())...)
	return nil
}

func legacyOfOperation(o fax.Operation) fax.LegacyEvent {
	if o == fax.CancelJob {
		return fax.LegacyAborting
	}
	return 0
}

// cancelIncoming ends a call that is being received.
func (s *Server) cancelIncoming(who Who, j fax.Job, o fax.Operation) (fax.Job, error) {
	l := s.line(j.DeviceID)
	if o != fax.CancelJob || j.State != fax.InProgress || l == nil {
		return fax.Job{}, ErrForbidden
	}
	if p := l.running(); p == nil || !p.HangUp() {
		return fax.Job{}, ErrForbidden
	}
	s.audit(who, fmt.Sprintf("jobs/%d", j.JobID), string(o))
	return j, nil
}

// storeJob stores a job and then shows it in memory. After an error the job is as it was, and is stored so again, since it is
// not known what the disk holds. The caller holds change.
func (s *Server) storeJob(j fax.Job) error {
	if err := s.store.PutJob(j); err != nil {
		s.metrics.storeFailed()
		s.mu.Lock()
		s.unstored[j.JobID] = true
		s.mu.Unlock()
		return err
	}
	s.setJob(j)
	return nil
}

// keepJob is storeJob for what has happened already and cannot be refused: if the store cannot take it now it is stored as
// soon as it can. The caller holds change.
func (s *Server) keepJob(j fax.Job) {
	err := s.store.PutJob(j)
	if err != nil {
		s.metrics.storeFailed()
		s.log.Error("the job is not kept yet", "job", j.JobID, "err", err)
	}
	s.setJob(j)
	if err != nil {
		s.mu.Lock()
		s.unstored[j.JobID] = true
		s.mu.Unlock()
	}
}

// setJob puts a job where it belongs in memory.
func (s *Server) setJob(j fax.Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.unstored, j.JobID)
	if j.State.Final() {
		signal(s.confirm)
	}
	if j.State.Left() {
		delete(s.jobs, j.JobID)
		delete(s.waits, j.JobID)
		s.left[j.JobID] = j
		return
	}
	delete(s.left, j.JobID)
	s.jobs[j.JobID] = j
}

// removeJob removes a job for good.
func (s *Server) removeJob(id fax.JobID) {
	s.change.Lock()
	defer s.change.Unlock()
	s.mu.RLock()
	j, ok := s.find(id)
	s.mu.RUnlock()
	if !ok || !j.State.Final() {
		return // somebody restarted it in this moment
	}
	if err := s.store.RemoveJob(id); err != nil {
		s.metrics.storeFailed()
		s.log.Warn("the job is not removed yet", "job", id, "err", err)
		return
	}
	s.mu.Lock()
	_, queued := s.jobs[id]
	delete(s.jobs, id)
	delete(s.left, id)
	delete(s.waits, id)
	delete(s.unstored, id)
	s.mu.Unlock()
	if queued { // one that has left was told of when it left
		s.publish(fax.Event{Kind: fax.JobRemovedEvent, Legacy: fax.LegacyJobDeleted, Job: &j})
	}
}

// showJob tells of a job, and that it is no longer in the queue if it has left it.
func (s *Server) showJob(j fax.Job, legacy fax.LegacyEvent) {
	s.mu.RLock()
	shown := s.shown(j, fax.Caller{})
	s.mu.RUnlock()
	s.publish(fax.Event{Kind: fax.JobEvent, Legacy: legacy, Job: &shown})
	if j.State.Left() {
		s.publish(fax.Event{Kind: fax.JobRemovedEvent, Legacy: fax.LegacyJobDeleted, Job: &shown})
	}
}

// storeRest stores what could not be stored before.
func (s *Server) storeRest() {
	s.change.Lock()
	defer s.change.Unlock()
	s.mu.RLock()
	var rest []fax.Job
	for id := range s.unstored {
		if j, ok := s.find(id); ok {
			rest = append(rest, j)
		}
	}
	s.mu.RUnlock()
	for _, j := range rest {
		s.keepJob(j)
	}
}

// removeLeft removes jobs that left the queue long enough ago.
func (s *Server) removeLeft(now time.Time) {
	s.mu.RLock()
	var old []fax.JobID
	for id, j := range s.left {
		if now.Sub(j.EndTime) > leftFor {
			old = append(old, id)
		}
	}
	s.mu.RUnlock()
	for _, id := range old {
		s.removeJob(id)
	}
}
