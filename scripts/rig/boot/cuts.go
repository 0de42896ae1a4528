package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
	"faxbox/scripts/rig"
	"faxbox/scripts/rig/witness"
)

// cutting is a box whose plug is pulled again and again while faxes arrive on all its lines. The telephone exchange and those
// who call live on, and know what was confirmed to them.
type cutting struct {
	*stage
	*office
	lines   []*line
	callers []*witness.Caller
	record  *witness.Record
	found   map[witness.PageID]int // what is in the box, as far as was looked
	seen    map[fax.MessageID]bool
	starts  []float64   // how long each start took, in seconds
	program *rig.Faxbox // the same program, for this computer
	looked  int         // at how many moments a card was looked at on this computer
}

// The lines of the box that is cut off: as many as its USB controller has sockets.
const cutLines = 4

// cuts is the scene of the plug that is pulled.
func cuts(s *stage) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	x := exchange.New(exchange.Options{Clears: true})
	defer x.Close()
	c := &cutting{stage: s, record: witness.NewRecord(io.Discard, cutLines), found: map[witness.PageID]int{}, seen: map[fax.MessageID]bool{}}
	enough := make(chan struct{})
	var calling sync.WaitGroup
	for n := range cutLines {
		l := newLine(x, n+1)
		c.lines = append(c.lines, l)
		modem := x.Modem(exchange.Station{Number: fmt.Sprint(201 + n)}, exchange.Habits{})
		c.callers = append(c.callers, &witness.Caller{Machine: witness.Machine{Box: n, Modem: modem, Record: c.record}, Numbers: []string{l.number}, Enough: enough})
	}
	program, err := rig.BuildFaxbox(s.dir)
	s.must(err)
	c.program = program
	s.give()
	s.must(s.switchOn())
	c.plugIn()
	c.awaitReady()
	c.office = s.enter(ctx)
	list, err := c.ports(ctx, s.patience, cutLines)
	s.must(err)
	rings := 1
	for _, p := range list {
		s.must(p.Set(ctx, fax.PortPatch{Rings: &rings}))
	}
	s.powerOff()
	for _, caller := range c.callers {
		calling.Go(func() { caller.Run(ctx) })
	}
	for n := range s.cuts {
		c.cut(ctx, n+1)
	}
	close(enough)
	s.must(s.switchOn())
	c.plugIn()
	c.awaitReady()
	waited := time.AfterFunc(callTime, cancel) // who is not through by then never will be
	calling.Wait()
	waited.Stop()
	c.last()
}

func (c *cutting) plugIn() {
	for _, l := range c.lines {
		c.must(l.plugIn(c.machine))
	}
}

func (c *cutting) awaitReady() {
	took, err := c.ready(c.patience)
	c.must(err)
	c.starts = append(c.starts, took.Seconds())
}

// cut starts the box, lets it work until a moment that is chosen at random, pulls the plug, and makes the card what it would
// be then.
func (c *cutting) cut(ctx context.Context, n int) {
	before, log := c.file("before.img"), c.file("writes.log")
	c.must(exec.Command("cp", "--sparse=always", c.card, before).Run())
	c.must(os.WriteFile(log, nil, 0o600))
	watching, watched := context.WithCancel(ctx)
	grows := watchSize(watching, log)
	c.logTo = log
	err := c.switchOn()
	c.logTo = ""
	c.must(err)
	c.plugIn()
	heard := len(c.heard())
	why, problem := "while it starts", ""
	if rand.IntN(10) == 0 {
		sleep(ctx, rand.N(20*time.Second))
	} else {
		c.awaitReady()
		problem = c.look(ctx)
		why = c.moment(ctx)
	}
	on := time.Since(c.start)
	c.pullPlug()
	watched()
	size := <-grows
	looked := 0
	if why != "while it starts" {
		looked = momentsPerCut
		wrong, err := c.moments(ctx, before, log, size, looked)
		c.must(err)
		problem += strings.Join(wrong, "; ")
		c.looked += looked
	}
	s, err := replay(log, before, math.MaxInt64, func() bool { return rand.IntN(2) == 0 })
	c.must(err)
	c.must(os.Rename(before, c.card))
	if problem += c.complaints(); problem != "" {
		c.failures++
		problem = " !!! " + problem
	}
	fmt.Printf("    %3d cut %5.1f s after power-on, %-22s %2d pages confirmed meanwhile, %3d in all; writes %d kept, %d lost; %d moments before looked at%s\n",
		n, on.Seconds(), why+";", len(c.heard())-heard, len(c.heard()), s.kept, s.lost, looked, problem)
}

