package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// watchdog is the scene of a kernel that is dead, and of a system that cannot start: both begin anew.
func watchdog(s *stage) {
	s.give()
	s.on()
	began := time.Now()
	_, _ = s.run("sysctl -qw kernel.panic=0; sync; echo c >/proc/sysrq-trigger") // the connection ends with it
	err := s.switchedOff(3 * time.Minute)
	s.check(err == nil, "a dead kernel that does not restart by itself: the watchdog resets the board after %.1f s", time.Since(began).Seconds())
	s.on()
	began = time.Now()
	s.in("systemctl --no-block isolate emergency.target")
	err = s.switchedOff(3 * time.Minute)
	s.check(err == nil, "an emergency, in which nobody comes to the console: it restarts after %.1f s", time.Since(began).Seconds())
}

// How long the box is left alone before its writes are counted, and for how long they are.
const (
	calm     = 3 * time.Minute
	counting = 12 * time.Minute
)

// wearLimit is how much a box with nothing to do may write in a day, in MB.
const wearLimit = 20

// idle is the scene of a box with nothing to do.
func idle(s *stage) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	t := newTown()
	defer t.Close()
	s.settle(ctx, t)
	time.Sleep(calm)
	from := s.written()
	used := s.work()
	time.Sleep(counting)
	octets, used := s.written()-from, s.work()-used
	day := float64(octets) / 1e6 * float64(24*time.Hour) / float64(counting)
	s.check(day < wearLimit, "%d octets written in %v: %.1f MB a day, %d at most", octets, counting, day, wearLimit)
	fmt.Printf("    meanwhile QEMU took %.1f %% of a processor\n", 100*used.Seconds()/counting.Seconds())
	fmt.Printf("    %s\n", strings.ReplaceAll(s.in("grep -E 'VmHWM|VmRSS|RssAnon' /proc/$(systemctl show faxbox --value -p MainPID)/status; systemctl show faxbox -p MemoryCurrent; free -m | head -2"), "\n", "\n    "))
}

// written is how much the card was told to write since it was switched on, in octets.
func (s *stage) written() (octets int64) {
	answer, err := s.monitor.do("query-blockstats", map[string]any{"query-nodes": false})
	s.must(err)
	var devices []struct {
		Stats struct {
			Octets int64 `json:"wr_bytes"`
		}
	}
	s.must(json.Unmarshal(answer, &devices))
	for _, d := range devices {
		octets += d.Stats.Octets
	}
	return octets
}
