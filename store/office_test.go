package store

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// reopened closes a store and opens it again.
func reopened(t *testing.T, s *Store) *Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return opened(t, s.dir)
}

func TestServerSettings(t *testing.T) {
	s := opened(t, quickDir(t))
	if got := must(s.Server()); !reflect.DeepEqual(got, fax.NewServer()) {
		t.Errorf("a new box has %+v", got)
	}
	want := fax.NewServer()
	want.Retries, want.BlockedNumbers = 9, []string{"110"}
	if err := s.PutServer(want, fax.AuditEntry{User: "anna", Object: "server"}); err != nil {
		t.Fatal(err)
	}
	s = reopened(t, s)
	if got := must(s.Server()); !reflect.DeepEqual(got, want) {
		t.Errorf("stored %+v, want %+v", got, want)
	}
	if log := must(s.Audit(0, 10)); len(log) != 1 || log[0].User != "anna" || log[0].ID != 1 {
		t.Errorf("audit: %+v", log)
	}
}

func TestPortsKeepTheirIDs(t *testing.T) {
	s := opened(t, quickDir(t))
	a := must(s.AdoptPort("usb-1", "/dev/ttyACM0", ""))
	b := must(s.AdoptPort("usb-2", "/dev/ttyACM1", "Annex"))
	c := must(s.AdoptPort("usb-3", "/dev/ttyACM2", ""))
	if a.DeviceID != 1 || b.DeviceID != 2 || c.DeviceID != 3 || a.Priority != 1 || b.Priority != 2 || c.Priority != 3 ||
		b.Name != "Annex" || a.Name == "" {
		t.Errorf("adopted as %+v, %+v, %+v", a, b, c)
	}
	b.Rings = 5
	if err := s.PutPorts([]fax.Port{b}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutRoutingMethods([]fax.RoutingMethod{{DeviceID: 2, Guid: fax.RouteFolder}}); err != nil {
		t.Fatal(err)
	}
	// Re-plugged, it is at another path and still the same.
	if again := must(s.AdoptPort("usb-2", "/dev/ttyACM9", "Other")); again.DeviceID != 2 || again.Rings != 5 ||
		again.Path != "/dev/ttyACM9" || again.Name != "Annex" {
		t.Errorf("plugged in again: %+v", again)
	}
	if err := s.RemovePort(2, fax.AuditEntry{Object: "ports/2"}); err != nil {
		t.Fatal(err)
	}
	s = reopened(t, s)
	all := must(s.Ports())
	if len(all) != 2 || all[1].DeviceID != 3 || all[1].Priority != 2 {
		t.Errorf("after the removal: %+v", all)
	}
	if list := must(s.RoutingMethods(0)); len(list) != 0 {
		t.Errorf("routing methods of a port that was removed: %+v", list)
	}
	if d := must(s.AdoptPort("usb-4", "/dev/ttyACM1", "")); d.DeviceID != 4 || d.Priority != 3 {
		t.Errorf("a new modem: %+v", d)
	}
	if back := must(s.AdoptPort("usb-2", "/dev/ttyACM1", "")); back.DeviceID != 2 || back.Priority != 4 || back.Rings != 2 {
		t.Errorf("the one that was removed: %+v", back)
	}
	if err := s.PutPorts([]fax.Port{{DeviceID: 77}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a change of a port that is not there: %v", err)
	}
	if err := s.RemovePort(77); !errors.Is(err, ErrNotFound) {
		t.Errorf("the removal of a port that is not there: %v", err)
	}
}

func TestRoutingMethods(t *testing.T) {
	s := opened(t, quickDir(t))
	err := s.PutRoutingMethods([]fax.RoutingMethod{
		{DeviceID: 2, Guid: fax.RouteMail, Priority: 1, Setting: "a@b"},
		{DeviceID: 1, Guid: fax.RoutePrint, Priority: 2},
		{DeviceID: 1, Guid: fax.RouteFolder, Priority: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	// The same key, written in another way.
	if err := s.PutRoutingMethods([]fax.RoutingMethod{{DeviceID: 2, Guid: "6BBF7BFE-9AF2-11D0-ABF7-00C04FD91A4E", Setting: "c@d"}}); err != nil {
		t.Fatal(err)
	}
	all := must(s.RoutingMethods(0))
	if len(all) != 3 || all[0].Guid != fax.RouteFolder || all[1].Guid != fax.RoutePrint || all[2].Setting != "c@d" {
		t.Errorf("%+v", all)
	}
	if one := must(s.RoutingMethods(2)); len(one) != 1 {
		t.Errorf("of port 2: %+v", one)
	}
}

func TestAudit(t *testing.T) {
	s := opened(t, quickDir(t))
	for n := range 25 {
		if err := s.AddAudit(fax.AuditEntry{User: fmt.Sprint(n)}); err != nil {
			t.Fatal(err)
		}
	}
	want := 24
	for below := int64(0); ; {
		log := must(s.Audit(below, 10))
		if len(log) == 0 {
			break
		}
		for _, e := range log {
			if e.User != fmt.Sprint(want) {
				t.Errorf("%+v, want entry of %d", e, want)
			}
			want--
		}
		below = log[len(log)-1].ID
	}
	if want != -1 {
		t.Errorf("%d entries are missing", want+1)
	}
	if log := must(s.Audit(1000, 1)); len(log) != 1 || log[0].User != "24" {
		t.Errorf("below a number that none has: %+v", log)
	}
}

// TestChangeAndAudit: neither is stored without the other.
func TestChangeAndAudit(t *testing.T) {
	d := newFaultDisk(quickDir(t))
	s := openedWith(t, d.root, Options{disk: d})
	d.failNext("commit", errors.New("injected"))
	if err := s.PutServer(fax.Server{Retries: 4}, fax.AuditEntry{}); err == nil {
		t.Fatal("it was stored")
	}
	if n := len(must(s.Audit(0, 10))); n != 0 || must(s.Server()).Retries == 4 {
		t.Errorf("%d entries, settings %+v", n, must(s.Server()))
	}
	if err := s.RemovePort(9, fax.AuditEntry{}); err == nil || len(must(s.Audit(0, 10))) != 0 {
		t.Errorf("a change that was refused is in the journal: %v", err)
	}
}

func TestAccounts(t *testing.T) {
	s := opened(t, quickDir(t))
	anna := Account{User: fax.User{Name: "anna", Role: fax.Administrator}, Hash: []byte("h1")}
	if err := s.AddFirstUser(anna); err != nil {
		t.Fatal(err)
	}
	if err := s.AddFirstUser(Account{User: fax.User{Name: "eve", Role: fax.Viewer}}); !errors.Is(err, ErrTaken) {
		t.Errorf("a second first one: %v", err)
	}
	if err := s.AddUser(anna); !errors.Is(err, ErrTaken) {
		t.Errorf("a name twice: %v", err)
	}
	ben := Account{User: fax.User{Name: "ben", Role: fax.Sender}, Hash: []byte("h2")}
	if err := s.AddUser(ben); err != nil {
		t.Fatal(err)
	}
	login := func(user, hash string) {
		t.Helper()
		if err := s.PutSession(Session{Hash: []byte(hash), User: user, Expires: then.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	login("anna", "s1")
	login("anna", "s2")
	login("ben", "s3")
	there := func(hash string) bool {
		_, err := s.Session([]byte(hash), then)
		if err != nil && !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil
	}
	anna.FullName = "Anna"
	if err := s.PutUser(anna); err != nil || !there("s1") {
		t.Errorf("a change of name ended a session: %v", err)
	}
	anna.Hash = []byte("h3")
	if err := s.PutUser(anna); err != nil || there("s1") || there("s2") || !there("s3") {
		t.Errorf("after a change of password: %v, %v, %v, %v", err, there("s1"), there("s2"), there("s3"))
	}
	if _, err := s.Session([]byte("s3"), then.Add(2*time.Hour)); !errors.Is(err, ErrNotFound) {
		t.Errorf("a session that has expired: %v", err)
	}
	token := Token{Token: fax.Token{ID: "t1", User: "ben", Role: fax.Sender}, Hash: []byte("x")}
	if err := s.PutToken(token); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveUser("ben"); err != nil || there("s3") {
		t.Errorf("after the account was removed: %v, %v", err, there("s3"))
	}
	if _, err := s.TokenByHash([]byte("x")); !errors.Is(err, ErrNotFound) {
		t.Errorf("the token of an account that was removed: %v", err)
	}
	s = reopened(t, s)
	if all := must(s.Users()); len(all) != 1 || all[0].FullName != "Anna" || string(all[0].Hash) != "h3" {
		t.Errorf("stored %+v", all)
	}
	if err := s.PutUser(ben); !errors.Is(err, ErrNotFound) {
		t.Errorf("a change of an account that is not there: %v", err)
	}
	if err := s.RemoveUser("ben"); !errors.Is(err, ErrNotFound) {
		t.Errorf("its removal: %v", err)
	}
}

func TestTokens(t *testing.T) {
	s := opened(t, quickDir(t))
	token := Token{Token: fax.Token{ID: "t1", Name: "scanner", Role: fax.Sender}, Hash: []byte("one")}
	if err := s.PutToken(token); err != nil {
		t.Fatal(err)
	}
	token.Hash = []byte("two")
	if err := s.PutToken(token); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TokenByHash([]byte("one")); !errors.Is(err, ErrNotFound) {
		t.Errorf("the old secret: %v", err)
	}
	if got, err := s.TokenByHash([]byte("two")); err != nil || got.Name != "scanner" {
		t.Errorf("the new secret: %+v, %v", got, err)
	}
	if all := must(s.Tokens()); len(all) != 1 {
		t.Errorf("%+v", all)
	}
	if err := s.RemoveToken("t1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TokenByHash([]byte("two")); !errors.Is(err, ErrNotFound) {
		t.Errorf("after it was removed: %v", err)
	}
	if err := s.RemoveToken("t1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
}

func TestLearned(t *testing.T) {
	s := opened(t, quickDir(t))
	for _, f := range []fax.Fact{
		{Number: "+49 30 1234567", Name: "v17", Value: "no", Expires: then.Add(time.Hour)},
		{Number: "+49 30 1234567", Name: "ecm", Value: "no", Expires: then.Add(3 * time.Hour)},
		{Number: "+49 40 7654321", Name: "v17", Value: "no", Expires: then.Add(3 * time.Hour)},
	} {
		if err := s.Learn(f); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		number string
		now    time.Time
		want   int
	}{
		{"0049 30 1234567", then, 2},
		{"+49 30 1234567", then.Add(2 * time.Hour), 1},
		{"", then, 3},
		{"999999", then, 0},
	} {
		if got := must(s.Learned(c.number, c.now)); len(got) != c.want {
			t.Errorf("%q at %v: %+v, want %d", c.number, c.now, got, c.want)
		}
	}
	if err := s.Tend(then.Add(2 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := must(s.Learned("", then)); len(got) != 2 {
		t.Errorf("after one has expired: %+v", got)
	}
	if err := s.Forget("+49 30 1234567"); err != nil {
		t.Fatal(err)
	}
	if got := must(s.Learned("", then)); len(got) != 1 {
		t.Errorf("after one was forgotten: %+v", got)
	}
}

func TestValues(t *testing.T) {
	s := opened(t, quickDir(t))
	if _, err := s.Value("v"); !errors.Is(err, ErrNotFound) {
		t.Errorf("before there is one: %v", err)
	}
	if err := s.PutValue("v", []byte{0, 1, 255}); err != nil {
		t.Fatal(err)
	}
	s = reopened(t, s)
	if v := must(s.Value("v")); string(v) != "\x00\x01\xff" {
		t.Errorf("stored %q", v)
	}
	if err := s.PutValue("v", make([]byte, maxValue+1)); err == nil {
		t.Error("one that is too large was stored")
	}
	if err := s.PutValue("v", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Value("v"); !errors.Is(err, ErrNotFound) {
		t.Errorf("after it was removed: %v", err)
	}
}

func TestEventNumbersAreNotUsedAgain(t *testing.T) {
	s := opened(t, quickDir(t))
	if first := must(s.ReserveEvents(1000)); first != 1 {
		t.Errorf("the first is %d", first)
	}
	s = reopened(t, s)
	if first := must(s.ReserveEvents(1000)); first != 1001 {
		t.Errorf("the next after a restart is %d", first)
	}
}

// TestHousekeepingCostsNothing: a box that does nothing writes nothing.
func TestHousekeepingCostsNothing(t *testing.T) {
	d := newFaultDisk(quickDir(t))
	s := openedWith(t, d.root, Options{disk: d})
	must(submitted(t, s, "a", Once{Key: "k", Expires: then.Add(24 * time.Hour)}, "1"))
	if err := s.Tend(then); err != nil {
		t.Fatal(err)
	}
	before := len(d.steps)
	for minute := range 600 {
		if err := s.Tend(then.Add(time.Duration(minute) * time.Minute)); err != nil {
			t.Fatal(err)
		}
		healthy(t, s)
	}
	if after := d.steps[before:]; len(after) > 0 {
		t.Errorf("ten idle hours did %d steps: %v", len(after), after)
	}
}

func TestMigrations(t *testing.T) {
	dir := quickDir(t)
	s := opened(t, dir)
	if err := s.PutServer(fax.Server{Retries: 1}); err != nil {
		t.Fatal(err)
	}
	retries := func(change func(int) int) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			v, err := settings.get(tx, serverKey)
			if err != nil {
				return err
			}
			v.Retries = change(v.Retries)
			return settings.put(tx, serverKey, v)
		}
	}
	broken := errors.New("broken")
	steps := []func(*bbolt.Tx) error{
		retries(func(n int) int { return n + 1 }),
		func(*bbolt.Tx) error { return broken },
	}
	if err := s.update(func(tx *bbolt.Tx) error { return migrate(tx, steps) }); !errors.Is(err, broken) {
		t.Errorf("a step that fails: %v", err)
	}
	check := func(version int, want int) {
		t.Helper()
		err := s.view(func(tx *bbolt.Tx) error {
			v, err := settings.get(tx, serverKey)
			if got := getNumber(tx, schemaKey); got != uint64(version) || v.Retries != want {
				t.Errorf("schema %d, %d; want %d, %d", got, v.Retries, version, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	check(1, 1)
	steps[1] = retries(func(n int) int { return n * 10 })
	for range 2 { // the second time there is nothing to do
		if err := s.update(func(tx *bbolt.Tx) error { return migrate(tx, steps) }); err != nil {
			t.Fatal(err)
		}
		check(3, 20)
	}
	if err := s.update(func(tx *bbolt.Tx) error { return migrate(tx, steps[:1]) }); !errors.Is(err, ErrNewer) {
		t.Errorf("a later schema: %v", err)
	}
}
