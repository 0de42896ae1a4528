package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"faxbox/fax/raster"
	"faxbox/scripts/rig"
)

// contest is everything that is measured: lanes that run side by side on one exchange. Line time does not depend on how
// busy the computer is, unless the exchange itself is late, which is reported.
type contest struct {
	runs   int
	ident  bool
	dir    string
	x      *rig.Exchange
	faxbox *rig.Faxbox
	lanes  []*lane
	noHyla string // why HylaFAX does not take part
}

// lane is one direction of one document: the programs take turns on it.
type lane struct {
	id        int
	sends     bool
	document  string
	file      string
	pages     []*raster.Page
	limit     rig.Limit
	players   []*player
	hylaFAX   *rig.HylaFAX
	direction string
}

// player is a program on a lane, with its calls so far.
type player struct {
	name  string
	play  func(ctx context.Context) (rig.Event, string, error) // the call's end and the received file
	calls []outcome
}

// outcome is one call.
type outcome struct {
	call  *rig.Call
	exact error // nil when every pel arrived
}

func (l *lane) modem() string  { return fmt.Sprintf("usb%d", l.id) }
func (l *lane) hyla() string   { return fmt.Sprintf("hyla%d", l.id) }
func (l *lane) ref() string    { return fmt.Sprintf("ref%d", l.id) }
func (l *lane) number() string { return fmt.Sprint(3000 + l.id) }

// The first numbers of faxbox's modems and of HylaFAX's, and how long a call may take to show in the log when it is over.
const (
	modemNumber = 1000
	hylaNumber  = 2000
	patience    = 10 * time.Second
)

func newContest(runs int, documents, codings []string, ident bool, impair string) (*contest, error) {
	dir, err := os.MkdirTemp("", "line-time-")
	if err != nil {
		return nil, err
	}
	c := &contest{runs: runs, ident: ident, dir: dir, noHyla: rig.HylaFAXMissing()}
	if err := c.prepare(documents, codings, impair); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *contest) prepare(documents, codings []string, impair string) error {
	if out, err := exec.Command(filepath.Join(rig.Top(), "scripts", "faxline", "docs.sh"), c.dir).CombinedOutput(); err != nil {
		return fmt.Errorf("making the documents: %w\n%s", err, out)
	}
	if err := os.Chmod(c.dir, 0o755); err != nil { // HylaFAX's daemons are other users
		return err
	}
	var err error
	if c.faxbox, err = rig.BuildFaxbox(c.dir); err != nil {
		return err
	}
	for _, d := range documents {
		if err := c.addLanes(d); err != nil {
			return err
		}
	}
	if c.x, err = rig.Start(c.dir, c.endpoints(impair)...); err != nil {
		return err
	}
	for _, l := range c.lanes {
		if err := c.join(l, codings); err != nil {
			return err
		}
	}
	return nil
}

func (c *contest) addLanes(document string) error {
	file := filepath.Join(c.dir, document+".tif")
	pages, err := rig.ReadDocument(file)
	if err != nil {
		return err
	}
	limit, err := rig.LimitOf(pages)
	if err != nil {
		return err
	}
	for _, direction := range []string{"receives", "sends"} {
		c.lanes = append(c.lanes, &lane{id: len(c.lanes), sends: direction == "sends", direction: direction,
			document: document, file: file, pages: pages, limit: limit})
	}
	return nil
}

func (c *contest) endpoints(impair string) (args []string) {
	if impair != "" {
		args = []string{"--impair", impair}
	}
	for _, l := range c.lanes {
		args = append(args, rig.Modem(c.dir, l.modem(), fmt.Sprint(modemNumber+l.id))...)
		args = append(args, rig.Machine(c.dir, l.ref(), l.number())...)
		if c.noHyla == "" {
			args = append(args, rig.HylaFAXModem(l.hyla(), fmt.Sprint(hylaNumber+l.id))...)
		}
	}
	return args
}

// join gives a lane its players.
func (c *contest) join(l *lane, codings []string) error {
	if l.sends {
		for _, coding := range codings {
			l.players = append(l.players, &player{name: "faxbox, " + coding + " MMR", play: c.sender(l, coding)})
		}
	} else {
		l.players = append(l.players, &player{name: "faxbox", play: c.receiver(l)})
	}
	if c.noHyla != "" {
		return nil
	}
	var err error
	if l.hylaFAX, err = c.x.StartHylaFAX(l.hyla(), fmt.Sprint(hylaNumber+l.id)); err != nil {
		return err
	}
	l.players = append(l.players, &player{name: "HylaFAX", play: c.hylaFAX(l)})
	return nil
}

