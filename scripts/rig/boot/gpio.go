package main

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// gpio is the GPIO chip of the emulated board, seen from outside: its inputs are driven and its outputs watched over qtest,
// which QEMU offers beside the processor that it emulates.
type gpio struct {
	conn   net.Conn
	path   string // of the chip among QEMU's objects
	answer chan string

	asking sync.Mutex

	mu     sync.Mutex
	output map[int]bool // the level of each output that has changed
	told   []change     // every change since the start
}

// change is an output that has changed.
type change struct {
	at    time.Time
	line  int
	level bool
}

// openGPIO finds the chip and begins to watch its outputs.
func openGPIO(socket string, m *monitor) (*gpio, error) {
	c, err := dial(socket)
	if err != nil {
		return nil, err
	}
	g := &gpio{conn: c, answer: make(chan string, 1), output: map[int]bool{}}
	go g.read()
	const devices = 100 // more than the board has
	for n := range devices {
		path := fmt.Sprintf("/machine/unattached/device[%d]", n)
		kind, err := m.do("qom-get", map[string]any{"path": path, "property": "type"})
		if err == nil && string(kind) == `"pl061"` {
			g.path = path
			return g, g.do("irq_intercept_out %s", path)
		}
	}
	return nil, fmt.Errorf("the board has no GPIO chip")
}

// read takes what QEMU says until it ends.
func (g *gpio) read() {
	for s := bufio.NewScanner(g.conn); s.Scan(); {
		text := s.Text()
		var line int
		if _, err := fmt.Sscanf(text, "IRQ raise %d", &line); err == nil {
			g.changed(line, true)
		} else if _, err := fmt.Sscanf(text, "IRQ lower %d", &line); err == nil {
			g.changed(line, false)
		} else {
			g.answer <- text
		}
	}
	close(g.answer)
}

func (g *gpio) changed(line int, level bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.output[line] != level {
		g.told = append(g.told, change{time.Now(), line, level})
	}
	g.output[line] = level
}

// do gives a command.
func (g *gpio) do(format string, args ...any) error {
	g.asking.Lock()
	defer g.asking.Unlock()
	if _, err := fmt.Fprintf(g.conn, format+"\n", args...); err != nil {
		return err
	}
	if answer, ok := <-g.answer; !ok || !strings.HasPrefix(answer, "OK") {
		return fmt.Errorf("qtest: %q", answer)
	}
	return nil
}

// set drives an input.
func (g *gpio) set(line int, high bool) error {
	level := 0
	if high {
		level = 1
	}
	return g.do("set_irq_in %s unnamed-gpio-in %d %d", g.path, line, level)
}

// changes are those of an output from a moment on.
func (g *gpio) changes(line int, from time.Time) (list []change) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.told {
		if c.line == line && !c.at.Before(from) {
			list = append(list, c)
		}
	}
	return list
}

// halfWave is that of a bell of 25 Hz.
const halfWave = 20 * time.Millisecond

// ring makes an input follow a bell as an opto-coupler would, until the board is off or there is no bell any more.
func (g *gpio) ring(off <-chan struct{}, line int, bell <-chan bool) {
	sounds, high := false, false
	for {
		var wave <-chan time.Time
		if sounds || high {
			wave = time.After(halfWave)
		}
		open := true
		select {
		case sounds, open = <-bell:
		case <-wave:
			high = sounds && !high
			if g.set(line, high) != nil {
				return
			}
		case <-off:
			return
		}
		if !open {
			return
		}
	}
}
