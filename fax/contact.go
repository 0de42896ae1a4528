package fax

import (
	"cmp"
	"strings"
	"time"
)

// Contact is a line of the office's address book, which everybody shares.
type Contact struct {
	ID        ContactID `json:"id"`
	Name      string    `json:"name"`      // of a person or a department; it or Company is there
	Company   string    `json:"company"`   //
	FaxNumber string    `json:"faxNumber"` // as written; it or Email is there
	Email     string    `json:"email"`     //
	Notes     string    `json:"notes"`     // text of several lines
	Changed   time.Time `json:"changed"`   // when it was last
}

// Display is what a contact is called in one line.
func (c Contact) Display() string {
	if c.Name != "" && c.Company != "" {
		return c.Name + ", " + c.Company
	}
	return cmp.Or(c.Name, c.Company)
}

// ContactPatch is a change of a contact.
type ContactPatch struct {
	Name      *string `json:"name,omitempty"`
	Company   *string `json:"company,omitempty"`
	FaxNumber *string `json:"faxNumber,omitempty"`
	Email     *string `json:"email,omitempty"`
	Notes     *string `json:"notes,omitempty"`
}

// Apply is the contact with the patch's changes, or Invalid. Blanks around text are taken away.
func (c Contact) Apply(p ContactPatch) (Contact, error) {
	next := c
	put(&next.Name, p.Name)
	put(&next.Company, p.Company)
	put(&next.FaxNumber, p.FaxNumber)
	put(&next.Email, p.Email)
	put(&next.Notes, p.Notes)
	for _, s := range []*string{&next.Name, &next.Company, &next.FaxNumber, &next.Email, &next.Notes} {
		*s = strings.TrimSpace(*s)
	}
	if err := next.Check(); err != nil {
		return c, err
	}
	return next, nil
}

// Check says what is wrong with a contact: nil or Invalid.
func (c Contact) Check() error {
	var f faults
	if c.Name == "" && c.Company == "" {
		f.add("name", "is missing, and so is the company", "Enter one of them.")
	}
	f.line("name", c.Name)
	f.line("company", c.Company)
	switch {
	case c.FaxNumber != "":
		f.number("faxNumber", c.FaxNumber)
	case c.Email == "":
		f.add("faxNumber", "is missing, and so is the email address", "Enter one of them.")
	}
	if c.Email != "" && !IsAddress(c.Email) {
		f.add("email", "is no mail address", addressHint)
	}
	f.lines("notes", c.Notes)
	return f.err()
}

// ContactImport is what an import of contacts did. One of the same number and name as one that is there changes it.
type ContactImport struct {
	Added      int `json:"added"`
	Changed    int `json:"changed"`
	Unchanged  int `json:"unchanged"`  // they were there already
	SameNumber int `json:"sameNumber"` // of those added: how many share their number with another contact
}

// RecentNumber is a number that a caller has sent to.
type RecentNumber struct {
	FaxNumber string    `json:"faxNumber"` // as it was entered
	Name      string    `json:"name"`      // of the contact, else of the recipient as it was entered; empty: not known
	Time      time.Time `json:"time"`      // when it was last sent to
}
