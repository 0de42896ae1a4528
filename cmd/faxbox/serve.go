package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"faxbox/fax"
	"faxbox/fax/exchange"
	"faxbox/fax/server"
)

// serving are the flags of serve and demo.
type serving struct {
	Data    string `help:"The folder of everything that is kept (default: $STATE_DIRECTORY, or ${data})." placeholder:"DIR" type:"path"`
	Listen  string `help:"The address for browsers and programs; empty for none." default:"127.0.0.1:8080" placeholder:"ADDR"`
	Socket  string `help:"The UNIX socket for the commands (default: in $RUNTIME_DIRECTORY, or in the data folder)." env:"FAXBOX_SOCKET" placeholder:"PATH"`
	TLS     string `name:"tls" help:"Encrypt TCP: auto does, unless only this machine can connect." enum:"auto,on,off" default:"auto"`
	Fonts   string `help:"A folder of fonts, besides those built in (default: /usr/share/fonts, if there is one)." placeholder:"DIR" type:"existingdir"`
	Code    string `name:"render-code" help:"The folder that faxbox render --warm has filled; without it the box does that itself at its first start." env:"FAXBOX_RENDER_CODE" placeholder:"DIR" type:"path"`
	Verbose bool   `short:"v" help:"Log more."`
}

type serveCommand struct {
	serving
	Modem       []string `help:"A modem's serial port or pseudo terminal; may be given several times." placeholder:"PATH" type:"path"`
	NoDiscovery bool     `help:"Use only the modems of --modem."`
	front       `embed:""`
	firstPins   `embed:""`
	Adapters    bool `help:"Take every serial adapter on USB for a modem, also those that do not say they are one." env:"FAXBOX_ADAPTERS"`
}

// Run serves until it is told to stop.
func (s serveCommand) Run(ctx context.Context, con console) error {
	box := s.service(con, dataFolder("faxbox"))
	for _, path := range s.Modem {
		box.ports = append(box.ports, server.PortSource{
			Key: path, Path: path, Open: func(context.Context) (io.ReadWriteCloser, error) { return con.open(path) },
		})
	}
	box.front, box.machine = s.front, machine
	if con.board != nil {
		box.pins = newPins(con.board, box.data)
	}
	box.ready = func(r *running) {
		r.announce(con.out)
		fmt.Fprintln(con.out, "ready")
	}
	if !s.NoDiscovery {
		box.beside = discovery{adapters: s.Adapters, pins: s.firstPins, taken: s.Modem, open: con.open, log: box.log}.run
	}
	return box.run(ctx)
}

// service is a box with the defaults of what was not said.
func (s serving) service(con console, data string) *service {
	level := slog.LevelInfo
	if s.Verbose {
		level = slog.LevelDebug
	}
	data = cmp.Or(s.Data, data)
	log := newLog(con.err, level)
	return &service{
		data: data, listen: s.Listen, socket: cmp.Or(s.Socket, socketIn(data)), tls: s.TLS, log: log, bind: con.listen,
		documents: documents{data: data, compiled: s.Code, fonts: s.Fonts, log: log}, render: con.render, beyond: con.beyond,
	}
}

// dataFolder is where a program of this name keeps things: the folder that systemd gave it, or one of the user's.
func dataFolder(name string) string {
	if dir, _, _ := strings.Cut(os.Getenv("STATE_DIRECTORY"), ":"); dir != "" {
		return dir
	}
	base := os.Getenv("XDG_DATA_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return filepath.Join(os.TempDir(), fmt.Sprintf("%s-%d", name, os.Getuid()))
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, name)
}

// socketIn is the default socket of a server whose data is in that folder.
func socketIn(data string) string {
	if dir, _, _ := strings.Cut(os.Getenv("RUNTIME_DIRECTORY"), ":"); dir != "" {
		return filepath.Join(dir, "faxbox.sock")
	}
	return filepath.Join(data, "faxbox.sock")
}

