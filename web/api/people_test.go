package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/wire"
	"faxbox/web/auth"
)

// browser keeps a cookie.
type browser struct {
	*box
	cookie *http.Cookie
}

func (w *browser) do(method, path, body string) reply {
	w.Helper()
	r := httptest.NewRequest(method, Root+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if w.cookie != nil {
		r.AddCookie(w.cookie)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	out := w.send(nobody, r)
	for _, c := range out.Result().Cookies() {
		w.cookie = c
		if c.MaxAge < 0 {
			w.cookie = nil
		}
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			w.Errorf("the cookie %v can be read by scripts or sent by other sites", c)
		}
	}
	return out
}

func TestFirstStart(t *testing.T) {
	inBox(t, func(b *box) {
		w := &browser{box: b}
		if s := as[wire.SetupState](w.do("GET", "/setup", "").want(200)); !s.Needed {
			b.Fatal("no set-up is needed at the first start")
		}
		w.do("POST", "/session", `{"name":"admin","password":"admin"}`).want(401) // no default password
		w.do("POST", "/setup", `{"code":"AAAA-AAAA","name":"anna","password":"correct horse"}`).want(401)
		code := strings.ToLower(strings.ReplaceAll(b.Accounts.Code(), "-", " "))
		short := as[wire.Problem](w.do("POST", "/setup", `{"code":"`+code+`","name":"anna","password":"short"}`).want(422))
		if short.Errors[0].Field != "password" {
			b.Errorf("a short password: %+v", short)
		}
		me := as[wire.Me](w.do("POST", "/setup", `{"code":"`+code+`","name":"anna","password":"correct horse"}`).want(201))
		if me.User != "anna" || me.Role != fax.Administrator || !me.Session || w.cookie == nil {
			b.Errorf("set up: %+v", me)
		}
		if b.Accounts.Code() != "" {
			b.Error("the code is still good")
		}
		w.do("GET", "/users", "").want(200)
		(&browser{box: b}).do("POST", "/setup", `{"code":"`+code+`","name":"eve","password":"correct horse"}`).want(409)
		if s := as[wire.SetupState](w.do("GET", "/setup", "").want(200)); s.Needed {
			b.Error("set-up is needed still")
		}
	})
}

func TestSessions(t *testing.T) {
	inBox(t, func(b *box) {
		boss := auth.Identity{}
		_, err := b.Accounts.Create(boss, fax.User{Name: "anna", Role: fax.Administrator}, "correct horse")
		b.Must(err)
		_, err = b.Accounts.Create(boss, fax.User{Name: "otto", Role: fax.Sender}, "correct horse")
		b.Must(err)
		w := &browser{box: b}
		w.do("GET", "/session", "").want(401)
		w.do("POST", "/session", `{"name":"otto","password":"correct horse"}`).want(200)
		if me := as[wire.Me](w.do("GET", "/session", "").want(200)); me.User != "otto" {
			b.Errorf("logged in: %+v", me)
		}
		w.do("GET", "/users", "").want(403)
		w.do("POST", "/session", `{"name":"otto","password":"correct horse"}`).want(200)
		wrong := as[wire.Problem](w.do("POST", "/users/otto/password", `{"old":"nonsense","password":"battery staple"}`).want(422))
		if wrong.Errors[0].Field != "old" {
			b.Errorf("a wrong old password: %+v", wrong)
		}
		w.do("POST", "/users/anna/password", `{"password":"battery staple"}`).want(403)
		w.do("POST", "/users/otto/password", `{"old":"correct horse","password":"battery staple"}`).want(204)
		w.do("GET", "/session", "").want(401) // all sessions have ended
		w.do("POST", "/session", `{"name":"otto","password":"battery staple"}`).want(200)
		w.do("DELETE", "/session", "").want(204)
		if w.cookie != nil {
			b.Error("the cookie stays")
		}
	})
}

func TestOtherSitesCannotUseTheCookie(t *testing.T) {
	inBox(t, func(b *box) {
		_, err := b.Accounts.Create(auth.Identity{}, fax.User{Name: "anna", Role: fax.Administrator}, "correct horse")
		b.Must(err)
		w := &browser{box: b}
		w.do("POST", "/session", `{"name":"anna","password":"correct horse"}`).want(200)
		r := httptest.NewRequest("PATCH", Root+"/server", strings.NewReader(`{"retries":9}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.AddCookie(w.cookie)
		b.send(nobody, r).want(403)
		if s := as[fax.ServerResource](b.do(fax.Viewer, "GET", Root+"/server", nil)); s.Retries == 9 {
			b.Error("another site changed a setting")
		}
	})
}

func TestTriesAtPasswordsAreLimited(t *testing.T) {
	inBox(t, func(b *box) {
		_, err := b.Accounts.Create(auth.Identity{}, fax.User{Name: "anna", Role: fax.Administrator}, "correct horse")
		b.Must(err)
		w := &browser{box: b}
		for range 5 {
			w.do("POST", "/session", `{"name":"anna","password":"wrong guess"}`).want(401)
		}
		r := w.do("POST", "/session", `{"name":"anna","password":"correct horse"}`).want(429)
		if r.Header().Get("Retry-After") != "10" {
			b.Errorf("Retry-After %q", r.Header().Get("Retry-After"))
		}
		time.Sleep(11 * time.Second)
		w.do("POST", "/session", `{"name":"anna","password":"correct horse"}`).want(200)
	})
}

func TestAccountsAndTokens(t *testing.T) {
	inBox(t, func(b *box) {
		_, err := b.Accounts.Create(auth.Identity{}, fax.User{Name: "anna", Role: fax.Administrator}, "correct horse")
		b.Must(err)
		w := &browser{box: b}
		w.do("POST", "/session", `{"name":"anna","password":"correct horse"}`).want(200)
		w.do("POST", "/users", `{"name":"otto","role":"operator","password":"correct horse"}`).want(201)
		w.do("POST", "/users", `{"name":"otto","role":"viewer","password":"correct horse"}`).want(409)
		w.do("POST", "/users", `{"name":"local","role":"viewer","password":"correct horse"}`).want(422)
		w.do("PATCH", "/users/anna", `{"role":"viewer"}`).want(409) // the last administrator
		w.do("DELETE", "/users/anna", "").want(409)

		otto := &browser{box: b}
		otto.do("POST", "/session", `{"name":"otto","password":"correct horse"}`).want(200)
		otto.do("PATCH", "/session", `{"language":"de","timeZone":"Europe/Vienna","fullName":"Otto"}`).want(200)
		otto.do("PATCH", "/session", `{"language":"fr"}`).want(422)
		otto.do("PATCH", "/session", `{"timeZone":"Vienna"}`).want(422)
		otto.do("PATCH", "/session", `{"role":"administrator"}`).want(422)
		if me := as[wire.Me](otto.do("GET", "/session", "").want(200)); me.Language != "de" || me.TimeZone != "Europe/Vienna" || me.Role != fax.Operator {
			b.Errorf("Otto is %+v", me)
		}
		w.do("PATCH", "/users/otto", `{"language":"en"}`).want(200)
		w.do("PATCH", "/users/otto", `{"timeZone":"nowhere"}`).want(422)
		otto.do("POST", "/tokens", `{"name":"scanner","role":"administrator"}`).want(422) // more than one's own
		made := as[wire.MadeToken](otto.do("POST", "/tokens", `{"name":"scanner","role":"operator"}`).want(201))
		b.tokens["scanner"] = made.Secret
		b.do("scanner", "PATCH", Root+"/session", map[string]any{"language": "de"}).want(409)
		if me := as[wire.Me](b.do("scanner", "GET", Root+"/session", nil).want(200)); me.User != "otto" || me.Role != fax.Operator || me.Session {
			b.Errorf("the token is %+v", me)
		}
		w.do("PATCH", "/users/otto", `{"role":"viewer"}`).want(200)
		b.do("scanner", "PATCH", Root+"/ports/1", map[string]any{"rings": 3}).want(403) // no more than its maker
		w.do("PATCH", "/users/otto", `{"disabled":true}`).want(200)
		b.do("scanner", "GET", Root+"/session", nil).want(401)
		w.do("PATCH", "/users/otto", `{"disabled":false}`).want(200)
		b.do("scanner", "GET", Root+"/session", nil).want(200)
		w.do("DELETE", "/tokens/"+made.ID, "").want(204)
		b.do("scanner", "GET", Root+"/session", nil).want(401)
		w.do("DELETE", "/users/otto", "").want(204)
		otto.do("GET", "/session", "").want(401)

		var deeds []string
		for _, e := range as[wire.List[fax.AuditEntry]](w.do("GET", "/audit?user=anna", "").want(200)).Items {
			deeds = append(deeds, e.Action+" "+e.Object)
			if e.At.IsZero() || e.Remote == "" {
				b.Errorf("a change without time or place: %+v", e)
			}
		}
		want := "delete users/otto, delete tokens/" + made.ID + ", change users/otto, change users/otto, change users/otto, change users/otto, create users/otto"
		if got := strings.Join(deeds, ", "); got != want {
			b.Errorf("the journal says %s\nwant %s", got, want)
		}
	})
}

func TestTokensExpire(t *testing.T) {
	inBox(t, func(b *box) {
		boss := auth.Identity{Caller: fax.Caller{User: auth.Local, Rights: fax.AllRights}}
		_, secret, err := b.Accounts.NewToken(boss, "short", fax.Viewer, time.Now().Add(time.Hour))
		b.Must(err)
		b.tokens["short"] = secret
		b.do("short", "GET", Root+"/session", nil).want(200)
		time.Sleep(time.Hour)
		b.do("short", "GET", Root+"/session", nil).want(401)
	})
}
