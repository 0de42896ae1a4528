package t30

import (
	"bytes"
	"slices"
	"time"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/fax/t4"
)

// The timers of T.30 5.4, and those it left unnamed.
const (
	T1 = 35 * time.Second        // identification: each station, from entering phase B
	T2 = 6 * time.Second         // a station waiting for a command
	T4 = 3200 * time.Millisecond // a station waiting for a response, 3 s and a bit for modems that are late
	T5 = 60 * time.Second        // RNR in sum, as the sender bears it

	// phaseC is how long a receiver waits for the image carrier after CFR, MCF or PPR.
	phaseC = T2 + 3*time.Second
	// idleCeiling ends a call in which nothing good was heard for so long, whatever the other end says.
	idleCeiling = 5 * time.Minute
)

// Limits on repetition.
const (
	commandTries = 3  // T.30: a command is said three times in all
	answerCap    = 12 // how often one answer is repeated, so that two confused ends finish
	rejectCap    = 3  // how often we reject a page with RTN before we end the call
	trainCap     = 12 // how often we answer FTT in a row
	burstCap     = 32 // bursts an ECM block may take
)

// Config is what one end brings to a call.
type Config struct {
	Called bool // we answered; otherwise we dialled

	Ident string // our CSI, TSI or CIG; "" sends none

	Send    Document // what we send, or offer for polling when called; may be nil
	Receive Sink     // where received pages go; nil: we cannot receive
	Poll    bool     // caller: ask for the distant station's document, after our own if there is one

	SUB      string // sent with our document if the other station takes sub-addresses
	Password string // sender: SID. Polling caller: PWD. Called with a document: the PWD that a poller must know
	SEP      string // polling caller: which document. Called with a document: the SEP it answers to, "" for any

	ECM         bool // use ECM when both can
	SmallFrames bool // ECM frames of 64 octets
	TxRates     []Modulation
	RxRates     []Modulation
	MaxRate     int // bit/s, 0 for no limit

	Codings     []t4.Coding         // what we send and take; nil: MH, MR and MMR
	Resolutions []raster.Resolution // what we take beside standard; nil: all
	Width       int                 // widest page we take, as pels at R8; 0: A3
	LetterLegal bool                // say so in the DIS although any length is taken
	NSF         []byte              // FIF of an NSF to announce; nil for none

	AcceptRTN bool // this distant number says RTN for pages it keeps: count them as delivered
	EOR       bool // give up an MH or MR block that cannot be repaired, and go on; its page is not confirmed

	Jitter  func(max time.Duration) time.Duration // a random offset from 0 to max; nil: half of max
	Observe func(Event)                           // told what happens as it happens; may be nil
}

// Call is one end of a fax call: the conversation of T.30 as a state machine that is told what was heard and says what to
// do next. It does no I/O, reads no clock and starts no goroutine; its methods are called from one goroutine.
type Call struct {
	cfg  Config
	now  time.Time
	step step // what to do with what is heard next

	pending  pending // how to go on when it is not what was waited for
	progress time.Time
	phaseB   time.Time // when T1 began
	heardDIS bool      // we received a DIS, so our X bit is 1
	stray    bool      // one answer out of place was passed over
	over     bool

	remote Capabilities
	mode   Mode
	result Result

	sender
	receiver
}

// step is a state: it takes what was heard, as the recogniser understood it, and returns the next turn, having set the step
// that follows.
type step func(*Call, hearing) Turn

// pending is what the recogniser needs to repeat itself or to keep listening.
type pending struct {
	response bool // we gave a command and wait for its response; else we wait for a command
	again    Turn // the command, or the response given last
	tries    int  // times said
	listen   Turn // how we are listening, saying nothing
	left     time.Duration
	giveUp   fax.Cause       // what silence in the end means, for a response
	vary     func() []Signal // what to say in place of again the last time; may be nil
}

// NewCall makes one end of a call. The call begins with Start.
func NewCall(cfg Config) *Call {
	if cfg.MaxRate == 0 {
		cfg.MaxRate = V17at14400.Rate()
	}
	if cfg.Codings == nil {
		cfg.Codings = []t4.Coding{t4.MH, t4.MR, t4.MMR}
	}
	if cfg.Jitter == nil {
		cfg.Jitter = func(max time.Duration) time.Duration { return max / 2 }
	}
	if cfg.Observe == nil {
		cfg.Observe = func(Event) {}
	}
	c := &Call{cfg: cfg}
	if cfg.Send != nil {
		c.result.Pages = make([]PageResult, cfg.Send.Pages())
	}
	return c
}

