package rig

import (
	"math/bits"

	"faxbox/fax/raster"
	"faxbox/fax/t4"
)

// What T.30 asks for at least, in seconds: the lower end where it gives a range, so that no conforming pair of machines is
// faster at 14400 bit/s.
const (
	pause      = 0.075                 // silence at each change of direction or modulation
	ced        = 0.2 + 2.6             // silence after the answer, shortest tone
	preamble   = 0.85                  // V.21 flags: 1 s less 15 %
	tcf        = 1.5                   // training check
	longTrain  = 3344.0 / 2400         // V.17 training, in symbols of 2400 baud
	shortTrain = 342.0 / 2400          // V.17 resynchronisation
	ecmFlags   = 0.1                   // flags before the first frame: 200 ms less 100 ms
	lineRate   = 14400                 // bit/s
	octet      = 8.0 / 300             // of V.21
	frameExtra = 3                     // octets of a frame on the line beyond address to FIF: FCS and a flag
	disFIF     = 4                     // octets of the shortest DIS or DCS with MMR in it
	blockSize  = 65536                 // octets of an ECM block
	frameSize  = 256                   // octets of an ECM frame
	shortest   = 3 + frameExtra        // octets of a frame without FIF, on the line
	closing    = octet                 // the flag that ends a burst
	training   = longTrain + tcf       // after DCS
	lead       = shortTrain + ecmFlags // before each block
)

// Limit is the least time that a call needs at 14400 bit/s with ECM and MMR as the standard procedure codes it.
type Limit struct {
	Blocks    []float64 // seconds of each ECM block's frames
	Handshake float64   // seconds of everything else
}

// Seconds are those of the whole call, from the answer to the hang-up.
func (l Limit) Seconds() float64 {
	sum := l.Handshake
	for _, b := range l.Blocks {
		sum += b
	}
	return sum
}

// LimitOf is the limit for these pages.
func LimitOf(pages []*raster.Page) (Limit, error) {
	l := Limit{Handshake: setup + goodbye}
	for _, p := range pages {
		coded, err := standardMMR(p)
		if err != nil {
			return l, err
		}
		for ; len(coded) > 0; coded = coded[min(len(coded), blockSize):] {
			block := coded[:min(len(coded), blockSize)]
			l.Blocks = append(l.Blocks, float64(framedBits(block))/lineRate)
			l.Handshake += perBlock
		}
	}
	return l, nil
}

// The handshakes of a call: before the first block, around each block, and after the last.
var (
	setup    = ced + pause + v21(disFIF) + pause + v21(disFIF) + pause + training + pause + v21(0) + pause
	perBlock = lead + pause + v21(1+3) + pause + v21(0) + pause // PPS has a second FCF
	goodbye  = v21(0)
)

// v21 is the time of one frame on V.21 with a FIF of so many octets.
func v21(fif int) float64 { return preamble + octet*float64(shortest+fif) + closing }

func standardMMR(p *raster.Page) ([]byte, error) {
	e, err := t4.NewEncoder(t4.Config{Coding: t4.MMR, Width: p.Width})
	if err != nil {
		return nil, err
	}
	var coded []byte
	for y := range p.Height {
		coded = e.Line(coded, p.Row(y))
	}
	return e.End(coded), nil
}

// framedBits are the bits of a block on the line, coded with the first bit in the most significant place: for each frame a
// flag, the header, the octets, the FCS, and a zero after every five ones.
func framedBits(block []byte) (sum int) {
	for n := 0; n*frameSize < len(block); n++ {
		data := block[n*frameSize : min(len(block), (n+1)*frameSize)]
		header := []byte{0xFF, 0xC0, 0x60, bits.Reverse8(uint8(n))}
		fill := make([]byte, frameSize-len(data))
		sum += 8 + stuffed(header, data, fill, []byte{0x55, 0x55}) // some FCS
	}
	return sum
}

// stuffed counts the bits of octets in HDLC.
func stuffed(parts ...[]byte) (sum int) {
	ones := 0
	for _, part := range parts {
		for _, b := range part {
			for mask := byte(0x80); mask != 0; mask >>= 1 {
				sum++
				if b&mask == 0 {
					ones = 0
				} else if ones++; ones == 5 {
					sum++
					ones = 0
				}
			}
		}
	}
	return sum
}
