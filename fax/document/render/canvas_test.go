package render

import (
	"testing"

	"faxbox/fax/raster"
)

// TestMixed: pels are the means of their thirds, wherever they lie in a row; the canvas is white again, and so is what the page
// before had.
func TestMixed(t *testing.T) {
	const width, height, stride = 21, 4, 68
	c := &canvas{width: width, height: height, octets: thirds, stride: stride, pix: make([]byte, stride*height)}
	whiten(c.pix)
	for line, at := range []int{0, 7, 8, 20} {
		c.pix[line*stride+at*3], c.pix[line*stride+at*3+2] = 7, 100
		p := c.mixed(raster.Fine)
		if p.Width != width || p.Height != height || p.Resolution != raster.Fine {
			t.Fatalf("%d x %d at %v", p.Width, p.Height, p.Resolution)
		}
		for y := range height {
			for x, got := range p.Row(y) {
				want := byte(255)
				if x == at && y == line {
					want = (7 + 255 + 100) / 3
				}
				if got != want {
					t.Errorf("pel %d, %d: %d, want %d", x, y, got, want)
				}
			}
		}
		for y, ink := range p.Ink {
			if row := p.Row(y); !allWhite(row[:ink.From]) || !allWhite(row[ink.To:]) {
				t.Errorf("line %d has more on it than from %d to %d", y, ink.From, ink.To)
			}
		}
		if !c.clean || !allWhite(c.pix) {
			t.Error("the canvas is not white")
		}
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

func TestSurveyUnit(t *testing.T) {
	for name, c := range map[string]struct {
		pdf   string
		pages int
		want  float64
	}{
		"none":          {"<</Type/Page/MediaBox[0 0 595 842]>>", 1, 1},
		"one":           {"<</Type/Page/UserUnit 2.5/MediaBox[0 0 595 842]>>", 1, 2.5},
		"at the end":    {"<</Type/Page/UserUnit\n10>>", 1, 10},
		"on each page":  {"<</UserUnit 2>> <</UserUnit 2.0>>", 2, 2},
		"on some pages": {"<</UserUnit 2>> <</Type/Page>>", 2, 1},
		"different":     {"<</UserUnit 2>> <</UserUnit 3>>", 2, 1},
		"none at all":   {"<</UserUnit 0>>", 1, 1},
		"too large":     {"<</UserUnit 1000000>>", 1, 1},
		"no number":     {"<</UserUnit/Two>>", 1, 1},
		"cut off":       {"<</UserUnit", 1, 1},
	} {
		if got := surveyUnit([]byte(c.pdf), c.pages); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
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
