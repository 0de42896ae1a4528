package server

import (
	"errors"
	"slices"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
	"faxbox/store"
)

// received has the box send some faxes to itself, and yields those that came in, the oldest first.
func (b *office) received(n int) []fax.Message {
	b.Helper()
	for i := range n {
		b.until(b.send("102", strip(byte(i))).JobID, fax.Finished, 3*time.Minute)
		b.ready()
	}
	list := must(b.Messages(MessageFilter{Direction: fax.In})).Items
	slices.Reverse(list)
	return list
}

// inBin are the ids of what is in the bin, the newest first.
func (b *office) inBin() (ids []fax.MessageID) {
	b.Helper()
	for _, m := range must(b.Messages(MessageFilter{Bin: true})).Items {
		ids = append(ids, m.ID)
	}
	return ids
}

func TestBin(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.enable(2, b.folder("in"), "{date}")
		first := b.received(1)[0]
		after := b.LastEvent()
		if err := b.DeleteMessage(boss, first.ID); err != nil {
			t.Fatal(err)
		}
		bin := must(b.Messages(MessageFilter{Bin: true})).Items
		if len(bin) != 1 || bin[0].DeletedBy != "anna" || !bin[0].PurgeTime.Equal(bin[0].DeletedTime.AddDate(0, 0, 30)) {
			t.Errorf("in the bin: %+v", bin)
		}
		if list := must(b.Messages(MessageFilter{Direction: fax.In})).Items; len(list) > 0 {
			t.Errorf("still listed: %+v", list)
		}
		if m, err := b.RestoreMessage(boss, first.ID); err != nil || m.InBin() || m.DeletedBy != "" || m.Pages != 1 {
			t.Errorf("restored: %v, %+v", err, m)
		}
		if _, err := b.RestoreMessage(boss, first.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("restored twice: %v", err)
		}
		var kinds []fax.EventKind
		for _, e := range must(b.Events(t.Context(), after)) {
			if e.Message != nil {
				kinds = append(kinds, e.Kind)
			}
		}
		if !slices.Equal(kinds, []fax.EventKind{fax.MessageRemoved, fax.MessageEvent}) {
			t.Errorf("events: %v", kinds)
		}
		if err := b.PurgeMessage(boss, first.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := b.store.Message(first.ID); !errors.Is(err, store.ErrNotFound) || len(b.inBin()) > 0 {
			t.Errorf("removed for good: %v, in the bin: %v", err, b.inBin())
		}
		var log []string
		for _, e := range must(b.Audit(boss, AuditFilter{Object: "messages/"})).Items {
			log = append(log, e.Action)
		}
		if !slices.Equal(log, []string{"purge", "restore", "delete"}) {
			t.Errorf("in the journal: %v", log)
		}
	})
}

// What was deleted goes for good after BinDays, though the box stops in between, and though it was deleted by a clock that
// had never been set: then its time begins when that is seen.
func TestBinEmptiesItself(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		list := b.received(3)
		b.set(fax.ServerPatch{BinDays: patch(2)})
		for _, m := range list[:2] {
			if err := b.DeleteMessage(boss, m.ID); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(30 * time.Minute)
		must(b.store.ChangeMessage(list[1].ID, func(m *fax.Message) error { m.DeletedTime = time.Unix(1000, 0); return nil }))
		time.Sleep(time.Minute)
		b.close()
		time.Sleep(46 * time.Hour)
		b.open()
		if got := b.inBin(); !slices.Equal(got, []fax.MessageID{list[1].ID, list[0].ID}) {
			t.Fatalf("after 46 and a half hours: %v", got)
		}
		time.Sleep(91 * time.Minute)
		if got := b.inBin(); !slices.Equal(got, []fax.MessageID{list[1].ID}) {
			t.Errorf("after two days: %v", got)
		}
		if err := b.PurgeMessage(boss, list[2].ID); err != nil { // also what was never in the bin
			t.Error(err)
		}
		time.Sleep(31 * time.Minute)
		if got := b.inBin(); len(got) > 0 {
			t.Errorf("half an hour later: %v", got)
		}
	})
}

