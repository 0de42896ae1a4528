package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"faxbox/fax/client"
	"faxbox/store"
)

type backupCommand struct {
	remote
	File string `arg:"" help:"The file to write; - is the standard output."`
}

// Run writes a copy of everything that the server keeps. It holds faxes and password hashes: only its owner may read it.
func (c backupCommand) Run(ctx context.Context, con console) error {
	return c.with(ctx, con, func(s *client.Server) error {
		all, err := s.Open(ctx, "/backup")
		if err != nil {
			return err
		}
		defer all.Close()
		if c.File == "-" {
			_, err := io.Copy(con.out, all)
			return err
		}
		return saveTo(c.File, 0o600, all)
	})
}

type restoreCommand struct {
	Data string `help:"The folder of everything that is kept (default: $STATE_DIRECTORY, or ${data})." placeholder:"DIR" type:"path"`
	File string `arg:"" help:"A file that faxbox backup wrote; - is the standard input."`
}

// Run puts a backup in the place of everything in the data folder of a server that does not run. What was there stays in
// the folder named replaced within it.
func (c restoreCommand) Run(con console) error {
	if c.Data == "" {
		c.Data = dataFolder("faxbox")
	}
	in := con.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close() // only read
		in = f
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	if err := store.Restore(c.Data, in, store.Options{}); err != nil {
		if errors.Is(err, store.ErrInUse) {
			return hinted{err, "Stop the server first."}
		}
		return hinted{err, "Nothing was changed."}
	}
	fmt.Fprintf(con.out, "%s is restored. Start the server.\n", c.Data)
	return nil
}
