package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"faxbox/fax/class1"
)

type probeCommand struct {
	Path string `arg:"" help:"The modem's serial port, or a pseudo terminal."`
	JSON bool   `help:"Print everything as JSON."`
}

// Run prints what the modem is.
func (p probeCommand) Run(ctx context.Context, con console) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	modem, err := line{Path: p.Path}.open(ctx, con)
	if err != nil {
		return err
	}
	defer modem.Close() // nothing of ours is left in it
	id := modem.Identity()
	if p.JSON {
		e := json.NewEncoder(con.out)
		e.SetIndent("", "  ")
		return e.Encode(id)
	}
	printIdentity(con, p.Path, id)
	return nil
}

func printIdentity(con console, path string, id class1.Identity) {
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(con.out, "%-10s %s\n", name, value)
		}
	}
	row("port", path)
	row("maker", id.Maker)
	row("model", id.Model)
	row("revision", id.Revision)
	row("classes", strings.Join(id.Classes, ", ")+"; used: "+id.Class)
	row("sends", strings.Join(rates(id.Send), ", "))
	row("receives", strings.Join(rates(id.Receive), ", "))
	row("caller id", id.CallerID)
	row("habits", id.Habits)
}
