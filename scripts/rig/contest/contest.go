// Package contest lets faxbox and HylaFAX take turns at the same task on the same telephone line, and keeps what every call
// took and delivered. The tasks, its lanes, run side by side on one exchange: line time does not depend on how busy the
// computer is, unless the exchange itself is late, which each call's outcome tells.
package contest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"faxbox/fax/raster"
	"faxbox/scripts/rig"
)

// HylaFAX is the name of the player that is not ours.
const HylaFAX = "HylaFAX"

// Lane is a task: a document to be sent, or received, on a line.
type Lane struct {
	Sends    bool   // or else receives
	Document string // of scripts/faxline/docs.sh, without .tif
	Coding   string // of MMR, by which faxbox sends: standard, shortest
	Impair   string // what makes the line bad, as the control command of faxline has it; each round has another seed

	// Shift takes the place of the word SHIFT in Impair: it grows by this many seconds each round, from First on, so that
	// what happens periodically meets another part of the call.
	First, Shift float64

	Limit   rig.Limit
	Players []*Player

	id      int
	file    string
	pages   []*raster.Page
	hylaFAX *rig.HylaFAX
}

// Player is a program on a lane, with the outcome of each of its calls.
type Player struct {
	Name     string
	Outcomes []Outcome

	modem string // the endpoint
	play  func(ctx context.Context) (end rig.Event, received string, err error)
}

// Outcome is one call.
type Outcome struct {
	Call *rig.Call // nil if there was none
	Err  error     // why it failed, or how what arrived differs from what was sent
}

// Contest is lanes on a running exchange.
type Contest struct {
	Lanes   []*Lane
	Without string // why HylaFAX does not take part, empty if it does

	options Options
	dir     string
	x       *rig.Exchange
	faxbox  *rig.Faxbox
}

// Options are common to all lanes.
type Options struct {
	Rounds int  // calls of each player on each lane
	Ident  bool // faxbox sends TSI and CSI, as HylaFAX does
}

// The first numbers of the exchange's extensions, to which a lane's own number is added.
const (
	modemNumber   = 1000
	hylaNumber    = 2000
	machineNumber = 3000
)

func number(first int, l *Lane) string { return fmt.Sprint(first + l.id) }

func (l *Lane) usb() string  { return fmt.Sprintf("usb%d", l.id) }
func (l *Lane) hyla() string { return fmt.Sprintf("hyla%d", l.id) }

// Machine is the name of the lane's reference machine.
func (l *Lane) Machine() string { return fmt.Sprintf("ref%d", l.id) }

// Direction says what the players do: sends or receives.
func (l *Lane) Direction() string {
	if l.Sends {
		return "sends"
	}
	return "receives"
}

// Open makes the documents, builds faxbox, and starts an exchange and HylaFAX for these lanes.
func Open(o Options, lanes ...*Lane) (*Contest, error) {
	dir, err := os.MkdirTemp("", "contest-")
	if err != nil {
		return nil, err
	}
	c := &Contest{Lanes: lanes, Without: rig.HylaFAXMissing(), options: o, dir: dir}
	if err := c.prepare(); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Contest) prepare() error {
	if err := os.Chmod(c.dir, 0o755); err != nil { // HylaFAX's daemons are other users
		return err
	}
	docs := exec.Command(filepath.Join(rig.Top(), "scripts", "faxline", "docs.sh"), c.dir)
	if out, err := docs.CombinedOutput(); err != nil {
		return fmt.Errorf("making the documents: %w\n%s", err, out)
	}
	var err error
	if c.faxbox, err = rig.BuildFaxbox(c.dir); err != nil {
		return err
	}
	for id, l := range c.Lanes {
		l.id = id
		if err := l.read(c.dir); err != nil {
			return err
		}
	}
	if c.x, err = rig.Start(c.dir, c.endpoints()...); err != nil {
		return err
	}
	for _, l := range c.Lanes {
		if err := c.join(l); err != nil {
			return err
		}
	}
	return nil
}

// read finds the lane's document.
func (l *Lane) read(dir string) (err error) {
	l.file = filepath.Join(dir, l.Document+".tif")
	if l.pages, err = rig.ReadDocument(l.file); err != nil {
		return err
	}
	l.Limit, err = rig.LimitOf(l.pages)
	return err
}

func (c *Contest) endpoints() (args []string) {
	for _, l := range c.Lanes {
		args = append(args, rig.Modem(c.dir, l.usb(), number(modemNumber, l))...)
		args = append(args, rig.Machine(c.dir, l.Machine(), number(machineNumber, l))...)
		if c.Without == "" {
			args = append(args, rig.HylaFAXModem(l.hyla(), number(hylaNumber, l))...)
		}
	}
	return args
}

// join gives a lane its players.
func (c *Contest) join(l *Lane) error {
	if l.Sends {
		l.Players = append(l.Players, &Player{Name: "faxbox, " + l.Coding + " MMR", modem: l.usb(), play: c.sender(l)})
	} else {
		l.Players = append(l.Players, &Player{Name: "faxbox", modem: l.usb(), play: c.receiver(l)})
	}
	if c.Without != "" {
		return nil
	}
	var err error
	if l.hylaFAX, err = c.x.StartHylaFAX(l.hyla(), number(hylaNumber, l)); err != nil {
		return err
	}
	l.Players = append(l.Players, &Player{Name: HylaFAX, modem: l.hyla(), play: c.rival(l)})
	return nil
}

