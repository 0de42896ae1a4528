package exchange

import "time"

// fcs is the frame check sequence of T.30 5.3.7: x^16+x^12+x^5+1, preset to ones and complemented, for octets whose first
// bit on the line is the least significant.
func fcs(frame []byte) uint16 {
	crc := ^uint16(0)
	for _, octet := range frame {
		crc ^= uint16(octet)
		for range 8 {
			carry := crc&1 != 0
			crc >>= 1
			if carry {
				crc ^= 0x8408
			}
		}
	}
	return ^crc
}

// withFCS is a copy of the frame with its check sequence behind it, as it goes over the line.
func withFCS(frame []byte) []byte {
	sum := fcs(frame)
	return append(append(make([]byte, 0, len(frame)+2), frame...), byte(sum), byte(sum>>8))
}

// intact reports whether a frame that came over the line has the check sequence it should have.
func intact(frame []byte) bool {
	if len(frame) < 3 {
		return false
	}
	body := frame[:len(frame)-2]
	sum := fcs(body)
	return frame[len(body)] == byte(sum) && frame[len(body)+1] == byte(sum>>8)
}

// lineBits is how many bits a frame takes on the line: a zero stuffed after each five ones, and the closing flag. The
// opening flag is the one that closed what came before.
func lineBits(frame []byte) int {
	bits, ones := 0, 0
	for _, octet := range withFCS(frame) {
		for i := range 8 {
			bits++
			if octet>>i&1 == 0 {
				ones = 0
			} else if ones++; ones == 5 {
				bits++
				ones = 0
			}
		}
	}
	return bits + flagBits
}

const (
	v21Rate  = 300 // bit/s
	flagBits = 8
)

// v21Time is how long bits take on V.21.
func v21Time(bits int) time.Duration { return time.Duration(bits) * time.Second / v21Rate }
