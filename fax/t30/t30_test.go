package t30

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/fax/trace"
)

// The check vectors of the common frames.
func TestFCS(t *testing.T) {
	for _, whole := range [][]byte{
		{0xFF, 0x13, 0xFA, 0x13, 0xE7}, {0xFF, 0x13, 0x84, 0xEA, 0x7D}, {0xFF, 0x13, 0x8C, 0xA2, 0xF1}, {0xFF, 0x13, 0x8D, 0x2B, 0xE0},
		{0xFF, 0x03, 0x86, 0x69, 0xCB},
	} {
		if got := FCS(whole[:3]); !bytes.Equal(got[:], whole[3:]) {
			t.Errorf("% x: FCS % x", whole, got)
		}
	}
}

// Every FCF has the octet that its line pattern in T.30 gives it, with X 0.
func TestFCFPatterns(t *testing.T) {
	for pattern, f := range map[string]FCF{
		"00000001": DIS, "00000010": CSI, "00000100": NSF, "10000001": DTC, "10000010": CIG, "10000100": NSC,
		"10000011": PWD, "10000101": SEP, "10000110": PSA, "10000111": CIA, "10001000": ISP,
		"01000001": DCS, "01000010": TSI, "01000100": NSS, "01000011": SUB, "01000101": SID, "01000110": TSA, "01000111": IRA, "01001000": CTC,
		"00100001": CFR, "00100010": FTT, "00100011": CTR, "00100100": CSA,
		"01110001": EOM, "01110010": MPS, "01110100": EOP, "01111000": EOS, "01111001": PRIEOM, "01111010": PRIMPS, "01111100": PRIEOP,
		"01111101": PPS, "01110011": EOR, "01110110": RR,
		"00110001": MCF, "00110010": RTN, "00110011": RTP, "00110100": PIN, "00110101": PIP, "00110110": PID, "00110111": RNR, "00111000": ERR,
		"00111101": PPR, "00111111": FDM, "01011111": DCN, "01011000": CRP, "01010011": FNV, "01010111": TNR, "01010110": TR,
		"01100000": FCD, "01100001": RCP,
	} {
		var octet byte
		for i, c := range pattern {
			octet |= byte(c-'0') << i
		}
		if octet != byte(f) {
			t.Errorf("%s: %s is %02x on the line, not %02x", f, pattern, octet, byte(f))
		}
	}
}

func TestXBit(t *testing.T) {
	for f := range names {
		fixed := disFamily[f] || dtcFamily[f]
		if got := NewFrame(f).WithX(true); got.FCF() != f || got[2]&1 != byte(f)&1 && fixed {
			t.Errorf("%s with X becomes %s", f, got)
		}
	}
}

func TestTCFLength(t *testing.T) {
	for m, want := range map[Modulation]int{V17at14400: 2700, V17at12000: 2250, V17at9600: 1800, V29at9600: 1800, V29at7200: 1350, V27ter4800: 900, V27ter2400: 450} {
		if got := tcfOctets(m); got != want {
			t.Errorf("%s: %d octets, not %d", m, got, want)
		}
	}
}

func TestShortTraining(t *testing.T) {
	for m, want := range map[Modulation]Modulation{V17at14400: 146, V17at12000: 122, V17at9600: 98, V17at7200: 74, V29at9600: 96, V27ter2400: 24} {
		if m.Short() != want || want.Long() != m || want.Rate() != m.Rate() || want.Short() != want {
			t.Errorf("%s: short %d, not %d", m, m.Short(), want)
		}
	}
}

// Every pattern of bits 11 to 14 is read as something, and what we offer is read back as no more.
func TestRatePatterns(t *testing.T) {
	for i := range 16 {
		pattern := fmt.Sprintf("%04b", i)
		if f := familiesOf(pattern); f&v27fallback == 0 {
			t.Errorf("%s offers not even 2400 bit/s", pattern)
		}
	}
	for f := range family(16) {
		if got := familiesOf(disBits(f | v27fallback)); got&^(f|v27fallback) != 0 {
			t.Errorf("%04b is offered as %s, which reads %04b", f, disBits(f|v27fallback), got)
		}
	}
	if got := disBits(familiesIn(Modulations(), 14400)); got != "1101" {
		t.Errorf("a modem with everything offers %s", got)
	}
	for max, want := range map[int]string{9600: "1100", 4800: "0100", 2400: "0000"} {
		if got := disBits(familiesIn(Modulations(), max)); got != want {
			t.Errorf("up to %d: offers %s, not %s", max, got, want)
		}
	}
}

