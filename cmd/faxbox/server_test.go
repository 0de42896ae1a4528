package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/render/rendertest"
	"faxbox/fax/mail/mailtest"
	"faxbox/fax/raster"
	"faxbox/fax/wire"
	"faxbox/store"
	"faxbox/web/auth"
)

// The real demo and the real commands in virtual time: what is between them is HTTP over connections in memory.

// memory is a network within the program.
type memory struct {
	conns chan net.Conn
	once  sync.Once
	shut  chan struct{}
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.shut:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error   { m.once.Do(func() { close(m.shut) }); return nil }
func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "memory"} }

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case m.conns <- theirs:
		return ours, nil
	case <-m.shut:
	case <-ctx.Done():
	}
	return nil, &net.OpError{Op: "dial", Net: "memory", Err: errors.New("connection refused")}
}

// demo is a demo that runs, and what it says.
type demo struct {
	*testing.T
	dir, token string
	network    *memory
	post       mailtest.Server // the mail server that the demo reaches
	renderer   warmRenderer
	out, err   safeBuffer
	stop       context.CancelFunc
	status     chan int
}

// warmRenderer makes pages of text.
type warmRenderer struct{ rendertest.Renderer }

func (*warmRenderer) Warm(context.Context) error { return nil }

// inDemo runs a test in a bubble, with a demo that has been ready for a while.
func inDemo(t *testing.T, f func(*demo)) {
	t.Helper()
	dir := t.TempDir()
	token := administrator(t, filepath.Join(dir, "data"))
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))) // a bubble begins before any box was made
		d := &demo{T: t, dir: dir, token: token, network: &memory{conns: make(chan net.Conn), shut: make(chan struct{})}, status: make(chan int, 1)}
		ctx, stop := context.WithCancel(context.Background())
		d.stop = stop
		con := console{out: &d.out, err: &d.err, listen: func(network, _ string) (net.Listener, error) { return d.network, nil },
			render: func(documents) (renderer, error) { return &d.renderer, nil }, beyond: d.post.Dial}
		go func() {
			d.status <- run(ctx, []string{"demo", "--data", filepath.Join(dir, "data"), "--listen", "", "--socket", "/memory"}, con)
		}()
		time.Sleep(10 * time.Second)
		defer func() {
			stop()
			if status := <-d.status; status != exitDone || t.Failed() {
				t.Errorf("the demo ended with %d\n%s%s", status, d.out.String(), d.err.String())
			}
		}()
		f(d)
	})
}

