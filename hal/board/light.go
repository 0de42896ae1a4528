package board

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"faxbox/hal"
)

// light is a light on a line.
type light struct {
	board *Board
	line  hal.Line
	pin   pin
	show  chan hal.Signal
	stop  chan struct{}
	once  sync.Once
	done  chan struct{} // closed when err is set
	err   error
}

// OpenLight makes a line an output, dark. What names it for errors: "status light".
func (b *Board) OpenLight(at hal.Line, what string) (hal.Light, error) {
	p, err := b.open(at, what, func(p pin) error { return p.Out(level(at, false)) })
	if err != nil {
		return nil, err
	}
	l := &light{board: b, line: at, pin: p, show: make(chan hal.Signal), stop: make(chan struct{}), done: make(chan struct{})}
	go l.run()
	return l, nil
}

// half is how long each half of a signal's rhythm lasts; 0: it has none.
func half(s hal.Signal) time.Duration {
	switch s {
	case hal.Breathe:
		return time.Second
	case hal.Blink:
		return 100 * time.Millisecond
	}
	return 0
}

// Show shows a signal from now on.
func (l *light) Show(s hal.Signal) error {
	select {
	case l.show <- s:
		return nil
	case <-l.done:
		return errors.Join(errClosed, l.err)
	}
}

// Close makes it dark and gives the line back.
func (l *light) Close() error {
	l.once.Do(func() { close(l.stop) })
	<-l.done
	return l.err
}

func (l *light) run() {
	defer close(l.done)
	defer l.board.give(l.line, l.pin)
	if err := l.rhythm(); err != nil {
		l.err = fmt.Errorf("board: line %s: %w", l.line, err)
	}
}

// rhythm shows signals until Close, or until the line fails.
func (l *light) rhythm() error {
	signal, lit := hal.Dark, false
	beat := time.NewTimer(time.Hour)
	defer beat.Stop()
	for {
		beat.Stop()
		if pause := half(signal); pause > 0 {
			beat.Reset(pause)
		}
		select {
		case <-l.stop:
			return l.pin.Out(level(l.line, false))
		case s := <-l.show:
			if s == signal {
				continue
			}
			signal, lit = s, s != hal.Dark
		case <-beat.C:
			lit = !lit
		}
		if err := l.pin.Out(level(l.line, lit)); err != nil {
			return err
		}
	}
}
