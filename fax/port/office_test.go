package port

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax"
	"faxbox/fax/class1"
	"faxbox/fax/document"
	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/t30"
	"faxbox/fax/tiff"
)

// town is an exchange and the ports on it, in a bubble of virtual time.
type town struct {
	*testing.T
	*exchange.Exchange
	ctx   context.Context
	ports map[string]*desk
	stop  context.CancelFunc
	all   sync.WaitGroup
}

// inTown runs a test in a bubble. That every goroutine has ended is checked by the bubble.
func inTown(t *testing.T, o exchange.Options, f func(*town)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Record = true
		w := &town{T: t, Exchange: exchange.New(o), ports: map[string]*desk{}}
		w.ctx, w.stop = context.WithCancel(context.Background())
		defer func() {
			w.stop()
			w.all.Wait()
			w.Close()
			for number, d := range w.ports {
				d.settle(number)
			}
		}()
		f(w)
		if t.Failed() {
			for _, s := range w.Log() {
				t.Logf("%s %v", s.Start.Format("04:05.000"), s)
			}
			for number, d := range w.ports {
				t.Logf("%s\n%s", number, d.String())
			}
		}
	})
}

// desk is the Office of one port, which writes everything down.
type desk struct {
	*town
	number string
	modem  *exchange.Modem
	port   *Port
	stop   context.CancelFunc
	ended  chan struct{}

	mu       sync.Mutex
	settings fax.Port
	began    int
	statuses []fax.Status
	told     []fax.Call // by Rings
	calls    []fax.Call // ended
	open     map[fax.CallID]bool
	done     []Outcome
	taken    int // work that was taken
	pages    []int
	received []*inbound
	traces   []*paper
	full     error                 // what Receive says
	asked    func()                // called by Receive; may be nil
	trace    func() io.WriteCloser // what Begin gives instead of a paper; may be nil
	opened   int
	wired    []fax.Pins // as told by Wired
	unwired  error      // and why the last of them are not all
}

// paper is a trace.
type paper struct {
	bytes.Buffer
	closed bool
}

func (p *paper) Close() error { p.closed = true; return nil }

// inbound is a Reception.
type inbound struct {
	*document.Incoming
	shelf *shelf
	call  *Incoming // nil until it is over
	desk  *desk
}

func (i *inbound) Finish(in Incoming) fax.MessageID {
	if i.call != nil {
		i.desk.Error("Finish was called twice")
	}
	i.call = &in
	if err := i.Close(); err != nil {
		i.desk.Error(err)
	}
	if len(i.shelf.pages) == 0 {
		return 0
	}
	return fax.MessageID(100 + in.Call.ID)
}

// shelf keeps pages in memory.
type shelf struct{ pages []tiff.Coded }

func (s *shelf) Append(c tiff.Coded) error  { s.pages = append(s.pages, c); return nil }
func (s *shelf) Replace(c tiff.Coded) error { s.pages[len(s.pages)-1] = c; return nil }
func (s *shelf) Drop() error                { s.pages = s.pages[:len(s.pages)-1]; return nil }

func (d *desk) locked(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

func (d *desk) Settings() (s fax.Port) {
	d.locked(func() { s = d.settings })
	return s
}

func (d *desk) Opened(id class1.Identity) {
	if id.Class == "" {
		d.Error("the modem says nothing of itself")
	}
	d.locked(func() { d.opened++ })
}

func (d *desk) Wired(pins fax.Pins, err error) {
	d.locked(func() { d.wired, d.unwired = append(d.wired, pins), err })
}

func (d *desk) Status(s fax.Status) { d.locked(func() { d.statuses = append(d.statuses, s) }) }

func (d *desk) Begin(c fax.Call) (fax.CallID, io.WriteCloser) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.open) > 0 || c.ID != 0 {
		d.Errorf("%+v begins within another call", c)
	}
	d.began++
	id := fax.CallID(d.began)
	d.open[id] = true
	if d.trace != nil {
		return id, d.trace()
	}
	p := &paper{}
	d.traces = append(d.traces, p)
	return id, p
}

func (d *desk) Rings(c fax.Call) { d.locked(func() { d.told = append(d.told, c) }) }

