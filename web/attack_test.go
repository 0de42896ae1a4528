package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	plaintemplate "text/template"
	"time"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/web/api"
	"faxbox/web/auth"
)

// What somebody may try who means harm: a machine that calls, a page of another site, a colleague, a stranger in the
// network. Each attack is made once against no defence, or in its harmless form, to show that the test would see it.

// hostile are texts that would do something if they stood in a page as they are.
var hostile = []string{
	`<script>x()</script>`, // as long as a station id may be
	`<img src=x onerror=x()>`,
	`"onfocus=x() autofocus="`,
	`'><svg/onload=x()>`,
	`</textarea></title></style><script>x()</script>`,
	`javascript:x()`,
}

// harmful are what hostile texts become in a page that does not defend itself.
var harmful = regexp.MustCompile(`(?i)<script>x|<img src=x|<svg/onload|[ "']onfocus=x\(\) autofocus=|<script>x\(\)|(href|action|src)="?javascript:`)

func TestHarmIsSeen(t *testing.T) {
	for _, text := range hostile {
		page := fmt.Sprintf(`<p title="%s">%[1]s</p><a href="%[1]s">%[1]s</a>`, text)
		if !harmful.MatchString(page) {
			t.Errorf("%q would not be seen in %s", text, page)
		}
	}
}

// poison puts a text into every field of an object that is a text.
func poison(object any, with string) {
	v := reflect.ValueOf(object).Elem()
	for i := range v.NumField() {
		// Words of a choice are none of the attacker's.
		if f := v.Field(i); f.Kind() == reflect.String && f.Type() != reflect.TypeFor[fax.Direction]() {
			f.SetString(with)
		}
	}
}

// Whatever came over a line stands in the pages as text: each text of a fax, of a call, of an account.
func TestStoredScriptIsText(t *testing.T) {
	inBox(t, func(b *box) {
		b.fax()
		for _, text := range hostile {
			m, err := b.Store.ChangeMessage(1, func(m *fax.Message) error {
				poison(m, text)
				m.Result.Detail = text
				m.Outcomes = []fax.RoutingOutcome{{FriendlyName: text, Result: text, Problem: text}}
				return nil
			})
			b.Must(err)
			for id := range fax.CallID(2) {
				call, err := b.Store.Call(id + 1)
				b.Must(err)
				poison(&call, text)
				call.Result.Detail = text
				_, err = b.Store.PutCall(call)
				b.Must(err)
			}
			for _, path := range []string{"/", "/inbox", "/messages/1", "/calls", "/calls/1", "/calls/2", "/send?message=1", "/calls?number=x"} {
				if found := harmful.FindString(b.get(fax.Administrator, path).Body.String()); found != "" {
					b.Errorf("%s holds %s", path, found)
				}
			}
			b.unescaped(m)
		}
	})
}

// unescaped shows that the page of a fax would be harmful if its template did not escape.
func (b *box) unescaped(m fax.Message) {
	b.Helper()
	l := b.site.languages[0]
	functions := plaintemplate.FuncMap(b.site.functions(words{l, time.UTC}))
	functions["t"] = func(string, ...any) string { return "" }
	functions["count"] = func(string, int) string { return "" }
	functions["said"] = func(s string) string { return s }
	plain, err := plaintemplate.New("").Funcs(functions).ParseFS(pageFiles, "page/*.html")
	b.Must(err)
	var page bytes.Buffer
	b.Must(plain.ExecuteTemplate(&page, "message", messagePage{Message: m}))
	if m.Note != "javascript:x()" && !harmful.MatchString(page.String()) {
		b.Errorf("without escaping nothing would be seen of %q", m.Note)
	}
}

func TestReflectedScriptIsText(t *testing.T) {
	inBox(t, func(b *box) {
		b.fax()
		for _, text := range hostile {
			q := url.QueryEscape(text)
			for _, path := range []string{"/inbox?q=", "/inbox?at=", "/inbox?since=", "/inbox?line=", "/calls?number=", "/calls?direction=", "/send?number=",
				"/send?name=", "/send?message=", "/send/dials?number=", "/login?next=", "/?done=", "/settings/journal?user=", "/setup/5?number=", "/messages/", "/"} {
				answer := b.get(fax.Administrator, path+strings.ReplaceAll(q, "+", "%20"))
				kind := answer.Header().Get("Content-Type")
				if kind == "application/json" { // and nosniff, so that no browser takes it for a page
					if answer.Header().Get("X-Content-Type-Options") != "nosniff" {
						b.Errorf("%s could be taken for a page", path)
					}
					continue
				}
				if found := harmful.FindString(answer.Body.String()); found != "" {
					b.Errorf("%s%s gives back %s", path, q, found)
				}
			}
		}
		if !strings.Contains(b.get(fax.Administrator, "/inbox?q=%3Cscript%3E").Body.String(), "&lt;script&gt;") {
			b.Error("nothing is given back at all: the test sees nothing")
		}
	})
}

