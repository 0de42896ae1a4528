package exchange

import (
	"bytes"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// After ATA: 200 ms, CED of 2.6 s, 75 ms of silence, flags with CONNECT. The caller hears CONNECT after five flags.
func TestAnswerTiming(t *testing.T) {
	virtual(t, Options{Line: Line{Delay: 30 * ms}}, func(t *testing.T, x *Exchange) {
		var flags time.Time
		caller := plug(t, x.Modem(Station{Number: "101"}, Habits{})).class1()
		called := plug(t, x.Modem(Station{Number: "102"}, Habits{})).class1()
		caller.cmd("ATD102")
		called.says("RING")
		called.cmd("ATA")
		if d := elapsed(func() { called.says("CONNECT") }); d != 2875*ms {
			t.Errorf("CONNECT %v after ATA, want 2.875s", d)
		}
		flags = time.Now()
		called.frame(frameDIS)
		if d := elapsed(func() { caller.says("CONNECT") }); d != 30*ms+v21Time(40) {
			t.Errorf("CONNECT %v after the first flag, want 30ms + 40 bits", d)
		}
		called.says("OK")
		if d, want := time.Since(flags), v21Time(300+lineBits(frameDIS)); d != want {
			t.Errorf("OK %v after the first flag, want %v", d, want)
		}
		var cng []Signal
		for _, s := range x.Log() {
			if s.Name == "CNG" {
				cng = append(cng, s)
			}
		}
		if len(cng) != 1 || cng[0].Duration != 500*ms {
			t.Errorf("calling tones: %v; want one of 500 ms", cng)
		}
	})
}

// The calling tone comes every 3.5 s while nothing is heard.
func TestCallingTone(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		x.Behave(Station{Number: "102"}, Behaviour{Does: Silent})
		h := plug(t, x.Modem(Station{Number: "101"}, Habits{})).class1()
		h.cmd("ATD102")
		time.Sleep(10 * time.Second) // answered after 1.5 s
		h.write(' ')
		h.says("NO CARRIER")
		var at []time.Duration
		for _, s := range x.Log() {
			at = append(at, s.Start.Sub(x.Log()[0].Start))
		}
		if got, want := fmt.Sprint(at), "[0s 3.5s 7s]"; got != want {
			t.Errorf("calling tones at %v, want %v", got, want)
		}
	})
}

// Every modulation trains as long as it should, carries its octets at its rate, and ends with the last of them.
func TestModulations(t *testing.T) {
	for _, c := range carriers {
		t.Run(c.name, func(t *testing.T) {
			virtual(t, Options{}, func(t *testing.T, x *Exchange) {
				caller, called := identified(t, x, Habits{}, Habits{})
				if c.long != 0 {
					image(t, caller, called, c.long, make([]byte, 100))
				}
				const n = 1000
				took := time.Duration(n) * 8 * time.Second / time.Duration(c.rate)
				called.cmd("AT+FRM=" + itoa(c.code))
				caller.cmd("AT+FTM=" + itoa(c.code))
				if d := elapsed(func() { caller.says("CONNECT") }); d != c.training {
					t.Errorf("CONNECT %v after +FTM, want %v", d, c.training)
				}
				if d := elapsed(func() { called.says("CONNECT") }); d != 0 {
					t.Errorf("the receiver's CONNECT comes %v later", d)
				}
				data := make([]byte, n)
				for i := range data {
					data[i] = byte(i)
				}
				caller.write(append(shielded(data), dle, etx)...)
				if d := elapsed(func() { caller.says("OK") }); d != took {
					t.Errorf("OK after %v, want %v", d, took)
				}
				if d := elapsed(func() {
					if got := called.data(); !bytes.Equal(got, data) {
						t.Errorf("got %x", got)
					}
					called.says("NO CARRIER")
				}); d != carrierLoss {
					t.Errorf("NO CARRIER %v after the end, want %v", d, carrierLoss)
				}
			})
		})
	}
}