// announce tells where the box is found and, at the first start, how it is made one's own.
func (r *running) announce(w io.Writer) {
	if r.url != "" {
		fmt.Fprintf(w, "faxbox listens on %s and %s\n", r.url, r.socket)
	} else {
		fmt.Fprintf(w, "faxbox listens on %s\n", r.socket)
	}
	r.log.Info("listening", "url", r.url, "socket", r.socket, "data", r.data)
	if r.finger != "" {
		fmt.Fprintf(w, "its own certificate has the SHA-256 fingerprint %s\n", r.finger)
		r.log.Info("certificate", "sha256", r.finger)
	}
	if code := r.accounts.Code(); code != "" {
		fmt.Fprintf(w, "There is no administrator yet. The one-time code to make one is %s\n", code)
		r.log.Warn("there is no administrator yet: make one with the one-time code", "code", code)
	}
}

type demoCommand struct {
	serving
	Lines int `help:"How many lines the box has." default:"2" hidden:""`
}

// Run serves with simulated lines until it is told to stop. Above the modems everything is as in serve.
func (d demoCommand) Run(ctx context.Context, con console) error {
	if d.Lines < 1 || d.Lines > 64 {
		return usage{fmt.Errorf("--lines is %d, and must be 1 to 64", d.Lines)}
	}
	if d.Socket == "" && d.Data == "" { // where commands look for it
		d.Socket = socketIn(dataFolder("faxbox"))
	}
	box := d.service(con, dataFolder("faxbox-demo"))
	box.testNumber = simulatedEcho
	x := newExchange()
	defer x.Close() // calls have ended
	numbers := map[string]string{}
	for _, number := range boxNumbers(d.Lines) {
		modem := x.Modem(exchange.Station{Number: number, Name: "Line " + number}, exchange.Habits{})
		key := simulated + ":" + number
		numbers[key] = number
		box.ports = append(box.ports, server.PortSource{Key: key, Path: key, Name: "Line " + number,
			Open: func(context.Context) (io.ReadWriteCloser, error) { return modem.Open() }})
	}
	dir, err := os.MkdirTemp("", "faxbox-echo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, stop := context.WithCancel(ctx)
	echoing := make(chan struct{})
	machine := x.Modem(exchange.Station{Number: simulatedEcho, Name: "Echo"}, exchange.Habits{})
	go func() {
		defer close(echoing)
		echo{modem: machine, dir: dir}.run(ctx)
	}()
	defer func() { stop(); <-echoing }()
	box.ready = func(r *running) {
		r.name(numbers)
		r.announce(con.out)
		r.tryThis(con.out, numbers)
	}
	return box.run(ctx)
}

// name gives the lines their station ids, unless somebody else has.
func (r *running) name(numbers map[string]string) {
	who := server.Who{Caller: fax.Caller{User: "demo", Rights: fax.AllRights}}
	for _, p := range r.server.Ports(who) {
		id := fax.NewStationID(stationID(numbers[p.Key]))
		if p.Tsid != "" || p.Csid != "" || numbers[p.Key] == "" {
			continue
		}
		if _, err := r.server.UpdatePort(who, p.DeviceID, fax.PortPatch{Tsid: &id, Csid: &id}); err != nil {
			r.log.Warn("station id", "port", p.DeviceID, "error", err)
		}
	}
}

// tryThis tells what can be done with the demo.
func (r *running) tryThis(w io.Writer, numbers map[string]string) {
	at := ""
	if r.socket != socketIn(dataFolder("faxbox")) && os.Getenv("FAXBOX_SOCKET") != r.socket {
		at = "export FAXBOX_SOCKET=" + r.socket + "\n  "
	}
	fmt.Fprintf(w, `
The box has %d lines on a simulated telephone exchange, at the speed of real ones: 101, 102 ...
Number 100 is a fax machine that sends back what it gets, 103 is busy, 104 does not answer, 105 is a voice.

Try, in another terminal:
  %sfaxbox sample page.tif
  faxbox send --wait 100 page.tif      and, half a minute later, the page comes back
  faxbox send 102 page.tif             from one line of the box to the other
  faxbox send 103 page.tif             busy: it is tried again
  faxbox status --watch
  faxbox message list; faxbox message get 1 -o fax.tiff
  faxbox call list; faxbox call trace 1
  curl --unix-socket %s http://faxbox/api/v1/ports

ready
`, len(numbers), at, r.socket)
}
