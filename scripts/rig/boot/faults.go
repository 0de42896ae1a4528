package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/scripts/rig"
	"faxbox/scripts/rig/witness"
)

// faults is the scene of what goes wrong within the box, one thing after the other.
func faults(s *stage) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	t := newTown()
	defer t.Close()
	go t.answerer.Run(ctx)
	o, _ := s.settle(ctx, t)
	for n, fault := range []struct {
		name string
		play func(context.Context, *office, *town, int)
	}{
		{"the program is killed in mid-call", s.killed},
		{"the program is stopped in mid-call", s.stopped},
		{"the program is stopped while it sends", s.stoppedSending},
		{"the program hangs", s.hangs},
		{"the data partition is full", s.full},
		{"the card cannot be written to any more", s.readOnly},
		{"the clock is wrong", s.wrongClock},
	} {
		fmt.Printf("  %s\n", fault.name)
		fault.play(ctx, o, t, 10*(n+1))
	}
}

// well waits until the box is healthy, with its line in service, and says how long that took.
func (s *stage) well(ctx context.Context, o *office, since time.Time) {
	err := until(ctx, callTime, func() (bool, error) {
		if err := o.connect(ctx, s.machine); err != nil {
			return false, err
		}
		bad, err := o.health(ctx)
		return bad == "", err
	})
	if err == nil {
		_, err = o.ports(ctx, callTime, 1)
	}
	bad, _ := o.health(ctx)
	s.check(err == nil, "well again after %.1f s %s", time.Since(since).Seconds(), bad)
}

// atRest checks that the line relay has let go, and how soon.
func (s *stage) atRest(ctx context.Context, t *town, since time.Time) {
	err := until(ctx, time.Minute, func() (bool, error) {
		list := s.gpio.changes(t.line.relay(), time.Time{})
		return len(list) > 0 && !list[len(list)-1].level, nil
	})
	took := time.Duration(0)
	if list := s.gpio.changes(t.line.relay(), since); len(list) > 0 {
		took = list[len(list)-1].at.Sub(since)
	}
	s.check(err == nil, "the line relay has let go after %.1f s", took.Seconds())
}

// ill waits until health tells of something, and says what.
func (s *stage) ill(ctx context.Context, o *office, about string) {
	var bad string
	err := until(ctx, 2*time.Minute, func() (_ bool, err error) {
		bad, err = o.health(ctx)
		return strings.Contains(bad, about), err
	})
	s.check(err == nil, "health: %s", bad)
}

func (s *stage) killed(ctx context.Context, o *office, t *town, n int) {
	ended := s.midCall(ctx, t, n)
	began := time.Now()
	s.in("systemctl kill --signal=KILL --kill-whom=main faxbox")
	s.atRest(ctx, t, began)
	fmt.Printf("    the caller sees: %s\n", <-ended)
	s.well(ctx, o, began)
	s.kept(ctx, o, t, n)
	s.faxIn(ctx, o, t, n+1)
}

// stopLimit is how long the box may take to stop.
const stopLimit = 10 * time.Second

// stop stops the program, and counts the seconds in the box: logging in takes some, too.
func (s *stage) stop() {
	var milliseconds int
	fmt.Sscan(s.in("from=$(date +%s%3N); systemctl stop faxbox 2>/dev/null; echo $(($(date +%s%3N) - from))"), &milliseconds)
	took := time.Duration(milliseconds) * time.Millisecond
	s.check(took > 0 && took < stopLimit, "it stops in %.1f s, %.0f s at most", took.Seconds(), stopLimit.Seconds())
}

// goodbye checks that the box has said DCN in its last call. A distant machine that sends a page then does not hear it.
func (s *stage) goodbye(ctx context.Context, o *office) {
	call, err := o.lastCall(ctx)
	s.must(err)
	trace, err := o.OpenTrace(ctx, call.ID)
	s.must(err)
	defer trace.Close()
	text, err := io.ReadAll(trace)
	s.must(err)
	s.check(strings.Contains(string(text), "DCN"), "the box has said goodbye: %s %s", call.Result.Cause, call.Result.Sentence)
}

func (s *stage) stopped(ctx context.Context, o *office, t *town, n int) {
	ended := s.midCall(ctx, t, n)
	began := time.Now()
	s.stop()
	s.atRest(ctx, t, began)
	fmt.Printf("    the caller sees: %s\n", <-ended)
	s.in("systemctl start faxbox")
	s.well(ctx, o, began)
	s.kept(ctx, o, t, n)
	s.goodbye(ctx, o)
}

