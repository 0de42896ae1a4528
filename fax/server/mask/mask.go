// Package mask takes out of traces and journals who called whom, so that they can be given to strangers who are to find a
// fault. The same number is masked alike wherever it stands, however it is written; of a long one the last two digits stay.
package mask

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"faxbox/fax"
	"faxbox/fax/at"
	"faxbox/fax/t30"
	"faxbox/fax/trace"
)

// Masker masks, and knows what it has masked. The zero value is ready. It may be used by one goroutine at a time.
type Masker struct {
	numbers map[string][]known // by fax.NumberKey
	names   map[string]string
	count   int // of numbers
}

// known is a number with its mask.
type known struct{ number, mask string }

const (
	telling   = 6 // digits from which on a number is known by its end, and the last two stay
	shortest  = 5 // digits that are a number wherever they stand
	ofStation = 3 // digits that are a number within a station id
)

// Number masks a telephone number: "A*****67". Text without a digit is masked as a name.
func (m *Masker) Number(number string) string {
	digits := digitsOf(number)
	if digits == "" {
		return m.Name(number)
	}
	key := fax.NumberKey(number)
	for _, k := range m.numbers[key] {
		if fax.SameNumber(k.number, number) {
			return k.mask
		}
	}
	end := ""
	if len(digits) >= telling {
		end = digits[len(digits)-2:]
	}
	mask := letters(m.count) + "*****" + end
	m.count++
	if m.numbers == nil {
		m.numbers = map[string][]known{}
	}
	m.numbers[key] = append(m.numbers[key], known{number, mask})
	return mask
}

// letters counts A, B, ... Z, AA, AB, ...
func letters(n int) string {
	if n < 26 {
		return string(rune('A' + n))
	}
	return letters(n/26-1) + letters(n%26)
}

// Name masks what is no number: "name 1".
func (m *Masker) Name(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" {
		return ""
	}
	mask, ok := m.names[name]
	if !ok {
		mask = fmt.Sprintf("name %d", len(m.names)+1)
		if m.names == nil {
			m.names = map[string]string{}
		}
		m.names[name] = mask
	}
	return mask
}

// Station masks what a machine calls itself: a number, or a name.
func (m *Masker) Station(id string) string {
	if len(digitsOf(id)) >= ofStation {
		return m.Number(id)
	}
	return m.Name(id)
}

