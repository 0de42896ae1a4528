package rig

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
)

// These tests try the exchange itself, with the hosts of its modems played by hand.

const (
	second  = time.Second
	connect = "CONNECT\r\n"
	done    = "OK\r\n"
	gone    = "NO CARRIER\r\n"
)

// The frames that the hosts say.
var (
	csi = frame(0xFF, 0x03, 0x40)
	dis = frame(0xFF, 0x13, 0x80, 0x00, 0xEE, 0xF8, 0x44)
	dcs = frame(0xFF, 0x13, 0x83, 0x00, 0xEE, 0xF8, 0x44)
	cfr = frame(0xFF, 0x13, 0x84)
)

// frame is an HDLC frame as it goes to a Class 1 modem. None of ours has a DLE in it.
func frame(octets ...byte) string { return string(octets) + "\x10\x03" }

// modemAndMachine runs an exchange with a modem a, number 101, and a machine ref, number 201, with these keys.
func modemAndMachine(t *testing.T, keys ...string) (*Exchange, *host) {
	t.Helper()
	x := start(t, func(dir string) []string {
		return append(Modem(dir, "a", "101"), Machine(dir, "ref", "201", keys...)...)
	})
	h := openHost(t, x, "a")
	h.at("E0+FCLASS=1", "OK")
	return x, h
}

func TestResultCodes(t *testing.T) {
	t.Parallel()
	x := start(t, func(dir string) []string {
		args := append(Modem(dir, "a", "101"), Machine(dir, "busy", "201", "mode=busy")...)
		return append(args, Machine(dir, "mute", "202", "mode=noanswer")...)
	})
	h := openHost(t, x, "a")
	for _, c := range []struct{ command, answer string }{
		{"", "OK"}, {"E0", "OK"}, {"+FCLASS=?", "0,1,1.0"}, {"+FCLASS=1", "OK"},
		{"+XYZ=1", "ERROR"}, {"E0+FAX", "ERROR"}, {"\\Q3", "ERROR"},
		{"S7=45L0M1&C1&D2X4", "OK"}, {"V1Q0;+FAR=0", "OK"}, {"&FE0S0=0", "OK"}, {"+FCLASS=1.0", "OK"},
		{"DT201", "BUSY"}, {"DT999", "NO CARRIER"},
	} {
		h.at(c.command, c.answer)
	}
	h.at("S7=2", "OK")
	h.at("DT202", "NO ANSWER")
	control(t, x, "set", "a", "dead=1")
	h.at("DT201", "NO DIALTONE")
	control(t, x, "set", "a", "dead=0")
	h.send("ATDT202\r")
	awaitFirst(t, x, "ringing")
	h.send("x") // any key abandons the call
	h.expect("NO CARRIER", second)
}

// control gives an exchange a command.
func control(t *testing.T, x *Exchange, words ...string) string {
	t.Helper()
	answer, err := x.Control(words...)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// awaitFirst waits for the first event of a kind.
func awaitFirst(t *testing.T, x *Exchange, kind string) Event {
	t.Helper()
	e, _, err := x.Await(0, 20*second, func(e Event) bool { return e.Ev == kind })
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return e
}

func TestRinging(t *testing.T) {
	t.Parallel()
	x := start(t, func(dir string) []string {
		return append([]string{"--cadence", "0.4/0.2/0.4/2"}, append(
			Modem(dir, "a", "101", "ring="+filepath.Join(dir, "bell")),
			Machine(dir, "ref", "201", "cidname=EXAMPLE")...)...)
	})
	bell, err := net.Dial("unix", x.Path("bell"))
	if err != nil {
		t.Fatal(err)
	}
	defer bell.Close()
	h := openHost(t, x, "a")
	h.at("E0+VCID=1", "OK")
	control(t, x, "call", "ref", "101", "giveup=7")
	h.expect("RING\r\n", 5*second)
	between := h.expect("RING\r\n", 5*second)
	if !strings.Contains(between, "NMBR = 201") || !strings.Contains(between, "NAME = EXAMPLE") {
		t.Errorf("between the rings: %q", between)
	}
	if result, err := x.Wait("ref", 20*second); err != nil || !strings.HasPrefix(result, "no answer") {
		t.Errorf("the caller's result: %q, %v", result, err)
	}
	pulses := make([]byte, 256)
	n, err := bell.Read(pulses)
	if err != nil || n < 16 || strings.Trim(strings.ReplaceAll(string(pulses[:n]), "1\n0\n", ""), "1\n") != "" {
		t.Errorf("the bell: %q, %v", pulses[:n], err)
	}
}

func TestClosingThePortHangsUp(t *testing.T) {
	t.Parallel()
	x, h := modemAndMachine(t)
	control(t, x, "call", "ref", "101")
	h.expect("RING", 5*second)
	h.send("ATA\r")
	h.expect(connect, 8*second)
	h.send(dis)
	h.expect(done, 5*second)
	if err := h.f.Close(); err != nil {
		t.Fatal(err)
	}
	if e := awaitFirst(t, x, "release"); e.Reason != "dtr" {
		t.Errorf("released because of %s", e.Reason)
	}
	again := openHost(t, x, "a")
	again.at("", "OK")
	again.at("+FCLASS=0", "OK")
	if _, err := x.Wait("ref", 20*second); err != nil {
		t.Fatal(err)
	}
	control(t, x, "call", "ref", "101", "talk=60")
	again.expect("RING", 5*second)
	again.at("S7=2", "OK")
	again.send("ATA\r") // a data call finds no data modem
	again.expect(gone, 6*second)
}

func TestFarHangUp(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"event", "silence"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			x := start(t, func(dir string) []string {
				args := append(Modem(dir, "a", "101"), Machine(dir, "ref", "201", "mode=silent", "rings=0")...)
				return append([]string{"--far-hangup", mode}, args...)
			})
			h := openHost(t, x, "a")
			h.at("E0+FCLASS=1", "OK")
			h.send("ATDT201\r")
			awaitFirst(t, x, "answer")
			control(t, x, "hangup", "ref")
			_, err := h.await("NO CARRIER", second)
			if told := err == nil; told != (mode == "event") {
				t.Errorf("the modem was told: %v", told)
			}
			if held := strings.Contains(control(t, x, "status"), "orphan"); held != (mode == "silence") {
				t.Errorf("the modem holds the line: %v", held)
			}
		})
	}
}

