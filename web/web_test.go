package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
	"faxbox/hal/update"
	"faxbox/web/api"
	"faxbox/web/auth"
	"faxbox/web/boxtest"
	"faxbox/web/upkeep"
)

// The real pages before the real server with the real store, its lines on the simulated exchange, in virtual time. Every
// page in every test is checked for what the pages promise: their policy, no text that is missing, no script in them.

// box is a box with its pages.
type box struct {
	*boxtest.Box
	site    *site
	handler http.Handler
	upkeep  *upkeep.Upkeep
	ending  upkeep.Ending       // that was asked for
	keys    map[fax.Role]string // of sessions
}

const password = "correct horse battery"

// inBox runs a test in a bubble, with somebody of each role signed in.
func inBox(t *testing.T, f func(*box)) {
	t.Helper()
	inNewBox(t, func(b *box) {
		for _, role := range fax.Roles() {
			local := auth.Identity{Caller: fax.Caller{User: auth.Local, Rights: fax.AllRights}}
			_, err := b.Accounts.Create(local, fax.User{Name: string(role), Role: role}, password)
			b.Must(err)
			b.keys[role], _, err = b.Accounts.LogIn(string(role), password, "192.0.2.1:1")
			b.Must(err)
		}
		f(b)
	})
}

// inNewBox runs a test in a bubble with a box that nobody has set up.
func inNewBox(t *testing.T, f func(*box)) {
	t.Helper()
	b := &box{keys: map[fax.Role]string{}}
	boxtest.Run(t, server.Config{}, b.dress, func(*boxtest.Box) { f(b) })
}

func (b *box) dress(ctx context.Context, bare *boxtest.Box) {
	b.Box = bare
	face := api.New(api.Config{Server: b.Server, Accounts: b.Accounts, Version: "test"})
	public, _, err := ed25519.GenerateKey(nil)
	b.Must(err)
	b.upkeep = upkeep.New(upkeep.Config{Server: b.Server, Store: b.Store, Data: b.Data, Version: "1.0.0",
		Machine: &upkeep.Machine{Slot: "a", Boards: []string{"test"}, Key: public, State: update.Keeper{Path: filepath.Join(b.Dir, "state.json")}},
		Again:   func(e upkeep.Ending) { b.ending = e }})
	go b.upkeep.Run(ctx)
	b.site, err = open(Config{API: face, Server: b.Server, Accounts: b.Accounts, Upkeep: b.upkeep, Version: "test", TestNumber: "102"})
	b.Must(err)
	b.handler = face.Handler()
}

// reply is an answer that was looked at.
type reply struct {
	*httptest.ResponseRecorder
	t *testing.T
}

// want checks the status.
func (r reply) want(status int) reply {
	r.t.Helper()
	if r.Code != status {
		r.t.Fatalf("status %d, want %d\n%s", r.Code, status, r.Body)
	}
	return r
}

// has checks that the page holds some text.
func (r reply) has(texts ...string) reply {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.Body.String(), text) {
			r.t.Fatalf("%q is not in the page\n%s", text, r.Body)
		}
	}
	return r
}

// goes checks that the answer leads to another page.
func (r reply) goes(to string) reply {
	r.t.Helper()
	r.want(http.StatusSeeOther)
	if got := r.Header().Get("Location"); got != to {
		r.t.Fatalf("goes to %s, want %s", got, to)
	}
	return r
}

