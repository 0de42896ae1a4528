package class1

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax/t30"
)

var (
	dcs  = t30.NewFrame(t30.DCS, 0, 0x22, 0x78)
	tsi  = t30.NewFrame(t30.TSI, '1')
	tcf  = t30.Signal{Image: t30.TCF, Rate: t30.V17at14400, Octets: make([]byte, 2700)}
	page = t30.Signal{Image: t30.PageData, Rate: t30.V17at14400 + 1, Octets: bytes.Repeat([]byte("\x00\x10\x35\x80"), 4500)}
)

// A call is answered in the order of T.31, and a turn-round waits for nothing but the modem.
func TestSayAndListen(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.dialled()
		b.script(`
			. 1s
			< frame ff138000
			. 50ms
			< OK
			> AT+FRS=7
			. 70ms
			< OK
			> AT+FTH=3
			< CONNECT
			> frame ff034231
			. 1.5s
			< CONNECT
			> frame ff1382002278
			. 500ms
			< OK
			> AT+FTS=7
			. 70ms
			< OK
			> AT+FTM=145
			< CONNECT
			> octets 2700
			. 3s
			< OK
			> AT+FRH=3
			. 200ms
			< CONNECT
			. 900ms
			< frame ff1384
			< OK
			> AT+FRS=7
			. 70ms
			< OK
			> AT+FTM=146
			< CONNECT
			> octets 18000
			. 2s
			< OK
			> AT+FTS=7
			. 70ms
			< OK
			> AT+FTH=3
			< CONNECT
			> frame ff132e
			. 1.2s
			< OK
			> AT+FRH=3
			< CONNECT
			< frame ff138c
			< OK
			> AT+FRS=7
			< OK
			> AT+FTH=3
			< CONNECT
			> frame ff13fa
			. 1.2s
			< OK`)
		conv := &turns{turns: []t30.Turn{
			listen(t30.Burst, 35*time.Second),
			{Say: append(frames(tsi, dcs), tcf), Listen: t30.Burst, For: 3 * time.Second},
			{Say: append([]t30.Signal{page}, frames(t30.NewFrame(t30.EOP))...), Listen: t30.Burst, For: 3 * time.Second},
			{Say: frames(t30.NewFrame(t30.DCN))},
		}}
		b.run(b.Context(), conv)
		for i, want := range []string{"frames ff138000", "frames ff1384", "frames ff138c"} {
			if got := heardAs(conv.heard[i]); got != want {
				b.Errorf("heard %q, want %q", got, want)
			}
		}
		if w := conv.heard[1].Waited; w != 200*time.Millisecond {
			b.Errorf("waited %v", w)
		}
	})
}

// After ATA the modem is saying already: no command, no pause.
func TestSayAfterAnswer(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.answered()
		b.script(`
			> frame ff1380000e
			. 1s
			< OK
			> AT+FRH=3
			> CAN
			< OK
			> AT+FTS=7
			< OK
			> AT+FTH=3
			< CONNECT
			> frame ff1380000e
			< OK`)
		dis := frames(t30.NewFrame(t30.DIS, 0, 0x0e))
		conv := &turns{turns: []t30.Turn{{Say: dis, Listen: t30.Burst, For: 5 * time.Second}, {Say: dis}}}
		b.run(b.Context(), conv)
	})
}

