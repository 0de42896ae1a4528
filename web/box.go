package web

import (
	"net/http"

	"faxbox/fax"
	"faxbox/store"
)

// health is how everything is, and what to do about what is not well.
func (s *site) health(v *visit) error {
	page := struct {
		frame
		Findings []fax.Finding
		Sum      fax.Finding
		Restored string // name of the finding that is shown until somebody has read it
	}{frame: v.frame("settings", "health"), Restored: store.RestoredFinding}
	page.Live = "health,status,port"
	for _, f := range s.Server.Health() {
		if f.Name == "server" {
			page.Sum = f
		} else {
			page.Findings = append(page.Findings, f)
		}
	}
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

func (s *site) backup(v *visit) error {
	return v.show(http.StatusOK, "backup", v.frame("settings", "backup"))
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
