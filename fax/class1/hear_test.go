package class1

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"faxbox/fax/t30"
)

// TestHearBurst goes through the outcomes of +FRH.
func TestHearBurst(t *testing.T) {
	for _, c := range []struct {
		name, script, want string
		after              time.Duration // when it is heard, from the beginning of the turn; 0: not looked at
	}{
		{name: "one frame", want: "frames ff1384", script: `
			> AT+FRH=3
			. 200ms
			< CONNECT
			. 900ms
			< frame ff1384
			< OK`, after: 1100 * time.Millisecond},
		{name: "three frames, each asked for", want: "frames ff0320 ff0340 ff1380000e", script: `
			> AT+FRH=3
			< CONNECT
			< frame ff0320
			< OK
			> AT+FRH=3
			< CONNECT
			< frame ff0340
			< OK
			> AT+FRH=3
			< CONNECT
			< frame ff1380000e
			< OK`},
		{name: "DLE in a frame", want: "frames ff13841010031a", script: `
			> AT+FRH=3
			< CONNECT
			< frame ff13841010031a
			< OK`},
		{name: "an address too many", want: "frames ff1384", script: `
			> AT+FRH=3
			< CONNECT
			< frame ffff1384
			< OK`},
		{name: "a modem without FCS", want: "frames ff1384", script: `
			> AT+FRH=3
			< CONNECT
			< bare ff1384
			< OK`},
		{name: "bad FCS in the last frame", want: "frames damaged", script: `
			> AT+FRH=3
			< CONNECT
			< bad ff1384
			< ERROR`},
		{name: "bad FCS, then a good last frame", want: "frames damaged ff1384", script: `
			> AT+FRH=3
			< CONNECT
			< bad ff0340
			< ERROR
			> AT+FRH=3
			< CONNECT
			< frame ff1384
			< OK`},
		{name: "bad FCS that the modem calls good, once it was seen to deliver it", want: "frames damaged ff0340", script: `
			> AT+FRH=3
			< CONNECT
			< frame ff0340
			< OK
			> AT+FRH=3
			< CONNECT
			< bad ff1384
			< OK`},
		{name: "bad FCS, and nothing more", want: "frames damaged", after: 1500 * time.Millisecond, script: `
			> AT+FRH=3
			< CONNECT
			< bad ff0340
			< ERROR
			> AT+FRH=3
			> CAN
			< OK`},
		{name: "the burst breaks off", want: "frames damaged ff0340", script: `
			> AT+FRH=3
			< CONNECT
			< frame ff0340
			< OK
			> AT+FRH=3
			< NO CARRIER`},
		{name: "a frame breaks off", want: "frames damaged", script: `
			> AT+FRH=3
			< CONNECT
			< raw ff1384 1003
			< NO CARRIER`},
		{name: "a whole frame at whose end the carrier is lost", want: "frames ff1384", script: `
			> AT+FRH=3
			< CONNECT
			< frame ff1384
			< NO CARRIER`},
		{name: "a frame breaks off without an end mark", want: "frames damaged", script: `
			> AT+FRH=3
			< CONNECT
			< raw ff03
			< NO CARRIER
			> AT+FRH=3
			> CAN
			< OK`},
		{name: "a carrier without a frame, then a frame", want: "frames ff1384", script: `
			> AT+FRH=3
			< CONNECT
			< NO CARRIER
			> AT+FRH=3
			< CONNECT
			< frame ff1384
			< OK`},
		{name: "noise is CONNECT without a frame", want: "silence", after: 3550 * time.Millisecond, script: `
			> AT+FRH=3
			< CONNECT
			> CAN
			< raw 1003
			< OK`},
		{name: "silence", want: "silence", after: 3 * time.Second, script: `
			> AT+FRH=3
			> CAN
			< OK`},
		{name: "silence, and CONNECT crosses the break-off", want: "silence", script: `
			> AT+FRH=3
			> CAN
			< CONNECT
			< raw ff1003
			< OK`},
		{name: "an image carrier first", want: "frames ff1384", script: `
			> AT+FRH=3
			< +FCERROR
			. 150ms
			> AT+FRH=3
			< CONNECT
			< frame ff1384
			< OK`},
		{name: "an image carrier first, delivered", want: "frames ff1384", script: `
			> AT+FRH=3
			< +FRM:145
			< CONNECT
			< zeros 500
			< raw 1003
			< NO CARRIER
			> AT+FRH=3
			< CONNECT
			< frame ff1384
			< OK`},
		{name: "refused for a moment", want: "frames ff1384", script: `
			> AT+FRH=3
			< NO CARRIER
			> AT+FRH=3
			< NO CARRIER
			> AT+FRH=3
			. 300ms
			< CONNECT
			< frame ff1384
			< OK`},
		{name: "broken off by a stray character", want: "frames ff1384", script: `
			> AT+FRH=3
			< OK
			> AT+FRH=3
			< CONNECT
			< frame ff1384
			< OK`},
		{name: "the line rings: it is idle", want: "hung up", script: `
			> AT+FRH=3
			< RING
			. 100ms
			< NO CARRIER`},
		{name: "unknown text", want: "frames ff1384", script: `
			> AT+FRH=3
			< HELLO
			< CONNECT
			< frame ff1384
			< OK`},
		{name: "a frame longer than any", want: "frames damaged", script: `
			> AT+FRH=3
			< CONNECT
			< raw ff13
			< zeros 4000
			< raw 1003
			< ERROR`},
	} {
		t.Run(c.name, func(t *testing.T) {
			with(t, nil, func(b *bench) {
				b.script(c.script)
				conv := &turns{turns: []t30.Turn{listen(t30.Burst, 3*time.Second)}}
				b.run(b.Context(), conv)
				if got := heardAs(conv.last()); got != c.want {
					b.Errorf("heard %q, want %q", got, c.want)
				}
				if took := conv.when[0].Sub(b.begun); c.after != 0 && took.Round(10*time.Millisecond) != c.after {
					b.Errorf("heard after %v, want %v", took, c.after)
				}
			})
		})
	}
}

