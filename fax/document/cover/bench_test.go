package cover

import (
	"testing"

	"faxbox/fax/raster"
)

// BenchmarkFill fills the business template for one recipient, at fine resolution.
func BenchmarkFill(b *testing.B) {
	tmpl, _ := Find("business", raster.A4)
	form := readForm(b, tmpl, raster.Fine)
	values := Sample(afternoon, "en")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Fill(form, values, 3, fonts); err != nil {
			b.Fatal(err)
		}
	}
}
