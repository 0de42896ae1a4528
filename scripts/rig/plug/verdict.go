package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/fax/tiff"
	"faxbox/scripts/rig/witness"
)

// verdict is what was found out about a box, or all of them.
type verdict struct {
	kills, aimed, starting int // plugs pulled; of them, about when a page was confirmed, and while it started

	callsIn, callsOut int
	in, out           int // pages that the receiving end has confirmed, each once
	spare             int // pages in the store of which the sender never heard that they were
	fragments         int // what is kept of pages that broke off
	jobs              int
	again             int // pages sent twice because the plug was pulled before their confirmation was heard
	helped            int // jobs that failed and were tried again by hand

	violations []string
}

func (v *verdict) add(w verdict) {
	v.kills += w.kills
	v.aimed += w.aimed
	v.starting += w.starting
	v.callsIn += w.callsIn
	v.callsOut += w.callsOut
	v.in += w.in
	v.out += w.out
	v.spare += w.spare
	v.fragments += w.fragments
	v.jobs += w.jobs
	v.again += w.again
	v.helped += w.helped
	v.violations = append(v.violations, w.violations...)
}

func (v *verdict) blame(format string, args ...any) {
	v.violations = append(v.violations, fmt.Sprintf(format, args...))
}

// judge holds what the box tells against what the distant machines have seen.
func (b *box) judge(ctx context.Context) (verdict, error) {
	var v verdict
	for _, e := range b.record.Of(b.n, witness.Killed) {
		v.kills++
		switch e.Note {
		case aimed:
			v.aimed++
		case starting:
			v.starting++
		}
	}
	v.callsIn = len(b.record.Of(b.n, witness.Called))
	v.callsOut = len(b.record.Of(b.n, witness.Answered))
	v.helped = len(b.record.Of(b.n, witness.Restarted))
	for _, e := range b.record.Of(b.n, witness.Strange) {
		v.blame("box %d: %s", b.n, e.Note)
	}
	jobs, err := b.queue(ctx)
	if err != nil {
		return v, fmt.Errorf("box %d: its jobs: %w", b.n, err)
	}
	stored, err := b.stored(ctx, &v)
	if err != nil {
		return v, fmt.Errorf("box %d: what is in the store: %w", b.n, err)
	}
	b.judgeSent(&v)
	b.judgeJobs(jobs, &v)
	b.judgeStore(stored, &v)
	return v, b.judgeOutput(&v)
}

// judgeOutput looks for errors that the box has logged: pulling its plug is no reason for one.
func (b *box) judgeOutput(v *verdict) error {
	output, err := os.ReadFile(b.output.Name())
	for line := range strings.Lines(string(output)) {
		if strings.Contains(line, "level=ERROR") || strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") {
			v.blame("box %d: it says: %s", b.n, strings.TrimSpace(line))
		}
	}
	return err
}

