package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/fax/wire"
)

type contactCommands struct {
	List   contactListCommand   `cmd:"" help:"List the address book, by name." default:"withargs"`
	Add    contactAddCommand    `cmd:"" help:"Add a contact."`
	Import contactImportCommand `cmd:"" help:"Add the contacts of a CSV file: all of them, or none."`
	Export contactExportCommand `cmd:"" help:"Write the address book as a CSV file."`
	Delete contactDeleteCommand `cmd:"" help:"Remove contacts."`
}

type contactListCommand struct {
	output
	paging
	Begins []string `arg:"" optional:"" help:"Words with which words of the name or the company begin, or the beginning of the number."`
}

// Run lists contacts.
func (c contactListCommand) Run(ctx context.Context, con console) error {
	q := c.query()
	if len(c.Begins) > 0 {
		q.Set("q", strings.Join(c.Begins, " "))
	}
	return show(ctx, con, c.output, "/contacts?"+q.Encode(), func(w *tabwriter.Writer, l wire.List[fax.Contact]) {
		if l.Count == 0 {
			fmt.Fprintln(w, "There is no such contact.")
			return
		}
		fmt.Fprintln(w, "ID\tNAME\tCOMPANY\tNUMBER\tEMAIL")
		for _, k := range l.Items {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", k.ID, orDash(k.Name), orDash(k.Company), orDash(k.FaxNumber), orDash(k.Email))
		}
		more(w, l.Next)
	})
}

type contactAddCommand struct {
	remote
	Assignments []string `arg:"" name:"key=value" help:"name=, company=, faxNumber=, email= or notes=."`
}

// Run adds a contact.
func (c contactAddCommand) Run(ctx context.Context, con console) error {
	var p fax.ContactPatch
	if err := assign(&p, c.Assignments); err != nil {
		return err
	}
	return c.with(ctx, con, func(s *client.Server) error {
		added, err := s.AddContact(ctx, p)
		if err != nil {
			return err
		}
		fmt.Fprintln(con.out, added.ID)
		for _, same := range added.SameNumber {
			fmt.Fprintf(con.err, "contact %d, %s, has this number too\n", same.ID, same.Display())
		}
		return nil
	})
}

type contactImportCommand struct {
	remote
	File string `arg:"" help:"The file; - is the standard input." placeholder:"FILE.csv"`
}

// Run imports contacts.
func (c contactImportCommand) Run(ctx context.Context, con console) error {
	in := con.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	return c.with(ctx, con, func(s *client.Server) error {
		done, err := s.ImportContacts(ctx, in)
		if p, ok := errors.AsType[*wire.Problem](err); ok && len(p.Errors) > 0 {
			for _, f := range p.Errors {
				fmt.Fprintf(con.err, "%s: %s\n", f.Field, f.Problem)
			}
			return hinted{errors.New("nothing was imported"), p.Hint}
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "%d added, %d changed, %d were there already.\n", done.Added, done.Changed, done.Unchanged)
		if done.SameNumber > 0 {
			fmt.Fprintf(con.out, "Added with the number of another contact: %d.\n", done.SameNumber)
		}
		return nil
	})
}

type contactExportCommand struct {
	remote
	Output string `short:"o" help:"The file to write (default: the standard output)." placeholder:"FILE.csv"`
}

// Run exports contacts. The file appears when it is whole.
func (c contactExportCommand) Run(ctx context.Context, con console) error {
	return c.with(ctx, con, func(s *client.Server) error {
		table, err := s.OpenContacts(ctx)
		if err != nil {
			return err
		}
		defer table.Close()
		return con.save(cmp.Or(c.Output, "-"), table)
	})
}

type contactDeleteCommand struct {
	remote
	IDs []fax.ContactID `arg:"" name:"id" help:"The contacts' ids."`
}

// Run removes contacts.
func (c contactDeleteCommand) Run(ctx context.Context, con console) error {
	return c.with(ctx, con, func(s *client.Server) error {
		for _, id := range c.IDs {
			if err := s.DeleteContact(ctx, id); err != nil {
				return fmt.Errorf("contact %d: %w", id, err)
			}
		}
		return nil
	})
}

type supportCommand struct {
	remote
	Output string `short:"o" help:"The file to write; - is the standard output." default:"faxbox-support.zip" placeholder:"FILE.zip"`
}

// Run fetches what helps to find a fault.
func (c supportCommand) Run(ctx context.Context, con console) error {
	return c.with(ctx, con, func(s *client.Server) error {
		file, err := s.Open(ctx, "/support")
		if err != nil {
			return err
		}
		defer file.Close()
		return con.save(c.Output, file)
	})
}
