package web

import (
	"errors"
	"net/http"
	"strconv"

	"faxbox/fax"
	"faxbox/fax/server"
)

// contactsPage is the address book.
type contactsPage struct {
	frame
	list
	Contacts []fax.Contact
	Faults   []string // of a file that was to be taken in
}

func (s *site) contacts(v *visit) error { return s.showContacts(v, http.StatusOK, nil) }

func (s *site) showContacts(v *visit, status int, faults []string) error {
	page := contactsPage{frame: v.frame("contacts", "contacts"), Faults: faults}
	l, at := v.list("q")
	page.list = l
	found, err := s.Server.Contacts(server.ContactFilter{Begins: l.Chosen("q"), Paging: at})
	if err != nil {
		return err
	}
	page.Contacts = found.Items
	page.goOn(v, found.Next)
	return v.show(status, "contacts", page)
}

// contactPage is one contact, or a new one.
type contactPage struct {
	frame
	fax.Contact // ID 0: a new one
	Faults      []string
	Back        string // where to go from there
}

// contact shows a contact. A new one begins with what the address says.
func (s *site) contact(v *visit) error {
	c := fax.Contact{Name: v.field("name"), Company: v.field("company"), FaxNumber: v.field("number"), Email: v.field("email")}
	if v.PathValue("id") != "new" {
		var err error
		if c, err = s.Server.Contact(id64[fax.ContactID](v, "id")); err != nil {
			return err
		}
	} else if !v.id.Rights.Has(fax.JobSubmit) {
		return fax.ErrDenied
	}
	return s.showContact(v, http.StatusOK, c, nil)
}

func (s *site) showContact(v *visit, status int, c fax.Contact, faults []string) error {
	page := contactPage{frame: v.frame("contacts", "contact"), Contact: c, Faults: faults, Back: v.back("back", "/contacts")}
	if c.ID == 0 {
		page.Title = v.lang.Say("contact.new")
	} else {
		page.Title = c.Display()
	}
	return v.show(status, "contact", page)
}

// keepContact makes a contact, or changes one.
func (s *site) keepContact(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	entered := fax.Contact{Name: v.field("name"), Company: v.field("company"), FaxNumber: v.field("faxNumber"),
		Email: v.field("email"), Notes: v.text("notes")}
	var same []fax.Contact
	var err error
	if v.PathValue("id") == "new" {
		_, same, err = s.Server.AddContact(v.who(), entered)
	} else {
		entered.ID = id64[fax.ContactID](v, "id")
		_, same, err = s.Server.UpdateContact(v.who(), entered.ID, fax.ContactPatch{Name: &entered.Name, Company: &entered.Company,
			FaxNumber: &entered.FaxNumber, Email: &entered.Email, Notes: &entered.Notes})
	}
	var invalid fax.Invalid
	switch {
	case errors.As(err, &invalid):
		return s.showContact(v, http.StatusUnprocessableEntity, entered, v.faults(invalid))
	case err != nil:
		return err
	case len(same) > 0:
		return v.done(v.back("back", "/contacts"), "contact.same")
	}
	return v.done(v.back("back", "/contacts"), "contact")
}

func (s *site) removeContact(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	if err := s.Server.RemoveContact(v.who(), id64[fax.ContactID](v, "id")); err != nil {
		return err
	}
	return v.done("/contacts", "contact.removed")
}

// importContacts takes contacts in from a file.
func (s *site) importContacts(v *visit) error {
	file, err := v.uploaded(uploadTime)
	var done fax.ContactImport
	if err == nil {
		done, err = s.Server.ImportContacts(v.who(), file)
	}
	var invalid fax.Invalid
	switch {
	case errors.As(err, &invalid):
		return s.showContacts(v, http.StatusUnprocessableEntity, v.faults(invalid))
	case err != nil:
		return err
	}
	return v.redirect("/contacts?" + query("done", "contact.import", "added", strconv.Itoa(done.Added), "changed", strconv.Itoa(done.Changed),
		"unchanged", strconv.Itoa(done.Unchanged)))
}

// find are contacts and recent numbers that somebody may mean who has begun to type.
func (s *site) find(v *visit) error {
	people, err := s.propose(v, v.field("q"))
	if err != nil {
		return err
	}
	return v.json(people)
}

// proposed is somebody whom a fax could go to.
type proposed struct {
	Number  string `json:"number"`
	Name    string `json:"name"` // may be empty
	Company string `json:"company,omitempty"`
}

// Label is who it is in one line.
func (p proposed) Label() string { return fax.Contact{Name: p.Name, Company: p.Company}.Display() }

// mostProposed is how many are proposed at once.
const mostProposed = 30

// propose are contacts whose name, company or number begins so; of nothing that was typed, numbers of late.
func (s *site) propose(v *visit, begins string) ([]proposed, error) {
	people := []proposed{}
	known := map[string]bool{}
	if begins == "" {
		recent, err := s.Server.RecentNumbers(v.who())
		if err != nil {
			return nil, err
		}
		for _, r := range recent {
			people, known[r.FaxNumber] = append(people, proposed{Number: r.FaxNumber, Name: r.Name}), true
		}
	}
	found, err := s.Server.Contacts(server.ContactFilter{Begins: begins, Fax: true, Paging: server.Paging{Limit: mostProposed}})
	if err != nil {
		return nil, err
	}
	for _, c := range found.Items {
		if !known[c.FaxNumber] {
			people = append(people, proposed{Number: c.FaxNumber, Name: c.Name, Company: c.Company})
		}
	}
	return people[:min(len(people), mostProposed)], nil
}
