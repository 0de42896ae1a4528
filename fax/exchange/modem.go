package exchange

import (
	"fmt"
	"time"
)

// Modem is a modem of T.31 class 1 and 1.0 on an extension. The computer talks to it through the Port.
type Modem struct {
	x      *Exchange
	ext    *extension
	habits Habits
	ring   chan bool
	rung   bool  // what ring was told last
	gone   error // why it is not plugged in; nil while it is
	held   bool  // it takes nothing from the computer: CTS is off
	mute   bool  // it has hung

	port     *Port // nil while no computer has it open
	settings settings
	act      action // what it is doing
	ear      hearing
	rest     string // what is left of the command line that began act

	line     []byte    // the command line being typed, from AT
	lines    int       // command lines executed since power-up
	oks      int       // transmissions ended since power-up
	connects int       // CONNECTs since power-up
	answered time.Time // when the last result code was given
	due      time.Time // when the last answer that is on its way reaches the computer
	pending  int       // answers on their way
}

// Modem puts a modem on a new extension. It panics when the station's number is empty or taken.
func (x *Exchange) Modem(s Station, h Habits) *Modem {
	h.fill()
	m := &Modem{x: x, habits: h, ring: make(chan bool, bellSize)}
	m.ext = x.extension(s, m)
	m.powerUp()
	x.connect(m.ext)
	return m
}

// bellSize is how many changes of the bell wait for somebody to take notice.
const bellSize = 64

// Bell tells when the bell begins (true) and ceases (false) to sound, as a ring detector on the line would: whether or not
// the modem is plugged in. Changes that nobody takes are kept up to 64, then lost. It is closed with the exchange.
func (m *Modem) Bell() <-chan bool { return m.ring }

// Unplug takes the modem from the computer: the port fails with err (nil: ErrUnplugged), the line is hung up, all settings
// are lost.
func (m *Modem) Unplug(err error) {
	m.x.enter()
	defer m.x.leave()
	if err == nil {
		err = ErrUnplugged
	}
	m.vanish(err)
}

// Plug puts the modem back after Unplug. The port must be opened anew.
func (m *Modem) Plug() {
	m.x.enter()
	defer m.x.leave()
	if m.gone != nil {
		m.gone = nil
		m.powerUp()
	}
}

// Hang makes the modem stop working, until it is unplugged and plugged again: it takes what the computer writes and says
// nothing. What it is doing goes on.
func (m *Modem) Hang() {
	m.x.enter()
	defer m.x.leave()
	m.mute = true
}

// Hold sets CTS: while it is held the modem takes nothing, and writes wait.
func (m *Modem) Hold(on bool) {
	m.x.enter()
	defer m.x.leave()
	m.held = on
	if m.port != nil {
		m.port.changed.Broadcast()
		m.feed()
	}
}

func (m *Modem) vanish(err error) {
	m.dtrFell()
	m.gone = err
	if m.port != nil {
		m.port.shut(err)
	}
}

func (m *Modem) powerUp() {
	m.mute, m.lines, m.oks, m.connects = false, 0, 0, 0
	m.reset()
	m.ear.m = m
	m.act = &idle{m}
}

// dtrFell hangs up and forgets what was going on, but not the settings.
func (m *Modem) dtrFell() {
	m.stop()
	m.ext.hangUp()
	m.rest, m.line = "", nil
}

// stop ends what the modem is doing without a word.
func (m *Modem) stop() {
	if m.act != nil {
		m.act.stop()
	}
	m.ear.frames.stop()
	m.act = &idle{m}
}

// action is something the modem does for a command, or idle: the only time it takes commands.
type action interface {
	// take is offered octets from the computer and returns how many it has taken. It is offered the rest again when more
	// come, when the action changes, and when feed is called.
	take(p []byte) int
	// sound is called after the ear has taken note of s.
	sound(s sound)
	// stop ends the action at once: its timers and its signal, not its result.
	stop()
}

// begin starts an action.
func (m *Modem) begin(a action) { m.act = a }

// end ends the action with a result. After OK the rest of the command line is executed.
func (m *Modem) end(r result) {
	m.rested()
	rest := m.rest
	m.rest = ""
	if r == resultOK && rest != "" {
		m.execute(rest)
		return
	}
	m.answer(r, 0)
}

// transmitted ends the action, a transmission, with a result.
func (m *Modem) transmitted(r result) {
	if r != resultOK {
		m.end(r)
		return
	}
	m.rested()
	if m.oks++; m.oks != m.habits.LostOK {
		m.answer(r, m.habits.LateOK)
	}
}

// rested makes the modem idle, ready for what the computer has written meanwhile.
func (m *Modem) rested() {
	m.act.stop()
	m.act = &idle{m}
	m.x.clock.after(0, m.feed)
}

// feed offers what the computer has written to what the modem is doing.
func (m *Modem) feed() {
	for p := m.port; p != nil && len(p.in) > 0 && !m.held; {
		n := m.act.take(p.in)
		if n == 0 {
			return
		}
		if p != m.port {
			return // it vanished over that
		}
		p.in = p.in[:copy(p.in, p.in[n:])]
		p.changed.Broadcast()
	}
}

