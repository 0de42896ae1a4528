package board

import (
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"

	"faxbox/hal"
)

const (
	// look is how long an edge is waited for at most; Close takes no longer.
	look = 200 * time.Millisecond
	// vain is how many waits may end at once without an edge before the line is taken to be gone.
	vain = 50
)

// detector is a ring detector on a line.
type detector struct {
	board *Board
	line  hal.Line
	pin   pin
	bell  chan bool
	stop  chan struct{}
	once  sync.Once
	done  chan struct{}
}

// OpenRingDetector makes a line an input on which ringing is looked for: see hal.Ringing for the wirings. What names it for
// errors: "ring detector of Line 1". An opto-coupler's open collector is active-low.
func (b *Board) OpenRingDetector(at hal.Line, what string) (hal.RingDetector, error) {
	p, err := b.open(at, what, func(p pin) error { return p.In(pull(at), gpio.BothEdges) })
	if err != nil {
		return nil, err
	}
	d := &detector{board: b, line: at, pin: p, bell: make(chan bool, 1), stop: make(chan struct{}), done: make(chan struct{})}
	go d.run()
	return d, nil
}

// Bell yields true when the bell begins to sound and false when it ceases.
func (d *detector) Bell() <-chan bool { return d.bell }

// Close gives the line back.
func (d *detector) Close() error {
	d.once.Do(func() { close(d.stop) })
	<-d.done
	return nil
}

func (d *detector) run() {
	defer close(d.done)
	defer close(d.bell)
	defer d.board.give(d.line, d.pin)
	var ringing hal.Ringing
	told, failed := false, 0
	for failed < vain && !d.stopped() {
		begin := time.Now()
		edge := d.pin.WaitForEdge(patience(&ringing, begin))
		now := time.Now()
		if failed++; edge || now.Sub(begin) > time.Millisecond {
			failed = 0
		}
		ringing.Level(d.pin.Read() == level(d.line, true), now)
		if told != ringing.Sounds() {
			told = d.tell(told)
		}
	}
}

// patience is how long an edge is waited for. It is never 0, which would be for ever.
func patience(r *hal.Ringing, now time.Time) time.Duration {
	due := r.Due()
	if due.IsZero() {
		return look
	}
	return min(look, max(2*time.Millisecond, due.Sub(now)))
}

// tell tells the change of what was told before. If nobody has taken the last one yet it is told later, or not at all if it
// is over by then.
func (d *detector) tell(told bool) bool {
	select {
	case d.bell <- !told:
		return !told
	default:
		return told
	}
}

func (d *detector) stopped() bool {
	select {
	case <-d.stop:
		return true
	default:
		return false
	}
}
