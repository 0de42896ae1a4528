package class1

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax"
	"faxbox/fax/t30"
)

// Checklist 59: busy, no dial tone, no answer, voice and blacklist each yield a cause of their own.
func TestChecklist59_OutcomesOfDialling(t *testing.T) {
	for _, c := range []struct {
		name, script string
		want         fax.Cause
	}{
		{"connected", "< CONNECT", fax.OK},
		{"connected after noise lines", "< ATDT201\n< DIALING\n< RINGING\n< RINGBACK\n< CED\n< +A8M:8185\n< HELLO\n< CONNECT", fax.OK},
		{"connected after a wrong carrier", "< +FCERROR\n> AT+FRH=3\n< CONNECT", fax.OK},
		{"connected after V.8 came to nothing", "< OK\n> AT+FRH=3\n< CONNECT", fax.OK},
		{"wrong carriers without end", "< +FCERROR\n> AT+FRH=3\n< +FCERROR\n> AT+FRH=3\n< +FCERROR\n> AT+FRH=3\n< +FCERROR", fax.NoFax},
		{"busy", "< BUSY", fax.Busy},
		{"no dial tone", "< NO DIALTONE", fax.NoDialTone},
		{"no dial tone, in two words", "< NO DIAL TONE", fax.NoDialTone},
		{"no answer", "< NO ANSWER", fax.NoAnswer},
		{"voice, or nobody", "< NO CARRIER", fax.NoFax},
		{"error", "< ERROR", fax.BadNumber},
		{"blacklisted", "< BLACKLISTED", fax.Blacklisted},
		{"locked", "< DIALING DISABLED", fax.Blacklisted},
		{"delayed", "< DELAYED 00:05:00", fax.Delayed},
		{"glare", "< RING\n> CAN\n< OK", fax.Glare},
		{"the modem never comes back", "> CAN\n< OK", fax.NoFax},
	} {
		t.Run(c.name, func(t *testing.T) {
			with(t, nil, func(b *bench) {
				b.script("> ATDT201\n. 3s\n" + c.script)
				cause, err := b.m.Dial(b.Context(), "201")
				if cause != c.want || (err == nil) != (c.want == fax.OK) {
					b.Errorf("%v, %v", cause, err)
				}
				synctest.Wait()
				if hung := len(b.times("ATH0")) == 1; hung == (c.want == fax.OK) {
					b.Errorf("hung up: %v", hung)
				}
			})
		})
	}
}

// Checklist 53: a RING while we dial is glare; the call that rings is then there to be answered.
func TestChecklist53_Glare(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.script("> ATDT201\n< RING\n> CAN\n< NO CARRIER\n> ATH0\n< OK\n< NMBR = 4711\n. 6s\n< RING\n> ATA\n< CONNECT")
		if cause, err := b.m.Dial(b.Context(), "201"); cause != fax.Glare {
			b.Errorf("%v, %v", cause, err)
		}
		var r Ring
		for r.Count < 2 {
			var err error
			if r, err = b.m.WaitRing(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		if r.Caller.Number != "4711" {
			b.Errorf("%+v", r)
		}
		if err := b.m.Answer(b.Context()); err != nil {
			b.Error(err)
		}
	})
}

// Right after a call a missing dial tone may be the exchange's slowness.
func TestNoDialToneAfterACall(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.dialled()
		b.run(b.Context(), &turns{})
		b.script("> ATDT202\n. 1s\n< NO DIALTONE\n> ATDT202\n< CONNECT")
		if cause, err := b.m.Dial(b.Context(), "202"); err != nil {
			b.Error(cause, err)
		}
		synctest.Wait()
		if at := b.times("ATDT202")[1].Sub(b.times("ATH0")[0]); at != hookPause {
			b.Errorf("dialled again %v after hanging up", at)
		}
		b.run(b.Context(), &turns{})
		time.Sleep(time.Minute)
		b.script("> ATDT203\n. 1s\n< NO DIALTONE")
		if cause, err := b.m.Dial(b.Context(), "203"); cause != fax.NoDialTone {
			b.Error(cause, err)
		}
	})
}

