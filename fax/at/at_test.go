package at

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax/trace"
)

// pair is a Conn and the modem's end of its line.
func pair(t *testing.T, log *trace.Log) (*Conn, net.Conn) {
	ours, theirs := net.Pipe()
	c := New(ours, log)
	t.Cleanup(func() { c.Close() })
	return c, theirs
}

func in(d time.Duration) time.Time { return time.Now().Add(d) }

// say writes in pieces of n octets.
func say(w io.Writer, n int, text string) {
	for piece := range slices.Chunk([]byte(text), n) {
		if _, err := w.Write(piece); err != nil {
			return
		}
	}
}

// command takes a command line as a modem does.
func command(r io.Reader) string {
	var line []byte
	for b := make([]byte, 1); ; {
		if _, err := io.ReadFull(r, b); err != nil || b[0] == '\r' {
			return string(line)
		}
		line = append(line, b[0])
	}
}

// octets takes octets up to their end.
func octets(t *testing.T, c *Conn) string {
	var all []byte
	for {
		p, end, err := c.Octets(t.Context(), in(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, p...); end {
			return string(all)
		}
	}
}

func TestOctetsBeginAndEndAtTheOctet(t *testing.T) {
	const data = "\n\rNO CARRIER\r\n\x10\x11"
	shielded := string(Shield(nil, []byte(data))) + End
	for _, c := range []struct {
		name, stream string
		numeric      bool
	}{
		{"verbose", "\r\nCONNECT\r\n" + shielded + "\r\nOK\r\n", false},
		{"numeric", "1\r" + shielded + "0\r", true},
	} {
		for n := 1; n <= len(c.stream); n++ {
			synctest.Test(t, func(t *testing.T) {
				conn, modem := pair(t, nil)
				conn.Numeric(c.numeric)
				go say(modem, n, c.stream)
				a, err := conn.Answer(t.Context(), in(time.Second))
				if a.Result != Connect || err != nil {
					t.Fatalf("%s: %v, %v", c.name, a, err)
				}
				if got := octets(t, conn); got != data {
					t.Fatalf("%s in pieces of %d: octets %q, want %q", c.name, n, got, data)
				}
				if a, err := conn.Answer(t.Context(), in(time.Second)); a.Result != OK || err != nil {
					t.Fatalf("%s: %v, %v", c.name, a, err)
				}
			})
		}
	}
}

func TestAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		log := trace.New(&text, time.Now())
		conn, modem := pair(t, log)
		go func() {
			line := command(modem)
			say(modem, 3, line+"\r\r\nA\r\n\r\nRING\r\n\r\nNMBR = 4711\r\nB\r\n\r\nOK\r\n")
		}()
		if err := conn.Send(t.Context(), in(time.Second), "I3"); err != nil {
			t.Fatal(err)
		}
		a, err := conn.Answer(t.Context(), in(time.Second))
		if err != nil || a.Result != OK || !slices.Equal(a.Info, []string{"A", "B"}) {
			t.Errorf("got %+v, %v", a, err)
		}
		want := []Indication{{Ring, ""}, {Number, "4711"}}
		if got := conn.Indications(); !slices.Equal(got, want) {
			t.Errorf("indications %v", got)
		}
		if got := conn.Indications(); got != nil {
			t.Errorf("indications given twice: %v", got)
		}
		log.Flush()
		for _, want := range []string{"at>  ATI3", "at<  RING", "at<  OK"} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("no %q in the trace\n%s", want, text.String())
			}
		}
		if strings.Contains(text.String(), "at<  ATI3") {
			t.Error("the echo is in the trace")
		}
	})
}

