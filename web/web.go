// Package web is the office's web page: forms and listings of what package fax calls the objects, in the words of the
// office. It changes nothing that the API could not, asks the same server, and is refused what the API would be refused.
//
// Every page works without script: what a script adds is that a page follows what happens. All of it (templates, texts,
// style, scripts, icons) is embedded; nothing is fetched from elsewhere, and the pages' own policy forbids it.
//
// A handler returns an error; visit.fail makes the page that says what went wrong. Who may do what the server knows, and
// routes name the right that they need, as in web/api.
package web

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
	"faxbox/web/api"
	"faxbox/web/auth"
	"faxbox/web/text"
	"faxbox/web/upkeep"
)

// Config is what the pages show. Log may be nil.
type Config struct {
	API      *api.API // the pages stand beside it, behind the same doors
	Server   *server.Server
	Accounts *auth.Accounts
	Upkeep   *upkeep.Upkeep
	Log      *slog.Logger
	Version  string

	// TestNumber is a number that a test fax may be sent to, proposed by the line test: a demo's echo machine. Empty:
	// whoever tests enters one.
	TestNumber string

	Lines       func() ([]wire.GPIOLine, error) // the board's GPIO lines; nil: there are none
	Fingerprint string                          // SHA-256 print of the box's own certificate; empty: it has none
	Temp        string                          // folder for files while they are made; empty: the system's
}

// site are the pages of one server.
type site struct {
	Config
	assets    *assets
	languages text.Catalog
	voices    voices

	mu     sync.Mutex // guards unread
	unread counted
}

// counted is a count that was so when an event was the last one.
type counted struct {
	n     int
	event uint64
	known bool
}

// Add makes the pages and adds them to the API's handler. An error is a mistake in what is embedded.
func Add(c Config) error {
	_, err := open(c)
	return err
}

func open(c Config) (*site, error) {
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	s := &site{Config: c}
	s.voices = voices{site: s, all: map[voiceKey]*voice{}}
	var err error
	if s.assets, err = openAssets(); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	if s.languages, err = text.Load(); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	if s.voices.master, err = s.parse(); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	for _, r := range s.routes() {
		c.API.Handle(r.pattern, s.handler(r))
	}
	return s, nil
}

// access is what a route asks of a visitor.
type access struct {
	public bool      // nobody need be known
	rights fax.Right // all of them
}

func needs(r fax.Right) access { return access{rights: r} }

var (
	public   = access{public: true}
	signedIn = access{}
)

// route is a page, or what a form does.
type route struct {
	pattern string
	access  access
	do      func(*visit) error
}

