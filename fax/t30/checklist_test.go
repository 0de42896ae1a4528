package t30

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/fax/t4"
)

// The conformance checklist, as far as it is the conversation's: one test a line, by number. The lines about codes are
// tested in fax/t4, those about modems in fax/at and fax/class1, and those about both ends in fax/class1's tests over
// fax/exchange.

// talk is a call under test whose other end is the test itself.
type talk struct {
	t    *testing.T
	call *Call
	now  time.Time
	turn Turn
}

func begin(t *testing.T, cfg Config) *talk {
	t.Helper()
	if cfg.TxRates == nil {
		cfg.TxRates, cfg.RxRates = Modulations(), Modulations()
	}
	x := &talk{t: t, call: NewCall(cfg), now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	x.turn = x.call.Start(x.now)
	return x
}

// caller sends a document; called receives one.
func caller(t *testing.T, pages ...int) *talk {
	t.Helper()
	return begin(t, Config{Send: &testDocument{lines: pages}, ECM: true})
}

func called(t *testing.T) (*talk, *testSink) {
	t.Helper()
	sink := &testSink{}
	return begin(t, Config{Called: true, Receive: sink, ECM: true}), sink
}

// said is the turn in short: "DCS, tcf V.17 14400, listen burst".
func (x *talk) said() string {
	var parts []string
	for _, l := range x.turn.lines() {
		if burst, ok := strings.CutPrefix(l, "burst "); ok {
			var names []string
			for _, f := range strings.Split(burst, ", ") {
				name, _, _ := strings.Cut(f, " ")
				names = append(names, name)
			}
			l = strings.Join(names, " ")
		}
		l, _, _ = strings.Cut(l, ", ")
		parts = append(parts, l)
	}
	return strings.Join(parts, ", ")
}

func (x *talk) says(want string) *talk {
	x.t.Helper()
	if got := x.said(); got != want {
		x.t.Fatalf("says %q, not %q", got, want)
	}
	return x
}

func (x *talk) tell(h Heard, took time.Duration) *talk {
	x.now = x.now.Add(took)
	x.turn = x.call.Next(x.now, h)
	return x
}

func (x *talk) hears(frames ...Frame) *talk {
	return x.tell(Heard{Kind: Frames, Frames: frames, Waited: 100 * time.Millisecond}, 1400*time.Millisecond)
}

func (x *talk) hearsDamaged(frames ...Frame) *talk {
	return x.tell(Heard{Kind: Frames, Frames: frames, Damaged: true, Waited: 100 * time.Millisecond}, 1400*time.Millisecond)
}

func (x *talk) hearsNothing() *talk { return x.tell(Heard{Waited: x.turn.For}, x.turn.For) }

// hearsCarrier gives octets to whatever listens.
func (x *talk) hearsCarrier(octets []byte) *talk {
	x.t.Helper()
	if x.turn.Into == nil {
		x.t.Fatalf("nobody listens for an image: %s", x.said())
	}
	x.turn.Into.Write(octets)
	return x.tell(Heard{Kind: Carrier, Octets: len(octets)}, x.turn.Rate.Duration(len(octets)))
}

// stores lets the disk do its work.
func (x *talk) stores() *talk {
	x.t.Helper()
	x.says("listen storage")
	return x.tell(Heard{Kind: Stored, Err: <-x.turn.Stored}, 0)
}

func (x *talk) ends(want fax.Cause) *talk {
	x.t.Helper()
	if x.turn.Listen != Nothing || x.call.Result().Cause != want {
		x.t.Fatalf("%s: %s, not ended: %s", x.said(), x.call.Result().Cause, want)
	}
	return x
}

func bare(f FCF) Frame { return NewFrame(f) }

// disOf is a DIS with these bits, besides 10 and the rates up to V.17.
func disOf(more ...int) Frame {
	b := make(Bits, 3)
	for _, n := range append([]int{10, 11, 12, 14}, more...) {
		b.set(n, true)
	}
	return NewFrame(DIS, b...)
}

var fullDIS = disOf(15, 16, 27, 31)

func dcsOf(m Mode) Frame { return NewFrame(DCS, m.Bits()...) }

func modeAt(m Modulation, ecm bool) Mode {
	mode := Mode{Rate: m, Known: true}
	mode.Format = Format{Coding: t4.MH, Width: 1728, Resolution: raster.Fine, ECM: ecm}
	return mode
}

// page is a page of the tests' own coding; blockOf, the same as an ECM burst.
func page(n, lines int) []byte {
	return testPage(n, lines)
}

func pps(command FCF, page, block, count byte) Frame {
	return NewFrame(PPS, byte(command), page, block, count)
}

func burstOf(octets []byte, which ...int) []byte {
	if which == nil {
		which = everyFrame(framesIn(octets, frameOctets))
	}
	return ecmOctets(V17at14400, octets, frameOctets, which)
}

// trained brings a called station to the point where it awaits the page.
func (x *talk) trained(m Mode) *talk {
	x.t.Helper()
	x.hears(dcsOf(m)).says("listen tcf " + m.Rate.String())
	return x.hearsCarrier(tcf(m.Rate).Octets)
}

// sending brings a caller to the point where its page is said.
func (x *talk) sending(dis Frame) *talk {
	x.t.Helper()
	return x.hears(dis).hears(bare(CFR))
}

func TestChecklist01_CallerKeepsListeningThroughGarbage(t *testing.T) {
	x := caller(t, 10)
	for x.now.Sub(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)) < 25*time.Second {
		x.hearsDamaged().says("listen burst")
	}
	x.hears(fullDIS).says("DCS, tcf V.17 14400, listen burst")
	x = caller(t, 10)
	for range 60 {
		if x.turn.Listen == Nothing {
			break
		}
		x.hearsDamaged()
	}
	x.ends(fax.NoFax)
}

