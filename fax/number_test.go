package fax

import (
	"strings"
	"testing"
)

func TestCheckNumber(t *testing.T) {
	for _, c := range []struct{ number, problem string }{
		{"101", ""}, {"+49 (30) 1234-567", ""}, {"+49 (0)30/1234.567", ""}, {"0,030 1234567", ""}, {"0w0301234567#12", ""}, {"(+49) 30 1", ""},
		{"", "is missing"}, {"  ", "is missing"}, {"+", "has no digit"}, {"-()", "has no digit"}, {"**##", "has no digit"},
		{"030 ABC", `contains 'A', which cannot be dialled`}, {"03ö", `contains 'Ö', which cannot be dialled`},
		{"030+12", `contains '+', which cannot be dialled`}, {"++49", `contains '+', which cannot be dialled`},
		{"0301;ATH", `contains ';', which cannot be dialled`}, {"0301\rATH", `contains '\r', which cannot be dialled`},
		{strings.Repeat("1", 65), "has 65 characters, more than 64"}, {strings.Repeat("1", 37), "has more than 36 digits"},
	} {
		err := CheckNumber("faxNumber", c.number)
		got := ""
		if err != nil {
			got = strings.TrimPrefix(err.Error(), "faxNumber ")
		}
		if got != c.problem {
			t.Errorf("%q: %q, want %q", c.number, got, c.problem)
		}
	}
}

func TestSameNumber(t *testing.T) {
	same := []string{"+49 30 1234567", "0049301234567", "(030) 1234567", "030/123-4567", "1234567", "+49 (0)30 1234567"}
	for _, a := range same {
		for _, b := range same {
			if !SameNumber(a, b) || NumberKey(a) != NumberKey(b) {
				t.Errorf("%q and %q are two numbers", a, b)
			}
		}
	}
	for _, c := range [][2]string{
		{"101", "102"}, {"101", "2101"}, {"12345", "0301 12345"}, {"+49 30 1234567", "+49 40 1234567"}, {"", ""}, {"", "101"}, {"000", "00"},
	} {
		if SameNumber(c[0], c[1]) {
			t.Errorf("%q and %q are one number", c[0], c[1])
		}
	}
}

// Numbers that are the same lie in one heap, it does not matter which comes first, and each is the same as itself.
func FuzzSameNumber(f *testing.F) {
	f.Add("+49 (0)30 1234567", "0301234567")
	f.Add("000", "0")
	f.Add("+(0)", "1")
	f.Fuzz(func(t *testing.T, a, b string) {
		if SameNumber(a, b) != SameNumber(b, a) {
			t.Errorf("%q, %q: it matters which comes first", a, b)
		}
		if SameNumber(a, b) && NumberKey(a) != NumberKey(b) {
			t.Errorf("%q, %q: one number with two keys", a, b)
		}
		if CheckNumber("n", a) == nil && !SameNumber(a, a) {
			t.Errorf("%q is another number than itself", a)
		}
	})
}

func TestDial(t *testing.T) {
	office := DialRules{OutsideLine: "0,", CountryCode: "49", NationalPrefix: "0", InternationalPrefix: "00"}
	for _, c := range []struct {
		rules        DialRules
		number, want string
	}{
		{office, "+49 (30) 1234567", "0,0301234567"},
		{office, "+49 (0)30 1234567", "0,0301234567"},
		{office, "+1 212 555 0100", "0,0012125550100"},
		{office, "030 1234567", "0,0301234567"},
		{office, "4711", "4711"},
		{office, "112", "112"},
		{DialRules{InternationalPrefix: "011"}, "+49 30 1", "01149301"},
		{DialRules{}, "0w030,12#*", "0W030,12#*"},
		{DialRules{}, "101", "101"},
	} {
		if got, err := c.rules.Dial(c.number); got != c.want || err != nil {
			t.Errorf("%q: %q, %v, want %q", c.number, got, err, c.want)
		}
	}
	for _, c := range []struct {
		rules  DialRules
		number string
	}{{DialRules{}, "+49 30 1"}, {office, strings.Repeat("1", 35)}} {
		if got, err := c.rules.Dial(c.number); err == nil {
			t.Errorf("%q is dialled as %q", c.number, got)
		}
	}
}

// What passes CheckNumber is dialled in characters that a modem takes, whatever was typed.
func FuzzDial(f *testing.F) {
	f.Add("+49 (0)30 1234567")
	f.Add("1;ATH")
	f.Fuzz(func(t *testing.T, number string) {
		got, err := DialRules{InternationalPrefix: "00", OutsideLine: "0,"}.Dial(number)
		if err == nil && (len(got) > maxDialed || strings.Trim(got, onKeypad+pauses) != "") {
			t.Errorf("%q is dialled as %q", number, got)
		}
		if CheckNumber("n", number) == nil && err == nil && got == "" {
			t.Errorf("%q is nothing to dial", number)
		}
	})
}

func TestMatchNumber(t *testing.T) {
	for _, c := range []struct {
		pattern, number string
		want            bool
	}{
		{"030 1234567", "+49301234567", true}, {"0301234567", "0301234568", false},
		{"0900*", "0900 123", true}, {"0900*", "0901", false}, {"+49900*", "0049900123", true}, {"*", "1", true}, {"*", "", false},
		{"112", "112", true}, {"112", "0112", true}, {"112", "1120", false}, {"000", "000", true}, {"000", "0001", false},
		{"", "101", false},
	} {
		if got := MatchNumber(c.pattern, c.number); got != c.want {
			t.Errorf("%q fits %q: %v", c.number, c.pattern, got)
		}
	}
}

func TestForbids(t *testing.T) {
	s := NewServer()
	for number, want := range map[string]bool{
		"112": true, "911": true, "1 1 2": true, "0112": true, "0,112": true, "9w911": true, "1,2,112": true,
		"1121": false, "030 112": false, "101": false, "": false, ",": false,
	} {
		if s.Forbids(number) != want {
			t.Errorf("%q is forbidden: %v", number, !want)
		}
	}
}

func TestMatchText(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"SPAM*", "spam ltd", true}, {"*spam*", "best spam", true}, {"*spam", "spam ltd", false}, {"spam", "spam", true},
		{"spam", "spams", false}, {"a*b*c", "aXbYc", true}, {"a*b*c", "aXcYb", false}, {"a*a", "a", false}, {"*", "", true}, {"", "", true},
		{"**", "x", true}, {"", "x", false},
	} {
		if got := MatchText(c.pattern, c.text); got != c.want {
			t.Errorf("%q fits %q: %v", c.text, c.pattern, got)
		}
	}
}
