package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"faxbox/fax"
	"faxbox/fax/server"
)

// perPage is how many entries of a long list a page shows.
const perPage = 25

// list is where in a long list a page is, and what of it was chosen.
type list struct {
	Query url.Values // the choice, without where
	Next  string     // address of the next page; empty: this is the last one
	First string     // address of the first page; empty: this is the first one
	Whole string     // address of the list with nothing chosen
}

// list reads what was chosen: the names that the page knows, and the cursor.
func (v *visit) list(names ...string) (l list, at server.Paging) {
	q := v.URL.Query()
	l.Query, l.Whole = url.Values{}, v.URL.Path
	for _, name := range names {
		if value := strings.TrimSpace(q.Get(name)); value != "" {
			l.Query.Set(name, value)
		}
	}
	cursor := q.Get("at")
	if cursor != "" {
		l.First = v.URL.Path + "?" + l.Query.Encode()
	}
	return l, server.Paging{Cursor: cursor, Limit: perPage}
}

// goOn sets the address of the next page.
func (l *list) goOn(v *visit, next string) {
	if next == "" {
		return
	}
	q := url.Values{"at": {next}}
	for name, values := range l.Query {
		q[name] = values
	}
	l.Next = v.URL.Path + "?" + q.Encode()
}

// Chosen is what was chosen for a name.
func (l list) Chosen(name string) string { return l.Query.Get(name) }