// sender lets faxbox send.
func (c *contest) sender(l *lane, coding string) func(context.Context) (rig.Event, string, error) {
	args := []string{"send", "--mmr", coding}
	if c.ident {
		args = append(args, "--tsid", "+49 30 101")
	}
	args = append(args, c.x.Path(l.modem()), l.number(), l.file)
	return func(ctx context.Context) (rig.Event, string, error) {
		return c.watch(l, l.modem(), func() (rig.Outcome, error) { return c.faxbox.Modem(ctx, args...) })
	}
}

// receiver lets faxbox receive.
func (c *contest) receiver(l *lane) func(context.Context) (rig.Event, string, error) {
	var args []string
	if c.ident {
		args = []string{"--csid", "+49 30 101"}
	}
	return func(ctx context.Context) (rig.Event, string, error) {
		return c.watch(l, l.ref(), func() (rig.Outcome, error) {
			r, err := c.faxbox.Receive(ctx, c.x.Path(l.modem()), c.dir, args...)
			if err != nil {
				return rig.Outcome{}, err
			}
			if _, err := c.x.Control("send", l.ref(), fmt.Sprint(modemNumber+l.id), l.file); err != nil {
				return rig.Outcome{}, err
			}
			return r.Wait()
		})
	}
}

// watch runs a call of faxbox that caller places, and finds the call in the log and the pages where they were stored.
func (c *contest) watch(l *lane, caller string, run func() (rig.Outcome, error)) (rig.Event, string, error) {
	before, err := c.x.Events()
	if err != nil {
		return rig.Event{}, "", err
	}
	o, err := run()
	if err != nil {
		return rig.Event{}, "", err
	}
	if o.Exit != 0 {
		return rig.Event{}, "", fmt.Errorf("faxbox failed: %s", o.Output)
	}
	e, _, err := c.x.AwaitCall(len(before), caller, patience)
	if l.sends {
		o.File = c.stored(l, e)
	}
	return e, o.File, err
}

// stored is where the reference machine of a lane keeps what it received in a call.
func (c *contest) stored(l *lane, e rig.Event) string {
	return c.x.Path(fmt.Sprintf("%s-%d.tif", l.ref(), e.Call))
}

// hylaFAX lets HylaFAX send or receive.
func (c *contest) hylaFAX(l *lane) func(context.Context) (rig.Event, string, error) {
	if l.sends {
		return func(context.Context) (rig.Event, string, error) {
			e, err := l.hylaFAX.Send(l.file, l.number())
			return e, c.stored(l, e), err
		}
	}
	return func(context.Context) (rig.Event, string, error) {
		return l.hylaFAX.Receive(l.ref(), fmt.Sprint(hylaNumber+l.id), l.file)
	}
}

// run plays all lanes.
func (c *contest) run(ctx context.Context) error {
	var wg sync.WaitGroup
	failed := make([]error, len(c.lanes))
	for i, l := range c.lanes {
		wg.Go(func() { failed[i] = c.playLane(ctx, l) })
	}
	wg.Wait()
	return errors.Join(failed...)
}

func (c *contest) playLane(ctx context.Context, l *lane) error {
	for n := range c.runs {
		for _, p := range l.players {
			e, file, err := p.play(ctx)
			if err != nil {
				return fmt.Errorf("%s %s %s: %w", p.name, l.direction, l.document, err)
			}
			call, err := c.x.Call(e.Call)
			if err != nil {
				return err
			}
			got, err := rig.ReadDocument(file)
			if err == nil {
				err = rig.Same(l.pages, got)
			}
			p.calls = append(p.calls, outcome{call, err})
			log.Printf("run %d: %s %s %s in %.2f s", n+1, p.name, l.direction, l.document, e.Connected)
		}
	}
	return nil
}

// exact reports whether every page of every call of faxbox arrived as it was sent.
func (c *contest) exact() bool {
	for _, l := range c.lanes {
		for _, p := range l.players {
			for _, o := range p.calls {
				if o.exact != nil && p.name != "HylaFAX" {
					return false
				}
			}
		}
	}
	return true
}

func (c *contest) close() {
	for _, l := range c.lanes {
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