// Checklist 10: a flag seen at 2.9 s and a frame ending at 5 s is accepted: T4 is stopped by CONNECT.
func TestChecklist10_FlagWithinT4(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.script(`
			> AT+FRH=3
			. 2.9s
			< CONNECT
			. 2.1s
			< frame ff1384
			< OK`)
		conv := &turns{turns: []t30.Turn{listen(t30.Burst, 3*time.Second)}}
		b.run(b.Context(), conv)
		if got := heardAs(conv.last()); got != "frames ff1384" {
			b.Errorf("heard %q", got)
		}
		if w := conv.last().Waited; w != 2900*time.Millisecond {
			b.Errorf("waited %v", w)
		}
	})
}

// Checklist 11: a frame with a bad FCS in answer to DCS does not end the call: it is reported as damage, and the next turn
// is taken.
func TestChecklist11_BadFCS(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.script(`
			> AT+FRH=3
			< CONNECT
			< bad ff1384
			< ERROR
			> AT+FRH=3
			< CONNECT
			< frame ff1384
			< OK`)
		conv := &turns{turns: []t30.Turn{listen(t30.Burst, 3*time.Second), listen(t30.Burst, 3*time.Second)}}
		b.run(b.Context(), conv)
		if heardAs(conv.heard[0]) != "frames damaged" || heardAs(conv.heard[1]) != "frames ff1384" {
			b.Errorf("heard %v", conv.heard)
		}
	})
}

