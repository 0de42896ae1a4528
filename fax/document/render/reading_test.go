package render_test

import (
	"testing"

	"faxbox/fax/document/corpus"
	"faxbox/fax/document/corpus/peers"
	"faxbox/fax/document/render"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

// TestReading: what tesseract reads on our pages is what was written, with fewer than 1 letter in 100 wrong, and no worse than
// on Ghostscript's pages.
func TestReading(t *testing.T) {
	if missing := peers.Missing(peers.Ghostscript, peers.Tesseract); len(missing) > 0 {
		t.Skipf("not installed: %v", missing)
	}
	ours := newLocal(t)
	for _, c := range []struct {
		name       string
		resolution raster.Resolution
	}{
		{"text8.pdf", raster.Fine},
		{"text10.pdf", raster.Standard},
		{"text10.pdf", raster.Fine},
		{"text12.pdf", raster.Standard},
	} {
		if raced && c.name != "text8.pdf" {
			continue
		}
		d := corpus.Find(c.name)
		page := rendered(t, ours, d, render.Format{Paper: raster.A4, Resolution: c.resolution, Mode: gray.Auto})[0]
		theirs, _, err := peers.GhostscriptFax(t.Context(), d, c.resolution)
		if err != nil {
			t.Fatal(err)
		}
		we, text := misread(t, d, page)
		they, _ := misread(t, d, theirs[0])
		letters := peers.Letters(d.Truth())
		t.Logf("%s at %d x %d: %d of %d letters misread, on Ghostscript's page %d", c.name, c.resolution.X, c.resolution.Y, we, letters, they)
		// A reading program trips over a letter here and there, whatever the page: one in a thousand is no difference.
		if 100*we >= letters || we > they+letters/1000 {
			t.Errorf("%s at %d x %d: %d of %d letters misread, on Ghostscript's page %d:\n%s", c.name, c.resolution.X, c.resolution.Y, we, letters, they, text)
		}
	}
}

func misread(t *testing.T, d corpus.Document, page *raster.Page) (letters int, text string) {
	t.Helper()
	text, err := peers.Read(t.Context(), page, peers.OneBlock)
	if err != nil {
		t.Fatal(err)
	}
	return peers.CharacterErrors(d.Truth(), text), text
}

// TestWordsOfDifficultPages: gray letters, letters on shading and on pictures, and scans can be read. What a page says is
// known from the PDF that was scanned. (scripts/compare shows how much less can be read on Ghostscript's pages.)
func TestWordsOfDifficultPages(t *testing.T) {
	if missing := peers.Missing(peers.Tesseract, peers.PopplerText); len(missing) > 0 {
		t.Skipf("not installed: %v", missing)
	}
	ours := newLocal(t)
	for _, c := range []struct {
		name, says string
		layout     peers.Layout
		most       int // per cent of the words that may be missed
	}{
		{"gray.pdf", "gray.pdf", peers.OneBlock, 15},
		{"table.pdf", "table.pdf", peers.AsItComes, 5},
		{"letter.pdf", "letter.pdf", peers.AsItComes, 5},
		{"brochure.pdf", "brochure.pdf", peers.AsItComes, 8},
		{"scan300.pdf", "letter.pdf", peers.AsItComes, 8},
		{"scan600.pdf", "brochure.pdf", peers.AsItComes, 8},
	} {
		if raced && c.name != "letter.pdf" {
			continue
		}
		written, err := peers.Written(t.Context(), corpus.Find(c.says))
		if err != nil {
			t.Fatal(err)
		}
		page := rendered(t, ours, corpus.Find(c.name), render.Format{Paper: raster.A4, Resolution: raster.Fine, Mode: gray.Auto})[0]
		text, err := peers.Read(t.Context(), page, c.layout)
		if err != nil {
			t.Fatal(err)
		}
		missed, words := peers.WordsMissed(written, text)
		t.Logf("%s: %d of %d words missed", c.name, missed, words)
		if 100*missed > c.most*words {
			t.Errorf("%s: %d of %d words missed:\n%s", c.name, missed, words, text)
		}
	}
}
