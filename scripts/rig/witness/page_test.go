package witness

import (
	"testing"

	"faxbox/fax/raster"
)

func TestIdentify(t *testing.T) {
	for _, id := range []PageID{{Box: 0, Fax: 1, Page: 1}, {true, 99, 1<<24 - 1, 3}, {Box: 7, Fax: 2, Page: 255}} {
		if got, err := Identify(id.Draw()); got != id || err != nil {
			t.Errorf("%s: %s, %v", id, got, err)
		}
		spoilt := id.Draw()
		spoilt.Row(100)[50] ^= 1
		if _, err := Identify(spoilt); err == nil {
			t.Errorf("%s: one pel is wrong, and nobody saw it", id)
		}
		spoilt = id.Draw()
		black(spoilt, 0, pageWidth, labelTop, labelBottom)
		if _, err := Identify(spoilt); err == nil {
			t.Errorf("%s: the label is gone, and nobody saw it", id)
		}
	}
	if _, err := Identify(raster.New(200, 300, raster.Fine)); err == nil {
		t.Error("a narrow page was identified")
	}
}
