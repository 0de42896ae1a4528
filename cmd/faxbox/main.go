// Faxbox is an office fax appliance in one program: the server, the commands that use it, and the technician's tools for one
// modem.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"slices"
	"syscall"
	_ "time/tzdata" // the office's time zone, on a board that has no table of them: 0.4 MB

	"github.com/alecthomas/kong"

	"faxbox/fax/document/render"
	"faxbox/fax/server"
	"faxbox/hal/serial"
)

// The exit statuses.
const (
	exitDone   = 0 // it was done; with send, every page was confirmed
	exitFailed = 1
	exitUsage  = 2
)

// commands is the command line.
type commands struct {
	Serve serveCommand `cmd:"" help:"Run the fax server."`
	Demo  demoCommand  `cmd:"" help:"Run the fax server on a simulated telephone exchange: no modem, no line."`

	Send     submitCommand   `cmd:"" help:"Send a fax."`
	Preview  previewCommand  `cmd:"" help:"Write the pages that would be sent as pictures, and send nothing."`
	Cover    coverCommands   `cmd:"" help:"Cover pages."`
	Status   statusCommand   `cmd:"" help:"Tell what the ports do, what waits, and what is wrong."`
	Server   serverCommands  `cmd:"" help:"The server's settings."`
	Port     portCommands    `cmd:"" help:"The ports: telephone lines."`
	Gpio     gpioCommand     `cmd:"" help:"List the GPIO lines that relays and ring detectors may hang on, and who has them."`
	Mail     mailCommands    `cmd:"" help:"How mail is sent."`
	Route    routeCommands   `cmd:"" help:"What is done with received faxes."`
	Job      jobCommands     `cmd:"" help:"The queue."`
	Message  messageCommands `cmd:"" help:"Faxes received and sent."`
	Call     callCommands    `cmd:"" help:"The journal of calls."`
	Contact  contactCommands `cmd:"" help:"The office's address book."`
	Support  supportCommand  `cmd:"" help:"Fetch what helps to find a fault, without numbers and names."`
	Backup   backupCommand   `cmd:"" help:"Write a copy of everything the server keeps, encrypted with a passphrase."`
	Restore  restoreCommand  `cmd:"" help:"Put a backup in the place of everything."`
	Erase    eraseCommand    `cmd:"" help:"Erase everything: the box begins as on its first day."`
	Update   updateCommands  `cmd:"" help:"Put another version onto the box."`
	Password passwordCommand `cmd:"" help:"Set a password, or make the first administrator."`
	User     userCommands    `cmd:"" help:"Accounts."`
	Token    tokenCommands   `cmd:"" help:"Tokens, with which programs come in over the network."`

	Modem   modemCommands  `cmd:"" help:"Try one modem without a server: the technician's tools."`
	Trace   traceCommand   `cmd:"" help:"Draw a recorded call as a ladder."`
	Sample  sampleCommand  `cmd:"" help:"Write TIFF pages to try a line with."`
	Version versionCommand `cmd:"" help:"Print the version."`
	Help    helpCommand    `cmd:"" help:"Explain a command."`

	Render renderCommand `cmd:"" hidden:"" help:"Turn a document into pages: the child of a server."`
	Setup  setupCommand  `cmd:"" hidden:"" help:"Take over faxbox.toml at a start of the image."`
	Relays relaysCommand `cmd:"" hidden:"" help:"Put the relays of a server that has died to rest: for systemd's ExecStopPost."`

	Completion completionCommand `cmd:"" help:"Print the script that completes commands in a shell."`
}

type modemCommands struct {
	Probe   probeCommand   `cmd:"" help:"Tell what the modem on a port is and can do."`
	Send    sendCommand    `cmd:"" help:"Dial a number and send TIFF files in one call."`
	Receive receiveCommand `cmd:"" help:"Answer calls and write each as a TIFF file."`
	Fetch   fetchCommand   `cmd:"" help:"Dial a number and fetch the document it offers (polling)."`
}

// hinted is an error that comes with what to do about it.
type hinted struct {
	err  error
	hint string
}

