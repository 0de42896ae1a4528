package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/fax/wire"
)

// remote is the server that a command talks to.
type remote struct {
	Socket      string `help:"The server's UNIX socket (default: ${socket})." env:"FAXBOX_SOCKET" placeholder:"PATH"`
	Server      string `help:"A server on the network instead: host, host:port or URL." env:"FAXBOX_SERVER" placeholder:"URL"`
	Token       string `help:"The token for it." env:"FAXBOX_TOKEN" placeholder:"T"`
	Fingerprint string `help:"The SHA-256 of its own certificate." env:"FAXBOX_FINGERPRINT" placeholder:"HEX"`
}

// output is how a command that lists something prints it.
type output struct {
	remote
	JSON bool `help:"Print what the API answers."`
}

// systemSocket is where the service of the image listens.
const systemSocket = "/run/faxbox/faxbox.sock"

// defaultSocket is where a server that was told nothing listens: the machine's own, or else the user's.
func defaultSocket() string {
	if path := socketIn(dataFolder("faxbox")); exists(path) || !exists(systemSocket) {
		return path
	}
	return systemSocket
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// connect finds the server.
func (r remote) connect(ctx context.Context, con console) (*client.Server, error) {
	where := r.Server
	if where == "" {
		if where = r.Socket; where == "" {
			where = defaultSocket()
		}
	}
	s, err := client.Connect(ctx, where, client.Options{Token: r.Token, Fingerprint: r.Fingerprint, Dial: con.dial})
	if err != nil {
		return nil, clientError(err)
	}
	return s, nil
}

// with connects, does something, and disconnects.
func (r remote) with(ctx context.Context, con console, do func(*client.Server) error) error {
	s, err := r.connect(ctx, con)
	if err != nil {
		return err
	}
	defer s.Disconnect()
	return clientError(do(s))
}

// clientError adds the hint that the server, or the client, has for an error.
func clientError(err error) error {
	var h hinted
	if err == nil || errors.As(err, &h) {
		return err
	}
	var p *wire.Problem
	if errors.As(err, &p) && p.Status == http.StatusUnauthorized {
		return hinted{err, "On the box itself, faxbox token create makes a token: give it with --token or FAXBOX_TOKEN."}
	}
	if p != nil && slices.ContainsFunc(p.Errors, func(e fax.FieldError) bool { return e.Field == "filePassword" }) {
		return hinted{err, "Give the password with --password-file FILE."}
	}
	if hint := client.Hint(err); hint != "" {
		return hinted{err, hint}
	}
	return err
}

// show prints a resource: as the API answers, or as text.
func show[T any](ctx context.Context, con console, o output, path string, print func(*tabwriter.Writer, T)) error {
	return o.with(ctx, con, func(s *client.Server) error {
		var raw json.RawMessage
		if err := s.Do(ctx, "GET", path, nil, &raw); err != nil {
			return err
		}
		return printAs(con, o.JSON, raw, print)
	})
}

// printAs prints an answer of the API as it is, or as text.
func printAs[T any](con console, asJSON bool, raw json.RawMessage, print func(*tabwriter.Writer, T)) error {
	if asJSON {
		_, err := fmt.Fprintf(con.out, "%s\n", raw)
		return err
	}
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	t := tabwriter.NewWriter(con.out, 0, 8, 2, ' ', 0)
	print(t, v)
	return t.Flush()
}

func encodeTo(con console, v any) error { return json.NewEncoder(con.out).Encode(v) }

// moment is a time as people of this machine read it.
func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// orDash is text that may be missing from a column.
func orDash[S ~string](s S) string {
	if s == "" {
		return "-"
	}
	return string(s)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
