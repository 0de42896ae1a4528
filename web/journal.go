package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/server"
)

// journalPage are the changes that were made: who, what, from, to.
type journalPage struct {
	frame
	list
	Entries []change
	CSV     string // address of the same as a table
}

// change is a line of the journal in the office's words.
type change struct {
	fax.AuditEntry
	What   string // the object: Line 1
	To     string // address of the object's page; empty: it has none
	Did    string // what was done with it
	Fields []changedField
}

// changedField is a field with the values that it had and has; empty: none.
type changedField struct{ Name, From, To string }

func (s *site) journal(v *visit) error {
	page := journalPage{frame: v.frame("settings", "journal")}
	l, at := v.list("user", "object", "since", "until")
	page.list = l
	since, until := l.span(v.voice.zone)
	filter := server.AuditFilter{User: l.Chosen("user"), Object: l.Chosen("object"), Since: since, Until: until, Paging: at}
	found, err := s.Server.Audit(v.who(), filter)
	if err != nil {
		return err
	}
	page.CSV = "/api/v1/audit.csv?" + query("user", filter.User, "object", filter.Object, "since", moment(since), "until", moment(until))
	ports := s.Server.Ports(v.who())
	for _, e := range found.Items {
		page.Entries = append(page.Entries, v.told(e, ports))
	}
	page.goOn(v, found.Next)
	return v.show(http.StatusOK, "journal", page)
}

// told is an entry in words.
func (v *visit) told(e fax.AuditEntry, ports []fax.Port) change {
	c := change{AuditEntry: e, Did: e.Action}
	c.What, c.To = v.object(e.Object, ports)
	if key := "did." + e.Action; v.lang.Has(key) {
		c.Did = v.lang.Say(key)
	}
	for _, f := range e.Changes {
		name := f.Field
		if key := "field." + f.Field; v.lang.Has(key) {
			name = v.lang.Say(key)
		}
		c.Fields = append(c.Fields, changedField{name, v.named(f.Field, f.From), v.named(f.Field, f.To)})
	}
	if host, _, err := net.SplitHostPort(e.Remote); err == nil {
		c.Remote = host // which of the browser's ports it was tells nobody anything
	}
	return c
}

// named is a value in words; those of some fields have names.
func (v *visit) named(field, value string) string {
	text := v.value(value)
	switch key := field + "." + text; {
	case field == "role" && v.lang.Has(key):
		return v.lang.Say(key)
	case field == "language" && text != "":
		return v.site.languageName(text)
	}
	return text
}

// object is what the journal calls something, in words, and where its page is.
func (v *visit) object(name string, ports []fax.Port) (what, to string) {
	kind, id, _ := strings.Cut(name, "/")
	id, rest, _ := strings.Cut(id, "/")
	switch kind {
	case "ports":
		what, to = v.lang.Say("object.ports", "id", id), "/settings/lines/"+id
		for _, p := range ports {
			if strconv.FormatInt(int64(p.DeviceID), 10) == id {
				what = p.Name
			}
		}
		if _, method, ok := strings.Cut(rest, "/"); ok {
			what = v.lang.Say("object.method", "line", what, "method", v.lang.Say("routing.method", "name", method))
		}
		return what, to
	case "server":
		return v.lang.Say("nav.server"), "/settings/server"
	case "jobs", "messages":
		to = "/" + kind + "/" + id
	case "contacts":
		if to = "/contacts"; id == "" {
			return v.lang.Say("nav.contacts"), to
		}
		to += "/" + id
	case "users", "tokens":
		to = "/settings/" + kind
	}
	if key := "object." + kind; v.lang.Has(key) {
		return v.lang.Say(key, "id", id), to
	}
	return name, to
}

// value is a value of the journal, which has it as JSON, in words.
func (v *visit) value(text string) string {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil {
		return text
	}
	return v.plain(value)
}

func (v *visit) plain(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case bool:
		if value {
			return v.lang.Say("value.yes")
		}
		return v.lang.Say("value.no")
	case string:
		if t, err := time.Parse(time.RFC3339, value); err == nil {
			return v.voice.moment(t)
		}
		return value
	case []any:
		items := make([]string, len(value))
		for i, item := range value {
			items[i] = v.plain(item)
		}
		return strings.Join(items, ", ")
	case map[string]any:
		text, err := json.Marshal(value)
		if err != nil {
			return ""
		}
		return string(text)
	}
	return fmt.Sprint(value)
}
