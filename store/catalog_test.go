package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

func begins(prefix, number string) bool {
	f := newFilter("", 0, prefix, time.Time{}, time.Time{})
	return f.holds(&entry{number: pack(number)})
}

func TestPack(t *testing.T) {
	for _, c := range []struct {
		prefix, number string
		want           bool
	}{
		{"", "030 1234", true},
		{"", "", true},
		{"0", "030 1234", true}, // leading zeros do not count
		{"30", "030 1234", true},
		{"030", "+30 1234", true},
		{"301", "(030) 1234", true},
		{"302", "030 1234", false},
		{"0301234", "030 1234", true},
		{"03012345", "030 1234", false},
		{"49 30", "+49 (0)30 1234", true},
		{"+49 (0)30 12", "0049 30 1234", true},
		{"1", "", false},
		{"*", "*21#5", true},
		{"#", "*21#5", false},
		{"12345678901234567890", "1234567890123456", true}, // both are cut at 16 digits
		{"12345678901234567", "123456789012345", false},
	} {
		if got := begins(c.prefix, c.number); got != c.want {
			t.Errorf("%q begins %q: %v, want %v", c.prefix, c.number, got, c.want)
		}
	}
}

func FuzzPack(f *testing.F) {
	f.Add("+49 (0)30 1234", 3)
	f.Fuzz(func(t *testing.T, number string, cut int) {
		if cut < 0 || cut > len(number) || strings.Contains(number, "+") {
			return
		}
		if !begins(number[:cut], number) {
			t.Errorf("%q does not begin %q", number[:cut], number)
		}
	})
}

// someMessage is one of many kinds, the same for the same n.
func someMessage(n int) fax.Message {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	m := fax.Message{
		ID: fax.MessageID(n + 1), Direction: fax.In, DeviceID: fax.DeviceID(1 + r.IntN(4)),
		RawReceiveTime: then.Add(time.Duration(n/3) * time.Minute), Pages: 1 + r.IntN(5), // three at the same moment
		CallerID: fax.Text(fmt.Sprintf("0%d", 10000000+r.IntN(90000000))),
		Tsid:     fax.Text(fmt.Sprintf("STATION %d", r.IntN(1000))),
		Read:     r.IntN(10) > 0, Quarantine: r.IntN(50) == 0,
		Result: fax.ResultOf(fax.OK),
	}
	if r.IntN(20) == 0 {
		m.DeletedTime = m.RawReceiveTime.Add(time.Hour)
	}
	if r.IntN(2) == 0 {
		m.Direction, m.RecipientNumber, m.CallerID = fax.Out, m.CallerID, ""
	}
	return m
}