func TestChecklist02_AnySubsetAndLengthOfIdentification(t *testing.T) {
	nsf, csi := NewFrame(NSF, 0xAD, 0, 0x36), NewFrame(CSI, encodeIdent("+49 1")...)
	for _, burst := range [][]Frame{{fullDIS}, {nsf, fullDIS}, {csi, fullDIS}, {nsf, csi, fullDIS}, {csi, nsf, fullDIS}, {fullDIS, csi}} {
		caller(t, 10).hears(burst...).says("DCS, tcf V.17 14400, listen burst")
	}
	for _, length := range []int{2, 3, 9, 16} {
		fif := append(Bits(nil), fullDIS.FIF()...)
		for len(fif) < length {
			fif = append(fif, 0x80)
		}
		caller(t, 10).hears(NewFrame(DIS, fif[:length]...)).says("DCS, tcf V.17 14400, listen burst")
	}
}

func TestChecklist03_UnknownBitsAreMasked(t *testing.T) {
	offered := NewFrame(DIS, bytes.Repeat([]byte{0xFF}, 16)...)
	for _, offer := range []Frame{offered, disOf(), disOf(15), disOf(16), disOf(27), disOf(27, 31)} {
		x := caller(t, 10).hears(offer)
		dcs := Bits(x.turn.Say[0].Burst[0].FIF())
		if len(dcs) > len(offer.FIF()) {
			t.Errorf("DCS of %d octets answers DIS of %d", len(dcs), len(offer.FIF()))
		}
		offer := Bits(offer.FIF())
		for _, bit := range []int{15, 16, 27, 31, 33, 41, 42, 43, 44, 49, 50, 76, 77} {
			if dcs.Has(bit) && !offer.Has(bit) {
				t.Errorf("bit %d of %x was not offered by %x", bit, dcs, offer)
			}
		}
		for _, never := range []int{26, 51, 53, 54, 55, 57, 68, 78, 81} {
			if dcs.Has(never) {
				t.Errorf("bit %d is never to be set: %x", never, dcs)
			}
		}
	}
}

func TestChecklist04_CannotReceive(t *testing.T) {
	b := Bits(bytes.Clone(fullDIS.FIF()))
	b[1] &^= 2
	caller(t, 10).hears(NewFrame(DIS, b...)).says("DCN, hang up").ends(fax.CannotReceive)
}

func TestChecklist05_DISAgainRepeatsDCS(t *testing.T) {
	x := caller(t, 10).hears(fullDIS)
	x.hears(fullDIS).says("DCS, tcf V.17 14400, listen burst")
	x.hears(fullDIS).says("DCS, tcf V.17 12000, listen burst")
	x.hears(fullDIS).says("DCN, hang up").ends(fax.NoResponse)
}

func TestChecklist06_DCSWithEitherXAndEcho(t *testing.T) {
	for _, set := range []bool{false, true} {
		x, _ := called(t)
		x.hears(dcsOf(modeAt(V29at9600, false)).WithX(set)).says("listen tcf V.29 9600")
	}
	x := caller(t, 10).hears(fullDIS)
	own := x.turn.Say[0].Burst[0]
	x.hears(own).says("listen burst").hears(bare(CFR)).says("ecm V.17 14400 short, PPS, listen burst")
}

func TestChecklist07_CFRLeadsToShortTraining(t *testing.T) {
	caller(t, 10).hears(fullDIS).hears(bare(CFR)).says("ecm V.17 14400 short, PPS, listen burst")
	caller(t, 10).hears(disOf(15)).hears(bare(CFR)).says("page V.17 14400 short, EOP, listen burst")
}

func TestChecklist08_FTTLowersTheRateToTheEnd(t *testing.T) {
	x := caller(t, 10).hears(fullDIS)
	for _, m := range []Modulation{V17at14400, V17at12000, V29at9600, V27ter4800, V27ter2400} {
		x.says(fmt.Sprintf("DCS, tcf %s, listen burst", m)).hears(bare(FTT))
	}
	x.says("DCN, hang up").ends(fax.CannotTrain)
}

func TestChecklist09_SilenceAfterTCF(t *testing.T) {
	x := caller(t, 10).hears(fullDIS)
	for range 3 {
		if x.turn.For < 3000*time.Millisecond || x.turn.For > 3450*time.Millisecond || len(x.turn.Say) != 2 {
			t.Fatalf("%s for %v", x.said(), x.turn.For)
		}
		x.hearsNothing()
	}
	x.says("DCN, hang up").ends(fax.NoResponse)
}

func TestChecklist11_BadFCSAfterDCSDoesNotEndTheCall(t *testing.T) {
	x := caller(t, 10).hears(fullDIS).hearsDamaged().says("DCS, tcf V.17 14400, listen burst")
	x.hears(bare(CFR)).says("ecm V.17 14400 short, PPS, listen burst")
}

func TestChecklist12_RefusedAfterTCF(t *testing.T) {
	x := caller(t, 10).hears(fullDIS).hears(bare(DCN)).says("hang up").ends(fax.Refused)
	if !x.call.Result().RefusedV17 {
		t.Error("not learned: RefusedV17")
	}
	x = begin(t, Config{Send: &testDocument{lines: []int{10}}, MaxRate: 9600, TxRates: []Modulation{V29at9600}, RxRates: []Modulation{V29at9600}})
	if x.hears(fullDIS).hears(bare(DCN)); x.call.Result().RefusedV17 {
		t.Error("V.29 was refused, not V.17")
	}
}

