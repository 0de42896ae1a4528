package t4

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// The lines of these tests are 16 pels wide and say which they are by the place of one black pel.
const narrow = 16

// line codes the narrow line whose black pel is x, in one dimension.
func line(x int) string { return runString(0, x) + runString(1, 1) + runString(0, narrow-1-x) }

// next codes the narrow line whose black pel is x, in two dimensions, below one whose black pel lies left of it or that has
// none.
func next(x int) string {
	return horizontalCode + runString(white, x) + runString(black, 1) + verticalCodes[3]
}

// runString is a code as T.4 prints it.
func runString(colour, run int) string {
	var s strings.Builder
	for _, c := range appendRun(nil, colour, run) {
		s.WriteString(bitString(c))
	}
	return s.String()
}

// octets packs bits, the first one highest, and pads with zeros. Spaces are for the eye.
func octets(bits ...string) []byte {
	var packed []byte
	n := 0
	for _, bit := range strings.ReplaceAll(strings.Join(bits, ""), " ", "") {
		if n%8 == 0 {
			packed = append(packed, 0)
		}
		packed[n/8] |= byte(bit-'0') << (7 - n%8)
		n++
	}
	return packed
}

// blacks says for each row where its black pel is: "3 5 - 5", with - for white.
func blacks(p picture) string {
	var s []string
	for _, row := range p.rows {
		x := "-"
		for i := range p.width {
			if pel(row, i) == black {
				x = fmt.Sprint(i)
			}
		}
		s = append(s, x)
	}
	return strings.Join(s, " ")
}

const (
	e   = eolCode
	e1  = e + "1" // in MR a one-dimensional line follows
	e0  = e + "0"
	v0s = "111" // a narrow line like the one above
	// no codes at all, with zeros too few for an EOL
	noise = "00000000 1 00000000 1 1 00000000 1"
)

