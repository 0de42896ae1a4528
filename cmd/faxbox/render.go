package main

import (
	"fmt"

	"faxbox/fax/document/render"
)

// renderCommand is the child that turns one document into pages, and what prepares it.
type renderCommand struct {
	Warm string `placeholder:"DIR" help:"Only compile the PDF renderer into this folder, and tell whether it was there before."`
}

func (r renderCommand) Run(con console) error {
	if r.Warm == "" {
		if render.Main(con.in, con.out) != 0 {
			return errReported
		}
		return nil
	}
	had, err := render.Compile(r.Warm)
	if err != nil {
		return hinted{err, "The folder has to exist and be writable, or hold what this version of faxbox compiles for this machine."}
	}
	if had {
		_, err = fmt.Fprintf(con.out, "%s holds the compiled renderer.\n", r.Warm)
	} else {
		_, err = fmt.Fprintf(con.out, "The compiled renderer was written to %s.\n", r.Warm)
	}
	return err
}