// cookie is the value of a cookie that the answer sets.
func (r reply) cookie(name string) string {
	for _, c := range r.Result().Cookies() {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *box) get(role fax.Role, path string) reply {
	b.Helper()
	return b.send(role, httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends a form: name, value, name, value.
func (b *box) post(role fax.Role, path string, fields ...string) reply {
	b.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(role, r)
}

// send makes a request as somebody of a role; the empty role is nobody.
func (b *box) send(role fax.Role, r *http.Request) reply {
	b.Helper()
	if role != "" {
		r.AddCookie(&http.Cookie{Name: auth.Cookie, Value: b.keys[role]})
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	b.check(r, w)
	return reply{w, b.T}
}

var (
	inPage  = regexp.MustCompile(`<script[^>]*>[^<]`)
	onEvent = regexp.MustCompile(` on[a-z]+="`)
	styled  = regexp.MustCompile(`<style| style=`)
	missing = regexp.MustCompile(`\[[a-z][a-zA-Z]*\.[a-zA-Z.-]+\]`)
	refers  = regexp.MustCompile(`(?:href|src)="(/asset/[^"#]+)`)
	abroad  = regexp.MustCompile(`(?:href|src|action)="(?:https?:)?//`)
)

// check looks at what every page promises.
func (b *box) check(r *http.Request, w *httptest.ResponseRecorder) {
	b.Helper()
	elsewhere := w.Code >= 300 && w.Code < 400 // the library's own page, which no browser shows
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || w.Header().Get("Content-Encoding") != "" || elsewhere {
		return
	}
	page, where := w.Body.String(), r.Method+" "+r.URL.Path
	if got := w.Header().Get("Content-Security-Policy"); got != policy {
		b.Errorf("%s: policy %q", where, got)
	}
	if got := w.Header().Get("X-Content-Type-Options"); got != "nosniff" {
		b.Errorf("%s: nosniff is missing", where)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		b.Errorf("%s: may be kept", where)
	}
	for _, bad := range []*regexp.Regexp{inPage, onEvent, styled, missing, abroad} {
		if found := bad.FindString(page); found != "" {
			b.Errorf("%s holds %s", where, found)
		}
	}
	for _, asset := range refers.FindAllStringSubmatch(page, -1) {
		if _, ok := b.site.assets.files[strings.TrimPrefix(asset[1], "/asset/")]; !ok {
			b.Errorf("%s refers to %s, which is not there", where, asset[1])
		}
	}
}

// fax sends a page from one line of the box to another, and waits until it is there.
func (b *box) fax(fields ...string) {
	b.Helper()
	fields = append([]string{"faxNumber", "102", "@page.tif", string(b.Page())}, fields...)
	b.send(fax.Administrator, b.Form("/send?key="+fmt.Sprint(time.Now().UnixNano()), fields...)).want(http.StatusSeeOther)
	time.Sleep(3 * time.Minute)
}

// places are pages with what is needed to see them: no right at all for whoever is signed in.
func places(b *box) map[string]fax.Right {
	b.Helper()
	return map[string]fax.Right{
		"/": 0, "/menu": 0, "/me": 0, "/inbox": 0, "/sent": 0, "/inbox?show=unread&q=x&line=1&since=2026-11-01&until=2026-12-01": 0,
		"/messages/1": 0, "/bin": 0, "/contacts": 0, "/contacts?q=x": 0, "/contacts/new": fax.JobSubmit, "/send?contact=1&contact=2": fax.JobSubmit, "/send/find?q=x": fax.JobSubmit, "/jobs": 0, "/jobs/1": 0, "/jobs/2": 0, "/calls": 0, "/calls?direction=in&number=1&line=2": 0,
		"/calls/1": 0, "/calls/2": 0, "/send": fax.JobSubmit, "/send?message=1": fax.JobSubmit, "/send/dials?number=1": fax.JobSubmit,
		"/settings": 0, "/settings/server": 0, "/settings/time": 0, "/settings/mail": 0, "/settings/lines": 0, "/settings/lines/1": 0, "/settings/health": 0, "/settings/tokens": 0, "/settings/covers": 0,
		"/settings/users": fax.ConfigSet, "/settings/backup": fax.AllRights, "/settings/erase": fax.AllRights, "/settings/update": 0, "/settings/certificate": fax.ConfigSet,
		"/settings/journal": fax.ConfigSet, "/settings/journal?object=ports&user=x": fax.ConfigSet,
		"/setup/1": fax.ConfigSet, "/setup/2": fax.ConfigSet, "/setup/3": fax.ConfigSet, "/setup/4": fax.ConfigSet, "/setup/5": fax.ConfigSet,
	}
}

func TestEveryPageForEveryRole(t *testing.T) {
	inBox(t, func(b *box) {
		b.fax()
		b.send(fax.Administrator, b.Form("/send", "faxNumber", "103", "@page.tif", string(b.Page())))
		time.Sleep(time.Minute)
		for path, need := range places(b) {
			b.get("", path).want(http.StatusSeeOther)
			for _, role := range fax.Roles() {
				want := http.StatusForbidden
				if role.Rights().Has(need) {
					want = http.StatusOK
				}
				if answer := b.get(role, path); answer.Code != want {
					b.Errorf("%s as %s: %d, want %d\n%s", path, role, answer.Code, want, answer.Body)
				}
			}
			german := httptest.NewRequest(http.MethodGet, path, nil)
			german.Header.Set("Accept-Language", "de")
			b.send(fax.Administrator, german).want(http.StatusOK)
		}
	})
}

// Every route that changes something asks for its right, and nothing is done for those who lack it.
func TestNobodyDoesWhatTheyMayNot(t *testing.T) {
	inBox(t, func(b *box) {
		fill := strings.NewReplacer("{id}", "1", "{do}", "delete", "{guid}", strings.Trim(fax.RouteFolder, "{}"), "{name}", "viewer", "{step}", "1", "{$}", "")
		for _, route := range b.site.routes() {
			method, path, ok := strings.Cut(route.pattern, " ")
			if !ok || route.access.public {
				continue
			}
			path = fill.Replace(path)
			answer := b.send("", httptest.NewRequest(method, path, nil))
			if answer.Code != http.StatusSeeOther || !strings.HasPrefix(answer.Header().Get("Location"), "/login") {
				b.Errorf("%s for nobody: %d", route.pattern, answer.Code)
			}
			for _, role := range fax.Roles() {
				if role.Rights().Has(route.access.rights) {
					continue
				}
				if answer := b.send(role, httptest.NewRequest(method, path, nil)); answer.Code != http.StatusForbidden {
					b.Errorf("%s as %s: %d", route.pattern, role, answer.Code)
				}
			}
		}
	})
}

// What the route admits and the server does not: deleting needs more than reading.
func TestServerChecksOnceMore(t *testing.T) {
	inBox(t, func(b *box) {
		b.fax()
		for _, role := range []fax.Role{fax.Viewer, fax.Sender} {
			b.post(role, "/messages/1/delete").want(http.StatusForbidden)
			b.post(role, "/messages", "do", "delete", "id", "1").want(http.StatusForbidden)
			b.post(role, "/messages/1/release").want(http.StatusForbidden)
		}
		b.get(fax.Viewer, "/messages/1").want(http.StatusOK)
		b.post(fax.Operator, "/messages/1/delete", "back", "/inbox?q=1").goes("/inbox?done=message.delete&q=1&undo=1")
		b.get(fax.Viewer, "/messages/1").want(http.StatusNotFound)
	})
}

func TestBin(t *testing.T) {
	inBox(t, func(b *box) {
		b.fax()
		b.post(fax.Operator, "/messages", "do", "delete", "id", "1", "id", "77", "back", "/inbox?done=x&undo=9").goes("/inbox?done=message.delete&undo=1%2C77")
		b.get(fax.Operator, "/inbox?done=message.delete&undo=1,77").has("It is in the bin.", `<input type="hidden" name="id" value="1">`)
		b.get(fax.Operator, "/inbox").has("No fax was received yet.")
		b.get(fax.Operator, "/bin").has("· operator", "until Wed 23 Dec")
		// Whoever looks at it, or was about to write a note, is told where it is.
		const restore = `<button class="primary" name="do" value="restore">`
		b.get(fax.Operator, "/messages/1").want(http.StatusNotFound).has("This fax is in the bin", "operator deleted it", restore)
		b.post(fax.Operator, "/messages/1/note", "note", "late").want(http.StatusNotFound).has(restore)
		for _, role := range []fax.Role{fax.Viewer, fax.Sender} { // it is not theirs
			if page := b.get(role, "/messages/1").want(http.StatusNotFound).has("This fax is in the bin"); strings.Contains(page.Body.String(), restore) {
				b.Errorf("%s is offered to bring back what is not theirs", role)
			}
		}
		b.get(fax.Viewer, "/messages/77").want(http.StatusNotFound).has("There is nothing here", `href="/inbox">Back to: Inbox`)
		b.get("", "/messages/1").want(http.StatusSeeOther)
		b.post(fax.Viewer, "/bin", "do", "restore", "id", "1").want(http.StatusForbidden)
		b.post(fax.Sender, "/bin", "do", "restore", "id", "1").want(http.StatusForbidden) // it is not theirs
		b.post(fax.Operator, "/bin", "do", "purge", "id", "1").want(http.StatusForbidden)
		b.post(fax.Operator, "/bin", "do", "restore", "id", "1", "id", "77", "back", "/inbox").goes("/inbox?done=message.restore")
		b.get(fax.Operator, "/messages/1").want(http.StatusOK)
		b.post(fax.Operator, "/messages/1/delete").goes("/inbox?done=message.delete&undo=1")
		b.post(fax.Operator, "/bin", "do", "nonsense", "id", "1").want(http.StatusNotFound)
		b.post(fax.Administrator, "/bin", "do", "purge", "id", "1", "id", "77").goes("/bin?done=message.purge")
		b.get(fax.Administrator, "/bin").has("Nothing was deleted.")
		// What an address says was deleted is a list of numbers, or nothing.
		for _, undo := range []string{"x", "1,x", `1"><script>`, strings.Repeat("1,", 99) + "1"} {
			if page := b.get(fax.Operator, "/inbox?done=message.delete&undo="+url.QueryEscape(undo)); strings.Contains(page.Body.String(), `action="/bin"`) {
				b.Errorf("%q can be undone", undo)
			}
		}
		b.fax()
		// Whose it is: they may delete it too.
		b.get(fax.Viewer, "/messages/2").want(http.StatusOK)
		b.post(fax.Viewer, "/messages/2/owner", "userName", "viewer").want(http.StatusForbidden)
		b.post(fax.Operator, "/messages/2/owner", "userName", "nobody").want(http.StatusUnprocessableEntity).has("has no account")
		b.post(fax.Operator, "/messages/2/owner", "userName", "sender").goes("/messages/2?done=owner")
		b.get(fax.Sender, "/inbox?show=mine").has(`href="/messages/2"`)
		b.get(fax.Viewer, "/inbox?show=mine").has("Nothing was found.")
		b.post(fax.Sender, "/messages/2/delete").goes("/inbox?done=message.delete&undo=2") // it is theirs now
		b.post(fax.Sender, "/bin", "do", "restore", "id", "2").goes("/bin?done=message.restore")
		b.post(fax.Sender, "/messages/2/owner", "userName", "").goes("/messages/2?done=owner")
		b.post(fax.Sender, "/messages/2/owner", "userName", "sender").want(http.StatusForbidden)
	})
}

func TestAddressBook(t *testing.T) {
	inBox(t, func(b *box) {
		b.post(fax.Viewer, "/contacts/new", "name", "x").want(http.StatusForbidden)
		b.post(fax.Sender, "/contacts/new", "name", "Anna", "faxNumber", "").want(http.StatusUnprocessableEntity).has(`value="Anna"`, "so is the email address")
		b.post(fax.Sender, "/contacts/new", "name", "Anna", "company", "Miller & Sons", "faxNumber", "101", "back", "/messages/1").goes("/messages/1?done=contact")
		b.post(fax.Sender, "/contacts/new", "company", "Front desk", "faxNumber", "101").goes("/contacts?done=contact.same")
		b.post(fax.Sender, "/contacts/new", "name", "Bea", "faxNumber", "103").goes("/contacts?done=contact")
		b.post(fax.Sender, "/contacts/new", "name", "Carl", "email", "carl@example.com").goes("/contacts?done=contact")
		b.get(fax.Viewer, "/contacts?q=mill").has("Miller &amp; Sons", "101")
		b.get(fax.Viewer, "/contacts/1").has("<h1>Anna, Miller &amp; Sons</h1>", "disabled")
		// They are proposed for sending, and those that were ticked stand in the form.
		b.get(fax.Sender, "/send/find?q=ann").has(`{"number":"101","name":"Anna","company":"Miller \u0026 Sons"}`)
		if got := b.get(fax.Sender, "/send/find?q=carl").Body.String(); got != "[]" {
			b.Errorf("somebody without a number is proposed: %s", got)
		}
		b.get(fax.Sender, "/send?contact=1&contact=4&contact=3&contact=99").has(`name="faxNumber" value="101"`, `name="recipientName" value="Anna"`, ">103, Bea</textarea>")
		b.get(fax.Sender, "/send?contact=x").want(http.StatusNotFound)
		b.send(fax.Sender, b.Form("/send", "faxNumber", "102", "more", "103; Bea\r\n104", "@page.tif", string(b.Page()))).want(http.StatusSeeOther)
		time.Sleep(3 * time.Minute)
		b.get(fax.Sender, "/jobs/2").has("<h1>Bea</h1>")
		b.get(fax.Sender, "/inbox").has("Anna, Miller &amp; Sons")
		b.get(fax.Sender, "/calls").has("Bea")
		// As a table, out and in.
		table := "name,company,faxNumber,email,notes\nDora,,105,,\nBea,,103,,new\n"
		b.send(fax.Sender, b.Form("/contacts/import", "@book.csv", table)).goes("/contacts?added=1&changed=1&done=contact.import&unchanged=0")
		b.get(fax.Sender, "/contacts?added=1&changed=1&done=contact.import&unchanged=0").has("1 new, 1 changed, 0 were there already", "Dora")
		b.send(fax.Sender, b.Form("/contacts/import", "@book.csv", "name,faxNumber\nEve,letters\n")).want(http.StatusUnprocessableEntity).has("Line 2")
		b.send(fax.Sender, b.Form("/contacts/import")).want(http.StatusUnprocessableEntity).has("is missing")
		b.post(fax.Sender, "/contacts/import").want(http.StatusUnprocessableEntity)
		b.post(fax.Sender, "/contacts/3/delete").goes("/contacts?done=contact.removed")
		b.get(fax.Sender, "/contacts/3").want(http.StatusNotFound)
		for _, path := range []string{"/contacts/x", "/contacts/-1", "/contacts/99"} {
			b.get(fax.Sender, path).want(http.StatusNotFound)
			b.post(fax.Sender, path, "name", "x", "faxNumber", "1").want(http.StatusNotFound)
		}
	})
}

func TestMailSettings(t *testing.T) {
	inBox(t, func(b *box) {
		const path = "/settings/mail"
		b.get(fax.Viewer, path).has("disabled")
		b.get(fax.Administrator, path).has("First enter server and sender")
		b.get(fax.Administrator, "/messages/1").want(http.StatusNotFound)
		b.post(fax.Administrator, path, "host", "mail.example.com", "security", "starttls", "port", "0", "from", "").want(http.StatusUnprocessableEntity).has("Is missing", "mail.example.com")
		const secret = "a secret of the office"
		b.post(fax.Administrator, path, "host", "mail.example.com", "security", "tls", "port", "0", "user", "fax", "password", secret, "from", "fax@example.com",
			"name", "Miller & Sons", "text", "a\r\nb {caller}", "checkCertificate", "true").goes(path + "?done=mail")
		page := b.get(fax.Administrator, path).has(`value="tls" selected`, "Miller &amp; Sons", `placeholder="••••••••"`, "b {caller}", "Send the test mail")
		if strings.Contains(page.Body.String(), secret) {
			b.Error("the page shows the password")
		}
		// As it came, it changes nothing; going another way wants the password again.
		fields := page.controls(path)
		b.post(fax.Administrator, path, fields...).goes(path + "?done=mail")
		who := server.Who{Caller: fax.Caller{User: "t", Rights: fax.AllRights}}
		log, err := b.Server.Audit(who, server.AuditFilter{Object: "mail"})
		b.Must(err)
		if len(log.Items) != 1 {
			b.Errorf("changes: %+v", log.Items)
		}
		b.post(fax.Administrator, path, "host", "elsewhere.example.com").want(http.StatusUnprocessableEntity).has("Must be entered again")
		b.post(fax.Administrator, path+"/test", "to", "anna@example.com").want(http.StatusOK).has("Nothing answers at mail.example.com, port 465.", `value="anna@example.com"`)
		b.post(fax.Administrator, path+"/test", "to", "nobody").want(http.StatusUnprocessableEntity).has("is no mail address")
		b.fax()
		b.post(fax.Viewer, "/messages/1/mail", "to", "anna at example").want(http.StatusUnprocessableEntity)
		b.post(fax.Viewer, "/messages/1/mail", "to", "anna@example.com, bea@example.com", "subject", "x", "format", "pdf").goes("/messages/1?done=mailed")
		b.get(fax.Viewer, "/messages/1").has("anna@example.com, bea@example.com · viewer")
		time.Sleep(time.Minute)
		b.get(fax.Viewer, "/messages/1").has("Nothing answers at mail.example.com, port 465", "Next try:")
		r := httptest.NewRequest(http.MethodGet, "/messages/1", nil)
		r.Header.Set("Accept-Language", "de")
		b.send(fax.Viewer, r).has("Unter mail.example.com, Port 465 antwortet nichts")
	})
}

func TestBackupAndRestore(t *testing.T) {
	inBox(t, func(b *box) {
		const path, words = "/settings/backup", "four words in a row"
		b.post(fax.Administrator, path, "passphrase", "short", "again", "short").want(http.StatusUnprocessableEntity).has("at least 10 characters")
		b.post(fax.Administrator, path, "passphrase", words, "again", "other words in a row").want(http.StatusUnprocessableEntity).has("differ")
		b.post(fax.Operator, path, "passphrase", words, "again", words).want(http.StatusForbidden)
		saved := b.post(fax.Administrator, path, "passphrase", words, "again", words).want(http.StatusOK)
		if kind := saved.Header().Get("Content-Disposition"); !strings.HasPrefix(kind, `attachment; filename="faxbox-backup-2026-11-23.age"`) {
			b.Errorf("the backup comes as %s", kind)
		}
		content := saved.Body.String()
		put := func(fields ...string) reply { return b.send(fax.Administrator, b.Form(path+"/restore", fields...)) }
		put("passphrase", "not the right words", "@x.age", content).want(http.StatusUnprocessableEntity).has("The passphrase is wrong", "Nothing was changed")
		put("passphrase", words, "@x.age", "something else").want(http.StatusUnprocessableEntity).has("This is no backup")
		put("passphrase", words).want(http.StatusUnprocessableEntity).has("is missing")
		b.send(fax.Operator, b.Form(path+"/restore", "passphrase", words, "@x.age", content)).want(http.StatusForbidden)
		if b.ending != 0 {
			b.Fatal("a bad backup has ended the service")
		}
		put("passphrase", words, "@x.age", content).want(http.StatusOK).has("the box is there again")
		time.Sleep(time.Second) // calls are waited for
		synctest.Wait()
		if b.ending != upkeep.Restored {
			b.Errorf("the service ends for %v", b.ending)
		}
	})
}

func TestRestoreAtTheFirstStart(t *testing.T) {
	inNewBox(t, func(b *box) {
		const path, words = "/start/restore", "four words in a row"
		var saved bytes.Buffer
		who := server.Who{Caller: fax.Caller{User: "t", Rights: fax.AllRights}}
		b.Must(b.upkeep.Backup(b.Context(), who, words, &saved))
		b.get("", "/start").has(`href="/start/restore"`)
		b.get("", path).has(`name="code"`)
		b.send("", b.Form(path, "code", "0000-0000", "passphrase", words, "@x.age", saved.String())).want(http.StatusUnauthorized)
		b.send("", b.Form(path, "code", b.Accounts.Code(), "passphrase", words, "@x.age", "something else")).want(http.StatusUnprocessableEntity)
		if b.ending != 0 {
			b.Fatal("restored without the code or the passphrase")
		}
		b.send("", b.Form(path, "code", b.Accounts.Code(), "passphrase", words, "@x.age", saved.String())).want(http.StatusOK).has("the box is there again")
		time.Sleep(time.Second) // calls are waited for
		synctest.Wait()
		if b.ending != upkeep.Restored {
			b.Errorf("the service ends for %v", b.ending)
		}
		local := auth.Identity{Caller: fax.Caller{User: auth.Local, Rights: fax.AllRights}}
		_, err := b.Accounts.Create(local, fax.User{Name: "anna", Role: fax.Administrator}, password)
		b.Must(err)
		b.get("", path).goes("/")
		b.send("", b.Form(path, "code", "", "passphrase", words, "@x.age", saved.String())).goes("/login")
	})
}

// An update that is none is refused, and erasing wants the word.
func TestUpdateAndErase(t *testing.T) {
	inBox(t, func(b *box) {
		const path = "/settings/update"
		b.get(fax.Viewer, path).has("1.0.0", `type="file"`)
		b.send(fax.Operator, b.Form(path, "@x.update", "x")).want(http.StatusForbidden)
		b.send(fax.Administrator, b.Form(path, "@x.update", strings.Repeat("no update at all ", 99))).want(http.StatusUnprocessableEntity).has("This is no update file", "Nothing was changed.")
		r := b.Form(path, "downgrade", "true", "@x.update", "cut off")
		r.Header.Set("Accept", "application/json")
		r.Header.Set("Accept-Language", "de")
		b.send(fax.Administrator, r).has(`"faults"`, "Nichts wurde geändert")
		b.send(fax.Administrator, b.Form(path)).want(http.StatusUnprocessableEntity).has("is missing")
		const erase = "/settings/erase"
		b.post(fax.Operator, erase, "word", "erase").want(http.StatusForbidden)
		b.post(fax.Administrator, erase, "word", "yes").want(http.StatusUnprocessableEntity).has("Enter the word erase")
		if b.ending != 0 {
			b.Fatal("erased by another word")
		}
		b.post(fax.Administrator, erase, "word", " Erase ").want(http.StatusOK).has("the box is there again")
		if b.ending != upkeep.Erased {
			b.Errorf("the service ends for %v", b.ending)
		}
		b.upkeep.Machine = nil
		b.get(fax.Administrator, path).has("does not run on a box of its own")
		b.send(fax.Administrator, b.Form(path, "@x.update", "x")).want(http.StatusConflict)
	})
}

func TestPostsFromOtherSitesAreRefused(t *testing.T) {
	inBox(t, func(b *box) {
		for _, path := range []string{"/login", "/logout", "/language", "/queue", "/messages", "/settings/server", "/settings/users", "/setup/1"} {
			r := httptest.NewRequest(http.MethodPost, path, nil)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			b.send(fax.Administrator, r).want(http.StatusForbidden)
			r = httptest.NewRequest(http.MethodPost, path, nil)
			r.Header.Set("Origin", "https://elsewhere.example")
			b.send(fax.Administrator, r).want(http.StatusForbidden)
		}
	})
}

const nasty = `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}`

// Whatever people and machines call themselves, it stays text.
func TestNamesAreText(t *testing.T) {
	inBox(t, func(b *box) {
		tsid := fax.StationID(`<script>x</script>`)
		_, err := b.Server.UpdatePort(server.Who{Caller: fax.Caller{User: "t", Rights: fax.AllRights}}, 1, fax.PortPatch{Name: ref(nasty), Tsid: &tsid, Csid: &tsid})
		b.Must(err)
		b.fax("recipientName", nasty, "senderName", nasty, "billingCode", nasty)
		b.send(fax.Administrator, b.Form("/send", "faxNumber", "103", "recipientName", nasty, "@"+`<b>.tif`, string(b.Page()))).want(http.StatusSeeOther)
		time.Sleep(time.Minute)
		b.post(fax.Viewer, "/messages/1/note", "note", nasty).goes("/messages/1?done=note")
		b.post(fax.Sender, "/contacts/new", "name", nasty, "company", nasty, "faxNumber", "101", "notes", nasty).goes("/contacts?done=contact")
		b.post(fax.Sender, "/contacts/new", "name", nasty, "email", "a@example.com").goes("/contacts?done=contact")
		b.post(fax.Administrator, "/settings/mail", "host", "mail.example.com", "from", "a@example.com", "name", "x"+nasty, "subject", "y<script>").want(http.StatusSeeOther)
		b.post(fax.Viewer, "/messages/1/mail", "to", "b@example.com", "subject", nasty, "text", nasty).want(http.StatusSeeOther)
		b.post(fax.Administrator, "/settings/tokens", "name", nasty, "role", "viewer").want(http.StatusCreated)
		b.post(fax.Administrator, "/settings/users", "name", nasty, "fullName", nasty, "role", "viewer", "password", password).want(http.StatusUnprocessableEntity)
		for path := range places(b) {
			page := b.get(fax.Administrator, path).Body.String()
			for _, bad := range []string{"<script>", "<img src=x", "<b>."} {
				if strings.Contains(page, bad) {
					b.Errorf("%s holds %s", path, bad)
				}
			}
		}
		b.get(fax.Viewer, "/messages/1").has("&lt;script&gt;")
		q := url.QueryEscape(nasty)
		for _, path := range []string{"/inbox?q=" + q, "/calls?number=" + q, "/send?number=" + q + "&name=" + q, "/login?next=" + q, "/?done=" + q, "/" + url.PathEscape(nasty)} {
			if page := b.get(fax.Administrator, path).Body.String(); strings.Contains(page, "<script>alert") || strings.Contains(page, "<img src=x") {
				b.Errorf("%s gives it back", path)
			}
		}
	})
}

func ref[T any](v T) *T { return &v }

func TestFirstStart(t *testing.T) {
	inNewBox(t, func(b *box) {
		for _, path := range []string{"/", "/inbox", "/settings/users"} {
			b.get("", path).goes("/start")
		}
		b.get("", "/login").goes("/start")
		b.get("", "/start").want(http.StatusOK)
		b.post("", "/start", "code", "0000-0000", "name", "anna", "password", password, "again", password).want(http.StatusUnauthorized)
		code := b.Accounts.Code()
		b.post("", "/start", "code", code, "name", "anna", "password", password, "again", "else").want(http.StatusUnprocessableEntity).has(code, "anna")
		b.post("", "/start", "code", code, "name", "anna", "password", "short", "again", "short").want(http.StatusUnprocessableEntity)
		answer := b.post("", "/start", "code", strings.ToLower(code), "name", "anna", "password", password, "again", password).goes("/setup/1")
		b.keys[fax.Administrator] = answer.cookie(auth.Cookie)
		b.get("", "/start").goes("/")
		b.post("", "/start", "code", code, "name", "eve", "password", password, "again", password).goes("/login")
		b.guide()
	})
}

// guide goes through the guided set-up to the fax that it sends.
func (b *box) guide() {
	b.Helper()
	const admin = fax.Administrator
	b.post(admin, "/setup/1", "timeZone", "Mars/Olympus", "language", "en").want(http.StatusUnprocessableEntity).has("Mars/Olympus")
	answer := b.post(admin, "/setup/1", "timeZone", "Europe/Berlin", "language", "de").goes("/setup/2")
	if got := answer.cookie(languageCookie); got != "de" {
		b.Errorf("the language is %q", got)
	}
	b.post(admin, "/setup/2", "name-1", "Büro", "number-1", "+49 30 101", "name-2", "Lager", "number-2", "+49 30 102").goes("/setup/3")
	b.post(admin, "/setup/3").goes("/setup/4")
	b.post(admin, "/setup/4", "enable", "true", "setting", "").want(http.StatusUnprocessableEntity)
	b.post(admin, "/setup/4").goes("/setup/5")
	b.get(admin, "/setup/5").has(`value="102"`)
	b.post(admin, "/setup/5", "number", "").want(http.StatusUnprocessableEntity)
	b.post(admin, "/setup/5", "number", "102").goes("/jobs/1?done=test")
	b.get(admin, "/setup/6").want(http.StatusNotFound)
	time.Sleep(3 * time.Minute)
	b.get(admin, "/inbox").has("49 30 101")
	p, err := b.Server.Port(server.Who{}, 1)
	b.Must(err)
	if p.Name != "Büro" || p.Csid != "+49 30 101" || p.Tsid != p.Csid {
		b.Errorf("the line is %q, %q, %q", p.Name, p.Csid, p.Tsid)
	}
	if zone := b.Server.Settings().TimeZone; zone != "Europe/Berlin" {
		b.Errorf("the time zone is %q", zone)
	}
}

// Whoever fills in a form while their session ends is told that nothing was kept, and comes back to it; a script is told in
// words, and its page stays as it is.
func TestSessionEndsInMidForm(t *testing.T) {
	inBox(t, func(b *box) {
		post := func(path, referer, accept string) reply {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("retries=3"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Referer", referer)
			r.Header.Set("Accept", accept)
			return b.send("", r)
		}
		post("/settings/server", "http://example.com/settings/server?done=settings", "text/html").goes("/login?ended=true&next=%2Fsettings%2Fserver")
		b.get("", "/login?ended=true&next=%2Fsettings%2Fserver").has("nothing was saved", `value="/settings/server"`)
		post("/settings/server", "http://elsewhere.example/settings/server", "text/html").goes("/login")
		post("/logout", "http://example.com/me", "text/html").goes("/login")
		post("/send", "http://example.com/send", "application/json").want(http.StatusUnauthorized).has("You were signed out", `"to":"/login"`)
	})
}

func TestSigningInAndOut(t *testing.T) {
	inBox(t, func(b *box) {
		b.get("", "/messages/7?x=1").goes("/login?next=%2Fmessages%2F7%3Fx%3D1")
		b.get("", "/login?next=/inbox").has(`value="/inbox"`)
		b.post("", "/login", "name", "viewer", "password", "wrong").want(http.StatusUnauthorized).has(`value="viewer"`)
		old := b.keys[fax.Viewer]
		answer := b.post(fax.Viewer, "/login", "name", "viewer", "password", password, "next", "/inbox?q=1").goes("/inbox?q=1")
		key := answer.cookie(auth.Cookie)
		if key == "" || key == old {
			b.Fatal("signing in has not made a new session")
		}
		b.get(fax.Viewer, "/me").goes("/login?next=%2Fme") // the session before it has ended
		b.keys[fax.Viewer] = key
		b.get(fax.Viewer, "/me").want(http.StatusOK)
		b.post(fax.Viewer, "/logout").goes("/login?done=logout")
		b.get(fax.Viewer, "/me").want(http.StatusSeeOther)
		// A key that somebody else chose is nobody's.
		b.keys[fax.Viewer] = "chosen by somebody else"
		b.get(fax.Viewer, "/").want(http.StatusSeeOther)
	})
}

func TestGuessingIsLimited(t *testing.T) {
	inBox(t, func(b *box) {
		for range 100 {
			if b.post("", "/login", "name", "administrator", "password", "guess").Code == http.StatusTooManyRequests {
				return
			}
		}
		b.Error("a hundred guesses were taken")
	})
}

func TestNobodyIsSentAway(t *testing.T) {
	for _, to := range []string{"https://example.com/", "//example.com", `/\example.com`, "javascript:alert(1)", "/a\nb", "", "inbox", `\\x`, "/%zz", "http:/x", "/\t/x"} {
		if got := ours(to, "/"); got != "/" {
			t.Errorf("%q leads to %q", to, got)
		}
	}
	for to, want := range map[string]string{"/inbox": "/inbox", "/inbox?q=a&done=x": "/inbox?q=a", "/messages/1": "/messages/1"} {
		if got := ours(to, "/"); got != want {
			t.Errorf("%q leads to %q, want %q", to, got, want)
		}
	}
}

func TestOwnPassword(t *testing.T) {
	inBox(t, func(b *box) {
		const other = "another password"
		b.post(fax.Sender, "/me/password", "old", password, "password", other, "again", "else").want(http.StatusUnprocessableEntity)
		b.post(fax.Sender, "/me/password", "old", "wrong", "password", other, "again", other).want(http.StatusUnprocessableEntity)
		b.post(fax.Sender, "/me/password", "old", password, "password", "short", "again", "short").want(http.StatusUnprocessableEntity)
		answer := b.post(fax.Sender, "/me/password", "old", password, "password", other, "again", other).goes("/me?done=password")
		b.get(fax.Sender, "/me").want(http.StatusSeeOther)
		b.keys[fax.Sender] = answer.cookie(auth.Cookie)
		b.get(fax.Sender, "/me?done=password").want(http.StatusOK).has("Your password was changed.")
	})
}

// Language and zone of an account are those of all its browsers.
func TestOwnLanguageAndZone(t *testing.T) {
	inBox(t, func(b *box) {
		b.fax()
		b.get(fax.Viewer, "/messages/1").has("09:00:10")
		b.post(fax.Viewer, "/me", "fullName", "Vera", "language", "de", "timeZone", "Mars/Olympus").want(http.StatusUnprocessableEntity).has(`value="Mars/Olympus"`)
		b.post(fax.Viewer, "/me", "fullName", "Vera", "language", "de", "timeZone", "Asia/Tokyo").goes("/me?done=me")
		b.get(fax.Viewer, "/messages/1").has(`<html lang="de">`, "18:00:10")
		b.get(fax.Sender, "/messages/1").has(`<html lang="en">`, "09:00:10")
		b.get(fax.Viewer, "/send").want(http.StatusForbidden).has(`<html lang="de">`)
		b.get(fax.Viewer, "/me").has(`value="Vera"`, `<option value="de" selected>`, `value="Asia/Tokyo"`)
		// A day of theirs is not one of the office's: the fax came at 18:00 of the 23rd.
		b.get(fax.Viewer, "/inbox?since=2026-11-24").has("Nichts gefunden")
		b.post(fax.Viewer, "/me", "fullName", "", "language", "", "timeZone", "").goes("/me?done=me")
		b.get(fax.Viewer, "/messages/1").has(`<html lang="en">`, "09:00:10")
		// More voices than are kept, one after the other, all speak.
		for _, zone := range zones()[:mostVoices+2] {
			b.post(fax.Viewer, "/me", "timeZone", zone.Value).goes("/me?done=me")
			b.get(fax.Viewer, "/me").has(`value="` + zone.Value + `"`)
		}
	})
}

func TestLanguageStays(t *testing.T) {
	inBox(t, func(b *box) {
		answer := b.post("", "/language", "language", "de", "back", "/login?next=/inbox").goes("/login?next=%2Finbox")
		r := httptest.NewRequest(http.MethodGet, "/login", nil)
		r.AddCookie(&http.Cookie{Name: languageCookie, Value: answer.cookie(languageCookie)})
		b.send("", r).has(`lang="de"`, "Anmelden")
		b.post("", "/language", "language", "xx", "back", "//example.com").goes("/")
	})
}

func TestSendingTranslatesTheForm(t *testing.T) {
	inBox(t, func(b *box) {
		b.Must(setZone(b, "Europe/Berlin"))
		b.send(fax.Sender, b.Form("/send?key=one", "faxNumber", "101", "more", "102\r\n\r\n 103 \n", "recipientName", "Anna", "cover", "",
			"schedule", "at", "sendTime", "2026-11-24T08:30", "priority", "", "@page.tif", string(b.Page()))).goes("/jobs?done=sent")
		who := server.Who{Caller: fax.Caller{User: "t", Rights: fax.AllRights}}
		jobs := b.Server.Jobs(who, server.JobFilter{})
		if len(jobs) != 3 {
			b.Fatalf("%d jobs, want 3", len(jobs))
		}
		for i, number := range []string{"101", "102", "103"} {
			if j := jobs[i]; j.FaxNumber != number || !j.SendTime.Equal(time.Date(2026, 11, 24, 7, 30, 0, 0, time.UTC)) || j.UserName != "sender" {
				b.Errorf("job %d: %s at %v by %s", i, j.FaxNumber, j.SendTime, j.UserName)
			}
		}
		// The same form once more is the same fax.
		b.send(fax.Sender, b.Form("/send?key=one", "faxNumber", "101", "more", "102\r\n\r\n 103 \n", "recipientName", "Anna",
			"schedule", "at", "sendTime", "2026-11-24T08:30", "@page.tif", string(b.Page()))).goes("/jobs?done=sent")
		if again := b.Server.Jobs(who, server.JobFilter{}); len(again) != 3 {
			b.Errorf("%d jobs after sending it again", len(again))
		}
	})
}

func setZone(b *box, zone string) error {
	_, err := b.Server.UpdateSettings(server.Who{Caller: fax.Caller{User: "t", Rights: fax.AllRights}}, fax.ServerPatch{TimeZone: &zone})
	return err
}

func TestSendingTellsWhatIsWrong(t *testing.T) {
	inBox(t, func(b *box) {
		scripted := func(fields ...string) (answer struct {
			To     string
			Faults []struct{ Field, Text string }
		}) {
			r := b.Form("/send", fields...)
			r.Header.Set("Accept", "application/json")
			r.Header.Set("Accept-Language", "de")
			b.Must(json.Unmarshal(b.send(fax.Sender, r).want(http.StatusOK).Body.Bytes(), &answer))
			return answer
		}
		answer := scripted("faxNumber", "letters", "@page.tif", string(b.Page()))
		if len(answer.Faults) != 1 || answer.Faults[0].Field != "faxNumber" || !strings.Contains(answer.Faults[0].Text, "kann nicht gewählt werden") {
			b.Errorf("a bad number: %+v", answer)
		}
		if answer := scripted("faxNumber", "102"); len(answer.Faults) == 0 {
			b.Errorf("no pages: %+v", answer)
		}
		if answer := scripted("faxNumber", "112", "@page.tif", string(b.Page())); len(answer.Faults) == 0 {
			b.Errorf("an emergency number: %+v", answer)
		}
		if answer := scripted("faxNumber", "102", "message", "77"); len(answer.Faults) == 0 {
			b.Errorf("pages of a fax that is not there: %+v", answer)
		}
		if answer := scripted("faxNumber", "102", "@page.tif", string(b.Page())); answer.To != "/jobs/1?done=sent" {
			b.Errorf("a good fax: %+v", answer)
		}
		b.send(fax.Sender, b.Form("/send", "faxNumber", "", "@page.tif", string(b.Page()))).want(http.StatusUnprocessableEntity)
		b.post(fax.Sender, "/send", "faxNumber", "102").want(http.StatusUnprocessableEntity) // no form with files
		r := b.Form("/send", "faxNumber", "102", "@page.tif", string(b.Page()))
		r.Body = io.NopCloser(io.LimitReader(r.Body, 300)) // cut off
		b.send(fax.Sender, r).want(http.StatusBadRequest)
	})
}

func TestForwarding(t *testing.T) {
	inBox(t, func(b *box) {
		b.fax()
		b.get(fax.Sender, "/send?message=1").has(`name="message" value="1"`)
		b.get(fax.Sender, "/send?message=99").want(http.StatusNotFound)
		b.send(fax.Sender, b.Form("/send", "faxNumber", "102", "message", "1")).goes("/jobs/2?done=sent")
		time.Sleep(3 * time.Minute)
		b.get(fax.Sender, "/messages/2").want(http.StatusOK)
	})
}

func TestJobsAreControlled(t *testing.T) {
	inBox(t, func(b *box) {
		b.send(fax.Sender, b.Form("/send", "faxNumber", "103", "@page.tif", string(b.Page()))).goes("/jobs/1?done=sent")
		time.Sleep(time.Minute)
		b.get(fax.Sender, "/jobs/1").has("/jobs/1/pause", "The number was busy.")
		b.post(fax.Sender, "/jobs/1/pause").goes("/jobs/1?done=job.pause")
		b.post(fax.Sender, "/jobs/1/restart").want(http.StatusConflict)
		b.post(fax.Sender, "/jobs/1/resume").goes("/jobs/1?done=job.resume")
		b.post(fax.Sender, "/jobs/1/view").want(http.StatusNotFound)
		b.post(fax.Sender, "/jobs/1/nonsense").want(http.StatusNotFound)
		b.post(fax.Sender, "/jobs/1/cancel").goes("/jobs/1?done=job.cancel")
		b.post(fax.Administrator, "/queue", "pause", "true").goes("/jobs?done=queue.paused")
		b.get(fax.Viewer, "/jobs").has("The queue is paused")
		b.post(fax.Administrator, "/queue", "pause", "false").goes("/jobs?done=queue.goes")
	})
}

func TestServerSettings(t *testing.T) {
	inBox(t, func(b *box) {
		const path = "/settings/server"
		b.post(fax.Administrator, path, "retries", "7", "branding", "false", "useDeviceTsid", "false", "useDeviceTsid", "true",
			"discountPeriod", "21:30", "discountPeriod.to", "06:15", "blockedNumbers", "110\r\n\r\n 0900* \r\n").goes(path + "?done=settings")
		s := b.Server.Settings()
		if s.Retries != 7 || s.Branding || !s.UseDeviceTsid || s.DiscountPeriod().Start.String() != "21:30" || s.DiscountPeriod().End.String() != "06:15" ||
			strings.Join(s.BlockedNumbers, "|") != "110|0900*" {
			b.Errorf("settings are %+v", s)
		}
		b.post(fax.Administrator, path, "retries", "700", "retryDelay", "5").want(http.StatusUnprocessableEntity).has(`value="700"`, "more than 99")
		b.post(fax.Administrator, path, "retries", "many").want(http.StatusUnprocessableEntity).has("is no number")
		b.post(fax.Administrator, path, "discountPeriod", "noon").want(http.StatusUnprocessableEntity)
		if now := b.Server.Settings(); now.Retries != 7 || now.RetryDelay != s.RetryDelay {
			b.Errorf("a form with a fault has changed settings: %+v", now)
		}
		b.get(fax.Administrator, "/settings/journal").has("administrator", "Further attempts")
		b.get(fax.Viewer, path).has("disabled")
	})
}

func TestLineSettings(t *testing.T) {
	inBox(t, func(b *box) {
		const path = "/settings/lines/1"
		b.post(fax.Operator, path, "name", "Front", "csid", "+49 30 1", "rings", "4", "receive", "false", "block", "0900*\n", "maxRate", "9600").goes(path + "?done=line")
		p, err := b.Server.Port(server.Who{}, 1)
		b.Must(err)
		if p.Name != "Front" || p.Csid != "+49 30 1" || p.Rings != 4 || p.Receive || p.MaxRate != 9600 || len(p.Block) != 1 {
			b.Errorf("the line is %+v", p)
		}
		b.post(fax.Operator, path, "rings", "0").want(http.StatusUnprocessableEntity).has("less than 1")
		b.post(fax.Operator, path+"/rank", "priority", "2").goes("/settings/lines?done=rank")
		if p, _ := b.Server.Port(server.Who{}, 1); p.Priority != 2 {
			b.Errorf("rank %d", p.Priority)
		}
		b.post(fax.Operator, path+"/rank", "priority", "x").want(http.StatusNotFound)
		b.post(fax.Operator, path+"/routing/"+fax.RouteFolder, "enable", "true", "setting", "").want(http.StatusUnprocessableEntity)
		b.post(fax.Operator, path+"/routing/"+fax.RouteFolder+"/test").want(http.StatusUnprocessableEntity).has("is empty")
		b.post(fax.Operator, path+"/routing/"+fax.RouteFolder, "enable", "true", "setting", b.Dir).goes(path + "?done=routing#routing")
		b.post(fax.Viewer, path+"/routing/"+fax.RouteFolder+"/test").want(http.StatusForbidden)
		b.post(fax.Operator, path+"/routing/"+fax.RouteFolder+"/test").want(http.StatusOK).has("Store in a folder: it worked.")
		b.post(fax.Operator, path+"/routing/"+fax.RouteMail, "setting", "anna@example.com").goes(path + "?done=routing#routing")
		b.post(fax.Operator, path+"/routing/"+fax.RouteMail+"/test").want(http.StatusOK).has("Mail is not set up on this box", "notice bad")
		b.post(fax.Operator, path+"/routing/"+fax.RouteMail, "priority", "1").goes(path + "?done=routing#routing")
		if list, err := b.Server.RoutingMethods(1); err != nil || list[0].FunctionName != "mail" || list[0].Setting != "anna@example.com" {
			b.Errorf("the first method is %+v, %v", list[0], err)
		}
		for _, bad := range []string{"/settings/lines/9", "/settings/lines/x", "/settings/lines/-1"} {
			b.get(fax.Operator, bad).want(http.StatusNotFound)
			b.post(fax.Operator, bad, "rings", "3").want(http.StatusNotFound)
		}
		b.get(fax.Operator, path).has("This computer offers no pins")
		b.site.Lines = func() ([]wire.GPIOLine, error) { return nil, errors.New("no access") }
		b.get(fax.Operator, path).has("This computer offers no pins")
		b.site.Lines = func() ([]wire.GPIOLine, error) {
			return []wire.GPIOLine{{Line: "chip:4", Name: "GPIO4"}, {Line: "chip:5", Holder: "w1"}}, nil
		}
		b.get(fax.Operator, path).has(`<option value="chip:4">GPIO4 · chip:4</option>`, `<option value="chip:5" disabled>chip:5 – taken by w1</option>`)
		// What this computer cannot have is refused, and stands in the form again.
		b.post(fax.Operator, path, "lineRelay", "chip:4", "lineRelay.low", "true", "ringDetector", "other:1").want(http.StatusUnprocessableEntity).
			has(`<option value="chip:4" selected>`, `name="lineRelay.low" value="true" checked`, `<option value="other:1" selected>`, "Cannot be had")
		b.post(fax.Operator, path, "lineRelay", "chip", "powerRelay", "").want(http.StatusUnprocessableEntity).has("no GPIO line")
	})
}

// controls are the fields of a form as a browser would send them back: those of the page that a form with an action begins.
func (r reply) controls(action string) (fields []string) {
	r.t.Helper()
	_, rest, found := strings.Cut(r.Body.String(), `action="`+action+`"`)
	form, _, closed := strings.Cut(rest, "</form>")
	if !found || !closed {
		r.t.Fatalf("there is no form for %s", action)
	}
	for _, m := range control.FindAllStringSubmatch(form, -1) {
		tag, attributes, content := m[1]+m[4], m[2]+m[5], m[6]
		name, value := attribute(attributes, "name"), attribute(attributes, "value")
		kind := attribute(attributes, "type")
		switch {
		case name == "", strings.Contains(attributes, " disabled"), (kind == "checkbox" || kind == "radio") && !strings.Contains(attributes, " checked"):
			continue
		case tag == "select":
			for i, option := range optionIn.FindAllStringSubmatch(content, -1) {
				if i == 0 || strings.Contains(option[0], " selected") {
					value = attribute(option[0], "value")
				}
			}
		case tag == "textarea":
			value = html.UnescapeString(content)
		}
		fields = append(fields, name, value)
	}
	return fields
}

var (
	control  = regexp.MustCompile(`(?s)<(input)\b([^>]*)>()|<(?:(select|textarea)\b([^>]*)>(.*?)</(?:select|textarea)>)`)
	optionIn = regexp.MustCompile(`<option[^>]*>`)
)

func attribute(tag, name string) string {
	_, rest, found := strings.Cut(tag, " "+name+`="`)
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(value)
}

// A form that is sent as it came changes nothing, and the journal has no line of it.
func TestUntouchedFormsChangeNothing(t *testing.T) {
	inBox(t, func(b *box) {
		who := server.Who{Caller: fax.Caller{User: "t", Rights: fax.AllRights}}
		b.Must(setZone(b, "Europe/Berlin"))
		before, err := b.Server.Audit(who, server.AuditFilter{})
		b.Must(err)
		for path, action := range map[string]string{"/settings/server": "/settings/server", "/settings/lines/1": "/settings/lines/1", "/setup/2": "/setup/2",
			"/setup/4": "/setup/4", "/settings/time": "/settings/time", "/settings/mail": "/settings/mail"} {
			fields := b.get(fax.Administrator, path).controls(action)
			if len(fields) == 0 {
				b.Errorf("%s has no fields", path)
			}
			b.post(fax.Administrator, action, fields...).want(http.StatusSeeOther)
		}
		after, err := b.Server.Audit(who, server.AuditFilter{})
		b.Must(err)
		for _, e := range after.Items[:len(after.Items)-len(before.Items)] {
			b.Errorf("changed: %+v", e)
		}
		// What is changed the journal says plainly.
		const line = "/settings/lines/1"
		b.post(fax.Operator, line, "name", `Büro "1"`, "block", "0900*\r\n0190*", "receive", "false").want(http.StatusSeeOther)
		b.post(fax.Administrator, "/settings/server", "discountPeriod", "21:30", "discountPeriod.to", "06:15").want(http.StatusSeeOther)
		b.get(fax.Administrator, "/settings/journal").has("<del>Line 101</del>", "<ins>Büro &#34;1&#34;</ins>", "<ins>0900*, 0190*</ins>",
			"<del>yes</del> → <ins>no</ins>", `<a href="/settings/lines/1">Büro &#34;1&#34;</a>: changed`)
		r := httptest.NewRequest(http.MethodGet, "/settings/journal?object=ports", nil)
		r.Header.Set("Accept-Language", "de")
		b.send(fax.Administrator, r).has("<ins>nein</ins>", "object=ports")
	})
}

func TestAccounts(t *testing.T) {
	inBox(t, func(b *box) {
		const path = "/settings/users"
		b.post(fax.Administrator, path, "name", "bea", "fullName", "Bea", "role", "sender", "password", password).goes(path + "?done=user.created")
		b.post(fax.Administrator, path, "name", "bea", "role", "sender", "password", password).want(http.StatusConflict)
		b.post(fax.Administrator, path, "name", "x", "role", "king", "password", password).want(http.StatusUnprocessableEntity)
		b.post(fax.Administrator, path+"/bea", "do", "change", "fullName", "Bea B", "role", "operator", "enabled", "true").goes(path + "?done=user.changed")
		b.post(fax.Administrator, path+"/bea", "do", "password", "password", "a new password").goes(path + "?done=user.password")
		b.post("", "/login", "name", "bea", "password", "a new password").goes("/")
		b.post(fax.Administrator, path+"/bea", "do", "delete").goes(path + "?done=user.delete")
		b.post(fax.Administrator, path+"/administrator", "do", "delete").want(http.StatusConflict)
		b.post(fax.Administrator, path+"/nobody", "do", "delete").want(http.StatusNotFound)
	})
}

var secretIn = regexp.MustCompile(`faxbox_[a-z0-9]+`)

func TestTokens(t *testing.T) {
	inBox(t, func(b *box) {
		const path = "/settings/tokens"
		b.post(fax.Sender, path, "name", "scanner", "role", "administrator").want(http.StatusUnprocessableEntity)
		b.post(fax.Sender, path, "name", "scanner", "role", "viewer", "expires", "2020-01-01").want(http.StatusUnprocessableEntity)
		secret := secretIn.FindString(b.post(fax.Sender, path, "name", "scanner", "role", "sender", "expires", "2027-01-01").want(http.StatusCreated).Body.String())
		id, err := b.Accounts.ByToken(secret, "")
		b.Must(err)
		if strings.Contains(b.get(fax.Sender, path).Body.String(), secret) {
			b.Error("the secret is shown again")
		}
		tokens, err := b.Accounts.Tokens(id)
		b.Must(err)
		b.post(fax.Viewer, path+"/"+tokens[0].ID+"/delete").want(http.StatusNotFound) // somebody else's
		b.post(fax.Sender, path+"/"+tokens[0].ID+"/delete").goes(path + "?done=token.deleted")
	})
}

func TestFirstLoadIsLight(t *testing.T) {
	inBox(t, func(b *box) {
		b.fax()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", "br, gzip")
		answer := b.send(fax.Administrator, r).want(http.StatusOK)
		if answer.Header().Get("Content-Encoding") != "gzip" {
			b.Fatal("the page is not compressed")
		}
		total := answer.Body.Len()
		z, err := gzip.NewReader(answer.Body)
		b.Must(err)
		page, err := io.ReadAll(z)
		b.Must(err)
		for _, m := range refers.FindAllStringSubmatch(string(page), -1) {
			total += len(b.site.assets.files[strings.TrimPrefix(m[1], "/asset/")].packed)
		}
		if total > 60<<10 {
			b.Errorf("the first load is %d octets", total)
		}
		b.Logf("the first load is %d octets", total)
	})
}

func TestAssets(t *testing.T) {
	inBox(t, func(b *box) {
		for name, hashed := range b.site.assets.names {
			answer := b.get("", "/asset/"+hashed).want(http.StatusOK)
			if !strings.Contains(answer.Header().Get("Cache-Control"), "immutable") {
				b.Errorf("%s is not kept", name)
			}
			if answer.Header().Get("Content-Type") == "" || answer.Header().Get("Content-Encoding") != "" {
				b.Errorf("%s: %v", name, answer.Header())
			}
		}
		b.get("", "/favicon.ico").want(http.StatusOK)
		b.get("", "/licences").want(http.StatusOK).has("Copyright")
		for _, bad := range []string{"/asset/style.css", "/asset/..%2fweb.go", "/asset/", "/asset/%2e%2e"} {
			b.get("", bad)
			if code := b.get("", bad).Code; code == http.StatusOK {
				b.Errorf("%s: %d", bad, code)
			}
		}
	})
}