// TestPauses looks at the silence before each signal, as it is commanded or kept.
func TestPauses(t *testing.T) {
	for _, c := range []struct {
		name, maker      string
		frames, v17, v29 string // commands between frames and V.17, V.17 and frames, V.29 and frames
		answer           string // before we answer
		least            time.Duration
	}{
		{"usual", "Maker", "AT+FTS=7", "AT+FTS=7", "AT+FTS=7", "AT+FRS=7", 0},
		{"spandsp", "www.soft-switch.org", "AT+FTS=5", "AT+FTS=1", "AT+FTS=3", "AT+FRS=5", 0},
		{"without +FRS", "USRobotics", "AT+FTS=7", "AT+FTS=7", "AT+FTS=7", "", 70 * time.Millisecond},
		{"without either", "Cirrus Logic", "", "", "", "", 70 * time.Millisecond},
	} {
		with(t, func(f *fake) { f.answers["AT+FMI?"] = c.maker + "\nOK" }, func(b *bench) {
			pause := func(command string) string {
				if command == "" {
					return ""
				}
				return "> " + command + "\n< OK\n"
			}
			b.script("> AT+FRH=3\n< CONNECT\n< frame ff1380\n< OK\n" +
				pause(c.answer) + "> AT+FTH=3\n< CONNECT\n> frame ff1382002278\n< OK\n" +
				pause(c.frames) + "> AT+FTM=145\n< CONNECT\n> octets 2700\n< OK\n" +
				pause(c.v17) + "> AT+FTH=3\n< CONNECT\n> frame ff132e\n< OK\n")
			say := append(append(frames(dcs), tcf), frames(t30.NewFrame(t30.EOP))...)
			conv := &turns{turns: []t30.Turn{listen(t30.Burst, time.Second), {Say: say}}}
			b.run(b.Context(), conv)
			for _, at := range b.times("AT+FT") {
				if wait := at.Sub(b.begun); wait < c.least {
					b.Errorf("%s: %v of silence", c.name, wait)
				}
			}
		})
	}
	h := habitsOf("SPANDSP", "")
	if got := h.fts(t30.V29at9600, 0); got != 3 {
		t.Errorf("spandsp after V.29: +FTS=%d", got)
	}
	if got := h.fts(0, t30.V27ter2400); got != 3 {
		t.Errorf("spandsp before V.27ter: +FTS=%d", got)
	}
}

// A modem that knows no +FRS is not asked twice; noise does not hold us up for ever.
func TestSilenceThatIsNotMeasured(t *testing.T) {
	heard := "> AT+FRH=3\n< CONNECT\n< frame ff1380\n< OK\n"
	said := "> AT+FTH=3\n< CONNECT\n> frame ff1382002278\n< OK\n"
	for _, c := range []struct {
		name, first, second string
		least, most         time.Duration
	}{
		{"no +FRS", "> AT+FRS=7\n< ERROR\n", "", 70 * time.Millisecond, 80 * time.Millisecond},
		{"noise", "> AT+FRS=7\n> CAN\n< OK\n", "> AT+FRS=7\n< OK\n", 500 * time.Millisecond, 600 * time.Millisecond},
	} {
		with(t, nil, func(b *bench) {
			b.script(heard + c.first + said + heard + c.second + said)
			conv := &turns{turns: []t30.Turn{
				listen(t30.Burst, time.Second),
				{Say: frames(dcs), Listen: t30.Burst, For: time.Second},
				{Say: frames(dcs)},
			}}
			b.run(b.Context(), conv)
			if wait := b.times("AT+FTH")[0].Sub(b.times("AT+FRS")[0]); wait < c.least || wait > c.most {
				b.Errorf("%s: paused %v", c.name, wait)
			}
		})
	}
}

// Likewise +FTS.
func TestSilenceThatIsNotKept(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.script("> AT+FTH=3\n< CONNECT\n> frame ff1382002278\n< OK\n> AT+FTS=7\n< ERROR\n> AT+FTM=145\n< CONNECT\n> octets 2700\n< OK\n> AT+FTH=3\n< CONNECT\n> frame ff1382002278\n< OK")
		b.run(b.Context(), &turns{turns: []t30.Turn{{Say: append(append(frames(dcs), tcf), frames(dcs)...)}}})
		for _, pause := range []time.Duration{b.times("AT+FTM")[0].Sub(b.times("AT+FTS")[0]), b.times("AT+FTH")[1].Sub(b.times("octets")[0])} {
			if pause != 70*time.Millisecond {
				b.Errorf("paused %v", pause)
			}
		}
	})
}

