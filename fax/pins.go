package fax

import (
	"fmt"
	"strconv"
	"strings"
)

// Pins are the GPIO lines that a telephone line's relays and ring detector hang on: the label of a chip and the number of
// a line there, "pinctrl-bcm2835:17", with ",low" behind if it is active-low. An empty one is not there.
type Pins struct {
	LineRelay    string `json:"lineRelay"`    // connects the modem to the line for a call; empty: it always is connected
	PowerRelay   string `json:"powerRelay"`   // cuts the power of a modem that hangs
	RingDetector string `json:"ringDetector"` // follows the bell; empty: the modem's RING alone counts
}

// Pin is one of the Pins.
type Pin struct {
	Field string // its name in JSON: "lineRelay"
	What  string // in words: "line relay"
	Line  string // the GPIO line, not empty
}

// Used are the pins that are there, in the order of Pins.
func (p Pins) Used() (list []Pin) {
	for _, pin := range []Pin{
		{"lineRelay", "line relay", p.LineRelay}, {"powerRelay", "power relay", p.PowerRelay}, {"ringDetector", "ring detector", p.RingDetector},
	} {
		if pin.Line != "" {
			list = append(list, pin)
		}
	}
	return list
}

// Address is the line of a pin without its polarity: two pins of the same address are the same line.
func (p Pin) Address() string { return strings.TrimSuffix(p.Line, ",low") }

// Without are the pins whose lines others does not use.
func (p Pins) Without(others Pins) Pins {
	for _, line := range []*string{&p.LineRelay, &p.PowerRelay, &p.RingDetector} {
		if others.find(Pin{Line: *line}.Address()) != nil {
			*line = ""
		}
	}
	return p
}

// find is the pin on a line, nil if there is none.
func (p Pins) find(address string) *Pin {
	for _, pin := range p.Used() {
		if pin.Address() == address {
			return &pin
		}
	}
	return nil
}

// maxPin is far beyond the number of lines of any chip.
const maxPin = 1 << 16

// isPin reports whether a pin's line is well written. That it exists is known on the board only.
func isPin(line string) bool {
	address := Pin{Line: line}.Address()
	colon := strings.LastIndexByte(address, ':') // labels hold colons: "9030000.pl061:0"
	if colon < 1 || len(line) > MaxLine {
		return false
	}
	n, err := strconv.Atoi(address[colon+1:])
	return err == nil && n >= 0 && n <= maxPin && strconv.Itoa(n) == address[colon+1:] &&
		!strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' || r == ',' })
}

// pins checks that each is well written, and that none is used twice.
func (f *faults) pins(p Pins) {
	for i, pin := range p.Used() {
		if !isPin(pin.Line) {
			f.add(pin.Field, fmt.Sprintf("%q is no GPIO line", pin.Line), `Enter chip and number such as "pinctrl-bcm2835:17", with ",low" behind if it is active-low.`)
			continue
		}
		if first := p.find(pin.Address()); first.Field != p.Used()[i].Field {
			f.add(pin.Field, fmt.Sprintf("%q is the %s", pin.Line, first.What), otherLine)
		}
	}
}

const otherLine = "Choose another line."

// checkShared says which pins of a port another one of them uses: nil or Invalid.
func checkShared(ports []Port, changed Port) error {
	var f faults
	for _, pin := range changed.Used() {
		for _, other := range ports {
			if theirs := other.find(pin.Address()); theirs != nil && other.DeviceID != changed.DeviceID {
				f.add(pin.Field, fmt.Sprintf("%q is the %s of %s", pin.Line, theirs.What, other.Name), otherLine)
			}
		}
	}
	return f.err()
}
