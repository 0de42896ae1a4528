// Package t4 codes scan lines as ITU-T T.4 (07/2003) and T.6 (11/1988) ask: MH, MR and MMR, both ways. It knows nothing
// of modems, files or pages: bits become scan lines and scan lines become bits.
//
// A scan line is a packed row: one bit a pel, the leftmost pel in the most significant bit, 1 is black, padding bits at
// the right end are ignored on input and 0 on output.
package t4

// Coding names one of the coding schemes.
type Coding uint8

const (
	MH  Coding = iota + 1 // T.4 clause 4.1, one-dimensional
	MR                    // T.4 clause 4.2, two-dimensional, with a one-dimensional line every K lines
	MMR                   // T.6
)

func (c Coding) String() string {
	switch c {
	case MH:
		return "MH"
	case MR:
		return "MR"
	case MMR:
		return "MMR"
	}
	return "no coding"
}

// Config says how lines are coded. The zero value of every field but Coding and Width is what a TIFF file of FillOrder 1
// holds.
type Config struct {
	Coding Coding
	Width  int // pels a line, 1 to MaxWidth

	// K is how many lines of MR share one one-dimensional line: 2 at 98 lines an inch, 4 at 196, 8 at 391. 0 means that
	// only the first line is one-dimensional.
	K int

	// MinLineBits is the least number of bits a coded line takes, EOL included (MH and MR): the encoder puts fill bits
	// before the EOL that follows, for receivers with a minimum scan line time.
	MinLineBits int

	// LSBFirst says that the first bit on the line is the least significant of its octet (TIFF FillOrder 2, and every
	// modem), not the most significant.
	LSBFirst bool

	// AlignedEOL says that fill makes each EOL end on an octet (T4Options bit 2).
	AlignedEOL bool

	// NoEOL says that lines follow each other without EOL, each beginning on an octet (MH in TIFF compression 2).
	NoEOL bool

	// NoEnd leaves out RTC or EOFB, as files of MH and MR do.
	NoEnd bool

	// MaxRows is how many rows a decoder makes of a page, 0 for DefaultMaxRows: in MMR eight octets of input can be sixty-four
	// rows, so the input's size is no bound. Encoders do not look at it.
	MaxRows int

	// Shortest lets the MMR encoder choose the legal sequence of modes that takes the fewest bits over a line with error
	// correction, stuffed zeros included, instead of the one that the standard's coding procedure yields. Decoders follow
	// the modes they are given, so every T.6 decoder reads it; TestOthersReadUs asks four. MH and MR have no use for it.
	Shortest bool
}

// MaxWidth is the widest line we code or decode, ours and not the standard's (1200 dpi A3 is 14592).
const MaxWidth = 20000

// MaxMinLineBits is the greatest minimum of bits a line, ours: T.4 clause 4.1.3 gives a line five seconds at most, and
// receivers ask for 40 ms.
const MaxMinLineBits = 1 << 16

// DefaultMaxRows is how many rows make a page when Config does not say: a roll of more than four metres at 391 lines an inch.
const DefaultMaxRows = 1 << 16
