package server

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"faxbox/fax"
)

// AuditFilter chooses administrative changes. A zero field chooses all.
type AuditFilter struct {
	User   string
	Object string // what it begins with: "server", "ports/1"
	Since  time.Time
	Until  time.Time
	Paging
}

func (f AuditFilter) holds(e fax.AuditEntry) bool {
	return (f.User == "" || e.User == f.User) && strings.HasPrefix(e.Object, f.Object) &&
		!e.At.Before(f.Since) && (f.Until.IsZero() || e.At.Before(f.Until))
}

// auditBudget is how many entries are read at most for one page.
const auditBudget = 10000

// Audit are the administrative changes, newest first. A page may hold fewer than Limit and yet go on. Needs fax.ConfigSet.
func (s *Server) Audit(who Who, f AuditFilter) (Page[fax.AuditEntry], error) {
	p := Page[fax.AuditEntry]{Items: []fax.AuditEntry{}}
	if !who.Rights.Has(fax.ConfigSet) {
		return p, fax.ErrDenied
	}
	limit, err := f.check()
	if err != nil {
		return p, err
	}
	var below int64
	if f.Cursor != "" {
		if below, err = strconv.ParseInt(f.Cursor, 10, 64); err != nil || below < 1 {
			return p, errCursor
		}
	}
	for read := 0; read < auditBudget; {
		entries, err := s.store.Audit(below, longPage)
		if err != nil {
			return p, err
		}
		for _, e := range entries {
			below = e.ID
			if f.holds(e) {
				p.Items = append(p.Items, e)
			}
			if len(p.Items) == limit {
				p.Next = decimal(below)
				return p, nil
			}
		}
		if len(entries) < longPage || entries[len(entries)-1].At.Before(f.Since) {
			return p, nil
		}
		read += len(entries)
	}
	p.Next = decimal(below)
	return p, nil
}

// WriteAudit writes the changes of the filter, its Paging aside, newest first, as CSV: a line for each field. Needs
// fax.ConfigSet.
func (s *Server) WriteAudit(who Who, w io.Writer, f AuditFilter) error {
	zone := s.Settings().Location()
	out := csv.NewWriter(w)
	if err := out.Write([]string{"id", "at", "user", "remote", "object", "action", "field", "from", "to"}); err != nil {
		return err
	}
	f.Paging = Paging{Limit: longPage}
	for {
		page, err := s.Audit(who, f)
		if err != nil {
			return err
		}
		for _, e := range page.Items {
			if err := writeEntry(out, e, zone); err != nil {
				return err
			}
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			out.Flush()
			return out.Error()
		}
	}
}

func writeEntry(out *csv.Writer, e fax.AuditEntry, zone *time.Location) error {
	list := e.Changes
	if len(list) == 0 {
		list = []fax.Change{{}}
	}
	for _, c := range list {
		row := []string{decimal(e.ID), csvTime(e.At, zone), e.User, e.Remote, e.Object, e.Action, c.Field, c.From, c.To}
		for i := range row {
			row[i] = harmless(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	return nil
}

// Record adds an administrative change to the journal that was made elsewhere. ID and At are set here.
func (s *Server) Record(who Who, object, action string, changes ...fax.Change) error {
	return s.store.AddAudit(s.entry(who, object, action, changes...))
}

// entry is a line of the journal of changes.
func (s *Server) entry(who Who, object, action string, list ...fax.Change) fax.AuditEntry {
	return fax.AuditEntry{At: time.Now().UTC(), User: who.User, Remote: who.Remote, Object: object, Action: action, Changes: list}
}

// audit writes down something that was done already. It was done, so a store that cannot take it is only told of.
func (s *Server) audit(who Who, object, action string, list ...fax.Change) {
	if err := s.store.AddAudit(s.entry(who, object, action, list...)); err != nil {
		s.metrics.storeFailed()
		s.log.Error("a change does not stand in the journal", "user", who.User, "object", object, "action", action, "err", err)
	}
}

// changed is one field that was changed.
func changed(field, from, to string) []fax.Change {
	if from == to {
		return nil
	}
	return []fax.Change{{Field: field, From: quote(from), To: quote(to)}}
}

func quote(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "null" // no value of ours cannot be written
	}
	return string(text)
}

// changes are the fields by which two values of one type differ, by their JSON names.
func changes(before, after any) []fax.Change {
	from, to := fields(before), fields(after)
	var list []fax.Change
	for _, name := range slices.Sorted(maps.Keys(to)) {
		if a, b := string(from[name]), string(to[name]); a != b {
			list = append(list, fax.Change{Field: name, From: a, To: b})
		}
	}
	return list
}

func fields(v any) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return nil // no value of ours cannot be written
	}
	return m
}
