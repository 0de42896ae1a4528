package main

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"faxbox/fax/client"
	"faxbox/fax/wire"
	card "faxbox/hal/slots"
	"faxbox/hal/update"
	"faxbox/store"
	"faxbox/web/upkeep"
)

// Where things are on a box with two slots.
const (
	updateState = "/data/update/state.json"                  // written by root, read by the server
	updateKey   = "/usr/lib/faxbox/update.pub"               // by which it knows its updates
	slotFacts   = "/run/faxbox-slot.env"                     // what the first user space found out
	boardFacts  = "/sys/firmware/devicetree/base/compatible" // what board it is
)

// onCard are the flags of what works on the card itself: for the box's own units.
type onCard struct {
	Boot  string `help:"The boot partition's folder." default:"/boot" placeholder:"DIR"`
	State string `help:"Where it is kept what becomes of an update." default:"${updateState}" placeholder:"FILE"`
	Key   string `help:"The public key that updates are signed with." default:"${updateKey}" placeholder:"FILE"`
	Facts string `help:"What the first user space found out: SLOT, DISK, BOOTDEV." default:"${slotFacts}" placeholder:"FILE"`
	Board string `help:"A file with what the board is compatible with." default:"${boardFacts}" placeholder:"FILE"`
}

// installer is what works on this card.
func (c onCard) installer() (*update.Installer, error) {
	facts, err := readFacts(c.Facts)
	if err != nil {
		return nil, hinted{err, "Only a box that was started from an image of faxbox has two slots."}
	}
	key, err := readKey(c.Key)
	if err != nil {
		return nil, err
	}
	boards, err := boardsOf(c.Board)
	if err != nil {
		return nil, err
	}
	disk := strings.TrimSuffix(facts["BOOTDEV"], "1")
	return &update.Installer{
		Card: &card.Card{Boot: c.Boot, Roots: map[card.Slot]string{card.A: disk + "2", card.B: disk + "3"}, Running: card.Slot(facts["SLOT"])},
		Box:  update.Box{Version: version(), Boards: boards},
		Key:  key, State: update.Keeper{Path: c.State}, Now: time.Now,
	}, nil
}

// readFacts reads lines NAME=value.
func readFacts(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	facts := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			facts[name] = value
		}
	}
	if s := card.Slot(facts["SLOT"]); s != card.A && s != card.B {
		return nil, fmt.Errorf("%s: does not say which slot runs", path)
	}
	return facts, nil
}

func readKey(path string) (ed25519.PublicKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := update.PublicKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	return key, nil
}

// boardsOf reads what a device tree says: names that end with a zero.
func boardsOf(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimRight(string(text), "\x00\n"), "\x00"), nil
}

type updateApplyCommand struct {
	onCard
	Data string `help:"The server's data folder." default:"/var/lib/faxbox" placeholder:"DIR"`
}

// Run puts the update that the server asks for into the slot that does not run, and restarts the box. It believes the server
// nothing: all is checked once more.
func (c updateApplyCommand) Run(ctx context.Context, con console) (err error) {
	dir := filepath.Join(c.Data, upkeep.UpdateFolder)
	request, err := takeRequest(filepath.Join(dir, upkeep.RequestFile))
	if err != nil {
		return err
	}
	staged := filepath.Join(dir, upkeep.StagedFile)
	defer func() { err = errors.Join(err, os.Remove(staged)) }()
	i, err := c.installer()
	if err != nil {
		return err
	}
	if before, err := i.State.Load(); err == nil {
		i.Box.Trial = before.Trial
	}
	f, err := openOwn(staged)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	lock, err := con.unlock(c.Boot)
	if err != nil {
		return err
	}
	err = errors.Join(i.Install(ctx, f, request.Downgrade), lock())
	if err != nil {
		return err
	}
	fmt.Fprintln(con.out, "the update is on the card and is tried at the next start: restarting")
	return con.reboot()
}

// takeRequest takes the server's request away: it is tried once, whatever comes of it.
func takeRequest(path string) (r update.Request, err error) {
	f, err := openOwn(path)
	if err != nil {
		return r, err
	}
	text, err := io.ReadAll(io.LimitReader(f, 4<<10))
	if err := errors.Join(err, f.Close(), os.Remove(path)); err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
}

type updateSettleCommand struct {
	onCard
	Socket string `help:"The server's UNIX socket." default:"${systemSocket}" placeholder:"PATH"`
}

