package t4

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// These tests are lines of the acceptance list of T.30 group 3, by its numbers.

// TestChecklist22_MinScanTime sees that no line takes less than the receiver's minimum scan line time, at any rate.
func TestChecklist22_MinScanTime(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	p := randomPicture(r, 1728, 40)
	for _, rate := range []int{2400, 4800, 7200, 9600, 12000, 14400} {
		for _, ms := range []int{0, 5, 10, 20, 40} {
			least := (rate*ms + 999) / 1000
			for _, c := range []Config{{Coding: MH}, {Coding: MR, K: 2}, {Coding: MR, K: 4, AlignedEOL: true}} {
				c.Width, c.MinLineBits, c.LSBFirst = p.width, least, true
				coded := mustEncode(t, c, p)
				for i, n := range lineLengths(coded) {
					if i < len(p.rows) && n < least {
						t.Errorf("%d bit/s, %d ms: line %d takes %d bits, want %d or more: %s", rate, ms, i, n, least, name(c))
					}
				}
				got, report, err := decode(t, c, coded, whole)
				if diff := different(got, p); err != nil || diff != "" || !report.End {
					t.Errorf("%d bit/s, %d ms: %v, %+v, %s", rate, ms, err, report, diff)
				}
			}
		}
	}
}

// lineLengths are the bits from each EOL, its zeros without fill, to the next.
func lineLengths(lsbFirst []byte) (lengths []int) {
	zeros, begun := 0, -1
	for i := range 8 * len(lsbFirst) {
		if lsbFirst[i/8]>>(i%8)&1 == 0 {
			zeros++
			continue
		}
		if zeros >= eolZeros {
			if begun >= 0 {
				lengths = append(lengths, i-eolZeros-begun)
			}
			begun = i - eolZeros
		}
		zeros = 0
	}
	return lengths
}

// TestChecklist24_OneBadLine sees that a burst of noise costs the lines it hits, and in MR those that refer to them, and no
// others.
func TestChecklist24_OneBadLine(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	p := shakenPicture(r, 1728, 200)
	for _, c := range []Config{{Coding: MH}, {Coding: MR, K: 2}, {Coding: MR, K: 4}} {
		c.Width = p.width
		coded := mustEncode(t, c, p)
		for range 50 {
			noisy := bytes.Clone(coded)
			at := len(coded)/4 + r.IntN(len(coded)/2)
			for i := range 8 {
				noisy[at+i] = byte(r.Uint32())
			}
			got, report, err := decode(t, c, noisy, whole)
			if err != nil || !report.End {
				t.Fatalf("%s: %+v, %v", name(c), report, err)
			}
			limit := 2 + 2*max(c.K, 1) // 64 bits touch two lines at most
			if report.BadLines > limit {
				t.Errorf("%s: %d bad lines, want at most %d", name(c), report.BadLines, limit)
			}
			if alike := sameEnds(got, p); alike < len(p.rows)-limit {
				t.Errorf("%s: %d rows are right, want %d", name(c), alike, len(p.rows)-limit)
			}
		}
	}
}

// sameEnds counts the rows that are right from the top down and from the bottom up.
func sameEnds(got, want picture) int {
	a, b := got.rows, want.rows
	n := 0
	for len(a) > 0 && len(b) > 0 && bytes.Equal(a[0], b[0]) {
		a, b, n = a[1:], b[1:], n+1
	}
	for len(a) > 0 && len(b) > 0 && bytes.Equal(a[len(a)-1], b[len(b)-1]) {
		a, b, n = a[:len(a)-1], b[:len(b)-1], n+1
	}
	return n
}

// TestChecklist24_SilenceWithinALine sees that whoever has the clock can tell a line that takes five seconds.
func TestChecklist24_SilenceWithinALine(t *testing.T) {
	d, err := NewDecoder(Config{Coding: MH, Width: narrow}, func([]byte) {})
	if err != nil {
		t.Fatal(err)
	}
	write := func(octets []byte, since int) {
		t.Helper()
		if _, err := d.Write(octets); err != nil {
			t.Fatal(err)
		}
		if got := d.Report().Since; got != since {
			t.Errorf("%d octets since the last line, want %d", got, since)
		}
	}
	write(octets(pad(e+line(3)+e+line(4)+e)), 0)
	const fiveSeconds = 14400 / 8 * 5
	for i := range fiveSeconds / 250 {
		write(make([]byte, 250), 250*(i+1))
	}
	write(octets(pad("1"+line(5)+e)), 0)
	write(bytes.Repeat([]byte{0x55}, 100), 100)
}

// TestChecklist25_MissingRTC sees that a page whose carrier ends keeps all complete lines, wherever it ends.
func TestChecklist25_MissingRTC(t *testing.T) {
	p := shakenPicture(rand.New(rand.NewPCG(13, 14)), 300, 30)
	for _, c := range []Config{{Coding: MH}, {Coding: MR, K: 4}, {Coding: MMR}} {
		c.Width, c.NoEnd = p.width, true
		coded := mustEncode(t, c, p)
		rows := 0
		for n := range len(coded) + 1 {
			got, report, err := decode(t, c, coded[:n], whole)
			whole := picture{width: p.width, rows: p.rows[:len(got.rows)]}
			if diff := different(got, whole); err != nil || diff != "" || report.BadLines > 0 || report.Broken || report.End {
				t.Fatalf("%s, %d octets: %+v, %v, %s", name(c), n, report, err, diff)
			}
			if len(got.rows) < rows {
				t.Fatalf("%s: %d octets yield %d rows, fewer yielded %d", name(c), n, len(got.rows), rows)
			}
			rows = len(got.rows)
		}
		if rows != len(p.rows) {
			t.Errorf("%s: %d rows, want %d", name(c), rows, len(p.rows))
		}
	}
}

// TestChecklist29_OtherWidth decodes pages wider and narrower than agreed: their lines are bad, their number is right, and
// the rows have the agreed width.
func TestChecklist29_OtherWidth(t *testing.T) {
	for _, widths := range [][2]int{{1728, 2048}, {2048, 1728}, {1728, 2432}, {2432, 1728}, {8, 4864}, {4864, 8}} {
		sent, agreed := widths[0], widths[1]
		t.Run(fmt.Sprintf("%d as %d", sent, agreed), func(t *testing.T) {
			p := picture{width: sent}
			for y := range 50 {
				row := make([]byte, (sent+7)/8)
				x := y % sent
				if x == agreed || x+3 == agreed { // the line would be wide enough, and what follows it another
					x++
				}
				invert(row, x, min(x+3, sent))
				p.rows = append(p.rows, row)
			}
			for _, c := range configs(sent) {
				if c.NoEnd || c.NoEOL {
					continue
				}
				coded := mustEncode(t, c, p)
				c.Width = agreed
				got, report, err := decode(t, c, coded, whole)
				if err != nil || report.Rows != len(got.rows) {
					t.Fatalf("%s: %+v, %v", name(c), report, err)
				}
				for _, row := range got.rows {
					if len(row) != (agreed+7)/8 {
						t.Fatalf("%s: row of %d octets", name(c), len(row))
					}
				}
				if c.Coding == MMR {
					continue // the first line that does not fit breaks it off, or none if the width shows in no mode
				}
				if report.BadLines != len(p.rows) || report.Rows != len(p.rows) || !report.End {
					t.Errorf("%s: %+v, want %d bad lines", name(c), report, len(p.rows))
				}
			}
		})
	}
}