func TestShortTraining(t *testing.T) {
	for _, c := range []struct {
		name   string
		before []Modulation
		send   Modulation
		listen Modulation
		heard  bool
	}{
		{"after the long one", []Modulation{V17at14400}, V17at14400Short, V17at14400Short, true},
		{"twice", []Modulation{V17at14400, V17at14400Short}, V17at14400Short, V17at14400Short, true},
		{"after V.29 in between", []Modulation{V17at9600, V29at9600}, V17at9600Short, V17at9600Short, true},
		{"without a long one", nil, V17at14400Short, V17at14400Short, false},
		{"after V.29 only", []Modulation{V29at9600}, V17at9600Short, V17at9600Short, false},
		{"of another rate", []Modulation{V17at14400}, V17at12000Short, V17at12000Short, false},
		{"taken for long", []Modulation{V17at14400}, V17at14400Short, V17at14400, false},
		{"long taken for short", []Modulation{V17at14400}, V17at14400, V17at14400Short, false},
		{"wrong rate", nil, V29at9600, V29at7200, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtual(t, Options{}, func(t *testing.T, x *Exchange) {
				caller, called := identified(t, x, Habits{}, Habits{})
				for _, m := range c.before {
					image(t, caller, called, m, make([]byte, 50))
				}
				called.cmd("AT+FRM=" + itoa(c.listen))
				caller.cmd("AT+FTM=" + itoa(c.send))
				caller.says("CONNECT")
				caller.write(0, dle, etx)
				caller.says("OK")
				if !c.heard {
					called.nothing(time.Minute)
					return
				}
				called.says("CONNECT")
				called.data()
				called.says("NO CARRIER")
			})
		})
	}
}

// A receiver that comes too late misses the training.
func TestLateReceiver(t *testing.T) {
	for _, c := range []struct {
		m     Modulation
		late  time.Duration
		heard bool
	}{
		{V17at14400, 500 * ms, true}, {V17at14400, 501 * ms, false},
		{V29at9600, 25 * ms, true}, {V29at9600, 26 * ms, false},
		{V27ter4800, 150 * ms, true}, {V27ter4800, 151 * ms, false},
	} {
		t.Run(fmt.Sprint(c.m, c.late), func(t *testing.T) {
			virtual(t, Options{}, func(t *testing.T, x *Exchange) {
				caller, called := identified(t, x, Habits{}, Habits{})
				caller.cmd("AT+FTM=" + itoa(c.m))
				time.Sleep(c.late)
				called.cmd("AT+FRM=" + itoa(c.m))
				caller.says("CONNECT")
				caller.write(0, dle, etx)
				caller.says("OK")
				if !c.heard {
					called.nothing(time.Second)
					return
				}
				called.says("CONNECT")
			})
		})
	}
}

// The port takes 4 KB, or what the modem's habits say, and then waits for the line.
func TestBackPressure(t *testing.T) {
	t.Run("4 KB", func(t *testing.T) { backPressure(t, Habits{}, 4096) })
	t.Run("17 KB", func(t *testing.T) { backPressure(t, Habits{Buffer: 17 << 10}, 17<<10) })
}

func backPressure(t *testing.T, h Habits, buffer int) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		caller, called := identified(t, x, h, Habits{})
		called.cmd("AT+FRM=96")
		caller.cmd("AT+FTM=96")
		caller.says("CONNECT")
		page := bytes.Repeat([]byte{1, 2, 3, 4}, 6000)
		begun := time.Now()
		for sent := 0; sent < len(page); sent += 1000 {
			caller.write(page[sent : sent+1000]...)
			// What is written has gone, or is in the buffer, or is the chunk on the line.
			gone := int(time.Since(begun) * 9600 / 8 / time.Second)
			if inside := sent + 1000 - gone; inside > buffer+60 {
				t.Fatalf("%d octets inside after %v", inside, time.Since(begun))
			}
		}
		blocked := time.Since(begun)
		if least := time.Duration(len(page)-buffer-60) * 8 * time.Second / 9600; blocked < least || blocked > least+chunk {
			t.Errorf("writing took %v, want %v to %v", blocked, least, least+chunk)
		}
		caller.write(dle, etx)
		caller.says("OK")
		if d, want := time.Since(begun), time.Duration(len(page))*8*time.Second/9600; d != want {
			t.Errorf("the page took %v, want %v", d, want)
		}
		called.says("CONNECT")
		if got := called.data(); !bytes.Equal(got, page) {
			t.Error("the page came damaged")
		}
	})
}

