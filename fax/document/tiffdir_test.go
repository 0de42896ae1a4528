package document

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t30"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

var callBegan = time.Date(2026, 11, 21, 14, 22, 33, 123e6, time.UTC)

func openDir(t *testing.T) (TIFFDir, string) {
	t.Helper()
	path := t.TempDir()
	d, err := OpenTIFFDir(path)
	if err != nil {
		t.Fatal(err)
	}
	return d, path
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestCallFile: a call of two pages is one file, readable after each page, and described.
func TestCallFile(t *testing.T) {
	d, dir := openDir(t)
	if got := files(t, dir); len(got) != 0 {
		t.Fatalf("an empty folder holds %q", got)
	}
	file := d.Call(callBegan, "101")
	in := NewIncoming(file, "faxbox 1.0")
	if got := files(t, dir); len(got) != 0 {
		t.Fatalf("before the first page the folder holds %q", got)
	}
	page := sample.Letter(raster.Standard)
	f := format(t4.MMR, raster.Standard, true)
	for n := range 2 {
		arrive(in, f, codingOf(t, page, f))
		if err := <-in.Keep(t30.Complete); err != nil {
			t.Fatal(err)
		}
		checkFile(t, filepath.Join(dir, "20261121-142233.123-101.tif"), n+1, page)
	}
	arrive(in, f, codingOf(t, page, f)[:4000])
	if err := <-in.Keep(t30.Unconfirmed); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	read := checkFile(t, file.Path(), 3, page)
	info, err := read.Info(2)
	if err != nil {
		t.Fatal(err)
	}
	if info.Description != unconfirmed || info.Software != "faxbox 1.0" || info.Quality == nil {
		t.Errorf("got %+v", info)
	}
}

// checkFile sees that the file has so many pages, the first of them this one.
func checkFile(t *testing.T, path string, pages int, first *raster.Page) *tiff.File {
	t.Helper()
	r, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	stat, err := r.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := tiff.Open(r, stat.Size())
	if err != nil {
		t.Fatal(err)
	}
	if f.Pages() != pages {
		t.Fatalf("the file has %d pages, want %d", f.Pages(), pages)
	}
	p, err := f.Page(0)
	if err != nil {
		t.Fatal(err)
	}
	if string(p.Bits) != string(first.Bits) {
		t.Error("the first page is another")
	}
	return f
}

// TestNoFile: a call without pages leaves nothing.
func TestNoFile(t *testing.T) {
	d, dir := openDir(t)
	file := d.Call(callBegan, "101")
	if file.Drop() == nil || file.Replace(tiff.Coded{}) == nil {
		t.Error("there is a page to drop or replace")
	}
	if err := file.Append(tiff.Coded{}); err == nil {
		t.Error("an impossible page was stored")
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	if got := files(t, dir); len(got) != 0 || file.Path() != "" {
		t.Errorf("the folder holds %q, the path is %q", got, file.Path())
	}
}

// TestNames: labels cannot lead out of the folder, and no file is overwritten.
func TestNames(t *testing.T) {
	d, dir := openDir(t)
	c, err := tiff.Code(raster.New(64, 2, raster.Fine), tiff.Style{Coding: t4.MMR})
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range []struct{ label, want string }{
		{"101", "20261121-142233.123-101.tif"},
		{"101", "20261121-142233.123-101-2.tif"},
		{"101", "20261121-142233.123-101-3.tif"},
		{"", "20261121-142233.123.tif"},
		{"../../etc/+49 30\x00 1", "20261121-142233.123-etc49301.tif"},
		{"....", "20261121-142233.123-2.tif"},
	} {
		file := d.Call(callBegan, call.label)
		if err := file.Append(c); err != nil {
			t.Fatal(err)
		}
		if got := file.Path(); got != filepath.Join(dir, call.want) {
			t.Errorf("label %q: %s, want %s", call.label, got, call.want)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestBadFolder: a folder that is not there is found before a call comes, and one that vanishes is an error of the page.
func TestBadFolder(t *testing.T) {
	if _, err := OpenTIFFDir(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a missing folder is no error")
	}
	d, dir := openDir(t)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	file := d.Call(callBegan, "101")
	in := NewIncoming(file, "faxbox")
	f := format(t4.MMR, raster.Fine, true)
	arrive(in, f, codingOf(t, lines(1728, 10, raster.Fine, 1), f))
	if err := <-in.Keep(t30.Complete); err == nil {
		t.Error("a page was confirmed that is nowhere")
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
}
