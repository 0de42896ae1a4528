package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
)

// photos writes the photograph as a JPEG file, and as a PDF with one large picture and its caption.
func photos(dir string) error {
	taken, err := photograph(1200, 900, 70)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "photo.jpg"), taken, 0o644); err != nil {
		return err
	}
	var f pdf
	n, err := f.picture(taken)
	if err != nil {
		return err
	}
	var c content
	c.op("q 480 0 0 360 57 420 cm /P1 Do Q")
	c.text("T", 11, 57, 400, "Figure 1. Fruit on the table of the canteen, seen by the camera above the door.")
	f.page(a4Width, a4Height, "", c.String(), n)
	return os.WriteFile(filepath.Join(dir, "photo.pdf"), f.bytes(), 0o644)
}

func photograph(width, height, quality int) ([]byte, error) {
	var b bytes.Buffer
	err := jpeg.Encode(&b, scene(width, height), &jpeg.Options{Quality: quality})
	return b.Bytes(), err
}

func isGray(c image.Config) bool { return c.ColorModel == color.GrayModel }

// brochure has everything on one page: photographs among columns of text, a gradient, letters on a picture, a chart.
func brochure(dir string) error {
	taken, err := photograph(600, 450, 60)
	if err != nil {
		return err
	}
	prose, err := os.ReadFile(filepath.Join(dir, "prose.txt"))
	if err != nil {
		return err
	}
	paragraphs := strings.Split(string(prose), "\n\n")
	picture := "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(taken)
	var chart strings.Builder
	for n, height := range []int{31, 44, 52, 49, 63, 78, 70, 92} {
		fmt.Fprintf(&chart, "<rect x=%d y=%d width=22 height=%d fill='hsl(210,60%%,%d%%)'/><text x=%d y=112 font-size=9>%d</text>",
			n*28+6, 100-height, height, 85-n*8, n*28+8, 2019+n)
	}
	return printed("brochure.pdf", func() string {
		return html(`.head{height:62mm;background:linear-gradient(100deg,#123b63,#6fb1ee 70%,#f5fafe);color:#fff;padding:8mm;display:flex;justify-content:space-between}
h1{font-size:26pt;margin:0}.columns{columns:2;column-gap:8mm;font:9.5pt/1.35 'Liberation Serif';margin-top:6mm;text-align:justify}
figure{margin:0 0 3mm;break-inside:avoid}figure img{width:100%;display:block}figcaption{font:italic 8pt 'Liberation Sans';color:#666}p{margin:0 0 2.5mm}
.over{position:relative}.over b{position:absolute;left:3mm;bottom:7mm;color:#fff;font:bold 15pt 'Liberation Sans'}`, fmt.Sprintf(`
<div class=head><div><h1>House News</h1>Northgate Electrical Works, winter 2026</div><img src="%[1]s" style="height:46mm;border:1mm solid #fff"></div>
<div class=columns><p>%[2]s<figure class=over><img src="%[1]s"><b>New in the canteen</b><figcaption>From December: fruit at 14 and at 16 hours.</figcaption></figure>
<p>%[3]s<p>%[4]s<figure><svg viewBox="0 0 232 116" width="100%%"><path d="M2 100H230" stroke="#000" stroke-width=".5"/>%[5]s</svg>
<figcaption>Relay boards sold, in thousands</figcaption></figure><p>%[6]s</div>`, picture, paragraphs[0], paragraphs[1], paragraphs[2], chart.String(), paragraphs[3]))
	})(dir)
}
