package t30

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/t4"
)

// FuzzHeard throws anything that can be heard at either end of any kind of call: it must not panic, must ask for sensible
// turns, must end soon once silence falls, and must confirm no page that it was not told of.
func FuzzHeard(f *testing.F) {
	f.Add([]byte{0, 1, 3, 0x80, 0, 2, 1, 1, 0x84, 0, 1, 1, 0x8C, 0})
	f.Add([]byte{3, 1, 3, 0x82, 0, 2, 4, 200, 2, 250, 1, 1, 0x2E, 3, 5, 1, 1, 0xFA})
	f.Add([]byte{7, 1, 3, 0x82, 0xFF, 0xFF, 2, 255, 1, 5, 0xBE, 0x2E, 0, 0, 1})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) == 0 {
			return
		}
		kind := script[0]
		sink := &testSink{}
		cfg := Config{Called: kind&1 != 0, ECM: kind&2 != 0, Poll: kind&4 != 0, SmallFrames: kind&8 != 0, EOR: kind&16 != 0,
			TxRates: Modulations(), RxRates: Modulations(), Receive: sink, Password: "p"}
		if kind&32 != 0 {
			cfg.Codings = []t4.Coding{t4.MH}
		}
		if !cfg.Called && !cfg.Poll || kind&64 != 0 {
			cfg.Send = &testDocument{lines: []int{40, 2100, 3}}
		}
		x := begin(t, cfg)
		r := bytes.NewReader(script[1:])
		for r.Len() > 0 && x.turn.Listen != Nothing {
			x.check()
			h := heardFrom(r, x.turn)
			x.tell(h, x.turn.For/2)
		}
		for silent := 0; x.turn.Listen != Nothing; silent++ {
			x.check()
			if silent > 60 {
				t.Fatalf("does not end: %s", x.said())
			}
			x.hearsNothing()
		}
		if x.call.Result().Cause == fax.Unknown {
			t.Error("ended without a cause")
		}
		complete := 0
		for _, k := range sink.kept {
			complete += btoi(k.verdict == Complete)
		}
		if got := x.call.Result().Received; got > complete {
			t.Errorf("%d pages confirmed, %d kept", got, complete)
		}
	})
}

// check asserts what every turn must be.
func (x *talk) check() {
	x.t.Helper()
	if x.turn.For <= 0 || x.turn.For > 15*time.Minute {
		x.t.Fatalf("%s for %v", x.said(), x.turn.For)
	}
	switch x.turn.Listen {
	case Training, Page, Block:
		if x.turn.Into == nil || x.turn.Rate.Rate() == 0 {
			x.t.Fatalf("%s: no ear or no rate", x.said())
		}
	case Storage:
		if x.turn.Stored == nil {
			x.t.Fatal("nothing to wait for")
		}
	}
}

// heardFrom makes something heard of the octets of a script.
func heardFrom(r *bytes.Reader, turn Turn) Heard {
	next := func() byte { b, _ := r.ReadByte(); return b }
	h := Heard{Waited: time.Duration(next()) * 40 * time.Millisecond}
	switch kind := next() % 16; {
	case kind == 0:
		h.Kind = HungUp
	case kind == 1:
		h.Kind = Lost
	case kind == 2:
		h.Kind = Cancel
	case kind == 3:
		h.Kind, h.Damaged = Frames, true
	case kind < 6 && turn.Into != nil:
		h.Kind = Carrier
		h.Octets = carrierFrom(next, turn)
	case kind == 6 && turn.Listen == Storage:
		h.Kind = Stored
		select {
		case h.Err = <-turn.Stored:
		default:
			h.Err = errors.New("slow")
		}
	case kind == 7:
	default:
		h.Kind = Frames
		f := Frame{address, controlFinal}
		for n := next() % 40; n > 0 && r.Len() > 0; n-- {
			f = append(f, next())
		}
		h.Frames = []Frame{f}
	}
	return h
}

func carrierFrom(next func() byte, turn Turn) int {
	var octets []byte
	n := int(next())
	switch turn.Listen {
	case Training:
		octets = make([]byte, n*12)
	case Page:
		octets = page(n%3, n)
	default:
		octets = burstOf(page(n%3, n))
		if n%7 == 0 {
			octets = spoil(octets)
		}
	}
	turn.Into.Write(octets)
	return len(octets)
}

// FuzzFrames reads any octets as frames: identities, capabilities, modes, page requests.
func FuzzFrames(f *testing.F) {
	f.Add([]byte(fullDIS))
	f.Add([]byte(NewFrame(DCS, modeAt(V17at14400, true).Bits()...)))
	f.Add([]byte(NewFrame(CSI, encodeIdent("+49 30 1")...)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, octets []byte) {
		fr := Frame(octets)
		_ = fr.String()
		if g := fr.WithX(true); g.FCF() != fr.FCF() {
			t.Errorf("the X bit changes %s to %s", fr.FCF(), g.FCF())
		}
		if s := decodeIdent(fr.FIF()); len(s) > 2*identLength {
			t.Errorf("an identity of %d characters", len(s))
		}
		c := ParseCapabilities(fr.FIF())
		if again := ParseCapabilities(c.Bits()); again.ECM != c.ECM || again.MMR != c.MMR || again.families != c.families || again.Width != c.Width || again.Length != c.Length {
			t.Errorf("capabilities %+v come back as %+v", c, again)
		}
		m := ParseMode(fr.FIF())
		if again := ParseMode(m.Bits()); m.Known && (again.Format != m.Format || again.Rate != m.Rate || again.ECM != m.ECM) {
			t.Errorf("mode %+v comes back as %+v", m, again)
		}
		requested(fr.FIF(), blockFrames)
	})
}

// FuzzHDLC reads any octets as an ECM burst, and frames made of any octets back.
func FuzzHDLC(f *testing.F) {
	f.Add([]byte{0x7E, 0xFF, 0x03, 0x06, 0, 1, 2, 3, 0x7E}, uint8(3))
	f.Add(bytes.Repeat([]byte{0xFF}, 600), uint8(0))
	f.Fuzz(func(t *testing.T, octets []byte, cut uint8) {
		wild := newBlock(func([]byte) {})
		wild.Write(octets)
		wild.missing()
		if len(octets) == 0 {
			return
		}
		octets = octets[:min(len(octets), blockFrames*smallFrame)]
		var got []byte
		b := newBlock(func(p []byte) { got = append(got, p...) })
		line := ecmOctets(V17at14400, octets, smallFrame, everyFrame(framesIn(octets, smallFrame)))
		at := int(cut) % (len(line) + 1)
		b.Write(line[:at])
		b.Write(line[at:])
		if !b.rcp || b.deframer.bad != 0 || !bytes.HasPrefix(got, octets) {
			t.Errorf("%d octets came back as %d, %d bad frames, rcp %t", len(octets), len(got), b.deframer.bad, b.rcp)
		}
	})
}
