package fax

import (
	"slices"
	"time"
)

// Result is how something ended, in words for the office. Whether and when it is tried again stands with the job.
type Result struct {
	Cause    Cause  `json:"cause"`
	Sentence string `json:"sentence"`
	Hint     string `json:"hint"`
	Detail   string `json:"detail,omitempty"` // for support: what exactly was heard or failed
}

// ResultOf is a cause with its words.
func ResultOf(c Cause) Result { return Result{Cause: c, Sentence: c.Sentence(), Hint: c.Hint()} }

// Schedule is when a job may go.
type Schedule string

// The schedules.
const (
	SendNow      Schedule = "now"
	SendAt       Schedule = "at"       // not before Job.SendTime; a time in the past means now
	SendDiscount Schedule = "discount" // in the cheap period
)

// Urgency orders jobs that wait for the same port.
type Urgency string

// The urgencies.
const (
	Low    Urgency = "low"
	Normal Urgency = "normal"
	High   Urgency = "high"
)

// Job is one fax to one number in the queue, or one being received: the FaxJob object.
type Job struct {
	JobID         JobID        `json:"jobId"`         // the key, never 0
	Type          JobType      `json:"type"`          // winfax's number
	QueueStatus   QueueStatus  `json:"queueStatus"`   // computed for the caller: see fax/queue; what is stored is State
	DeviceStatus  DeviceStatus `json:"deviceStatus"`  // computed: of the port that has it; "Unknown" while none has
	DisplayName   string       `json:"displayName"`   // of the document
	FaxNumber     string       `json:"faxNumber"`     // as entered; empty unless sending
	PageCount     int          `json:"pageCount"`     // sending: pages with the cover page; else 0
	RecipientName string       `json:"recipientName"` // or empty
	SenderName    string       `json:"senderName"`    // sending
	SenderCompany string       `json:"senderCompany"` // sending
	SenderDept    string       `json:"senderDept"`    // sending
	BillingCode   string       `json:"billingCode"`   // sending
	Tsid          StationID    `json:"tsid"`          // that was used or will be
	UserName      string       `json:"userName"`      // sending: account that queued it
	DiscountSend  bool         `json:"discountSend"`  // waits for the cheap period: Schedule is SendDiscount

	SubmissionID  string    `json:"submissionId"`      // shared by the jobs of one document
	SubmittedTime time.Time `json:"submittedTime"`     // when it was queued
	DocumentSize  int64     `json:"documentSize"`      // octets of its page files
	EmailAddress  string    `json:"emailAddress"`      // where reports go
	Schedule      Schedule  `json:"schedule"`          // when it may go
	SendTime      time.Time `json:"sendTime,omitzero"` // for SendAt
	Priority      Urgency   `json:"priority"`          // among jobs
	OnlyDevice    DeviceID  `json:"onlyDevice"`        // the one port to use; 0: any
	DocumentTsid  StationID `json:"documentTsid"`      // the document's own, if any

	Subject      string       `json:"subject,omitempty"`      // of the cover page
	Confirmation Confirmation `json:"confirmation,omitempty"` // where its delivery report goes; empty: nowhere

	State          QueueStatus `json:"state"`                // stored: Pending, InProgress, Retrying, Deleting or a final one
	Held           bool        `json:"held"`                 // stored: somebody paused it
	Attempts       int         `json:"attempts"`             // counted ones, since it was queued or restarted
	Calls          int         `json:"calls"`                // numbers dialled since then, counted or not
	NextAttempt    time.Time   `json:"nextAttempt,omitzero"` // Retrying: when
	ConfirmedPages int         `json:"confirmedPages"`       // from the first on; the next attempt resumes after them
	CurrentPage    int         `json:"currentPage"`          // computed: on the line now; 0: none
	DeviceID       DeviceID    `json:"deviceId"`             // the port that has it, or had it last; 0: none yet
	Result         Result      `json:"result"`               // of the last attempt
	CallID         CallID      `json:"callId,omitempty"`     // of the last attempt that came to a call
	Csid           StationID   `json:"csid,omitempty"`       // what the far end called itself in it
	Mode           string      `json:"mode,omitempty"`       // as negotiated in it: "V.17 14400, MMR ECM, 1728 pels, 204x196"
	StartTime      time.Time   `json:"startTime,omitzero"`   // of the last attempt
	EndTime        time.Time   `json:"endTime,omitzero"`     // when it became final: DirtyDays count from here
	MessageID      MessageID   `json:"messageId"`            // what it became when it was done; 0: nothing yet
	ReportID       MessageID   `json:"reportId,omitempty"`   // its delivery report in the archive, if Confirmation asked for it

	WaitsFor   string    `json:"waitsFor"`            // computed: what it waits for, a sentence; empty if for nothing
	WaitsUntil time.Time `json:"waitsUntil,omitzero"` // computed: when that is over, if it is known

	AllowedOperations []Operation `json:"allowedOperations"` // computed for the caller
}

