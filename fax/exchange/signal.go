package exchange

import (
	"fmt"
	"strings"
	"time"
)

// Modulation is an image modem with its rate and training, by its parameter of +FTM and +FRM (T.31 table 3).
type Modulation uint8

// The modulations. V.17 comes with long and with short training.
const (
	V27ter2400      Modulation = 24
	V27ter4800      Modulation = 48
	V29at7200       Modulation = 72
	V29at9600       Modulation = 96
	V17at7200       Modulation = 73
	V17at9600       Modulation = 97
	V17at12000      Modulation = 121
	V17at14400      Modulation = 145
	V17at7200Short  Modulation = 74
	V17at9600Short  Modulation = 98
	V17at12000Short Modulation = 122
	V17at14400Short Modulation = 146
)

// carrier is what there is to know of a modulation.
type carrier struct {
	code     Modulation
	name     string
	rate     int           // bit/s
	training time.Duration // from the first energy to the first bit of data
	slack    time.Duration // how much of its beginning a receiver may miss and still train
	long     Modulation    // V.17 with short training: the long one whose equaliser it builds on
}

// Training times are those of V.17, V.29 and V.27ter without the talker echo protection tone. The slack is ours: it
// stands for a receiver that needs only the equaliser segments, of which V.17 alone has plenty.
var carriers = [...]carrier{
	{V27ter2400, "V.27ter 2400", 2400, 943 * time.Millisecond, 150 * time.Millisecond, 0},
	{V27ter4800, "V.27ter 4800", 4800, 708 * time.Millisecond, 150 * time.Millisecond, 0},
	{V29at7200, "V.29 7200", 7200, 253 * time.Millisecond, 25 * time.Millisecond, 0},
	{V29at9600, "V.29 9600", 9600, 253 * time.Millisecond, 25 * time.Millisecond, 0},
	{V17at7200, "V.17 7200", 7200, 1393 * time.Millisecond, 500 * time.Millisecond, 0},
	{V17at9600, "V.17 9600", 9600, 1393 * time.Millisecond, 500 * time.Millisecond, 0},
	{V17at12000, "V.17 12000", 12000, 1393 * time.Millisecond, 500 * time.Millisecond, 0},
	{V17at14400, "V.17 14400", 14400, 1393 * time.Millisecond, 500 * time.Millisecond, 0},
	{V17at7200Short, "V.17 7200 short", 7200, 142 * time.Millisecond, 25 * time.Millisecond, V17at7200},
	{V17at9600Short, "V.17 9600 short", 9600, 142 * time.Millisecond, 25 * time.Millisecond, V17at9600},
	{V17at12000Short, "V.17 12000 short", 12000, 142 * time.Millisecond, 25 * time.Millisecond, V17at12000},
	{V17at14400Short, "V.17 14400 short", 14400, 142 * time.Millisecond, 25 * time.Millisecond, V17at14400},
}

// carrier looks a modulation up; false if there is none of that code.
func (m Modulation) carrier() (carrier, bool) {
	for _, c := range carriers {
		if c.code == m {
			return c, true
		}
	}
	return carrier{}, false
}

// Rate is the modulation's rate in bit/s, 0 for a code that T.31 does not know.
func (m Modulation) Rate() int {
	c, _ := m.carrier()
	return c.rate
}

// Training is how long the modulation trains before its first bit of data, 0 for a code that T.31 does not know.
func (m Modulation) Training() time.Duration {
	c, _ := m.carrier()
	return c.training
}

func (m Modulation) String() string {
	if c, ok := m.carrier(); ok {
		return c.name
	}
	return fmt.Sprintf("modulation %d", uint8(m))
}

// time is how long octets take at the modulation's rate.
func (c carrier) time(octets int) time.Duration {
	return time.Duration(octets) * 8 * time.Second / time.Duration(c.rate)
}

// chunk is how much time the octets that go over the line at once stand for.
const chunk = 50 * time.Millisecond

// chunk is how many octets go over the line at once.
func (c carrier) chunk() int { return int(time.Duration(c.rate/8) * chunk / time.Second) }

// Kind is what a signal is made of.
type Kind uint8

const (
	Tone  Kind = iota // CNG, CED, a voice: energy that carries no data
	Burst             // V.21: a preamble of flags, then frames
	Image             // the image modem: training, then octets
)

func (k Kind) String() string { return [...]string{"tone", "burst", "image"}[k] }

// Signal is one signal of one station, from its first energy on the line to its last.
type Signal struct {
	Call int    // which call of this exchange, from 1
	From string // the number of the station that says it
	N    int    // which of this station's bursts and image signals in this call, from 1; 0 for a tone

	Kind       Kind
	Name       string     // Tone: "CNG", "CED" or "voice"
	Modulation Modulation // Image

	Frames  [][]byte // Burst: whole frames without FCS, first bit on the line least significant
	Damaged int      // Burst, as heard: how many frames came with a bad FCS; those are not among Frames
	Octets  []byte   // Image: what came after the training, first bit on the line least significant

	Start    time.Time
	Duration time.Duration // 0 while the signal lasts
	Gap      time.Duration // how long this station's end of the line had been quiet before: neither said nor heard anything
	Fate     Fate
}

// String is the signal in one line, for transcripts.
func (s Signal) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", s.From, s.Kind)
	switch s.Kind {
	case Tone:
		fmt.Fprintf(&b, " %s", s.Name)
	case Burst:
		for _, f := range s.Frames {
			fmt.Fprintf(&b, " %x", f)
		}
		if s.Damaged > 0 {
			fmt.Fprintf(&b, " and %d damaged", s.Damaged)
		}
	case Image:
		fmt.Fprintf(&b, " %v, %d octets", s.Modulation, len(s.Octets))
	}
	fmt.Fprintf(&b, ", %d ms after %d ms", s.Duration.Milliseconds(), s.Gap.Milliseconds())
	if s.Fate != Carried {
		fmt.Fprintf(&b, ", %v", s.Fate)
	}
	return b.String()
}

// Fate is what the line does to a whole signal.
type Fate uint8

const (
	Carried Fate = iota // it arrives
	Lost                // nothing of it arrives
	Spoilt              // its energy arrives, but the training fails, or every frame has a bad FCS
)

func (f Fate) String() string { return [...]string{"carried", "lost", "spoilt"}[f] }
