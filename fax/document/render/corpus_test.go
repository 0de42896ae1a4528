package render_test

import (
	"testing"
	"time"

	"faxbox/fax/document/corpus"
	"faxbox/fax/document/render"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

func a4Fine() render.Format {
	return render.Format{Paper: raster.A4, Resolution: raster.Fine, Mode: gray.Auto}
}

func TestCorpus(t *testing.T) {
	child := newChild(t)
	if err := child.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, d := range corpus.All() {
		t.Run(d.Name, func(t *testing.T) {
			f := memoryFile(d.Name, d.Content())
			f.Password = d.Password
			began := time.Now()
			pages, err := child.Render(t.Context(), render.Request{Files: []render.File{f}, Format: a4Fine()})
			if err != nil {
				t.Fatal(err)
			}
			defer pages.Close()
			if len(pages.Files) != 1 || d.Pages > 0 && pages.Files[0] != d.Pages {
				t.Errorf("%v pages, want %d", pages.Files, d.Pages)
			}
			info, err := pages.Stat()
			if err != nil {
				t.Fatal(err)
			}
			t.Log(d.Pages, "pages", info.Size(), "octets", time.Since(began), pages.Remarks, child.Health())
		})
	}
}
