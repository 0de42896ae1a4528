package fax

import (
	"encoding/json"
	"testing"
	"time"
	_ "time/tzdata" // the zones of these tests

	"pgregory.net/rapid"
)

func TestPeriodOpen(t *testing.T) {
	at := func(hour, minute int) time.Time { return time.Date(2026, 11, 20, hour, minute, 59, 999, time.UTC) }
	for _, c := range []struct {
		start, end string
		open, shut []time.Time
	}{
		{"21:00", "07:00", []time.Time{at(21, 0), at(23, 59), at(0, 0), at(6, 59)}, []time.Time{at(7, 0), at(12, 0), at(20, 59)}},
		{"12:30", "13:15", []time.Time{at(12, 30), at(13, 14)}, []time.Time{at(12, 29), at(13, 15), at(0, 0)}},
		{"00:00", "00:00", []time.Time{at(0, 0), at(12, 0), at(23, 59)}, nil},
		{"08:00", "08:00", []time.Time{at(7, 59), at(8, 0)}, nil},
		{"00:00", "00:01", []time.Time{at(0, 0)}, []time.Time{at(0, 1), at(23, 59)}},
	} {
		p := period(t, c.start, c.end)
		for _, m := range c.open {
			if !p.Open(m) {
				t.Errorf("%s to %s is shut at %s", c.start, c.end, m.Format("15:04:05"))
			}
		}
		for _, m := range c.shut {
			if p.Open(m) {
				t.Errorf("%s to %s is open at %s", c.start, c.end, m.Format("15:04:05"))
			}
		}
	}
}

func period(t *testing.T, start, end string) (p Period) {
	t.Helper()
	if err := json.Unmarshal([]byte(`{"start":"`+start+`","end":"`+end+`"}`), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// In Berlin the clock went from 02:00 to 03:00 on 29 March 2026 and from 03:00 back to 02:00 on 25 October.
func TestPeriodNextWhenTheClockChanges(t *testing.T) {
	const layout = "2006-01-02 15:04:05 MST"
	berlin := zone(t, "Europe/Berlin")
	for _, c := range []struct{ name, start, end, from, want string }{
		{"open already", "21:00", "07:00", "2026-11-20 22:00:01 CET", "2026-11-20 22:00:01 CET"},
		{"tonight", "21:00", "07:00", "2026-11-20 07:00:00 CET", "2026-11-20 21:00:00 CET"},
		{"tomorrow", "12:00", "13:00", "2026-11-20 13:00:30 CET", "2026-11-21 12:00:00 CET"},
		{"the jump goes over the start", "02:30", "05:00", "2026-03-29 01:59:00 CET", "2026-03-29 03:00:00 CEST"},
		{"the jump goes over all of it", "02:15", "02:45", "2026-03-29 01:00:00 CET", "2026-03-30 02:15:00 CEST"},
		{"the day has 23 hours", "21:00", "22:00", "2026-03-28 22:00:00 CET", "2026-03-29 21:00:00 CEST"},
		{"the day has 25 hours", "21:00", "22:00", "2026-10-24 22:00:00 CEST", "2026-10-25 21:00:00 CET"},
		{"the hour comes again", "02:00", "02:30", "2026-10-25 02:30:00 CEST", "2026-10-25 02:00:00 CET"},
		{"and ends again", "02:00", "02:30", "2026-10-25 02:30:00 CET", "2026-10-26 02:00:00 CET"},
	} {
		from, err := time.ParseInLocation(layout, c.from, berlin)
		if err != nil {
			t.Fatal(err)
		}
		if got := period(t, c.start, c.end).Next(from).Format(layout); got != c.want {
			t.Errorf("%s: after %s the period %s to %s is open from %s, want %s", c.name, c.from, c.start, c.end, got, c.want)
		}
	}
}

// Next is open, not before, and nothing between is open: held against a walk from minute to minute.
func TestPeriodNextIsTheFirst(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"}
	rapid.Check(t, func(t *rapid.T) {
		loc := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		p := Period{Clock(rapid.IntRange(0, 1439).Draw(t, "start")), Clock(rapid.IntRange(0, 1439).Draw(t, "end"))}
		from := time.Unix(rapid.Int64Range(1767225600, 1893456000).Draw(t, "from"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).In(loc)
		got := p.Next(from)
		if got.Before(from) || !p.Open(got) || got.Location() != loc {
			t.Fatalf("after %v the period %v to %v is open at %v", from, p.Start, p.End, got)
		}
		if p.Open(from) != got.Equal(from) {
			t.Fatalf("at %v open is %v, and yet it opens at %v", from, p.Open(from), got)
		}
		for at := from; at.Before(got); at = at.Add(time.Minute) {
			if p.Open(at) {
				t.Fatalf("from %v it opens at %v, and was open at %v", from, got, at)
			}
		}
	})
}

func TestClockText(t *testing.T) {
	for _, bad := range []string{"", "24:00", "12:60", "12", "noon", "-1:00", "12:00:00", " 12:00"} {
		var c Clock
		if err := c.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is %v", bad, c)
		}
	}
	for c := Clock(0); c < minutesPerDay; c++ {
		var back Clock
		if err := back.UnmarshalText([]byte(c.String())); err != nil || back != c {
			t.Fatalf("%s comes back as %s, %v", c, back, err)
		}
	}
}
