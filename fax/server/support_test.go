package server

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
)

// What is given to strangers holds nothing of who faxed with whom, nor where faxes go, and yet tells what was said.
func TestSupport(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		const secret = "+49 30 7766554"
		b.set(fax.ServerPatch{BlockedNumbers: patch([]string{"0900 8877665", "0190*"})})
		for id := fax.DeviceID(1); id <= 2; id++ {
			_, err := b.UpdatePort(boss, id, fax.PortPatch{Csid: patch(fax.StationID(secret)), Tsid: patch(fax.StationID("ACME HQ")), Name: patch("Dr. Meyer"),
				Block: patch([]string{"0177 5544332"})})
			if err != nil {
				t.Fatal(err)
			}
		}
		b.enable(2, b.folder("hidden-folder"), "{date}")
		b.until(b.send("102", strip(1)).JobID, fax.Finished, 3*time.Minute)
		b.ready()
		if _, _, err := b.AddContact(boss, fax.Contact{Name: "Zoe Secret", FaxNumber: secret}); err != nil {
			t.Fatal(err)
		}
		call := must(b.Calls(CallFilter{Direction: fax.Out})).Items[0]
		var trace bytes.Buffer
		if err := b.MaskedTrace(&trace, call.ID); err != nil {
			t.Fatal(err)
		}
		if text := trace.String(); !strings.Contains(text, "*****54") || strings.Contains(text, "ATDT102") || !strings.Contains(text, "DCS") {
			t.Errorf("the trace:\n%s", text)
		}
		var file bytes.Buffer
		if err := b.WriteSupport(boss, &file); err != nil {
			t.Fatal(err)
		}
		z := must(zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len())))
		all := ""
		for _, f := range z.File {
			r := must(f.Open())
			all += "== " + f.Name + "\n" + string(must(io.ReadAll(r))) + "\n"
		}
		for _, told := range []string{"7766554", "766554", "8877665", "5544332", "ACME", "Meyer", "hidden", "anna", "Zoe", "Secret"} {
			if strings.Contains(all, told) {
				t.Errorf("%s is told in\n%s", told, all)
			}
		}
		for _, wanted := range []string{"== version.txt", "== health.json", "== settings.json", "== calls.json", "== changes.json", "== traces/1.trace", "DCS", "blockedNumbers", "retryDelay"} {
			if !strings.Contains(all, wanted) {
				t.Errorf("%s is missing", wanted)
			}
		}
		if err := b.WriteSupport(sender, io.Discard); !errors.Is(err, fax.ErrDenied) {
			t.Errorf("to a sender: %v", err)
		}
		if err := b.MaskedTrace(io.Discard, 99); !errors.Is(err, ErrNotFound) {
			t.Errorf("the trace of no call: %v", err)
		}
	})
}
