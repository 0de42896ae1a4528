package server

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"faxbox/fax"
	"faxbox/store"
)

// maxContacts is how many contacts the address book holds at most.
const maxContacts = 20000

// addressBook is the office's contacts, in memory from the first time that somebody looks.
type addressBook struct {
	mu sync.Mutex // held while contacts are read from the store, or changed
	at atomic.Pointer[contactIndex]
}

// contactIndex is all contacts at one moment. It is never changed.
type contactIndex struct {
	list    []listedContact  // by name
	numbers map[string][]int // by fax.NumberKey: where in list
}

// listedContact is a contact with what it is found and sorted by.
type listedContact struct {
	fax.Contact
	order string // its name folded, and its id
	words string // each word that it can be found by, folded, after a blank
}

// contactIndex is the address book now.
func (s *Server) contactIndex() (*contactIndex, error) {
	if i := s.book.at.Load(); i != nil {
		return i, nil
	}
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	return s.readContacts()
}

// readContacts is contactIndex for whoever holds book.mu.
func (s *Server) readContacts() (*contactIndex, error) {
	if i := s.book.at.Load(); i != nil {
		return i, nil
	}
	all, err := s.store.Contacts()
	if err != nil {
		return nil, err
	}
	i := newContactIndex(all)
	s.book.at.Store(i)
	return i, nil
}

func newContactIndex(all []fax.Contact) *contactIndex {
	i := &contactIndex{numbers: map[string][]int{}}
	for _, c := range all {
		i.list = append(i.list, listedContact{c, orderOf(c), wordsOf(c)})
	}
	slices.SortFunc(i.list, func(a, b listedContact) int { return cmp.Compare(a.order, b.order) })
	for at, c := range i.list {
		if key := fax.NumberKey(c.FaxNumber); key != "" {
			i.numbers[key] = append(i.numbers[key], at)
		}
	}
	return i
}

// folding leaves out what people leave out when they search.
var folding = strings.NewReplacer("ä", "a", "ö", "o", "ü", "u", "ß", "ss", "á", "a", "à", "a", "â", "a", "å", "a", "ç", "c", "é", "e",
	"è", "e", "ê", "e", "ë", "e", "í", "i", "î", "i", "ï", "i", "ñ", "n", "ó", "o", "ô", "o", "ø", "o", "ú", "u", "û", "u")

func fold(text string) string { return folding.Replace(strings.ToLower(text)) }

func orderOf(c fax.Contact) string {
	return fmt.Sprintf("%s\x00%s\x00%012d", fold(cmp.Or(c.Name, c.Company)), fold(c.Company), c.ID)
}

// wordsOf are the words of name and company, and the number's digits: as it is, and for one with a plus also without the
// country code, which is of one digit to three.
func wordsOf(c fax.Contact) string {
	words := append(strings.Fields(fold(c.Name)), strings.Fields(fold(c.Company))...)
	if number := digitsOf(c.FaxNumber); number != "" {
		words = append(words, number)
		if strings.Contains(c.FaxNumber, "+") {
			for code := 1; code <= 3 && code < len(number); code++ {
				words = append(words, strings.TrimLeft(number[code:], "0"))
			}
		}
	}
	return " " + strings.Join(words, " ")
}

// digitsOf is a number without what it is written with, and without leading zeros.
func digitsOf(number string) string {
	if strings.Contains(number, "+") {
		number = strings.Replace(number, "(0)", "", 1)
	}
	digits := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, number)
	return strings.TrimLeft(digits, "0")
}

// ContactFilter chooses contacts. A zero field chooses all.
type ContactFilter struct {
	Begins string // words with which words of the name or the company begin, or the beginning of the number, however written
	Fax    bool   // only those with a fax number
	Paging
}

