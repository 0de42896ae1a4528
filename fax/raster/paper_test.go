package raster

import "testing"

// TestWidth is T.30 table 2, notes on bits 17, 18, 41 to 43.
func TestWidth(t *testing.T) {
	for _, c := range []struct {
		x          int
		a4, b4, a3 int
	}{
		{100, 864, 1024, 1216}, {200, 1728, 2048, 2432}, {204, 1728, 2048, 2432}, {300, 2592, 3072, 3648},
		{400, 3456, 4096, 4864}, {408, 3456, 4096, 4864}, {600, 5184, 6144, 7296}, {1200, 10368, 12288, 14592},
	} {
		r := Resolution{c.x, 200}
		if a, b, d := A4.Width(r), B4.Width(r), A3.Width(r); a != c.a4 || b != c.b4 || d != c.a3 {
			t.Errorf("%d pels an inch: %d %d %d, want %d %d %d", c.x, a, b, d, c.a4, c.b4, c.a3)
		}
		if Letter.Width(r) != c.a4 || Legal.Width(r) != c.a4 {
			t.Errorf("%d pels an inch: Letter and Legal are not as wide as A4", c.x)
		}
	}
}

func TestRows(t *testing.T) {
	for _, c := range []struct {
		r                     Resolution
		a4, letter, legal, b4 int
	}{
		{Standard, 1143, 1075, 1369, 1401}, {Fine, 2286, 2151, 2738, 2802}, {Superfine, 4573, 4302, 5476, 5605},
		{Inch200x100, 1169, 1100, 1400, 1433}, {Inch200, 2338, 2200, 2800, 2866},
		{Inch300, 3507, 3300, 4200, 4299}, {Inch400, 4677, 4400, 5600, 5732},
	} {
		if a, l, g, b := A4.Rows(c.r), Letter.Rows(c.r), Legal.Rows(c.r), B4.Rows(c.r); a != c.a4 || l != c.letter || g != c.legal || b != c.b4 {
			t.Errorf("%v: %d %d %d %d, want %d %d %d %d", c.r, a, l, g, b, c.a4, c.letter, c.legal, c.b4)
		}
	}
}
