package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/fax/exchange"
	"faxbox/scripts/rig"
	"faxbox/scripts/rig/witness"
)

// The numbers of the distant machines.
const (
	callerNumber   = "201"
	answererNumber = "301"
)

// callTime is more than a call of a scene may take, on a busy computer.
const callTime = 3 * time.Minute

// town is a telephone exchange with the box's first line, a machine that calls it and one that it calls.
type town struct {
	*exchange.Exchange
	line     *line
	record   *witness.Record
	caller   *witness.Caller
	answerer *witness.Answerer
}

func newTown() *town {
	x := exchange.New(exchange.Options{Clears: true})
	t := &town{Exchange: x, line: newLine(x, 1), record: witness.NewRecord(io.Discard, 1)}
	distant := func(number string) witness.Machine {
		return witness.Machine{Record: t.record, Modem: x.Modem(exchange.Station{Number: number}, exchange.Habits{})}
	}
	t.caller = &witness.Caller{Machine: distant(callerNumber), Numbers: []string{t.line.number}}
	t.answerer = &witness.Answerer{Machine: distant(answererNumber)}
	return t
}

// wire makes the line ring at its detector, and tells the box which pins it has. It answers at the first ring.
func (s *stage) wire(ctx context.Context, p *client.Port, l *line) {
	go l.ring(s.machine)
	detector, relay := fmt.Sprintf("%s:%d", chip, l.detector()), fmt.Sprintf("%s:%d", chip, l.relay())
	rings := 1
	s.must(p.Set(ctx, fax.PortPatch{RingDetector: &detector, LineRelay: &relay, Rings: &rings}))
}

// drawn checks that the line relay was drawn and let go, so often, since that moment.
func (s *stage) drawn(l *line, since time.Time, times int) {
	var levels []bool
	for _, c := range s.gpio.changes(l.relay(), since) {
		levels = append(levels, c.level)
	}
	want := slices.Repeat([]bool{true, false}, times)
	s.check(slices.Equal(levels, want), "the line relay was drawn and let go %d times: %v", times, levels)
}

// faxes is the scene of a fax in, a fax out, and a start with somebody calling.
func faxes(s *stage) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	t := newTown()
	defer t.Close()
	go t.answerer.Run(ctx)
	s.give()
	s.on()
	o := s.enter(ctx)
	plugged := time.Now()
	s.must(t.line.plugIn(s.machine))
	list, err := o.ports(ctx, s.patience, 1)
	s.must(err)
	fmt.Printf("    plugged in, its port is in service %.1f s later: %s, %s\n", time.Since(plugged).Seconds(), list[0].Path, list[0].Key)
	s.check(list[0].Path == "/dev/ttyUSB0", "discovery made the port")
	s.wire(ctx, list[0], t.line)
	s.must(o.SetBranding(ctx, false))
	_, err = o.ports(ctx, s.patience, 1)
	s.must(err)
	if bad, err := o.health(ctx); err != nil || bad != "" {
		s.check(false, "health: %s %v", bad, err)
	}

	s.faxIn(ctx, o, t, 2)
	s.faxOut(ctx, o, t, 1)
	s.callAtStart(ctx, o, t)
}

// faxIn has a fax sent to the box, and looks for it in the inbox.
func (s *stage) faxIn(ctx context.Context, o *office, t *town, n int) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	began := time.Now()
	sent := witness.FaxPages(false, 0, n)
	cause, err := t.caller.Once(ctx, sent)
	s.check(cause == fax.OK && err == nil, "a fax of %d pages to the box: %s, %.1f s %v", len(sent), cause, time.Since(began).Seconds(), err)
	s.must(until(ctx, 10*time.Second, func() (bool, error) { return len(s.gpio.changes(t.line.relay(), began))%2 == 0, nil }))
	s.drawn(t.line, began, 1)
	s.inInbox(ctx, o, sent)
}

