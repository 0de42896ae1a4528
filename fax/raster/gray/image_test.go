package gray_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"math/rand/v2"
	"testing"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/raster/gray/photo"
	"faxbox/fax/raster/sample"
)

// plain hides what kind of picture it is, so that only At is left.
type plain struct{ image.Image }

// pictures are one picture in every kind that has a way of its own; their top left corner is not 0, 0.
func pictures() map[string]image.Image {
	r := rand.New(rand.NewPCG(1, 2))
	area := image.Rect(-3, 5, 20, 18)
	from := image.NewNRGBA64(area)
	for i := range from.Pix {
		from.Pix[i] = byte(r.IntN(256))
	}
	ycc, yca := image.NewYCbCr(area, image.YCbCrSubsampleRatio420), image.NewNYCbCrA(area, image.YCbCrSubsampleRatio444)
	for i := range ycc.Y {
		ycc.Y[i] = byte(r.IntN(256))
	}
	for i := range ycc.Cb { // a gray one: of colours, those that are too bright are cut off
		ycc.Cb[i], ycc.Cr[i] = 128, 128
	}
	for i := range yca.Y {
		yca.Y[i], yca.A[i], yca.Cb[i], yca.Cr[i] = byte(r.IntN(256)), byte(r.IntN(256)), 128, 128
	}
	palette := color.Palette{color.Black, color.White, color.NRGBA{R: 200, A: 99}, color.Gray{Y: 77}}
	all := map[string]image.Image{"YCbCr": ycc, "NYCbCrA": yca}
	for name, m := range map[string]draw.Image{
		"Gray": image.NewGray(area), "Gray16": image.NewGray16(area), "RGBA": image.NewRGBA(area), "NRGBA": image.NewNRGBA(area),
		"CMYK": image.NewCMYK(area), "Paletted": image.NewPaletted(area, palette), "RGBA64": image.NewRGBA64(area), "Alpha": image.NewAlpha(area),
	} {
		draw.Draw(m, area, from, area.Min, draw.Src)
		all[name] = m
		all[name+", a part"] = m.(interface {
			SubImage(image.Rectangle) image.Image
		}).SubImage(image.Rect(2, 7, 15, 16))
	}
	return all
}

// TestFromImage holds each kind of picture against its colours, one by one, laid on white.
func TestFromImage(t *testing.T) {
	for name, m := range pictures() {
		t.Run(name, func(t *testing.T) {
			got := gray.FromImage(m)
			b := m.Bounds()
			if got.Width != b.Dx() || got.Height != b.Dy() {
				t.Fatalf("%d x %d", got.Width, got.Height)
			}
			for y := range got.Height {
				for x, v := range got.Row(y) {
					r, g, b, a := m.At(b.Min.X+x, b.Min.Y+y).RGBA()
					want := (0.299*float64(r) + 0.587*float64(g) + 0.114*float64(b) + 65535 - float64(a)) / 257
					if math.Abs(float64(v)-want) > 1.01 {
						t.Fatalf("at %d, %d: %d, want %.2f", x, y, v, want)
					}
				}
			}
			if other := gray.FromImage(plain{m}); !near(other, got, 1) {
				t.Error("without its kind it comes out otherwise")
			}
		})
	}
}

// near says whether two pages differ by no more than so much in any pel.
func near(p, q *gray.Page, by int) bool {
	if p.Width != q.Width || p.Height != q.Height {
		return false
	}
	for i := range p.Pix {
		if d := int(p.Pix[i]) - int(q.Pix[i]); d > by || d < -by {
			return false
		}
	}
	return true
}

// TestScaleKeepsGrays: what is even stays what it is, at any size, and a picture made smaller keeps its mean.
func TestScaleKeepsGrays(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		p := gray.New(1+r.IntN(50), 1+r.IntN(50), raster.Fine)
		v := byte(r.IntN(256))
		fill(p, 0, 0, p.Width, p.Height, v)
		q := gray.Scale(p, 1+r.IntN(120), 1+r.IntN(120))
		if q.Resolution != raster.Fine {
			t.Fatal("the resolution is lost")
		}
		for _, w := range q.Pix {
			if w != v {
				t.Fatalf("%d x %d of gray %d to %d x %d: gray %d", p.Width, p.Height, v, q.Width, q.Height, w)
			}
		}
	}
	p := photo.Make("landscape", 301, 203, raster.Inch200)
	if a, b := mean(p), mean(gray.Scale(p, 77, 41)); math.Abs(a-b) > 0.6 {
		t.Errorf("the mean gray is %.2f, and was %.2f", b, a)
	}
}

func mean(p *gray.Page) float64 {
	sum := 0.0
	for _, v := range p.Pix {
		sum += float64(v)
	}
	return sum / float64(len(p.Pix))
}

func TestScaleBackAndForth(t *testing.T) {
	p := photo.Make("portrait", 200, 160, raster.Inch200)
	if q := gray.Scale(p, 200, 160); !near(p, q, 0) || &p.Pix[0] == &q.Pix[0] {
		t.Error("the same size is no copy")
	}
	q := gray.Scale(gray.Scale(p, 600, 480), 200, 160)
	sum := 0.0
	for i := range p.Pix {
		sum += math.Abs(float64(p.Pix[i]) - float64(q.Pix[i]))
	}
	if sum /= float64(len(p.Pix)); sum > 3 {
		t.Errorf("three times as large and back, pels differ by %.2f on average", sum)
	}
}

