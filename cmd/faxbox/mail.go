package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"text/tabwriter"

	"faxbox/fax"
	"faxbox/fax/client"
)

type mailCommands struct {
	Show mailShowCommand `cmd:"" help:"Print how mail is sent." default:"withargs"`
	Set  mailSetCommand  `cmd:"" help:"Change how mail is sent: all that is named, or nothing."`
	Test mailTestCommand `cmd:"" help:"Send a test mail, and tell what came of it."`
}

type mailShowCommand struct{ output }

// Run prints the settings for mail, one a line.
func (c mailShowCommand) Run(ctx context.Context, con console) error {
	return show(ctx, con, c.output, "/mail", printMembers[fax.MailResource])
}

type mailSetCommand struct {
	output
	AskPassword   bool     `help:"Ask for the password of the mail account, or read it from the standard input."`
	AuthorityFile string   `help:"The certificate of an authority of one's own." placeholder:"FILE.pem"`
	Assignments   []string `arg:"" optional:"" name:"key=value" help:"What to set, as faxbox mail show prints it, such as host=smtp.example.com from=fax@example.com."`
}

// Run changes how mail is sent.
func (c mailSetCommand) Run(ctx context.Context, con console) error {
	var p fax.MailPatch
	if err := assign(&p, c.Assignments); err != nil {
		return err
	}
	if c.AuthorityFile != "" {
		data, err := os.ReadFile(c.AuthorityFile)
		if err != nil {
			return err
		}
		p.Authority = new(string(data))
	}
	if c.AskPassword {
		password, err := con.askPassword("Password of the mail account: ")
		if err != nil {
			return err
		}
		p.Password = &password
	}
	if p == (fax.MailPatch{}) {
		return usage{errors.New("there is nothing to be set")}
	}
	return change(ctx, con, c.output, http.MethodPatch, "/mail", p)
}

type mailTestCommand struct {
	output
	To string `arg:"" help:"Where it goes." placeholder:"ADDRESS"`
}

// Run sends a test mail. It has failed if the mail server did not take it.
func (c mailTestCommand) Run(ctx context.Context, con console) error {
	return try(ctx, con, c.output, "/mail/test", fax.MailTest{To: c.To})
}

type routeTestCommand struct {
	onPort
	Method string `arg:"" help:"The method: its short name, or its guid."`
}

// Run tries a routing method. It has failed if the method did.
func (c routeTestCommand) Run(ctx context.Context, con console) error {
	guid, err := routeSetCommand{onPort: c.onPort, Method: c.Method}.guid(ctx, con)
	if err != nil {
		return err
	}
	return try(ctx, con, c.output, c.path()+"/routing-methods/"+url.PathEscape(guid)+"/test", nil)
}

// try asks for something to be tried, and tells what came of it.
func try(ctx context.Context, con console, o output, path string, in any) error {
	return o.with(ctx, con, func(s *client.Server) error {
		var raw json.RawMessage
		if err := s.Do(ctx, http.MethodPost, path, in, &raw); err != nil {
			return err
		}
		var v fax.Verdict
		if err := json.Unmarshal(raw, &v); err != nil {
			return err
		}
		if o.JSON || v.OK {
			if err := printAs(con, o.JSON, raw, func(w *tabwriter.Writer, v fax.Verdict) { fmt.Fprintln(w, v.Sentence) }); err != nil {
				return err
			}
		}
		if !v.OK {
			return hinted{errors.New(v.Sentence), v.Hint}
		}
		return nil
	})
}

type messageMailCommand struct {
	onMessage
	To      []string `arg:"" name:"address" help:"Who gets it."`
	Subject string   `help:"The subject (default: what the fax is)." placeholder:"TEXT"`
	Text    string   `help:"What stands above what is known of the fax." placeholder:"TEXT"`
	Format  string   `help:"pdf or tiff." enum:"pdf,tiff" default:"pdf" placeholder:"F"`
}

// Run has a fax sent on by mail. It is queued when this ends.
func (c messageMailCommand) Run(ctx context.Context, con console) error {
	o := fax.MailOrder{To: c.To, Subject: c.Subject, Text: c.Text, Format: fax.FileFormat(c.Format)}
	return change(ctx, con, c.output, http.MethodPost, c.path()+"/mail", o)
}
