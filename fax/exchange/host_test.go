package exchange

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// virtual runs a test in a bubble with an exchange that records.
func virtual(t *testing.T, o Options, f func(t *testing.T, x *Exchange)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Record = true
		born := time.Now()
		x := New(o)
		defer func() {
			x.Close()
			synctest.Wait()
		}()
		f(t, x)
		if t.Failed() {
			for _, s := range x.Log() {
				t.Logf("%8d ms %v", s.Start.Sub(born).Milliseconds(), s)
			}
		}
	})
}

// host is a computer with a modem.
type host struct {
	t    *testing.T
	name string
	port *Port

	mu      sync.Mutex
	changed *sync.Cond
	in      []byte
	err     error
}

// plug opens the modem's port. The reader ends with the exchange.
func plug(t *testing.T, m *Modem) *host {
	t.Helper()
	p, err := m.Open()
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, name: m.ext.Number, port: p}
	h.changed = sync.NewCond(&h.mu)
	go h.read()
	return h
}

func (h *host) read() {
	var b [512]byte
	for {
		n, err := h.port.Read(b[:])
		h.mu.Lock()
		h.in = append(h.in, b[:n]...)
		h.err = err
		h.changed.Broadcast()
		h.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// class1 brings the modem into class 1 without echo.
func (h *host) class1() *host {
	h.t.Helper()
	h.ok("ATE0")
	h.ok("AT+FCLASS=1")
	return h
}

func (h *host) write(b ...byte) {
	h.t.Helper()
	if _, err := h.port.Write(b); err != nil {
		h.t.Fatalf("%s: write: %v", h.name, err)
	}
}

func (h *host) cmd(line string) { h.t.Helper(); h.write([]byte(line + "\r")...) }

// ok sends a command that must be answered by OK, and returns what came before it.
func (h *host) ok(line string) string {
	h.t.Helper()
	h.cmd(line)
	return h.until("OK")
}

// until waits for a result code, up to two minutes, and returns what came before it.
func (h *host) until(code string) string {
	h.t.Helper()
	before, ok := h.take([]byte("\r\n"+code+"\r\n"), 2*time.Minute)
	if !ok {
		h.t.Fatalf("%s: got %.200q, want %s", h.name, h.in, code)
	}
	return strings.Trim(string(before), "\r\n")
}

// says is until for an answer that must follow with nothing before it.
func (h *host) says(code string) {
	h.t.Helper()
	if before := h.until(code); before != "" {
		h.t.Fatalf("%s: got %.200q before %s", h.name, before, code)
	}
}

// data waits for DLE ETX and returns what came before it, DLE shielding removed.
func (h *host) data() []byte {
	h.t.Helper()
	var data []byte
	ok := h.wait(20*time.Minute, func() bool {
		var u unshield
		out, n, end := u.next(nil, h.in, len(h.in)+1)
		if end {
			data, h.in = out, h.in[n:]
		}
		return end
	})
	if !ok {
		h.t.Fatalf("%s: got %.200q, want data", h.name, h.in)
	}
	return data
}

// take waits until the input holds end and returns what is before it.
func (h *host) take(end []byte, limit time.Duration) (before []byte, ok bool) {
	ok = h.wait(limit, func() bool {
		i := bytes.Index(h.in, end)
		if i >= 0 {
			before, h.in = h.in[:i:i], h.in[i+len(end):]
		}
		return i >= 0
	})
	return before, ok
}

// wait waits until the input is as wished, at most so long.
func (h *host) wait(limit time.Duration, ok func() bool) bool {
	late := false
	timer := time.AfterFunc(limit, func() {
		h.mu.Lock()
		late = true
		h.changed.Broadcast()
		h.mu.Unlock()
	})
	defer timer.Stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	for !ok() {
		if late || h.err != nil {
			return false
		}
		h.changed.Wait()
	}
	return true
}

// nothing makes sure that the modem says nothing for a while.
func (h *host) nothing(d time.Duration) {
	h.t.Helper()
	time.Sleep(d)
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.in) > 0 {
		h.t.Fatalf("%s: got %q, want nothing", h.name, h.in)
	}
}

// frame sends a frame for which the modem has said CONNECT.
func (h *host) frame(f []byte) {
	h.t.Helper()
	h.write(append(shielded(f), dle, etx)...)
}

func shielded(b []byte) []byte { return bytes.ReplaceAll(b, []byte{dle}, []byte{dle, dle}) }

// hears asks for a frame that must come intact, and returns it without FCS.
func (h *host) hears() []byte {
	h.t.Helper()
	h.cmd("AT+FRH=3")
	h.says("CONNECT")
	f := h.data()
	h.says("OK")
	return f[:len(f)-2]
}

var (
	frameCSI = append([]byte{0xFF, 0x03, 0x40}, "                 102"...)
	frameDIS = []byte{0xFF, 0x13, 0x80, 0x00, 0xEE, 0xF8, 0x00}
	frameDCS = []byte{0xFF, 0x13, 0x83, 0x00, 0xC6, 0xF8, 0x00}
	frameCFR = []byte{0xFF, 0x13, 0x84}
	frameMCF = []byte{0xFF, 0x13, 0x8C}
	frameEOP = []byte{0xFF, 0x13, 0x2F}
	frameDCN = []byte{0xFF, 0x13, 0xFB}
)

// pair is a call between two modems up to the caller's CONNECT of the called one's first burst.
func pair(t *testing.T, x *Exchange, a, b Habits) (caller, called *host) {
	t.Helper()
	ma, mb := x.Modem(Station{Number: "101"}, a), x.Modem(Station{Number: "102"}, b)
	caller, called = plug(t, ma).class1(), plug(t, mb).class1()
	caller.cmd("ATDT102")
	called.says("RING")
	called.cmd("ATA")
	called.says("CONNECT")
	return caller, called
}

// identified is a pair after CSI and DIS have gone over.
func identified(t *testing.T, x *Exchange, a, b Habits) (caller, called *host) {
	t.Helper()
	caller, called = pair(t, x, a, b)
	called.frame(frameCSI)
	caller.says("CONNECT")
	called.says("CONNECT")
	called.frame(frameDIS)
	if f := caller.data(); !bytes.Equal(f, withFCS(frameCSI)) {
		t.Errorf("first frame is %x, want %x with FCS", f, frameCSI)
	}
	caller.says("OK")
	if f := caller.hears(); !bytes.Equal(f, frameDIS) {
		t.Errorf("second frame is %x, want %x", f, frameDIS)
	}
	called.says("OK")
	return caller, called
}

var _ io.ReadWriteCloser = (*Port)(nil)

func itoa(m Modulation) string { return strconv.Itoa(int(m)) }

// discard forgets what the modem has said.
func (h *host) discard() {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.in = nil
}

// got makes sure that the modem has said just this.
func (h *host) got(want string) {
	h.t.Helper()
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	if string(h.in) != want {
		h.t.Errorf("%s: got %q, want %q", h.name, h.in, want)
	}
	h.in = nil
}
