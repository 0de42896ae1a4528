package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/hal"
	"faxbox/store"
	"faxbox/web"
	"faxbox/web/api"
	"faxbox/web/auth"
	"faxbox/web/cert"
	"faxbox/web/upkeep"
)

// service is a whole box: the store, the fax server on it, and its faces to the network and to the machine it runs on.
type service struct {
	data   string // the folder of everything that is kept
	listen string // address for TCP; empty: none
	socket string // path of the UNIX socket
	tls    string // auto, on or off
	ports  []server.PortSource
	log    *slog.Logger
	bind   func(network, address string) (net.Listener, error) // listens there

	beyond server.Dial // connects to mail servers, printers and web servers; nil: the network

	documents documents
	render    func(documents) (renderer, error) // nil: only faxes are sent

	pins  *pins // nil: there are no GPIO lines
	front front

	machine func() (*upkeep.Machine, error) // finds out whether this is a box with two systems; nil: it is not
	handed  []*os.File                      // sockets of the service manager
	endings chan upkeep.Ending              // why it is to begin anew
	ending  upkeep.Ending                   // why it has; 0: it has not

	testNumber string // what the pages propose to test a line with; empty: nothing

	// ready is called once, when everything listens; beside runs from then on, until its context ends. nil: nothing.
	ready  func(*running)
	beside func(context.Context, *running)
}

// running is a service that runs.
type running struct {
	*service
	server   *server.Server
	accounts *auth.Accounts
	upkeep   *upkeep.Upkeep
	renderer renderer // nil: only faxes are sent
	panel    *frontPanel
	url      string // of its first TCP listener; empty if there is none
	finger   string // print of its own certificate, if it speaks TLS
}

// stopTime is how long requests may take to end when the service stops. Calls on the lines have ended by then.
const stopTime = 5 * time.Second

// once runs the box until the context ends, or until it is to begin anew.
func (s *service) once(ctx context.Context) (err error) {
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		return hinted{err, "Choose a folder with --data that can be made and written to."}
	}
	panel, hold := s.greet(ctx)
	defer panel.close()
	if err := s.eraseIf(hold == hal.FactoryErase || s.ending == upkeep.Erased); err != nil {
		return hinted{err, "Not everything is erased: start once more."}
	}
	kept, err := store.Open(s.data, store.Options{Log: s.log})
	if err != nil {
		return storeError(err)
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	config := server.Config{Store: kept, Ports: s.ports, Log: s.log, Version: "faxbox " + version(), Fonts: s.documents.open(), Host: hostName(), Dial: s.beyond}
	r := &running{service: s, panel: panel}
	if s.pins != nil {
		config.Wire = s.pins.wire
	}
	if s.render != nil {
		if r.renderer, err = s.render(s.documents); err != nil {
			return err
		}
		config.Renderer = r.renderer
	}
	if r.server, err = server.New(config); err != nil {
		return err
	}
	if r.accounts, err = auth.New(kept, time.Now, auth.Usual()); err != nil {
		return err
	}
	if hold == hal.ForgetAdministrator {
		if err := r.accounts.Forget(); err != nil {
			return err
		}
	}
	if err := r.keepCode(); err != nil {
		return err
	}
	temp := filepath.Join(s.data, "temp")
	r.upkeep = r.newUpkeep(upkeep.Config{Store: kept})
	shows := api.Config{Server: r.server, Accounts: r.accounts, Upkeep: r.upkeep, Log: s.log, Version: version(), Temp: temp}
	if s.pins != nil {
		shows.Lines = s.pins.lines
	}
	face := api.New(shows)
	doors, err := s.open()
	if err != nil {
		return err
	}
	for _, d := range doors {
		if d.health != nil {
			r.server.AddHealth(d.health)
			break // they share the certificate
		}
	}
	pages := web.Config{API: face, Server: r.server, Accounts: r.accounts, Upkeep: r.upkeep, Log: s.log, Version: version(), Temp: temp,
		TestNumber: s.testNumber, Fingerprint: fingerprint(doors), Lines: shows.Lines}
	if err := web.Add(pages); err != nil {
		for _, d := range doors {
			d.Close()
		}
		return err
	}
	return s.serve(ctx, r, face, doors)
}

// fingerprint is the print of the box's own certificate; empty if it shows none.
func fingerprint(doors []door) string {
	for _, d := range doors {
		if d.finger != "" {
			return d.finger
		}
	}
	return ""
}

// serve runs the fax server and answers requests. When the context ends it ends the calls first, then the requests: streams
// of events end with the fax server.
func (s *service) serve(ctx context.Context, r *running, face *api.API, doors []door) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	web := &http.Server{
		Handler: face.Handler(), ConnContext: auth.LocalContext, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	plain := &http.Server{Handler: http.HandlerFunc(toHTTPS), ErrorLog: web.ErrorLog, ReadTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	answering := make(chan error, len(doors))
	for _, d := range doors {
		serve := web.Serve
		if d.plain {
			serve = plain.Serve
		}
		go func() { answering <- serve(d.Listener) }()
		if r.url == "" && !d.plain {
			r.url, r.finger = d.url, d.finger
		}
	}
	faxing := make(chan error, 1)
	go func() { faxing <- r.server.Run(ctx) }()
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		watchdog(ctx, r.server.Alive)
	}()
	debug.FreeOSMemory() // of what the start took two thirds are garbage, and a box that idles does not collect it for long
	if s.ready != nil {
		s.ready(r)
	}
	var besides sync.WaitGroup
	if s.beside != nil {
		besides.Go(func() { s.beside(ctx, r) })
	}
	if r.renderer != nil {
		besides.Go(func() { r.warm(ctx) })
	}
	besides.Go(func() { r.panel.watch(ctx, r.server) })
	besides.Go(func() { r.upkeep.Run(ctx) })
	notify(daemon.SdNotifyReady)

	var broke error
	s.ending = 0
	select {
	case <-ctx.Done():
		notify(daemon.SdNotifyStopping)
	case s.ending = <-s.endings:
	case broke = <-answering:
		answering <- nil // counted below
		notify(daemon.SdNotifyStopping)
	}
	stop()
	besides.Wait()
	err := errors.Join(broke, <-faxing, shutDown(web), plain.Close())
	for range doors {
		<-answering // http.ErrServerClosed
	}
	<-watching
	return err
}

