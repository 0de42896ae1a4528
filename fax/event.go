package fax

import "time"

// EventKind says what an event is about.
type EventKind string

// The kinds of event.
const (
	PortStatusEvent    EventKind = "status"          // Status
	PortEvent          EventKind = "port"            // Port: a setting changed, it was added
	ServerEvent        EventKind = "server"          // Server: a setting changed
	RoutingMethodEvent EventKind = "routing-method"  // RoutingMethod
	JobEvent           EventKind = "job"             // Job: added or changed
	JobRemovedEvent    EventKind = "job-removed"     // Job, as it was last: its id is void from here
	MessageEvent       EventKind = "message"         // Message: added or changed
	MessageRemoved     EventKind = "message-removed" // Message, as it was last
	CallEvent          EventKind = "call"            // Call: over
	IncomingCallEvent  EventKind = "incoming-call"   // Call: rings
	HealthEvent        EventKind = "health"          // Health: something broke or mended
	StartedEvent       EventKind = "started"         // the service started; sequence numbers go on
	StoppingEvent      EventKind = "stopping"        // the service ends; the client must come again
)

// Event is something that happened, in the order in which it happened.
type Event struct {
	Seq    uint64      `json:"seq"` // from 1, without a gap while the service runs, never used again
	At     time.Time   `json:"at"`
	Kind   EventKind   `json:"kind"`
	Legacy LegacyEvent `json:"legacy,omitempty"` // what old programs knew it by; 0: nothing

	Status        *Status        `json:"status,omitempty"`
	Port          *Port          `json:"port,omitempty"`
	Server        *Server        `json:"server,omitempty"`
	RoutingMethod *RoutingMethod `json:"routingMethod,omitempty"`
	Job           *Job           `json:"job,omitempty"`
	Message       *Message       `json:"message,omitempty"`
	Call          *Call          `json:"call,omitempty"`
	Health        *Finding       `json:"health,omitempty"`
}

// Finding is something that is not as it should be with the box, or is again as it should be.
type Finding struct {
	Name     string    `json:"name"`     // what: "store", "ports/1", "clock"
	OK       bool      `json:"ok"`       // as it should be
	State    Condition `json:"state"`    // the same with a shade; empty in a finding that nobody has graded yet
	Sentence string    `json:"sentence"` // what is the matter, for the office
	Hint     string    `json:"hint"`     // what to do about it; empty if OK
	Since    time.Time `json:"since"`
}

// Condition is how something is.
type Condition string

// The conditions, the best first.
const (
	Well    Condition = "ok"
	Warning Condition = "warning" // it works, and somebody should look at it
	Bad     Condition = "bad"     // it does not work
)

// Graded is the finding with its State, which only warnings say themselves.
func (f Finding) Graded() Finding {
	switch {
	case f.OK:
		f.State = Well
	case f.State != Warning:
		f.State = Bad
	}
	return f
}

// Checkup is a finding with what it sums up: health as a tree.
type Checkup struct {
	Finding
	Parts []Checkup `json:"parts,omitempty"`
}

// LegacyEvent is a number that old programs know an event by (FEI_*).
type LegacyEvent uint32

// The legacy events.
const (
	LegacyDialing LegacyEvent = 1 + iota
	LegacySending
	LegacyReceiving
	LegacyCompleted
	LegacyBusy
	LegacyNoAnswer
	LegacyBadAddress
	LegacyNoDialTone
	LegacyDisconnected
	LegacyFatalError
	LegacyNotFaxCall
	LegacyCallDelayed
	LegacyCallBlacklisted
	LegacyRinging
	LegacyAborting
	LegacyRouting
	LegacyModemOn
	LegacyModemOff
	LegacyIdle
	LegacyServiceEnded
	LegacyAnswered
	LegacyJobQueued
	LegacyJobDeleted
	LegacyInitializing
	LegacyLineUnavailable
	LegacyHandled
	LegacyServiceStarted
)
