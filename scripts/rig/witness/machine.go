package witness

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"faxbox/fax"
	"faxbox/fax/class1"
	"faxbox/fax/document"
	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/fax/t30"
	"faxbox/fax/t4"
)

// Machine is a distant fax machine.
type Machine struct {
	Box    int // the one it has to do with
	Modem  *exchange.Modem
	Record *Record
	calls  int
}

// work opens the modem and does something with it again and again, until the context ends, or do reports that all is done.
func (m *Machine) work(ctx context.Context, do func(*class1.Modem) (done bool, err error)) {
	for ctx.Err() == nil {
		port, err := m.Modem.Open()
		if err != nil {
			return // the exchange is closed
		}
		modem, err := class1.Open(ctx, port, class1.Options{})
		done := false
		for err == nil && !done {
			if done, err = do(modem); err == nil && !done {
				err = modem.Reset(ctx)
			}
		}
		if modem != nil {
			modem.Close()
		}
		if done {
			return
		}
		pause(ctx, time.Second)
	}
}

func (m *Machine) config(modem *class1.Modem) t30.Config {
	id := modem.Identity()
	return t30.Config{
		Ident: "distant", ECM: true, TxRates: id.Send, RxRates: id.Receive,
		Jitter: func(max time.Duration) time.Duration { return rand.N(max) },
	}
}

// Caller calls the lines of a box in turn, and sends fax after fax. A fax that was not confirmed whole is sent again from
// the first page that was not.
type Caller struct {
	Machine
	Numbers []string
	Enough  <-chan struct{} // closed when no new fax is to be begun
	fax     int
	rest    []PageID
}

// Run calls until it is enough and the last fax is confirmed, or until the context ends.
func (c *Caller) Run(ctx context.Context) {
	c.work(ctx, func(m *class1.Modem) (bool, error) { return c.next(ctx, m) })
}

// Once makes one call with these pages, and tells what became of it.
func (c *Caller) Once(ctx context.Context, pages []PageID) (cause fax.Cause, err error) {
	c.rest = pages
	c.work(ctx, func(m *class1.Modem) (bool, error) {
		cause, err = c.call(ctx, m)
		return true, err
	})
	return cause, err
}

func (c *Caller) next(ctx context.Context, modem *class1.Modem) (done bool, err error) {
	if len(c.rest) == 0 {
		select {
		case <-c.Enough:
			return true, nil
		default:
		}
		c.fax++
		c.rest = FaxPages(false, c.Box, c.fax)
	}
	_, err = c.call(ctx, modem)
	pause(ctx, time.Second+rand.N(2*time.Second))
	return false, err
}

// call calls the next line and sends what is left to be sent.
func (c *Caller) call(ctx context.Context, modem *class1.Modem) (fax.Cause, error) {
	c.calls++
	cause, err := modem.Dial(ctx, c.Numbers[c.calls%len(c.Numbers)])
	if cause == fax.OK {
		cause, err = c.send(ctx, modem)
	} else if ctx.Err() == nil {
		err = nil // it is the box's fault
	}
	c.Record.Add(Entry{Box: c.Box, What: Called, Call: c.calls, Note: cause.String()})
	return cause, err
}

func (c *Caller) send(ctx context.Context, modem *class1.Modem) (fax.Cause, error) {
	pages := c.rest
	doc, err := document.NewOutgoing(document.Options{}, document.File{Pages: document.Rasters(DrawAll(pages))})
	if err != nil {
		return fax.DocumentFailed, err
	}
	defer doc.Close()
	cfg := c.config(modem)
	cfg.Send = doc
	cfg.Observe = func(e t30.Event) {
		switch e.Kind {
		case t30.PageStarted:
			c.Record.tell(c.Box, pageTime)
		case t30.PageConfirmed:
			c.Record.Add(Entry{Box: c.Box, What: Heard, Page: &pages[e.Page], Call: c.calls})
			c.Record.tell(c.Box, confirmTime)
		}
	}
	call := t30.NewCall(cfg)
	err = modem.Run(ctx, call)
	result := call.Result()
	c.rest = pages[result.Confirmed():]
	return result.Cause, err
}