// warm makes ready what turns documents into pages, so that the first one need not wait.
func (r *running) warm(ctx context.Context) {
	begun := time.Now()
	if err := r.renderer.Warm(ctx); err != nil && ctx.Err() == nil {
		r.log.Error("documents cannot be made pages", "err", err)
		return
	}
	r.log.Info("documents can be made pages", "after", time.Since(begun).Round(time.Millisecond))
}

// shutDown lets requests end, and cuts those that do not in time.
func shutDown(web *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	err := web.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return web.Close()
	}
	return err
}

func storeError(err error) error {
	hint := ""
	switch {
	case errors.Is(err, store.ErrInUse):
		hint = "A faxbox runs on this folder already: stop it first, or choose another folder with --data."
	case errors.Is(err, store.ErrNewer):
		hint = "Run the later version again, or restore a backup of this one into another folder."
	}
	return hinted{err, hint}
}

// door is a listener, and what is told of it.
type door struct {
	net.Listener
	url    string               // for TCP
	finger string               // of a certificate
	health func() []fax.Finding // of the same; nil: there is none
	plain  bool                 // it only leads to the one that speaks TLS
}

// open opens the doors: those that the service manager hands over, or else our own. Without --listen and --socket of one
// kind there is none of that kind.
func (s *service) open() (doors []door, err error) {
	defer func() {
		if err != nil {
			for _, d := range doors {
				d.Close()
			}
		}
	}()
	haveTCP, haveUnix := false, false
	for _, l := range s.inherited() {
		d, err := s.door(l)
		if err != nil {
			return doors, err
		}
		doors = append(doors, d)
		_, unix := l.(*net.UnixListener)
		haveUnix, haveTCP = haveUnix || unix, haveTCP || !unix
	}
	for _, own := range []struct {
		have             bool
		network, address string
	}{{haveUnix, "unix", s.socket}, {haveTCP, "tcp", s.listen}} {
		if own.have || own.address == "" {
			continue
		}
		l, err := s.bind(own.network, own.address)
		if err != nil {
			return doors, err
		}
		d, err := s.door(l)
		if err != nil {
			l.Close()
			return doors, err
		}
		doors = append(doors, d)
	}
	return doors, nil
}

// door puts TLS before a TCP listener that others than this machine can reach, and looks at who comes to a UNIX socket.
func (s *service) door(l net.Listener) (door, error) {
	if u, ok := l.(*net.UnixListener); ok {
		return door{Listener: &auth.Listener{UnixListener: u, Log: s.log}}, nil
	}
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok { // nobody outside this program
		return door{Listener: l}, nil
	}
	if s.tls == "off" || s.tls == "auto" && addr.IP.IsLoopback() {
		return door{Listener: l, url: "http://" + l.Addr().String()}, nil
	}
	if addr.Port == portHTTP { // where browsers come first; systemd hands over both ports
		return door{Listener: l, plain: true}, nil
	}
	dir := filepath.Join(s.data, "tls")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return door{}, err
	}
	source, err := cert.Open(dir, cert.Names, time.Now)
	if err != nil {
		return door{}, hinted{err, "tls.crt and tls.key must belong together. Remove both, and the box makes its own."}
	}
	finger, err := source.Fingerprint()
	if err != nil {
		return door{}, err
	}
	url := "https://" + strings.Replace(l.Addr().String(), "[::]", hostName(), 1)
	return door{Listener: source.Listener(l), url: url, finger: finger, health: source.Health}, nil
}

// portHTTP is the port of HTTP without TLS.
const portHTTP = 80

// toHTTPS leads a browser from http://fax.local to the same page over TLS.
func toHTTPS(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if name, port, err := net.SplitHostPort(host); err == nil {
		host = strings.TrimSuffix(net.JoinHostPort(name, port), ":"+port) // an address of IPv6 keeps its brackets
	}
	u := *r.URL
	u.Scheme, u.Host = "https", host
	http.Redirect(w, r, u.String(), http.StatusPermanentRedirect)
}

// listen opens a door of our own.
func listen(network, address string) (net.Listener, error) {
	if network == "unix" {
		return listenUnix(address)
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, hinted{err, "Choose another address with --listen, such as 127.0.0.1:0."}
	}
	return l, nil
}

func hostName() string {
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "localhost"
}

// listenUnix opens the socket for its owner and group. One that a dead process left is taken away; one that somebody answers
// on is not.
func listenUnix(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, hinted{err, "Choose another path with --socket."}
	}
	if c, err := net.Dial("unix", path); err == nil {
		c.Close()
		return nil, hinted{fmt.Errorf("%s: another faxbox answers on this socket", path), "Stop it first, or choose another path with --socket."}
	} else if errors.Is(err, syscall.ECONNREFUSED) {
		os.Remove(path) // or Listen tells
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		hint := "Choose another path with --socket."
		if len(path) > 100 {
			hint = "The path is too long for a socket: choose a shorter one with --socket."
		}
		return nil, hinted{err, hint}
	}
	if err := os.Chmod(path, 0o660); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}
