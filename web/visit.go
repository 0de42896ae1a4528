package web

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
	"faxbox/web/auth"
	"faxbox/web/text"
)

// visit is one request, and who makes it.
type visit struct {
	*http.Request
	w     http.ResponseWriter
	site  *site
	id    auth.Identity // of nobody on pages that are public
	lang  *text.Language
	voice *voice
}

// Names of the cookies that hold what a visitor chose.
const languageCookie = "faxbox-language"

func (s *site) visit(w http.ResponseWriter, r *http.Request) (*visit, error) {
	w.Header().Add("Vary", "Cookie, Accept-Language")
	v := &visit{Request: r, w: w, site: s}
	return v, v.speak(v.wish(), "")
}

// wish is the language that was chosen in this browser; empty: none was.
func (v *visit) wish() string {
	if c, err := v.Cookie(languageCookie); err == nil {
		return c.Value
	}
	return ""
}

// speak sets how the pages speak to the visitor: in a language that they wish, or else one that their browser asks for; of
// times in a zone, or else the office's.
func (v *visit) speak(language, zone string) (err error) {
	v.lang = v.site.languages.Choose(language, v.Header.Get("Accept-Language"))
	v.voice, err = v.site.voices.speak(v.lang, zone, v.site.Server.Settings().Location())
	return err
}

// who is the visitor as the server wants to know them.
func (v *visit) who() server.Who { return server.Who{Caller: v.id.Caller, Remote: v.id.Remote} }

