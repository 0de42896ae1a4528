// Package boxtest is a box for tests of what stands before it: a real server with a real store and real accounts, its lines
// on the simulated exchange, in virtual time.
package boxtest

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/server"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
	"faxbox/store"
	"faxbox/web/auth"
)

// Box is a box with lines 101 and 102; 103 is busy.
type Box struct {
	*testing.T
	Server   *server.Server
	Accounts *auth.Accounts
	Store    *store.Store
	Dir      string // the test's own
	Data     string // within it, the store's
}

// Run runs a test in a bubble, with a box that nobody has set up: on a Monday morning, its lines in service, before a network
// in which nothing answers. Config may name what a server has besides its store and its lines. What is made before the
// server runs, dress makes; the context it is given lasts as long as the server runs.
func Run(t *testing.T, config server.Config, dress func(context.Context, *Box), test func(*Box)) {
	t.Helper()
	dir := t.TempDir() // outside: its name comes from outside
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))) // a bubble begins before any box was made
		b := &Box{T: t, Dir: dir, Data: filepath.Join(dir, "data")}
		b.run(config, dress, test)
	})
}

func (b *Box) run(config server.Config, dress func(context.Context, *Box), test func(*Box)) {
	x := exchange.New(exchange.Options{})
	defer x.Close()
	x.Behave(exchange.Station{Number: "103"}, exchange.Behaviour{Does: exchange.Busy})
	var err error
	b.Store, err = store.Open(b.Data, store.Options{})
	b.Must(err)
	defer b.Store.Close()
	for _, number := range []string{"101", "102"} {
		modem := x.Modem(exchange.Station{Number: number}, exchange.Habits{})
		config.Ports = append(config.Ports, server.PortSource{Key: number, Path: "/dev/" + number, Name: "Line " + number,
			Open: func(context.Context) (io.ReadWriteCloser, error) { return modem.Open() }})
	}
	config.Store, config.Dial = b.Store, nowhere
	b.Server, err = server.New(config)
	b.Must(err)
	b.Accounts, err = auth.New(b.Store, time.Now, auth.Cost{Memory: 8, Time: 1, Threads: 1})
	b.Must(err)
	ctx, stop := context.WithCancel(context.Background())
	dress(ctx, b)
	ended := make(chan error, 1)
	go func() { ended <- b.Server.Run(ctx) }()
	defer func() { stop(); b.Must(<-ended) }()
	time.Sleep(10 * time.Second) // ports open their modems
	test(b)
}

func nowhere(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED }

// Must ends the test if there is an error.
func (b *Box) Must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// Page is a TIFF file with a page that is quickly sent.
func (b *Box) Page() []byte {
	b.Helper()
	page, err := blank()
	b.Must(err)
	return page
}

// blank draws the page once: it takes as long as many tests.
var blank = sync.OnceValues(func() ([]byte, error) {
	f, err := os.CreateTemp("", "faxbox-page-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := tiff.Write(f, tiff.Style{Coding: t4.MMR}, sample.White(raster.Standard)); err != nil {
		return nil, err
	}
	return os.ReadFile(f.Name())
})

// Form makes an upload: fields are name, value, name, value; a name that begins with @ is a file's, with its name behind it.
func (b *Box) Form(path string, fields ...string) *http.Request {
	b.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if name, isFile := strings.CutPrefix(fields[i], "@"); isFile {
			part, err := w.CreateFormFile("file", name)
			b.Must(err)
			io.WriteString(part, fields[i+1]) // into memory
		} else {
			b.Must(w.WriteField(fields[i], fields[i+1]))
		}
	}
	b.Must(w.Close())
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return r
}
