package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/fax/wire"
)

type serverCommands struct {
	Show serverShowCommand `cmd:"" help:"Print the server's settings." default:"withargs"`
	Set  serverSetCommand  `cmd:"" help:"Change settings: all that are named, or none."`
}

type serverShowCommand struct{ output }

// Run prints the settings, one a line.
func (c serverShowCommand) Run(ctx context.Context, con console) error {
	return show(ctx, con, c.output, "/server", printMembers[fax.ServerResource])
}

func printMembers[T any](w *tabwriter.Writer, v T) {
	for _, m := range members(v) {
		fmt.Fprintf(w, "%s\t%s\n", m[0], m[1])
	}
}

type serverSetCommand struct {
	output
	Assignments []string `arg:"" name:"key=value" help:"What to set, as faxbox server show prints it."`
}

// Run changes settings.
func (c serverSetCommand) Run(ctx context.Context, con console) error {
	var p fax.ServerPatch
	if err := assign(&p, c.Assignments); err != nil {
		return err
	}
	return change(ctx, con, c.output, http.MethodPatch, "/server", p)
}

// change makes a change. What became of it is printed only as JSON: no news is good news.
func change(ctx context.Context, con console, o output, method, path string, in any) error {
	return o.with(ctx, con, func(s *client.Server) error {
		var raw json.RawMessage
		if err := s.Do(ctx, method, path, in, &raw); err != nil || !o.JSON {
			return err
		}
		_, err := fmt.Fprintf(con.out, "%s\n", raw)
		return err
	})
}

type portCommands struct {
	List portListCommand `cmd:"" help:"List the ports." default:"withargs"`
	Show portShowCommand `cmd:"" help:"Print a port's settings."`
	Set  portSetCommand  `cmd:"" help:"Change a port: all that is named, or nothing."`
}

type portListCommand struct{ output }

// Run lists the ports.
func (c portListCommand) Run(ctx context.Context, con console) error {
	return show(ctx, con, c.output, "/ports", func(w *tabwriter.Writer, l wire.List[fax.Port]) {
		fmt.Fprintln(w, "ID\tNAME\tRANK\tSEND\tRECEIVE\tRINGS\tTSID\tCSID\tMODEM")
		for _, p := range l.Items {
			modem := p.Path
			if !p.Present {
				modem = "not there"
			}
			fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s\t%d\t%s\t%s\t%s\n", p.DeviceID, p.Name, p.Priority, yes(p.Send), yes(p.Receive), p.Rings,
				orDash(p.Tsid), orDash(p.Csid), modem)
		}
	})
}

// onPort is a command on one port.
type onPort struct {
	output
	ID fax.DeviceID `arg:"" help:"The port's id." placeholder:"ID"`
}

func (c onPort) path() string { return fmt.Sprintf("/ports/%d", c.ID) }

type portShowCommand struct{ onPort }

// Run prints a port.
func (c portShowCommand) Run(ctx context.Context, con console) error {
	return show(ctx, con, c.output, c.path(), printMembers[fax.Port])
}

type portSetCommand struct {
	onPort
	Assignments []string `arg:"" name:"key=value" help:"What to set, as faxbox port show prints it; lists are separated by commas."`
}

// Run changes a port.
func (c portSetCommand) Run(ctx context.Context, con console) error {
	var p fax.PortPatch
	if err := assign(&p, c.Assignments); err != nil {
		return err
	}
	return change(ctx, con, c.output, http.MethodPatch, c.path(), p)
}

type routeCommands struct {
	List routeListCommand `cmd:"" help:"List what is done with faxes received on a port."`
	Set  routeSetCommand  `cmd:"" help:"Change a routing method of a port, such as: route set 1 folder setting=/srv/fax enable=true, or: route set 1 mail setting=office@example.com enable=true."`
	Test routeTestCommand `cmd:"" help:"Do with a test page what a routing method would do with a fax, and tell what came of it."`
}

type routeListCommand struct{ onPort }

// Run lists the routing methods of a port.
func (c routeListCommand) Run(ctx context.Context, con console) error {
	return show(ctx, con, c.output, c.path()+"/routing-methods", func(w *tabwriter.Writer, l wire.List[fax.RoutingMethod]) {
		fmt.Fprintln(w, "METHOD\tNAME\tON\tORDER\tSETTING\tNAME PATTERN\tGUID")
		for _, m := range l.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", m.FunctionName, m.FriendlyName, yes(m.Enable), m.Priority, orDash(m.Setting),
				orDash(m.NamePattern), m.Guid)
		}
	})
}

type routeSetCommand struct {
	onPort
	Method      string   `arg:"" help:"The method: its short name, or its guid."`
	Assignments []string `arg:"" name:"key=value" help:"What to set: enable, setting, format, namePattern, priority."`
}

// Run changes a routing method.
func (c routeSetCommand) Run(ctx context.Context, con console) error {
	var p fax.RoutingMethodPatch
	if err := assign(&p, c.Assignments); err != nil {
		return err
	}
	guid, err := c.guid(ctx, con)
	if err != nil {
		return err
	}
	return change(ctx, con, c.output, http.MethodPatch, c.path()+"/routing-methods/"+url.PathEscape(guid), p)
}

// guid is the key of the method named.
func (c routeSetCommand) guid(ctx context.Context, con console) (guid string, err error) {
	guid = c.Method
	err = c.with(ctx, con, func(s *client.Server) error {
		var l wire.List[fax.RoutingMethod]
		if err := s.Do(ctx, http.MethodGet, c.path()+"/routing-methods", nil, &l); err != nil {
			return err
		}
		for _, m := range l.Items {
			if m.FunctionName == c.Method {
				guid = m.Guid
			}
		}
		return nil
	})
	return guid, err
}
