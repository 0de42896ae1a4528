package server

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"

	"faxbox/fax"
	"faxbox/fax/exchange"
	"faxbox/fax/route/printer"
)

// A printer is trusted at first sight, and then it is the same one, also after a restart; an authority's word outweighs that,
// and nothing outweighs an authority's. Who tries it anew trusts the one that is there.
func TestTrustPrinter(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.dial = func(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED }
		b.open()
		const url, other = "ipps://a/ipp/print", "ipps://b/ipp/print"
		for n, step := range []struct {
			url, proof string
			stranger   bool
		}{
			{url, "1", false}, {url, "1", false}, {url, "2", true}, {other, "2", false}, {url, printer.Vouched, false}, {url, "1", true},
			{url, printer.Vouched, false}, {other, "2", false},
		} {
			if err := b.trustPrinter(step.url, step.proof); errors.Is(err, printer.ErrStranger) != step.stranger || err != nil && !step.stranger {
				t.Errorf("%d: %v", n, err)
			}
		}
		b.close()
		b.open()
		if err := b.trustPrinter(other, "3"); !errors.Is(err, printer.ErrStranger) {
			t.Errorf("after a restart: %v", err)
		}
		setting := other
		if _, err := b.UpdateRoutingMethod(boss, 1, fax.RoutePrint, fax.RoutingMethodPatch{Setting: &setting}); err != nil {
			t.Fatal(err)
		}
		if v, err := b.TestRoutingMethod(b.Context(), boss, 1, fax.RoutePrint); err != nil || v.OK {
			t.Errorf("%v, %+v", err, v)
		}
		if err := b.trustPrinter(other, "3"); err != nil {
			t.Errorf("tried anew: %v", err)
		}
	})
}