func TestChecklist13_DISUntilT1(t *testing.T) {
	for _, jitter := range []float64{0, 0.5, 1} {
		x := begin(t, Config{Called: true, Receive: &testSink{}, Jitter: func(max time.Duration) time.Duration {
			return time.Duration(jitter * float64(max))
		}})
		begun, times := x.now, 0
		for x.turn.Listen != Nothing {
			if x.turn.For < 3500*time.Millisecond || x.turn.For > 5100*time.Millisecond {
				t.Fatalf("listens for %v", x.turn.For)
			}
			times++
			x.tell(Heard{}, x.turn.For+1800*time.Millisecond)
		}
		if took := x.now.Sub(begun); took < 30*time.Second || took > 45*time.Second || times < 4 {
			t.Errorf("gave up after %v and %d DIS", took, times)
		}
		x.ends(fax.NoFax)
	}
}

func TestChecklist14_TCFWithGarbage(t *testing.T) {
	rate := V29at9600.Rate() / 8
	garbage := bytes.Repeat([]byte{0x5A, 0xC3}, rate*3/20)
	for _, c := range []struct {
		name string
		tcf  []byte
		ecm  bool
		want string
	}{
		{"whole", tcf(V29at9600).Octets, false, "CFR, listen page V.29 9600"},
		{"0.3 s of garbage first", append(bytes.Clone(garbage), make([]byte, rate*3/2)...), false, "CFR, listen page V.29 9600"},
		{"0.8 s of zeros", make([]byte, rate*8/10), false, "FTT, listen burst"},
		{"0.8 s of zeros, ECM", make([]byte, rate*8/10), true, "FTT, listen burst"},
		{"in two pieces", append(append(make([]byte, rate*7/10), 1), make([]byte, rate*7/10)...), false, "FTT, listen burst"},
		{"in two pieces, ECM", append(append(make([]byte, rate*7/10), 1), make([]byte, rate*7/10)...), true, "CFR, listen block V.29 9600"},
		{"nothing", nil, false, "FTT, listen burst"},
	} {
		x, _ := called(t)
		x.hears(dcsOf(modeAt(V29at9600, c.ecm))).hearsCarrier(c.tcf)
		if got := x.said(); got != c.want {
			t.Errorf("%s: says %q, not %q", c.name, got, c.want)
		}
	}
}

func TestChecklist15_MMRWithoutECMBit(t *testing.T) {
	b := make(Bits, 3)
	for _, n := range []int{10, 14, 15, 31} {
		b.set(n, true)
	}
	x, _ := called(t)
	x.hears(NewFrame(DCS, b...)).hearsCarrier(tcf(V17at14400).Octets).says("CFR, listen block V.17 14400 short")
}

func TestChecklist16_RatesNobodyHas(t *testing.T) {
	for _, pattern := range []string{"0010", "0110", "1111", "1010", "1110"} { // V.33, and reserved
		b := make(Bits, 3)
		b.set(10, true)
		b.setRun(11, pattern)
		x, _ := called(t)
		x.hears(NewFrame(DCS, b...)).says("listen tcf V.17 14400")
		x.hearsCarrier(tcf(V17at14400).Octets).says("FTT, listen burst")
	}
}

func TestChecklist17_AddressesOnlyWhenOffered(t *testing.T) {
	cfg := Config{Send: &testDocument{lines: []int{10}}, SUB: "42", Password: "secret"}
	begin(t, cfg).hears(disOf()).says("DCS, tcf V.17 14400, listen burst")
	begin(t, cfg).hears(disOf(49)).says("SUB DCS, tcf V.17 14400, listen burst")
	begin(t, cfg).hears(disOf(49, 50)).says("SUB SID DCS, tcf V.17 14400, listen burst")
	x, _ := called(t)
	x.hears(NewFrame(SUB, encodeIdent("42#")...), NewFrame(SID, encodeIdent("who")...), dcsOf(modeAt(V29at9600, false)))
	if p := x.call.Result().Peer; p.SUB != "42#" || p.SID != "who" {
		t.Errorf("received %+v", p)
	}
}

func TestChecklist18_Identities(t *testing.T) {
	for _, c := range []struct {
		fif  []byte
		want string
	}{
		{[]byte("321 94+             "), "+49 123"},
		{[]byte("             321 94+"), "+49 123"},
		{[]byte("321 94+"), "+49 123"},
		{[]byte("3\x002\xFF1 94+"), "+49 123"},
		{[]byte{0xCC, 0x4C, 0x8C}, "123"}, // bits the other way round
		{bytes.Repeat([]byte{'7'}, 60), strings.Repeat("7", 40)},
		{nil, ""},
	} {
		if got := decodeIdent(c.fif); got != c.want {
			t.Errorf("%q: %q, not %q", c.fif, got, c.want)
		}
	}
	for _, s := range []string{"", "+49 30 1234567", "a name longer than twenty characters", "Büro 1"} {
		if fif := encodeIdent(s); len(fif) != 20 {
			t.Errorf("%q takes %d octets", s, len(fif))
		}
	}
	if got := encodeIdent("+49 123"); string(got) != "321 94+             " {
		t.Errorf("%q", got)
	}
}

func TestChecklist19_FNV(t *testing.T) {
	cfg := Config{Send: &testDocument{lines: []int{10}}, Password: "x"}
	fnv := NewFrame(FNV, fnvSID)
	begin(t, cfg).hears(disOf(50)).hears(fnv).says("listen burst").hears(bare(CFR)).says("page V.17 14400 short, EOP, listen burst")
	begin(t, cfg).hears(disOf(33, 50)).hears(fnv).says("DCN, hang up").ends(fax.WrongPassword)
	begin(t, cfg).hears(disOf(33, 50)).hears(NewFrame(FNV, fnvSUB)).ends(fax.WrongAddress)
	begin(t, cfg).hears(disOf(33, 50)).hears(NewFrame(FNV, 0x20)).ends(fax.Refused)
}

