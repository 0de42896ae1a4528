package exchange

import "time"

// Behaviour is what somebody without a fax does when called.
type Behaviour struct {
	Does  Doing
	Rings int           // Voice, Silent: answers after so many; 0 is 1
	For   time.Duration // Voice, Silent: hangs up after so long; 0: one second after the caller has
}

// Doing is what a Behaviour does.
type Doing uint8

const (
	Busy     Doing = iota // the line is always engaged
	NoAnswer              // it rings, and rings
	Voice                 // a person or an announcement
	Silent                // goes off hook and says nothing
)

// subscriber is the device that behaves.
type subscriber struct {
	*extension
	b     Behaviour
	over  *event
	voice *wave
}

// Behave puts somebody without a fax on a new extension. It panics when the station's number is empty or taken.
func (x *Exchange) Behave(s Station, b Behaviour) {
	d := &subscriber{b: b}
	if d.b.Rings == 0 {
		d.b.Rings = 1
	}
	d.extension = x.extension(s, d)
	d.engaged = b.Does == Busy
	x.connect(d.extension)
}

func (d *subscriber) rings(cycle int) {
	if (d.b.Does == Voice || d.b.Does == Silent) && cycle == d.b.Rings {
		d.over = d.x.clock.after(time.Second, func() { d.answer() })
	}
}

func (d *subscriber) bell(on bool) {
	if !on && d.state != ringing {
		d.x.clock.cancel(d.over)
	}
}

func (d *subscriber) connected() {
	if d.b.Does == Voice {
		d.voice = d.begin(Signal{Kind: Tone, Name: "voice"})
	}
	if d.b.For > 0 {
		d.over = d.x.clock.after(d.b.For, d.hangUp)
	}
}

func (d *subscriber) farHungUp() {
	d.x.clock.cancel(d.over)
	d.over = d.x.clock.after(time.Second, d.hangUp)
}

func (d *subscriber) hear(sound)               {}
func (d *subscriber) rang(bool, time.Duration) {}
func (d *subscriber) callerID(Station)         {}
func (d *subscriber) refused(error)            {}
func (d *subscriber) lineDropped()             {}
func (d *subscriber) retire()                  {}