// routes are all there is, in one place.
func (s *site) routes() []route {
	return []route{
		{"GET /asset/{name}", public, s.asset},
		{"GET /favicon.ico", public, s.favicon},

		{"GET /start", public, s.start},
		{"POST /start", public, s.begin},
		{"GET /start/restore", public, s.startRestore},
		{"POST /start/restore", public, s.beginRestored},
		{"GET /login", public, s.loginPage},
		{"POST /login", public, s.login},
		{"POST /logout", signedIn, s.logout},
		{"POST /language", public, s.language},
		{"GET /me", signedIn, s.me},
		{"POST /me", signedIn, s.changeMe},
		{"POST /me/password", signedIn, s.password},

		{"GET /{$}", needs(fax.PortQuery | fax.JobQuery), s.now},
		{"GET /menu", signedIn, s.menu},
		{"GET /inbox", needs(fax.JobQuery), s.inbox},
		{"GET /sent", needs(fax.JobQuery), s.sent},
		{"POST /messages", needs(fax.JobQuery), s.changeMessages},
		{"GET /bin", needs(fax.JobQuery), s.bin},
		{"POST /bin", needs(fax.JobSubmit), s.changeBin},
		{"GET /messages/{id}", needs(fax.JobQuery), s.message},
		{"POST /messages/{id}/note", needs(fax.JobQuery), s.note},
		{"POST /messages/{id}/mail", needs(fax.JobQuery), s.mailMessage},
		{"POST /messages/{id}/owner", needs(fax.JobQuery), s.handOn},
		{"POST /messages/{id}/{do}", needs(fax.JobQuery), s.changeMessage},
		{"GET /contacts", needs(fax.JobQuery), s.contacts},
		{"GET /contacts/{id}", needs(fax.JobQuery), s.contact},
		{"POST /contacts/{id}", needs(fax.JobSubmit), s.keepContact},
		{"POST /contacts/{id}/delete", needs(fax.JobSubmit), s.removeContact},
		{"POST /contacts/import", needs(fax.JobSubmit), s.importContacts},
		{"POST /learned/forget", needs(fax.ConfigSet), s.forget},
		{"GET /send", needs(fax.JobSubmit), s.sendForm},
		{"POST /send", needs(fax.JobSubmit), s.send},
		{"POST /send/preview", needs(fax.JobSubmit), s.preview},
		{"GET /send/dials", needs(fax.JobSubmit), s.dials},
		{"GET /send/find", needs(fax.JobSubmit), s.find},
		{"GET /jobs", needs(fax.JobQuery), s.jobs},
		{"GET /jobs/{id}", needs(fax.JobQuery), s.job},
		{"POST /jobs/{id}/{do}", needs(fax.JobSubmit), s.controlJob},
		{"POST /queue", needs(fax.ConfigSet), s.pauseQueue},
		{"GET /calls", needs(fax.JobQuery), s.calls},
		{"GET /calls/{id}", needs(fax.JobQuery), s.call},

		{"GET /setup/{step}", needs(fax.ConfigSet | fax.PortSet), s.setup},
		{"POST /setup/{step}", needs(fax.ConfigSet | fax.PortSet | fax.JobSubmit), s.answerSetup},
		{"GET /settings", signedIn, s.settings},
		{"GET /settings/server", needs(fax.ConfigQuery), serverSettings.show},
		{"POST /settings/server", needs(fax.ConfigSet), serverSettings.change},
		{"GET /settings/time", needs(fax.ConfigQuery), timeSettings.show},
		{"POST /settings/time", needs(fax.ConfigSet), timeSettings.change},
		{"GET /settings/lines", needs(fax.PortQuery), s.linesSettings},
		{"GET /settings/lines/{id}", needs(fax.PortQuery), s.line},
		{"POST /settings/lines/{id}", needs(fax.PortSet), s.changeLine},
		{"POST /settings/lines/{id}/rank", needs(fax.PortSet), s.rankLine},
		{"POST /settings/lines/{id}/routing/{guid}", needs(fax.PortSet), s.routeLine},
		{"POST /settings/lines/{id}/routing/{guid}/test", needs(fax.PortSet), s.tryRoute},
		{"POST /lines/{id}/answer", needs(fax.JobManage), s.answer},
		{"GET /settings/covers", signedIn, s.covers},
		{"POST /settings/covers", needs(fax.JobSubmit), s.addCover},
		{"POST /settings/covers/delete", needs(fax.JobSubmit), s.removeCover},
		{"GET /settings/mail", needs(fax.ConfigQuery), s.mail},
		{"POST /settings/mail", needs(fax.ConfigSet), s.changeMail},
		{"POST /settings/mail/test", needs(fax.ConfigSet), s.testMail},
		{"GET /settings/users", needs(fax.ConfigSet), s.users},
		{"POST /settings/users", needs(fax.ConfigSet), s.createUser},
		{"POST /settings/users/{name}", needs(fax.ConfigSet), s.changeUser},
		{"GET /settings/tokens", signedIn, s.tokens},
		{"POST /settings/tokens", signedIn, s.createToken},
		{"POST /settings/tokens/{id}/delete", signedIn, s.deleteToken},
		{"GET /settings/health", needs(fax.ConfigQuery), s.health},
		{"POST /settings/health", needs(fax.ConfigSet), s.acknowledge},
		{"GET /settings/update", needs(fax.ConfigQuery), s.update},
		{"POST /settings/update", needs(fax.AllRights), s.install},
		{"GET /settings/backup", needs(fax.AllRights), s.backup},
		{"POST /settings/backup", needs(fax.AllRights), s.makeBackup},
		{"POST /settings/backup/restore", needs(fax.AllRights), s.restore},
		{"GET /settings/erase", needs(fax.AllRights), s.erasing},
		{"POST /settings/erase", needs(fax.AllRights), s.erase},
		{"GET /licences", public, s.notices},
		{"GET /settings/certificate", needs(fax.ConfigSet), s.certificate},
		{"GET /settings/journal", needs(fax.ConfigSet), s.journal},
		{"/", signedIn, s.nowhere},
	}
}

// maxForm is the size of a form without files, in octets.
const maxForm = 1 << 20

// policy is what the browser may load and do: everything of ours, nothing of anybody else's, and no script or style in
// the text of a page.
const policy = "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// handler lets a visitor in, or not, and makes a page of what goes wrong.
func (s *site) handler(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		v, err := s.visit(w, req)
		if err != nil {
			s.Log.Error("a visit", "error", err)
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			return
		}
		err = v.admit(r.access)
		if err == nil {
			err = r.do(v)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

// admit lets in whoever has the rights. Who is not known is asked to sign in; of a box that has no administrator yet,
// to begin.
func (v *visit) admit(need access) error {
	if need.public {
		return nil
	}
	id, err := v.site.Accounts.Identify(v.Request)
	switch {
	case errors.Is(err, auth.ErrNobody):
		return errSignIn
	case err != nil:
		return err
	}
	v.id = id
	if err := v.speak(cmp.Or(id.Language, v.wish()), id.TimeZone); err != nil {
		return err
	}
	if !id.Rights.Has(need.rights) {
		return fax.ErrDenied
	}
	return nil
}

// errSignIn sends a visitor to the page for signing in.
var errSignIn = errors.New("sign in first")

// nowhere is every address that is none.
func (s *site) nowhere(*visit) error { return server.ErrNotFound }
