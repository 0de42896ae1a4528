package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
	"faxbox/fax/trace"
)

// The real commands on the simulated exchange in virtual time: a call of a minute takes some milliseconds.

// office is an exchange with one modem for each number used.
type office struct {
	t        *testing.T
	exchange *exchange.Exchange
	habits   map[string]exchange.Habits
	stations map[string]exchange.Station
	modems   map[string]*exchange.Modem
	dir      string
}

// inOffice runs a test in a bubble. Temporary folders are made outside, because their names come from outside.
func inOffice(t *testing.T, o exchange.Options, f func(*office)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		o.Record = true
		x := exchange.New(o)
		defer func() {
			x.Close()
			synctest.Wait()
		}()
		f(&office{t, x, map[string]exchange.Habits{}, map[string]exchange.Station{}, map[string]*exchange.Modem{}, dir})
	})
}

func (o *office) modem(number string) *exchange.Modem {
	if o.modems[number] == nil {
		s := o.stations[number]
		s.Number = number
		o.modems[number] = o.exchange.Modem(s, o.habits[number])
	}
	return o.modems[number]
}

// command is one run of the program.
type command struct {
	status   int
	out, err safeBuffer
	done     chan struct{}
	stop     context.CancelFunc
}

// safeBuffer is a buffer that two goroutines share.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// start begins a command; the path of a port is a number of the exchange.
func (o *office) start(args ...string) *command {
	for _, number := range args[2:3] { // made here, so that it exists before anybody calls it
		o.modem(number)
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &command{done: make(chan struct{}), stop: stop}
	go func() {
		defer close(c.done)
		c.status = run(ctx, args, console{out: &c.out, err: &c.err, open: func(path string) (io.ReadWriteCloser, error) {
			return o.modem(path).Open()
		}})
	}()
	return c
}

func (c *command) wait() int { <-c.done; return c.status }

func (c *command) String() string {
	return fmt.Sprintf("exit status %d\n%s%s", c.status, c.out.String(), c.err.String())
}

// receiver starts a machine at a number that answers one call, and waits until it is ready.
func (o *office) receiver(number string, more ...string) *command {
	o.t.Helper()
	c := o.start(append([]string{"modem", "receive", number, "--dir", o.dir, "--once", "--csid", "+49 30 " + number}, more...)...)
	for range 100 {
		if strings.Contains(c.out.String(), "ready") {
			return c
		}
		time.Sleep(100 * time.Millisecond)
	}
	o.t.Fatalf("not ready: %s", c)
	return nil
}

// file writes pages as a TIFF file.
func (o *office) file(name string, pages ...*raster.Page) string {
	o.t.Helper()
	path := filepath.Join(o.dir, name)
	f, err := os.Create(path)
	if err != nil {
		o.t.Fatal(err)
	}
	defer f.Close()
	if err := tiff.Write(f, tiff.Style{Coding: t4.MMR}, pages...); err != nil {
		o.t.Fatal(err)
	}
	return path
}

// received reads the pages of the one file received, and moves it away.
func (o *office) received() []*raster.Page {
	o.t.Helper()
	names, _ := filepath.Glob(filepath.Join(o.dir, "20*.tif"))
	if len(names) != 1 {
		o.t.Fatalf("received %v", names)
	}
	defer os.Remove(names[0])
	f, err := os.Open(names[0])
	if err != nil {
		o.t.Fatal(err)
	}
	defer f.Close()
	info, _ := f.Stat()
	file, err := tiff.Open(f, info.Size())
	if err != nil {
		o.t.Fatal(err)
	}
	var pages []*raster.Page
	for n := range file.Pages() {
		p, err := file.Page(n)
		if err != nil {
			o.t.Fatal(err)
		}
		pages = append(pages, p)
	}
	return pages
}

func (o *office) same(got, want []*raster.Page) {
	o.t.Helper()
	if len(got) != len(want) {
		o.t.Fatalf("%d pages, not %d", len(got), len(want))
	}
	for n := range got {
		if got[n].Width != want[n].Width || got[n].Height != want[n].Height || !bytes.Equal(got[n].Bits, want[n].Bits) {
			o.t.Errorf("page %d differs: %dx%d for %dx%d", n+1, got[n].Width, got[n].Height, want[n].Width, want[n].Height)
		}
	}
}

// strip is the upper part of a page.
func strip(p *raster.Page, lines int) *raster.Page {
	q := raster.New(p.Width, lines, p.Resolution)
	copy(q.Bits, p.Bits)
	return q
}

// delivers sends pages from 101 to 102 and checks that they arrive.
func (o *office) delivers(pages []*raster.Page, sender, receiver []string) (sent *command) {
	o.t.Helper()
	path := o.file("out.tif", pages...)
	r := o.receiver("102", receiver...)
	s := o.start(append([]string{"modem", "send", "101", "102", path}, sender...)...)
	if s.wait() != 0 || r.wait() != 0 {
		o.t.Fatalf("sender: %s\nreceiver: %s\n%s", s, r, o.log())
	}
	o.same(o.received(), pages)
	return s
}

func (o *office) log() string {
	var b strings.Builder
	for _, s := range o.exchange.Log() {
		fmt.Fprintf(&b, "%s %v\n", s.Start.Format("04:05.000"), s)
	}
	return b.String()
}

func TestEveryModeDelivers(t *testing.T) {
	letter := strip(sample.Letter(raster.Fine), 500)
	for _, rate := range []string{"14400", "12000", "9600", "7200", "4800", "2400"} {
		for _, ecm := range []string{"true", "false"} {
			for _, coding := range []string{"mh", "mr", "mmr"} {
				if coding == "mmr" && ecm == "false" {
					continue
				}
				t.Run(rate+"/ecm="+ecm+"/"+coding, func(t *testing.T) {
					inOffice(t, exchange.Options{}, func(o *office) {
						s := o.delivers([]*raster.Page{letter}, []string{"--rate", rate, "--ecm=" + ecm, "--coding", coding}, nil)
						if mode := s.out.String(); !strings.Contains(mode, " "+rate+", "+strings.ToUpper(coding)) {
							t.Errorf("sent in another mode: %s", s)
						}
					})
				})
			}
		}
	}
}

func TestEveryPageDelivers(t *testing.T) {
	for name, r := range map[string]raster.Resolution{"standard": raster.Standard, "fine": raster.Fine, "superfine": raster.Superfine,
		"r16": raster.R16, "inch200": raster.Inch200, "inch300": raster.Inch300, "inch400": raster.Inch400} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, exchange.Options{}, func(o *office) {
				o.delivers([]*raster.Page{sample.Form(r), sample.White(r)}, nil, nil)
			})
		})
	}
	wide := raster.New(2432, 600, raster.Fine)
	long := raster.New(1728, 6000, raster.Fine)
	for y := range long.Height {
		long.Row(y)[y%200] = 0xFF
		wide.Row(y % 600)[y%300] = 0x0F
	}
	inOffice(t, exchange.Options{}, func(o *office) { o.delivers([]*raster.Page{wide, long, wide}, nil, nil) })
	inOffice(t, exchange.Options{}, func(o *office) {
		o.delivers([]*raster.Page{wide, long, sample.Form(raster.Standard)}, []string{"--ecm=false"}, nil)
	})
}

