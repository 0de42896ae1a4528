package port

import (
	"testing"

	"faxbox/fax"
	"faxbox/fax/exchange"
)

func TestDelivers(t *testing.T) {
	inTown(t, exchange.Options{}, func(w *town) {
		a, b := w.port("101", exchange.Habits{}), w.port("102", exchange.Habits{})
		b.ready()
		o := a.sends(w.work(7, "102", strip(300), strip(200)))
		if o.Cause != fax.OK || o.Confirmed != 2 || o.Call.Pages != 2 || o.Call.StationID != "C 102" {
			t.Errorf("%+v", o)
		}
		c := b.journal(1)
		if c.Result.Cause != fax.OK || c.Pages != 2 || c.CallerID != "101" || c.StationID != "T 101" || c.MessageID == 0 {
			t.Errorf("%+v", c)
		}
		a.ready()
		b.ready()
		if got := a.states(); got != "Initializing, Available, Dialing, Sending, Completed, Available" {
			t.Error(got)
		}
		if got := b.states(); got != "Initializing, Available, Ringing, Answered, Receiving, Completed, Available" {
			t.Error(got)
		}
	})
}