func TestScaleLosesNoLine(t *testing.T) {
	for to := 7; to < 100; to += 3 {
		p := gray.New(100, 100, raster.Fine)
		fill(p, 0, 41, 100, 42, 0)
		q := gray.Scale(p, 100, to)
		sum := 0
		for y := range q.Height {
			sum += 255 - int(q.Row(y)[50])
		}
		if want := 255 * to / 100; sum < want-2 || sum > want+2 {
			t.Errorf("to %d lines: %d of black are left of %d", to, sum, want)
		}
	}
}

func TestScaleImage(t *testing.T) {
	for name, m := range pictures() {
		for _, size := range [][2]int{{5, 4}, {40, 60}, {23, 13}, {7, 30}} {
			if !near(gray.ScaleImage(m, size[0], size[1]), gray.Scale(gray.FromImage(m), size[0], size[1]), 0) {
				t.Errorf("%s to %v differs from what Scale makes", name, size)
			}
		}
	}
	empty := gray.ScaleImage(image.NewGray(image.Rect(0, 0, 0, 5)), 3, -1)
	if empty.Width != 3 || empty.Height != 1 || mean(empty) != 255 {
		t.Error("an empty picture is no white page")
	}
}

// TestShrinkCounts holds each pel against the black counted one pel at a time.
func TestShrinkCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		p := raster.New(1+r.IntN(200), 1+r.IntN(60), raster.Inch200)
		for y := range p.Height {
			for x := range p.Width {
				if r.IntN(3) == 0 {
					p.Row(y)[x/8] |= 0x80 >> (x % 8)
				}
			}
		}
		q := gray.Shrink(p, 1+r.IntN(2*p.Width))
		x, y := r.IntN(q.Width), r.IntN(q.Height)
		want := 255 - 255*counted(p, box(x, p.Width, q.Width), box(y, p.Height, q.Height))
		if got := float64(q.Row(y)[x]); math.Abs(got-want) > 3 {
			t.Fatalf("%d x %d to %d x %d, pel %d, %d: %v, want %.1f", p.Width, p.Height, q.Width, q.Height, x, y, got, want)
		}
	}
}

func box(i, from, to int) [2]float64 {
	return [2]float64{float64(i) * float64(from) / float64(to), float64(i+1) * float64(from) / float64(to)}
}

func counted(p *raster.Page, x, y [2]float64) float64 {
	sum := 0.0
	for j := range p.Height {
		for i := range p.Width {
			if black(p, i, j) {
				sum += overlap(i, x) * overlap(j, y)
			}
		}
	}
	return sum / ((x[1] - x[0]) * (y[1] - y[0]))
}

func overlap(i int, of [2]float64) float64 {
	return max(0, min(float64(i+1), of[1])-max(float64(i), of[0]))
}

// TestShrinkIsSquare: a page has the same shape at every resolution, but for the two parts in a hundred by which a column of
// 1728 pels at 200 an inch is wider than one of R8.
func TestShrinkIsSquare(t *testing.T) {
	for _, r := range resolutions {
		p := raster.New(raster.A4.Width(r), raster.A4.Rows(r), r)
		q := gray.Shrink(p, 600)
		if want := 600 * 297.0 / 215; q.Width != 600 || math.Abs(float64(q.Height)-want) > 18 || q.Resolution.X != q.Resolution.Y {
			t.Errorf("A4 at %v becomes %d x %d at %v, want about 600 x %.0f", r, q.Width, q.Height, q.Resolution, want)
		}
	}
	for _, p := range []*raster.Page{{}, raster.New(0, 9, raster.Fine), raster.New(1, 1, raster.Resolution{}), raster.New(1, 1<<16, raster.Standard)} {
		if q := gray.Shrink(p, 0); q.Width != 1 || q.Height < 1 || len(q.Pix) != q.Height {
			t.Errorf("%d x %d becomes %d x %d", p.Width, p.Height, q.Width, q.Height)
		}
	}
}

// TestWritePNG: what is written is a picture of sixteen grays like the page.
func TestWritePNG(t *testing.T) {
	p := gray.Shrink(sample.Letter(raster.Fine), 600)
	var b bytes.Buffer
	if err := gray.WritePNG(&b, p); err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if q := gray.FromImage(m); !near(p, q, 9) {
		t.Error("the picture is not like the page")
	}
	if m, ok := m.(*image.Paletted); !ok || len(m.Palette) != 16 {
		t.Errorf("it is %T", m)
	}
}

func FuzzScale(f *testing.F) {
	f.Add(uint8(3), uint8(200), uint8(0), uint8(255))
	f.Fuzz(func(t *testing.T, width, height, toWidth, toHeight uint8) {
		p := photo.Make("house", int(width), int(height), raster.Standard)
		q := gray.Scale(p, int(toWidth), int(toHeight))
		if q.Width != max(int(toWidth), 1) || q.Height != max(int(toHeight), 1) || len(q.Pix) != q.Width*q.Height {
			t.Fatalf("%d x %d to %d x %d is %d x %d", width, height, toWidth, toHeight, q.Width, q.Height)
		}
	})
}
