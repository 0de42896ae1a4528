package at

import (
	"slices"
	"testing"
)

// split cuts a text that arrives in the given pieces.
func split(s *splitter, pieces ...[]byte) []string {
	var lines []string
	for _, p := range pieces {
		for len(p) > 0 {
			line, n := s.next(p)
			if p = p[n:]; line != "" {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

func TestSplitter(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"verbose", "\r\nOK\r\n", []string{"OK"}},
		{"numeric", "0\r", []string{"0"}},
		{"echo and answer", "ATI3\r\r\nspandsp\r\n\r\nOK\r\n", []string{"ATI3", "spandsp", "OK"}},
		{"blanks around", "\r\n  RING \r\n", []string{"RING"}},
		{"LF alone", "a\nb\n", []string{"a", "b"}},
		{"not over yet", "\r\nO", nil},
		{"nothing", "\r\n\r\n\r\r\n", nil},
	} {
		if got := split(new(splitter), []byte(c.in)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSplitterCutsLongLines(t *testing.T) {
	long := slices.Repeat([]byte{'x'}, maxLine+100)
	got := split(new(splitter), long, long, []byte("\r\nOK\r\n"))
	if len(got) != 2 || len(got[0]) != maxLine || got[1] != "OK" {
		t.Errorf("got %d lines, the first of %d octets", len(got), len(got[0]))
	}
}

func FuzzSplitter(f *testing.F) {
	f.Add([]byte("\r\nCONNECT\r\n\xff\x13\x10\x03\r\nOK\r\n"), 3)
	f.Add([]byte("2\r0\rNMBR = 0123\r\n"), 1)
	f.Add([]byte("\r\n+FRH:3\r\n\r\nCONNECT\r\n"), 5)
	f.Fuzz(func(t *testing.T, in []byte, cut int) {
		whole := split(new(splitter), in)
		cut = max(0, min(cut, len(in)))
		if parts := split(new(splitter), in[:cut], in[cut:]); !slices.Equal(whole, parts) {
			t.Errorf("cut at %d: %q, want %q", cut, parts, whole)
		}
		for _, l := range whole {
			if len(l) > maxLine {
				t.Errorf("a line of %d octets", len(l))
			}
			for _, digits := range []bool{false, true} {
				r := ParseResult(l, digits)
				if i, ok := ParseIndication(l); ok && r != None {
					t.Errorf("%q is the result %v and the indication %v", l, r, i)
				}
			}
		}
	})
}