// Nobody is sent to another site after signing in.
func TestNextIsOurs(t *testing.T) {
	inBox(t, func(b *box) {
		for _, next := range []string{"//evil.example", "https://evil.example/", `/\evil.example`, "/\t/evil.example", "javascript:x()", "///evil.example", "http:evil.example"} {
			b.post("", "/login", "name", "viewer", "password", password, "next", next).goes("/")
		}
		b.post("", "/login", "name", "viewer", "password", password, "next", "/inbox?q=1").goes("/inbox?q=1")
	})
}

// Every form of the box, and every change by its API, is refused to another site's page, and not to our own.
func TestOtherSitesChangeNothing(t *testing.T) {
	inBox(t, func(b *box) {
		fill := strings.NewReplacer("{id}", "1", "{do}", "read", "{guid}", strings.Trim(fax.RouteFolder, "{}"), "{name}", "viewer", "{step}", "1")
		targets := []string{"PATCH " + api.Root + "/server", "POST " + api.Root + "/documents", "DELETE " + api.Root + "/messages/1",
			"POST " + api.Root + "/session", "POST " + api.Root + "/jobs/1/cancel", "POST " + api.Root + "/tokens"}
		for _, r := range b.site.routes() {
			if strings.HasPrefix(r.pattern, "POST ") {
				targets = append(targets, fill.Replace(r.pattern))
			}
		}
		if len(targets) < 20 {
			b.Fatalf("only %d targets", len(targets))
		}
		for _, target := range targets {
			method, path, _ := strings.Cut(target, " ")
			try := func(name, value string) int {
				r := httptest.NewRequest(method, path, nil)
				r.Header.Set(name, value)
				return b.send(fax.Administrator, r).Code
			}
			for _, from := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
				if code := try(from[0], from[1]); code != http.StatusForbidden {
					b.Errorf("%s with %s: %s: %d", target, from[0], from[1], code)
				}
			}
			if path == "/logout" || path == "/login" || path == "/start" {
				continue // it would end what the others need
			}
			if code := try("Sec-Fetch-Site", "same-origin"); code == http.StatusForbidden {
				b.Errorf("%s is refused to our own page", target)
			}
		}
		if c := auth.NewCookie("x", false); c.SameSite != http.SameSiteLaxMode || !c.HttpOnly {
			b.Errorf("the session's cookie: %+v", c)
		}
	})
}

// No path leads out of what is shown.
func TestPathsStayInside(t *testing.T) {
	inBox(t, func(b *box) {
		b.fax()
		secret := filepath.Join(b.Data, "faxbox.db")
		_, err := os.Stat(secret)
		b.Must(err)
		for _, path := range []string{"/asset/../../../etc/passwd", "/asset/..%2f..%2fdata%2ffaxbox.db", "/asset/%2e%2e/%2e%2e/etc/passwd", "/asset//etc/passwd",
			"/messages/..%2f..%2ffaxbox.db", "/messages/1%2f..%2f..", "/messages/1;x", "/messages/01x", "/jobs/..%2f1", "/calls/%2e%2e%2f1", "/setup/..%2f1",
			api.Root + "/messages/..%2f1/file.tiff", api.Root + "/messages/1/pages/..%2f1.png", api.Root + "/messages/1/pages/0.png",
			api.Root + "/cover-pages/..%2f..%2ffaxbox.db/file.pdf", api.Root + "/cover-pages/..%2ffaxbox/file.pdf?server=true", api.Root + "/calls/..%2f1/trace"} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			at, err := url.Parse(path)
			b.Must(err)
			r.URL = at
			r.AddCookie(&http.Cookie{Name: auth.Cookie, Value: b.keys[fax.Administrator]})
			answer := httptest.NewRecorder()
			b.handler.ServeHTTP(answer, r)
			if answer.Code == http.StatusOK {
				b.Errorf("%s: %d", path, answer.Code)
			}
			if strings.Contains(answer.Body.String(), "root:") || strings.Contains(answer.Body.String(), "bbolt") {
				b.Errorf("%s shows a file", path)
			}
		}
		b.get(fax.Administrator, "/messages/1").want(http.StatusOK)
		b.get(fax.Administrator, api.Root+"/messages/1/file.tiff").want(http.StatusOK)
	})
}

