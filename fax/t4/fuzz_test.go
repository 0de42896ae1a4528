package t4

import (
	"bytes"
	"testing"
)

// fuzzDecoder throws any octets, cut anywhere, at a decoder for lines of any width.
func fuzzDecoder(f *testing.F, coding Coding) {
	for _, test := range damageTests {
		if test.c.Coding == coding {
			f.Add(octets(test.bits), uint16(narrow-1), uint16(7), false)
		}
	}
	f.Fuzz(func(t *testing.T, coded []byte, width, cut uint16, option bool) {
		c := Config{Coding: coding, Width: 1 + int(width)%MaxWidth, MaxRows: 300, NoEOL: option && coding == MH}
		want, report, err := decode(t, c, coded, whole)
		if report.Rows != len(want.rows) || report.Rows > c.MaxRows || report.BadLines > report.Rows ||
			report.LongestBad > report.BadLines || report.Sound > report.Rows-report.BadLines || report.Since > len(coded) {
			t.Fatalf("%d rows: %+v", len(want.rows), report)
		}
		for _, row := range want.rows {
			padding := bytes.Clone(row)
			whitenPadding(padding, c.Width)
			if !bytes.Equal(row, padding) {
				t.Fatalf("padding is not white: %x", row)
			}
		}
		got, again, errAgain := decode(t, c, coded, func() int { return 1 + int(cut)%20 })
		if diff := different(got, want); diff != "" || again != report || errAgain != err {
			t.Fatalf("in pieces of %d: %s\n%+v, %v, want\n%+v, %v", 1+cut%20, diff, again, errAgain, report, err)
		}
		c.LSBFirst = true
		got, again, errAgain = decode(t, c, reversed(coded), whole)
		if diff := different(got, want); diff != "" || again != report || errAgain != err {
			t.Fatalf("least significant bit first: %s\n%+v, %v, want\n%+v, %v", diff, again, errAgain, report, err)
		}
	})
}

func FuzzMH(f *testing.F)  { fuzzDecoder(f, MH) }
func FuzzMR(f *testing.F)  { fuzzDecoder(f, MR) }
func FuzzMMR(f *testing.F) { fuzzDecoder(f, MMR) }

// FuzzRoundTrip codes any picture in any way and decodes it.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("any octets are a picture"), uint16(20), uint8(0), uint8(4), uint16(100), uint8(0))
	f.Add([]byte{0xff, 0, 0xff, 0xff, 0x0f, 0xf0}, uint16(9), uint8(2), uint8(0), uint16(0), uint8(0xff))
	f.Fuzz(func(t *testing.T, pels []byte, width uint16, coding, k uint8, minimum uint16, options uint8) {
		option := func(i int) bool { return options>>i&1 == 1 }
		c := Config{
			Coding: MH + Coding(coding%3), Width: 1 + int(width)%MaxWidth, K: int(k), MinLineBits: int(minimum),
			LSBFirst: option(0), AlignedEOL: option(1), NoEOL: option(2), NoEnd: option(3), Shortest: option(4),
		}
		if c.check() != nil {
			c.MinLineBits, c.AlignedEOL, c.NoEOL = 0, false, false
		}
		p := picture{width: c.Width}
		for stride := (c.Width + 7) / 8; len(pels) > 0; pels = pels[min(stride, len(pels)):] {
			row := make([]byte, stride)
			copy(row, pels)
			whitenPadding(row, c.Width)
			p.rows = append(p.rows, row)
		}
		coded := mustEncode(t, c, p)
		got, report, err := decode(t, c, coded, whole)
		want := Report{Rows: len(p.rows), Sound: len(p.rows), End: !c.NoEnd && !c.NoEOL, Since: report.Since}
		if diff := different(got, p); diff != "" || err != nil || report != want {
			t.Fatalf("%s: %v, %s\n%+v", name(c), err, diff, report)
		}
		if c.Coding != MMR {
			return
		}
		other := c
		other.Shortest = !c.Shortest
		a, b := onLine(coded), onLine(mustEncode(t, other, p))
		if c.Shortest {
			a, b = b, a
		}
		if !c.LSBFirst && b > a+7 { // the padding may differ
			t.Fatalf("%s: shortest modes take %d bits over the line, standard ones %d", name(c), b, a)
		}
	})
}
