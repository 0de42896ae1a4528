package fax

import (
	"fmt"
	"strings"
	"time"
)

// CoverField is something that a cover page can show: a member of FaxDoc, or something known when the page is made. A
// template names it in a form field.
type CoverField struct {
	Name            string // of the member's JSON field, or our own: "recipientName", "date"
	English, German string // for people
	Multiline       bool   // the text may have several lines
}

// The fields that are no members.
const (
	CoverDate             = "date"                   // on which the fax is sent
	CoverTime             = "time"                   // at which it is sent
	CoverPageCount        = "pageCount"              // of the whole fax; set when the cover page is made, for it is known only then
	CoverRecipientDetails = "recipientDetails"       // title, department, company, office and address, as far as they are known
	CoverSenderDetails    = "senderDetails"          // title, department and office; a letterhead has the rest
	CoverNoteContinued    = "coverpageNoteContinued" // what of the note did not fit in its field
	CoverNote             = "coverpageNote"
	CoverSubject          = "coverpageSubject"
)

// CoverFields are all fields that a cover page can show, those of templates we ship among them.
func CoverFields() []CoverField {
	return []CoverField{
		{"recipientName", "Recipient", "Empfänger", false},
		{"recipientTitle", "Recipient's title", "Titel des Empfängers", false},
		{"recipientCompany", "Recipient's company", "Firma des Empfängers", false},
		{"recipientDepartment", "Recipient's department", "Abteilung des Empfängers", false},
		{"recipientOffice", "Recipient's office", "Büro des Empfängers", false},
		{"recipientAddress", "Recipient's street", "Straße des Empfängers", true},
		{"recipientCity", "Recipient's city", "Ort des Empfängers", false},
		{"recipientState", "Recipient's state", "Bundesland des Empfängers", false},
		{"recipientZip", "Recipient's ZIP code", "Postleitzahl des Empfängers", false},
		{"recipientCountry", "Recipient's country", "Land des Empfängers", false},
		{"recipientHomePhone", "Recipient's phone at home", "Telefon des Empfängers privat", false},
		{"recipientOfficePhone", "Recipient's phone", "Telefon des Empfängers", false},
		{"faxNumber", "Recipient's fax number", "Faxnummer des Empfängers", false},
		{CoverRecipientDetails, "Recipient's company and address", "Firma und Anschrift des Empfängers", true},

		{"senderName", "Sender", "Absender", false},
		{"senderTitle", "Sender's title", "Titel des Absenders", false},
		{"senderCompany", "Sender's company", "Firma des Absenders", false},
		{"senderDepartment", "Sender's department", "Abteilung des Absenders", false},
		{"senderOffice", "Sender's office", "Büro des Absenders", false},
		{"senderAddress", "Sender's address", "Anschrift des Absenders", true},
		{"senderFax", "Sender's fax number", "Faxnummer des Absenders", false},
		{"senderHomePhone", "Sender's phone at home", "Telefon des Absenders privat", false},
		{"senderOfficePhone", "Sender's phone", "Telefon des Absenders", false},
		{CoverSenderDetails, "Sender's title and department", "Titel und Abteilung des Absenders", true},

		{CoverSubject, "Subject", "Betreff", false},
		{CoverNote, "Note", "Mitteilung", true},
		{CoverNoteContinued, "Note, continued", "Fortsetzung der Mitteilung", true},
		{CoverDate, "Date", "Datum", false},
		{CoverTime, "Time", "Uhrzeit", false},
		{CoverPageCount, "Pages", "Seiten", false},
	}
}

// CoverValues is what the cover page for recipient i of d.Everyone shows, by field: every one of CoverFields but the number
// of pages, which is known when the page is made. Fields without a text are there, and empty. The note's continuation is its
// heading, for templates that have no page for it.
//
// What d tells of the recipient beside name and number belongs to the one of d.FaxNumber. It is nobody else's business, and
// is left out of the cover pages of the others. The time is that at which the fax is sent, in the office's zone; language is
// "de", or anything else for English.
func (d Document) CoverValues(i int, at time.Time, language string) map[string]string {
	r := d.Everyone()[i]
	if i > 0 || d.FaxNumber == "" && len(d.Recipients) > 0 {
		d = d.withoutRecipient()
	}
	return map[string]string{
		"recipientName": r.RecipientName, "recipientTitle": d.RecipientTitle, "recipientCompany": d.RecipientCompany,
		"recipientDepartment": d.RecipientDepartment, "recipientOffice": d.RecipientOffice,
		"recipientAddress": d.RecipientAddress, "recipientCity": d.RecipientCity, "recipientState": d.RecipientState,
		"recipientZip": d.RecipientZip, "recipientCountry": d.RecipientCountry,
		"recipientHomePhone": d.RecipientHomePhone, "recipientOfficePhone": d.RecipientOfficePhone,
		"faxNumber": r.FaxNumber,
		CoverRecipientDetails: paragraph(d.RecipientCompany, joined(d.RecipientTitle, d.RecipientDepartment), d.RecipientOffice,
			d.RecipientAddress, town(d.RecipientZip, d.RecipientCity, d.RecipientState), d.RecipientCountry),

		"senderName": d.SenderName, "senderTitle": d.SenderTitle, "senderCompany": d.SenderCompany,
		"senderDepartment": d.SenderDepartment, "senderOffice": d.SenderOffice, "senderAddress": d.SenderAddress,
		"senderFax": d.SenderFax, "senderHomePhone": d.SenderHomePhone, "senderOfficePhone": d.SenderOfficePhone,
		CoverSenderDetails: paragraph(joined(d.SenderTitle, d.SenderDepartment), d.SenderOffice),

		CoverSubject: d.CoverpageSubject, CoverNote: d.CoverpageNote,
		CoverNoteContinued: continued(language),
		CoverDate:          coverDate(at, language), CoverTime: at.Format("15:04"),
	}
}

// continued is the heading of a page on which a note goes on.
func continued(language string) string {
	if language == "de" {
		return "Fortsetzung der Mitteilung"
	}
	return "Note, continued"
}

// withoutRecipient is d without what it tells of its recipient.
func (d Document) withoutRecipient() Document {
	d.RecipientTitle, d.RecipientCompany, d.RecipientDepartment, d.RecipientOffice = "", "", "", ""
	d.RecipientAddress, d.RecipientCity, d.RecipientState, d.RecipientZip, d.RecipientCountry = "", "", "", "", ""
	d.RecipientHomePhone, d.RecipientOfficePhone = "", ""
	return d
}

// paragraph is a line for each text that is not empty.
func paragraph(texts ...string) string {
	var lines []string
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			lines = append(lines, t)
		}
	}
	return strings.Join(lines, "\n")
}

// joined are two texts in one line, with a comma between them.
func joined(a, b string) string {
	return strings.Trim(strings.TrimSpace(a)+", "+strings.TrimSpace(b), ", ")
}

// town is the line of an address that names the city: "Boston, MA 02116" where there are states, else "10117 Berlin".
func town(zip, city, state string) string {
	if state == "" {
		return strings.TrimSpace(zip + " " + city)
	}
	return strings.Trim(fmt.Sprintf("%s, %s %s", city, state, zip), ", ")
}

var germanMonths = [...]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
	"November", "Dezember"}

// coverDate is a date that nobody takes for another: 4 December 2026, 4. Dezember 2026.
func coverDate(at time.Time, language string) string {
	if language == "de" {
		return fmt.Sprintf("%d. %s %d", at.Day(), germanMonths[at.Month()-1], at.Year())
	}
	return at.Format("2 January 2006")
}