var damageTests = []struct {
	name string
	c    Config
	bits string
	rows string
	want Report
}{
	{"first EOL missing", Config{Coding: MH}, line(3) + e + line(4) + e + e + e,
		"3 4", Report{Rows: 2, Sound: 2, End: true}},
	{"noise before first EOL", Config{Coding: MH}, "0101 1101 00011 1" + noise + e + line(4) + e + e + e,
		"4", Report{Rows: 1, Sound: 1, End: true}},
	{"fill everywhere", Config{Coding: MH}, "0000000" + e + line(3) + "000000000" + e + line(4) + "0" + e + "0000" + e + "00" + e,
		"3 4", Report{Rows: 2, Sound: 2, End: true}},
	{"RTC of two EOLs at the end", Config{Coding: MH}, e + line(3) + e + e,
		"3", Report{Rows: 1, Sound: 1, End: true}},
	{"RTC of two EOLs and zeros", Config{Coding: MH}, e + line(3) + e + e + strings.Repeat("0", 160),
		"3", Report{Rows: 1, Sound: 1, End: true}},
	{"octets after RTC", Config{Coding: MH}, e + line(3) + e + e + e + line(4) + e + line(5),
		"3", Report{Rows: 1, Sound: 1, End: true}},
	{"two EOLs in mid-page", Config{Coding: MH}, e + line(3) + e + e + line(5) + e,
		"3 3 5", Report{Rows: 3, Sound: 1, BadLines: 1, LongestBad: 1}},
	{"nothing but zeros for a line", Config{Coding: MH}, e + line(3) + e + strings.Repeat("0", 40) + e + line(5) + e,
		"3 3 5", Report{Rows: 3, Sound: 1, BadLines: 1, LongestBad: 1}},
	{"RTC damaged", Config{Coding: MH}, e + line(3) + e + e + "000000010001" + e + e + e,
		"3", Report{Rows: 1, Sound: 1, End: true}},
	{"RTC damaged, noise after it", Config{Coding: MH}, e + line(3) + e + e + "000000010001" + e + noise,
		"3", Report{Rows: 1, Sound: 1, End: true}},
	{"RTC in mid-page", Config{Coding: MH}, e + line(3) + e + e + noise + e + e + line(4) + e + e + e,
		"3 3 3 3 4", Report{Rows: 5, Sound: 1, BadLines: 3, LongestBad: 3, End: true}},
	{"no EOL at the end", Config{Coding: MH}, e + line(3) + e + line(4),
		"3 4", Report{Rows: 2, Sound: 2}},
	{"line cut off", Config{Coding: MH}, e + line(3) + e + runString(white, 4),
		"3", Report{Rows: 1, Sound: 1}},
	{"noise after the end", Config{Coding: MH}, e + line(3) + e + noise,
		"3", Report{Rows: 1, Sound: 1}},
	{"bad code", Config{Coding: MH}, e + line(3) + e + runString(white, 2) + noise + e + line(5) + e + e + e,
		"3 3 5", Report{Rows: 3, Sound: 1, BadLines: 1, LongestBad: 1, End: true}},
	{"bad line first", Config{Coding: MH}, e + noise + e + line(5) + e + e + e,
		"- 5", Report{Rows: 2, BadLines: 1, LongestBad: 1, End: true}},
	{"bad lines apart", Config{Coding: MH}, e + line(3) + e + noise + e + noise + e + line(5) + e + noise + e + line(6) + e + e + e,
		"3 3 3 5 5 6", Report{Rows: 6, Sound: 1, BadLines: 3, LongestBad: 2, End: true}},
	{"line too short", Config{Coding: MH}, e + line(3) + e + runString(white, 4) + runString(black, 11) + e + line(5) + e + e + e,
		"3 3 5", Report{Rows: 3, Sound: 1, BadLines: 1, LongestBad: 1, End: true}},
	{"line too long", Config{Coding: MH}, e + line(3) + e + runString(white, 4) + runString(black, 13) + e + line(5) + e + e + e,
		"3 3 5", Report{Rows: 3, Sound: 1, BadLines: 1, LongestBad: 1, End: true}},
	{"make-up code too long", Config{Coding: MH}, e + line(3) + e + runString(white, 64) + e + line(5) + e + e + e,
		"3 3 5", Report{Rows: 3, Sound: 1, BadLines: 1, LongestBad: 1, End: true}},
	{"EOL damaged", Config{Coding: MH}, e + line(3) + e + line(4) + "000100000001" + line(5) + e + line(6) + e + e + e,
		"3 4 4 6", Report{Rows: 4, Sound: 2, BadLines: 1, LongestBad: 1, End: true}},
	{"runs of nothing", Config{Coding: MH}, e + runString(white, 3) + runString(black, 0) + runString(white, 1) + runString(black, 1) + runString(white, 11) + e + e + e,
		"4", Report{Rows: 1, Sound: 1, End: true}},
	{"EOL cut wrongly", Config{Coding: MH}, e + line(3) + e + noise + "00000000 1 000" + runString(white, 4) + runString(black, 9) + "00000000 1" + line(5) + e + e + e,
		"3 3", Report{Rows: 2, Sound: 1, BadLines: 1, LongestBad: 1, End: true}},
	{"uncompressed mode", Config{Coding: MH}, e + line(3) + e + "000000001111" + "0101" + e + line(5) + e + e + e,
		"3 3 5", Report{Rows: 3, Sound: 1, BadLines: 1, LongestBad: 1, End: true}},

	{"MR", Config{Coding: MR}, e1 + line(3) + e0 + v0s + e0 + next(4) + e1 + line(5) + e1 + e1 + e1,
		"3 3 4 5", Report{Rows: 4, Sound: 4, End: true}},
	{"MR, first EOL missing", Config{Coding: MR}, line(3) + e0 + next(4) + e1 + e1 + e1,
		"3 4", Report{Rows: 2, Sound: 2, End: true}},
	{"MR, reference line lost", Config{Coding: MR}, e1 + line(3) + e0 + noise + e0 + next(4) + e0 + next(5) + e1 + line(7) + e0 + next(8) + e1 + e1 + e1,
		"3 3 3 3 7 8", Report{Rows: 6, Sound: 1, BadLines: 3, LongestBad: 3, End: true}},
	{"MR, one-dimensional line lost", Config{Coding: MR}, e1 + line(3) + e1 + noise + e0 + next(4) + e1 + line(7) + e1 + e1 + e1,
		"3 3 3 7", Report{Rows: 4, Sound: 1, BadLines: 2, LongestBad: 2, End: true}},
	{"MR, lost line is the last", Config{Coding: MR}, e1 + line(3) + e0 + noise + e0 + v0s + e1 + e1 + e1 + e1 + e1 + e1,
		"3 3 3", Report{Rows: 3, Sound: 1, BadLines: 2, LongestBad: 2, End: true}},
	{"MR, line of zeros and its reference", Config{Coding: MR}, e1 + line(3) + e0 + strings.Repeat("0", 30) + e0 + next(4) + e1 + line(7) + e1 + e1 + e1,
		"3 3 3 7", Report{Rows: 4, Sound: 1, BadLines: 2, LongestBad: 2, End: true}},
	{"MR, vertical mode left of a0", Config{Coding: MR}, e1 + line(3) + e0 + "1 000010" + e1 + line(7) + e1 + e1 + e1,
		"3 3 7", Report{Rows: 3, Sound: 1, BadLines: 1, LongestBad: 1, End: true}},
	{"MR, vertical mode right of the line", Config{Coding: MR}, e1 + line(3) + e0 + "1 1 011" + e1 + line(7) + e1 + e1 + e1,
		"3 3 7", Report{Rows: 3, Sound: 1, BadLines: 1, LongestBad: 1, End: true}},
	{"MR, uncompressed mode", Config{Coding: MR}, e1 + line(3) + e0 + "1 0000001111" + e1 + line(7) + e1 + e1 + e1,
		"3 3 7", Report{Rows: 3, Sound: 1, BadLines: 1, LongestBad: 1, End: true}},

	{"MMR", Config{Coding: MMR}, next(3) + v0s + next(4) + e + e,
		"3 3 4", Report{Rows: 3, Sound: 3, End: true}},
	{"MMR, EOFB of one EOL", Config{Coding: MMR}, "1 1" + e,
		"- -", Report{Rows: 2, Sound: 2, End: true}},
	{"MMR, fill before EOFB", Config{Coding: MMR}, "1 1 00000" + e + e,
		"- -", Report{Rows: 2, Sound: 2, End: true}},
	{"MMR, padding for EOFB", Config{Coding: MMR}, "1 1" + strings.Repeat("0", 400),
		"- -", Report{Rows: 2, Sound: 2}},
	{"MMR, no EOFB", Config{Coding: MMR}, "1 1 1 1 1 1 1 1",
		"- - - - - - - -", Report{Rows: 8, Sound: 8}},
	{"MMR, no code", Config{Coding: MMR}, "1 1 001 00000000 1 1 1 1",
		"- -", Report{Rows: 2, Sound: 2, Broken: true}},
	{"MMR, no code at a line's beginning", Config{Coding: MMR}, "1 1 00000000 1 1 1 1",
		"- -", Report{Rows: 2, Sound: 2, Broken: true}},
	{"MMR, EOFB in a line", Config{Coding: MMR}, "1 1 001" + runString(white, 3) + runString(black, 4) + e + e,
		"- -", Report{Rows: 2, Sound: 2, Broken: true, End: true}},
	{"MMR, unknown extension", Config{Coding: MMR}, "1 1 0000001 000 1 1",
		"- -", Report{Rows: 2, Sound: 2, Broken: true}},

	{"no EOLs", Config{Coding: MH, NoEOL: true}, pad(line(3)) + pad(line(4)),
		"3 4", Report{Rows: 2, Sound: 2}},
	{"no EOLs, no code", Config{Coding: MH, NoEOL: true}, pad(line(3)) + pad(noise) + pad(line(4)),
		"3", Report{Rows: 1, Sound: 1, Broken: true}},
	{"no EOLs, padding", Config{Coding: MH, NoEOL: true}, pad(line(3)) + strings.Repeat("0", 400),
		"3", Report{Rows: 1, Sound: 1}},
}

