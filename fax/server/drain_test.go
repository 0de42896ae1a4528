package server

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
)

// A drain lets calls end that are on the lines, and has none begun, until Resume.
func TestDrain(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		first := b.send("102", strip(1))
		b.wait("a page on the line", time.Minute, func() bool {
			return slices.ContainsFunc(b.Statuses(), func(s fax.Status) bool { return s.State == fax.Sending })
		})
		short, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if err := b.Drain(short); !errors.Is(err, context.DeadlineExceeded) || !b.busy() {
			t.Errorf("within two seconds: %v", err)
		}
		second := b.send("102", strip(2)) // to a line of our own: neither is begun, neither is answered
		if err := b.Drain(context.Background()); err != nil || b.busy() {
			t.Errorf("drained: %v", err)
		}
		if j := b.job(first.JobID); j.State != fax.Finished {
			t.Errorf("the call that was on the line: %v", j.State)
		}
		time.Sleep(5 * time.Minute)
		if j := b.job(second.JobID); j.State != fax.Pending || b.busy() {
			t.Errorf("a call is begun: %v", j.State)
		}
		b.Resume()
		b.until(second.JobID, fax.Finished, 5*time.Minute)
	})
}
