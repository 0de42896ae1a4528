package fax

import (
	"fmt"
	"strings"
	"time"
)

// Document is a draft: the FaxDoc object. Sending it makes one job for each recipient.
type Document struct {
	FileName     string    `json:"fileName"`     // of the document; for several, of the first
	FaxNumber    string    `json:"faxNumber"`    // of the recipient
	DisplayName  string    `json:"displayName"`  // name in the queue; empty: the file's
	BillingCode  string    `json:"billingCode"`  // goes to the journal
	DiscountSend bool      `json:"discountSend"` // only in the cheap period
	EmailAddress string    `json:"emailAddress"` // where reports go: one address or several, separated by commas
	Tsid         StationID `json:"tsid"`         // for this fax; used only if the server's UseDeviceTsid is false

	SendCoverpage    bool   `json:"sendCoverpage"`    // put a cover page in front; then CoverpageName is needed
	CoverpageName    string `json:"coverpageName"`    // the template
	ServerCoverpage  bool   `json:"serverCoverpage"`  // it is one kept on the server
	CoverpageSubject string `json:"coverpageSubject"` // shown on the cover page, as all that follow
	CoverpageNote    string `json:"coverpageNote"`    // several lines

	RecipientName        string `json:"recipientName"`
	RecipientTitle       string `json:"recipientTitle"`
	RecipientCompany     string `json:"recipientCompany"`
	RecipientDepartment  string `json:"recipientDepartment"`
	RecipientOffice      string `json:"recipientOffice"`
	RecipientAddress     string `json:"recipientAddress"`
	RecipientCity        string `json:"recipientCity"`
	RecipientState       string `json:"recipientState"`
	RecipientZip         string `json:"recipientZip"`
	RecipientCountry     string `json:"recipientCountry"`
	RecipientHomePhone   string `json:"recipientHomePhone"`
	RecipientOfficePhone string `json:"recipientOfficePhone"`

	SenderName        string `json:"senderName"`
	SenderTitle       string `json:"senderTitle"`
	SenderCompany     string `json:"senderCompany"`
	SenderDepartment  string `json:"senderDepartment"`
	SenderOffice      string `json:"senderOffice"`
	SenderAddress     string `json:"senderAddress"` // several lines
	SenderFax         string `json:"senderFax"`
	SenderHomePhone   string `json:"senderHomePhone"`
	SenderOfficePhone string `json:"senderOfficePhone"`

	Recipients []Recipient `json:"recipients,omitempty"` // more of them, each a job of its own
	Schedule   Schedule    `json:"schedule,omitempty"`   // empty: now, or discount if DiscountSend
	SendTime   time.Time   `json:"sendTime,omitzero"`    // for SendAt
	Priority   Urgency     `json:"priority,omitempty"`   // empty: normal
	DeviceID   DeviceID    `json:"deviceId,omitempty"`   // the one port to use; 0: any

	Resolution   Resolution   `json:"resolution,omitempty" enum:"standard,fine,superfine,300,400"` // of the pages; empty: fine
	Paper        Paper        `json:"paper,omitempty" enum:"a4,letter"`                            // empty: the server's
	Rendering    Rendering    `json:"rendering,omitempty" enum:"auto,text,photo"`                  // empty: auto
	Confirmation Confirmation `json:"confirmation,omitempty" enum:"none,inbox,mail,failure"`       // the delivery report; empty: mail if there is an EmailAddress, else none
}

// Recipient is one of several.
type Recipient struct {
	FaxNumber     string `json:"faxNumber"`
	RecipientName string `json:"recipientName,omitempty"`
}

// MaxRecipients is how many recipients one document may have.
const MaxRecipients = 1000

// Everyone are all recipients, the one of FaxNumber first.
func (d Document) Everyone() []Recipient {
	var all []Recipient
	if d.FaxNumber != "" || len(d.Recipients) == 0 {
		all = append(all, Recipient{d.FaxNumber, d.RecipientName})
	}
	return append(all, d.Recipients...)
}

// When is the schedule that is meant.
func (d Document) When() Schedule {
	switch {
	case d.Schedule != "":
		return d.Schedule
	case d.DiscountSend:
		return SendDiscount
	default:
		return SendNow
	}
}

// Check says what is wrong with the draft, given the server's settings: nil or Invalid. Files are somebody else's to check.
func (d Document) Check(s Server) error {
	var f faults
	f.recipients(d, s)
	for _, field := range d.texts() {
		if field.several {
			f.lines(field.name, field.text)
		} else {
			f.line(field.name, field.text)
		}
	}
	if d.FileName == "" && !d.SendCoverpage {
		f.add("fileName", "is missing, and there is no cover page either", "Attach a file.")
	}
	switch {
	case d.SendCoverpage && strings.TrimSpace(d.CoverpageName) == "":
		f.add("coverpageName", "is missing", "Choose a cover page.")
	case d.SendCoverpage && s.ServerCoverpage && !d.ServerCoverpage:
		f.add("coverpageName", "is a personal cover page, and the server takes only its own", "Choose one of the server's.")
	}
	if _, err := Addresses("emailAddress", d.EmailAddress); err != nil {
		f = append(f, err.(Invalid)...)
	}
	f.schedule(d)
	f.look(d)
	return f.err()
}

