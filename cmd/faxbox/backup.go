package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"faxbox/fax/client"
	"faxbox/store"
	"faxbox/store/backup"
	"faxbox/web/upkeep"
)

// sealed is where the passphrase of a backup comes from.
type sealed struct {
	PassphraseFile string `help:"A file whose first line is the passphrase (default: it is asked for on the terminal)." placeholder:"FILE" type:"path"`
}

// passphrase reads the passphrase. Whoever chooses one types it twice.
func (s sealed) passphrase(con console, choose bool) (string, error) {
	if s.PassphraseFile != "" {
		f, err := os.Open(s.PassphraseFile)
		if err != nil {
			return "", err
		}
		defer f.Close() // only read
		line, err := bufio.NewReader(f).ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", cmp.Or(err, fmt.Errorf("%s: the first line is empty", s.PassphraseFile))
		}
		return line, nil
	}
	restore, terminal := hideInput(con.in)
	if !terminal {
		return "", usage{errors.New("there is no terminal to enter the passphrase on: use --passphrase-file")}
	}
	restore()
	first, err := con.askPassword("Passphrase: ")
	if err != nil || !choose {
		return first, err
	}
	again, err := con.askPassword("Once more: ")
	if err == nil && again != first {
		err = errors.New("the two differ")
	}
	return first, err
}

type backupCommand struct {
	remote
	sealed
	File string `arg:"" help:"The file to write; - is the standard output."`
}

// Run writes a copy of everything that the server keeps, encrypted: age -d reads it too.
func (c backupCommand) Run(ctx context.Context, con console) error {
	passphrase, err := c.passphrase(con, true)
	if err != nil {
		return err
	}
	if upkeep.CheckPassphrase(passphrase) != nil {
		return hinted{backup.ErrShort, "Four words that do not belong together are easily remembered."}
	}
	return c.with(ctx, con, func(s *client.Server) error {
		all, err := s.Backup(ctx, passphrase)
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
	remote
	sealed
	Data string `help:"Restore into this folder, of a server that does not run." placeholder:"DIR" type:"path"`
	File string `arg:"" help:"A file that faxbox backup wrote; - is the standard input."`
}

// Run puts a backup in the place of everything: on a server that runs, which begins anew with it, or with --data in the
// folder of one that does not. What was there stays in the folder named replaced within it.
func (c restoreCommand) Run(ctx context.Context, con console) error {
	passphrase, err := c.passphrase(con, false)
	if err != nil {
		return err
	}
	file, err := con.openInput(c.File)
	if err != nil {
		return err
	}
	defer file.Close() // only read
	if c.Data != "" {
		return c.offline(con, file, passphrase)
	}
	return c.with(ctx, con, func(s *client.Server) error {
		if err := s.Restore(ctx, passphrase, file); err != nil {
			return err
		}
		fmt.Fprintln(con.out, "The backup is whole. Calls end first; then the server begins anew with it.")
		return nil
	})
}

// offline restores into a folder that no server uses.
func (c restoreCommand) offline(con console, file io.Reader, passphrase string) error {
	plain, err := backup.Open(file, passphrase)
	if err != nil {
		return hinted{err, "Nothing was changed."}
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	if err := store.Restore(c.Data, plain, store.Options{}); err != nil {
		if errors.Is(err, store.ErrInUse) {
			return hinted{err, "Stop the server first, or leave --data out."}
		}
		return hinted{err, "Nothing was changed."}
	}
	fmt.Fprintf(con.out, "%s is restored. Start the server.\n", c.Data)
	return nil
}

type eraseCommand struct {
	remote
	Yes bool `help:"Do not ask."`
}

// Run erases everything, after whoever asks for it has typed the word erase.
func (c eraseCommand) Run(ctx context.Context, con console) error {
	if !c.Yes {
		fmt.Fprint(con.err, "All faxes, settings and accounts will be gone. Type erase to erase them: ")
		line, err := bufio.NewReader(con.in).ReadString('\n')
		if strings.TrimSpace(line) != "erase" {
			return errors.Join(errors.New("nothing is erased"), ignoreEOF(err))
		}
	}
	return c.with(ctx, con, func(s *client.Server) error {
		if err := s.Erase(ctx); err != nil {
			return err
		}
		fmt.Fprintln(con.out, "Everything is erased. The box begins as on its first day; the one-time code is on its screen and in its journal, and in faxbox-code.txt on its card, if it has one.")
		return nil
	})
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
