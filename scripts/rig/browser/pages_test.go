package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"faxbox/fax"
)

// sight is something that a page shows to some roles and not to others.
type sight struct {
	path, selector string
	seen           []fax.Role
}

var (
	everybody = fax.Roles()
	senders   = []fax.Role{fax.Sender, fax.Operator, fax.Administrator}
	managers  = []fax.Role{fax.Operator, fax.Administrator}
	bosses    = []fax.Role{fax.Administrator}
)

// sights are what tells the roles apart. What is not shown is refused too: see attempts.
var sights = []sight{
	{"/", "article", everybody},
	{"/", "nav a[href='/send']", senders},
	{"/inbox", "#messages a.row", everybody},
	{"/inbox", "#messages button[value=delete]", managers},
	{"/messages/1", ".sheets img", everybody},
	{"/messages/1", "a[href^='/send?message=']", senders},
	{"/messages/1", "form[action$='/delete']", managers},
	{"/messages/1", "form[action$='/owner']", managers},
	{"/contacts", "a[href='/contacts/new']", senders},
	{"/jobs", "form[action='/queue']", bosses},
	{"/calls/1", "svg .rung", everybody},
	{"/settings", "a[href='/settings/users']", bosses},
	{"/settings", "a[href='/settings/backup']", bosses},
	{"/settings", "a[href='/settings/erase']", bosses},
	{"/settings/mail", "[name=host]:enabled", bosses},
	{"/settings/health", "a[href='/api/v1/support']", bosses},
	{"/settings/lines/1", "[name=rings]", everybody},
	{"/settings/lines/1", "[name=rings]:enabled", managers},
	{"/settings/server", "[name=retries]:enabled", bosses},
	{"/settings/tokens", "form[action='/settings/tokens']", everybody},
}

// attempts are what somebody tries who knows the address.
var attempts = []struct {
	method, path string
	allowed      []fax.Role
}{
	{"GET", "/send", senders},
	{"GET", "/settings/users", bosses},
	{"GET", "/settings/backup", bosses},
	{"GET", "/settings/journal", bosses},
	{"GET", "/setup/1", bosses},
	{"GET", "/api/v1/support", bosses},
	{"GET", "/contacts/new", senders},
	{"POST", "/contacts/99/delete", senders},
	{"POST", "/settings/mail", bosses},
	{"POST", "/settings/update", bosses},
	{"POST", "/settings/backup", bosses},
	{"POST", "/settings/erase", bosses},
	{"POST", "/queue", bosses},
	{"POST", "/settings/lines/99", managers},
	{"POST", "/settings/users/nobody", bosses},
	{"POST", "/messages/99/delete", senders},
}

func roles(o *office, _ *person) {
	for _, role := range fax.Roles() {
		p := o.person(desk)
		p.signIn(role)
		at := ""
		for _, s := range sights {
			if s.path != at {
				at = s.path
				p.visit(at)
			}
			want := contains(s.seen, role)
			if got := ask[bool](p, fmt.Sprintf("document.querySelector(%q) !== null", s.selector)); got != want {
				o.Errorf("%s on %s sees %s: %t, want %t", role, s.path, s.selector, got, want)
			}
		}
		for _, a := range attempts {
			status := ask[int](p, fmt.Sprintf(`fetch(%q, {method: %q, redirect: 'manual'}).then(a => { a.body?.cancel(); return a.status })`, a.path, a.method))
			if refused := status == 403; refused == contains(a.allowed, role) {
				o.Errorf("%s tries %s %s: %d", role, a.method, a.path, status)
			}
		}
		p.quiet("status of 4")
		p.visit("/")
		p.picture("20-" + string(role))
	}
}

func contains[T comparable](list []T, v T) bool {
	for _, e := range list {
		if e == v {
			return true
		}
	}
	return false
}

