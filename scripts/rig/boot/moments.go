package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/fax/wire"
	"faxbox/scripts/rig"
	"faxbox/scripts/rig/witness"
)

// Of one log of writes, a card can be made as it was at any moment. So each start of the box, which takes long under
// emulation, is good for many cuts: those are looked at on this computer, with the same check of the file system and the same
// program that the box has.

// sizes tells how long a log was when.
type sizes struct {
	at   []time.Time
	size []int64
}

// watchSize looks at a file again and again until the context ends.
func watchSize(ctx context.Context, path string) <-chan sizes {
	done := make(chan sizes, 1)
	go func() {
		var s sizes
		for ctx.Err() == nil {
			if info, err := os.Stat(path); err == nil {
				s.at, s.size = append(s.at, time.Now()), append(s.size, info.Size())
			}
			sleep(ctx, 20*time.Millisecond)
		}
		done <- s
	}()
	return done
}

// by is how long the log was at that moment, or a little later.
func (s sizes) by(at time.Time) int64 {
	n, _ := slices.BinarySearchFunc(s.at, at, time.Time.Compare)
	if n == len(s.at) {
		return math.MaxInt64
	}
	return s.size[n]
}

// said is how long before its sender hears that a page is confirmed the box has begun to say so: the preamble alone lasts so
// long (T.30 5.3.1: 1 s less 15 %). By then the page is on the card.
const said = 850 * time.Millisecond

// moments looks at the card as it was at so many moments of the last run, and yields what was wrong. Before is the card from
// before the run.
func (c *cutting) moments(ctx context.Context, before, log string, s sizes, count int) (wrong []string, err error) {
	first, last := s.by(c.start), s.size[len(s.size)-1]
	card := c.file("moment.img")
	defer os.Remove(card)
	for n := range count {
		end := first + rand.Int64N(last-first)
		if n%2 == 0 { // about when the store is written, not while the box starts
			end = s.by(c.start.Add(time.Duration(c.starts[len(c.starts)-1] * float64(time.Second))))
			end += rand.Int64N(max(last-end, 1))
		}
		if err := exec.Command("cp", "--sparse=always", before, card).Run(); err != nil {
			return nil, err
		}
		if _, err := replay(log, card, end, func() bool { return rand.IntN(2) == 0 }); err != nil {
			return nil, err
		}
		var promised []witness.PageID
		for line := range cutLines {
			for _, e := range c.record.Of(line, witness.Heard) {
				if e.At.Before(c.start) || s.by(e.At.Add(-said)) <= end {
					promised = append(promised, *e.Page)
				}
			}
		}
		problem, err := c.inspect(ctx, card, promised)
		if err != nil {
			return nil, err
		}
		if problem != "" {
			wrong = append(wrong, fmt.Sprintf("the card at octet %d of the log: %s", end, problem))
		}
	}
	return wrong, nil
}

// inspect opens the store of a card on this computer, and tells what is wrong with it.
func (c *cutting) inspect(ctx context.Context, card string, promised []witness.PageID) (string, error) {
	part, err := c.dataPartition(card)
	if err != nil {
		return "", err
	}
	defer os.Remove(part)
	// As the box does when it starts; 1 is: something was put right.
	if out, err := exec.Command("e2fsck", "-p", part).CombinedOutput(); err != nil && exitStatus(err) != 1 {
		return fmt.Sprintf("e2fsck -p: %v: %s", err, out), nil
	}
	if out, err := exec.Command("e2fsck", "-fn", part).CombinedOutput(); err != nil {
		return fmt.Sprintf("e2fsck -fn: %v: %s", err, out), nil
	}
	dir, err := os.MkdirTemp(c.dir, "store-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	if out, err := exec.Command("debugfs", "-R", "rdump /state "+dir, part).CombinedOutput(); err != nil {
		return "", fmt.Errorf("debugfs: %w: %s", err, out)
	}
	if err := os.Rename(filepath.Join(dir, "state"), filepath.Join(dir, "data")); err != nil {
		return "", err
	}
	box, err := c.program.Serve(dir, "serve", "--no-discovery")
	if err != nil {
		return err.Error(), nil
	}
	problem, err := missing(ctx, box, promised)
	if err = errors.Join(err, box.Close()); err != nil {
		return fmt.Sprintf("the server on this computer: %v", err), nil
	}
	return problem, nil
}

// dataPartition copies the data partition of a card into a file.
func (s *stage) dataPartition(card string) (string, error) {
	const at = 4 + 252 + 256 + 256 // MiB: image/disk says so
	file := s.file("data.ext4")
	return file, exec.Command("dd", "if="+card, "of="+file, "bs=1M", fmt.Sprintf("skip=%d", at), "conv=sparse", "status=none").Run()
}

// missing tells which of the pages a server does not have, what of those it has is wrong, and what it says of its store.
func missing(ctx context.Context, box *rig.Box, promised []witness.PageID) (string, error) {
	s, err := client.Connect(ctx, box.Socket, client.Options{})
	if err != nil {
		return "", err
	}
	defer s.Disconnect()
	found := map[witness.PageID]int{}
	wrong, err := (&office{Server: s}).received(ctx, map[fax.MessageID]bool{}, found)
	if err != nil {
		return "", err
	}
	if lost := slices.DeleteFunc(promised, func(id witness.PageID) bool { return found[id] > 0 }); len(lost) > 0 {
		wrong = append(wrong, fmt.Sprintf("confirmed, and not there: %v", lost))
	}
	var health wire.Health
	if err := s.Do(ctx, http.MethodGet, "/health", nil, &health); err != nil {
		return "", err
	}
	for _, f := range health.Findings {
		if !f.OK && strings.HasPrefix(f.Name, "store") {
			wrong = append(wrong, f.Sentence)
		}
	}
	return strings.Join(wrong, "; "), nil
}

// exitStatus is that of a program that ended with one, -1 otherwise.
func exitStatus(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	return -1
}
