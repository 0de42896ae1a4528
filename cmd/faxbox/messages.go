package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/fax/wire"
)

type messageCommands struct {
	List   messageListCommand   `cmd:"" help:"List faxes received and sent, newest first." default:"withargs"`
	Show   messageShowCommand   `cmd:"" help:"Print what is known of a fax."`
	Get    messageGetCommand    `cmd:"" help:"Fetch the pages of a fax as a file."`
	Mail   messageMailCommand   `cmd:"" help:"Send a fax on by mail."`
	Report messageReportCommand `cmd:"" help:"Fetch the delivery report of a fax that was sent as a PDF."`
	Delete messageDeleteCommand `cmd:"" help:"Put faxes into the bin, or with --final remove them for good."`

	Restore messageRestoreCommand `cmd:"" help:"Bring faxes back from the bin."`
	Assign  messageAssignCommand  `cmd:"" help:"Say whose a received fax is."`
}

// paging are the flags of a listing that comes in pages.
type paging struct {
	Limit  int    `help:"How many at most, 1 to 500." default:"50" placeholder:"N"`
	Cursor string `help:"Go on from the next that an earlier listing printed." placeholder:"C"`
}

func (p paging) query() url.Values {
	q := url.Values{"limit": {strconv.Itoa(p.Limit)}}
	if p.Cursor != "" {
		q.Set("cursor", p.Cursor)
	}
	return q
}

// listing are the flags of long listings.
type listing struct {
	output
	paging
	In     bool         `help:"Received only." xor:"direction"`
	Out    bool         `help:"Sent only." xor:"direction"`
	Port   fax.DeviceID `help:"Of this port only." placeholder:"ID"`
	Number string       `help:"With a number that begins so." placeholder:"N"`
}

func (l listing) query() url.Values {
	q := l.paging.query()
	switch {
	case l.In:
		q.Set("direction", string(fax.In))
	case l.Out:
		q.Set("direction", string(fax.Out))
	}
	if l.Port != 0 {
		q.Set("deviceId", strconv.FormatInt(int64(l.Port), 10))
	}
	if l.Number != "" {
		q.Set("number", l.Number)
	}
	return q
}

func more(w io.Writer, next string) {
	if next != "" {
		fmt.Fprintf(w, "There are more: --cursor %s\n", next)
	}
}

type messageListCommand struct {
	listing
	Unread bool   `help:"Only what nobody has seen."`
	Bin    bool   `help:"What was deleted and can still be brought back."`
	User   string `help:"Only what belongs to this account." placeholder:"NAME"`
}

// Run lists messages.
func (c messageListCommand) Run(ctx context.Context, con console) error {
	q := c.query()
	if c.Unread {
		q.Set("unread", "true")
	}
	if c.Bin {
		q.Set("bin", "true")
	}
	if c.User != "" {
		q.Set("userName", c.User)
	}
	return show(ctx, con, c.output, "/messages?"+q.Encode(), func(w *tabwriter.Writer, l wire.List[fax.Message]) {
		if l.Count == 0 {
			fmt.Fprintln(w, "There is no such fax.")
			return
		}
		fmt.Fprintln(w, "ID\tWHEN\t\tNUMBER\tSTATION\tPORT\tPAGES\tRESULT\tMARKS")
		for _, m := range l.Items {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\n", m.ID, moment(m.RawReceiveTime), m.Direction, orDash(numberOf(m)),
				orDash(stationOf(m)), m.DeviceID, m.Pages, m.Result.Cause, orDash(marks(m)))
		}
		more(w, l.Next)
	})
}

// numberOf is the number of the other side.
func numberOf(m fax.Message) string {
	if m.Direction == fax.Out {
		return string(m.RecipientNumber)
	}
	return string(m.CallerID)
}

// stationOf is what the other side calls itself.
func stationOf(m fax.Message) string {
	if m.Direction == fax.Out {
		return string(m.Csid)
	}
	return string(m.Tsid)
}

func marks(m fax.Message) string {
	var list []string
	for _, mark := range []struct {
		name string
		is   bool
	}{{"new", !m.Read && m.Direction == fax.In}, {"partial", m.Partial}, {"damaged", len(m.Damaged) > 0}, {"quarantine", m.Quarantine}} {
		if mark.is {
			list = append(list, mark.name)
		}
	}
	return strings.Join(list, " ")
}

// onMessage is a command on one message.
type onMessage struct {
	output
	ID fax.MessageID `arg:"" help:"The message's id." placeholder:"ID"`
}

func (c onMessage) path() string { return fmt.Sprintf("/messages/%d", c.ID) }

type messageShowCommand struct{ onMessage }

// Run prints a message.
func (c messageShowCommand) Run(ctx context.Context, con console) error {
	return show(ctx, con, c.output, c.path(), printMembers[fax.Message])
}

type messageGetCommand struct {
	onMessage
	Output string `short:"o" help:"The file to write, .tiff or .pdf; - is the standard output (default: fax-ID.tiff)." placeholder:"FILE"`
}

