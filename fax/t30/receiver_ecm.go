package t30

import (
	"faxbox/fax"
	"faxbox/fax/t4"
)

// The receiver's half of ECM (T.30 Annex A).

// tolerant tells whether lines after a gap can still be read.
func (m Mode) tolerant() bool { return m.Coding != t4.MMR }

// blockEnds is for PPS.
func (c *Call) blockEnds(h hearing) Turn {
	fif := h.frame.FIF()
	said := counters{fif[1], fif[2]}
	if c.hasBlock && said == c.lastDone && said != c.in {
		return c.blockRepeated()
	}
	c.in = said
	c.block.announced(int(fif[3]), said.block > 0 && c.cfg.Receive.Ended())
	if ppr := c.block.missing(); ppr != nil {
		return c.askAgain(ppr)
	}
	command := withoutPRI(known(fif[0]))
	switch command {
	case MPS, EOM, EOP, EOS:
		return c.pageWhole(command)
	}
	c.lastDone, c.hasBlock = c.in, true
	c.in.block++
	return c.listenBlock(c.sayFCF(MCF), c.mode.Rate.Short())
}

// blockRepeated is for the PPS of a block that was confirmed: the MCF was lost. If its frames came again too, they have been
// taken for the block after it and must be forgotten.
func (c *Call) blockRepeated() Turn {
	if c.block.seen > 0 {
		if c.in.block > 0 {
			return c.goodbye(fax.ProtocolError)
		}
		return c.receivePage(c.sayFCF(MCF))
	}
	return c.repeat()
}

// askAgain says PPR.
func (c *Call) askAgain(ppr []byte) Turn {
	c.observe(Event{Kind: Repairing, Page: c.result.Received})
	asked := c.asked + 1
	if asked > burstCap {
		return c.goodbye(fax.TooManyErrors)
	}
	t := c.listenFrames([]Signal{c.say(NewFrame(PPR, ppr...))}, c.mode.Rate.Short())
	c.asked = asked
	return t
}

// pageWhole is for the PPS after the last block of a page.
func (c *Call) pageWhole(command FCF) Turn {
	c.ended = command
	if command == EOS {
		c.ended = EOP
	}
	c.copy = c.cfg.Receive.End()
	if c.copy.Err != nil {
		return c.cannotKeep()
	}
	if c.copy.Rows == 0 { // every frame is right, and there is no line in them: never confirm nothing
		return c.refusePage()
	}
	return c.keepPage(Complete)
}

// continueSlower is for CTC: the sender goes on repairing, perhaps at another rate, and trains long.
func (c *Call) continueSlower(fif []byte) Turn {
	if rate := ParseMode(fif); rate.Known {
		c.mode.Rate = rate.Rate
	}
	return c.listenFrames(c.sayFCF(CTR), c.mode.Rate)
}

// blockGivenUp is for EOR: the sender will not complete the block. ERR confirms nothing; what is there of the page is kept.
func (c *Call) blockGivenUp(h hearing) Turn {
	if c.mode.tolerant() {
		c.block.salvage()
	}
	answer := c.sayFCF(ERR)
	command := withoutPRI(known(h.frame.FIF()[0]))
	switch command {
	case MPS, EOM, EOP:
	default:
		c.in.block++
		return c.listenBlock(answer, c.mode.Rate.Short())
	}
	c.copy = c.cfg.Receive.End()
	c.observe(Event{Kind: PageKept, Page: c.result.Received, Copy: c.copy})
	c.keepCopy(Unconfirmed)
	c.ended, c.positive, c.damaged = command, false, true
	c.in = counters{page: c.in.page + 1}
	return c.proceed(answer)
}

// covers tells whether a mode asks for nothing beyond these capabilities; what differs in the unit only is let pass.
func (c Capabilities) covers(m Mode) bool {
	if m.Width > pels(c.Width, m.Resolution) {
		return false
	}
	for _, r := range append(c.Resolutions, nearest(m.Resolution, nil)) {
		if alike(r, m.Resolution) {
			return true
		}
	}
	return false
}