// Start begins the call: the connection stands. A caller listens for DIS, a called station says its own.
func (c *Call) Start(now time.Time) Turn {
	c.now, c.progress, c.phaseB = now, now, now
	if c.cfg.Called {
		return c.sayDIS()
	}
	return c.listenDIS(T1)
}

// Next takes what was heard of the turn before, and returns the next turn. After a turn that ended the call it returns that
// end again.
func (c *Call) Next(now time.Time, h Heard) Turn {
	c.now = now
	if c.over {
		return Turn{}
	}
	switch h.Kind {
	case HungUp:
		return c.end(fax.LineDropped)
	case Lost:
		return c.end(fax.ModemFailed)
	case Cancel:
		return c.goodbye(fax.Cancelled)
	case Silence:
		switch {
		case c.pending.response:
			return c.again()
		case now.Sub(c.progress) > idleCeiling:
			return c.goodbye(fax.TooLong)
		}
	case Frames:
		return c.recognise(h)
	}
	return c.step(c, hearing{Heard: h})
}

// hearing is what a state gets: a command or response with its frame, or what else came of listening, FCF 0.
type hearing struct {
	Heard
	fcf   FCF
	frame Frame
}

// ask says a command and waits for its response. On silence, or something unintelligible, the command is said again, up to
// three times in all; what comes before it (a page) is said only once.
func (c *Call) ask(first, command []Signal, giveUp fax.Cause, next step) Turn {
	again := Turn{Say: command, Listen: Burst, For: T4}
	c.pending = pending{response: true, again: again, tries: 1, giveUp: giveUp, left: T4}
	c.step, c.stray = next, false
	again.Say = slices.Concat(first, command)
	return again
}

// answer says a response, or nothing, and waits for a command, or for the image carrier.
func (c *Call) answer(t Turn, next step) Turn {
	c.pending = pending{again: t, tries: 1, listen: t, left: t.For}
	c.pending.listen.Say = nil
	c.step, c.stray = next, false
	return t
}

// again repeats the command that got no response, or ends the call after the third time.
func (c *Call) again() Turn {
	p := &c.pending
	if p.tries++; p.tries > commandTries {
		return c.goodbye(p.giveUp)
	}
	if p.tries == commandTries && p.vary != nil {
		p.again.Say = p.vary()
	}
	p.left = p.again.For
	return p.again
}

// repeat gives the same response again, because its command came again.
func (c *Call) repeat() Turn {
	p := &c.pending
	if p.tries++; p.tries > answerCap {
		return c.goodbye(fax.ProtocolError)
	}
	p.left = p.again.For
	return p.again
}

// keepListening goes on as before, saying nothing, for what is left of the time.
func (c *Call) keepListening(h Heard) Turn {
	p := &c.pending
	p.left -= h.Waited + time.Second // a burst that says nothing to us took about a second
	t := p.listen
	if p.response {
		t = Turn{Listen: Burst}
	}
	if t.For = p.left; t.For <= 0 {
		return c.Next(c.now, Heard{Kind: Silence})
	}
	return t
}

// passOver ignores one answer out of place; the second time it counts as no answer.
func (c *Call) passOver(h hearing) Turn {
	if c.stray && c.pending.response {
		return c.again()
	}
	c.stray = true
	return c.keepListening(h.Heard)
}

// recognise is the command and response recogniser of T.30 5.2 that all states share. It notes what identifies the other
// station, drops what cannot be meant for us, obeys DCN and CRP, and repeats or keeps listening when nothing usable came.
func (c *Call) recognise(h Heard) Turn {
	in, before := hearing{Heard: h}, c.result.Peer.names()
	for _, f := range h.Frames {
		if len(f) < 3 || c.isEcho(f) {
			continue
		}
		c.note(f)
		if c.meantForUs(f.FCF()) {
			in.fcf, in.frame = f.FCF(), f
		}
	}
	if in.fcf != 0 {
		c.progress = c.now
	}
	if c.result.Peer.names() != before {
		c.observe(Event{Kind: Identified})
	}
	switch {
	case in.fcf == CRP:
		if c.pending.response {
			return c.again()
		}
		return c.repeat()
	case in.fcf != 0:
		return c.step(c, in)
	case h.Damaged && c.pending.response:
		return c.again()
	}
	if c.now.Sub(c.progress) > idleCeiling {
		return c.goodbye(fax.TooLong)
	}
	return c.keepListening(h)
}

// isEcho reports whether a frame is what we said last, come back.
func (c *Call) isEcho(f Frame) bool {
	for _, s := range c.pending.again.Say {
		for _, mine := range s.Burst {
			if bytes.Equal(f[2:], mine[2:]) && !c.peerMaySay(f.FCF()) {
				return true
			}
		}
	}
	return false
}

