package exchange

import (
	"bytes"
	"testing"
	"time"
)

// said are the bursts and image signals of a log.
func said(x *Exchange) []Signal {
	var all []Signal
	for _, s := range x.Log() {
		if s.Kind != Tone {
			all = append(all, s)
		}
	}
	return all
}

func TestWholeCall(t *testing.T) {
	virtual(t, Options{}, func(t *testing.T, x *Exchange) {
		caller, called := identified(t, x, Habits{}, Habits{})

		caller.ok("AT+FTS=7")
		caller.cmd("AT+FTH=3")
		caller.says("CONNECT")
		called.cmd("AT+FRH=3")
		caller.frame(frameDCS)
		called.says("CONNECT")
		if f := called.data(); !bytes.Equal(f, withFCS(frameDCS)) {
			t.Errorf("DCS came as %x", f)
		}
		called.says("OK")
		called.cmd("AT+FRM=145")
		caller.says("OK")
		caller.ok("AT+FTS=7")
		caller.cmd("AT+FTM=145")
		caller.says("CONNECT")
		tcf := make([]byte, 2700)
		caller.write(append(tcf, dle, etx)...)
		called.says("CONNECT")
		if got := called.data(); !bytes.Equal(got, tcf) {
			t.Errorf("TCF came as %d octets", len(got))
		}
		called.says("NO CARRIER")
		caller.says("OK")

		log := said(x)
		last := log[len(log)-1]
		if last.Gap != 70*time.Millisecond || last.Duration != 1393*time.Millisecond+1500*time.Millisecond {
			t.Errorf("TCF took %v after %v", last.Duration, last.Gap)
		}
	})
}