// Operation is something that can be done with a job.
type Operation string

// The operations, with the numbers of the extended service in Bit.
const (
	ViewJob    Operation = "view"
	PauseJob   Operation = "pause"
	ResumeJob  Operation = "resume"
	RestartJob Operation = "restart"
	CancelJob  Operation = "cancel"
)

// Bit is the operation's number in the extended service; 0 for one that does not exist.
func (o Operation) Bit() uint32 {
	switch o {
	case ViewJob:
		return 1
	case PauseJob:
		return 2
	case ResumeJob:
		return 4
	case RestartJob:
		return 8
	case CancelJob:
		return 16
	default:
		return 0
	}
}

// Operations are what the caller may do with the job as it is now. One's own jobs need no right to manage.
func (j Job) Operations(c Caller) []Operation {
	own := j.UserName != "" && j.UserName == c.User
	list := []Operation{}
	if own || c.Rights.Has(JobQuery) {
		list = append(list, ViewJob)
	}
	if !own && !c.Rights.Has(JobManage) {
		return list
	}
	return append(list, j.possible()...)
}

// May reports whether the caller may do that with the job now.
func (j Job) May(c Caller, o Operation) bool { return slices.Contains(j.Operations(c), o) }

// Delayed reports whether the job waits for the time of its next attempt; Restart makes that now.
func (j Job) Delayed() bool {
	return (j.State == Pending || j.State == Retrying) && !j.Held && !j.NextAttempt.IsZero()
}

// possible are the operations that the job's state admits.
func (j Job) possible() []Operation {
	switch {
	case j.Type != JobSend:
		if j.State == InProgress {
			return []Operation{CancelJob}
		}
		return nil
	case j.State == Failed || j.State == RetriesExceeded:
		return []Operation{RestartJob, CancelJob}
	case j.State == Pending || j.State == Retrying || j.State == InProgress:
		switch {
		case j.Held:
			return []Operation{ResumeJob, CancelJob}
		case j.Delayed():
			return []Operation{RestartJob, PauseJob, CancelJob}
		}
		return []Operation{PauseJob, CancelJob}
	default:
		return nil
	}
}

// JobCommand is SetStatus's argument, in winfax's numbers.
type JobCommand int

// The commands.
const (
	CommandDelete JobCommand = 1
	CommandPause  JobCommand = 2
	CommandResume JobCommand = 3 // restart, after the retries are exceeded
)

// Operation is what the command means for the job as it is; it need not be allowed.
func (c JobCommand) Operation(j Job) (Operation, bool) {
	switch c {
	case CommandDelete:
		return CancelJob, true
	case CommandPause:
		return PauseJob, true
	case CommandResume:
		if j.State.Final() {
			return RestartJob, true
		}
		return ResumeJob, true
	default:
		return "", false
	}
}