// From any rate, failing again and again leads down to the end without repetition.
func TestLadderLeadsDown(t *testing.T) {
	for f := range family(16) {
		l := ladder(Modulations(), f|v27fallback, 14400)
		for _, from := range l {
			m, seen := from, []Modulation{from}
			for failures := 1; ; failures++ {
				next, ok := slower(l, m, failures)
				if !ok {
					break
				}
				if slices.Contains(seen, next) || next.Rate() > m.Rate() {
					t.Fatalf("from %s: %v, then %s", from, seen, next)
				}
				m, seen = next, append(seen, next)
			}
			if m != V27ter2400 {
				t.Errorf("from %s: ends at %s", from, m)
			}
		}
	}
}

func TestNegotiation(t *testing.T) {
	for _, c := range []struct {
		name  string
		page  PageSize
		offer []int
		want  Format
		ok    bool
	}{
		{"fine", PageSize{1728, 2286, raster.Fine}, []int{15}, Format{Width: 1728, Resolution: raster.Fine}, true},
		{"fine to standard", PageSize{1728, 2286, raster.Fine}, nil, Format{Width: 1728, Resolution: raster.Standard}, true},
		{"superfine to fine", PageSize{1728, 4573, raster.Superfine}, []int{15}, Format{Width: 1728, Resolution: raster.Fine}, true},
		{"superfine", PageSize{1728, 4573, raster.Superfine}, []int{15, 41}, Format{Width: 1728, Resolution: raster.Superfine}, true},
		{"R16", PageSize{3456, 4573, raster.R16}, []int{15, 41, 43}, Format{Width: 3456, Resolution: raster.R16}, true},
		{"200 dpi to a metric machine", PageSize{1728, 2338, raster.Inch200}, []int{15}, Format{Width: 1728, Resolution: raster.Fine}, true},
		{"200 dpi to an inch machine", PageSize{1728, 2338, raster.Inch200}, []int{15, 44}, Format{Width: 1728, Resolution: raster.Inch200}, true},
		{"fine to an inch machine", PageSize{1728, 2286, raster.Fine}, []int{15, 44}, Format{Width: 1728, Resolution: raster.Inch200}, true},
		{"300 dpi", PageSize{2592, 3508, raster.Inch300}, []int{15, 42}, Format{Width: 2592, Resolution: raster.Inch300}, true},
		{"300 dpi to fine", PageSize{2592, 3508, raster.Inch300}, []int{15}, Format{Width: 1728, Resolution: raster.Fine}, true},
		{"400 dpi", PageSize{3456, 4677, raster.Inch400}, []int{15, 43, 44}, Format{Width: 3456, Resolution: raster.Inch400}, true},
		{"B4", PageSize{2048, 2803, raster.Fine}, []int{15, 17, 19}, Format{Width: 2048, Resolution: raster.Fine, Length: B4}, true},
		{"B4 to an A4 machine", PageSize{2048, 2200, raster.Fine}, []int{15}, Format{Width: 1728, Resolution: raster.Fine}, true},
		{"A3", PageSize{2432, 3230, raster.Fine}, []int{15, 18, 20}, Format{Width: 2432, Resolution: raster.Fine, Length: Unlimited}, true},
		{"legal", PageSize{1728, 2738, raster.Fine}, []int{15, 77}, Format{Width: 1728, Resolution: raster.Fine, Length: Legal}, true},
		{"too long", PageSize{1728, 9000, raster.Fine}, []int{15, 19}, Format{}, false},
		{"a roll", PageSize{1728, 9000, raster.Fine}, []int{15, 20}, Format{Width: 1728, Resolution: raster.Fine, Length: Unlimited}, true},
		{"a narrow page", PageSize{1000, 500, raster.Fine}, []int{15}, Format{Width: 1728, Resolution: raster.Fine}, true},
	} {
		x := begin(t, Config{Send: &testDocument{lines: []int{5}, sizes: map[int]PageSize{0: c.page}}}).hears(disOf(append(c.offer, 21, 22, 23)...))
		if !c.ok {
			x.ends(fax.Incompatible)
			continue
		}
		got := x.call.mode.Format
		got.Coding = 0
		if got != c.want {
			t.Errorf("%s: %+v, not %+v", c.name, got, c.want)
		}
		read := ParseMode(x.turn.Say[0].Burst[0].FIF())
		if read.Width != got.Width || read.Resolution != got.Resolution {
			t.Errorf("%s: DCS reads %d, %v", c.name, read.Width, read.Resolution)
		}
	}
}

