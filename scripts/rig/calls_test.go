package rig

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t4"
)

// whole asks for whole pages where the matrix has cuttings of 240 lines: at 2400 bit/s a fine page takes ten minutes.
var whole = flag.Bool("whole", false, "send whole pages in the matrix, which takes twenty minutes")

func TestMain(m *testing.M) {
	flag.Parse()
	// Calls take minutes and next to no processor time, so all of them go on at once, however few processors there are.
	if err := flag.Set("test.parallel", "128"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// line is a telephone line of one call: a modem, which faxbox drives, and a reference machine.
type line struct {
	*testing.T
	x      *Exchange
	faxbox *Faxbox
	id     int
	dir    string // for the call's files
}

func (l line) modem() string         { return fmt.Sprintf("usb%d", l.id) }
func (l line) modemNumber() string   { return fmt.Sprint(1000 + l.id) }
func (l line) machine() string       { return fmt.Sprintf("ref%d", l.id) }
func (l line) machineNumber() string { return fmt.Sprint(3000 + l.id) }

// port is the path of the modem's pty.
func (l line) port() string { return l.x.Path(l.modem()) }

// scene is a call to be tried, with the keys of its machine.
type scene struct {
	name    string
	machine []string
	play    func(l line)
}

func TestCalls(t *testing.T) {
	t.Parallel()
	scenes := append(matrix(), scenes()...)
	x := start(t, func(dir string) []string {
		var args []string
		for id, s := range scenes {
			l := line{id: id}
			args = append(args, Modem(dir, l.modem(), l.modemNumber())...)
			if s.needsPeer() {
				l.id += peerOffset
				args = append(args, Modem(dir, l.modem(), l.modemNumber())...)
				continue
			}
			args = append(args, Machine(dir, l.machine(), l.machineNumber(), s.machine...)...)
		}
		return args
	})
	faxbox, err := BuildFaxbox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Run("all", func(t *testing.T) { // returns when the calls are over, and the exchange can close
		for id, s := range scenes {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				s.play(line{t, x, faxbox, id, t.TempDir()})
			})
		}
	})
	reportLateness(t, x)
}

// reportLateness tells how much of the time the exchange could not run when it was due.
func reportLateness(t *testing.T, x *Exchange) {
	events, err := x.Events()
	if err != nil {
		t.Fatal(err)
	}
	late, worst := 0, 0.0
	for _, e := range events {
		if e.Ev == "late" {
			late++
			worst = max(worst, e.MS)
		}
	}
	if late > 0 {
		t.Logf("the exchange was late %d times, by %.0f ms at worst", late, worst)
	}
}

// patience is how long a call of the tests may take.
func patience() time.Duration {
	if *whole {
		return 25 * time.Minute
	}
	return 5 * time.Minute
}

// document writes pages to a file of the call.
func (l line) document(name string, pages ...*raster.Page) string {
	l.Helper()
	path := filepath.Join(l.dir, name)
	if err := WriteDocument(path, pages...); err != nil {
		l.Fatal(err)
	}
	return path
}

// run runs a command of faxbox on the line's modem, with a trace.
func (l line) run(command string, args ...string) Outcome {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.Context(), patience())
	defer cancel()
	o, err := l.faxbox.Modem(ctx, append([]string{command, "--trace", l.trace(), l.port()}, args...)...)
	if err != nil {
		l.Fatal(err)
	}
	return o
}

func (l line) trace() string { return filepath.Join(l.dir, "trace") }

// receiver starts faxbox as a receiver, and returns when it is ready.
func (l line) receiver(args ...string) *Receiver {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.Context(), patience())
	l.Cleanup(cancel)
	r, err := l.faxbox.Receive(ctx, l.port(), l.dir, append(args, "--trace", l.trace())...)
	if err != nil {
		l.Fatal(err)
	}
	return r
}

// receive runs faxbox as a receiver, and ring when it is ready, and returns how the call ended.
func (l line) receive(ring func(), args ...string) Outcome {
	l.Helper()
	r := l.receiver(args...)
	ring()
	o, err := r.Wait()
	if err != nil {
		l.Fatal(err)
	}
	return o
}

// control gives the exchange a command.
func (l line) control(words ...string) {
	l.Helper()
	if _, err := l.x.Control(words...); err != nil {
		l.Fatal(err)
	}
}

// call is the call that an endpoint placed.
func (l line) call(caller string) *Call {
	l.Helper()
	e, _, err := l.x.AwaitCall(0, caller, time.Minute)
	if err != nil {
		l.Fatal(err)
	}
	c, err := l.x.Call(e.Call)
	if err != nil {
		l.Fatal(err)
	}
	return c
}

// delivered fails the test unless faxbox says that all is well.
func (l line) delivered(o Outcome) {
	l.Helper()
	if o.Exit != 0 || !o.OK {
		l.explain(o)
		l.Fatalf("exit status %d, cause %s", o.Exit, o.Cause)
	}
}

// failed fails the test unless faxbox says that it failed for this cause.
func (l line) failed(o Outcome, causes ...string) {
	l.Helper()
	for _, cause := range causes {
		if o.Exit == 1 && !o.OK && o.Cause == cause {
			return
		}
	}
	l.explain(o)
	l.Fatalf("exit status %d, cause %s, want 1, %s", o.Exit, o.Cause, strings.Join(causes, " or "))
}

