package port

import (
	"slices"
	"sync"
	"time"

	"faxbox/fax"
)

const (
	ringGap    = 8 * time.Second // the silence after which a call has stopped ringing; the longest pause between rings is 5 s
	burstGap   = time.Second     // a shorter pause is one within a ring: double rings, distinctive rings
	maxCadence = 8               // parts that are measured of a ring
)

// bell counts rings by when the bell sounds.
type bell struct {
	mu      sync.Mutex
	on      bool
	since   time.Time // when it began or ceased to sound last
	count   int
	cadence []time.Duration // of the first ring: on, off, on, ..., and the pause after it as soon as that is over
}

// edge takes the bell's beginning or ceasing to sound, and tells whether it is another ring.
func (b *bell) edge(on bool, now time.Time) (another bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if on == b.on {
		return false
	}
	lasted := now.Sub(b.since)
	b.on, b.since = on, now
	if on && (b.count == 0 || lasted >= ringGap) {
		b.count, b.cadence = 1, nil
		return true
	}
	if b.count == 1 && len(b.cadence) < maxCadence {
		b.cadence = append(b.cadence, lasted)
	}
	if on && lasted >= burstGap {
		b.count++
		return true
	}
	return false
}

// rings is how often it has rung, 0 if it has stopped, with the cadence of the first ring as far as it is known, the pause
// under way included, and when it is to be asked again.
func (b *bell) rings(now time.Time) (count int, cadence []time.Duration, again time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	cadence = slices.Clone(b.cadence)
	switch lasted := now.Sub(b.since); {
	case b.count == 0:
		return 0, nil, time.Time{}
	case lasted >= ringGap: // no ring lasts so long either: a detector that is stuck must not hold the line
		b.count = 0
		return 0, nil, time.Time{}
	case b.count == 1 && !b.on:
		cadence = append(cadence, lasted)
	}
	return b.count, cadence, b.since.Add(ringGap)
}

// forget begins anew: the call that rang was taken.
func (b *bell) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count, b.cadence = 0, nil
}

// distinctive are the four ringing patterns of Telcordia GR-506: on, off, on, ... within a ring.
var distinctive = []struct {
	name  fax.RingPattern
	parts []time.Duration
}{
	{"A", []time.Duration{2000 * ms}},
	{"B", []time.Duration{800 * ms, 400 * ms, 800 * ms}},
	{"C", []time.Duration{400 * ms, 200 * ms, 400 * ms, 200 * ms, 800 * ms}},
	{"D", []time.Duration{300 * ms, 200 * ms, 1000 * ms, 200 * ms, 300 * ms}},
}

const ms = time.Millisecond

// patternNamed is the pattern that a modem names with its RING: by letter, or by number.
func patternNamed(name string) fax.RingPattern {
	switch name {
	case "A", "B", "C", "D":
		return fax.RingPattern(name)
	case "1", "2", "3", "4":
		return distinctive[name[0]-'1'].name
	}
	return ""
}

// patternOf names a measured cadence: on, off, on, ... It is empty while the ring's pause is not among it, and for a
// cadence that is none of the four. Each part may be off by a third, as networks and detectors are.
func patternOf(cadence []time.Duration) fax.RingPattern {
	pause := -1
	for n := 1; n < len(cadence); n += 2 {
		if cadence[n] >= burstGap {
			pause = n
			break
		}
	}
	if pause < 0 {
		return ""
	}
	for _, d := range distinctive {
		if slices.EqualFunc(cadence[:pause], d.parts, alike) {
			return d.name
		}
	}
	return ""
}

// alike reports whether two durations differ by no more than a third.
func alike(measured, want time.Duration) bool {
	return measured >= want*2/3 && measured <= want*4/3
}
