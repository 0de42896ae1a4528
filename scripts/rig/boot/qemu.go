package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
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
	if _, err := m.in.ReadString('\n'); err != nil {
		return nil, fmt.Errorf("QEMU's greeting: %w", err)
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
			return nil, fmt.Errorf("%s: %w", command, err)
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
