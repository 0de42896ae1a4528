package api

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
	"faxbox/store"
	"faxbox/web/auth"
)

// From is the request's address and whether it came over TLS.
type From struct {
	remote string
	secure bool
}

// Resolve looks at the request.
func (f *From) Resolve(ctx huma.Context) []error {
	r, _ := humago.Unwrap(ctx)
	f.remote, f.secure = r.RemoteAddr, r.TLS != nil
	return nil
}

// begun is an answer that begins, or ends, a session.
type begun struct {
	SetCookie http.Cookie `header:"Set-Cookie" doc:"The session's key"`
	Body      wire.Me
}

func (f From) begun(key string, u fax.User) *begun {
	id := auth.Identity{Caller: fax.Caller{User: u.Name, Rights: u.Role.Rights()}, Role: u.Role, Session: key,
		Language: u.Language, TimeZone: u.TimeZone}
	return &begun{SetCookie: *auth.NewCookie(key, f.secure), Body: me(id)}
}

func me(id auth.Identity) wire.Me {
	return wire.Me{User: id.User, Role: id.Role, Rights: rightNames(id.Rights), Session: id.Session != "",
		Language: id.Language, TimeZone: id.TimeZone}
}

// sessions let people in: the first administrator with the one-time code, others with their passwords.
func (a *API) sessions() {
	tags := []string{"session"}
	route(a, public, huma.Operation{
		OperationID: "getSetup", Method: http.MethodGet, Path: Root + "/setup", Tags: tags, Summary: "Is there an administrator yet?",
	}, func(context.Context, *none) (*body[wire.SetupState], error) {
		return answer(wire.SetupState{Needed: a.accounts.Code() != ""}, nil)
	})
	route(a, public, huma.Operation{
		OperationID: "setUp", Method: http.MethodPost, Path: Root + "/setup", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Make the first administrator, with the one-time code from the journal or the console",
		Errors:  []int{http.StatusUnauthorized, http.StatusConflict, http.StatusTooManyRequests},
	}, func(ctx context.Context, in *struct {
		From
		Body wire.Setup
	}) (*begun, error) {
		key, u, err := a.accounts.SetUp(in.Body.Code, in.Body.Name, in.Body.Password, in.remote)
		if err != nil {
			return nil, err
		}
		return in.begun(key, u), nil
	})
	route(a, public, huma.Operation{
		OperationID: "logIn", Method: http.MethodPost, Path: Root + "/session", Tags: tags, Summary: "Log in",
		Errors: []int{http.StatusUnauthorized, http.StatusTooManyRequests},
	}, func(ctx context.Context, in *struct {
		From
		Body wire.Login
	}) (*begun, error) {
		key, u, err := a.accounts.LogIn(in.Body.Name, in.Body.Password, in.remote)
		if err != nil {
			a.log.Warn("login refused", "name", in.Body.Name, "remote", in.remote, "error", err)
			return nil, err
		}
		return in.begun(key, u), nil
	})
	route(a, signedIn, huma.Operation{
		OperationID: "getSession", Method: http.MethodGet, Path: Root + "/session", Tags: tags, Summary: "Who am I, and what may I do?",
	}, func(ctx context.Context, _ *none) (*body[wire.Me], error) { return answer(me(caller(ctx)), nil) })
	route(a, signedIn, huma.Operation{
		OperationID: "patchSession", Method: http.MethodPatch, Path: Root + "/session", Tags: tags,
		Summary: "Change one's own account: name, language, time zone", Errors: []int{http.StatusConflict},
	}, func(ctx context.Context, in *struct{ Body auth.OwnPatch }) (*body[fax.User], error) {
		u, err := a.accounts.SetOwn(caller(ctx), in.Body)
		if errors.Is(err, store.ErrNotFound) {
			err = problem(http.StatusConflict, "there is no account that is logged in", "Log in with name and password.")
		}
		return answer(u, err)
	})
	route(a, signedIn, huma.Operation{
		OperationID: "logOut", Method: http.MethodDelete, Path: Root + "/session", Tags: tags, Summary: "Log out",
	}, func(ctx context.Context, in *From) (*struct {
		SetCookie http.Cookie `header:"Set-Cookie"`
	}, error) {
		if err := a.accounts.LogOut(caller(ctx).Session); err != nil {
			return nil, err
		}
		return &struct {
			SetCookie http.Cookie `header:"Set-Cookie"`
		}{*auth.NewCookie("", in.secure)}, nil
	})
}

type UserParam struct {
	Name string `path:"name" maxLength:"256" doc:"The account's"`
}

// people are the operations on accounts, tokens and the journal of changes.
func (a *API) people() {
	a.users()
	a.tokens()
	a.audit()
}

