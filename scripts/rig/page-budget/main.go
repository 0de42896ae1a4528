// Page-budget measures the web page of a box that has many faxes, and holds it against a budget: what a first load weighs,
// how long the server takes, how soon a change is on the screen, and whether anything jumps while a page loads or changes.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"time"

	"faxbox/fax"
	"faxbox/fax/wire"
	"faxbox/scripts/rig"
	"faxbox/scripts/rig/browser"
)

// The budget.
const (
	maxWeight = 150_000                // octets of a first load, compressed
	maxServer = 200 * time.Millisecond // for a page
	maxScreen = 200 * time.Millisecond // from a change to the screen
	maxShift  = 0.001                  // cumulative layout shift: what rounding leaves of none
)

func main() {
	log.SetFlags(0)
	messages := flag.Int("messages", 10_000, "faxes in the archive")
	times := flag.Int("times", 21, "how often each time is taken")
	path := flag.String("faxbox", "", "the program to measure (default: it is built)")
	flag.Parse()
	if *messages < 1 || *times < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := os.MkdirTemp(memory(), "faxbox-budget-")
	if err != nil {
		log.Fatal(err)
	}
	m := measure{messages: *messages, times: *times}
	err = m.run(ctx, dir, *path)
	if err2 := os.RemoveAll(dir); err == nil {
		err = err2
	}
	if err != nil {
		log.Fatal(err)
	}
	if !m.print(os.Stdout) {
		os.Exit(1)
	}
}

// memory is a folder in memory, where ten thousand faxes are soon made; empty, the usual one, if there is none. The server
// keeps its list of faxes in memory anyway.
func memory() string {
	const shm = "/dev/shm"
	if i, err := os.Stat(shm); err == nil && i.IsDir() {
		return shm
	}
	return ""
}

// pages are what an office opens.
var pages = []string{"/login", "/", "/inbox", "/sent", "/messages/1", "/send", "/jobs", "/calls", "/bin", "/contacts",
	"/settings", "/settings/server", "/settings/lines/1", "/settings/mail", "/settings/health"}

const (
	name     = "boss"
	password = "boss-at-the-office"
)

var listens = regexp.MustCompile(`listens on (http://[^ ]+)`)

// run makes the archive, runs the box, and measures.
func (m *measure) run(ctx context.Context, dir, path string) error {
	faxbox := rig.Installed(path)
	if path == "" {
		var err error
		if faxbox, err = rig.BuildFaxbox(dir); err != nil {
			return err
		}
	}
	if err := fill(dir, m.messages); err != nil {
		return err
	}
	box, err := faxbox.Serve(dir, "demo", "--listen", "127.0.0.1:0")
	if err != nil {
		return err
	}
	err = m.measure(ctx, box)
	if err2 := box.Close(); err == nil {
		err = err2
	}
	return err
}

func (m *measure) measure(ctx context.Context, box *rig.Box) error {
	found := listens.FindStringSubmatch(box.Said())
	if found == nil {
		return fmt.Errorf("where does it listen?\n%s", box.Said())
	}
	account := wire.NewUser{Name: name, Role: fax.Administrator, Password: password}
	if err := box.Do(ctx, http.MethodPost, "/users", account, nil); err != nil {
		return err
	}
	client, err := signIn(ctx, found[1])
	if err != nil {
		return err
	}
	m.results = make([]result, len(pages))
	for i, page := range pages {
		m.results[i].page = page
		if err := m.load(ctx, client, found[1], &m.results[i]); err != nil {
			return fmt.Errorf("%s: %w", page, err)
		}
	}
	b, err := browser.Open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	return m.look(ctx, box, b, found[1])
}
