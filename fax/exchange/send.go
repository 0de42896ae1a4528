package exchange

import (
	"bytes"
	"time"
)

const (
	preamble = time.Second     // flags before the first frame of a burst
	maxFrame = 4096            // octets; 95 are already more than T.30 allows, which is 3 s
	starving = 5 * time.Second // how long a transmitter waits for the computer before it gives up
)

// sendingFrames is +FTH=3: one burst.
type sendingFrames struct {
	m     *Modem
	wave  *wave
	data  unshield
	frame []byte // being taken from the computer
	whole bool   // frame is complete and waits for its turn, or is on the line
	begun time.Time
	bits  int // sent so far, preamble included, up to the end of the last frame
	step  *event
	limit *event
}

func (m *Modem) sendFrames() {
	m.ear.frames.stop()
	a := &sendingFrames{m: m, begun: m.x.clock.now, bits: int(preamble * v21Rate / time.Second)}
	a.wave = m.ext.begin(Signal{Kind: Burst})
	m.begin(a)
	a.ask()
	m.x.clock.after(0, m.feed)
}

// ask tells the computer that a frame is wanted.
func (a *sendingFrames) ask() {
	a.m.answer(resultConnect, 0)
	a.limit = a.m.x.clock.after(starving, func() { a.m.transmitted(resultError) })
}

// take takes one frame and nothing behind it.
func (a *sendingFrames) take(p []byte) int {
	if a.whole {
		return 0
	}
	var n int
	var end bool
	a.frame, n, end = a.data.next(a.frame, p, maxFrame)
	switch {
	case len(a.frame) >= maxFrame:
		a.m.transmitted(resultError) // no frame is that long
	case end:
		a.whole = true
		a.m.x.clock.cancel(a.limit)
		a.plan()
	}
	return n
}

// plan lets the frame begin with the next flag, or ends the burst if there is none.
func (a *sendingFrames) plan() {
	gone := int(a.m.x.clock.now.Sub(a.begun) * v21Rate / time.Second)
	for a.bits < gone {
		a.bits += flagBits
	}
	a.step = a.m.x.clock.at(a.begun.Add(v21Time(a.bits)), func() {
		if len(a.frame) == 0 {
			a.m.transmitted(resultOK)
			return
		}
		a.wave.frameBegins()
		a.bits += lineBits(a.frame)
		a.step = a.m.x.clock.at(a.begun.Add(v21Time(a.bits)), a.sent)
	})
}

// sent is called when the closing flag of the frame has gone.
func (a *sendingFrames) sent() {
	a.wave.frameEnds(a.frame)
	if len(a.frame) > 1 && a.frame[1]&0x10 != 0 {
		a.m.transmitted(resultOK)
		return
	}
	a.frame, a.whole = a.frame[:0], false
	a.ask()
	a.m.feed()
}

func (a *sendingFrames) sound(sound) {}

func (a *sendingFrames) stop() {
	a.m.x.clock.cancel(a.step)
	a.m.x.clock.cancel(a.limit)
	a.wave.end()
}

// sendingImage is +FTM: training, then what the computer writes, until DLE ETX.
type sendingImage struct {
	m       *Modem
	carrier carrier
	wave    *wave
	data    unshield
	deaf    time.Time // octets that come before this are lost (EarlyConnect)
	trained time.Time
	sent    int  // octets since the training
	some    bool // the computer has written something
	last    bool // DLE ETX came
	filling bool // the line waits for the computer
	step    *event
	limit   *event
}

func (m *Modem) sendImage(code Modulation) {
	m.ear.frames.stop()
	c, _ := code.carrier()
	clock := &m.x.clock
	a := &sendingImage{m: m, carrier: c, trained: clock.now.Add(c.training), deaf: clock.now.Add(m.habits.EarlyConnect)}
	a.wave = m.ext.begin(Signal{Kind: Image, Modulation: code})
	m.begin(a)
	if m.habits.EarlyConnect > 0 {
		m.answer(resultConnect, 0)
	}
	a.step = clock.at(a.trained, func() {
		if m.habits.EarlyConnect == 0 {
			m.answer(resultConnect, 0)
		}
		a.pump()
	})
}

// reached is when so many octets have gone.
func (a *sendingImage) reached(octets int) time.Time { return a.trained.Add(a.carrier.time(octets)) }

// pump puts the next octets on the line.
func (a *sendingImage) pump() {
	m := a.m
	var out []byte
	if m.port != nil && !a.last {
		var n int
		most := a.carrier.chunk()
		out, n, a.last = a.data.next(nil, m.port.in, most)
		m.port.in = m.port.in[:copy(m.port.in, m.port.in[n:])]
		m.port.changed.Broadcast()
	}
	switch {
	case len(out) > 0:
		a.some = true
		a.send(out)
	case a.last:
		a.m.transmitted(resultOK)
	default:
		a.fill()
	}
}

func (a *sendingImage) send(out []byte) {
	a.m.x.clock.cancel(a.limit)
	a.limit = nil
	a.sent += len(out)
	a.step = a.m.x.clock.at(a.reached(a.sent), func() {
		a.wave.send(out)
		a.pump()
	})
}

// fill keeps the line busy for a while with ones before the first octet and with zeros later, as T.31 wants it.
func (a *sendingImage) fill() {
	if a.limit == nil {
		a.limit = a.m.x.clock.after(starving, a.starved)
	}
	a.filling = true
	a.step = a.m.x.clock.after(chunk, a.filled)
}

// filled puts on the line what has filled the time since the last octet.
func (a *sendingImage) filled() {
	a.filling = false
	a.m.x.clock.cancel(a.step)
	n := 0
	for a.reached(a.sent + n).Before(a.m.x.clock.now) {
		n++
	}
	if n > 0 {
		value := byte(0xFF)
		if a.some {
			value = 0
		}
		a.wave.send(bytes.Repeat([]byte{value}, n))
		a.sent += n
	}
	a.step = a.m.x.clock.at(a.reached(a.sent), a.pump)
}

// starved gives up the wait for the computer.
func (a *sendingImage) starved() {
	a.filled()
	a.m.transmitted(resultError)
}

// take leaves the octets in the port's buffer, from which pump takes them.
func (a *sendingImage) take(p []byte) int {
	if a.m.x.clock.now.Before(a.deaf) {
		_, n, _ := a.data.next(nil, p, len(p)+1)
		return n
	}
	if a.filling {
		a.filled()
	}
	return 0
}

func (a *sendingImage) sound(sound) {}

func (a *sendingImage) stop() {
	a.m.x.clock.cancel(a.step)
	a.m.x.clock.cancel(a.limit)
	a.wave.end()
}
