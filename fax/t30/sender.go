package t30

import (
	"slices"
	"time"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/fax/t4"
)

// sender is what a call knows of the document on its way out.
type sender struct {
	page     int // the page on its way, counted from 0
	rates    []Modulation
	rate     Modulation
	failures int  // FTT in this call
	rejects  int  // times the page on its way was rejected
	mhOnly   bool // the sturdier coding, because a page was rejected; ECM needs none
	command  FCF  // post-page command said for the page

	octets   []byte // the page, coded
	sent     int    // octets of it in blocks before this one
	blockNo  int
	pageNo   int   // page counter of PPS, before mod 256
	frames   int   // in the block under way
	waiting  []int // frames of the last burst
	pprs     int   // since the block or the last CTR began
	bursts   int   // of this block
	lastBad  int   // frames asked for before the last CTC
	notReady time.Time
}

// listenDIS is where a caller begins, and where a sender comes back to after EOM.
func (c *Call) listenDIS(wait time.Duration) Turn {
	return c.answer(Turn{Listen: Burst, For: wait}, (*Call).awaitDIS)
}

// awaitDIS: caller, phase B.
func (c *Call) awaitDIS(h hearing) Turn {
	switch h.fcf {
	case 0:
		if c.result.Trained {
			return c.goodbye(fax.NoResponse)
		}
		return c.goodbye(fax.NoFax)
	case DIS:
		return c.gotDIS(h.frame.FIF())
	case DTC: // a polling caller after our EOM
		return c.gotDTC(h.frame.FIF())
	case DCN:
		return c.end(fax.Refused)
	}
	return c.keepListening(h.Heard)
}

// gotDIS decides what to do with a station of these capabilities: send, poll, or take leave.
func (c *Call) gotDIS(fif []byte) Turn {
	c.heardDIS = true
	c.remote = ParseCapabilities(fif)
	switch {
	case c.cfg.Send != nil && c.page < c.cfg.Send.Pages():
		if !c.remote.Receive {
			return c.goodbye(fax.CannotReceive)
		}
		return c.beginSending()
	case c.cfg.Poll:
		if !c.remote.Document {
			return c.goodbye(fax.NothingToPoll)
		}
		return c.poll()
	case c.cfg.Send != nil:
		return c.goodbye(fax.OK)
	}
	return c.goodbye(fax.NothingSent)
}

// gotDTC is the called station's: the caller wants our document.
func (c *Call) gotDTC(fif []byte) Turn {
	c.remote = ParseCapabilities(fif)
	switch {
	case c.cfg.Send == nil || c.page >= c.cfg.Send.Pages():
		return c.goodbye(fax.NothingToPoll)
	case c.cfg.Password != "" && c.result.Peer.PWD != c.cfg.Password:
		return c.refuseField(fnvPWD, fax.WrongPassword)
	case c.cfg.SEP != "" && c.result.Peer.SEP != "" && c.result.Peer.SEP != c.cfg.SEP:
		return c.refuseField(fnvSEP, fax.WrongAddress)
	}
	return c.beginSending()
}

func (c *Call) beginSending() Turn {
	c.rates = ladder(c.cfg.TxRates, c.remote.families, c.cfg.MaxRate)
	if !slices.Contains(c.rates, c.rate) { // at first; after EOM the rate that worked stays
		c.rate = c.rates[0]
	}
	return c.train()
}

// train says DCS and TCF for the page on its way.
func (c *Call) train() Turn {
	mode, ok := c.negotiate(c.page)
	if !ok {
		return c.goodbye(fax.Incompatible)
	}
	c.mode = mode
	c.cfg.Send.Prepare(c.page, mode.Format)
	c.observe(Event{Kind: Negotiated, Page: c.page})
	t := c.ask(nil, c.dcs(), fax.NoResponse, (*Call).awaitCFR)
	c.pending.vary = c.trainSlowerOnce
	return t
}

// dcs is DCS with what goes before it, and TCF.
func (c *Call) dcs() []Signal {
	var burst []Frame
	if c.mode.SUB {
		burst = append(burst, NewFrame(SUB, encodeIdent(c.cfg.SUB)...))
	}
	if c.mode.SID {
		burst = append(burst, NewFrame(SID, encodeIdent(c.cfg.Password)...))
	}
	if c.cfg.Ident != "" {
		burst = append(burst, NewFrame(TSI, encodeIdent(c.cfg.Ident)...))
	}
	burst = append(burst, NewFrame(DCS, c.mode.Bits()...))
	return []Signal{c.say(burst...), tcf(c.mode.Rate)}
}