// withoutScript does what an office does every day in a browser that runs no script, on a small screen.
func withoutScript(o *office, _ *person) {
	look := phone
	look.NoScript = true
	p := o.person(look)
	p.signIn(fax.Sender)
	if !ask[bool](p, "document.querySelector('meta[http-equiv=refresh]') !== null") {
		o.Error("the page does not refresh itself")
	}
	p.picture("30-noscript-now")
	p.visit("/send")
	p.picture("31-noscript-send")
	p.enter("[name=faxNumber]", "103")
	p.upload("[data-drop] input[type=file]", o.letter("note.txt", 1))
	p.choose("[name=cover]", "")
	p.follow(".buttons button.primary")
	id := jobHere(p)
	if j := o.job(id); j.UserName != string(fax.Sender) || j.PageCount != 1 || j.FaxNumber != "103" {
		o.Errorf("sent: %+v", j)
	}
	p.picture("32-noscript-job")
	p.follow("form[action$='/cancel'] button")
	for end := time.Now().Add(patience); !o.job(id).State.Final() && time.Now().Before(end); {
		time.Sleep(100 * time.Millisecond)
	}
	if j := o.job(id); !j.State.Final() {
		o.Errorf("not cancelled: %+v", j)
	}
	p.visit("/messages/1")
	p.until("document.querySelector('.sheets img').complete")
	p.enter("[name=note]", "without script")
	p.follow("form[action$='/note'] button")
	if m := o.received(); m[len(m)-1].Note != "without script" {
		o.Errorf("the note: %+v", m[len(m)-1].Note)
	}
	p.visit("/messages/1")
	p.visit("/me")
	p.choose("[name=language]", "de")
	p.enter("[name=timeZone]", "Asia/Tokyo")
	p.follow("form[action='/me'] button")
	p.visit("/")
	if l := ask[string](p, "document.documentElement.lang"); l != "de" {
		o.Errorf("the language is %q", l)
	}
	p.picture("33-noscript-de")
	p.visit("/me")
	p.follow("form[action='/logout'] button")
	if at := p.address(); at != "/login" {
		o.Errorf("signing out leads to %s", at)
	}
	p.visit("/inbox")
	if at := p.address(); at != "/login" {
		o.Errorf("whoever has signed out sees %s", at)
	}
}

// The pages of an administrator: those that show faxes and calls, and those that do without.
var (
	faxPages = []string{"/", "/inbox", "/sent", "/bin", "/messages/1", "/send", "/jobs", "/jobs/1", "/calls", "/calls/1", "/contacts", "/contacts/1",
		"/contacts/new", "/settings/lines/1", "/settings/health", "/settings/journal"}
	boxPages = []string{"/menu", "/me", "/settings", "/settings/server", "/settings/lines", "/settings/covers", "/settings/mail", "/settings/users",
		"/settings/tokens", "/settings/time", "/settings/update", "/settings/backup", "/settings/erase", "/settings/certificate",
		"/setup/1", "/setup/2", "/setup/3", "/setup/4", "/setup/5", "/nowhere"}
)

// pagesOfTheBox are looked at while the first fax is on its way.
func pagesOfTheBox(o *office, boss *person) {
	o.everyPage(boss, boxPages)
	guest := o.person(desk)
	axe := o.axe()
	o.Run("/login", func(t *testing.T) { o.at(t).lookAt(guest, "/login", axe) })
}

func pagesOfFaxes(o *office, boss *person) { o.everyPage(boss, faxPages) }

// everyPage looks at pages in every width and both themes, walks through them by the keyboard, and has axe look at them.
func (o *office) everyPage(boss *person, paths []string) {
	axe := o.axe()
	for _, path := range paths {
		o.Run(path, func(t *testing.T) { o.at(t).lookAt(boss, path, axe) })
	}
	o.must(boss.Look(desk))
}

