package fax

import "time"

// Direction of a call or message, seen from the box.
type Direction string

// The directions.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// Message is one fax that was received or sent: what the FaxTiff object reads off a file, and its place in the archive.
// Text that is not known is null.
type Message struct {
	ID              MessageID         `json:"id"`
	Image           string            `json:"image"`                       // computed: where its TIFF file is had
	CallerID        Text              `json:"callerId" nullable:"true"`    // received: the caller's number
	Csid            Text              `json:"csid" nullable:"true"`        // the receiver's station id
	Tsid            Text              `json:"tsid" nullable:"true"`        // the sender's
	RawReceiveTime  time.Time         `json:"rawReceiveTime"`              // UTC: when receiving, or sending, began
	ReceiveTime     Text              `json:"receiveTime" nullable:"true"` // computed: the same in local time, "2026-11-21@13:45:00"
	RecipientName   Text              `json:"recipientName" nullable:"true"`
	RecipientNumber Text              `json:"recipientNumber" nullable:"true"` // sent: the number dialled; received: Csid
	Routing         Text              `json:"routing" nullable:"true"`         // received: number, or number|subaddress
	SenderName      Text              `json:"senderName" nullable:"true"`      // sent
	TiffTagString   map[string]string `json:"tiffTagString,omitempty"`         // computed, on request: tag number -> text, first page

	Direction Direction `json:"direction"`
	DeviceID  DeviceID  `json:"deviceId"`
	Pages     int       `json:"pages"`
	Size      int64     `json:"size"`     // octets of the page files
	EndTime   time.Time `json:"endTime"`  // when the call ended
	Duration  Seconds   `json:"duration"` // of the transmission
	Result    Result    `json:"result"`   //
	Mode      string    `json:"mode"`     // as negotiated: "14400 V.17 ECM MMR fine"
	CallID    CallID    `json:"callId"`   // the call, the last one if there were several
	JobID     JobID     `json:"jobId"`    // sent: the job it was

	DisplayName   string `json:"displayName"`   // sent: of the document
	UserName      string `json:"userName"`      // sent: account that queued it
	BillingCode   string `json:"billingCode"`   // sent
	SubmissionID  string `json:"submissionId"`  // sent
	SenderCompany string `json:"senderCompany"` // sent

	Partial    bool             `json:"partial"`            // the call broke: pages are missing
	Damaged    []int            `json:"damaged,omitempty"`  // pages with lines that could not be read, from 1
	Quarantine bool             `json:"quarantine"`         // kept apart, not routed
	Why        string           `json:"why,omitempty"`      // of the quarantine
	Read       bool             `json:"read"`               // somebody has seen it
	Note       string           `json:"note"`               // somebody's note
	Outcomes   []RoutingOutcome `json:"outcomes,omitempty"` // received: what became of each routing method
}

// LocalTime is a moment as ReceiveTime shows it: date and time joined by @.
func LocalTime(t time.Time, loc *time.Location) Text {
	if t.IsZero() {
		return ""
	}
	return Text(t.In(loc).Format("2006-01-02@15:04:05"))
}

// MessagePatch is a change of a message.
type MessagePatch struct {
	Read       *bool   `json:"read,omitempty"`
	Note       *string `json:"note,omitempty"`
	Quarantine *bool   `json:"quarantine,omitempty"` // false releases it
}

// Apply is the message with the patch's changes, or Invalid.
func (m Message) Apply(p MessagePatch) (Message, error) {
	next := m
	put(&next.Read, p.Read)
	put(&next.Note, p.Note)
	put(&next.Quarantine, p.Quarantine)
	var f faults
	f.lines("note", next.Note)
	if next.Quarantine && !m.Quarantine {
		f.add("quarantine", "can only be lifted", "Send false, or leave it out.")
	}
	if err := f.err(); err != nil {
		return m, err
	}
	return next, nil
}

// Call is a line of the journal: one call, or one attempt, or one ring that nobody answered.
type Call struct {
	ID         CallID    `json:"id"`
	DeviceID   DeviceID  `json:"deviceId"`
	DeviceName string    `json:"deviceName"` // as it was then
	Direction  Direction `json:"direction"`
	Number     string    `json:"number"`            // out: dialled
	CallerID   string    `json:"callerId"`          // in: told by the network
	Withheld   bool      `json:"withheld"`          // in: the caller hides it
	StationID  string    `json:"stationId"`         // what the other side calls itself
	Start      time.Time `json:"start"`             // first ring, or dialling
	Answered   time.Time `json:"answered,omitzero"` // when the line connected
	Duration   Seconds   `json:"duration"`          // from Start to on hook
	Rings      int       `json:"rings"`             // in
	Result     Result    `json:"result"`
	Pages      int       `json:"pages"` // confirmed, either way
	Mode       string    `json:"mode"`
	JobID      JobID     `json:"jobId"`     // out
	MessageID  MessageID `json:"messageId"` // in: what it became; 0: nothing was received
	Attempt    int       `json:"attempt"`   // out: which of the job's, from 1
	Refused    string    `json:"refused"`   // in: why it was not answered; empty if nobody forbade it
	HasTrace   bool      `json:"hasTrace"`  // a trace is kept
}

// AuditEntry is one administrative change: who changed what, from which value to which.
type AuditEntry struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	User    string    `json:"user"`   // who
	Remote  string    `json:"remote"` // from where; empty: the UNIX socket
	Object  string    `json:"object"` // "server", "ports/1", "jobs/7", "users/anna"
	Action  string    `json:"action"` // "change", "create", "delete", "cancel", ...
	Changes []Change  `json:"changes"`
}

// Change is one field that was changed. Values are JSON; secrets are never among them.
type Change struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

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
	Sentence string    `json:"sentence"` // what is the matter, for the office
	Hint     string    `json:"hint"`     // what to do about it; empty if OK
	Since    time.Time `json:"since"`
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
