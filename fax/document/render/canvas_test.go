package render

import (
	"testing"

	"faxbox/fax/raster"
)

// TestPicked: a page of text is every third octet of its canvas, and leaves the canvas white.
func TestPicked(t *testing.T) {
	const width, height, stride = 5, 4, 16
	c := &canvas{width: width, height: height, octets: letters, stride: stride, pix: make([]byte, stride*height)}
	whiten(c.pix)
	c.pix[stride+letters*3] = 7 // pel 3 of line 1
	p := c.picked(raster.Fine)
	if p.Width != width || p.Height != height || p.Resolution != raster.Fine {
		t.Fatalf("%d x %d at %v", p.Width, p.Height, p.Resolution)
	}
	for y := range height {
		for x, got := range p.Row(y) {
			want := byte(255)
			if x == 3 && y == 1 {
				want = 7
			}
			if got != want {
				t.Errorf("pel %d, %d: %d, want %d", x, y, got, want)
			}
		}
	}
	if !c.clean || !allWhite(c.pix) {
		t.Error("the canvas is not white")
	}
}

func TestSurveyPictures(t *testing.T) {
	const memory = 100 << 20
	for name, c := range map[string]struct {
		pdf         string
		some, large bool
	}{
		"none":           {"<</ProcSet[/PDF/Text/ImageB/ImageC/ImageI]>>", false, false},
		"a small one":    {"5 0 obj<</Type/XObject/Subtype/Image/Width 200/Height 100>>stream", true, false},
		"in any order":   {"5 0 obj<</Height  100 /Width\n200 /Subtype /Image >>stream", true, false},
		"a large one":    {"5 0 obj<</Subtype/Image/Width 20000/Height 10000>>stream", true, true},
		"a second one":   {"5 0 obj<</Subtype/Image/Width 2/Height 1>>stream 6 0 obj<</Subtype/Image/Width 20000/Height 10000>>stream", true, true},
		"of another":     {"5 0 obj<</Width 2/Height 1>> 6 0 obj<</Subtype/Image>>stream", true, true},
		"by reference":   {"5 0 obj<</Subtype/Image/Width 7 0 R/Height 8 0 R>>stream", true, true},
		"of many digits": {"5 0 obj<</Subtype/Image/Width 1000000000/Height 1>>stream", true, true},
		"cut off":        {"5 0 obj<</Subtype/Image/Wid", true, true},
	} {
		if got := surveyPictures([]byte(c.pdf), memory); got.some != c.some || got.large != c.large {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func FuzzSurveyPictures(f *testing.F) {
	f.Add([]byte("5 0 obj<</Subtype/Image/Width 20000/Height 10000>>stream"))
	f.Fuzz(func(t *testing.T, pdf []byte) {
		if s := surveyPictures(pdf, 1<<20); s.large && !s.some {
			t.Fatal("a large picture, and none")
		}
	})
}