// Several files go in one call; a page that is larger than a block takes several blocks.
func TestFilesAreSentInOneCall(t *testing.T) {
	inOffice(t, exchange.Options{}, func(o *office) {
		a, b := sample.Halftone(raster.Fine), sample.White(raster.Standard)
		r := o.receiver("102")
		s := o.start("modem", "send", "101", "102", o.file("a.tif", a), o.file("b.tif", b, b))
		if s.wait() != 0 || r.wait() != 0 {
			t.Fatalf("sender: %s\nreceiver: %s", s, r)
		}
		o.same(o.received(), []*raster.Page{a, b, b})
	})
}

func TestPolling(t *testing.T) {
	page := sample.White(raster.Fine)
	for _, c := range []struct {
		name    string
		offered string
		given   string
		status  int
		says    string
	}{
		{"free", "", "", 0, ""},
		{"with the password", "sesame", "sesame", 0, ""},
		{"with a wrong one", "sesame", "please", 1, "wrong-password"},
		{"without", "sesame", "", 1, "wrong-password"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inOffice(t, exchange.Options{}, func(o *office) {
				give := []string{"--poll", o.file("offer.tif", page, page)}
				if c.offered != "" {
					give = append(give, "--password", c.offered)
				}
				r := o.receiver("102", give...)
				fetch := []string{"modem", "fetch", "101", "102", "--dir", o.dir, "--csid", "42", "--json"}
				if c.given != "" {
					fetch = append(fetch, "--password", c.given)
				}
				s := o.start(fetch...)
				if s.wait() != c.status || r.wait() != c.status || !strings.Contains(s.out.String(), c.says) {
					t.Fatalf("fetch: %s\nreceive: %s", s, r)
				}
				if c.status == 0 {
					o.same(o.received(), []*raster.Page{page, page})
				}
			})
		})
	}
}