// stocked stores messages without their folders.
func stocked(t testing.TB, s *Store, from, to int) {
	t.Helper()
	const batch = 10000
	for ; from < to; from += batch {
		err := s.update(func(tx *bbolt.Tx) error {
			for n := from; n < min(from+batch, to); n++ {
				if err := putMessage(tx, someMessage(n)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.loadCatalogs(); err != nil {
		t.Fatal(err)
	}
}

// plainly is what a filter must let through, decided member by member.
func plainly(f MessageFilter, m fax.Message) bool {
	digits := strings.TrimLeft(messageNumber(m), "0")
	return (f.Direction == "" || f.Direction == m.Direction) && (f.DeviceID == 0 || f.DeviceID == m.DeviceID) &&
		strings.HasPrefix(digits, strings.TrimLeft(f.Number, "0")) && (!f.Unread || !m.Read) &&
		f.Bin == m.InBin() && (f.Quarantine == nil || *f.Quarantine == m.Quarantine) &&
		(f.From.IsZero() || !m.RawReceiveTime.Before(f.From)) && (f.To.IsZero() || m.RawReceiveTime.Before(f.To)) &&
		strings.Contains(strings.ToLower(string(m.Tsid)), strings.ToLower(f.Text))
}

func filters() map[string]MessageFilter {
	yes, no := true, false
	return map[string]MessageFilter{
		"all":              {},
		"received":         {Direction: fax.In},
		"sent":             {Direction: fax.Out},
		"port":             {DeviceID: 3},
		"unread":           {Unread: true},
		"bin":              {Bin: true},
		"quarantine":       {Quarantine: &yes},
		"not quarantine":   {Quarantine: &no},
		"number":           {Number: "012"},
		"days":             {From: then.Add(3 * time.Hour), To: then.Add(5 * time.Hour)},
		"open end":         {From: then.Add(10 * time.Hour)},
		"everything":       {Direction: fax.In, DeviceID: 2, Unread: true, Number: "03", Quarantine: &no, To: then.Add(15 * time.Hour)},
		"nothing":          {Number: "99999999999"},
		"text":             {Text: "station 7"},
		"text, and a port": {Text: "STATION 12", DeviceID: 1},
		"text of nobody":   {Text: "nobody"},
	}
}

func TestListing(t *testing.T) {
	const n = 3000
	s := opened(t, quickDir(t))
	stocked(t, s, 0, n)
	var all []fax.Message
	for i := range n {
		all = append(all, someMessage(i))
	}
	slices.SortStableFunc(all, func(a, b fax.Message) int {
		if c := b.RawReceiveTime.Compare(a.RawReceiveTime); c != 0 {
			return c
		}
		return int(b.ID - a.ID)
	})
	for name, f := range filters() {
		for _, limit := range []int{1, 50, MaxPage} {
			t.Run(fmt.Sprintf("%s by %d", name, limit), func(t *testing.T) {
				var want []fax.MessageID
				for _, m := range all {
					if plainly(f, m) {
						want = append(want, m.ID)
					}
				}
				got := listAll(t, s, f, limit)
				if !slices.Equal(got, want) {
					t.Errorf("%d messages, want %d:\n%v\n%v", len(got), len(want), got, want)
				}
				if f.Text == "" && s.CountMessages(f) != len(want) {
					t.Errorf("counted %d, want %d", s.CountMessages(f), len(want))
				}
			})
		}
	}
}

// listAll lists page by page.
func listAll(t *testing.T, s *Store, f MessageFilter, limit int) (ids []fax.MessageID) {
	t.Helper()
	for from := Cursor(""); ; {
		p, err := s.Messages(f, from, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Items) > limit {
			t.Fatalf("a page of %d, and asked for %d", len(p.Items), limit)
		}
		for _, m := range p.Items {
			ids = append(ids, m.ID)
		}
		if p.Next == "" {
			return ids
		}
		from = p.Next
	}
}

// TestListingWhileItChanges: what stays is listed once, whatever comes and goes.
func TestListingWhileItChanges(t *testing.T) {
	const n = 400
	s := opened(t, quickDir(t))
	stocked(t, s, 0, n)
	seen := map[fax.MessageID]int{}
	next := n
	for from := Cursor(""); ; {
		p := must(s.Messages(MessageFilter{}, from, 20))
		for _, m := range p.Items {
			seen[m.ID]++
		}
		if from = p.Next; from == "" {
			break
		}
		last := p.Items[len(p.Items)-1] // where the cursor stands
		if err := s.strikeMessage(last); err != nil {
			t.Fatal(err)
		}
		stocked(t, s, next, next+5)
		next += 5
	}
	for i := range n {
		m := someMessage(i)
		want := 1
		if m.InBin() {
			want = 0
		}
		if id := m.ID; seen[id] != want {
			t.Errorf("message %d was listed %d times", id, seen[id])
		}
	}
}

func TestBadCursor(t *testing.T) {
	s := opened(t, quickDir(t))
	for _, c := range []Cursor{"x", "AAAA", "!!", Cursor(strings.Repeat("A", 1000))} {
		if _, err := s.Messages(MessageFilter{}, c, 10); !errors.Is(err, ErrCursor) {
			t.Errorf("%q: %v", c, err)
		}
	}
}

func TestJournal(t *testing.T) {
	dir := quickDir(t)
	s := opened(t, dir)
	in := must(s.PutCall(fax.Call{Direction: fax.In, DeviceID: 1, CallerID: "030 1", Start: then, Result: fax.ResultOf(fax.OK)}))
	out := must(s.PutCall(fax.Call{Direction: fax.Out, DeviceID: 2, Number: "040 2", Start: then.Add(time.Minute)}))
	if in.ID != 1 || out.ID != 2 {
		t.Errorf("ids %d and %d", in.ID, out.ID)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = opened(t, dir)
	for name, c := range map[string]struct {
		f    CallFilter
		want []fax.CallID
	}{
		"all":      {CallFilter{}, []fax.CallID{2, 1}},
		"received": {CallFilter{Direction: fax.In}, []fax.CallID{1}},
		"dialled":  {CallFilter{Number: "402"}, []fax.CallID{2}},
		"port":     {CallFilter{DeviceID: 1}, []fax.CallID{1}},
		"later":    {CallFilter{From: then.Add(time.Second)}, []fax.CallID{2}},
		"open":     {CallFilter{Open: true}, []fax.CallID{2}},
	} {
		var got []fax.CallID
		for _, call := range must(s.Calls(c.f, "", 10)).Items {
			got = append(got, call.ID)
		}
		if !slices.Equal(got, c.want) || s.CountCalls(c.f) != len(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	// It is over, and began at another moment than was thought.
	out.Result, out.Start = fax.ResultOf(fax.Busy), then.Add(-time.Minute)
	must(s.PutCall(out))
	if p := must(s.Calls(CallFilter{}, "", 10)); len(p.Items) != 2 || p.Items[1].ID != out.ID {
		t.Errorf("after the change: %+v", p.Items)
	}
	if n := s.CountCalls(CallFilter{Open: true}); n != 0 {
		t.Errorf("%d calls are open", n)
	}
	if _, err := s.PutCall(fax.Call{ID: 77}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a change of a call that is not there: %v", err)
	}
}
