package exchange

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// answered is a call that a modem with habits has placed to a scripted station, after its first frame.
func answered(t *testing.T, x *Exchange, h Habits) (*host, *Scripted) {
	t.Helper()
	far := x.Scripted(Station{Number: "102"})
	a := plug(t, x.Modem(Station{Number: "101"}, h)).class1()
	a.cmd("ATD102")
	if err := far.Answer(); err != nil {
		t.Fatal(err)
	}
	if err := far.Burst(frameDIS); err != nil {
		t.Fatal(err)
	}
	a.until("CONNECT")
	a.data()
	a.says("OK")
	return a, far
}

func TestHabits(t *testing.T) {
	dleFrame := []byte{0xFF, 0x13, 0x10, 0x10, 0x20}
	for _, c := range []struct {
		name   string
		habits Habits
		do     func(t *testing.T, a *host, far *Scripted)
	}{
		{"no FTS", Habits{NoFTS: true}, func(t *testing.T, a *host, far *Scripted) {
			a.cmd("AT+FTS=7")
			a.says("ERROR")
		}},
		{"no FRS", Habits{NoFRS: true}, func(t *testing.T, a *host, far *Scripted) {
			a.cmd("AT+FRS=7")
			a.says("ERROR")
		}},
		{"no FAR", Habits{NoFAR: true}, func(t *testing.T, a *host, far *Scripted) {
			a.cmd("AT+FAR=1")
			a.says("ERROR")
		}},
		{"FRS at once", Habits{FRSAtOnce: true}, func(t *testing.T, a *host, far *Scripted) {
			go far.Image(V29at9600, make([]byte, 1000))
			time.Sleep(200 * ms)
			if d := elapsed(func() { a.ok("AT+FRS=200") }); d != 0 {
				t.Errorf("+FRS took %v", d)
			}
		}},
		{"chain dropped", Habits{DropsChain: true}, func(t *testing.T, a *host, far *Scripted) {
			a.ok("AT+FTS=7;+FTH=3")
			a.nothing(time.Second)
		}},
		{"no FCS", Habits{NoFCS: true}, func(t *testing.T, a *host, far *Scripted) {
			go far.Burst(dleFrame)
			a.cmd("AT+FRH=3")
			a.says("CONNECT")
			if f := a.data(); !bytes.Equal(f, dleFrame) {
				t.Errorf("got %x, want %x", f, dleFrame)
			}
		}},
		{"DLE bug", Habits{DLEBug: true, NoFCS: true}, func(t *testing.T, a *host, far *Scripted) {
			a.cmd("AT+FRH=3")
			far.Burst(dleFrame)
			a.got("\r\nCONNECT\r\n" + string(dleFrame) + "\x10\x03\r\nOK\r\n")
		}},
		{"no DLE bug", Habits{NoFCS: true}, func(t *testing.T, a *host, far *Scripted) {
			a.cmd("AT+FRH=3")
			far.Burst(dleFrame)
			a.got("\r\nCONNECT\r\n\xFF\x13\x10\x10\x10\x10\x20\x10\x03\r\nOK\r\n")
		}},
		{"DLE SUB", Habits{Substitute: true}, func(t *testing.T, a *host, far *Scripted) {
			a.cmd("AT+FRM=96")
			far.Image(V29at9600, []byte{1, 0x10, 0x10, 0x10, 2})
			time.Sleep(carrierLoss)
			a.got("\r\nCONNECT\r\n\x01\x10\x1A\x10\x10\x02\x10\x03\r\nNO CARRIER\r\n")
		}},
		{"DLE SUB by +FDD", Habits{}, func(t *testing.T, a *host, far *Scripted) {
			a.ok("AT+FDD=1")
			a.cmd("AT+FRM=96")
			far.Image(V29at9600, []byte{0x10, 0x10})
			time.Sleep(carrierLoss)
			a.got("\r\nCONNECT\r\n\x10\x1A\x10\x03\r\nNO CARRIER\r\n")
		}},
		{"slow", Habits{AnswerDelay: 100 * ms}, func(t *testing.T, a *host, far *Scripted) {
			if d := elapsed(func() { a.ok("AT+FTS=7") }); d != 170*ms {
				t.Errorf("+FTS=7 took %v", d)
			}
			a.cmd("AT+FRM=96") // CONNECT comes late, what follows it keeps its place
			far.Image(V29at9600, []byte("page"))
			time.Sleep(carrierLoss + 100*ms)
			a.got("\r\nCONNECT\r\npage\x10\x03\r\nNO CARRIER\r\n")
		}},
		{"late OK", Habits{LateOK: 300 * ms}, func(t *testing.T, a *host, far *Scripted) {
			a.cmd("AT+FTM=96")
			a.says("CONNECT")
			a.write(dle, etx)
			if d := elapsed(func() { a.says("OK") }); d != 300*ms {
				t.Errorf("OK after %v", d)
			}
		}},
		{"lost OK", Habits{LostOK: 2}, func(t *testing.T, a *host, far *Scripted) {
			for i := range 3 {
				a.cmd("AT+FTM=96")
				a.says("CONNECT")
				a.write(dle, etx)
				if i == 1 {
					a.nothing(time.Second)
				} else {
					a.says("OK")
				}
			}
			a.ok("AT")
		}},
		{"lost CONNECT", Habits{LostConnect: 2}, func(t *testing.T, a *host, far *Scripted) {
			a.cmd("AT+FTH=3") // the first was that of ATD
			a.nothing(time.Second)
			a.frame(frameDCN)
			a.says("OK")
		}},
		{"late CONNECT", Habits{LateConnect: 214 * ms}, func(t *testing.T, a *host, far *Scripted) {
			a.cmd("AT+FRM=96")
			begun := time.Now()
			go far.Image(V29at9600, make([]byte, 1200))
			a.says("CONNECT")
			if d := time.Since(begun); d != 75*ms+253*ms+214*ms {
				t.Errorf("CONNECT after %v", d)
			}
			if n := len(a.data()); n != 1200 {
				t.Errorf("%d octets", n)
			}
		}},
		{"early CONNECT", Habits{EarlyConnect: 400 * ms}, func(t *testing.T, a *host, far *Scripted) {
			a.cmd("AT+FTM=145")
			if d := elapsed(func() { a.says("CONNECT") }); d != 0 {
				t.Errorf("CONNECT after %v", d)
			}
			a.write([]byte("lost")...)
			time.Sleep(400 * ms)
			a.write([]byte("kept\x10\x03")...)
			a.says("OK")
			if s, err := far.Hear(time.Second); err != nil || string(s.Octets) != "kept" {
				t.Errorf("heard %v, %v", s, err)
			}
		}},
		{"CONNECT on noise", Habits{NoiseConnect: time.Second}, func(t *testing.T, a *host, far *Scripted) {
			a.cmd("AT+FRH=3")
			if d := elapsed(func() { a.says("CONNECT") }); d != time.Second {
				t.Errorf("CONNECT after %v", d)
			}
			a.nothing(10 * time.Second)
			go far.Burst(frameEOP)
			a.data()
			a.says("OK")
		}},
		{"own limit", Habits{ListenLimit: 30 * time.Second}, func(t *testing.T, a *host, far *Scripted) {
			for _, command := range []string{"AT+FRH=3", "AT+FRM=96"} {
				if d := elapsed(func() { a.ok(command) }); d != 30*time.Second {
					t.Errorf("%s ended after %v", command, d)
				}
			}
		}},
		{"deaf to V.29", Habits{Deaf: []Modulation{V29at9600}}, func(t *testing.T, a *host, far *Scripted) {
			a.cmd("AT+FRM=96")
			far.Image(V29at9600, make([]byte, 10))
			a.nothing(time.Second)
		}},
		{"CAN does not abort", Habits{IgnoresCAN: true}, func(t *testing.T, a *host, far *Scripted) {
			a.cmd("AT+FRH=3")
			a.write(can)
			a.nothing(time.Second)
			a.write([]byte("AT\r")...)
			a.says("OK")
		}},
		{"recovery", Habits{Recovery: 100 * ms}, func(t *testing.T, a *host, far *Scripted) {
			time.Sleep(100 * ms)
			a.ok("AT")
			time.Sleep(99 * ms)
			a.cmd("AT")
			a.nothing(time.Second)
			a.ok("AT")
		}},
		{"false carrier loss is FCERROR's other name", Habits{Spelling: map[string]string{"+FCERROR": "ERROR"}},
			func(t *testing.T, a *host, far *Scripted) {
				a.cmd("AT+FRM=96")
				go far.Burst(frameEOP)
				a.says("ERROR")
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtual(t, Options{}, func(t *testing.T, x *Exchange) {
				if c.habits.Recovery > 0 {
					c.habits.PowerOn = "E0"
					a := plug(t, x.Modem(Station{Number: "101"}, c.habits))
					c.do(t, a, nil)
					return
				}
				a, far := answered(t, x, c.habits)
				c.do(t, a, far)
			})
		})
	}
}

