package server

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"faxbox/fax"
)

// Contacts come and go as tables: CSV as RFC 4180 has it, UTF-8, the first row naming the columns.

// maxContactFile is how large such a table may be, in octets.
const maxContactFile = 8 << 20

// byteOrderMark is what Excel begins UTF-8 with, and wants to see.
const byteOrderMark = "\uFEFF"

// contactField is a field of a contact, as column.
type contactField struct {
	name string // that it is written with
	also []string
	get  func(*fax.Contact) string
	set  func(*fax.ContactPatch, *string)
}

// contactFields are the columns, with the names that other programs give them. Letters' case, blanks and hyphens do not count.
func contactFields() []contactField {
	return []contactField{
		{"name", []string{"fullname", "displayname", "anzeigename", "nachname", "lastname"},
			func(c *fax.Contact) string { return c.Name }, func(p *fax.ContactPatch, v *string) { p.Name = v }},
		{"company", []string{"firma", "organization", "organisation"},
			func(c *fax.Contact) string { return c.Company }, func(p *fax.ContactPatch, v *string) { p.Company = v }},
		{"faxNumber", []string{"fax", "businessfax", "faxgeschäftlich", "faxnummer", "telefax"},
			func(c *fax.Contact) string { return c.FaxNumber }, func(p *fax.ContactPatch, v *string) { p.FaxNumber = v }},
		{"email", []string{"emailaddress", "mail", "emailadresse"},
			func(c *fax.Contact) string { return c.Email }, func(p *fax.ContactPatch, v *string) { p.Email = v }},
		{"notes", []string{"note", "notizen", "bemerkung", "bemerkungen"},
			func(c *fax.Contact) string { return c.Notes }, func(p *fax.ContactPatch, v *string) { p.Notes = v }},
	}
}

// firstNames are names of a column that goes before the name in one field with it.
var firstNames = []string{"firstname", "vorname"}

