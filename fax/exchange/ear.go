package exchange

import (
	"slices"
	"time"
)

const (
	flagsToHear = 5 * flagBits // bits of flags after which a receiver believes in V.21
	wrongAfter  = 5 * flagBits // bits of V.21, or as much of another signal, after which +FRM or +FRH calls it wrong
	frameQueue  = 16           // frames kept for a computer that does not ask for them
)

// hearing is what the modem's ear knows of the line, whatever the modem is doing.
type hearing struct {
	m       *Modem
	reaches []arrival  // what reaches this end now, oldest first
	trained Modulation // the V.17 long training that this ear went through last; short training builds on it
	frames  v21Receiver
}

// arrival is a signal that reaches the ear.
type arrival struct {
	wave    *wave
	began   time.Time // its first energy
	since   time.Time // the same, or the end of the last drop-out
	framing bool      // Burst: between a frame's flags
}

func (h *hearing) silent() bool { return len(h.reaches) == 0 }

// find is the arrival of a wave, nil if it does not reach the ear now.
func (h *hearing) find(w *wave) *arrival {
	for i := range h.reaches {
		if h.reaches[i].wave == w {
			return &h.reaches[i]
		}
	}
	return nil
}

func (h *hearing) hear(s sound) {
	switch a := h.find(s.wave); s.what {
	case begins:
		h.reaches = append(h.reaches, arrival{s.wave, s.began, h.m.x.clock.now, s.wave.framing})
	case frameBegins, frameEnds:
		if a != nil {
			a.framing = s.what == frameBegins
		}
	case ends:
		h.reaches = slices.DeleteFunc(h.reaches, func(a arrival) bool { return a.wave == s.wave })
	}
	h.frames.hear(h, s)
}

// hear is called by the line.
func (m *Modem) hear(s sound) {
	m.ear.hear(s)
	m.act.sound(s)
}

// v21Receiver follows V.21 from a +FRH on until the modem does something else. It keeps the frames that come while the
// computer thinks.
type v21Receiver struct {
	on     bool
	since  time.Time
	sync   *wave  // the burst whose flags were recognised; nil: none
	flags  *event // will recognise them
	clock  *clock
	frames [][]byte
}

// listen turns the receiver on. If it is on already it goes on with what it has.
func (r *v21Receiver) listen(h *hearing) {
	if r.on {
		return
	}
	r.on, r.clock, r.since = true, &h.m.x.clock, h.m.x.clock.now
	for _, a := range h.reaches {
		r.begins(h, a)
	}
}

func (r *v21Receiver) stop() {
	if r.on {
		r.clock.cancel(r.flags)
	}
	*r = v21Receiver{}
}

// begins waits until enough flags have come. A frame in between spoils that: then it takes the flag that closes it.
func (r *v21Receiver) begins(h *hearing, a arrival) {
	if a.wave.Kind != Burst || a.framing || r.sync != nil {
		return
	}
	r.clock.cancel(r.flags)
	r.flags = r.clock.after(v21Time(flagsToHear), func() {
		if h.find(a.wave) != nil {
			r.sync = a.wave
			h.m.act.sound(sound{wave: a.wave, what: flagsHeard})
		}
	})
}

func (r *v21Receiver) hear(h *hearing, s sound) {
	if !r.on || s.wave.Kind != Burst {
		return
	}
	a := h.find(s.wave)
	switch {
	case s.what == ends && r.sync == s.wave:
		r.sync = nil
	case a == nil || r.sync != nil && r.sync != s.wave:
	case s.what == begins:
		r.begins(h, *a)
	case s.what == frameBegins:
		r.clock.cancel(r.flags)
	case s.what == frameEnds:
		r.sync = s.wave
		start := r.clock.now.Add(-s.took)
		missed := start.Before(r.since) || start.Before(a.since)
		if !missed && len(r.frames) < frameQueue {
			r.frames = append(r.frames, s.octets)
		}
	}
}

// ifItLasts calls do when a signal is still there after the time it takes to tell it from a click.
func (h *hearing) ifItLasts(w *wave, do func(arrival)) *event {
	habits, wait := &h.m.habits, v21Time(wrongAfter)
	if habits.NoFCError && !h.m.settings.on("+FAR") {
		return nil
	}
	if habits.QuickFCError {
		wait = 0
	}
	return h.m.x.clock.after(wait, func() {
		if at := h.find(w); at != nil {
			do(*at)
		}
	})
}