// match reports whether a contact is chosen: each word that was entered begins one of the contact's.
func (f ContactFilter) match() func(*listedContact) bool {
	var wanted []string
	if number := strings.Trim(f.Begins, "+0123456789 ()-./") == ""; number && digitsOf(f.Begins) != "" {
		wanted = []string{" " + digitsOf(f.Begins)}
	} else {
		for _, word := range strings.Fields(fold(f.Begins)) {
			wanted = append(wanted, " "+word)
		}
	}
	return func(c *listedContact) bool {
		if f.Fax && c.FaxNumber == "" {
			return false
		}
		return !slices.ContainsFunc(wanted, func(word string) bool { return !strings.Contains(c.words, word) })
	}
}

// Contacts are the address book, by name. A cursor that is none is a fax.Invalid.
func (s *Server) Contacts(f ContactFilter) (Page[fax.Contact], error) {
	p := Page[fax.Contact]{Items: []fax.Contact{}}
	limit, err := f.check()
	if err != nil {
		return p, err
	}
	after, err := base64.RawURLEncoding.DecodeString(f.Cursor)
	if err != nil {
		return p, errCursor
	}
	index, err := s.contactIndex()
	if err != nil {
		return p, err
	}
	at, _ := slices.BinarySearchFunc(index.list, string(after), func(c listedContact, order string) int { return cmp.Compare(c.order, order) })
	holds := f.match()
	last := ""
	for i := at; i < len(index.list); i++ {
		c := &index.list[i]
		if c.order == string(after) || !holds(c) {
			continue
		}
		if len(p.Items) == limit {
			p.Next = base64.RawURLEncoding.EncodeToString([]byte(last))
			break
		}
		p.Items, last = append(p.Items, c.Contact), c.order
	}
	return p, nil
}

// Contact is one of them, or ErrNotFound.
func (s *Server) Contact(id fax.ContactID) (fax.Contact, error) {
	index, err := s.contactIndex()
	if err != nil {
		return fax.Contact{}, err
	}
	return index.find(id)
}

func (i *contactIndex) find(id fax.ContactID) (fax.Contact, error) {
	at := slices.IndexFunc(i.list, func(c listedContact) bool { return c.ID == id })
	if at < 0 {
		return fax.Contact{}, ErrNotFound
	}
	return i.list[at].Contact, nil
}

// of are the contacts with a number, by name.
func (i *contactIndex) of(number string) (list []fax.Contact) {
	key := fax.NumberKey(number)
	if key == "" {
		return nil
	}
	for _, at := range i.numbers[key] {
		if c := i.list[at].Contact; fax.SameNumber(c.FaxNumber, number) {
			list = append(list, c)
		}
	}
	return list
}

// sharing are the others with the contact's number.
func (i *contactIndex) sharing(c fax.Contact) []fax.Contact {
	return slices.DeleteFunc(i.of(c.FaxNumber), func(other fax.Contact) bool { return other.ID == c.ID })
}

// NameOf is what the address book calls whoever has a number, or a station id that is a number; empty if it does not know. Of
// several it is what they have in common: the company; else the first by name. It costs a microsecond.
func (s *Server) NameOf(number string) string {
	index, err := s.contactIndex()
	if err != nil {
		return "" // a name is no reason to show nothing
	}
	list := index.of(number)
	if len(list) == 0 {
		return ""
	}
	first := list[0]
	if len(list) > 1 && first.Company != "" && !slices.ContainsFunc(list, func(c fax.Contact) bool { return c.Company != first.Company }) {
		return first.Company
	}
	return first.Display()
}

// AddContact adds a contact, and answers with it and those that have its number already. Needs fax.JobSubmit. What is wrong
// with it is a fax.Invalid.
func (s *Server) AddContact(who Who, c fax.Contact) (added fax.Contact, same []fax.Contact, err error) {
	c.ID = 0
	c, err = c.Apply(fax.ContactPatch{})
	if err != nil {
		return fax.Contact{}, nil, err
	}
	return s.putContact(who, "create", func(i *contactIndex) (before, after fax.Contact, err error) {
		if len(i.list) >= maxContacts {
			return before, after, fullBook
		}
		return fax.Contact{}, c, nil
	})
}

