package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/wire"
)

// The settings say which field is wrong, and tell the password to nobody.
func TestMailSettings(t *testing.T) {
	inBox(t, func(b *box) {
		if m := as[fax.MailResource](b.do(fax.Viewer, http.MethodGet, Root+"/mail", nil).want(http.StatusOK)); m.Ready || m.PasswordSet || m.Security != fax.MailStartTLS || !m.Check {
			t.Errorf("%+v", m)
		}
		patch := map[string]any{"host": "mail.example.com", "from": "fax@example.com", "user": "fax", "password": "hunter2-or-so"}
		r := b.do(fax.Administrator, http.MethodPatch, Root+"/mail", patch).want(http.StatusOK)
		if m := as[fax.MailResource](r); !m.Ready || !m.PasswordSet || strings.Contains(r.Body.String(), "hunter2") {
			t.Errorf("%s", r.Body)
		}
		if r := b.do(fax.Administrator, http.MethodGet, Root+"/mail", nil); strings.Contains(r.Body.String(), "hunter2") {
			t.Errorf("%s", r.Body)
		}
		for _, c := range []struct {
			field string
			patch map[string]any
		}{
			{"host", map[string]any{"host": "mail.example.com:25"}}, {"port", map[string]any{"port": 70000}},
			{"from", map[string]any{"from": "Fax <fax@example.com>"}}, {"password", map[string]any{"host": "evil.example.com"}},
			{"security", map[string]any{"security": "ssl"}}, {"subject", map[string]any{"subject": "a\r\nBcc: x@example.com"}},
			{"authority", map[string]any{"authority": "x"}}, {"fingerprint", map[string]any{"fingerprint": "x"}},
		} {
			p := as[wire.Problem](b.do(fax.Administrator, http.MethodPatch, Root+"/mail", c.patch).want(http.StatusUnprocessableEntity))
			if len(p.Errors) == 0 || p.Errors[0].Field != c.field {
				t.Errorf("%v: %+v", c.patch, p)
			}
		}
		p := as[wire.Problem](b.do(fax.Administrator, http.MethodPost, Root+"/mail/test", map[string]any{"to": "anna"}).want(http.StatusUnprocessableEntity))
		if len(p.Errors) == 0 || p.Errors[0].Field != "to" {
			t.Errorf("%+v", p)
		}
	})
}

// A fax is sent on by whoever may see it, and its outcome shows that.
func TestMailMessage(t *testing.T) {
	inBox(t, func(b *box) {
		b.job(fax.Sender, "102")
		time.Sleep(3 * time.Minute)
		order := map[string]any{"to": []string{"anna@example.com"}, "subject": "Look"}
		if p := as[wire.Problem](b.do(fax.Viewer, http.MethodPost, Root+"/messages/1/mail", order).want(http.StatusUnprocessableEntity)); p.Errors[0].Field != "to" {
			t.Errorf("mail is not set up: %+v", p)
		}
		b.do(fax.Administrator, http.MethodPatch, Root+"/mail", map[string]any{"host": "mail.example.com", "from": "fax@example.com"}).want(http.StatusOK)
		m := as[fax.Message](b.do(fax.Viewer, http.MethodPost, Root+"/messages/1/mail", order).want(http.StatusAccepted))
		if len(m.Outcomes) != 1 || m.Outcomes[0].Order == nil || m.Outcomes[0].Order.Mail.Subject != "Look" || m.Outcomes[0].Done {
			t.Errorf("%+v", m.Outcomes)
		}
		b.do(fax.Viewer, http.MethodPost, Root+"/messages/99/mail", order).want(http.StatusNotFound)
		for _, bad := range []map[string]any{{"to": []string{}}, {"to": []string{"a@b.c\r\nBcc: d@e.f"}}, {"to": []string{"a@b.c"}, "format": "pcl"}} {
			b.do(fax.Viewer, http.MethodPost, Root+"/messages/1/mail", bad).want(http.StatusUnprocessableEntity)
		}
	})
}

// Each URL has a secret of its own, which stays; only administrators are told it.
func TestWebhookSecret(t *testing.T) {
	inBox(t, func(b *box) {
		path := "/ports/1/routing-methods/" + strings.Trim(fax.RouteWebhook, "{}")
		b.do(fax.Administrator, http.MethodGet, Root+path+"/secret", nil).want(http.StatusNotFound) // it has no URL yet
		secret := func(url string) string {
			b.do(fax.Operator, http.MethodPatch, Root+path, map[string]any{"setting": url}).want(http.StatusOK)
			b.do(fax.Operator, http.MethodGet, Root+path+"/secret", nil).want(http.StatusForbidden)
			return as[wire.Secret](b.do(fax.Administrator, http.MethodGet, Root+path+"/secret", nil).want(http.StatusOK)).Secret
		}
		one, two, again := secret("https://one.example.com/"), secret("https://two.example.com/"), secret("https://one.example.com/")
		if one == two || one != again || !strings.HasPrefix(one, "whsec_") || len(one) < 40 {
			t.Errorf("%s, %s, %s", one, two, again)
		}
	})
}