// A result that came before a command is not its answer; an indication is kept.
func TestStaleLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, modem := pair(t, nil)
		go func() {
			say(modem, 100, "\r\nNO CARRIER\r\n\r\nRING\r\n\r\nNO CARR")
			command(modem)
			say(modem, 100, "IER\r\n\r\nOK\r\n")
		}()
		synctest.Wait()
		if err := conn.Send(t.Context(), in(time.Second), ""); err != nil {
			t.Fatal(err)
		}
		a, err := conn.Answer(t.Context(), in(time.Second))
		if err != nil || a.Result != NoCarrier { // it was not complete before
			t.Errorf("%+v, %v", a, err)
		}
		if a, err = conn.Answer(t.Context(), in(time.Second)); err != nil || a.Result != OK {
			t.Errorf("%+v, %v", a, err)
		}
		if got := conn.Indications(); !slices.Equal(got, []Indication{{Kind: Ring}}) {
			t.Errorf("indications %v", got)
		}
	})
}

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, modem := pair(t, nil)
		begun := time.Now()
		if _, err := conn.Line(t.Context(), in(3*time.Second)); !errors.Is(err, ErrTimeout) || time.Since(begun) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		// Nobody reads at the modem's end.
		if err := conn.Write(t.Context(), in(time.Second), []byte("AT\r")); !errors.Is(err, ErrTimeout) {
			t.Errorf("writing to a modem that takes nothing: %v", err)
		}
		if err := conn.Write(t.Context(), in(time.Second), []byte("AT\r")); !errors.Is(err, ErrTimeout) {
			t.Errorf("writing behind a write that has not come back: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if err := conn.Write(ctx, in(time.Hour), []byte("AT\r")); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		go io.Copy(io.Discard, modem)
		if err := conn.Write(t.Context(), in(time.Second), []byte("AT\r")); err != nil {
			t.Errorf("the modem takes octets again: %v", err)
		}
		if _, err := conn.Line(ctx, in(time.Hour)); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		// What has come already counts, even when the time is over.
		go say(modem, 9, "\r\nOK\r\n")
		synctest.Wait()
		if line, err := conn.Line(t.Context(), in(-time.Second)); line != "OK" || err != nil {
			t.Errorf("%q, %v", line, err)
		}
	})
}

func TestForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, modem := pair(t, nil)
		go func() {
			say(modem, 100, "\r\nCONNECT\r\nabc\x10")
			command(modem)
			say(modem, 100, "\r\nOK\r\n")
		}()
		if _, err := conn.Line(t.Context(), in(time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := conn.Octets(t.Context(), in(time.Second)); err != nil {
			t.Fatal(err)
		}
		for range 100 { // more than there are buffers
			conn.Forget()
		}
		if err := conn.Send(t.Context(), in(time.Second), ""); err != nil {
			t.Fatal(err)
		}
		if line, err := conn.Line(t.Context(), in(time.Second)); line != "OK" || err != nil {
			t.Errorf("%q, %v", line, err)
		}
	})
}

func TestModemGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, modem := pair(t, nil)
		modem.Close()
		for range 2 {
			if _, err := conn.Line(t.Context(), in(time.Hour)); !errors.Is(err, io.EOF) {
				t.Errorf("reading: %v", err)
			}
		}
		if err := conn.Send(t.Context(), in(time.Hour), ""); err == nil {
			t.Error("writing to a modem that is gone succeeds")
		}
		conn.Forget()
		if _, _, err := conn.Octets(t.Context(), in(time.Hour)); err == nil {
			t.Error("octets from a modem that is gone")
		}
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, modem := pair(t, nil)
		go say(modem, 1, strings.Repeat("x", 100000)) // more than anybody takes
		time.AfterFunc(time.Second, func() { conn.Close() })
		if err := conn.Write(t.Context(), in(time.Hour), []byte("AT\r")); err == nil {
			t.Error("a write outlives Close")
		}
		if err := conn.Close(); err != nil {
			t.Errorf("closing twice: %v", err)
		}
		for {
			if _, err := conn.Line(t.Context(), in(time.Minute)); err != nil {
				if errors.Is(err, ErrTimeout) {
					t.Error("a closed connection is waited for")
				}
				break
			}
		}
	})
}

// idle is a port that says nothing, as go.bug.st/serial does after a timeout.
type idle struct{}

func (idle) Read([]byte) (int, error)    { return 0, nil }
func (idle) Write(p []byte) (int, error) { return len(p), nil }
func (idle) Close() error                { return nil }

func TestPortThatReadsNothing(t *testing.T) {
	conn := New(idle{}, nil)
	defer conn.Close()
	if _, err := conn.Line(t.Context(), in(time.Minute)); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("%v", err)
	}
}

func BenchmarkOctets(b *testing.B) {
	data := append(Shield(nil, bytes.Repeat([]byte("\x00\x10\x35\xff"), 512)), End...)
	ours, theirs := net.Pipe()
	c := New(ours, nil)
	defer c.Close()
	go func() {
		for {
			if _, err := theirs.Write(data); err != nil {
				return
			}
		}
	}()
	b.SetBytes(2048)
	b.ReportAllocs()
	for b.Loop() {
		for end := false; !end; {
			var err error
			if _, end, err = c.Octets(context.Background(), time.Now().Add(time.Minute)); err != nil {
				b.Fatal(err)
			}
		}
	}
}