// Run fetches the pages. The file appears when it is whole.
func (c messageGetCommand) Run(ctx context.Context, con console) error {
	name := cmp.Or(c.Output, fmt.Sprintf("fax-%d.tiff", c.ID))
	kind := "/file.tiff"
	switch strings.ToLower(filepath.Ext(name)) {
	case ".pdf":
		kind = "/file.pdf"
	case ".tif", ".tiff", "":
	default:
		if name != "-" {
			return usage{fmt.Errorf("%s: faxes are had as .tiff or .pdf", name)}
		}
	}
	return c.with(ctx, con, func(s *client.Server) error {
		pages, err := s.Open(ctx, c.path()+kind)
		if err != nil {
			return err
		}
		defer pages.Close()
		return con.save(name, pages)
	})
}

// saveTo writes a file beside and renames it.
func saveTo(name string, mode os.FileMode, content io.Reader) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".faxbox-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name()) // the error that matters is the other
	}
	return err
}

// onMessages is a command on several messages.
type onMessages struct {
	remote
	IDs []fax.MessageID `arg:"" name:"id" help:"The messages' ids."`
}

// each does something to each message, one after another.
func (c onMessages) each(ctx context.Context, con console, do func(*client.Server, fax.MessageID) error) error {
	return c.with(ctx, con, func(s *client.Server) error {
		for _, id := range c.IDs {
			if err := do(s, id); err != nil {
				return fmt.Errorf("message %d: %w", id, err)
			}
		}
		return nil
	})
}

type messageDeleteCommand struct {
	onMessages
	Final bool `help:"For good, also from the bin."`
}

// Run removes messages.
func (c messageDeleteCommand) Run(ctx context.Context, con console) error {
	return c.each(ctx, con, func(s *client.Server, id fax.MessageID) error {
		if c.Final {
			return s.PurgeMessage(ctx, id)
		}
		return s.DeleteMessage(ctx, id)
	})
}

type messageRestoreCommand struct{ onMessages }

// Run brings messages back.
func (c messageRestoreCommand) Run(ctx context.Context, con console) error {
	return c.each(ctx, con, func(s *client.Server, id fax.MessageID) error {
		_, err := s.RestoreMessage(ctx, id)
		return err
	})
}

type messageAssignCommand struct {
	onMessage
	User string `arg:"" optional:"" help:"The account; nothing: the whole office."`
}

// Run hands a message on.
func (c messageAssignCommand) Run(ctx context.Context, con console) error {
	return change(ctx, con, c.output, http.MethodPatch, c.path(), fax.MessagePatch{UserName: &c.User})
}

type callCommands struct {
	List  callListCommand  `cmd:"" help:"List the journal of calls, newest first." default:"withargs"`
	Show  callShowCommand  `cmd:"" help:"Print a call."`
	Trace callTraceCommand `cmd:"" help:"Draw what was said in a call as a ladder."`
}

type callListCommand struct {
	listing
	CSV bool `name:"csv" help:"Print the whole journal as a table for spreadsheets." xor:"form"`
}

// Run lists calls.
func (c callListCommand) Run(ctx context.Context, con console) error {
	if c.CSV {
		q := c.query()
		q.Del("limit")
		return c.with(ctx, con, func(s *client.Server) error {
			table, err := s.Open(ctx, "/calls.csv?"+q.Encode())
			if err != nil {
				return err
			}
			defer table.Close()
			_, err = io.Copy(con.out, table)
			return err
		})
	}
	return show(ctx, con, c.output, "/calls?"+c.query().Encode(), func(w *tabwriter.Writer, l wire.List[fax.Call]) {
		if l.Count == 0 {
			fmt.Fprintln(w, "There is no such call.")
			return
		}
		fmt.Fprintln(w, "ID\tWHEN\t\tNUMBER\tSTATION\tPORT\tSECONDS\tPAGES\tRESULT\tMODE")
		for _, k := range l.Items {
			number := k.Number
			if k.Direction == fax.In {
				number = k.CallerID
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%.0f\t%d\t%s\t%s\n", k.ID, moment(k.Start), k.Direction, orDash(number), orDash(k.StationID),
				k.DeviceID, float64(k.Duration), k.Pages, cmp.Or(k.Refused, k.Result.Cause.String()), orDash(k.Mode))
		}
		more(w, l.Next)
	})
}

// onCall is a command on one call.
type onCall struct {
	output
	ID fax.CallID `arg:"" help:"The call's id." placeholder:"ID"`
}

type callShowCommand struct{ onCall }

// Run prints a call.
func (c callShowCommand) Run(ctx context.Context, con console) error {
	return show(ctx, con, c.output, fmt.Sprintf("/calls/%d", c.ID), printMembers[fax.Call])
}

type callTraceCommand struct {
	remote
	ID  fax.CallID `arg:"" help:"The call's id." placeholder:"ID"`
	Raw bool       `help:"Print the trace as it is kept; faxbox trace reads it."`

	Masked bool `help:"Print it as it is kept, but without numbers and names."`
	AT     bool `name:"at" help:"Draw the AT commands too."`
}

// Run draws the trace of a call.
func (c callTraceCommand) Run(ctx context.Context, con console) error {
	return c.with(ctx, con, func(s *client.Server) error {
		path := fmt.Sprintf("/calls/%d/trace?masked=%t", c.ID, c.Masked)
		trace, err := s.Open(ctx, path)
		if err != nil {
			return err
		}
		defer trace.Close()
		if c.Raw || c.Masked {
			_, err := io.Copy(con.out, trace)
			return err
		}
		return drawTrace(con.out, trace, c.AT)
	})
}
