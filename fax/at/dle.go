package at

import "bytes"

// The octets of T.31's shielding (T.31 4.2 and annex B).
const (
	dle = 0x10
	etx = 0x03
	sub = 0x1A // DLE SUB: two octets DLE
	dc1 = 0x11
	dc3 = 0x13
	// DLE followed by one of these stands for DC1 and DC3.
	shieldedDC1 = 0x51
	shieldedDC3 = 0x53
)

// End is what ends octets, in both directions.
const End = "\x10\x03"

// CAN is the character that breaks off a reception.
const CAN = 0x18

// Shield appends octets to dst with every DLE doubled.
func Shield(dst, octets []byte) []byte {
	for {
		i := bytes.IndexByte(octets, dle)
		if i < 0 {
			return append(dst, octets...)
		}
		dst = append(append(dst, octets[:i+1]...), dle)
		octets = octets[i+1:]
	}
}

// Unshielder takes the shielding off octets that may arrive in pieces.
type Unshielder struct {
	held bool // the last octet was a DLE whose meaning is not known yet
}

// Unshield appends to dst what the shielded octets of src mean, at most one octet more than src has, and tells how many
// octets of src it used: all, or those up to and with the end mark. DLE with an octet that means nothing here is dropped.
func (u *Unshielder) Unshield(dst, src []byte) (out []byte, n int, end bool) {
	for n < len(src) {
		if u.held {
			u.held = false
			if src[n] == etx {
				return dst, n + 1, true
			}
			dst = append(dst, meaning(src[n])...)
			n++
			continue
		}
		i := bytes.IndexByte(src[n:], dle)
		if i < 0 {
			return append(dst, src[n:]...), len(src), false
		}
		dst = append(dst, src[n:n+i]...)
		n += i + 1
		u.held = true
	}
	return dst, n, false
}

// meaning is what DLE with this octet stands for.
func meaning(b byte) string {
	switch b {
	case dle:
		return "\x10"
	case sub:
		return "\x10\x10"
	case shieldedDC1:
		return string(rune(dc1))
	case shieldedDC3:
		return string(rune(dc3))
	}
	return ""
}
