package report

import (
	"fmt"
	"strings"
	"time"
)

// words are all that a report says, in one language.
type words struct {
	language string
	title    string
	outcomes [outcomes]string

	recipient, number, csid, sender, tsid, document, pages, submitted, began, ended, duration, mode, billing, job string
	reason, advice, firstPage, attempts, noAttempt, hash, made                                                    string
	columns                                                                                                       [6]string

	wasCancelled, stillUnderWay, lastAttempt, restartResumes string

	allConfirmed  func(pages int) string
	someConfirmed func(confirmed, pages int) string
	noneConfirmed func(calls int) string
	resend        func(from, to int) string
	nextAttempt   func(at string) string
	pagesOf       func(confirmed, pages int) string
	notShown      func(calls int) string

	layout string // of a date and time
}

func wordsOf(language string) *words {
	language, _, _ = strings.Cut(strings.ToLower(language), "-")
	if language, _, _ = strings.Cut(language, "_"); language == "de" {
		return german()
	}
	return english()
}

// time is a moment in the office's zone, with its distance from UTC.
func (w *words) time(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	_, offset := t.Zone()
	utc := "UTC"
	if offset != 0 {
		utc += strings.TrimSuffix(t.Format("-07:00"), ":00")
	}
	return t.Format(w.layout) + " " + utc
}

// shortTime is without the distance from UTC.
func (w *words) shortTime(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(w.layout)
}

// length is a duration to the second.
func (w *words) length(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	d = d.Round(time.Second)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h > 0:
		return fmt.Sprintf("%d h %02d min", h, m)
	case m > 0:
		return fmt.Sprintf("%d min %02d s", m, s)
	default:
		return fmt.Sprintf("%d s", s)
	}
}

func english() *words {
	return &words{
		language: "en", title: "Delivery report",
		outcomes: [outcomes]string{
			delivered: "Delivered", partly: "Partly delivered", failed: "Not delivered", cancelled: "Cancelled", underWay: "Under way",
		},
		recipient: "Recipient", number: "Fax number", csid: "Their station ID", sender: "Sender", tsid: "Our station ID",
		document: "Document", pages: "Pages", submitted: "Submitted", began: "Last call", ended: "Completed",
		duration: "Time on line", mode: "Transmission", billing: "Billing code", job: "Job",
		reason: "Reason", advice: "What to do", firstPage: "First page", attempts: "Calls", noAttempt: "No call was made.",
		hash: "SHA-256 of the TIFF file that was sent", made: "Report made",
		columns:      [6]string{"No.", "Time", "Line", "Duration", "Pages", "Result"},
		wasCancelled: "The fax was cancelled.", stillUnderWay: "The fax is still in the queue.", lastAttempt: "Last attempt",
		restartResumes: "A restarted job goes on with the first page that is missing.",
		allConfirmed: func(pages int) string {
			if pages == 1 {
				return "The distant machine confirmed the page."
			}
			return fmt.Sprintf("The distant machine confirmed all %d pages.", pages)
		},
		someConfirmed: func(confirmed, pages int) string {
			return fmt.Sprintf("The distant machine confirmed only %d of %d pages.", confirmed, pages)
		},
		noneConfirmed: func(calls int) string {
			switch calls {
			case 0:
				return "No page was sent."
			case 1:
				return "No page was confirmed in one call."
			}
			return fmt.Sprintf("No page was confirmed in %d calls.", calls)
		},
		resend: func(from, to int) string {
			if from == to {
				return fmt.Sprintf("Page %d has to be sent again.", from)
			}
			if from+1 == to {
				return fmt.Sprintf("Pages %d and %d have to be sent again.", from, to)
			}
			return fmt.Sprintf("Pages %d to %d have to be sent again.", from, to)
		},
		nextAttempt: func(at string) string { return "The next attempt is due on " + at + "." },
		pagesOf:     func(confirmed, pages int) string { return fmt.Sprintf("%d of %d confirmed", confirmed, pages) },
		notShown: func(calls int) string {
			if calls == 1 {
				return "One earlier call is not shown."
			}
			return fmt.Sprintf("%d earlier calls are not shown.", calls)
		},
		layout: "2 Jan 2006, 15:04:05",
	}
}

func german() *words {
	return &words{
		language: "de", title: "Sendebericht",
		outcomes: [outcomes]string{
			delivered: "Übertragen", partly: "Teilweise übertragen", failed: "Nicht übertragen", cancelled: "Abgebrochen",
			underWay: "Noch unterwegs",
		},
		recipient: "Empfänger", number: "Faxnummer", csid: "Kennung Empfänger", sender: "Absender", tsid: "Kennung Absender",
		document: "Dokument", pages: "Seiten", submitted: "Aufgegeben", began: "Letzter Anruf", ended: "Abgeschlossen",
		duration: "Verbindungszeit", mode: "Übertragung", billing: "Kostenstelle", job: "Auftrag",
		reason: "Grund", advice: "Was tun?", firstPage: "Erste Seite", attempts: "Anrufe", noAttempt: "Es wurde nicht angerufen.",
		hash: "SHA-256 der gesendeten TIFF-Datei", made: "Bericht vom",
		columns:      [6]string{"Nr.", "Zeit", "Leitung", "Dauer", "Seiten", "Ergebnis"},
		wasCancelled: "Das Fax wurde abgebrochen.", stillUnderWay: "Das Fax steht noch in der Warteschlange.", lastAttempt: "Letzter Versuch",
		restartResumes: "Ein neu gestarteter Auftrag fährt mit der ersten fehlenden Seite fort.",
		allConfirmed: func(pages int) string {
			if pages == 1 {
				return "Die Gegenstelle hat die Seite bestätigt."
			}
			return fmt.Sprintf("Die Gegenstelle hat alle %d Seiten bestätigt.", pages)
		},
		someConfirmed: func(confirmed, pages int) string {
			return fmt.Sprintf("Die Gegenstelle hat nur %d von %d Seiten bestätigt.", confirmed, pages)
		},
		noneConfirmed: func(calls int) string {
			switch calls {
			case 0:
				return "Es wurde keine Seite gesendet."
			case 1:
				return "Bei einem Anruf wurde keine Seite bestätigt."
			}
			return fmt.Sprintf("Bei %d Anrufen wurde keine Seite bestätigt.", calls)
		},
		resend: func(from, to int) string {
			if from == to {
				return fmt.Sprintf("Seite %d muss noch einmal gesendet werden.", from)
			}
			if from+1 == to {
				return fmt.Sprintf("Die Seiten %d und %d müssen noch einmal gesendet werden.", from, to)
			}
			return fmt.Sprintf("Die Seiten %d bis %d müssen noch einmal gesendet werden.", from, to)
		},
		nextAttempt: func(at string) string { return "Der nächste Versuch folgt am " + at + "." },
		pagesOf:     func(confirmed, pages int) string { return fmt.Sprintf("%d von %d bestätigt", confirmed, pages) },
		notShown: func(calls int) string {
			if calls == 1 {
				return "Ein früherer Anruf ist nicht aufgeführt."
			}
			return fmt.Sprintf("%d frühere Anrufe sind nicht aufgeführt.", calls)
		},
		layout: "02.01.2006, 15:04:05",
	}
}
