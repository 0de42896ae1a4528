// Package server is the FaxServer: it owns the ports, carries out what fax/queue decides, keeps jobs, messages and the
// journal in the store, runs routing methods, and tells everybody who listens what happens.
//
// It knows nothing of HTTP: web/api shows it to the network. Whoever asks for a change says who it is; the server checks
// the right, writes the change to the journal, and tells of it in an event.
//
// # Who does what
//
// Run's goroutines are: one for each port that has a modem (fax/port, which calls back into line), one that decides what is
// sent where (loop.go), one that has routing methods run (router.go), one that keeps delivery reports (report.go), one for what
// is to be done from time to time (tend.go), and for a moment one for each job whose document is being opened.
//
// Whatever changes is changed by one goroutine at a time, the one that holds Server.change: it stores the change, then shows
// it in memory, then tells of it. Who only reads waits for no disk: it holds Server.mu, as the changer does for the moment
// in which it writes to memory.
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/render"
	"faxbox/fax/document/typeset"
	"faxbox/fax/port"
	"faxbox/fax/queue"
	"faxbox/fax/route"
	"faxbox/store"
)

// Config is what a server is made of. Store must be there; it is the caller's to close, after Run has returned.
type Config struct {
	Store   *store.Store
	Ports   []PortSource   // more come and go with AddPort and RemovePort
	Methods []route.Method // what can be done with received faxes; nil: all that there are
	Log     *slog.Logger   // nil: nothing is logged
	Version string         // of the program, named in files

	Host string // the box's name in the network; empty: localhost
	Dial Dial   // connects to mail servers, printers and web servers; nil: the network

	// Renderer makes pages of what is no fax yet, and cover pages; nil: only TIFF files of fax are taken. If it has a method
	// Health() render.Health, that is among the findings.
	Renderer render.Renderer
	// Fonts are what header lines and reports are written in; nil: there are none.
	Fonts *typeset.Fonts

	// Wire opens the pins of a port: see port.Config. What cannot be had is a fax.Invalid that names the port's fields. nil:
	// there are no GPIO lines.
	Wire func(fax.Port) (port.Wiring, error)
}

// PortSource is a modem that a port can be opened on.
type PortSource struct {
	Key  string // what the modem is known by for ever: its USB topology, or its path
	Path string // where it is now
	Name string // for a port seen for the first time; empty: "Line 1" and so on

	// Open opens the serial port; it is called again whenever the modem has to be opened anew.
	Open func(context.Context) (io.ReadWriteCloser, error)
	USB  string // vendor and product, "0572:1329", if it is a USB modem
}

// Who asks for a change. It goes into the journal with the change.
type Who struct {
	fax.Caller
	Remote string // the address it comes from; empty: the UNIX socket
}

// Errors that callers act on. Every error of a value at fault is a fax.Invalid, a missing right is fax.ErrDenied, and a disk
// that is full or read-only is store.ErrFull or store.ErrReadOnly.
var (
	ErrNotFound  = errors.New("there is no such thing")              // port, job, message, call, routing method
	ErrForbidden = errors.New("the job's state does not allow this") // fax.ErrorInvalidOperation
	ErrResync    = errors.New("events were missed: look anew")       // the events asked for are no longer there
	ErrStopped   = errors.New("the server has stopped")              // come again later
)

// Server is the fax server.
type Server struct {
	store   *store.Store
	methods []route.Method
	log     *slog.Logger
	version string
	host    string
	dial    Dial

	renderer render.Renderer
	fonts    *typeset.Fonts
	wire     func(fax.Port) (port.Wiring, error)
	previews previews
	book     addressBook

	hub     *hub
	metrics counters
	beats   beats

	draining atomic.Bool // no call is to be begun

	plug    sync.Mutex   // held while a modem comes or goes
	strange []PortSource // modems of the configuration that the store could not take yet; tend's after New

	submit sync.Mutex // held while a draft becomes jobs, which takes long for many recipients
	change sync.Mutex // held while anything below is changed, store included; never while a port is waited for

	mu       sync.RWMutex // held for a moment, never while anything is waited for
	settings fax.Server
	lines    []*line // by device id
	jobs     map[fax.JobID]fax.Job
	left     map[fax.JobID]fax.Job       // jobs that have left the queue, for a day
	incoming map[fax.JobID]fax.Job       // being received or routed; not stored
	waits    map[fax.JobID]queue.Waiting // why jobs wait, as was last decided
	routing  []fax.RoutingMethod         // of all ports, those that were ever changed
	unstored map[fax.JobID]bool          // jobs that the store could not take yet
	unsealed map[*reception]struct{}     // received faxes likewise
	mail     mailSettings
	due      map[fax.MessageID][]errand  // what is to be done for messages
	routed   map[fax.MessageID]run       // what is being done
	lanes    map[string]int              // how many of them by method
	troubles map[fax.MessageID][]trouble // what went wrong
	hints    map[fax.DeviceID]string     // routing hints of the faxes last routed
	findings map[string]fax.Finding      // as last told in events
	checks   []func() []fax.Finding      // of others: see AddHealth
	running  context.Context             // of Run; nil before and after

	acknowledged map[string]time.Time // troubles up to then, by method

	wake    chan struct{}  // the queue is to be looked at
	rouse   chan struct{}  // routing is
	confirm chan struct{}  // jobs that are over are
	work    sync.WaitGroup // goroutines that Run waits for
}

