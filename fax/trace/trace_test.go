package trace

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLogReadsBack(t *testing.T) {
	start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var b bytes.Buffer
	l := New(&b, start)
	l.Add(start, ToModem, "AT%s", "DT201")
	l.Add(start.Add(5123*time.Millisecond), FromModem, "CONNECT")
	l.Add(start.Add(5200*time.Millisecond), Note, "with a \x10\x03 and a\nline break, and \"quotes\" and ä")
	l.Add(start.Add(time.Hour), Say, "")
	if err := l.Flush(); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{0, ToModem, "ATDT201"},
		{5123 * time.Millisecond, FromModem, "CONNECT"},
		{5200 * time.Millisecond, Note, `with a \x10\x03 and a\nline break, and "quotes" and ä`},
		{time.Hour, Say, ""},
	}
	if len(got) != len(want) {
		t.Fatalf("%d entries, not %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("entry %d is %+v, not %+v", i, got[i], want[i])
		}
	}
}

func TestNilLogDropsEverything(t *testing.T) {
	var l *Log
	l.Add(time.Now(), Say, "x")
	if err := l.Flush(); err != nil {
		t.Error(err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestFlushTellsOfFailedWrites(t *testing.T) {
	l := New(full{}, time.Now())
	l.Add(time.Now(), Say, "x")
	if l.Flush() == nil {
		t.Error("a trace that was not written is reported as written")
	}
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "empty",
		"PK\x03\x04":                       "no trace",
		header + "\n":                      "empty",
		header + "\nyesterday say hi":      "line 2",
		header + "\n 5 sing la":            "line 2",
		header + "\n-5 say la":             "no time",
		header + "\n10000000000000 say la": "no time",
	} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzRead reads any file as a trace, and writes what it read again: it is the same.
func FuzzRead(f *testing.F) {
	f.Add(header + "\n      0 at>  ATDT201\n   5123 at<  CONNECT\n")
	f.Add(header + "\n0 at> ATD\r\r\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := Read(strings.NewReader(text))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := Write(&again, entries); err != nil {
			t.Fatal(err)
		}
		if back, err := Read(&again); err != nil || !slices.Equal(back, entries) {
			t.Errorf("%v: %+v, not %+v", err, back, entries)
		}
	})
}
