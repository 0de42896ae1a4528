package tiff

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t4"
)

// libtiff runs one of libtiff's tools, and yields what it says. Where the tools are missing the test is skipped, but never
// in CI.
func libtiff(t *testing.T, tool string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: apt-get install libtiff-tools", tool)
		}
		t.Skipf("%s is missing, so nothing is held against libtiff: apt-get install libtiff-tools", tool)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", tool, args, err, out)
	}
	return string(out)
}

func writeFile(t *testing.T, path string, style Style, pages ...*raster.Page) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Write(f, style, pages...); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) *File {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return open(t, data)
}

func samplePages() []*raster.Page {
	return []*raster.Page{
		sample.Letter(raster.Fine), sample.Form(raster.Standard), sample.Halftone(raster.Standard),
		pattern(2047, 300, raster.Superfine), pattern(2593, 100, raster.Inch300),
	}
}

// TestLibtiffReadsOurs: libtiff reads what we write, without a warning, as the same pels.
func TestLibtiffReadsOurs(t *testing.T) {
	pages := samplePages()
	for name, style := range styles {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ours, plain := filepath.Join(dir, "ours.tif"), filepath.Join(dir, "plain.tif")
			writeFile(t, ours, style, pages...)
			libtiff(t, "tiffdump", ours)
			if out := libtiff(t, "tiffinfo", "-D", ours); strings.Contains(out, "Warning") || strings.Contains(out, "rror") {
				t.Errorf("tiffinfo says:\n%s", out)
			}
			if out := libtiff(t, "tiffcp", "-c", "none", "-f", "msb2lsb", ours, plain); out != "" {
				t.Errorf("tiffcp says:\n%s", out)
			}
			f := readFile(t, plain)
			for i, want := range pages {
				got, err := f.Page(i)
				if err != nil {
					t.Fatal(err)
				}
				samePage(t, got, want)
			}
		})
	}
}

// TestLibtiffReadsExported: libtiff reads an exported file as the same pels, and the facts that have standard tags.
func TestLibtiffReadsExported(t *testing.T) {
	pages := samplePages()
	dir := t.TempDir()
	ours, out, plain := filepath.Join(dir, "ours.tif"), filepath.Join(dir, "out.tif"), filepath.Join(dir, "plain.tif")
	writeFile(t, ours, styles["MMR"], pages...)
	file, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := Export(file, readFile(t, ours), someFacts()); err != nil {
		t.Fatal(err)
	}
	info := libtiff(t, "tiffinfo", "-D", out)
	for _, want := range []string{"DateTime: 2026:11:21 13:45:07", "Artist: Анна 株式会社", "+49 30 1234567\n030 1234567", "FaxSubAddress: 22", "Page Number: 0-5"} {
		if !strings.Contains(info, want) {
			t.Errorf("tiffinfo has no %q:\n%s", want, info)
		}
	}
	libtiff(t, "tiffcp", "-c", "none", "-f", "msb2lsb", out, plain)
	f := readFile(t, plain)
	for i, want := range pages {
		got, err := f.Page(i)
		if err != nil {
			t.Fatal(err)
		}
		samePage(t, got, want)
	}
}

// TestLibtiffInfo: libtiff finds the facts of the page as they were meant.
func TestLibtiffInfo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.tif")
	writeFile(t, path, Style{Coding: t4.MMR}, pattern(1728, 100, raster.Standard))
	out := libtiff(t, "tiffinfo", path)
	for _, want := range []string{
		"Image Width: 1728 Image Length: 100", "Resolution: 204, 98 pixels/inch", "Bits/Sample: 1",
		"Compression Scheme: CCITT Group 4", "Photometric Interpretation: min-is-white", "FillOrder: msb-to-lsb",
		"Rows/Strip: 100", "Subfile Type: multi-page document", "Page Number: 0-0",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// matrix is every way in which tiffcp writes a bilevel file.
func matrix() map[string][]string {
	m := map[string][]string{}
	for _, scheme := range []string{"none", "packbits", "g3", "g3:1d:fill", "g3:2d", "g3:2d:fill", "g4"} {
		for _, bytes := range []string{"-L", "-B"} {
			for _, order := range []string{"msb2lsb", "lsb2msb"} {
				for _, rows := range []string{"10000", "1", "64"} {
					args := []string{"-c", scheme, bytes, "-f", order, "-r", rows}
					m[strings.Join(args, " ")] = args
				}
			}
		}
	}
	return m
}

// TestWeReadLibtiffs: every way libtiff has of writing a bilevel file.
func TestWeReadLibtiffs(t *testing.T) {
	pages := []*raster.Page{sample.White(raster.Standard), pattern(1735, 150, raster.Fine), pattern(37, 7, raster.Inch200)}
	dir := t.TempDir()
	from := filepath.Join(dir, "from.tif")
	writeFile(t, from, Style{Coding: t4.MMR}, pages...)
	for name, args := range matrix() {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "page.tif")
			libtiff(t, "tiffcp", append(args, from, path)...)
			f := readFile(t, path)
			if f.Pages() != len(pages) {
				t.Fatalf("%d pages, want %d", f.Pages(), len(pages))
			}
			for i, want := range pages {
				got, err := f.Page(i)
				if err != nil {
					t.Fatal(err)
				}
				samePage(t, got, want)
			}
		})
	}
}

// TestLibtiffsThatWeRefuse: files of other kinds are refused by name.
func TestLibtiffsThatWeRefuse(t *testing.T) {
	dir := t.TempDir()
	from := filepath.Join(dir, "from.tif")
	writeFile(t, from, Style{Coding: t4.MMR}, pattern(300, 300, raster.Fine))
	for want, args := range map[string][]string{
		"page 1: tag TileOffsets (324): the picture is stored in tiles: save it in strips":      {"-t", "-c", "g4"},
		"page 1: tag Compression (259): LZW is not read: save the picture in CCITT Group 4":     {"-c", "lzw"},
		"page 1: tag Compression (259): Deflate is not read: save the picture in CCITT Group 4": {"-c", "zip"},
		"this is a BigTIFF file: save it as an ordinary TIFF file":                              {"-8", "-c", "g4"},
	} {
		path := filepath.Join(dir, "page.tif")
		libtiff(t, "tiffcp", append(args, from, path)...)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Open(bytes.NewReader(data), int64(len(data)))
		if err == nil {
			_, err = f.Page(0)
		}
		if fmt.Sprint(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
