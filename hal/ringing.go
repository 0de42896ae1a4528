package hal

import "time"

// Ringing makes of the levels of a ring detector's line what Bell yields. Two kinds of detector are wired to such a line: an
// opto-coupler that follows the ringing current, 15 to 68 Hz with one pulse a period or two, and one with a capacitor that
// is active as long as the current flows. Which one it is shows by itself.
//
// Three things that are no ring reach the same wire: single pulses (a line reversal, somebody lifts a receiver), trains of
// pulses of a dial (10 a second, too slow for a bell), and crackle, which is not regular.
//
// It is pure: time comes in, and Due says when it wants to be asked.
type Ringing struct {
	sounds bool
	heard  time.Time     // when it was last certain that the bell sounds
	late   time.Duration // how long after its beginning that was, and will be after its end

	active bool
	since  time.Time // the level's last change

	first  time.Time // a train of pulses began
	last   time.Time // its last pulse began
	pulses int
	period time.Duration // from pulse to pulse
}

const (
	// settle is how long a bell has to sound, and to be silent, before it counts. The shortest sound in use is 200 ms
	// (distinctive rings), as is the shortest pause (the double ring of the UK).
	settle = 100 * time.Millisecond
	// enough pulses make a train a bell: fewer come evenly spaced by chance.
	enough = 4
	// longest and shortest are the times from one pulse to the next: a bell of 15 Hz with one pulse a period, 68 Hz with two,
	// with room for jitter. A dial has 100 ms.
	longest  = 80 * time.Millisecond
	shortest = 5 * time.Millisecond
	// bounce is a gap between pulses too short to be one.
	bounce = time.Millisecond
)

// Level takes a change of the line and tells whether the bell began or ceased to sound with it. Levels that are no change
// and times that go backwards do no harm.
func (r *Ringing) Level(active bool, now time.Time) (changed bool) {
	before := r.sounds
	r.Tick(now)
	if active != r.active {
		lasted := now.Sub(r.since)
		r.active, r.since = active, now
		switch {
		case active && lasted >= bounce:
			r.pulse(now)
		case !active && lasted >= settle:
			r.heard = now
		}
		r.Tick(now)
	}
	return r.sounds != before
}

// pulse takes the beginning of a pulse.
func (r *Ringing) pulse(now time.Time) {
	period := now.Sub(r.last)
	switch {
	case r.pulses == 0, period > longest, period < shortest, r.pulses > 1 && !alike(period, r.period):
		r.first, r.pulses = now, 1
	case r.pulses == 1:
		r.period, r.pulses = period, 2
	default:
		r.period = (3*r.period + period) / 4 // two pulses a period need not be evenly spaced
		r.pulses++
	}
	r.last = now
	if r.train() {
		r.heard = now
	}
}

// alike reports whether a period belongs to the train: within a factor of one and three quarters.
func alike(period, train time.Duration) bool { return 4*period <= 7*train && 7*period >= 4*train }

// train reports whether the pulses are those of a bell.
func (r *Ringing) train() bool { return r.pulses >= enough && r.last.Sub(r.first) >= settle }

// Tick tells whether the bell began or ceased to sound by the time that has passed.
func (r *Ringing) Tick(now time.Time) (changed bool) {
	before := r.sounds
	current := r.active && now.Sub(r.since) >= settle
	switch {
	case current:
		if !r.sounds {
			r.late = settle
		}
		r.sounds, r.heard = true, now
	case r.sounds:
		r.sounds = now.Sub(r.heard) < r.late
	case r.train() && r.heard.Equal(now):
		r.sounds, r.late = true, now.Sub(r.first)
	}
	if before && !r.sounds {
		r.pulses = 0
	}
	return r.sounds != before
}

// Sounds tells whether the bell sounds.
func (r *Ringing) Sounds() bool { return r.sounds }

// Due is when Tick can bring something new if the level does not change; the zero time if it cannot.
func (r *Ringing) Due() time.Time {
	current, end := r.since.Add(settle), r.heard.Add(r.late)
	switch {
	case r.active && (!r.sounds || end.Before(current)):
		if r.sounds {
			return end
		}
		return current
	case r.active || !r.sounds:
		return time.Time{}
	}
	return end
}
