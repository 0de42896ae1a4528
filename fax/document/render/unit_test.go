package render_test

import (
	"bytes"
	"testing"

	"faxbox/fax/document/render"
	"faxbox/fax/document/render/rendertest"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

// TestUserUnit: a page in units of two points is as large as one of twice the numbers in points.
func TestUserUnit(t *testing.T) {
	ours := newLocal(t)
	page := func(pdf []byte) *raster.Page {
		made, err := ours.Render(t.Context(), render.Request{Files: []render.File{memoryFile("unit.pdf", pdf)},
			Format: render.Format{Paper: raster.A4, Resolution: raster.Fine, Mode: gray.Auto}})
		if err != nil {
			t.Fatal(err)
		}
		defer made.Close()
		return rendertest.Read(t, made.File)[0]
	}
	got := page(boxPage("[0 0 297.5 421]/UserUnit 2", "100 200 50 30 re f", ""))
	want := page(boxPage("[0 0 595 842]", "200 400 100 60 re f", ""))
	if !bytes.Equal(got.Bits, want.Bits) {
		t.Error("the pages differ")
	}
	if small := page(boxPage("[0 0 297.5 421]", "100 200 50 30 re f", "")); bytes.Equal(small.Bits, want.Bits) {
		t.Error("the page without units is no smaller")
	}
}
