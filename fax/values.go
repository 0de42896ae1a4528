package fax

import (
	"encoding/json"
	"time"
)

// The keys of the objects. None is ever 0, and none is ever used again for another object.
type (
	DeviceID  int64 // a port, for ever the same modem socket
	JobID     int64
	MessageID int64
	CallID    int64
	ContactID int64
)

// Seconds is a duration as JSON carries it.
type Seconds float64

// SecondsOf converts a duration.
func SecondsOf(d time.Duration) Seconds { return Seconds(d.Seconds()) }

// Duration converts back.
func (s Seconds) Duration() time.Duration { return time.Duration(float64(s) * float64(time.Second)) }

// Text is text that may be unknown: the empty string is null in JSON.
type Text string

// MarshalJSON writes null for the empty string.
func (t Text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}
