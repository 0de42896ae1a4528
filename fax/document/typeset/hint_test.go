package typeset

import (
	"math"
	"math/rand/v2"
	"testing"

	"faxbox/fax/raster"
)

// bar is a horizontal stroke of so many columns.
func bar(bottom, top float64, columns int) (spans []span) {
	for range columns {
		spans = append(spans, span{bottom, top})
	}
	return spans
}

// letterE has strokes at the baseline, in the middle and at the top, and a stem.
func letterE() []span {
	spans := append(bar(0, 0.08, 15), bar(0.31, 0.39, 13)...)
	spans = append(spans, bar(0.63, 0.71, 15)...)
	return append(spans, bar(0, 0.71, 5)...)
}

func TestStrokesOf(t *testing.T) {
	for _, c := range []struct {
		about string
		spans []span
		want  []span
	}{
		{"an E", letterE(), []span{{0, 0.08}, {0.31, 0.39}, {0.63, 0.71}}},
		{"a stem alone", bar(0, 0.71, 5), nil},
		{"a thin stem's end", bar(0, 0.08, 2), nil},
		{"what is higher than long", bar(0, 0.15, 4), nil},
		{"a dot", bar(0, 0.1, 5), []span{{0, 0.1}}},
		{"of two that overlap, the longer", append(bar(0, 0.08, 9), bar(0.05, 0.12, 12)...), []span{{0.05, 0.12}}},
		{"a slope", []span{{0, 0.1}, {0.03, 0.13}, {0.06, 0.16}, {0.09, 0.19}, {0.12, 0.22}}, nil},
	} {
		got := strokesOf(c.spans)
		if len(got) != len(c.want) {
			t.Errorf("%s: strokes %v, want %v", c.about, got, c.want)
			continue
		}
		for i := range got {
			if got[i].span != c.want[i] {
				t.Errorf("%s: stroke %d is %v, want %v", c.about, i, got[i].span, c.want[i])
			}
		}
	}
}

// TestStrokesFillLines fits an E at all heights: its strokes are whole lines, apart, and within a line of where they were.
func TestStrokesFillLines(t *testing.T) {
	zones := []zone{{0, false}, {0.71, true}}
	for lines := 8.0; lines < 80; lines += 0.37 {
		placed := place(strokesOf(letterE()), zones, lines)
		if len(placed) != 3 {
			t.Fatalf("at %v lines an em %d strokes are left", lines, len(placed))
		}
		end := -1
		for _, s := range placed {
			if s.thick < 1 || s.line <= end {
				t.Errorf("at %v lines an em a stroke of %d lines begins at %d, the one before ends at %d", lines, s.thick, s.line, end)
			}
			if off := float64(s.line) - s.bottom*lines; math.Abs(off) > 1.1 {
				t.Errorf("at %v lines an em a stroke is %.2f lines away from its place", lines, off)
			}
			end = s.line + s.thick
		}
		if top := int(math.Round(0.71 * lines)); placed[0].line != 0 || end != top {
			t.Errorf("at %v lines an em it reaches from %d to %d, want 0 to %d", lines, placed[0].line, end, top)
		}
	}
}

// TestKnotsRise fits spans at random: no letter is folded over.
func TestKnotsRise(t *testing.T) {
	zones := []zone{{0, false}, {-0.24, false}, {0.54, true}, {0.71, true}, {0.77, true}}
	random := rand.New(rand.NewPCG(7, 8))
	for range 5000 {
		var spans []span
		for range 1 + random.IntN(10) {
			bottom := random.Float64()*1.4 - 0.4
			spans = append(spans, bar(bottom, bottom+random.Float64()*0.2, random.IntN(20))...)
		}
		lines := 2 + random.Float64()*60
		knots := fitted(spans, zones, lines)
		for i := 1; i < len(knots); i++ {
			if knots[i].y < knots[i-1].y || knots[i].line < knots[i-1].line {
				t.Fatalf("at %v lines an em: knots %v of %v", lines, knots, spans)
			}
		}
		last := math.Inf(-1)
		for y := -1.0; y < 2; y += 0.01 {
			at := stretch(knots, y, lines)
			if at < last-1e-9 {
				t.Fatalf("%.2f is drawn at %v, below what was below it, at %v; knots %v", y, at, last, knots)
			}
			last = at
		}
	}
}

// TestLettersOfOneHeight ends flat and round letters on one line, where a reader sees any other.
func TestLettersOfOneHeight(t *testing.T) {
	f := Open()
	for _, group := range []string{"xoeacszvwnmru", "HOEDBCGTZ", "кнопстми", "ховаем"} {
		for size := 6.0; size < 20; size += 0.5 {
			want := -1
			for _, r := range group {
				p := letter(f, r, Style{Size: size}, raster.Standard)
				top := 0
				for isWhite(p.Row(top)) {
					top++
				}
				if want < 0 {
					want = top
				}
				if top != want {
					t.Errorf("%c of %q begins %d lines lower at %v points", r, group, top-want, size)
				}
			}
		}
	}
}

func isWhite(row []byte) bool {
	for _, b := range row {
		if b != 0 {
			return false
		}
	}
	return true
}
