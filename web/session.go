package web

import (
	"errors"
	"net/http"

	"faxbox/fax"
	"faxbox/web/auth"
)

// entrance is the page of the first start, or for signing in.
type entrance struct {
	frame
	Fault, Name, Code, Next string
}

// start is the page that makes the first administrator.
func (s *site) start(v *visit) error {
	if s.Accounts.Code() == "" {
		return v.redirect("/")
	}
	return v.show(http.StatusOK, "start", entrance{frame: v.frame("", "start"), Code: v.field("code")})
}

// begin makes the first administrator, and goes on to the guided set-up.
func (s *site) begin(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	page := entrance{frame: v.frame("", "start"), Name: v.field("name"), Code: v.field("code")}
	password := v.PostFormValue("password")
	if password != v.PostFormValue("again") {
		page.Fault = v.lang.Say("password.differ")
		return v.show(http.StatusUnprocessableEntity, "start", page)
	}
	key, _, err := s.Accounts.SetUp(page.Code, page.Name, password, v.RemoteAddr)
	switch {
	case err == nil:
		auth.SetCookie(v.w, v.Request, key)
		return v.redirect("/setup/1")
	case errors.Is(err, auth.ErrSetUp):
		return v.redirect("/login")
	}
	return v.again("start", &page, &page.Fault, err)
}

// again shows a form anew with what was wrong, if it is something that whoever filled it in can put right.
func (v *visit) again(name string, page any, fault *string, err error) error {
	status, text := v.wrong(err)
	if status == 0 {
		return err
	}
	*fault = text
	return v.show(status, name, page)
}

// meAgain is again for the page of one's own account.
func (v *visit) meAgain(err error) error {
	status, text := v.wrong(err)
	if status == 0 {
		return err
	}
	return v.showMe(status, mePage{Fault: text})
}

// wrong is what was wrong with a form, if it is something that whoever filled it in can put right; else the status is 0.
func (v *visit) wrong(err error) (status int, text string) {
	p := v.site.API.Explain(v.Context(), err)
	switch {
	case p.Status >= http.StatusInternalServerError || errors.Is(err, fax.ErrDenied):
		return 0, ""
	case len(p.Errors) > 0:
		return p.Status, v.fault(p.Errors[0])
	}
	return p.Status, upper(v.lang.Said(p.Detail)) + "."
}

func (s *site) loginPage(v *visit) error {
	if s.Accounts.Code() != "" {
		return v.redirect("/start")
	}
	page := entrance{frame: v.frame("", "login"), Next: v.back("next", "/")}
	if v.field("ended") != "" {
		page.Fault = v.lang.Say("login.ended")
	}
	return v.show(http.StatusOK, "login", page)
}

// login begins a session: always a new one, with a key that nobody could have known before.
func (s *site) login(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	page := entrance{frame: v.frame("", "login"), Name: v.field("name"), Next: v.back("next", "/")}
	key, _, err := s.Accounts.LogIn(page.Name, v.PostFormValue("password"), v.RemoteAddr)
	if err != nil {
		s.Log.Warn("login refused", "name", page.Name, "remote", v.RemoteAddr, "error", err)
		return v.again("login", &page, &page.Fault, err)
	}
	if old, err := v.Cookie(auth.Cookie); err == nil {
		_ = s.Accounts.LogOut(old.Value) // it ends by itself if the disk does not take this
	}
	auth.SetCookie(v.w, v.Request, key)
	return v.redirect(page.Next)
}

func (s *site) logout(v *visit) error {
	if err := s.Accounts.LogOut(v.id.Session); err != nil {
		return err
	}
	auth.SetCookie(v.w, v.Request, "")
	return v.done("/login", "logout")
}

// language keeps the language that somebody chose, with their browser.
func (s *site) language(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	v.yearCookie(languageCookie, s.languages.Choose(v.field("language"), "").Tag)
	return v.redirect(v.back("back", "/"))
}

// mePage is what somebody may change of their own account.
type mePage struct {
	frame
	Session  bool
	FullName string
	Language string // that was chosen; empty: as the browser asks
	Zone     string // that was chosen; empty: the office's
	Office   string // the office's zone
	Zones    []option
	Fault    string // with the password
	Faults   []string
}

func (s *site) me(v *visit) error { return v.showMe(http.StatusOK, mePage{}) }

// showMe shows the page with what was wrong.
func (v *visit) showMe(status int, page mePage) error {
	page.frame, page.Session = v.frame("me", "me"), v.id.Session != ""
	if page.Faults == nil {
		page.Language, page.Zone = v.id.Language, v.id.TimeZone
	}
	page.FullName = v.fullName()
	page.Office, page.Zones = v.site.Server.Settings().TimeZone, zones()
	return v.show(status, "me", page)
}

// fullName is what the visitor is called; empty: no account says.
func (v *visit) fullName() string {
	users, err := v.site.Accounts.Users()
	if err != nil {
		return "" // a name is no reason to show nothing
	}
	for _, u := range users {
		if u.Name == v.id.User {
			return u.FullName
		}
	}
	return ""
}

// changeMe changes one's own name, language and time zone.
func (s *site) changeMe(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	full, language, zone := v.field("fullName"), v.field("language"), v.field("timeZone")
	_, err := s.Accounts.SetOwn(v.id, auth.OwnPatch{FullName: &full, Language: &language, TimeZone: &zone})
	var invalid fax.Invalid
	switch {
	case errors.As(err, &invalid):
		return v.showMe(http.StatusUnprocessableEntity, mePage{Faults: v.faults(invalid), Language: language, Zone: zone})
	case err != nil:
		return err
	}
	v.yearCookie(languageCookie, language) // for the page that asks who comes
	return v.done("/me", "me")
}

// password changes one's own password. All sessions end, and a new one begins here.
func (s *site) password(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	if v.id.Session == "" {
		return fax.ErrDenied
	}
	password := v.PostFormValue("password")
	if password != v.PostFormValue("again") {
		return v.showMe(http.StatusUnprocessableEntity, mePage{Fault: v.lang.Say("password.differ")})
	}
	if err := s.Accounts.Verify(v.id.User, v.PostFormValue("old"), v.RemoteAddr); err != nil {
		if errors.Is(err, auth.ErrWrong) {
			return v.showMe(http.StatusUnprocessableEntity, mePage{Fault: v.lang.Say("password.wrong")})
		}
		return v.meAgain(err)
	}
	if err := s.Accounts.SetPassword(v.id, v.id.User, password); err != nil {
		return v.meAgain(err)
	}
	key, _, err := s.Accounts.LogIn(v.id.User, password, v.RemoteAddr)
	if err != nil {
		return err
	}
	auth.SetCookie(v.w, v.Request, key)
	return v.done("/me", "password")
}