// A user's own faxes are theirs to delete; nobody else's, but for those who manage messages. For good only administrators
// remove what is not theirs.
func TestBinIsForManagersAndOwners(t *testing.T) {
	operator := Who{Caller: fax.Caller{User: "olga", Rights: fax.Operator.Rights()}}
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		list := b.received(2)
		if err := b.store.AddUser(store.Account{User: fax.User{Name: "sam", Role: fax.Sender}}); err != nil {
			t.Fatal(err)
		}
		ours, sams := list[0].ID, list[1].ID
		for name, err := range map[string]error{
			"handed on by a sender":         second(b.UpdateMessage(sender, ours, fax.MessagePatch{UserName: patch("sam")})),
			"deleted by a sender":           b.DeleteMessage(sender, ours),
			"deleted with one's own":        second(b.DeleteMessages(sender, []fax.MessageID{ours, sams})),
			"removed for good by a manager": b.PurgeMessage(operator, ours),
		} {
			if !errors.Is(err, fax.ErrDenied) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := b.UpdateMessage(operator, sams, fax.MessagePatch{UserName: patch("nobody")}); !isInvalid(err) {
			t.Errorf("handed on to nobody: %v", err)
		}
		if m, err := b.UpdateMessage(operator, sams, fax.MessagePatch{UserName: patch("sam")}); err != nil || m.UserName != "sam" {
			t.Fatalf("handed on: %v, %+v", err, m)
		}
		if mine := must(b.Messages(MessageFilter{UserName: "sam"})).Items; len(mine) != 1 || mine[0].ID != sams {
			t.Errorf("Sam's: %+v", mine)
		}
		for _, step := range []struct {
			name string
			err  error
		}{
			{"deleted", b.DeleteMessage(sender, sams)},
			{"restored", second(b.RestoreMessage(sender, sams))},
			{"removed for good", b.PurgeMessage(sender, sams)},
			{"another's, by a manager", b.DeleteMessage(operator, ours)},
		} {
			if step.err != nil {
				t.Errorf("%s: %v", step.name, step.err)
			}
		}
	})
}

// Several at once: what is not there is told of and hinders nobody.
func TestSeveralAtOnce(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		list := b.received(3)
		ids := []fax.MessageID{list[0].ID, list[1].ID, 99, list[0].ID}
		got, err := b.MarkMessages(viewer, ids, true)
		if err != nil || got.Changed != 2 || !slices.Equal(got.Missing, []fax.MessageID{99}) {
			t.Errorf("marked: %v, %+v", err, got)
		}
		if n := b.CountMessages(MessageFilter{Direction: fax.In, Unread: true}); n != 1 {
			t.Errorf("%d are unread", n)
		}
		if got, err = b.DeleteMessages(boss, ids); err != nil || got.Changed != 2 || len(got.Missing) != 1 {
			t.Errorf("deleted: %v, %+v", err, got)
		}
		if got, err = b.DeleteMessages(boss, ids); err != nil || got.Changed != 0 || len(got.Missing) != 3 {
			t.Errorf("deleted again: %v, %+v", err, got)
		}
		if got, err = b.RestoreMessages(boss, ids[:2]); err != nil || got.Changed != 2 || len(b.inBin()) > 0 {
			t.Errorf("restored: %v, %+v", err, got)
		}
		if _, err := b.DeleteMessages(boss, make([]fax.MessageID, mostAtOnce+1)); !isInvalid(err) {
			t.Errorf("more than may be: %v", err)
		}
	})
}

// When the disk runs short, what lies in the bin longest goes first, until there is room again.
func TestBinMakesRoom(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		list := b.received(3)
		for _, at := range []int{1, 0, 2} {
			if err := b.DeleteMessage(boss, list[at].ID); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		b.emptyBinWhile(time.Now().Add(time.Hour), time.Now(), func() bool { return len(b.inBin()) > 1 })
		if got := b.inBin(); !slices.Equal(got, []fax.MessageID{list[2].ID}) {
			t.Errorf("left: %v", got)
		}
	})
}
