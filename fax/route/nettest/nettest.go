// Package nettest is a network for tests: one in memory, where what listens is reached by Dial, and which keeps to pipes, so it
// works in a synctest bubble; and a printer on a port of this machine.
package nettest

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
)

// Listener is a net.Listener whose connections come from Dial.
type Listener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// Listen opens a listener.
func Listen() *Listener {
	return &Listener{conns: make(chan net.Conn), done: make(chan struct{})}
}

// Dial connects, whatever the address; it fails like a port on which nobody listens once the listener is closed.
func (l *Listener) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for a connection.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close ends the listener.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr is nowhere in particular.
func (*Listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 631} }

// Raw is a printer on a port of this machine: it takes one connection, half closed at its end as TCP does it, and hands over
// all that came.
func Raw(t testing.TB) (*net.TCPListener, <-chan []byte) {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	got := make(chan []byte, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return // it was closed
		}
		defer c.Close()
		data, _ := io.ReadAll(c) // what came before the connection broke
		got <- data
	}()
	return l, got
}