func (o *office) lookAt(p *person, path, axe string) {
	defer func(before *office) { p.o = before }(p.o)
	p.o = o
	o.must(p.Look(desk))
	p.visit(path)
	o.tab(p)
	if axe != "" {
		ask[bool](p, axe+"; true")
	}
	for _, l := range []struct {
		name string
		Look
		axe bool
	}{{"1440", desk, true}, {"1440-dark", dark(desk), true}, {"768", tablet, false}, {"360", phone, true}, {"360-dark", dark(phone), false}} {
		o.must(p.Look(l.Look))
		if wide := ask[float64](p, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
			o.Errorf("at %s the page is %v pixels too wide", l.name, wide)
		}
		if axe != "" && l.axe {
			o.examine(p, l.name)
		}
		p.picture(strings.Trim("page"+strings.ReplaceAll(path, "/", "-"), "-") + "-" + l.name)
	}
	p.quiet("status of 404")
}

func dark(l Look) Look {
	l.Dark = true
	return l
}

// axeVersion is the axe-core that scripts/test gets.
const axeVersion = "4.14.1"

// axe is the text of axe-core, where scripts/test has put it; empty, and said so, if it has not.
func (o *office) axe() string {
	cache, err := os.UserCacheDir()
	o.must(err)
	text, err := os.ReadFile(filepath.Join(cache, "faxbox-test", "axe-core-"+axeVersion, "axe.min.js"))
	if err == nil {
		return string(text)
	}
	if os.Getenv("CI") == "true" {
		o.Fatal(err)
	}
	o.Run("axe", func(t *testing.T) { t.Skip("no examination of the pages without axe-core from npm") })
	return ""
}

// examine has axe look at the page as it is.
func (o *office) examine(p *person, look string) {
	o.Helper()
	found := ask[string](p, `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
		.then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.html.slice(0, 160) + ' ' + n.any.map(a => a.message).join('; '))}))))`)
	var violations []struct {
		ID, Help string
		Nodes    []string
	}
	o.must(json.Unmarshal([]byte(found), &violations))
	for _, v := range violations {
		o.Errorf("axe at %s: %s: %s\n\t%s", look, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
	}
}

// watch notes what the focus comes to, and whether that can be seen.
const watch = `(() => {
	window.reached = new Set();
	window.unseen = [];
	const marked = (e) => { const s = getComputedStyle(e); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none'; };
	addEventListener('focusin', ({target: e}) => {
		reached.add(e);
		if (!marked(e) && !(e.closest('label') && marked(e.closest('label')))) unseen.push(e.outerHTML.slice(0, 160));
	});
	document.body.tabIndex = -1;
	document.body.focus();
	document.body.removeAttribute('tabindex');
	const stops = {date: 4, time: 4, 'datetime-local': 8};
	window.controls = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter((e) =>
		!e.disabled && !e.matches(':disabled') && e.type !== 'hidden' && e.checkVisibility({visibilityProperty: true}));
	return controls.reduce((sum, e) => sum + (stops[e.type] ?? 1), 0);
})()`

// missed are the controls that the focus did not come to, but for those that have gone from a page that lives. Of some radio
// buttons the keys reach one, the arrows the others.
const missed = `controls.filter((e) => e.isConnected && !reached.has(e) &&
	!(e.type === 'radio' && [...reached].some((r) => r.type === 'radio' && r.name === e.name && r.form === e.form))).map((e) => e.outerHTML.slice(0, 160))`

// tab goes through the page by the keyboard.
func (o *office) tab(p *person) {
	o.Helper()
	for range ask[int](p, watch) + 2 {
		o.must(p.Keys(kb.Tab))
	}
	for _, e := range ask[[]string](p, missed) {
		o.Errorf("the keyboard does not reach %s", e)
	}
	for _, e := range ask[[]string](p, "unseen") {
		o.Errorf("the focus cannot be seen on %s", e)
	}
	ask[bool](p, "document.activeElement.blur() || true") // the link that skips shows itself while it has the focus
}
