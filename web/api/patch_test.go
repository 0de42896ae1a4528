package api

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/wire"
	"faxbox/web/auth"
)

// Sending back what was read changes nothing: no line in the journal of changes, and nobody is told.
func TestPatchesThatChangeNothing(t *testing.T) {
	inBox(t, func(b *box) {
		b.job(fax.Administrator, "102")
		time.Sleep(5 * time.Minute)
		_, err := b.Accounts.Create(auth.Identity{}, fax.User{Name: "anna", FullName: "Anna", Role: fax.Administrator}, "correct horse")
		b.Must(err)
		b.do(fax.Sender, "POST", Root+"/contacts", map[string]any{"name": "Bob", "faxNumber": "030 1234567"}).want(http.StatusCreated)
		changes := func() int {
			return as[wire.List[fax.AuditEntry]](b.do(fax.Administrator, "GET", Root+"/audit", nil).want(http.StatusOK)).Count
		}
		journal, event := changes(), b.Server.LastEvent()
		for path, fields := range map[string][]string{
			"/server":  {"retries", "retryDelay", "branding", "binDays", "timeZone", "blockedNumbers", "discountPeriod", "archiveDirectory"},
			"/ports/1": {"name", "rings", "csid", "tsid", "send", "receive", "priority", "block", "init", "maxRate", "lineRelay"},
			"/ports/1/routing-methods/" + fax.RouteFolder: {"enable", "setting", "namePattern", "priority"},
			"/ports/1/routing-methods/" + fax.RouteMail:   {"enable", "setting", "priority"},
			"/mail":       {"host", "from", "name"},
			"/users/anna": {"fullName", "role", "disabled", "language", "timeZone"},
			"/contacts/1": {"name", "company", "faxNumber", "email", "notes"},
			"/messages/1": {"read", "note", "userName"},
		} {
			before := map[string]json.RawMessage{}
			var patch = map[string]json.RawMessage{}
			read := path
			if path == "/users/anna" {
				read = "/users"
			}
			raw := b.do(fax.Administrator, "GET", Root+read, nil).want(http.StatusOK).Body.Bytes()
			if path == "/users/anna" {
				raw = as[wire.List[json.RawMessage]](b.do(fax.Administrator, "GET", Root+read, nil)).Items[0]
			}
			b.Must(json.Unmarshal(raw, &before))
			for _, f := range fields {
				if before[f] == nil {
					b.Errorf("%s has no %s", path, f)
				}
				patch[f] = before[f]
			}
			b.do(fax.Administrator, "PATCH", Root+path, patch).want(http.StatusOK)
			if n := changes(); n != journal {
				b.Errorf("PATCH %s with what was there: %d lines in the journal, want %d", path, n, journal)
				journal = n
			}
			if last := b.Server.LastEvent(); last != event {
				b.Errorf("PATCH %s with what was there: an event", path)
				event = last
			}
		}
	})
}
