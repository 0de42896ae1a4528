package port

import (
	"context"
	"errors"
	"fmt"
	"time"

	"faxbox/fax"
	"faxbox/fax/class1"
	"faxbox/fax/t30"
)

// rings is what is known of a call that rings.
type rings struct {
	count   int // so far; 0 when it has stopped
	caller  class1.Caller
	pattern fax.RingPattern
}

// incoming is a call that rings, and perhaps is answered.
type incoming struct {
	call
	caller  class1.Caller // what is known; kept when the modem thinks that it has stopped to ring and the bell goes on
	told    fax.Call      // the line of the journal as the office was told it last
	refused fax.Cause     // what it ends with if it is not answered
}

// decision is what to do with a call that rings.
type decision uint8

const (
	letRing decision = iota
	take
	drop // answer and hang up
)

// ring follows a call that rings until it has stopped, or is answered and over.
func (p *Port) ring(ctx context.Context, m *class1.Modem, r rings) error {
	c := &incoming{caller: r.caller, refused: fax.NoAnswer}
	settings := p.cfg.Office.Settings()
	c.call = p.begin(m, settings, fax.Call{
		Direction: fax.In, CallerID: r.caller.Number, Withheld: r.caller.Withheld, Rings: r.count,
	})
	c.told = c.line
	c.tell()
	p.inbox.ringing()
	for ctx.Err() == nil && r.count > 0 {
		c.settings = p.cfg.Office.Settings()
		if todo := c.consider(r, p.inbox.toAnswer()); todo != letRing {
			if over, err := c.answer(ctx, todo); over {
				return err
			}
		}
		c.tell()
		var err error
		if r, err = p.awaitRing(ctx, m, time.Now().Add(pollEvery)); err != nil {
			c.unanswered(fax.ModemFailed, err)
			return err
		}
	}
	c.unanswered(c.refused, nil)
	return nil
}

// consider takes what is known by now, and decides.
func (c *incoming) consider(r rings, wanted bool) decision {
	c.line.Rings = max(c.line.Rings, r.count)
	if r.caller != (class1.Caller{}) {
		c.caller = r.caller
		c.line.CallerID, c.line.Withheld = r.caller.Number, r.caller.Withheld
	}
	s := c.settings
	c.line.Refused, c.refused = "", fax.NoAnswer
	ok, why := s.Answers(c.caller.Number, c.caller.Withheld, r.pattern)
	switch {
	case wanted:
		return take
	case !c.sure(r):
		return letRing
	case ok && r.count >= s.Rings:
		return take
	case ok:
		return letRing
	}
	c.line.Refused = why
	if !c.byList(r) {
		return letRing
	}
	c.refused = fax.Blacklisted
	if s.Blocked == fax.Drop {
		return drop
	}
	return letRing
}

// sure reports whether everything is known that the settings ask for. The network tells the caller, and the pause after a
// ring its pattern, before the second ring at the latest.
func (c *incoming) sure(r rings) bool {
	s := c.settings
	lists := s.BlockWithheld || len(s.Block) > 0 || len(s.Allow) > 0
	known := c.caller.Number != "" || c.caller.Withheld || c.caller.Unavailable
	return r.count >= 2 || (!lists || known) && (len(s.Distinctive) == 0 || r.pattern != "")
}

// byList reports whether it is the lists of callers that forbid a call, and nothing else.
func (c *incoming) byList(r rings) bool {
	s := c.settings
	s.Block, s.Allow, s.BlockWithheld = nil, nil, false
	ok, _ := s.Answers(c.caller.Number, c.caller.Withheld, r.pattern)
	return ok
}

// tell shows that it rings, and tells the office if there is something new.
func (c *incoming) tell() {
	c.p.show(c.settings, func(s *fax.Status) {
		s.State, s.CallID, s.Rings, s.CallerID = fax.Ringing, c.line.ID, c.line.Rings, c.line.CallerID
		s.Description = fmt.Sprintf("A call from %s rings.", c.name())
		if c.line.Refused != "" {
			s.Description = fmt.Sprintf("A call from %s rings and is not answered: %s.", c.name(), c.line.Refused)
		}
	})
	now := c.line
	now.Rings = c.told.Rings // shown by the status
	if now != c.told {
		c.told = now
		c.p.cfg.Office.Rings(c.line)
	}
}

// name is what to call the caller.
func (c *incoming) name() string {
	if c.caller.Withheld {
		return "a withheld number"
	}
	return who(c.caller.Number)
}

