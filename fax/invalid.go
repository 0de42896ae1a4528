package fax

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// FieldError says what is wrong with one field that somebody wanted to set.
type FieldError struct {
	Field   string    `json:"field"`   // JSON name, as sent: "retries"
	Problem string    `json:"problem"` // what is wrong: "is 120, more than 99"
	Hint    string    `json:"hint"`    // what would be right: "Enter a number from 0 to 99."
	Code    ErrorCode `json:"code"`    // what old programs expect for it
}

func (e FieldError) Error() string { return e.Field + " " + e.Problem }

// Invalid is every field at fault, in the order of the object. It is never empty.
type Invalid []FieldError

func (e Invalid) Error() string {
	problems := make([]string, len(e))
	for i, f := range e {
		problems[i] = f.Error()
	}
	return strings.Join(problems, "; ")
}

// faults gathers what is wrong with a value.
type faults []FieldError

func (f *faults) add(field, problem, hint string) {
	*f = append(*f, FieldError{Field: field, Problem: problem, Hint: hint, Code: ErrorInvalidParameter})
}

// err is nil or an Invalid, never an Invalid that is empty.
func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return Invalid(f)
}

// whole checks that least <= n <= most.
func (f *faults) whole(field string, n, least, most int) {
	hint := fmt.Sprintf("Enter a number from %d to %d.", least, most)
	switch {
	case n < least:
		f.add(field, fmt.Sprintf("is %d, less than %d", n, least), hint)
	case n > most:
		f.add(field, fmt.Sprintf("is %d, more than %d", n, most), hint)
	}
}

// Lengths of text, in characters.
const (
	MaxLine = 255  // a name, an address, a pattern
	MaxNote = 4096 // text of several lines
)

// line checks text of one line: valid UTF-8, at most MaxLine characters, no control characters.
func (f *faults) line(field, s string) { f.text(field, s, MaxLine, unicode.IsControl) }

// lines checks text of several lines: tabs and line ends are welcome.
func (f *faults) lines(field, s string) {
	f.text(field, s, MaxNote, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' })
}

func (f *faults) text(field, s string, most int, bad func(rune) bool) {
	n := utf8.RuneCountInString(s)
	switch {
	case !utf8.ValidString(s):
		f.add(field, "is not UTF-8", "Send text as UTF-8.")
	case n > most:
		f.add(field, fmt.Sprintf("has %d characters, more than %d", n, most), "Enter a shorter text.")
	case strings.ContainsFunc(s, bad):
		f.add(field, "contains a control character", "Remove what is not printable.")
	}
}

// zone checks a time zone: an IANA name that is known here, or nothing.
func (f *faults) zone(field, name string) {
	if _, err := time.LoadLocation(name); err != nil {
		f.add(field, fmt.Sprintf("%q is not known here", name), `Enter a name such as "Europe/Berlin", or nothing.`)
	}
}

// put sets a field if the patch holds a value for it.
func put[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
