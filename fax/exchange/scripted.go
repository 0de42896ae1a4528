package exchange

import (
	"sync"
	"time"
)

// Scripted is a station played by a test, signal by signal, with no modem in between. It hears whatever is said to it, in
// any modulation, but never tones. Its methods block and are meant for one goroutine.
type Scripted struct {
	// Quiet is how long the line must have been silent before Burst and Image begin; it is 75 ms at first (T.30 5.1).
	Quiet time.Duration

	x       *Exchange
	ext     *extension
	changed *sync.Cond

	why    error     // how dialling ended
	coming []*Signal // being heard
	heard  []Signal  // heard to the end, not yet asked for
	gone   bool      // the other end has hung up
}

// Scripted puts a station that a test plays on a new extension. It panics when the station's number is empty or taken.
func (x *Exchange) Scripted(s Station) *Scripted {
	d := &Scripted{Quiet: 75 * time.Millisecond, x: x, changed: sync.NewCond(&x.mu)}
	d.ext = x.extension(s, d)
	x.connect(d.ext)
	return d
}

// Dial calls a number and waits until it is answered. It returns one of the errors of this package: ErrBusy, also when this
// station is not on hook, ErrNoNumber, ErrNoDialTone, ErrGlare when a call came in that can now be answered, ErrHungUp.
func (d *Scripted) Dial(number string) error {
	d.x.enter()
	defer d.x.leave()
	d.why = nil
	switch {
	case d.x.closed:
		return ErrClosed
	case d.ext.state != onHook:
		return ErrBusy
	}
	d.ext.dial(number, 0)
	through := func() bool { return d.ext.state == talking || d.ext.state == orphaned }
	d.until(func() bool { return through() || d.why != nil || d.ext.call == nil }, 0)
	switch {
	case through():
		return nil
	case d.why != nil:
		return d.why
	}
	return ErrHungUp
}

// Answer waits for a call, as long as it takes, and answers it on the first ring.
func (d *Scripted) Answer() error {
	d.x.enter()
	defer d.x.leave()
	d.until(func() bool { return d.ext.state == ringing }, 0)
	if !d.ext.answer() {
		return ErrClosed
	}
	return nil
}

// HangUp goes on hook. Whatever of this station's methods waits in another goroutine returns.
func (d *Scripted) HangUp() {
	d.x.enter()
	defer d.x.leave()
	d.ext.hangUp()
	d.changed.Broadcast()
}

// Burst says frames on V.21 after a preamble of one second, and waits until the last has gone. Of each the octets from the
// address on are given, without FCS. The P bit is set on the last frame and cleared on the others; Play leaves it alone.
func (d *Scripted) Burst(frames ...[]byte) error {
	d.pauseForQuiet()
	s := Signal{Kind: Burst}
	for i, f := range frames {
		f = append([]byte(nil), f...)
		if len(f) > 1 {
			f[1] &^= 0x10
			if i == len(frames)-1 {
				f[1] |= 0x10
			}
		}
		s.Frames = append(s.Frames, f)
	}
	return d.Play(s)
}

// Image says octets on the image modem after training, and waits until the last has gone.
func (d *Scripted) Image(m Modulation, octets []byte) error {
	d.pauseForQuiet()
	return d.Play(Signal{Kind: Image, Modulation: m, Octets: octets})
}

// Play says a signal just as it is given, at once, and waits until the last bit has gone. Of the signal Kind and Name,
// Modulation, Frames or Octets count, and:
//   - Duration: how long a tone lasts; the preamble of a burst (0: one second); how much longer than its octets an image
//     signal's carrier stays;
//   - Damaged: a burst ends with so many frames whose FCS is bad.
//
// It returns ErrHungUp as soon as this station is not in a call.
func (d *Scripted) Play(s Signal) error {
	d.x.enter()
	defer d.x.leave()
	if d.ext.call == nil || d.ext.state == waiting || d.ext.state == ringing {
		return ErrHungUp
	}
	extra := s.Duration
	w := d.ext.begin(Signal{Kind: s.Kind, Name: s.Name, Modulation: s.Modulation})
	switch s.Kind {
	case Tone:
		d.pass(w, extra)
	case Burst:
		if extra == 0 {
			extra = preamble
		}
		d.pass(w, extra)
		for _, f := range s.Frames {
			d.frame(w, f)
		}
		for range s.Damaged {
			w.ruined = true
			d.frame(w, []byte{0xFF, 0x13, 0x00})
		}
	case Image:
		d.image(w, s.Octets, extra)
	}
	if d.ext.saying != w {
		return ErrHungUp
	}
	w.end()
	return nil
}

// pass lets time go by while the signal lasts.
func (d *Scripted) pass(w *wave, t time.Duration) {
	if d.ext.saying == w && t > 0 {
		d.until(func() bool { return d.ext.saying != w }, t)
	}
}

func (d *Scripted) frame(w *wave, f []byte) {
	w.frameBegins()
	d.pass(w, v21Time(lineBits(f)))
	if d.ext.saying == w {
		w.frameEnds(f)
	}
}

