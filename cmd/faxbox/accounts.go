package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/fax/wire"
	"faxbox/web/auth"
)

type passwordCommand struct {
	remote
	Name string `arg:"" optional:"" help:"The account (default: the only administrator; at the first start admin)."`
}

// Run sets a password, read from the terminal or the standard input. Over the UNIX socket nobody asks for the old one, and
// the first administrator is made without the one-time code: whoever may use the socket has the box.
func (c passwordCommand) Run(ctx context.Context, con console) error {
	return c.with(ctx, con, func(s *client.Server) error {
		var users wire.List[fax.User]
		if err := s.Do(ctx, http.MethodGet, "/users", nil, &users); err != nil {
			return err
		}
		name, err := c.account(users.Items)
		if err != nil {
			return err
		}
		password, err := con.askPassword("New password for " + name + ": ")
		if err != nil {
			return err
		}
		if users.Count == 0 {
			err := s.Do(ctx, http.MethodPost, "/users", wire.NewUser{Name: name, Role: fax.Administrator, Password: password}, nil)
			if err == nil {
				fmt.Fprintf(con.out, "%s is the administrator.\n", name)
			}
			return err
		}
		err = s.Do(ctx, http.MethodPost, "/users/"+url.PathEscape(name)+"/password", wire.NewPassword{Password: password}, nil)
		if err == nil {
			fmt.Fprintf(con.out, "The password of %s is set.\n", name)
		}
		return err
	})
}

// account is whose password is meant.
func (c passwordCommand) account(users []fax.User) (string, error) {
	if c.Name != "" || len(users) == 0 {
		return cmp.Or(c.Name, "admin"), nil
	}
	var admins []string
	for _, u := range users {
		if u.Role == fax.Administrator {
			admins = append(admins, u.Name)
		}
	}
	if len(admins) != 1 {
		return "", usage{fmt.Errorf("whose password? The administrators are %s", strings.Join(admins, ", "))}
	}
	return admins[0], nil
}

// askPassword reads a line. On a terminal it asks for it and does not show it.
func (con console) askPassword(prompt string) (string, error) {
	in := con.in
	if restore, ok := hideInput(in); ok {
		fmt.Fprint(con.err, prompt)
		defer func() { restore(); fmt.Fprintln(con.err) }()
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", cmp.Or(err, errors.New("no password was entered"))
	}
	return line, nil
}

type tokenCommands struct {
	List   tokenListCommand   `cmd:"" help:"List the tokens of programs." default:"withargs"`
	Create tokenCreateCommand `cmd:"" help:"Make a token for a program and print it: it is shown this once."`
	Delete tokenDeleteCommand `cmd:"" help:"Make a token void."`
}

type tokenListCommand struct{ output }

// Run lists tokens.
func (c tokenListCommand) Run(ctx context.Context, con console) error {
	return show(ctx, con, c.output, "/tokens", func(w *tabwriter.Writer, l wire.List[fax.Token]) {
		fmt.Fprintln(w, "ID\tNAME\tROLE\tMADE BY\tMADE\tLAST USED\tEXPIRES")
		for _, t := range l.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Name, t.Role, t.User, moment(t.Created), moment(t.LastUsed), moment(t.Expires))
		}
	})
}

type tokenCreateCommand struct {
	output
	Name    string    `arg:"" help:"What it is for: scanner in room 3."`
	Role    string    `help:"viewer, sender, operator or administrator." enum:"viewer,sender,operator,administrator" default:"sender" placeholder:"R"`
	Expires time.Time `help:"When it ends: 2027-12-31T00:00:00Z (default: never)." placeholder:"TIME"`
}

// Run makes a token.
func (c tokenCreateCommand) Run(ctx context.Context, con console) error {
	return c.with(ctx, con, func(s *client.Server) error {
		var made wire.MadeToken
		in := wire.NewToken{Name: c.Name, Role: fax.Role(c.Role), Expires: c.Expires}
		if err := s.Do(ctx, http.MethodPost, "/tokens", in, &made); err != nil {
			return err
		}
		if c.JSON {
			return encodeTo(con, made)
		}
		fmt.Fprintln(con.out, made.Secret)
		return nil
	})
}

type tokenDeleteCommand struct {
	remote
	ID string `arg:"" help:"The token's id."`
}

// Run makes a token void.
func (c tokenDeleteCommand) Run(ctx context.Context, con console) error {
	return c.with(ctx, con, func(s *client.Server) error {
		return s.Do(ctx, http.MethodDelete, "/tokens/"+url.PathEscape(c.ID), nil, nil)
	})
}

type userCommands struct {
	List   userListCommand   `cmd:"" help:"List the accounts." default:"withargs"`
	Add    userAddCommand    `cmd:"" help:"Make an account; its password is read from the terminal or the standard input."`
	Set    userSetCommand    `cmd:"" help:"Change an account: fullName, role, disabled."`
	Delete userDeleteCommand `cmd:"" help:"Remove an account and its tokens."`
}

type userListCommand struct{ output }

// Run lists accounts.
func (c userListCommand) Run(ctx context.Context, con console) error {
	return show(ctx, con, c.output, "/users", func(w *tabwriter.Writer, l wire.List[fax.User]) {
		fmt.Fprintln(w, "NAME\tFULL NAME\tROLE\tDISABLED\tMADE")
		for _, u := range l.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.Name, orDash(u.FullName), u.Role, yes(u.Disabled), moment(u.Created))
		}
	})
}

type userAddCommand struct {
	output
	Name     string `arg:"" help:"The account's name."`
	FullName string `help:"The person's name." placeholder:"NAME"`
	Role     string `help:"viewer, sender, operator or administrator." enum:"viewer,sender,operator,administrator" default:"sender" placeholder:"R"`
}

// Run makes an account.
func (c userAddCommand) Run(ctx context.Context, con console) error {
	password, err := con.askPassword("Password for " + c.Name + ": ")
	if err != nil {
		return err
	}
	return change(ctx, con, c.output, http.MethodPost, "/users",
		wire.NewUser{Name: c.Name, FullName: c.FullName, Role: fax.Role(c.Role), Password: password})
}

type userSetCommand struct {
	output
	Name        string   `arg:"" help:"The account's name."`
	Assignments []string `arg:"" name:"key=value" help:"What to set: fullName, role, disabled."`
}

// Run changes an account.
func (c userSetCommand) Run(ctx context.Context, con console) error {
	var p auth.UserPatch
	if err := assign(&p, c.Assignments); err != nil {
		return err
	}
	return change(ctx, con, c.output, http.MethodPatch, "/users/"+url.PathEscape(c.Name), p)
}

type userDeleteCommand struct {
	remote
	Name string `arg:"" help:"The account's name."`
}

// Run removes an account.
func (c userDeleteCommand) Run(ctx context.Context, con console) error {
	return c.with(ctx, con, func(s *client.Server) error {
		return s.Do(ctx, http.MethodDelete, "/users/"+url.PathEscape(c.Name), nil, nil)
	})
}