func (s *stage) stoppedSending(ctx context.Context, o *office, t *town, n int) {
	var pages []witness.PageID
	for page := range 6 {
		pages = append(pages, witness.PageID{Out: true, Fax: n, Page: page + 1})
	}
	s.must(rig.WriteDocument(s.file("out.tif"), witness.DrawAll(pages)...))
	d := o.CreateDocument(s.file("out.tif"))
	d.FaxNumber = answererNumber
	id, err := d.Send(ctx)
	s.must(err)
	arrived := func() map[int]int { // pages, and how often
		times := map[int]int{}
		for _, e := range t.record.Of(0, witness.Confirmed) {
			if e.Page.Fax == n {
				times[e.Page.Page]++
			}
		}
		return times
	}
	s.must(until(ctx, callTime, func() (bool, error) { return len(arrived()) > 0, nil }))
	began := time.Now()
	s.stop()
	s.atRest(ctx, t, began)
	if said := t.record.Of(0, witness.Answered); len(said) > 0 {
		s.check(said[len(said)-1].Note == fax.RemoteHungUp.String(), "the machine that was called hears: %s", said[len(said)-1].Note)
	}
	s.in("systemctl start faxbox")
	s.well(ctx, o, began)
	var job fax.Job
	s.must(until(ctx, 2*callTime, func() (bool, error) {
		j, err := o.Job(ctx, id)
		if err == nil {
			job = j.Job
		}
		return err == nil && job.State.Final(), err
	}))
	got, again := arrived(), 0
	for _, times := range got {
		again += times - 1
	}
	// The one that was just being confirmed may come again.
	s.check(job.State == fax.Finished && len(got) == len(pages) && again <= 1,
		"the fax goes on by itself where it was: %s, %d of %d pages arrived, %d of them twice", job.State, len(got), len(pages), again)
}

func (s *stage) hangs(ctx context.Context, o *office, t *town, n int) {
	before := s.in("systemctl show faxbox --value -p MainPID")
	began := time.Now()
	s.in("systemctl kill --signal=STOP --kill-whom=main faxbox")
	s.must(until(ctx, callTime, func() (bool, error) {
		return s.in("systemctl show faxbox --value -p MainPID -p ActiveState | tr '\\n' ' '") != before+" active" && s.in("systemctl is-active faxbox || true") == "active", nil
	}))
	s.check(s.in("systemctl show faxbox --value -p MainPID") != before, "the watchdog has bitten: %s", s.in("journalctl -u faxbox -b --no-pager -o cat | grep -i watchdog | tail -1"))
	s.well(ctx, o, began)
	s.faxIn(ctx, o, t, n)
}

func (s *stage) full(ctx context.Context, o *office, t *town, n int) {
	s.in("dd if=/dev/zero of=/data/filler bs=1M 2>/dev/null; dd if=/dev/zero of=/data/filler2 bs=4k 2>/dev/null; sync; true")
	s.ill(ctx, o, "store")
	cause, err := t.caller.Once(ctx, witness.FaxPages(false, 0, n))
	s.check(cause != fax.OK && err == nil, "a caller is not told that anything arrived: %s", cause)
	s.check(s.confirmed(t, n) == 0, "%d pages confirmed", s.confirmed(t, n))
	began := time.Now()
	s.in("rm /data/filler /data/filler2; sync")
	s.well(ctx, o, began)
	s.faxIn(ctx, o, t, n+1)
}

func (s *stage) readOnly(ctx context.Context, o *office, t *town, n int) {
	s.in("echo u >/proc/sysrq-trigger; sleep 3; findmnt -no OPTIONS /data")
	cause, err := t.caller.Once(ctx, witness.FaxPages(false, 0, n))
	s.check(cause != fax.OK && err == nil && s.confirmed(t, n) == 0, "a caller is not told that anything arrived: %s", cause)
	s.ill(ctx, o, "store")
	began := time.Now()
	s.in("mount -o remount,rw /data; systemctl restart faxbox")
	s.well(ctx, o, began)
	s.faxIn(ctx, o, t, n+1)
}

func (s *stage) wrongClock(ctx context.Context, o *office, t *town, n int) {
	s.in("systemctl stop systemd-timesyncd; date -s '+400 days'")
	bad, err := o.health(ctx)
	fmt.Printf("    400 days ahead, health: %s %v\n", bad, err)
	s.faxIn(ctx, o, t, n)
	s.in("date -s 1990-01-01")
	s.ill(ctx, o, "clock")
	s.faxIn(ctx, o, t, n+1)
}