// TestHearImage goes through the outcomes of +FRM.
func TestHearImage(t *testing.T) {
	for _, c := range []struct {
		name, script, want string
		into               string // what arrived, in hex; zeros not counted
		after              time.Duration
	}{
		{name: "a page", want: "carrier 5", into: "0110021011", script: `
			> AT+FRM=145
			. 1s
			< CONNECT
			. 1s
			< raw 011010021010111003
			< NO CARRIER`},
		{name: "DLE SUB, and a DLE at the end of a read", want: "carrier 3", into: "101001", script: `
			> AT+FRM=145
			< CONNECT
			. 1s
			< raw 10
			. 20ms
			< raw 1a0110
			. 20ms
			< raw 03
			< NO CARRIER`},
		{name: "the result comes late", want: "carrier 600", script: `
			> AT+FRM=145
			< CONNECT
			< zeros 600
			< raw 1003
			. 500ms
			< NO CARRIER`},
		{name: "no result", want: "carrier 600", script: `
			> AT+FRM=145
			< CONNECT
			< zeros 600
			< raw 1003`},
		{name: "OK in place of NO CARRIER", want: "carrier 600", script: `
			> AT+FRM=145
			< CONNECT
			< zeros 600
			< raw 1003
			< OK`},
		{name: "nothing", want: "silence", after: 9 * time.Second, script: `
			> AT+FRM=145
			> CAN
			< OK`},
		{name: "the modem's own timer", want: "carrier 600", script: `
			> AT+FRM=145
			. 2s
			< OK
			> AT+FRM=145
			< CONNECT
			< zeros 600
			< raw 1003
			< NO CARRIER`},
		{name: "NO CARRIER, then V.21", want: "frames ff136f", script: `
			> AT+FRM=145
			. 2s
			< NO CARRIER
			> AT+FRH=3
			< CONNECT
			< frame ff136f
			< OK`},
		{name: "carrier for ever", want: "carrier 100", script: `
			> AT+FRM=145
			< CONNECT
			. 600ms
			< zeros 100
			> CAN
			< raw 1003
			< OK`, after: 5600 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			with(t, nil, func(b *bench) {
				b.script(c.script)
				var into bytes.Buffer
				turn := listen(t30.Page, 9*time.Second)
				turn.Into = &into
				conv := &turns{turns: []t30.Turn{turn}}
				b.run(b.Context(), conv)
				if got := heardAs(conv.last()); got != c.want {
					b.Errorf("heard %q, want %q", got, c.want)
				}
				if c.into != "" && !bytes.Equal(into.Bytes(), unhex(c.into)) {
					b.Errorf("octets % x, want %s", into.Bytes(), c.into)
				}
				if took := conv.when[0].Sub(b.begun); c.after != 0 && took.Round(10*time.Millisecond) != c.after {
					b.Errorf("heard after %v, want %v", took, c.after)
				}
			})
		})
	}
}

// Checklist 26: a false carrier of less than 500 ms, then a restart: the page is not lost.
func TestChecklist26_FalseCarrier(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.script(`
			> AT+FRM=145
			. 8.9s
			< CONNECT
			. 200ms
			< raw aa1003
			< NO CARRIER
			> AT+FRM=145
			. 1s
			< CONNECT
			. 3s
			< zeros 5000
			< raw 1003
			< NO CARRIER`)
		conv := &turns{turns: []t30.Turn{listen(t30.Page, 9*time.Second)}}
		b.run(b.Context(), conv)
		if got := heardAs(conv.last()); got != "carrier 5001" {
			b.Errorf("heard %q", got)
		}
	})
	// A block of one frame is short, but no false start.
	with(t, nil, func(b *bench) {
		b.script(`
			> AT+FRM=145
			< CONNECT
			. 300ms
			< zeros 500
			< raw 1003
			< NO CARRIER`)
		conv := &turns{turns: []t30.Turn{listen(t30.Block, 9*time.Second)}}
		b.run(b.Context(), conv)
		if got := heardAs(conv.last()); got != "carrier 500" {
			b.Errorf("heard %q", got)
		}
	})
}

// Checklist 27: +FCERROR during the wait for a page: V.21 is heard within 500 ms. Likewise with +FAR=1, where the modem
// changes over by itself.
func TestChecklist27_V21InsteadOfPage(t *testing.T) {
	for _, c := range []struct{ name, script string }{
		{"+FCERROR", `
			> AT+FRM=145
			. 1s
			< +FCERROR
			> AT+FRH=3
			< CONNECT
			. 1s
			< frame ff034e
			< OK
			> AT+FRH=3
			< CONNECT
			< frame ff136f
			< OK`},
		{"+FCERROR at the end of the wait", `
			> AT+FRM=145
			. 8.9s
			< +FCERROR
			> AT+FRH=3
			. 1s
			< CONNECT
			< frame ff034e
			< OK
			> AT+FRH=3
			< CONNECT
			< frame ff136f
			< OK`},
		{"+FRH:3", `
			> AT+FRM=145
			. 1s
			< +FRH:3
			< CONNECT
			. 1s
			< frame ff034e
			< OK
			> AT+FRH=3
			< CONNECT
			< frame ff136f
			< OK`},
	} {
		with(t, nil, func(b *bench) {
			b.script(c.script)
			conv := &turns{turns: []t30.Turn{listen(t30.Page, 9*time.Second)}}
			b.run(b.Context(), conv)
			if got := heardAs(conv.last()); got != "frames ff034e ff136f" {
				b.Errorf("%s: heard %q", c.name, got)
			}
			if asked := b.times("AT+FRH=3"); len(asked) == 2 && asked[0].Sub(b.begun) > 9500*time.Millisecond {
				b.Errorf("%s: V.21 asked for after %v", c.name, asked[0].Sub(b.begun))
			}
		})
	}
}

