package api

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"faxbox/fax"
	"faxbox/fax/wire"
)

// Whatever is uploaded is a draft or a problem of the sender's, never a panic or a fault of the box.
func FuzzUpload(f *testing.F) {
	part := func(head, body string) string {
		return "--b\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + body + "\r\n"
	}
	f.Add([]byte(part(`name="faxNumber"`, "102") + part(`name="f"; filename="a.tif"`, "II*") + "--b--\r\n"))
	f.Add([]byte(part(`name="document"`, `{"faxNumber":"102","recipients":[{"faxNumber":"1"}]}`) + "--b--\r\n"))
	f.Add([]byte(part(`name="recipients"`, `[{"faxNumber":"1"}]`) + part(`name="discountSend"`, "on") + part(`name="sendTime"`, "2026-11-21T00:00:00Z")))
	f.Add([]byte(part(`name="filePassword"`, "x") + part(`name="filePassword"`, "y") + part(`name="previewId"`, "z") + part(`name="f"; filename="a.pdf"`, "%PDF")))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := httptest.NewRequest(http.MethodPost, Root+"/documents", bytes.NewReader(data))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		up, err := (&API{}).readUpload(r)
		defer up.close()
		if err == nil {
			_, err = up.submission()
		}
		var p *wire.Problem
		var invalid fax.Invalid
		if err != nil && !errors.As(err, &p) && !errors.As(err, &invalid) {
			t.Errorf("%v is no problem of the sender's", err)
		}
		if p != nil && p.Status >= 500 {
			t.Errorf("%+v", p)
		}
	})
}
