package fax

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestNewStationID(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"+49 30 1234567", "+49 30 1234567"},
		{"Müller & Söhne GmbH", "Mller & Shne GmbH"},
		{"12345678901234567890", "12345678901234567890"},
		{"123456789012345678901", "12345678901234567890"},
		{"ü2345678901234567890123", "23456789012345678901"}, // cleaned first, then cut
		{"a\x00b\x1Fc\x7Fd\r\ne", "abcde"},
		{"~ !", "~ !"},
		{"\xff\xfe12", "12"},
	} {
		if got := NewStationID(c.in); string(got) != c.want {
			t.Errorf("NewStationID(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzStationID(f *testing.F) {
	f.Add("Müller\x7f 0123456789 0123456789")
	f.Fuzz(func(t *testing.T, s string) {
		id := NewStationID(s)
		if len(id) > StationIDLength || strings.ContainsFunc(string(id), func(r rune) bool { return r < 0x20 || r > 0x7E }) {
			t.Errorf("NewStationID(%q) = %q", s, id)
		}
		if again := NewStationID(string(id)); again != id {
			t.Errorf("cleaned once %q, twice %q", id, again)
		}
	})
}

// No way in goes past the constructor.
func TestStationIDIsCleanFromJSONAndFromPatches(t *testing.T) {
	const dirty, clean = "Füchse 0123456789 0123456789", "Fchse 0123456789 012"
	var p PortPatch
	if err := json.Unmarshal([]byte(`{"tsid":"`+dirty+`"}`), &p); err != nil || *p.Tsid != clean {
		t.Errorf("from JSON: %v, %v", p.Tsid, err)
	}
	raw := StationID(dirty)
	if port, err := NewPort(1, "k").Apply(PortPatch{Csid: &raw}); err != nil || port.Csid != clean {
		t.Errorf("from a patch: %q, %v", port.Csid, err)
	}
	var d Document
	if err := json.Unmarshal([]byte(`{"tsid":"`+dirty+`"}`), &d); err != nil || d.Tsid != clean {
		t.Errorf("of a document: %q, %v", d.Tsid, err)
	}
}