func (d *desk) Receive(c fax.Call) (Reception, error) {
	if d.asked != nil {
		d.asked()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full != nil {
		return nil, d.full
	}
	s := &shelf{}
	in := &inbound{Incoming: document.NewIncoming(s, "faxbox"), shelf: s, desk: d}
	d.received = append(d.received, in)
	return in, nil
}

func (d *desk) Confirmed(_ Work, page int) { d.locked(func() { d.pages = append(d.pages, page) }) }

func (d *desk) Ended(c fax.Call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.open[c.ID] {
		d.Errorf("a call ends that did not begin, or twice: %+v", c)
	}
	delete(d.open, c.ID)
	d.calls = append(d.calls, c)
}

func (d *desk) Done(_ Work, o Outcome) { d.locked(func() { d.done = append(d.done, o) }) }

// settle checks what must hold when a port has stopped.
func (d *desk) settle(number string) {
	if len(d.open) > 0 {
		d.Errorf("%s: calls are left open in the journal", number)
	}
	if len(d.done) != d.taken {
		d.Errorf("%s: %d pieces of work were taken and %d given back", number, d.taken, len(d.done))
	}
	for _, in := range d.received {
		if in.call == nil {
			d.Errorf("%s: a reception was not finished", number)
		}
	}
	for _, p := range d.traces {
		if !p.closed {
			d.Errorf("%s: a trace was not closed", number)
		}
	}
	for n, s := range d.statuses {
		checkStatus(d.T, s)
		if n > 0 && s.AsOf.Before(d.statuses[n-1].AsOf) {
			d.Errorf("%s: a status was told late: %+v", number, s)
		}
	}
}

// checkStatus checks what the object model promises of every status.
func checkStatus(t *testing.T, s fax.Status) {
	t.Helper()
	switch {
	case s.DeviceID == 0 || s.DeviceName == "" || s.Description == "" || s.AsOf.IsZero():
		t.Errorf("no identity: %+v", s)
	case s.Send && s.Receive:
		t.Errorf("sends and receives: %+v", s)
	case (s.Send || s.Receive) == s.StartTime.IsZero():
		t.Errorf("StartTime: %+v", s)
	case !s.Send && (s.Address != "" || s.SenderName != "" || !s.SubmittedTime.IsZero() || s.DocumentName != "" || s.DocumentSize != 0 || s.JobID != 0):
		t.Errorf("does not send: %+v", s)
	case !s.Receive && (s.RoutingString != "" || s.RecipientName != ""):
		t.Errorf("does not receive: %+v", s)
	case s.Send && s.CallerID != "":
		t.Errorf("a caller while sending: %+v", s)
	case !s.Send && !s.Receive && (s.Tsid != "" || s.Csid != "" || s.CurrentPage != 0 || s.PageCount != 0 || s.ElapsedTime != 0):
		t.Errorf("idle: %+v", s)
	case (s.State == fax.Ringing) != (s.Rings > 0):
		t.Errorf("rings: %+v", s)
	case (s.Fault != fax.Unknown) && s.State != fax.Offline:
		t.Errorf("fault: %+v", s)
	}
}

// String is everything a desk has written down.
func (d *desk) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var b strings.Builder
	for _, s := range d.statuses {
		fmt.Fprintf(&b, "%s %s: %s\n", s.AsOf.Format("04:05.000"), s.State, s.Description)
	}
	for _, c := range d.calls {
		fmt.Fprintf(&b, "%+v\n", c)
	}
	for _, p := range d.traces {
		b.Write(p.Bytes())
	}
	return b.String()
}

// option changes a port before it is made.
type option func(*desk, *Config)

// with changes its settings.
func with(f func(*fax.Port)) option { return func(d *desk, _ *Config) { f(&d.settings) } }

// wired is a wiring that is always the same.
func wired(w Wiring) func(fax.Port) (Wiring, error) {
	return func(fax.Port) (Wiring, error) { return w, nil }
}

// port puts a port on a number, and runs it.
func (w *town) port(number string, h exchange.Habits, options ...option) *desk {
	return w.portAt(exchange.Station{Number: number}, h, options...)
}

func (w *town) portAt(s exchange.Station, h exchange.Habits, options ...option) *desk {
	d := &desk{town: w, number: s.Number, modem: w.Modem(s, h), open: map[fax.CallID]bool{}, ended: make(chan struct{})}
	id := fax.DeviceID(len(w.ports) + 1)
	d.settings = fax.NewPort(id, s.Number)
	d.settings.Csid, d.settings.Tsid = fax.NewStationID("C "+s.Number), fax.NewStationID("T "+s.Number)
	cfg := Config{DeviceID: id, Office: d, Open: func(context.Context) (io.ReadWriteCloser, error) {
		p, err := d.modem.Open()
		if err != nil {
			return nil, err
		}
		return p, nil
	}}
	for _, o := range options {
		o(d, &cfg)
	}
	w.ports[s.Number] = d
	d.port = New(cfg)
	ctx, stop := context.WithCancel(w.ctx)
	d.stop = stop
	w.all.Go(func() {
		defer close(d.ended)
		if err := d.port.Run(ctx); err != nil {
			w.Errorf("Run: %v", err)
		}
	})
	return d
}

