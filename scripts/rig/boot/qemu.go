package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// dial connects to a socket of QEMU, which is there soon after it has started.
func dial(path string) (net.Conn, error) {
	for try := 0; ; try++ {
		c, err := net.Dial("unix", path)
		if err == nil || try > 100 {
			return c, err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// monitor is QEMU's QMP.
type monitor struct {
	conn net.Conn
	in   *bufio.Reader
	mu   sync.Mutex
}

func dialMonitor(path string) (*monitor, error) {
	c, err := dial(path)
	if err != nil {
		return nil, err
	}
	m := &monitor{conn: c, in: bufio.NewReader(c)}
	if _, err := m.in.ReadString('\n'); err != nil { // its greeting
		return nil, err
	}
	_, err = m.do("qmp_capabilities", nil)
	return m, err
}

// do executes a command and yields what it returns.
func (m *monitor) do(command string, arguments map[string]any) (json.RawMessage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	request := map[string]any{"execute": command}
	if arguments != nil {
		request["arguments"] = arguments
	}
	if err := json.NewEncoder(m.conn).Encode(request); err != nil {
		return nil, err
	}
	for {
		line, err := m.in.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		var answer struct {
			Return json.RawMessage
			Error  *struct{ Desc string }
			Event  string
		}
		if err := json.Unmarshal(line, &answer); err != nil {
			return nil, err
		}
		switch {
		case answer.Error != nil:
			return nil, fmt.Errorf("%s: %s", command, answer.Error.Desc)
		case answer.Event == "":
			return answer.Return, nil
		}
	}
}

// plug puts a serial adapter into USB socket number port, whose other end is the UNIX socket that somebody listens on.
func (m *monitor) plug(name string, port int, serial, socket string) error {
	if _, err := m.do("chardev-add", map[string]any{"id": "line-" + name, "backend": map[string]any{"type": "socket", "data": map[string]any{
		"addr": map[string]any{"type": "unix", "data": map[string]any{"path": socket}}, "server": false,
	}}}); err != nil {
		return err
	}
	_, err := m.do("device_add", map[string]any{"driver": "usb-serial", "id": name, "chardev": "line-" + name, "bus": "usb.0", "port": fmt.Sprint(port), "serial": serial})
	return err
}

// unplug pulls it out.
func (m *monitor) unplug(name string) error {
	if _, err := m.do("device_del", map[string]any{"id": name}); err != nil {
		return err
	}
	for try := 0; ; try++ { // the end behind it is free when the guest has let go
		_, err := m.do("chardev-remove", map[string]any{"id": "line-" + name})
		if err == nil || try > 50 {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// pins are the lines of the emulated GPIO chip, driven and seen from outside.
type pins struct {
	conn    net.Conn
	chip    string // its path among QEMU's objects
	answers chan string
	write   sync.Mutex

	mu   sync.Mutex
	seen map[int][]bool // changes of each output
}

func dialPins(path string) (*pins, error) {
	c, err := dial(path)
	if err != nil {
		return nil, err
	}
	p := &pins{conn: c, answers: make(chan string, 8), seen: map[int][]bool{}}
	go p.listen()
	return p, nil
}

// listen takes what QEMU says until it ends.
func (p *pins) listen() {
	lines := bufio.NewScanner(p.conn)
	for lines.Scan() {
		line, pin := lines.Text(), 0
		if n, _ := fmt.Sscanf(strings.TrimPrefix(strings.TrimPrefix(line, "IRQ raise "), "IRQ lower "), "%d", &pin); n != 1 || !strings.HasPrefix(line, "IRQ ") {
			p.answers <- line
			continue
		}
		p.mu.Lock()
		p.seen[pin] = append(p.seen[pin], strings.HasPrefix(line, "IRQ raise"))
		p.mu.Unlock()
	}
}

func (p *pins) do(format string, arguments ...any) error {
	p.write.Lock()
	defer p.write.Unlock()
	if _, err := fmt.Fprintf(p.conn, format+"\n", arguments...); err != nil {
		return err
	}
	select {
	case answer := <-p.answers:
		if !strings.HasPrefix(answer, "OK") {
			return fmt.Errorf("qtest: %s", answer)
		}
		return nil
	case <-time.After(5 * time.Second):
		return fmt.Errorf("qtest does not answer")
	}
}

// watch finds the GPIO chip and has its outputs told of from now on.
func (p *pins) watch(m *monitor) error {
	for n := range 60 {
		path := fmt.Sprintf("/machine/unattached/device[%d]", n)
		kind, err := m.do("qom-get", map[string]any{"path": path, "property": "type"})
		if err == nil && string(kind) == `"pl061"` {
			p.chip = path
			return p.do("irq_intercept_out %s", path)
		}
	}
	return fmt.Errorf("the board has no GPIO chip")
}

// drive sets an input.
func (p *pins) drive(pin int, level bool) error {
	n := 0
	if level {
		n = 1
	}
	return p.do("set_irq_in %s unnamed-gpio-in %d %d", p.chip, pin, n)
}

// changes are those of an output so far.
func (p *pins) changes(pin int) []bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]bool(nil), p.seen[pin]...)
}