// Pattern masks a number that may end in a star for any rest.
func (m *Masker) Pattern(pattern string) string {
	number, open := strings.CutSuffix(pattern, "*")
	if mask := m.Station(number); open {
		return mask + "*"
	} else {
		return mask
	}
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// Text masks the numbers in a text: those of five digits and more that are neither a rate nor a count, and shorter ones that
// were masked before.
func (m *Masker) Text(text string) string {
	var out strings.Builder
	for text != "" {
		n := numberLength(text)
		if n == 0 {
			n = wordLength(text)
			out.WriteString(text[:n])
		} else if run := text[:n]; m.isNumber(run, text[n:]) {
			out.WriteString(m.Number(run))
		} else {
			out.WriteString(run)
		}
		text = text[n:]
	}
	return out.String()
}

// numberLength is how much at the beginning of text is digits and what people write between them; 0 if it is no number.
func numberLength(text string) int {
	last := 0
	for i, r := range text {
		switch {
		case '0' <= r && r <= '9':
			last = i + 1
		case i == 0 && r != '+' && r != '(':
			return 0
		case !strings.ContainsRune("+ ()-./", r):
			return last
		}
	}
	return last
}

// wordLength is how much at the beginning of text is no number, at least one character: a word with its digits, or one sign.
func wordLength(text string) int {
	first, size := utf8.DecodeRuneInString(text)
	if !unicode.IsLetter(first) {
		return size
	}
	end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' })
	if end < 0 {
		return len(text)
	}
	return end
}

// rates are numbers of five digits that are none.
var rates = []string{"12000", "14400", "16800", "19200", "21600", "24000", "26400", "28800", "31200", "33600", "38400", "57600", "115200"}

// isNumber reports whether what was found is a telephone number, by what it is and what comes after it.
func (m *Masker) isNumber(run, after string) bool {
	bare := strings.Trim(run, " ")
	for _, unit := range []string{" octets", " ms", " bit", " rows"} {
		if strings.HasPrefix(after, unit) {
			return false
		}
	}
	if slices.Contains(rates, bare) {
		return false
	}
	if len(digitsOf(run)) >= shortest {
		return true
	}
	return slices.ContainsFunc(m.numbers[fax.NumberKey(run)], func(k known) bool { return fax.SameNumber(k.number, run) })
}

// Entry masks a line of a trace.
func (m *Masker) Entry(e trace.Entry) trace.Entry {
	switch e.Kind {
	case trace.ToModem:
		e.Text = m.command(e.Text)
	case trace.FromModem:
		e.Text = m.answer(e.Text)
	case trace.Say, trace.Hear:
		e.Text = t30.MaskFrames(e.Text, m.Station)
	default:
		e.Text = m.note(e.Text)
	}
	return e
}

// command masks a command line: what is dialled.
func (m *Masker) command(text string) string {
	upper := strings.ToUpper(text)
	dial, ok := strings.CutPrefix(upper, "ATD")
	if !ok {
		return m.Text(text)
	}
	number := strings.TrimLeft(dial, "TP")
	if digitsOf(number) == "" {
		return text
	}
	return "ATD" + dial[:len(dial)-len(number)] + m.Number(number)
}

// answer masks what the modem says: who calls, above all.
func (m *Masker) answer(text string) string {
	i, ok := at.ParseIndication(text)
	if !ok {
		return m.Text(text)
	}
	switch i.Kind {
	case at.Number, at.Name, at.Called, at.Message:
		if len(i.Value) == 1 { // why there is none
			return text
		}
		head, _, found := strings.Cut(text, i.Value)
		if i.Value == "" || !found {
			return m.Text(text)
		}
		mask := m.Station(i.Value)
		switch i.Kind {
		case at.Number, at.Called:
			mask = m.Number(i.Value)
		case at.Message: // all that the network has told, in hexadecimal
			mask = "masked"
		}
		return head + mask // what follows may tell more
	}
	return text
}

// note masks a remark: numbers, and what is quoted.
func (m *Masker) note(text string) string {
	head, quoted, ok := strings.Cut(text, `"`)
	if !ok {
		return m.Text(text)
	}
	id, rest, closed := strings.Cut(quoted, `"`)
	if !closed {
		return m.Text(head) + `"` + m.Station(id)
	}
	return m.Text(head) + `"` + m.Station(id) + `"` + m.note(rest)
}

// Call masks a line of the journal.
func (m *Masker) Call(c fax.Call) fax.Call {
	for _, number := range []*string{&c.Number, &c.CallerID} {
		if *number != "" {
			*number = m.Number(*number)
		}
	}
	c.StationID = m.Station(c.StationID)
	c.DeviceName = fmt.Sprintf("line %d", c.DeviceID)
	c.Result = m.Result(c.Result)
	c.Refused = m.note(c.Refused)
	return c
}

// Result masks how something ended.
func (m *Masker) Result(r fax.Result) fax.Result {
	r.Sentence, r.Hint, r.Detail = m.note(r.Sentence), m.note(r.Hint), m.note(r.Detail)
	return r
}

// Trace reads a trace and writes it masked. Whoever is known to be on the line is masked wherever they stand, even if their
// number is short.
func (m *Masker) Trace(w io.Writer, r io.Reader, c fax.Call) error {
	m.Call(c)
	entries, err := trace.Read(r)
	if err != nil {
		return err
	}
	for i, e := range entries {
		entries[i] = m.Entry(e)
	}
	return trace.Write(w, entries)
}