func TestChecklist20_Polling(t *testing.T) {
	poll := Config{Poll: true, Receive: &testSink{}, Ident: "+1", Password: "p"}
	begin(t, poll).hears(disOf()).says("DCN, hang up").ends(fax.NothingToPoll)
	begin(t, poll).hears(disOf(9)).says("CIG DTC, listen burst")
	x := begin(t, poll).hears(disOf(9, 50)).says("PWD CIG DTC, listen burst")
	x.hears(dcsOf(modeAt(V29at9600, false))).says("listen tcf V.29 9600")

	offer := Config{Called: true, Send: &testDocument{lines: []int{10}}, Receive: &testSink{}, Password: "p"}
	dtc := NewFrame(DTC, disOf().FIF()...)
	x = begin(t, offer).says("DIS, listen burst")
	if !Bits(x.turn.Say[0].Burst[0].FIF()).Has(9) {
		t.Error("bit 9 does not tell of the document")
	}
	x.hears(NewFrame(PWD, encodeIdent("p")...), dtc).says("DCS, tcf V.17 14400, listen burst")
	if x.turn.Say[0].Burst[0].X() {
		t.Error("the called sender's X bit must be 0")
	}
	begin(t, offer).hears(dtc).says("DCN, hang up").ends(fax.WrongPassword)
	knows := NewFrame(DTC, disOf(33).FIF()...)
	begin(t, offer).hears(knows).says("FNV, listen burst").hears(bare(DCN)).ends(fax.WrongPassword)
	x, _ = called(t)
	x.hears(dtc).says("DCN, hang up").ends(fax.NothingToPoll)
}

func TestChecklist21_NothingIsSaidBeforeItIsWholeInHand(t *testing.T) {
	x := caller(t, 2000).sending(fullDIS)
	octets := x.turn.Say[0].Octets
	d := deframer{good: func([]byte) {}}
	frames := 0
	d.good = func(f []byte) { frames++ }
	d.Write(octets)
	if want := framesIn(page(0, 2000), frameOctets) + rcps; frames != want || d.bad != 0 {
		t.Errorf("the burst holds %d frames and %d bad ones, not %d", frames, d.bad, want)
	}
	begin(t, Config{Send: &testDocument{lines: []int{10}, fail: 1}}).hears(disOf()).hears(bare(CFR)).says("DCN, hang up").ends(fax.DocumentFailed)
}

func TestChecklist24_FiveSecondsWithoutALine(t *testing.T) {
	x, sink := called(t)
	x.trained(modeAt(V29at9600, false))
	for seconds, want := range map[int]error{4: nil, 6: errNoLine} {
		sink.since = seconds * 9600 / 8
		if _, err := x.turn.Into.Write([]byte{0}); err != want {
			t.Errorf("%d s: %v, not %v", seconds, err, want)
		}
	}
}

func TestChecklist25_MissingRTC(t *testing.T) {
	x, sink := called(t)
	octets := page(0, 100)
	x.trained(modeAt(V29at9600, false)).hearsCarrier(octets[:100*32]).says("listen burst")
	x.hears(bare(EOP)).stores().says("MCF, listen burst").hears(bare(DCN)).ends(fax.OK)
	if len(sink.kept) != 1 || sink.kept[0].lines != 100 {
		t.Errorf("kept %s", sink)
	}
}

// A page without ECM may take longer than a station may be idle.
func TestLongPage(t *testing.T) {
	x, _ := called(t)
	octets := page(0, 100)
	x.trained(modeAt(V27ter2400, false))
	x.turn.Into.Write(octets)
	x.tell(Heard{Kind: Carrier, Octets: len(octets)}, 2*idleCeiling).hears(bare(EOP)).stores().says("MCF, listen burst")
	y := caller(t, 10).sending(disOf(15))
	y.tell(Heard{Kind: Frames, Frames: []Frame{bare(MCF)}}, 2*idleCeiling).ends(fax.OK)
}

func TestChecklist25_CarrierDiedEarly(t *testing.T) {
	x, sink := called(t)
	x.trained(modeAt(V29at9600, false)).hearsCarrier(page(0, 100)[:50*32])
	if x.turn.For < 30*time.Second {
		t.Errorf("the sender may go on for a minute, and we listen for %v", x.turn.For)
	}
	x.tell(Heard{Kind: Frames, Frames: []Frame{bare(EOP)}, Waited: 8 * time.Second}, 9*time.Second).says("RTN, listen burst")
	if len(sink.kept) != 1 || sink.kept[0].verdict != Poor {
		t.Errorf("kept %s", sink)
	}
}

