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
	p := v.site.API.Explain(v.Context(), err)
	if p.Status >= http.StatusInternalServerError || errors.Is(err, fax.ErrDenied) {
		return err
	}
	*fault = v.lang.Said(p.Detail)
	if len(p.Errors) > 0 {
		*fault = v.fault(p.Errors[0])
	}
	return v.show(p.Status, name, page)
}

func (s *site) loginPage(v *visit) error {
	if s.Accounts.Code() != "" {
		return v.redirect("/start")
	}
	return v.show(http.StatusOK, "login", entrance{frame: v.frame("", "login"), Next: v.back("next", "/")})
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
	Session bool
	Fault   string
}

func (s *site) me(v *visit) error {
	return v.show(http.StatusOK, "me", mePage{frame: v.frame("me", "me"), Session: v.id.Session != ""})
}

// password changes one's own password. All sessions end, and a new one begins here.
func (s *site) password(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	if v.id.Session == "" {
		return fax.ErrDenied
	}
	page := mePage{frame: v.frame("me", "me"), Session: true}
	password := v.PostFormValue("password")
	if password != v.PostFormValue("again") {
		page.Fault = v.lang.Say("password.differ")
		return v.show(http.StatusUnprocessableEntity, "me", page)
	}
	if err := s.Accounts.Verify(v.id.User, v.PostFormValue("old"), v.RemoteAddr); err != nil {
		if errors.Is(err, auth.ErrWrong) {
			page.Fault = v.lang.Say("password.wrong")
			return v.show(http.StatusUnprocessableEntity, "me", page)
		}
		return v.again("me", &page, &page.Fault, err)
	}
	if err := s.Accounts.SetPassword(v.id, v.id.User, password); err != nil {
		return v.again("me", &page, &page.Fault, err)
	}
	key, _, err := s.Accounts.LogIn(v.id.User, password, v.RemoteAddr)
	if err != nil {
		return err
	}
	auth.SetCookie(v.w, v.Request, key)
	return v.done("/me", "password")
}
