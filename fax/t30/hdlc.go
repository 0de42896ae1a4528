package t30

import "math/bits"

// In ECM the computer does the HDLC of the image modem itself: flags, zero insertion, FCS (T.4 Annex A, ISO 3309). V.21
// frames get theirs from the modem.

const flag = 0x7E

// FCS is the frame check sequence of an HDLC frame as its two octets follow the frame on the line: x16+x12+x5+1, preset
// to ones, sent complemented.
func FCS(frame []byte) [2]byte {
	crc := ^crc16(frame)
	return [2]byte{byte(crc), byte(crc >> 8)}
}

// goodFCS is what remains of an undamaged frame that includes its FCS.
const goodFCS = 0xF0B8

func crc16(p []byte) uint16 {
	crc := uint16(0xFFFF)
	for _, b := range p {
		crc = crc>>8 ^ crcTable[byte(crc)^b]
	}
	return crc
}

var crcTable = func() (t [256]uint16) {
	for i := range t {
		v := uint16(i)
		for range 8 {
			v = v>>1 ^ -(v&1)&0x8408
		}
		t[i] = v
	}
	return t
}()

// stuffer writes bits, the first in the least significant place, inserting a zero after five ones within frames.
type stuffer struct {
	out  []byte
	acc  uint32
	n    int // bits in acc, below 8 between calls
	ones int // consecutive ones just written
}

func (s *stuffer) put(v uint32, n int) {
	s.acc |= v << s.n
	for s.n += n; s.n >= 8; s.n -= 8 {
		s.out = append(s.out, byte(s.acc))
		s.acc >>= 8
	}
}

func (s *stuffer) flags(n int) {
	for range n {
		s.put(flag, 8)
	}
}

// frame writes a frame with its FCS and the flag that ends it.
func (s *stuffer) frame(f []byte) {
	s.ones = 0
	s.octets(f)
	fcs := FCS(f)
	s.octets(fcs[:])
	s.flags(1)
}

func (s *stuffer) octets(p []byte) {
	for _, b := range p {
		if s.ones+bits.OnesCount8(b) < 5 { // no run of five can end here
			s.put(uint32(b), 8)
			s.ones = bits.LeadingZeros8(^b)
			continue
		}
		for i := range 8 {
			bit := uint32(b>>i) & 1
			s.put(bit, 1)
			if bit == 0 {
				s.ones = 0
			} else if s.ones++; s.ones == 5 {
				s.put(0, 1)
				s.ones = 0
			}
		}
	}
}

// bytes ends the last octet with the beginning of a further flag.
func (s *stuffer) bytes() []byte {
	if s.n > 0 {
		s.put(flag, 8-s.n)
		s.acc, s.n = 0, 0
	}
	return s.out
}

// maxFrame is the longest frame the deframer keeps: address, control, FCF, frame number, 256 octets, FCS, and some slack
// for senders that add a flag's worth.
const maxFrame = 4 + 256 + 2 + 2

// deframer finds HDLC frames in the octets of an image modem and hands on those whose FCS is right. It holds at most
// maxFrame octets.
type deframer struct {
	good func(frame []byte) // without FCS, valid during the call
	bad  int                // frames with a wrong FCS, or too long

	buf   [maxFrame]byte
	n     int  // octets in buf
	acc   byte // bits of the octet under way
	nbits int
	ones  int
	open  bool // a flag was seen, and no abort since
	over  bool // the frame is longer than any should be
}

func (d *deframer) Write(p []byte) (int, error) {
	for _, b := range p {
		for i := range 8 {
			d.bit(b >> i & 1)
		}
	}
	return len(p), nil
}

func (d *deframer) bit(b byte) {
	if b == 1 {
		d.ones++
		if d.ones > 6 { // seven ones are an abort, or an idle line
			d.open = false
			return
		}
		d.push(1)
		return
	}
	ones := d.ones
	d.ones = 0
	switch {
	case ones == 5: // an inserted zero
	case ones == 6:
		d.endOfFrame()
	default:
		d.push(0)
	}
}

func (d *deframer) push(b byte) {
	d.acc |= b << d.nbits
	if d.nbits++; d.nbits < 8 {
		return
	}
	if d.n < len(d.buf) {
		d.buf[d.n] = d.acc
		d.n++
	} else {
		d.over = true
	}
	d.acc, d.nbits = 0, 0
}

// endOfFrame has just seen the last bit of a flag, whose first seven bits stand in acc.
func (d *deframer) endOfFrame() {
	frame, whole := d.buf[:d.n], d.nbits == 7 && !d.over
	switch {
	case !d.open || d.n < 4: // between flags, or what came before the first one
	case whole && crc16(frame) == goodFCS:
		d.good(frame[:d.n-2])
	default:
		d.bad++
	}
	d.n, d.acc, d.nbits, d.open, d.over = 0, 0, 0, true, false
}