// trainSlowerOnce makes the last of three sayings of DCS and TCF one step slower: the silence may have been a receiver that
// cannot make out the training.
func (c *Call) trainSlowerOnce() []Signal {
	if next, ok := slower(c.rates, c.rate, 0); ok {
		c.rate = next
		if mode, ok := c.negotiate(c.page); ok {
			c.mode = mode
		}
	}
	return c.dcs()
}

// awaitCFR follows DCS and TCF: sender, phase B.
func (c *Call) awaitCFR(h hearing) Turn {
	switch h.fcf {
	case CFR:
		c.result.Trained = true
		c.result.Mode = c.mode
		c.observe(Event{Kind: Trained, Page: c.page})
		return c.sendPage()
	case FTT:
		c.failures++
		return c.trainAt(c.failures)
	case DIS, DTC: // our DCS was missed
		return c.again()
	case DCN:
		c.result.RefusedV17 = c.mode.Rate.info().family == v17 && !c.result.Trained
		return c.end(fax.Refused)
	case FNV:
		return c.fieldRefused(h)
	}
	return c.passOver(h)
}

// trainAt trains anew at the rate that follows so many failures.
func (c *Call) trainAt(failures int) Turn {
	next, ok := slower(c.rates, c.rate, failures)
	if !ok {
		return c.goodbye(fax.CannotTrain)
	}
	c.rate = next
	return c.train()
}

// sendPage codes the page on its way in the mode agreed on, and says it.
func (c *Call) sendPage() Turn {
	octets, err := c.cfg.Send.Code(c.page, c.mode.Format)
	if err != nil || len(octets) == 0 {
		return c.goodbye(fax.DocumentFailed)
	}
	c.octets, c.sent, c.blockNo = octets, 0, 0
	c.command = c.afterPage()
	p := &c.result.Pages[c.page]
	p.Tries++
	p.Mode = c.mode
	c.observe(Event{Kind: PageStarted, Page: c.page, Octets: len(octets)})
	if c.mode.ECM {
		return c.sendBlock()
	}
	image := Signal{Image: PageData, Rate: c.mode.Rate.Short(), Octets: octets}
	return c.ask([]Signal{image}, c.sayFCF(c.command), fax.NotConfirmed, (*Call).awaitPageAnswer)
}

// afterPage is the post-page command: MPS when the next page goes on in the same mode, EOM when something must be agreed
// on first, EOP when there is no more.
func (c *Call) afterPage() FCF {
	next := c.page + 1
	if next == c.cfg.Send.Pages() {
		if c.cfg.Poll && !c.cfg.Called {
			return EOM
		}
		return EOP
	}
	if mode, ok := c.negotiate(next); !ok || mode.Format != c.mode.Format || c.cfg.Send.Starts(next) {
		return EOM
	}
	return MPS
}

// awaitPageAnswer follows MPS, EOM or EOP: sender, phase D.
func (c *Call) awaitPageAnswer(h hearing) Turn {
	switch h.fcf {
	case MCF:
		return c.confirmed(false)
	case RTP, PIP:
		return c.confirmed(true)
	case RTN, PIN:
		return c.rejected()
	case PID:
		c.countPage()
		if c.page+1 < c.cfg.Send.Pages() {
			return c.goodbye(fax.RemoteHungUp)
		}
		return c.goodbye(fax.OK)
	case DCN:
		return c.end(fax.NotConfirmed)
	}
	return c.passOver(h)
}

func (c *Call) countPage() {
	c.result.Pages[c.page].Confirmed = true
	c.observe(Event{Kind: PageConfirmed, Page: c.page})
}

// confirmed counts the page and goes on to what the post-page command announced.
func (c *Call) confirmed(retrain bool) Turn {
	c.countPage()
	return c.nextPage(retrain)
}

func (c *Call) nextPage(retrain bool) Turn {
	c.page++
	c.pageNo++
	c.rejects = 0
	switch {
	case c.command == EOP:
		if c.result.Confirmed() < len(c.result.Pages) { // a block was given up on the way
			return c.goodbye(fax.TooManyErrors)
		}
		return c.goodbye(fax.OK)
	case c.command == EOM:
		return c.listenDIS(2 * T2)
	case retrain:
		return c.train()
	}
	return c.sendPage()
}

// rejected is for RTN: the page is said again, slower and in the sturdier coding, and after the third time given up. The
// standard leaves open whether a rejected page counts; here it does not, unless this receiver is known to mean something else.
func (c *Call) rejected() Turn {
	if c.cfg.AcceptRTN {
		return c.confirmed(true)
	}
	c.observe(Event{Kind: PageRejected, Page: c.page})
	if c.rejects++; c.rejects >= rejectCap {
		return c.goodbye(fax.PageRejected)
	}
	c.mhOnly = true
	for range c.rejects {
		if next, ok := slower(c.rates, c.rate, c.rejects); ok {
			c.rate = next
		}
	}
	return c.train()
}

