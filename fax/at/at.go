// Package at talks with a modem over a serial connection: command lines and their answers (V.250), octets with DLE
// shielding (T.31 4.2), and what the modem says unasked. It knows no fax: which command is followed by octets is the
// caller's knowledge.
//
// A Conn is read by pulling. In command mode the caller asks for lines; when a line was CONNECT and octets follow, it asks
// for octets, up to their end; then for lines again. Nothing is parsed ahead, so the change from one to the other happens
// exactly at the octet, however the operating system cut the stream.
package at

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"faxbox/fax/trace"
)

// ErrTimeout means that the modem said or took nothing within the time given.
var ErrTimeout = errors.New("no answer in time")

const (
	readSize  = 2048 // octets a read takes at most: a second at 14400 bit/s
	readAhead = 8    // reads that may wait for the owner; beyond that the operating system keeps them
	maxLine   = 512  // octets a line may have; the rest of a longer one is dropped
	maxQueue  = 64   // indications that may wait to be asked for; the oldest are dropped
)

// Conn is our end of the connection with one modem. One goroutine at a time, its owner, may use it; Close may be called
// by any.
type Conn struct {
	rw   io.ReadWriteCloser
	once sync.Once
	done chan struct{} // closed by Close
	wg   sync.WaitGroup

	chunks chan chunk  // from the reading goroutine, closed when it ends
	free   chan []byte // buffers back to it
	writes chan []byte // to the writing goroutine
	wrote  chan error  // from it, one for each of writes

	// Everything below belongs to the owner.
	log     *trace.Log
	timer   *time.Timer
	buf     []byte // the chunk under way, to be given back
	in      []byte // its unread rest
	err     error  // why no more chunks come
	writing bool   // an earlier write has not come back
	lines   splitter
	octets  Unshielder
	plain   []byte // octets without shielding, reused
	command string // the last command line, to recognise its echo
	queue   []Indication
}

type chunk struct {
	octets []byte
	err    error
}

// New starts to read rw. Close of rw must end its blocked Read and Write. A nil log keeps no trace.
func New(rw io.ReadWriteCloser, log *trace.Log) *Conn {
	c := &Conn{
		rw:     rw,
		done:   make(chan struct{}),
		chunks: make(chan chunk, readAhead),
		free:   make(chan []byte, readAhead+2),
		writes: make(chan []byte),
		wrote:  make(chan error, 1),
		log:    log,
		timer:  time.NewTimer(time.Hour),
		plain:  make([]byte, 0, readSize+1),
	}
	for range cap(c.free) {
		c.free <- make([]byte, readSize)
	}
	c.wg.Go(c.read)
	c.wg.Go(c.write)
	return c
}

// Close closes the connection and waits until nothing uses it any more.
func (c *Conn) Close() error {
	err := error(nil)
	c.once.Do(func() {
		close(c.done)
		err = c.rw.Close()
	})
	c.wg.Wait()
	return err
}

// Trace makes l the log for what follows.
func (c *Conn) Trace(l *trace.Log) { c.log = l }

// Numeric says that the modem answers in digits (V0) and will not be taught otherwise.
func (c *Conn) Numeric(yes bool) { c.lines.numeric = yes }

// read is the only reader of rw.
func (c *Conn) read() {
	defer close(c.chunks)
	for idle := 0; ; {
		var buf []byte
		select {
		case buf = <-c.free:
		case <-c.done:
			return
		}
		n, err := c.rw.Read(buf)
		if idle++; n > 0 {
			idle = 0
		}
		if idle > 100 && err == nil {
			err = io.ErrNoProgress
		}
		select {
		case c.chunks <- chunk{buf[:n], err}:
		case <-c.done:
			return
		}
		if err != nil {
			return
		}
	}
}

// write is the only writer of rw.
func (c *Conn) write() {
	for {
		select {
		case p := <-c.writes:
			_, err := c.rw.Write(p)
			c.wrote <- err
		case <-c.done:
			return
		}
	}
}

// Write hands octets to the modem as they are and waits until the operating system has taken them; they must not be
// changed before, not even when an error was returned. ErrTimeout means that it had not taken them by until; the next
// Write waits for that first.
func (c *Conn) Write(ctx context.Context, until time.Time, octets []byte) error {
	c.timer.Reset(time.Until(until))
	if c.writing {
		if err := c.written(ctx); err != nil {
			return err
		}
	}
	select {
	case c.writes <- octets:
	case <-c.done:
		return io.ErrClosedPipe
	}
	c.writing = true
	return c.written(ctx)
}

// written waits until the write under way has come back.
func (c *Conn) written(ctx context.Context) error {
	select {
	case err := <-c.wrote:
		c.writing = false
		if err != nil {
			return fmt.Errorf("at: writing to the modem: %w", err)
		}
		return nil
	case <-c.timer.C:
		return fmt.Errorf("at: the modem takes no more octets: %w", ErrTimeout)
	case <-ctx.Done():
		return ctx.Err()
	case <-c.done:
		return io.ErrClosedPipe
	}
}

