package class1

import (
	"strings"
	"time"

	"faxbox/fax/t30"
)

// Habits is what must be done differently for a modem. It is data: a row is added for a modem when a trace shows that it
// needs one, and its comment says what was seen.
type Habits struct {
	Name string // of the modem or its family

	// match tells by which texts of the identification a modem is known (any of them, upper case), and by which USB ids.
	match []string
	usb   []string

	Init         []string      // commands at the end of the set-up
	FTS          int           // silence between two signals of ours, as +FTS counts it (10 ms); 0: by our own clock
	FRS          int           // silence after what we heard, as +FRS counts it; 0: by our own clock
	Pause        time.Duration // these silences where our clock keeps them
	Adds         AddedSilence  // what the modem is silent by itself, and +FTS need not be
	ConnectDelay time.Duration // from CONNECT after +FTM to the first octet
	Late         time.Duration // how much later than other modems it says CONNECT when it receives
	Persistence  int           // how often +FRM is asked again after +FCERROR
	AbortByAT    bool          // a reception is broken off by AT, not by CAN
	Class        string        // the class to use, whatever it offers
}

// AddedSilence is what a modem adds to the silence between two signals, in units of 10 ms.
type AddedSilence struct {
	AfterV17    int // between the end of V.17 octets and its OK
	AfterOther  int // after V.29 and V.27ter octets
	BeforeOther int // between +FTM for V.29 or V.27ter and the first energy on the line
}

// usual are the habits of a modem that follows T.31. The silences are a little below 75 ms, because the modem's answer and
// our next command add to them: 5 to 25 ms, which stays within T.30's 55 to 95 ms.
var usual = Habits{Name: "T.31", FTS: 7, FRS: 7, Pause: 70 * time.Millisecond}

// habits are those of the modems that need others. The zero of FTS, FRS and Pause means the usual here, -1 none.
var habits = []Habits{
	{
		// +FRM says CONNECT 214 ms late; a cancelled +FRH goes on unless it is ended by a bare AT; +FCERROR comes for a
		// carrier that is only late. Its own receive timer of 30 s is S30.
		Name: "Silicon Labs Si24xx", match: []string{"SI2417", "SI2435", "SI2494"},
		Init: []string{"S30=59"}, Late: 400 * time.Millisecond, Persistence: 1, AbortByAT: true,
	},
	{
		// +FRS resets the modem or comes back at once; +FCLASS=1 turns hardware flow control off.
		Name: "USRobotics", match: []string{"USROBOTICS", "U.S. ROBOTICS", "COURIER", "SPORTSTER"}, usb: []string{"0BAF:0303"},
		Init: []string{"&H1"}, FRS: -1,
	},
	{
		// +FTM says CONNECT before training is over: octets that come at once are lost.
		Name: "Lucent/Agere", match: []string{"LUCENT", "AGERE", "MT5634ZBA", "CFAX34"},
		ConnectDelay: 400 * time.Millisecond,
	},
	{
		Name: "Intel 537EP", match: []string{"537EP", "MD566"}, // as Lucent
		ConnectDelay: 400 * time.Millisecond,
	},
	{
		// +FTS and +FRS are missing.
		Name: "Cirrus Logic", match: []string{"CIRRUS"}, FTS: -1, FRS: -1,
	},
	{
		Name: "isdn4linux", match: []string{"LINUX ISDN"}, FTS: -1, FRS: -1, // likewise
	},
	{
		// The modem takes commands every 20 ms of line time, and rounds silences up to that: +FTS=5 gives 64 to 77 ms between
		// frames and V.17, +FRS=5 gives 55 to 75. It ends V.17 with 20 ms of silence, and begins V.29 and V.27ter with it
		// (measured in the audio, 16 signals of each kind).
		Name: "spandsp", match: []string{"SPANDSP", "SOFT-SWITCH", "IAXMODEM"}, FTS: 5, FRS: 5,
		Adds: AddedSilence{AfterV17: 4, AfterOther: 2, BeforeOther: 2},
	},
}

// habitsOf finds the habits of a modem by all it said of itself and its USB id.
func habitsOf(said, usb string) Habits {
	said, usb = strings.ToUpper(said), strings.ToUpper(usb)
	for _, h := range habits {
		if h.is(said, usb) {
			return h.orUsual()
		}
	}
	return usual
}

func (h Habits) is(said, usb string) bool {
	for _, id := range h.usb {
		if usb == id {
			return true
		}
	}
	for _, text := range h.match {
		if strings.Contains(said, text) {
			return true
		}
	}
	return false
}

func (h Habits) orUsual() Habits {
	or := func(n, usual int) int {
		if n == 0 {
			return usual
		}
		return max(n, 0)
	}
	h.FTS, h.FRS = or(h.FTS, usual.FTS), or(h.FRS, usual.FRS)
	if h.Pause == 0 {
		h.Pause = usual.Pause
	}
	return h
}

// fts is the parameter of +FTS between two signals of ours, V.21 being no modulation; 0 for our own clock.
func (h *Habits) fts(before, after t30.Modulation) int {
	if h.FTS == 0 {
		return 0
	}
	n := h.FTS
	switch {
	case v17(before):
		n -= h.Adds.AfterV17
	case before != 0:
		n -= h.Adds.AfterOther
	}
	if after != 0 && !v17(after) {
		n -= h.Adds.BeforeOther
	}
	return max(n, 1)
}

// v17 tells V.17 by its having short training.
func v17(m t30.Modulation) bool { return m.Short() != m.Long() }
