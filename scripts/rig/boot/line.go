package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"faxbox/fax/exchange"
)

// line is a telephone line of the box: a modem on the exchange, which can be plugged into a USB socket of the board.
type line struct {
	number string
	socket int // of the board's USB, from 1
	modem  device
}

// device is the modem of a line: whoever opens it is its computer.
type device interface {
	open() (io.ReadWriteCloser, error)
	Bell() <-chan bool // tells when its bell begins and ends to sound
}

// simulated is a modem of the exchange that the scenes have in this program.
type simulated struct{ *exchange.Modem }

func (m simulated) open() (io.ReadWriteCloser, error) { return m.Open() }

// The GPIO lines that a telephone line's ring detector and its line relay hang on: two for each, and the board has eight.
func (l *line) detector() int { return 2 * (l.socket - 1) }
func (l *line) relay() int    { return 2*(l.socket-1) + 1 }

// chip is the label of the emulated board's GPIO chip.
const chip = "9030000.pl061"

// newLine puts a modem on the exchange.
func newLine(x *exchange.Exchange, socket int) *line {
	number := fmt.Sprint(100 + socket)
	return &line{number: number, socket: socket, modem: simulated{x.Modem(exchange.Station{Number: number}, exchange.Habits{Model: "Rig", Maker: "Rig"})}}
}

func (l *line) id() string { return fmt.Sprintf("modem%d", l.socket) }

// plugIn puts the modem into its socket: QEMU's serial adapter on USB, with the modem behind it.
func (l *line) plugIn(m *machine) error {
	path := m.file(l.id())
	os.Remove(path)
	door, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	go l.connect(door)
	if _, err := m.monitor.do("chardev-add", map[string]any{"id": l.id() + "-wire", "backend": map[string]any{"type": "socket", "data": map[string]any{
		"addr": map[string]any{"type": "unix", "data": map[string]any{"path": path}}, "server": false}}}); err != nil {
		return err
	}
	_, err = m.monitor.do("device_add", map[string]any{"driver": "usb-serial", "id": l.id(), "bus": "usb.0",
		"port": fmt.Sprint(l.socket), "chardev": l.id() + "-wire", "serial": fmt.Sprintf("RIG%04d", l.socket)})
	return err
}

// connect carries octets between QEMU, which connects once, and the modem. When QEMU ends, or the adapter is pulled out, the
// modem loses its computer and hangs up.
func (l *line) connect(door net.Listener) {
	wire, err := door.Accept()
	door.Close()
	if err != nil {
		return
	}
	defer wire.Close()
	port, err := l.modem.open()
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(wire, port) // ends with the port
		wire.Close()
	}()
	_, _ = io.Copy(port, wire) // ends with QEMU
	port.Close()
}

// pullOut takes it out again.
func (l *line) pullOut(m *machine) error {
	if _, err := m.monitor.do("device_del", map[string]any{"id": l.id()}); err != nil {
		return err
	}
	// The wire is busy until the guest has let go.
	var err error
	for range 100 {
		time.Sleep(100 * time.Millisecond)
		if _, err = m.monitor.do("chardev-remove", map[string]any{"id": l.id() + "-wire"}); err == nil {
			return nil
		}
	}
	return fmt.Errorf("the adapter stays: %w", err)
}

// ring has the bell of the line ring at its detector, until the board is off.
func (l *line) ring(m *machine) { m.gpio.ring(m.ended, l.detector(), l.modem.Bell()) }

var errNever = errors.New("it never came to be")

// until looks again and again until something is so.
func until(ctx context.Context, patience time.Duration, so func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	last := error(nil)
	for {
		ok, err := so()
		if ok && err == nil {
			return nil
		}
		if err != nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return errors.Join(errNever, last)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
