package render

import (
	"math/rand/v2"
	"testing"
)

func TestHalve(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for width := range 20 {
		from, to := make([]byte, 2*width), make([]byte, width)
		for i := range from {
			from[i] = byte(random.UintN(256))
		}
		halve(to, from)
		for i, got := range to {
			if want := (int(from[2*i]) + int(from[2*i+1]) + 1) / 2; int(got) != want {
				t.Fatalf("pel %d of %d: %d, want %d", i, width, got, want)
			}
		}
	}
	for a := range 256 { // white stays white, and nothing else becomes it
		to := make([]byte, 4)
		halve(to, []byte{byte(a), 255, 255, 255, 0, byte(a), byte(a), byte(a)})
		if (to[0] == 255) != (a >= 254) || to[1] != 255 || to[3] != byte(a) {
			t.Fatalf("%d: %v", a, to)
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

func FuzzSurveyPictures(f *testing.F) {
	f.Add([]byte("5 0 obj<</Subtype/Image/Width 20000/Height 10000>>stream"))
	f.Fuzz(func(t *testing.T, pdf []byte) {
		if s := surveyPictures(pdf, 1<<20); s.large && !s.some {
			t.Fatal("a large picture, and none")
		}
	})
}
