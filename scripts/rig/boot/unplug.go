package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/scripts/rig/witness"
)

// settle sets the box up with its first line wired, and nothing on the pages that was not sent.
func (s *stage) settle(ctx context.Context, t *town) (*office, *client.Port) {
	s.give()
	s.on()
	o := s.enter(ctx)
	s.must(t.line.plugIn(s.machine))
	list, err := o.ports(ctx, s.patience, 1)
	s.must(err)
	s.wire(ctx, list[0], t.line)
	s.must(o.SetBranding(ctx, false))
	list, err = o.ports(ctx, s.patience, 1)
	s.must(err)
	return o, list[0]
}

// longFax is a fax of so many pages that something can happen in the middle.
func longFax(n int) (pages []witness.PageID) {
	for page := range 8 {
		pages = append(pages, witness.PageID{Fax: n, Page: page + 1})
	}
	return pages
}

// midCall begins a fax to the box, and returns when a page of it is confirmed.
func (s *stage) midCall(ctx context.Context, t *town, n int) (ended <-chan fax.Cause) {
	done := make(chan fax.Cause, 1)
	go func() {
		cause, err := t.caller.Once(ctx, longFax(n))
		if err != nil {
			fmt.Println("    the caller:", err)
		}
		done <- cause
	}()
	s.must(until(ctx, callTime, func() (bool, error) { return s.confirmed(t, n) > 0, nil }))
	return done
}

// confirmed is how many pages of a fax its sender knows to be confirmed.
func (s *stage) confirmed(t *town, n int) (pages int) {
	for _, e := range t.record.Of(0, witness.Heard) {
		if e.Page.Fax == n {
			pages++
		}
	}
	return pages
}

// kept checks that the pages of a fax that were confirmed are in the inbox, in a message that is marked as partial.
func (s *stage) kept(ctx context.Context, o *office, t *town, n int) {
	want := s.confirmed(t, n)
	have := func() (m fax.Message, pages int, err error) {
		got := map[witness.PageID]int{}
		if _, err := o.received(ctx, map[fax.MessageID]bool{}, got); err != nil {
			return m, 0, err
		}
		for id := range got {
			if id.Fax == n {
				pages++
			}
		}
		for m := range o.Messages(ctx, url.Values{"direction": {"in"}}) { // the newest
			return m, pages, nil
		}
		return m, pages, nil
	}
	var m fax.Message
	pages := 0
	err := until(ctx, callTime, func() (_ bool, err error) {
		m, pages, err = have()
		return pages >= want, err
	})
	s.check(err == nil && pages >= want, "%d pages were confirmed, %d of them are in the inbox %v", want, pages, err)
	s.check(m.Partial, "message %d is marked as not whole", m.ID)
}

// lastCall is the newest call of the journal.
func (o *office) lastCall(ctx context.Context) (fax.Call, error) {
	for c, err := range o.Calls(ctx, nil) {
		return c, err
	}
	return fax.Call{}, fmt.Errorf("the journal is empty")
}

// unplug is the scene of a modem that is pulled out in mid-call, and comes back.
func unplug(s *stage) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	t := newTown()
	defer t.Close()
	o, p := s.settle(ctx, t)
	const n = 7
	ended := s.midCall(ctx, t, n)
	pulled := time.Now()
	s.must(t.line.pullOut(s.machine))
	var port fax.Port
	s.must(until(ctx, callTime, func() (bool, error) {
		var all struct{ Items []fax.Port }
		err := o.Do(ctx, "GET", "/ports", nil, &all)
		if err == nil && len(all.Items) > 0 {
			port = all.Items[0]
		}
		return !port.Present && port.Path == "", err
	}))
	s.check(port.DeviceID == p.DeviceID, "the port is offline %.1f s later", time.Since(pulled).Seconds())
	fmt.Printf("    the caller sees: %s\n", <-ended)
	call, err := o.lastCall(ctx)
	s.must(err)
	s.check(call.Result.Cause != fax.OK && call.Result.Sentence != "", "the journal says %q: %s %s", call.Result.Cause, call.Result.Sentence, call.Result.Hint)
	s.kept(ctx, o, t, n)
	bad, err := o.health(ctx)
	s.must(err)
	s.check(bad != "", "health: %s", bad)
	levels := s.gpio.changes(t.line.relay(), pulled)
	s.check(len(levels) > 0 && !levels[len(levels)-1].level, "the line relay has let go")

	again := time.Now()
	s.must(t.line.plugIn(s.machine))
	list, err := o.ports(ctx, s.patience, 1)
	s.must(err)
	s.check(len(list) == 1 && list[0].DeviceID == p.DeviceID, "plugged in again, it is port %d after %.1f s", list[0].DeviceID, time.Since(again).Seconds())
	s.check(slices.Equal([]string{list[0].RingDetector, list[0].LineRelay}, []string{p.RingDetector, p.LineRelay}), "with its GPIO lines")
	s.faxIn(ctx, o, t, 8)
	bad, err = o.health(ctx)
	s.check(err == nil && bad == "", "health: all is well %s", bad)
}
