package mask

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"faxbox/fax"
	"faxbox/fax/t30"
	"faxbox/fax/trace"
)

// subscriber draws a number whose digits stand in no rate, count or time of these tests.
func subscriber(t *rapid.T, name string) string {
	return rapid.StringMatching(`[5-9]{6,14}`).Draw(t, name)
}

// written draws a way in which a number is written.
func written(t *rapid.T, digits, name string) string {
	return fmt.Sprintf(rapid.SampledFrom([]string{"%s", "+%s", "00%s", "0%s", "+ %s", "(%s)"}).Draw(t, name+" written"),
		rapid.SampledFrom([]string{digits, digits[:3] + " " + digits[3:], digits[:2] + "-" + digits[2:], digits[:3] + "/" + digits[3:]}).Draw(t, name+" grouped"))
}

func ident(f t30.FCF, text string) t30.Frame {
	fif := []byte(fmt.Sprintf("%20.20s", text))
	for i := range 10 {
		fif[i], fif[19-i] = fif[19-i], fif[i]
	}
	return t30.NewFrame(f, fif...)
}

// tellingTrace is a trace in which two numbers stand wherever they can.
func tellingTrace(t *rapid.T, one, two string) []trace.Entry {
	w := func(n string) string { return written(t, n, "number") }
	nsf := t30.NewFrame(t30.NSF, append([]byte{0xAD, 0, 0x36}, one...)...)
	odd := ident(t30.CSI, one)
	odd[2] = 0x99 // damaged
	turned := ident(t30.TSI, two)
	for i := range turned[3:] {
		turned[3+i] = bits.Reverse8(turned[3+i])
	}
	all := []trace.Entry{
		{Kind: trace.ToModem, Text: "ATDT" + strings.NewReplacer(" ", "", "-", "", "/", "", "(", "", ")", "").Replace(w(one))},
		{Kind: trace.ToModem, Text: "ATDP0," + one},
		{Kind: trace.FromModem, Text: "NMBR = " + w(two)},
		{Kind: trace.FromModem, Text: "NAME = Meyer " + two},
		{Kind: trace.FromModem, Text: `+CLIP: "` + two + `",129,"",,"Meyer"`},
		{Kind: trace.FromModem, Text: "RING;" + two},
		{Kind: trace.FromModem, Text: "FM:" + one + " TO:" + two},
		{Kind: trace.FromModem, Text: "MESG = 80" + hex.EncodeToString([]byte(two))},
		{Kind: trace.FromModem, Text: one},
		{Kind: trace.Note, Text: `identified: "` + w(one) + `"`},
		{Kind: trace.Note, Text: "not answered: " + w(two) + " is blocked"},
		{Kind: trace.Say, Text: "burst " + ident(t30.TSI, one).String() + ", " + ident(t30.SUB, two).String()},
		{Kind: trace.Hear, Text: "burst +12 " + nsf.String() + ", " + ident(t30.CSI, two).String()},
		{Kind: trace.Hear, Text: "burst +12 damaged " + odd.String() + ", " + turned.String()},
		{Kind: trace.Hear, Text: "burst +12 damaged " + t30.NewFrame(t30.DIS, []byte(one)...).String()},
	}
	return rapid.Permutation(all).Draw(t, "order")
}

// tells reports whether five digits of a number after another stand in a text, or in the octets that it shows.
func tells(text, number string) bool {
	texts := []string{digitsOf(text)}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		octets, err := hex.DecodeString(word)
		if err != nil {
			continue
		}
		for _, order := range []func(byte) byte{func(b byte) byte { return b }, bits.Reverse8} {
			var forth, back []byte
			for _, b := range octets {
				forth = append(forth, order(b))
				back = append([]byte{order(b)}, back...)
			}
			texts = append(texts, string(forth), string(back))
		}
	}
	for i := 0; i+5 <= len(number); i++ {
		for _, t := range texts {
			if strings.Contains(t, number[i:i+5]) {
				return true
			}
		}
	}
	return false
}

