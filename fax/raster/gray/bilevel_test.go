package gray_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/raster/gray/photo"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t4"
)

var resolutions = []raster.Resolution{
	raster.Standard, raster.Fine, raster.Superfine, raster.R16, raster.Inch300,
}

func black(p *raster.Page, x, y int) bool { return p.Row(y)[x/8]&(0x80>>(x%8)) != 0 }

// share is how much of a rectangle is black.
func share(p *raster.Page, x0, y0, x1, y1 int) float64 {
	n := 0
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			if black(p, x, y) {
				n++
			}
		}
	}
	return float64(n) / float64((x1-x0)*(y1-y0))
}

func all(p *raster.Page) float64 { return share(p, 0, 0, p.Width, p.Height) }

func fill(p *gray.Page, x0, y0, x1, y1 int, v byte) {
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			p.Row(y)[x] = v
		}
	}
}

// mm are lengths in pels and lines.
func mm(p *gray.Page, across, down float64) (int, int) {
	return int(across * p.Resolution.PelsPerMM()), int(down * p.Resolution.LinesPerMM())
}

func sheet(across, down float64, r raster.Resolution) *gray.Page {
	return gray.New(int(across*r.PelsPerMM()), int(down*r.LinesPerMM()), r)
}

// scanned is a page as a scanner sees it: on paper of this gray, with a shadow along its left edge and noise.
func scanned(p *gray.Page, paper, shadow, noise int) *gray.Page {
	q := gray.New(p.Width, p.Height, p.Resolution)
	r := rand.New(rand.NewPCG(1, 2))
	for y := range p.Height {
		from, to := p.Row(y), q.Row(y)
		for x, v := range from {
			dim := paper - shadow*max(p.Width/8-x, 0)/(p.Width/8)
			to[x] = byte(min(max(20+int(v)*(dim-20)/255+int(r.NormFloat64()*float64(noise)), 0), 255))
		}
	}
	return q
}

func mmr(t testing.TB, p *raster.Page) int {
	t.Helper()
	e, err := t4.NewEncoder(t4.Config{Coding: t4.MMR, Width: p.Width})
	if err != nil {
		t.Fatal(err)
	}
	var code []byte
	for y := range p.Height {
		code = e.Line(code, p.Row(y))
	}
	return len(e.End(code))
}

func each(t *testing.T, f func(t *testing.T, r raster.Resolution)) {
	for _, r := range resolutions {
		t.Run(fmt.Sprintf("%dx%d", r.X, r.Y), func(t *testing.T) { f(t, r) })
	}
}

// TestLinesSurvive: a line one pel thin, of any gray that differs from white by a twentieth, alone or crossing another, is black
// over its whole length, and nothing else is.
func TestLinesSurvive(t *testing.T) {
	each(t, func(t *testing.T, r raster.Resolution) {
		for _, mode := range []gray.Mode{gray.Auto, gray.Text} {
			for v := 0; v <= 242; v += 22 {
				p := sheet(25, 25, r)
				x, y := p.Width/3, p.Height/2
				fill(p, 0, y, p.Width, y+1, byte(v))
				fill(p, x, 0, x+1, p.Height, byte(v))
				q := gray.Bilevel(p, mode)
				if share(q, 0, y, p.Width, y+1) != 1 || share(q, x, 0, x+1, p.Height) != 1 {
					t.Fatalf("%s: a line of gray %d has gaps", mode, v)
				}
				if n, want := all(q), float64(p.Width+p.Height-1)/float64(p.Width*p.Height); n > want+1e-9 {
					t.Fatalf("%s: a line of gray %d became thicker: %f of the page is black, want %f", mode, v, n, want)
				}
			}
		}
	})
}

// TestThinLinesOfARenderer: what is thinner than a pel is drawn paler, or half in one row and half in the next.
func TestThinLinesOfARenderer(t *testing.T) {
	p := sheet(40, 40, raster.Fine)
	fill(p, 20, 50, 300, 51, 255-20)
	fill(p, 20, 100, 300, 102, 255-25)
	for i := range 200 { // a slope of one in ten
		p.Row(150 + i/10)[20+i] = byte(255 - 6*(10-i%10))
		p.Row(151 + i/10)[20+i] = byte(255 - 6*(i%10))
	}
	q := gray.Bilevel(p, gray.Auto)
	if share(q, 20, 50, 300, 51) != 1 {
		t.Error("a pale line has gaps")
	}
	if share(q, 20, 100, 300, 101)+share(q, 20, 101, 300, 102) < 1 {
		t.Error("a line between two rows has gaps")
	}
	for i := range 200 {
		if !black(q, 20+i, 150+i/10) && !black(q, 20+i, 151+i/10) {
			t.Fatalf("a sloping line has a gap at %d", i)
		}
	}
}

