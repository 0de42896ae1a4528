package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"sync"
	"time"

	"faxbox/fax/exchange"
)

// echo is a fax machine that sends whatever it receives back to the caller, until the context ends. It answers calls also
// while it owes some: it sends when nobody calls.
type echo struct {
	modem *exchange.Modem
	dir   string // for what it received, until it is sent back
}

// How often the machine calls a number back that is busy, and how long it waits before each call.
const (
	echoTries = 10
	echoPause = 5 * time.Second
)

// owed is a fax to be sent back.
type owed struct {
	number, file string
	tries        int
	due          time.Time
}

func (e echo) run(ctx context.Context) {
	var debts []owed // the next one first
	for ctx.Err() == nil {
		var due time.Time
		if len(debts) > 0 {
			due = debts[0].due
		}
		number, file := e.receive(ctx, due)
		if file != "" {
			debts = append(debts, owed{number: number, file: file, due: time.Now().Add(echoPause)})
			continue
		}
		if len(debts) > 0 && !time.Now().Before(due) {
			debts = e.sendBack(ctx, debts)
			continue
		}
		wait(ctx, time.Second) // a call without a page, or a modem that is gone
	}
	for _, d := range debts {
		os.Remove(d.file) // or it stays: a folder for temporary files
	}
}

// receive takes one call, and tells who called and the file of what came. It waits for calls up to a moment, the zero one
// being never.
func (e echo) receive(ctx context.Context, until time.Time) (number, file string) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var heard hearing
	if !until.IsZero() {
		go func() {
			for wait(ctx, max(time.Until(until), time.Second)); ctx.Err() == nil; wait(ctx, time.Second) {
				if !heard.busy() {
					stop()
				}
			}
		}()
	}
	args := []string{"modem", "receive", simulatedEcho, "--once", "--json", "--rings", "2", "--dir", e.dir, "--csid", stationID(simulatedEcho)}
	con := distantConsole(e.modem, &heard)
	con.open = func(string) (io.ReadWriteCloser, error) {
		port, err := e.modem.Open()
		if err != nil {
			return nil, err
		}
		return &watchedPort{port, &heard}, nil
	}
	run(ctx, args, con)
	return echoed(&heard.told)
}

// hearing is what the receiving command tells, and when the bell rang last.
type hearing struct {
	mu   sync.Mutex
	told bytes.Buffer
	rang time.Time
}

// watchedPort is a port on which rings are noticed.
type watchedPort struct {
	io.ReadWriteCloser
	heard *hearing
}

func (p *watchedPort) Read(b []byte) (int, error) {
	n, err := p.ReadWriteCloser.Read(b)
	if bytes.Contains(b[:n], []byte("RING")) {
		p.heard.mu.Lock()
		p.heard.rang = time.Now()
		p.heard.mu.Unlock()
	}
	return n, err
}

func (h *hearing) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.told.Write(p)
}

// betweenRings is the longest silence within a call that rings.
const betweenRings = 7 * time.Second

// busy reports whether a call rings, or was answered.
func (h *hearing) busy() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Since(h.rang) < betweenRings || bytes.Contains(h.told.Bytes(), []byte(`"answering"`))
}

// echoed is who called, and the file of what came, as the receiving command told it.
func echoed(out io.Reader) (number, file string) {
	for dec := json.NewDecoder(out); ; {
		var line told
		if dec.Decode(&line) != nil {
			return number, file
		}
		if line.Event == "answering" {
			number = line.Number
		}
		if line.File != "" {
			file = line.File
		}
	}
}

// sendBack tries the first debt, and yields what is owed then.
func (e echo) sendBack(ctx context.Context, debts []owed) []owed {
	d := debts[0]
	d.tries++
	args := []string{"modem", "send", simulatedEcho, d.number, d.file, "--tsid", stationID(simulatedEcho)}
	if d.number == "" || run(ctx, args, distantConsole(e.modem, io.Discard)) == exitDone || d.tries == echoTries {
		os.Remove(d.file) // or it stays: a folder for temporary files
		return debts[1:]
	}
	d.due = time.Now().Add(echoPause)
	return append(debts[1:], d)
}

// wait sleeps, unless the context ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