// explain logs what faxbox printed and its trace.
func (l line) explain(o Outcome) {
	l.Helper()
	text, err := os.ReadFile(l.trace())
	if err != nil {
		text = []byte(err.Error())
	}
	l.Logf("faxbox said:\n%s\n%s", o.Output, text)
}

// same fails the test unless a file holds these pages.
func (l line) same(o Outcome, sent []*raster.Page, file string) {
	l.Helper()
	got, err := ReadDocument(file)
	if err == nil {
		err = Same(sent, got)
	}
	if err != nil {
		l.explain(o)
		l.Errorf("%s: %v", filepath.Base(file), err)
	}
}

// stored is the file that the machine kept of a call.
func (l line) stored(c *Call) string {
	return l.x.Path(fmt.Sprintf("%s-%d.tif", l.machine(), c.End.Call))
}

// shortestPause is the least silence that T.30 allows at a change of direction or modulation, 75 ms less 20 ms, in seconds
// and less the modem's own start, which is too soft for the exchange to notice.
const shortestPause = 0.053

// pauses fails the test when a modem of ours said something before the line had been silent long enough. A busy computer
// makes pauses longer, never shorter. What the modem does by itself, from CED to the first burst, is its own affair.
func (l line) pauses(c *Call) {
	l.Helper()
	signals := c.phaseB()
	for i := 1; i < len(signals); i++ {
		s, before := signals[i], signals[i-1]
		if gap := s.Start - before.End; s.Ep == l.modem() && gap < shortestPause {
			l.Errorf("silence of %.0f ms before %v", 1000*gap, s)
		}
	}
}

// mode is how the pages of a call are to go.
type mode struct {
	modems     string // of the machine
	rate       int
	ecm        bool
	coding     t4.Coding
	resolution raster.Resolution
}

func (m mode) String() string {
	ecm, resolution := "no_ECM", "standard"
	if m.ecm {
		ecm = "ECM"
	}
	if m.resolution == raster.Fine {
		resolution = "fine"
	}
	return fmt.Sprintf("%d/%s/%v/%s", m.rate, ecm, m.coding, resolution)
}

// keys make a machine that agrees on this mode with anybody who can do everything.
func (m mode) keys() []string {
	comp := map[t4.Coding]string{t4.MH: "mh", t4.MR: "mh+mr", t4.MMR: "mh+mr+mmr"}[m.coding]
	ecm := map[bool]string{false: "ecm=0", true: "ecm=1"}[m.ecm]
	return []string{"modems=" + m.modems, "comp=" + comp, ecm}
}

// options make faxbox agree on the mode where no machine can insist on it: V.27ter falls to 2400 bit/s only after failures.
func (m mode) options() []string {
	if m.rate == 2400 {
		return []string{"--rate", "2400"}
	}
	return nil
}

// page is a page for the matrix: the head of a letter, or all of it.
func (m mode) page() *raster.Page {
	p := sample.Letter(m.resolution)
	if *whole {
		return p
	}
	return Crop(p, p.Height/8, 240)
}

// check fails the test unless the pages of a call went in this mode.
func (m mode) check(l line, c *Call) {
	l.Helper()
	l.pauses(c)
	if len(c.Pages) == 0 {
		l.Error("the machine saw no page")
	}
	for _, p := range c.Pages {
		if p.Rate != m.rate || p.ECM != m.ecm || !strings.EqualFold(p.Comp, m.coding.String()) {
			l.Errorf("page %d went at %d bit/s, ECM %v, coded %s", p.Page, p.Rate, p.ECM, p.Comp)
		}
	}
}

// matrix is sending and receiving by every modulation, coding and resolution, with and without ECM.
func matrix() []scene {
	var all []scene
	for _, m := range modes() {
		page := m.page()
		all = append(all,
			scene{"send/" + m.String(), m.keys(), func(l line) {
				doc := l.document("sent.tif", page)
				o := l.run("send", append(m.options(), l.machineNumber(), doc)...)
				l.delivered(o)
				c := l.call(l.modem())
				m.check(l, c)
				l.same(o, []*raster.Page{page}, l.stored(c))
			}},
			scene{"receive/" + m.String(), m.keys(), func(l line) {
				doc := l.document("sent.tif", page)
				o := l.receive(func() { l.control("send", l.machine(), l.modemNumber(), doc) }, m.options()...)
				l.delivered(o)
				m.check(l, l.call(l.machine()))
				l.same(o, []*raster.Page{page}, o.File)
			}})
	}
	return all
}

func modes() []mode {
	var all []mode
	for _, modulation := range []mode{
		{modems: "v27+v29+v17", rate: 14400}, {modems: "v27+v29", rate: 9600}, {modems: "v27", rate: 4800}, {modems: "v27", rate: 2400},
	} {
		for _, coding := range []mode{
			{ecm: true, coding: t4.MH}, {ecm: true, coding: t4.MR}, {ecm: true, coding: t4.MMR}, {coding: t4.MH}, {coding: t4.MR},
		} {
			for _, resolution := range []raster.Resolution{raster.Standard, raster.Fine} {
				all = append(all, mode{modulation.modems, modulation.rate, coding.ecm, coding.coding, resolution})
			}
		}
	}
	return all
}
