package t30

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"faxbox/fax/trace"
)

// Traced is a Call that writes down what it says and hears, in a form that Replay reads. Page contents are not written.
type Traced struct {
	*Call
	log  *trace.Log
	turn Turn
}

// Trace makes a call keep a trace. The configuration's Observe goes on as before.
func Trace(cfg Config, log *trace.Log) *Traced {
	t := &Traced{log: log}
	observe := cfg.Observe
	cfg.Observe = func(e Event) {
		t.log.Add(t.now, trace.Note, "%s", e)
		if observe != nil {
			observe(e)
		}
	}
	t.Call = NewCall(cfg)
	return t
}

// Start is Call.Start.
func (t *Traced) Start(now time.Time) Turn {
	t.turn = t.Call.Start(now)
	t.logTurn(now)
	return t.turn
}

// Next is Call.Next.
func (t *Traced) Next(now time.Time, h Heard) Turn {
	t.log.Add(now, trace.Hear, "%s", describe(t.turn, h))
	t.turn = t.Call.Next(now, h)
	t.logTurn(now)
	return t.turn
}

func (t *Traced) logTurn(now time.Time) {
	for _, line := range t.turn.lines() {
		t.log.Add(now, trace.Say, "%s", line)
	}
}

// lines is a turn as a trace shows it: a line for each signal, and one for what is listened for.
func (t Turn) lines() []string {
	var lines []string
	for _, s := range t.Say {
		lines = append(lines, s.String())
	}
	switch t.Listen {
	case Nothing:
		return append(lines, "hang up")
	case Training, Page, Block:
		return append(lines, fmt.Sprintf("listen %s %s", t.Listen, t.Rate))
	}
	return append(lines, "listen "+t.Listen.String())
}

func (l Listen) String() string {
	return [...]string{"nothing", "burst", "tcf", "page", "block", "storage"}[l]
}

func (s Signal) String() string {
	if s.Image == NoImage {
		return "burst " + frames(s.Burst)
	}
	return fmt.Sprintf("%s %s, %d octets", [...]string{"", "tcf", "page", "ecm"}[s.Image], s.Rate, len(s.Octets))
}

func frames(fs []Frame) string {
	var names []string
	for _, f := range fs {
		names = append(names, f.String())
	}
	return strings.Join(names, ", ")
}

var heardNames = [...]string{"silence", "burst", "carrier", "stored", "hung up", "lost", "cancel"}

// String is what was heard, less what went into Turn.Into.
func (h Heard) String() string {
	s := fmt.Sprintf("%s +%d", heardNames[h.Kind], h.Waited.Milliseconds())
	if h.Stalled {
		s += "!"
	}
	switch {
	case h.Kind == Frames && h.Damaged:
		s += " damaged " + frames(h.Frames)
	case h.Kind == Frames:
		s += " " + frames(h.Frames)
	case h.Kind == Carrier:
		s += fmt.Sprintf(" %d octets", h.Octets)
	case h.Err != nil:
		s += ": " + h.Err.Error()
	}
	return s
}

// describe is what was heard, with what a replay needs of the octets.
func describe(t Turn, h Heard) string {
	s := h.String()
	if h.Kind != Carrier {
		return s
	}
	switch into := t.Into.(type) {
	case *trainingCheck:
		return fmt.Sprintf("%s; zeros %d longest %d after %d", s, into.zeros, into.longest, into.after)
	case *block:
		return fmt.Sprintf("%s; frames %s rcp %t", s, into.burstFrames(), into.rcp)
	case *lines:
		return fmt.Sprintf("%s; ended %t", s, into.Ended())
	}
	return s
}

// burstFrames lists the frames that the block has, as ranges: "0-119,121".
func (b *block) burstFrames() string {
	var parts []string
	for n := 0; n < blockFrames; n++ {
		if b.data[n] == nil {
			continue
		}
		first := n
		for n+1 < blockFrames && b.data[n+1] != nil {
			n++
		}
		parts = append(parts, fmt.Sprintf("%d-%d", first, n))
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ",")
}

func (e Event) String() string {
	switch e.Kind {
	case Identified:
		return fmt.Sprintf("identified: %q", e.Result.Peer.Ident)
	case Negotiated, Trained:
		return fmt.Sprintf("%s: %s", e.Kind, e.Mode)
	case PageReceived, PageRefused, PageKept:
		return fmt.Sprintf("%s: page %d, rows %d bad %d longest %d end %t", e.Kind, e.Page+1, e.Copy.Rows, e.Copy.BadRows, e.Copy.LongestBad, e.Copy.End)
	case Ended:
		return "ended: " + e.Result.Cause.String()
	}
	return fmt.Sprintf("%s: page %d", e.Kind, e.Page+1)
}