// New makes a server on what the store holds. It adopts the ports of the configuration: a modem seen for the first time
// gets a device id of its own, as soon as the disk takes it. Nothing is opened or dialled before Run.
func New(c Config) (*Server, error) {
	s := &Server{
		store: c.Store, methods: c.Methods, log: c.Log, version: cmp.Or(c.Version, "faxbox"),
		host: cmp.Or(c.Host, "localhost"), dial: c.Dial,
		renderer: c.Renderer, fonts: c.Fonts, wire: c.Wire,
		jobs: map[fax.JobID]fax.Job{}, left: map[fax.JobID]fax.Job{}, incoming: map[fax.JobID]fax.Job{}, waits: map[fax.JobID]queue.Waiting{},
		unstored: map[fax.JobID]bool{}, unsealed: map[*reception]struct{}{}, findings: map[string]fax.Finding{},
		hints: map[fax.DeviceID]string{},
		due:   map[fax.MessageID][]errand{}, routed: map[fax.MessageID]run{}, lanes: map[string]int{}, troubles: map[fax.MessageID][]trouble{},
		wake: make(chan struct{}, 1), rouse: make(chan struct{}, 1), confirm: make(chan struct{}, 1),
	}
	s.beats.start = time.Now()
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.methods == nil {
		s.methods = s.usualMethods()
	}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s.strange = c.Ports
	s.addStrange()
	return s, nil
}

// load reads what is kept in memory.
func (s *Server) load() error {
	var err error
	if s.settings, err = s.store.Server(); err != nil {
		return err
	}
	ports, err := s.store.Ports()
	if err != nil {
		return err
	}
	for _, p := range ports {
		s.lines = append(s.lines, newLine(s, p))
	}
	if s.routing, err = s.store.RoutingMethods(0); err != nil {
		return err
	}
	if err := errors.Join(s.loadMail(), s.loadAcknowledged()); err != nil {
		return err
	}
	first, err := s.store.ReserveEvents(eventStride)
	if err != nil { // a disk that cannot be written to
		s.log.Warn("event numbers begin anew", "err", err)
		first = 1
	}
	s.hub = newHub(first, first+eventStride)
	if err := s.loadJobs(); err != nil {
		return err
	}
	return s.closeCalls()
}

// loadJobs reads the jobs. What was on a line when the box stopped waits again, with the pages that were confirmed; if all
// were, it is finished.
func (s *Server) loadJobs() error {
	jobs, err := s.store.Jobs()
	if err != nil {
		return err
	}
	now := time.Now()
	for _, j := range jobs {
		if complete := j.PageCount > 0 && j.ConfirmedPages >= j.PageCount; complete && !j.State.Final() {
			j.State = fax.InProgress // the call was over but for its last word
		}
		next := queue.Recover(j, s.settings, now)
		if next.State == j.State {
			s.setJob(j)
			continue
		}
		s.log.Info("job taken up again", "job", j.JobID, "state", next.State, "confirmed", next.ConfirmedPages)
		if next.State == fax.Finished {
			next = s.archive(next, fax.Call{})
		}
		s.keepJob(next)
	}
	return nil
}

// closeCalls ends the journal's lines of calls that the last stop broke off.
func (s *Server) closeCalls() error {
	return every(s.store.Calls, store.CallFilter{Open: true}, func(c fax.Call) error {
		c.Result = fax.ResultOf(fax.LineDropped)
		c.Result.Detail = "the box stopped during the call"
		if _, err := s.store.PutCall(c); err != nil {
			s.log.Warn("a call that was broken off stays open in the journal", "call", c.ID, "err", err)
		}
		return nil
	})
}

// every does something with each thing that a filter chooses, until it fails.
func every[T, F any](read func(F, store.Cursor, int) (store.Page[T], error), filter F, do func(T) error) error {
	var from store.Cursor
	for {
		page, err := read(filter, from, store.MaxPage)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := do(item); err != nil {
				return err
			}
		}
		if from = page.Next; from == "" {
			return nil
		}
	}
}