// negotiate chooses how page n goes to the other station at the present rate. It reports false when that station cannot
// take such a page at all.
func (c *Call) negotiate(n int) (Mode, bool) {
	size, r := c.cfg.Send.Page(n), c.remote
	m := Mode{Rate: c.rate, Known: true}
	m.ECM = c.cfg.ECM && r.ECM
	m.SmallFrames = m.ECM && (c.cfg.SmallFrames || r.SmallFrames)
	m.SUB = r.SUB && c.cfg.SUB != ""
	m.SID = r.PWD && c.cfg.Password != "" && !c.cfg.Called
	m.FNV = r.FNV
	m.Coding = c.coding(m.ECM)
	m.Resolution = nearest(size.Resolution, r.Resolutions)
	m.Width = pels(min(widthClass(size), r.Width), m.Resolution)
	if !m.ECM {
		m.ScanTime = r.scanTime(m.Resolution)
		m.MinLineBits = int(time.Duration(c.rate.Rate()) * m.ScanTime / time.Second)
	}
	length, ok := lengthFor(size, r)
	m.Length = length
	return m, ok
}

func (c *Call) coding(ecm bool) t4.Coding {
	switch {
	case ecm && c.remote.MMR && c.knows(t4.MMR):
		return t4.MMR
	case c.remote.MR && c.knows(t4.MR) && (ecm || !c.mhOnly):
		return t4.MR
	}
	return t4.MH
}

// nearest is the resolution to send a page in: its own; one that differs by a few hundredths, metric for inch, so that the
// pels can go as they are; or else the finest below.
func nearest(want raster.Resolution, offered []raster.Resolution) raster.Resolution {
	best := raster.Standard
	for _, r := range offered {
		switch {
		case r == want:
			return r
		case alike(r, want):
			best = r
		case !alike(best, want) && r.X <= want.X*21/20 && r.Y <= want.Y*21/20 && r.X*r.Y > best.X*best.Y:
			best = r
		}
	}
	return best
}

// alike tells whether two resolutions differ by no more than five hundredths either way, as 200 x 200 and R8 x 7.7 do.
func alike(a, b raster.Resolution) bool {
	near := func(x, y int) bool { return 20*x <= 21*y && 20*y <= 21*x }
	return near(a.X, b.X) && near(a.Y, b.Y)
}

// widthClass is the recording width a page needs, in pels at R8: A4, B4 or A3.
func widthClass(size PageSize) int {
	for _, w := range widths {
		if size.Width <= pels(w.pels, size.Resolution) {
			return w.pels
		}
	}
	return widths[len(widths)-1].pels
}

// lengthFor is the recording length a page needs; false when the receiver has none so long.
func lengthFor(size PageSize, r Capabilities) (Length, bool) {
	mm := float64(size.Height) * 25.4 / float64(max(1, size.Resolution.Y))
	const slack = 4 // feeds are never exact
	switch {
	case mm <= 297+slack:
		return A4, true
	case r.Length == Unlimited:
		return Unlimited, true
	case r.Length == B4 && mm <= 364+slack:
		return B4, true
	case r.Legal && mm <= 355.6+slack:
		return Legal, true
	}
	return A4, false
}

// refuseField answers a PWD, SEP or SUB that is not right: by FNV where the other station knows it, else by DCN.
func (c *Call) refuseField(reason byte, cause fax.Cause) Turn {
	if !c.remote.FNV {
		return c.goodbye(cause)
	}
	c.refusal = cause
	return c.answer(Turn{Say: []Signal{c.say(NewFrame(FNV, reason))}, Listen: Burst, For: T2}, (*Call).awaitDCS)
}

// The reasons of an FNV, first octet of its FIF (T.30 5.3.6.2.13).
const (
	fnvPWD byte = 1 << iota
	fnvSEP
	fnvSUB
	fnvSID
)

// fieldRefused is for an FNV in answer to what we said; without bit 33 from both there is no such thing.
func (c *Call) fieldRefused(h hearing) Turn {
	if !c.remote.FNV || len(h.frame.FIF()) == 0 {
		return c.passOver(h)
	}
	switch reason := h.frame.FIF()[0]; {
	case reason&(fnvPWD|fnvSID) != 0:
		return c.goodbye(fax.WrongPassword)
	case reason&(fnvSEP|fnvSUB) != 0:
		return c.goodbye(fax.WrongAddress)
	}
	return c.goodbye(fax.Refused)
}
