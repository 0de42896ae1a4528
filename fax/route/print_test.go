package route

import (
	"strings"
	"testing"

	"faxbox/fax"
	"faxbox/fax/route/nettest"
)

// What is printed is the fax itself: here as PDF down a raw port.
func TestPrint(t *testing.T) {
	l, got := nettest.Raw(t)
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