// TestSayTroubles goes through what +FTH and +FTM can come to.
func TestSayTroubles(t *testing.T) {
	for _, c := range []struct {
		name, script, want string
		within             time.Duration
	}{
		{"NO CARRIER to +FTM", "> AT+FTM=145\n< NO CARRIER", "hung up", time.Second},
		{"NO CARRIER in place of OK", "> AT+FTM=145\n< CONNECT\n> octets 2700\n. 3s\n< NO CARRIER", "hung up", 4 * time.Second},
		{"ERROR twice", "> AT+FTM=145\n< ERROR\n> AT+FTM=145\n< ERROR", "hung up", time.Second},
		{"ERROR once", "> AT+FTM=145\n< ERROR\n> AT+FTM=145\n< CONNECT\n> octets 2700\n< OK\n> AT+FRH=3\n< CONNECT\n< frame ff1384\n< OK", "frames ff1384", 4 * time.Second},
		{"a late OK of something before", "> AT+FTM=145\n< OK\n< CONNECT\n> octets 2700\n< OK\n> AT+FRH=3\n< CONNECT\n< frame ff1384\n< OK", "frames ff1384", 4 * time.Second},
		{"no CONNECT", "> AT+FTM=145\n> END\n> ATE0V1Q0\n< OK\n> AT+FTM=145\n< CONNECT\n> octets 2700\n< OK\n> AT+FRH=3\n< CONNECT\n< frame ff1384\n< OK", "frames ff1384", 10 * time.Second},
		{"ERROR in place of OK", "> AT+FTM=145\n< CONNECT\n> octets 2700\n< ERROR\n> AT+FRH=3\n< CONNECT\n< frame ff1384\n< OK", "frames ff1384", 4 * time.Second},
	} {
		with(t, nil, func(b *bench) {
			b.script(c.script)
			conv := &turns{turns: []t30.Turn{{Say: []t30.Signal{tcf}, Listen: t30.Burst, For: 3 * time.Second}}}
			b.run(b.Context(), conv)
			if got := heardAs(conv.last()); got != c.want {
				b.Errorf("%s: heard %q, want %q", c.name, got, c.want)
			}
			if took := conv.when[0].Sub(b.begun); took > c.within {
				b.Errorf("%s: took %v", c.name, took)
			}
		})
	}
}

// A modem that gives up in mid-page (T.31: when it starves, or is on hook) is not fed on; what the next command comes to
// tells what it was.
func TestPageBrokenOff(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.script("> AT+FTM=146\n< CONNECT\n. 3s\n< ERROR\n> AT+FRH=3\n< CONNECT\n< frame ff1384\n< OK")
		white := t30.Signal{Image: t30.PageData, Rate: page.Rate, Octets: make([]byte, 18000)}
		conv := &turns{turns: []t30.Turn{{Say: []t30.Signal{white}, Listen: t30.Burst, For: 3 * time.Second}}}
		b.run(b.Context(), conv)
		if got := heardAs(conv.last()); got != "frames ff1384" {
			b.Errorf("heard %q", got)
		}
		if took := conv.when[0].Sub(b.begun); took > 4*time.Second {
			b.Errorf("went on for %v", took)
		}
	})
}

// A burst that the modem cuts short is the other station's to notice.
func TestBurstCutShort(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"no CONNECT for the second frame", "> frame ff034231\n> END\n> ATE0V1Q0\n< OK\n", "silence"},
		{"OK after the first frame", "> frame ff034231\n< OK\n", "silence"},
		{"NO CARRIER after the first frame", "> frame ff034231\n< NO CARRIER\n", "hung up"},
	} {
		with(t, nil, func(b *bench) {
			b.script("> AT+FTH=3\n< CONNECT\n" + c.script)
			b.answers["AT+FRH=3"] = "" // silence
			b.answers["CAN"] = "OK"
			conv := &turns{turns: []t30.Turn{{Say: frames(tsi, dcs), Listen: t30.Burst, For: 3 * time.Second}}}
			b.run(b.Context(), conv)
			if got := heardAs(conv.last()); got != c.want {
				b.Errorf("%s: heard %q, want %q", c.name, got, c.want)
			}
		})
	}
}

// Some modems say CONNECT before training is over, and lose what comes at once.
func TestConnectDelay(t *testing.T) {
	with(t, func(f *fake) { f.answers["ATI3"] = "Agere OCM V.92\nOK" }, func(b *bench) {
		b.script("> AT+FTM=145\n< CONNECT\n> octets 2700\n< OK\n")
		b.run(b.Context(), &turns{turns: []t30.Turn{{Say: []t30.Signal{tcf}}}})
		if wait := b.times("octets")[0].Sub(b.times("AT+FTM")[0]); wait < 400*time.Millisecond {
			b.Errorf("octets after %v", wait)
		}
	})
}

