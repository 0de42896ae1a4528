package t30

import (
	"fmt"
	"slices"
	"time"
)

// Modulation is an image modem with its rate: the parameter of +FTM and +FRM (T.31 table 3).
type Modulation uint8

// The modulations. V.17 trains long before TCF and after CTR; the modulation with short training is one more (Short).
const (
	V27ter2400 Modulation = 24
	V27ter4800 Modulation = 48
	V29at7200  Modulation = 72
	V29at9600  Modulation = 96
	V17at7200  Modulation = 73
	V17at9600  Modulation = 97
	V17at12000 Modulation = 121
	V17at14400 Modulation = 145
)

// modulation is what there is to know of one: its bit rate, the modem recommendation it belongs to, and bits 11 to 14 of a
// DCS that chooses it (T.30 table 2), bit 11 first.
type modulation struct {
	m      Modulation
	rate   int
	family family
	dcs    string
}

var modulations = []modulation{
	{V17at14400, 14400, v17, "0001"},
	{V17at12000, 12000, v17, "0101"},
	{V17at9600, 9600, v17, "1001"},
	{V29at9600, 9600, v29, "1000"},
	{V17at7200, 7200, v17, "1101"},
	{V29at7200, 7200, v29, "1100"},
	{V27ter4800, 4800, v27ter, "0100"},
	{V27ter2400, 2400, v27fallback, "0000"},
}

// family is a set of modem recommendations as bits 11 to 14 of a DIS state them.
type family uint8

const (
	v27fallback family = 1 << iota // 2400 bit/s of V.27ter, which everybody has
	v27ter
	v29
	v17
)

// dis is what each pattern of bits 11 to 14 of a DIS offers (T.30 table 2). A reserved pattern with bits 11 and 12 set
// is taken for V.27ter with V.29, any other for V.27ter alone.
var dis = []struct {
	bits     string
	families family
}{
	{"0000", v27fallback},
	{"0100", v27fallback | v27ter},
	{"1000", v27fallback | v29},
	{"1100", v27fallback | v27ter | v29},
	{"1101", v27fallback | v27ter | v29 | v17},
	{"1110", v27fallback | v27ter | v29}, // with V.33, which no modem of ours has
}

func familiesOf(bits string) family {
	for _, d := range dis {
		if d.bits == bits {
			return d.families
		}
	}
	if bits[:2] == "11" {
		return v27fallback | v27ter | v29
	}
	return v27fallback | v27ter
}

// disBits is the richest pattern that offers nothing beyond f.
func disBits(f family) string {
	best := dis[0]
	for _, d := range dis[:5] {
		if d.families&^f == 0 && d.families > best.families {
			best = d
		}
	}
	return best.bits
}

// Short is the modulation with short training, which V.17 uses where the line was trained before in the same call; the
// others have one training only.
func (m Modulation) Short() Modulation {
	if m.info().family == v17 {
		return m.Long() + 1
	}
	return m
}

// Long is the modulation with the training that needs no earlier one.
func (m Modulation) Long() Modulation {
	for _, i := range modulations {
		if i.family == v17 && m == i.m+1 {
			return i.m
		}
	}
	return m
}

// Rate is the signalling rate in bit/s, 0 for what is no modulation.
func (m Modulation) Rate() int { return m.info().rate }

// info is all zeros for what is no modulation.
func (m Modulation) info() modulation {
	for _, i := range modulations {
		if i.m == m.Long() {
			return i
		}
	}
	return modulation{}
}

// Duration is how long octets take on the line.
func (m Modulation) Duration(octets int) time.Duration {
	if m.Rate() == 0 {
		return 0
	}
	return time.Duration(octets) * 8 * time.Second / time.Duration(m.Rate())
}

func (m Modulation) String() string {
	name := map[family]string{v27fallback: "V.27ter", v27ter: "V.27ter", v29: "V.29", v17: "V.17"}[m.info().family]
	if name == "" {
		return "no modulation"
	}
	if m != m.Long() {
		return fmt.Sprintf("%s %d short", name, m.Rate())
	}
	return fmt.Sprintf("%s %d", name, m.Rate())
}

// Modulations is every modulation, fastest first.
func Modulations() []Modulation {
	var all []Modulation
	for _, i := range modulations {
		all = append(all, i.m)
	}
	return all
}

func chosenBy(dcsBits string) (Modulation, bool) {
	for _, i := range modulations {
		if i.dcs == dcsBits {
			return i.m, true
		}
	}
	return 0, false
}

// familiesIn is what a modem that knows these modulations may offer: a family counts when its fastest members are there.
func familiesIn(have []Modulation, max int) family {
	f := v27fallback
	for _, w := range []struct {
		family family
		need   Modulation
	}{{v27ter, V27ter4800}, {v29, V29at9600}, {v17, V17at14400}} {
		if slices.Contains(have, w.need) && w.need.Rate() <= max {
			f |= w.family
		}
	}
	return f
}

// ladder is the modulations a sender may use, fastest first: those that both its own modem and the receiver know, up to
// max bit/s. It is never empty: 2400 bit/s is obligatory.
func ladder(have []Modulation, offered family, max int) []Modulation {
	var l []Modulation
	for _, i := range modulations {
		if i.family&offered != 0 && i.rate <= max && slices.Contains(have, i.m) {
			l = append(l, i.m)
		}
	}
	if len(l) == 0 {
		l = []Modulation{V27ter2400}
	}
	return l
}

// coarse are the rates tried after a second failure: many receivers give up after the third, so the steps must be large.
var coarse = []Modulation{V29at9600, V27ter4800, V27ter2400}

// slower is the modulation to try after the given number of failures of the call, m being the one that failed last; ok
// is false when nothing is left to try.
func slower(l []Modulation, m Modulation, failures int) (next Modulation, ok bool) {
	for _, n := range l {
		if n.Rate() >= m.Rate() && !(n.Rate() == m.Rate() && n.info().family < m.info().family) {
			continue
		}
		if failures < 2 || slices.Contains(coarse, n) {
			return n, true
		}
	}
	for _, n := range l { // nothing coarse is left, but perhaps something fine
		if n.Rate() < m.Rate() {
			return n, true
		}
	}
	return m, false
}
