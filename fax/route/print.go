package route

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/fax/route/printer"
	"faxbox/fax/tiff"
)

// Print prints the fax on a printer in the network.
//
// With an address of ipp: or ipps: the outcome is true: the printer is asked until it says that the job is printed, and an
// attempt that ended before asks for the same job and does not print it twice. With socket: (a raw port, usually 9100) it
// only says that the printer took everything; what was printed before a connection broke comes again.
type Print struct {
	// Letter reports whether the office prints on Letter and not on A4.
	Letter func() bool
	// Dial connects; nil: the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Trust is as that of printer.Printer.
	Trust func(url, proof string) error
}

// About tells the method's names.
func (*Print) About() fax.RoutingMethod {
	return fax.RoutingMethod{
		Guid: fax.RoutePrint, FriendlyName: "Print", FunctionName: "print",
		ExtensionName: "faxbox", ImageName: "faxbox", Priority: 3,
	}
}

// Check wants a printer's address, and a format that it can be sent.
func (*Print) Check(m fax.RoutingMethod) error {
	if m.Setting == "" {
		return checkFormat(m.Format, fax.PDF, fax.PWG, fax.PCL)
	}
	if err := checkURL(m.Setting, "ipp://printer.local/ipp/print", "ipp", "ipps", "socket"); err != nil {
		return err
	}
	u, err := url.Parse(m.Setting)
	switch {
	case err != nil:
		return err // it was parsed just now
	case u.Scheme == "socket" && (u.Path != "" && u.Path != "/" || u.RawQuery != ""):
		return invalid("setting", "has a path, and a socket has none", "Enter an address such as socket://192.168.1.20:9100.")
	case u.Scheme == "socket":
		return checkFormat(m.Format, fax.PCL, fax.PDF)
	}
	return checkFormat(m.Format, fax.PDF, fax.PWG)
}

// Route prints; the result is the printer's job and what became of it.
func (p *Print) Route(ctx context.Context, m fax.RoutingMethod, f Fax) (Done, error) {
	pages, file, err := f.open()
	if err != nil {
		return Done{Handle: f.Outcome.Handle}, err
	}
	defer file.Close() // only read
	paper := printer.A4
	if p.Letter() {
		paper = printer.Letter
	}
	job := printer.Job{
		Name: fmt.Sprintf("%s [%s]", f.subject(), f.eventID()), Pages: readable{pages}, Paper: paper, Format: m.Format,
		PDF:    func(w io.Writer) error { return f.write(w, fax.PDF) },
		Handle: f.Outcome.Handle, Seen: f.Outcome.At, Attempt: f.Outcome.Attempts,
	}
	result, handle, err := printer.Printer{URL: m.Setting, Dial: p.Dial, Trust: p.Trust}.Print(ctx, job)
	return Done{Result: result, Handle: handle}, err
}

// readable are pages as far as they can be read.
type readable struct{ file *tiff.File }

func (r readable) Pages() int                       { return r.file.Pages() }
func (r readable) Page(n int) (*raster.Page, error) { return page(r.file, n) }
