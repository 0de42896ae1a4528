package fax

import (
	"encoding/json"
	"fmt"
)

// CodedText is what a DeviceStatus looks like in JSON.
type CodedText struct {
	Code uint32 `json:"code"`
	Text string `json:"text"`
}

// DeviceStatus is the state of a port, with the numbers and the English texts of the object model (FPS_*). The zero value
// is "Unknown": no port.
type DeviceStatus uint32

// The states of a port. All carry the marker bit 0x20000000.
const (
	NoDevice        DeviceStatus = 0
	Dialing         DeviceStatus = 0x20000001
	Sending         DeviceStatus = 0x20000002
	Receiving       DeviceStatus = 0x20000004
	Completed       DeviceStatus = 0x20000008
	Handled         DeviceStatus = 0x20000010
	Unavailable     DeviceStatus = 0x20000020
	LineBusy        DeviceStatus = 0x20000040
	Unanswered      DeviceStatus = 0x20000080
	BadAddress      DeviceStatus = 0x20000100
	DeadLine        DeviceStatus = 0x20000200
	Disconnected    DeviceStatus = 0x20000400
	FatalError      DeviceStatus = 0x20000800
	NotAFaxCall     DeviceStatus = 0x20001000
	CallDelayed     DeviceStatus = 0x20002000
	CallBlacklisted DeviceStatus = 0x20004000
	Initializing    DeviceStatus = 0x20008000
	Offline         DeviceStatus = 0x20010000
	Ringing         DeviceStatus = 0x20020000
	Available       DeviceStatus = 0x20100000
	Aborting        DeviceStatus = 0x20200000
	Routing         DeviceStatus = 0x20400000
	Answered        DeviceStatus = 0x20800000
)

var deviceStatusTexts = map[DeviceStatus]string{
	NoDevice:        "Unknown",
	Dialing:         "Dialing",
	Sending:         "Sending",
	Receiving:       "Receiving",
	Completed:       "Completed",
	Handled:         "Handled",
	Unavailable:     "Unavailable",
	LineBusy:        "Busy",
	Unanswered:      "No Answer",
	BadAddress:      "Bad Address",
	DeadLine:        "No Dial Tone",
	Disconnected:    "Disconnected",
	FatalError:      "Fatal Error",
	NotAFaxCall:     "Not a Fax Call",
	CallDelayed:     "Call Delayed",
	CallBlacklisted: "Call Blacklisted",
	Initializing:    "Initializing",
	Offline:         "Offline",
	Ringing:         "Ringing",
	Available:       "Available",
	Aborting:        "Aborting",
	Routing:         "Routing",
	Answered:        "Answered",
}

// String is the exact English text of the object model, "Unknown" for a number that has none.
func (s DeviceStatus) String() string {
	if text, ok := deviceStatusTexts[s]; ok {
		return text
	}
	return deviceStatusTexts[NoDevice]
}

// MarshalJSON writes a CodedText.
func (s DeviceStatus) MarshalJSON() ([]byte, error) {
	return json.Marshal(CodedText{uint32(s), s.String()})
}

// UnmarshalJSON reads a CodedText; the code counts.
func (s *DeviceStatus) UnmarshalJSON(data []byte) error {
	var c CodedText
	if err := json.Unmarshal(data, &c); err != nil {
		return fmt.Errorf("device status: %w", err)
	}
	*s = DeviceStatus(c.Code)
	return nil
}

// DeviceStatus is what a port shows after a call, or an attempt, that ended so.
func (c Cause) DeviceStatus() DeviceStatus {
	switch c {
	case Unknown:
		return Available
	case OK, NothingSent:
		return Completed
	case Busy:
		return LineBusy
	case NoAnswer:
		return Unanswered
	case NoDialTone:
		return DeadLine
	case NoFax:
		return NotAFaxCall
	case Blacklisted:
		return CallBlacklisted
	case Delayed:
		return CallDelayed
	case Glare:
		return Unavailable
	case BadNumber:
		return BadAddress
	case Cancelled:
		return Aborting
	case ModemFailed, ModemGone:
		return Offline
	case Refused, RemoteHungUp, LineDropped, NotConfirmed, NoCommand, NoResponse, TooLong:
		return Disconnected
	default:
		return FatalError
	}
}

// QueueStatus is a job's place in its life. Its numbers are those of the extended service, which has one for every state;
// Winfax gives the older numbers.
type QueueStatus uint32

