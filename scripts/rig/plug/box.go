package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/fax/exchange"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
	"faxbox/fax/wire"
	"faxbox/scripts/rig/witness"
)

// The numbers on the exchange of each box.
const (
	lineA    = "101"
	lineB    = "102"
	callerNo = "201"
	answerNo = "301"
)

// box is a server under test: a process that is killed and started again, on lines that stay.
type box struct {
	n       int
	faxbox  string // the program
	dir     string
	record  *witness.Record
	lines   [2]*terminal
	output  *os.File // what the process prints
	process *exec.Cmd

	exchange *exchange.Exchange
	caller   *witness.Caller
	answerer *witness.Answerer
	enough   chan struct{} // closed when nothing new is to be sent either way

	jobs map[fax.JobID][]witness.PageID // what the box took, by job: of the goroutine of submit, until it ends
}

// newBox makes the exchange of a box and its folder. Half of the exchanges tell a modem when the other end hangs up; with the
// others the line just falls silent.
func newBox(n int, faxbox, dir string, r *witness.Record) (*box, error) {
	b := &box{n: n, faxbox: faxbox, dir: filepath.Join(dir, strconv.Itoa(n)), record: r,
		enough: make(chan struct{}), jobs: map[fax.JobID][]witness.PageID{}}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return nil, err
	}
	var err error
	if b.output, err = os.Create(filepath.Join(b.dir, "output")); err != nil {
		return nil, err
	}
	x := exchange.New(exchange.Options{Clears: n%2 == 0})
	b.exchange = x
	for i, number := range []string{lineA, lineB} {
		if b.lines[i], err = newTerminal(x.Modem(exchange.Station{Number: number}, exchange.Habits{})); err != nil {
			return nil, err
		}
	}
	distant := func(number string) witness.Machine {
		return witness.Machine{Box: n, Record: r, Modem: x.Modem(exchange.Station{Number: number}, exchange.Habits{})}
	}
	b.caller = &witness.Caller{Machine: distant(callerNo), Numbers: []string{lineA, lineB}, Enough: b.enough}
	b.answerer = &witness.Answerer{Machine: distant(answerNo)}
	return b, nil
}

func (b *box) socket() string { return filepath.Join(b.dir, "sock") }

// start starts the process. It does not wait until it serves.
func (b *box) start() error {
	b.process = exec.Command(b.faxbox, "serve", "--no-discovery", "--data", filepath.Join(b.dir, "data"), "--listen", "",
		"--socket", b.socket(), "--modem", b.lines[0].path, "--modem", b.lines[1].path)
	b.process.Stdout, b.process.Stderr = b.output, b.output
	b.record.Add(witness.Entry{Box: b.n, What: witness.Started})
	return b.process.Start()
}

// kill pulls the plug.
func (b *box) kill(why string) error {
	b.record.Add(witness.Entry{Box: b.n, What: witness.Killed, Note: why})
	if err := b.process.Process.Kill(); err != nil {
		return fmt.Errorf("box %d ended by itself: see %s: %w", b.n, b.output.Name(), err)
	}
	var exit *exec.ExitError
	if err := b.process.Wait(); !errors.As(err, &exit) || exit.Exited() {
		return fmt.Errorf("box %d ended by itself: see %s: %v", b.n, b.output.Name(), err)
	}
	return nil
}

// ask does something with the server, again and again while it is down.
func (b *box) ask(ctx context.Context, do func(*client.Server) error) error {
	for {
		err := b.askOnce(ctx, do)
		var problem *wire.Problem
		if err == nil || ctx.Err() != nil || errors.As(err, &problem) && problem.Status < http.StatusInternalServerError {
			return err
		}
		pause(ctx, 100*time.Millisecond)
	}
}

func (b *box) askOnce(ctx context.Context, do func(*client.Server) error) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	s, err := client.Connect(ctx, b.socket(), client.Options{})
	if err != nil {
		return err
	}
	defer s.Disconnect()
	return do(s)
}

// setUp makes the box try again at once, and as often as may be, and send pages as they are.
func (b *box) setUp(ctx context.Context) error {
	return b.ask(ctx, func(s *client.Server) error {
		if err := s.SetBranding(ctx, false); err != nil {
			return err
		}
		if err := s.SetRetryDelay(ctx, 0); err != nil {
			return err
		}
		if err := s.SetRetries(ctx, 99); err != nil {
			return err
		}
		ports, err := s.Ports(ctx)
		if err != nil {
			return err
		}
		for p := range ports.All() {
			if err := p.SetRings(ctx, 1); err != nil {
				return err
			}
		}
		return nil
	})
}