// Replay runs a call of this configuration through what a trace heard and reports the first line that it says differently.
// The configuration's Receive is replaced by a sink that gives the recorded reports; its document must be the one that was
// sent.
func Replay(cfg Config, entries []trace.Entry) error {
	var r replay
	if cfg.Receive != nil {
		cfg.Receive = &r
	}
	for _, e := range entries {
		switch e.Kind {
		case trace.Say:
			r.said = append(r.said, e)
		case trace.Hear:
			r.heard = append(r.heard, e)
		case trace.Note:
			var q Copy
			if _, after, ok := strings.Cut(e.Text, ", rows "); ok {
				if _, err := fmt.Sscanf(after, "%d bad %d longest %d end %t", &q.Rows, &q.BadRows, &q.LongestBad, &q.End); err == nil {
					r.copies = append(r.copies, q)
				}
			}
		}
	}
	return r.run(NewCall(cfg))
}

// replay is the other end of a recorded call, and the disk.
type replay struct {
	said, heard []trace.Entry
	copies      []Copy
	ended       bool
}

func (r *replay) run(c *Call) error {
	var zero time.Time
	zero = zero.AddDate(2000, 0, 0)
	turn := c.Start(zero)
	for {
		for _, line := range turn.lines() {
			if len(r.said) == 0 {
				return fmt.Errorf("says %q after the trace's end", line)
			}
			if got, want := line, r.said[0].Text; got != want {
				return fmt.Errorf("at %d ms says %q, not %q", r.said[0].At.Milliseconds(), got, want)
			}
			r.said = r.said[1:]
		}
		if turn.Listen == Nothing {
			return nil
		}
		if len(r.heard) == 0 {
			return errors.New("the trace ends before the call")
		}
		h, err := r.hear(turn, r.heard[0].Text)
		if err != nil {
			return fmt.Errorf("at %d ms: %w", r.heard[0].At.Milliseconds(), err)
		}
		turn = c.Next(zero.Add(r.heard[0].At), h)
		r.heard = r.heard[1:]
	}
}

// hear reads what describe wrote, and puts into Turn.Into what it told of the octets.
func (r *replay) hear(t Turn, text string) (Heard, error) {
	var h Heard
	text, into, _ := strings.Cut(text, "; ")
	head, rest, ok := strings.Cut(text, " +")
	if !ok {
		return h, fmt.Errorf("not understood: %q", text)
	}
	for k, name := range heardNames {
		if name == head {
			h.Kind = HeardKind(k)
		}
	}
	ms, rest, _ := strings.Cut(rest, " ")
	ms, failure, _ := strings.Cut(ms, ":")
	ms, h.Stalled = strings.CutSuffix(ms, "!")
	waited, err := strconv.Atoi(ms)
	if err != nil {
		return h, fmt.Errorf("not understood: %q", text)
	}
	h.Waited = time.Duration(waited) * time.Millisecond
	switch h.Kind {
	case Stored, Lost:
		if strings.HasSuffix(ms, ":") || failure != "" || rest != "" {
			h.Err = errors.New(rest)
		}
	case Carrier:
		if _, err := fmt.Sscanf(rest, "%d octets", &h.Octets); err != nil {
			return h, err
		}
		return h, r.restore(t, into)
	case Frames:
		rest, h.Damaged = strings.CutPrefix(rest, "damaged")
		for _, part := range strings.Split(strings.TrimSpace(rest), ", ") {
			_, octets, _ := strings.Cut(part, " ")
			f, err := hex.DecodeString(octets)
			if err != nil {
				return h, err
			}
			if len(f) > 0 {
				h.Frames = append(h.Frames, f)
			}
		}
	}
	return h, nil
}

func (r *replay) restore(t Turn, text string) error {
	switch into := t.Into.(type) {
	case *trainingCheck:
		_, err := fmt.Sscanf(text, "zeros %d longest %d after %d", &into.zeros, &into.longest, &into.after)
		return err
	case *block:
		var ranges string
		if _, err := fmt.Sscanf(text, "frames %s rcp %t", &ranges, &into.rcp); err != nil {
			return err
		}
		return into.restore(ranges)
	case *lines:
		_, err := fmt.Sscanf(text, "ended %t", &r.ended)
		return err
	}
	return fmt.Errorf("octets that nobody listens for: %q", text)
}

func (b *block) restore(ranges string) error {
	if ranges == "none" {
		return nil
	}
	for _, part := range strings.Split(ranges, ",") {
		var first, last int
		if _, err := fmt.Sscanf(part, "%d-%d", &first, &last); err != nil {
			return err
		}
		if first < 0 || last >= blockFrames {
			return fmt.Errorf("no such frames: %q", part)
		}
		for n := first; n <= last; n++ {
			b.put(n, make([]byte, frameOctets))
		}
	}
	return nil
}

// The sink of a replay: it stores nothing and reports what was recorded.

func (r *replay) Begin(Format)                { r.ended = false }
func (r *replay) Write(p []byte) (int, error) { return len(p), nil }
func (r *replay) Ended() bool                 { return r.ended }
func (r *replay) Since() int                  { return 0 }

func (r *replay) End() (q Copy) {
	if len(r.copies) > 0 {
		q, r.copies = r.copies[0], r.copies[1:]
	}
	return q
}

func (r *replay) Keep(Verdict) <-chan error { return make(chan error) }
