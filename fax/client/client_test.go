package client

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax"
	"faxbox/fax/wire"
)

func TestTargets(t *testing.T) {
	for where, want := range map[string]string{
		"/run/faxbox.sock": "http://faxbox", "./s": "http://faxbox", "faxbox.local": "https://faxbox.local", "box:8443": "https://box:8443",
		"127.0.0.1:8080": "http://127.0.0.1:8080", "localhost": "http://localhost", "[::1]:80": "http://[::1]:80",
		"http://box:8080/x": "http://box:8080", "https://box": "https://box",
	} {
		if got, _, err := target(where, Options{}); err != nil || got != want {
			t.Errorf("%q leads to %q, %v; want %q", where, got, err, want)
		}
	}
	for _, where := range []string{"", "ftp://box", "http://", "a b"} {
		if got, _, err := target(where, Options{}); err == nil {
			t.Errorf("%q leads to %q", where, got)
		}
	}
}

// fake is a server that is a map from request to answer.
func fake(t *testing.T, answers map[string]string) *Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.Method+" "+r.URL.RequestURI()]
		if !ok {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			answer = fmt.Sprintf(`{"status":404,"title":"Not Found","detail":"no %s %s","code":87}`, r.Method, r.URL.RequestURI())
		}
		io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	c, err := Connect(t.Context(), s.URL, Options{Token: "x"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Disconnect)
	return c
}

func TestLongListingsAreFetchedPageByPage(t *testing.T) {
	s := fake(t, map[string]string{
		"GET /api/v1/server":                         `{}`,
		"GET /api/v1/messages?direction=in":          `{"count":2,"items":[{"id":3},{"id":2}],"next":"c"}`,
		"GET /api/v1/messages?cursor=c&direction=in": `{"count":1,"items":[{"id":1}]}`,
		"GET /api/v1/calls?":                         `{"count":1,"items":[{"id":1}],"next":"lost"}`,
	})
	var ids []fax.MessageID
	for m, err := range s.Messages(t.Context(), map[string][]string{"direction": {"in"}}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, m.ID)
	}
	if !slices.Equal(ids, []fax.MessageID{3, 2, 1}) {
		t.Errorf("messages %v", ids)
	}
	var failed error
	for _, err := range s.Calls(t.Context(), nil) {
		failed = err
	}
	if Code(failed) != fax.ErrorInvalidParameter {
		t.Errorf("a page that is lost: %v", failed)
	}
}

func TestAfterDisconnect(t *testing.T) {
	s := fake(t, map[string]string{"GET /api/v1/server": `{}`, "GET /api/v1/ports": `{"count":1,"items":[{"deviceId":1}]}`})
	ports, err := s.Ports(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	port, err := ports.Item(1)
	if err != nil {
		t.Fatal(err)
	}
	s.Disconnect()
	if _, err := port.Status(t.Context()); !errors.Is(err, ErrDisconnected) {
		t.Errorf("a status after Disconnect: %v", err)
	}
	for _, err := range s.Events(t.Context(), 0) {
		if !errors.Is(err, ErrDisconnected) {
			t.Errorf("events after Disconnect: %v", err)
		}
	}
}

func TestIndexesRunFromOne(t *testing.T) {
	p := Ports{items: []*Port{{}, {}}}
	for index, good := range map[int]bool{-1: false, 0: false, 1: true, 2: true, 3: false} {
		_, err := p.Item(index)
		if good != (err == nil) || !good && Code(err) != fax.ErrorInvalidParameter {
			t.Errorf("item %d: %v", index, err)
		}
	}
}

func TestNoFaxServer(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	_, err := Connect(t.Context(), s.URL, Options{})
	var p *wire.Problem
	if !errors.As(err, &p) || !strings.Contains(p.Detail, "nothing that a fax server says") {
		t.Errorf("a web server of another kind: %v", err)
	}
	_, err = Connect(t.Context(), filepath.Join(t.TempDir(), "s"), Options{})
	if err == nil || !strings.Contains(Hint(err), "Is the server running?") {
		t.Errorf("no server: %v (%s)", err, Hint(err))
	}
}

func TestFingerprint(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }))
	defer s.Close()
	sum := sha256.Sum256(s.Certificate().Raw)
	good := hex.EncodeToString(sum[:])
	c, err := Connect(t.Context(), s.URL, Options{Fingerprint: strings.ToUpper(good[:2] + ":" + good[2:])})
	if err != nil {
		t.Fatal(err)
	}
	c.Disconnect()
	for _, bad := range []string{strings.Repeat("00", 32), "00", "x"} {
		if _, err := Connect(t.Context(), s.URL, Options{Fingerprint: bad}); err == nil {
			t.Errorf("the fingerprint %s is trusted", bad)
		}
	}
	if _, err := Connect(t.Context(), s.URL, Options{}); err == nil || !strings.Contains(Hint(err), "fingerprint") {
		t.Errorf("a certificate of its own: %v (%s)", err, Hint(err))
	}
}