// sender lets faxbox send.
func (c *Contest) sender(l *Lane) func(context.Context) (rig.Event, string, error) {
	args := []string{"send", "--mmr", l.Coding}
	if c.options.Ident {
		args = append(args, "--tsid", "+49 30 101")
	}
	args = append(args, c.x.Path(l.usb()), number(machineNumber, l), l.file)
	return func(ctx context.Context) (rig.Event, string, error) {
		e, _, err := c.watch(l.usb(), func() (rig.Outcome, error) { return c.faxbox.Modem(ctx, args...) })
		return e, c.stored(l, e), err
	}
}

// receiver lets faxbox receive.
func (c *Contest) receiver(l *Lane) func(context.Context) (rig.Event, string, error) {
	var args []string
	if c.options.Ident {
		args = []string{"--csid", "+49 30 101"}
	}
	return func(ctx context.Context) (rig.Event, string, error) {
		return c.watch(l.Machine(), func() (rig.Outcome, error) {
			r, err := c.faxbox.Receive(ctx, c.x.Path(l.usb()), c.dir, args...)
			if err != nil {
				return rig.Outcome{}, err
			}
			if _, err := c.x.Control("send", l.Machine(), number(modemNumber, l), l.file); err != nil {
				return rig.Outcome{}, err
			}
			return r.Wait()
		})
	}
}

// patience is how long a call may take to show in the log when faxbox has done with it.
const patience = time.Minute

// watch runs a call of faxbox, and returns its end, as the log has it, and the file in which faxbox put what it received.
func (c *Contest) watch(caller string, run func() (rig.Outcome, error)) (rig.Event, string, error) {
	before, err := c.x.Events()
	if err != nil {
		return rig.Event{}, "", err
	}
	o, err := run()
	if err != nil {
		return rig.Event{}, "", err
	}
	e, _, err := c.x.AwaitCall(len(before), caller, patience)
	if o.Exit != 0 {
		err = fmt.Errorf("faxbox: %s", o.Cause)
	}
	return e, o.File, err
}

// stored is where the reference machine of a lane keeps what it received in a call.
func (c *Contest) stored(l *Lane, e rig.Event) string {
	return c.x.Path(fmt.Sprintf("%s-%d.tif", l.Machine(), e.Call))
}

// rival lets HylaFAX send or receive.
func (c *Contest) rival(l *Lane) func(context.Context) (rig.Event, string, error) {
	if l.Sends {
		return func(context.Context) (rig.Event, string, error) {
			e, err := l.hylaFAX.Send(l.file, number(machineNumber, l))
			return e, c.stored(l, e), err
		}
	}
	return func(context.Context) (rig.Event, string, error) {
		return l.hylaFAX.Receive(l.Machine(), number(hylaNumber, l), l.file)
	}
}

// Run plays all rounds. Calls that fail are outcomes, no errors.
func (c *Contest) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	failed := make([]error, len(c.Lanes))
	for i, l := range c.Lanes {
		wg.Go(func() { failed[i] = c.lane(ctx, l) })
	}
	wg.Wait()
	return errors.Join(failed...)
}

func (c *Contest) lane(ctx context.Context, l *Lane) error {
	for round := range c.options.Rounds {
		for _, p := range l.Players {
			if err := c.impair(l, p, round); err != nil {
				return err
			}
			p.Outcomes = append(p.Outcomes, c.outcome(ctx, l, p))
			if ctx.Err() != nil {
				return ctx.Err()
			}
			log.Printf("round %d: %s %s %s %s: %v", round+1, p.Name, l.Direction(), l.Document, l.Impair, p.Outcomes[round])
		}
	}
	return nil
}

// impair makes a player's line bad in the way of this round, the same for every player.
func (c *Contest) impair(l *Lane, p *Player, round int) error {
	if l.Impair == "" {
		return nil
	}
	keys := strings.ReplaceAll(l.Impair, "SHIFT", fmt.Sprint(l.First+float64(round)*l.Shift))
	_, err := c.x.Control("impair", p.modem, "clear", keys, fmt.Sprintf("seed=%d", round+1))
	return err
}

func (c *Contest) outcome(ctx context.Context, l *Lane, p *Player) Outcome {
	e, file, err := p.play(ctx)
	if e.Ev == "" {
		return Outcome{Err: err}
	}
	call, missing := c.x.Call(e.Call)
	if err = errors.Join(err, missing); err != nil {
		return Outcome{call, err}
	}
	got, err := rig.ReadDocument(file)
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("nothing arrived")
	} else if err == nil {
		err = rig.Same(l.pages, got)
	}
	return Outcome{call, err}
}

func (o Outcome) String() string {
	if o.Err != nil {
		return o.Err.Error()
	}
	return fmt.Sprintf("%.2f s", o.Seconds())
}

// Seconds are those from the answer to the first hang-up.
func (o Outcome) Seconds() float64 {
	if o.Call == nil {
		return 0
	}
	return o.Call.End.Connected
}

// Close ends everything that Open started.
func (c *Contest) Close() {
	for _, l := range c.Lanes {
		if l.hylaFAX != nil {
			l.hylaFAX.Close()
		}
	}
	if c.x != nil {
		if err := c.x.Close(); err != nil {
			log.Print(err)
		}
	}
	if err := os.RemoveAll(c.dir); err != nil {
		log.Print(err)
	}
}
