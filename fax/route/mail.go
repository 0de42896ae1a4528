package route

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/mail"
)

// Mail sends the fax to one or several addresses, as a file with a picture of its first page.
//
// Each address is told of for itself: those that the mail server has taken get nothing more, whatever becomes of the
// others. The Message-ID is the same at each attempt, so that a fax that comes twice, because the connection broke at the
// wrong moment, is known for what it is.
type Mail struct {
	// Account is how mail is sent now; false if it is not.
	Account func() (mail.Account, bool)
}

// About tells the method's names.
func (*Mail) About() fax.RoutingMethod {
	return fax.RoutingMethod{
		Guid: fax.RouteMail, FriendlyName: "Send by mail", FunctionName: "mail",
		ExtensionName: "faxbox", ImageName: "faxbox", Priority: 2, NamePattern: defaultPattern, Format: fax.PDF,
	}
}

// Check wants addresses, and a pattern of known words.
func (*Mail) Check(m fax.RoutingMethod) error {
	list, err := fax.Addresses("setting", m.Setting)
	if err == nil && len(list) == 0 && m.Enable {
		err = invalid("setting", "holds no address", "Enter an address such as name@example.com.")
	}
	return faults(err, checkPattern(m.NamePattern), checkFormat(m.Format, fax.PDF, fax.TIFF))
}

// errNoMail is that nobody has said yet how mail is to be sent.
var errNoMail = hinted{errors.New("mail is not set up on this box"), "Enter the mail server in the settings."}

// Route sends the mail to those who have not got it yet; the result is its Message-ID.
func (r *Mail) Route(ctx context.Context, m fax.RoutingMethod, f Fax) (Done, error) {
	done := Done{Deliveries: slices.Clone(f.Outcome.Deliveries)}
	account, ok := r.Account()
	if !ok {
		return done, errNoMail
	}
	order := fax.MailOrder{To: strings.Split(m.Setting, ","), Format: m.Format}
	if f.Outcome.Order != nil {
		order = f.Outcome.Order.Mail
	}
	order, err := order.Normal()
	if err != nil {
		return done, Final(fmt.Errorf("the addresses: %w", err))
	}
	letter, err := f.letter(order, m, account)
	if err != nil {
		return done, err
	}
	done.Result = letter.ID
	rest := waiting(order.To, done.Deliveries)
	if len(rest) == 0 {
		return done, refused(done.Deliveries)
	}
	sent, err := account.Send(ctx, letter, rest)
	done.Deliveries = merge(done.Deliveries, sent)
	if err != nil && !IsFinal(err) {
		return done, err
	}
	if err == nil { // but for those that were refused before
		err = refused(done.Deliveries)
	}
	return done, err
}

// waiting are the addresses for which nothing is decided yet.
func waiting(to []string, so []fax.Delivery) (rest []string) {
	for _, address := range to {
		if !slices.ContainsFunc(so, func(d fax.Delivery) bool { return d.Address == address && (d.Done || d.GivenUp) }) {
			rest = append(rest, address)
		}
	}
	return rest
}

// merge puts what is new in the place of what was known.
func merge(so, sent []fax.Delivery) []fax.Delivery {
	for _, d := range sent {
		if i := slices.IndexFunc(so, func(o fax.Delivery) bool { return o.Address == d.Address }); i >= 0 {
			so[i] = d
		} else {
			so = append(so, d)
		}
	}
	return so
}

// refused is what is to be said of the addresses that will never get it; nil if there are none.
func refused(list []fax.Delivery) error {
	for _, d := range list {
		if d.GivenUp {
			return Final(hinted{errors.New(d.Problem), "Check the address."})
		}
	}
	return nil
}

// letter is the mail.
func (f Fax) letter(order fax.MailOrder, m fax.RoutingMethod, account mail.Account) (mail.Letter, error) {
	l := in(f.Language)
	format := order.Format
	subject, text, err := f.texts(order, account.Mail, l)
	if err != nil {
		return mail.Letter{}, Final(fmt.Errorf("the subject or the text in the mail settings: %w", err))
	}
	media, _ := fileType(format)
	fileName := f.fileName(m.NamePattern, format)
	return mail.Letter{
		ID: f.messageID(account.From), Date: f.ordered(), To: order.To, Subject: subject,
		Text:    text + "\n" + fmt.Sprintf(l.box, f.Box),
		With:    fmt.Sprintf(l.attached, strings.ToUpper(string(format))),
		Instead: fmt.Sprintf(l.tooLarge, f.Message.ID, f.Box),
		Picture: f.picture(),
		File:    &mail.File{Name: fileName, Type: media, Write: func(w io.Writer) error { return f.write(w, format) }},
	}, nil
}

// texts are the subject and what stands above the picture.
func (f Fax) texts(order fax.MailOrder, settings fax.Mail, l *language) (subject, text string, err error) {
	subject, text = f.subject(), f.facts()
	switch o := f.Outcome.Order; {
	case o != nil && !f.Message.Report:
		if order.Subject != "" {
			subject = order.Subject
		}
		text = strings.TrimLeft(strings.TrimRight(order.Text, "\n")+"\n\n", "\n") + fmt.Sprintf(l.wishes, o.By) + "\n\n" + text
	case o == nil && f.Message.Direction == fax.In:
		if settings.Subject != "" {
			if subject, err = expand(settings.Subject, f.mailWord); err != nil {
				return "", "", err
			}
		}
		if settings.Text != "" {
			if text, err = expand(settings.Text, f.mailWord); err != nil {
				return "", "", err
			}
		}
	}
	if f.Message.Partial {
		subject = l.incomplete + subject
	}
	return subject, text, nil
}

// ordered is when the mail was first to be sent: the same at each attempt.
func (f Fax) ordered() time.Time {
	t := f.Message.EndTime
	if f.Outcome.Order != nil {
		t = f.Outcome.Order.At
	}
	if f.Location != nil {
		t = t.In(f.Location)
	}
	return t
}

// messageID is the mail's, the same at each attempt and no other mail's: a message's number may be used again by a box that
// was set up anew, but not for a fax that began at the same moment.
func (f Fax) messageID(from string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s", f.Message.ID, f.Message.RawReceiveTime.UTC().Format(time.RFC3339Nano), f.Outcome.Key()))
	_, domain, _ := strings.Cut(from, "@")
	return fmt.Sprintf("fax-%d.%s@%s", f.Message.ID, hex.EncodeToString(sum[:12]), domain)
}

// TestLetter is a mail that only shows that mail arrives.
func TestLetter(to, language, box string, now time.Time) mail.Letter {
	l := in(language)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", to, box, now.UnixNano()))
	return mail.Letter{
		ID: "test." + hex.EncodeToString(sum[:12]) + "@faxbox.invalid", Date: now, To: []string{to},
		Subject: l.testSubject, Text: fmt.Sprintf(l.testText, box),
	}
}
