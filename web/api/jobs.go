package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
)

type JobParam struct {
	JobID fax.JobID `path:"jobId" minimum:"1" doc:"The job's key"`
}

// jobs are the operations of FaxJobs and FaxJob. Whose jobs one may manage the server decides: one's own, or with
// job-manage all. Whoever may not send has none.
func (a *API) jobs() {
	tags := []string{"jobs"}
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "listJobs", Method: http.MethodGet, Path: Root + "/jobs", Tags: tags,
		Summary: "The queue: waiting, active and failed jobs, oldest first",
	}, func(ctx context.Context, in *struct {
		SubmissionID string `query:"submissionId" doc:"Only the jobs of this submission"`
		All          bool   `query:"all" doc:"Also those that have left the queue, for a week"`
	}) (*body[wire.List[fax.Job]], error) {
		jobs := a.server.Jobs(who(ctx), server.JobFilter{SubmissionID: in.SubmissionID, Left: in.All})
		return answer(wire.ListOf(jobs), nil)
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "getJob", Method: http.MethodGet, Path: Root + "/jobs/{jobId}", Tags: tags,
		Summary: "One job, even if it has left the queue within the last week",
	}, func(ctx context.Context, in *JobParam) (*body[fax.Job], error) {
		j, err := a.server.Job(who(ctx), in.JobID)
		return answer(j, noJob(err, in.JobID))
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "getJobReport", Method: http.MethodGet, Path: Root + "/jobs/{jobId}/report.pdf", Tags: tags,
		Summary: "The delivery report of a job as a PDF file; of one under way, how it stands", Responses: content("application/pdf"),
		Description: "Of a fax whose job has gone it is had from its message.",
	}, func(ctx context.Context, in *JobParam) (*stream, error) {
		report, err := a.server.JobReport(who(ctx), in.JobID)
		if err != nil {
			return nil, noJob(err, in.JobID)
		}
		return download("application/pdf", fmt.Sprintf("report-job-%d.pdf", in.JobID), report), nil
	})
	for _, c := range []struct {
		operation     fax.Operation
		id, summary   string
		documentation string
	}{
		{fax.PauseJob, "pauseJob", "Hold a job", "A running call goes on; the job is held when it falls back into the queue."},
		{fax.ResumeJob, "resumeJob", "Let a held job go on", ""},
		{fax.RestartJob, "restartJob", "Try a failed job again, or one that waits for its next attempt at once",
			"For a failed one the count of attempts begins anew; pages already confirmed are not sent again."},
		{fax.CancelJob, "cancelJob", "Take a job out of the queue", "A running call ends within 5 seconds."},
	} {
		route(a, needs(fax.JobSubmit), huma.Operation{
			OperationID: c.id, Method: http.MethodPost, Path: Root + "/jobs/{jobId}/" + string(c.operation), Tags: tags,
			Summary: c.summary, Errors: []int{http.StatusConflict},
			Description: c.documentation + " Needs job-manage, or that the job is one's own.",
		}, func(ctx context.Context, in *JobParam) (*body[fax.Job], error) {
			return answer(a.control(ctx, in.JobID, c.operation))
		})
	}
}

// control does something with a job. What the job's state forbids is told with what it allows.
func (a *API) control(ctx context.Context, id fax.JobID, o fax.Operation) (fax.Job, error) {
	job, err := a.server.ControlJob(who(ctx), id, o)
	if err == nil {
		return job, nil
	}
	if now, looked := a.server.Job(who(ctx), id); looked == nil && errors.Is(err, server.ErrForbidden) && !slices.Contains(now.AllowedOperations, o) {
		p := problem(http.StatusConflict, "the job is "+now.QueueStatus.String()+": "+string(o)+" does not apply",
			"The job's allowedOperations tell what can be done.")
		p.Code = fax.ErrorInvalidOperation
		return job, p
	}
	return job, noJob(err, id)
}
