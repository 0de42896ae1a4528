package t30

import (
	"errors"
	"time"

	"faxbox/fax"
)

// receiver is what a call knows of the document on its way in.
type receiver struct {
	polling bool      // we said DTC: DCS is a response
	refusal fax.Cause // why we said FNV

	training *trainingCheck
	fails    int // FTT in a row
	refused  int // RTN in a row

	open     bool // a page was begun, and neither kept nor refused
	touched  bool // image octets arrived since the last answer
	ended    FCF  // the last post-page command that was answered, less PRI
	positive bool // it was answered by MCF
	damaged  bool // the sender gave up a block, so a page is not whole

	stored <-chan error
	copy   Copy
	waits  int // times we had nothing to say because the page was not stored yet

	block    *block
	in       counters // of the block awaited
	lastDone counters // of the block confirmed last
	hasBlock bool     // lastDone is valid
	asked    int      // PPRs for the block awaited
}

// counters are the page and block counters of a PPS.
type counters struct{ page, block byte }

// repetition tells whether a post-page command that comes again right after our MCF is said by a sender that did not hear
// the MCF, or ends a page that we missed altogether. There is nothing but time to tell the two apart. A sender that heard
// nonsense repeats at once. One that heard nothing waits for T4 from the end of its command, 2.55 to 3.45 s, of which our MCF
// has taken 1.3 s, and a modem takes up to 0.7 s to report a burst. A missed page takes longer, unless it is nearly white; and
// when this computer stood still, nothing can be concluded. In doubt the page must come again: see TestMissedPageIsNoRepetition.
func (h hearing) repetition() bool {
	atOnce := h.Waited <= 600*time.Millisecond
	afterT4 := h.Waited >= 1100*time.Millisecond && h.Waited <= 2800*time.Millisecond
	return !h.Stalled && (atOnce || afterT4)
}

// patience is how long an answer is held back for a page on its way to the disk: the sender repeats its command after 2.55 s
// at the earliest.
const patience = 1500 * time.Millisecond

// patienceCap is how often the sender is put off; it bears RNR for T5, which has run out long before.
const patienceCap = 30

// sayDIS: called, phase B, until T1 runs out. The listening time is longer than a caller's T4 and differs a little from one
// time to the next, so that two stations do not keep talking at once.
func (c *Call) sayDIS() Turn {
	if c.now.Sub(c.phaseB) >= T1 {
		if c.result.Received > 0 {
			return c.goodbye(fax.NoCommand)
		}
		return c.goodbye(fax.NoFax)
	}
	var burst []Frame
	if c.cfg.NSF != nil {
		burst = append(burst, NewFrame(NSF, c.cfg.NSF...))
	}
	if c.cfg.Ident != "" {
		burst = append(burst, NewFrame(CSI, encodeIdent(c.cfg.Ident)...))
	}
	burst = append(burst, NewFrame(DIS, c.own().Bits()...))
	wait := 5050*time.Millisecond - c.cfg.Jitter(550*time.Millisecond)
	return c.answer(Turn{Say: []Signal{c.say(burst...)}, Listen: Burst, For: wait}, (*Call).awaitDCS)
}

// poll says DTC: the caller wants to receive.
func (c *Call) poll() Turn {
	c.polling = true
	var burst []Frame
	if c.cfg.Password != "" && c.remote.PWD {
		burst = append(burst, NewFrame(PWD, encodeIdent(c.cfg.Password)...))
	}
	if c.cfg.SEP != "" && c.remote.SEP {
		burst = append(burst, NewFrame(SEP, encodeIdent(c.cfg.SEP)...))
	}
	if c.cfg.Ident != "" {
		burst = append(burst, NewFrame(CIG, encodeIdent(c.cfg.Ident)...))
	}
	burst = append(burst, NewFrame(DTC, c.own().Bits()...))
	return c.ask(nil, []Signal{c.say(burst...)}, fax.NoResponse, (*Call).awaitDCS)
}

// awaitDCS follows DIS, DTC or FTT, and the confirmation of EOM: receiver, phase B.
func (c *Call) awaitDCS(h hearing) Turn {
	switch h.fcf {
	case DCS:
		if !c.receives() {
			return c.goodbye(fax.Incompatible)
		}
		return c.gotDCS(h.frame.FIF())
	case DTC:
		return c.gotDTC(h.frame.FIF())
	case FNV:
		return c.fieldRefused(h)
	case DCN:
		return c.end(c.farewell())
	case DIS: // our DTC was missed
		if c.pending.response {
			return c.again()
		}
		return c.keepListening(h.Heard)
	case 0:
		return c.nobodySentDCS()
	case FTT, CFR, CTR, MCF, RTN, RTP, PIN, PIP, PID, RNR, ERR, PPR:
		return c.passOver(h)
	}
	return c.repeat() // a command we answered already: the answer was lost
}