// The bits that a line must have follow from what the receiver's DIS asks and the rate.
func TestMinScanLineTime(t *testing.T) {
	for bits, want := range map[string][3]int{ // ms at 3.85, 7.7 and, with bit 46, 15.4
		"000": {20, 20, 10}, "001": {40, 40, 20}, "010": {10, 10, 5}, "100": {5, 5, 2}, "011": {10, 5, 2}, "110": {20, 10, 5}, "101": {40, 20, 10}, "111": {0, 0, 0},
	} {
		for i, r := range []raster.Resolution{raster.Standard, raster.Fine, raster.Superfine} {
			b := Bits(bytes.Clone(disOf(15, 41, 46).FIF()))
			b.setRun(21, bits)
			for _, m := range []Modulation{V17at14400, V27ter2400} {
				doc := &testDocument{lines: []int{5}, sizes: map[int]PageSize{0: {1728, 1000, r}}}
				x := begin(t, Config{Send: doc, MaxRate: m.Rate()}).hears(NewFrame(DIS, b...))
				ms := float64(want[i])
				if ms == 2 {
					ms = 2.5
				}
				if got := x.call.mode.MinLineBits; got != int(float64(m.Rate())*ms/1000) {
					t.Errorf("%s at %v, %s: %d bits", bits, r, m, got)
				}
				said := ParseMode(x.turn.Say[0].Burst[0].FIF()).ScanTime
				if said < x.call.mode.ScanTime {
					t.Errorf("%s: DCS says %v for %v", bits, said, x.call.mode.ScanTime)
				}
			}
		}
	}
}

// A recorded call says the same again when it is played to either end.
func TestChecklist60_TraceReplays(t *testing.T) {
	for _, s := range scenarios() {
		for _, fates := range []map[int]fate{nil, {2: garbled}, {4: garbled, 5: lost}, {6: lost}} {
			var written [2]bytes.Buffer
			var logs [2]*trace.Log
			doc, sink := &testDocument{lines: s.pages, sizes: s.resolutions}, &testSink{}
			cfg := [2]Config{{Ident: "+49 30 100", ECM: s.ecm, SmallFrames: s.small}, {Ident: "+49 30 200", ECM: s.ecm, SmallFrames: s.small, Called: true}}
			if s.polled {
				cfg[0].Poll, cfg[0].Receive, cfg[1].Send = true, sink, doc
			} else {
				cfg[0].Send, cfg[1].Receive = doc, sink
			}
			p := newPair(t, cfg[0], cfg[1])
			p.fates = fates
			for i, e := range p.ends {
				logs[i] = trace.New(&written[i], p.now)
				cfg[i] = e.call.cfg
				cfg[i].Observe = nil
				e.traced = Trace(cfg[i], logs[i])
				e.call = e.traced.Call
			}
			p.run()
			for i := range p.ends {
				if err := logs[i].Flush(); err != nil {
					t.Fatal(err)
				}
				entries, err := trace.Read(strings.NewReader(written[i].String()))
				if err != nil {
					t.Fatal(err)
				}
				if err := Replay(cfg[i], entries); err != nil {
					t.Errorf("%s, %v, %s: %v\n%s", s.name, fates, p.ends[i].name, err, written[i].String())
				}
			}
		}
	}
}

func TestReplayNoticesADifference(t *testing.T) {
	var b bytes.Buffer
	log := trace.New(&b, time.Time{})
	cfg := Config{Called: true, Receive: &testSink{}, TxRates: Modulations(), RxRates: Modulations()}
	x := Trace(cfg, log)
	x.Start(time.Time{})
	x.Next(time.Time{}, Heard{Kind: Frames, Frames: []Frame{bare(DCN)}})
	log.Flush()
	entries, err := trace.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := Replay(cfg, entries); err != nil {
		t.Errorf("the same: %v", err)
	}
	cfg.Ident = "somebody else"
	if Replay(cfg, entries) == nil {
		t.Error("a CSI more goes unnoticed")
	}
}
