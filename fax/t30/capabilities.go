package t30

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"faxbox/fax/raster"
	"faxbox/fax/t4"
)

// Bits is the FIF of a DIS, DTC or DCS. Bits keep the numbers of T.30 table 2, counted from 1; what is not there reads
// as 0.
type Bits []byte

// Has reports bit n.
func (b Bits) Has(n int) bool {
	i := (n - 1) / 8
	return i < len(b) && b[i]>>((n-1)%8)&1 != 0
}

// set sets bit n, and the extend bits that lead to its octet.
func (b *Bits) set(n int, on bool) {
	if !on {
		return
	}
	for len(*b) <= (n-1)/8 {
		*b = append(*b, 0)
		if last := len(*b) - 1; last >= 3 {
			(*b)[last-1] |= 0x80
		}
	}
	(*b)[(n-1)/8] |= 1 << ((n - 1) % 8)
}

// setRun sets bits from first on as pattern says, '1' or '0'.
func (b *Bits) setRun(first int, pattern string) {
	for i, c := range pattern {
		b.set(first+i, c == '1')
	}
}

// run reads bits first to last as a pattern.
func (b Bits) run(first, last int) string {
	var s strings.Builder
	for n := first; n <= last; n++ {
		s.WriteByte("01"[btoi(b.Has(n))])
	}
	return s.String()
}

func btoi(v bool) int {
	if v {
		return 1
	}
	return 0
}

// Capabilities is what a station can do, as its DIS or DTC says.
type Capabilities struct {
	Receive  bool // bit 10: can take a document
	Document bool // bit 9: has one to be polled

	families    family
	Resolutions []raster.Resolution
	Width       int // widest recording, as pels at R8: 1728, 2048 or 2432
	Length      Length
	Letter      bool
	Legal       bool
	ScanTime    string // bits 21 to 23
	HalfTime    bool   // bit 46: at 15.4 lines a millimetre the line time is half of that at 7.7

	ECM, MR, MMR  bool
	SmallFrames   bool // bit 7: prefers ECM frames of 64 octets
	FNV           bool // bit 33
	SEP, SUB, PWD bool // bits 47, 49, 50: takes these frames
	Inch, Metric  bool // bits 44, 45
}

// resolutionBits are the bits by which a DIS offers, and a DCS chooses, a resolution, and whether the unit is the inch.
// Standard has no bit of its own.
var resolutionBits = []struct {
	r    raster.Resolution
	bit  int
	inch bool
}{
	{raster.Fine, 15, false},
	{raster.Inch200, 15, true},
	{raster.Superfine, 41, false},
	{raster.Inch200x400, 41, true},
	{raster.Inch300, 42, true},
	{raster.R16, 43, false},
	{raster.Inch400, 43, true},
}

// widths are bits 17 and 18: by DIS and by DCS, in pels at R8.
var widths = []struct {
	dis, dcs string
	pels     int
}{{"00", "00", 1728}, {"10", "10", 2048}, {"01", "01", 2432}}

// scanTimes are bits 21 to 23: milliseconds a line at 3.85 and at 7.7 lines a millimetre. The single-valued ones are
// those that a DCS may use.
var scanTimes = []struct {
	bits           string
	standard, fine int
}{
	{"000", 20, 20}, {"001", 40, 40}, {"010", 10, 10}, {"100", 5, 5}, {"011", 10, 5}, {"110", 20, 10}, {"101", 40, 20}, {"111", 0, 0},
}

// ParseCapabilities reads the FIF of a DIS or DTC of any length. Bits that nobody has defined are passed over.
func ParseCapabilities(fif []byte) Capabilities {
	b := Bits(fif)
	c := Capabilities{
		Receive:     b.Has(10),
		Document:    b.Has(9),
		families:    familiesOf(b.run(11, 14)),
		Resolutions: []raster.Resolution{raster.Standard},
		Width:       1728,
		ScanTime:    b.run(21, 23),
		HalfTime:    b.Has(46),
		ECM:         b.Has(27),
		MR:          b.Has(16),
		MMR:         b.Has(31) && b.Has(27),
		SmallFrames: b.Has(7),
		FNV:         b.Has(33),
		SEP:         b.Has(47), SUB: b.Has(49), PWD: b.Has(50),
		Inch: b.Has(44), Metric: b.Has(45),
		Letter: b.Has(76), Legal: b.Has(77),
	}
	for _, r := range resolutionBits {
		if b.Has(r.bit) && (r.inch && c.takesInch(r.bit) || !r.inch && c.takesMetric(r.bit)) {
			c.Resolutions = append(c.Resolutions, r.r)
		}
	}
	switch b.run(17, 18) {
	case "10":
		c.Width = 2048
	case "01", "11": // 11 is invalid and read as 01
		c.Width = 2432
	}
	switch b.run(19, 20) {
	case "10":
		c.Length = B4
	case "01", "11":
		c.Length = Unlimited
	}
	return c
}

// takesInch and takesMetric say in which unit a resolution bit may be used: 300 x 300 exists in inches only, and some
// makers set neither bit 44 nor 45; then metric is meant.
func (c Capabilities) takesInch(bit int) bool   { return c.Inch || bit == 42 }
func (c Capabilities) takesMetric(bit int) bool { return bit != 42 && (c.Metric || !c.Inch) }