// inInbox waits until a fax whose sender has hung up is in the inbox: it is sealed then, which may take a moment.
func (s *stage) inInbox(ctx context.Context, o *office, sent []witness.PageID) {
	hungUp := time.Now()
	var missing []witness.PageID
	err := until(ctx, time.Minute, func() (bool, error) {
		got := map[witness.PageID]int{}
		wrong, err := o.received(ctx, map[fax.MessageID]bool{}, got)
		if err == nil && len(wrong) > 0 {
			err = errors.New(strings.Join(wrong, "; "))
		}
		missing = slices.DeleteFunc(slices.Clone(sent), func(id witness.PageID) bool { return got[id] == 1 })
		return len(missing) == 0, err
	})
	s.check(err == nil, "it is in the inbox %.1f s later, pel by pel: %d pages, missing %v %v", time.Since(hungUp).Seconds(), len(sent)-len(missing), missing, err)
}

// faxOut has the box send a fax, and looks at what the distant machine has confirmed.
func (s *stage) faxOut(ctx context.Context, o *office, t *town, n int) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	began := time.Now()
	sent := witness.FaxPages(true, 0, n)
	s.sends(ctx, o, answererNumber, sent)
	var arrived []witness.PageID
	for _, e := range t.record.Of(0, witness.Confirmed) {
		arrived = append(arrived, *e.Page)
	}
	s.check(slices.Equal(arrived, sent), "it has arrived, pel by pel: %v", arrived)
	for _, e := range t.record.Of(0, witness.Strange) {
		s.check(false, "%s", e.Note)
	}
	s.drawn(t.line, began, 1)
}

// sends has the box send a fax, to its end.
func (s *stage) sends(ctx context.Context, o *office, number string, pages []witness.PageID) {
	began := time.Now()
	path := s.file("out.tif")
	s.must(rig.WriteDocument(path, witness.DrawAll(pages)...))
	d := o.CreateDocument(path)
	d.FaxNumber = number
	id, err := d.Send(ctx)
	s.must(err)
	job, err := o.Job(ctx, id)
	s.must(err)
	err = job.Wait(ctx, func(fax.Job) {})
	s.check(err == nil && job.State == fax.Finished, "a fax of %d pages from the box: %s, %.1f s %v", len(pages), job.State, time.Since(began).Seconds(), err)
}

// callAtStart switches the box off and on while somebody calls, and tells how long it takes until the call is answered.
func (s *stage) callAtStart(ctx context.Context, o *office, t *town) {
	s.powerOff()
	s.must(s.switchOn())
	s.must(t.line.plugIn(s.machine))
	go t.line.ring(s.machine)
	ctx, cancel := context.WithTimeout(ctx, s.patience+callTime)
	defer cancel()
	calling := make(chan fax.Cause, 1)
	go func() {
		for { // those who call a box that is not there yet give up, and call again
			cause, err := t.caller.Once(ctx, witness.FaxPages(false, 0, 3))
			if cause == fax.OK || err != nil || ctx.Err() != nil {
				calling <- cause
				return
			}
		}
	}()
	took, err := s.ready(s.patience)
	s.must(err)
	ready := time.Now()
	s.must(until(ctx, callTime, func() (bool, error) { return len(s.gpio.changes(t.line.relay(), ready)) > 0, nil }))
	answered := s.gpio.changes(t.line.relay(), ready)[0].at
	fmt.Printf("    kernel to ready %.1f s (power-on to ready %.1f s), ready to answered call %.1f s\n",
		s.sinceKernel(), took.Seconds(), answered.Sub(ready).Seconds())
	s.check(<-calling == fax.OK, "the fax that was sent meanwhile is received")
	s.must(o.connect(ctx, s.machine))
	got := map[witness.PageID]int{}
	_, err = o.received(ctx, map[fax.MessageID]bool{}, got)
	s.must(err)
	s.check(got[witness.PageID{Fax: 3, Page: 1}] == 1, "and in the inbox")
}