// The name of a file, and what a machine calls itself, decide nothing about where anything is written.
func TestNamesAreNoPaths(t *testing.T) {
	inBox(t, func(b *box) {
		folder := filepath.Join(b.Dir, "office")
		b.Must(os.Mkdir(folder, 0o700))
		enable, pattern := true, "{tsid}"
		who := server.Who{Caller: fax.Caller{User: "t", Rights: fax.AllRights}}
		_, err := b.Server.UpdateRoutingMethod(who, 2, fax.RouteFolder, fax.RoutingMethodPatch{Enable: &enable, Setting: &folder, NamePattern: &pattern})
		b.Must(err)
		name := fax.StationID("../../../out/of/it")
		_, err = b.Server.UpdatePort(who, 1, fax.PortPatch{Tsid: &name})
		b.Must(err)
		upload := b.Form("/send", "faxNumber", "102", "@../../../../evil.tif", string(b.Page()))
		before := b.files()
		b.send(fax.Sender, upload).want(http.StatusSeeOther)
		time.Sleep(5 * time.Minute)
		routed := 0
		for path := range b.files() {
			switch {
			case before[path] || strings.HasPrefix(path, b.Data+"/"):
			case filepath.Dir(path) == folder:
				routed++
			default:
				b.Errorf("%s was written", path)
			}
			if strings.Contains(filepath.Base(path), "evil") {
				b.Errorf("%s has the uploader's name", path)
			}
		}
		if routed == 0 {
			b.Error("nothing was put into the folder: the test sees nothing")
		}
	})
}

// files are all files of the test's folder and the one around it.
func (b *box) files() map[string]bool {
	b.Helper()
	all := map[string]bool{}
	b.Must(filepath.WalkDir(filepath.Dir(b.Dir), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all[path] = true
		}
		return nil // what has gone in the meantime is not there
	}))
	return all
}

// What is somebody's own stays theirs: a colleague with the same role has the address and gets nothing. The same address
// works for its owner.
func TestColleaguesDoNotReachOnesOwn(t *testing.T) {
	inBox(t, func(b *box) {
		boss := auth.Identity{Caller: fax.Caller{User: auth.Local, Rights: fax.AllRights}}
		_, err := b.Accounts.Create(boss, fax.User{Name: "eve", Role: fax.Sender}, password)
		b.Must(err)
		const eve fax.Role = "eve"
		b.keys[eve], _, err = b.Accounts.LogIn("eve", password, "192.0.2.2:1")
		b.Must(err)
		b.send(fax.Sender, b.Form("/send", "faxNumber", "103", "@page.tif", string(b.Page()))).goes("/jobs/1?done=sent")
		time.Sleep(time.Minute)
		for _, do := range []string{"pause", "resume", "restart", "cancel"} {
			if code := b.post(eve, "/jobs/1/"+do).Code; code != http.StatusForbidden && code != http.StatusNotFound {
				b.Errorf("a colleague may %s: %d", do, code)
			}
		}
		j, err := b.Server.Job(server.Who{Caller: fax.Caller{User: "t", Rights: fax.AllRights}}, 1)
		b.Must(err)
		if j.State.Final() {
			b.Errorf("the job is %v", j.State)
		}
		b.post(fax.Sender, "/jobs/1/cancel").goes("/jobs/1?done=job.cancel")
		b.fax()
		for _, path := range []string{"/messages/1", "/jobs/1", "/calls/1", api.Root + "/messages/1/file.pdf", api.Root + "/messages/1/file.tiff",
			api.Root + "/messages/1/pages/1.png", api.Root + "/messages/1/report.pdf", api.Root + "/jobs/1/report.pdf", api.Root + "/documents/preview/x/pages/1.png"} {
			if code := b.get("", path).Code; code != http.StatusSeeOther && code != http.StatusUnauthorized {
				b.Errorf("%s for nobody: %d", path, code)
			}
		}
		b.get(fax.Viewer, api.Root+"/messages/1/pages/1.png").want(http.StatusOK)
	})
}

