package web

import (
	"errors"
	"net/http"
	"strings"

	"faxbox/fax"
)

// mailSections are the settings for mail.
var mailSections = []section{
	{"mailserver", []input{{Name: "host", Kind: line}, {Name: "security", Kind: choice, Options: []option{
		{string(fax.MailStartTLS), "security.starttls"}, {string(fax.MailTLS), "security.tls"}, {string(fax.MailPlain), "security.none"}}},
		{Name: "port", Kind: number, Max: 65535}, {Name: "user", Kind: line}, {Name: "password", Kind: secret}}},
	{"mailfrom", []input{{Name: "from", Kind: line}, {Name: "name", Label: "mailName", Kind: line}}},
	{"mailtext", []input{{Name: "subject", Kind: line}, {Name: "text", Kind: prose}}},
	{"mailtrust", []input{{Name: "checkCertificate", Kind: tick}, {Name: "fingerprint", Kind: line}, {Name: "authority", Kind: prose}}},
}

// mailPage is how mail leaves the box.
type mailPage struct {
	formPage
	Ready   bool // mail can be sent
	To      string
	Verdict *fax.Verdict // of a test mail; nil: none was sent
}

func (s *site) mail(v *visit) error {
	all, err := groups(mailSections, s.Server.Mail())
	if err != nil {
		return err
	}
	return s.showMail(v, http.StatusOK, all, mailPage{})
}

func (s *site) showMail(v *visit, status int, all []group, page mailPage) error {
	settings := s.Server.Mail()
	if f := fieldOf(all, "password"); f != nil {
		f.Ticked = settings.PasswordSet
	}
	page.frame, page.Groups, page.May, page.Ready = v.frame("settings", "mail"), all, v.id.Rights.Has(fax.ConfigSet), settings.Ready
	if page.To == "" {
		page.To = settings.From
	}
	return v.show(status, "mail", page)
}

func (s *site) changeMail(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	all, err := groups(mailSections, s.Server.Mail())
	if err != nil {
		return err
	}
	patch, err := readGroups[fax.MailPatch](all, v.PostForm)
	if err == nil {
		_, err = s.Server.UpdateMail(v.who(), patch)
	}
	var invalid fax.Invalid
	switch {
	case errors.As(err, &invalid):
		return s.showMail(v, http.StatusUnprocessableEntity, all, mailPage{formPage: formPage{Faults: v.blame(all, invalid)}})
	case err != nil:
		return err
	}
	return v.done("/settings/mail", "mail")
}

// testMail sends a test mail, and shows what came of it.
func (s *site) testMail(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	all, err := groups(mailSections, s.Server.Mail())
	if err != nil {
		return err
	}
	page := mailPage{To: v.field("to")}
	verdict, err := s.Server.TestMail(v.Context(), v.who(), page.To)
	var invalid fax.Invalid
	switch {
	case errors.As(err, &invalid):
		page.Faults = v.faults(invalid)
		return s.showMail(v, http.StatusUnprocessableEntity, all, page)
	case err != nil:
		return err
	}
	page.Verdict = &verdict
	return s.showMail(v, http.StatusOK, all, page)
}

// mailMessage sends a fax on by mail.
func (s *site) mailMessage(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	order := fax.MailOrder{To: strings.FieldsFunc(v.field("to"), func(r rune) bool { return r == ',' || r == ';' || r == ' ' }),
		Subject: v.field("subject"), Text: v.text("text"), Format: fax.FileFormat(v.field("format"))}
	_, err := s.Server.MailMessage(v.who(), id64[fax.MessageID](v, "id"), order)
	return s.messageDone(v, err, "mailed")
}
