package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// good reports whether everybody heard everything, all lines were at work, and the server at rest is as small as it should be.
func (r *report) good() bool {
	return r.heard.events > 0 && r.heard.missed == 0 && r.heard.broken == 0 && r.fewest == r.lines && r.idle.resident < idleGoal
}

func (r *report) print(w io.Writer) {
	h := r.heard
	slices.Sort(h.delays)
	seconds := r.period.Seconds()
	for _, row := range []struct {
		name, format string
		values       []any
	}{
		{"at rest: memory", "%s, of it %s not of the program's file (goal: less than %s)",
			[]any{megabytes(r.idle.resident), megabytes(r.idle.anon), megabytes(idleGoal)}},
		{"lines in calls", "%d of %d, at least, each second%s", []any{r.fewest, r.lines, r.others()}},
		{"processor without listeners", "%.1f %% of a core", []any{100 * r.unheard}},
		{"listeners", "%d for %.0f s; %d streams broke", []any{r.listeners, seconds, h.broken}},
		{"events", "%.1f/s to each, %.0f/s to all; %d missed", []any{float64(h.events) / float64(r.listeners) / seconds,
			float64(h.events) / seconds, h.missed}},
		{"status: from change to listener", "median %v, 99 %% within %v, all within %v",
			[]any{percentile(h.delays, 50), percentile(h.delays, 99), percentile(h.delays, 100)}},
		{"processor with listeners", "%.1f %% of a core (the listeners themselves took %.1f %%)", []any{100 * r.busy, 100 * r.own}},
		{"memory with listeners", "%s, of it %s not of the program's file; %s at most", []any{megabytes(r.loaded.resident),
			megabytes(r.loaded.anon), megabytes(r.loaded.peak)}},
	} {
		fmt.Fprintf(w, "%-32s %s\n", row.name, fmt.Sprintf(row.format, row.values...))
	}
}

// others says what the lines did that were not in calls.
func (r *report) others() string {
	if len(r.idlers) == 0 {
		return ""
	}
	return "; not in calls: " + strings.Join(r.idlers, "; ")
}

func megabytes(octets int64) string { return fmt.Sprintf("%.1f MB", float64(octets)/(1<<20)) }

// percentile is the least of sorted values that so many per cent do not exceed; 0 if there are none.
func percentile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, (len(sorted)*percent+99)/100-1)].Round(10 * time.Microsecond)
}
