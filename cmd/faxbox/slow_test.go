package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// Whoever sends slowly, to keep connections and memory, is hung up on; whoever does so at an ordinary pace is answered.
func TestSlowSendersAreLeft(t *testing.T) {
	const begin = "POST /api/v1/documents HTTP/1.1\r\nHost: box\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n"
	for name, c := range map[string]struct {
		begin string
		pause time.Duration // between octets
		most  time.Duration // until the server hangs up; 0: it must not within the time tried
	}{
		"header":          {"GET /api/v1/health HTTP/1.1\r\nHost: b", time.Second, 15 * time.Second},
		"header of a fax": {begin + "X-Slow: ", 3 * time.Second, 15 * time.Second},
		"fax":             {"", 20 * time.Second, 20 * time.Minute},
		"ordinary fax":    {"", time.Millisecond, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inDemo(t, func(d *demo) {
				conn, err := d.network.dial(context.Background(), "", "")
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				if c.begin == "" {
					c.begin = begin + "Authorization: Bearer " + d.token + "\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
				}
				lasted, left := trickle(conn, c.begin, c.pause)
				if c.most == 0 && left || c.most > 0 && (!left || lasted > c.most) {
					t.Errorf("after %v, left: %t", lasted, left)
				}
			})
		})
	}
}

// trickle sends a beginning and then octet after octet for half an hour, or a few thousand of them. It tells how long that
// went on, and whether the other side ended it.
func trickle(conn net.Conn, begin string, pause time.Duration) (lasted time.Duration, left bool) {
	began := time.Now()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = io.Copy(io.Discard, conn)
	}()
	_, err := fmt.Fprint(conn, begin)
	for n := 0; err == nil && n < 5000 && time.Since(began) < 30*time.Minute; n++ {
		select {
		case <-answered:
			return time.Since(began), true
		case <-time.After(pause):
		}
		_, err = conn.Write([]byte("a"))
	}
	return time.Since(began), err != nil
}
