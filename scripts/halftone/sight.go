package main

import (
	"math"

	"faxbox/fax/raster/gray"
)

// sight is what an eye at reading distance, some 40 cm, makes of a page: details below a third of a millimetre run together.
type sight struct {
	width, height int
	light         []float32
	patchX        int // pels and lines of the patches whose structure is compared
	patchY        int
}

const (
	blurMM  = 0.3 // standard deviation
	patchMM = 2.0
)

func newSight(p *gray.Page) *sight {
	s := &sight{width: p.Width, height: p.Height, light: make([]float32, len(p.Pix))}
	for i, v := range p.Pix {
		s.light[i] = float32(v)
	}
	across, down := p.Resolution.PelsPerMM(), p.Resolution.LinesPerMM()
	s.patchX, s.patchY = int(patchMM*across), int(patchMM*down)
	s.blur(1, p.Width, p.Height, p.Width, bell(blurMM*across))
	s.blur(p.Width, p.Height, p.Width, 1, bell(blurMM*down))
	return s
}

// bell is one half of Gauss's curve, its middle first.
func bell(deviation float64) []float32 {
	half := make([]float32, int(3*deviation)+1)
	sum := 0.0
	for i := range half {
		v := math.Exp(-float64(i*i) / (2 * deviation * deviation))
		half[i] = float32(v)
		sum += v
		if i > 0 {
			sum += v
		}
	}
	for i := range half {
		half[i] /= float32(sum)
	}
	return half
}

// blur blurs lines of so many pels, step apart, that begin so far apart from one another.
func (s *sight) blur(step, pels, lines, apart int, half []float32) {
	line := make([]float32, pels+2*len(half))
	for n := range lines {
		for i := range line {
			line[i] = s.light[n*apart+min(max(i-len(half), 0), pels-1)*step]
		}
		for x := range pels {
			at := x + len(half)
			v := half[0] * line[at]
			for i := 1; i < len(half); i++ {
				v += half[i] * (line[at-i] + line[at+i])
			}
			s.light[n*apart+x*step] = v
		}
	}
}

// compare is the root of the mean square difference, and the mean structural similarity of patches (Wang and others, 2004).
func (s *sight) compare(t *sight) (err, likeness float64) {
	for i, v := range s.light {
		d := float64(v - t.light[i])
		err += d * d
	}
	patches := 0
	for y := 0; y+s.patchY <= s.height; y += s.patchY {
		for x := 0; x+s.patchX <= s.width; x += s.patchX {
			likeness += s.similarity(t, x, y)
			patches++
		}
	}
	return math.Sqrt(err / float64(len(s.light))), likeness / float64(patches)
}

func (s *sight) similarity(t *sight, x0, y0 int) float64 {
	var a, b, aa, bb, ab float64
	for y := y0; y < y0+s.patchY; y++ {
		for x := x0; x < x0+s.patchX; x++ {
			u, v := float64(s.light[y*s.width+x]), float64(t.light[y*s.width+x])
			a, b, aa, bb, ab = a+u, b+v, aa+u*u, bb+v*v, ab+u*v
		}
	}
	n := float64(s.patchX * s.patchY)
	a, b = a/n, b/n
	aa, bb, ab = aa/n-a*a, bb/n-b*b, ab/n-a*b
	const c1, c2 = (0.01 * 255) * (0.01 * 255), (0.03 * 255) * (0.03 * 255)
	return (2*a*b + c1) * (2*ab + c2) / ((a*a + b*b + c1) * (aa + bb + c2))
}
