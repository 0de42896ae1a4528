package peers

import (
	"testing"

	"faxbox/fax/document/corpus"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

func TestCharacterErrors(t *testing.T) {
	for _, c := range []struct {
		written, read string
		want          int
	}{
		{"", "", 0},
		{"abc", "", 3},
		{"", "abc", 3},
		{"a fax is read", "a  fax\nis read\n", 0},
		{"kitten", "sitting", 3},
		{"it's “so”", `it’s "so"`, 0},
		{"in all", "in ail", 1},
		{"rn", "m", 2},
	} {
		if got := CharacterErrors(c.written, c.read); got != c.want {
			t.Errorf("%q read as %q: %d errors, want %d", c.written, c.read, got, c.want)
		}
	}
}

func TestWordsMissed(t *testing.T) {
	for _, c := range []struct {
		written, read string
		missed, words int
	}{
		{"", "", 0, 0},
		{"one, two and (three)", "three two one and", 0, 4},
		{"a fax is read", "", 2, 2},
		{"that that that", "that", 2, 3},
		{"ref. QX-208", "ref QX208", 1, 2},
	} {
		if missed, words := WordsMissed(c.written, c.read); missed != c.missed || words != c.words {
			t.Errorf("%q read as %q: %d of %d words missed, want %d of %d", c.written, c.read, missed, words, c.missed, c.words)
		}
	}
}

func TestDifference(t *testing.T) {
	white, black := gray.New(10, 8, raster.Fine), gray.New(10, 7, raster.Fine)
	clear(black.Pix)
	if got := Difference(white, black); got != 1 {
		t.Errorf("white and black differ by %v", got)
	}
	if got := Difference(white, gray.New(9, 9, raster.Fine)); got != 0 {
		t.Errorf("white and white differ by %v", got)
	}
}

func TestReadPGM(t *testing.T) {
	page, err := readPGM([]byte("P5\n# a comment\n3 2\n255\nabcdef"))
	if err != nil || page.Width != 3 || page.Height != 2 || string(page.Row(1)) != "def" {
		t.Errorf("%+v, %v", page, err)
	}
	for _, bad := range []string{"", "P5", "P6 1 1 255\nabc", "P5 3 2 255\nabc", "P5 3 2 65535\nabcdef", "P5 -3 2 255\n", "P5 99999999 2 255\n"} {
		if _, err := readPGM([]byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

// TestPeers: the programs do what the comparison takes for granted, so that a new version cannot make it meaningless.
func TestPeers(t *testing.T) {
	if missing := Missing(Ghostscript, Poppler, Tesseract); len(missing) > 0 {
		t.Skipf("not installed: %v", missing)
	}
	d := corpus.Find("text12.pdf")
	theirs, err := GhostscriptGray(t.Context(), d, raster.Fine)
	if err != nil {
		t.Fatal(err)
	}
	others, err := PopplerGray(t.Context(), d, raster.Fine)
	if err != nil {
		t.Fatal(err)
	}
	if len(theirs) != 1 || len(others) != 1 {
		t.Fatalf("%d and %d pages", len(theirs), len(others))
	}
	if got := Difference(theirs[0], others[0]); got == 0 || got > 0.15 {
		t.Errorf("Ghostscript and poppler differ by %v", got)
	}
	fax, took, err := GhostscriptFax(t.Context(), d, raster.Fine)
	if err != nil || len(fax) != 1 || took <= 0 {
		t.Fatalf("%d pages in %v, %v", len(fax), took, err)
	}
	text, err := Read(t.Context(), fax[0], OneBlock)
	if err != nil {
		t.Fatal(err)
	}
	if errors, letters := CharacterErrors(d.Truth(), text), Letters(d.Truth()); 100*errors > letters {
		t.Errorf("%d errors in %d letters of 12 points:\n%s", errors, letters, text)
	}
}
