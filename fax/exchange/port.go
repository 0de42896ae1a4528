package exchange

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
)

// outputSize is how much of what the modem says is kept for a computer that does not read.
const outputSize = 64 << 10

// Errors of ports.
var (
	ErrInUse     = errors.New("exchange: the port is in use")
	ErrUnplugged = fmt.Errorf("exchange: the modem has been unplugged: %w", syscall.ENODEV)
)

// Port is the computer's end of a modem. Closing it is DTR falling: the modem hangs up. One goroutine may read while
// another writes and a third closes.
type Port struct {
	m       *Modem
	changed *sync.Cond // on Exchange.mu

	in  []byte // from the computer, not yet taken by the modem; at most Habits.Buffer
	out []byte // from the modem, not yet read; at most outputSize
	err error  // why the port is no longer open
}

// Open opens the modem's port. It fails with ErrInUse while it is open, and with the error of Unplug while it is not there.
func (m *Modem) Open() (*Port, error) {
	m.x.enter()
	defer m.x.leave()
	switch {
	case m.x.closed:
		return nil, ErrClosed
	case m.gone != nil:
		return nil, m.gone
	case m.port != nil:
		return nil, ErrInUse
	}
	m.port = &Port{m: m, changed: sync.NewCond(&m.x.mu)}
	return m.port, nil
}

// Read waits for something the modem says.
func (p *Port) Read(b []byte) (int, error) {
	x := p.m.x
	x.enter()
	defer x.leave()
	for len(p.out) == 0 && p.err == nil && len(b) > 0 {
		p.wait()
	}
	if len(p.out) == 0 && len(b) > 0 {
		return 0, p.err
	}
	n := copy(b, p.out)
	p.out = p.out[:copy(p.out, p.out[n:])]
	return n, nil
}

// Write gives octets to the modem. It waits while the modem has no room for them.
func (p *Port) Write(b []byte) (int, error) {
	x := p.m.x
	x.enter()
	defer x.leave()
	done := 0
	for done < len(b) {
		for p.err == nil && (p.room() == 0 || p.m.held) {
			p.wait()
		}
		if p.err != nil {
			return done, p.err
		}
		n := min(len(b)-done, p.room())
		p.in = append(p.in, b[done:done+n]...)
		done += n
		p.m.feed()
	}
	return done, nil
}

func (p *Port) room() int { return p.m.habits.Buffer - len(p.in) }

// wait lets the exchange go on until something has changed. The timer must be set before the lock is let go.
func (p *Port) wait() {
	p.m.x.clock.arm(p.m.x.wake)
	p.changed.Wait()
	p.m.x.clock.catchUpNow()
}

// Close is DTR falling. What the modem says from then on is lost.
func (p *Port) Close() error {
	p.m.x.enter()
	defer p.m.x.leave()
	if p.err != nil {
		return p.err
	}
	p.shut(io.ErrClosedPipe)
	p.m.dtrFell()
	return nil
}

// shut makes all reads and writes return err.
func (p *Port) shut(err error) {
	p.err = err
	p.in, p.out = nil, nil
	p.m.port = nil
	p.changed.Broadcast()
}

// say adds to what the computer can read. What it does not take in time is lost, as on a serial line.
func (p *Port) say(b []byte) {
	room := outputSize - len(p.out)
	p.out = append(p.out, b[:min(len(b), room)]...)
	p.changed.Broadcast()
}
