package t30

import (
	"time"

	"faxbox/fax"
	"faxbox/fax/t4"
)

// The sender's half of ECM (T.30 Annex A): the page goes in blocks of up to 256 frames; a block is done when the receiver
// has every frame.

func (m Mode) frameOctets() int {
	if m.SmallFrames {
		return smallFrame
	}
	return frameOctets
}

// blockOctets is what of the page the block under way brings.
func (c *Call) blockOctets() []byte {
	return c.octets[c.sent:min(c.sent+blockFrames*c.mode.frameOctets(), len(c.octets))]
}

func (c *Call) lastBlock() bool { return c.sent+len(c.blockOctets()) == len(c.octets) }

// sendBlock says all frames of the block that is next.
func (c *Call) sendBlock() Turn {
	c.frames = framesIn(c.blockOctets(), c.mode.frameOctets())
	c.pprs, c.bursts, c.lastBad = 0, 0, 0
	return c.burst(everyFrame(c.frames), c.mode.Rate.Short())
}

// burst says some frames of the block, and PPS.
func (c *Call) burst(which []int, rate Modulation) Turn {
	c.bursts++
	c.waiting = which
	image := Signal{Image: ECMBlock, Rate: rate, Octets: ecmOctets(rate, c.blockOctets(), c.mode.frameOctets(), which)}
	pps := c.say(NewFrame(PPS, c.partEnd(), byte(c.pageNo), byte(c.blockNo), byte(len(which)-1)))
	c.notReady = time.Time{}
	return c.ask([]Signal{image}, []Signal{pps}, fax.NotConfirmed, (*Call).awaitBlockAnswer)
}

// partEnd is the second FCF of PPS and EOR: the post-page command after the page's last block, else NULL. It bears our X
// bit as the first one does.
func (c *Call) partEnd() byte {
	if !c.lastBlock() {
		return 0
	}
	return byte(c.command) | byte(btoi(c.heardDIS))
}

// awaitBlockAnswer follows PPS or RR: sender, phase D.
func (c *Call) awaitBlockAnswer(h hearing) Turn {
	switch h.fcf {
	case MCF:
		return c.blockDone(false)
	case RTP, PIP:
		return c.blockDone(true)
	case PPR:
		return c.repair(requested(h.frame.FIF(), c.frames))
	case RNR:
		return c.askReady((*Call).awaitBlockAnswer)
	case RTN, PIN:
		return c.rejected()
	case PID:
		return c.awaitPageAnswer(h)
	case DCN:
		return c.end(fax.NotConfirmed)
	}
	return c.passOver(h)
}

func (c *Call) blockDone(retrain bool) Turn {
	if c.lastBlock() {
		return c.confirmed(retrain)
	}
	c.sent += len(c.blockOctets())
	c.blockNo++
	return c.sendBlock()
}

// repair says again the frames that a PPR asks for. The fourth PPR in a row asks for a decision: go on, slower if the frames
// do not get fewer, or give up.
func (c *Call) repair(which []int) Turn {
	if len(which) == 0 { // it has all there is
		return c.blockDone(false)
	}
	c.result.Pages[c.page].Repaired += len(which)
	c.observe(Event{Kind: Repairing, Page: c.page, Octets: len(which) * c.mode.frameOctets()})
	if c.pprs++; c.pprs < 4 {
		return c.burst(which, c.mode.Rate.Short())
	}
	if c.lastBad == 0 {
		c.lastBad = c.frames
	}
	if len(which) >= (c.lastBad+1)/2 {
		next, ok := slower(c.rates, c.rate, 1)
		if !ok {
			return c.giveUpBlock()
		}
		c.rate = next
	}
	if c.bursts >= burstCap {
		return c.giveUpBlock()
	}
	c.lastBad, c.waiting = len(which), which
	c.mode.Rate = c.rate
	return c.ask(nil, []Signal{c.say(NewFrame(CTC, c.mode.Bits()[:2]...))}, fax.NotConfirmed, (*Call).awaitCTR)
}

// awaitCTR follows CTC: sender, phase D. The next burst trains long.
func (c *Call) awaitCTR(h hearing) Turn {
	switch h.fcf {
	case CTR:
		c.pprs = 0
		return c.burst(c.waiting, c.mode.Rate)
	case DCN:
		return c.end(fax.NotConfirmed)
	}
	return c.passOver(h)
}

// giveUpBlock ends the call, or, where lines that follow a gap can be read, goes on with what comes after the block. The page
// stays unconfirmed.
func (c *Call) giveUpBlock() Turn {
	if !c.cfg.EOR || c.mode.Coding == t4.MMR {
		return c.goodbye(fax.TooManyErrors)
	}
	return c.ask(nil, []Signal{c.say(NewFrame(EOR, c.partEnd()))}, fax.NotConfirmed, (*Call).awaitERR)
}

// awaitERR follows EOR: sender, phase D.
func (c *Call) awaitERR(h hearing) Turn {
	switch h.fcf {
	case ERR:
		if c.lastBlock() {
			return c.nextPage(false)
		}
		return c.blockDone(false)
	case RNR:
		return c.askReady((*Call).awaitERR)
	case DCN:
		return c.end(fax.NotConfirmed)
	}
	return c.passOver(h)
}

// askReady says RR after RNR, for T5 in sum.
func (c *Call) askReady(next step) Turn {
	if c.notReady.IsZero() {
		c.notReady = c.now
		c.observe(Event{Kind: NotReady, Page: c.page})
	}
	if c.now.Sub(c.notReady) > T5 {
		return c.goodbye(fax.NotReady)
	}
	return c.ask(nil, c.sayFCF(RR), fax.NotConfirmed, next)
}
