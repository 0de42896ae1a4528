package at

import (
	"bytes"
	"testing"
)

// Checklist 23: DLE inside data doubled; 10 1A decoded both ways; DLE split over reads.
func TestChecklist23_DLE(t *testing.T) {
	if got := Shield(nil, []byte("\x10a\x10\x10\x03b")); string(got) != "\x10\x10a\x10\x10\x10\x10\x03b" {
		t.Errorf("shielded: % x", got)
	}
	for _, c := range []struct{ name, in, out, rest string }{
		{"plain", "abc\x10\x03", "abc", ""},
		{"a DLE", "a\x10\x10b\x10\x03", "a\x10b", ""},
		{"two at once", "a\x10\x1ab\x10\x03", "a\x10\x10b", ""},
		{"DC1 and DC3", "\x10\x51\x10\x53\x10\x03", "\x11\x13", ""},
		{"DC1 and DC3 unshielded", "\x11\x13\x10\x03", "\x11\x13", ""},
		{"meaningless", "a\x10zb\x10\x03", "ab", ""},
		{"doubled before the end", "\x10\x10\x10\x03\r\nOK", "\x10", "\r\nOK"},
		{"a result behind the end", "\x10\x03\r\nOK\r\n", "", "\r\nOK\r\n"},
	} {
		for cut := range len(c.in) - len(c.rest) {
			var u Unshielder
			out, n, end := u.Unshield(nil, []byte(c.in[:cut]))
			if end || n != cut {
				t.Fatalf("%s, cut at %d: end too early", c.name, cut)
			}
			out, n, end = u.Unshield(out, []byte(c.in[cut:]))
			if string(out) != c.out || !end || c.in[cut+n:] != c.rest {
				t.Errorf("%s, cut at %d: % x, end %v, rest %q", c.name, cut, out, end, c.in[cut+n:])
			}
		}
	}
}

func FuzzShield(f *testing.F) {
	f.Add([]byte("\x10\x03\x10\x1a\x10"), 2)
	f.Add([]byte("\xff\x13\x10\x51"), 3)
	f.Fuzz(func(t *testing.T, octets []byte, cut int) {
		shielded := append(Shield(nil, octets), End+"rest"...)
		cut = max(0, min(cut, len(shielded)-len("rest")-1))
		var u Unshielder
		out, _, _ := u.Unshield(nil, shielded[:cut])
		out, n, end := u.Unshield(out, shielded[cut:])
		if !bytes.Equal(out, octets) || !end || string(shielded[cut+n:]) != "rest" {
			t.Errorf("cut at %d: % x came back as % x", cut, octets, out)
		}
		// What was never shielded must do no harm, and grow by an octet at most.
		var v Unshielder
		for p := octets; len(p) > 0; {
			out, n, _ := v.Unshield(nil, p)
			if n == 0 || len(out) > n+1 {
				t.Fatalf("%d octets of % x became %d", n, p, len(out))
			}
			p = p[n:]
		}
	})
}
