package server

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/server/mask"
	"faxbox/store"
)

// MaskedTrace writes the record of a call without the numbers and names in it, for strangers who are to find a fault;
// ErrNotFound if there is none.
func (s *Server) MaskedTrace(w io.Writer, id fax.CallID) error {
	return s.maskTrace(&mask.Masker{}, w, id)
}

func (s *Server) maskTrace(m *mask.Masker, w io.Writer, id fax.CallID) error {
	c, err := s.Call(id)
	if err != nil {
		return err
	}
	r, err := s.Trace(id)
	if err != nil {
		return err
	}
	defer r.Close()
	for _, l := range s.allLines() { // our own ids are on the line too
		p := l.Settings()
		m.Station(string(p.Csid))
		m.Station(string(p.Tsid))
	}
	return m.Trace(w, r, c)
}

const (
	supportTraces  = 20
	supportCalls   = 500
	supportChanges = 500
)

// supportText is the first file for whoever opens the others.
const supportText = `What is known of a fax server, for whoever is to find a fault in it.

version.txt     what program it is, and on what it runs
health.json     what is well and what is not
settings.json   settings of the server, its lines and routing methods
calls.json      the last calls, the latest first
changes.json    the last changes that somebody made: who, what, but not the values
traces/         what was said in the last calls: AT commands and frames

Telephone numbers, station ids and names are masked: the same one alike in all files, as A*****67 or name 1. Where faxes are
passed on to, passwords and faxes themselves are not here.
`

// WriteSupport writes what helps to find a fault as a zip file, with numbers and names masked and without secrets. Needs
// fax.ConfigSet.
func (s *Server) WriteSupport(who Who, w io.Writer) error {
	if !who.Rights.Has(fax.ConfigSet) {
		return fax.ErrDenied
	}
	b := &bundle{Server: s, zip: zip.NewWriter(w), mask: &mask.Masker{}, now: time.Now()}
	for _, part := range []func() error{
		func() error { return b.text("README.txt", supportText) },
		b.version, b.health, b.settings, b.journal,
		func() error { return b.changes(who) },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return b.zip.Close()
}

// bundle is such a file being written.
type bundle struct {
	*Server
	zip  *zip.Writer
	mask *mask.Masker
	now  time.Time
}

func (b *bundle) create(name string) (io.Writer, error) {
	return b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: b.now})
}

func (b *bundle) text(name, text string) error {
	w, err := b.create(name)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

func (b *bundle) json(name string, v any) error {
	w, err := b.create(name)
	if err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "\t")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (b *bundle) version() error {
	return b.text("version.txt", fmt.Sprintf("%s\n%s %s/%s, %d processors\nnow %s\nrunning for %s\n", b.Server.version, runtime.Version(),
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), b.now.UTC().Format(time.RFC3339), b.now.Sub(b.beats.start).Round(time.Second)))
}

func (b *bundle) health() error {
	list := b.Health()
	for i, f := range list {
		if strings.HasPrefix(f.Name, "routing/") && !f.OK { // it may say what a mail server or a share has said
			list[i].Sentence, list[i].Hint = "masked", ""
			continue
		}
		for _, l := range b.allLines() { // lines have names that people gave them
			if p := l.Settings(); p.Name != "" {
				f.Sentence = strings.ReplaceAll(f.Sentence, p.Name, anonymous(p.DeviceID))
			}
		}
		list[i].Sentence, list[i].Hint = b.mask.Text(f.Sentence), b.mask.Text(f.Hint)
	}
	return b.json("health.json", list)
}

func anonymous(id fax.DeviceID) string { return fmt.Sprintf("line %d", id) }

// settings are those without what tells where faxes go and who is blocked.
func (b *bundle) settings() error {
	server := b.Settings()
	server.ArchiveDirectory, server.ServerMapiProfile = isSet(server.ArchiveDirectory), isSet(server.ServerMapiProfile)
	server.BlockedNumbers = b.patterns(server.BlockedNumbers)
	var ports []fax.Port
	var methods []fax.RoutingMethod
	for _, l := range b.allLines() {
		p := l.Settings()
		p.Name = anonymous(p.DeviceID)
		p.Csid, p.Tsid = fax.NewStationID(b.mask.Station(string(p.Csid))), fax.NewStationID(b.mask.Station(string(p.Tsid)))
		p.Block, p.Allow, p.Quarantine = b.patterns(p.Block), b.patterns(p.Allow), b.patterns(p.Quarantine)
		ports = append(ports, p)
		of, err := b.RoutingMethods(l.id)
		if err != nil {
			return err
		}
		for _, m := range of {
			methods = append(methods, fax.RoutingMethod{DeviceID: m.DeviceID, Enable: m.Enable, FunctionName: m.FunctionName, Guid: m.Guid,
				Priority: m.Priority, Setting: isSet(m.Setting), NamePattern: m.NamePattern})
		}
	}
	return b.json("settings.json", map[string]any{"server": server, "ports": ports, "routingMethods": methods})
}

// isSet is all that is told of what tells too much.
func isSet(value string) string {
	if value == "" {
		return ""
	}
	return "(set)"
}

func (b *bundle) patterns(list []string) []string {
	list = slices.Clone(list)
	for i := range list {
		list[i] = b.mask.Pattern(list[i])
	}
	return list
}

// journal is the last calls, and the traces of the latest.
func (b *bundle) journal() error {
	page, err := b.store.Calls(store.CallFilter{}, "", supportCalls)
	if err != nil {
		return err
	}
	var traced []fax.CallID
	for i, c := range page.Items {
		if c.HasTrace && len(traced) < supportTraces {
			traced = append(traced, c.ID)
		}
		page.Items[i] = b.mask.Call(c)
	}
	if err := b.json("calls.json", page.Items); err != nil {
		return err
	}
	for _, id := range traced {
		w, err := b.create(fmt.Sprintf("traces/%d.trace", id))
		if err != nil {
			return err
		}
		if err := b.maskTrace(b.mask, w, id); err != nil { // removed, damaged, or being written
			if _, err := fmt.Fprintf(w, "the trace cannot be read: %v\n", err); err != nil {
				return err
			}
		}
	}
	return nil
}

// changes are the last changes, without their values.
func (b *bundle) changes(who Who) error {
	page, err := b.Audit(who, AuditFilter{Paging: Paging{Limit: supportChanges}})
	if err != nil {
		return err
	}
	for i, e := range page.Items {
		e.User, e.Remote = b.mask.Name(e.User), isSet(e.Remote)
		if kind, name, ok := strings.Cut(e.Object, "/"); ok && (kind == "users" || kind == "numbers" || kind == "cover-pages") {
			e.Object = kind + "/" + b.mask.Station(name)
		}
		fields := make([]fax.Change, len(e.Changes))
		for n, c := range e.Changes {
			fields[n].Field = c.Field
		}
		e.Changes = fields
		page.Items[i] = e
	}
	return b.json("changes.json", page.Items)
}
