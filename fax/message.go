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
	Mode      string    `json:"mode"`     // as negotiated: "V.17 14400, MMR ECM, 1728 pels, 204x196"
	CallID    CallID    `json:"callId"`   // the call, the last one if there were several
	JobID     JobID     `json:"jobId"`    // sent: the job it was

	DisplayName   string `json:"displayName"`      // sent: of the document
	UserName      string `json:"userName"`         // account that queued it; received: whose it is, empty: the whole office's
	BillingCode   string `json:"billingCode"`      // sent
	SubmissionID  string `json:"submissionId"`     // sent
	SenderCompany string `json:"senderCompany"`    // sent
	Report        bool   `json:"report,omitempty"` // it is the delivery report of JobID, made by the box for UserName

	Partial    bool             `json:"partial"`            // the call broke: pages are missing
	Damaged    []int            `json:"damaged,omitempty"`  // pages with lines that could not be read, from 1
	Quarantine bool             `json:"quarantine"`         // kept apart, not routed
	Why        string           `json:"why,omitempty"`      // of the quarantine
	Read       bool             `json:"read"`               // somebody has seen it
	Note       string           `json:"note"`               // somebody's note
	Outcomes   []RoutingOutcome `json:"outcomes,omitempty"` // received: what became of each routing method

	DeletedTime time.Time `json:"deletedTime,omitzero"` // in the bin: since when
	DeletedBy   string    `json:"deletedBy,omitempty"`  // in the bin: who put it there
	PurgeTime   time.Time `json:"purgeTime,omitzero"`   // computed: in the bin: when it goes for good, if the disk lasts
}

// InBin reports whether the message was deleted, and can still be brought back.
func (m Message) InBin() bool { return !m.DeletedTime.IsZero() }

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
	UserName   *string `json:"userName,omitempty"`   // received: whose it is from now on; empty: the whole office's
}

// Apply is the message with the patch's changes, or Invalid.
func (m Message) Apply(p MessagePatch) (Message, error) {
	next := m
	put(&next.Read, p.Read)
	put(&next.Note, p.Note)
	put(&next.Quarantine, p.Quarantine)
	put(&next.UserName, p.UserName)
	var f faults
	f.lines("note", next.Note)
	if next.Quarantine && !m.Quarantine {
		f.add("quarantine", "can only be lifted", "Send false, or leave it out.")
	}
	if next.UserName != m.UserName && m.Direction == Out {
		f.add("userName", "is whoever sent the fax", "Leave it out: only received faxes are handed on.")
	}
	if err := f.err(); err != nil {
		return m, err
	}
	return next, nil
}
