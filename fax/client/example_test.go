package client_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"faxbox/fax"
	"faxbox/fax/client"
	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/server"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
	"faxbox/store"
	"faxbox/web/api"
	"faxbox/web/auth"
)

// box starts a fax server with two lines on a simulated exchange, and answers with the path of its socket. A program that
// uses a real one leaves this out.
func box() (dir, socket string, stop func()) {
	dir, err := os.MkdirTemp("", "faxbox-example-")
	check(err)
	kept, err := store.Open(filepath.Join(dir, "data"), store.Options{})
	check(err)
	x := exchange.New(exchange.Options{})
	var ports []server.PortSource
	for _, number := range []string{"101", "102"} {
		modem := x.Modem(exchange.Station{Number: number}, exchange.Habits{})
		ports = append(ports, server.PortSource{Key: number, Path: number, Name: "Line " + number,
			Open: func(context.Context) (io.ReadWriteCloser, error) { return modem.Open() }})
	}
	fs, err := server.New(server.Config{Store: kept, Ports: ports})
	check(err)
	accounts, err := auth.New(kept, time.Now, auth.Usual())
	check(err)
	socket = filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	check(err)
	web := &http.Server{Handler: api.New(api.Config{Server: fs, Accounts: accounts}).Handler(), ConnContext: auth.LocalContext}
	go web.Serve(&auth.Listener{UnixListener: l})
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error)
	go func() { ran <- fs.Run(ctx) }()
	for begun := time.Now(); time.Since(begun) < 10*time.Second && !available(fs); {
		time.Sleep(10 * time.Millisecond) // the modems of the exchange take as long to open as real ones
	}
	return dir, socket, func() {
		cancel()
		check(<-ran)
		web.Close()
		check(kept.Close())
		x.Close()
		os.RemoveAll(dir)
	}
}

func available(fs *server.Server) bool {
	for _, s := range fs.Statuses() {
		if !s.Idle() {
			return false
		}
	}
	return true
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// The steps of the object model's first program: connect, get the ports, count them, take one, see what it does, look
// again, disconnect.
func Example() {
	_, socket, stop := box()
	defer stop()
	ctx := context.Background()

	fs, err := client.Connect(ctx, socket, client.Options{})
	check(err)
	defer fs.Disconnect()

	ports, err := fs.Ports(ctx)
	check(err)
	fmt.Println(ports.Count(), "ports")

	port, err := ports.Item(1)
	check(err)
	fmt.Println(port.DeviceID, port.Name, port.Rings, "rings")

	status, err := port.Status(ctx)
	check(err)
	fmt.Println(status.State, status.Send, status.Receive)
	check(status.Refresh(ctx))
	fmt.Println(status.Description)

	_, err = ports.Item(3)
	fmt.Printf("%v: 0x%X\n", err, client.Code(err).HRESULT())
	// Output:
	// 2 ports
	// 1 Line 101 2 rings
	// Available false false
	// Ready to send and receive.
	// there is no item 3: items run from 1 to 2: 0x80070057
}

// A setter acts at once. What became of the value is in the object.
func ExamplePort_SetCsid() {
	_, socket, stop := box()
	defer stop()
	ctx := context.Background()
	fs, err := client.Connect(ctx, socket, client.Options{})
	check(err)
	defer fs.Disconnect()

	port, err := fs.Port(ctx, 2)
	check(err)
	check(port.SetCsid(ctx, "Müller & Söhne, Berlin, Germany"))
	fmt.Println(port.Csid)
	check(port.SetPriority(ctx, 1))
	first, err := fs.Port(ctx, 1)
	check(err)
	fmt.Println(port.Priority, first.Priority)

	err = port.SetRings(ctx, 100)
	fmt.Println(err, client.Code(err) == fax.ErrorInvalidParameter, port.Rings)
	// Output:
	// Mller & Shne, Berlin
	// 1 2
	// rings is 100, more than 99 true 2
}

func ExampleServer_CreateDocument() {
	dir, socket, stop := box()
	defer stop()
	ctx := context.Background()
	fs, err := client.Connect(ctx, socket, client.Options{})
	check(err)
	defer fs.Disconnect()
	check(fs.SetPauseServerQueue(ctx, true)) // so that this example ends before a call does

	page := filepath.Join(dir, "page.tif")
	f, err := os.Create(page)
	check(err)
	check(tiff.Write(f, tiff.Style{Coding: t4.MMR}, sample.White(raster.Fine)))
	check(f.Close())

	doc := fs.CreateDocument(page)
	doc.FaxNumber = "102"
	doc.RecipientName = "Bob"
	id, err := doc.Send(ctx)
	check(err)

	job, err := fs.Job(ctx, id)
	check(err)
	fmt.Println(job.FaxNumber, job.RecipientName, job.PageCount, job.QueueStatus)
	check(job.SetStatus(ctx, fax.CommandPause))
	fmt.Println(job.QueueStatus, job.AllowedOperations)
	check(job.SetStatus(ctx, fax.CommandDelete))
	jobs, err := fs.Jobs(ctx)
	check(err)
	fmt.Println(jobs.Count(), "jobs")
	// Output:
	// 102 Bob 1 Pending
	// Paused [view resume cancel]
	// 0 jobs
}
