package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/class1"
	"faxbox/fax/t30"
	"faxbox/fax/t4"
	"faxbox/fax/trace"
)

// line is what the commands for one modem share.
type line struct {
	Path   string `arg:"" help:"The modem's serial port, or a pseudo terminal." placeholder:"PATH"`
	Trace  string `help:"Write every AT line and frame of the calls to this file." placeholder:"FILE" type:"path"`
	JSON   bool   `help:"Print one JSON object a line instead of text."`
	ECM    bool   `help:"Use error correction when both ends can." default:"true" negatable:""`
	Rate   int    `help:"Go no faster than this many bit/s." placeholder:"N" enum:"0,2400,4800,7200,9600,12000,14400" default:"0"`
	Init   string `help:"An AT command to set the modem up with, without AT." placeholder:"COMMAND"`
	Coding string `help:"Use no better coding than this." enum:"mh,mr,mmr" default:"mmr"`
}

// codings are those up to --coding.
func (l line) codings() []t4.Coding {
	all := []t4.Coding{t4.MH, t4.MR, t4.MMR}
	for n, c := range all {
		if strings.EqualFold(c.String(), l.Coding) {
			return all[:n+1]
		}
	}
	return all
}

// software is what our files say they were made by.
func software() string { return "faxbox" }

// open opens the modem.
func (l line) open(ctx context.Context, con console) (*class1.Modem, error) {
	port, err := con.open(l.Path)
	if err != nil {
		return nil, err
	}
	return class1.Open(ctx, port, class1.Options{Init: l.Init})
}

// recorder opens the file for traces. Without one nothing is recorded.
func (l line) recorder() (*os.File, error) {
	if l.Trace == "" {
		return nil, nil
	}
	f, err := os.Create(l.Trace)
	if err != nil {
		return nil, hinted{err, "Choose a file for the trace that can be written."}
	}
	return f, nil
}

// call is one call on a modem.
type call struct {
	modem   *class1.Modem
	config  t30.Config
	number  string // to dial; "" answers
	trace   io.Writer
	printer *printer
}

// run makes the call, from dialling or answering to the end. The error is the modem's; how the call went is in the result.
func (c call) run(ctx context.Context) (t30.Result, error) {
	var log *trace.Log
	if c.trace != nil {
		log = trace.New(c.trace, time.Now())
		defer log.Flush() // a trace that cannot be written is missed, the call is not
	}
	id := c.modem.Identity()
	c.config.TxRates, c.config.RxRates = id.Send, id.Receive
	c.config.Jitter = func(max time.Duration) time.Duration { return rand.N(max) }
	c.config.Observe = c.printer.event
	conversation := t30.Trace(c.config, log)
	c.modem.Trace(log)
	defer c.modem.Trace(nil)
	if c.number != "" {
		c.printer.dialling(c.number)
		cause, err := c.modem.Dial(ctx, c.number)
		if cause != fax.OK {
			log.Add(time.Now(), trace.Note, "%s: %v", cause, err)
			return t30.Result{Cause: cause}, nil
		}
	} else if err := c.modem.Answer(ctx); err != nil {
		log.Add(time.Now(), trace.Note, "%v", err)
		if errors.Is(err, class1.ErrHungUp) {
			return t30.Result{Cause: fax.NoFax}, nil
		}
		return t30.Result{Cause: fax.ModemFailed}, err
	}
	c.printer.connected()
	err := c.modem.Run(ctx, conversation)
	return conversation.Result(), err
}

// printer tells a call as it happens: text for people, or JSON.
type printer struct {
	out   io.Writer
	json  bool
	begun time.Time
	told  string // what was printed last, not to be printed twice
}

// told is one line of a call in JSON.
type told struct {
	Seconds float64 `json:"seconds"`
	Event   string  `json:"event"`
	Page    int     `json:"page,omitempty"`
	Octets  int     `json:"octets,omitempty"`
	Peer    string  `json:"peer,omitempty"`
	Number  string  `json:"number,omitempty"`
	Mode    string  `json:"mode,omitempty"`
	Rows    int     `json:"rows,omitempty"`
	BadRows int     `json:"badRows,omitempty"`
	File    string  `json:"file,omitempty"`
	Cause   string  `json:"cause,omitempty"`
	Text    string  `json:"text"`
}

func (p *printer) dialling(number string) {
	p.begun = time.Now()
	p.tell(told{Event: "dialling", Number: number, Text: "dialling " + number})
}

func (p *printer) connected() {
	if p.begun.IsZero() {
		p.begun = time.Now()
	}
	p.tell(told{Event: "connected", Text: "a fax machine answers"})
}

func (p *printer) event(e t30.Event) {
	t := told{Event: e.Kind.String(), Page: e.Page + 1}
	switch e.Kind {
	case t30.Identified:
		t.Page, t.Peer = 0, e.Result.Peer.Ident
		if t.Peer == "" {
			return
		}
		t.Text = "the other station is " + t.Peer
	case t30.Negotiated:
		t.Page, t.Mode = 0, e.Mode.String()
		t.Text = "training: " + t.Mode
	case t30.Trained:
		t.Page, t.Mode, t.Text = 0, e.Mode.String(), "trained"
	case t30.PageStarted:
		t.Octets = e.Octets
		t.Text = fmt.Sprintf("page %d", t.Page)
		if t.Octets > 0 {
			t.Text += fmt.Sprintf(": %d octets", t.Octets)
		}
	case t30.PageReceived, t30.PageRefused, t30.PageKept:
		t.Rows, t.BadRows = e.Copy.Rows, e.Copy.BadRows
		t.Text = fmt.Sprintf("%s: page %d, %d lines", e.Kind, t.Page, t.Rows)
		if t.BadRows > 0 {
			t.Text += fmt.Sprintf(", %d of them bad", t.BadRows)
		}
	case t30.Ended:
		return // told with the result
	default:
		t.Text = fmt.Sprintf("%s: page %d", e.Kind, t.Page)
	}
	p.tell(t)
}

func (p *printer) tell(t told) {
	if t.Text == p.told {
		return
	}
	p.told = t.Text
	t.Seconds = float64(time.Since(p.begun).Milliseconds()) / 1000
	if p.json {
		if err := json.NewEncoder(p.out).Encode(t); err != nil {
			p.out = io.Discard // nobody listens any more, and the call goes on
		}
		return
	}
	fmt.Fprintf(p.out, "%7.1f s  %s\n", t.Seconds, t.Text)
}

// rates lists modulations in words.
func rates(ms []t30.Modulation) []string {
	var names []string
	for _, m := range ms {
		names = append(names, m.String())
	}
	slices.Reverse(names)
	return names
}
