package main

// words are all texts of a template in one language.
type words struct {
	lang, suffix string
	titles       map[string]string // of the file, by design

	fax, to, from, phone, date, time, pages, subject, note string

	confidential string
	notice       []string // what confidential means, line by line
	missing      string   // what to do if pages are missing
	continued    string   // the note
}

var languages = []words{
	{
		lang: "en", suffix: "",
		titles: map[string]string{"business": "Business cover page", "confidential": "Confidential cover page", "plain": "Plain cover page"},
		fax:    "Fax", to: "To", from: "From", phone: "Phone", date: "Date", time: "Time", pages: "Pages", subject: "Subject", note: "Note",
		confidential: "CONFIDENTIAL",
		notice: []string{
			"This fax is meant only for the person named above. If it reached you by mistake, please",
			"do not read, copy or pass it on. Tell the sender, and destroy all its pages. Thank you.",
		},
		missing:   "If a page is missing or hard to read, please let us know.",
		continued: "Note, continued",
	},
	{
		lang: "de", suffix: "-de",
		titles: map[string]string{"business": "Deckblatt Geschäftlich", "confidential": "Deckblatt Vertraulich", "plain": "Deckblatt Schlicht"},
		fax:    "Fax", to: "An", from: "Von", phone: "Telefon", date: "Datum", time: "Uhrzeit", pages: "Seiten", subject: "Betreff", note: "Mitteilung",
		confidential: "VERTRAULICH",
		notice: []string{
			"Dieses Fax ist nur für die oben genannte Person bestimmt. Hat es Sie irrtümlich erreicht,",
			"lesen, kopieren und verbreiten Sie es bitte nicht. Benachrichtigen Sie den Absender und",
			"vernichten Sie alle Seiten. Vielen Dank.",
		},
		missing:   "Fehlt eine Seite oder ist etwas schlecht lesbar, sagen Sie uns bitte Bescheid.",
		continued: "Fortsetzung der Mitteilung",
	},
}
