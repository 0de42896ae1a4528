package fax

import "time"

// Status is what a port does at one moment: the FaxStatus object. An idle port has its identity, State and Description,
// and everything else empty or 0.
type Status struct {
	AsOf     time.Time    `json:"asOf"`         // when this was so
	State    DeviceStatus `json:"deviceStatus"` // always
	DeviceID DeviceID     `json:"deviceId"`     // always

	DeviceName  string `json:"deviceName"`  // always
	Description string `json:"description"` // always: a sentence for people
	Send        bool   `json:"send"`        // sending a fax now
	Receive     bool   `json:"receive"`     // receiving a fax now; never together with Send

	Tsid        string    `json:"tsid"`               // the sender's id: ours when sending; empty until known
	Csid        string    `json:"csid"`               // the receiver's id: ours when receiving; empty until known
	StartTime   time.Time `json:"startTime,omitzero"` // when the transmission began
	ElapsedTime Seconds   `json:"elapsedTime"`        // seconds since StartTime, at AsOf; 0 when idle
	PageCount   int       `json:"pageCount"`          // pages of the whole transmission; 0: not known, as when receiving
	CurrentPage int       `json:"currentPage"`        // on the line now, from 1, either way; 0: not known

	Address       string    `json:"address"`                // sending: number called
	SenderName    string    `json:"senderName"`             // sending
	SubmittedTime time.Time `json:"submittedTime,omitzero"` // sending: when the job was queued
	DocumentName  string    `json:"documentName"`           // sending
	DocumentSize  int64     `json:"documentSize"`           // sending: octets

	CallerID      string `json:"callerId"`      // receiving: the caller's number; empty if withheld or not told
	RoutingString string `json:"routingString"` // receiving: number, or number|subaddress
	RecipientName string `json:"recipientName"` // receiving: if known

	JobID  JobID  `json:"jobId"`  // sending: the job
	CallID CallID `json:"callId"` // during a call: its line in the journal
	Mode   string `json:"mode"`   // during a call, once negotiated: "V.17 14400, MMR ECM, 1728 pels, 204x196"
	Rings  int    `json:"rings"`  // ringing: rings heard

	Fault Cause `json:"fault"` // out of service: why; else "unknown"
}

// Idle reports that the port is in service and does nothing.
func (s Status) Idle() bool { return s.State == Available }

// At is the status as of a later moment at which nothing but the time has changed.
func (s Status) At(now time.Time) Status {
	s.AsOf = now
	if !s.StartTime.IsZero() {
		s.ElapsedTime = SecondsOf(max(0, now.Sub(s.StartTime)))
	}
	return s
}