// A computer that does not read loses what does not fit, and nothing else happens.
func TestReaderStalls(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		a, m := x.Scripted(Station{Number: "101"}), x.Modem(Station{Number: "102"}, Habits{PowerOn: "E0"})
		p, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(time.Second)
			p.Write([]byte("AT+FCLASS=1\rATA\r"))
			time.Sleep(4 * time.Second)
			p.Write([]byte{dle, etx}) // no frame
			time.Sleep(time.Second)
			p.Write([]byte("AT+FRM=145\r"))
		}()
		if err := a.Dial("102"); err != nil {
			t.Fatal(err)
		}
		a.Hear(10 * time.Second)
		time.Sleep(2 * time.Second)
		a.Image(V17at14400, make([]byte, outputSize+10000))
		b := make([]byte, 2*outputSize)
		n, err := p.Read(b)
		if n != outputSize || err != nil {
			t.Errorf("Read returned %d, %v; want %d octets", n, err, outputSize)
		}
	})
}

// Before the first octet the line is filled with ones, then with zeros; five seconds of that are the end.
func TestUnderrun(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		caller, called := identified(t, x, Habits{}, Habits{})
		called.cmd("AT+FRM=96")
		caller.cmd("AT+FTM=96")
		caller.says("CONNECT")
		time.Sleep(100 * ms) // 120 octets
		caller.write(0x55)
		time.Sleep(500*ms + ms) // the octet, 600 more, and the one that is under way
		caller.write(0x55, dle)
		time.Sleep(10 * ms) // as long as 12; the octet began 0.7 ms late; DLE alone is nothing
		caller.write(etx)
		caller.says("OK")
		called.says("CONNECT")
		want := bytes.Repeat([]byte{0xFF}, 120)
		want = append(append(want, 0x55), make([]byte, 601)...)
		want = append(append(want, 0x55), make([]byte, 11)...)
		if got := called.data(); !bytes.Equal(got, want) {
			t.Errorf("got %d octets %x…, want %d", len(got), got[:122], len(want))
		}
		called.says("NO CARRIER")

		called.cmd("AT+FRM=96")
		caller.cmd("AT+FTM=96")
		caller.says("CONNECT")
		caller.write(0x55)
		took := elapsed(func() { caller.says("ERROR") })
		if want := (carrier{rate: 9600}).time(1) + starving; took != want {
			t.Errorf("ERROR after %v, want %v", took, want)
		}
		called.says("CONNECT")
		if n := len(called.data()); n != 1+6000 {
			t.Errorf("%d octets, want 6001", n)
		}
		called.says("NO CARRIER")

		called.cmd("AT+FRH=3")
		caller.cmd("AT+FTH=3")
		caller.says("CONNECT")
		caller.write(frameCSI...) // no end
		if d := elapsed(func() { caller.says("ERROR") }); d != starving {
			t.Errorf("ERROR after %v, want %v", d, starving)
		}
		called.says("CONNECT")
		called.data()
		called.says("NO CARRIER")
	})
}

// Frames wait for the preamble, and for the computer, on flags. A frame without octets ends a burst.
func TestBurst(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		caller, called := pair(t, x, Habits{}, Habits{})
		called.frame(frameCSI)
		d := elapsed(func() { called.says("CONNECT") })
		if want := time.Second + v21Time(lineBits(frameCSI)); d != want {
			t.Errorf("CONNECT after %v, want %v", d, want)
		}
		time.Sleep(2 * time.Second)
		called.frame(frameCSI)
		d = elapsed(func() { called.says("CONNECT") })
		if want := v21Time(lineBits(frameCSI)); d < want || d > want+v21Time(flagBits) {
			t.Errorf("CONNECT after %v, want %v and less than a flag", d, want)
		}
		called.write(dle, etx)
		called.says("OK")

		// Both frames are kept for the computer, which was slow.
		caller.says("CONNECT")
		caller.data()
		caller.says("OK")
		if f := caller.hears(); !bytes.Equal(f, frameCSI) {
			t.Errorf("the second frame is %x", f)
		}
		caller.cmd("AT+FRH=3")
		caller.nothing(time.Second)
	})
}

func TestFrameTooLong(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		_, called := pair(t, x, Habits{}, Habits{})
		called.write(make([]byte, maxFrame)...)
		called.says("ERROR")
	})
}

