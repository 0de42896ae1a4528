package t30

import "slices"

// The sizes of an ECM block (T.4 Annex A).
const (
	blockFrames = 256
	frameOctets = 256
	smallFrame  = 64
	rcps        = 3 // RCP frames at the end of a burst
)

// syncFlags is how many flags come before the first frame: 110 ms of the 200 ms, 100 ms less or more, of T.4 A.3.
func syncFlags(m Modulation) int { return m.Rate() * 110 / 1000 / 8 }

// ecmOctets is what goes over the line for these frames of a block: ones, flags, FCDs, RCPs, and flags while the carrier
// is taken down. The last frame of the block is padded with zeros.
func ecmOctets(m Modulation, block []byte, size int, which []int) []byte {
	s := stuffer{out: make([]byte, 0, len(which)*(size+8)*17/16+syncFlags(m)+64)}
	s.put(0xFF, 8)
	s.flags(1 + syncFlags(m))
	frame := make([]byte, 0, 4+size)
	for _, n := range which {
		frame = append(frame[:0], address, controlMore, byte(FCD), byte(n))
		frame = append(frame, block[n*size:min((n+1)*size, len(block))]...)
		for len(frame) < 4+size {
			frame = append(frame, 0)
		}
		s.frame(frame)
	}
	for range rcps {
		s.frame([]byte{address, controlMore, byte(RCP)})
	}
	s.flags(2)
	return s.bytes()
}

// framesIn is how many frames a block has.
func framesIn(block []byte, size int) int { return (len(block) + size - 1) / size }

// everyFrame lists the frames 0 to n-1.
func everyFrame(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// block gathers the frames of one partial page as bursts bring them, and passes the octets on in order as soon as all
// before them are there. It is the Turn.Into of listening for Block. It holds 64 KiB, whatever comes.
type block struct {
	deframer
	sink  func(octets []byte)
	total int // frames in the block, 0 until a PPS has told
	seen  int // highest frame number seen + 1
	next  int // first frame not passed on
	rcp   bool
	fresh int // good frames, new ones only, that the last burst brought
	data  [blockFrames][]byte
}

func newBlock(sink func([]byte)) *block {
	b := &block{sink: sink}
	b.deframer.good = b.take
	return b
}

// listen makes ready for a further burst.
func (b *block) listen() *block {
	b.rcp, b.fresh = false, 0
	b.deframer = deframer{good: b.take}
	return b
}

func (b *block) take(frame []byte) {
	if len(frame) < 3 {
		return
	}
	switch FCF(frame[2] &^ 1) {
	case RCP:
		b.rcp = true
	case FCD:
		if len(frame) > 4 {
			b.put(int(frame[3]), frame[4:])
		}
	}
}

func (b *block) put(n int, octets []byte) {
	b.seen = max(b.seen, n+1)
	if b.data[n] != nil {
		return
	}
	b.fresh++
	b.data[n] = slices.Clone(octets)
	for b.next < blockFrames && b.data[b.next] != nil {
		b.sink(b.data[b.next])
		b.next++
	}
}

// announced takes the frame count of a PPS, which is one less than the frames of the burst before it. The first burst has
// all frames, a later one those that were asked for, so the total never shrinks. Zero cannot be coded: a count of 0 is taken
// for one frame, lest a lost page of one frame be confirmed, unless the image ended with the block before.
func (b *block) announced(count int, imageEnded bool) {
	if b.total == 0 && !(b.seen == 0 && imageEnded) {
		b.total = count + 1
	}
	b.total = max(b.total, b.seen)
}

// missing lists the frames that must come again, as the FIF of a PPR; nil when the block is whole. Frames past the end are
// not asked for.
func (b *block) missing() []byte {
	var fif []byte
	for n := range b.total {
		if b.data[n] != nil {
			continue
		}
		if fif == nil {
			fif = make([]byte, blockFrames/8)
		}
		fif[n/8] |= 1 << (n % 8)
	}
	return fif
}

// salvage passes on what follows the first gap, for a block that will not be completed. It is of use for MH and MR, which
// find their way again at the next EOL.
func (b *block) salvage() {
	for ; b.next < blockFrames; b.next++ {
		if b.data[b.next] != nil {
			b.sink(b.data[b.next])
		}
	}
}

// requested lists the frames, of n, that a PPR asks for.
func requested(fif []byte, n int) []int {
	var which []int
	for i := range n {
		if i/8 < len(fif) && fif[i/8]>>(i%8)&1 != 0 {
			which = append(which, i)
		}
	}
	return which
}