// TestLightTextIsSolid: strokes of 0.7 gray up to 2 mm thick, and rules of 0.6, are black all through, beside black ones too.
func TestLightTextIsSolid(t *testing.T) {
	each(t, func(t *testing.T, r raster.Resolution) {
		p := sheet(80, 60, r)
		type bar struct{ x0, y0, x1, y1 int }
		var bars []bar
		for i, thick := range []float64{0.3, 0.5, 1, 2} {
			x0, y0 := mm(p, 5+6*float64(i), 5)
			x1, y1 := mm(p, 5+6*float64(i)+thick, 25)
			fill(p, x0, y0, x1, y1, 178)
			bars = append(bars, bar{x0, y0, x1, y1})
			x0, y0 = mm(p, 5, 30+5*float64(i))
			x1, y1 = mm(p, 60, 30+5*float64(i)+thick)
			fill(p, x0, y0, x1, max(y1, y0+1), 153)
			bars = append(bars, bar{x0, y0, x1, max(y1, y0+1)})
		}
		x0, y0 := mm(p, 12.5, 5)
		x1, y1 := mm(p, 13.2, 25)
		fill(p, x0, y0, x1, y1, 0)
		q := gray.Bilevel(p, gray.Auto)
		for _, b := range bars {
			if s := share(q, b.x0, b.y0, b.x1, b.y1); s != 1 {
				t.Errorf("a gray bar from %d,%d to %d,%d is %.2f black", b.x0, b.y0, b.x1, b.y1, s)
			}
		}
	})
}

// TestSoftEdges: letters with soft edges keep their weight, at every darkness of ink.
func TestSoftEdges(t *testing.T) {
	crisp := sample.Letter(raster.Fine)
	small := gray.Scale(soft(sample.Letter(raster.R16)), crisp.Width, crisp.Height)
	small.Resolution = raster.Fine
	want := all(crisp)
	for _, ink := range []int{0, 120, 178} {
		p := gray.New(small.Width, small.Height, small.Resolution)
		for i, v := range small.Pix {
			p.Pix[i] = byte(ink + int(v)*(255-ink)/255)
		}
		if got := all(gray.Bilevel(p, gray.Auto)); got < 0.9*want || got > 1.15*want {
			t.Errorf("ink of gray %d: %.4f of the page is black, want about %.4f", ink, got, want)
		}
	}
}

// TestScannedPaperIsWhite: tinted, noisy paper with a shadow has not one black pel, and text on it costs little more than on
// white.
func TestScannedPaperIsWhite(t *testing.T) {
	each(t, func(t *testing.T, r raster.Resolution) {
		for _, c := range []struct{ paper, shadow, noise int }{
			{250, 0, 2}, {230, 0, 0}, {230, 70, 3}, {205, 60, 5},
		} {
			if s := all(gray.Bilevel(scanned(sheet(100, 30, r), c.paper, c.shadow, c.noise), gray.Auto)); s != 0 {
				t.Errorf("paper of gray %d, shadow %d, noise %d: %.5f is black", c.paper, c.shadow, c.noise, s)
			}
		}
	})
	clean := letter()
	a, b := gray.Bilevel(clean, gray.Auto), gray.Bilevel(scanned(clean, 230, 60, 4), gray.Auto)
	if white, tinted := mmr(t, a), mmr(t, b); tinted > white*6/5 {
		t.Errorf("a scanned letter takes %d octets, on white paper %d", tinted, white)
	}
}

// TestShading: even grays become white or few dots that repeat, dark text on them stays whole with a white rim, and light text
// is on black.
func TestShading(t *testing.T) {
	each(t, func(t *testing.T, r raster.Resolution) {
		for _, v := range []byte{242, 204, 153, 128} {
			p := sheet(120, 60, r)
			x0, y0 := mm(p, 10, 10)
			x1, y1 := mm(p, 110, 30)
			fill(p, x0, y0, x1, y1, v)
			tx, ty := mm(p, 40, 14)
			tx1, ty1 := mm(p, 40.4, 18)
			fill(p, tx, ty, max(tx1, tx+2), ty1, 0)
			q := gray.Bilevel(p, gray.Auto)
			if s := share(q, tx, ty, max(tx1, tx+2), ty1); s != 1 {
				t.Errorf("gray %d: a stroke on it is %.2f black", v, s)
			}
			if share(q, tx-1, ty, tx, ty1) != 0 {
				t.Errorf("gray %d: a stroke on it has no rim", v)
			}
			if s := share(q, x0, y0+(y1-y0)/2, x1, y1); s > float64(255-v)/255/2 {
				t.Errorf("gray %d: %.2f of it is black", v, s)
			}
			if share(q, 0, 0, q.Width, y0) != 0 || share(q, 0, y1, q.Width, q.Height) != 0 {
				t.Errorf("gray %d: paper beside it has dots", v)
			}
		}
	})
}

