package render_test

import (
	"slices"
	"testing"

	"faxbox/fax/document/corpus"
	"faxbox/fax/document/render"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

func a4Fine() render.Format {
	return render.Format{Paper: raster.A4, Resolution: raster.Fine, Mode: gray.Auto}
}

// TestCorpus lets children render one file of every kind, and those PDF whose pages differ most.
func TestCorpus(t *testing.T) {
	child := newChild(t)
	if err := child.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	pdfs := []string{"text8.pdf", "landscape.pdf", "sizes.pdf", "scan300.pdf"}
	for _, d := range corpus.All() {
		if d.Kind == corpus.PDF && !slices.Contains(pdfs, d.Name) || raced && (d.Kind == corpus.PDF || d.Card) {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			f := memoryFile(d.Name, d.Content())
			f.Password = d.Password
			pages, err := child.Render(t.Context(), render.Request{Files: []render.File{f}, Format: a4Fine()})
			if err != nil {
				t.Fatal(err)
			}
			defer pages.Close()
			if len(pages.Files) != 1 || d.Pages > 0 && pages.Files[0] != d.Pages {
				t.Errorf("%v pages, want %d", pages.Files, d.Pages)
			}
			if want := len(pages.Remarks) > 0; want != (d.Name == "scripts.txt") { // no font for Chinese comes with us
				t.Errorf("remarks: %q", pages.Remarks)
			}
		})
	}
}
