package fax

import (
	"fmt"
	"strings"
)

// Lengths of numbers.
const (
	maxNumber = 64 // characters as written: a canonical number with all that people put between
	maxDialed = 36 // characters of a dial string: older modems take command lines of 40
)

// What a number may hold: digits, what is dialled with them, and what people write between them.
const (
	onKeypad = "0123456789*#"
	pauses   = ",W@" // V.250: wait a moment, wait for dial tone, wait for quiet
	filler   = " ()-./"
)

// CheckNumber says what is wrong with a number to be dialled, nil if nothing is: digits, * and #, one plus at the
// beginning, the pauses comma, W and @, and blanks, parentheses, hyphens, points and slashes, which are not dialled.
func CheckNumber(field, number string) error {
	var f faults
	f.number(field, number)
	return f.err()
}

func (f *faults) number(field, number string) {
	hint := "Enter a number such as +49 (30) 1234."
	tail := strings.TrimLeft(number, filler)
	tail = strings.TrimPrefix(tail, "+")
	odd := strings.Trim(strings.ToUpper(tail), onKeypad+pauses+filler)
	switch {
	case strings.TrimSpace(number) == "":
		f.add(field, "is missing", hint)
	case len(number) > maxNumber:
		f.add(field, fmt.Sprintf("has %d characters, more than %d", len(number), maxNumber), hint)
	case odd != "":
		f.add(field, fmt.Sprintf("contains %q, which cannot be dialled", []rune(odd)[0]), hint)
	case !strings.ContainsAny(number, "0123456789"):
		f.add(field, "has no digit", hint)
	case len(dialed(number, onKeypad+pauses)) > maxDialed:
		f.add(field, fmt.Sprintf("has more than %d digits", maxDialed), hint)
	}
}

// dialed is a number reduced to an alphabet, a leading plus kept. A "(0)" after a plus is the trunk prefix that is not
// dialled from abroad, and is left out.
func dialed(number, alphabet string) string {
	plus := ""
	if rest, ok := strings.CutPrefix(strings.TrimLeft(number, filler), "+"); ok {
		plus, number = "+", strings.Replace(rest, "(0)", "", 1)
	}
	return plus + strings.Map(func(r rune) rune {
		if strings.ContainsRune(alphabet, r) {
			return r
		}
		return -1
	}, strings.ToUpper(number))
}

// SameNumber reports whether two numbers reach the same station, however they are written: +49 30 1234567, 0049301234567,
// (030) 1234567 and 1234567. Numbers of less than 6 digits are the same only if all their digits are, leading zeros apart.
// Two stations of different towns may be held for one if one number is written without its area code.
func SameNumber(a, b string) bool {
	a, b = dialed(a, onKeypad), dialed(b, onKeypad)
	if a == b {
		return a != ""
	}
	a, b = subscriber(a), subscriber(b)
	if len(a) > len(b) {
		a, b = b, a
	}
	return a != "" && a == b || len(a) >= telling && strings.HasSuffix(b, a)
}

// telling is how many digits tell a station; fewer are an extension, and many numbers end like it.
const telling = 6

// NumberKey is what numbers have in common that are the same: at most the last six digits. It sorts numbers into heaps in
// which SameNumber need compare.
func NumberKey(number string) string {
	all := dialed(number, onKeypad)
	if key := subscriber(all); key != "" {
		return key[max(0, len(key)-telling):]
	}
	return all
}

// subscriber is a number without plus and leading zeros: international and trunk prefixes are zeros nearly everywhere.
func subscriber(number string) string { return strings.TrimLeft(number, "+0") }

// DialRules turn a canonical number (+49 30 1234567) into what this line dials.
type DialRules struct {
	OutsideLine         string `json:"outsideLine"`         // dialled first for a line outside, with a pause if need be: "0,"
	CountryCode         string `json:"countryCode"`         // of the line, without plus: "49"
	NationalPrefix      string `json:"nationalPrefix"`      // dialled before the area code: "0"
	InternationalPrefix string `json:"internationalPrefix"` // dialled before a country code: "00"
}

// longestExtension is the longest number, in digits, that is dialled without OutsideLine: colleagues, emergency numbers.
const longestExtension = 4

// Dial is what to dial for a number: digits, *, # and pauses. A number without a plus is dialled as it is written.
// OutsideLine goes before every number of more than 4 digits. A plus needs CountryCode or InternationalPrefix.
func (r DialRules) Dial(number string) (string, error) {
	dial := dialed(number, onKeypad+pauses)
	if rest, ok := strings.CutPrefix(dial, "+"); ok {
		national, home := strings.CutPrefix(rest, r.CountryCode)
		switch {
		case home && r.CountryCode != "":
			dial = r.NationalPrefix + national
		case r.InternationalPrefix != "":
			dial = r.InternationalPrefix + rest
		default:
			return "", fmt.Errorf("%s: what this line dials for + is not set", number)
		}
	}
	if len(dial) > longestExtension {
		dial = r.OutsideLine + dial
	}
	if len(dial) > maxDialed {
		return "", fmt.Errorf("%s: to be dialled as %s, which is longer than %d characters", number, dial, maxDialed)
	}
	return dial, nil
}

// MatchNumber reports whether a number fits a pattern. A pattern is a number in which * at its end stands for any rest;
// what people write between digits counts on neither side. A pattern that ends open is held against the number as
// written and without its leading zeros or plus.
func MatchNumber(pattern, number string) bool {
	prefix, open := strings.CutSuffix(strings.TrimSpace(pattern), "*")
	p, n := dialed(prefix, onKeypad), dialed(number, onKeypad)
	switch {
	case n == "":
		return false
	case open && p == "":
		return true
	case open:
		return strings.HasPrefix(n, p) || subscriber(p) != "" && strings.HasPrefix(subscriber(n), subscriber(p))
	default:
		return SameNumber(p, n)
	}
}

// MatchAny reports whether a number fits one of the patterns.
func MatchAny(patterns []string, number string) bool {
	for _, p := range patterns {
		if MatchNumber(p, number) {
			return true
		}
	}
	return false
}

// MatchText reports whether text fits a pattern in which * stands for anything and letters' case does not count: a
// station id. It takes time in proportion to the product of their lengths at most.
func MatchText(pattern, text string) bool {
	parts := strings.Split(strings.ToLower(pattern), "*")
	text = strings.ToLower(text)
	if len(parts) == 1 {
		return parts[0] == text
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}

// maxPatterns is how many patterns a list may hold.
const maxPatterns = 1000

func (f *faults) patterns(field string, list []string) {
	if len(list) > maxPatterns {
		f.add(field, fmt.Sprintf("has %d patterns, more than %d", len(list), maxPatterns), "Shorten the list: * stands for any rest.")
		return
	}
	for _, p := range list {
		if strings.TrimSpace(p) == "" {
			f.add(field, "contains an empty pattern", "Enter numbers, with * for any rest.")
			return
		}
		f.line(field, p)
	}
}