func TestVanishing(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		m := x.Modem(Station{Number: "101"}, Habits{PowerOn: "E0", GoneFrom: 3})
		h := plug(t, m)
		h.ok("AT")
		h.ok("AT")
		h.cmd("AT")
		synctest.Wait()
		if !errors.Is(h.err, ErrUnplugged) {
			t.Errorf("the reader got %v, want %v", h.err, ErrUnplugged)
		}
		m.Plug()
		plug(t, m).ok("AT")
	})
}

func TestMuteInMidCall(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		a, far := answered(t, x, Habits{MuteFrom: 4})
		a.cmd("AT+FTH=3")
		a.nothing(time.Minute)
		if _, err := far.Hear(time.Second); err != ErrSilence {
			t.Errorf("Hear returned %v, want ErrSilence", err)
		}
	})
}

// A modem that holds CTS takes nothing until it is let go.
func TestHold(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		m := x.Modem(Station{Number: "101"}, Habits{PowerOn: "E0"})
		h := plug(t, m)
		m.Hold(true)
		written := make(chan time.Time)
		go func() {
			h.cmd("AT")
			written <- time.Now()
		}()
		h.nothing(10 * time.Second)
		m.Hold(false)
		if d := time.Since(<-written); d != 0 {
			t.Errorf("written %v ago", d)
		}
		h.says("OK")
		if m.Hold(true); h.port.Close() != nil {
			t.Error("a held port does not close")
		}
	})
}