// Send writes the command line "AT" + command. What the modem has said before cannot be its answer: indications are kept,
// the rest is dropped, such as a result that came too late for the command before.
func (c *Conn) Send(ctx context.Context, until time.Time, command string) error {
	if err := c.Sift(ctx); err != nil {
		return err
	}
	c.command = "AT" + command
	c.note(trace.ToModem, "%s", c.command)
	return c.Write(ctx, until, []byte(c.command+"\r"))
}

// Sift goes through what the modem has said already: indications are kept, the rest is dropped.
func (c *Conn) Sift(ctx context.Context) error {
	for {
		line, err := c.Line(ctx, time.Time{})
		if errors.Is(err, ErrTimeout) {
			return nil
		}
		if err != nil {
			return err
		}
		if i, ok := ParseIndication(line); ok {
			c.Keep(i)
		}
	}
}

// fill makes sure that there is something in c.in.
func (c *Conn) fill(ctx context.Context, until time.Time) error {
	for len(c.in) == 0 {
		if c.err != nil {
			return c.err
		}
		if c.buf != nil {
			c.free <- c.buf[:readSize]
			c.buf = nil
		}
		select { // what is there already counts as in time
		case k, ok := <-c.chunks:
			c.take(k, ok)
			continue
		default:
		}
		c.timer.Reset(time.Until(until))
		select {
		case k, ok := <-c.chunks:
			c.take(k, ok)
		case <-c.timer.C:
			return ErrTimeout
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (c *Conn) take(k chunk, open bool) {
	if !open {
		c.err = fmt.Errorf("at: the connection is closed: %w", io.ErrClosedPipe)
		return
	}
	c.buf, c.in = k.octets, k.octets
	if k.err != nil {
		c.err = fmt.Errorf("at: reading from the modem: %w", k.err)
	}
}

// Line waits for the next line the modem says; empty lines and the echo of our last command are left out, and a line of
// more than 512 octets is cut. Errors: ErrTimeout, ctx's, or that of the connection.
func (c *Conn) Line(ctx context.Context, until time.Time) (string, error) {
	for {
		if err := c.fill(ctx, until); err != nil {
			return "", err
		}
		line, n := c.lines.next(c.in)
		c.in = c.in[n:]
		if line == "" {
			continue
		}
		if c.command != "" && strings.EqualFold(line, c.command) {
			c.command = ""
			continue
		}
		c.note(trace.FromModem, "%s", line)
		return line, nil
	}
}

// Octets waits for octets after CONNECT, without their shielding, and tells whether this is their end (DLE ETX); then
// lines follow. The slice is valid until the next call. Errors are those of Line.
func (c *Conn) Octets(ctx context.Context, until time.Time) (octets []byte, end bool, err error) {
	for {
		if err := c.fill(ctx, until); err != nil {
			return nil, false, err
		}
		c.in = c.in[c.lines.connected(c.in):]
		var n int
		c.plain, n, end = c.octets.Unshield(c.plain[:0], c.in)
		c.in = c.in[n:]
		if len(c.plain) > 0 || end {
			return c.plain, end, nil
		}
	}
}

// Answer is what a modem says to a command.
type Answer struct {
	Result Result
	Final  string   // the line that carried the result
	Info   []string // the lines before
}

// Answer waits for the final result of a command. Indications among the lines are kept for Indications. Errors are those
// of Line; what was gathered until then is returned with them.
func (c *Conn) Answer(ctx context.Context, until time.Time) (Answer, error) {
	var a Answer
	for {
		line, err := c.Line(ctx, until)
		if err != nil {
			return a, err
		}
		if a.Result = c.Result(line); a.Result != None {
			a.Final = line
			return a, nil
		}
		if i, ok := ParseIndication(line); ok {
			c.Keep(i)
		} else if len(a.Info) < maxQueue {
			a.Info = append(a.Info, line)
		}
	}
}

// Result is the final result that a line states, or None.
func (c *Conn) Result(line string) Result { return ParseResult(line, c.lines.numeric) }

// Keep puts an indication aside for Indications.
func (c *Conn) Keep(i Indication) {
	if len(c.queue) == maxQueue {
		c.queue = c.queue[1:]
	}
	c.queue = append(c.queue, i)
}

// Indications takes what the modem has said unasked, in order.
func (c *Conn) Indications() []Indication {
	q := c.queue
	c.queue = nil
	return q
}

// Forget drops everything the modem has said so far, and what is left of shielding: the state before a new beginning.
func (c *Conn) Forget() {
	c.in, c.lines.line, c.octets, c.command = nil, c.lines.line[:0], Unshielder{}, ""
	for {
		select {
		case k, ok := <-c.chunks:
			if c.buf != nil {
				c.free <- c.buf[:readSize]
				c.buf = nil
			}
			if c.take(k, ok); !ok {
				return
			}
			c.in = nil
		default:
			return
		}
	}
}

func (c *Conn) note(k trace.Kind, format string, args ...any) {
	c.log.Add(time.Now(), k, format, args...)
}