func TestNothingToPoll(t *testing.T) {
	inOffice(t, exchange.Options{}, func(o *office) {
		o.receiver("102")
		if s := o.start("modem", "fetch", "101", "102", "--dir", o.dir); s.wait() != 1 || !strings.Contains(s.out.String(), "no document to fetch") {
			t.Error(s)
		}
	})
}

// Each way that a number may not lead to a fax has its own cause.
func TestChecklist59_CausesOfDialling(t *testing.T) {
	for _, c := range []struct {
		name  string
		setup func(*office)
		cause string
	}{
		{"busy", func(o *office) {
			o.exchange.Behave(exchange.Station{Number: "102"}, exchange.Behaviour{Does: exchange.Busy})
		}, "busy"},
		{"no answer", func(o *office) {
			o.exchange.Behave(exchange.Station{Number: "102"}, exchange.Behaviour{Does: exchange.NoAnswer})
		}, "no-answer"},
		{"voice", func(o *office) {
			o.exchange.Behave(exchange.Station{Number: "102"}, exchange.Behaviour{Does: exchange.Voice})
		}, "no-fax"},
		{"no such number", func(*office) {}, "no-fax"},
		{"no dial tone", func(o *office) { o.stations["101"] = exchange.Station{Dead: true} }, "no-dial-tone"},
		{"blacklisted", func(o *office) {
			o.exchange.Behave(exchange.Station{Number: "102"}, exchange.Behaviour{Does: exchange.Busy})
			o.habits["101"] = exchange.Habits{Spelling: map[string]string{"BUSY": "BLACKLISTED"}}
		}, "blacklisted"},
		{"delayed", func(o *office) {
			o.exchange.Behave(exchange.Station{Number: "102"}, exchange.Behaviour{Does: exchange.Busy})
			o.habits["101"] = exchange.Habits{Spelling: map[string]string{"BUSY": "DELAYED 00:10:00"}}
		}, "delayed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inOffice(t, exchange.Options{}, func(o *office) {
				c.setup(o)
				s := o.start("modem", "send", "101", "102", o.file("out.tif", sample.White(raster.Standard)), "--json")
				if s.wait() != 1 || !strings.Contains(s.out.String(), `"cause":"`+c.cause+`"`) {
					t.Errorf("%s: %s", c.cause, s)
				}
			})
		})
	}
}