// RING comes whatever the computer is doing with the modem.
func TestRingInMidCommand(t *testing.T) {
	virtual(t, Options{PostDial: 50 * ms}, func(t *testing.T, x *Exchange) {
		h := plug(t, x.Modem(Station{Number: "101"}, Habits{PowerOn: "E0", AnswerDelay: 100 * ms}))
		far := x.Scripted(Station{Number: "102"})
		go far.Dial("101")
		h.cmd("ATI0") // answered in 100 ms; the bell rings in 50
		time.Sleep(time.Second)
		h.got("\r\nRING\r\n\r\n14400\r\n\r\nOK\r\n")
	})
}

// A modem that hangs leaves its signal on the line, and is cured by its plug alone.
func TestHang(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		far := x.Scripted(Station{Number: "102"})
		m := x.Modem(Station{Number: "101"}, Habits{})
		a := plug(t, m).class1()
		a.cmd("ATD102")
		if err := far.Answer(); err != nil {
			t.Fatal(err)
		}
		if err := far.Burst(frameDIS); err != nil {
			t.Fatal(err)
		}
		a.until("OK")
		a.cmd("AT+FTM=96")
		a.says("CONNECT")
		a.write([]byte("page\x10\x03")...)
		m.Hang()
		a.cmd("AT")
		a.nothing(time.Minute)
		if s, err := far.Hear(time.Second); err != nil || string(s.Octets) != "page" {
			t.Errorf("heard %v, %v", s, err)
		}
		m.Plug() // it is not unplugged
		a.cmd("AT")
		a.nothing(time.Minute)
		m.Unplug(nil)
		if _, err := a.port.Write([]byte("AT")); !errors.Is(err, ErrUnplugged) {
			t.Errorf("Write returned %v, want ErrUnplugged", err)
		}
		m.Plug()
		plug(t, m).class1()
	})
}

// CONNECT on noise after ATD is as good as any: S7 does not end the call, and the calling tone is over.
func TestNoiseAfterDialling(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		far := x.Scripted(Station{Number: "102"})
		a := plug(t, x.Modem(Station{Number: "101"}, Habits{NoiseConnect: 2 * time.Second})).class1()
		a.cmd("ATD102")
		if err := far.Answer(); err != nil {
			t.Fatal(err)
		}
		a.says("CONNECT")
		a.nothing(2 * time.Minute)
		go far.Burst(frameDIS)
		a.data()
		a.says("OK")
		if n := len(x.Log()); n != 2 {
			t.Errorf("%d signals, want CNG and DIS", n)
		}
	})
}