func TestLightTextOnShading(t *testing.T) {
	each(t, func(t *testing.T, r raster.Resolution) {
		for _, v := range []byte{217, 128, 26} {
			p := sheet(120, 60, r)
			x0, y0 := mm(p, 10, 10)
			x1, y1 := mm(p, 110, 30)
			fill(p, x0, y0, x1, y1, v)
			width := max(int(0.4*r.PelsPerMM()), 2)
			_, top := mm(p, 0, 17)
			_, bottom := mm(p, 0, 22)
			left := func(i, y int) int { // of a slanting stroke
				x, _ := mm(p, 40+3*float64(i), 0)
				return x + (y-top)/5
			}
			for i := range 8 {
				for y := top; y < bottom; y++ {
					fill(p, left(i, y), y, left(i, y)+width, y+1, 255)
				}
			}
			q := gray.Bilevel(p, gray.Auto)
			for i := range 8 {
				for y := top; y < bottom; y++ {
					if x := left(i, y); share(q, x, y, x+width, y+1) != 0 || share(q, x-2, y, x, y+1) != 1 {
						t.Fatalf("gray %d: white stroke %d does not stand out", v, i)
					}
				}
			}
		}
	})
}

// TestPhotographs: each photograph is one region of dots in Auto, its grays kept on average, its paper without a dot.
func TestPhotographs(t *testing.T) {
	each(t, func(t *testing.T, r raster.Resolution) {
		for _, name := range photo.Names() {
			p := sheet(80, 70, r)
			x0, y0 := mm(p, 13, 7)
			x1, y1 := mm(p, 63, 57)
			picture := gray.Scale(photo.Make(name, 250, 250, raster.Inch200), x1-x0, y1-y0)
			picture.Resolution = r
			for y := y0; y < y1; y++ {
				copy(p.Row(y)[x0:x1], picture.Row(y-y0))
			}
			q := gray.Bilevel(p, gray.Auto)
			checkGrays(t, name, picture, q, x0, y0)
			inside := share(q, x0, y0, x1, y1) * float64((x1-x0)*(y1-y0))
			if total := all(q) * float64(q.Width*q.Height); total > inside+0.5 {
				t.Errorf("%s: %v black pels beside it", name, total-inside)
			}
		}
	})
}

// checkGrays holds squares of 4 mm of a picture against what became of them at x0, y0 of a page.
func checkGrays(t *testing.T, name string, picture *gray.Page, q *raster.Page, x0, y0 int) {
	t.Helper()
	w, h := mm(picture, 4, 4)
	for y := 0; y+h <= picture.Height; y += h {
		for x := 0; x+w <= picture.Width; x += w {
			sum := 0
			for j := y; j < y+h; j++ {
				for _, v := range picture.Row(j)[x : x+w] {
					sum += 255 - int(v)
				}
			}
			want := float64(sum) / float64(255*w*h)
			if got := share(q, x0+x, y0+y, x0+x+w, y0+y+h); got < want-0.08 || got > want+0.08 {
				t.Errorf("%s at %d, %d: %.2f black, want about %.2f", name, x, y, got, want)
			}
		}
	}
}

// TestTextDarkerIsNoLighter: with Text, a stroke that is made darker does not lose a pel, whatever is around it.
func TestTextDarkerIsNoLighter(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		p := gray.New(64, 64, raster.Fine)
		for range 12 {
			x, y := r.IntN(60), r.IntN(60)
			fill(p, x, y, min(x+1+r.IntN(20), 64), min(y+1+r.IntN(4), 64), byte(r.IntN(256)))
		}
		before := gray.Bilevel(p, gray.Text)
		x, y := r.IntN(64), r.IntN(64)
		if p.Row(y)[x] = byte(r.IntN(int(p.Row(y)[x]) + 1)); black(before, x, y) && !black(gray.Bilevel(p, gray.Text), x, y) {
			t.Fatalf("the pel at %d, %d is white after it was made darker", x, y)
		}
	}
}

func TestModes(t *testing.T) {
	p := photo.Make("portrait", 400, 400, raster.Fine)
	text, dots, auto := gray.Bilevel(p, gray.Text), gray.Bilevel(p, gray.Photo), gray.Bilevel(p, gray.Auto)
	if a, b := mmr(t, text), mmr(t, dots); 3*a > b {
		t.Errorf("a photograph as text takes %d octets, as dots %d", a, b)
	}
	if !bytes.Equal(dots.Bits, auto.Bits) {
		t.Error("a page that is one photograph differs between Auto and Photo")
	}
	if unknown := gray.Bilevel(p, "sepia"); !bytes.Equal(unknown.Bits, auto.Bits) {
		t.Error("a mode that is not known is not Auto")
	}
}

