package route

import (
	"io"
	"net"
	"strings"
	"testing"

	"faxbox/fax"
)

// What is printed is the fax itself: here as PDF down a raw port.
func TestPrint(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan []byte, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		data, _ := io.ReadAll(c)
		got <- data
	}()
	f := scanned(t)
	p := &Print{Letter: func() bool { return true }}
	done, err := p.Route(t.Context(), fax.RoutingMethod{Setting: "socket://" + l.Addr().String(), Format: fax.PDF}, f)
	if err != nil || !strings.Contains(done.Result, "does not tell") {
		t.Fatalf("%v, %+v", err, done)
	}
	var want strings.Builder
	if err := f.write(&want, fax.PDF); err != nil {
		t.Fatal(err)
	}
	if data := <-got; string(data) != want.String() {
		t.Errorf("%d octets of %d", len(data), want.Len())
	}
	f.Outcome.Handle = "17"
	l.Close()
	if done, err := p.Route(t.Context(), fax.RoutingMethod{Setting: "ipp://" + l.Addr().String()}, f); err == nil || done.Handle != "17" {
		t.Errorf("%v, %+v", err, done) // what the printer has is not forgotten because it is asleep
	}
}
