package fax

import (
	"fmt"
	"strings"
)

// maxNumber is the longest number accepted, in characters: a card number, pauses and a canonical number fit.
const maxNumber = 64

// CheckNumber says what is wrong with a number to be dialled, nil if nothing is: digits, *, #, one leading plus, a comma
// or w for a pause, and what people write between digits.
func CheckNumber(field, number string) error {
	var f faults
	f.number(field, number)
	return f.err()
}

func (f *faults) number(field, number string) {
	hint := "Enter a number such as +49 (30) 1234."
	odd := strings.IndexFunc(number, func(r rune) bool { return !strings.ContainsRune("0123456789*#+,wW ()-./", r) })
	switch {
	case strings.TrimSpace(number) == "":
		f.add(field, "is missing", hint)
	case len(number) > maxNumber:
		f.add(field, fmt.Sprintf("has %d characters, more than %d", len(number), maxNumber), hint)
	case odd >= 0:
		f.add(field, fmt.Sprintf("contains %q, which cannot be dialled", []rune(number[odd:])[0]), hint)
	case strings.LastIndexByte(number, '+') > len(number)-len(strings.TrimLeft(number, " (")):
		f.add(field, "has a plus after its beginning", hint)
	case !strings.ContainsAny(number, "0123456789"):
		f.add(field, "has no digit", hint)
	}
}

// digits are what is dialled of a number, a leading plus kept. A "(0)" after a plus is the trunk prefix that is not dialled
// from abroad, and is left out.
func digits(number string) string {
	if strings.HasPrefix(strings.TrimLeft(number, " ("), "+") {
		number = strings.Replace(number, "(0)", "", 1)
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("0123456789*#+", r) {
			return r
		}
		return -1
	}, number)
}

// SameNumber reports whether two numbers reach the same station, however they are written: +49 30 1234567, 0049301234567,
// (030) 1234567 and 1234567. Short ones are the same only if their digits are. Two different stations of different towns
// may be held for one if one number is written without its area code.
func SameNumber(a, b string) bool {
	a, b = digits(a), digits(b)
	if a == b {
		return true
	}
	a, b = subscriber(a), subscriber(b)
	if len(a) > len(b) {
		a, b = b, a
	}
	const enough = 6 // digits; fewer are an extension, and many numbers end like it
	return len(a) >= enough && strings.HasSuffix(b, a)
}

// subscriber is a number without plus and leading zeros: international and trunk prefixes are zeros nearly everywhere.
func subscriber(digits string) string { return strings.TrimLeft(digits, "+0") }

// DialRules turn a canonical number (+49 30 1234567) into what this line dials. The zero value dials a plus as nothing.
type DialRules struct {
	OutsideLine         string `json:"outsideLine"`         // dialled first for a line outside; then, if any, a pause: "0,"
	CountryCode         string `json:"countryCode"`         // of the line, without plus: "49"
	NationalPrefix      string `json:"nationalPrefix"`      // dialled before the area code: "0"
	InternationalPrefix string `json:"internationalPrefix"` // dialled before a country code: "00"
}

// Dial is what to dial for a number: digits, *, # and commas (pauses). Numbers without a plus are dialled as they are
// written; OutsideLine goes before numbers with more than 4 digits, so that colleagues can be reached.
func (r DialRules) Dial(number string) string {
	plain := strings.ContainsAny(number, ",wW")
	dial := digits(number)
	if plain {
		dial = strings.Map(func(c rune) rune {
			switch {
			case c == 'w' || c == 'W':
				return ','
			case strings.ContainsRune("0123456789*#+,", c):
				return c
			}
			return -1
		}, number)
	}
	if rest, ok := strings.CutPrefix(dial, "+"); ok {
		if national, home := strings.CutPrefix(rest, r.CountryCode); home && r.CountryCode != "" {
			dial = r.NationalPrefix + national
		} else {
			dial = r.InternationalPrefix + rest
		}
	}
	const longestExtension = 4
	if len(dial) > longestExtension {
		dial = r.OutsideLine + dial
	}
	return dial
}

// MatchNumber reports whether a number fits a pattern. A pattern is a number in which * at its end stands for any rest;
// what people write between digits counts on neither side. A pattern that ends open is held against the number as
// written and without its leading zeros or plus.
func MatchNumber(pattern, number string) bool {
	prefix, open := strings.CutSuffix(strings.TrimSpace(pattern), "*")
	p, n := digits(prefix), digits(number)
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