// Bits makes the FIF of a DIS or DTC.
func (c Capabilities) Bits() Bits {
	b := make(Bits, 3)
	b.set(7, c.SmallFrames)
	b.set(9, c.Document)
	b.set(10, c.Receive)
	b.setRun(11, disBits(c.families))
	for _, r := range resolutionBits {
		b.set(r.bit, slices.Contains(c.Resolutions, r.r))
	}
	b.set(16, c.MR)
	for _, w := range widths {
		if w.pels == c.Width {
			b.setRun(17, w.dis)
		}
	}
	b.setRun(19, map[Length]string{B4: "10", Unlimited: "01"}[c.Length])
	b.setRun(21, c.ScanTime)
	b.set(27, c.ECM)
	b.set(31, c.ECM && c.MMR)
	b.set(33, c.FNV)
	b.set(44, c.Inch)
	b.set(45, c.Metric)
	b.set(46, c.HalfTime)
	b.set(47, c.SEP)
	b.set(49, c.SUB)
	b.set(50, c.PWD)
	b.set(76, c.Letter)
	b.set(77, c.Legal)
	return b
}

// scanTime is the time that a line must take at resolution r, 0 with ECM.
func (c Capabilities) scanTime(r raster.Resolution) time.Duration {
	for _, t := range scanTimes {
		if t.bits != c.ScanTime {
			continue
		}
		ms := t.fine
		switch {
		case r.Y <= 100:
			ms = t.standard
		case r.Y > 300 && c.HalfTime:
			return time.Duration(ms) * time.Millisecond / 2
		}
		return time.Duration(ms) * time.Millisecond
	}
	return 0
}

// Mode is what a DCS chooses: the format of the pages, the rate, and the size of ECM frames.
type Mode struct {
	Format
	Rate        Modulation    // with long training; not Known when the DCS asks for what we cannot understand
	Known       bool          // Rate is one of ours
	ScanTime    time.Duration // what MinLineBits of Format comes from
	SmallFrames bool          // 64 octets instead of 256
	FNV         bool          // bit 33
	SUB, SID    bool          // bits 49, 50: these frames were sent
	Strange     bool          // a coding that nobody may choose without our having offered it
}

func (m Mode) String() string {
	ecm := ""
	if m.ECM {
		ecm = " ECM"
	}
	return fmt.Sprintf("%s, %s%s, %d pels, %dx%d", m.Rate, m.Coding, ecm, m.Width, m.Resolution.X, m.Resolution.Y)
}

// ParseMode reads the FIF of a DCS.
func ParseMode(fif []byte) Mode {
	b := Bits(fif)
	m := Mode{SmallFrames: b.Has(28), FNV: b.Has(33), SUB: b.Has(49), SID: b.Has(50)}
	m.Rate, m.Known = chosenBy(b.run(11, 14))
	m.ECM = b.Has(27)
	m.Coding = t4.MH
	if b.Has(16) {
		m.Coding = t4.MR
	}
	if b.Has(31) { // some senders forget bit 27, and frame their pages all the same
		m.Coding, m.ECM = t4.MMR, true
	}
	m.Strange = b.Has(68) || b.Has(78)
	m.Resolution = raster.Standard
	for _, r := range resolutionBits {
		if b.Has(r.bit) && (r.inch == b.Has(44) || r.bit == 42) {
			m.Resolution = r.r
		}
	}
	if b.Has(44) && m.Resolution == raster.Standard {
		m.Resolution = raster.Inch200x100
	}
	m.Width = 1728
	for _, w := range widths {
		if w.dcs == b.run(17, 18) {
			m.Width = w.pels
		}
	}
	m.Width = pels(m.Width, m.Resolution)
	m.Length = map[string]Length{"10": B4, "01": Unlimited, "11": Unlimited}[b.run(19, 20)]
	for _, t := range scanTimes {
		if t.bits == b.run(21, 23) {
			m.ScanTime = time.Duration(t.fine) * time.Millisecond
		}
	}
	return m
}

// Bits makes the FIF of a DCS.
func (m Mode) Bits() Bits {
	b := make(Bits, 3)
	b.set(10, true)
	b.setRun(11, m.dcsRate())
	b.set(16, m.Coding == t4.MR)
	for _, r := range resolutionBits {
		if r.r == m.Resolution {
			b.set(r.bit, true)
			b.set(44, r.inch)
		}
	}
	b.set(44, m.Resolution == raster.Inch200x100)
	for _, w := range widths {
		if pels(w.pels, m.Resolution) == m.Width {
			b.setRun(17, w.dcs)
		}
	}
	b.setRun(19, map[Length]string{B4: "10", Unlimited: "01"}[m.Length])
	b.setRun(21, m.scanBits())
	b.set(27, m.ECM)
	b.set(28, m.ECM && m.SmallFrames)
	b.set(31, m.Coding == t4.MMR)
	b.set(33, m.FNV)
	b.set(49, m.SUB)
	b.set(50, m.SID)
	b.set(76, m.Length == Letter)
	b.set(77, m.Length == Legal)
	return b
}

func (m Mode) dcsRate() string { return m.Rate.info().dcs }

// scanBits is the single-valued pattern for the scan line time: that of 0 with ECM, and 5 ms for the 2.5 ms that bit 46
// of the DIS can lead to.
func (m Mode) scanBits() string {
	if m.ECM || m.ScanTime == 0 {
		return "111"
	}
	for _, t := range scanTimes {
		if t.standard == t.fine && time.Duration(t.fine)*time.Millisecond == m.ScanTime {
			return t.bits
		}
	}
	return "100"
}

// pels is the width in pels at resolution r of a recording that has r8 pels at R8 (T.30 table 2, T.4 table 2a).
func pels(r8 int, r raster.Resolution) int {
	switch r.X {
	case 300:
		return r8 * 3 / 2
	case 400, 408:
		return r8 * 2
	}
	return r8
}
