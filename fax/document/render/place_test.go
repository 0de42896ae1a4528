package render

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

var everyResolution = []raster.Resolution{
	raster.Standard, raster.Fine, raster.Superfine, raster.R16,
	raster.Inch200x100, raster.Inch200, raster.Inch200x400, raster.Inch300, raster.Inch400,
}

// TestFitted holds for every page: all of it is printed, at most at its own size, in its own proportions.
func TestFitted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sheet{rapid.SampledFrom([]raster.Paper{raster.A4, raster.Letter}).Draw(t, "paper"),
			rapid.SampledFrom(everyResolution).Draw(t, "resolution")}
		w, h := rapid.Float64Range(5, 2000).Draw(t, "w"), rapid.Float64Range(5, 2000).Draw(t, "h")
		p := s.fitted(w, h)
		if p.scale > 1 {
			t.Fatalf("made larger: %+v", p)
		}
		left, top, right, bottom := s.printable(p.height)
		if p.x < left-1 || p.y < top-1 || p.x+p.w > right+1 || p.y+p.h > bottom+1 {
			t.Fatalf("%+v sticks out of %d,%d %d,%d", p, left, top, right, bottom)
		}
		if p.turned {
			w, h = h, w
		}
		across, down := float64(p.w)/s.resolution.PelsPerMM()/w, float64(p.h)/s.resolution.LinesPerMM()/h
		if tolerance := 1/math.Min(float64(p.w), float64(p.h)) + 0.001; math.Abs(across/down-1) > tolerance {
			t.Fatalf("stretched: %v across, %v down", across, down)
		}
		if p.width != s.paper.Width(s.resolution) {
			t.Fatalf("the page is %d pels wide", p.width)
		}
	})
}

func TestPlaces(t *testing.T) {
	a4, letter := sheet{raster.A4, raster.Fine}, sheet{raster.Letter, raster.Fine}
	for _, c := range []struct {
		name          string
		sheet         sheet
		w, h          float64
		natural       bool
		turned        bool
		length, scale float64
	}{
		{"A4 on A4", a4, 210, 297, true, false, 297, 0.9747},
		{"Letter on A4", a4, 215.9, 279.4, true, false, 297, 0.9634},
		{"A4 on Letter", letter, 210, 297, true, false, 279.4, 0.9155},
		{"Legal on A4", a4, 215.9, 355.6, true, false, 355.6, 0.9634},
		{"Folio on A4", a4, 210, 330, true, false, 330, 0.9905},
		{"A4 across", a4, 297, 210, true, true, 297, 0.9747},
		{"a slide", a4, 338.7, 190.5, true, true, 338.7, 1},
		{"A5 across", a4, 210, 148, true, false, 297, 0.9905},
		{"A3", a4, 297, 420, false, false, 297, 0.6892},
		{"a till roll", a4, 80, 900, true, false, 900, 1},
		{"a card", a4, 85, 55, true, false, 297, 1},
		{"a poster", a4, 841, 1189, false, false, 297, 0.2435},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, natural := c.sheet.natural(c.w, c.h)
			if natural != c.natural || natural && p.turned != c.turned {
				t.Errorf("natural: %v %+v", natural, p)
			}
			if length := float64(p.height) / 7.7; natural && math.Abs(length-c.length) > 0.2 {
				t.Errorf("%.1f mm long, want %v", length, c.length)
			}
			if fitted := c.sheet.fitted(c.w, c.h); math.Abs(fitted.scale-c.scale) > 0.001 {
				t.Errorf("scale %.4f, want %v", fitted.scale, c.scale)
			}
		})
	}
}

// TestCuts puts one black pel in every corner and in the middle of each edge, within and without what is printed.
func TestCuts(t *testing.T) {
	s := sheet{raster.A4, raster.Fine}
	at, _ := s.natural(210, 297)
	left, top, right, bottom := s.printable(at.height)
	for _, c := range []struct {
		x, y int
		cut  bool
	}{
		{left, top, false}, {right - 1, top, false}, {left, bottom - 1, false}, {right - 1, bottom - 1, false},
		{left - 1, 1000, true}, {right, 1000, true}, {800, top - 1, true}, {800, bottom, true},
		{0, 0, true}, {at.width - 1, at.height - 1, true},
	} {
		p := gray.New(at.width, at.height, s.resolution)
		p.Row(c.y)[c.x] = 0
		if got := s.cuts(p); got != c.cut {
			t.Errorf("a pel at %d,%d: cut %v, want %v", c.x, c.y, got, c.cut)
		}
	}
}
