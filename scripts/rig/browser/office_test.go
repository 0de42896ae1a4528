package browser

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/wire"
	"faxbox/scripts/rig"
)

var program = flag.String("faxbox", "", "the program to walk through (default: it is built)")

// office is a faxbox on its simulated exchange, and a browser.
type office struct {
	*testing.T
	faxbox  *rig.Faxbox
	box     *rig.Box
	browser *Browser
	dir     string // of the box
	shots   string // for pictures
	root    string // of addresses
}

// The people of the office, named as their roles. Their password is their name and this.
const morePassword = "-at-the-office"

// open starts the box and the browser. The test is skipped where there is no Chromium, but fails there when CI=true.
func open(t *testing.T) *office {
	t.Helper()
	if testing.Short() {
		t.Skip("a walk in a browser takes minutes")
	}
	if Find() == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no walk in a browser without chromium")
		}
		t.Skip("no walk in a browser without chromium")
	}
	o := &office{T: t, dir: t.TempDir(), shots: os.Getenv("FAXBOX_SHOTS")}
	if o.shots == "" {
		o.shots = t.TempDir()
	}
	o.must(os.MkdirAll(o.shots, 0o777))
	var err error
	if o.faxbox = rig.Installed(*program); *program == "" {
		o.faxbox, err = rig.BuildFaxbox(t.TempDir())
		o.must(err)
	}
	o.serve("127.0.0.1:0")
	o.browser, err = Open(context.Background())
	o.must(err)
	t.Cleanup(o.close)
	version, err := o.browser.Version()
	o.must(err)
	t.Logf("%s; pictures in %s", version, o.shots)
	return o
}

func (o *office) close() {
	o.browser.Close()
	if err := o.box.Close(); err != nil {
		o.Errorf("the server ended badly: %v", err)
	}
	if o.Failed() {
		o.Logf("the server said\n%s", o.box.Said())
	}
}

var listens = regexp.MustCompile(`listens on (http://([^ ]+))`)

// serve runs the box at an address.
func (o *office) serve(address string) {
	o.Helper()
	var err error
	o.box, err = o.faxbox.Serve(o.dir, "demo", "--listen", address)
	o.must(err)
	found := listens.FindStringSubmatch(o.box.Said())
	if found == nil {
		o.Fatalf("where does it listen?\n%s", o.box.Said())
	}
	o.root = found[1]
}

// restart ends the box and starts it again at the same address.
func (o *office) restart() {
	o.Helper()
	o.must(o.box.Close())
	o.serve(strings.TrimPrefix(o.root, "http://"))
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// at is the same office for a part of the walk.
func (o *office) at(t *testing.T) *office {
	part := *o
	part.T = t
	return &part
}

// jobs are the jobs as the API tells them.
func (o *office) job(id fax.JobID) fax.Job {
	o.Helper()
	var j fax.Job
	o.must(o.box.Do(context.Background(), http.MethodGet, fmt.Sprintf("/jobs/%d", id), nil, &j))
	return j
}

// messages are all faxes received, the newest first.
func (o *office) received() []fax.Message {
	o.Helper()
	var l wire.List[fax.Message]
	o.must(o.box.Do(context.Background(), http.MethodGet, "/messages?direction=in", nil, &l))
	return l.Items
}

// person is somebody at a window. What goes wrong for them fails the test; so does what their browser complains of.
type person struct {
	*Page
	o *office
}

var (
	desk   = Look{Width: 1440, Height: 900}
	tablet = Look{Width: 768, Height: 1024}
	phone  = Look{Width: 360, Height: 740}
)

// person opens a window.
func (o *office) person(l Look) *person {
	o.Helper()
	p, err := o.browser.Page(o.root, l)
	o.must(err)
	who := &person{p, o}
	o.Cleanup(func() { who.quiet(); p.Close() })
	return who
}

// quiet checks that the browser has nothing to complain of, but for what is expected.
func (p *person) quiet(expected ...string) {
	p.o.Helper()
	for _, c := range p.Complaints() {
		known := false
		for _, e := range expected {
			known = known || strings.Contains(c, e)
		}
		if !known {
			p.o.Errorf("the browser complains: %s", c)
		}
	}
}

func (p *person) visit(path string)           { p.o.Helper(); p.o.must(p.Go(path)) }
func (p *person) click(selector string)       { p.o.Helper(); p.o.must(p.Click(selector)) }
func (p *person) follow(selector string)      { p.o.Helper(); p.o.must(p.Follow(selector)) }
func (p *person) enter(selector, text string) { p.o.Helper(); p.o.must(p.Type(selector, text)) }
func (p *person) choose(selector, v string)   { p.o.Helper(); p.o.must(p.Choose(selector, v)) }
func (p *person) upload(selector string, files ...string) {
	p.o.Helper()
	p.o.must(p.Upload(selector, files...))
}

// until waits for a condition, as long as anything on the page itself takes.
func (p *person) until(condition string) { p.o.Helper(); p.o.must(p.Until(patience, condition)) }

// wait waits for something that takes a call, or several.
func (p *person) wait(d time.Duration, condition string) {
	p.o.Helper()
	p.o.must(p.Until(d, condition))
}

// ask is what an expression comes to.
func ask[T any](p *person, expression string) T {
	p.o.Helper()
	v, err := Eval[T](p.Page, expression)
	p.o.must(err)
	return v
}

// shows waits until the page shows a text.
func (p *person) shows(text string) {
	p.o.Helper()
	p.until(fmt.Sprintf("document.body?.innerText.includes(%q)", text))
}

// address is the path of the page.
func (p *person) address() string { p.o.Helper(); return ask[string](p, "location.pathname") }

// picture keeps a picture of the whole page.
func (p *person) picture(name string) {
	p.o.Helper()
	data, err := p.Picture()
	p.o.must(err)
	p.o.must(os.WriteFile(filepath.Join(p.o.shots, name+".png"), data, 0o666))
}

// signIn signs in by the page, as whoever is meant by a role.
func (p *person) signIn(role fax.Role) {
	p.o.Helper()
	p.visit("/login")
	p.enter("[name=name]", string(role))
	p.enter("[name=password]", string(role)+morePassword)
	p.follow("form[action='/login'] button")
	if at := p.address(); at != "/" {
		p.o.Fatalf("signing in as %s leads to %s", role, at)
	}
}

// letter makes a text of some pages.
func (o *office) letter(name string, pages int) string {
	o.Helper()
	var text strings.Builder
	for n := range pages {
		if n > 0 {
			text.WriteByte('\f')
		}
		for line := range 40 {
			fmt.Fprintf(&text, "Page %d, line %d: the quick brown fox jumps over the lazy dog.\n", n+1, line+1)
		}
	}
	path := filepath.Join(o.TempDir(), name)
	o.must(os.WriteFile(path, []byte(text.String()), 0o666))
	return path
}
