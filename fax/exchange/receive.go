package exchange

import (
	"slices"
	"strconv"
	"time"
)

const (
	flagsToHear = 5 * flagBits // bits of flags after which a receiver believes in V.21
	carrierLoss = 20 * time.Millisecond
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

// receivingFrames is +FRH=3: one frame.
type receivingFrames struct {
	m         *Modem
	connected bool
	noise     bool   // connected to nothing, by habit
	wrong     *event // will find that the carrier is a wrong one
	limit     *event // of the modem's habits
}

func (m *Modem) receiveFrames() {
	a := &receivingFrames{m: m}
	m.begin(a)
	a.start()
}

func (a *receivingFrames) start() {
	h, clock := &a.m.habits, &a.m.x.clock
	a.m.ear.frames.listen(&a.m.ear)
	switch {
	case h.NoiseConnect > 0 && a.m.ear.silent():
		a.limit = clock.after(h.NoiseConnect, func() {
			a.noise = true
			a.connect()
		})
	case h.ListenLimit > 0:
		a.limit = clock.after(h.ListenLimit, func() { a.m.end(resultOK) })
	}
	for _, w := range a.m.ear.reaches {
		a.suspect(w.wave)
	}
	a.next()
}

func (a *receivingFrames) sound(s sound) {
	if s.what == begins {
		a.suspect(s.wave)
	}
	a.next()
}

// suspect makes sure of a signal that cannot be received as it is.
func (a *receivingFrames) suspect(w *wave) {
	if w.Kind == Image && !a.connected {
		a.m.x.clock.cancel(a.wrong)
		a.wrong = a.m.ear.ifItLasts(w, func(at arrival) { a.wrongCarrier(at) })
	}
}

func (a *receivingFrames) wrongCarrier(at arrival) {
	if a.connected {
		return
	}
	if !a.m.settings.on("+FAR") {
		a.m.end(resultFCError)
		return
	}
	r := &receivingImage{m: a.m, code: at.wave.Modulation, reported: true}
	if r.train(at) {
		a.m.act.stop()
		a.m.ear.frames.stop()
		a.m.begin(r)
	}
}

// ifItLasts calls do when a signal is still there after the time it takes to tell it from a click.
func (h *hearing) ifItLasts(w *wave, do func(arrival)) *event {
	habits, wait := &h.m.habits, v21Time(wrongAfter)
	if habits.NoFCError {
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

// next gives the computer what there is for it.
func (a *receivingFrames) next() {
	r := &a.m.ear.frames
	if !a.connected && (r.sync != nil || len(r.frames) > 0) {
		a.connect()
	}
	switch {
	case !a.connected:
	case len(r.frames) > 0:
		f := r.frames[0]
		r.frames = r.frames[1:]
		a.deliver(f)
	case r.sync == nil && !a.noise:
		a.m.say(endOfData(), 0)
		a.m.end(resultNoCarrier)
	}
}

func (a *receivingFrames) connect() {
	a.connected = true
	a.m.x.clock.cancel(a.wrong)
	a.m.answer(resultConnect, a.m.habits.LateConnect)
}

func (a *receivingFrames) deliver(f []byte) {
	r := resultOK
	if !intact(f) {
		r = resultError
	}
	if a.m.habits.NoFCS {
		f = f[:max(0, len(f)-2)]
	}
	if !a.m.habits.DLEBug {
		f = a.m.shield(f)
	}
	a.m.say(append(slices.Clone(f), dle, etx), 0)
	a.m.end(r)
}

func (a *receivingFrames) take(p []byte) int {
	n, yes := aborts(p)
	if yes {
		a.interrupt()
		a.m.ear.frames.stop()
		a.m.end(resultOK)
	}
	return n
}

// interrupt closes the data that the computer was promised.
func (a *receivingFrames) interrupt() {
	if a.connected {
		a.m.say(endOfData(), 0)
	}
}

func (a *receivingFrames) stop() {
	a.m.x.clock.cancel(a.wrong)
	a.m.x.clock.cancel(a.limit)
}

func endOfData() []byte { return []byte{dle, etx} }

// shield doubles each DLE (T.31 8.4), or writes two of them as DLE SUB.
func (m *Modem) shield(b []byte) []byte {
	substitute := m.habits.Substitute || m.settings.on("+FDD")
	out := make([]byte, 0, len(b)+len(b)/64+2)
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] != dle:
			out = append(out, b[i])
		case substitute && i+1 < len(b) && b[i+1] == dle:
			out = append(out, dle, sub)
			i++
		default:
			out = append(out, dle, dle)
		}
	}
	return out
}