func (d *Scripted) image(w *wave, octets []byte, extra time.Duration) {
	c, ok := w.Modulation.carrier()
	if !ok {
		d.pass(w, extra)
		return
	}
	d.pass(w, c.training)
	begun := d.x.clock.now
	for sent := 0; sent < len(octets) && d.ext.saying == w; {
		part := octets[sent:min(sent+c.chunk(), len(octets))]
		sent += len(part)
		d.pass(w, begun.Add(c.time(sent)).Sub(d.x.clock.now))
		if d.ext.saying == w {
			w.send(part)
		}
	}
	d.pass(w, extra)
}

// pauseForQuiet waits until the line has been silent for Quiet.
func (d *Scripted) pauseForQuiet() {
	d.x.enter()
	defer d.x.leave()
	for d.ext.call != nil && d.ext.quietFor() < d.Quiet {
		if d.ext.hearing > 0 {
			d.until(func() bool { return d.ext.hearing == 0 || d.ext.call == nil }, 0)
			continue
		}
		d.until(func() bool { return d.ext.hearing > 0 || d.ext.call == nil }, d.Quiet-d.ext.quietFor())
	}
}

// Hear waits for a burst or an image signal to begin, at most so long, and returns it when it has ended. What was heard
// before and not asked for comes first. Octets and Frames are as they arrived; of frames with a bad FCS there is only the
// count, Damaged. Start is when it began to arrive, and Gap how
// long this end had been quiet by then. It returns ErrSilence when nothing began in time, and ErrHungUp when
// the other end has hung up and nothing is left to hear.
func (d *Scripted) Hear(wait time.Duration) (Signal, error) {
	d.x.enter()
	defer d.x.leave()
	d.until(func() bool { return len(d.coming) > 0 || len(d.heard) > 0 || d.gone || d.ext.call == nil }, max(wait, 1))
	if len(d.heard) == 0 && len(d.coming) > 0 {
		d.until(func() bool { return len(d.heard) > 0 || d.ext.call == nil }, 0)
	}
	switch {
	case len(d.heard) > 0:
		s := d.heard[0]
		d.heard = d.heard[1:]
		return s, nil
	case d.gone || d.ext.call == nil:
		return Signal{}, ErrHungUp
	}
	return Signal{}, ErrSilence
}

// until waits for a condition, at most so long if limit is not 0, or for the exchange to close.
func (d *Scripted) until(ok func() bool, limit time.Duration) {
	clock := &d.x.clock
	late := false
	var wait *event
	if limit > 0 {
		wait = clock.after(limit, func() {
			late = true
			d.changed.Broadcast()
		})
	}
	for !ok() && !late && !d.x.closed {
		clock.arm(d.x.wake)
		d.changed.Wait()
		clock.catchUpNow()
	}
	clock.cancel(wait)
}

func (d *Scripted) hear(s sound) {
	defer d.changed.Broadcast()
	if s.wave.Kind == Tone {
		return
	}
	now := d.x.clock.now
	i := -1
	for j, c := range d.coming {
		if c.From == s.wave.From && c.N == s.wave.N {
			i = j
		}
	}
	if i < 0 && s.what != begins {
		return // what followed a drop-out, or came after the end of the call before
	}
	switch s.what {
	case begins:
		w := s.wave
		d.coming = append(d.coming, &Signal{
			Call: w.Call, From: w.From, N: w.N, Kind: w.Kind, Modulation: w.Modulation, Start: now, Gap: d.ext.quietFor(), Fate: w.Fate,
		})
	case frameEnds:
		if c := d.coming[i]; intact(s.octets) {
			c.Frames = append(c.Frames, s.octets[:len(s.octets)-2])
		} else {
			c.Damaged++
		}
	case imageOctets:
		d.coming[i].Octets = append(d.coming[i].Octets, s.octets...)
	case ends:
		c := d.coming[i]
		c.Duration = now.Sub(c.Start)
		d.coming = append(d.coming[:i], d.coming[i+1:]...)
		d.heard = append(d.heard, *c)
	}
}

func (d *Scripted) bell(bool)                { d.changed.Broadcast() }
func (d *Scripted) rings(int)                { d.changed.Broadcast() }
func (d *Scripted) rang(bool, time.Duration) {}
func (d *Scripted) callerID(Station)         {}
func (d *Scripted) retire()                  { d.changed.Broadcast() }

func (d *Scripted) connected() {
	d.coming, d.heard, d.gone = nil, nil, false
	d.changed.Broadcast()
}

func (d *Scripted) refused(why error) {
	d.why = why
	d.changed.Broadcast()
}

func (d *Scripted) farHungUp() {
	d.gone = true
	d.changed.Broadcast()
}

// lineDropped breaks off what is being heard.
func (d *Scripted) lineDropped() {
	for _, c := range d.coming {
		c.Duration = d.x.clock.now.Sub(c.Start)
		d.heard = append(d.heard, *c)
	}
	d.coming = nil
	d.changed.Broadcast()
}