// Modems with habits of their own deliver all the same, either way.
func TestHabitsDeliver(t *testing.T) {
	for name, h := range map[string]exchange.Habits{
		"echo and digits":   {PowerOn: "E1V0"},
		"parentheses":       {Parentheses: true},
		"no FTS, no FRS":    {NoFTS: true, NoFRS: true},
		"FRS at once":       {FRSAtOnce: true},
		"no FAR":            {NoFAR: true},
		"no FCS":            {NoFCS: true},
		"DLE SUB":           {Substitute: true},
		"slow answers":      {AnswerDelay: 20 * time.Millisecond},
		"late OK":           {LateOK: 40 * time.Millisecond}, // any later, and the page that follows an answer has begun
		"lost OK":           {LostOK: 2},
		"late CONNECT":      {LateConnect: 200 * time.Millisecond},
		"no FCERROR":        {NoFCError: true},
		"quick FCERROR":     {QuickFCError: true},
		"chatter":           {Chatter: "MESSAGE-WAITING: 0"},
		"other words":       {Spelling: map[string]string{"NO CARRIER": "NO CARRIER", "NO DIALTONE": "NO DIAL TONE"}},
		"V.29 only":         {Send: []exchange.Modulation{24, 48, 72, 96}, Receive: []exchange.Modulation{24, 48, 72, 96}},
		"V.27ter 2400 only": {Send: []exchange.Modulation{24}, Receive: []exchange.Modulation{24}},
		"class 1 only":      {Classes: "0,1"},
	} {
		for _, ecm := range []string{"true", "false"} {
			for _, who := range []string{"101", "102"} {
				t.Run(fmt.Sprintf("%s/ecm=%s/%s", name, ecm, who), func(t *testing.T) {
					inOffice(t, exchange.Options{}, func(o *office) {
						o.habits[who] = h
						page := strip(sample.Letter(raster.Fine), 300)
						o.delivers([]*raster.Page{page, page}, []string{"--ecm=" + ecm}, nil)
					})
				})
			}
		}
	}
}

// Whatever is lost on the line, the call ends, its status is true, and every confirmed page is in the file.
func TestLosingSignalsOnModems(t *testing.T) {
	page := strip(sample.Letter(raster.Fine), 1200)
	for _, ecm := range []string{"true", "false"} {
		for _, from := range []string{"101", "102"} {
			for n := 1; n <= 9; n++ {
				t.Run(fmt.Sprintf("ecm=%s/%s/%d", ecm, from, n), func(t *testing.T) {
					inOffice(t, exchange.Options{}, func(o *office) {
						o.modem("101")
						o.modem("102")
						o.exchange.Impair(from, exchange.Line{Fate: exchange.Lose(n)})
						path := o.file("out.tif", page, page)
						r := o.receiver("102")
						s := o.start("modem", "send", "101", "102", path, "--ecm="+ecm, "--json")
						s.wait()
						r.wait()
						if end := lastLine[sentReport](o.t, s); end.Confirmed > 0 {
							got := o.received()
							for i := range end.Confirmed {
								if i >= len(got) || !bytes.Equal(got[i].Bits, page.Bits) {
									t.Errorf("page %d is confirmed and not received\n%s\n%s\n%s", i+1, s, r, o.log())
								}
							}
						}
						if s.status != 0 {
							t.Logf("not delivered: %s", s.err.String())
						}
					})
				})
			}
		}
	}
}

// lastLine is the last JSON line that a command printed.
func lastLine[T any](t *testing.T, c *command) (v T) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(c.out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &v); err != nil {
		t.Fatalf("%v: %s", err, c)
	}
	return v
}

func TestLineCutInMidPage(t *testing.T) {
	inOffice(t, exchange.Options{}, func(o *office) {
		o.modem("101")
		o.modem("102")
		o.exchange.Impair("101", exchange.Line{Cut: 16 * time.Second})
		o.exchange.Impair("102", exchange.Line{Cut: 16 * time.Second})
		page := sample.Letter(raster.Fine)
		r := o.receiver("102", "--json")
		s := o.start("modem", "send", "101", "102", o.file("out.tif", page), "--json")
		s.wait()
		r.wait()
		if end := lastLine[sentReport](t, s); s.status != 1 || end.Confirmed != 0 || end.Cause != "not-confirmed" {
			t.Errorf("sender: %s", s)
		}
		if end := lastLine[sentReport](t, r); r.status != 1 || end.Confirmed != 0 || end.Cause != "no-command" || end.File == "" {
			t.Errorf("receiver: %s", r)
		}
		got := o.received()
		if len(got) != 1 || got[0].Height < 200 || !bytes.HasPrefix(page.Bits, got[0].Bits[:got[0].Stride*200]) {
			t.Errorf("the part that arrived was not kept")
		}
	})
}