func (h hinted) Error() string { return h.err.Error() }
func (h hinted) Unwrap() error { return h.err }

// usage is an error in what was asked for: exit status 2.
type usage struct{ error }

func (u usage) Unwrap() error { return u.error }

// console is where a command speaks.
type console struct {
	in       io.Reader
	out, err io.Writer
	open     func(path string) (io.ReadWriteCloser, error) // the modem on a port
	listen   func(network, address string) (net.Listener, error)
	render   func(documents) (renderer, error)                                    // makes documents pages; nil: only faxes are sent
	dial     func(ctx context.Context, network, address string) (net.Conn, error) // to a server; nil: by its address
	beyond   server.Dial                                                          // from a server to mail servers, printers and web servers; nil: the network
	board    func() (gpio, error)                                                 // opens the GPIO lines; nil: there are none
	unlock   func(boot string) (lock func() error, err error)                     // makes the boot partition writable until lock
	reboot   func() error                                                         // has the box restart
	parser   *kong.Kong
	exited   *int // the status with which the parser wanted to exit; -1: it did not
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr, open: openPort, listen: listen, render: newRenderer, board: openBoard,
		unlock: unlockBoot, reboot: reboot}))
}

// openPort opens a serial port, or a line of the simulated exchange.
func openPort(path string) (io.ReadWriteCloser, error) {
	if path == simulated {
		return newSimulation()
	}
	return serial.Open(path)
}

// run is the whole program but for signals and the process's end.
func run(ctx context.Context, args []string, con console) int {
	if slices.Equal(args, []string{"render"}) { // a document waits for this child: it needs nothing of what follows
		return render.Main(con.in, con.out)
	}
	deed, status := con.parse(ctx, args)
	if deed == nil {
		return status
	}
	return con.report(deed())
}

// parse makes a deed of a command line; nil if there is nothing more to be done than to exit with a status. A deed that runs
// for weeks does not hold on to the parser, which is larger than a call.
func (con console) parse(ctx context.Context, args []string) (deed func() error, status int) {
	var c commands
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("faxbox"),
		kong.Description("An office fax appliance. Exit status: 0 done, 1 failed, 2 wrong usage."),
		kong.Writers(con.out, con.err),
		kong.Exit(func(status int) { exited = status }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{"data": dataFolder("faxbox"), "socket": defaultSocket(), "systemSocket": systemSocket,
			"updateState": updateState, "updateKey": updateKey, "slotFacts": slotFacts, "boardFacts": boardFacts},
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		panic(err) // the structs above are wrong: TestHelp guards this
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 { // --help
		return nil, exited
	}
	if err != nil {
		fmt.Fprintf(con.err, "faxbox: %v\nTry: faxbox help\n", err)
		return nil, exitUsage
	}
	chosen, ok := parsed.Selected().Target.Interface().(interface {
		Run(context.Context, console) error
	})
	if ok {
		return func() error { return chosen.Run(ctx, con) }, exitDone
	}
	explains := con // it is about the command line itself
	explains.parser, explains.exited = parser, &exited
	return func() error { return parsed.Run(explains) }, exitDone
}

// report prints an error with its hint, and turns it into an exit status.
func (con console) report(err error) int {
	if err == nil {
		return exitDone
	}
	if !errors.Is(err, errReported) {
		fmt.Fprintf(con.err, "faxbox: %v\n", err)
	}
	var h hinted
	if errors.As(err, &h) && h.hint != "" {
		fmt.Fprintf(con.err, "%s\n", h.hint)
	}
	var u usage
	if errors.As(err, &u) {
		return exitUsage
	}
	return exitFailed
}

// errReported is a failure that the command has told already.
var errReported = errors.New("reported")

type helpCommand struct {
	Command []string `arg:"" optional:"" help:"The command to explain."`
}

func (h helpCommand) Run(con console) error {
	_, err := con.parser.Parse(append(h.Command, "--help"))
	if err != nil && *con.exited < 0 { // with help printed the rest of the command may be missing
		return usage{err}
	}
	return nil
}