func (c *Call) nobodySentDCS() Turn {
	switch {
	case c.refusal != fax.Unknown:
		return c.goodbye(c.refusal)
	case c.cfg.Called:
		return c.sayDIS()
	}
	return c.poll()
}

// farewell is what a DCN in place of DCS means.
func (c *Call) farewell() fax.Cause {
	switch {
	case c.refusal != fax.Unknown:
		return c.refusal
	case c.polling && c.cfg.Password != "" && !c.result.Trained:
		return fax.WrongPassword
	case c.polling && !c.result.Trained:
		return fax.Refused
	case c.result.Received > 0 || c.result.Trained:
		return fax.RemoteHungUp
	}
	return fax.NothingSent
}

// gotDCS makes ready for TCF in the mode that the sender chose.
func (c *Call) gotDCS(fif []byte) Turn {
	c.keepRemains(Poor)
	c.polling = false
	c.mode = ParseMode(fif)
	if !c.mode.Known { // a rate no modem of ours has: whatever comes is no good training
		c.mode.Rate = c.cfg.RxRates[0]
	}
	if c.mode.Strange || !c.own().covers(c.mode) {
		return c.goodbye(fax.Incompatible)
	}
	c.training = &trainingCheck{}
	c.observe(Event{Kind: Negotiated})
	return c.answer(Turn{Listen: Training, Rate: c.mode.Rate, For: T2, Into: c.training}, (*Call).awaitTCF)
}

// awaitTCF follows DCS: receiver, phase B.
func (c *Call) awaitTCF(h hearing) Turn {
	switch h.fcf {
	case DCS:
		return c.gotDCS(h.frame.FIF())
	case DCN:
		return c.end(c.farewell())
	case 0:
	default:
		return c.keepListening(h.Heard)
	}
	if h.Kind != Carrier || !c.mode.Known || !c.training.good(c.mode.Rate, c.mode.ECM) {
		if c.fails++; c.fails > trainCap {
			return c.goodbye(fax.CannotTrain)
		}
		return c.answer(Turn{Say: c.sayFCF(FTT), Listen: Burst, For: T2 + time.Second}, (*Call).awaitDCS)
	}
	c.fails = 0
	c.result.Trained, c.result.Mode = true, c.mode
	c.observe(Event{Kind: Trained})
	c.hasBlock, c.in = false, counters{}
	c.ended = 0
	return c.receivePage(c.sayFCF(CFR))
}

// receivePage says an answer and listens for a new page.
func (c *Call) receivePage(answer []Signal) Turn {
	c.cfg.Receive.Begin(c.mode.Format)
	c.open = true
	c.in.block = 0
	c.observe(Event{Kind: PageStarted, Page: c.result.Received})
	return c.listenBlock(answer, c.mode.Rate.Short())
}

// listenBlock says an answer and listens for the next octets of the page: a new block, or in non-ECM all of it.
func (c *Call) listenBlock(answer []Signal, rate Modulation) Turn {
	c.touched, c.asked = false, 0
	if !c.mode.ECM {
		return c.answer(Turn{Say: answer, Listen: Page, Rate: rate, For: phaseC, Into: &lines{c.cfg.Receive, rate}}, (*Call).awaitImage)
	}
	c.block = newBlock(func(octets []byte) { c.cfg.Receive.Write(octets) })
	return c.listenFrames(answer, rate)
}

// lines is the Turn.Into of listening for Page. It notices when no line comes to an end: T.4 4.1.1 allows a line 5 s, and a
// receiver to hang up after that.
type lines struct {
	Sink
	rate Modulation
}

var errNoLine = errors.New("no scan line within 5 s")

func (l *lines) Write(octets []byte) (int, error) {
	n, err := l.Sink.Write(octets)
	if err == nil && !l.Ended() && l.rate.Duration(l.Since()) > 5*time.Second {
		err = errNoLine
	}
	return n, err
}

// listenFrames says an answer and listens for frames of the block under way.
func (c *Call) listenFrames(answer []Signal, rate Modulation) Turn {
	return c.answer(Turn{Say: answer, Listen: Block, Rate: rate, For: phaseC, Into: c.block.listen()}, (*Call).awaitImage)
}

