package cover

import (
	"math"
	"strings"
	"testing"

	"faxbox/fax"
	"faxbox/fax/raster"
)

func TestMember(t *testing.T) {
	for name, want := range map[string]string{
		"recipientName": "recipientName", "RecipientName": "recipientName", "recipient_name": "recipientName", "RECIPIENT NAME": "recipientName",
		"form1.recipientName": "recipientName", "topmostSubform[0].Page1[0].recipientName[0]": "recipientName", "recipientName[12]": "recipientName",
		"date": "date", "pageCount": "pageCount", "coverpageNote": "coverpageNote",
		"": "", ".": "", "[0]": "", "recipient": "", "name": "", "recipientName.": "", "recipientName2": "",
	} {
		if got, ok := member(name); got.Name != want || ok != (want != "") {
			t.Errorf("%q: %q, want %q", name, got.Name, want)
		}
	}
	for _, f := range fax.CoverFields() {
		if got, _ := member(f.Name); got != f {
			t.Errorf("%s is taken for %s", f.Name, got.Name)
		}
	}
}

func TestSuggestion(t *testing.T) {
	for name, want := range map[string]string{
		"recipentName": "recipientName", "Empfänger": "recipientName", "Empfaenger": "recipientName", "Betreff": "coverpageSubject",
		"subject": "coverpageSubject", "coverpage_notes": "coverpageNote", "Note": "coverpageNote", "Mitteilung": "coverpageNote",
		"Datum": "date", "dates": "date", "Seiten": "pageCount", "page_cuont": "pageCount", "senderFaxNumber": "senderFax", "Telefon des Absenders": "senderOfficePhone",
		"Sender": "senderName", "signature": "", "x": "", "": "", strings.Repeat("x", 10000): "",
	} {
		if got := suggestion(name); got != want {
			t.Errorf("%.20q: %q, want %q", name, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b       string
		most, want int
	}{{"", "", 5, 0}, {"abc", "abc", 5, 0}, {"abc", "abd", 5, 1}, {"abc", "ac", 5, 1}, {"ac", "abc", 5, 1}, {"kitten", "sitting", 9, 3}, {"abcdef", "", 3, 3}, {"kitten", "sitting", 2, 2}} {
		if got := distance(c.a, c.b, c.most); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	note := Field{Name: "coverpageNote", X: 60, Y: 400, W: 400, H: 200, Size: 12, Multiline: true}
	good := at("recipientName", 200, 20, 12)
	for _, c := range []struct {
		what   string
		fields []Field
		want   string // of the remarks, in order
	}{
		{"good", []Field{good, note}, ""},
		{"nothing", nil, `The cover page has no form fields, so that nothing will be written on it. Add text fields that are named after what they are to show, such as recipientName and coverpageNote.`},
		{"no note", []Field{good}, `The cover page has no field coverpageNote, so that a note goes to a page of its own.`},
		{"misspelt", []Field{{Name: "recipentName", X: 60, Y: 60, W: 100, H: 20}, note}, `The field "recipentName" on page 1 is not known. It stays empty. Perhaps recipientName was meant.`},
		{"unknown", []Field{{Name: "signature", X: 60, Y: 60, W: 100, H: 20}, note}, `The field "signature" on page 1 is not known. It stays empty.`},
		{"over the edge", []Field{{Name: "date", X: 560, Y: 60, W: 100, H: 20}, note}, `The field "date" on page 1 reaches over the edge of the page. Move it inwards.`},
		{"above the page", []Field{{Name: "date", X: 60, Y: -60, W: 100, H: 20}, note}, `The field "date" on page 1 reaches over the edge of the page. Move it inwards.`},
		{"low", []Field{{Name: "date", X: 60, Y: 60, W: 100, H: 7}, note}, `The field "date" on page 1 is only 7 points high. Make it at least 12: smaller letters are not read well.`},
		{"narrow", []Field{{Name: "date", X: 60, Y: 60, W: 10, H: 20}, note}, `The field "date" on page 1 is only 10 points wide. Make it wider.`},
		{"without size", []Field{{Name: "date", X: 60, Y: 60, W: 0, H: math.NaN()}, note}, `The field "date" on page 1 has no size. Draw it larger.`},
		{"small letters", []Field{{Name: "date", X: 60, Y: 60, W: 100, H: 20, Size: 6.5}, note}, `The field "date" on page 1 has letters of 6.5 points. Take at least 9; on a fax of standard resolution 10.`},
		{"of one line", []Field{{Name: "coverpageNote", X: 60, Y: 60, W: 100, H: 20, Size: 12}}, `The field "coverpageNote" on page 1 is for one line. Allow several lines, so that notes are not made small.`},
		{"overlap", []Field{good, note, {Name: "date", X: 100, Y: 110, W: 100, H: 20}}, `The field "date" on page 1 overlaps the field "recipientName". Move one of them.`},
		{"touching", []Field{good, note, {Name: "date", X: 100, Y: 118, W: 100, H: 20}}, ``},
		{"on another page", []Field{good, note, {Name: "date", Page: 1, X: 60, Y: 100, W: 100, H: 20}}, ``},
		{"on no page", []Field{note, {Name: "date", Page: 2, X: 60, Y: 100, W: 100, H: 20}}, `The field "date" on page 3 is on no page.`},
	} {
		var got []string
		for _, r := range Check(blank(raster.Fine, 2, c.fields...)) {
			got = append(got, r.String())
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.what, s, c.want)
		}
	}
}

// TestCheckEnds: a form of very many fields is checked in no time, and not all is said.
func TestCheckEnds(t *testing.T) {
	fields := make([]Field, 100_000)
	for i := range fields {
		fields[i] = Field{Name: strings.Repeat("x", 100), W: 1, H: 1}
	}
	got := Check(blank(raster.Fine, 1, fields...))
	if len(got) != maxRemarks || !strings.Contains(got[0].String(), "has 100000 form fields") {
		t.Errorf("%d remarks, the first %v", len(got), got[0])
	}
}