// Answerer answers what a box sends.
type Answerer struct {
	Machine
}

// Run answers until the context ends.
func (a *Answerer) Run(ctx context.Context) {
	a.work(ctx, func(m *class1.Modem) (bool, error) { return false, a.next(ctx, m) })
}

func (a *Answerer) next(ctx context.Context, modem *class1.Modem) error {
	ring, err := modem.WaitRing(ctx)
	if err != nil || ring.Count == 0 {
		return err
	}
	if err := modem.Answer(ctx); err != nil {
		return nil // the caller gave up
	}
	a.calls++
	var sink paper
	c := conversation{Answerer: a}
	cfg := a.config(modem)
	cfg.Called, cfg.Receive = true, &sink
	cfg.Observe = func(e t30.Event) {
		if e.Kind == t30.PageReceived {
			c.confirms(sink.page())
		}
	}
	c.Call = t30.NewCall(cfg)
	err = modem.Run(ctx, &c)
	a.Record.Add(Entry{Box: a.Box, What: Answered, Call: a.calls, Note: c.Result().Cause.String()})
	return err
}

// conversation is a call of the box, which tells by what it says whether it has heard our confirmation.
type conversation struct {
	*t30.Call
	*Answerer
	last *PageID // confirmed, and not known to be understood
}

// confirms notes that a page is about to be confirmed.
func (c *conversation) confirms(p *raster.Page) {
	id, err := Identify(p)
	if err != nil {
		c.Record.Add(Entry{Box: c.Box, What: Strange, Call: c.calls, Note: err.Error()})
		return
	}
	c.last = &id
	c.Record.Add(Entry{Box: c.Box, What: Confirmed, Page: c.last, Call: c.calls})
	c.Record.tell(c.Box, confirmTime)
}

// Next takes note of the next page, and of goodbye: a sender that has not heard the confirmation repeats its command.
func (c *conversation) Next(now time.Time, h t30.Heard) t30.Turn {
	goodbye := slices.ContainsFunc(h.Frames, func(f t30.Frame) bool { return f.FCF() == t30.DCN })
	if c.last != nil && (h.Kind == t30.Carrier || goodbye) {
		c.Record.Add(Entry{Box: c.Box, What: Understood, Page: c.last, Call: c.calls})
		c.last = nil
	}
	return c.Call.Next(now, h)
}

// paper takes a page and keeps it until the next one, a t30.Sink that has nothing in common with that of the box.
type paper struct {
	format  t30.Format
	bits    []byte
	decoder *t4.Decoder
	err     error
}

func (p *paper) Begin(f t30.Format) {
	p.format, p.bits = f, nil
	p.decoder, p.err = t4.NewDecoder(t4.Config{Coding: f.Coding, Width: f.Width, LSBFirst: true}, func(row []byte) {
		p.bits = append(p.bits, row...)
	})
}

func (p *paper) Write(octets []byte) (int, error) {
	if p.err == nil {
		_, p.err = p.decoder.Write(octets)
	}
	return len(octets), nil
}

func (p *paper) report() t4.Report {
	if p.decoder == nil {
		return t4.Report{}
	}
	return p.decoder.Report()
}

func (p *paper) Ended() bool { return p.decoder != nil && p.decoder.Ended() }
func (p *paper) Since() int  { return p.report().Since }

func (p *paper) End() t30.Copy {
	r := p.report()
	return t30.Copy{Rows: r.Rows, BadRows: r.BadLines, LongestBad: r.LongestBad, End: r.End, Err: p.err}
}

func (p *paper) Keep(t30.Verdict) <-chan error {
	kept := make(chan error, 1)
	kept <- p.err
	return kept
}

func (p *paper) page() *raster.Page {
	stride := (p.format.Width + 7) / 8
	return &raster.Page{
		Width: p.format.Width, Height: len(p.bits) / stride, Stride: stride, Bits: p.bits, Resolution: p.format.Resolution,
	}
}

// pause sleeps, unless the context ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