// submit keeps the queue of the box filled with faxes for the answerer until it is enough.
func (b *box) submit(ctx context.Context) error {
	const waiting = 2
	for n := 1; ; {
		all, err := b.queue(ctx)
		if err != nil {
			return err
		}
		open := 0
		for _, j := range all {
			if !j.State.Final() {
				open++
			}
		}
		if open < waiting {
			if err := b.submitFax(ctx, n); err != nil {
				return err
			}
			n++
		}
		select {
		case <-b.enough:
			return nil
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// submitFax gives the box a fax. When it is killed over that the same fax is submitted again, with the same key.
func (b *box) submitFax(ctx context.Context, n int) error {
	ids := witness.FaxPages(true, b.n, n)
	path := filepath.Join(b.dir, "fax.tif")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := errors.Join(tiff.Write(f, tiff.Style{Coding: t4.MMR}, witness.DrawAll(ids)...), f.Close()); err != nil {
		return err
	}
	key := fmt.Sprintf("fax %d", n)
	return b.ask(ctx, func(s *client.Server) error {
		d := s.CreateDocument(path)
		d.Key, d.FaxNumber = key, answerNo
		id, err := d.Send(ctx)
		if err == nil {
			b.jobs[id] = ids
			b.record.Add(witness.Entry{Box: b.n, What: witness.Submitted, Page: &ids[0], Note: fmt.Sprint("job ", id)})
		}
		return err
	})
}

// queue is every job that the box knows, also those that have left the queue. One that has failed is tried again.
func (b *box) queue(ctx context.Context) ([]fax.Job, error) {
	var list wire.List[fax.Job]
	err := b.ask(ctx, func(s *client.Server) error {
		if err := s.Do(ctx, http.MethodGet, "/jobs?all=true", nil, &list); err != nil {
			return err
		}
		for _, j := range list.Items {
			if j.State != fax.Failed && j.State != fax.RetriesExceeded {
				continue
			}
			if err := s.Do(ctx, http.MethodPost, fmt.Sprintf("/jobs/%d/restart", j.JobID), nil, nil); err != nil {
				return err
			}
			b.record.Add(witness.Entry{Box: b.n, What: witness.Restarted, Note: fmt.Sprintf("job %d: %s", j.JobID, j.Result.Cause)})
		}
		return nil
	})
	return list.Items, err
}

// plug kills and restarts the box until all kills are used up: most at any moment; one in three just before or after a page is
// confirmed, either way; one in ten while the box starts.
func (b *box) plug(ctx context.Context, kills *atomic.Int64) error {
	for {
		why := b.await(ctx)
		if ctx.Err() != nil || kills.Add(-1) < 0 {
			return ctx.Err()
		}
		if err := b.kill(why); err != nil {
			return err
		}
		pause(ctx, rand.N(time.Second))
		if err := b.start(); err != nil {
			return err
		}
	}
}

// How the moment to pull a plug was chosen.
const (
	anyMoment = "at any moment"
	aimed     = "when a page is confirmed"
	starting  = "while it starts"
)

// await waits for the moment to pull the plug, and tells how it was chosen.
func (b *box) await(ctx context.Context) string {
	switch chance := rand.IntN(30); {
	case chance < 3:
		pause(ctx, rand.N(1500*time.Millisecond))
		return starting
	case chance < 13:
		pause(ctx, 2*time.Second)
		if d := b.record.Await(ctx, b.n, 30*time.Second); d > 0 {
			pause(ctx, rand.N(d))
			return aimed
		}
		return anyMoment
	default:
		pause(ctx, time.Second+rand.N(40*time.Second))
		return anyMoment
	}
}

// run lets the box work and be killed, then lets it finish what it has.
func (b *box) run(ctx context.Context, kills *atomic.Int64, quiet time.Duration) error {
	ctx, stop := context.WithCancel(ctx)
	var lines sync.WaitGroup
	defer lines.Wait()
	defer stop()
	for _, t := range b.lines {
		lines.Go(func() { t.run(ctx) })
	}
	if err := b.start(); err != nil {
		return err
	}
	lines.Go(func() { b.answerer.Run(ctx) })
	if err := b.setUp(ctx); err != nil {
		return err
	}
	var working sync.WaitGroup
	var submitted error
	working.Go(func() { submitted = b.submit(ctx) })
	working.Go(func() { b.caller.Run(ctx) })
	plugged := b.plug(ctx, kills)
	close(b.enough)
	if plugged != nil {
		stop()
	}
	ended := time.AfterFunc(quiet, stop) // what is not done by then never will be
	working.Wait()
	if err := errors.Join(plugged, submitted); err != nil {
		return err
	}
	for ctx.Err() == nil && !b.finished(ctx) {
		pause(ctx, time.Second)
	}
	ended.Stop()
	return nil
}

// finished reports that the queue is empty.
func (b *box) finished(ctx context.Context) bool {
	all, err := b.queue(ctx)
	for _, j := range all {
		if !j.State.Left() {
			return false
		}
	}
	return err == nil
}

// close ends everything.
func (b *box) close() {
	if b.process != nil && b.process.ProcessState == nil {
		b.process.Process.Kill()
		b.process.Wait()
	}
	b.exchange.Close()
	b.output.Close()
}