// date is the beginning of a day that was chosen, in the office's zone; the zero time if none was.
func (l list) date(name string, zone *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, l.Chosen(name), zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

// span is the time from one chosen day to another, both included.
func (l list) span(zone *time.Location) (since, until time.Time) {
	since, until = l.date("since", zone), l.date("until", zone)
	if !until.IsZero() {
		until = until.AddDate(0, 0, 1)
	}
	return since, until
}

// messagesPage are the faxes received, or sent.
type messagesPage struct {
	frame
	list
	Direction fax.Direction
	Messages  []fax.Message
	Ports     []fax.Port
}

// MayDelete reports whether the visitor may delete one of them.
func (p messagesPage) MayDelete() bool {
	return slices.ContainsFunc(p.Messages, func(m fax.Message) bool { return server.MayDelete(p.caller, m) }) || p.Can("manage")
}

func (s *site) inbox(v *visit) error { return s.messages(v, fax.In, "inbox") }
func (s *site) sent(v *visit) error  { return s.messages(v, fax.Out, "sent") }

func (s *site) messages(v *visit, d fax.Direction, name string) error {
	page := messagesPage{frame: v.frame(name, name), Direction: d, Ports: s.Server.Ports(v.who())}
	page.Live = "message,message-removed"
	l, at := v.list("q", "number", "show", "line", "since", "until")
	mine := ""
	if l.Chosen("show") == "mine" {
		mine = v.id.User
	}
	page.list = l
	line, _ := strconv.ParseInt(l.Chosen("line"), 10, 64) // what is no line is any
	since, until := l.span(v.voice.zone)
	found, err := s.Server.Messages(server.MessageFilter{
		Direction: d, DeviceID: fax.DeviceID(line), Number: l.Chosen("number"), Text: l.Chosen("q"), UserName: mine,
		Unread: l.Chosen("show") == "unread", Quarantine: l.Chosen("show") == "quarantine", Since: since, Until: until, Paging: at,
	})
	if err != nil {
		return err
	}
	page.Messages = found.Items
	page.goOn(v, found.Next)
	return v.show(http.StatusOK, "messages", page)
}

// changeMessages does something with all that were ticked. What has gone in the meantime is no error.
func (s *site) changeMessages(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	ids, err := messageIDs(v.PostForm["id"])
	if err != nil {
		return err
	}
	back := v.back("back", "/inbox")
	switch do := v.field("do"); do {
	case "delete":
		if _, err := s.Server.DeleteMessages(v.who(), ids); err != nil {
			return err
		}
		return v.deleted(back, ids)
	case "read", "unread":
		if _, err := s.Server.MarkMessages(v.who(), ids, do == "read"); err != nil {
			return err
		}
		return v.done(back, "message."+do)
	}
	return server.ErrNotFound
}

// gone is nil for what is not there any more, and any other error itself.
func gone(err error) error {
	if errors.Is(err, server.ErrNotFound) {
		return nil
	}
	return err
}

// messageDeeds are what can be done with a fax by a click.
var messageDeeds = map[string]func(*server.Server, server.Who, fax.MessageID) error{
	"read":   markRead(true),
	"unread": markRead(false),
	"delete": (*server.Server).DeleteMessage,
	"release": func(s *server.Server, who server.Who, id fax.MessageID) error {
		apart := false
		_, err := s.UpdateMessage(who, id, fax.MessagePatch{Quarantine: &apart})
		return err
	},
	"route": func(s *server.Server, who server.Who, id fax.MessageID) error {
		_, err := s.RouteMessage(who, id)
		return err
	},
}

func markRead(read bool) func(*server.Server, server.Who, fax.MessageID) error {
	return func(s *server.Server, who server.Who, id fax.MessageID) error {
		_, err := s.UpdateMessage(who, id, fax.MessagePatch{Read: &read})
		return err
	}
}

// messagePage is one fax.
type messagePage struct {
	frame
	fax.Message
	Numbers []int // of its pages
	Line    string
	People  []fax.User // to whom it can be handed on
	Known   string     // what the address book calls the other side; empty: it is not there
	Fault   string

	MailReady bool          // it can be sent on by mail
	Addresses []fax.Contact // that mail may go to
}

// Number is the other side's, as far as it is known.
func (p messagePage) Number() string {
	if p.Direction == fax.Out {
		return string(p.RecipientNumber)
	}
	for _, number := range []fax.Text{p.CallerID, p.Tsid} {
		if fax.CheckNumber("faxNumber", string(number)) == nil {
			return string(number)
		}
	}
	return ""
}

// Who is the other side's name, if it told one.
func (p messagePage) Who() string {
	if p.Direction == fax.Out {
		return string(p.RecipientName)
	}
	if name := string(p.Tsid); name != p.Number() {
		return name
	}
	return ""
}

// MayHandOn reports whether the visitor may say whose the fax is.
func (p messagePage) MayHandOn() bool {
	return p.Direction == fax.In && (p.Can("manage") || p.Message.UserName != "" && p.Message.UserName == p.User)
}

// MayDelete reports whether the visitor may delete the fax.
func (p messagePage) MayDelete() bool { return server.MayDelete(p.caller, p.Message) }

// mostAddresses is how much of the address book is looked through for mail addresses to be proposed.
const mostAddresses = 200

func (s *site) message(v *visit) error { return s.showMessage(v, http.StatusOK, nil) }

// showMessage shows a fax, and what was wrong with a change of it.
func (s *site) showMessage(v *visit, status int, fault error) error {
	m, err := s.Server.Message(id64[fax.MessageID](v, "id"))
	if err != nil {
		return err
	}
	here := "inbox"
	if m.Direction == fax.Out {
		here = "sent"
	}
	page := messagePage{frame: v.frame(here, "message"), Message: m}
	page.Live, page.Wide = "message", true
	for n := 1; n <= m.Pages; n++ {
		page.Numbers = append(page.Numbers, n)
	}
	if p, err := s.Server.Port(v.who(), m.DeviceID); err == nil {
		page.Line = p.Name
	}
	page.MailReady = s.Server.Mail().Ready
	book, err := s.Server.Contacts(server.ContactFilter{Paging: server.Paging{Limit: mostAddresses}})
	if err != nil {
		return err
	}
	page.Addresses = slices.DeleteFunc(book.Items, func(c fax.Contact) bool { return c.Email == "" })
	if page.Known = s.Server.NameOf(page.Number()); page.Known == "" && m.Direction == fax.In {
		page.Known = s.Server.NameOf(string(m.Tsid))
	}
	if page.MayHandOn() {
		if page.People, err = s.Accounts.Users(); err != nil {
			return err
		}
	}
	var invalid fax.Invalid
	if errors.As(fault, &invalid) {
		page.Fault = v.fault(invalid[0])
	}
	return v.show(status, "message", page)
}

// changeMessage does something with one fax.
func (s *site) changeMessage(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	id, do := id64[fax.MessageID](v, "id"), v.PathValue("do")
	here := "/messages/" + v.PathValue("id")
	deed, ok := messageDeeds[do]
	if !ok {
		return server.ErrNotFound
	}
	if err := deed(s.Server, v.who(), id); err != nil {
		return err
	}
	switch {
	case v.Header.Get("Sec-Fetch-Mode") == "cors": // a script's, which shows nothing
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	case do == "delete":
		return v.deleted(v.back("back", "/inbox"), []fax.MessageID{id})
	case do == "unread":
		return v.done(v.back("back", "/inbox"), "message.unread")
	}
	return v.done(here, "message."+do)
}

// note keeps a note on a fax.
func (s *site) note(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	note := v.text("note")
	return s.patchMessage(v, fax.MessagePatch{Note: &note}, "note")
}

// handOn says whose a fax is from now on.
func (s *site) handOn(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	owner := v.field("userName")
	return s.patchMessage(v, fax.MessagePatch{UserName: &owner}, "owner")
}

func (s *site) patchMessage(v *visit, p fax.MessagePatch, done string) error {
	_, err := s.Server.UpdateMessage(v.who(), id64[fax.MessageID](v, "id"), p)
	return s.messageDone(v, err, done)
}

// messageDone shows a fax again, and that something was done with it, or what is wrong with what was entered.
func (s *site) messageDone(v *visit, err error, done string) error {
	var invalid fax.Invalid
	switch {
	case errors.As(err, &invalid):
		return s.showMessage(v, http.StatusUnprocessableEntity, err)
	case err != nil:
		return err
	}
	return v.done("/messages/"+v.PathValue("id"), done)
}
