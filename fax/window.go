package fax

import (
	"fmt"
	"time"
)

// Clock is a time of day in minutes since midnight, 0 to 1439. In JSON it is text: "21:00".
type Clock int

const minutesPerDay = 24 * 60

// ClockAt is the time of day at an hour (0-23) and minute (0-59).
func ClockAt(hour, minute int) Clock { return Clock(hour*60 + minute) }

// Hour is 0 to 23.
func (c Clock) Hour() int { return int(c) / 60 }

// Minute is 0 to 59.
func (c Clock) Minute() int { return int(c) % 60 }

func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c.Hour(), c.Minute()) }

// MarshalText writes "21:00".
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads "21:00" or "9:05".
func (c *Clock) UnmarshalText(text []byte) error {
	t, err := time.Parse("15:04", string(text))
	if err != nil {
		return fmt.Errorf("%q is no time of day: write it as 21:00", text)
	}
	*c = ClockAt(t.Hour(), t.Minute())
	return nil
}

// Period is a daily stretch of local time, from Start up to but not including End. If End is before Start it runs over
// midnight; if they are equal it is the whole day.
//
// It is read off the clock on the wall: when the clock is put forward over Start, the period begins at the jump, and when
// it is put back into the period, the repeated hour belongs to it both times.
type Period struct {
	Start Clock `json:"start"`
	End   Clock `json:"end"`
}

// Open reports whether t lies in the period, by the clock of t's location.
func (p Period) Open(t time.Time) bool {
	now := ClockAt(t.Hour(), t.Minute())
	switch {
	case p.Start == p.End:
		return true
	case p.Start < p.End:
		return p.Start <= now && now < p.End
	default:
		return p.Start <= now || now < p.End
	}
}

// Next is the first moment not before t that lies in the period, in t's location: t itself if the period is open.
func (p Period) Next(t time.Time) time.Time {
	for !p.Open(t) {
		at := nextOnWall(t, p.Start)
		if _, jump := t.ZoneBounds(); !jump.IsZero() && !jump.After(at) {
			at = jump // the clock on the wall is put forward or back before: look again from there
		}
		t = at.In(t.Location())
	}
	return t
}

// nextOnWall is when the clock would show c after t if it were never put forward or back.
func nextOnWall(t time.Time, c Clock) time.Time {
	wait := time.Duration((int(c)-int(ClockAt(t.Hour(), t.Minute()))+minutesPerDay)%minutesPerDay) * time.Minute
	return t.Add(wait - time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond()))
}