// Run runs the server until the context ends, then ends the calls on the lines (DCN, on hook) and returns when nothing goes
// on any more. It may be called once.
func (s *Server) Run(ctx context.Context) error {
	s.begin(ctx)
	s.work.Go(func() { s.decideAsNeeded(ctx) })
	s.work.Go(func() { s.routeAsNeeded(ctx) })
	s.work.Go(func() { s.confirmAsNeeded(ctx) })
	s.work.Go(func() { s.tendOften(ctx) })
	s.publish(fax.Event{Kind: fax.StartedEvent, Legacy: fax.LegacyServiceStarted})
	<-ctx.Done()
	s.publish(fax.Event{Kind: fax.StoppingEvent, Legacy: fax.LegacyServiceEnded})
	s.end()
	s.sealRest()
	s.storeRest()
	s.endPreviews()
	s.hub.end()
	return nil
}

// end waits until nothing goes on any more.
func (s *Server) end() {
	s.plug.Lock() // so that no port is started from now on
	s.mu.Lock()
	s.running = nil
	s.mu.Unlock()
	s.plug.Unlock()
	s.work.Wait()
}

// begin starts the ports that have a modem.
func (s *Server) begin(ctx context.Context) {
	s.plug.Lock()
	defer s.plug.Unlock()
	s.mu.Lock()
	s.running = ctx
	lines := slices.Clone(s.lines)
	s.mu.Unlock()
	s.beats.beat(&s.beats.queue)
	s.beats.beat(&s.beats.tend)
	for _, l := range lines {
		l.start(ctx)
	}
}

// AddPort brings a modem into service, also while the server runs: on the port that it is known by, or on a new one.
func (s *Server) AddPort(source PortSource) (fax.DeviceID, error) {
	s.plug.Lock()
	defer s.plug.Unlock()
	l, err := s.adopt(source)
	if err != nil {
		return 0, fmt.Errorf("the modem on %s: %w", source.Path, err)
	}
	l.stop() // a modem that came back before anybody saw it go
	s.mu.Lock()
	l.settings.Path, l.source = source.Path, &source
	running := s.running
	s.mu.Unlock()
	if running != nil {
		l.start(running)
	}
	s.publishPort(l)
	return l.id, nil
}

// addStrange brings the modems of the configuration into service. One that the store cannot take is tried again later.
func (s *Server) addStrange() {
	s.strange = slices.DeleteFunc(slices.Clone(s.strange), func(p PortSource) bool {
		_, err := s.AddPort(p)
		if err != nil {
			s.metrics.storeFailed()
			s.log.Error("a modem is not in service yet", "path", p.Path, "err", err)
		}
		return err == nil
	})
}

// adopt is the port that a modem is known by. Only one that was never seen needs the store.
func (s *Server) adopt(source PortSource) (*line, error) {
	s.change.Lock()
	defer s.change.Unlock()
	for _, l := range s.allLines() {
		if l.Settings().Key == source.Key {
			return l, nil
		}
	}
	p, err := s.store.AdoptPort(source.Key, source.Path, source.Name)
	if err != nil {
		return nil, err
	}
	return s.addLine(p), nil
}

// addLine adds a port seen for the first time; it ranks last.
func (s *Server) addLine(p fax.Port) *line {
	l := newLine(s, p)
	s.mu.Lock()
	s.lines = append(s.lines, l)
	slices.SortFunc(s.lines, func(a, b *line) int { return cmp.Compare(a.id, b.id) })
	s.mu.Unlock()
	return l
}

// RemovePort takes the modem of a port out of service, because it was unplugged. A call on it ends. The port stays, offline.
func (s *Server) RemovePort(id fax.DeviceID) error {
	s.plug.Lock()
	defer s.plug.Unlock()
	l := s.line(id)
	if l == nil {
		return ErrNotFound
	}
	l.stop()
	s.mu.Lock()
	l.settings.Path, l.source = "", nil
	s.mu.Unlock()
	s.publishPort(l)
	s.look()
	return nil
}

// line is the port with this id, nil if there is none.
func (s *Server) line(id fax.DeviceID) *line {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i, found := slices.BinarySearchFunc(s.lines, id, func(l *line, id fax.DeviceID) int { return cmp.Compare(l.id, id) })
	if !found {
		return nil
	}
	return s.lines[i]
}

func (s *Server) allLines() []*line {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.lines)
}

// look has the queue looked at soon.
func (s *Server) look() { signal(s.wake) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is going to be anyway
	}
}

// again does something at once, whenever it is signalled, and as soon as it asked for, until the context ends.
func again(ctx context.Context, wake <-chan struct{}, do func(now time.Time) (wait time.Duration)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-timer.C:
		}
		timer.Reset(do(time.Now()))
	}
}

func (s *Server) publish(e fax.Event) {
	s.hub.publish(e)
	s.metrics.event()
}

// beats are when goroutines went round last, as time since start: a box whose clock is set for the first time is not stuck.
type beats struct {
	start       time.Time
	queue, tend atomic.Int64
}

// beat notes that a goroutine went round.
func (b *beats) beat(which *atomic.Int64) { which.Store(int64(time.Since(b.start))) }

// last is when it did.
func (b *beats) last(which *atomic.Int64) time.Time { return b.start.Add(time.Duration(which.Load())) }
