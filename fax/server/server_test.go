package server

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/render/rendertest"
	"faxbox/fax/document/typeset"
	"faxbox/fax/exchange"
	"faxbox/fax/port"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/route"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
	"faxbox/store"
)

// The real server with the real store and real ports on the simulated exchange, in virtual time.

var (
	boss   = Who{Caller: fax.Caller{User: "anna", Rights: fax.AllRights}}
	viewer = Who{Caller: fax.Caller{User: "vic", Rights: fax.ReadRights}}
	sender = Who{Caller: fax.Caller{User: "sam", Rights: fax.Sender.Rights()}}
)

// today is when tests begin.
var today = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// office is a box with lines 101 and 102 on an exchange; 103 is busy, 104 does not answer, 105 is a person.
type office struct {
	*testing.T
	exchange *exchange.Exchange
	modems   map[string]*exchange.Modem
	lines    []string // the box's own
	dir      string
	log      *bytes.Buffer
	logger   *slog.Logger
	methods  []route.Method
	renderer rendertest.Renderer
	fonts    *typeset.Fonts // nil: no header lines, so that pages come out as they went in
	wires    func(fax.Port) (port.Wiring, error)
	dial     Dial // to mail servers, printers and web servers

	*Server
	store *store.Store
	stop  context.CancelFunc
	ended chan error
}

// inOffice runs a test in a bubble.
func inOffice(t *testing.T, o exchange.Options, f func(*office)) {
	t.Helper()
	dir := t.TempDir() // outside: its name comes from outside
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(today)) // a bubble begins in a year in which no box was running
		o.Record = true
		b := &office{T: t, dir: dir, exchange: exchange.New(o), modems: map[string]*exchange.Modem{}, log: &bytes.Buffer{},
			lines: []string{"101", "102"}}
		b.logger = slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		x := b.exchange
		for _, number := range b.lines {
			b.modems[number] = x.Modem(exchange.Station{Number: number}, exchange.Habits{})
		}
		x.Behave(exchange.Station{Number: "103"}, exchange.Behaviour{Does: exchange.Busy})
		x.Behave(exchange.Station{Number: "104"}, exchange.Behaviour{Does: exchange.NoAnswer})
		x.Behave(exchange.Station{Number: "105"}, exchange.Behaviour{Does: exchange.Voice})
		defer func() {
			b.close()
			x.Close()
			if t.Failed() {
				for _, s := range x.Log() {
					t.Logf("%s %v", s.Start.Format("04:05.000"), s)
				}
				t.Log(b.log.String())
			}
		}()
		f(b)
	})
}

// open starts the box, and waits until its lines are in service.
func (b *office) open() {
	b.Helper()
	b.opening()
	b.ready()
}

// opening starts the box.
func (b *office) opening() {
	b.Helper()
	s, err := store.Open(b.path("data"), store.Options{Log: b.logger})
	if err != nil {
		b.Fatal(err)
	}
	b.store = s
	var sources []PortSource
	for _, number := range b.lines {
		sources = append(sources, b.source(number))
	}
	b.Server, err = New(Config{Store: s, Methods: b.methods, Log: b.logger, Version: "faxbox", Ports: sources, Renderer: &b.renderer, Fonts: b.fonts,
		Wire: b.wires, Host: "box.local", Dial: b.dial})
	if err != nil {
		b.Fatal(err)
	}
	var ctx context.Context
	ctx, b.stop = context.WithCancel(context.Background())
	b.ended = make(chan error, 1)
	go func() { b.ended <- b.Server.Run(ctx) }()
}

func (b *office) source(number string) PortSource {
	modem := b.modems[number]
	return PortSource{Key: number, Path: "/dev/" + number, Name: "Line " + number,
		Open: func(context.Context) (io.ReadWriteCloser, error) { return modem.Open() }}
}

// drafts are the folders of submissions that are being made.
func (b *office) drafts() (names []string) {
	b.Helper()
	found, err := os.ReadDir(b.path("data", "unfinished"))
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range found {
		names = append(names, e.Name())
	}
	return names
}