func (f *faults) recipients(d Document, s Server) {
	everyone := d.Everyone()
	if len(everyone) > MaxRecipients {
		*f = append(*f, FieldError{"recipients", fmt.Sprintf("are %d, more than %d", len(everyone), MaxRecipients),
			"Send to fewer at a time.", ErrorTooManyRecipient})
		return
	}
	for i, r := range everyone {
		number, name := "faxNumber", "recipientName"
		if first := len(everyone) - len(d.Recipients); i >= first {
			number = fmt.Sprintf("recipients[%d].faxNumber", i-first)
			name = fmt.Sprintf("recipients[%d].recipientName", i-first)
			f.line(name, r.RecipientName)
		}
		f.number(number, r.FaxNumber)
		if s.Forbids(r.FaxNumber) {
			f.add(number, "is blocked on this server", "Check the number; an administrator can change the list.")
		}
	}
}

func (f *faults) schedule(d Document) {
	switch d.When() {
	case SendNow, SendDiscount:
	case SendAt:
		if d.SendTime.IsZero() {
			f.add("sendTime", "is missing", "Enter when the fax is to be sent.")
		}
	default:
		f.add("schedule", fmt.Sprintf("%q is not known", d.Schedule), "Enter now, at or discount.")
	}
	if d.DiscountSend && d.When() != SendDiscount {
		f.add("discountSend", "contradicts schedule", "Send either of them.")
	}
	switch d.Priority {
	case "", Low, Normal, High:
	default:
		f.add("priority", fmt.Sprintf("%q is not known", d.Priority), "Enter low, normal or high.")
	}
}

type textField struct {
	name, text string
	several    bool // lines
}

func (d Document) texts() []textField {
	return []textField{
		{"fileName", d.FileName, false}, {"displayName", d.DisplayName, false}, {"billingCode", d.BillingCode, false},
		{"emailAddress", d.EmailAddress, false}, {"coverpageName", d.CoverpageName, false},
		{"coverpageSubject", d.CoverpageSubject, false}, {"coverpageNote", d.CoverpageNote, true},
		{"recipientName", d.RecipientName, false}, {"recipientTitle", d.RecipientTitle, false},
		{"recipientCompany", d.RecipientCompany, false}, {"recipientDepartment", d.RecipientDepartment, false},
		{"recipientOffice", d.RecipientOffice, false}, {"recipientAddress", d.RecipientAddress, true},
		{"recipientCity", d.RecipientCity, false}, {"recipientState", d.RecipientState, false},
		{"recipientZip", d.RecipientZip, false}, {"recipientCountry", d.RecipientCountry, false},
		{"recipientHomePhone", d.RecipientHomePhone, false}, {"recipientOfficePhone", d.RecipientOfficePhone, false},
		{"senderName", d.SenderName, false}, {"senderTitle", d.SenderTitle, false},
		{"senderCompany", d.SenderCompany, false}, {"senderDepartment", d.SenderDepartment, false},
		{"senderOffice", d.SenderOffice, false}, {"senderAddress", d.SenderAddress, true}, {"senderFax", d.SenderFax, false},
		{"senderHomePhone", d.SenderHomePhone, false}, {"senderOfficePhone", d.SenderOfficePhone, false},
	}
}

// Jobs are the jobs that the draft becomes, one for each recipient, still without JobID. PageCount and DocumentSize are the
// rendered document's.
func (d Document) Jobs(now time.Time, user, submission string) []Job {
	jobs := make([]Job, 0, 1+len(d.Recipients))
	for _, r := range d.Everyone() {
		jobs = append(jobs, Job{
			Type: JobSend, State: Pending, QueueStatus: Pending,
			DisplayName: firstOf(d.DisplayName, d.FileName, d.CoverpageSubject), FaxNumber: r.FaxNumber,
			RecipientName: r.RecipientName,
			SenderName:    d.SenderName, SenderCompany: d.SenderCompany, SenderDept: d.SenderDepartment,
			BillingCode: d.BillingCode, EmailAddress: d.EmailAddress, UserName: user,
			DocumentTsid: d.Tsid, DiscountSend: d.When() == SendDiscount,
			SubmissionID: submission, SubmittedTime: now,
			Schedule: d.When(), SendTime: d.SendTime, Priority: Urgency(firstOf(string(d.Priority), string(Normal))),
			OnlyDevice: d.DeviceID, Result: ResultOf(Unknown), Confirmation: d.Confirmation, Subject: d.CoverpageSubject,
		})
	}
	return jobs
}

// firstOf is the first that is not empty.
func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// SendingID is the station id that a job is sent with on a port.
func (j Job) SendingID(s Server, p Port) StationID {
	if s.UseDeviceTsid || j.DocumentTsid == "" {
		return p.Tsid
	}
	return j.DocumentTsid
}
