package exchange

import (
	"bytes"
	"testing"
	"time"
)

func TestFCS(t *testing.T) {
	for _, whole := range [][]byte{
		{0xFF, 0x13, 0xFA, 0x13, 0xE7}, // DCN
		{0xFF, 0x13, 0x84, 0xEA, 0x7D}, // CFR
		{0xFF, 0x13, 0x8C, 0xA2, 0xF1}, // MCF
		{0xFF, 0x13, 0x8D, 0x2B, 0xE0}, // MCF with X
		{0xFF, 0x03, 0x86, 0x69, 0xCB}, // RCP
	} {
		if got := withFCS(whole[:3]); !bytes.Equal(got, whole) {
			t.Errorf("withFCS(%x) = %x, want %x", whole[:3], got, whole)
		}
		if !intact(whole) {
			t.Errorf("%x should be intact", whole)
		}
		for bit := range 8 * len(whole) {
			wrong := bytes.Clone(whole)
			wrong[bit/8] ^= 1 << (bit % 8)
			if intact(wrong) {
				t.Errorf("%x should not be intact", wrong)
			}
		}
	}
	if intact(nil) || intact([]byte{0, 0}) {
		t.Error("a frame too short for an FCS should not be intact")
	}
}

func TestLineBits(t *testing.T) {
	// MCF with its FCS is ff 13 8c a2 f1, on the line 11111111 11001000 00110001 01000101 10001111: two runs of five ones
	// at the beginning, each with a zero stuffed behind it, and the closing flag.
	if got, want := lineBits(frameMCF), 5*8+2+8; got != want {
		t.Errorf("MCF takes %d bits, want %d", got, want)
	}
	// CFR is ff 13 84 ea 7d: the same, and 7d brings 10111110 with another five.
	if got, want := lineBits(frameCFR), 5*8+3+8; got != want {
		t.Errorf("CFR takes %d bits, want %d", got, want)
	}
	if got, want := v21Time(300), time.Second; got != want {
		t.Errorf("300 bits take %v, want %v", got, want)
	}
}