// A session that somebody planted is not the one that signing in begins, and what was signed out stays out.
func TestSessionsCannotBePlanted(t *testing.T) {
	inBox(t, func(b *box) {
		login := func(planted string) string {
			r := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader(url.Values{"name": {"viewer"}, "password": {password}}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.AddCookie(&http.Cookie{Name: auth.Cookie, Value: planted})
			return b.send("", r).goes("/").cookie(auth.Cookie)
		}
		const planted = "c29tZWJvZHkgZWxzZSdzIGtleSwgcGxhbnRlZA"
		key := login(planted)
		if key == planted || len(key) < 40 {
			b.Fatalf("the key is %q", key)
		}
		in := func(key string) bool {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.AddCookie(&http.Cookie{Name: auth.Cookie, Value: key})
			return b.send("", r).Code == http.StatusOK
		}
		if in(planted) || !in(key) {
			b.Error("the planted key lets in, or the new one does not")
		}
		if again := login(key); again == key || in(key) || !in(again) {
			b.Error("the session before is still good after signing in again")
		}
		b.keys[fax.Viewer] = login("")
		b.post(fax.Viewer, "/logout").goes("/login?done=logout")
		if in(b.keys[fax.Viewer]) {
			b.Error("the session is good after signing out")
		}
		b.keys[fax.Viewer] = login("")
		other := login("")
		b.post(fax.Viewer, "/me/password", "old", password, "password", "another password", "again", "another password").want(http.StatusSeeOther)
		if in(other) || in(b.keys[fax.Viewer]) {
			b.Error("a session is good after the password was changed")
		}
	})
}

// Passwords are not guessed: a few tries, then one each so often, whoever tries and from wherever; the right one fails too.
func TestPasswordsAreNotGuessed(t *testing.T) {
	inBox(t, func(b *box) {
		time.Sleep(time.Hour)
		try := func(remote, name, password string) int {
			r := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader(url.Values{"name": {name}, "password": {password}}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.RemoteAddr = remote
			return b.send("", r).Code
		}
		guesses := 0
		for n := range 200 { // from two hundred addresses
			if try(fmt.Sprintf("192.0.2.%d:1000", n), "sender", fmt.Sprint("guess ", n)) == http.StatusUnauthorized {
				guesses++
			}
		}
		if guesses == 0 || guesses > 10 {
			b.Errorf("%d guesses at one account were tried", guesses)
		}
		if code := try("192.0.2.250:1", "sender", password); code != http.StatusTooManyRequests {
			b.Errorf("the right password among many wrong ones: %d", code)
		}
		guesses = 0
		for n := range 200 { // at two hundred names
			if try("198.51.100.1:1", fmt.Sprint("name", n), "guess") == http.StatusUnauthorized {
				guesses++
			}
		}
		if guesses == 0 || guesses > 10 {
			b.Errorf("%d guesses from one address were tried", guesses)
		}
		time.Sleep(time.Minute)
		if code := try("192.0.2.250:1", "sender", password); code != http.StatusSeeOther {
			b.Errorf("the right password a minute later: %d", code)
		}
	})
}

// endless is a body without end. It counts what was read of it.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	e.read += int64(len(p))
	return len(p), nil
}

// A form, a field and a file that do not end are given up soon, and what had come of them is gone.
func TestUploadsHaveAnEnd(t *testing.T) {
	inBox(t, func(b *box) {
		const field = "--x\r\nContent-Disposition: form-data; name=\"coverpageNote\"\r\n\r\n"
		const header = "--x\r\nContent-Disposition: form-data; name=\"" // that does not end either
		for name, c := range map[string]struct {
			path, kind, begin string
			most              int64
		}{
			"form":            {"/settings/server", "application/x-www-form-urlencoded", "retries=", 2 << 20},
			"field":           {"/send", "multipart/form-data; boundary=x", field, 300 << 20},
			"header of field": {"/send", "multipart/form-data; boundary=x", header, 64 << 20},
			"preview":         {"/send/preview", "multipart/form-data; boundary=x", header, 64 << 20},
			"JSON":            {api.Root + "/session", "application/json", `{"name":"`, 2 << 20},
		} {
			e := &endless{}
			r := httptest.NewRequest(http.MethodPost, c.path, io.MultiReader(strings.NewReader(c.begin), e))
			r.Header.Set("Content-Type", c.kind)
			answer := b.send(fax.Administrator, r)
			if answer.Code < 400 || answer.Code >= 500 {
				b.Errorf("%s: %d", name, answer.Code)
			}
			if e.read > c.most {
				b.Errorf("%s: %d octets were read", name, e.read)
			}
		}
		if jobs := b.Server.Jobs(server.Who{Caller: fax.Caller{Rights: fax.AllRights}}, server.JobFilter{}); len(jobs) > 0 {
			b.Errorf("jobs were made: %+v", jobs)
		}
		b.post(fax.Administrator, "/settings/server", "retries", "5").want(http.StatusSeeOther)
	})
}
