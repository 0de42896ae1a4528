package port

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"syscall"
	"time"

	"faxbox/fax"
	"faxbox/fax/class1"
	"faxbox/fax/t30"
	"faxbox/fax/trace"
)

// call is a line of the journal that is open: a call, or what may become one.
type call struct {
	p        *Port
	modem    *class1.Modem
	settings fax.Port
	line     fax.Call
	log      *trace.Log
	file     io.WriteCloser // the trace
}

// begin opens a line of the journal.
func (p *Port) begin(m *class1.Modem, settings fax.Port, line fax.Call) call {
	line.DeviceID, line.DeviceName, line.Start = p.cfg.DeviceID, settings.Name, time.Now()
	c := call{p: p, modem: m, settings: settings, line: line}
	c.line.ID, c.file = p.cfg.Office.Begin(line)
	if c.file != nil {
		c.line.HasTrace = true
		c.log = trace.New(c.file, c.line.Start)
	}
	m.Trace(c.log)
	return c
}

// connected notes that the line is through to the other side.
func (c *call) connected() { c.line.Answered = time.Now() }

// config is what both kinds of call bring to the conversation.
func (c *call) config() t30.Config {
	id := c.modem.Identity()
	return t30.Config{
		ECM: c.settings.ECM, MaxRate: c.settings.MaxRate, TxRates: id.Send, RxRates: id.Receive,
		Jitter: func(max time.Duration) time.Duration { return rand.N(max) },
	}
}

// converse carries the conversation to its end. The error is the modem's; how the call went is in the result.
func (c *call) converse(ctx context.Context, cfg t30.Config) (t30.Result, error) {
	conversation := t30.Trace(cfg, c.log)
	err := c.modem.Run(ctx, conversation)
	return conversation.Result(), err
}

// show changes the status during the call. One that is being ended stays so.
func (c *call) show(ctx context.Context, f func(*fax.Status)) {
	c.p.status.change(func(s *fax.Status) {
		f(s)
		if ctx.Err() != nil {
			abort(s)
		}
	})
}

func abort(s *fax.Status) { s.State, s.Description = fax.Aborting, "The call is being ended." }

// aborting shows at once when ctx is done, whatever the modem is doing, until the function it returns is called.
func (c *call) aborting(ctx context.Context) (over func()) {
	shown := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(shown)
		c.p.status.change(abort)
	})
	return func() {
		if !stop() {
			<-shown
		}
	}
}

// note writes a remark in the trace.
func (c *call) note(format string, args ...any) {
	c.log.Add(time.Now(), trace.Note, format, args...)
}

// close is the end of the call: the line is released, the trace is written, and how it went stands in the line of the
// journal, which the office is yet to be told.
func (c *call) close(cause fax.Cause, failure error) {
	c.p.set("line", c.p.wiring.Line, false)
	c.line.Duration = fax.SecondsOf(time.Since(c.line.Start))
	c.line.Result = fax.ResultOf(blame(cause, failure))
	c.line.Result.Detail = text(failure)
	c.modem.Trace(nil)
	if c.file == nil {
		return
	}
	c.note("%s %s", c.line.Result.Cause, c.line.Result.Detail)
	err := c.log.Flush()
	if err2 := c.file.Close(); err == nil {
		err = err2
	}
	if err != nil { // a trace that cannot be written is missed, the call is not
		c.line.HasTrace = false
		c.p.cfg.Log.Warn("a trace was not written", "call", c.line.ID, "error", err)
	}
}

// carried notes what a conversation came to.
func (c *call) carried(r t30.Result) {
	c.line.StationID = r.Peer.Ident
	if r.Trained {
		c.line.Mode = r.Mode.String()
	}
}

// after readies the modem for the next call, and shows for some seconds how the last one went, which lets the exchange take
// breath. A modem that failed is not asked again; failure tells of it, and else of the number or the caller.
func (c *call) after(ctx context.Context, failure error) error {
	c.p.rested = time.Now().Add(rest)
	if cause := c.line.Result.Cause; cause == fax.ModemFailed || cause == fax.ModemGone {
		return cmp.Or(failure, errFailed)
	}
	c.p.resting(c.settings, c.line.Result)
	if c.line.Result.Cause == fax.Glare { // the call that came in rings, and a reset would drop what is said of it
		return nil
	}
	if err := c.modem.Reset(ctx); err != nil {
		return err
	}
	c.p.attended = time.Now()
	return nil
}

// errFailed means that the modem failed in a call that it could still end.
var errFailed = errors.New("the modem failed during a call")

// blame tells a modem that is not there any more from one that fails.
func blame(cause fax.Cause, failure error) fax.Cause {
	if cause == fax.ModemFailed && errors.Is(failure, syscall.ENODEV) {
		return fax.ModemGone
	}
	return cause
}

// text is an error's text, "" for none.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