// until waits until something holds of the status.
func (d *desk) until(what string, f func(fax.Status) bool) fax.Status {
	d.Helper()
	for range 20 * 60 * 100 { // twenty minutes
		if s := d.port.Status(); f(s) {
			synctest.Wait() // what the desk has written may be read now
			return s
		}
		time.Sleep(10 * time.Millisecond)
	}
	d.Fatalf("%s: never %s; it is %+v", d.number, what, d.port.Status())
	return fax.Status{}
}

func (d *desk) reaches(state fax.DeviceStatus) fax.Status {
	d.Helper()
	return d.until(state.String(), func(s fax.Status) bool { return s.State == state })
}

// ready waits until work may be offered.
func (d *desk) ready() *desk {
	d.Helper()
	d.reaches(fax.Available)
	return d
}

// work is a job to a number.
func (w *town) work(job fax.JobID, number string, pages ...*raster.Page) Work {
	w.Helper()
	doc, err := document.NewOutgoing(document.Options{}, document.File{Name: "test", Pages: document.Rasters(pages)})
	if err != nil {
		w.Fatal(err)
	}
	return Work{
		Job: job, Attempt: 1, Number: number, Document: closing{doc, w}, SenderName: "Anna", DocumentName: "Offer",
		SubmittedTime: time.Now().Add(-time.Minute), DocumentSize: 4711,
	}
}

// closing is a document whose goroutine ends by the time the test does.
type closing struct {
	*document.Outgoing
	town *town
}

func (d *desk) offer(w Work) {
	d.Helper()
	if err := d.port.Offer(w); err != nil {
		d.Fatal(err)
	}
	d.taken++
	d.Cleanup(w.Document.(closing).Close)
}

// outcome waits for the next piece of work to come back.
func (d *desk) outcome() (o Outcome) {
	d.Helper()
	for range 60 * 60 {
		found := false
		d.locked(func() {
			if len(d.done) == d.taken {
				o, found = d.done[len(d.done)-1], true
			}
		})
		if synctest.Wait(); found {
			return o
		}
		time.Sleep(time.Second)
	}
	d.Fatalf("%s: the work does not come back", d.number)
	return o
}

// sends offers work and waits for its end.
func (d *desk) sends(w Work) Outcome {
	d.Helper()
	d.ready()
	d.offer(w)
	return d.outcome()
}

// journal waits for the lines of the journal to be so many, and returns the last.
func (d *desk) journal(n int) fax.Call {
	d.Helper()
	for range 60 * 60 {
		var last *fax.Call
		d.locked(func() {
			if len(d.calls) >= n {
				last = &d.calls[n-1]
			}
		})
		if synctest.Wait(); last != nil {
			return *last
		}
		time.Sleep(time.Second)
	}
	d.Fatalf("%s: there is no call %d in the journal", d.number, n)
	return fax.Call{}
}

// shown is every status so far.
func (d *desk) shown() []fax.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.statuses)
}

// states are the states that a port went through.
func (d *desk) states() string {
	var list []string
	for _, s := range d.shown() {
		if name := s.State.String(); len(list) == 0 || list[len(list)-1] != name {
			list = append(list, name)
		}
	}
	return strings.Join(list, ", ")
}

// Pages that many tests send: drawing them takes longer than sending them.
var (
	dense  = sync.OnceValue(func() *raster.Page { return sample.Dense(raster.Fine) })
	letter = sync.OnceValue(func() *raster.Page { return sample.Letter(raster.Fine) })
)

// strip is the beginning of a letter.
func strip(lines int) *raster.Page { return upper(letter(), lines) }

// upper is the upper part of a page.
func upper(p *raster.Page, lines int) *raster.Page {
	q := raster.New(p.Width, lines, p.Resolution)
	copy(q.Bits, p.Bits)
	return q
}

var errFull = errors.New("the disk is full")

var _ t30.Sink = (*inbound)(nil)