// pad adds zeros up to an octet.
func pad(bits string) string {
	bits = strings.ReplaceAll(bits, " ", "")
	return bits + strings.Repeat("0", -len(bits)&7)
}

func TestDamage(t *testing.T) {
	for _, test := range damageTests {
		for _, size := range []int{1 << 30, 1} {
			test.c.Width = narrow
			p, report, err := decode(t, test.c, octets(test.bits), func() int { return size })
			report.Since = 0
			if rows := blacks(p); err != nil || rows != test.rows || report != test.want {
				t.Errorf("%s, %d octets at once: error %v, rows %s, want %s\n%+v, want\n%+v",
					test.name, size, err, rows, test.rows, report, test.want)
			}
		}
	}
}

func TestUncompressedModeIsRefused(t *testing.T) {
	p, report, err := decode(t, Config{Coding: MMR, Width: narrow}, octets("1 1 0000001111 0101 1111"), whole)
	if !errors.Is(err, ErrUncompressed) || len(p.rows) != 2 || report.Rows != 2 {
		t.Errorf("error %v, %d rows, %+v, want 2 rows", err, len(p.rows), report)
	}
}

func TestMaxRows(t *testing.T) {
	c := Config{Coding: MMR, Width: narrow, MaxRows: 8}
	if p, report, err := decode(t, c, octets("11111111"+e+e), whole); err != nil || len(p.rows) != 8 || !report.End {
		t.Errorf("as many rows as allowed: %d, %+v, %v", len(p.rows), report, err)
	}
	if p, _, err := decode(t, c, octets("111111111"+e+e), whole); !errors.Is(err, ErrTooManyRows) || len(p.rows) != 8 {
		t.Errorf("one row more than allowed: %d, %v", len(p.rows), err)
	}
	c.MaxRows = 0
	ones := make([]byte, DefaultMaxRows/8+1)
	for i := range ones {
		ones[i] = 0xff
	}
	if p, _, err := decode(t, c, ones, whole); !errors.Is(err, ErrTooManyRows) || len(p.rows) != DefaultMaxRows {
		t.Errorf("endless rows: %d, %v", len(p.rows), err)
	}
}

