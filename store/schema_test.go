package store

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"faxbox/fax"
)

var freeze = flag.Bool("freeze", false, "write testdata for the current schema; what was written for a schema is never written again")

// frozen is a store that a version with this schema has written, as a backup.
func frozen(version int) string {
	return filepath.Join("testdata", fmt.Sprintf("schema-%d.tar.gz", version))
}

// TestFreeze sees that there is what TestOlderSchemas reads, and with -freeze writes it.
func TestFreeze(t *testing.T) {
	if !*freeze {
		if _, err := os.Stat(frozen(schema)); err != nil {
			t.Errorf("run the test with -freeze once: %v", err)
		}
		return
	}
	s := opened(t, t.TempDir())
	office(t, s)
	f, err := os.OpenFile(frozen(schema), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	if err := errors.Join(s.Backup(t.Context(), z, then), z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// office puts one of everything into a store.
func office(t *testing.T, s *Store) {
	t.Helper()
	port := must(s.AdoptPort("usb-1", "/dev/ttyACM0", ""))
	settled := fax.NewServer()
	settled.Retries = 7
	list := must(submitted(t, s, "PQ", Once{Key: "k", Digest: "d", Expires: then.AddDate(100, 0, 0)}, "030 1", "030 2"))
	list[1].State, list[1].ConfirmedPages = fax.Finished, 2
	sent := fax.Message{RawReceiveTime: then, RecipientNumber: "030 2", DeviceID: port.DeviceID, Read: true}
	_, _, err := s.Finish(list[1], sent)
	received(t, s, fax.Message{RawReceiveTime: then.Add(time.Minute), CallerID: "040 1", DeviceID: port.DeviceID}, "ab")
	c := must(s.PutCall(fax.Call{Direction: fax.In, DeviceID: port.DeviceID, CallerID: "040 1", Start: then, Result: fax.ResultOf(fax.OK)}))
	w := must(s.CreateTrace(c.ID))
	_, traceErr := io.WriteString(w, "faxbox trace 1\n")
	err = errors.Join(err, traceErr, w.Close(),
		s.PutServer(settled, fax.AuditEntry{User: "anna", At: then}),
		s.PutRoutingMethods([]fax.RoutingMethod{{DeviceID: port.DeviceID, Guid: fax.RouteFolder, Setting: "/srv"}}),
		s.AddUser(Account{User: fax.User{Name: "anna", Role: fax.Administrator}, Hash: []byte("h")}),
		s.PutToken(Token{Token: fax.Token{ID: "t", Role: fax.Sender}, Hash: []byte("th")}),
		s.PutSession(Session{Hash: []byte("sh"), User: "anna", Expires: then.AddDate(100, 0, 0)}),
		s.Learn(fax.Fact{Number: "030 2345678", Name: "v17", Value: "no", Expires: then.AddDate(100, 0, 0)}),
		s.PutValue("certificate", []byte("c")))
	must(s.ReserveEvents(500))
	if err != nil {
		t.Fatal(err)
	}
}

// isOffice checks that a store holds what office has put into it.
func isOffice(t *testing.T, s *Store) {
	t.Helper()
	if v := must(s.Server()); v.Retries != 7 {
		t.Errorf("settings: %+v", v)
	}
	if v := must(s.Ports()); len(v) != 1 || v[0].Key != "usb-1" || v[0].DeviceID != 1 {
		t.Errorf("ports: %+v", v)
	}
	if v := must(s.RoutingMethods(1)); len(v) != 1 || v[0].Setting != "/srv" {
		t.Errorf("routing methods: %+v", v)
	}
	if v := must(s.Jobs()); len(v) != 2 || v[0].State != fax.Pending || v[1].State != fax.Finished || v[1].MessageID != 1 {
		t.Errorf("jobs: %+v", v)
	}
	f, err := s.JobFile(1)
	if got := marksOf(t, f, err); got != "PQ" {
		t.Errorf("pages of job 1: %q", got)
	}
	if v, err := s.Submitted(Once{Key: "k", Digest: "d"}); err != nil || len(v) != 2 {
		t.Errorf("submitted: %v, %v", v, err)
	}
	v := must(s.Messages(MessageFilter{}, "", 10)).Items
	if len(v) != 2 || v[0].CallerID != "040 1" || v[1].RecipientNumber != "030 2" || !v[1].Read || !v[0].RawReceiveTime.Equal(then.Add(time.Minute)) {
		t.Errorf("messages: %+v", v)
	}
	f, err = s.MessageFile(2)
	if got := marksOf(t, f, err); got != "ab" {
		t.Errorf("pages of message 2: %q", got)
	}
	for name, c := range map[string]struct {
		f    MessageFilter
		want int
	}{"unread": {MessageFilter{Unread: true}, 1}, "sent": {MessageFilter{Direction: fax.Out}, 1}, "number": {MessageFilter{Number: "401"}, 1}} {
		if n := s.CountMessages(c.f); n != c.want {
			t.Errorf("%s: %d messages, want %d", name, n, c.want)
		}
	}
	if v := must(s.Calls(CallFilter{Direction: fax.In}, "", 10)).Items; len(v) != 1 || v[0].Result.Cause != fax.OK {
		t.Errorf("calls: %+v", v)
	}
	r := must(s.Trace(1))
	defer r.Close()
	if v := must(s.Audit(0, 10)); len(v) != 1 || v[0].User != "anna" {
		t.Errorf("audit: %+v", v)
	}
	if v := must(s.User("anna")); v.Role != fax.Administrator || string(v.Hash) != "h" {
		t.Errorf("account: %+v", v)
	}
	if v := must(s.TokenByHash([]byte("th"))); v.ID != "t" {
		t.Errorf("token: %+v", v)
	}
	if v := must(s.Session([]byte("sh"), then)); v.User != "anna" {
		t.Errorf("session: %+v", v)
	}
	if v := must(s.Learned("030 2345678", then)); len(v) != 1 || v[0].Value != "no" {
		t.Errorf("learned: %+v", v)
	}
	if v := must(s.Value("certificate")); string(v) != "c" {
		t.Errorf("value: %q", v)
	}
	if v := must(s.ReserveEvents(1)); v <= 500 {
		t.Errorf("event %d has been", v)
	}
	foldersAgree(t, s)
}

// TestOlderSchemas opens what each version has written: in place, and as a backup.
func TestOlderSchemas(t *testing.T) {
	for version := 1; version <= schema; version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			f, err := os.Open(frozen(version))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			data := must(io.ReadAll(must(gzip.NewReader(f))))
			dir := quickDir(t)
			untar(t, data, dir)
			s := opened(t, dir)
			isOffice(t, s)
			healthy(t, s)

			dir = quickDir(t)
			if err := Restore(dir, bytes.NewReader(data), Options{}); err != nil {
				t.Fatal(err)
			}
			isOffice(t, opened(t, dir))
		})
	}
}

func untar(t *testing.T, data []byte, dir string) {
	t.Helper()
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, h.Name)
		if err := os.MkdirAll(filepath.Dir(path), dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, must(io.ReadAll(r)), fileMode); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOffice(t *testing.T) {
	s := opened(t, quickDir(t))
	office(t, s)
	isOffice(t, s)
	isOffice(t, reopened(t, s))
}
