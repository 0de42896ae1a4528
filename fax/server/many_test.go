package server

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
)

// Forty faxes on four lines that call one another as they come: each arrives once, and the journal tells of both ends.
func TestManyFaxes(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		for _, number := range []string{"113", "114"} {
			b.modems[number] = b.exchange.Modem(exchange.Station{Number: number}, exchange.Habits{})
			b.lines = append(b.lines, number)
			if _, err := b.AddPort(b.source(number)); err != nil {
				t.Fatal(err)
			}
		}
		b.ready()
		b.set(fax.ServerPatch{Retries: patch(99), RetryDelay: patch(1)})
		const faxes = 40
		random := rand.New(rand.NewPCG(1, 2))
		var jobs []fax.JobID
		for n := range faxes {
			from := random.IntN(len(b.lines))
			to := (from + 1 + random.IntN(len(b.lines)-1)) % len(b.lines)
			d := fax.Document{FaxNumber: b.lines[to], DeviceID: fax.DeviceID(from + 1), DisplayName: fmt.Sprint(n)}
			jobs = append(jobs, b.submit(d, strip(byte(n)))[0].JobID)
			time.Sleep(time.Duration(random.IntN(20)) * time.Second)
		}
		b.wait("all of them", 12*time.Hour, func() bool { return len(b.Jobs(boss, JobFilter{})) == 0 })
		b.ready()
		for _, id := range jobs {
			if j := b.job(id); j.State != fax.Finished {
				t.Errorf("%+v", j)
			}
		}
		page := must(b.Messages(MessageFilter{Paging: Paging{Limit: 500}}))
		arrived := map[int]int{}
		for _, m := range page.Items {
			for n := range faxes {
				if m.Pages == 1 && !m.Partial && bytes.Equal(b.pages(m.ID)[0].Bits, strip(byte(n)).Bits) {
					arrived[n]++
				}
			}
		}
		for n := range faxes {
			if arrived[n] != 1 {
				t.Errorf("fax %d arrived %d times", n, arrived[n])
			}
		}
		b.agrees()
	})
}

// agrees checks the journal: for each call that carried a page, a line at either end that says the same.
func (b *office) agrees() {
	b.Helper()
	out, in := map[fax.JobID]int{}, 0
	for _, c := range must(b.Calls(CallFilter{Paging: Paging{Limit: 500}})).Items {
		switch {
		case c.Result.Cause == fax.Unknown:
			b.Errorf("open: %+v", c)
		case c.Pages == 0:
		case c.Direction == fax.Out:
			out[c.JobID] += c.Pages
		case c.MessageID == 0:
			b.Errorf("pages and no message: %+v", c)
		default:
			in += c.Pages
		}
	}
	if len(out) != in {
		b.Errorf("%d jobs sent a page, %d pages came in", len(out), in)
	}
	for id, n := range out {
		if n != 1 {
			b.Errorf("job %d sent %d pages", id, n)
		}
	}
}

// Two lines that call each other at the same moment both get through.
func TestGlare(t *testing.T) {
	inOffice(t, exchange.Options{PostDial: 3 * time.Second}, func(b *office) {
		b.open()
		b.set(fax.ServerPatch{RetryDelay: patch(1)})
		b.set(fax.ServerPatch{PauseServerQueue: patch(true)})
		one := b.submit(fax.Document{FaxNumber: "102", DeviceID: 1}, strip(1))[0]
		two := b.submit(fax.Document{FaxNumber: "101", DeviceID: 2}, strip(2))[0]
		b.set(fax.ServerPatch{PauseServerQueue: patch(false)})
		b.until(one.JobID, fax.Finished, 30*time.Minute)
		b.until(two.JobID, fax.Finished, 30*time.Minute)
		b.ready()
		if got := len(b.messages()); got != 2 {
			t.Errorf("%d messages: %s", got, b.journal())
		}
	})
}

// What a bad line did to pages is shown, page by page.
func TestBadLine(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		if _, err := b.UpdatePort(boss, 1, fax.PortPatch{ECM: patch(false)}); err != nil {
			t.Fatal(err)
		}
		b.exchange.Impair("101", exchange.Line{ImageErrors: 1e-5, Seed: 7})
		letter := sample.Letter(raster.Fine)
		j := b.send("102", letter, letter, letter)
		b.until(j.JobID, fax.Finished, time.Hour)
		b.ready()
		damaged := 0
		for _, m := range b.messages() {
			damaged += len(m.Damaged)
			for _, n := range m.Damaged {
				if n < 1 || n > m.Pages {
					t.Errorf("page %d of %d is damaged", n, m.Pages)
				}
			}
		}
		if damaged == 0 {
			t.Error("no page is said to be damaged")
		}
	})
}