var fullBook = fault("name", fmt.Sprintf("finds the address book full: it holds %d contacts", maxContacts), "Remove some that nobody needs.")

// UpdateContact changes a contact, and answers with it and the others that have its number. Needs fax.JobSubmit. ErrNotFound
// if there is none of this id.
func (s *Server) UpdateContact(who Who, id fax.ContactID, p fax.ContactPatch) (changed fax.Contact, same []fax.Contact, err error) {
	return s.putContact(who, "change", func(i *contactIndex) (before, after fax.Contact, err error) {
		if before, err = i.find(id); err != nil {
			return before, after, err
		}
		after, err = before.Apply(p)
		return before, after, err
	})
}

// putContact stores what becomes of a contact, unless it stays as it was.
func (s *Server) putContact(who Who, action string, change func(*contactIndex) (before, after fax.Contact, err error)) (fax.Contact, []fax.Contact, error) {
	none := fax.Contact{}
	if !who.Rights.Has(fax.JobSubmit) {
		return none, nil, fax.ErrDenied
	}
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	index, err := s.readContacts()
	if err != nil {
		return none, nil, err
	}
	before, after, err := change(index)
	if err != nil {
		return none, nil, err
	}
	list := changes(before, after)
	if len(list) == 0 {
		return before, index.sharing(before), nil
	}
	after.Changed = time.Now().UTC()
	object := fmt.Sprintf("contacts/%d", after.ID)
	if after.ID == 0 {
		object = "contacts" // its number is given by the store
	}
	stored, err := s.store.PutContacts([]fax.Contact{after}, s.entry(who, object, action, list...))
	if err != nil {
		s.metrics.storeFailed()
		return none, nil, err
	}
	s.book.at.Store(nil)
	return stored[0], index.sharing(stored[0]), nil
}

// RemoveContact takes a contact out of the address book. Needs fax.JobSubmit; ErrNotFound if there is none of this id.
func (s *Server) RemoveContact(who Who, id fax.ContactID) error {
	if !who.Rights.Has(fax.JobSubmit) {
		return fax.ErrDenied
	}
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	index, err := s.readContacts()
	if err != nil {
		return err
	}
	c, err := index.find(id)
	if err != nil {
		return err
	}
	entry := s.entry(who, fmt.Sprintf("contacts/%d", id), "delete", fax.Change{Field: "name", From: quote(c.Display())})
	if err := s.store.RemoveContact(id, entry); err != nil {
		return notFound(err)
	}
	s.book.at.Store(nil)
	return nil
}

const recentNumbers = 20

// RecentNumbers are the numbers that the caller sent to last, each once, the latest first, 20 at most.
func (s *Server) RecentNumbers(who Who) ([]fax.RecentNumber, error) {
	var list []fax.RecentNumber
	for _, j := range s.Jobs(who, JobFilter{Left: true}) {
		if j.Type == fax.JobSend && j.UserName == who.User {
			list = append(list, fax.RecentNumber{FaxNumber: j.FaxNumber, Name: j.RecipientName, Time: j.SubmittedTime})
		}
	}
	page, err := s.store.Messages(store.MessageFilter{Direction: fax.Out, UserName: who.User}, "", longPage)
	if err != nil {
		return nil, err
	}
	for _, m := range page.Items {
		if !m.Report {
			list = append(list, fax.RecentNumber{FaxNumber: string(m.RecipientNumber), Name: string(m.RecipientName), Time: m.RawReceiveTime})
		}
	}
	slices.SortStableFunc(list, func(a, b fax.RecentNumber) int { return b.Time.Compare(a.Time) })
	recent := []fax.RecentNumber{}
	for _, r := range list {
		if len(recent) == recentNumbers {
			break
		}
		if slices.ContainsFunc(recent, func(o fax.RecentNumber) bool { return fax.SameNumber(o.FaxNumber, r.FaxNumber) }) {
			continue
		}
		r.Name = cmp.Or(s.NameOf(r.FaxNumber), r.Name)
		recent = append(recent, r)
	}
	return recent, nil
}
