package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/wire"
)

// The way into the bin and out of it, as programs go it.
func TestBin(t *testing.T) {
	inBox(t, func(b *box) {
		for range 2 {
			b.job(fax.Administrator, "102")
		}
		time.Sleep(30 * time.Minute)
		get := func(path string) wire.List[fax.Message] {
			b.Helper()
			return as[wire.List[fax.Message]](b.do(fax.Viewer, "GET", Root+path, nil).want(http.StatusOK))
		}
		unread := func() int {
			return as[wire.Unread](b.do(fax.Viewer, "GET", Root+"/messages/unread", nil).want(http.StatusOK)).Unread
		}
		list := get("/messages?direction=in").Items
		if len(list) != 2 || unread() != 2 {
			t.Fatalf("%d messages, %d unread", len(list), unread())
		}
		id := list[0].ID
		one := fmt.Sprintf("%s/messages/%d", Root, id)
		b.do(fax.Sender, "DELETE", one, nil).want(http.StatusForbidden)
		b.do(fax.Operator, "DELETE", one, nil).want(http.StatusNoContent)
		for _, path := range []string{"", "/file.pdf", "/file.tiff", "/pages/1.png"} {
			b.do(fax.Viewer, "GET", one+path, nil).want(http.StatusNotFound)
		}
		if in, bin := get("/messages?direction=in"), get("/messages?bin=true"); in.Count != 1 || bin.Count != 1 || bin.Items[0].PurgeTime.IsZero() || unread() != 1 {
			t.Errorf("%d listed, in the bin %+v, %d unread", in.Count, bin.Items, unread())
		}
		b.do(fax.Operator, "POST", one+"/restore", nil).want(http.StatusOK)
		both := map[string]any{"ids": []fax.MessageID{id, list[1].ID, 99}}
		b.do(fax.Sender, "POST", Root+"/messages/bin", both).want(http.StatusForbidden)
		if r := as[wire.Bulk](b.do(fax.Operator, "POST", Root+"/messages/bin", both).want(http.StatusOK)); r.Changed != 2 || len(r.Missing) != 1 {
			t.Errorf("deleted: %+v", r)
		}
		b.do(fax.Operator, "POST", Root+"/messages/restore", both).want(http.StatusOK)
		both["read"] = true
		if b.do(fax.Viewer, "POST", Root+"/messages/read", both).want(http.StatusOK); unread() != 0 {
			t.Errorf("%d unread", unread())
		}
		b.do(fax.Operator, "POST", Root+"/messages/bin", map[string]any{"ids": []int{}}).want(http.StatusUnprocessableEntity)
		b.do(fax.Operator, "DELETE", one+"?final=true", nil).want(http.StatusForbidden)
		b.do(fax.Administrator, "DELETE", one+"?final=true", nil).want(http.StatusNoContent)
		b.do(fax.Administrator, "POST", one+"/restore", nil).want(http.StatusNotFound)
	})
}
