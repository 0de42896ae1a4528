package rig

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Call is what the exchange's log says of one call.
type Call struct {
	End    Event // call-end
	Answer float64
	Late   bool // the exchange was not scheduled in time during the call: distrust its times
	Pages  []Event
	Result Event // t30-end of the reference machine, if there was one

	Signals []Signal // of both ends, in the order in which they began
}

// Signal is something that sounded on the line without a pause.
type Signal struct {
	Ep         string
	Start, End float64 // line time in seconds after the answer
	Frames     []Frame // of a V.21 burst, as the reference machine said or heard them; none for tones and images
}

// Frame is a frame as the exchange's log has it.
type Frame struct {
	Name   string
	Octets int // from the address to the last of the FIF, without FCS
	Data   []byte
}

// Duration is how long it sounded, in seconds.
func (s Signal) Duration() float64 { return s.End - s.Start }

func (s Signal) String() string {
	names := make([]string, len(s.Frames))
	for i, f := range s.Frames {
		names[i] = f.Name
	}
	return fmt.Sprintf("%7.2f %6.2f s %-8s %s", s.Start, s.Duration(), s.Ep, strings.Join(names, " "))
}

// Call gathers what the log says of a call that has ended.
func (x *Exchange) Call(id int) (*Call, error) {
	events, err := x.Events()
	if err != nil {
		return nil, err
	}
	return gather(events, id)
}

func gather(events []Event, id int) (*Call, error) {
	c := &Call{}
	answered := false
	for _, e := range events {
		if e.Ev == "late" && answered && c.End.Ev == "" {
			c.Late = true
		}
		if e.Call != id {
			continue
		}
		switch e.Ev {
		case "answer":
			c.Answer, answered = e.T, true
		case "page":
			c.Pages = append(c.Pages, e)
		case "t30-end":
			c.Result = e
		case "sound":
			c.sound(e)
		case "release":
			c.fall(e.T)
		case "call-end":
			c.End = e
		}
	}
	if c.End.Ev == "" {
		return nil, fmt.Errorf("call %d has not ended", id)
	}
	witness := "" // one machine's log is enough: two have every frame twice
	for _, e := range events {
		if e.Call != id || e.Ev != "frame" || witness != "" && e.Ep != witness {
			continue
		}
		witness = e.Ep
		c.frame(e)
	}
	return c, nil
}

// sound takes up a sound event: a signal begins or ends.
func (c *Call) sound(e Event) {
	t := e.At
	if e.On {
		c.Signals = append(c.Signals, Signal{Ep: e.Ep, Start: t, End: -1})
		return
	}
	for i := range slices.Backward(c.Signals) {
		if s := &c.Signals[i]; s.Ep == e.Ep && s.End < 0 {
			s.End = t
			return
		}
	}
}

// fall ends every signal: a party hung up.
func (c *Call) fall(t float64) {
	for i := range c.Signals {
		if c.Signals[i].End < 0 {
			c.Signals[i].End = t - c.Answer
		}
	}
}

// frame gives a frame to the signal that carried it. The reference machine logs what it says when it queues it, before or
// just as the signal begins, and what it hears at the frame's end, a little after it was sent when the line has delay.
func (c *Call) frame(e Event) {
	t := e.T - c.Answer
	data, err := hex.DecodeString(e.Hex)
	if err != nil {
		return // the log never holds such a frame
	}
	f := Frame{Name: e.Name, Octets: len(data), Data: data}
	if e.Dir == "tx" {
		for i := range c.Signals {
			if s := &c.Signals[i]; s.Ep == e.Ep && s.End > t {
				s.Frames = append(s.Frames, f)
				return
			}
		}
		return
	}
	for i := range slices.Backward(c.Signals) {
		if s := &c.Signals[i]; s.Ep != e.Ep && s.Start < t {
			s.Frames = append(s.Frames, f)
			return
		}
	}
}