// peerMaySay tells whether the other station, in its role, may say what we said: DCN and CRP only.
func (c *Call) peerMaySay(f FCF) bool { return f == DCN || f == CRP }

var (
	responses = []FCF{DIS, DTC, CFR, FTT, CTR, MCF, RTN, RTP, PIN, PIP, PID, RNR, ERR, PPR, FNV, DCN, CRP}
	commands  = []FCF{DCS, DTC, CTC, EOM, MPS, EOP, EOS, PRIEOM, PRIMPS, PRIEOP, PPS, EOR, RR, FNV, DCN, CRP}
)

// meantForUs tells whether a frame is a command or response that the other station, in its role, may give us. The others
// are echoes, or accompany one that may.
func (c *Call) meantForUs(f FCF) bool {
	switch {
	case c.pending.response:
		return slices.Contains(responses, f) || f == DCS && c.polling
	case f == DTC:
		return c.cfg.Called
	case f == DIS:
		return !c.cfg.Called
	}
	return slices.Contains(commands, f)
}

// note keeps what a frame tells of the other station.
func (c *Call) note(f Frame) {
	p := &c.result.Peer
	switch f.FCF() {
	case CSI, TSI, CIG:
		p.Ident, p.RawIdent = decodeIdent(f.FIF()), slices.Clone(f.FIF())
	case SUB:
		p.SUB = decodeIdent(f.FIF())
	case SID:
		p.SID = decodeIdent(f.FIF())
	case PWD:
		p.PWD = decodeIdent(f.FIF())
	case SEP:
		p.SEP = decodeIdent(f.FIF())
	case NSF, NSC, NSS:
		p.NSF = slices.Clone(f.FIF())
	case DIS, DTC:
		p.DIS = slices.Clone(f.FIF())
	case DCS:
		p.DCS = slices.Clone(f.FIF())
	}
}

// say makes a signal of frames, with our X bit and the final-frame bit on the last.
func (c *Call) say(frames ...Frame) Signal {
	burst := make([]Frame, len(frames))
	for i, f := range frames {
		burst[i] = f.WithX(c.heardDIS).WithFinal(i == len(frames)-1)
	}
	return Signal{Burst: burst}
}

// sayFCF is say for frames without FIF.
func (c *Call) sayFCF(f FCF) []Signal { return []Signal{c.say(NewFrame(f))} }

// goodbye says DCN and ends the call.
func (c *Call) goodbye(cause fax.Cause) Turn {
	c.end(cause)
	return Turn{Say: c.sayFCF(DCN)}
}

// end ends the call without another word. What was received of a page and not confirmed is kept, and marked so.
func (c *Call) end(cause fax.Cause) Turn {
	if !c.over {
		c.over = true
		c.keepRemains(Unconfirmed)
		c.result.Cause = cause
		c.observe(Event{Kind: Ended})
	}
	return Turn{}
}

func (c *Call) observe(e Event) {
	e.Result = &c.result
	e.Mode = c.mode
	c.cfg.Observe(e)
}

// Result is how the call ended, or stands.
func (c *Call) Result() Result { return c.result }

func (c *Call) receives() bool { return c.cfg.Receive != nil }

func (c *Call) knows(f t4.Coding) bool { return slices.Contains(c.cfg.Codings, f) }

// own is what our DIS or DTC says.
func (c *Call) own() Capabilities {
	own := Capabilities{
		Receive:     c.receives(),
		Document:    c.cfg.Called && c.cfg.Send != nil,
		families:    familiesIn(c.cfg.RxRates, c.cfg.MaxRate),
		Resolutions: c.cfg.Resolutions,
		Width:       c.cfg.Width,
		Length:      Unlimited,
		Letter:      c.cfg.LetterLegal, Legal: c.cfg.LetterLegal,
		ScanTime: "111",
		ECM:      c.cfg.ECM, MR: c.knows(t4.MR), MMR: c.cfg.ECM && c.knows(t4.MMR),
		SmallFrames: c.cfg.ECM && c.cfg.SmallFrames,
		FNV:         true,
		Inch:        true, Metric: true,
	}
	if own.Width == 0 {
		own.Width = 2432
	}
	if own.Resolutions == nil {
		for _, r := range resolutionBits {
			own.Resolutions = append(own.Resolutions, r.r)
		}
	}
	if own.Document {
		own.SEP, own.PWD = c.cfg.SEP != "", c.cfg.Password != ""
	}
	if own.Receive && c.cfg.Called {
		own.SUB, own.PWD = true, true
	}
	return own
}
