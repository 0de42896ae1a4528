package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"

	"faxbox/fax"
	"faxbox/fax/wire"
)

// Contacts are the address book, by name: those of whom words of the name or the company begin so, or the number; all if
// nothing is asked for.
func (s *Server) Contacts(ctx context.Context, begins string) iter.Seq2[fax.Contact, error] {
	filter := url.Values{}
	if begins != "" {
		filter.Set("q", begins)
	}
	return pages[fax.Contact](ctx, s, "/contacts", filter)
}

// AddContact adds a contact, and tells of others that have its number.
func (s *Server) AddContact(ctx context.Context, p fax.ContactPatch) (added wire.KeptContact, err error) {
	err = s.Do(ctx, http.MethodPost, "/contacts", p, &added)
	return added, err
}

// DeleteContact removes a contact.
func (s *Server) DeleteContact(ctx context.Context, id fax.ContactID) error {
	return s.Do(ctx, http.MethodDelete, fmt.Sprintf("/contacts/%d", id), nil, nil)
}

// ImportContacts adds the contacts of a CSV table: all of them, or none.
func (s *Server) ImportContacts(ctx context.Context, table io.Reader) (done fax.ContactImport, err error) {
	answer, err := s.open(ctx, http.MethodPost, "/contacts/import", http.Header{"Content-Type": {"text/csv"}}, table)
	if err != nil {
		return done, err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&done); err != nil {
		return done, fmt.Errorf("client: importing contacts: %w", err)
	}
	return done, nil
}

// OpenContacts opens the address book as a CSV table. The caller closes it.
func (s *Server) OpenContacts(ctx context.Context) (io.ReadCloser, error) {
	return s.Open(ctx, "/contacts.csv")
}
