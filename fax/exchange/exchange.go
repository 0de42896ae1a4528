package exchange

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// Options are the ways of an exchange. The zero value will do.
type Options struct {
	PostDial time.Duration   // from the dialled number to the first ring; 0: half a second
	Cadence  []time.Duration // of ringing: on, off, on, off…; nil: 2 s on, 4 s off
	Clears   bool            // when one end hangs up the other's modem notices (NO CARRIER); else the line just falls silent
	Line     Line            // each way of every line, unless Impair says otherwise
	Record   bool            // keep every signal for Log; memory grows with what is said
}

// Station is what the exchange knows of a subscriber.
type Station struct {
	Number   string          // digits; unique
	Name     string          // the caller's name for Caller ID; "": none is sent
	Withheld bool            // Caller ID shows "P"
	Dead     bool            // no dial tone, and nobody can call it
	Cadence  []time.Duration // of its bell, when not that of the exchange
}

// Errors of a scripted station and of ports.
var (
	ErrBusy       = errors.New("exchange: the number is busy")
	ErrNoNumber   = errors.New("exchange: no such number")
	ErrNoDialTone = errors.New("exchange: no dial tone")
	ErrGlare      = errors.New("exchange: a call came in while dialling")
	ErrHungUp     = errors.New("exchange: not in a call")
	ErrSilence    = errors.New("exchange: nothing was heard")
	ErrClosed     = errors.New("exchange: closed")
)

// Exchange is a telephone exchange with its subscribers. All methods may be used by several goroutines.
type Exchange struct {
	opts Options

	mu       sync.Mutex // guards everything below and all that belongs to the stations
	clock    clock
	stations map[string]*extension
	calls    int
	log      []*wave
	closed   bool
}

// New opens an exchange. It has no goroutine of its own: timers and the callers of its methods do the work.
func New(o Options) *Exchange {
	if o.PostDial == 0 {
		o.PostDial = 500 * time.Millisecond
	}
	if o.Cadence == nil {
		o.Cadence = []time.Duration{2 * time.Second, 4 * time.Second}
	}
	return &Exchange{opts: o, clock: clock{now: time.Now()}, stations: map[string]*extension{}}
}

// Close hangs everybody up and makes all reads, writes and waits return.
func (x *Exchange) Close() error {
	x.enter()
	defer x.leave()
	if x.closed {
		return nil
	}
	x.closed = true
	for _, e := range x.stations {
		e.hangUp()
	}
	for _, e := range x.stations {
		e.dev.retire()
	}
	x.clock.clear()
	return nil
}

// Impair makes the line worse, or better, for what this station says, from now on and in later calls. An unknown number
// is ignored.
func (x *Exchange) Impair(number string, l Line) {
	x.enter()
	defer x.leave()
	e := x.stations[number]
	if e == nil {
		return
	}
	e.line = &l
	if e.call != nil && e.call.path[0] != nil {
		e.call.pathFrom(e).configure(l)
	}
}

// Drop takes the line away from both ends of the call this station is in: no loop current, which modems notice.
func (x *Exchange) Drop(number string) {
	x.enter()
	defer x.leave()
	e := x.stations[number]
	if e == nil || e.call == nil {
		return
	}
	c := e.call
	for _, end := range []*extension{c.a, c.b} {
		if end != nil && end.call == c && end.state != ringing {
			end.hangUp()
			end.dev.lineDropped()
		}
	}
}

// Log is everything that was said so far, in the order of beginning. It is empty unless Options.Record is set.
func (x *Exchange) Log() []Signal {
	x.enter()
	defer x.leave()
	all := make([]Signal, len(x.log))
	for i, w := range x.log {
		all[i] = w.Signal
	}
	return all
}

// enter locks the exchange and brings it up to the present.
func (x *Exchange) enter() {
	x.mu.Lock()
	x.clock.catchUp(time.Now())
}

// leave sets the timer for what comes next, and unlocks.
func (x *Exchange) leave() {
	x.clock.arm(x.wake)
	x.mu.Unlock()
}

func (x *Exchange) wake() {
	x.enter()
	x.clock.armed = time.Time{} // the timer has fired
	x.leave()
}

// extension is the exchange's end of a subscriber's line.
type extension struct {
	Station
	x   *Exchange
	dev device

	state hook
	call  *call
	line  *Line // set by Impair

	engaged bool // whoever has it never hangs up

	saying  *wave     // what this end is saying
	said    int       // bursts and image signals in this call
	hearing int       // signals reaching this end now
	quiet   time.Time // when this end last said or heard something
}

// hook is what an extension is up to.
type hook uint8

const (
	onHook   hook = iota
	dialling      // off hook, nobody is being rung yet
	waiting       // off hook, the other end is ringing
	ringing       // on hook, the bell rings
	talking
	orphaned // off hook, the other end has hung up
)

// device is what a subscriber has at the end of the line.
type device interface {
	ear
	bell(on bool)                  // the bell begins or ceases to sound
	rings(cycle int)               // a cycle of the cadence begins, counted from 1
	rang(on bool, d time.Duration) // a stretch of the cadence is over
	callerID(from Station)         // between the first and the second ring
	connected()                    // the call is through
	refused(why error)             // the call this device placed has failed; it is on hook
	farHungUp()                    // the other party has hung up; a telephone does not notice
	lineDropped()                  // the line was taken away; the device is on hook
	retire()                       // the exchange closes
}

