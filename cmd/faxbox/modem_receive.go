package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"faxbox/fax"
	"faxbox/fax/class1"
	"faxbox/fax/document"
	"faxbox/fax/t30"
)

type receiveCommand struct {
	line
	Dir      string `required:"" help:"The folder for received faxes." placeholder:"DIR" type:"path"`
	CSID     string `name:"csid" help:"The station id we announce (CSI), up to 20 characters." placeholder:"S"`
	Rings    int    `help:"Answer after this many rings, 1 to 99." default:"1" placeholder:"N"`
	Once     bool   `help:"Exit after the first call that was answered."`
	Poll     string `help:"Offer this TIFF file to callers who poll." placeholder:"FILE.tif" type:"path"`
	Password string `help:"Give the document for polling only to callers who know this password (PWD)." placeholder:"S"`
}

// Run answers calls until it is told to stop. With --once it fails unless the call's fax was received completely.
func (r receiveCommand) Run(ctx context.Context, con console) error {
	if r.Rings < 1 || r.Rings > 99 {
		return usage{fmt.Errorf("--rings is %d, and must be 1 to 99", r.Rings)}
	}
	if r.Password != "" && r.Poll == "" {
		return usage{errors.New("--password is for the document of --poll, which is missing")}
	}
	dir, err := openDir(r.Dir)
	if err != nil {
		return err
	}
	if r.Poll != "" { // told at once, not when somebody polls
		_, closeFiles, err := openDocument(document.Options{}, []string{r.Poll})
		if err != nil {
			return err
		}
		closeFiles()
	}
	tracing, err := r.recorder()
	if err != nil {
		return err
	}
	if tracing != nil {
		defer tracing.Close() // written by then; a lost trace is no lost fax
	}
	modem, err := r.open(ctx, con)
	if err != nil {
		return err
	}
	defer modem.Close() // the call is over by then
	for {
		result, err := r.next(ctx, con, modem, dir, tracing)
		switch {
		case ctx.Err() != nil && err == nil:
			return nil // stopped while waiting
		case r.Once || errors.Is(err, class1.ErrSilent):
			return errors.Join(err, result)
		case err != nil:
			con.report(err)
		}
		if err := modem.Reset(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// next waits for a call and answers it. The first error is what went wrong with the call, the second one of the modem.
func (r receiveCommand) next(ctx context.Context, con console, modem *class1.Modem, dir document.TIFFDir, tracing *os.File) (failure, err error) {
	r.ready(con)
	from, err := awaitRings(ctx, modem, r.Rings)
	if err != nil {
		if ctx.Err() != nil {
			err = nil
		}
		return nil, err
	}
	began := time.Now()
	file := dir.Call(began, from.Number)
	incoming := document.NewIncoming(file, software())
	c := call{modem: modem, printer: &printer{out: con.out, json: r.JSON, begun: began}, config: t30.Config{
		Called: true, Ident: r.CSID, Receive: incoming, ECM: r.ECM, MaxRate: r.Rate, Password: r.Password, Codings: r.codings(),
	}}
	if r.Poll != "" {
		doc, closeFiles, err := openDocument(document.Options{}, []string{r.Poll})
		if err != nil {
			return nil, err
		}
		defer closeFiles()
		c.config.Send = doc
	}
	if tracing != nil {
		c.trace = tracing
	}
	c.printer.tell(told{Event: "answering", Number: from.Number, Text: "answering " + callerName(from)})
	result, err := c.run(ctx)
	return con.received(r.JSON, result, incoming, file), err
}

// ready says on a line of its own that rings are awaited.
func (r receiveCommand) ready(con console) {
	if r.JSON {
		json.NewEncoder(con.out).Encode(told{Event: "ready", Text: "ready"}) // nobody reads: nobody is told
		return
	}
	fmt.Fprintln(con.out, "ready")
}

// awaitRings waits for a call that has rung so often, and tells who calls, as far as that is known by then.
func awaitRings(ctx context.Context, modem *class1.Modem, rings int) (class1.Caller, error) {
	for {
		ring, err := modem.WaitRing(ctx)
		if err != nil {
			return class1.Caller{}, err
		}
		if ring.Count >= rings {
			return ring.Caller, nil
		}
	}
}

func callerName(c class1.Caller) string {
	switch {
	case c.Number != "" && c.Name != "":
		return "a call from " + c.Number + " (" + c.Name + ")"
	case c.Number != "":
		return "a call from " + c.Number
	case c.Withheld:
		return "a call whose number is withheld"
	}
	return "a call"
}

func openDir(path string) (document.TIFFDir, error) {
	dir, err := document.OpenTIFFDir(path)
	if err != nil {
		return dir, hinted{err, "Choose a folder that exists and that you may write to."}
	}
	return dir, nil
}

// received tells how a call in which we could receive ended. It is an error unless something was received, or our document
// fetched, and everything that was begun was confirmed.
func (con console) received(asJSON bool, r t30.Result, incoming *document.Incoming, file *document.CallFile) error {
	stored := incoming.Close()
	if err := errors.Join(stored, file.Close()); err != nil {
		con.report(hinted{err, fax.StorageFailed.Hint()})
	}
	report := reportOf(r)
	report.File = file.Path()
	report.Pages, report.Confirmed = r.Received, r.Received
	report.OK = r.Cause == fax.OK
	text := fmt.Sprintf("%s received: %s", pageCount(r.Received), report.Sentence)
	switch {
	case len(r.Pages) > 0 && r.Received == 0:
		report.Pages, report.Confirmed = len(r.Pages), r.Confirmed()
		text = fmt.Sprintf("%d of %d pages given to a poller: %s", report.Confirmed, report.Pages, report.Sentence)
	case report.File != "":
		text += " They are in " + report.File
	}
	return con.ended(asJSON, report, text)
}
