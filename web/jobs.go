package web

import (
	"net/http"
	"slices"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/web/text"
)

// jobsPage is the queue.
type jobsPage struct {
	frame
	Waiting, Failed, Left []fax.Job
	Paused                bool
}

func (s *site) jobs(v *visit) error {
	page := jobsPage{frame: v.frame("jobs", "jobs"), Paused: s.Server.Settings().PauseServerQueue}
	page.Live = "job,job-removed,server,status"
	for _, j := range s.Server.Jobs(v.who(), server.JobFilter{Left: true}) {
		switch {
		case j.Type != fax.JobSend:
		case j.State.Left():
			page.Left = append(page.Left, j)
		case j.State.Final():
			page.Failed = append(page.Failed, j)
		default:
			page.Waiting = append(page.Waiting, j)
		}
	}
	slices.Reverse(page.Failed)
	slices.Reverse(page.Left)
	return v.show(http.StatusOK, "jobs", page)
}

// jobPage is one job, and the calls made for it.
type jobPage struct {
	frame
	fax.Job
	Calls []fax.Call
	lang  *text.Language
}

// Deeds are what the visitor may do with the job now.
func (p jobPage) Deeds() []fax.Operation {
	return slices.DeleteFunc(slices.Clone(p.AllowedOperations), func(o fax.Operation) bool { return o == fax.ViewJob })
}

// Deed is what one of them is called.
func (p jobPage) Deed(o fax.Operation) string {
	switch {
	case o == fax.CancelJob && p.QueueStatus.Final():
		return p.lang.Say("job.drop")
	case o != fax.RestartJob:
	case p.QueueStatus == fax.Retrying:
		return p.lang.Say("job.now")
	case p.ConfirmedPages > 0 && p.ConfirmedPages < p.PageCount:
		return p.lang.Say("job.rest", "n", p.ConfirmedPages+1)
	}
	return p.lang.Say("job." + string(o))
}

func (s *site) job(v *visit) error {
	j, err := s.Server.Job(v.who(), id64[fax.JobID](v, "id"))
	if err != nil {
		return err
	}
	calls, err := s.Server.Calls(server.CallFilter{JobID: j.JobID})
	if err != nil {
		return err
	}
	page := jobPage{frame: v.frame("jobs", "job"), Job: j, Calls: calls.Items, lang: v.lang}
	page.Live = "job,job-removed,call"
	return v.show(http.StatusOK, "job", page)
}

func (s *site) controlJob(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	do := fax.Operation(v.PathValue("do"))
	if do.Bit() == 0 || do == fax.ViewJob {
		return server.ErrNotFound
	}
	if _, err := s.Server.ControlJob(v.who(), id64[fax.JobID](v, "id"), do); err != nil {
		return err
	}
	return v.done("/jobs/"+v.PathValue("id"), "job."+string(do))
}

// pauseQueue stops the queue, or lets it go on.
func (s *site) pauseQueue(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	pause := v.field("pause") == "true"
	if _, err := s.Server.UpdateSettings(v.who(), fax.ServerPatch{PauseServerQueue: &pause}); err != nil {
		return err
	}
	if pause {
		return v.done("/jobs", "queue.paused")
	}
	return v.done("/jobs", "queue.goes")
}

// jobTone is what a job looks like.
func jobTone(j fax.Job) string {
	switch j.QueueStatus {
	case fax.InProgress:
		return "busy"
	case fax.Failed, fax.RetriesExceeded:
		return "bad"
	case fax.Retrying, fax.NoLine:
		return "warn"
	case fax.Finished:
		return "good"
	}
	return "off"
}