// What is heard while the modem does something else is lost, and so is a frame whose beginning was missed.
func TestMissedFrame(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		far := x.Scripted(Station{Number: "102"})
		h := plug(t, x.Modem(Station{Number: "101"}, Habits{})).class1()
		h.cmd("ATD102")
		if err := far.Answer(); err != nil {
			t.Fatal(err)
		}
		go far.Burst(frameCSI, frameDIS)
		h.says("CONNECT")
		h.write(can)
		if len(h.data()) > 0 {
			t.Error("data before an abort")
		}
		h.says("OK")
		time.Sleep(time.Second) // in the middle of CSI
		if f := h.hears(); !bytes.Equal(f, frameDIS) {
			t.Errorf("got %x, want DIS", f)
		}
	})
}

func TestWrongCarrier(t *testing.T) {
	setup := func(t *testing.T, x *Exchange, h Habits) (*host, *Scripted) {
		far := x.Scripted(Station{Number: "102"})
		a := plug(t, x.Modem(Station{Number: "101"}, h)).class1()
		a.cmd("ATD102")
		if err := far.Answer(); err != nil {
			t.Fatal(err)
		}
		a.write(' ') // do not wait for V.21
		return a, far
	}
	// After the call is through, +FRH from ATD is aborted: that hangs up, so the caller lets itself be heard first.
	connect := func(t *testing.T, x *Exchange, h Habits) (*host, *Scripted) {
		far := x.Scripted(Station{Number: "102"})
		a := plug(t, x.Modem(Station{Number: "101"}, h)).class1()
		a.cmd("ATD102")
		if err := far.Answer(); err != nil {
			t.Fatal(err)
		}
		go far.Burst(frameDIS)
		a.says("CONNECT")
		a.data()
		a.says("OK")
		return a, far
	}
	t.Run("abort before anything was heard", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			a, far := setup(t, x, Habits{})
			a.says("NO CARRIER")
			if _, err := far.Hear(time.Second); err != ErrHungUp {
				t.Errorf("Hear returned %v, want ErrHungUp", err)
			}
		})
	})
	t.Run("V.21 instead of a page", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			a, far := connect(t, x, Habits{})
			a.cmd("AT+FRM=96")
			go far.Burst(frameEOP)
			if d := elapsed(func() { a.says("+FCERROR") }); d != 75*ms+v21Time(wrongAfter) {
				t.Errorf("+FCERROR after %v", d)
			}
			if f := a.hears(); f[2] != frameEOP[2] {
				t.Errorf("got %x, want EOP", f)
			}
		})
	})
	t.Run("V.21, adaptive", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			a, far := connect(t, x, Habits{})
			a.ok("AT+FAR=1")
			a.cmd("AT+FRM=96")
			go far.Burst(frameEOP)
			a.says("+FRH:3")
			a.says("CONNECT")
			if f := a.data(); f[2] != frameEOP[2] {
				t.Errorf("got %x, want EOP", f)
			}
			a.says("OK")
		})
	})
	t.Run("a page instead of V.21", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			a, far := connect(t, x, Habits{})
			a.cmd("AT+FRH=3")
			go far.Image(V29at9600, make([]byte, 100))
			a.says("+FCERROR")
			a.cmd("AT+FRM=96") // too late to train
			a.nothing(time.Second)
		})
	})
	t.Run("a page, adaptive", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			a, far := connect(t, x, Habits{})
			a.ok("AT+FAR=1")
			a.cmd("AT+FRH=3")
			go far.Image(V29at9600, []byte("page"))
			a.says("+FRM:96")
			a.says("CONNECT")
			if b := a.data(); string(b) != "page" {
				t.Errorf("got %q", b)
			}
			a.says("NO CARRIER")
		})
	})
	t.Run("numeric", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			a, far := connect(t, x, Habits{})
			a.cmd("ATV0")
			a.take([]byte("0\r"), time.Second)
			a.cmd("AT+FRM=96")
			far.Burst(frameEOP)
			a.got("+F4\r")
		})
	})
	t.Run("tail of the burst before", func(t *testing.T) {
		// +FRM while the burst still lasts: no mistake of a good modem, but of one that is quick on the trigger.
		for _, quick := range []bool{false, true} {
			virtual(t, Options{}, func(t *testing.T, x *Exchange) {
				a, far := connect(t, x, Habits{QuickFCError: quick})
				done := make(chan bool)
				go func() {
					far.Burst(frameEOP)
					far.Play(Signal{Kind: Burst, Duration: 100 * ms})
					close(done)
				}()
				a.hears()
				time.Sleep(10 * ms)
				a.cmd("AT+FRM=96")
				<-done
				synctest.Wait()
				if quick {
					a.says("+FCERROR")
				} else {
					a.got("")
				}
			})
		}
	})
	t.Run("not reported", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			a, far := connect(t, x, Habits{NoFCError: true})
			a.cmd("AT+FRM=96")
			far.Burst(frameEOP)
			a.nothing(time.Second)
		})
	})
}

