package server

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/cover"
	"faxbox/fax/document/render"
	"faxbox/fax/raster"
	"faxbox/store"
)

// Limits of cover pages.
const (
	MaxCoverSize = 4 << 20 // octets of a template
	ownCovers    = 30      // templates of one account
	serverCovers = 100     // and of the server
)

// CoverPages are the templates that the caller can use: those that come with the program, the server's and the caller's own,
// in this order. One of the server's takes the place of one that comes with the program, of the same name.
func (s *Server) CoverPages(who Who) ([]fax.CoverPage, error) {
	stored, err := s.store.CoverPages()
	if err != nil {
		return nil, err
	}
	var all []fax.CoverPage
	for _, t := range cover.Builtin() {
		known := func(c store.CoverPage) bool { return c.Owner == "" && c.Name == t.Name }
		if t.Paper == raster.A4 && !slices.ContainsFunc(stored, known) {
			all = append(all, fax.CoverPage{Name: t.Name, Title: t.Title, Language: t.Language, Kind: fax.BuiltinCover, Size: int64(len(t.PDF))})
		}
	}
	for _, c := range stored { // the server's come first
		kind := fax.PersonalCover
		if c.Owner == "" {
			kind = fax.ServerCover
		} else if c.Owner != who.User {
			continue
		}
		all = append(all, fax.CoverPage{Name: c.Name, Title: c.Name, Kind: kind, Size: c.Size, Time: c.Time.UTC()})
	}
	return all, nil
}

// CoverPage is the template that a name stands for, as a PDF: with onServer one of the server's or of those that come with
// the program, for the server's paper; else one's own, if there is one of this name. ErrNotFound if there is none.
func (s *Server) CoverPage(who Who, name string, onServer bool) (fax.CoverPage, []byte, error) {
	_, paper, _ := fax.Document{}.Look(s.Settings())
	return s.coverPage(who, name, onServer, paper)
}

func (s *Server) coverPage(who Who, name string, onServer bool, paper fax.Paper) (fax.CoverPage, []byte, error) {
	places := []struct {
		owner string
		kind  fax.CoverKind
	}{{who.User, fax.PersonalCover}, {"", fax.ServerCover}}
	if onServer || who.User == "" {
		places = places[1:]
	}
	for _, p := range places {
		pdf, err := s.store.CoverPage(p.owner, name)
		if err == nil {
			return fax.CoverPage{Name: name, Title: name, Kind: p.kind, Size: int64(len(pdf))}, pdf, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return fax.CoverPage{}, nil, err
		}
	}
	if t, ok := cover.Find(name, rasterPaper(paper)); ok {
		return fax.CoverPage{Name: name, Title: t.Title, Language: t.Language, Kind: fax.BuiltinCover, Size: int64(len(t.PDF))}, t.PDF, nil
	}
	return fax.CoverPage{}, nil, ErrNotFound
}

func rasterPaper(p fax.Paper) raster.Paper {
	if p == fax.Letter {
		return raster.Letter
	}
	return raster.A4
}

// coversOf are the cover pages of a document, one for each recipient.
func (s *Server) coversOf(who Who, d fax.Document) ([]cover.Cover, error) {
	settings := s.Settings()
	_, paper, _ := d.Look(settings)
	page, pdf, err := s.coverPage(who, d.CoverpageName, d.ServerCoverpage, paper)
	if errors.Is(err, ErrNotFound) {
		return nil, fax.Invalid{{Field: "coverpageName", Problem: fmt.Sprintf("%q is no cover page", d.CoverpageName),
			Hint: "List the cover pages to see their names.", Code: fax.ErrorInvalidParameter}}
	}
	if err != nil {
		return nil, err
	}
	zone := settings.Location()
	at := time.Now()
	if d.When() == fax.SendAt && d.SendTime.After(at) {
		at = d.SendTime
	}
	language := cmp.Or(page.Language, languageOf(zone))
	covers := make([]cover.Cover, len(d.Everyone()))
	for i := range covers {
		covers[i] = cover.Cover{Template: pdf, Values: d.CoverValues(i, at.In(zone), language)}
	}
	return covers, nil
}