// No line of a masked trace tells a number, however it is written; the same number has the same mask everywhere, and another
// number another.
func TestNumbersAreMasked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, two := subscriber(t, "one"), subscriber(t, "two")
		if fax.SameNumber(one, two) {
			return
		}
		entries := tellingTrace(t, one, two)
		var in, out bytes.Buffer
		if err := trace.Write(&in, entries); err != nil {
			t.Fatal(err)
		}
		var m Masker
		if err := m.Trace(&out, &in, fax.Call{Number: written(t, one, "dialled")}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if tells(line[8:], one) || tells(line[8:], two) || strings.Contains(line, "Meyer") {
				t.Errorf("%s and %s: %s", one, two, line)
			}
		}
		for _, again := range []string{one, "+" + one, "00" + one} {
			if m.Number(again) != m.Number(one) || m.Number(again) == m.Number(two) {
				t.Errorf("%s is %s, %s is %s, %s is %s", again, m.Number(again), one, m.Number(one), two, m.Number(two))
			}
		}
		if mask := m.Number(one); !strings.HasSuffix(mask, one[len(one)-2:]) || !strings.Contains(out.String(), mask) {
			t.Errorf("%s is %s in\n%s", one, mask, &out)
		}
		if back, err := trace.Read(&out); err != nil || len(back) != len(entries) {
			t.Errorf("the masked trace: %v, %d lines of %d", err, len(back), len(entries))
		}
	})
}

// What is no number stays, so that a trace can be understood.
func TestTheRestStays(t *testing.T) {
	var m Masker
	for _, e := range []trace.Entry{
		{Kind: trace.ToModem, Text: "AT+FCLASS=1"}, {Kind: trace.ToModem, Text: "ATS7=60"}, {Kind: trace.ToModem, Text: "ATD"},
		{Kind: trace.ToModem, Text: "123456 octets"}, {Kind: trace.FromModem, Text: "CONNECT"}, {Kind: trace.FromModem, Text: "RING A"},
		{Kind: trace.FromModem, Text: "NMBR = P"}, {Kind: trace.FromModem, Text: "DATE = 1121"}, {Kind: trace.FromModem, Text: "+FRM:3"},
		{Kind: trace.Note, Text: "negotiated: V.17 14400, MMR ECM, 1728 pels, 204x196"}, {Kind: trace.Note, Text: "host stalled for 12345 ms"},
		{Kind: trace.Note, Text: "received: page 1, rows 2200 bad 0 longest 0 end true"},
		{Kind: trace.Say, Text: "tcf V.17 14400, 2700 octets"}, {Kind: trace.Say, Text: "listen burst"},
		{Kind: trace.Hear, Text: "burst +1234 DIS ff1380004ef8c4, MCF ff138c"}, {Kind: trace.Hear, Text: "carrier +99 123456 octets; frames 0-119,121-255 rcp true"},
		{Kind: trace.Hear, Text: "silence +35000"},
	} {
		if got := m.Entry(e); got != e {
			t.Errorf("%s %s: %s", e.Kind, e.Text, got.Text)
		}
	}
}

// Short numbers, as extensions are, are known once they were seen where only a number can be, and nothing of them stays.
func TestShortNumbers(t *testing.T) {
	var m Masker
	c := m.Call(fax.Call{Number: "102", CallerID: "", StationID: "ACME", DeviceID: 3, DeviceName: "Dr. Meyer", Result: fax.Result{Detail: "102 said no"}})
	if c.Number != "A*****" || c.Result.Detail != "A***** said no" || c.StationID != "name 1" || c.DeviceName != "line 3" || c.CallerID != "" {
		t.Errorf("%+v", c)
	}
	if got := m.Text("from 102, not 103"); got != "from A*****, not 103" {
		t.Error(got)
	}
	if m.Pattern("0900*") == "0900*" || !strings.HasSuffix(m.Pattern("0900*"), "*") || m.Name("acme ") != "name 1" {
		t.Error(m.Pattern("0900*"), m.Name("acme "))
	}
	for n, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 27: "AB", 26 + 26*26: "AAA"} {
		if got := letters(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

func TestNoTrace(t *testing.T) {
	var m Masker
	if err := m.Trace(&bytes.Buffer{}, strings.NewReader("something else"), fax.Call{}); err == nil {
		t.Error("masked")
	}
}

func FuzzEntry(f *testing.F) {
	f.Add("burst +1 CSI ff034033", "+CLIP: \"1\",2")
	f.Add("+0 CSI A0004021", "\xff")
	f.Fuzz(func(t *testing.T, a, b string) {
		var m Masker
		for _, kind := range []trace.Kind{trace.ToModem, trace.FromModem, trace.Say, trace.Hear, trace.Note} {
			m.Entry(trace.Entry{At: time.Second, Kind: kind, Text: a})
			m.Entry(trace.Entry{At: time.Second, Kind: kind, Text: b})
		}
	})
}
