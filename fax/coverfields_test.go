package fax

import (
	"bufio"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// notOnCovers are the members of FaxDoc that say how a fax is sent; all others are for its cover page.
var notOnCovers = []string{"Send", "FileName", "DisplayName", "BillingCode", "DiscountSend", "EmailAddress", "Tsid",
	"SendCoverpage", "CoverpageName", "ServerCoverpage", "CallHandle"}

// TestCoverFieldsAreMembers: every member of FaxDoc that a cover page may show is a field, has a value, and gets it from
// the field of Document that the list of members names.
func TestCoverFieldsAreMembers(t *testing.T) {
	file, err := os.Open("testdata/members.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	members := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		member, place, _ := strings.Cut(lines.Text(), " ")
		short, isDoc := strings.CutPrefix(member, "FaxDoc.")
		if !isDoc || slices.Contains(notOnCovers, short) {
			continue
		}
		members++
		name := strings.TrimPrefix(strings.TrimSpace(place), "Document.")
		if !slices.ContainsFunc(CoverFields(), func(f CoverField) bool { return f.Name == name }) {
			t.Errorf("%s: no cover field %s", member, name)
		}
		d := Document{FaxNumber: "1"}
		reflect.ValueOf(&d).Elem().FieldByName(short).SetString("12345")
		if got := d.CoverValues(0, noon, "en")[name]; got != "12345" {
			t.Errorf("%s: the value is %q", member, got)
		}
	}
	if members != 24 {
		t.Errorf("%d members were found, want 24", members)
	}
}

// TestCoverFieldsHaveValues: fields and values are the same, but for what is known later.
func TestCoverFieldsHaveValues(t *testing.T) {
	values := Document{}.CoverValues(0, noon, "en")
	values[CoverPageCount] = ""
	var names []string
	for _, f := range CoverFields() {
		names = append(names, f.Name)
		if f.English == "" || f.German == "" {
			t.Errorf("%s has no label", f.Name)
		}
	}
	slices.Sort(names)
	if got := slices.Sorted(maps.Keys(values)); !slices.Equal(got, names) {
		t.Errorf("values %q\nfields %q", got, names)
	}
	// What may have several lines is what Check lets have them.
	several := map[string]bool{CoverRecipientDetails: true, CoverSenderDetails: true, CoverNoteContinued: true}
	for _, f := range (Document{}).texts() {
		several[f.name] = f.several
	}
	for _, f := range CoverFields() {
		if f.Multiline != several[f.Name] {
			t.Errorf("%s: several lines %v, want %v", f.Name, f.Multiline, several[f.Name])
		}
	}
}

// TestCoverValuesOfOthers: each recipient sees their own name and number, and nothing about another.
func TestCoverValuesOfOthers(t *testing.T) {
	d := Document{FaxNumber: "101", RecipientName: "Anna", RecipientTitle: "secret", RecipientCompany: "secret",
		RecipientDepartment: "secret", RecipientOffice: "secret", RecipientAddress: "secret", RecipientCity: "secret",
		RecipientState: "secret", RecipientZip: "secret", RecipientCountry: "secret", RecipientHomePhone: "secret",
		RecipientOfficePhone: "secret", SenderName: "Bert",
		Recipients: []Recipient{{"102", "Carl"}, {"103", ""}}}
	for i, r := range d.Everyone() {
		values := d.CoverValues(i, noon, "en")
		if values["recipientName"] != r.RecipientName || values["faxNumber"] != r.FaxNumber || values["senderName"] != "Bert" {
			t.Errorf("recipient %d: %q", i, values)
		}
		for name, text := range values {
			if secret := strings.Contains(text, "secret"); secret && i > 0 {
				t.Errorf("recipient %d sees %s of the first", i, name)
			}
		}
	}
	if got := d.CoverValues(0, noon, "en"); got["recipientZip"] != "secret" {
		t.Error("the first recipient's own details are missing")
	}
	d.FaxNumber = ""
	if got := d.CoverValues(0, noon, "en"); got["recipientName"] != "Carl" || got["recipientZip"] != "" {
		t.Errorf("without a first recipient: %q", got)
	}
}

func TestCoverDetails(t *testing.T) {
	for _, c := range []struct {
		name  string
		d     Document
		lang  string
		at    time.Time
		field string
		want  string
	}{
		{"all of a recipient", Document{FaxNumber: "1", RecipientTitle: "Dr.", RecipientDepartment: "Sales", RecipientCompany: "Example GmbH",
			RecipientOffice: "Room 7", RecipientAddress: "Hauptstr. 1\nHinterhaus", RecipientZip: "10117", RecipientCity: "Berlin", RecipientCountry: "Germany"},
			"", noon, "recipientDetails", "Example GmbH\nDr., Sales\nRoom 7\nHauptstr. 1\nHinterhaus\n10117 Berlin\nGermany"},
		{"a state", Document{FaxNumber: "1", RecipientCity: "Boston", RecipientState: "MA", RecipientZip: "02116"}, "", noon, "recipientDetails", "Boston, MA 02116"},
		{"only a state", Document{FaxNumber: "1", RecipientState: "MA"}, "", noon, "recipientDetails", "MA"},
		{"only a department", Document{FaxNumber: "1", RecipientDepartment: "Sales"}, "", noon, "recipientDetails", "Sales"},
		{"nothing", Document{FaxNumber: "1", RecipientCompany: " "}, "", noon, "recipientDetails", ""},
		{"sender", Document{FaxNumber: "1", SenderTitle: "CEO", SenderOffice: "Room 7", SenderCompany: "not here"}, "", noon, "senderDetails", "CEO\nRoom 7"},
		{"date", Document{}, "en", noon, "date", "20 November 2026"},
		{"date, German", Document{}, "de", noon.AddDate(0, 4, 0), "date", "20. März 2027"},
		{"time", Document{}, "de", noon.Add(-3 * time.Hour), "time", "09:00"},
		{"time elsewhere", Document{}, "", noon.In(time.FixedZone("", 3600)), "time", "13:00"},
	} {
		if got := c.d.CoverValues(0, c.at, c.lang)[c.field]; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