func TestDialCancelled(t *testing.T) {
	with(t, nil, func(b *bench) {
		b.script("> ATDT201\n> CAN\n< NO CARRIER")
		ctx, cancel := context.WithTimeout(b.Context(), 3*time.Second)
		defer cancel()
		cause, err := b.m.Dial(ctx, "201")
		if cause != fax.Cancelled || !errors.Is(err, context.DeadlineExceeded) || time.Since(b.begun) > 4*time.Second {
			b.Errorf("%v, %v after %v", cause, err, time.Since(b.begun))
		}
	})
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		number, dialled string // "" is refused
		international   string
		pulse           bool
	}{
		{"201", "ATDT201", "", false},
		{"030 / 123-45.67 (8)", "ATDT03012345678", "", false},
		{"0w123,4*5#6@7", "ATDT0W123,4*5#6@7", "", false},
		{"+49 30 1234", "ATDT0049301234", "00", false},
		{"201", "ATDP201", "", true},
		{"+49 30 1234", "", "", false},
		{"", "", "", false},
		{",,#", "", "", false},
		{"201;", "", "", false},
		{"201\rATH1", "", "", false},
		{"call me", "", "", false},
		{strings.Repeat("1", 37), "", "", false},
	} {
		with(t, nil, func(b *bench) {
			b.m.opts.International, b.m.opts.Pulse = c.international, c.pulse
			if c.dialled != "" {
				b.script("> " + c.dialled + "\n< CONNECT")
			}
			cause, err := b.m.Dial(b.Context(), c.number)
			synctest.Wait()
			if c.dialled != "" {
				if err != nil {
					b.Errorf("%q: %v", c.number, err)
				}
				return
			}
			if cause != fax.BadNumber || err == nil || len(b.seen) > 0 {
				b.Errorf("%q: %v, %v, the modem was told %v", c.number, cause, err, b.seen)
			}
		})
	}
}

func TestAnswer(t *testing.T) {
	for _, c := range []struct {
		name, script string
		want         error
	}{
		{"connected", "> ATA\n. 4s\n< CONNECT", nil},
		{"a ring in between", "> ATA\n< RING\n. 4s\n< CONNECT", nil},
		{"between two rings", "> ATA\n. 1s\n< NO CARRIER\n> ATA\n< CONNECT", nil},
		{"the caller has gone", "> ATA\n. 2s\n< NO CARRIER\n> ATA\n. 2s\n< NO CARRIER", ErrHungUp},
		{"error", "> ATA\n< ERROR\n> ATA\n< ERROR", ErrHungUp},
	} {
		with(t, nil, func(b *bench) {
			b.script(c.script)
			if err := b.m.Answer(b.Context()); !errors.Is(err, c.want) {
				b.Errorf("%s: %v", c.name, err)
			}
		})
	}
}

// Checklist 55: unsolicited text anywhere in command mode is ignored or parsed. Here every line the modem says is preceded
// by some, its own echo among it, and a call goes through all the same.
func TestChecklist55_UnsolicitedText(t *testing.T) {
	for _, chatter := range []string{"HELLO", "NMBR = 4711", "DRON=20", "MESSAGE-WAITING", "\x00\xff", "AT+FRH=3", "2", ""} {
		noisy := func(f *fake) {
			f.mangle = func(line string) string { return chatter + "\r\n\r\n" + line }
		}
		with(t, noisy, func(b *bench) {
			if !strings.Contains(b.m.id.Model, "Model") {
				b.Errorf("%q: model %q", chatter, b.m.id.Model)
			}
			b.dialled()
			b.script(`
				< frame ff138000
				< OK
				> AT+FRS=7
				< OK
				> AT+FTH=3
				< CONNECT
				> frame ff034231
				< CONNECT
				> frame ff1382002278
				< OK
				> AT+FTS=7
				< OK
				> AT+FTM=145
				< CONNECT
				> octets 2700
				< OK
				> AT+FRH=3
				. 1s
				< CONNECT
				< frame ff1384
				< OK
				> AT+FRM=145
				< CONNECT
				. 1s
				< zeros 600
				< raw 1003
				< NO CARRIER`)
			conv := &turns{turns: []t30.Turn{
				listen(t30.Burst, 35*time.Second),
				{Say: append(frames(tsi, dcs), tcf), Listen: t30.Burst, For: 3 * time.Second},
				listen(t30.Page, 9*time.Second),
			}}
			b.run(b.Context(), conv)
			for i, want := range []string{"frames ff138000", "frames ff1384", "carrier 600"} {
				if i >= len(conv.heard) || heardAs(conv.heard[i]) != want {
					b.Fatalf("%q: heard %v", chatter, conv.heard)
				}
			}
		})
	}
}