func TestCommandsInACall(t *testing.T) {
	t.Parallel()
	x, h := modemAndMachine(t, "mode=silent", "rings=0", "talk=60")
	h.send("ATDT201\r")
	awaitFirst(t, x, "answer")
	h.send("\r") // a character ends the wait for a carrier
	h.expect(done, second)
	for _, c := range []struct {
		command string
		seconds float64
	}{{"+FTS=2", 0.02}, {"+FTS=8", 0.08}, {"+FTS=40", 0.4}} {
		h.at(c.command, "OK")
		if got := x.took(t, "AT"+c.command); math.Abs(got-c.seconds) > 0.045 {
			t.Errorf("%s took %.3f s", c.command, got)
		}
	}
	h.at("+FRS=10", "OK")
	h.send("AT+FRM=145\r")
	x.took(t, "") // the exchange has seen it
	h.send("\x18")
	h.expect(done, second)
	h.send("\x18")
	h.at("+FTM=96", "CONNECT")
	h.send(strings.Repeat("\x00", 2000) + "\x10\x03")
	h.expect(done, 5*second)
	h.at("H", "OK")
}

// took is the line time from a command to its OK; with no command it only reads the log.
func (x *Exchange) took(t *testing.T, command string) float64 {
	t.Helper()
	events, err := x.Events()
	if err != nil {
		t.Fatal(err)
	}
	var given float64
	for _, e := range events {
		switch {
		case e.Ev != "at" || command == "":
		case e.Dir == "dte" && e.Text == command:
			given = e.T
		case e.Dir == "dce" && e.Text == "OK" && given > 0:
			return e.T - given
		}
	}
	return -1
}

// pair is a caller and a called modem in a call, of which the called one has said CSI and DIS.
func pair(t *testing.T) (x *Exchange, a, b *host) {
	t.Helper()
	x = start(t, func(dir string) []string { return append(Modem(dir, "a", "101"), Modem(dir, "b", "102")...) })
	a, b = openHost(t, x, "a"), openHost(t, x, "b")
	for _, h := range []*host{a, b} {
		h.at("E0+FCLASS=1", "OK")
	}
	a.send("ATDT102\r")
	b.expect("RING", 5*second)
	b.send("ATA\r")
	b.expect(connect, 8*second)
	b.send(csi)
	b.expect(connect, 8*second)
	b.send(dis)
	a.hears(csi)
	a.send("AT+FRH=3\r")
	a.hears(dis)
	b.expect(done, 8*second)
	return x, a, b
}

// hears waits for a frame: CONNECT, its octets with FCS, OK.
func (h *host) hears(frame string) {
	h.t.Helper()
	h.expect(connect, 8*second)
	got := h.expect(done, 8*second)
	if want := strings.TrimSuffix(frame, "\x10\x03"); !strings.HasPrefix(got, want) {
		h.t.Errorf("heard %q, want %q", got, want)
	}
}

// says lets a host say one frame to another.
func (h *host) says(to *host, frame string) {
	h.t.Helper()
	to.send("AT+FRH=3\r")
	h.send("AT+FTH=3\r")
	h.expect(connect, 8*second)
	h.send(frame)
	to.hears(frame)
	h.expect(done, 8*second)
}

