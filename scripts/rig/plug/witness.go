package main

import (
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"faxbox/fax"
	"faxbox/fax/class1"
	"faxbox/fax/document"
	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/fax/t30"
	"faxbox/fax/t4"
)

// entry is a line of the record: something that a distant machine saw, or that was done to the box.
type entry struct {
	At   time.Time `json:"at"`
	Box  int       `json:"box"`
	What what      `json:"what"`
	Page *pageID   `json:"page,omitempty"`
	Call int       `json:"call,omitempty"` // of that machine
	Note string    `json:"note,omitempty"`
}

type what string

const (
	called     what = "called"     // a distant machine's call to the box is over
	answered   what = "answered"   // a call of the box to a distant machine is over
	heard      what = "heard"      // a distant machine heard the box confirm its page
	confirmed  what = "confirmed"  // a distant machine is about to confirm a page of the box
	understood what = "understood" // the box has heard that confirmation: it went on, or said goodbye
	strange    what = "strange"    // a page of the box that nobody gave it
	submitted  what = "submitted"  // the box took a fax
	killed     what = "killed"
	started    what = "started"
	restarted  what = "restarted" // a job that had failed was tried again by hand
)

// record is what was seen in a run, in memory and in a file.
type record struct {
	mu      sync.Mutex
	file    *json.Encoder
	entries []entry
	news    map[int]chan time.Duration // of each box: told that a page is confirmed, or soon will be, and for how long that matters
}

func newRecord(w io.Writer, boxes int) *record {
	r := &record{file: json.NewEncoder(w), news: map[int]chan time.Duration{}}
	for n := range boxes {
		r.news[n] = make(chan time.Duration, 1)
	}
	return r
}

func (r *record) add(e entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.At = time.Now()
	r.entries = append(r.entries, e)
	r.file.Encode(e) // what counts is in memory
}

// How long it takes from the beginning of a page until its sender has heard that it is confirmed; and from the moment when
// a distant machine confirms it, or has heard that it is confirmed, until nothing more follows.
const (
	pageTime    = 5 * time.Second
	confirmTime = 2 * time.Second
)

// tell says that the next moments matter.
func (r *record) tell(box int, d time.Duration) {
	select {
	case r.news[box] <- d:
	default: // nobody wants to know
	}
}

// of is what was seen of a box, in order.
func (r *record) of(box int, kinds ...what) []entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []entry
	for _, e := range r.entries {
		if e.Box == box && slices.Contains(kinds, e.What) {
			list = append(list, e)
		}
	}
	return list
}

// machine is a distant fax machine.
type machine struct {
	box    int // the one it has to do with
	modem  *exchange.Modem
	record *record
	calls  int
}

// work opens the modem and does something with it again and again, until the context ends, or do reports that all is done.
func (m *machine) work(ctx context.Context, do func(*class1.Modem) (done bool, err error)) {
	for ctx.Err() == nil {
		port, err := m.modem.Open()
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

func (m *machine) config(modem *class1.Modem) t30.Config {
	id := modem.Identity()
	return t30.Config{
		Ident: "distant", ECM: true, TxRates: id.Send, RxRates: id.Receive,
		Jitter: func(max time.Duration) time.Duration { return rand.N(max) },
	}
}

// caller calls the lines of a box in turn, and sends fax after fax. A fax that was not confirmed whole is sent again from
// the first page that was not.
type caller struct {
	machine
	numbers []string
	enough  <-chan struct{} // closed when no new fax is to be begun
	fax     int
	rest    []pageID
}

func (c *caller) run(ctx context.Context) {
	c.work(ctx, func(m *class1.Modem) (bool, error) { return c.next(ctx, m) })
}

func (c *caller) next(ctx context.Context, modem *class1.Modem) (done bool, err error) {
	if len(c.rest) == 0 {
		select {
		case <-c.enough:
			return true, nil
		default:
		}
		c.fax++
		c.rest = faxPages(false, c.box, c.fax)
	}
	c.calls++
	cause, err := modem.Dial(ctx, c.numbers[c.calls%len(c.numbers)])
	if cause == fax.OK {
		cause, err = c.send(ctx, modem)
	} else if ctx.Err() == nil {
		err = nil // it is the box's fault
	}
	c.record.add(entry{Box: c.box, What: called, Call: c.calls, Note: cause.String()})
	pause(ctx, time.Second+rand.N(2*time.Second))
	return false, err
}

func (c *caller) send(ctx context.Context, modem *class1.Modem) (fax.Cause, error) {
	pages := c.rest
	doc, err := document.NewOutgoing(document.Options{}, document.File{Pages: document.Rasters(drawAll(pages))})
	if err != nil {
		return fax.DocumentFailed, err
	}
	defer doc.Close()
	cfg := c.config(modem)
	cfg.Send = doc
	cfg.Observe = func(e t30.Event) {
		switch e.Kind {
		case t30.PageStarted:
			c.record.tell(c.box, pageTime)
		case t30.PageConfirmed:
			c.record.add(entry{Box: c.box, What: heard, Page: &pages[e.Page], Call: c.calls})
			c.record.tell(c.box, confirmTime)
		}
	}
	call := t30.NewCall(cfg)
	err = modem.Run(ctx, call)
	result := call.Result()
	c.rest = pages[result.Confirmed():]
	return result.Cause, err
}

// answerer answers what a box sends.
type answerer struct {
	machine
}

func (a *answerer) run(ctx context.Context) {
	a.work(ctx, func(m *class1.Modem) (bool, error) { return false, a.next(ctx, m) })
}

func (a *answerer) next(ctx context.Context, modem *class1.Modem) error {
	ring, err := modem.WaitRing(ctx)
	if err != nil || ring.Count == 0 {
		return err
	}
	if err := modem.Answer(ctx); err != nil {
		return nil // the caller gave up
	}
	a.calls++
	var sink paper
	c := conversation{answerer: a}
	cfg := a.config(modem)
	cfg.Called, cfg.Receive = true, &sink
	cfg.Observe = func(e t30.Event) {
		if e.Kind == t30.PageReceived {
			c.confirms(sink.page())
		}
	}
	c.Call = t30.NewCall(cfg)
	err = modem.Run(ctx, &c)
	a.record.add(entry{Box: a.box, What: answered, Call: a.calls, Note: c.Result().Cause.String()})
	return err
}

// conversation is a call of the box, which tells by what it says whether it has heard our confirmation.
type conversation struct {
	*t30.Call
	*answerer
	last *pageID // confirmed, and not known to be understood
}

// confirms notes that a page is about to be confirmed.
func (c *conversation) confirms(p *raster.Page) {
	id, err := identify(p)
	if err != nil {
		c.record.add(entry{Box: c.box, What: strange, Call: c.calls, Note: err.Error()})
		return
	}
	c.last = &id
	c.record.add(entry{Box: c.box, What: confirmed, Page: c.last, Call: c.calls})
	c.record.tell(c.box, confirmTime)
}

// Next takes note of the next page, and of goodbye: a sender that has not heard the confirmation repeats its command.
func (c *conversation) Next(now time.Time, h t30.Heard) t30.Turn {
	goodbye := slices.ContainsFunc(h.Frames, func(f t30.Frame) bool { return f.FCF() == t30.DCN })
	if c.last != nil && (h.Kind == t30.Carrier || goodbye) {
		c.record.add(entry{Box: c.box, What: understood, Page: c.last, Call: c.calls})
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