func TestAbort(t *testing.T) {
	for _, c := range []struct{ command, want string }{
		{"AT+FRH=3", "\r\nOK\r\n"},
		{"AT+FRM=96", "\r\nOK\r\n"},
		{"AT+FTS=200", "\r\nOK\r\n"},
		{"AT+FRS=200", "\r\nOK\r\n"},
		{"AT+FTS=200;+FTH=3", "\r\nOK\r\n"},
	} {
		t.Run(c.command, func(t *testing.T) {
			virtual(t, Options{}, func(t *testing.T, x *Exchange) {
				_, called := identified(t, x, Habits{}, Habits{})
				called.cmd(c.command)
				called.write('\n', dc1, dc3) // these do not abort
				called.nothing(time.Second)
				called.write(can)
				called.got(c.want)
				called.ok("AT")
			})
		})
	}
	t.Run("while a page comes", func(t *testing.T) {
		virtual(t, Options{}, func(t *testing.T, x *Exchange) {
			caller, called := identified(t, x, Habits{}, Habits{})
			called.cmd("AT+FRM=96")
			caller.cmd("AT+FTM=96")
			caller.says("CONNECT")
			caller.write(make([]byte, 3000)...)
			time.Sleep(time.Second)
			called.write([]byte("AT+FRH=3\r")...) // the first character is the abort, the rest is lost
			called.says("CONNECT")
			if n := len(called.data()); n != 1200 {
				t.Errorf("%d octets before the abort, want 1200", n)
			}
			called.says("OK")
			called.nothing(time.Second)
		})
	})
}

func TestPauses(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		caller, called := identified(t, x, Habits{}, Habits{})
		if d := elapsed(func() { caller.ok("AT+FTS=7") }); d != 70*ms {
			t.Errorf("+FTS=7 took %v", d)
		}
		if d := elapsed(func() { caller.ok("AT+FRS=7") }); d != 70*ms {
			t.Errorf("+FRS=7 in silence took %v", d)
		}
		called.cmd("AT+FTM=96")
		called.says("CONNECT")
		called.write(append(make([]byte, 120), dle, etx)...)
		if d := elapsed(func() { caller.ok("AT+FRS=7") }); d != 170*ms {
			t.Errorf("+FRS=7 with 100 ms of signal took %v, want 170ms", d)
		}
		called.says("OK")
		caller.cmd("AT+FRS=7;+FTH=3") // chained
		if d := elapsed(func() { caller.says("CONNECT") }); d != 70*ms {
			t.Errorf("+FRS=7;+FTH=3 took %v to CONNECT", d)
		}
	})
}

// A call in class 0 finds no data modem at the other end.
func TestClassZero(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		a := plug(t, x.Modem(Station{Number: "101"}, Habits{PowerOn: "E0"}))
		b := plug(t, x.Modem(Station{Number: "102"}, Habits{PowerOn: "E0S7=20"}))
		a.cmd("ATD102")
		b.says("RING")
		b.cmd("ATA")
		if d := elapsed(func() { b.says("NO CARRIER") }); d != 20*time.Second {
			t.Errorf("called: NO CARRIER after %v", d)
		}
		if d := elapsed(func() { a.says("NO CARRIER") }); d != 39500*ms {
			t.Errorf("caller: NO CARRIER %v later", d)
		}
		a.cmd("ATD102")
		b.says("RING")
		b.cmd("ATA")
		b.write(' ')
		b.says("NO CARRIER")
	})
}