// stored identifies all pages that the box has received, and counts how often it has each.
func (b *box) stored(ctx context.Context, v *verdict) (map[witness.PageID]int, error) {
	stored := map[witness.PageID]int{}
	err := b.ask(ctx, func(s *client.Server) error {
		clear(stored)
		for m, err := range s.Messages(ctx, url.Values{"direction": {"in"}}) {
			if err == nil {
				err = b.judgeMessage(ctx, s, m, stored, v)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return stored, err
}

// judgeStore looks whether every page whose confirmation was heard is in the store.
func (b *box) judgeStore(stored map[witness.PageID]int, v *verdict) {
	acknowledged := map[witness.PageID]bool{}
	for _, e := range b.record.Of(b.n, witness.Heard) {
		if acknowledged[*e.Page] {
			v.blame("the distant machine of box %d heard twice that page %s was confirmed", b.n, e.Page)
		}
		acknowledged[*e.Page] = true
		if stored[*e.Page] == 0 {
			v.blame("LOST: page %s was confirmed at %s, and is not in the store", e.Page, clock(e.At))
		}
	}
	v.in = len(acknowledged)
	for id, n := range stored {
		if acknowledged[id] {
			n--
		}
		v.spare += n
	}
}

// judgeMessage identifies the pages of a message.
func (b *box) judgeMessage(ctx context.Context, s *client.Server, m fax.Message, stored map[witness.PageID]int, v *verdict) error {
	body, err := s.OpenTIFF(ctx, m.ID)
	if err != nil {
		return err
	}
	defer body.Close()
	octets, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	file, err := tiff.Open(bytes.NewReader(octets), int64(len(octets)))
	if err != nil {
		v.blame("box %d: message %d cannot be read: %v", b.n, m.ID, err)
		return nil
	}
	if file.Pages() != m.Pages {
		v.blame("box %d: message %d has %d pages and says %d", b.n, m.ID, file.Pages(), m.Pages)
	}
	for n := range file.Pages() {
		page, err := file.Page(n)
		if err != nil && page == nil {
			v.blame("box %d: message %d: page %d cannot be read: %v", b.n, m.ID, n+1, err)
			continue
		}
		id, err := witness.Identify(page)
		switch {
		case err == nil:
			stored[id]++
		case m.Partial && n == file.Pages()-1:
			v.fragments++
		default:
			v.blame("box %d: message %d: %v", b.n, m.ID, err)
		}
	}
	return nil
}

// judgeJobs looks whether every fax that the box took is a job that is done.
func (b *box) judgeJobs(all []fax.Job, v *verdict) {
	v.jobs = len(b.jobs)
	arrived := map[witness.PageID]bool{}
	for _, e := range b.record.Of(b.n, witness.Confirmed) {
		arrived[*e.Page] = true
	}
	known := map[fax.JobID]bool{}
	for _, j := range all {
		known[j.JobID] = true
		pages, ours := b.jobs[j.JobID]
		switch {
		case !ours:
			v.blame("box %d: job %d was never submitted", b.n, j.JobID)
		case j.State != fax.Finished:
			v.blame("box %d: job %d is %s for ever: %s", b.n, j.JobID, j.State, j.Result.Cause)
		case j.ConfirmedPages != len(pages):
			v.blame("box %d: job %d is done, with %d of %d pages confirmed", b.n, j.JobID, j.ConfirmedPages, len(pages))
		}
		for _, id := range pages {
			if j.State == fax.Finished && !arrived[id] {
				v.blame("LOST: job %d is done, and page %s has not arrived", j.JobID, id)
			}
		}
	}
	for id := range b.jobs {
		if !known[id] {
			v.blame("LOST: box %d does not know job %d any more", b.n, id)
		}
	}
}

// hearing is how long after the moment when a page is to be confirmed the box may need to hear that and to keep it: the
// confirmation takes a second and a half on the line. So long before may be what the box was heard to say last: it may have
// been dead already.
const hearing = 5 * time.Second

// judgeSent looks for pages that were sent again after the box had heard that they were confirmed. A page may only be sent
// twice when the plug was pulled before the box could have heard it.
func (b *box) judgeSent(v *verdict) {
	last := map[witness.PageID]witness.Entry{}
	known := map[witness.PageID]bool{} // the box has heard it
	kills := b.record.Of(b.n, witness.Killed)
	for _, e := range b.record.Of(b.n, witness.Confirmed, witness.Understood) {
		before, twice := last[*e.Page]
		switch {
		case e.What == witness.Understood:
			known[*e.Page] = true
		case !twice:
		case known[*e.Page]:
			v.blame("TWICE: page %s was confirmed at %s, which the box had heard, and came again at %s", e.Page, clock(before.At), clock(e.At))
		case !within(kills, before.At, hearing):
			v.blame("TWICE: page %s was confirmed at %s, no plug was pulled, and it came again at %s", e.Page, clock(before.At), clock(e.At))
		default:
			v.again++
		}
		if e.What == witness.Confirmed {
			last[*e.Page] = e
		}
	}
	v.out = len(last)
}

// within reports whether one of the entries is no more than d earlier or later than at.
func within(entries []witness.Entry, at time.Time, d time.Duration) bool {
	for _, e := range entries {
		if e.At.Sub(at).Abs() <= d {
			return true
		}
	}
	return false
}

func clock(t time.Time) string { return t.Format("15:04:05.000") }
