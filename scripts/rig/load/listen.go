package main

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"faxbox/fax"
	"faxbox/scripts/rig"
)

// heard is what listeners heard.
type heard struct {
	events int
	missed int             // events that were not told, by their sequence numbers
	broken int             // streams that ended before they should
	delays []time.Duration // from a change of a port's status to its being read
}

func (h *heard) add(o heard) {
	h.events += o.events
	h.missed += o.missed
	h.broken += o.broken
	h.delays = append(h.delays, o.delays...)
}

// crowd is many listeners at once.
type crowd struct {
	stop    context.CancelFunc
	working sync.WaitGroup
	mu      sync.Mutex
	all     heard
	err     error // the first of those whom the server did not let listen
}

// gather returns when all listen.
func gather(ctx context.Context, box *rig.Box, n int) (*crowd, error) {
	ctx, stop := context.WithCancel(ctx)
	c := &crowd{stop: stop}
	var coming sync.WaitGroup
	coming.Add(n)
	for range n {
		c.working.Go(func() {
			answer, err := box.Open(ctx, http.MethodGet, "/events", "", nil)
			coming.Done()
			var h heard
			if err == nil {
				h = listen(bufio.NewReader(answer.Body))
				answer.Body.Close()
				if ctx.Err() == nil {
					h.broken++
				}
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.all.add(h)
			if c.err == nil {
				c.err = err
			}
		})
	}
	coming.Wait()
	c.mu.Lock()
	err := c.err
	c.mu.Unlock()
	if err != nil {
		c.disperse()
	}
	return c, err
}

// disperse ends the listening and tells what was heard.
func (c *crowd) disperse() heard {
	c.stop()
	c.working.Wait()
	return c.all
}

// listen reads a stream of events to its end.
func listen(r *bufio.Reader) (h heard) {
	var last uint64
	status := false
	for {
		line, err := r.ReadSlice('\n')
		if err == bufio.ErrBufferFull { // the rest of a long event, whose time stands at its beginning
			err = nil
		}
		if err != nil {
			return h
		}
		name, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(": "))
		switch string(name) {
		case "id":
			id, err := strconv.ParseUint(string(value), 10, 64)
			if err != nil {
				continue
			}
			if last > 0 && id > last+1 {
				h.missed += int(id - last - 1)
			}
			last = id
		case "event":
			status = string(value) == string(fax.PortStatusEvent)
		case "data":
			h.events++
			if at, ok := moment(value); ok && status {
				h.delays = append(h.delays, time.Since(at))
			}
		}
	}
}

// moment is when an event happened. It is cut out, not decoded: a thousand decoders would take the processor from the server
// that is measured.
func moment(event []byte) (time.Time, bool) {
	_, rest, ok := bytes.Cut(event, []byte(`"at":"`))
	if !ok {
		return time.Time{}, false
	}
	text, _, ok := bytes.Cut(rest, []byte(`"`))
	if !ok {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, string(text))
	return at, err == nil
}
