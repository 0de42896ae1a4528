package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"faxbox/fax"
	"faxbox/fax/port"
	"faxbox/fax/wire"
	"faxbox/hal"
	"faxbox/hal/board"
)

// gpio is the GPIO lines of this computer: a *board.Board, or a stand-in.
type gpio interface {
	Lines() []board.Info
	OpenRelay(at hal.Line, what string) (hal.Relay, error)
	OpenRingDetector(at hal.Line, what string) (hal.RingDetector, error)
	OpenLight(at hal.Line, what string) (hal.Light, error)
	OpenButton(at hal.Line, what string) (hal.Button, error)
}

func openBoard() (gpio, error) {
	b, err := board.Open()
	if err != nil {
		return nil, err // not b: a nil *board.Board is no nil gpio
	}
	return b, nil
}

// pins opens what ports name, and remembers in a file which relays it has, so that they can be put to rest should this
// process die.
type pins struct {
	board func() (gpio, error) // opened when it is first needed
	file  string

	mu     sync.Mutex
	relays map[string]int // lines of relays, and how often each is open: once, or not any more
}

func newPins(open func() (gpio, error), data string) *pins {
	return &pins{board: sync.OnceValues(open), file: relaysIn(data), relays: map[string]int{}}
}

// lines are the board's.
func (p *pins) lines() ([]wire.GPIOLine, error) {
	b, err := p.board()
	if err != nil {
		return nil, err
	}
	var list []wire.GPIOLine
	for _, l := range b.Lines() {
		list = append(list, wire.GPIOLine{Line: l.Line.String(), Name: l.Name, Holder: l.Holder})
	}
	return list, nil
}

// wire opens what a port names. What cannot be had is a fax.Invalid.
func (p *pins) wire(settings fax.Port) (w port.Wiring, err error) {
	var closers []func() error
	w.Close = func() {
		for _, f := range slices.Backward(closers) {
			f() // the line is given back, whatever it says
		}
	}
	used := settings.Used()
	if len(used) == 0 {
		return w, nil
	}
	var missing fax.Invalid
	b, err := p.board()
	for _, pin := range used {
		what := fmt.Sprintf("%s of port %d", pin.What, settings.DeviceID)
		if err == nil {
			err = p.open(b, pin, what, &w, &closers)
		}
		if err != nil {
			problem := "cannot be had: " + strings.TrimPrefix(err.Error(), what+": ")
			missing = append(missing, fax.FieldError{Field: pin.Field, Problem: problem, Code: fax.ErrorInvalidParameter,
				Hint: "faxbox gpio lists the lines of this board, and who has them."})
		}
		if b != nil {
			err = nil
		}
	}
	if missing != nil {
		return w, missing
	}
	return w, nil
}

// open opens one pin.
func (p *pins) open(b gpio, pin fax.Pin, what string, w *port.Wiring, closers *[]func() error) error {
	at, err := hal.ParseLine(pin.Line)
	if err != nil {
		return err
	}
	if pin.Field == "ringDetector" {
		d, err := b.OpenRingDetector(at, what)
		if err != nil {
			return err
		}
		w.Bell = d.Bell()
		*closers = append(*closers, d.Close)
		return nil
	}
	if err := p.remember(at, 1); err != nil {
		return err
	}
	r, err := b.OpenRelay(at, what)
	if err != nil {
		return errors.Join(err, p.remember(at, -1))
	}
	if pin.Field == "powerRelay" {
		w.Power = cutter{r}
	} else {
		w.Line = r
	}
	*closers = append(*closers, func() error { return errors.Join(r.Close(), p.remember(at, -1)) })
	return nil
}

// cutter is a relay that, drawn, cuts the power: so the modem has power when the box has not said anything.
type cutter struct{ hal.Relay }

func (c cutter) Set(on bool) error { return c.Relay.Set(!on) }

// remember keeps a file of the relays that are open: a line for each.
func (p *pins) remember(at hal.Line, times int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := at.String()
	if p.relays[line] += times; p.relays[line] <= 0 {
		delete(p.relays, line)
	}
	if len(p.relays) == 0 {
		if err := os.Remove(p.file); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	text := strings.Join(slices.Sorted(maps.Keys(p.relays)), "\n") + "\n"
	if err := os.WriteFile(p.file+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(p.file+".new", p.file)
}

// relaysIn is the file of the relays of a box whose data is in that folder.
func relaysIn(data string) string { return filepath.Join(data, "relays") }

type relaysCommand struct {
	Data string `help:"The data folder of the server that has died." placeholder:"DIR" type:"path"`
}

// Run puts the relays to rest that a server had when it died: the telephones have their lines again.
func (c relaysCommand) Run(con console) error {
	data := c.Data
	if data == "" {
		data = dataFolder("faxbox")
	}
	text, err := os.ReadFile(relaysIn(data))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	b, err := con.board()
	if err != nil {
		return err
	}
	var failed []error
	for line := range strings.FieldsSeq(string(text)) {
		at, err := hal.ParseLine(line)
		if err == nil {
			var r hal.Relay
			if r, err = b.OpenRelay(at, "relay at rest"); err == nil {
				err = r.Close()
			}
		}
		failed = append(failed, err)
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	return os.Remove(relaysIn(data))
}

type gpioCommand struct{ output }

// Run lists the GPIO lines.
func (c gpioCommand) Run(ctx context.Context, con console) error {
	return show(ctx, con, c.output, "/gpio-lines", func(w *tabwriter.Writer, l wire.List[wire.GPIOLine]) {
		fmt.Fprintln(w, "LINE\tNAME\tHOLDER")
		for _, line := range l.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\n", line.Line, orDash(line.Name), orDash(line.Holder))
		}
	})
}
