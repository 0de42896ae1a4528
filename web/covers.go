package web

import (
	"net/http"

	"faxbox/fax"
	"faxbox/web/api"
)

// coversPage are the cover pages that the visitor can use.
type coversPage struct {
	frame
	Covers []fax.CoverPage
}

// Of is the beginning of the query that tells the API whose a cover page is.
func (coversPage) Of(c fax.CoverPage) string {
	if c.Kind == fax.PersonalCover {
		return "?"
	}
	return "?server=true&"
}

// May reports whether the visitor may remove a cover page.
func (p coversPage) May(c fax.CoverPage) bool {
	switch c.Kind {
	case fax.PersonalCover:
		return p.Can("send")
	case fax.ServerCover:
		return p.Can("config")
	}
	return false
}

func (s *site) covers(v *visit) error {
	covers, err := s.Server.CoverPages(v.who())
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "covers", coversPage{v.frame("settings", "covers"), covers})
}

// addCover stores a cover page. The API takes the form as it is.
func (s *site) addCover(v *visit) error {
	if _, err := s.submit(v, api.Root+"/cover-pages"); err != nil {
		return err
	}
	return v.done("/settings/covers", "cover.added")
}

func (s *site) removeCover(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	onServer := fax.CoverKind(v.field("kind")) == fax.ServerCover
	if err := s.Server.RemoveCoverPage(v.who(), v.field("name"), onServer); err != nil {
		return err
	}
	return v.done("/settings/covers", "cover.removed")
}
