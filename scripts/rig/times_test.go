package rig

import (
	"strings"
	"testing"
	"time"
)

func frame(octets ...byte) string { return string(octets) + "\x10\x03" }

func TestTimes(t *testing.T) {
	x := start(t, func(dir string) []string {
		return append(Modem(dir, "a", "101"), Modem(dir, "b", "102")...)
	})
	t.Cleanup(func() {
		ev, err := x.Events()
		if err != nil {
			t.Fatal(err)
		}
		t0 := 0.0
		for _, e := range ev {
			if e.Ev == "answer" {
				t0 = e.T
			}
			if e.Ev == "at" || e.Ev == "sound" || e.Ev == "answer" || e.Ev == "release" {
				t.Logf("%8.2f %8.2f %s %s %s %s %v %s len%d data%d", e.T, e.T-t0, e.Ep, e.Ev, e.Dir, e.Text, e.On, e.Hex, e.Len, e.Data)
			}
		}
	})
	a, b := openHost(t, x, "a"), openHost(t, x, "b")
	for _, h := range []*host{a, b} {
		h.at("E0+FCLASS=1", "OK")
	}
	a.send("ATDT102\r")
	b.expect("RING", 5*time.Second)
	b.send("ATA\r")
	b.expect("CONNECT\r\n", 8*time.Second)
	c, o, nc := "CONNECT\r\n", "OK\r\n", "NO CARRIER\r\n"
	w := 8 * time.Second
	b.send(frame(0xff, 0x03, 0x40))
	b.expect(c, w)
	b.send(frame(0xff, 0x13, 0x80, 0x00, 0xee, 0xf8, 0x44))
	a.expect(c, w)
	a.expect(o, w)
	a.send("AT+FRH=3\r")
	a.expect(c, w)
	a.expect(o, w)
	a.send("AT+FTH=3\r")
	b.expect(o, w)
	b.send("AT+FRH=3\r")
	a.expect(c, w)
	a.send(frame(0xff, 0x13, 0x83, 0x00, 0xee, 0xf8, 0x44))
	b.expect(c, w)
	b.expect(o, w)
	b.send("AT+FRM=145\r")
	a.expect(o, w)
	a.at("+FTS=8", "OK")
	a.send("AT+FTM=145\r")
	a.expect(c, w)
	a.send(strings.Repeat("\x00", 2700) + "\x10\x03")
	b.expect(c, w)
	b.expect(nc, w)
	b.send("AT+FTH=3\r")
	a.expect(o, w)
	a.send("AT+FRH=3\r")
	b.expect(c, w)
	b.send(frame(0xff, 0x13, 0x84))
	a.expect(c, w)
	a.expect(o, w)
	a.at("+FTS=7", "OK")
	a.send("AT+FTM=146\r")
	b.expect(o, w)
	b.send("AT+FRM=146\r")
	a.expect(c, w)
	a.send(strings.Repeat("\x7e", 1800) + "\x10\x03")
	b.expect(c, w)
	a.expect(o, w)
	a.at("+FTS=7", "OK")
	a.send("AT+FTH=3\r")
	b.expect(nc, w)
	b.send("AT+FRH=3\r")
	a.expect(c, w)
	a.send(frame(0xff, 0x13, 0xbf, 0, 0, 0, 0))
	b.expect(c, w)
	b.expect(o, w)
	b.at("+FRS=7", "OK")
	b.send("AT+FTH=3\r")
	a.expect(o, w)
	a.send("AT+FRH=3\r")
	b.expect(c, w)
	b.send(frame(0xff, 0x13, 0x8c))
	a.expect(c, w)
	a.expect(o, w)
	a.at("H", "OK")
}
