// Package witness has distant fax machines on a telephone exchange in memory that call a box and are called by it, and write
// down what was confirmed. Each page that they send, and each that they expect, names itself: so whoever looks into the box
// afterwards can tell whether anything was lost.
package witness

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"sync"
	"time"
)

// Entry is a line of the record: something that a distant machine saw, or that was done to the box.
type Entry struct {
	At   time.Time `json:"at"` // zero in what is added: now
	Box  int       `json:"box"`
	What What      `json:"what"`
	Page *PageID   `json:"page,omitempty"`
	Call int       `json:"call,omitempty"` // of that machine
	Note string    `json:"note,omitempty"`
}

// What is the kind of an entry.
type What string

// The kinds.
const (
	Called     What = "called"     // a distant machine's call to the box is over
	Answered   What = "answered"   // a call of the box to a distant machine is over
	Heard      What = "heard"      // a distant machine heard the box confirm its page
	Confirmed  What = "confirmed"  // a distant machine is about to confirm a page of the box
	Understood What = "understood" // the box has heard that confirmation: it went on, or said goodbye
	Strange    What = "strange"    // a page of the box that nobody gave it
	Submitted  What = "submitted"  // the box took a fax
	Killed     What = "killed"
	Started    What = "started"
	Restarted  What = "restarted" // a job that had failed was tried again by hand
)

// Record is what was seen in a run, in memory and in a file.
type Record struct {
	mu      sync.Mutex
	file    *json.Encoder
	entries []Entry
	news    map[int]chan time.Duration // of each box: told that a page is confirmed, or soon will be, and for how long that matters
}

// NewRecord writes to w; the boxes are numbered from 0.
func NewRecord(w io.Writer, boxes int) *Record {
	r := &Record{file: json.NewEncoder(w), news: map[int]chan time.Duration{}}
	for n := range boxes {
		r.news[n] = make(chan time.Duration, 1)
	}
	return r
}

// Add writes down an entry.
func (r *Record) Add(e Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.At.IsZero() {
		e.At = time.Now()
	}
	r.entries = append(r.entries, e)
	r.file.Encode(e) // what counts is in memory
}

// How long it takes from the beginning of a page until its sender has heard that it is confirmed; and from the moment when
// a distant machine confirms it, or has heard that it is confirmed, until nothing more follows.
const (
	pageTime    = 5 * time.Second
	confirmTime = 2 * time.Second
)

// tell says that the next moments matter.
func (r *Record) tell(box int, d time.Duration) {
	select {
	case r.news[box] <- d:
	default: // nobody wants to know
	}
}

// Of is what was seen of a box, in order.
func (r *Record) Of(box int, kinds ...What) []Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []Entry
	for _, e := range r.entries {
		if e.Box == box && slices.Contains(kinds, e.What) {
			list = append(list, e)
		}
	}
	return list
}

// Await waits until the next moments matter for a box, for so long at most, and tells for how long they do; 0: they never did.
func (r *Record) Await(ctx context.Context, box int, patience time.Duration) time.Duration {
	select {
	case <-r.news[box]: // an old one
	default:
	}
	select {
	case d := <-r.news[box]:
		return d
	case <-time.After(patience):
	case <-ctx.Done():
	}
	return 0
}
