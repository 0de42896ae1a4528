package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax"
)

// listener reads a stream of events as it is written.
type listener struct {
	*io.PipeReader
	lines  *bufio.Scanner
	cancel context.CancelFunc
	done   chan struct{}
}

// pipeWriter is a response that is read while it is written.
type pipeWriter struct {
	*httptest.ResponseRecorder
	w *io.PipeWriter
}

func (p pipeWriter) Write(data []byte) (int, error) { return p.w.Write(data) }

func (b *box) listen(role fax.Role, path, last string) *listener {
	ctx, cancel := context.WithCancel(context.Background())
	r := httptest.NewRequest("GET", Root+path, nil).WithContext(ctx)
	r.Header.Set("Authorization", "Bearer "+b.tokens[role])
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	in, out := io.Pipe()
	l := &listener{in, bufio.NewScanner(in), cancel, make(chan struct{})}
	l.lines.Buffer(nil, 1<<20)
	go func() {
		defer close(l.done)
		b.handler.ServeHTTP(pipeWriter{httptest.NewRecorder(), out}, r)
		out.Close()
	}()
	return l
}

func (l *listener) close() {
	l.cancel()
	l.PipeReader.Close()
	<-l.done
}

// next is the next event's lines, without the comments.
func (l *listener) next() (id, kind, data string) {
	for l.lines.Scan() {
		name, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch name {
		case "id":
			id = value
		case "event":
			kind = value
		case "data":
			data = value
		case "":
			if kind != "" {
				return id, kind, data
			}
		}
	}
	return "", "", ""
}

func (l *listener) event(t *testing.T) fax.Event {
	t.Helper()
	id, kind, data := l.next()
	var e fax.Event
	if err := json.Unmarshal([]byte(data), &e); err != nil {
		t.Fatalf("%v: %q", err, data)
	}
	if kind != "resync" && (fmt.Sprint(e.Seq) != id || string(e.Kind) != kind) {
		t.Errorf("id %s and event %s stand before %s", id, kind, data)
	}
	return e
}

func TestEvents(t *testing.T) {
	inBox(t, func(b *box) {
		viewer, operator := b.listen(fax.Viewer, "/events", ""), b.listen(fax.Operator, "/events?kinds=port,job", "")
		defer viewer.close()
		defer operator.close()
		synctest.Wait()
		b.do(fax.Operator, "PATCH", Root+"/ports/1", map[string]any{"rings": 7}).want(200)
		v, o := viewer.event(b.T), operator.event(b.T)
		if v.Kind != fax.PortEvent || v.Port.Rings != 7 || v.Port.CanModify || !o.Port.CanModify || v.Seq != o.Seq {
			b.Errorf("a viewer heard %+v, an operator %+v", v.Port, o.Port)
		}
		b.job(fax.Sender, "103")
		if e := operator.event(b.T); e.Job == nil || len(e.Job.AllowedOperations) < 2 {
			b.Errorf("an operator heard of the job %+v", e.Job)
		}
		viewer.close()

		// Behind the port's event comes what was missed, with nothing in between lost.
		again := b.listen(fax.Viewer, "/events", fmt.Sprint(v.Seq))
		defer again.close()
		if e := again.event(b.T); e.Seq != v.Seq+1 {
			b.Errorf("after %d came %d", v.Seq, e.Seq)
		}
		// What never was cannot be gone on from.
		lost := b.listen(fax.Viewer, "/events", "99999999")
		defer lost.close()
		if id, kind, _ := lost.next(); kind != "resync" || id == "99999999" {
			b.Errorf("after an event to come: %s with id %s", kind, id)
		}
	})
}

// A stream that nothing happens on says so, and ends with the server.
func TestEventsIdleAndEnd(t *testing.T) {
	inBox(t, func(b *box) {
		l := b.listen(fax.Viewer, "/events", "")
		defer l.close()
		comments := 0
		go func() {
			for l.lines.Scan() {
				if strings.HasPrefix(l.lines.Text(), ":") {
					comments++
				}
			}
		}()
		time.Sleep(5*time.Minute + time.Second)
		synctest.Wait()
		if comments < 15 {
			b.Errorf("%d comments in five minutes", comments)
		}
	})
}

func TestEventsAskedBadly(t *testing.T) {
	inBox(t, func(b *box) {
		b.do(fax.Viewer, "GET", Root+"/events?after=x", nil).want(http.StatusUnprocessableEntity)
	})
}