// Checklist 21: the modem is never starved, and never given more than 1.5 s and a quarter ahead, which a cancelled call
// would have to wait for. The modem here takes everything at once and plays it at the rate of the line.
func TestChecklist21_NeverStarves(t *testing.T) {
	for _, rate := range []t30.Modulation{t30.V17at14400, t30.V29at9600, t30.V27ter2400} {
		with(t, func(f *fake) { f.answers["AT+FTM=145"] = "CONNECT" }, func(b *bench) {
			s := &t30.Signal{Image: t30.PageData, Rate: rate, Octets: make([]byte, 20*rate.Rate()/8)} // 20 s
			given := 0
			begun := time.Now()
			b.m.conn.Close()
			b.m.conn = connTo(func(p []byte) {
				onLine := time.Since(begun)
				if have := rate.Duration(given); have < onLine {
					b.Errorf("%v: %v given after %v", rate, have, onLine)
				}
				given += len(p)
				if ahead := rate.Duration(given) - onLine; ahead > lead+250*time.Millisecond {
					b.Errorf("%v: %v ahead", rate, ahead)
				}
			})
			defer b.m.conn.Close()
			if err := b.m.feed(b.Context(), s); err != nil {
				b.Fatal(err)
			}
			if given != len(s.Octets)+2 {
				b.Errorf("%v: %d octets of %d", rate, given, len(s.Octets)+2)
			}
		})
	}
}

// Checklist 56: a lost OK after DLE ETX: the time of what is in the modem and 5 s, then AT, and the call goes on.
func TestChecklist56_LostOK(t *testing.T) {
	for _, c := range []struct {
		name, begin string
		say         []t30.Signal
	}{
		{"frames", "> AT+FTH=3\n< CONNECT\n> frame ff1382002278\n", frames(dcs)},
		{"octets", "> AT+FTM=145\n< CONNECT\n> octets 2700\n", []t30.Signal{tcf}},
	} {
		with(t, nil, func(b *bench) {
			b.script(c.begin + `
				> END
				> ATE0V1Q0
				< OK
				> AT+FRH=3
				< CONNECT
				< frame ff1384
				< OK`)
			conv := &turns{turns: []t30.Turn{{Say: c.say, Listen: t30.Burst, For: 3 * time.Second}}}
			b.run(b.Context(), conv)
			if got := heardAs(conv.last()); got != "frames ff1384" {
				b.Errorf("%s: heard %q", c.name, got)
			}
			if wait := b.times("END")[0].Sub(b.begun); wait < 5*time.Second || wait > 9*time.Second {
				b.Errorf("%s: resynchronised after %v", c.name, wait)
			}
		})
	}
}

// Checklist 51: NO CARRIER wherever something is awaited ends the call within a second.
func TestChecklist51_LineDropped(t *testing.T) {
	for _, c := range []struct {
		name   string
		turn   t30.Turn
		script string        // up to the drop
		drop   time.Duration // when it comes, from the beginning
		after  string        // what the modem, on hook, answers from then on
	}{
		{"+FRH", listen(t30.Burst, 6*time.Second), "> AT+FRH=3\n. 2s\n< NO CARRIER", 2 * time.Second, "NO CARRIER"},
		{"+FRH, then ERROR", listen(t30.Burst, 6*time.Second), "> AT+FRH=3\n. 2s\n< NO CARRIER", 2 * time.Second, "ERROR"},
		{"+FRH at once", listen(t30.Burst, 6*time.Second), "", 0, "ERROR"},
		{"in a frame", listen(t30.Burst, 6*time.Second), "> AT+FRH=3\n< CONNECT\n. 1s\n< raw ff\n< NO CARRIER", time.Second, "ERROR"},
		{"+FRM", listen(t30.Page, 9*time.Second), "> AT+FRM=145\n. 2s\n< NO CARRIER", 2 * time.Second, "ERROR"},
		{"in a page", listen(t30.Page, 9*time.Second), "> AT+FRM=145\n< CONNECT\n< zeros 500\n. 3s\n< NO CARRIER", 3 * time.Second, "ERROR"},
		{"+FTM", t30.Turn{Say: []t30.Signal{tcf}, Listen: t30.Burst, For: time.Second}, "> AT+FTM=145\n< NO CARRIER", 0, "ERROR"},
		{"+FTH", t30.Turn{Say: frames(dcs), Listen: t30.Burst, For: time.Second}, "> AT+FTH=3\n< NO CARRIER", 0, "ERROR"},
		{"end of a page", t30.Turn{Say: []t30.Signal{tcf}, Listen: t30.Burst, For: time.Second}, "> AT+FTM=145\n< CONNECT\n> octets 2700\n. 1s\n< NO CARRIER", 1100 * time.Millisecond, "ERROR"},
		{"in mid-page", t30.Turn{Say: []t30.Signal{page}, Listen: t30.Burst, For: time.Second}, "> AT+FTM=146\n< CONNECT\n. 3s\n< NO CARRIER", 3 * time.Second, "ERROR"},
		{"in a burst", t30.Turn{Say: frames(tsi, dcs), Listen: t30.Burst, For: time.Second}, "> AT+FTH=3\n< CONNECT\n> frame ff034231\n. 1s\n< NO CARRIER", time.Second, "ERROR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			with(t, nil, func(b *bench) {
				for _, command := range []string{"AT+FRH=3", "AT+FRM=145", "AT+FTH=3", "AT+FTM=145"} {
					b.answers[command] = c.after
				}
				if c.script != "" {
					b.script(c.script)
				}
				conv := &turns{turns: []t30.Turn{c.turn}}
				b.run(b.Context(), conv)
				// A carrier that merely ends is not the end of the call: V.21 is listened for before that is known.
				want := conv.last().Kind
				if want != t30.HungUp && !(want == t30.Frames && c.name == "in a frame") {
					b.Errorf("heard %q", heardAs(conv.last()))
				}
				if took := time.Since(b.begun) - c.drop; took > time.Second {
					b.Errorf("on hook %v after the drop", took)
				}
			})
		})
	}
}

