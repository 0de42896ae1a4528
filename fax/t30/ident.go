package t30

import (
	"bytes"
	"math/bits"
	"slices"
	"strings"
)

// identLength is the length of a CSI, TSI, CIG, SUB, SID, PWD, SEP or PSA: 20 characters, the last one sent first.
const identLength = 20

// encodeIdent makes the FIF of an identity: padded with spaces, reversed. What is no printable ASCII is left out, what is
// longer is cut.
func encodeIdent(s string) []byte {
	fif := make([]byte, 0, identLength)
	for _, r := range s {
		if r >= 0x20 && r <= 0x7E && len(fif) < identLength {
			fif = append(fif, byte(r))
		}
	}
	slices.Reverse(fif)
	return append(fif, bytes.Repeat([]byte{' '}, identLength-len(fif))...)
}

// decodeIdent reads such a FIF mercifully: any length, spaces at either end, and bits in the wrong order, as a few machines
// send them. What is not printable is left out.
func decodeIdent(fif []byte) string {
	if len(fif) > 2*identLength {
		fif = fif[:2*identLength]
	}
	text := make([]byte, len(fif))
	turned := make([]byte, len(fif))
	for i, b := range fif {
		text[len(fif)-1-i] = b
		turned[len(fif)-1-i] = bits.Reverse8(b)
	}
	if 2*printable(text) < len(text) && printable(turned) == len(turned) {
		text = turned
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7E {
			return -1
		}
		return r
	}, string(text)))
}

func printable(p []byte) (n int) {
	for _, b := range p {
		if b >= 0x20 && b <= 0x7E {
			n++
		}
	}
	return n
}
