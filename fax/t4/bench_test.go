package t4

import (
	"testing"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
)

// benchmarkPages are pages of A4 at 204 by 196.
var benchmarkPages = []struct {
	name  string
	draw  func(raster.Resolution) *raster.Page
	saves float64 // the part of the bits that TestShortestSaves wants the shortest modes to save
}{
	{"letter", sample.Letter, 0.035},
	{"form", sample.Form, 0.03},
	{"dense", sample.Dense, 0.06},
	{"halftone", sample.Halftone, 0.15},
	{"white", sample.White, 0.025},
}

func eachBenchmark(b *testing.B, run func(b *testing.B, c Config, p picture)) {
	for _, page := range benchmarkPages {
		p := fromPage(page.draw(raster.Fine))
		for _, c := range []Config{{Coding: MH}, {Coding: MR, K: 4}, {Coding: MMR}, {Coding: MMR, Shortest: true}} {
			c.Width, c.LSBFirst = p.width, true
			coding := c.Coding.String()
			if c.Shortest {
				coding += "-shortest"
			}
			b.Run(page.name+"/"+coding, func(b *testing.B) { run(b, c, p) })
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	eachBenchmark(b, func(b *testing.B, c Config, p picture) {
		e, err := NewEncoder(c)
		if err != nil {
			b.Fatal(err)
		}
		page := encodeWith(e, p)
		b.ReportAllocs()
		for b.Loop() {
			page = page[:0]
			for _, row := range p.rows {
				page = e.Line(page, row)
			}
			page = e.End(page)
		}
		b.ReportMetric(float64(8*len(page)), "bits")
	})
}

func BenchmarkDecode(b *testing.B) {
	eachBenchmark(b, func(b *testing.B, c Config, p picture) {
		page := mustEncode(b, c, p)
		b.ReportAllocs()
		for b.Loop() {
			rows := 0
			d, err := NewDecoder(c, func([]byte) { rows++ })
			if err != nil {
				b.Fatal(err)
			}
			if _, err := d.Write(page); err != nil || rows != len(p.rows) {
				b.Fatal(err, rows)
			}
		}
	})
}
