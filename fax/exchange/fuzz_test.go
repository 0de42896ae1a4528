package exchange

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// Whatever a computer writes, at whatever pace, the modem takes it or blocks it, stays within its buffers, and lets go
// when the port closes.
func FuzzHost(f *testing.F) {
	f.Add([]byte("AT\rATE0V1Q0\rAT+FCLASS=1\rAT+FTM=?\rATI3\r"))
	f.Add([]byte("AT+FCLASS=1\rATD102\r\x18ATH\r"))
	f.Add([]byte("AT+FCLASS=1\rATD102\r\xFE\xFE\xFEAT+FTH=3\r\xFF\x13\xFB\x10\x03\xFEATH\r"))
	f.Add([]byte("AT+FCLASS=1;+FAR=1\rATD102\r\xFE\xFE\xFEAT+FTM=96\r\x10\x10\x10\x1A\x10\x11\x10\x03\xFEAT+FRM=96\r\xFE"))
	f.Add([]byte("AT+FCLASS=1\rATD102\r\xFE\xFE\xFEAT+FRS=7;+FTS=9;+FRH=3\r\xFEAT+FTH=3\r\x10\x03"))
	f.Fuzz(func(t *testing.T, script []byte) {
		synctest.Test(t, func(t *testing.T) {
			x := New(Options{Clears: len(script)%2 == 0})
			m, far := x.Modem(Station{Number: "101"}, Habits{}), x.Scripted(Station{Number: "102"})
			go func() {
				for far.Answer() == nil {
					far.Burst(frameCSI, frameDIS)
					far.Image(V29at9600, script)
					far.Hear(time.Second)
					far.HangUp()
				}
			}()
			p, err := m.Open()
			if err != nil {
				t.Fatal(err)
			}
			go typeScript(p, script)
			go drain(p)
			time.Sleep(time.Minute)
			synctest.Wait()
			if len(p.in) > m.habits.Buffer || len(p.out) > outputSize {
				t.Errorf("the port holds %d and %d octets", len(p.in), len(p.out))
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			time.Sleep(10 * time.Minute) // the far station notices
			x.Close()
		})
	})
}

// typeScript writes a script; 0xFE stands for a pause. It ends well before the test does.
func typeScript(p *Port, script []byte) {
	parts := 0
	for part := range bytes.SplitSeq(script, []byte{0xFE}) {
		if _, err := p.Write(part); err != nil || parts == 100 {
			return
		}
		parts++
		time.Sleep(2 * time.Second)
	}
}

func drain(p *Port) {
	for b := make([]byte, 100); ; {
		if _, err := p.Read(b); err != nil {
			return
		}
	}
}

// A command line falls into commands without end or loss: each cut uses something up, and what is cut is a command.
func FuzzNextCommand(f *testing.F) {
	for _, s := range []string{"", "E0V1", "S7=60;+FCLASS=1", "+FTS=7;+FTM=146", "&K3\\N0", "DT1,2;", "S", "S7", "&", "+", "+=", "+FAR =? ;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for n := 0; ; n++ {
			c, rest, ok := nextCommand(line)
			if !ok || c.name == "" {
				return
			}
			if len(rest) >= len(line) {
				t.Fatalf("%q cut to %q", line, rest)
			}
			line = rest
		}
	})
}

// Shielding is undone exactly, however the octets are cut into pieces.
func FuzzShield(f *testing.F) {
	f.Add([]byte{0x10, 0x10, 0x10, 0x03, 0x10}, uint8(1), true)
	f.Add([]byte("page"), uint8(3), false)
	f.Fuzz(func(t *testing.T, data []byte, piece uint8, substitute bool) {
		in := append(shield(data, substitute), endOfData()...)
		var u unshield
		var out []byte
		for end := false; !end; {
			if len(in) == 0 {
				t.Fatal("the end was not found")
			}
			var n int
			out, n, end = u.next(out, in[:min(len(in), 1+int(piece))], len(out)+1+int(piece))
			in = in[n:]
		}
		if !bytes.Equal(out, data) || len(in) > 0 {
			t.Errorf("got %x, want %x", out, data)
		}
	})
}
