package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is what a process has taken so far.
type usage struct {
	at  time.Time
	cpu time.Duration // of all its threads
	memory
}

// memory is in octets.
type memory struct {
	resident int64 // all that is in memory
	anon     int64 // of that, what is no page of the program's file
	peak     int64 // the most that ever was resident
}

// tick is the unit of times in /proc/PID/stat: the same on all machines that Go runs on.
const tick = time.Second / 100

// look reads what a process has taken so far.
func look(pid int) (usage, error) {
	u := usage{at: time.Now()}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, err
	}
	// The name before the last parenthesis may hold anything; utime and stime are fields 14 and 15, counted from 1.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	for _, i := range []int{14, 15} {
		n, err := strconv.ParseInt(string(fields[i-3]), 10, 64)
		if err != nil {
			return u, fmt.Errorf("/proc/%d/stat: %w", pid, err)
		}
		u.cpu += time.Duration(n) * tick
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, err
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		field, ok := map[string]*int64{"VmRSS": &u.resident, "RssAnon": &u.anon, "VmHWM": &u.peak}[name]
		if !ok {
			continue
		}
		kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return u, fmt.Errorf("/proc/%d/status: %w", pid, err)
		}
		*field = kb << 10
	}
	return u, nil
}

// share is the part of one core that was taken between two looks.
func share(from, to usage) float64 {
	return (to.cpu - from.cpu).Seconds() / to.at.Sub(from.at).Seconds()
}
