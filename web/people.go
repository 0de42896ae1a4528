package web

import (
	"errors"
	"net/http"
	"time"

	"faxbox/fax"
	"faxbox/web/auth"
)

// usersPage are all accounts.
type usersPage struct {
	frame
	Users []fax.User
	Roles []fax.Role
	New   fax.User // what was entered for a new one
	Fault string
}

func (s *site) users(v *visit) error {
	return s.showUsers(v, http.StatusOK, fax.User{Role: fax.Sender}, "")
}

func (s *site) showUsers(v *visit, status int, entered fax.User, fault string) error {
	users, err := s.Accounts.Users()
	if err != nil {
		return err
	}
	return v.show(status, "users", usersPage{frame: v.frame("settings", "users"), Users: users, Roles: fax.Roles(), New: entered, Fault: fault})
}

// retry shows the accounts again with what was wrong, if it is something that the visitor can put right.
func (s *site) retry(v *visit, entered fax.User, err error) error {
	p := s.API.Explain(v.Context(), err)
	if p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusConflict {
		return err
	}
	fault := v.sentence(p)
	if len(p.Errors) > 0 {
		fault = v.fault(p.Errors[0])
	}
	return s.showUsers(v, p.Status, entered, fault)
}

func (s *site) createUser(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	u := fax.User{Name: v.field("name"), FullName: v.field("fullName"), Role: fax.Role(v.field("role"))}
	if _, err := s.Accounts.Create(v.id, u, v.PostFormValue("password")); err != nil {
		return s.retry(v, u, err)
	}
	return v.done("/settings/users", "user.created")
}

// changeUser changes the role of an account, whether it may sign in, its password, or removes it.
func (s *site) changeUser(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	name, do := v.PathValue("name"), v.field("do")
	var err error
	switch do {
	case "delete":
		err = s.Accounts.Delete(v.id, name)
	case "password":
		err = s.Accounts.SetPassword(v.id, name, v.PostFormValue("password"))
	default:
		do = "changed"
		full, role, disabled := v.field("fullName"), fax.Role(v.field("role")), v.field("enabled") != "true"
		_, err = s.Accounts.Update(v.id, name, auth.UserPatch{FullName: &full, Role: &role, Disabled: &disabled})
	}
	if err != nil {
		return s.retry(v, fax.User{Role: fax.Sender}, err)
	}
	return v.done("/settings/users", "user."+do)
}

// tokensPage are the tokens that the visitor may see.
type tokensPage struct {
	frame
	Tokens []fax.Token
	Roles  []fax.Role // that the visitor may give
	Secret string     // of a token that was just made: it is shown this once
	Fault  string
}

func (s *site) tokens(v *visit) error { return s.showTokens(v, http.StatusOK, "", "") }

func (s *site) showTokens(v *visit, status int, secret, fault string) error {
	tokens, err := s.Accounts.Tokens(v.id)
	if err != nil {
		return err
	}
	page := tokensPage{frame: v.frame("settings", "tokens"), Tokens: tokens, Secret: secret, Fault: fault}
	for _, role := range fax.Roles() {
		if v.id.Rights.Has(role.Rights()) {
			page.Roles = append(page.Roles, role)
		}
	}
	return v.show(status, "tokens", page)
}

func (s *site) createToken(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	var expires time.Time
	if day := v.field("expires"); day != "" {
		t, err := time.ParseInLocation(time.DateOnly, day, v.voice.zone)
		if err != nil {
			return fax.Invalid{{Field: "expires", Problem: "is no date", Hint: "Enter a day to come, or nothing."}}
		}
		expires = t.AddDate(0, 0, 1)
	}
	_, secret, err := s.Accounts.NewToken(v.id, v.field("name"), fax.Role(v.field("role")), expires)
	var invalid fax.Invalid
	switch {
	case errors.As(err, &invalid):
		return s.showTokens(v, http.StatusUnprocessableEntity, "", v.fault(invalid[0]))
	case err != nil:
		return err
	}
	return s.showTokens(v, http.StatusCreated, secret, "")
}

func (s *site) deleteToken(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	if err := s.Accounts.DeleteToken(v.id, v.PathValue("id")); err != nil {
		return err
	}
	return v.done("/settings/tokens", "token.deleted")
}
