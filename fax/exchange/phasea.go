package exchange

import "time"

// Tones of T.30 phase A.
const (
	cngOn  = 500 * time.Millisecond
	cngOff = 3 * time.Second

	beforeCED = 200 * time.Millisecond
	cedLength = 2600 * time.Millisecond
	afterCED  = 75 * time.Millisecond
)

// calling is ATD: dialling, then calling tone while V.21 is listened for as after +FRH=3.
type calling struct {
	receivingFrames
	patience *event // S7
	tone     *event
	cng      *wave
}

func (m *Modem) startCall(number string, pause time.Duration) {
	a := &calling{receivingFrames: receivingFrames{receiving: receiving{m: m}}}
	a.heard = a.hush
	wait := time.Duration(m.settings.registers[registerCarrierWait]) * time.Second
	a.patience = m.x.clock.after(wait, a.giveUp)
	m.begin(a)
	m.ext.dial(number, pause)
}

func (a *calling) take(p []byte) int {
	n, yes := a.m.aborts(p)
	if yes && a.connected {
		return a.receivingFrames.take(p)
	}
	if yes {
		a.fail(resultNoCarrier)
	}
	return n
}

func (a *calling) giveUp() {
	if a.m.ext.state == waiting {
		a.fail(resultNoAnswer)
		return
	}
	a.fail(resultNoCarrier)
}

func (a *calling) fail(r result) {
	a.m.ext.hangUp()
	a.m.end(r)
}

func (a *calling) stop() {
	a.hush()
	a.receivingFrames.stop()
}

// hush ends the calling tone, and the wait for an answer to it.
func (a *calling) hush() {
	a.m.x.clock.cancel(a.patience)
	a.m.x.clock.cancel(a.tone)
	if a.cng != nil {
		a.cng.end()
	}
}

// through is called when the other end has answered.
func (a *calling) through() {
	if !a.m.inFaxClass() {
		return // there is no data modem at the other end: S7 ends it
	}
	a.toneOn()
	a.start()
}

func (a *calling) toneOn() {
	clock := &a.m.x.clock
	a.cng = a.m.ext.begin(Signal{Kind: Tone, Name: "CNG"})
	a.tone = clock.after(cngOn, func() {
		a.cng.end()
		a.tone = clock.after(cngOff, a.toneOn)
	})
}

func (a *calling) sound(s sound) {
	if a.m.inFaxClass() {
		a.receivingFrames.sound(s)
	}
}

// answering is ATA until V.21 begins: going off hook, CED, silence.
type answering struct {
	m    *Modem
	step *event
	ced  *wave
}

// notRinging is how long ATA listens in vain when nobody calls.
const notRinging = 2 * time.Second

func (m *Modem) pickUp() {
	a := &answering{m: m}
	m.begin(a)
	if !m.ext.answer() {
		a.step = m.x.clock.after(notRinging, a.fail)
	}
}

func (a *answering) through() {
	m, clock := a.m, &a.m.x.clock
	if !m.inFaxClass() {
		a.step = clock.after(time.Duration(m.settings.registers[registerCarrierWait])*time.Second, a.fail)
		return
	}
	a.step = clock.after(beforeCED, func() {
		a.ced = m.ext.begin(Signal{Kind: Tone, Name: "CED"})
		a.step = clock.after(cedLength, func() {
			a.ced.end()
			a.step = clock.after(afterCED, m.sendFrames)
		})
	})
}

func (a *answering) fail() {
	a.m.ext.hangUp()
	a.m.end(resultNoCarrier)
}

func (a *answering) take(p []byte) int {
	n, yes := a.m.aborts(p)
	if yes {
		a.fail()
	}
	return n
}

func (a *answering) sound(sound) {}

func (a *answering) stop() {
	a.m.x.clock.cancel(a.step)
	if a.ced != nil {
		a.ced.end()
	}
}
