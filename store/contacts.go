package store

import (
	"fmt"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// Contacts are all contacts of the address book, in the order of their ids.
func (s *Store) Contacts() (all []fax.Contact, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		all, err = collect(contacts.all(tx))
		return err
	})
	return all, err
}

// PutContacts stores contacts, all of them or, after an error, none: one whose ID is 0 is added, the others must be there. It
// answers with what is stored.
func (s *Store) PutContacts(list []fax.Contact, log ...fax.AuditEntry) ([]fax.Contact, error) {
	stored := make([]fax.Contact, len(list))
	err := s.change(log, func(tx *bbolt.Tx) error {
		for i, c := range list {
			if c.ID == 0 {
				id, err := contacts.next(tx)
				if err != nil {
					return err
				}
				c.ID = fax.ContactID(id)
			} else if _, err := contacts.get(tx, c.ID); err != nil {
				return err
			}
			if err := contacts.put(tx, c.ID, c); err != nil {
				return err
			}
			stored[i] = c
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("keeping contacts: %w", err)
	}
	return stored, nil
}

// RemoveContact takes a contact away, or fails with ErrNotFound.
func (s *Store) RemoveContact(id fax.ContactID, log ...fax.AuditEntry) error {
	return s.change(log, func(tx *bbolt.Tx) error {
		if _, err := contacts.get(tx, id); err != nil {
			return err
		}
		return contacts.delete(tx, id)
	})
}
