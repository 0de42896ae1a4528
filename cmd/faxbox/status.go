package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/fax/wire"
)

type statusCommand struct {
	output
	Watch bool `help:"Go on: show every change; with --json print each event on a line."`
}

// Run tells what the ports do, what waits, and what is wrong.
func (c statusCommand) Run(ctx context.Context, con console) error {
	return c.with(ctx, con, func(s *client.Server) error {
		switch {
		case c.Watch && c.JSON:
			return printEvents(ctx, con, s)
		case c.Watch:
			return watch(ctx, con, s)
		case c.JSON:
			var raw json.RawMessage
			if err := s.Do(ctx, http.MethodGet, "/status", nil, &raw); err != nil {
				return err
			}
			_, err := fmt.Fprintf(con.out, "%s\n", raw)
			return err
		}
		text, err := overview(ctx, s)
		fmt.Fprint(con.out, text)
		return err
	})
}

// overview is the state of the box as text.
func overview(ctx context.Context, s *client.Server) (string, error) {
	var statuses wire.List[fax.Status]
	var jobs wire.List[fax.Job]
	var health wire.Health
	for path, into := range map[string]any{"/status": &statuses, "/jobs": &jobs, "/health": &health} {
		if err := s.Do(ctx, http.MethodGet, path, nil, into); err != nil {
			return "", err
		}
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "PORT\tNAME\tSTATUS\tNUMBER\tSTATION\tPAGE\tSECONDS\tWHAT")
	for _, st := range statuses.Items {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", st.DeviceID, st.DeviceName, st.State, orDash(st.Address+st.CallerID), orDash(theirs(st)),
			pageText(st), secondsText(st), st.Description)
	}
	w.Flush()
	fmt.Fprintf(&b, "%s\n", queueText(jobs.Items))
	for _, f := range health.Findings {
		if !f.OK && f.Name != "server" {
			fmt.Fprintf(&b, "%s: %s %s\n", f.Name, f.Sentence, f.Hint)
		}
	}
	return b.String(), nil
}

// theirs is the other side's station id.
func theirs(s fax.Status) string {
	if s.Receive {
		return s.Tsid
	}
	return s.Csid
}

func pageText(s fax.Status) string {
	switch {
	case s.CurrentPage == 0:
		return "-"
	case s.PageCount == 0:
		return fmt.Sprint(s.CurrentPage)
	}
	return fmt.Sprintf("%d of %d", s.CurrentPage, s.PageCount)
}

func secondsText(s fax.Status) string {
	if s.StartTime.IsZero() {
		return "-"
	}
	return fmt.Sprintf("%.0f", float64(s.ElapsedTime))
}

// queueText counts jobs by their status.
func queueText(jobs []fax.Job) string {
	if len(jobs) == 0 {
		return "The queue is empty."
	}
	counts := map[fax.QueueStatus]int{}
	var order []fax.QueueStatus
	for _, j := range jobs {
		if counts[j.QueueStatus] == 0 {
			order = append(order, j.QueueStatus)
		}
		counts[j.QueueStatus]++
	}
	var parts []string
	for _, s := range order {
		parts = append(parts, fmt.Sprintf("%d %s", counts[s], strings.ToLower(s.String())))
	}
	return "Queue: " + strings.Join(parts, ", ") + "."
}

// watch draws the overview anew on a terminal at each change, and each second; elsewhere it prints a line for each change.
func watch(ctx context.Context, con console, s *client.Server) error {
	if !isTerminal(con.out) {
		return printChanges(ctx, con, s)
	}
	changed := make(chan struct{}, 1)
	go func() {
		for range s.Events(ctx, 0) {
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	}()
	for ctx.Err() == nil {
		text, err := overview(ctx, s)
		if err != nil && ctx.Err() == nil {
			text = err.Error() + "\n"
		}
		fmt.Fprintf(con.out, "\x1b[H\x1b[2J%s", text)
		select {
		case <-ctx.Done():
		case <-changed:
			wait(ctx, 100*time.Millisecond) // changes come in swarms
		case <-time.After(time.Second):
		}
	}
	return nil
}

// printChanges prints what the ports do, a line for each change.
func printChanges(ctx context.Context, con console, s *client.Server) error {
	text, err := overview(ctx, s)
	if err != nil {
		return err
	}
	fmt.Fprint(con.out, text)
	for e, err := range s.Events(ctx, 0, fax.PortStatusEvent) {
		switch {
		case err != nil:
			con.report(clientError(err))
		case e.Status != nil:
			fmt.Fprintf(con.out, "%s  %s: %s\n", moment(e.At), e.Status.DeviceName, e.Status.Description)
		}
	}
	return nil
}

// printEvents prints every event on a line.
func printEvents(ctx context.Context, con console, s *client.Server) error {
	out := json.NewEncoder(con.out)
	for e, err := range s.Events(ctx, 0) {
		if err != nil {
			con.report(clientError(err))
			continue
		}
		if err := out.Encode(e); err != nil {
			return nil // nobody reads any more
		}
	}
	return nil
}
