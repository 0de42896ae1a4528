package exchange

import (
	"slices"
	"strconv"
	"time"
)

// carrierLoss is how long a carrier must be away to be lost, when +FCL says nothing.
const carrierLoss = 20 * time.Millisecond

// receiving is what +FRH and +FRM have in common.
type receiving struct {
	m         *Modem
	connected bool
	heard     func() // called on CONNECT; nil: nothing to do
	wrong     *event // will find that the carrier is a wrong one
	limit     *event // of the modem's habits
}

// expire lets the modem lose its patience, if it is of that sort.
func (a *receiving) expire() {
	if limit := a.m.habits.ListenLimit; limit > 0 {
		a.limit = a.m.x.clock.after(limit, func() { a.m.end(resultOK) })
	}
}

func (a *receiving) connect() {
	a.stop()
	a.connected = true
	if a.heard != nil {
		a.heard()
	}
	a.m.answer(resultConnect, a.m.habits.LateConnect)
}

// take is the abort by any character.
func (a *receiving) take(p []byte) int {
	n, yes := a.m.aborts(p)
	if yes {
		a.interrupt()
		a.m.ear.frames.stop()
		a.m.end(resultOK)
	}
	return n
}

// interrupt closes the data that CONNECT has promised.
func (a *receiving) interrupt() {
	if a.connected {
		a.m.say(endOfData(), 0)
	}
}

func (a *receiving) stop() {
	a.m.x.clock.cancel(a.wrong)
	a.m.x.clock.cancel(a.limit)
}

// receivingFrames is +FRH=3: one frame.
type receivingFrames struct {
	receiving
	noise bool // connected to nothing, by habit
}

func (m *Modem) receiveFrames() {
	a := &receivingFrames{receiving: receiving{m: m}}
	m.begin(a)
	a.start()
}

func (a *receivingFrames) start() {
	a.m.ear.frames.listen(&a.m.ear)
	if after := a.m.habits.NoiseConnect; after > 0 && a.m.ear.silent() {
		a.limit = a.m.x.clock.after(after, func() {
			a.noise = true
			a.connect()
		})
	} else {
		a.expire()
	}
	for _, at := range a.m.ear.reaches {
		a.suspect(at.wave)
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
		a.wrong = a.m.ear.ifItLasts(w, a.wrongCarrier)
	}
}

func (a *receivingFrames) wrongCarrier(at arrival) {
	if !a.m.settings.on("+FAR") {
		a.m.end(resultFCError)
		return
	}
	r := &receivingImage{receiving: receiving{m: a.m}, code: at.wave.Modulation, reported: true}
	if r.train(at) {
		a.m.act.stop()
		a.m.ear.frames.stop()
		a.m.begin(r)
	}
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
		a.interrupt()
		a.m.end(resultNoCarrier)
	}
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
		f = shield(f, a.m.substitutes())
	}
	a.m.say(append(slices.Clone(f), endOfData()...), 0)
	a.m.end(r)
}

// substitutes tells whether the modem uses DLE SUB.
func (m *Modem) substitutes() bool { return m.habits.Substitute || m.settings.on("+FDD") }

// receivingImage is +FRM.
type receivingImage struct {
	receiving
	code     Modulation
	reported bool  // adaptive reception: the computer waits for another carrier, and is told
	wave     *wave // being trained on, or received; nil while there is none

	training, lost *event
}

func (m *Modem) receiveImage(code Modulation) {
	m.ear.frames.stop()
	a := &receivingImage{receiving: receiving{m: m}, code: code}
	m.begin(a)
	a.expire()
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
	unequalised := c.long != 0 && c.long != m.ear.trained
	if late > c.slack || unequalised || at.wave.Fate == Spoilt || slices.Contains(m.habits.Deaf, a.code) {
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
	if a.reported {
		a.m.info("+FRM:" + strconv.Itoa(int(a.code)))
	}
	a.connect()
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
		m.info("+FRH:3")
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
		a.m.say(shield(s.octets, a.m.substitutes()), 0)
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

func (a *receivingImage) stop() {
	a.receiving.stop()
	a.m.x.clock.cancel(a.training)
	a.m.x.clock.cancel(a.lost)
}
