// Package board has the relays, the ring detector, the light and the button of the box on GPIO lines, by way of periph's
// gpioioctl: the kernel's GPIO character devices. A line is named by its chip's label and its offset there.
//
// What periph does otherwise than one would think is kept in here, and held by tests: reading an output makes it an input,
// so a relay is never read back; waiting for an edge with 0 waits for ever and with a negative time not at all, so every
// wait has an end; a closed chip closes descriptors of others, so chips stay open; and all other drivers of periph stay
// out, since one of them fails on the boards we are for.
package board

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"periph.io/x/conn/v3/driver/driverreg"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/host/v3/gpioioctl"

	"faxbox/hal"
)

// Each of these is wrapped in an error that names the line and says what to do.
var (
	ErrNoChip = errors.New("there is no such GPIO chip")
	ErrNoLine = errors.New("the GPIO chip has no such line")
	ErrTaken  = errors.New("the GPIO line is in use")
)

// pin is what is used of periph's GPIOLine.
type pin interface {
	Out(gpio.Level) error
	In(gpio.Pull, gpio.Edge) error
	Read() gpio.Level // of an input only: periph would make an output one
	WaitForEdge(time.Duration) bool
	Close()
}

// chip is a GPIO chip.
type chip struct {
	label, path string
	lines       []line
}

type line struct {
	pin
	name string // the kernel's; often empty
}

// Board is the GPIO lines of this computer. Its methods may be called from any goroutine.
type Board struct {
	chips []chip

	mu    sync.Mutex
	taken map[hal.Line]string // what each is used for; ActiveLow is false in keys
}

// Open finds the GPIO chips. A computer without any is a board without lines.
func Open() (*Board, error) {
	if _, err := driverreg.Init(); err != nil {
		return nil, fmt.Errorf("board: %w", err)
	}
	var chips []chip
	for _, c := range gpioioctl.Chips {
		found := chip{label: c.Label(), path: c.Path()}
		for _, l := range c.Lines() {
			found.lines = append(found.lines, line{l, l.Name()})
		}
		chips = append(chips, found)
	}
	return newBoard(chips), nil
}

func newBoard(chips []chip) *Board { return &Board{chips: chips, taken: map[hal.Line]string{}} }

// Info is a line that can be chosen.
type Info struct {
	Line   hal.Line `json:"line"`
	Name   string   `json:"name"`   // what the kernel calls it: "GPIO17"; often empty
	Holder string   `json:"holder"` // who has it; empty: free
}

// Lines are all lines, chip by chip.
func (b *Board) Lines() []Info {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []Info
	for _, c := range b.chips {
		for n, l := range c.lines {
			at := hal.Line{Chip: c.label, Offset: n}
			all = append(all, Info{at, l.name, b.holder(c, at)})
		}
	}
	return all
}

// holder is who has a line, empty if nobody has.
func (b *Board) holder(c chip, at hal.Line) string {
	if what := b.taken[at]; what != "" {
		return what
	}
	return consumer(c.path, at.Offset)
}

// take finds a line and notes what it is used for.
func (b *Board) take(at hal.Line, what string) (pin, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := slices.IndexFunc(b.chips, func(c chip) bool { return c.label == at.Chip })
	if n < 0 {
		return nil, fmt.Errorf("%s: line %s: %w: this board has %s", what, at, ErrNoChip, b.labels())
	}
	c := b.chips[n]
	if at.Offset < 0 || at.Offset >= len(c.lines) {
		return nil, fmt.Errorf("%s: line %s: %w: its lines are 0 to %d", what, at, ErrNoLine, len(c.lines)-1)
	}
	key := hal.Line{Chip: at.Chip, Offset: at.Offset}
	if holder := b.holder(c, key); holder != "" {
		return nil, fmt.Errorf("%s: line %s: %w by %s: choose another line", what, at, ErrTaken, holder)
	}
	b.taken[key] = what
	return c.lines[at.Offset].pin, nil
}

// give gives a line back.
func (b *Board) give(at hal.Line, p pin) {
	p.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.taken, hal.Line{Chip: at.Chip, Offset: at.Offset})
}

// labels are the chips, for an error.
func (b *Board) labels() string {
	if len(b.chips) == 0 {
		return "no GPIO chip, or none that may be opened"
	}
	var labels []string
	for _, c := range b.chips {
		labels = append(labels, c.label)
	}
	return strings.Join(labels, ", ")
}

// open takes a line and makes it an input or an output. When that fails it is free again.
func (b *Board) open(at hal.Line, what string, as func(pin) error) (pin, error) {
	p, err := b.take(at, what)
	if err != nil {
		return nil, err
	}
	if err := as(p); err != nil {
		b.give(at, p)
		if errors.Is(err, syscall.EBUSY) {
			err = ErrTaken
		}
		return nil, fmt.Errorf("%s: line %s: %w", what, at, err)
	}
	return p, nil
}

// level is the level of a line that is active, or not.
func level(at hal.Line, active bool) gpio.Level { return gpio.Level(active != at.ActiveLow) }

// relay is a relay on a line. What it was told last is remembered: the line is never read.
type relay struct {
	board *Board
	line  hal.Line

	mu     sync.Mutex
	pin    pin // nil once closed
	closed bool
}

// OpenRelay makes a line an output, at rest. What names it for errors and for whoever wants the line too: "line relay of
// Line 1". An active-low line is drawn for some microseconds when it is opened: periph makes it an output before it sets
// the level. Such a relay board is better wired active-high.
func (b *Board) OpenRelay(at hal.Line, what string) (hal.Relay, error) {
	p, err := b.open(at, what, func(p pin) error { return p.Out(level(at, false)) })
	if err != nil {
		return nil, err
	}
	return &relay{board: b, line: at, pin: p}, nil
}

var errClosed = errors.New("board: the line was given back")

// Set draws the relay, or lets it go to rest.
func (r *relay) Set(drawn bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return errClosed
	}
	if err := r.pin.Out(level(r.line, drawn)); err != nil {
		return fmt.Errorf("board: line %s: %w", r.line, err)
	}
	return nil
}

// Close lets it go to rest and gives the line back.
func (r *relay) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	err := r.pin.Out(level(r.line, false))
	r.board.give(r.line, r.pin)
	if err != nil {
		return fmt.Errorf("board: line %s: %w", r.line, err)
	}
	return nil
}

// button is a button on a line.
type button struct {
	board *Board
	line  hal.Line
	pin   pin
}

// OpenButton makes a line an input. A button that connects its line to ground is active-low.
func (b *Board) OpenButton(at hal.Line, what string) (hal.Button, error) {
	p, err := b.open(at, what, func(p pin) error { return p.In(pull(at), gpio.NoEdge) })
	if err != nil {
		return nil, err
	}
	return &button{b, at, p}, nil
}

// pull holds an input inactive where nothing is connected.
func pull(at hal.Line) gpio.Pull {
	if at.ActiveLow {
		return gpio.PullUp
	}
	return gpio.PullDown
}

func (b *button) Pressed() (bool, error) { return b.pin.Read() == level(b.line, true), nil }

func (b *button) Close() error {
	b.board.give(b.line, b.pin)
	return nil
}
