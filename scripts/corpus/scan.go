package main

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"

	"fmt"
)

// scan300 is a gray scan of the letter at 300 dots an inch, a little askew.
func scan300(dir string) error {
	return scanned(filepath.Join(dir, "letter.pdf"), 300, 38, func(page image.Image, width, height int) image.Image {
		scan := image.NewGray(image.Rect(0, 0, width, height))
		seen := glass{page: page, degrees: 0.7, paper: vec{0.93, 0.93, 0.93}, ink: 0.09}
		for y := range height {
			for x := range width {
				scan.Pix[y*scan.Stride+x] = uint8(255 * seen.at(x, y, width, height).y)
			}
		}
		return scan
	}, filepath.Join(dir, "scan300.pdf"))
}

// scan600 is a colour scan of the brochure at 600 dots an inch, on yellowish paper and askew the other way.
func scan600(dir string) error {
	return scanned(filepath.Join(dir, "brochure.pdf"), 600, 22, func(page image.Image, width, height int) image.Image {
		scan := image.NewRGBA(image.Rect(0, 0, width, height))
		seen := glass{page: page, degrees: -0.5, paper: vec{0.95, 0.93, 0.86}, ink: 0.07}
		for y := range height {
			for x := range width {
				c := seen.at(x, y, width, height)
				scan.SetRGBA(x, y, color.RGBA{uint8(255 * c.x), uint8(255 * c.y), uint8(255 * c.z), 255})
			}
		}
		return scan
	}, filepath.Join(dir, "scan600.pdf"))
}

// glass is a scanner's view of a page that lies on it: turned, blurred by the drum, with the paper's tint and texture, and
// darker where the lid does not close.
type glass struct {
	page    image.Image
	degrees float64
	paper   vec
	ink     float64 // how light the blackest is
}

func (g *glass) at(x, y, width, height int) vec {
	sin, cos := math.Sincos(g.degrees * math.Pi / 180)
	dx, dy := float64(x-width/2), float64(y-height/2)
	c := blended(g.page, dx*cos-dy*sin+float64(width)/2, dx*sin+dy*cos+float64(height)/2)
	scale := 2480 / float64(width)
	fx, fy := float64(x)*scale, float64(y)*scale
	lid := 1 - 0.35*math.Exp(-fx/25) - 0.1*math.Exp(-(3508-fy)/60)
	texture := 1 + 0.012*(noise3(vec{fx / 3, fy / 3, 1})-0.5) + 0.02*(noise3(vec{fx / 300, fy / 300, 2})-0.5)
	light := vec{g.ink, g.ink, g.ink}.add(c.times(1 - g.ink)).tint(g.paper).times(lid * texture)
	return vec{min(light.x, 1), min(light.y, 1), min(light.z, 1)}
}

// blended is the colour of img between its pels, 0 to 1; white outside.
func blended(img image.Image, x, y float64) vec {
	left, top := math.Floor(x), math.Floor(y)
	u, v := x-left, y-top
	at := func(dx, dy int) vec {
		p := image.Pt(int(left)+dx, int(top)+dy)
		if !p.In(img.Bounds()) {
			return vec{1, 1, 1}
		}
		r, g, b, _ := img.At(p.X, p.Y).RGBA()
		return vec{float64(r), float64(g), float64(b)}.times(1.0 / 0xFFFF)
	}
	return at(0, 0).mix(at(1, 0), u).mix(at(0, 1).mix(at(1, 1), u), v)
}

// scanned draws a PDF at so many dots an inch, lets see look at it, and writes what was seen as a PDF of A4.
func scanned(from string, dpi, quality int, see func(page image.Image, width, height int) image.Image, to string) error {
	work, err := os.MkdirTemp("", "corpus")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	drawing := filepath.Join(work, "page.png")
	if err := tool("gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sDEVICE=png16m", fmt.Sprint("-r", dpi),
		"-dTextAlphaBits=4", "-dGraphicsAlphaBits=4", "-dLastPage=1", "-o", drawing, from); err != nil {
		return err
	}
	f, err := os.Open(drawing)
	if err != nil {
		return err
	}
	defer f.Close()
	page, err := png.Decode(f)
	if err != nil {
		return err
	}
	size := page.Bounds().Size()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, see(page, size.X, size.Y), &jpeg.Options{Quality: quality}); err != nil {
		return err
	}
	return sheet(to, b.Bytes(), 0, 0, a4Width, a4Height)
}

// sheet writes a PDF of one page of A4 with a picture on it.
func sheet(to string, jpeg []byte, x, y, width, height float64) error {
	var f pdf
	n, err := f.picture(jpeg)
	if err != nil {
		return err
	}
	f.page(a4Width, a4Height, "", fmt.Sprintf("q %g 0 0 %g %g %g cm /P1 Do Q", width, height, x, y), n)
	return os.WriteFile(to, f.bytes(), 0o644)
}