// receivingImage is +FRM.
type receivingImage struct {
	m         *Modem
	code      Modulation
	reported  bool  // adaptive reception: the computer waits for another carrier, and is told
	wave      *wave // being trained on, or received; nil while there is none
	connected bool

	training, lost, wrong, limit *event
}

func (m *Modem) receiveImage(code Modulation) {
	m.ear.frames.stop()
	a := &receivingImage{m: m, code: code}
	m.begin(a)
	if m.habits.ListenLimit > 0 {
		a.limit = m.x.clock.after(m.habits.ListenLimit, func() { m.end(resultOK) })
	}
	for _, at := range m.ear.reaches {
		a.consider(at)
	}
}

// consider looks at a signal that reaches the ear: is it what is waited for?
func (a *receivingImage) consider(at arrival) {
	switch {
	case a.wave != nil:
	case at.wave.Kind == Burst:
		a.m.x.clock.cancel(a.wrong)
		a.wrong = a.m.ear.ifItLasts(at.wave, func(arrival) { a.wrongCarrier() })
	case at.wave.Kind == Image && at.wave.Modulation == a.code:
		a.train(at)
	}
}

// train begins to train on a signal; false if that is hopeless: too much of the training is over, the line has spoilt it,
// or it is a short one and there was no long one before.
func (a *receivingImage) train(at arrival) bool {
	m, clock := a.m, &a.m.x.clock
	c, _ := a.code.carrier()
	late := clock.now.Sub(at.began)
	if a.reported {
		late -= v21Time(wrongAfter) // it listened all the while
	}
	if late > c.slack || at.wave.Fate == Spoilt || c.long != m.ear.trained && c.long != 0 || slices.Contains(m.habits.Deaf, a.code) {
		return false
	}
	a.wave = at.wave
	a.training = clock.at(at.began.Add(at.wave.training), a.trained)
	return true
}

func (a *receivingImage) trained() {
	if c, _ := a.code.carrier(); c.long == 0 && isV17(a.code) {
		a.m.ear.trained = a.code
	}
	a.m.x.clock.cancel(a.limit)
	if a.reported {
		a.m.text("+FRM:"+strconv.Itoa(int(a.code)), 0)
	}
	a.connected = true
	a.m.answer(resultConnect, a.m.habits.LateConnect)
}

// isV17 tells whether a long training leaves behind an equaliser that short training can use.
func isV17(code Modulation) bool {
	return slices.ContainsFunc(carriers[:], func(c carrier) bool { return c.long == code })
}

func (a *receivingImage) wrongCarrier() {
	switch m := a.m; {
	case a.wave != nil:
	case m.settings.on("+FAR"):
		m.act.stop()
		m.text("+FRH:3", 0)
		m.receiveFrames()
	default:
		m.end(resultFCError)
	}
}

func (a *receivingImage) sound(s sound) {
	switch {
	case s.what == begins && s.wave == a.wave:
		a.m.x.clock.cancel(a.lost) // back from a drop-out
	case s.what == begins:
		a.consider(*a.m.ear.find(s.wave))
	case s.wave != a.wave:
	case s.what == imageOctets && a.connected:
		a.m.say(a.m.shield(s.octets), 0)
	case s.what == ends && a.connected:
		a.lost = a.m.x.clock.after(a.patience(), a.over)
	case s.what == ends:
		a.m.x.clock.cancel(a.training)
		a.wave = nil
	}
}

// patience is how long the carrier may be away: +FCL, in tenths of a second.
func (a *receivingImage) patience() time.Duration {
	return max(carrierLoss, time.Duration(a.m.settings.values["+FCL"])*100*time.Millisecond)
}

func (a *receivingImage) over() {
	a.interrupt()
	a.m.end(resultNoCarrier)
}

func (a *receivingImage) take(p []byte) int {
	n, yes := aborts(p)
	if yes {
		a.interrupt()
		a.m.end(resultOK)
	}
	return n
}

func (a *receivingImage) interrupt() {
	if a.connected {
		a.m.say(endOfData(), 0)
	}
}

func (a *receivingImage) stop() {
	for _, e := range []*event{a.training, a.lost, a.wrong, a.limit} {
		a.m.x.clock.cancel(e)
	}
}
