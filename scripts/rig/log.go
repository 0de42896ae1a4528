package rig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"
)

// Event is a line of the exchange's log, with the fields that somebody here reads. Which of them are filled depends on Ev;
// the README of faxline lists the events.
type Event struct {
	T    float64 // line time in seconds since the exchange started, exact to its ticks of 20 ms
	Mono float64 // seconds by the clock since the exchange started
	Ev   string
	Ep   string // name of the endpoint
	Call int

	// dial, call-end, release
	From, To  string
	Number    string // that was dialled
	Reason    string // why it was released, or refused
	By        string // who hung up first
	Answered  bool
	Connected float64 `json:"connected_s"` // from the answer to the first hang-up

	// sound
	On bool    // it begins, or else it ended
	At float64 // in seconds after the answer, exact to a millisecond

	// frame, at
	Dir  string // frame: rx or tx; at: dte or dce
	Name string // of the frame
	Hex  string // the first 48 octets
	Text string // the line, when it can be printed

	// phase-b, page, t30-end
	Ident, Sub, Sid string
	Page, Rate      int
	ECM             bool
	Comp            string // mh, mr, mmr
	Retries         int    // ECM blocks repeated
	PagesTx         int    `json:"pages_tx"`
	PagesRx         int    `json:"pages_rx"`
	Code            int    // t30-end: of libspandsp, 0 when all went well

	MS float64 // late: by how much
}

// logFile is the exchange's log, of which read events were seen.
type logFile struct {
	mu     sync.Mutex
	r      *os.File
	part   []byte // a line that was not complete yet
	events []Event
}

// Events are all events of the exchange so far.
func (x *Exchange) Events() ([]Event, error) {
	l := &x.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.read(x.Path("log.jsonl")); err != nil {
		return nil, err
	}
	return slices.Clip(l.events), nil
}

// read takes up what was written since the last time.
func (l *logFile) read(path string) (err error) {
	if l.r == nil {
		if l.r, err = os.Open(path); err != nil {
			return err
		}
	}
	text, err := io.ReadAll(l.r)
	if err != nil {
		return err
	}
	l.part = append(l.part, text...)
	for {
		line, rest, ok := bytes.Cut(l.part, []byte("\n"))
		if !ok {
			return nil
		}
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("%s: event %d: %w", path, len(l.events)+1, err)
		}
		l.events, l.part = append(l.events, e), rest
	}
}

// close ends reading. What was read stays.
func (l *logFile) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.r != nil {
		_ = l.r.Close() // only read
	}
}

// Await waits for the first event that is wanted, of those from number from on, and returns it with the number of the
// event after it.
func (x *Exchange) Await(from int, patience time.Duration, wanted func(Event) bool) (Event, int, error) {
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		events, err := x.Events()
		if err != nil {
			return Event{}, from, err
		}
		for ; from < len(events); from++ {
			if wanted(events[from]) {
				return events[from], from + 1, nil
			}
		}
		if time.Now().After(end) {
			return Event{}, from, fmt.Errorf("what was awaited did not happen within %v", patience)
		}
	}
}

// AwaitCall waits for the end of the call that an endpoint placed, of those that ended at event number from or later, and
// returns it with the number of the event after it. A call that was not answered is an error.
func (x *Exchange) AwaitCall(from int, caller string, patience time.Duration) (Event, int, error) {
	e, next, err := x.Await(from, patience, func(e Event) bool { return e.Ev == "call-end" && e.From == caller })
	if err == nil && !e.Answered {
		err = errors.New(e.Reason)
	}
	if err != nil {
		return e, next, fmt.Errorf("the call from %s: %w", caller, err)
	}
	return e, next, nil
}
