package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"faxbox/fax"
	"faxbox/fax/server"
)

// How a stream of events is kept going.
const (
	heartbeat    = 15 * time.Second // a comment, so that proxies and dead connections are noticed
	reconnect    = 2 * time.Second  // how soon a browser comes again
	writeTimeout = 20 * time.Second // a reader that does not read is hung up on, and comes again
)

// enough is how many octets are gathered before they are written: a swarm of events must not take this much memory, times
// the events in it, for each of a thousand readers.
const enough = 16 << 10

// resyncEvent says that events were missed: the reader looks at everything anew.
const resyncEvent = "resync"

// events is the stream of everything that changes.
func (a *API) events() {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[fax.Event](), true, "Event")
	route(a, needs(fax.JobQuery|fax.PortQuery|fax.ConfigQuery), huma.Operation{
		OperationID: "listen", Method: http.MethodGet, Path: Root + "/events", Tags: []string{"events"},
		Summary: "Everything that changes, as it happens: server-sent events",
		Description: "id is the event's sequence number, event its kind, data the event as JSON. After a break the stream goes on " +
			"behind Last-Event-ID. If that is too long ago, or new to the box, an event named " + resyncEvent + " says so: look at " +
			"everything anew. A comment comes every 15 seconds.",
		Responses: map[string]*huma.Response{"200": {Description: "The stream; the schema is that of each event's data",
			Content: map[string]*huma.MediaType{"text/event-stream": {Schema: schema}}}},
	}, func(_ context.Context, in *struct {
		LastEventID string `header:"Last-Event-ID" maxLength:"20" doc:"Go on behind this event"`
		After       string `query:"after" maxLength:"20" doc:"The same, for those who cannot send the header; 0 gives all that is still there"`
		Kinds       string `query:"kinds" maxLength:"255" doc:"Only these kinds, separated by commas"`
	}) (*stream, error) {
		var after *uint64
		for _, text := range []string{in.LastEventID, in.After} {
			if text == "" {
				continue
			}
			n, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return nil, fieldProblem("Last-Event-ID", fmt.Sprintf("cannot be %q", text), "It is a sequence number.")
			}
			after = &n
			break
		}
		return &stream{func(ctx huma.Context) { a.listen(ctx, after, in.Kinds) }}, nil
	})
}

// listen writes events until the reader goes, the server ends, or the reader no longer reads.
func (a *API) listen(hctx huma.Context, after *uint64, kinds string) {
	_, w := humago.Unwrap(hctx)
	out := eventWriter{w: w, control: http.NewResponseController(w), viewer: caller(hctx.Context()).Caller}
	if kinds != "" {
		out.kinds = map[string]bool{}
		for kind := range strings.SplitSeq(kinds, ",") {
			out.kinds[strings.TrimSpace(kind)] = true
		}
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	seq := a.server.LastEvent()
	fmt.Fprintf(&out.pending, "retry: %d\n\n", reconnect.Milliseconds())
	if after != nil {
		seq = *after
	} else {
		fmt.Fprintf(&out.pending, "id: %d\n\n", seq) // so that a break before the first event loses none
	}
	for out.flush() == nil {
		wait, cancel := context.WithTimeout(hctx.Context(), heartbeat)
		events, err := a.server.Events(wait, seq)
		cancel()
		switch {
		case err == nil:
			for _, e := range events {
				out.event(e)
				seq = e.Seq
				if out.pending.Len() > enough && out.flush() != nil {
					return
				}
			}
		case errors.Is(err, server.ErrResync):
			seq = a.server.LastEvent()
			fmt.Fprintf(&out.pending, "id: %d\nevent: %s\ndata: {\"seq\":%d}\n\n", seq, resyncEvent, seq)
		case hctx.Context().Err() != nil || errors.Is(err, server.ErrStopped):
			return
		case errors.Is(err, context.DeadlineExceeded):
			out.pending.WriteString(":\n\n")
		default:
			a.log.Error("events", "error", err)
			return
		}
	}
}

// eventWriter writes events for one reader.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	viewer  fax.Caller
	kinds   map[string]bool // nil: all
	pending bytes.Buffer
}

// event adds an event, as the reader may see it. One that is left out moves the reader's Last-Event-ID on all the same.
func (o *eventWriter) event(e fax.Event) {
	if o.kinds != nil && !o.kinds[string(e.Kind)] {
		return
	}
	fmt.Fprintf(&o.pending, "id: %d\nevent: %s\ndata: ", e.Seq, e.Kind)
	if err := plainJSON.Marshal(&o.pending, o.view(e)); err != nil { // ends with the line's end
		panic(err) // events are plain values
	}
	o.pending.WriteByte('\n')
}

// view computes for the reader what depends on who reads. The event itself is everybody's.
func (o *eventWriter) view(e fax.Event) fax.Event {
	if e.Port != nil {
		p := *e.Port
		p.CanModify = o.viewer.Rights.Has(fax.PortSet)
		e.Port = &p
	}
	if e.Job != nil {
		j := *e.Job
		j.AllowedOperations = j.Operations(o.viewer)
		e.Job = &j
	}
	return e
}

func (o *eventWriter) flush() error {
	// Not every writer has deadlines or buffers; those of http.Server do.
	_ = o.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := o.w.Write(o.pending.Bytes()); err != nil {
		return err
	}
	o.pending.Reset()
	return o.control.Flush()
}
