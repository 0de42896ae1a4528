package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"time"
)

// updateMoments is how many moments of an update are tried.
const updateMoments = 20

// updateCuts is the scene of a plug that is pulled while an update is written and while it is tried. Both are done once, with
// a log of every write; then the card is made as it was at moments of these logs, and must start each time.
func updateCuts(s *stage) {
	s.uboot = true
	later := s.later()
	s.give()
	written := s.logged("written", func() time.Time {
		s.must(s.copyIn(later, "/data/next.update"))
		began := time.Now()
		fmt.Printf("    %s\n", s.in("faxbox update /data/next.update"))
		s.must(s.switchedOff(s.patience)) // it restarts into the trial
		return began
	})
	tried := s.logged("tried", func() time.Time {
		s.must(until(context.Background(), 10*time.Minute, func() (bool, error) { return strings.Contains(s.in("faxbox update status"), "installed"), nil }))
		s.pullPlug()
		return s.start
	})
	started := 0
	for n := range updateMoments {
		l := written
		if n%4 == 3 { // less is written then
			l = tried
		}
		slot, err := s.startsAt(l)
		if err == nil {
			started++
		}
		s.check(err == nil, "%2d: the plug pulled while an update is %s: %s %v", n+1, l.name, slot, err)
	}
	s.check(started == updateMoments, "%d of %d start", started, updateMoments)
}

// logged is a run of the board whose writes are known.
type logged struct {
	name, before, log string
	from, to          int64 // the part of the log that matters
}

// logged switches the board on, and has do do something that ends with the board being off. It matters from when do says.
func (s *stage) logged(name string, do func() time.Time) logged {
	l := logged{name: name, before: s.file(name + ".img"), log: s.file(name + ".log")}
	s.must(exec.Command("cp", "--sparse=always", s.card, l.before).Run())
	s.must(os.WriteFile(l.log, nil, 0o600))
	watching, watched := context.WithCancel(context.Background())
	grows := watchSize(watching, l.log)
	s.logTo = l.log
	s.on()
	s.logTo = ""
	began := do()
	watched()
	size := <-grows
	l.from, l.to = size.by(began), size.size[len(size.size)-1]
	return l
}

// startsAt makes the card as it was at a moment, and tells which system it starts: it is up when the first user space has
// found and mounted all that it needs.
func (s *stage) startsAt(l logged) (string, error) {
	s.must(exec.Command("cp", "--sparse=always", l.before, s.card).Run())
	_, err := replay(l.log, s.card, l.from+rand.Int64N(max(l.to-l.from, 1)), func() bool { return rand.IntN(2) == 0 })
	s.must(err)
	for range 2 { // a trial that does not start resets the board
		s.must(s.switchOn())
		for !s.off() && time.Since(s.start) < s.patience {
			text := s.console()
			if _, after, ok := strings.Cut(text, "initramfs: slot "); ok && strings.Contains(after, "hands over") {
				s.pullPlug()
				return "slot " + after[:1], nil
			}
			time.Sleep(200 * time.Millisecond)
		}
		if !s.off() {
			s.pullPlug()
			return "", fmt.Errorf("it does not start: %s", s.console())
		}
	}
	return "", fmt.Errorf("it resets again and again: %s", s.console())
}