// say gives octets to the computer after a delay, in the order of the calls.
func (m *Modem) say(b []byte, delay time.Duration) {
	if m.mute || m.port == nil {
		return
	}
	now := m.x.clock.now
	due := now.Add(delay)
	if m.due.After(due) {
		due = m.due
	}
	if m.pending == 0 && !due.After(now) {
		m.port.say(b)
		return
	}
	m.due = due
	m.pending++
	port := m.port
	m.x.clock.at(due, func() {
		m.pending--
		if m.port == port {
			port.say(b)
		}
	})
}

// indicate gives the computer what it has not asked for, at once, in front of answers that are on their way.
func (m *Modem) indicate(b []byte) {
	if !m.mute && m.port != nil {
		m.port.say(b)
	}
}

// result is a result code.
type result uint8

const (
	resultOK result = iota
	resultConnect
	resultRing
	resultNoCarrier
	resultError
	resultNoDialtone
	resultBusy
	resultNoAnswer
	resultFCError
)

// results are the spellings with V1 and V0.
var results = [...]struct{ words, code string }{
	resultOK:         {"OK", "0"},
	resultConnect:    {"CONNECT", "1"},
	resultRing:       {"RING", "2"},
	resultNoCarrier:  {"NO CARRIER", "3"},
	resultError:      {"ERROR", "4"},
	resultNoDialtone: {"NO DIALTONE", "6"},
	resultBusy:       {"BUSY", "7"},
	resultNoAnswer:   {"NO ANSWER", "8"},
	resultFCError:    {"+FCERROR", "+F4"},
}

// answer gives a result code.
func (m *Modem) answer(r result, delay time.Duration) {
	if r == resultConnect {
		if m.connects++; m.connects == m.habits.LostConnect {
			return
		}
	}
	delay += m.habits.AnswerDelay
	m.answered = m.x.clock.now.Add(delay)
	m.say(m.spell(r), delay)
}

// spell is a result code as the computer gets to see it.
func (m *Modem) spell(r result) []byte {
	words := results[r].words
	if other, ok := m.habits.Spelling[words]; ok {
		words = other
	}
	switch {
	case m.settings.quiet:
		return nil
	case m.habits.Nonsense:
		return line("\x8f\x00?%")
	case m.settings.words:
		return line(words)
	}
	return []byte(results[r].code + "\r")
}

// info gives a line of information.
func (m *Modem) info(text string) outcome {
	m.say(line(text), m.habits.AnswerDelay)
	return done
}

func line(text string) []byte { return []byte("\r\n" + text + "\r\n") }

// ---- device: what the exchange tells the modem

func (m *Modem) bell(on bool) {
	if on == m.rung {
		return
	}
	m.rung = on
	select {
	case m.ring <- on:
	default: // documented at Bell
	}
}

func (m *Modem) rings(int) { m.indicate(m.spell(resultRing)) }

func (m *Modem) rang(on bool, d time.Duration) {
	if !m.settings.on("+VDR") {
		return
	}
	name := "DROF"
	if on {
		name = "DRON"
	}
	m.indicate(line(fmt.Sprintf("%s=%d", name, d.Round(100*time.Millisecond)/(100*time.Millisecond))))
}

func (m *Modem) callerID(from Station) {
	if !m.settings.on("+VCID") {
		return
	}
	eq := " = "
	if m.habits.PlainCallerID {
		eq = "="
	}
	number, name := from.Number, from.Name
	if from.Withheld {
		number, name = "P", "P"
	}
	m.indicate(line("DATE" + eq + m.x.clock.now.Format("0102")))
	m.indicate(line("TIME" + eq + m.x.clock.now.Format("1504")))
	m.indicate(line("NMBR" + eq + number))
	if name != "" {
		m.indicate(line("NAME" + eq + name))
	}
}

func (m *Modem) connected() {
	m.ear.frames.stop()
	m.ear = hearing{m: m}
	if a, ok := m.act.(interface{ through() }); ok { // dialling or answering
		a.through()
	}
}

func (m *Modem) refused(why error) {
	r := resultNoCarrier
	switch x := m.settings.x; {
	case why == ErrGlare: // the RING that follows says it
		m.rested()
		return
	case why == ErrBusy && x >= 3:
		r = resultBusy
	case why == ErrNoDialTone && (x == 2 || x >= 4):
		r = resultNoDialtone
	}
	m.end(r)
}

func (m *Modem) farHungUp() {
	if m.x.opts.Clears {
		m.ext.hangUp()
		m.lineDropped()
	}
}

func (m *Modem) lineDropped() {
	if a, ok := m.act.(interface{ interrupt() }); ok { // receiving
		a.interrupt()
	}
	m.ear.frames.stop()
	m.rest = ""
	m.end(resultNoCarrier)
}

func (m *Modem) retire() {
	m.vanish(ErrClosed)
	close(m.ring)
}