// extension makes the extension of a device.
func (x *Exchange) extension(s Station, d device) *extension {
	return &extension{Station: s, x: x, dev: d, quiet: time.Now()}
}

// connect puts the extension into service. To give a number twice is a mistake of the program, hence the panic.
func (x *Exchange) connect(e *extension) {
	x.enter()
	defer x.leave()
	if e.Number == "" || x.stations[e.Number] != nil {
		panic(fmt.Sprintf("exchange: number %q is empty or used twice", e.Number))
	}
	x.stations[e.Number] = e
}

// call is a call from its first digit until both ends are on hook.
type call struct {
	id     int
	x      *Exchange
	a, b   *extension // caller and called; nil once on hook, and b before it rings
	number string
	path   [2]*path // from a, from b
	cycle  int
	next   []*event // what is planned for the setting up
}

func (c *call) other(e *extension) *extension {
	if c.a == e {
		return c.b
	}
	return c.a
}

// pathFrom is the way from this end to the other; nil before the answer.
func (c *call) pathFrom(e *extension) *path {
	if c.path[0] != nil && c.path[0].from != e {
		return c.path[1]
	}
	return c.path[0]
}

func (c *call) plan(d time.Duration, do func()) { c.next = append(c.next, c.x.clock.after(d, do)) }

func (c *call) unplan() {
	for _, e := range c.next {
		c.x.clock.cancel(e)
	}
	c.next = nil
}

// dial places a call. The device hears connected or refused, unless it hangs up before.
func (e *extension) dial(number string, pause time.Duration) {
	x := e.x
	x.calls++
	c := &call{id: x.calls, x: x, a: e, number: number}
	e.call, e.state, e.said = c, dialling, 0
	c.plan(pause+x.opts.PostDial, c.route)
}

func (c *call) route() {
	b := c.x.stations[c.number]
	switch {
	case c.a.Dead:
		c.refuse(ErrNoDialTone)
	case b == nil || b.Dead:
		c.refuse(ErrNoNumber)
	case b.state == dialling && b != c.a:
		b.hangUp()
		b.dev.refused(ErrGlare)
		c.ring(b)
	case b.state != onHook || b.engaged:
		c.refuse(ErrBusy)
	default:
		c.ring(b)
	}
}

func (c *call) refuse(why error) {
	a := c.a
	a.hangUp()
	a.dev.refused(why)
}

// callerIDAfter is how long after the first ring's end Caller ID comes (its tones take about as long).
const callerIDAfter = 500 * time.Millisecond

func (c *call) ring(b *extension) {
	c.b, b.call = b, c
	c.a.state, b.state = waiting, ringing
	cadence := b.Cadence
	if len(cadence) < 2 {
		cadence = c.x.opts.Cadence
	}
	c.stretch(cadence, 0)
}

// stretch is one stretch of ringing or of silence between rings.
func (c *call) stretch(cadence []time.Duration, i int) {
	on, d := i%2 == 0, cadence[i]
	c.next = c.next[:0] // it has all happened
	if i == 0 {
		c.cycle++
	}
	last := i == len(cadence)-1
	if last && c.cycle == 1 {
		c.plan(min(callerIDAfter, d/2), func() { c.b.dev.callerID(c.a.Station) })
	}
	c.plan(d, func() {
		c.b.dev.rang(on, d)
		c.stretch(cadence, (i+1)%len(cadence))
	})
	c.b.dev.bell(on)
	if i == 0 {
		c.b.dev.rings(c.cycle)
	}
}

// answer takes the call this extension is being rung for; false if there is none.
func (e *extension) answer() bool {
	c := e.call
	if c == nil || e.state != ringing {
		return false
	}
	c.unplan()
	for i, from := range []*extension{c.a, c.b} {
		from.state, from.said, from.hearing, from.quiet = talking, 0, 0, c.x.clock.now
		l := c.x.opts.Line
		if from.line != nil {
			l = *from.line
		}
		p := &path{x: c.x, from: from, to: c.other(from), call: c, way: i, answered: c.x.clock.now}
		c.path[i] = p
		p.configure(l)
	}
	e.dev.bell(false)
	c.b.dev.connected()
	c.a.dev.connected()
	return true
}

// hangUp puts the extension on hook, wherever it was. A ringing bell is not its own to stop.
func (e *extension) hangUp() {
	c := e.call
	if e.state == onHook || e.state == ringing {
		return
	}
	if e.saying != nil {
		e.saying.end()
	}
	was, other := e.state, c.other(e)
	e.state, e.call = onHook, nil
	if c.a == e {
		c.a = nil
	} else {
		c.b = nil
	}
	switch was {
	case dialling:
		c.unplan()
	case waiting:
		c.unplan()
		c.b, other.call, other.state = nil, nil, onHook
		other.dev.bell(false)
	case talking:
		c.pathFrom(e).kill()
		other.state = orphaned
		other.dev.farHungUp()
	case orphaned:
		c.pathFrom(e).kill()
	}
}

// listen passes what reaches this end to the device, and keeps count of it.
func (e *extension) listen(s sound) {
	if s.what == ends {
		e.hearing--
		e.quiet = e.x.clock.now
	}
	e.dev.hear(s)
	if s.what == begins {
		e.hearing++
	}
}

func (e *extension) quietFor() time.Duration {
	if e.hearing > 0 || e.saying != nil {
		return 0
	}
	return e.x.clock.now.Sub(e.quiet)
}
