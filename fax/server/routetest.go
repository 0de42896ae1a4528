package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/route"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

// TestRoutingMethod does with a test page what a routing method of a port would do with a fax, switched on or not, and says
// what came of it within a minute. A printer is trusted with the certificate that it has now. Needs fax.PortSet; ErrNotFound
// if there is no such port or method.
func (s *Server) TestRoutingMethod(ctx context.Context, who Who, id fax.DeviceID, guid string) (fax.Verdict, error) {
	if !who.Rights.Has(fax.PortSet) {
		return fax.Verdict{}, fax.ErrDenied
	}
	list, err := s.RoutingMethods(id)
	if err != nil {
		return fax.Verdict{}, err
	}
	at := slices.IndexFunc(list, func(m fax.RoutingMethod) bool { return fax.SameGuid(m.Guid, guid) })
	if at < 0 {
		return fax.Verdict{}, ErrNotFound
	}
	settings := list[at]
	if strings.TrimSpace(settings.Setting) == "" {
		return fax.Verdict{}, fault("setting", "is empty", "Enter where to first.")
	}
	f, err := s.testFax(id, settings.Guid)
	if err != nil {
		return fax.Verdict{}, err
	}
	s.audit(who, fmt.Sprintf("ports/%d/routing-methods/%s", id, settings.FunctionName), "test")
	if err := s.forgetPrinter(settings.Setting); err != nil { // whoever looks at the test page knows the printer
		return fax.Verdict{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	defer cancel()
	done, err := route.Find(s.methods, settings.Guid).Route(ctx, settings, f)
	switch {
	case err == nil:
		return fax.Verdict{OK: true, Sentence: fmt.Sprintf("%s: it worked. %s.", settings.FriendlyName, full(done.Result))}, nil
	case errors.Is(err, context.DeadlineExceeded) && done.Handle != "":
		return fax.Verdict{Sentence: fmt.Sprintf("The printer has the test page as job %s, and has not printed it within a minute.", done.Handle),
			Hint: "Look at the printer: paper, toner, a door."}, nil
	}
	return verdict(err), nil
}

// testFax is a fax of one page that nobody sent.
func (s *Server) testFax(id fax.DeviceID, guid string) (route.Fax, error) {
	var page disk
	if err := tiff.Write(&page, tiff.Style{Coding: t4.MMR}, sample.Letter(raster.Fine)); err != nil {
		return route.Fax{}, err
	}
	now := time.Now().UTC()
	m := fax.Message{Direction: fax.In, DeviceID: id, Tsid: "TEST", RawReceiveTime: now, EndTime: now, Pages: 1, Result: fax.ResultOf(fax.OK)}
	f := s.faxOf(m, fax.RoutingOutcome{Guid: guid, Attempts: 1})
	f.Open = func() (route.File, error) { return opened{io.NewSectionReader(&page, 0, int64(len(page.data)))}, nil }
	return f, nil
}

// disk is a file in memory.
type disk struct{ data []byte }

func (d *disk) WriteAt(p []byte, off int64) (int, error) {
	if more := int(off) + len(p) - len(d.data); more > 0 {
		d.data = append(d.data, make([]byte, more)...)
	}
	return copy(d.data[off:], p), nil
}

func (d *disk) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(d.data)) {
		return 0, io.EOF
	}
	n := copy(p, d.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (*disk) Sync() error { return nil }

// opened is such a file, which need not be closed.
type opened struct{ *io.SectionReader }

func (opened) Close() error { return nil }
