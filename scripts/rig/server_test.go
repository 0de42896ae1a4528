package rig

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/raster"
)

var faxes = flag.Int("faxes", 10, "how many faxes the server sends and receives; 50 take a quarter of an hour")

// The machines of the office's world. Two are sent to and two send, so that none is ever busy with a call of its own.
var officeNumbers = map[string]string{
	"usb1": "101", "usb2": "102", "byhttp": "201", "bycommand": "202", "caller1": "203", "caller2": "204",
}

// office is a fax server with two modems on an exchange with machines.
type office struct {
	*testing.T
	x   *Exchange
	box *Box
	dir string // for documents
}

// TestServer lets a fax server send and receive by two modems at once, both of them in both directions, and holds what
// arrived against what was sent, and the server's journal against the exchange's log.
func TestServer(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	var actors sync.WaitGroup
	for i, act := range []func(n int){o.sendByHTTP, o.sendByCommand, o.caller("caller1"), o.caller("caller2")} {
		actors.Go(func() {
			for n := i; n < *faxes && !t.Failed(); n += 4 {
				act(n)
			}
		})
	}
	actors.Wait()
	o.agree()
	reportLateness(t, o.x)
}

func openOffice(t *testing.T) office {
	t.Helper()
	x := start(t, func(dir string) []string {
		args := []string{"--cadence", "1/2"} // calls are soon answered
		for name, number := range officeNumbers {
			if strings.HasPrefix(name, "usb") {
				args = append(args, Modem(dir, name, number)...)
			} else {
				args = append(args, Machine(dir, name, number, "ident="+number)...)
			}
		}
		return args
	})
	faxbox, err := BuildFaxbox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	box, err := faxbox.Serve(dir, "serve", "--no-discovery", "--modem", x.Path("usb1"), "--modem", x.Path("usb2"))
	if err != nil {
		t.Fatal(err)
	}
	o := office{t, x, box, dir}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Errorf("the server ended badly: %v", err)
		}
		if t.Failed() {
			t.Logf("the server said:\n%s", box.Said())
		}
	})
	o.configure()
	return o
}

// configure lets both ports answer after the second ring, when the caller is known, and waits until they are ready.
func (o office) configure() {
	o.Helper()
	o.do(http.MethodPatch, "/server", map[string]any{"branding": false, "retryDelay": 0}, nil)
	for _, p := range o.ports() {
		path := fmt.Sprintf("/ports/%d", p.DeviceID)
		o.do(http.MethodPatch, path, map[string]any{"send": true, "receive": true, "rings": 2}, nil)
		o.await("port "+p.Path, func() bool {
			var s fax.Status
			o.do(http.MethodGet, path+"/status", nil, &s)
			return s.State == fax.Available
		})
	}
}

func (o office) ports() []fax.Port {
	o.Helper()
	ports, err := List[fax.Port](o.Context(), o.box, "/ports")
	if err != nil {
		o.Fatal(err)
	}
	if len(ports) != 2 {
		o.Fatalf("%d ports, want 2", len(ports))
	}
	return ports
}

func (o office) do(method, path string, in, out any) {
	o.Helper()
	if err := o.box.Do(o.Context(), method, path, in, out); err != nil {
		o.Error(err)
	}
}

// await waits until something is so, or the test has failed.
func (o office) await(what string, so func() bool) {
	o.Helper()
	for end := time.Now().Add(patience()); !so(); time.Sleep(300 * time.Millisecond) {
		if o.Failed() {
			return
		}
		if time.Now().After(end) {
			o.Errorf("%s: not within %v", what, patience())
			return
		}
	}
}

// document writes fax number n to a file: one page or two, of two resolutions, unlike all others.
func (o office) document(n int) (string, []*raster.Page) {
	o.Helper()
	pages := []*raster.Page{letter([]raster.Resolution{raster.Standard, raster.Fine}[n%2], 100+n, n)}
	if n%3 == 0 {
		pages = append(pages, letter(raster.Fine, 150-n, n+1))
	}
	path := filepath.Join(o.dir, fmt.Sprintf("fax%d.tif", n))
	if err := WriteDocument(path, pages...); err != nil {
		o.Error(err)
	}
	return path, pages
}

// sendByHTTP sends a fax as curl does, and wants it at the machine.
func (o office) sendByHTTP(n int) {
	file, pages := o.document(n)
	s, err := o.box.Submit(o.Context(), map[string]string{"faxNumber": officeNumbers["byhttp"], "senderName": "curl"}, file)
	if err != nil {
		o.Error(err)
		return
	}
	var job fax.Job
	o.await(fmt.Sprintf("job %d", s.JobID), func() bool {
		o.do(http.MethodGet, fmt.Sprintf("/jobs/%d", s.JobID), nil, &job)
		return job.State.Final()
	})
	if job.State != fax.Finished {
		o.Errorf("job %d: %v: %s", s.JobID, job.State, job.Result.Sentence)
	}
	o.arrived("byhttp", s.JobID, pages)
}