// A wrong carrier that is reported at once is the tail of the signal before.
func TestTailIsNoWrongCarrier(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.script(`
			> AT+FRM=145
			. 20ms
			< +FCERROR
			> AT+FRM=145
			. 1s
			< CONNECT
			. 1s
			< zeros 600
			< raw 1003
			< NO CARRIER`)
		conv := &turns{turns: []t30.Turn{listen(t30.Page, 9*time.Second)}}
		b.run(b.Context(), conv)
		if got := heardAs(conv.last()); got != "carrier 600" {
			b.Errorf("heard %q", got)
		}
	})
}

// A modem that reports a wrong carrier too readily is asked again before it is believed.
func TestPersistence(t *testing.T) {
	with(t, func(f *fake) { f.answers["ATI3"] = "Si2435 rev F\nOK" }, func(b *bench) {
		b.script(`
			> AT+FRM=145
			. 200ms
			< +FCERROR
			> AT+FRM=145
			< CONNECT
			< zeros 600
			< raw 1003
			< NO CARRIER`)
		conv := &turns{turns: []t30.Turn{listen(t30.Page, 9*time.Second)}}
		b.run(b.Context(), conv)
		if got := heardAs(conv.last()); got != "carrier 600" {
			b.Errorf("heard %q", got)
		}
	})
}

// Checklist 28: a late CONNECT to +FRM, up to T2 + 3 s, is accepted.
func TestChecklist28_LateConnect(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.script(`
			> AT+FRM=146
			. 8.99s
			< CONNECT
			. 1s
			< zeros 1500
			< raw 1003
			< NO CARRIER`)
		turn := listen(t30.Block, 9*time.Second)
		turn.Rate = t30.V17at14400.Short()
		conv := &turns{turns: []t30.Turn{turn}}
		b.run(b.Context(), conv)
		if h := conv.last(); heardAs(h) != "carrier 1500" || h.Waited != 8990*time.Millisecond {
			b.Errorf("heard %q after %v", heardAs(h), h.Waited)
		}
	})
}

// A carrier has a longest length, so that noise taken for one does not hold the line for ever.
func TestLongestCarrier(t *testing.T) {
	for _, c := range []struct {
		listen t30.Listen
		most   time.Duration
	}{{t30.Training, 7 * time.Second}, {t30.Block, 60 * time.Second}} {
		with(t, nil, func(b *bench) {
			turn := listen(c.listen, 9*time.Second)
			noise := strings.Repeat("< zeros 250\n. 140ms\n", int(longest(turn)/(140*time.Millisecond))+1)
			b.script("> AT+FRM=145\n< CONNECT\n" + noise + "> CAN\n< raw 1003\n< OK")
			conv := &turns{turns: []t30.Turn{turn}}
			b.run(b.Context(), conv)
			if h := conv.last(); h.Kind != t30.Carrier || conv.when[0].Sub(b.begun) > c.most {
				b.Errorf("heard %q after %v", heardAs(h), conv.when[0].Sub(b.begun))
			}
		})
	}
}

// Storage is waited for without a word to the modem.
func TestHearStorage(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		want  string
	}{{"in time", time.Second, "stored"}, {"late", 5 * time.Second, "silence"}} {
		with(t, nil, func(b *bench) {
			stored := make(chan error, 1)
			time.AfterFunc(c.after, func() { stored <- nil })
			conv := &turns{turns: []t30.Turn{{Listen: t30.Storage, For: 2 * time.Second, Stored: stored}}}
			b.run(b.Context(), conv)
			if got := heardAs(conv.last()); got != c.want {
				b.Errorf("%s: heard %q", c.name, got)
			}
			if len(b.seen) != 1 {
				b.Errorf("%s: the modem was told %v", c.name, b.seen)
			}
		})
	}
}

// Whoever takes the octets may have had enough: then the modem stops listening.
func TestOctetsThatNobodyWants(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.script("> AT+FRM=145\n< CONNECT\n< zeros 250\n> CAN\n< raw 1003\n< OK")
		turn := listen(t30.Page, 9*time.Second)
		turn.Into = writerFunc(func([]byte) (int, error) { return 0, errors.New("enough") })
		conv := &turns{turns: []t30.Turn{turn}}
		b.run(b.Context(), conv)
		if got := heardAs(conv.last()); got != "carrier 250" {
			b.Errorf("heard %q", got)
		}
	})
}
