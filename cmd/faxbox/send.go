package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/fax/wire"
)

type submitCommand struct {
	output
	Wait bool         `help:"Wait until the fax is delivered or has failed, and show how it goes."`
	Port fax.DeviceID `help:"Use this port and no other." placeholder:"ID"`
	look
	Also     []string  `help:"More numbers; each gets a call of its own." placeholder:"NUMBER"`
	At       time.Time `help:"Send not before this time: 2026-11-21T18:00:00+01:00." placeholder:"TIME"`
	Discount bool      `help:"Send in the cheap period."`
	Priority string    `help:"low, normal or high." enum:",low,normal,high" default:"" placeholder:"P"`
	Billing  string    `help:"A text for the accounts." placeholder:"CODE"`
	Confirm  string    `name:"confirmation" help:"Where the delivery report goes: inbox is among the messages, mail to --email, failure the same if it fails (default: mail if there is --email, else none)." enum:",none,inbox,mail,failure" default:"" placeholder:"WHERE"`
	Email    string    `help:"The addresses that the delivery report is mailed to, separated by commas." placeholder:"A,B"`
	Key      string    `help:"With the same key the same fax is queued only once within a day." placeholder:"KEY"`
	Number   string    `arg:"" help:"The number to dial."`
	Files    []string  `arg:"" optional:"" name:"file" help:"The files, in order, of any kind; they go in one call."`
}

// Run queues the fax and prints its job's id, of several each on a line. With --wait it fails unless all are delivered.
func (c submitCommand) Run(ctx context.Context, con console) error {
	if err := c.readableAll(c.Files); err != nil {
		return err
	}
	return c.with(ctx, con, func(s *client.Server) error {
		d, err := c.document(ctx, con, s)
		if err != nil {
			return err
		}
		made, err := d.SendAll(ctx)
		if err != nil {
			return err
		}
		if err := c.submitted(con, made); err != nil || !c.Wait {
			return err
		}
		return c.waitAll(ctx, con, s, made.Items)
	})
}

func readable(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return hinted{fmt.Errorf("%s: there is no such file", path), "Check the name of the file."}
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// document is the draft that the flags describe.
func (c submitCommand) document(ctx context.Context, con console, s *client.Server) (*client.Document, error) {
	d, err := c.look.document(ctx, con, s, c.Files)
	if err != nil {
		return nil, err
	}
	d.FaxNumber, d.DeviceID, d.BillingCode, d.Confirmation, d.EmailAddress = c.Number, c.Port, c.Billing, fax.Confirmation(c.Confirm), c.Email
	d.Priority, d.DiscountSend = fax.Urgency(c.Priority), c.Discount
	if !c.At.IsZero() {
		d.Schedule, d.SendTime = fax.SendAt, c.At
	}
	for _, number := range c.Also {
		d.Recipients = append(d.Recipients, fax.Recipient{FaxNumber: number})
	}
	if c.Key != "" {
		d.Key = c.Key
	}
	return d, nil
}

func (c submitCommand) submitted(con console, made wire.Submitted) error {
	if c.JSON {
		return encodeTo(con, made)
	}
	for _, j := range made.Items {
		fmt.Fprintln(con.out, j.JobID)
	}
	return nil
}

// waitAll follows the jobs, one after another: those that are done when their turn comes are told at once.
func (c submitCommand) waitAll(ctx context.Context, con console, s *client.Server, jobs []fax.Job) error {
	var failed *fax.Job
	for _, j := range jobs {
		job, err := s.Job(ctx, j.JobID)
		if err != nil {
			return err
		}
		bar := progress{out: con.err, terminal: isTerminal(con.err)}
		if err := job.Wait(ctx, bar.show); err != nil {
			return err
		}
		bar.end()
		if c.JSON {
			if err := encodeTo(con, job.Job); err != nil {
				return err
			}
		}
		if job.State != fax.Finished {
			failed = &job.Job
		}
	}
	if failed == nil {
		return nil
	}
	if failed.State == fax.Aborted {
		return fmt.Errorf("job %d was cancelled", failed.JobID)
	}
	r := failed.Result
	return hinted{fmt.Errorf("job %d failed: %s", failed.JobID, r.Sentence), r.Hint}
}

// progress shows how a job goes: on a terminal as a bar that is drawn over, else as a line for each change.
type progress struct {
	out      io.Writer
	terminal bool
	shown    string
}

func (p *progress) show(j fax.Job) {
	text := progressText(j)
	if text == p.shown {
		return
	}
	if p.terminal {
		fmt.Fprintf(p.out, "\r%s\x1b[K", text) // to the line's end nothing is left of what was there
	} else {
		fmt.Fprintln(p.out, text)
	}
	p.shown = text
}

func (p *progress) end() {
	if p.terminal && p.shown != "" {
		fmt.Fprintln(p.out)
	}
}

// progressText is a job's progress in one line.
func progressText(j fax.Job) string {
	const width = 20
	done := 0
	if j.PageCount > 0 {
		done = width * min(j.ConfirmedPages, j.PageCount) / j.PageCount
	}
	text := fmt.Sprintf("job %d to %s [%s%s] %d of %d pages", j.JobID, j.FaxNumber, strings.Repeat("#", done), strings.Repeat(".", width-done),
		j.ConfirmedPages, j.PageCount)
	switch {
	case j.State == fax.Finished:
		return text + ", delivered"
	case j.State == fax.InProgress && j.CurrentPage > 0:
		return fmt.Sprintf("%s, page %d on the line", text, j.CurrentPage)
	case j.State == fax.InProgress:
		return text + ", " + strings.ToLower(j.DeviceStatus.String())
	case j.State == fax.Retrying:
		return fmt.Sprintf("%s, %s It is tried again at %s.", text, j.Result.Sentence, j.NextAttempt.Local().Format("15:04:05"))
	}
	return text + ", " + strings.ToLower(j.QueueStatus.String())
}

// isTerminal reports whether somebody looks at what is written there.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