// unanswered ends a call that was not answered.
func (c *incoming) unanswered(cause fax.Cause, failure error) {
	c.p.inbox.over()
	c.p.heard = class1.Ring{}
	c.close(cause, failure)
	c.p.cfg.Office.Ended(c.line)
	if time.Now().Before(c.p.rested) {
		c.p.resting(c.settings, c.line.Result)
	}
}

// answer takes the call, and receives or drops it. It is not over if its pages have no place to go: it rings on.
func (c *incoming) answer(ctx context.Context, todo decision) (over bool, err error) {
	var reception Reception
	if todo == take {
		if reception, err = c.p.cfg.Office.Receive(c.line); err != nil {
			c.line.Refused = err.Error()
			c.note("not answered: %v", err)
			return false, nil
		}
	}
	result, failure := c.run(c.p.inbox.answering(ctx), reception)
	c.p.inbox.over()
	c.p.bell.forget()
	c.p.heard = class1.Ring{}
	c.carried(result)
	c.line.Pages = result.Received
	c.close(result.Cause, failure)
	if reception != nil {
		c.line.MessageID = reception.Finish(c.received(result))
	}
	c.p.cfg.Office.Ended(c.line)
	return true, c.after(ctx, failure)
}

// run answers and receives; without a reception it hangs up at once. The error says more of why nothing was received.
func (c *incoming) run(ctx context.Context, reception Reception) (t30.Result, error) {
	defer c.aborting(ctx)()
	c.answering()
	c.p.set("line", c.p.wiring.Line, true)
	if err := c.modem.Answer(ctx); err != nil {
		c.note("%v", err)
		return t30.Result{Cause: c.whyNot(ctx, err)}, err
	}
	c.connected()
	if reception == nil {
		return t30.Result{Cause: c.refused}, c.modem.HangUp()
	}
	return c.converse(ctx, c.config(ctx, reception))
}

// answering is the status when the line is taken.
func (c *incoming) answering() {
	c.p.show(c.settings, func(s *fax.Status) {
		s.State, s.Receive, s.StartTime, s.CallID = fax.Answered, true, time.Now(), c.line.ID
		s.CallerID, s.Csid, s.RoutingString = c.line.CallerID, string(c.settings.Csid), c.routing("")
		s.Description = fmt.Sprintf("A call from %s is answered.", c.name())
		if c.line.Refused != "" {
			s.Description = fmt.Sprintf("A call from %s is answered and dropped: %s.", c.name(), c.line.Refused)
		}
	})
}

// whyNot is the cause of an answer that failed.
func (c *incoming) whyNot(ctx context.Context, err error) fax.Cause {
	switch {
	case ctx.Err() != nil:
		return fax.Cancelled
	case errors.Is(err, class1.ErrHungUp):
		return fax.NoAnswer
	}
	return fax.ModemFailed
}

func (c *incoming) config(ctx context.Context, reception Reception) t30.Config {
	cfg := c.call.config()
	cfg.Called, cfg.Ident, cfg.Receive = true, string(c.settings.Csid), reception
	cfg.Observe = func(e t30.Event) { c.observe(ctx, e) }
	return cfg
}

// observe shows what happens, as it happens.
func (c *incoming) observe(ctx context.Context, e t30.Event) {
	c.show(ctx, func(s *fax.Status) {
		from := who(s.Tsid, s.CallerID)
		switch e.Kind {
		case t30.Identified:
			s.State, s.Tsid, s.RoutingString = fax.Receiving, e.Result.Peer.Ident, c.routing(e.Result.Peer.SUB)
			s.Description = fmt.Sprintf("%s calls.", who(s.Tsid, s.CallerID))
		case t30.Negotiated:
			s.State, s.Description = fax.Receiving, fmt.Sprintf("Agreeing on a speed with %s.", from)
		case t30.Trained:
			s.Mode = e.Mode.String()
		case t30.PageStarted:
			s.CurrentPage = e.Page + 1
			s.Description = fmt.Sprintf("Receiving %s from %s.", page(s), from)
		case t30.Repairing:
			s.Description = fmt.Sprintf("Asking %s for damaged parts of %s again.", from, page(s))
		case t30.NotReady:
			s.Description = fmt.Sprintf("Letting %s wait while %s is stored.", from, page(s))
		}
	})
}

// routing is the number that was called and the sub-address, as far as the line tells them.
func (c *incoming) routing(sub string) string { return fax.RoutingString(c.caller.Called, sub) }

// received is the call as its reception is told it.
func (c *incoming) received(r t30.Result) Incoming {
	in := Incoming{Call: c.line, Result: r, Routing: c.routing(r.Peer.SUB)}
	if c.settings.Quarantines(r.Peer.Ident) {
		in.Quarantine = fmt.Sprintf("the sender calls itself %q", r.Peer.Ident)
	}
	return in
}
