package route

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/mail"
)

// language is how texts are worded. Verbs of fmt stand for what a function below puts there.
type language struct {
	from, to, report      string // subjects
	incomplete            string // before the subject of a fax of which pages are missing
	onePage, pages        string
	unknown               string // a caller who did not say
	delivered, failed     string // reports
	day                   string // a layout of package time
	labels                labels
	missing               string // pages are
	damaged               string // pages %s
	attached, tooLarge    string
	wishes, box           string
	testSubject, testText string
}

// labels stand before what is known of a fax.
type labels struct{ caller, station, name, number, received, sent, line, routing, pages, id, subject, result string }

var english = language{
	from: "Fax from %s, %s", to: "Fax to %s, %s", report: "Delivery report: fax to %s, %s", incomplete: "INCOMPLETE: ",
	onePage: "1 page", pages: "%d pages", unknown: "unknown number", delivered: "delivered", failed: "NOT delivered",
	day:     "2 January 2006, 15:04 MST",
	labels:  labels{"Caller", "Station id", "Name", "Number", "Received", "Sent", "Line", "For", "Pages", "Number in the box", "Subject", "Result"},
	missing: "The call broke: pages are missing.", damaged: "Lines could not be read on these pages: %s.",
	attached: "The fax is attached as %s.",
	tooLarge: "The fax is too large for mail. You find it in the fax box %[2]s as number %[1]d.",
	wishes:   "Forwarded by %s.", box: "Fax box %s",
	testSubject: "Test mail of the fax box", testText: "This is a test mail of the fax box %s. Mail from it arrives here.",
}

var german = language{
	from: "Fax von %s, %s", to: "Fax an %s, %s", report: "Sendebericht: Fax an %s, %s", incomplete: "UNVOLLSTÄNDIG: ",
	onePage: "1 Seite", pages: "%d Seiten", unknown: "unbekannter Nummer", delivered: "zugestellt", failed: "NICHT zugestellt",
	day:     "02.01.2006, 15:04 MST",
	labels:  labels{"Anrufer", "Kennung", "Name", "Nummer", "Empfangen", "Gesendet", "Leitung", "Für", "Seiten", "Nummer in der Box", "Betreff", "Ergebnis"},
	missing: "Die Verbindung brach ab: Es fehlen Seiten.", damaged: "Auf diesen Seiten waren Zeilen nicht lesbar: %s.",
	attached: "Das Fax ist als %s angehängt.",
	tooLarge: "Das Fax ist für eine E-Mail zu groß. Es liegt in der Faxbox %[2]s unter der Nummer %[1]d.",
	wishes:   "Weitergeleitet von %s.", box: "Faxbox %s",
	testSubject: "Test-E-Mail der Faxbox", testText: "Dies ist eine Test-E-Mail der Faxbox %s. E-Mails von ihr kommen hier an.",
}

// in is the language of this name; English unless it is known.
func in(name string) *language {
	if name == "de" {
		return &german
	}
	return &english
}

// mailWords are what may stand in braces in the subject and the text of a mail: what may stand in a file's name, as it is
// written for people, and some more.
//
//	{station}  the sender's station id      {when}     when it was received
//	{subject}  the subject that the box would write      {facts}  what it knows of the fax, a line for each
func (f Fax) mailWord(word string) (string, error) {
	m, l := f.Message, in(f.Language)
	switch word {
	case "caller":
		return cmp.Or(string(m.CallerID), string(m.Tsid), l.unknown), nil
	case "number":
		return f.otherSide(), nil
	case "station", "tsid":
		return string(m.Tsid), nil
	case "line":
		return f.DeviceName, nil
	case "routing":
		return string(m.Routing), nil
	case "when":
		return f.when(m.RawReceiveTime), nil
	case "subject":
		return f.subject(), nil
	case "facts":
		return f.facts(), nil
	}
	value := words[word]
	if value == nil {
		return "", fmt.Errorf("{%s} stands for nothing", word)
	}
	return value(f), nil
}

// CheckMailWords says what is wrong with the patterns of fax.Mail: nil or fax.Invalid.
func CheckMailWords(m fax.Mail) error {
	check := func(field, pattern string) error {
		_, err := expand(pattern, Fax{}.mailWord)
		if err == nil {
			return nil
		}
		return invalid(field, "cannot be used: "+strings.TrimPrefix(err.Error(), "namePattern "), "Write words such as {caller}, {pages} and {when}.")
	}
	return faults(check("subject", m.Subject), check("text", m.Text))
}

func (f Fax) when(t time.Time) string {
	if f.Location != nil {
		t = t.In(f.Location)
	}
	return t.Format(in(f.Language).day)
}

// otherSide is who the fax came from, or went to, for people.
func (f Fax) otherSide() string {
	m := f.Message
	number, name := cmp.Or(string(m.CallerID), string(m.Tsid)), ""
	switch {
	case m.Report: // RecipientName is whom the report is for
		number = string(m.RecipientNumber)
	case m.Direction == fax.Out:
		number, name = cmp.Or(string(m.RecipientNumber), string(m.RecipientName)), string(m.RecipientName)
	case m.CallerID != "":
		name = string(m.Tsid)
	}
	number, name = mail.OneLine(number, 40), mail.OneLine(name, 40)
	switch {
	case number == "":
		return in(f.Language).unknown
	case name == "" || name == number:
		return number
	}
	return number + " (" + name + ")"
}

func (f Fax) pageCount() string {
	l := in(f.Language)
	if f.Message.Pages == 1 {
		return l.onePage
	}
	return fmt.Sprintf(l.pages, f.Message.Pages)
}

// subject is what the fax is, in a line.
func (f Fax) subject() string {
	m, l := f.Message, in(f.Language)
	switch {
	case m.Report:
		result := l.failed
		if m.Result.Cause == fax.OK {
			result = l.delivered
		}
		return fmt.Sprintf(l.report, f.otherSide(), result)
	case m.Direction == fax.Out:
		return fmt.Sprintf(l.to, f.otherSide(), f.pageCount())
	}
	return fmt.Sprintf(l.from, f.otherSide(), f.pageCount())
}

// facts are what is known of the fax, a line for each.
func (f Fax) facts() string {
	m, l := f.Message, in(f.Language)
	var b strings.Builder
	add := func(label, value string) {
		if value = mail.OneLine(value, 200); value != "" {
			fmt.Fprintf(&b, "%s: %s\n", label, value)
		}
	}
	switch {
	case m.Direction == fax.Out || m.Report:
		add(l.labels.number, string(m.RecipientNumber))
		if !m.Report {
			add(l.labels.name, string(m.RecipientName))
		}
		add(l.labels.sent, f.when(m.RawReceiveTime))
		add(l.labels.subject, m.DisplayName)
		add(l.labels.result, m.Result.Cause.In(f.Language).Sentence)
	default:
		add(l.labels.caller, string(m.CallerID))
		add(l.labels.station, string(m.Tsid))
		add(l.labels.received, f.when(m.RawReceiveTime))
		add(l.labels.line, f.DeviceName)
		add(l.labels.routing, string(m.Routing))
	}
	if !m.Report {
		add(l.labels.pages, strconv.Itoa(m.Pages))
	}
	add(l.labels.id, strconv.FormatInt(int64(m.ID), 10))
	if m.Partial {
		b.WriteString(l.missing + "\n")
	}
	if len(m.Damaged) > 0 {
		fmt.Fprintf(&b, l.damaged+"\n", numbers(m.Damaged))
	}
	return b.String()
}

// numbers are some numbers in a sentence.
func numbers(list []int) string {
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ", ")
}
