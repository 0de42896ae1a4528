package typeset

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRead(t *testing.T) {
	marks := strings.Repeat("\u0301", 1000)
	for _, c := range []struct{ about, text, want, rest string }{
		{"a line end", "one\ntwo", "one", "two"},
		{"two octets at a line end", "one\r\ntwo", "one", "two"},
		{"a carriage return alone", "one\rtwo", "one", "two"},
		{"the paragraph separator", "one\u2029two", "one", "two"},
		{"an empty line", "\n\ntwo", "", "\ntwo"},
		{"a tab stays", "a\tb", "a\tb", ""},
		{"controls are shown", "a\x00\x1b[31mb\u0085", "a\uFFFD\uFFFD[31mb", ""},
		{"octets that are not UTF-8 are shown", "a\xff\xc3b", "a\uFFFD\uFFFDb", ""},
		{"overrides of direction are left out", "a\u202Eb\u202C\u2066c\u2069", "abc", ""},
		{"marks of direction stay", "a\u200F.", "a\u200F.", ""},
		{"joiners stay", "क्\u200Dष", "क्\u200Dष", ""},
		{"soft hyphens and byte order marks are left out", "\uFEFFa\u00ADb", "ab", ""},
		{"a flood of marks", "a" + marks + "b", "a" + marks[:2*maxMarks] + "b", ""},
		{"a flood of nothing", strings.Repeat("\u200B", 1000) + "b", strings.Repeat("\u200B", maxMarks) + "b", ""},
	} {
		p := read(c.text)
		if got := string(p.runes); got != c.want {
			t.Errorf("%s: %q is drawn as %q, want %q", c.about, c.text, got, c.want)
		}
		if rest := c.text[p.next:]; rest != c.rest {
			t.Errorf("%s: %q is left, want %q", c.about, rest, c.rest)
		}
	}
}

func TestReadKeepsPlaces(t *testing.T) {
	const text = "aé\u202E\xff漢\nrest"
	p := read(text)
	if got, want := len(p.offsets), len(p.runes)+1; got != want {
		t.Fatalf("%d places for %d characters", got, want-1)
	}
	for i, r := range p.runes {
		if at, _ := utf8.DecodeRuneInString(text[p.offsets[i]:]); at != r {
			t.Errorf("character %d, %q, is said to be at %q", i, r, text[p.offsets[i]:])
		}
	}
	if end := text[p.offsets[len(p.runes)]:]; end != "\nrest" {
		t.Errorf("after the last character comes %q", end)
	}
}

func TestReadLongParagraph(t *testing.T) {
	text := strings.Repeat("word ", maxPiece)
	p := read(text)
	if len(p.runes) != maxPiece || p.ended || p.next != maxPiece {
		t.Errorf("a piece of %d characters, ended %v, next at %d", len(p.runes), p.ended, p.next)
	}
}
