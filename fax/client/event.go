package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"faxbox/fax"
)

// Resync is the kind of an event that only a client sees: events were missed, look at everything anew.
const Resync fax.EventKind = "resync"

// opened is the kind of the event with which listen begins, and begins anew after a break.
const opened fax.EventKind = ""

// again is how long after a break the stream is opened anew.
const again = 2 * time.Second

// Events are what happens from now on, or behind an event whose sequence number is given. A broken stream is opened anew and
// goes on where it was; an error is told, and the loop may go on: the next try follows after two seconds. The kinds wanted
// may be named; none: all. It ends with the context.
func (s *Server) Events(ctx context.Context, after uint64, kinds ...fax.EventKind) iter.Seq2[fax.Event, error] {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return func(yield func(fax.Event, error) bool) {
		for e, err := range s.listen(ctx, after, strings.Join(names, ",")) {
			if err == nil && e.Kind == opened {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// listen is Events that also tells when the stream is open: whoever looks then misses nothing.
func (s *Server) listen(ctx context.Context, after uint64, kinds string) iter.Seq2[fax.Event, error] {
	return func(yield func(fax.Event, error) bool) {
		for ctx.Err() == nil {
			more, err := s.stream(ctx, &after, kinds, yield)
			if !more {
				return
			}
			if ctx.Err() == nil && err != nil && !errors.Is(err, io.EOF) && !yield(fax.Event{}, err) {
				return
			}
			if errors.Is(err, ErrDisconnected) {
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(again):
			}
		}
	}
}

// stream reads one connection until it breaks. More is false when the reader wants no more.
func (s *Server) stream(ctx context.Context, after *uint64, kinds string, yield func(fax.Event, error) bool) (more bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	header := http.Header{"Accept": {"text/event-stream"}}
	if *after > 0 {
		header.Set("Last-Event-ID", strconv.FormatUint(*after, 10))
	}
	path := "/events"
	if kinds != "" {
		path += "?kinds=" + url.QueryEscape(kinds)
	}
	answer, err := s.open(ctx, http.MethodGet, path, header, nil)
	if err != nil {
		return true, err
	}
	defer answer.Body.Close()
	r := eventReader{lines: bufio.NewScanner(answer.Body)}
	r.lines.Buffer(nil, 1<<20)
	if !yield(fax.Event{Kind: opened}, nil) {
		return false, nil
	}
	for {
		e, err := r.next()
		if err != nil {
			return true, err
		}
		if r.id > 0 {
			*after = r.id
		}
		if e.Kind != opened && !yield(e, nil) {
			return false, nil
		}
	}
}

// eventReader reads server-sent events.
type eventReader struct {
	lines *bufio.Scanner
	id    uint64 // the last one
}

// next is the next event; one without data, which only carries an id, has no kind.
func (r *eventReader) next() (e fax.Event, err error) {
	var kind, data string
	for r.lines.Scan() {
		field, value, _ := strings.Cut(r.lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			if id, err := strconv.ParseUint(value, 10, 64); err == nil {
				r.id = id
			}
		case "event":
			kind = value
		case "data":
			data = value
		case "":
			if r.lines.Text() != "" { // a comment
				continue
			}
			return parseEvent(kind, data)
		}
	}
	if err := r.lines.Err(); err != nil {
		return e, fmt.Errorf("client: events: %w", err)
	}
	return e, io.EOF
}

func parseEvent(kind, data string) (e fax.Event, err error) {
	if data == "" {
		return e, nil
	}
	if err := json.Unmarshal([]byte(data), &e); err != nil {
		return e, fmt.Errorf("client: event: %w", err)
	}
	e.Kind = fax.EventKind(kind)
	return e, nil
}
