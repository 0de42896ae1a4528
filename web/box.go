package web

import (
	"bytes"
	"net/http"
	"strings"

	"faxbox/fax"
	"faxbox/store"
	"faxbox/web/licences"
)

// healthPage is how everything is, and what to do about what is not well.
type healthPage struct {
	frame
	fax.Checkup
}

// check is a part of the health as its template wants it.
type check struct {
	fax.Checkup
	May bool // the visitor may have it noted as read
}

// Of is a part of another.
func (c check) Of(part fax.Checkup) check { return check{part, c.May} }

// Notable reports whether it is shown until somebody has read it.
func (c check) Notable() bool {
	return c.May && !c.OK && (c.Name == store.RestoredFinding || strings.HasPrefix(c.Name, "routing/"))
}

// To is where one sees more of it, or changes it; empty: nowhere.
func (c check) To() string {
	return map[string]string{"ports": "/settings/lines", "queue": "/jobs", "clock": "/settings/time", "mail": "/settings/mail",
		"update": "/settings/update"}[c.Name]
}

// Tree is all of it.
func (p healthPage) Tree() check { return check{p.Checkup, p.Can("config")} }

func (s *site) health(v *visit) error {
	page := healthPage{v.frame("settings", "health"), s.Server.HealthTree()}
	page.Live = "health,status,port,server"
	return v.show(http.StatusOK, "health", page)
}

// acknowledge ends a finding that is shown until somebody has read it.
func (s *site) acknowledge(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	if err := s.Server.Acknowledge(v.who(), v.field("name")); err != nil {
		return err
	}
	return v.done("/settings/health", "acknowledged")
}

// notices are the licences of what is built in.
func (s *site) notices(v *visit) error {
	var text bytes.Buffer
	if err := licences.WriteTo(&text); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	v.write(http.StatusOK, text.Bytes())
	return nil
}

// certificate tells by what the box is known to be itself.
func (s *site) certificate(v *visit) error {
	page := struct {
		frame
		Encrypted   bool
		Fingerprint string
	}{v.frame("settings", "certificate"), v.TLS != nil, s.Fingerprint}
	return v.show(http.StatusOK, "certificate", page)
}