// awaitImage follows CFR, MCF, PPR or CTR: receiver, phase C.
func (c *Call) awaitImage(h hearing) Turn {
	if h.fcf != 0 {
		return c.awaitCommand(h)
	}
	if h.Kind != Carrier { // it may be on its way, unheard
		return c.answer(Turn{Listen: Burst, For: c.longestImage()}, (*Call).awaitCommand)
	}
	if h.Octets > 0 {
		c.touched = true
	}
	if !c.mode.ECM || c.block.fresh > 0 {
		c.progress = c.now
	}
	wait := T2 + time.Second
	if !c.imageEnded() { // the carrier broke off, and the sender may not know
		wait = c.longestImage()
	}
	return c.answer(Turn{Listen: Burst, For: wait}, (*Call).awaitCommand)
}

// imageEnded tells whether the end of what was awaited has been seen: RCP, or RTC or EOFB.
func (c *Call) imageEnded() bool {
	if c.mode.ECM {
		return c.block.rcp
	}
	return c.cfg.Receive.Ended()
}

// longestImage is how long a sender may go on while we hear nothing: a block of 64 KiB, or about as long a page, and a
// quarter more.
func (c *Call) longestImage() time.Duration {
	return T2 + c.mode.Rate.Duration(blockFrames*frameOctets*5/4)
}

// awaitCommand follows the image: receiver, phase D.
func (c *Call) awaitCommand(h hearing) Turn {
	switch h.fcf {
	case 0:
		return c.goodbye(fax.NoCommand)
	case DCS:
		return c.gotDCS(h.frame.FIF())
	case DCN:
		return c.end(c.brokenOff())
	case MPS, EOM, EOP, PRIMPS, PRIEOM, PRIEOP:
		if !c.mode.ECM {
			return c.pageEnds(h)
		}
	case PPS:
		if c.mode.ECM && len(h.frame.FIF()) >= 4 {
			return c.blockEnds(h)
		}
	case EOR:
		if c.mode.ECM && len(h.frame.FIF()) >= 1 {
			return c.blockGivenUp(h)
		}
	case CTC:
		if c.mode.ECM {
			return c.continueSlower(h.frame.FIF())
		}
	case RR:
		return c.repeat()
	}
	return c.keepListening(h.Heard)
}

func (c *Call) brokenOff() fax.Cause {
	if c.result.Received == 0 && !c.touched {
		return fax.NothingSent
	}
	return fax.RemoteHungUp
}

// withoutPRI is the post-page command that a PRI command stands for: no operator is ever called.
func withoutPRI(f FCF) FCF {
	switch f {
	case PRIMPS:
		return MPS
	case PRIEOM:
		return EOM
	case PRIEOP:
		return EOP
	}
	return f
}

// pageEnds is for MPS, EOM and EOP without ECM.
func (c *Call) pageEnds(h hearing) Turn {
	command := withoutPRI(h.fcf)
	if c.positive && command == c.ended && !c.touched && h.repetition() {
		return c.repeat()
	}
	c.ended = command
	c.copy = c.cfg.Receive.End()
	if c.copy.Err != nil {
		return c.cannotKeep()
	}
	if late := h.Waited > truncated && c.touched && !c.copy.End; late || c.copy.bad() {
		return c.refusePage()
	}
	return c.keepPage(Complete)
}

// bad tells whether a page received without ECM should be sent again: there is nothing of it, more than a tenth of its
// lines are wrong, or so many in a row that print is lost.
func (q Copy) bad() bool {
	return q.Rows == 0 || q.Rows == q.BadRows || q.BadRows*10 > q.Rows || q.LongestBad > 40
}

// poor tells whether the training should be renewed before the next page.
func (q Copy) poor() bool { return q.BadRows*20 > q.Rows }

// refusePage says RTN. The bad copy is kept until a better one comes: it may be all there will be.
func (c *Call) refusePage() Turn {
	c.positive = false
	c.observe(Event{Kind: PageRefused, Page: c.result.Received, Copy: c.copy})
	c.keepCopy(Poor)
	if c.refused++; c.refused > rejectCap {
		return c.goodbye(fax.TooManyErrors)
	}
	return c.answer(Turn{Say: c.sayFCF(RTN), Listen: Burst, For: T2 + time.Second}, (*Call).awaitDCS)
}

