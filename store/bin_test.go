package store

import (
	"errors"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// binAt puts a message into the bin, or brings it back.
func binAt(t testing.TB, s *Store, id fax.MessageID, at time.Time) {
	t.Helper()
	must(s.ChangeMessage(id, func(m *fax.Message) error { m.DeletedTime = at; return nil }))
}

func idsOf(list []fax.Message) (ids []fax.MessageID) {
	for _, m := range list {
		ids = append(ids, m.ID)
	}
	return ids
}

func wantIDs(t *testing.T, what string, got []fax.Message, want ...fax.MessageID) {
	t.Helper()
	ids := idsOf(got)
	if len(ids) != len(want) {
		t.Errorf("%s: %v, want %v", what, ids, want)
		return
	}
	for i := range ids {
		if ids[i] != want[i] {
			t.Errorf("%s: %v, want %v", what, ids, want)
			return
		}
	}
}

func TestBin(t *testing.T) {
	s := opened(t, t.TempDir())
	for range 4 {
		received(t, s, fax.Message{RawReceiveTime: then}, "a")
	}
	binAt(t, s, 2, then.Add(2*time.Hour))
	binAt(t, s, 1, then.Add(time.Hour))
	binAt(t, s, 4, then.Add(3*time.Hour))
	binAt(t, s, 4, then.Add(30*time.Minute)) // once more
	for range 2 {
		wantIDs(t, "list", must(s.Messages(MessageFilter{}, "", 9)).Items, 3)
		wantIDs(t, "bin", must(s.Messages(MessageFilter{Bin: true}, "", 9)).Items, 4, 2, 1)
		if n, bin := s.CountMessages(MessageFilter{Unread: true}), s.CountMessages(MessageFilter{Bin: true}); n != 1 || bin != 3 {
			t.Errorf("%d are unread, %d in the bin", n, bin)
		}
		s = reopened(t, s)
	}
	wantIDs(t, "longest in the bin", must(s.InBin(then.Add(24*time.Hour), 2)), 4, 1)
	wantIDs(t, "for more than a while", must(s.InBin(then.Add(time.Hour), 9)), 4)
	binAt(t, s, 4, time.Time{})
	if err := s.RemoveMessage(1); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, "what is left in the bin", must(s.InBin(then.Add(24*time.Hour), 9)), 2)
	wantIDs(t, "list", must(s.Messages(MessageFilter{}, "", 9)).Items, 4, 3)
}

// A database of a version that had no bin gets what it lacks, on a disk that can be written to; the schema stays, so that
// that version can take it over again.
func TestDatabaseWithoutBin(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir)
	received(t, s, fax.Message{RawReceiveTime: then}, "a")
	err := s.update(func(tx *bbolt.Tx) error {
		return errors.Join(tx.DeleteBucket([]byte(binIndex)), tx.DeleteBucket([]byte(contacts.name)),
			settings.put(tx, serverKey, fax.Server{Retries: 4}))
	})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := s.Contacts(); err != nil || len(list) > 0 { // as on a read-only disk
		t.Errorf("contacts: %v, %v", list, err)
	}
	if list, err := s.InBin(then.AddDate(1, 0, 0), 9); err != nil || len(list) > 0 {
		t.Errorf("in the bin: %v, %v", list, err)
	}
	s = reopened(t, s)
	binAt(t, s, 1, then)
	wantIDs(t, "bin", must(s.InBin(then.AddDate(1, 0, 0), 9)), 1)
	if settled := must(s.Server()); settled.BinDays != 30 || settled.Retries != 4 {
		t.Errorf("settings: %+v", settled)
	}
}

func TestContacts(t *testing.T) {
	s := opened(t, t.TempDir())
	list := must(s.PutContacts([]fax.Contact{{Name: "Anna", FaxNumber: "1"}, {Name: "Bernd", FaxNumber: "2"}}, fax.AuditEntry{Object: "contacts"}))
	if len(list) != 2 || list[0].ID != 1 || list[1].ID != 2 {
		t.Fatalf("stored %+v", list)
	}
	list[1].Notes = "second floor"
	if _, err := s.PutContacts([]fax.Contact{list[1], {ID: 7, Name: "nobody"}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("changing one that is not there: %v", err)
	}
	if got := must(s.Contacts()); len(got) != 2 || got[1].Notes != "" {
		t.Errorf("half of a change happened: %+v", got)
	}
	must(s.PutContacts(list[1:]))
	if err := s.RemoveContact(1); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveContact(1); !errors.Is(err, ErrNotFound) {
		t.Errorf("removing what has gone: %v", err)
	}
	s = reopened(t, s)
	if got := must(s.Contacts()); len(got) != 1 || got[0].Notes != "second floor" {
		t.Errorf("contacts: %+v", got)
	}
	if got := must(s.PutContacts([]fax.Contact{{Name: "Cem", FaxNumber: "3"}})); got[0].ID != 3 {
		t.Errorf("the next one has id %d", got[0].ID)
	}
	if log := must(s.Audit(0, 9)); len(log) != 1 {
		t.Errorf("the journal: %+v", log)
	}
}

func TestShort(t *testing.T) {
	d := newFaultDisk(quickDir(t))
	s := openedWith(t, d.root, Options{disk: d})
	for free, want := range map[uint64]bool{nearlyFull: false, nearlyFull - 1: true} {
		if d.free = free; s.Short() != want {
			t.Errorf("with %d octets free: short %v", free, s.Short())
		}
	}
}