// The places. Paused and NoLine lie over Pending and Retrying: a job shows the first that holds of Paused, NoLine, and the
// state beneath. A job that is Finished, Aborted or being Deleted is no longer one of the queue's.
const (
	Pending         QueueStatus = 0x001 // waits for a port, its hour, or its turn
	InProgress      QueueStatus = 0x002 // on a line
	Failed          QueueStatus = 0x008 // for good; stays until DirtyDays or a restart
	Paused          QueueStatus = 0x010 // held by somebody
	NoLine          QueueStatus = 0x020 // no usable port now; goes on by itself
	Retrying        QueueStatus = 0x040 // failed, waits for the next attempt
	RetriesExceeded QueueStatus = 0x080 // failed too often; stays until DirtyDays or a restart
	Finished        QueueStatus = 0x100 // every page confirmed
	Aborted         QueueStatus = 0x200 // cancelled
	Deleting        QueueStatus = 0x400 // being cancelled: its call is ending
	BeingRouted     QueueStatus = 0x800 // received; routing methods run
)

type queueStatusRow struct {
	text   string
	winfax uint32
	old    bool // winfax knows it
}

var queueStatuses = map[QueueStatus]queueStatusRow{
	Pending:         {"Pending", 0x00, true},
	InProgress:      {"In Progress", 0x01, true},
	Deleting:        {"Deleting", 0x02, true},
	Failed:          {"Failed", 0x04, true},
	Paused:          {"Paused", 0x08, true},
	NoLine:          {"No Line", 0x10, true},
	Retrying:        {"Retrying", 0x20, true},
	RetriesExceeded: {"Retries Exceeded", 0x40, true},
	Finished:        {"Completed", 0, false},
	Aborted:         {"Cancelled", 0, false},
	BeingRouted:     {"Routing", 0, false},
}

// String is the exact English text of the object model; where it has none, the extended service's word.
func (s QueueStatus) String() string {
	if row, ok := queueStatuses[s]; ok {
		return row.text
	}
	return "Unknown"
}

// Winfax is the number that winfax uses, if it knows the state.
func (s QueueStatus) Winfax() (code uint32, ok bool) {
	row := queueStatuses[s]
	return row.winfax, row.old
}

// Left reports that the job has left the queue: old programs no longer see it.
func (s QueueStatus) Left() bool { return s == Finished || s == Aborted }

// Final reports that nothing more happens to the job unless somebody restarts it.
func (s QueueStatus) Final() bool { return s.Left() || s == Failed || s == RetriesExceeded }

// QueueText is what a QueueStatus looks like in JSON.
type QueueText struct {
	Code         *uint32 `json:"code" nullable:"true"` // winfax; null where it has none
	ExtendedCode uint32  `json:"extendedCode"`
	Text         string  `json:"text"`
}

// MarshalJSON writes a QueueText.
func (s QueueStatus) MarshalJSON() ([]byte, error) {
	text := QueueText{ExtendedCode: uint32(s), Text: s.String()}
	if code, ok := s.Winfax(); ok {
		text.Code = &code
	}
	return json.Marshal(text)
}

// UnmarshalJSON reads a QueueText; the extended code counts.
func (s *QueueStatus) UnmarshalJSON(data []byte) error {
	var text QueueText
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("queue status: %w", err)
	}
	*s = QueueStatus(text.ExtendedCode)
	return nil
}

// JobType says what a job is, in winfax's numbers.
type JobType int

// The types of job.
const (
	JobUnknown       JobType = iota
	JobSend                  // goes out
	JobReceive               // comes in
	JobRouting               // received; a routing method is to be tried again
	JobFailedReceive         // received in part: kept, not routed
)

// ErrorCode is a number that old programs know, of the Windows error codes.
type ErrorCode uint32

// The error codes of the object model.
const (
	ErrorAccessDenied     ErrorCode = 5    // right missing
	ErrorInvalidHandle    ErrorCode = 6    // somebody else changes the port
	ErrorInvalidData      ErrorCode = 13   // unknown routing method, empty document
	ErrorWriteProtect     ErrorCode = 19   // outgoing queue blocked
	ErrorBadUnit          ErrorCode = 20   // no port with that id
	ErrorInvalidParameter ErrorCode = 87   // unknown job, value out of range, archive on without directory
	ErrorDeviceInUse      ErrorCode = 2404 // port busy while it is changed
	ErrorInvalidOperation ErrorCode = 4317 // the job's state forbids the command
	ErrorOutOfMemory      ErrorCode = 7001
	ErrorFileAccessDenied ErrorCode = 7008
	ErrorMessageNotFound  ErrorCode = 7009
	ErrorTooManyRecipient ErrorCode = 7013
)

// HRESULT is the code as the objects report it: 0x80070005 for access denied, 0x80041B59 for 7001.
func (c ErrorCode) HRESULT() uint32 {
	if c >= 7001 && c <= 7013 {
		return 0x80040000 | uint32(c)
	}
	return 0x80070000 | uint32(c)
}