// id64 is a key in the path; 0, which no object has, if it is none.
func id64[ID ~int64](v *visit, name string) ID {
	n, err := strconv.ParseInt(v.PathValue(name), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return ID(n)
}

// field is what a form, or the query, says of a name, without the blanks around it.
func (v *visit) field(name string) string { return strings.TrimSpace(v.FormValue(name)) }

// text is a field of several lines, which browsers end with two characters.
func (v *visit) text(name string) string { return strings.ReplaceAll(v.field(name), "\r\n", "\n") }

// uploaded is the first file that a form has sent, as it comes, within a time; the form's fields before it are in PostForm.
func (v *visit) uploaded(limit time.Duration) (io.Reader, error) {
	_ = http.NewResponseController(v.w).SetReadDeadline(time.Now().Add(limit)) // not every writer has deadlines; http.Server's does
	parts, err := v.MultipartReader()
	if err != nil {
		return nil, errNoForm
	}
	v.PostForm = url.Values{}
	v.Form = v.PostForm
	for {
		part, err := parts.NextPart()
		switch {
		case err == io.EOF: // exactly: an upload that was cut off wraps it
			return nil, fax.Invalid{{Field: "file", Problem: "is missing", Hint: "Choose a file."}}
		case err == nil && part.FileName() != "":
			return part, nil
		}
		var text []byte
		if err == nil {
			text, err = io.ReadAll(io.LimitReader(part, maxText))
		}
		if err != nil {
			return nil, err
		}
		v.PostForm.Add(part.FormName(), string(text))
	}
}

// errNoForm is what whoever sends a file by a program of their own is told.
var errNoForm = fax.Invalid{{Field: "file", Problem: "was not sent as a form", Hint: "Send it from the page."}}

// form reads a form without files.
func (v *visit) form() error {
	v.Body = http.MaxBytesReader(v.w, v.Body, maxForm)
	return v.ParseForm()
}

// frame is what stands around the content of every page.
type frame struct {
	Lang    string
	Here    string // which entry of the navigation this is
	Title   string
	User    string
	Role    fax.Role
	Rights  fax.Right
	Unread  int
	Unwell  []fax.Finding // what is not as it should be
	Done    string        // what was done, in words; empty: nothing
	Undo    []string      // faxes that were deleted by it, and can be brought back
	Live    string        // kinds of events that the page follows, separated by commas
	Often   bool          // it looks anew every few seconds too
	Wide    bool          // uses all of the window
	Version string
	Path    string // of this page, with its query
	Choice  []string

	caller fax.Caller
}

// frame makes the frame of a page. The title is the text page.name.
func (v *visit) frame(here, name string) frame {
	f := frame{
		Lang: v.lang.Tag, Here: here, Title: v.lang.Say("page." + name), User: v.id.User, Role: v.id.Role, Rights: v.id.Rights,
		Version: v.site.Version, Path: v.URL.RequestURI(), caller: v.id.Caller,
	}
	for _, l := range v.site.languages {
		f.Choice = append(f.Choice, l.Tag)
	}
	if v.id.Rights.Has(fax.JobQuery) {
		f.Unread = v.site.countUnread()
	}
	if v.id.Rights.Has(fax.ConfigQuery) {
		f.Unwell = v.site.unwell()
	}
	if done := "done." + v.URL.Query().Get("done"); v.lang.Has(done) {
		f.Done = v.lang.Say(done, v.numbers()...)
		if done == "done.message.delete" {
			f.Undo = v.undo()
		}
	}
	return f
}

// numbers are the numbers that the address holds: name, value, name, value.
func (v *visit) numbers() (pairs []any) {
	for name, values := range v.URL.Query() {
		if n, err := strconv.Atoi(values[0]); err == nil {
			pairs = append(pairs, name, n)
		}
	}
	return pairs
}

// Can reports whether the visitor has a right, by its name in templates.
func (f frame) Can(name string) bool { return f.Rights.Has(rightNames[name]) }

var rightNames = map[string]fax.Right{
	"send": fax.JobSubmit, "manage": fax.JobManage, "ports": fax.PortSet, "config": fax.ConfigSet, "query": fax.JobQuery,
}

// countUnread is how many received faxes nobody has seen. They are counted anew when something happened.
func (s *site) countUnread() int {
	event := s.Server.LastEvent()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.unread.known || s.unread.event != event {
		s.unread = counted{n: s.Server.CountMessages(server.MessageFilter{Direction: fax.In, Unread: true}), event: event, known: true}
	}
	return s.unread.n
}

// unwell are the findings that are bad, without the one that sums them up.
func (s *site) unwell() []fax.Finding {
	var bad []fax.Finding
	for _, f := range s.Server.Health() {
		if !f.OK && f.Name != "server" {
			bad = append(bad, f)
		}
	}
	return bad
}

// show writes a page.
func (v *visit) show(status int, name string, data any) error {
	var page bytes.Buffer
	if err := v.voice.pages.ExecuteTemplate(&page, name, data); err != nil {
		return fmt.Errorf("web: %w", err)
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.lang.Tag)
	v.write(status, bytes.TrimLeft(page.Bytes(), "\n"))
	return nil
}

// smallest is the size from which compressing pays.
const smallest = 1024

var writers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// write writes a body, compressed if the browser wants it so.
func (v *visit) write(status int, body []byte) {
	h := v.w.Header()
	h.Add("Vary", "Accept-Encoding")
	if len(body) >= smallest && takesGzip(v.Request) {
		h.Set("Content-Encoding", "gzip")
		v.w.WriteHeader(status)
		z := writers.Get().(*gzip.Writer)
		defer writers.Put(z)
		z.Reset(v.w)
		_, _ = z.Write(body) // whoever asked has gone
		_ = z.Close()
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	v.w.WriteHeader(status)
	_, _ = v.w.Write(body) // whoever asked has gone
}

func takesGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if name == "gzip" && strings.ReplaceAll(params, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

// redirect goes to another page after something was done.
func (v *visit) redirect(to string) error {
	http.Redirect(v.w, v.Request, to, http.StatusSeeOther)
	return nil
}

// done goes to another page and says there what was done: the text done.what.
func (v *visit) done(to, what string) error {
	u, err := url.Parse(to)
	if err != nil {
		return err
	}
	q := u.Query()
	q.Set("done", what)
	u.RawQuery = q.Encode()
	return v.redirect(u.String())
}

// back is where a form says that it came from, if that is a page of ours, else another.
func (v *visit) back(name, other string) string { return ours(v.field(name), other) }

// ours is an address on this box, or else another: nobody is sent to somebody else's site, nor told twice what was done.
func ours(address, other string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(u.Path, "//") || strings.ContainsAny(address, "\\\r\n\t") {
		return other
	}
	q := u.Query()
	q.Del("done")
	q.Del("undo")
	u.RawQuery = q.Encode()
	return u.String()
}

// problemPage says what went wrong.
type problemPage struct {
	frame
	Status   int
	Sentence string
	Hint     string
	Details  []string
	Bin      fax.MessageID // a fax that is in the bin, and that the visitor can bring back; 0: none
	List     string        // which entry of the navigation shows all of what was looked for; empty: none
}

// lists are the entries of the navigation that show all of what has pages of its own.
var lists = map[string]string{"messages": "inbox", "contacts": "contacts", "jobs": "jobs", "calls": "calls", "settings": "settings"}

// fail makes a page of an error. Whoever is not known is sent to where they can change that; a script says so in its page,
// which stays as it was filled in.
func (v *visit) fail(err error) {
	switch {
	case errors.Is(err, errSignIn) && v.scripted():
		_ = v.tell(http.StatusUnauthorized, []saidFault{{Text: v.lang.Say("session.ended"), To: "/login", Link: v.lang.Say("page.login")}})
		return
	case errors.Is(err, errSignIn):
		v.ask()
		return
	}
	p := v.site.API.Explain(v.Context(), err)
	page := problemPage{frame: v.frame("", "problem"), Status: p.Status, Sentence: upper(v.lang.Said(p.Detail)) + ".", Hint: v.lang.Said(p.Hint)}
	if key := "problem." + strconv.Itoa(p.Status); v.lang.Has(key) {
		page.Title = v.lang.Say(key)
		if v.lang.Has(key + ".hint") {
			page.Hint = v.lang.Say(key + ".hint")
		}
	}
	if p.Status == http.StatusNotFound {
		page.missing(v)
	}
	for _, e := range p.Errors {
		page.Details = append(page.Details, v.fault(e))
	}
	if err := v.show(p.Status, "problem", page); err != nil {
		v.site.Log.Error("page of a problem", "error", err)
		http.Error(v.w, p.Detail, p.Status)
	}
}

// missing says where what was looked for may be: a fax in the bin, anything else among all of its kind.
func (p *problemPage) missing(v *visit) {
	p.Sentence = "" // the title says it
	kind, _, _ := strings.Cut(strings.TrimPrefix(v.URL.Path, "/"), "/")
	p.List = lists[kind]
	if kind != "messages" || !p.Rights.Has(fax.JobQuery) {
		return
	}
	m, err := v.site.Server.Deleted(id64[fax.MessageID](v, "id"))
	if err != nil {
		return
	}
	p.Title, p.Hint = v.lang.Say("problem.bin"), v.lang.Say("problem.bin.hint", "who", m.DeletedBy, "when", v.voice.moment(m.DeletedTime))
	if p.Can("send") && server.MayDelete(p.caller, m) {
		p.Bin = m.ID
	}
}

// ask sends a visitor whom nobody knows to sign in, or at the first start to begin, and then back. Whose session ended while
// they filled in a form is told that it is lost.
func (v *visit) ask() {
	if v.site.Accounts.Code() != "" {
		_ = v.redirect("/start")
		return
	}
	to := "/login"
	switch from, err := url.Parse(v.Referer()); {
	case v.Method == http.MethodGet && v.URL.Path != "/":
		to += "?" + url.Values{"next": {v.URL.RequestURI()}}.Encode()
	case v.Method == http.MethodPost && v.URL.Path != "/logout" && err == nil && from.Host == v.Host:
		to += "?" + url.Values{"next": {ours(from.RequestURI(), "/")}, "ended": {"true"}}.Encode()
	}
	_ = v.redirect(to)
}

// sentence is a problem in words, with what to do about it.
func (v *visit) sentence(p *wire.Problem) string {
	return strings.TrimSpace(upper(v.lang.Said(p.Detail)) + ". " + v.lang.Said(p.Hint))
}

// upper is a text that begins with a capital letter.
func upper(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[n:]
}

// fault is what is wrong with a field, in words.
func (v *visit) fault(e fax.FieldError) string {
	name := e.Field
	var n int
	if key := "field." + e.Field; v.lang.Has(key) {
		name = v.lang.Say(key)
	} else if _, err := fmt.Sscanf(e.Field, "recipients[%d]", &n); err == nil {
		name = v.lang.Say("field.recipient", "n", n+2) // the first has fields of its own
	} else if _, err := fmt.Sscanf(e.Field, "line %d", &n); err == nil {
		name = v.lang.Say("field.line", "n", n)
	}
	return strings.TrimSpace(fmt.Sprintf("%s: %s. %s", name, v.lang.Said(e.Problem), v.lang.Said(e.Hint)))
}

// faults are what is wrong with fields, in words.
func (v *visit) faults(invalid fax.Invalid) []string {
	list := make([]string, len(invalid))
	for i, e := range invalid {
		list[i] = v.fault(e)
	}
	return list
}

// yearCookie is a cookie of something that a visitor chose.
func (v *visit) yearCookie(name, value string) {
	http.SetCookie(v.w, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: v.TLS != nil,
		SameSite: http.SameSiteLaxMode, MaxAge: int((365 * 24 * time.Hour).Seconds())})
}

// newKey is a key that no other form has.
func newKey() string { return rand.Text() }
