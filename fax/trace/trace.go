// Package trace keeps the record of one call: every AT line and every frame with the milliseconds since the call began. A
// trace is a text file of one line an entry, to be read by people, drawn as a ladder, and replayed as a test.
//
//	faxbox trace 1
//	      0 at>  ATDT201
//	   5123 at<  CONNECT
//	   6480 hear burst CSI ffc002… DIS ff13800…
//	   6481 say  burst TSI … DCS …
package trace

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

const header = "faxbox trace 1"

// Kind tells what an entry records.
type Kind string

const (
	ToModem   Kind = "at>"  // a line or an abort we sent to the modem
	FromModem Kind = "at<"  // a line the modem sent
	Say       Kind = "say"  // a signal of the conversation that we send
	Hear      Kind = "hear" // what came of listening
	Note      Kind = "note" // anything else worth keeping
)

// Entry is one line of a trace.
type Entry struct {
	At   time.Duration // since the call began, whole milliseconds
	Kind Kind
	Text string // one line
}

// Log writes a trace. A nil Log drops what it is given. It may be used by several goroutines.
type Log struct {
	mu    sync.Mutex
	w     *bufio.Writer
	start time.Time
	err   error
}

// New starts a trace on w, counting from start.
func New(w io.Writer, start time.Time) *Log {
	l := &Log{w: bufio.NewWriter(w), start: start}
	_, l.err = fmt.Fprintln(l.w, header)
	return l
}

// Add writes an entry. Control characters and line breaks in text are written as Go escapes.
func (l *Log) Add(now time.Time, k Kind, format string, args ...any) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	if q := strconv.Quote(text); len(q) > len(text)+2 {
		text = strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
	}
	err := write(l.w, Entry{now.Sub(l.start), k, text})
	if l.err == nil {
		l.err = err
	}
}

func write(w io.Writer, e Entry) error {
	_, err := fmt.Fprintf(w, "%7d %-4s %s\n", e.At.Milliseconds(), e.Kind, e.Text)
	return err
}

// Write writes a trace of entries as Read yields them.
func Write(w io.Writer, entries []Entry) error {
	b := bufio.NewWriter(w)
	_, err := fmt.Fprintln(b, header)
	for _, e := range entries {
		if err == nil {
			err = write(b, e)
		}
	}
	if err != nil {
		return err
	}
	return b.Flush()
}

// Flush writes out what is buffered and returns the first error of all writes.
func (l *Log) Flush() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.w.Flush(); l.err == nil {
		l.err = err
	}
	return l.err
}

// Read reads a whole trace. An error names the line at fault.
func Read(r io.Reader) ([]Entry, error) {
	var entries []Entry
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for n := 1; s.Scan(); n++ {
		if n == 1 {
			if s.Text() != header {
				return nil, fmt.Errorf("this is no trace: its first line is not %q", header)
			}
			continue
		}
		e, err := parse(strings.TrimRight(s.Text(), "\r"))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		entries = append(entries, e)
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	if entries == nil {
		return nil, fmt.Errorf("the trace is empty")
	}
	return entries, nil
}

func parse(line string) (Entry, error) {
	at, rest, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
	ms, err := strconv.ParseUint(at, 10, 40) // 34 years: more would not fit into a Duration
	if err != nil {
		return Entry{}, fmt.Errorf("no time: %q", line)
	}
	kind, text, _ := strings.Cut(rest, " ")
	switch k := Kind(kind); k {
	case ToModem, FromModem, Say, Hear, Note:
		return Entry{time.Duration(ms) * time.Millisecond, k, strings.TrimLeft(text, " ")}, nil
	}
	return Entry{}, fmt.Errorf("unknown kind of entry: %q", kind)
}