// administrator makes a token for a box that does not run yet.
func administrator(t *testing.T, data string) string {
	t.Helper()
	s, err := store.Open(data, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a, err := auth.New(s, time.Now, auth.Usual())
	if err != nil {
		t.Fatal(err)
	}
	by := auth.Identity{Caller: fax.Caller{User: auth.Local, Rights: fax.AllRights}}
	_, token, err := a.NewToken(by, "test", fax.Administrator, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// faxbox runs a command against the demo.
func (d *demo) faxbox(input string, args ...string) *command {
	c := &command{done: make(chan struct{})}
	con := console{in: strings.NewReader(input), out: &c.out, err: &c.err, dial: d.network.dial}
	c.status = run(context.Background(), append(args, "--server", "http://box", "--token", d.token), con)
	return c
}

// done runs a command that must succeed, and returns what it prints.
func (d *demo) done(args ...string) string {
	d.Helper()
	c := d.faxbox("", args...)
	if c.status != exitDone {
		d.Fatalf("faxbox %s: %v", strings.Join(args, " "), c)
	}
	return c.out.String()
}

// page writes a sample page.
func (d *demo) page(name string) string {
	d.Helper()
	path := filepath.Join(d.dir, name)
	if status := run(context.Background(), []string{"sample", path}, console{out: io.Discard, err: io.Discard}); status != exitDone {
		d.Fatalf("sample: %d", status)
	}
	return path
}

func decoded[T any](d *demo, text string) T {
	d.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		d.Fatalf("%v: %s", err, text)
	}
	return v
}

func TestDemoFromLineToLine(t *testing.T) {
	inDemo(t, func(d *demo) {
		page := d.page("page.tif")
		d.done("server", "set", "branding=false")
		c := d.faxbox("", "send", "--wait", "102", page)
		if c.status != exitDone || c.out.String() != "1\n" || !strings.Contains(c.err.String(), "delivered") || !strings.Contains(c.err.String(), "page 1 on the line") {
			t.Fatalf("send --wait: %v", c)
		}
		time.Sleep(time.Minute) // the sender knows a moment before the fax is sealed
		messages := decoded[wire.List[fax.Message]](d, d.done("message", "list", "--in", "--json"))
		if messages.Count != 1 || messages.Items[0].Tsid != "+49 30 101" || messages.Items[0].CallerID != "101" {
			t.Fatalf("received: %+v", messages)
		}
		got := filepath.Join(d.dir, "got.tiff")
		d.done("message", "get", "-o", got, fmt.Sprint(messages.Items[0].ID))
		if want, have := pageOf(t, page), pageOf(t, got); string(want.Bits) != string(have.Bits) {
			t.Error("what arrived differs from what was sent")
		}
		if table := d.done("message", "list"); !strings.Contains(table, "+49 30 101") || !strings.Contains(table, "new") {
			t.Errorf("message list:\n%s", table)
		}
		d.done("message", "delete", fmt.Sprint(messages.Items[0].ID))
		if d.faxbox("", "message", "show", fmt.Sprint(messages.Items[0].ID)).status != exitFailed {
			t.Error("a message that was deleted is shown")
		}
		if bin := d.done("message", "list", "--bin"); !strings.Contains(bin, "+49 30 101") {
			t.Errorf("message list --bin:\n%s", bin)
		}
		d.done("message", "restore", fmt.Sprint(messages.Items[0].ID))
		d.done("message", "show", fmt.Sprint(messages.Items[0].ID))
		d.done("message", "delete", "--final", fmt.Sprint(messages.Items[0].ID))
		if d.faxbox("", "message", "restore", fmt.Sprint(messages.Items[0].ID)).status != exitFailed {
			t.Error("a message that was removed for good comes back")
		}
		calls := decoded[wire.List[fax.Call]](d, d.done("call", "list", "--json"))
		if calls.Count != 2 {
			t.Fatalf("calls: %+v", calls)
		}
		if ladder := d.done("call", "trace", "1"); !strings.Contains(ladder, "◀── MCF") {
			t.Errorf("the trace:\n%s", ladder)
		}
		if raw := d.done("call", "trace", "1", "--raw"); !strings.Contains(raw, "ATD") && !strings.Contains(raw, "ATDT") {
			t.Errorf("the raw trace:\n%s", raw)
		}
		if table := d.done("call", "list", "--csv"); strings.Count(table, "\n") != 3 {
			t.Errorf("the journal as CSV:\n%s", table)
		}
	})
}

func pageOf(t *testing.T, path string) *raster.Page {
	t.Helper()
	f, pages, err := openTIFF(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	page, err := pages.Page(0)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// Number 100 sends back what it gets, pel by pel.
func TestDemoEcho(t *testing.T) {
	inDemo(t, func(d *demo) {
		page := d.page("page.tif")
		d.done("server", "set", "branding=false")
		d.done("send", "--wait", "100", page)
		time.Sleep(2 * time.Minute)
		messages := decoded[wire.List[fax.Message]](d, d.done("message", "list", "--in", "--json"))
		if messages.Count != 1 || messages.Items[0].Tsid != "+49 30 100" {
			t.Fatalf("came back: %+v", messages)
		}
		got := filepath.Join(d.dir, "got.tiff")
		d.done("message", "get", "-o", got, fmt.Sprint(messages.Items[0].ID))
		if want, have := pageOf(t, page), pageOf(t, got); string(want.Bits) != string(have.Bits) {
			t.Error("what came back differs from what was sent")
		}
	})
}

func TestSendThatFails(t *testing.T) {
	inDemo(t, func(d *demo) {
		page := d.page("page.tif")
		d.done("server", "set", "retries=1", "retryDelay=1")
		for number, want := range map[string]string{"103": "busy", "105": "No fax machine"} {
			c := d.faxbox("", "send", "--wait", number, page)
			if c.status != exitFailed || !strings.Contains(c.err.String(), want) || !strings.Contains(c.err.String(), "tried again at") {
				t.Errorf("to %s: %v", number, c)
			}
		}
		jobs := decoded[wire.List[fax.Job]](d, d.done("job", "list", "--json"))
		if jobs.Count != 2 || jobs.Items[0].QueueStatus != fax.RetriesExceeded || jobs.Items[0].Attempts != 2 {
			t.Errorf("the queue: %+v", jobs)
		}
		c := d.faxbox("", "send", "112", page)
		if c.status != exitFailed || !strings.Contains(c.err.String(), "blocked") {
			t.Errorf("to an emergency number: %v", c)
		}
		word := d.file("letter.docx", rendertest.Refuse+"notSupported is a Word document")
		for _, bad := range []string{word, filepath.Join(d.dir, "none.tif")} {
			if c := d.faxbox("", "send", "102", bad); c.status != exitFailed || strings.Count(c.err.String(), "\n") < 2 {
				t.Errorf("%s is sent, or no hint given: %v", bad, c)
			}
		}
	})
}

func TestJobs(t *testing.T) {
	inDemo(t, func(d *demo) {
		page := d.page("page.tif")
		d.done("server", "set", "pauseServerQueue=true")
		if ids := d.done("send", "--also", "202", "--to", "Bob", "--from", "Anna", "--billing", "42", "--priority", "high", "201", page); ids != "1\n2\n" {
			t.Errorf("ids %q", ids)
		}
		if again := d.done("send", "--key", "k", "203", page) + d.done("send", "--key", "k", "203", page); again != "3\n3\n" {
			t.Errorf("the same key twice: %q", again)
		}
		d.done("job", "pause", "1", "2")
		job := decoded[fax.Job](d, d.done("job", "show", "1", "--json"))
		if job.QueueStatus != fax.Paused || job.RecipientName != "Bob" || job.SenderName != "Anna" || job.BillingCode != "42" || job.Priority != fax.High {
			t.Errorf("job 1: %+v", job)
		}
		if text := d.done("job", "show", "1"); !regexp.MustCompile(`(?m)^queueStatus +Paused$`).MatchString(text) {
			t.Errorf("job show:\n%s", text)
		}
		d.done("job", "resume", "1")
		d.done("job", "cancel", "1", "2", "3")
		if text := d.done("job", "list"); text != "The queue is empty.\n" {
			t.Errorf("job list:\n%s", text)
		}
		if all := decoded[wire.List[fax.Job]](d, d.done("job", "list", "--all", "--json")); all.Count != 3 {
			t.Errorf("job list --all: %+v", all)
		}
		if c := d.faxbox("", "job", "restart", "1"); c.status != exitFailed || !strings.Contains(c.err.String(), "Cancelled") {
			t.Errorf("restart of a cancelled job: %v", c)
		}
		if c := d.faxbox("", "job", "pause", "77"); c.status != exitFailed || !strings.Contains(c.err.String(), "there is no job 77") {
			t.Errorf("a job that is none: %v", c)
		}
	})
}

func TestSettingsOnTheCommandLine(t *testing.T) {
	inDemo(t, func(d *demo) {
		d.done("server", "set", "retries=5", "discountPeriod=21:00-06:30", "branding=false", "blockedNumbers=110, 112")
		text := d.done("server")
		for _, want := range []string{"retries +5", "discountPeriod +21:00-06:30", "discountRateEndMinute +30", "branding +false", "blockedNumbers +110,112"} {
			if !regexp.MustCompile(`(?m)^` + want + `$`).MatchString(text) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
		d.done("port", "set", "1", "name=Front desk", "csid=Müller", "priority=2", "rings=4", "block=0301*,0800*")
		ports := decoded[wire.List[fax.Port]](d, d.done("port", "list", "--json"))
		if p := ports.Items[0]; p.Name != "Front desk" || p.Csid != "Mller" || p.Priority != 2 || p.Rings != 4 || len(p.Block) != 2 {
			t.Errorf("port 1: %+v", p)
		}
		d.done("route", "set", "1", "folder", "setting="+d.dir, "enable=true")
		if table := d.done("route", "list", "1"); !strings.Contains(table, d.dir) || !strings.Contains(table, "yes") {
			t.Errorf("route list:\n%s", table)
		}
		for _, c := range []struct {
			args   []string
			status int
			says   string
		}{
			{[]string{"port", "set", "1", "rings=100"}, exitFailed, "Enter a number from 1 to 99."},
			{[]string{"port", "set", "1", "rings=many"}, exitUsage, "whole number"},
			{[]string{"port", "set", "1", "rings"}, exitUsage, "KEY=VALUE"},
			{[]string{"port", "set", "1", "ringz=3"}, exitUsage, "One can set allow, block,"},
			{[]string{"port", "set", "9", "rings=3"}, exitFailed, "there is no port 9"},
			{[]string{"port", "show", "x"}, exitUsage, "Try: faxbox help"},
			{[]string{"server", "set", "discountPeriod=21-6"}, exitUsage, "21:00-07:00"},
			{[]string{"server", "set", "archiveOutboundFaxes=true"}, exitFailed, "archiveDirectory"},
		} {
			if got := d.faxbox("", c.args...); got.status != c.status || !strings.Contains(got.err.String(), c.says) {
				t.Errorf("faxbox %v: %v, want status %d and %q", c.args, got, c.status, c.says)
			}
		}
	})
}

func TestStatusOnTheCommandLine(t *testing.T) {
	inDemo(t, func(d *demo) {
		if text := d.done("status"); strings.Count(text, "Available") != 2 || !strings.Contains(text, "The queue is empty.") {
			t.Errorf("status:\n%s", text)
		}
		if l := decoded[wire.List[fax.Status]](d, d.done("status", "--json")); l.Count != 2 {
			t.Errorf("status --json: %+v", l)
		}
		ctx, stop := context.WithCancel(context.Background())
		text, events := &safeBuffer{}, &safeBuffer{}
		var watching sync.WaitGroup
		for out, more := range map[*safeBuffer][]string{text: nil, events: {"--json"}} {
			watching.Go(func() {
				con := console{out: out, err: io.Discard, dial: d.network.dial}
				args := append([]string{"status", "--watch", "--server", "http://box", "--token", d.token}, more...)
				if status := run(ctx, args, con); status != exitDone {
					t.Errorf("status --watch: %d", status)
				}
			})
		}
		time.Sleep(time.Second)
		d.done("send", "--wait", "102", d.page("page.tif"))
		stop()
		watching.Wait()
		for _, want := range []string{"Dialling 102", "Sending page 1", "Receiving page 1"} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("no %q in\n%s", want, text.String())
			}
		}
		if first, _, _ := strings.Cut(events.String(), "\n"); decoded[fax.Event](d, first).Seq == 0 {
			t.Errorf("the first event is %s", first)
		}
	})
}

func TestAccountsOnTheCommandLine(t *testing.T) {
	inDemo(t, func(d *demo) {
		if !strings.Contains(d.out.String(), "one-time code") {
			t.Errorf("the demo says\n%s", d.out.String())
		}
		if c := d.faxbox("correct horse\n", "password"); c.status != exitDone || c.out.String() != "admin is the administrator.\n" {
			t.Errorf("the first password: %v", c)
		}
		if c := d.faxbox("battery staple\n", "password"); c.status != exitDone || c.out.String() != "The password of admin is set.\n" {
			t.Errorf("another password: %v", c)
		}
		if c := d.faxbox("short\n", "password", "admin"); c.status != exitFailed || !strings.Contains(c.err.String(), "shorter") {
			t.Errorf("a short password: %v", c)
		}
		if c := d.faxbox("", "password"); c.status != exitFailed {
			t.Errorf("no password: %v", c)
		}
		if c := d.faxbox("correct horse\n", "user", "add", "otto", "--role", "viewer", "--full-name", "Otto"); c.status != exitDone {
			t.Errorf("user add: %v", c)
		}
		d.done("user", "set", "otto", "role=sender")
		if table := d.done("user", "list"); !regexp.MustCompile(`otto +Otto +sender +no`).MatchString(table) {
			t.Errorf("user list:\n%s", table)
		}
		d.done("user", "delete", "otto")

		secret := strings.TrimSpace(d.done("token", "create", "scanner", "--role", "viewer"))
		tokens := decoded[wire.List[fax.Token]](d, d.done("token", "list", "--json"))
		if tokens.Count != 2 {
			t.Fatalf("tokens: %+v", tokens)
		}
		mine := d.token
		d.token = secret
		if c := d.faxbox("", "port", "set", "1", "rings=3"); c.status != exitFailed || !strings.Contains(c.err.String(), "right") {
			t.Errorf("a viewer sets a port: %v", c)
		}
		d.token = mine
		for _, token := range tokens.Items {
			if token.Name == "scanner" {
				d.done("token", "delete", token.ID)
			}
		}
		d.token = secret
		if c := d.faxbox("", "port", "list"); c.status != exitFailed || !strings.Contains(c.err.String(), "token") {
			t.Errorf("a token that was deleted: %v", c)
		}
		d.token = mine
	})
}