// sends lets a host send octets by a modulation to another, and returns what arrived.
func (h *host) sends(to *host, modulation int, octets []byte) []byte {
	h.t.Helper()
	to.send(fmt.Sprintf("AT+FRM=%d\r", modulation))
	h.at(fmt.Sprintf("+FTM=%d", modulation), "CONNECT")
	go func() { // the modem takes it as fast as the line does
		data := append(bytes.ReplaceAll(octets, []byte{0x10}, []byte{0x10, 0x10}), 0x10, 0x03)
		if _, err := h.f.Write(data); err != nil {
			h.t.Error(err)
		}
	}()
	to.expect(connect, 8*second)
	got := to.expect(gone, 60*second)
	h.expect(done, 8*second)
	return bytes.ReplaceAll([]byte(got), []byte{0x10, 0x10}, []byte{0x10})
}

// TestModemTimes states what the rest of the measurements rest on: how long the modem's signals are.
func TestModemTimes(t *testing.T) {
	t.Parallel()
	x, a, b := pair(t)
	a.says(b, dcs)
	a.sends(b, 145, make([]byte, 2700))
	b.says(a, cfr)
	a.sends(b, 146, make([]byte, 1800))
	a.at("H", "OK")
	b.at("H", "OK")
	c, err := x.Call(awaitFirst(t, x, "call-end").Call)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name    string
		seconds float64
	}{{"CNG", 0.5}, {"CED", 2.6}, {"CSI DIS", 1.42}, {"DCS", 1.17}, {"TCF", 2.91}, {"CFR", 1.06}, {"page", 1.16}}
	if len(c.Signals) != len(want) {
		t.Fatalf("signals: %v", c.Signals)
	}
	for i, w := range want {
		// A host that is kept waiting for the processor makes a burst longer, by flags.
		if s := c.Signals[i]; s.Duration() < w.seconds-0.03 || s.Duration() > w.seconds+0.2 {
			t.Errorf("%s: %v, want %.2f s", w.name, s, w.seconds)
		}
	}
}

// TestPageBytes sends random octets on V.17 from one modem to the other, more than the modem can hold.
func TestPageBytes(t *testing.T) {
	t.Parallel()
	_, a, b := pair(t)
	sent := make([]byte, 30000)
	rand.Read(sent)
	a.says(b, dcs)
	got := a.sends(b, 145, append(bytes.Repeat([]byte{0xFF}, 20), append(sent, make([]byte, 20)...)...))
	if !containsBits(got, sent) {
		t.Errorf("%d octets arrived, and not those that were sent", len(got))
	}
}

// containsBits reports whether octets hold others, perhaps shifted by some bits, as they come when the modem does not begin
// on an octet.
func containsBits(octets, wanted []byte) bool {
	for shift := range 8 {
		shifted := make([]byte, len(octets))
		for i := range octets {
			shifted[i] = octets[i] >> shift
			if shift > 0 && i+1 < len(octets) {
				shifted[i] |= octets[i+1] << (8 - shift)
			}
		}
		if bytes.Contains(shifted, wanted) {
			return true
		}
	}
	return false
}

// machines runs an exchange with two machines, tx 300 and rx 301, at ten times real time.
func machines(t *testing.T, keys ...string) *Exchange {
	t.Helper()
	return start(t, func(dir string) []string {
		args := append([]string{"--speed", "10"}, Machine(dir, "tx", "300", "ident=+49-300")...)
		return append(args, Machine(dir, "rx", "301", append(keys, "rings=0")...)...)
	})
}

func TestMachines(t *testing.T) {
	t.Parallel()
	x := machines(t)
	pages := []*raster.Page{sample.White(raster.Standard), sample.Form(raster.Standard)}
	doc := filepath.Join(t.TempDir(), "sent.tif")
	if err := WriteDocument(doc, pages...); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		command, result, kept string
		keys                  []string
	}{
		{"send tx 301 " + doc + " sub=1234 sid=4321", "ok 0: OK", "rx-1.tif", nil},
		{"poll tx 301", "ok 0: OK", "tx-2.tif", []string{"pollfile=" + doc}},
		{"send tx 301 " + doc, "failed", "", []string{"pollfile=", "hangupafter=1"}},
	} {
		if c.keys != nil {
			control(t, x, append([]string{"set", "rx"}, c.keys...)...)
		}
		control(t, x, c.command)
		result, err := x.Wait("tx", 300*second)
		if err != nil || !strings.HasPrefix(result, c.result) {
			t.Errorf("%s: %q, %v", c.command, result, err)
		}
		if _, err := x.Wait("rx", 300*second); err != nil { // it notices the end of the call later
			t.Fatal(err)
		}
		if c.kept == "" {
			continue
		}
		if got, err := ReadDocument(x.Path(c.kept)); err != nil || Same(pages, got) != nil {
			t.Errorf("%s: %v, %v", c.command, err, Same(pages, got))
		}
	}
	e, _, err := x.Await(0, second, func(e Event) bool { return e.Ev == "phase-b" && e.Ep == "rx" })
	if err != nil {
		t.Fatal(err)
	}
	if e.Sub != "1234" || e.Sid != "4321" || e.Ident != "+49-300" {
		t.Errorf("SUB %q, SID %q, TSI %q arrived", e.Sub, e.Sid, e.Ident)
	}
}