// Checklist 54: a cancelled call says DCN where it can, and is on hook within 5 s, whatever was going on.
func TestChecklist54_Cancel(t *testing.T) {
	const dcn = "> AT+FTH=3\n< CONNECT\n> frame ff13fa\n. 1.2s\n< OK"
	for _, c := range []struct {
		name   string
		turn   t30.Turn
		script string
	}{
		{"listening", listen(t30.Burst, 35*time.Second), "> AT+FRH=3\n> CAN\n< OK\n" + dcn},
		{"in a frame", listen(t30.Burst, 35*time.Second), `
			> AT+FRH=3
			. 1.5s
			< CONNECT
			< raw ff
			> CAN
			< raw 1003
			< OK
			> AT+FRS=7
			< OK` + "\n" + dcn},
		{"receiving a page", listen(t30.Page, 9*time.Second), `
			> AT+FRM=145
			< CONNECT
			. 1.5s
			< zeros 2000
			> CAN
			< raw 1003
			< OK
			> AT+FRS=7
			< OK` + "\n" + dcn},
		{"sending frames", t30.Turn{Say: frames(tsi, tsi, dcs), Listen: t30.Burst, For: 3 * time.Second}, `
			> AT+FTH=3
			< CONNECT
			> frame ff034231
			. 2.2s
			< CONNECT
			> frame ff1382002278
			. 500ms
			< OK
			> AT+FTS=7
			< OK` + "\n" + dcn},
		{"storing", t30.Turn{Listen: t30.Storage, For: time.Minute}, dcn},
	} {
		t.Run(c.name, func(t *testing.T) {
			with(t, nil, func(b *bench) {
				b.script(c.script)
				ctx, cancel := context.WithTimeout(b.Context(), 2*time.Second)
				defer cancel()
				conv := &turns{turns: []t30.Turn{c.turn}}
				b.run(ctx, conv)
				if got := heardAs(conv.last()); got != "cancel" || len(conv.heard) != 1 {
					b.Errorf("heard %v", conv.heard)
				}
				if took := time.Since(b.begun) - 2*time.Second; took > 5*time.Second {
					b.Errorf("on hook %v after the cancellation", took)
				}
			})
		})
	}
}

// A page under way is cut off, not sent to its end.
func TestChecklist54_CancelWhileSendingAPage(t *testing.T) {
	with(t, nil, func(b *bench) {
		long := page
		long.Octets = bytes.Repeat(page.Octets, 10) // 100 s
		b.script("> AT+FTM=146\n< CONNECT\n> octets\n. 1.5s\n< OK\n> AT+FTS=7\n< OK\n> AT+FTH=3\n< CONNECT\n> frame ff13fa\n. 1.2s\n< OK")
		ctx, cancel := context.WithTimeout(b.Context(), 20*time.Second)
		defer cancel()
		conv := &turns{turns: []t30.Turn{{Say: []t30.Signal{long}, Listen: t30.Burst, For: 3 * time.Second}}}
		b.run(ctx, conv)
		if got := heardAs(conv.last()); got != "cancel" {
			b.Errorf("heard %v", conv.heard)
		}
		if took := time.Since(b.begun) - 20*time.Second; took > 5*time.Second || b.cleared != 1 {
			b.Errorf("on hook %v after the cancellation, discarded %d times", took, b.cleared)
		}
	})
}

