package gray_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/raster/gray/photo"
	"faxbox/fax/raster/sample"
)

var update = flag.Bool("update", false, "rewrite testdata/golden; look at what changed before you commit it")

// TestGolden turns one small page (testdata/page.png: 60 x 60 mm at 300 pels an inch, with print, light print, hairlines, a table
// in grays, and a photograph) into the page of each resolution, and compares it pel for pel with what it was when somebody
// last looked at it. Standard is made both ways: as drawn, and drawn finer than sent.
func TestGolden(t *testing.T) {
	input := filepath.Join("testdata", "page.png")
	if *update {
		write(t, input, picture(card()))
	}
	page := read(t, input)
	for _, r := range slices.Concat(resolutions, []raster.Resolution{raster.Inch200, raster.Inch400}) {
		p := sheet(60, 60, r)
		p = gray.ScaleImage(page, p.Width, p.Height)
		p.Resolution = r
		compare(t, fmt.Sprintf("%dx%d", r.X, r.Y), gray.Bilevel(p, gray.Auto))
		if r == raster.Fine {
			compare(t, "204x98-from-196", gray.BilevelTo(p, gray.Auto, raster.Standard, p.Width, p.Height/2))
		}
	}
}

// card draws the page.
func card() *gray.Page {
	p := sheet(60, 60, raster.Inch300)
	print := gray.Scale(soft(sample.Letter(raster.R16)), 2540, 3508)
	paste := func(from *gray.Page, fromX, fromY, x, y, width, height int, ink int) {
		for j := range height {
			for i, v := range from.Row(fromY + j)[fromX : fromX+width] {
				p.Row(y + j)[x+i] = byte(ink + int(v)*(int(p.Row(y + j)[x+i])-ink)/255)
			}
		}
	}
	fill(p, 20, 300, 340, 340, 230)
	fill(p, 20, 340, 340, 390, 190)
	fill(p, 20, 390, 340, 440, 140)
	fill(p, 20, 440, 340, 500, 60)
	paste(print, 290, 1070, 20, 20, 660, 130, 0)
	paste(print, 290, 1070, 20, 160, 660, 130, 178)
	paste(print, 290, 1070, 30, 300, 300, 135, 0)
	paste(print, 290, 1070, 30, 445, 300, 50, 255)
	for i, v := range []byte{0, 90, 150, 200, 230} {
		fill(p, 360, 310+12*i, 680, 311+12*i, v)
		fill(p, 370+12*i, 380, 371+12*i, 500, v)
		fill(p, 450, 385+22*i, 680, 388+3*i+22*i, v)
	}
	paste(photo.Make("portrait", 320, 160, raster.Inch300), 0, 0, 20, 520, 320, 160, 0)
	paste(photo.Make("landscape", 320, 160, raster.Inch300), 0, 0, 360, 520, 320, 160, 0)
	return p
}

func picture(p *gray.Page) image.Image {
	return &image.Gray{Pix: p.Pix, Stride: p.Width, Rect: image.Rect(0, 0, p.Width, p.Height)}
}

// compare compares a page with its golden picture.
func compare(t *testing.T, name string, p *raster.Page) {
	t.Helper()
	got := image.NewPaletted(image.Rect(0, 0, p.Width, p.Height), color.Palette{color.White, color.Black})
	for i := range got.Pix {
		if black(p, i%p.Width, i/p.Width) {
			got.Pix[i] = 1
		}
	}
	file := filepath.Join("testdata", "golden", name+".png")
	if *update {
		write(t, file, got)
		return
	}
	want, ok := read(t, file).(*image.Paletted)
	if !ok || want.Rect != got.Rect || !bytes.Equal(want.Pix, got.Pix) {
		other := filepath.Join(t.ArtifactDir(), name+".png")
		write(t, other, got)
		t.Errorf("%s: the page differs; -artifacts keeps it as %s", file, other)
	}
}

func read(t *testing.T, file string) image.Image {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func write(t *testing.T, file string, m image.Image) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
