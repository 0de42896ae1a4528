package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/mail"
	"faxbox/fax/route"
	"faxbox/store"
)

// Dial connects to a mail server, a printer or a web server.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// mailKey is the store's name for the mail settings.
const mailKey = "mail"

// mailSettings are how mail is sent, with what is shown to nobody.
type mailSettings struct {
	fax.Mail
	Password string `json:"password"`
}

// resource is what is shown of them.
func (m mailSettings) resource() fax.MailResource {
	return fax.MailResource{Mail: m.Mail, PasswordSet: m.Password != "", Ready: m.Ready()}
}

// loadMail reads the mail settings.
func (s *Server) loadMail() error {
	s.mail.Mail = fax.NewMail()
	data, err := s.store.Value(mailKey)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(data, &s.mail)
}

// Mail are the settings for mail.
func (s *Server) Mail() fax.MailResource {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.mail.resource()
}

// mailAccount is how mail is sent now; false if it is not.
func (s *Server) mailAccount() (mail.Account, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return mail.Account{Mail: s.mail.Mail, Password: s.mail.Password, Hello: s.host, Dial: s.dial}, s.mail.Ready()
}

// UpdateMail changes the settings for mail: all that the patch names, or none. Faxes that wait for mail are tried at once.
// Needs fax.ConfigSet. What is wrong with the patch is a fax.Invalid.
//
// The password is kept for the server that it was entered for: whoever changes where it would go, or how well it is
// protected on the way, must enter it again.
func (s *Server) UpdateMail(who Who, p fax.MailPatch) (fax.MailResource, error) {
	if !who.Rights.Has(fax.ConfigSet) {
		return fax.MailResource{}, fax.ErrDenied
	}
	s.change.Lock()
	defer s.change.Unlock()
	before := s.mail
	after, err := before.apply(p)
	if err != nil {
		return fax.MailResource{}, err
	}
	list := changes(before.resource(), after.resource())
	if before.Password != after.Password {
		list = append(list, fax.Change{Field: "password", From: quote("…"), To: quote("…")})
	}
	if len(list) == 0 {
		return before.resource(), nil
	}
	data, err := json.Marshal(after)
	if err != nil {
		return fax.MailResource{}, err
	}
	if err := s.store.PutValue(mailKey, data, s.entry(who, "mail", "change", list...)); err != nil {
		s.metrics.storeFailed()
		return fax.MailResource{}, err
	}
	s.mu.Lock()
	s.mail = after
	s.mu.Unlock()
	s.retryNow(fax.RouteMail)
	return after.resource(), nil
}

// apply is the settings with the patch's changes, or fax.Invalid.
func (m mailSettings) apply(p fax.MailPatch) (mailSettings, error) {
	settings, err := m.Mail.Apply(p)
	if err != nil {
		return m, err
	}
	next := mailSettings{settings, m.Password}
	var faults fax.Invalid
	for _, err := range []error{mail.CheckAuthority(next.Authority), route.CheckMailWords(next.Mail)} {
		if list, ok := errors.AsType[fax.Invalid](err); ok {
			faults = append(faults, list...)
		}
	}
	switch {
	case p.Password != nil:
		next.Password = *p.Password
	case next.User == "" || next.Host == "":
		next.Password = ""
	case m.Password != "" && m.exposes(settings):
		faults = append(faults, fault("password", "must be entered again, because it would go another way than before",
			"Enter the password of this account on this server.")...)
	}
	if strings.ContainsAny(next.Password, "\x00\r\n") || len(next.Password) > fax.MaxNote {
		faults = append(faults, fault("password", "contains what no password does", "Enter it without line ends.")...)
	}
	if len(faults) > 0 {
		return m, faults
	}
	return next, nil
}

// exposes reports whether with these settings the password could become known to somebody who cannot know it now.
func (m mailSettings) exposes(next fax.Mail) bool {
	return !strings.EqualFold(m.Host, next.Host) || m.ServerPort() != next.ServerPort() || m.Check && !next.Check ||
		m.Authority != next.Authority || m.Fingerprint != next.Fingerprint
}

