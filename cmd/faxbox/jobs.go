package main

import (
	"context"
	"fmt"
	"net/http"
	"text/tabwriter"

	"faxbox/fax"
	"faxbox/fax/wire"
)

type jobCommands struct {
	List    jobListCommand    `cmd:"" help:"List the queue." default:"withargs"`
	Show    jobShowCommand    `cmd:"" help:"Print a job."`
	Pause   jobPauseCommand   `cmd:"" help:"Hold jobs."`
	Resume  jobResumeCommand  `cmd:"" help:"Let held jobs go on."`
	Cancel  jobCancelCommand  `cmd:"" help:"Take jobs out of the queue; a running call is ended."`
	Restart jobRestartCommand `cmd:"" help:"Try failed jobs again."`
	Report  jobReportCommand  `cmd:"" help:"Fetch the delivery report of a job as a PDF."`
}

type jobListCommand struct {
	output
	All bool `help:"Also the jobs that have left the queue."`
}

// Run lists jobs.
func (c jobListCommand) Run(ctx context.Context, con console) error {
	path := "/jobs"
	if c.All {
		path += "?all=true"
	}
	return show(ctx, con, c.output, path, func(w *tabwriter.Writer, l wire.List[fax.Job]) {
		if l.Count == 0 {
			fmt.Fprintln(w, "The queue is empty.")
			return
		}
		fmt.Fprintln(w, "ID\tNUMBER\tDOCUMENT\tSTATUS\tPAGES\tATTEMPTS\tNEXT\tLAST RESULT")
		for _, j := range l.Items {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d/%d\t%d\t%s\t%s\n", j.JobID, orDash(j.FaxNumber), orDash(j.DisplayName), j.QueueStatus,
				j.ConfirmedPages, j.PageCount, j.Attempts, moment(j.NextAttempt), j.Result.Cause)
		}
	})
}

type jobShowCommand struct {
	output
	ID fax.JobID `arg:"" help:"The job's id." placeholder:"ID"`
}

// Run prints a job.
func (c jobShowCommand) Run(ctx context.Context, con console) error {
	return show(ctx, con, c.output, fmt.Sprintf("/jobs/%d", c.ID), printMembers[fax.Job])
}

// onJobs is a command on jobs.
type onJobs struct {
	output
	IDs []fax.JobID `arg:"" name:"id" help:"The jobs' ids."`
}

func (c onJobs) do(ctx context.Context, con console, o fax.Operation) error {
	for _, id := range c.IDs {
		if err := change(ctx, con, c.output, http.MethodPost, fmt.Sprintf("/jobs/%d/%s", id, o), nil); err != nil {
			return err
		}
	}
	return nil
}

type jobPauseCommand struct{ onJobs }

// Run holds jobs.
func (c jobPauseCommand) Run(ctx context.Context, con console) error {
	return c.do(ctx, con, fax.PauseJob)
}

type jobResumeCommand struct{ onJobs }

// Run lets jobs go on.
func (c jobResumeCommand) Run(ctx context.Context, con console) error {
	return c.do(ctx, con, fax.ResumeJob)
}

type jobCancelCommand struct{ onJobs }

// Run takes jobs out of the queue.
func (c jobCancelCommand) Run(ctx context.Context, con console) error {
	return c.do(ctx, con, fax.CancelJob)
}

type jobRestartCommand struct{ onJobs }

// Run tries jobs again.
func (c jobRestartCommand) Run(ctx context.Context, con console) error {
	return c.do(ctx, con, fax.RestartJob)
}