func TestSendReportsFilesThatCannotBeRead(t *testing.T) {
	s := fake(t, map[string]string{"GET /api/v1/server": `{}`})
	if _, err := s.CreateDocument(filepath.Join(t.TempDir(), "none.tif")).Send(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// streams is a server of events in memory that a test can cut.
type streams struct {
	t    *testing.T
	lost chan string // Last-Event-ID of each connection
	next chan string // what is written to the connection; an empty text cuts it
}

func (s *streams) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		request, err := http.ReadRequest(bufio.NewReader(theirs))
		if err != nil {
			return
		}
		if request.URL.Path == Root+"/server" {
			io.WriteString(theirs, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
			return
		}
		s.lost <- request.Header.Get("Last-Event-ID")
		io.WriteString(theirs, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 2000\n\n")
		for text := range s.next {
			if text == "" {
				return
			}
			if _, err := io.WriteString(theirs, text); err != nil {
				return
			}
		}
	}()
	return ours, nil
}

// A stream that breaks goes on behind the last event; resync is told; an event that is none is an error and no end.
func TestEventsGoOnAfterABreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &streams{t, make(chan string, 10), make(chan string)}
		c, err := Connect(t.Context(), "http://box", Options{Dial: s.dial})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Disconnect()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		told := make(chan string)
		go func() {
			defer close(told)
			for e, err := range c.Events(ctx, 0) {
				if err != nil {
					told <- "error"
					continue
				}
				told <- fmt.Sprint(e.Kind, " ", e.Seq)
			}
		}()
		event := func(seq int, kind fax.EventKind) string {
			data, _ := json.Marshal(fax.Event{Seq: uint64(seq), Kind: kind})
			return fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", seq, kind, data)
		}
		expect := func(want string) {
			t.Helper()
			if got := <-told; got != want {
				t.Errorf("told %q, want %q", got, want)
			}
		}
		if last := <-s.lost; last != "" {
			t.Errorf("the first connection asks for what follows %q", last)
		}
		s.next <- "id: 6\n\n:\n\n" + event(7, fax.JobEvent)
		expect("job 7")
		s.next <- "" // cut
		begun := time.Now()
		if last := <-s.lost; last != "7" {
			t.Errorf("after the break it asks for what follows %q", last)
		}
		if waited := time.Since(begun); waited != again {
			t.Errorf("it came again after %v", waited)
		}
		s.next <- "id: 20\nevent: resync\ndata: {\"seq\":20}\n\n"
		expect("resync 20")
		s.next <- "id: 21\nevent: job\ndata: {\n\n"
		expect("error")
		if last := <-s.lost; last != "20" && last != "21" {
			t.Errorf("after nonsense it asks for what follows %q", last)
		}
		cancel()
		for range told {
		}
		close(s.next)
	})
}
