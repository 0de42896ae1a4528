package gray

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"faxbox/fax/raster"
)

func TestInkOf(t *testing.T) {
	for width := range 40 {
		line := bytes.Repeat([]byte{255}, width)
		if got := inkOf(line); got != (Span{}) {
			t.Errorf("%d pels of white: %v", width, got)
		}
		for from := range width {
			for last := from; last < width; last++ {
				line[from], line[last] = 0, 254
				if got, want := inkOf(line), (Span{from, last + 1}); got != want {
					t.Fatalf("of %d pels: %v, want %v", width, got, want)
				}
				line[from], line[last] = 255, 255
			}
		}
	}
}

// TestNotBesideDarker: eight pels at once are told the same as one by one.
func TestNotBesideDarker(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, r := range []raster.Resolution{raster.Standard, raster.Fine} {
		p := New(48, 12, r)
		s := survey(p, Text)
		for range 2000 {
			for i := range p.Pix {
				p.Pix[i] = 255 - byte(random.IntN(1+random.IntN(256)))
			}
			ground := 100 + random.IntN(156)
			x, y := 8*(1+random.IntN(4)), random.IntN(p.Height)
			w, some := uint64(0), uint64(0)
			for i, v := range p.Row(y)[x : x+8] {
				w |= uint64(v) << (8 * i)
				if int(v) <= ground-1 && int(v) > ground/2 {
					some |= 0x80 << (8 * i)
				}
			}
			got := s.notBesideDarker(x, y, w, some, ground)
			if want := s.notDarkerAtEdge(x, y, w, some, ground, s.nearLines()); got != want {
				t.Fatalf("ground %d, pel %d, %d of\n%v\n%016x, want %016x", ground, x, y, p.Pix, got, want)
			}
		}
	}
}
