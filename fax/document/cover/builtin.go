package cover

import (
	"embed"
	"time"

	"faxbox/fax"
	"faxbox/fax/raster"
)

//go:generate go run ./internal/design templates

//go:embed templates/*.pdf
var templates embed.FS

// Template is a cover page that comes with faxbox.
type Template struct {
	Name        string // what a document calls it: "business", "business-de"
	Language    string // of what is printed on it: "en", "de"
	Title       string // for people
	TitleGerman string
	Paper       raster.Paper
	PDF         []byte
}

// Builtin are the templates that come with faxbox: each in English and German, each for A4 and Letter.
func Builtin() []Template {
	var all []Template
	for _, look := range []Template{
		{Name: "business", Language: "en", Title: "Business", TitleGerman: "Geschäftlich, englisch"},
		{Name: "confidential", Language: "en", Title: "Confidential", TitleGerman: "Vertraulich, englisch"},
		{Name: "plain", Language: "en", Title: "Plain", TitleGerman: "Schlicht, englisch"},
		{Name: "business-de", Language: "de", Title: "Business, German", TitleGerman: "Geschäftlich"},
		{Name: "confidential-de", Language: "de", Title: "Confidential, German", TitleGerman: "Vertraulich"},
		{Name: "plain-de", Language: "de", Title: "Plain, German", TitleGerman: "Schlicht"},
	} {
		for _, paper := range []raster.Paper{raster.A4, raster.Letter} {
			look.Paper, look.PDF = paper, read(look.Name, paper)
			all = append(all, look)
		}
	}
	return all
}

// read is the file of a template.
func read(name string, p raster.Paper) []byte {
	size := "a4"
	if p == raster.Letter {
		size = "letter"
	}
	pdf, err := templates.ReadFile("templates/" + name + "-" + size + ".pdf")
	if err != nil {
		panic(err) // the compiler put it there; TestBuiltin sees that every one is
	}
	return pdf
}

// Find is the template of a name for a paper: the one for Letter if it is Letter or Legal, else that for A4.
func Find(name string, p raster.Paper) (Template, bool) {
	if p == raster.Legal {
		p = raster.Letter
	}
	if p != raster.Letter {
		p = raster.A4
	}
	for _, t := range Builtin() {
		if t.Name == name && t.Paper == p {
			return t, true
		}
	}
	return Template{}, false
}

// Sample is what the fields of a template show when it is looked at: a fax that nobody sent. Language is "de", or anything
// else for English.
func Sample(at time.Time, language string) map[string]string {
	d := fax.Document{
		FaxNumber: "+1 617 555 0142", RecipientName: "Anna Sample", RecipientTitle: "Office Manager", RecipientCompany: "Sample & Partners",
		RecipientDepartment: "Purchasing", RecipientOffice: "Room 7", RecipientAddress: "1 Example Street", RecipientCity: "Boston",
		RecipientState: "MA", RecipientZip: "02116", RecipientCountry: "USA", RecipientHomePhone: "+1 617 555 0143",
		RecipientOfficePhone: "+1 617 555 0140",
		SenderName:           "Bert Example", SenderTitle: "Sales", SenderCompany: "Example Ltd", SenderDepartment: "Customer Service",
		SenderOffice: "First floor", SenderAddress: "20 Any Road\nLondon W1A 1AA", SenderFax: "+44 20 7946 0123",
		SenderHomePhone: "+44 20 7946 0124", SenderOfficePhone: "+44 20 7946 0100",
		CoverpageSubject: "Your order of last week",
		CoverpageNote: "Dear Anna,\n\nThis is what a note looks like. It may have several lines and paragraphs; one that is too long " +
			"for its place is set smaller, and continues on a second page if that is not enough.\n\nBest regards\nBert",
	}
	if language == "de" {
		d = fax.Document{
			FaxNumber: "+49 30 23125 142", RecipientName: "Anna Muster", RecipientTitle: "Büroleiterin", RecipientCompany: "Muster & Partner GmbH",
			RecipientDepartment: "Einkauf", RecipientOffice: "Zimmer 7", RecipientAddress: "Musterstraße 1", RecipientCity: "Berlin",
			RecipientZip: "10117", RecipientCountry: "Deutschland", RecipientHomePhone: "+49 30 23125 143",
			RecipientOfficePhone: "+49 30 23125 140",
			SenderName:           "Bert Beispiel", SenderTitle: "Verkauf", SenderCompany: "Beispiel GmbH", SenderDepartment: "Kundendienst",
			SenderOffice: "1. Stock", SenderAddress: "Beispielweg 20\n80331 München", SenderFax: "+49 89 99998 123",
			SenderHomePhone: "+49 89 99998 124", SenderOfficePhone: "+49 89 99998 100",
			CoverpageSubject: "Ihre Bestellung der letzten Woche",
			CoverpageNote: "Liebe Frau Muster,\n\nso sieht eine Mitteilung aus. Sie darf mehrere Zeilen und Absätze haben; ist sie zu lang " +
				"für ihren Platz, wird sie kleiner gesetzt und geht, wenn das nicht reicht, auf einer zweiten Seite weiter.\n\n" +
				"Mit freundlichen Grüßen\nBert Beispiel",
		}
	}
	return d.CoverValues(0, at, language)
}