func TestErrorsStay(t *testing.T) {
	d, err := NewDecoder(Config{Coding: MMR, Width: narrow}, func([]byte) {})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if n, err := d.Write(octets("0000001111")); n != 0 || !errors.Is(err, ErrUncompressed) {
			t.Errorf("Write returned %d, %v", n, err)
		}
	}
}

// TestFlippedBit flips each bit of a page in turn: the page keeps its size but for a line, and few lines suffer.
func TestFlippedBit(t *testing.T) {
	p := shakenPicture(rand.New(rand.NewPCG(7, 8)), 120, 40)
	for _, c := range []Config{{Coding: MH, Width: p.width}, {Coding: MR, K: 4, Width: p.width}} {
		coded := mustEncode(t, c, p)
		worst := 0
		for i := range 8 * len(coded) {
			coded[i/8] ^= 1 << (i % 8)
			got, report, err := decode(t, c, coded, whole)
			coded[i/8] ^= 1 << (i % 8)
			if err != nil || !report.End || report.Rows != len(got.rows) ||
				report.Rows < len(p.rows)-1 || report.Rows > len(p.rows)+1 {
				t.Fatalf("%v, bit %d: %+v, %v", c.Coding, i, report, err)
			}
			worst = max(worst, report.BadLines)
		}
		if limit := 1 + max(c.K, 1); worst > limit {
			t.Errorf("%v: one flipped bit costs %d lines, want at most %d", c.Coding, worst, limit)
		}
	}
}