// momentsPerCut is how many moments before each cut are looked at on this computer.
const momentsPerCut = 4

// moment waits for the moment to pull the plug: one time in two about when a page is confirmed. By then the lines have worked
// for a while.
func (c *cutting) moment(ctx context.Context) string {
	sleep(ctx, 8*time.Second+rand.N(20*time.Second))
	if rand.IntN(2) == 0 {
		if d := c.record.Await(ctx, rand.IntN(cutLines), 30*time.Second); d > 0 {
			sleep(ctx, rand.N(d))
			return "about a page's end"
		}
	}
	return "at any moment"
}

// heard are the pages whose confirmation their senders heard.
func (c *cutting) heard() (pages []witness.PageID) {
	for n := range cutLines {
		for _, e := range c.record.Of(n, witness.Heard) {
			pages = append(pages, *e.Page)
		}
	}
	return pages
}

// look compares what the box has with what was confirmed, and tells what is wrong.
func (c *cutting) look(ctx context.Context) string {
	confirmed := c.heard()
	if err := c.connect(ctx, c.machine); err != nil {
		return err.Error()
	}
	wrong, err := c.received(ctx, c.seen, c.found)
	if err != nil {
		return err.Error()
	}
	missing := slices.DeleteFunc(confirmed, func(id witness.PageID) bool { return c.found[id] > 0 })
	if len(missing) > 0 {
		wrong = append(wrong, fmt.Sprintf("confirmed, and not there: %v", missing))
	}
	return strings.Join(wrong, "; ")
}

// complaints are what the kernel and the check of the file system said that should not be.
func (c *cutting) complaints() string {
	text, err := os.ReadFile(c.file("console.log"))
	if err != nil {
		return err.Error()
	}
	var bad []string
	for line := range strings.Lines(string(text)) {
		for _, word := range []string{"UNEXPECTED INCONSISTENCY", "EXT4-fs error", "I/O error", "Kernel panic", "cannot be mounted"} {
			if strings.Contains(line, word) {
				bad = append(bad, strings.TrimSpace(line))
			}
		}
	}
	return strings.Join(bad, "; ")
}

// last looks at everything once more, when all is calm.
func (c *cutting) last() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	clear(c.found)
	clear(c.seen)
	problem := c.look(ctx)
	c.check(problem == "", "all %d pages that were confirmed are there, pel by pel %s", len(c.heard()), problem)
	spare := -len(c.heard())
	for _, times := range c.found {
		spare += times
	}
	fmt.Printf("    %d pages besides, of which no sender heard that they were confirmed\n", spare)
	bad, err := c.health(ctx)
	c.check(err == nil && bad == "", "health: %s %v", bad, err)
	fmt.Printf("    %s\n", strings.ReplaceAll(c.in("faxbox status; journalctl -b -u faxbox -p err --no-pager -q; df -h /data | tail -1"), "\n", "\n    "))
	c.powerOff()
	data, err := c.dataPartition(c.card)
	c.must(err)
	out, err := exec.Command("e2fsck", "-fn", data).CombinedOutput()
	c.check(err == nil, "the file system is clean: %s", strings.TrimSpace(string(out)))
	slices.Sort(c.starts)
	fmt.Printf("    %d cuts, and %d moments before them looked at; a start took %.1f s (median of %d, %.1f to %.1f)\n", c.stage.cuts, c.looked, c.starts[len(c.starts)/2], len(c.starts), c.starts[0], c.starts[len(c.starts)-1])
}

// sleep sleeps, unless the context ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