// TestTheSameAgain: a page is not changed, and what becomes of it is always the same.
func TestTheSameAgain(t *testing.T) {
	p := scanned(photo.Make("house", 600, 600, raster.Fine), 240, 10, 2)
	before := bytes.Clone(p.Pix)
	a, b := gray.Bilevel(p, gray.Auto), gray.Bilevel(p, gray.Auto)
	if !bytes.Equal(a.Bits, b.Bits) {
		t.Error("two results differ")
	}
	if !bytes.Equal(before, p.Pix) {
		t.Error("the page was changed")
	}
}

// TestDrawnFiner: a page drawn with twice the lines, or twice both, keeps every stroke, and its photographs have the dots of the
// resolution that is sent.
func TestDrawnFiner(t *testing.T) {
	for _, from := range []raster.Resolution{raster.Fine, raster.R16} {
		p := sheet(100, 100, from)
		width, height := p.Width*raster.Standard.X/from.X, p.Height/(from.Y/raster.Standard.Y)
		y := p.Height / 10
		fill(p, 0, y, p.Width, y+1, 200)
		x0, y0 := mm(p, 20, 40)
		picture := gray.Scale(photo.Make("landscape", 400, 300, raster.Inch200), p.Width/2, p.Height/3)
		for i := range picture.Height {
			copy(p.Row(y0 + i)[x0:], picture.Row(i))
		}
		q := gray.BilevelTo(p, gray.Auto, raster.Standard, width, height)
		if q.Width != width || q.Height != height || q.Resolution != raster.Standard {
			t.Fatalf("%d x %d at %v", q.Width, q.Height, q.Resolution)
		}
		if line := y * height / p.Height; share(q, 0, line-1, width, line+2) < 0.33 {
			t.Errorf("%v: a line is lost", from)
		}
		small := gray.Scale(picture, picture.Width*width/p.Width, picture.Height*height/p.Height)
		small.Resolution = raster.Standard
		checkGrays(t, "landscape", small, q, x0*width/p.Width, y0*height/p.Height)
		if dots := gray.Bilevel(small, gray.Photo); mmr(t, q) > mmr(t, dots)*5/4 {
			t.Errorf("%v: it takes %d octets, its photograph alone %d", from, mmr(t, q), mmr(t, dots))
		}
	}
}

func FuzzBilevel(f *testing.F) {
	f.Add(uint16(1), uint16(1), uint16(204), uint16(196), uint16(1), uint16(1), uint8(0), uint64(1))
	f.Add(uint16(0), uint16(7), uint16(0), uint16(0), uint16(5), uint16(0), uint8(1), uint64(2))
	f.Add(uint16(131), uint16(95), uint16(204), uint16(98), uint16(131), uint16(95), uint8(2), uint64(3))
	f.Add(uint16(300), uint16(40), uint16(65535), uint16(65535), uint16(600), uint16(7), uint8(0), uint64(4))
	f.Fuzz(func(t *testing.T, width, height, x, y, toWidth, toHeight uint16, mode uint8, seed uint64) {
		p := gray.New(int(width%700), int(height%700), raster.Resolution{X: int(x), Y: int(y)})
		r := rand.New(rand.NewPCG(seed, 0))
		for range 1 + r.IntN(20) {
			if p.Width == 0 || p.Height == 0 {
				break
			}
			x0, y0 := r.IntN(p.Width), r.IntN(p.Height)
			fill(p, x0, y0, min(x0+1+r.IntN(400), p.Width), min(y0+1+r.IntN(400), p.Height), byte(r.IntN(256)))
		}
		m := []gray.Mode{gray.Auto, gray.Text, gray.Photo}[mode%3]
		checkPage(t, gray.Bilevel(p, m), p.Width, p.Height)
		w, h := 1+int(toWidth%700), 1+int(toHeight%700)
		checkPage(t, gray.BilevelTo(p, m, raster.Standard, w, h), w, h)
	})
}

// checkPage: size and padding are as the type promises.
func checkPage(t *testing.T, q *raster.Page, width, height int) {
	t.Helper()
	if q.Width != width || q.Height != height || q.Stride != (width+7)/8 || len(q.Bits) != q.Stride*q.Height {
		t.Fatalf("%d x %d became %d x %d with %d octets", width, height, q.Width, q.Height, len(q.Bits))
	}
	for y := range q.Height {
		if q.Width%8 > 0 && q.Row(y)[q.Stride-1]<<(q.Width%8) != 0 {
			t.Fatalf("line %d: padding bits are not 0", y)
		}
	}
}
