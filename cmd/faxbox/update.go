package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"faxbox/fax/client"
	"faxbox/fax/wire"
	"faxbox/hal/update"
)

type updateCommands struct {
	Install updateInstallCommand `cmd:"" help:"Send an update file to the box, which restarts with it. If the new version does not work, the one of before comes back." default:"withargs"`
	Status  updateStatusCommand  `cmd:"" help:"Tell which version runs, and what became of an update."`

	Apply  updateApplyCommand  `cmd:"" hidden:"" help:"Put the update that the server has checked onto the card, and restart: for faxbox-update.service."`
	Settle updateSettleCommand `cmd:"" hidden:"" help:"See whether a system that is being tried works: for faxbox-settle.service."`
	Key    updateKeyCommand    `cmd:"" hidden:"" help:"Print the public half of a key that signs updates; makes the key if it is not there."`
	Pack   updatePackCommand   `cmd:"" hidden:"" help:"Make an update file."`
}

type updateInstallCommand struct {
	remote
	Wait      bool   `help:"Wait until the new version works, or the one of before is back."`
	Downgrade bool   `help:"Take an older version too; settings may go back with it."`
	File      string `arg:"" help:"The update file; - is the standard input."`
}

// Run sends an update file, and with --wait tells how it goes until it is known what became of it.
func (c updateInstallCommand) Run(ctx context.Context, con console) error {
	file, err := con.openInput(c.File)
	if err != nil {
		return err
	}
	defer file.Close() // only read
	begun := time.Now()
	err = c.with(ctx, con, func(s *client.Server) error {
		u, err := s.Install(ctx, file, c.Downgrade)
		if err == nil {
			fmt.Fprintf(con.out, "version %s is checked; the box restarts with it when the lines are free\n", u.New)
		}
		return err
	})
	if err != nil || !c.Wait {
		return err
	}
	return c.wait(ctx, con, begun)
}

// How long an update may take at most, and how often it is asked how it goes.
const (
	updatePatience = 45 * time.Minute
	updateGlance   = 2 * time.Second
)

// wait asks until the update is over. That the box does not answer for a while is part of it.
func (c updateInstallCommand) wait(ctx context.Context, con console, begun time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, updatePatience)
	defer cancel()
	told := ""
	for {
		select {
		case <-ctx.Done():
			return errors.New("it is not known what became of the update")
		case <-time.After(updateGlance):
		}
		u, err := c.ask(ctx, con)
		if err != nil {
			continue
		}
		if u.Phase == "" && u.Ended.After(begun) {
			return outcome(con, u)
		}
		if line := phaseLine(u); line != told {
			fmt.Fprintln(con.err, line)
			told = line
		}
	}
}

func (c updateInstallCommand) ask(ctx context.Context, con console) (u wire.Update, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	s, err := c.connect(ctx, con)
	if err != nil {
		return u, err
	}
	defer s.Disconnect()
	return s.Update(ctx)
}

// outcome tells what became of an update; only one that is installed is no failure.
func outcome(con console, u wire.Update) error {
	if u.Outcome != string(update.Settled) {
		return hinted{fmt.Errorf("version %s is not installed: %s", orDash(u.New), u.Reason), "Version " + u.Version + " runs."}
	}
	fmt.Fprintf(con.out, "version %s runs\n", u.Version)
	return nil
}

// phaseLine is how far an update is, in words.
func phaseLine(u wire.Update) string {
	switch update.Phase(u.Phase) {
	case update.Waiting:
		return "calls on the lines end"
	case update.Writing:
		return fmt.Sprintf("onto the card: %d %%", u.Percent/10*10)
	case update.Starting:
		return "the box restarts"
	case update.Trying:
		return "the new version is tried"
	case update.Idle:
		return "the update waits"
	}
	return fmt.Sprintf("%s: %d %%", u.Phase, u.Percent/10*10)
}

type updateStatusCommand struct{ output }

// Run tells which version runs and what became of an update.
func (c updateStatusCommand) Run(ctx context.Context, con console) error {
	return show(ctx, con, c.output, "/update", func(w *tabwriter.Writer, u wire.Update) {
		fmt.Fprintf(w, "version\t%s\n", u.Version)
		if !u.Slots {
			fmt.Fprintf(w, "updates\tthis machine takes none: it has one system\n")
			return
		}
		fmt.Fprintf(w, "slot\t%s\n", u.Slot)
		if u.Trial {
			fmt.Fprintf(w, "trial\tit has not shown yet that it works\n")
		}
		if u.Phase != "" {
			fmt.Fprintf(w, "update\t%s, to version %s\n", phaseLine(u), orDash(u.New))
		}
		if u.Outcome != "" {
			fmt.Fprintf(w, "last update\t%s %s, %s\n", orDash(u.New), u.Outcome, moment(u.Ended))
		}
		if u.Reason != "" {
			fmt.Fprintf(w, "because\t%s\n", u.Reason)
		}
		if u.Trouble != "" {
			fmt.Fprintf(w, "trouble\t%s\n", u.Trouble)
		}
	})
}

// openInput opens a file to be read; - is the standard input.
func (con console) openInput(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(con.in), nil
	}
	return os.Open(name)
}