// Run finds out at the start what became of an update. A system that is being tried it watches until its server works. It
// fails when that does not happen: then the box is to be restarted.
func (c updateSettleCommand) Run(ctx context.Context, con console) error {
	i, err := c.installer()
	if err != nil {
		return err
	}
	if i.Calm() {
		return nil
	}
	lock, err := con.unlock(c.Boot)
	if err != nil {
		return err
	}
	s, err := i.Begin()
	if err == nil && s.Trial {
		fmt.Fprintf(con.out, "slot %s is being tried\n", s.Slot)
		if err = i.Settle(ctx, func(ctx context.Context) error { return c.works(ctx, con) }); err == nil {
			fmt.Fprintf(con.out, "slot %s works and is chosen\n", s.Slot)
		}
	}
	return errors.Join(err, lock())
}

// works asks the server how it is.
func (c updateSettleCommand) works(ctx context.Context, con console) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	s, err := client.Connect(ctx, c.Socket, client.Options{Dial: con.dial})
	if err != nil {
		return errors.New("the fax server does not answer")
	}
	defer s.Disconnect()
	var u wire.Update
	if u, err = s.Update(ctx); err != nil {
		return fmt.Errorf("the fax server answers: %w", err)
	}
	switch {
	case u.Version != version():
		return fmt.Errorf("the fax server is %s, not %s", u.Version, version())
	case u.Trouble != "":
		return errors.New(u.Trouble)
	}
	return nil
}

type updateKeyCommand struct {
	File string `arg:"" help:"The private key in PEM; made if it is not there."`
}

// Run prints the public half of a key that signs updates.
func (c updateKeyCommand) Run(con console) error {
	text, err := os.ReadFile(c.File)
	if errors.Is(err, fs.ErrNotExist) {
		if text, err = update.NewKey(); err == nil {
			err = os.WriteFile(c.File, text, 0o600)
		}
	}
	if err != nil {
		return err
	}
	key, err := update.PrivateKey(text)
	if err != nil {
		return fmt.Errorf("%s %w", c.File, err)
	}
	half, err := update.PublicHalf(key)
	if err == nil {
		_, err = con.out.Write(half)
	}
	return err
}

type updatePackCommand struct {
	Key     string            `required:"" help:"The private key in PEM." placeholder:"FILE"`
	Out     string            `required:"" help:"The update file to write." placeholder:"FILE"`
	Version string            `required:"" help:"The version of the program in it: 1.4.0." placeholder:"V"`
	From    string            `help:"The oldest version that it can be put over." placeholder:"V"`
	Board   []string          `required:"" sep:"none" help:"A board that it is for, as its device tree calls it." placeholder:"NAME"`
	Made    int64             `help:"When it was made, in Unix time." env:"SOURCE_DATE_EPOCH" placeholder:"SECONDS"`
	Parts   map[string]string `arg:"" help:"root=FILE, cmdline.txt=FILE, initrd=FILE, Image=FILE and others for the slot's folder." mapsep:"none"`
}

// Run makes an update file.
func (c updatePackCommand) Run(con console) error {
	text, err := os.ReadFile(c.Key)
	if err != nil {
		return err
	}
	key, err := update.PrivateKey(text)
	if err != nil {
		return fmt.Errorf("%s %w", c.Key, err)
	}
	m := update.Manifest{Version: c.Version, From: c.From, Schema: store.Schema, Made: time.Unix(c.Made, 0).UTC(), Boards: c.Board}
	out, err := os.Create(c.Out)
	if err != nil {
		return err
	}
	err = update.Pack(out, m, key, kernelLast(c.Parts), func(name string) (io.ReadCloser, error) { return os.Open(c.Parts[name]) })
	size, sizeErr := out.Seek(0, io.SeekEnd)
	if err := errors.Join(err, sizeErr, out.Close()); err != nil {
		return errors.Join(err, os.Remove(c.Out))
	}
	_, err = fmt.Fprintf(con.out, "%s: faxbox %s for %s, %d KiB\n", c.Out, c.Version, strings.Join(c.Board, ", "), size>>10)
	return err
}

// kernelLast is the names of parts: the system first, the kernel last.
func kernelLast(parts map[string]string) []string {
	rank := map[string]int{card.RootPart: -1, card.KernelPart: 1}
	return slices.SortedFunc(maps.Keys(parts), func(a, b string) int { return cmp.Or(cmp.Compare(rank[a], rank[b]), cmp.Compare(a, b)) })
}

// openOwn opens a file that somebody without rights has left, for somebody with rights: no link, no device, nothing that
// does not end.
func openOwn(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is no plain file", path)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if now, err := f.Stat(); err != nil || !os.SameFile(info, now) {
		return nil, errors.Join(fmt.Errorf("%s: was changed just now", path), err, f.Close())
	}
	return f, nil
}
