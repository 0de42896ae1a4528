package rig

import (
	"math"
	"testing"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
)

func near(a, b float64) bool { return math.Abs(a-b) < 0.005 }

func TestLimit(t *testing.T) {
	// The figures that BASELINE.md states for every document.
	before := setup
	if !near(before, 9.39) || !near(perBlock, 2.65) || !near(goodbye, 1.04) {
		t.Errorf("before the first page %.2f s, a block %.2f s, at the end %.2f s; want 9.39, 2.65, 1.04", before, perBlock, goodbye)
	}
	white := raster.New(1728, 2292, raster.Fine)
	l, err := LimitOf([]*raster.Page{white, white})
	if err != nil {
		t.Fatal(err)
	}
	// 2292 V0 codes of one bit and EOFB of 24 are 290 octets, two frames, which for their ones take more.
	if len(l.Blocks) != 2 || l.Blocks[0] != l.Blocks[1] || !near(l.Seconds(), setup+2*perBlock+goodbye+2*l.Blocks[0]) {
		t.Errorf("two white pages: %+v", l)
	}
	dense, err := LimitOf([]*raster.Page{sample.Dense(raster.Fine)})
	if err != nil {
		t.Fatal(err)
	}
	if len(dense.Blocks) != 2 || dense.Blocks[0] < 65536*8/14400.0 {
		t.Errorf("a page of more than a block: %+v", dense)
	}
}

func TestStuffed(t *testing.T) {
	for _, c := range []struct {
		octets []byte
		bits   int
	}{
		{[]byte{0x00}, 8},
		{[]byte{0xF8}, 9},
		{[]byte{0xFF}, 9},
		{[]byte{0xFF, 0xFF}, 19},
		{[]byte{0x0F, 0x80}, 17},
		{[]byte{0x0F, 0x7F}, 17},
	} {
		if got := stuffed(c.octets); got != c.bits {
			t.Errorf("% x takes %d bits, want %d", c.octets, got, c.bits)
		}
	}
	if got := stuffed([]byte{0x0F}, []byte{0x80}); got != 17 {
		t.Errorf("ones across parts: %d bits, want 17", got)
	}
}