// AddCoverPage checks a template and stores it, in the place of one of the same name: one's own, which needs fax.JobSubmit,
// or, with onServer, one for all, which needs fax.ConfigSet. What is wrong with it is a fax.Invalid ("name", "file").
// Remarks tell what will look odd.
func (s *Server) AddCoverPage(ctx context.Context, who Who, name string, onServer bool, f File) (c fax.CoverPage, remarks []string, err error) {
	need := fax.JobSubmit
	if onServer {
		need = fax.ConfigSet
	}
	if !who.Rights.Has(need) {
		return c, nil, fax.ErrDenied
	}
	c = fax.CoverPage{Name: strings.TrimSpace(name), Title: strings.TrimSpace(name), Kind: fax.PersonalCover, Size: f.Size, Time: time.Now().UTC()}
	owner := who.User
	if onServer {
		owner, c.Kind = "", fax.ServerCover
	}
	if err := s.checkCover(c, owner, f); err != nil {
		return c, nil, err
	}
	pdf := make([]byte, f.Size)
	if _, err := f.Content.ReadAt(pdf, 0); err != nil {
		return c, nil, err
	}
	f.Content = bytes.NewReader(pdf) // what is checked is what is stored
	pages, err := s.filled(ctx, f)
	if err != nil {
		return c, nil, err
	}
	remarks = pages.Remarks
	if err := pages.Close(); err != nil {
		return c, nil, err
	}
	if err := s.store.PutCoverPage(owner, c.Name, pdf); err != nil {
		return c, nil, err
	}
	if onServer {
		s.audit(who, "cover-pages/"+c.Name, "add")
	}
	return c, remarks, nil
}

// checkCover checks what can be told of a template without reading it.
func (s *Server) checkCover(c fax.CoverPage, owner string, f File) error {
	var faults fax.Invalid
	if !store.CoverNameOK(c.Name) {
		faults = append(faults, fault("name", fmt.Sprintf("%q cannot be the name of a cover page", c.Name),
			"Choose one of letters, digits, spaces and dashes.")...)
	}
	switch {
	case f.Size == 0:
		faults = append(faults, fault("file", "is missing or empty", "Attach a PDF with form fields.")...)
	case f.Size > MaxCoverSize:
		faults = append(faults, fault("file", fmt.Sprintf("has %d KB, more than %d", f.Size>>10, MaxCoverSize>>10), "Use smaller pictures in it.")...)
	}
	stored, err := s.store.CoverPages()
	if err != nil {
		return err
	}
	most, there := ownCovers, 0
	if owner == "" {
		most = serverCovers
	}
	for _, other := range stored {
		if other.Owner == owner && other.Name != c.Name {
			there++
		}
	}
	if there >= most {
		faults = append(faults, fault("name", fmt.Sprintf("would be one of more than %d cover pages", most), "Remove one that is not used.")...)
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// filled is a template as it looks with a fax that nobody sent; what is wrong with it is a fax.Invalid.
func (s *Server) filled(ctx context.Context, f File) (*render.Pages, error) {
	if s.renderer == nil {
		return nil, fault("file", "is not taken: this server makes no cover pages", "Make it the first page of the file.")
	}
	zone := s.Settings().Location()
	language := languageOf(zone)
	if i := slices.IndexFunc(cover.Builtin(), func(t cover.Template) bool { return t.Name == f.Name }); i >= 0 {
		language = cover.Builtin()[i].Language
	}
	values := cover.Sample(time.Now().In(zone), language)
	pages, err := s.renderer.Check(ctx, render.File{Name: f.Name, Content: f.Content, Size: f.Size}, values)
	if refusal, ok := errors.AsType[*render.Refusal](err); ok {
		return nil, fax.Invalid{{Field: "file", Problem: onPage(refusal), Hint: refusal.Hint, Code: fax.ErrorInvalidData}}
	}
	return pages, err
}

// CoverPicture is a template as it looks with a fax that nobody sent.
func (s *Server) CoverPicture(ctx context.Context, who Who, name string, onServer bool) (*raster.Page, error) {
	c, pdf, err := s.CoverPage(who, name, onServer)
	if err != nil {
		return nil, err
	}
	pages, err := s.filled(ctx, File{Name: c.Name, Content: bytes.NewReader(pdf), Size: c.Size})
	if err != nil {
		return nil, err
	}
	defer pages.Close()
	return firstPage(pages.File)
}

// RemoveCoverPage removes one's own template, or with onServer one of the server's, which needs fax.ConfigSet. Those that
// come with the program stay.
func (s *Server) RemoveCoverPage(who Who, name string, onServer bool) error {
	owner, need := who.User, fax.JobSubmit
	if onServer {
		owner, need = "", fax.ConfigSet
	}
	if !who.Rights.Has(need) {
		return fax.ErrDenied
	}
	if err := s.store.RemoveCoverPage(owner, name); err != nil {
		return notFound(err)
	}
	if onServer {
		s.audit(who, "cover-pages/"+name, "delete")
	}
	return nil
}
