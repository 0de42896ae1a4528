package api

import (
	"bytes"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
)

type ContactParam struct {
	ID fax.ContactID `path:"id" minimum:"1" doc:"The contact's key"`
}

// NewContact is a contact to be added.
type NewContact struct {
	Name      string `json:"name,omitempty" doc:"Of a person or a department; this or the company must be there"`
	Company   string `json:"company,omitempty"`
	FaxNumber string `json:"faxNumber,omitempty" doc:"This or the email address must be there"`
	Email     string `json:"email,omitempty"`
	Notes     string `json:"notes,omitempty"`
}

// maxContactFile is how large a table of contacts may be, in octets; the server knows better what is too much.
const maxContactFile = 9 << 20

// contacts are the operations of the address book, which the whole office shares.
func (a *API) contacts() {
	tags := []string{"contacts"}
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "listContacts", Method: http.MethodGet, Path: Root + "/contacts", Tags: tags, Summary: "The address book, by name",
	}, func(_ context.Context, in *struct {
		Begins string `query:"q" maxLength:"255" doc:"Words with which words of the name or the company begin, or the beginning of the number, however written"`
		Fax    bool   `query:"fax" doc:"Only those with a fax number"`
		Paging
	}) (*body[wire.List[fax.Contact]], error) {
		page, err := a.server.Contacts(server.ContactFilter{Begins: in.Begins, Fax: in.Fax, Paging: in.Paging.of()})
		return answer(pageOf(page), err)
	})
	route(a, needs(fax.JobSubmit), huma.Operation{
		OperationID: "createContact", Method: http.MethodPost, Path: Root + "/contacts", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Add a contact", Description: "Several may have one number: the answer tells of the others.",
	}, func(ctx context.Context, in *struct{ Body NewContact }) (*body[wire.KeptContact], error) {
		c := fax.Contact{Name: in.Body.Name, Company: in.Body.Company, FaxNumber: in.Body.FaxNumber, Email: in.Body.Email, Notes: in.Body.Notes}
		return keptContact(a.server.AddContact(who(ctx), c))
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "listRecentNumbers", Method: http.MethodGet, Path: Root + "/contacts/recent", Tags: tags,
		Summary: "The numbers that one sent to last, each once, the latest first, 20 at most",
	}, func(ctx context.Context, _ *none) (*body[wire.List[fax.RecentNumber]], error) {
		list, err := a.server.RecentNumbers(who(ctx))
		return answer(wire.ListOf(list), err)
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "getContact", Method: http.MethodGet, Path: Root + "/contacts/{id}", Tags: tags, Summary: "One contact",
	}, func(_ context.Context, in *ContactParam) (*body[fax.Contact], error) {
		c, err := a.server.Contact(in.ID)
		return answer(c, noContact(err, in.ID))
	})
	route(a, needs(fax.JobSubmit), huma.Operation{
		OperationID: "patchContact", Method: http.MethodPatch, Path: Root + "/contacts/{id}", Tags: tags, Summary: "Change a contact",
	}, func(ctx context.Context, in *struct {
		ContactParam
		Body fax.ContactPatch
	}) (*body[wire.KeptContact], error) {
		c, same, err := a.server.UpdateContact(who(ctx), in.ID, in.Body)
		return keptContact(c, same, noContact(err, in.ID))
	})
	route(a, needs(fax.JobSubmit), huma.Operation{
		OperationID: "deleteContact", Method: http.MethodDelete, Path: Root + "/contacts/{id}", Tags: tags, Summary: "Remove a contact",
	}, func(ctx context.Context, in *ContactParam) (*none, error) {
		return nil, noContact(a.server.RemoveContact(who(ctx), in.ID), in.ID)
	})
	a.contactFiles()
}

func keptContact(c fax.Contact, same []fax.Contact, err error) (*body[wire.KeptContact], error) {
	if same == nil {
		same = []fax.Contact{}
	}
	return answer(wire.KeptContact{Contact: c, SameNumber: same}, err)
}

// contactFiles are the operations by which contacts come and go as tables.
func (a *API) contactFiles() {
	tags := []string{"contacts"}
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "exportContacts", Method: http.MethodGet, Path: Root + "/contacts.csv", Tags: tags,
		Summary: "The address book as a table for spreadsheets", Responses: content("text/csv"),
	}, func(context.Context, *none) (*stream, error) { return a.csv("contacts", a.server.WriteContacts), nil })
	route(a, needs(fax.JobSubmit), huma.Operation{
		OperationID: "importContacts", Method: http.MethodPost, Path: Root + "/contacts/import", Tags: tags,
		Summary: "Add the contacts of a table: all of them, or none",
		Description: "CSV in UTF-8, separated by commas, semicolons or tabs. The first row names the columns: name, company, faxNumber, " +
			"email, notes, or what Outlook and Excel call them; others are passed over. A contact of the same number and name as one " +
			"that is there changes it. Rows at fault are named in errors as line 7, and then nothing is imported.",
		MaxBodyBytes: maxContactFile, Errors: []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge},
	}, func(ctx context.Context, in *struct {
		RawBody []byte `contentType:"text/csv"`
	}) (*body[fax.ContactImport], error) {
		return answer(a.server.ImportContacts(who(ctx), bytes.NewReader(in.RawBody)))
	})
}