// The far end hangs up: the call is over within a second, for the right reason.
func TestChecklist51_FarEndHangsUp(t *testing.T) {
	inOffice(t, exchange.Options{Clears: true}, func(o *office) {
		r := o.receiver("102")
		s := o.start("modem", "send", "101", "102", o.file("out.tif", sample.Letter(raster.Fine)), "--json")
		time.Sleep(16 * time.Second)
		dropped := time.Now()
		o.exchange.Drop("102")
		s.wait()
		if end := lastLine[sentReport](t, s); end.Cause != "line-dropped" || time.Since(dropped) > time.Second {
			t.Errorf("after %v: %s\n%s", time.Since(dropped), s, o.log())
		}
		r.wait()
		if took := time.Since(dropped); took > 2*time.Second { // the refusals, and dropping the port
			t.Errorf("the receiver ended after %v: %s", took, r)
		}
	})
}

// A cancelled call says DCN and is on hook within five seconds, in mid-page as elsewhere.
func TestChecklist54_CancelInMidPage(t *testing.T) {
	for _, ecm := range []string{"true", "false"} {
		for _, at := range []time.Duration{2, 6, 9, 11, 13, 25} {
			inOffice(t, exchange.Options{}, func(o *office) {
				o.receiver("102")
				s := o.start("modem", "send", "101", "102", o.file("out.tif", sample.Letter(raster.Fine)), "--ecm="+ecm, "--json")
				time.Sleep(at * time.Second)
				s.stop()
				cancelled := time.Now()
				s.wait()
				if took := time.Since(cancelled); took > 5*time.Second || lastLine[sentReport](t, s).Cause != "cancelled" {
					t.Errorf("cancelled after %d s, ended after %v: %s", at, took, s)
				}
				if log := o.exchange.Log(); at > 9 && !strings.Contains(log[len(log)-1].String(), "fb") {
					t.Errorf("cancelled after %d s: no DCN at the end\n%s", at, o.log())
				}
			})
		}
	}
}

// Glare: a call comes in while we dial.
func TestChecklist53_Glare(t *testing.T) {
	inOffice(t, exchange.Options{PostDial: 3 * time.Second}, func(o *office) {
		path := o.file("out.tif", sample.White(raster.Standard))
		o.modem("102")
		a := o.start("modem", "send", "101", "102", path, "--json")
		b := o.start("modem", "send", "102", "101", path, "--json")
		a.wait()
		b.wait()
		causes := lastLine[sentReport](t, a).Cause + " " + lastLine[sentReport](t, b).Cause
		if !strings.Contains(causes, "glare") && !strings.Contains(causes, "busy") {
			t.Errorf("causes: %s", causes)
		}
	})
}

// A modem that never answers is given up with advice; nonsense likewise.
func TestChecklist52_SilentModem(t *testing.T) {
	for name, h := range map[string]exchange.Habits{"silent": {MuteFrom: 1}, "nonsense": {Nonsense: true}} {
		inOffice(t, exchange.Options{}, func(o *office) {
			o.habits["101"] = h
			began := time.Now()
			s := o.start("modem", "probe", "101")
			if s.wait() != 1 || !strings.Contains(s.err.String(), "modem") || time.Since(began) > time.Minute {
				t.Errorf("%s, after %v: %s", name, time.Since(began), s)
			}
		})
	}
}

// The trace of a call can be drawn, and tells the story.
func TestTraceCommand(t *testing.T) {
	inOffice(t, exchange.Options{}, func(o *office) {
		path := filepath.Join(o.dir, "call.trace")
		o.delivers([]*raster.Page{sample.White(raster.Standard)}, []string{"--trace", path, "--tsid", "me"}, nil)
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := trace.Read(f); err != nil {
			t.Fatal(err)
		}
		var out, errs safeBuffer
		if run(t.Context(), []string{"trace", path}, console{out: &out, err: &errs}) != 0 {
			t.Fatal(errs.String())
		}
		at := 0
		for _, word := range []string{"CSI DIS", "TSI DCS", "tcf V.17 14400", "CFR", "ecm V.17 14400 short", "PPS", "MCF", "DCN"} {
			i := strings.Index(out.String()[at:], word)
			if i < 0 {
				t.Fatalf("no %q in its place:\n%s", word, out.String())
			}
			at += i
		}
	})
}
