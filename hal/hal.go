// Package hal is the vocabulary of the box: what is wired to it beside the network. hal/board has the relays, the ring
// detector, the light and the button on GPIO lines, hal/serial and hal/usb the modems, hal/haltest stand-ins for tests.
//
// The line relay stands so that at rest the telephone has the line: with the power off, while the box starts, and after the
// program has died. It is drawn for a call only.
package hal

import "io"

// Relay is a switch that falls back to rest when nobody holds it. Its methods may be called from any goroutine.
type Relay interface {
	// Set draws the relay, or lets it go to rest. It returns when the coil has its voltage; contacts follow within 10 ms.
	Set(drawn bool) error
	// Close lets it go to rest and gives its line back.
	Close() error
}

// RingDetector tells when the bell of a telephone on the line would begin, and cease, to sound.
type RingDetector interface {
	// Bell yields true when it begins and false when it ceases, in turn, each a tenth of a second late. Noise, a line
	// reversal and the pulses of a dial do not sound. The channel is closed by Close, and when the detector is gone.
	Bell() <-chan bool
	Close() error
}

// ModemPort is the serial port of a modem.
type ModemPort interface {
	io.ReadWriteCloser
	HangUp() error  // lets DTR fall for a moment, at which a modem hangs up
	Discard() error // drops what was written and is not sent yet
}

// Light is the one status light.
type Light interface {
	Show(Signal) error
	Close() error
}

// Signal is what the light tells.
type Signal uint8

// The signals, from the darkest to the most urgent.
const (
	Dark    Signal = iota // the box does not run
	Steady                // all is well
	Breathe               // a call is on: one second on, one off
	Blink                 // somebody has to look at the page: five times a second
)

func (s Signal) String() string {
	if int(s) < len(signals) {
		return signals[s]
	}
	return "unknown signal"
}

var signals = [...]string{"dark", "steady", "breathe", "blink"}

// Button is the one button.
type Button interface {
	// Pressed tells whether it is pressed now.
	Pressed() (bool, error)
	Close() error
}
