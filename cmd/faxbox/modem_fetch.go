package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"faxbox/fax"
	"faxbox/fax/document"
	"faxbox/fax/t30"
)

type fetchCommand struct {
	line
	Number   string `arg:"" help:"The number to dial."`
	Dir      string `required:"" help:"The folder for the fetched document." placeholder:"DIR" type:"path"`
	CSID     string `name:"csid" help:"The station id we give (CIG), up to 20 characters." placeholder:"S"`
	Password string `help:"The password the distant machine asks for (PWD)." placeholder:"S"`
	SEP      string `name:"sep" help:"Which document to fetch (SEP), for machines that have several." placeholder:"S"`
}

// Run polls a distant machine. It fails unless the document was received completely.
func (f fetchCommand) Run(ctx context.Context, con console) error {
	if !dialable(f.Number) {
		return hinted{usage{fmt.Errorf("%q holds no digit to dial", f.Number)}, fax.BadNumber.Hint()}
	}
	dir, err := openDir(f.Dir)
	if err != nil {
		return err
	}
	tracing, err := f.recorder()
	if err != nil {
		return err
	}
	modem, err := f.open(ctx, con)
	if err != nil {
		return err
	}
	defer modem.Close() // the call is over by then
	file := dir.Call(time.Now(), f.Number)
	incoming := document.NewIncoming(file, software())
	c := call{modem: modem, number: f.Number, printer: &printer{out: con.out, json: f.JSON}, config: t30.Config{
		Ident: f.CSID, Receive: incoming, Poll: true, Password: f.Password, SEP: f.SEP, ECM: f.ECM, MaxRate: f.Rate, Codings: f.codings(),
	}}
	if tracing != nil {
		defer tracing.Close() // written by then; a lost trace is no lost fax
		c.trace = tracing
	}
	result, err := c.run(ctx)
	return errors.Join(err, con.received(f.JSON, result, incoming, file))
}