// WriteContacts writes the address book, by name, as a table that ImportContacts reads.
func (s *Server) WriteContacts(w io.Writer) error {
	index, err := s.contactIndex()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	columns := contactFields()
	row := make([]string, len(columns))
	for i, c := range columns {
		row[i] = c.name
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(row); err != nil {
		return err
	}
	for _, c := range index.list {
		for i, column := range columns {
			row[i] = harmless(column.get(&c.Contact))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// harmful takes away what harmless has added.
func harmful(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && harmless(rest) != rest {
		return rest
	}
	return cell
}

// ImportContacts adds the contacts of a table, and changes those that are there with the same number, or lacking one the same
// address, and the same name. Columns that the table does not have stay as they are. Columns are separated by commas,
// semicolons or tabs. Needs fax.JobSubmit. What is wrong with the table is a fax.Invalid whose fields are "line 7" and so on,
// and then nothing is imported.
func (s *Server) ImportContacts(who Who, r io.Reader) (fax.ContactImport, error) {
	var result fax.ContactImport
	if !who.Rights.Has(fax.JobSubmit) {
		return result, fax.ErrDenied
	}
	rows, err := readContactFile(r)
	if err != nil {
		return result, err
	}
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	index, err := s.readContacts()
	if err != nil {
		return result, err
	}
	m, err := mergeContacts(index, rows)
	if err != nil {
		return result, err
	}
	if len(m.puts) == 0 {
		return m.ContactImport, nil
	}
	entry := s.entry(who, "contacts", "import", fax.Change{Field: "added", To: decimal(m.Added)}, fax.Change{Field: "changed", To: decimal(m.Changed)})
	if _, err := s.store.PutContacts(m.stamped(), entry); err != nil {
		s.metrics.storeFailed()
		return result, err
	}
	s.book.at.Store(nil)
	return m.ContactImport, nil
}

// contactRow is a row of a table: what it says of a contact.
type contactRow struct {
	line  int
	patch fax.ContactPatch
}

// fileFault is what is wrong with the whole table.
func fileFault(problem, hint string) error { return fault("file", problem, hint) }

// readContactFile reads the rows.
func readContactFile(r io.Reader) ([]contactRow, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxContactFile+1))
	if err != nil {
		return nil, err
	}
	text = bytes.TrimPrefix(text, []byte(byteOrderMark))
	switch {
	case len(text) > maxContactFile:
		return nil, fileFault(fmt.Sprintf("is larger than %d MB", maxContactFile>>20), "Split it.")
	case !utf8.Valid(text):
		return nil, fileFault("is not UTF-8", `Save it as "CSV UTF-8".`)
	}
	in := csv.NewReader(bytes.NewReader(text))
	in.FieldsPerRecord = -1
	in.Comma = separator(text)
	head, err := in.Read()
	if len(head) > 0 && strings.HasPrefix(strings.ToLower(head[0]), "sep=") { // as Excel is told
		head, err = in.Read()
	}
	if errors.Is(err, io.EOF) {
		return nil, fileFault("is empty", "The first row names the columns: name, company, faxNumber, email, notes.")
	}
	if err != nil {
		return nil, brokenRow(err)
	}
	columns, err := readHead(head)
	if err != nil {
		return nil, err
	}
	return readRows(in, columns)
}

// separator is what stands most often between the names of the columns.
func separator(text []byte) rune {
	head, rest, _ := bytes.Cut(text, []byte("\n"))
	if bytes.HasPrefix(bytes.ToLower(head), []byte("sep=")) {
		head, _, _ = bytes.Cut(rest, []byte("\n"))
	}
	best, most := ',', 0
	for _, c := range ",;\t" {
		if n := bytes.Count(head, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// brokenRow says what the reader of CSV found wrong.
func brokenRow(err error) error {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return fault(lineName(e.StartLine), "cannot be read: "+e.Err.Error(), "Put text that holds quotation marks into quotation marks, and double those within.")
	}
	return err
}

func lineName(line int) string { return fmt.Sprintf("line %d", line) }

// contactColumn sets a field by a cell.
type contactColumn func(*fax.ContactPatch, string)

// readHead makes columns of their names; nil for one that is not ours.
func readHead(head []string) ([]contactColumn, error) {
	columns := make([]contactColumn, len(head))
	seen := map[string]bool{}
	for i, name := range head {
		columns[i] = columnOf(name, seen)
	}
	if !seen["name"] && !seen["company"] || !seen["faxNumber"] && !seen["email"] {
		return nil, fault(lineName(1), "does not name the columns", "It must name a name or company, and a faxNumber or email.")
	}
	return columns, nil
}

// columnOf is the column of this name. Of several for one field the first counts.
func columnOf(name string, seen map[string]bool) contactColumn {
	name = strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(strings.TrimSpace(name)))
	for _, also := range firstNames {
		if name == also {
			seen["name"] = true
			return func(p *fax.ContactPatch, v string) { p.Name = joined(v, p.Name) }
		}
	}
	for _, f := range contactFields() {
		for _, also := range append(f.also, strings.ToLower(f.name)) {
			switch {
			case name != also:
			case f.name == "name":
				seen[f.name] = true
				return func(p *fax.ContactPatch, v string) { p.Name = joined(deref(p.Name), &v) }
			case seen[f.name]:
				return nil
			default:
				seen[f.name] = true
				return func(p *fax.ContactPatch, v string) { f.set(p, &v) }
			}
		}
	}
	return nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// joined is a first name and a last one.
func joined(first string, last *string) *string {
	name := strings.TrimSpace(first + " " + deref(last))
	return &name
}

// mostFaults is how many rows at fault are told of.
const mostFaults = 50

// readRows reads the rows beneath the first.
func readRows(in *csv.Reader, columns []contactColumn) ([]contactRow, error) {
	var rows []contactRow
	var faults fax.Invalid
	for len(faults) < mostFaults {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, brokenRow(err)
		}
		line, _ := in.FieldPos(0)
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		if len(cells) > len(columns) {
			faults = append(faults, fault(lineName(line), fmt.Sprintf("has %d columns, and line 1 names %d", len(cells), len(columns)),
				"Put text that holds the separator into quotation marks.")...)
			continue
		}
		row := contactRow{line: line}
		for i, cell := range cells {
			if columns[i] != nil {
				columns[i](&row.patch, harmful(cell))
			}
		}
		_, err = fax.Contact{}.Apply(row.patch)
		if invalid, ok := errors.AsType[fax.Invalid](err); ok {
			faults = append(faults, fault(lineName(line), invalid.Error(), invalid[0].Hint)...)
			continue
		}
		rows = append(rows, row)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return rows, nil
}

// merger brings rows into an address book.
type merger struct {
	fax.ContactImport
	index *contactIndex
	puts  []fax.Contact    // to be stored: changed ones and new ones
	known map[string][]int // by identity: where in puts
}

// identity is what two contacts have in common that may be the same.
func identity(c fax.Contact) string {
	if key := fax.NumberKey(c.FaxNumber); key != "" {
		return key
	}
	return strings.ToLower(c.Email)
}

// sameContact reports whether a row speaks of a contact that is there.
func sameContact(a, b fax.Contact) bool {
	if fold(cmp.Or(a.Name, a.Company)) != fold(cmp.Or(b.Name, b.Company)) {
		return false
	}
	if a.FaxNumber != "" || b.FaxNumber != "" {
		return fax.SameNumber(a.FaxNumber, b.FaxNumber)
	}
	return strings.EqualFold(a.Email, b.Email)
}

func mergeContacts(index *contactIndex, rows []contactRow) (*merger, error) {
	m := &merger{index: index, known: map[string][]int{}}
	byMail := map[string][]fax.Contact{} // those without a number
	for _, c := range index.list {
		if c.FaxNumber == "" {
			byMail[identity(c.Contact)] = append(byMail[identity(c.Contact)], c.Contact)
		}
	}
	for _, row := range rows {
		c, err := fax.Contact{}.Apply(row.patch)
		if err != nil {
			return nil, err // it was checked when it was read
		}
		others := byMail[identity(c)]
		if c.FaxNumber != "" {
			others = index.of(c.FaxNumber)
		}
		if err := m.add(row, c, others); err != nil {
			return nil, err
		}
	}
	if len(index.list)+m.Added > maxContacts {
		return nil, fileFault(fmt.Sprintf("has more contacts than the address book holds: %d", maxContacts), "Remove some that nobody needs.")
	}
	return m, nil
}

// add brings a row in: c is what it says, others those that are there with its number or address.
func (m *merger) add(row contactRow, c fax.Contact, others []fax.Contact) error {
	key := identity(c)
	shared := len(others) > 0
	for _, at := range m.known[key] { // earlier rows
		if sameContact(m.puts[at], c) {
			next, err := m.puts[at].Apply(row.patch)
			if err != nil {
				return lineFault(row.line, err)
			}
			m.puts[at] = next
			m.Unchanged++
			return nil
		}
		shared = shared || c.FaxNumber != ""
	}
	for _, other := range others {
		if !sameContact(other, c) {
			continue
		}
		next, err := other.Apply(row.patch)
		if err != nil {
			return lineFault(row.line, err)
		}
		if next == other {
			m.Unchanged++
			return nil
		}
		m.Changed++
		m.put(key, next)
		return nil
	}
	m.Added++
	if shared && c.FaxNumber != "" {
		m.SameNumber++
	}
	m.put(key, c)
	return nil
}

func (m *merger) put(key string, c fax.Contact) {
	m.known[key] = append(m.known[key], len(m.puts))
	m.puts = append(m.puts, c)
}

// lineFault is what is wrong with a contact, said of a line.
func lineFault(line int, err error) error {
	if invalid, ok := errors.AsType[fax.Invalid](err); ok {
		return fault(lineName(line), invalid.Error(), invalid[0].Hint)
	}
	return err
}

// stamped are the contacts to be stored, changed now.
func (m *merger) stamped() []fax.Contact {
	now := time.Now().UTC()
	for i := range m.puts {
		m.puts[i].Changed = now
	}
	return m.puts
}