// TestLines sends pages over lines of every kind that the reference machines stand.
func TestLines(t *testing.T) {
	t.Parallel()
	page := []*raster.Page{sample.Form(raster.Standard)}
	doc := filepath.Join(t.TempDir(), "form.tif")
	if err := WriteDocument(doc, page...); err != nil {
		t.Fatal(err)
	}
	x := machines(t)
	send := func(keys string) (string, *Call) {
		t.Helper()
		before, err := x.Events()
		if err != nil {
			t.Fatal(err)
		}
		control(t, x, "send", "tx", "301", doc, keys)
		result, err := x.Wait("tx", 1000*second)
		if err != nil {
			t.Fatal(err)
		}
		e, _, err := x.AwaitCall(len(before), "tx", 100*second)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x.Call(e.Call)
		if err != nil {
			t.Fatal(err)
		}
		return result, c
	}
	for _, line := range []string{
		"", "snr=38", "noise=-55", "gain=-12", "delay=300", "echo=-20 echodelay=40", "ppm=50", "ppm=-50", "shift=5", "codec=alaw",
		"codec=ulaw", "snr=34 gain=-10 delay=40 codec=alaw", "gain=-10 snr=27", "droprandom=20:100 seed=3",
	} {
		control(t, x, "impair", "default", "clear", line)
		result, c := send("")
		got, err := ReadDocument(x.Path(fmt.Sprintf("rx-%d.tif", c.End.Call)))
		if err == nil {
			err = Same(page, got)
		}
		if !strings.HasPrefix(result, "ok") || err != nil {
			t.Errorf("over a line with %q: %s, %v", line, result, err)
		}
	}
	control(t, x, "impair", "default", "clear", "cut=16")
	if result, _ := send(""); !strings.HasPrefix(result, "failed") {
		t.Errorf("over a line that is cut: %s", result)
	}
	control(t, x, "impair", "default", "clear")
	for _, m := range []struct {
		modems string
		rate   int
	}{{"v27", 4800}, {"v27+v29", 9600}, {"v27+v29+v17", 14400}} {
		result, c := send("ecm=0 comp=mh modems=" + m.modems)
		if !strings.HasPrefix(result, "ok") || len(c.Pages) == 0 || c.Pages[0].Rate != m.rate {
			t.Errorf("by %s: %s, %v", m.modems, result, c.Pages)
		}
	}
}

// TestAccount holds the account of a call against the call: what it names must sum up to what the call took.
func TestAccount(t *testing.T) {
	t.Parallel()
	x := start(t, func(dir string) []string {
		return append(Machine(dir, "tx", "300"), Machine(dir, "rx", "301", "rings=0")...)
	})
	pages := []*raster.Page{Crop(sample.Letter(raster.Standard), 100, 200), sample.White(raster.Standard)}
	doc := filepath.Join(t.TempDir(), "sent.tif")
	if err := WriteDocument(doc, pages...); err != nil {
		t.Fatal(err)
	}
	control(t, x, "send", "tx", "301", doc)
	e, _, err := x.AwaitCall(0, "tx", 100*second)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x.Call(e.Call)
	if err != nil {
		t.Fatal(err)
	}
	limit, err := LimitOf(pages)
	if err != nil {
		t.Fatal(err)
	}
	a := c.Account("rx", limit)
	sum := 0.0
	for _, i := range a.Items {
		sum += i.Ours + i.Far
	}
	if math.Abs(sum-a.Over) > 0.01 || a.Over < 0 || a.Over > 5 {
		t.Errorf("%.3f s beyond the limit, named: %.3f s, %+v", a.Over, sum, a.Items)
	}
	if i := a.Item("identification frames"); i.Ours < 0.6 || i.Far < 0.6 {
		t.Errorf("TSI and CSI take %+v", i)
	}
}

func TestMissingNames(t *testing.T) {
	if _, err := os.Stat(faxlineDir()); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", t.TempDir())
	if missing := strings.Join(Missing(), ", "); !strings.Contains(missing, "gcc (gcc)") || !strings.Contains(missing, "make (make)") {
		t.Errorf("without any program this is missing: %s", missing)
	}
}