func TestChecklist30_FramesInAnyOrder(t *testing.T) {
	octets := page(0, 79) // ten frames exactly
	for name, which := range map[string][]int{
		"backwards": {9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
		"doubled":   {0, 0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 9},
		"shuffled":  {3, 1, 4, 0, 5, 9, 2, 6, 8, 7},
	} {
		x, sink := called(t)
		x.trained(modeAt(V17at14400, true)).hearsCarrier(burstOf(octets, which...))
		x.hears(pps(EOP, 0, 0, 9)).stores().says("MCF, listen burst")
		if !bytes.Equal(sink.octets[:len(octets)], octets) {
			t.Errorf("%s: the octets differ", name)
		}
	}
	x, sink := called(t)
	burst := burstOf(octets)
	burst[len(burst)/2] ^= 0x10
	x.trained(modeAt(V17at14400, true)).hearsCarrier(burst).hears(pps(EOP, 0, 0, 9)).says("PPR, listen block V.17 14400 short")
	again := requested(x.turn.Say[0].Burst[0].FIF(), 10)
	x.hearsCarrier(burstOf(octets, again...)).hears(pps(EOP, 0, 0, byte(len(again)-1))).stores().says("MCF, listen burst")
	if !bytes.Equal(sink.octets, octets) {
		t.Error("the repaired octets differ")
	}
}

func TestChecklist30_ShortLastFrame(t *testing.T) {
	octets := page(0, 20)
	s := stuffer{}
	s.flags(30)
	for n := 0; n*frameOctets < len(octets); n++ {
		s.frame(append([]byte{address, controlMore, byte(FCD), byte(n)}, octets[n*frameOctets:min(len(octets), (n+1)*frameOctets)]...))
	}
	s.frame([]byte{address, controlMore, byte(RCP)})
	s.flags(2)
	x, sink := called(t)
	x.trained(modeAt(V17at14400, true)).hearsCarrier(s.bytes()).hears(pps(EOP, 0, 0, 2)).stores().says("MCF, listen burst")
	if !bytes.Equal(sink.octets, octets) {
		t.Error("the octets differ")
	}
}

func TestChecklist31_RCPs(t *testing.T) {
	octets := page(0, 20)
	whole := burstOf(octets)
	for cut := range 20 { // takes away the flags, then one RCP after the other
		x, _ := called(t)
		x.trained(modeAt(V17at14400, true)).hearsCarrier(whole[:len(whole)-cut]).hears(pps(EOP, 0, 0, 2)).stores().says("MCF, listen burst")
	}
}

func TestChecklist32_BlockBoundary(t *testing.T) {
	for _, c := range []struct {
		lines int // of 32 octets, and one more for the end
		turns []string
	}{
		{2046, []string{"EOP 0 0 255"}},               // 65,504
		{2047, []string{"EOP 0 0 255"}},               // 65,536
		{2048, []string{"NULL 0 0 255", "EOP 0 1 0"}}, // 65,568
		{4096, []string{"NULL 0 0 255", "NULL 0 1 255", "EOP 0 2 0"}},
	} {
		x := caller(t, c.lines).sending(fullDIS)
		r, sink := called(t)
		r.trained(modeAt(V17at14400, true))
		for i, want := range c.turns {
			fif := x.turn.Say[1].Burst[0].FIF()
			got := fmt.Sprintf("%s %d %d %d", map[bool]string{true: "NULL", false: known(fif[0]).String()}[fif[0] == 0], fif[1], fif[2], fif[3])
			if got != want {
				t.Fatalf("%d lines: PPS %s, not %s", c.lines, got, want)
			}
			r.hearsCarrier(x.turn.Say[0].Octets).hears(x.turn.Say[1].Burst[0])
			if i == len(c.turns)-1 {
				r.stores()
			}
			x.hears(r.turn.Say[0].Burst[0])
		}
		x.says("DCN, hang up").ends(fax.OK)
		if p, _ := sink.scan(); !p.whole || p.lines != c.lines {
			t.Errorf("%d lines: received %+v", c.lines, p)
		}
	}
}

// A sender whose page fills the block may say an empty block after it.
func TestChecklist32_EmptyLastBlock(t *testing.T) {
	octets := page(0, 2047)
	x, _ := called(t)
	x.trained(modeAt(V17at14400, true)).hearsCarrier(burstOf(octets)).hears(pps(0, 0, 0, 255)).says("MCF, listen block V.17 14400 short")
	x.hearsCarrier(ecmOctets(V17at14400, nil, frameOctets, nil)).hears(pps(EOP, 0, 1, 0)).stores().says("MCF, listen burst")
}

func TestChecklist33_SmallFrames(t *testing.T) {
	octets := page(0, 700)
	x := begin(t, Config{Send: &testDocument{lines: []int{700}}, ECM: true, SmallFrames: true}).hears(fullDIS)
	dcs := x.turn.Say[0].Burst[0]
	if !Bits(dcs.FIF()).Has(28) {
		t.Fatal("bit 28 is not set")
	}
	r, sink := called(t)
	r.hears(dcs).hearsCarrier(x.turn.Say[1].Octets).says("CFR, listen block V.17 14400 short")
	for x.hears(bare(CFR)); x.turn.Listen != Nothing; x.hears(r.turn.Say[0].Burst[0]) {
		r.hearsCarrier(x.turn.Say[0].Octets).hears(x.turn.Say[1].Burst[0])
		if r.turn.Listen == Storage {
			r.stores()
		}
	}
	if !bytes.HasPrefix(sink.octets, octets) {
		t.Error("the octets differ")
	}
}

func TestChecklist34_AnswersToPostPageCommands(t *testing.T) {
	for _, c := range []struct {
		command FCF
		want    string
	}{
		{MPS, "MCF, listen page V.29 9600"}, {EOM, "MCF, listen burst"}, {EOP, "MCF, listen burst"},
		{PRIMPS, "MCF, listen page V.29 9600"}, {PRIEOM, "MCF, listen burst"}, {PRIEOP, "MCF, listen burst"},
	} {
		x, _ := called(t)
		x.trained(modeAt(V29at9600, false)).hearsCarrier(page(0, 50)).says("listen burst").hears(bare(c.command)).stores().says(c.want)
	}
}

func TestChecklist35_RepeatedCommand(t *testing.T) {
	for _, c := range []FCF{MPS, EOP} {
		x, sink := called(t)
		x.trained(modeAt(V29at9600, false)).hearsCarrier(page(0, 50)).hears(bare(c)).stores()
		answer := x.said()
		x.tell(Heard{Kind: Frames, Frames: []Frame{bare(c)}, Waited: 1800 * time.Millisecond}, 3*time.Second).says(answer)
		if len(sink.kept) != 1 {
			t.Errorf("%s: kept %s", c, sink)
		}
	}
}

func TestMissedPageIsNoRepetition(t *testing.T) {
	for _, c := range []struct {
		command FCF
		waited  time.Duration
		stalled bool
		want    string
	}{
		{MPS, 300 * time.Millisecond, false, "MCF, listen page V.29 9600"},
		{MPS, 800 * time.Millisecond, false, "RTN, listen burst"}, // a page of few lines
		{MPS, 1800 * time.Millisecond, false, "MCF, listen page V.29 9600"},
		{MPS, 1800 * time.Millisecond, true, "RTN, listen burst"},
		{MPS, 6 * time.Second, false, "RTN, listen burst"},
		{EOP, 1800 * time.Millisecond, false, "RTN, listen burst"}, // not the command that we answered
	} {
		x, sink := called(t)
		x.trained(modeAt(V29at9600, false)).hearsCarrier(page(0, 50)).hears(bare(MPS)).stores().says("MCF, listen page V.29 9600")
		x.tell(Heard{Kind: Frames, Frames: []Frame{bare(c.command)}, Waited: c.waited, Stalled: c.stalled}, c.waited+time.Second)
		if got := x.said(); got != c.want || len(sink.kept) != 1 {
			t.Errorf("%s after %v: says %q, kept %s", c.command, c.waited, got, sink)
		}
	}
}

func TestChecklist36_RRWithoutRNR(t *testing.T) {
	x, _ := called(t)
	x.trained(modeAt(V17at14400, true)).hearsCarrier(burstOf(page(0, 20))).hears(pps(MPS, 0, 0, 2)).stores().says("MCF, listen block V.17 14400 short")
	x.hears(bare(RR)).says("MCF, listen block V.17 14400 short")
}

func TestChecklist37_PPSOfConfirmedBlock(t *testing.T) {
	x, sink := called(t)
	x.trained(modeAt(V17at14400, true)).hearsCarrier(burstOf(page(0, 20))).hears(pps(MPS, 0, 0, 2)).stores()
	x.hears(pps(MPS, 0, 0, 2)).says("MCF, listen block V.17 14400 short")
	x.hearsCarrier(burstOf(page(1, 20))).hears(pps(EOP, 1, 0, 2)).stores().says("MCF, listen burst")
	x.hears(pps(EOP, 1, 0, 2)).says("MCF, listen burst").hears(bare(DCN)).ends(fax.OK)
	if len(sink.kept) != 2 || x.call.Result().Received != 2 {
		t.Errorf("kept %s", sink)
	}
}

func TestChecklist38_PPR(t *testing.T) {
	x := caller(t, 79).sending(fullDIS) // ten frames
	fif := make([]byte, 32)
	fif[0], fif[1], fif[4] = 0x22, 0x01, 0xFF // 1, 5, 8, and some beyond the end
	x.hears(NewFrame(PPR, fif...)).says("ecm V.17 14400 short, PPS, listen burst")
	var got []int
	d := deframer{good: func(f []byte) {
		if FCF(f[2]) == FCD {
			got = append(got, int(f[3]))
		}
	}}
	d.Write(x.turn.Say[0].Octets)
	if fmt.Sprint(got) != "[1 5 8]" || x.turn.Say[1].Burst[0].FIF()[3] != 2 {
		t.Errorf("resent %v, %s", got, x.turn.Say[1])
	}
	x.hears(NewFrame(PPR, make([]byte, 32)...)).says("DCN, hang up").ends(fax.OK)
}

func TestChecklist39_FourthPPR(t *testing.T) {
	all := bytes.Repeat([]byte{0xFF}, 32)
	x := caller(t, 79).sending(fullDIS)
	for range 3 {
		x.hears(NewFrame(PPR, all...)).says("ecm V.17 14400 short, PPS, listen burst")
	}
	x.hears(NewFrame(PPR, all...)).says("CTC, listen burst").hears(bare(CTR)).says("ecm V.17 12000, PPS, listen burst")
	x.hears(bare(MCF)).says("DCN, hang up").ends(fax.OK)

	x = begin(t, Config{Send: &testDocument{lines: []int{79}}, ECM: true, EOR: true, Codings: []t4.Coding{t4.MH}, MaxRate: 2400}).sending(fullDIS)
	for range 3 {
		x.hears(NewFrame(PPR, all...)).says("ecm V.27ter 2400, PPS, listen burst")
	}
	x.hears(NewFrame(PPR, all...)).says("EOR, listen burst").hears(bare(ERR)).says("DCN, hang up").ends(fax.TooManyErrors)
	if x.call.Result().Confirmed() != 0 {
		t.Error("a page that was given up is confirmed")
	}

	r, sink := called(t)
	r.trained(modeAt(V17at14400, true)).hearsCarrier(burstOf(page(0, 79), 0, 1, 2, 5, 6, 7, 8, 9)).hears(pps(EOP, 0, 0, 9)).says("PPR, listen block V.17 14400 short")
	slower := modeAt(V29at9600, true)
	r.hears(NewFrame(CTC, slower.Bits()[:2]...)).says("CTR, listen block V.29 9600")
	r.hears(NewFrame(EOR, byte(EOP))).says("ERR, listen burst")
	if len(sink.kept) != 1 || sink.kept[0].verdict == Complete || r.call.Result().Received != 0 {
		t.Errorf("kept %s", sink)
	}
}

func TestChecklist40_NotReady(t *testing.T) {
	x := caller(t, 10).sending(fullDIS)
	begun := x.now
	for x.turn.Listen != Nothing {
		x.hears(bare(RNR))
	}
	if took := x.now.Sub(begun); took < T5 || took > T5+5*time.Second {
		t.Errorf("bore RNR for %v", took)
	}
	x.says("DCN, hang up").ends(fax.NotReady)
	caller(t, 10).sending(fullDIS).hears(bare(RNR)).says("RR, listen burst").hears(bare(MCF)).says("DCN, hang up").ends(fax.OK)

	r, sink := called(t)
	sink.delay = 1
	r.trained(modeAt(V17at14400, true)).hearsCarrier(burstOf(page(0, 20))).hears(pps(EOP, 0, 0, 2)).says("listen storage")
	r.hearsNothing().says("RNR, listen burst").hears(bare(RR)).says("listen storage")
	r.tell(Heard{Kind: Stored}, time.Second).says("MCF, listen burst")
}

func TestSlowStorageWithoutECM(t *testing.T) {
	x, sink := called(t)
	sink.delay = 1
	x.trained(modeAt(V29at9600, false)).hearsCarrier(page(0, 50)).hears(bare(EOP)).says("listen storage")
	x.hearsNothing().says("listen burst").hears(bare(EOP)).says("listen storage")
	x.tell(Heard{Kind: Stored}, 0).says("MCF, listen burst")
}

func TestNothingIsConfirmedThatIsNotStored(t *testing.T) {
	for _, ecm := range []bool{false, true} {
		x, sink := called(t)
		sink.err = errors.New("disk full")
		image, command := page(0, 20), bare(EOP)
		if ecm {
			image, command = burstOf(image), pps(EOP, 0, 0, 2)
		}
		x.trained(modeAt(V17at14400, ecm)).hearsCarrier(image).hears(command).stores().says("DCN, hang up").ends(fax.StorageFailed)
		if x.call.Result().Received != 0 {
			t.Error("counted as received")
		}
	}
}

func TestChecklist41_CRP(t *testing.T) {
	x, _ := called(t)
	x.trained(modeAt(V29at9600, false)).hearsCarrier(page(0, 50)).hearsDamaged().says("listen burst")
	x.hears(bare(EOP)).stores().says("MCF, listen burst").hears(bare(CRP)).says("MCF, listen burst")
	y := caller(t, 10).sending(disOf(15)).says("page V.17 14400 short, EOP, listen burst")
	y.hears(bare(CRP)).says("EOP, listen burst").hears(bare(CRP)).says("EOP, listen burst").hears(bare(CRP)).says("DCN, hang up").ends(fax.NotConfirmed)
}

func TestChecklist42_RTN(t *testing.T) {
	x := caller(t, 10).sending(disOf(15, 16)).says("page V.17 14400 short, EOP, listen burst")
	x.hears(bare(RTN)).says("DCS, tcf V.17 12000, listen burst").hears(bare(CFR)).says("page V.17 12000 short, EOP, listen burst")
	x.hears(bare(RTN)).says("DCS, tcf V.27ter 4800, listen burst").hears(bare(CFR)).says("page V.27ter 4800, EOP, listen burst")
	x.hears(bare(RTN)).says("DCN, hang up").ends(fax.PageRejected)
	if r := x.call.Result(); r.Confirmed() != 0 || r.Pages[0].Tries != 3 {
		t.Errorf("%+v", r.Pages)
	}
	doc := &testDocument{lines: []int{10}}
	begin(t, Config{Send: doc}).sending(disOf(15, 16)).hears(bare(RTN)).hears(bare(CFR))
	if got := strings.Join(doc.codes, ", "); got != "0 MR, 0 MH" {
		t.Errorf("coded as %s", got)
	}
	begin(t, Config{Send: doc, AcceptRTN: true}).sending(disOf(15)).hears(bare(RTN)).says("DCN, hang up").ends(fax.OK)
}

func TestChecklist43_RTP(t *testing.T) {
	x := caller(t, 10, 10).sending(disOf(15)).says("page V.17 14400 short, MPS, listen burst")
	x.hears(bare(RTP)).says("DCS, tcf V.17 14400, listen burst").hears(bare(CFR)).says("page V.17 14400 short, EOP, listen burst")
	x.hears(bare(RTP)).says("DCN, hang up").ends(fax.OK)
	if x.call.Result().Confirmed() != 2 {
		t.Error("RTP confirms the page")
	}
}

func TestChecklist44_NoOperator(t *testing.T) {
	x := caller(t, 10, 10).sending(disOf(15)).hears(bare(PIP)).says("DCS, tcf V.17 14400, listen burst")
	x.hears(bare(CFR)).hears(bare(PIN)).says("DCS, tcf V.17 12000, listen burst")
	if x.call.Result().Confirmed() != 1 {
		t.Error("PIP confirms the page, PIN does not")
	}
}

func TestChecklist45_EOM(t *testing.T) {
	doc := &testDocument{lines: []int{10, 10}, sizes: map[int]PageSize{1: {2048, 1400, raster.Standard}}}
	x := begin(t, Config{Send: doc}).sending(disOf(15, 17, 19)).says("page V.17 14400 short, EOM, listen burst")
	x.hears(bare(MCF)).says("listen burst")
	if x.turn.For < 2*T2-2*time.Second {
		t.Errorf("waits %v for DIS", x.turn.For)
	}
	x.hears(disOf(15, 17, 19)).says("DCS, tcf V.17 14400, listen burst")
	if m := ParseMode(x.turn.Say[0].Burst[0].FIF()); m.Width != 2048 || m.Resolution != raster.Standard {
		t.Errorf("DCS asks for %v", m)
	}
	x.hears(bare(CFR)).says("page V.17 14400 short, EOP, listen burst")

	r, sink := called(t)
	r.trained(modeAt(V29at9600, false)).hearsCarrier(page(0, 50)).hears(bare(EOM)).stores().says("MCF, listen burst")
	r.hearsNothing().says("DIS, listen burst")
	wide := modeAt(V29at9600, false)
	wide.Width, wide.Resolution = 2048, raster.Standard
	r.trained(wide).hearsCarrier(page(1, 50)).hears(bare(EOP)).stores().says("MCF, listen burst").hears(bare(DCN)).ends(fax.OK)
	if len(sink.begun) != 2 || sink.begun[1].Width != 2048 {
		t.Errorf("pages of %+v", sink.begun)
	}
}

func TestChecklist46_MissingDCN(t *testing.T) {
	x, _ := called(t)
	x.trained(modeAt(V29at9600, false)).hearsCarrier(page(0, 50)).hears(bare(EOP)).stores().hearsNothing().ends(fax.OK)
}

func TestChecklist47_DCNWhileUnconfirmed(t *testing.T) {
	for _, ecm := range []bool{false, true} {
		x, sink := called(t)
		image := page(0, 100)
		if ecm {
			image = burstOf(image)
		}
		x.trained(modeAt(V29at9600, ecm)).hearsCarrier(image[:len(image)/2]).hears(bare(DCN)).ends(fax.RemoteHungUp)
		if len(sink.kept) != 1 || sink.kept[0].verdict != Unconfirmed || sink.kept[0].lines < 40 {
			t.Errorf("ecm=%t: kept %s", ecm, sink)
		}
	}
	x := caller(t, 10).sending(disOf(15)).hears(bare(DCN)).says("hang up").ends(fax.NotConfirmed)
	if x.call.Result().Confirmed() != 0 {
		t.Error("DCN confirms nothing")
	}
}

func TestChecklist48_StrayAnswersInPhaseD(t *testing.T) {
	for _, f := range []Frame{bare(CFR), fullDIS} {
		x := caller(t, 10).sending(disOf(15)).hears(f).says("listen burst").hears(bare(MCF)).says("DCN, hang up").ends(fax.OK)
		if x.call.Result().Confirmed() != 1 {
			t.Error("not confirmed")
		}
	}
}

func TestChecklist49_ThreeHundredPages(t *testing.T) {
	pages := make([]int, 300)
	for i := range pages {
		pages[i] = 12
	}
	doc, sink := &testDocument{lines: pages}, &testSink{}
	p := newPair(t, Config{Send: doc, ECM: true}, Config{Receive: sink, ECM: true})
	p.silent = true
	p.run()
	if r := p.result(0); r.Cause != fax.OK || r.Confirmed() != 300 || len(sink.kept) != 300 {
		t.Errorf("%s: %d confirmed, %d kept", r.Cause, r.Confirmed(), len(sink.kept))
	}
}

func TestChecklist50_ShortTrainingFailsOnce(t *testing.T) {
	for _, ecm := range []bool{false, true} {
		s := scenario{ecm: ecm, pages: []int{150, 150}}
		p, doc, _ := s.play(t, nil)
		for n, a := range p.air {
			if a.signal.Image == PageData || a.signal.Image == ECMBlock {
				q, _, _ := s.call(t, map[int]fate{n: lost}, false)
				if r := q.result(0); r.Cause != fax.OK || r.Confirmed() != len(doc.lines) {
					t.Errorf("ecm=%t: %s, %d confirmed\n%s", ecm, r.Cause, r.Confirmed(), q.log.String())
				}
			}
		}
	}
}

func TestChecklist51_LineDrops(t *testing.T) {
	for _, x := range []*talk{caller(t, 10), caller(t, 10).hears(fullDIS), caller(t, 10).sending(fullDIS)} {
		x.tell(Heard{Kind: HungUp}, 0).says("hang up").ends(fax.LineDropped)
		x.tell(Heard{}, 0).says("hang up")
	}
	x, sink := called(t)
	x.trained(modeAt(V29at9600, false)).hearsCarrier(page(0, 100)[:1600]).tell(Heard{Kind: HungUp}, 0).ends(fax.LineDropped)
	if len(sink.kept) != 1 {
		t.Error("the half page is lost")
	}
	caller(t, 10).tell(Heard{Kind: Lost, Err: errors.New("gone")}, 0).says("hang up").ends(fax.ModemFailed)
}

func TestChecklist54_Cancel(t *testing.T) {
	caller(t, 10).sending(fullDIS).tell(Heard{Kind: Cancel}, 0).says("DCN, hang up").ends(fax.Cancelled)
	x, sink := called(t)
	x.trained(modeAt(V29at9600, false)).hearsCarrier(page(0, 100)[:1600]).tell(Heard{Kind: Cancel}, 0).says("DCN, hang up").ends(fax.Cancelled)
	if len(sink.kept) != 1 {
		t.Error("the half page is lost")
	}
}

// longestBlock is the wait for a block that may be on its way, unheard, at 2400 bit/s.
const longestBlock = 5 * time.Minute

// Frames of any length and content, thrown at every state of either end, lead to an end within the timers.
func TestChecklist64_AnyFrames(t *testing.T) {
	r := rand.New(rand.NewPCG(64, 64))
	ways := []func() *talk{
		func() *talk { return caller(t, 10, 10) },
		func() *talk { return caller(t, 10).hears(fullDIS) },
		func() *talk { return caller(t, 10).sending(fullDIS) },
		func() *talk { return caller(t, 10, 10).sending(disOf(15)) },
		func() *talk { x, _ := called(t); return x },
		func() *talk { x, _ := called(t); return x.trained(modeAt(V29at9600, false)) },
		func() *talk {
			x, _ := called(t)
			return x.trained(modeAt(V17at14400, true)).hearsCarrier(burstOf(page(0, 40), 1, 2))
		},
		func() *talk { return begin(t, Config{Poll: true, Receive: &testSink{}, ECM: true}).hears(disOf(9)) },
	}
	for n := range 4000 {
		x := ways[n%len(ways)]()
		for range 1 + r.IntN(6) {
			f := make(Frame, r.IntN(301))
			for i := range f {
				f[i] = byte(r.Uint32())
			}
			if len(f) > 2 && r.IntN(2) == 0 { // half of them with an FCF that exists
				f[2] = byte(commands[r.IntN(len(commands))])
			}
			x.hears(f)
		}
		quiet := x.now
		for x.turn.Listen != Nothing {
			x.check()
			x.hearsNothing()
		}
		if took := x.now.Sub(quiet); took > T1+T5+longestBlock {
			t.Fatalf("ended only after %v of silence", took)
		}
	}
}
