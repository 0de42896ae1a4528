package exchange

import (
	"slices"
	"time"
)

// Habits are what a modem is and where it departs from T.31. The zero value is a faultless modem of class 1 and 1.0 with
// all modulations.
type Habits struct {
	Maker, Model, Revision string            // +FMI, +FMM, +FMR; "" has a default
	ATI                    map[int]string    // answers to ATI0…ATI9, lines parted by "\n"; others are ERROR, ATI0 has a default
	Classes                string            // answer to +FCLASS=?; "" is 0,1,1.0
	Send, Receive          []Modulation      // answers to +FTM=? and +FRM=?; nil: all
	Parentheses            bool              // lists of parameters come in parentheses
	PowerOn                string            // commands that set the state after power-up and ATZ, such as "E0V0"
	Spelling               map[string]string // other words for result codes: "NO DIALTONE" to "NO DIAL TONE"
	PlainCallerID          bool              // NMBR=…, without blanks

	NoFTS, NoFRS, NoFAR bool // these commands are ERROR
	FRSAtOnce           bool // +FRS answers at once whatever is on the line
	DropsChain          bool // what follows +FTS or +FRS on a command line is dropped
	NoFCS               bool // received frames come without FCS
	DLEBug              bool // 0x10 in received frames is not doubled
	Substitute          bool // 0x10 0x10 in received data comes as DLE SUB, as if +FDD=1

	AnswerDelay  time.Duration // each answer comes so much later
	LateOK       time.Duration // so does the OK that ends a transmission
	LostOK       int           // which OK that ends a transmission is never given, from 1; 0: none
	LateConnect  time.Duration // each CONNECT on reception comes so much later
	LostConnect  int           // which CONNECT is never given, from 1; 0: none
	EarlyConnect time.Duration // +FTM: CONNECT at the start of training; octets that come within this time are lost
	NoiseConnect time.Duration // +FRH: CONNECT after so long without any signal
	ListenLimit  time.Duration // +FRH and +FRM end with OK after so long
	Deaf         []Modulation  // +FRM of these is taken, but never connects

	IgnoresCAN bool          // CAN does not end an action, other characters do
	Recovery   time.Duration // a command line that comes sooner than this after a result code is lost

	NoFCError    bool // a wrong carrier is not reported
	QuickFCError bool // a wrong carrier is reported on the first trace of it, even at the tail of the signal before

	Chatter  string // said before the answer to every command line, such as "RING"
	Nonsense bool   // every answer is garbage
	MuteFrom int    // from this command line on nothing is done or answered; 0: never
	GoneFrom int    // this command line makes the modem vanish from the computer, with ErrUnplugged; 0: never
	Buffer   int    // octets between computer and modem, in drivers too; 0: 4096
}

func (h *Habits) fill() {
	set := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	set(&h.Maker, "Exchange")
	set(&h.Model, "Class 1 Modem")
	set(&h.Revision, "1.0")
	set(&h.Classes, "0,1,1.0")
	if h.ATI == nil {
		h.ATI = map[int]string{0: "14400", 3: h.Maker + " " + h.Model + " " + h.Revision}
	}
	if h.Buffer <= 0 {
		h.Buffer = 4096
	}
	var all []Modulation
	for _, c := range carriers {
		all = append(all, c.code)
	}
	slices.Sort(all)
	if h.Send == nil {
		h.Send = all
	}
	if h.Receive == nil {
		h.Receive = all
	}
}