// sendByCommand sends a fax by the command line, which waits for it to be delivered.
func (o office) sendByCommand(n int) {
	file, pages := o.document(n)
	ctx, cancel := context.WithTimeout(o.Context(), patience())
	defer cancel()
	out, err := o.box.Run(ctx, "send", "--wait", officeNumbers["bycommand"], file)
	if err != nil || out.Exit != 0 {
		o.Errorf("faxbox send --wait: exit status %d, %v\n%s", out.Exit, err, out.Output)
		return
	}
	id, err := strconv.ParseInt(strings.Fields(out.Output)[0], 10, 64)
	if err != nil {
		o.Errorf("faxbox send printed %q and not the job's id first", out.Output)
		return
	}
	o.arrived("bycommand", fax.JobID(id), pages)
}

// arrived compares what a machine stored last with what was sent.
func (o office) arrived(machine string, job fax.JobID, pages []*raster.Page) {
	if _, err := o.x.Wait(machine, time.Minute); err != nil {
		o.Error(err)
		return
	}
	events, err := o.x.Events()
	if err != nil {
		o.Error(err)
		return
	}
	file := ""
	for _, e := range events {
		if e.Ev == "t30-end" && e.Ep == machine && e.Code == 0 {
			file = fmt.Sprintf("%s-%d.tif", machine, e.Call)
		}
	}
	got, err := ReadDocument(o.x.Path(file))
	if err == nil {
		err = Same(pages, got)
	}
	if err != nil {
		o.Errorf("job %d arrived as %q: %v", job, file, err)
	}
}

// caller is a machine that calls both lines in turn, and again when one is busy, and wants its faxes in the archive.
func (o office) caller(machine string) func(n int) {
	return func(n int) {
		file, pages := o.document(n)
		number := officeNumbers[[]string{"usb1", "usb2"}[n/4%2]]
		before := o.received(machine)
		o.await("a call from "+machine, func() bool {
			if _, err := o.x.Control("send", machine, number, file); err != nil {
				o.Error(err)
			}
			result, err := o.x.Wait(machine, 2*time.Minute)
			if err != nil {
				o.Error(err)
			}
			if result != "busy" && !strings.HasPrefix(result, "ok") {
				o.Logf("%s sends to %s: %s", machine, number, result)
			}
			if strings.HasPrefix(result, "ok") {
				return true
			}
			time.Sleep(rand.N(2 * time.Second))
			return false
		})
		var messages []fax.Message
		o.await("the message from "+machine, func() bool {
			messages = o.received(machine)
			return len(messages) > len(before)
		})
		if len(messages) == len(before) { // which was told
			return
		}
		o.kept(messages[0], pages)
	}
}

// received are the faxes from a machine that are whole, the newest first.
func (o office) received(machine string) (whole []fax.Message) {
	all, err := List[fax.Message](o.Context(), o.box, "/messages?direction=in&number="+officeNumbers[machine])
	if err != nil {
		o.Error(err)
	}
	for _, m := range all {
		if !m.Partial {
			whole = append(whole, m)
		}
	}
	return whole
}

// kept compares a message's TIFF file with what was sent.
func (o office) kept(m fax.Message, pages []*raster.Page) {
	file := filepath.Join(o.dir, fmt.Sprintf("message%d.tiff", m.ID))
	err := o.box.Download(o.Context(), fmt.Sprintf("/messages/%d/file.tiff", m.ID), file)
	if err == nil {
		var got []*raster.Page
		if got, err = ReadDocument(file); err == nil {
			err = Same(pages, got)
		}
	}
	if err != nil {
		o.Errorf("message %d: %v", m.ID, err)
	}
	if m.Pages != len(pages) || string(m.CallerID) == "" || m.Tsid != m.CallerID {
		o.Errorf("message %d is of %d pages from %q, who calls itself %q; %d were sent", m.ID, m.Pages, m.CallerID, m.Tsid, len(pages))
	}
}

// agree holds the journal against the exchange's log.
func (o office) agree() {
	for name := range officeNumbers {
		if _, err := o.x.Wait(name, time.Minute); err != nil { // an end that hangs up late
			o.Error(err)
		}
	}
	lines, pages := 0, 0
	for _, p := range o.ports() {
		modem := filepath.Base(p.Path)
		want, err := o.x.Lines(modem, officeNumbers)
		if err != nil {
			o.Fatal(err)
		}
		path := fmt.Sprintf("/calls?deviceId=%d", p.DeviceID)
		journal, err := List[fax.Call](o.Context(), o.box, path)
		if err != nil {
			o.Fatal(err)
		}
		if err := Agree(journal, want); err != nil {
			o.Errorf("%s:\n%v", modem, err)
		}
		for _, l := range want {
			o.Logf("%s %v", modem, l)
			lines++
			pages += l.Pages
		}
	}
	o.Logf("%d faxes, %d lines in the journal, %d pages", *faxes, lines, pages)
}
