package printer

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"faxbox/fax/mail/mailtest"
)

// A printer that signs its certificate itself proves itself by its key, also when it is out of date; a job is not given to
// another one in its place.
func TestTrust(t *testing.T) {
	f := newFake(t)
	f.after = 0
	certificate := func() tls.Certificate {
		c, _, err := mailtest.Certificate(time.Now().AddDate(0, 0, -2), time.Now().AddDate(0, 0, -1), "127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		return c.Certificates[0]
	}
	var own atomic.Pointer[tls.Certificate]
	show := func(c tls.Certificate) { own.Store(&c) }
	door, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return own.Load(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	f.server.ErrorLog = log.New(io.Discard, "", 0)
	go f.server.Serve(door)
	var proofs []string
	p := Printer{URL: "ipps://" + door.Addr().String() + "/ipp/print"}
	p.Trust = func(url, proof string) error {
		if proofs = append(proofs, proof); url != p.URL || len(proof) != 64 {
			t.Errorf("%s proves itself by %q", url, proof)
		}
		if proof != proofs[0] {
			return ErrStranger
		}
		return nil
	}
	show(certificate())
	for range 2 {
		if result, _, err := p.Print(t.Context(), toPrint("")); err != nil || !strings.HasSuffix(result, ": printed") {
			t.Fatalf("%v, %q", err, result)
		}
	}
	show(certificate())
	_, _, err = p.Print(t.Context(), toPrint(""))
	bad, ok := errors.AsType[*failed](err)
	if !ok || bad.Final() || !strings.Contains(bad.Error(), "shows another certificate") || !strings.Contains(bad.Hint(), "test page") || len(f.jobs) != 2 {
		t.Errorf("%v, %d jobs", err, len(f.jobs))
	}
	p.Trust = nil
	if _, _, err := p.Print(t.Context(), toPrint("")); err != nil {
		t.Error(err)
	}
}
