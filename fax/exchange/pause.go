package exchange

import "time"

// pausing is +FTS, and +FRS, which counts only silence.
type pausing struct {
	m      *Modem
	length time.Duration
	listen bool
	over   *event
}

func (m *Modem) pause(kind string, d time.Duration) {
	a := &pausing{m: m, length: d, listen: kind == "RS"}
	if a.listen && m.habits.FRSAtOnce {
		a.length, a.listen = 0, false
	}
	m.ear.frames.stop()
	m.begin(a)
	a.restart()
}

func (a *pausing) sound(s sound) {
	if a.listen && (s.what == begins || s.what == ends) {
		a.restart()
	}
}

// restart counts from now on, in silence if that matters.
func (a *pausing) restart() {
	a.stop()
	if !a.listen || a.m.ear.silent() {
		a.over = a.m.x.clock.after(a.length, func() { a.m.end(resultOK) })
	}
}

func (a *pausing) take(p []byte) int {
	n, yes := a.m.aborts(p)
	if yes {
		a.m.rest = ""
		a.m.end(resultOK)
	}
	return n
}

func (a *pausing) stop() { a.m.x.clock.cancel(a.over) }

// aborts tells whether the octets hold a character that ends an action, and how many octets that uses up. Line feeds,
// which some programs write behind a command, and stray flow control do not count.
func (m *Modem) aborts(p []byte) (n int, yes bool) {
	for i, c := range p {
		if c != '\n' && c != dc1 && c != dc3 && !(c == can && m.habits.IgnoresCAN) {
			return i + 1, true
		}
	}
	return len(p), false
}

const (
	dc1 = 0x11
	dc3 = 0x13
	can = 0x18
)