// tells reports whether a text stands in any file of the store.
func (b *office) tells(text string) (found bool) {
	b.Helper()
	err := filepath.WalkDir(b.path("data"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		found = found || bytes.Contains(data, []byte(text))
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return found
}

func (b *office) path(parts ...string) string {
	return filepath.Join(append([]string{b.dir}, parts...)...)
}

// close stops the box as systemd does.
func (b *office) close() {
	b.Helper()
	if b.Server == nil {
		return
	}
	b.stop()
	if err := <-b.ended; err != nil {
		b.Error(err)
	}
	if err := b.store.Close(); err != nil {
		b.Error(err)
	}
	b.Server = nil
}

// ready waits until both lines are in service.
func (b *office) ready() {
	b.Helper()
	b.wait("lines in service", time.Minute, func() bool {
		for _, st := range b.Statuses() {
			if !st.Idle() {
				return false
			}
		}
		return true
	})
}

// wait waits until something is so.
func (b *office) wait(what string, most time.Duration, so func() bool) {
	b.Helper()
	for end := time.Now().Add(most); !so(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("not within %v: %s", most, what)
		}
	}
	synctest.Wait()
}

// file is pages as an uploaded TIFF file.
func (b *office) file(pages ...*raster.Page) File {
	b.Helper()
	var disk memory
	if err := tiff.Write(&disk, tiff.Style{Coding: t4.MMR}, pages...); err != nil {
		b.Fatal(err)
	}
	return File{Name: "letter.tif", Content: bytes.NewReader(disk), Size: int64(len(disk))}
}

// memory is a file in memory.
type memory []byte

func (m *memory) WriteAt(p []byte, at int64) (int, error) {
	if need := int(at) + len(p); need > len(*m) {
		*m = append(*m, make([]byte, need-len(*m))...)
	}
	return copy((*m)[at:], p), nil
}

func (m *memory) Sync() error { return nil }

// send submits pages to a number, to be sent on line 101.
func (b *office) send(number string, pages ...*raster.Page) fax.Job {
	b.Helper()
	return b.submit(fax.Document{FaxNumber: number, SenderName: "Sam", DeviceID: 1}, pages...)[0]
}

func (b *office) submit(d fax.Document, pages ...*raster.Page) []fax.Job {
	b.Helper()
	jobs, again, err := b.Submit(b.Context(), sender, Submission{Document: d, Files: []File{b.file(pages...)}})
	if err != nil || again {
		b.Fatalf("again %t: %v", again, err)
	}
	return jobs
}

func (b *office) job(id fax.JobID) fax.Job {
	b.Helper()
	j, err := b.Job(boss, id)
	if err != nil {
		b.Fatalf("job %d: %v", id, err)
	}
	return j
}

// until waits until a job is in a state.
func (b *office) until(id fax.JobID, state fax.QueueStatus, most time.Duration) fax.Job {
	b.Helper()
	end := time.Now().Add(most)
	for b.job(id).QueueStatus != state {
		if time.Now().After(end) {
			b.Fatalf("not %v within %v: %+v", state, most, b.job(id))
		}
		time.Sleep(100 * time.Millisecond)
	}
	synctest.Wait()
	return b.job(id)
}

// messages are all messages, the oldest first.
func (b *office) messages() []fax.Message {
	b.Helper()
	page, err := b.Messages(MessageFilter{})
	if err != nil {
		b.Fatal(err)
	}
	var list []fax.Message
	for i := len(page.Items) - 1; i >= 0; i-- {
		list = append(list, page.Items[i])
	}
	return list
}

// pages reads a message.
func (b *office) pages(id fax.MessageID) []*raster.Page {
	b.Helper()
	f, size, err := b.MessageTIFF(id)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	file, err := tiff.Open(f, size)
	if err != nil {
		b.Fatal(err)
	}
	var list []*raster.Page
	for n := range file.Pages() {
		p, err := file.Page(n)
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

func (b *office) same(got, want []*raster.Page) {
	b.Helper()
	if len(got) != len(want) {
		b.Fatalf("%d pages, not %d", len(got), len(want))
	}
	for n := range got {
		if got[n].Width != want[n].Width || !bytes.Equal(got[n].Bits, want[n].Bits) {
			b.Errorf("page %d differs: %dx%d for %dx%d", n+1, got[n].Width, got[n].Height, want[n].Width, want[n].Height)
		}
	}
}

// calls are the journal, the oldest first, as words.
func (b *office) journal() string {
	b.Helper()
	page, err := b.Calls(CallFilter{})
	if err != nil {
		b.Fatal(err)
	}
	var words []string
	for i := len(page.Items) - 1; i >= 0; i-- {
		c := page.Items[i]
		words = append(words, string(c.Direction)+" "+c.Result.Cause.String())
	}
	return strings.Join(words, ", ")
}

// strip is a short page that differs from others of another seed.
func strip(seed byte) *raster.Page {
	p := raster.New(1728, 120, raster.Fine)
	for y := range p.Height {
		p.Row(y)[int(seed)*7%200+y%16] = 0xFF
	}
	return p
}

func patch[T any](v T) *T { return &v }

func (b *office) set(p fax.ServerPatch) {
	b.Helper()
	if _, err := b.UpdateSettings(boss, p); err != nil {
		b.Fatal(err)
	}
}

// TestSendAndReceive: a fax from one line to the other, as both ends see it.
func TestSendAndReceive(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		letter := []*raster.Page{sample.Letter(raster.Fine), strip(1)}
		j := b.send("102", letter...)
		if j.QueueStatus != fax.Pending || j.PageCount != 2 || j.UserName != "sam" || j.SubmissionID == "" {
			t.Errorf("submitted: %+v", j)
		}
		b.until(j.JobID, fax.InProgress, 10*time.Second)
		j = b.until(j.JobID, fax.Finished, 3*time.Minute)
		if j.ConfirmedPages != 2 || j.Result.Cause != fax.OK || j.Attempts != 1 {
			t.Errorf("sent: %+v", j)
		}
		b.wait("a message", 10*time.Second, func() bool { return len(b.messages()) == 1 })
		m := b.messages()[0]
		if m.Pages != 2 || m.Partial || m.Quarantine || m.Read || m.Direction != fax.In || m.Result.Cause != fax.OK || m.DeviceID != 2 || m.ReceiveTime == "" {
			t.Errorf("received: %+v", m)
		}
		b.same(b.pages(m.ID), letter)
		if got := b.journal(); got != "out ok, in ok" && got != "in ok, out ok" {
			t.Errorf("journal: %s", got)
		}
		if jobs := b.Jobs(boss, JobFilter{}); len(jobs) != 0 {
			t.Errorf("left in the queue: %+v", jobs)
		}
		if jobs := b.Jobs(boss, JobFilter{Left: true}); len(jobs) != 1 {
			t.Errorf("and of those that left: %+v", jobs)
		}
	})
}
