package corpus_test

import (
	"os"
	"slices"
	"testing"

	"faxbox/fax/document/corpus"
)

// TestFiles: every document has its file, every file is a document's, and all together stay small.
func TestFiles(t *testing.T) {
	var names []string
	total := 0
	for _, d := range corpus.All() {
		if slices.Contains(names, d.Name) {
			t.Errorf("%s stands in the list twice", d.Name)
		}
		names = append(names, d.Name)
		total += len(d.Content())
	}
	entries, err := os.ReadDir("files")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(names, e.Name()) {
			t.Errorf("no document is called %s", e.Name())
		}
	}
	if total > 3<<20 {
		t.Errorf("the corpus has %d octets, more than 3 MB", total)
	}
}

// TestTruth: what is to be read is known of the pages of prose alone.
func TestTruth(t *testing.T) {
	once, twice := corpus.Find("text12.pdf").Truth(), corpus.Find("text8.pdf").Truth()
	if len(once) < 1000 || twice != once+once {
		t.Errorf("truths of %d and %d octets", len(once), len(twice))
	}
	if truth := corpus.Find("photo.pdf").Truth(); truth != "" {
		t.Errorf("a photograph reads %q", truth)
	}
}
