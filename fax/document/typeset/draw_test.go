package typeset

import (
	"testing"

	"faxbox/fax/raster"
)

func BenchmarkLine(b *testing.B) {
	f := Open()
	p := raster.New(1728, 20, raster.Standard)
	for b.Loop() {
		f.Line("2026-11-21 15:04  Müller & Söhne GmbH  +49 30 1234567  to +44 20 7946 0000  page 1 of 12", Style{Size: 8}, 500).Draw(p, 20, 0)
	}
}

func BenchmarkFirstLine(b *testing.B) {
	p := raster.New(1728, 20, raster.Standard)
	for b.Loop() {
		f := Open()
		f.Line("2026-11-21 15:04  Müller & Söhne GmbH  +49 30 1234567  to +44 20 7946 0000  page 1 of 12", Style{Size: 8}, 500).Draw(p, 20, 0)
	}
}
