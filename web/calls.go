package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/trace"
)

// callsPage is the journal.
type callsPage struct {
	frame
	list
	Calls []fax.Call
	Ports []fax.Port
	CSV   string // address of the same as a table
}

func (s *site) calls(v *visit) error {
	page := callsPage{frame: v.frame("calls", "calls"), Ports: s.Server.Ports(v.who())}
	page.Live = "call"
	l, at := v.list("direction", "number", "line", "since", "until")
	page.list = l
	line, _ := strconv.ParseInt(l.Chosen("line"), 10, 64) // what is no line is any
	since, until := l.span(v.voice.zone)
	filter := server.CallFilter{Direction: fax.Direction(l.Chosen("direction")), Number: l.Chosen("number"),
		DeviceID: fax.DeviceID(line), Since: since, Until: until, Paging: at}
	found, err := s.Server.Calls(filter)
	if err != nil {
		return err
	}
	page.Calls, page.CSV = found.Items, tableOf(filter)
	page.goOn(v, found.Next)
	return v.show(http.StatusOK, "calls", page)
}

// tableOf is where the API has the same calls as a table.
func tableOf(f server.CallFilter) string {
	line := ""
	if f.DeviceID > 0 {
		line = strconv.FormatInt(int64(f.DeviceID), 10)
	}
	return "/api/v1/calls.csv?" + query("direction", string(f.Direction), "number", f.Number, "deviceId", line, "since", moment(f.Since), "until", moment(f.Until))
}

// query is a query of what is not empty: name, value, name, value.
func query(pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q.Encode()
}

// moment is a time as the API takes it; empty for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return iso(t)
}

// callPage is one call.
type callPage struct {
	frame
	fax.Call
	Ladder *ladder // nil: no trace is kept
	Facts  []fax.Fact
}

func (s *site) call(v *visit) error {
	k, err := s.Server.Call(id64[fax.CallID](v, "id"))
	if err != nil {
		return err
	}
	page := callPage{frame: v.frame("calls", "call"), Call: k}
	if k.Number != "" {
		if page.Facts, err = s.Server.Learned(k.Number); err != nil {
			return err
		}
	}
	entries, err := s.trace(k)
	switch {
	case err == nil && len(entries) > 0:
		page.Ladder = draw(entries, v.lang)
	case err != nil && !errors.Is(err, server.ErrNotFound):
		s.Log.Warn("trace cannot be drawn", "call", k.ID, "error", err) // the call is shown without
	}
	return v.show(http.StatusOK, "call", page)
}

// forget forgets what calls have taught about a number.
func (s *site) forget(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	if err := s.Server.Forget(v.who(), v.field("number")); err != nil {
		return err
	}
	return v.done(v.back("back", "/calls"), "learned")
}

// trace is the record of a call, nil if none is kept.
func (s *site) trace(k fax.Call) ([]trace.Entry, error) {
	if !k.HasTrace {
		return nil, nil
	}
	r, err := s.Server.Trace(k.ID)
	if err != nil {
		return nil, err
	}
	defer r.Close() // only read
	return trace.Read(r)
}