// A conversation that goes on and on after Cancel is cut off.
func TestFarewellIsShort(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.answers["AT+FRH=3"] = ""
		b.answers["CAN"] = "OK"
		ctx, cancel := context.WithTimeout(b.Context(), time.Second)
		defer cancel()
		err := b.m.Run(ctx, stubborn{})
		if took := time.Since(b.begun); took > 7*time.Second || err != nil {
			b.Errorf("ended after %v: %v", took, err)
		}
	})
}

// stubborn is a conversation that only ever listens.
type stubborn struct{}

func (stubborn) Start(time.Time) t30.Turn           { return listen(t30.Burst, time.Minute) }
func (stubborn) Next(time.Time, t30.Heard) t30.Turn { return listen(t30.Burst, time.Minute) }

// A modem that vanishes in mid-call is Lost, at once, and Run says so.
func TestModemVanishes(t *testing.T) {
	for _, turn := range []t30.Turn{
		listen(t30.Burst, 35*time.Second), listen(t30.Page, 35*time.Second),
		{Say: []t30.Signal{page}, Listen: t30.Burst, For: time.Second},
	} {
		with(t, nil, func(b *bench) {
			time.AfterFunc(time.Second, func() { b.port.Close() })
			for _, c := range []string{"AT+FRH=3", "AT+FRM=145"} {
				b.answers[c] = ""
			}
			b.answers["AT+FTM=146"] = ""
			conv := &turns{turns: []t30.Turn{turn}}
			if err := b.m.Run(b.Context(), conv); err == nil {
				b.Error("Run says nothing of it")
			}
			if h := conv.last(); h.Kind != t30.Lost || h.Err == nil {
				b.Errorf("heard %v", h)
			}
			if took := conv.when[0].Sub(b.begun); took > 2*time.Second {
				b.Errorf("noticed after %v", took)
			}
		})
	}
}

// A modem that says nothing more is Lost after a few tries.
func TestModemFallsSilent(t *testing.T) {
	with(t, nil, func(b *bench) {
		for _, c := range []string{"AT+FTH=3", "ATE0V1Q0", "ATH0", "CAN", "END"} {
			b.answers[c] = ""
		}
		conv := &turns{turns: []t30.Turn{{Say: frames(dcs), Listen: t30.Burst, For: time.Second}}}
		err := b.m.Run(b.Context(), conv)
		synctest.Wait()
		if err == nil || conv.last().Kind != t30.Lost {
			b.Errorf("heard %v, Run says %v", conv.heard, err)
		}
		if b.dropped == 0 {
			b.Error("DTR was not tried")
		}
	})
}

// Checklist 63: stalls of 100 ms of this computer do not break a call; here every piece of a page takes that long to store,
// and the modem is as slow to take octets.
func TestChecklist63_Stalls(t *testing.T) {
	with(t, nil, func(b *bench) {
		pieces := ""
		for range 40 {
			pieces += "< zeros 250\n. 140ms\n"
		}
		b.script("> AT+FRM=145\n< CONNECT\n" + pieces + "< raw 1003\n< NO CARRIER")
		turn := listen(t30.Page, 9*time.Second)
		turn.Into = writerFunc(func(p []byte) (int, error) {
			time.Sleep(100 * time.Millisecond)
			return len(p), nil
		})
		conv := &turns{turns: []t30.Turn{turn}}
		b.run(b.Context(), conv)
		if got := heardAs(conv.last()); got != "carrier 10000" {
			b.Errorf("heard %q", got)
		}
	})
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// A stall is noticed by a beat that comes late.
func TestHeartbeat(t *testing.T) {
	begun := time.Now()
	h := heartbeat{last: begun}
	for _, c := range []struct {
		at   time.Duration // since begun
		late time.Duration
	}{{100, 0}, {200, 0}, {350, 0}, {650, 200}, {750, 0}, {5750, 4900}} {
		if late := h.beat(begun.Add(c.at * time.Millisecond)); late != c.late*time.Millisecond {
			t.Errorf("at %d ms: late by %v, want %d ms", c.at, late, c.late)
		}
	}
}