func (a *API) users() {
	tags := []string{"users"}
	route(a, needs(fax.ConfigSet), huma.Operation{
		OperationID: "listUsers", Method: http.MethodGet, Path: Root + "/users", Tags: tags, Summary: "All accounts",
	}, func(context.Context, *none) (*body[wire.List[fax.User]], error) {
		users, err := a.accounts.Users()
		return answer(wire.ListOf(users), err)
	})
	route(a, needs(fax.ConfigSet), huma.Operation{
		OperationID: "createUser", Method: http.MethodPost, Path: Root + "/users", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Make an account", Errors: []int{http.StatusConflict},
	}, func(ctx context.Context, in *struct{ Body wire.NewUser }) (*body[fax.User], error) {
		u := fax.User{Name: in.Body.Name, FullName: in.Body.FullName, Role: in.Body.Role}
		return answer(a.accounts.Create(caller(ctx), u, in.Body.Password))
	})
	route(a, needs(fax.ConfigSet), huma.Operation{
		OperationID: "patchUser", Method: http.MethodPatch, Path: Root + "/users/{name}", Tags: tags,
		Summary: "Change an account", Errors: []int{http.StatusConflict},
	}, func(ctx context.Context, in *struct {
		UserParam
		Body auth.UserPatch
	}) (*body[fax.User], error) {
		return answer(a.accounts.Update(caller(ctx), in.Name, in.Body))
	})
	route(a, needs(fax.ConfigSet), huma.Operation{
		OperationID: "deleteUser", Method: http.MethodDelete, Path: Root + "/users/{name}", Tags: tags,
		Summary: "Remove an account and its tokens", Errors: []int{http.StatusConflict},
	}, func(ctx context.Context, in *UserParam) (*none, error) {
		return nil, a.accounts.Delete(caller(ctx), in.Name)
	})
	route(a, signedIn, huma.Operation{
		OperationID: "setPassword", Method: http.MethodPost, Path: Root + "/users/{name}/password", Tags: tags,
		Summary: "Set a password: one's own, given the old one, or with config-set anybody's", Errors: []int{http.StatusTooManyRequests},
	}, a.setPassword)
}

// setPassword ends the account's sessions: whoever knew the old password is out.
func (a *API) setPassword(ctx context.Context, in *struct {
	UserParam
	From
	Body wire.NewPassword
}) (*none, error) {
	id := caller(ctx)
	switch {
	case in.Name == id.User && id.Session != "":
		if err := a.accounts.Verify(in.Name, in.Body.Old, in.remote); err != nil {
			if errors.Is(err, auth.ErrWrong) {
				return nil, fieldProblem("old", "is wrong", "Enter the password that you logged in with.")
			}
			return nil, err
		}
	case !id.Rights.Has(fax.ConfigSet):
		return nil, fax.ErrDenied
	}
	return nil, a.accounts.SetPassword(id, in.Name, in.Body.Password)
}

func (a *API) tokens() {
	tags := []string{"tokens"}
	route(a, signedIn, huma.Operation{
		OperationID: "listTokens", Method: http.MethodGet, Path: Root + "/tokens", Tags: tags,
		Summary: "Tokens: one's own, or with config-set all",
	}, func(ctx context.Context, _ *none) (*body[wire.List[fax.Token]], error) {
		tokens, err := a.accounts.Tokens(caller(ctx))
		return answer(wire.ListOf(tokens), err)
	})
	route(a, signedIn, huma.Operation{
		OperationID: "createToken", Method: http.MethodPost, Path: Root + "/tokens", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Make a token for a program", Description: "Its secret is shown this once. It can never do more than its maker.",
	}, func(ctx context.Context, in *struct{ Body wire.NewToken }) (*body[wire.MadeToken], error) {
		t, secret, err := a.accounts.NewToken(caller(ctx), in.Body.Name, in.Body.Role, in.Body.Expires)
		return answer(wire.MadeToken{Token: t, Secret: secret}, err)
	})
	route(a, signedIn, huma.Operation{
		OperationID: "deleteToken", Method: http.MethodDelete, Path: Root + "/tokens/{id}", Tags: tags, Summary: "Make a token void",
	}, func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"64" doc:"The token's id"`
	}) (*none, error) {
		return nil, a.accounts.DeleteToken(caller(ctx), in.ID)
	})
}

// AuditFilter are the parameters that choose changes.
type AuditFilter struct {
	User   string `query:"user" maxLength:"128" doc:"Made by this account only"`
	Object string `query:"object" maxLength:"128" doc:"What it begins with: server, ports/1"`
	Span
}

func (f AuditFilter) of(p Paging) server.AuditFilter {
	return server.AuditFilter{User: f.User, Object: f.Object, Since: f.Since, Until: f.Until, Paging: p.of()}
}

func (a *API) audit() {
	tags := []string{"audit"}
	route(a, needs(fax.ConfigSet), huma.Operation{
		OperationID: "listAudit", Method: http.MethodGet, Path: Root + "/audit", Tags: tags,
		Summary: "Every change: who, what, from, to; newest first",
	}, func(ctx context.Context, in *struct {
		AuditFilter
		Paging
	}) (*body[wire.List[fax.AuditEntry]], error) {
		page, err := a.server.Audit(who(ctx), in.AuditFilter.of(in.Paging))
		return answer(pageOf(page), err)
	})
	route(a, needs(fax.ConfigSet), huma.Operation{
		OperationID: "exportAudit", Method: http.MethodGet, Path: Root + "/audit.csv", Tags: tags,
		Summary: "The same as a table for spreadsheets", Responses: content("text/csv"),
	}, func(ctx context.Context, in *AuditFilter) (*stream, error) {
		by := who(ctx)
		return a.csv("audit", func(w io.Writer) error { return a.server.WriteAudit(by, w, in.of(Paging{})) }), nil
	})
}
