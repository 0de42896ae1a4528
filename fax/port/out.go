package port

import (
	"context"
	"fmt"
	"slices"

	"faxbox/fax"
	"faxbox/fax/class1"
	"faxbox/fax/t30"
)

// outgoing is a call that we make.
type outgoing struct {
	call
	w Work
}

// send makes one attempt; call ends when the job is cancelled, or ctx. The error is that of a modem that cannot be used any
// more.
func (p *Port) send(ctx, call context.Context, m *class1.Modem, w Work) error {
	settings := p.cfg.Office.Settings()
	if w.Tsid == "" {
		w.Tsid = settings.Tsid
	}
	c := outgoing{p.begin(m, settings, fax.Call{Direction: fax.Out, Number: w.Number, JobID: w.Job, Attempt: w.Attempt}), w}
	result, failure := c.run(call)
	stopped := result.Cause == fax.Cancelled && context.Cause(call) != errCancelled
	p.inbox.over()
	c.carried(result)
	c.line.Pages = result.Confirmed()
	c.close(result.Cause, failure)
	p.cfg.Office.Ended(c.line)
	p.cfg.Office.Done(w, Outcome{
		Cause: c.line.Result.Cause, Detail: c.line.Result.Detail, Confirmed: result.Confirmed(), Stopped: stopped,
		Result: result, Call: c.line,
	})
	return c.after(ctx, failure)
}

// run dials and sends. The error says more of why nothing was sent.
func (c *outgoing) run(ctx context.Context) (t30.Result, error) {
	defer c.aborting(ctx)()
	c.dialling()
	digits, err := c.settings.Dial(c.w.Number)
	if err != nil {
		return t30.Result{Cause: fax.BadNumber}, err
	}
	if c.p.rings().count > 0 { // the bell, which a modem does not hear while it is off the line
		return t30.Result{Cause: fax.Glare}, nil
	}
	c.p.set("line", c.p.wiring.Line, true)
	if cause, err := c.modem.Dial(ctx, digits); cause != fax.OK {
		c.note("%v", err)
		return t30.Result{Cause: cause}, err
	}
	c.connected()
	c.show(ctx, func(s *fax.Status) {
		s.State, s.Description = fax.Sending, fmt.Sprintf("A fax machine answers at %s.", s.Address)
	})
	return c.converse(ctx, c.config(ctx))
}

// dialling is the status with which a call begins.
func (c *outgoing) dialling() {
	c.p.show(c.settings, func(s *fax.Status) {
		s.State, s.Send, s.StartTime = fax.Dialing, true, c.line.Start
		s.Description = fmt.Sprintf("Dialling %s.", c.w.Number)
		s.Tsid, s.Address = string(c.w.Tsid), c.w.Number
		s.PageCount = c.w.First + c.w.Document.Pages()
		s.SenderName, s.SubmittedTime = c.w.SenderName, c.w.SubmittedTime
		s.DocumentName, s.DocumentSize = c.w.DocumentName, c.w.DocumentSize
		s.JobID, s.CallID = c.w.Job, c.line.ID
	})
}

// config is what the work and what was learned of the number make of the conversation.
func (c *outgoing) config(ctx context.Context) t30.Config {
	cfg, w := c.call.config(), c.w
	cfg.Ident, cfg.Send, cfg.SUB, cfg.Password = string(w.Tsid), w.Document, w.SUB, w.SID
	cfg.ECM = cfg.ECM && !w.Learned.NoECM
	cfg.AcceptRTN = w.Learned.AcceptRTN
	if w.Learned.MaxRate > 0 {
		cfg.MaxRate = min(cfg.MaxRate, w.Learned.MaxRate)
	}
	if w.Learned.NoV17 {
		cfg.TxRates = slices.DeleteFunc(slices.Clone(cfg.TxRates), isV17)
	}
	cfg.Observe = func(e t30.Event) { c.observe(ctx, e) }
	return cfg
}

// isV17 tells V.17 by its having a short training.
func isV17(m t30.Modulation) bool { return m.Short() != m }

// observe shows what happens, as it happens.
func (c *outgoing) observe(ctx context.Context, e t30.Event) {
	if e.Kind == t30.PageConfirmed {
		c.p.cfg.Office.Confirmed(c.w, e.Page)
	}
	c.show(ctx, func(s *fax.Status) {
		to := who(s.Csid, s.Address)
		switch e.Kind {
		case t30.Identified:
			s.Csid = e.Result.Peer.Ident
		case t30.Negotiated:
			s.Description = fmt.Sprintf("Agreeing on a speed with %s.", to)
		case t30.Trained:
			s.Mode = e.Mode.String()
		case t30.PageStarted:
			s.CurrentPage = c.w.First + e.Page + 1
			s.Description = fmt.Sprintf("Sending %s to %s.", page(s), to)
		case t30.Repairing:
			s.Description = fmt.Sprintf("Sending damaged parts of %s again to %s.", page(s), to)
		case t30.NotReady:
			s.Description = fmt.Sprintf("Waiting: %s is not ready for more.", to)
		}
	})
}
