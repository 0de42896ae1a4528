package class1

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"faxbox/fax/at"
)

// Ring is the state of a call that is ringing.
type Ring struct {
	Count   int             // rings so far; 0 when it has stopped
	Caller  Caller          // as far as it is known by now
	Pattern string          // the kind of ring, if the modem tells kinds apart: "A"
	Cadence []time.Duration // on, off, on, ... as measured, if the modem reports it
}

// Caller is what caller id tells. Its absence is normal, and so is that of any field.
type Caller struct {
	Number, Name string
	Withheld     bool   // the caller does not want to be known
	Unavailable  bool   // the network does not know ("out of area")
	Called       string // the number that was called
	Date, Time   string // MMDD and HHMM at the exchange
}

// ringGap is the silence after which a call has stopped ringing: the longest pause between rings is 4 to 5 s.
const ringGap = 8 * time.Second

// ring gathers what is said of one incoming call.
type ring struct {
	Ring
	last time.Time // the last ring
}

// WaitRing waits until something about an incoming call is new: a ring, a caller-id field, a measured cadence; or 8 s have
// passed without a ring, which it tells by Count 0.
func (m *Modem) WaitRing(ctx context.Context) (Ring, error) {
	for {
		for _, i := range m.conn.Indications() {
			if m.ring.take(i) {
				return m.ring.copy(), nil
			}
		}
		until := time.Now().Add(time.Hour)
		if m.ring.Count > 0 {
			until = m.ring.last.Add(ringGap)
		}
		line, err := m.conn.Line(ctx, until)
		switch {
		case errors.Is(err, at.ErrTimeout) && m.ring.Count > 0:
			m.ring = ring{}
			return Ring{}, nil
		case errors.Is(err, at.ErrTimeout):
		case err != nil:
			return Ring{}, err
		default:
			m.ring.line(line, m.conn.Keep)
		}
	}
}

// line sorts a line said while nothing was asked.
func (r *ring) line(line string, keep func(at.Indication)) {
	if i, ok := at.ParseIndication(line); ok {
		keep(i)
		return
	}
	switch {
	case line == "2": // RING of a modem that answers in digits
		keep(at.Indication{Kind: at.Ring})
	case len(line) >= 3 && strings.Trim(line, "0123456789") == "": // a number and nothing else
		keep(at.Indication{Kind: at.Number, Value: line})
	}
}

// copy is the state for a caller to keep.
func (r *ring) copy() Ring {
	c := r.Ring
	c.Cadence = append([]time.Duration(nil), r.Cadence...)
	return c
}

// take adds an indication and tells whether it says anything of a call.
func (r *ring) take(i at.Indication) bool {
	switch i.Kind {
	case at.Ring:
		r.Count++
		r.last = time.Now()
		if i.Value != "" {
			r.Pattern = i.Value
		}
	case at.RingOn, at.RingOff:
		return r.measured(i)
	case at.Message:
		return r.message(i.Value)
	default:
		return r.Caller.take(i)
	}
	return true
}

// measured adds a measured part of the cadence. The first off time of a call measures nothing, and neither does more than
// a cycle of four rings.
func (r *ring) measured(i at.Indication) bool {
	tenths, err := strconv.Atoi(i.Value)
	on := i.Kind == at.RingOn
	if err != nil || len(r.Cadence) >= 8 || on != (len(r.Cadence)%2 == 0) {
		return false
	}
	r.Cadence = append(r.Cadence, time.Duration(tenths)*100*time.Millisecond)
	return true
}

func (c *Caller) take(i at.Indication) bool {
	switch i.Kind {
	case at.Number:
		c.Number = c.known(i.Value)
	case at.Name:
		c.Name = c.known(i.Value)
	case at.Called:
		c.Called = i.Value
	case at.Date:
		c.Date = i.Value
	case at.Time:
		c.Time = i.Value
	default:
		return false
	}
	return true
}

// known is a number or name, or "" with the reason for its absence noted: P for private, O for out of area.
func (c *Caller) known(value string) string {
	switch strings.ToUpper(value) {
	case "P", "PRIVATE", "WITHHELD", "ANONYMOUS":
		c.Withheld = true
		return ""
	case "O", "OUT OF AREA", "UNAVAILABLE", "UNKNOWN", "":
		c.Unavailable = true
		return ""
	}
	return value
}

// The messages and parameters of caller id (ETSI EN 300 659-3, Telcordia GR-30).
const (
	singleMessage   = 0x04 // date, time and number, no parameters
	multipleMessage = 0x80

	paramTime     = 0x01
	paramNumber   = 0x02
	paramCalled   = 0x03
	paramNoNumber = 0x04
	paramName     = 0x07
	paramNoName   = 0x08
)

// message reads the raw message that some modems deliver in hex: type, length, content, and a checksum that is not
// looked at, as the modem has.
func (r *ring) message(digits string) bool {
	raw, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
	if err != nil || len(raw) < 2 {
		return false
	}
	body := raw[2:]
	body = body[:min(len(body), int(raw[1]))]
	switch raw[0] {
	case singleMessage:
		if len(body) > 8 {
			r.parameter(paramNumber, string(body[8:]))
		}
		r.parameter(paramTime, string(body))
		return true
	case multipleMessage:
		for len(body) >= 2 {
			n := min(len(body)-2, int(body[1]))
			r.parameter(body[0], string(body[2:2+n]))
			body = body[2+n:]
		}
		return true
	}
	return false
}

func (r *ring) parameter(kind byte, value string) {
	switch kind {
	case paramTime:
		if len(value) >= 8 {
			r.Caller.Date, r.Caller.Time = value[:4], value[4:8]
		}
	case paramNumber, paramNoNumber:
		r.Caller.take(at.Indication{Kind: at.Number, Value: value})
	case paramName, paramNoName:
		r.Caller.take(at.Indication{Kind: at.Name, Value: value})
	case paramCalled:
		r.Caller.Called = value
	}
}
