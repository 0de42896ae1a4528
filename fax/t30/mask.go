package t30

import (
	"encoding/hex"
	"math/bits"
	"strings"
)

// Masked is the frame without what tells who somebody is: an identity is what mask makes of it, and octets are zeros in which
// a machine may tell it in a way of its own. What the frame means for the conversation stays.
func (f Frame) Masked(mask func(string) string) Frame {
	if len(f) < 4 {
		return f
	}
	keep := 0
	switch f.FCF() {
	case CSI, TSI, CIG, SUB, SID, PWD, SEP, PSA:
		return append(f[:3:3], encodeIdent(mask(decodeIdent(f.FIF())))...)
	case NSF, NSS, NSC:
		keep = 3 // country and provider (T.35)
	case CIA, TSA, CSA, ISP, IRA, FCD: // addresses, a page
	default:
		if names[f.FCF()] != "" && !holdsNumber(f.FIF()) {
			return f
		}
	}
	g := append(Frame(nil), f...)
	clear(g[min(len(g), 3+keep):])
	return g
}

// holdsNumber reports whether octets look like a number in ASCII, in either order of bits: an identity whose FCF was damaged.
func holdsNumber(fif []byte) bool {
	const telling = 4
	right, turned := 0, 0
	for _, b := range fif {
		right = digitRun(right, b)
		turned = digitRun(turned, bits.Reverse8(b))
		if right >= telling || turned >= telling {
			return true
		}
	}
	return false
}

func digitRun(n int, b byte) int {
	if '0' <= b && b <= '9' {
		return n + 1
	}
	return 0
}

// MaskFrames is a line of a trace, as say and hear have it, with its frames Masked.
func MaskFrames(line string, mask func(string) string) string {
	words := strings.Split(line, " ")
	for i := 1; i < len(words); i++ {
		octets, comma := strings.CutSuffix(words[i], ",")
		f, err := hex.DecodeString(octets)
		if err != nil || len(f) == 0 || Frame(f).FCF().String() != words[i-1] {
			continue
		}
		words[i] = hex.EncodeToString(Frame(f).Masked(mask))
		if comma {
			words[i] += ","
		}
	}
	return strings.Join(words, " ")
}