// cannotKeep ends the call over a page that cannot be stored whole. What there is of it is kept.
func (c *Call) cannotKeep() Turn {
	c.observe(Event{Kind: PageKept, Page: c.result.Received, Copy: c.copy})
	c.keepCopy(Unconfirmed)
	return c.goodbye(fax.StorageFailed)
}

// keepCopy asks the sink to make the page durable, if there is anything of it.
func (c *Call) keepCopy(v Verdict) {
	c.open = false
	if c.copy.Rows > 0 {
		c.stored = c.cfg.Receive.Keep(v)
	}
}

// keepPage asks for the page to be stored; the confirmation leaves when it is.
func (c *Call) keepPage(v Verdict) Turn {
	c.refused, c.waits = 0, 0
	c.keepCopy(v)
	return c.awaitStorage()
}

func (c *Call) awaitStorage() Turn {
	c.step = (*Call).storageAnswered
	c.pending.response = false
	return Turn{Listen: Storage, Stored: c.stored, For: patience}
}

// storageAnswered: receiver, phase D, between the command and its answer. A page that is not stored in time is not
// confirmed: RNR buys time with ECM; without, silence does, for the sender will repeat its command twice.
func (c *Call) storageAnswered(h hearing) Turn {
	switch {
	case h.Kind == Stored && h.Err != nil:
		c.observe(Event{Kind: PageKept, Page: c.result.Received, Copy: c.copy})
		return c.goodbye(fax.StorageFailed)
	case h.Kind == Stored:
		return c.confirmPage()
	}
	if c.waits++; c.waits > patienceCap {
		return c.goodbye(fax.StorageFailed)
	}
	c.observe(Event{Kind: NotReady, Page: c.result.Received})
	t := Turn{Listen: Burst, For: T2 + time.Second}
	if c.mode.ECM {
		t.Say = c.sayFCF(RNR)
	}
	return c.answer(t, (*Call).awaitRepetition)
}

// awaitRepetition follows RNR, or the silence in its place.
func (c *Call) awaitRepetition(h hearing) Turn {
	switch withoutPRI(h.fcf) {
	case RR, PPS, MPS, EOM, EOP:
		return c.awaitStorage()
	case DCN:
		return c.end(fax.RemoteHungUp)
	case 0:
		return c.goodbye(fax.NoCommand)
	}
	return c.keepListening(h.Heard)
}

// confirmPage says MCF, or RTP for a poor copy that more pages follow, and goes on as the command said.
func (c *Call) confirmPage() Turn {
	c.result.Received++
	c.positive = true
	c.observe(Event{Kind: PageReceived, Page: c.result.Received - 1, Copy: c.copy})
	if c.mode.ECM {
		c.lastDone, c.hasBlock = c.in, true
	}
	c.in = counters{page: c.in.page + 1}
	if !c.mode.ECM && c.ended == MPS && c.copy.poor() {
		return c.answer(Turn{Say: c.sayFCF(RTP), Listen: Burst, For: T2 + time.Second}, (*Call).awaitDCS)
	}
	return c.proceed(c.sayFCF(MCF))
}

// proceed gives the answer to a post-page command and listens for what that command announced.
func (c *Call) proceed(answer []Signal) Turn {
	switch c.ended {
	case EOP:
		return c.answer(Turn{Say: answer, Listen: Burst, For: T2 + time.Second}, (*Call).awaitDCN)
	case EOM:
		c.phaseB = c.now
		return c.answer(Turn{Say: answer, Listen: Burst, For: T2}, (*Call).awaitDCS)
	}
	return c.receivePage(answer)
}

// awaitDCN follows the confirmation of EOP. Everything is received, so silence does no harm.
func (c *Call) awaitDCN(h hearing) Turn {
	switch h.fcf {
	case 0, DCN:
		if c.cfg.Send != nil && !c.cfg.Called && c.result.Confirmed() < len(c.result.Pages) {
			return c.end(fax.RemoteHungUp)
		}
		if c.damaged {
			return c.end(fax.TooManyErrors)
		}
		return c.end(fax.OK)
	case DCS, DTC:
		return c.keepListening(h.Heard)
	}
	return c.repeat()
}

// keepRemains keeps what was received of a page that is not going to be finished, or not before it is begun anew.
func (c *Call) keepRemains(v Verdict) {
	if !c.open {
		return
	}
	if c.mode.ECM && c.block != nil && c.mode.tolerant() {
		c.block.salvage()
	}
	c.copy = c.cfg.Receive.End()
	c.observe(Event{Kind: PageKept, Page: c.result.Received, Copy: c.copy})
	c.keepCopy(v)
}
