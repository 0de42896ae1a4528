package server

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/exchange"
	"faxbox/store"
)

// book is a server with nothing but a store, for what needs no line.
func book(t testing.TB) *Server {
	t.Helper()
	st, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Store: st})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// names are the contacts that begin so, by name.
func (s *Server) names(t testing.TB, begins string) string {
	t.Helper()
	var names []string
	for _, c := range must(s.Contacts(ContactFilter{Begins: begins})).Items {
		names = append(names, c.Display())
	}
	return strings.Join(names, "; ")
}

func imported(t testing.TB, s *Server, table string) fax.ContactImport {
	t.Helper()
	result, err := s.ImportContacts(sender, strings.NewReader(table))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

const someContacts = `name,company,faxNumber,email,notes
Zoë Ärmel,Müller & Söhne,+49 (0)30 1234567,zoe@example.com,
Anna Berg,,089 / 765 43 21,,"third floor,
behind the stairs"
,Acme GmbH,+1 212 555 0100,,
Öz,Acme GmbH,+1 212 555 0100,oez@example.com,
Only Mail,,,mail@example.com,
`

func TestContactsAreFound(t *testing.T) {
	s := book(t)
	if got := imported(t, s, someContacts); got != (fax.ContactImport{Added: 5, SameNumber: 1}) {
		t.Errorf("imported: %+v", got)
	}
	for begins, want := range map[string]string{
		"":               "Acme GmbH; Anna Berg; Only Mail; Öz, Acme GmbH; Zoë Ärmel, Müller & Söhne",
		"acm":            "Acme GmbH; Öz, Acme GmbH",
		"ar":             "Zoë Ärmel, Müller & Söhne",
		"MÜLL":           "Zoë Ärmel, Müller & Söhne",
		"muller zoe":     "Zoë Ärmel, Müller & Söhne",
		"berg an":        "Anna Berg",
		"erg":            "",
		"anna x":         "",
		"030 12":         "Zoë Ärmel, Müller & Söhne",
		"0049 (30) 1234": "Zoë Ärmel, Müller & Söhne",
		"+49 30":         "Zoë Ärmel, Müller & Söhne",
		"212-555":        "Acme GmbH; Öz, Acme GmbH",
		"089765":         "Anna Berg",
		"765":            "",
		" ":              "Acme GmbH; Anna Berg; Only Mail; Öz, Acme GmbH; Zoë Ärmel, Müller & Söhne",
	} {
		if got := s.names(t, begins); got != want {
			t.Errorf("%q: %q, want %q", begins, got, want)
		}
	}
	if n := len(must(s.Contacts(ContactFilter{Fax: true})).Items); n != 4 {
		t.Errorf("%d have a fax number", n)
	}
	for number, want := range map[string]string{
		"030 1234567": "Zoë Ärmel, Müller & Söhne", "+49 30 1234567": "Zoë Ärmel, Müller & Söhne", "0012125550100": "Acme GmbH",
		"": "", "STATION": "", "4711": "", "089 7654321": "Anna Berg",
	} {
		if got := s.NameOf(number); got != want {
			t.Errorf("the name of %q: %q, want %q", number, got, want)
		}
	}
}

func TestContactsAreListedInPages(t *testing.T) {
	s := book(t)
	table := "name;fax\n"
	for i := range 25 {
		table += fmt.Sprintf("Same Name;030 %06d\n", i)
	}
	imported(t, s, table)
	seen := map[fax.ContactID]int{}
	for at := ""; ; {
		p := must(s.Contacts(ContactFilter{Paging: Paging{Limit: 10, Cursor: at}}))
		for _, c := range p.Items {
			seen[c.ID]++
		}
		if at = p.Next; at == "" {
			break
		}
		if err := s.RemoveContact(sender, p.Items[len(p.Items)-1].ID); err != nil { // where the cursor stands
			t.Fatal(err)
		}
	}
	if len(seen) != 25 {
		t.Errorf("%d of 25 were listed", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("contact %d was listed %d times", id, n)
		}
	}
	if _, err := s.Contacts(ContactFilter{Paging: Paging{Cursor: "!"}}); !isInvalid(err) {
		t.Errorf("a cursor that is none: %v", err)
	}
}

func TestContactsAreChanged(t *testing.T) {
	s := book(t)
	anna, same, err := s.AddContact(sender, fax.Contact{Name: "  Anna ", FaxNumber: "030 1234567"})
	if err != nil || anna.ID != 1 || anna.Name != "Anna" || len(same) != 0 {
		t.Fatalf("%v, %+v, %+v", err, anna, same)
	}
	bob, same, err := s.AddContact(sender, fax.Contact{Name: "Bob", FaxNumber: "+49 30 1234567"})
	if err != nil || len(same) != 1 || same[0].Name != "Anna" {
		t.Errorf("%v, %+v shares its number with %+v", err, bob, same)
	}
	if _, same, err = s.UpdateContact(sender, bob.ID, fax.ContactPatch{FaxNumber: patch("040 99")}); err != nil || len(same) != 0 {
		t.Errorf("%v, still shared with %+v", err, same)
	}
	if _, _, err = s.UpdateContact(sender, bob.ID, fax.ContactPatch{FaxNumber: patch(" 040 99 ")}); err != nil { // as it is
		t.Error(err)
	}
	if err := s.RemoveContact(sender, anna.ID); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct{ err, want error }{
		"viewer adds":   {third(s.AddContact(viewer, bob)), fax.ErrDenied},
		"viewer sets":   {third(s.UpdateContact(viewer, bob.ID, fax.ContactPatch{})), fax.ErrDenied},
		"viewer takes":  {s.RemoveContact(viewer, bob.ID), fax.ErrDenied},
		"viewer loads":  {second(s.ImportContacts(viewer, strings.NewReader(someContacts))), fax.ErrDenied},
		"gone, taken":   {s.RemoveContact(sender, anna.ID), ErrNotFound},
		"gone, changed": {third(s.UpdateContact(sender, anna.ID, fax.ContactPatch{})), ErrNotFound},
		"gone, looked":  {second(s.Contact(anna.ID)), ErrNotFound},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
	for _, c := range []fax.Contact{
		{FaxNumber: "030 1"}, {Name: "x"}, {Name: "x", FaxNumber: "phone"}, {Name: "x", Email: "a b"}, {Name: "a\nb", FaxNumber: "1"},
	} {
		if _, _, err := s.AddContact(sender, c); !isInvalid(err) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	var log []string
	for _, e := range must(s.Audit(boss, AuditFilter{Object: "contacts"})).Items {
		log = append(log, e.Object+" "+e.Action)
	}
	if want := []string{"contacts/1 delete", "contacts/2 change", "contacts create", "contacts create"}; !slices.Equal(log, want) {
		t.Errorf("journal: %q, want %q", log, want)
	}
}

func third[A, B any](_ A, _ B, err error) error { return err }

// A table that was written is read again, into an empty book and into the same, whatever stands in it.
func TestContactsGoAndComeAsTable(t *testing.T) {
	s, other := book(t), book(t)
	imported(t, s, someContacts+"=1+1,'quoted,+49 40 1,,\"a \"\"b\"\"; c\"\n")
	var table bytes.Buffer
	if err := s.WriteContacts(&table); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(table.String(), "\uFEFFname,company,faxNumber,email,notes\r\n") || strings.Contains(table.String(), "\n=") {
		t.Errorf("the table:\n%s", &table)
	}
	if got := imported(t, s, table.String()); got != (fax.ContactImport{Unchanged: 6}) {
		t.Errorf("into the same: %+v", got)
	}
	if got := imported(t, other, table.String()); got.Added != 6 {
		t.Errorf("into an empty one: %+v", got)
	}
	a, b := must(s.Contacts(ContactFilter{})).Items, must(other.Contacts(ContactFilter{})).Items
	for i := range a {
		b[i].ID, b[i].Changed = a[i].ID, a[i].Changed
	}
	if !slices.Equal(a, b) {
		t.Errorf("before\n%+v\nafter\n%+v", a, b)
	}
}

func TestTablesOfOtherPrograms(t *testing.T) {
	s := book(t)
	imported(t, s, "\uFEFFsep=;\r\nVorname;Nachname;Firma;Fax geschäftlich;E-Mail-Adresse;Geburtstag\r\nAnna;Berg;Acme;030 1234567;a@example.com;1.1.1970\r\n;;;;;\r\n")
	c := must(s.Contacts(ContactFilter{})).Items
	if len(c) != 1 || c[0].Display() != "Anna Berg, Acme" || c[0].FaxNumber != "030 1234567" || c[0].Email != "a@example.com" {
		t.Fatalf("%+v", c)
	}
	// The same again with a note: the rest stays as it is. One of another name is another contact.
	got := imported(t, s, "Notes\tFax\tName\nnew\t+49 30 1234567\tanna berg\n\t0301234567\tBob\n\t0301234567\tBob\n")
	if got != (fax.ContactImport{Added: 1, Changed: 1, Unchanged: 1, SameNumber: 1}) {
		t.Errorf("%+v", got)
	}
	c = must(s.Contacts(ContactFilter{Begins: "acme"})).Items
	if len(c) != 1 || c[0].Notes != "new" || c[0].Company != "Acme" {
		t.Errorf("%+v", c)
	}
}

// What is wrong with a table is told by its line, and then nothing of it is imported.
func TestBadTables(t *testing.T) {
	s := book(t)
	for table, want := range map[string]string{
		"":          "file is empty",
		"\xff\xfe":  "file is not UTF-8",
		"a,b\n1,2":  "line 1 does not name the columns",
		"name\nBob": "line 1 does not name the columns",
		"name,fax\nAnna,1\n\"two\nlines\",2\nBob,\nCem,\"4,9E+10\"": "line 3 name contains a control character; line 5 faxNumber is missing, and so is the email address; " +
			"line 6 faxNumber contains 'E', which cannot be dialled",
		"name,fax\nAnna,1,2\n":                      "line 2 has 3 columns, and line 1 names 2",
		"name,fax\nAnna,\"1\nBob,2":                 "line 2 cannot be read: extraneous or missing \" in quoted-field",
		"name,fax\nAnn\"a,1\nBob,2":                 "line 2 cannot be read: bare \" in non-quoted-field",
		strings.Repeat("x", 9<<20):                  "file is larger than 8 MB",
		"sep=;\n":                                   "file is empty",
		"name,fax\n" + strings.Repeat("x,\n", 1000): "",
	} {
		_, err := s.ImportContacts(sender, strings.NewReader(table))
		if !isInvalid(err) || want != "" && err.Error() != want {
			t.Errorf("%.40q: %v, want %s", table, err, want)
		}
		if invalid, ok := errors.AsType[fax.Invalid](err); ok && len(invalid) > mostFaults {
			t.Errorf("%.40q: %d faults", table, len(invalid))
		}
	}
	if n := len(must(s.Contacts(ContactFilter{})).Items); n > 0 {
		t.Errorf("%d were imported", n)
	}
}

func FuzzContactFile(f *testing.F) {
	f.Add([]byte(someContacts))
	f.Add([]byte("\uFEFFsep=;\r\nVorname;Nachname;Fax\r\nA;B;1\r\n"))
	f.Add([]byte("name\tfax\n'=1\t'+1\n"))
	f.Fuzz(func(t *testing.T, table []byte) {
		rows, err := readContactFile(bytes.NewReader(table))
		if err != nil {
			if !isInvalid(err) {
				t.Errorf("%v", err)
			}
			return
		}
		m, err := mergeContacts(newContactIndex(nil), rows)
		if err != nil {
			if !isInvalid(err) {
				t.Errorf("%v", err)
			}
			return
		}
		for _, c := range m.puts {
			if err := c.Check(); err != nil {
				t.Errorf("%+v: %v", c, err)
			}
		}
		if m.Added+m.Unchanged != len(rows) || m.Added != len(m.puts) {
			t.Errorf("%d rows: %+v", len(rows), m.ContactImport)
		}
	})
}

func TestFullBook(t *testing.T) {
	index := newContactIndex(make([]fax.Contact, maxContacts))
	if _, err := mergeContacts(index, []contactRow{{2, fax.ContactPatch{Name: patch("x"), FaxNumber: patch("1")}}}); !isInvalid(err) {
		t.Errorf("one more: %v", err)
	}
}

// BenchmarkContacts is what a search and a name cost among 10,000.
func BenchmarkContacts(b *testing.B) {
	s := book(b)
	table := "name,company,fax\n"
	for i := range 10000 {
		table += fmt.Sprintf("Anna%d Berg%d,Company %d,+49 30 %07d\n", i, i, i/10, i)
	}
	imported(b, s, table)
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			if p := must(s.Contacts(ContactFilter{Begins: "berg99 comp", Paging: Paging{Limit: 10}})); len(p.Items) != 10 {
				b.Fatal(len(p.Items))
			}
		}
	})
	b.Run("name", func(b *testing.B) {
		for b.Loop() {
			if s.NameOf("030 0004711") == "" {
				b.Fatal("not found")
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			s.book.at.Store(nil)
			s.NameOf("1")
		}
	})
}

// The numbers that somebody sent to last are theirs alone, whether sent or waiting.
func TestRecentNumbers(t *testing.T) {
	inOffice(t, exchange.Options{}, func(b *office) {
		b.open()
		b.until(b.submit(fax.Document{FaxNumber: "102", RecipientName: "Bob"}, strip(1))[0].JobID, fax.Finished, 3*time.Minute)
		b.ready()
		b.submit(fax.Document{FaxNumber: "10 2"}, strip(2))
		time.Sleep(time.Second)
		b.submit(fax.Document{FaxNumber: "103"}, strip(2))
		if _, _, err := b.AddContact(boss, fax.Contact{Name: "Busy", FaxNumber: "103"}); err != nil {
			t.Fatal(err)
		}
		mine := must(b.RecentNumbers(sender))
		if len(mine) != 2 || mine[0].FaxNumber != "103" || mine[0].Name != "Busy" || mine[1].FaxNumber != "10 2" {
			t.Errorf("recent: %+v", mine)
		}
		if others := must(b.RecentNumbers(viewer)); len(others) != 0 {
			t.Errorf("of somebody else: %+v", others)
		}
	})
}
