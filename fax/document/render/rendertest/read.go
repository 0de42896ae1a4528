package rendertest

import (
	"os"
	"testing"

	"faxbox/fax/raster"
	"faxbox/fax/tiff"
)

// Read reads the pages of a TIFF file, such as a renderer makes, and fails the test if one cannot be read.
func Read(t testing.TB, f *os.File) []*raster.Page {
	t.Helper()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	file, err := tiff.Open(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	var pages []*raster.Page
	for n := range file.Pages() {
		page, err := file.Page(n)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page)
	}
	return pages
}
