package main

import (
	"bufio"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestListen(t *testing.T) {
	stream := `retry: 2000

id: 7

id: 8
event: status
data: {"seq":8,"at":"2026-11-21T14:00:00.25Z","kind":"status","status":{"asOf":"2020-01-01T00:00:00Z"}}

:

id: 9
event: job
data: {"seq":9,"at":"2026-11-21T14:00:00.25Z","kind":"job","text":"` + strings.Repeat("long ", 2000) + `"}

id: 12
event: status
data: {"seq":12,"at":"2026-11-21T14:00:01Z","kind":"status"}

`
	h := listen(bufio.NewReader(strings.NewReader(stream)))
	if h.events != 3 || h.missed != 2 || len(h.delays) != 2 {
		t.Errorf("%d events, %d missed, %d times of status; want 3, 2, 2", h.events, h.missed, len(h.delays))
	}
	if apart := h.delays[0] - h.delays[1]; apart < 700*time.Millisecond || apart > 750*time.Millisecond {
		t.Errorf("the two changes of status were %v apart, want 750ms", apart)
	}
}

func TestMoment(t *testing.T) {
	for _, c := range []struct {
		event string
		want  time.Time
	}{
		{`{"seq":1,"at":"2026-11-21T14:00:00.5Z"}`, time.Date(2026, 11, 21, 14, 0, 0, 5e8, time.UTC)},
		{`{"seq":1,"at":"yesterday"}`, time.Time{}},
		{`{"seq":1,"at":"2026-11-21T14`, time.Time{}},
		{`{"seq":1}`, time.Time{}},
	} {
		if got, ok := moment([]byte(c.event)); ok == c.want.IsZero() || !got.Equal(c.want) {
			t.Errorf("%s: %v, %v", c.event, got, ok)
		}
	}
}

func TestPercentile(t *testing.T) {
	var hundred []time.Duration
	for n := range 100 {
		hundred = append(hundred, time.Duration(n+1)*time.Millisecond)
	}
	for _, c := range []struct {
		values  []time.Duration
		percent int
		want    time.Duration
	}{
		{hundred, 50, 50 * time.Millisecond}, {hundred, 99, 99 * time.Millisecond}, {hundred, 100, 100 * time.Millisecond},
		{hundred[:1], 50, time.Millisecond}, {hundred[:3], 99, 3 * time.Millisecond}, {nil, 50, 0},
	} {
		if got := percentile(slices.Clone(c.values), c.percent); got != c.want {
			t.Errorf("%d %% of %d: %v, want %v", c.percent, len(c.values), got, c.want)
		}
	}
}