// retryNow has everything that waits for a method tried at once, because something about it was changed.
func (s *Server) retryNow(guid string) {
	in := lane(fax.RoutingOutcome{Guid: guid})
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for id, list := range s.due {
		for i, e := range list {
			if e.lane == in && e.at.After(now) {
				s.due[id][i].at = now
			}
		}
	}
	signal(s.rouse)
}

// testPatience is how long a test mail may take.
const testPatience = time.Minute

// TestMail sends a test mail, and says what came of it. Needs fax.ConfigSet. An address that is none is a fax.Invalid.
func (s *Server) TestMail(ctx context.Context, who Who, to string) (fax.Verdict, error) {
	if !who.Rights.Has(fax.ConfigSet) {
		return fax.Verdict{}, fax.ErrDenied
	}
	if !fax.IsAddress(to) {
		return fax.Verdict{}, fault("to", "is no mail address", "Enter an address such as name@example.com.")
	}
	account, ok := s.mailAccount()
	if !ok {
		return fax.Verdict{Sentence: "Mail is not set up on this box.", Hint: "Enter the mail server and the sender's address first."}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	defer cancel()
	zone := s.Settings().Location()
	_, err := account.Send(ctx, route.TestLetter(to, s.languageFor(who.User), s.host, time.Now().In(zone)), []string{to})
	s.audit(who, "mail", "test", changed("to", "", to)...)
	if err == nil {
		return fax.Verdict{OK: true, Sentence: fmt.Sprintf("The mail server %s took the mail for %s.", account.Host, to)}, nil
	}
	return verdict(err), nil
}

// verdict is an error of a routing method in the office's words.
func verdict(err error) fax.Verdict {
	v := fax.Verdict{Sentence: full(err.Error()) + ".", Hint: route.Hint(err)}
	if f, ok := errors.AsType[*mail.Failure](err); ok {
		v.Detail = f.Detail()
	}
	return v
}

// maxOrders is how often one message may be mailed on.
const maxOrders = 100

// MailMessage has a message mailed to somebody: it is queued, tried until it works as routing is, and what came of it stands
// with the message. Needs fax.JobQuery: whoever may see a fax may send it on. ErrNotFound if there is none.
func (s *Server) MailMessage(who Who, id fax.MessageID, o fax.MailOrder) (fax.Message, error) {
	if !who.Rights.Has(fax.JobQuery) {
		return fax.Message{}, fax.ErrDenied
	}
	o, err := o.Normal()
	if err != nil {
		return fax.Message{}, err
	}
	if !s.Mail().Ready {
		return fax.Message{}, fault("to", "cannot be written to: mail is not set up on this box", "An administrator can enter the mail server.")
	}
	m, err := s.store.ChangeMessage(id, func(m *fax.Message) error {
		if m.InBin() {
			return ErrNotFound
		}
		n := 1
		for _, done := range m.Outcomes {
			if done.Order != nil {
				n++
			}
		}
		if n > maxOrders {
			return fault("to", fmt.Sprintf("cannot be written to: this fax was mailed %d times", maxOrders), "Download it, and send it from a mail program.")
		}
		m.Outcomes = append(m.Outcomes, mailOrder(fmt.Sprintf("mail-%d", n), who.User, "Send on by mail", o))
		return nil
	})
	if err != nil {
		return fax.Message{}, notFound(err)
	}
	s.publishMessage(m, fax.MessageEvent)
	s.routeSoon(m)
	s.audit(who, messageObject(id), "mail", changed("to", "", strings.Join(o.To, ", "))...)
	return s.shownMessage(m), nil
}

// mailOrder is an outcome that somebody asked for, of which nothing is done yet.
func mailOrder(id, by, name string, o fax.MailOrder) fax.RoutingOutcome {
	now := time.Now().UTC()
	return fax.RoutingOutcome{Guid: fax.RouteMail, FriendlyName: name, Next: now, Order: &fax.RoutingOrder{ID: id, By: by, At: now, Mail: o}}
}
