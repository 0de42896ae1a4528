package gray_test

import (
	"io"
	"syscall"
	"testing"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/raster/gray/photo"
	"faxbox/fax/raster/sample"
)

// soft is a bilevel page as a renderer would have drawn it: with soft edges.
func soft(p *raster.Page) *gray.Page {
	big := gray.New(p.Width, p.Height, p.Resolution)
	for y := range p.Height {
		for x := range p.Width {
			if black(p, x, y) {
				big.Row(y)[x] = 0
			}
		}
	}
	return big
}

// letter is a page of text, 1728 x 2292 pels, drawn at twice that and made small.
func letter() *gray.Page {
	p := gray.Scale(soft(sample.Letter(raster.R16)), 1728, 2292)
	p.Resolution = raster.Fine
	return p
}

// measure runs f and prints processor time too, which a busy machine leaves nearly as it is.
func measure(b *testing.B, f func()) {
	b.ReportAllocs()
	begin := processor(b)
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64(processor(b)-begin)/1e6/float64(b.N), "cpu-ms/op")
}

func processor(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func BenchmarkBilevel(b *testing.B) {
	for name, p := range map[string]*gray.Page{
		"letter": letter(),
		"photo":  photo.Make("portrait", 1728, 2292, raster.Fine),
		"scan":   scanned(letter(), 230, 60, 4),
	} {
		b.Run(name, func(b *testing.B) { measure(b, func() { gray.Bilevel(p, gray.Auto) }) })
	}
}

func BenchmarkShrink(b *testing.B) {
	p := sample.Letter(raster.Fine)
	b.Run("alone", func(b *testing.B) { measure(b, func() { gray.Shrink(p, 600) }) })
	b.Run("to PNG", func(b *testing.B) { measure(b, func() { gray.WritePNG(io.Discard, gray.Shrink(p, 600)) }) })
}

func BenchmarkScaleDown(b *testing.B) {
	p := photo.Make("landscape", 4960, 3507, raster.Inch300)
	measure(b, func() { gray.Scale(p, 1728, 1152) })
}
