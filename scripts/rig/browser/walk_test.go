package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/corpus"
)

// TestWalk walks through the whole of the demo as the people of an office would, from the first start to the answer of a
// distant machine, and looks at every page on the way.
func TestWalk(t *testing.T) {
	o := open(t)
	boss := o.person(desk)
	for _, part := range []struct {
		name string
		walk func(*office, *person)
	}{
		{"first start", firstStart},
		{"set-up and line test", setUp},
		{"accounts", accounts},
		{"pages of the box", pagesOfTheBox},
		{"the answer", answer},
		{"cover and preview", coverAndPreview},
		{"disguised files", disguised},
		{"address book", addressBook},
		{"roles", roles},
		{"bin and undo", binAndUndo},
		{"mail that fails", mailThatFails},
		{"pins", pins},
		{"delivered", delivered},
		{"retry", retry},
		{"cancel in mid-page", cancelMidPage},
		{"settings over a restart", settings},
		{"without script", withoutScript},
		{"pages of faxes", pagesOfFaxes},
		{"backup and back", backupAndBack},
	} {
		ok := t.Run(part.name, func(t *testing.T) {
			inner := o.at(t)
			boss.o = inner
			part.walk(inner, boss)
			boss.quiet()
			o.box, o.root = inner.box, inner.root
		})
		boss.o = o
		if !ok {
			boss.picture("failed")
			return
		}
	}
}

var oneTimeCode = regexp.MustCompile(`one-time code to make one is (\S+)`)

func firstStart(o *office, p *person) {
	p.visit("/")
	if at := p.address(); at != "/start" {
		o.Fatalf("a new box shows %s", at)
	}
	p.picture("01-start")
	code := oneTimeCode.FindStringSubmatch(o.box.Said())
	if code == nil {
		o.Fatalf("no code in\n%s", o.box.Said())
	}
	p.enter("[name=code]", "0000-0000")
	fill := func() {
		p.enter("[name=name]", string(fax.Administrator))
		p.enter("[name=password]", string(fax.Administrator)+morePassword)
		p.enter("[name=again]", string(fax.Administrator)+morePassword)
		p.follow("form[action='/start'] button")
	}
	fill()
	p.until("document.querySelector('[role=alert]')")
	p.quiet("status of 4") // the code was wrong, and the answer says so
	p.enter("[name=code]", strings.ToLower(code[1]))
	fill()
	if at := p.address(); at != "/setup/1" {
		o.Fatalf("the first start leads to %s", at)
	}
	c, err := p.Cookies()
	o.must(err)
	if s := c["faxbox-session"]; s == nil || !s.HTTPOnly || s.SameSite != "Lax" {
		o.Errorf("the session's cookie is %+v", s)
	}
}

func setUp(o *office, p *person) {
	p.picture("02-place")
	p.enter("[name=timeZone]", "Europe/Berlin")
	p.follow("main form button.primary")
	p.picture("03-number")
	p.enter("[name=name-1]", "Front desk")
	p.enter("[name=number-1]", "+49 30 1234567")
	p.follow("main form button.primary")
	p.shows("Front desk")
	p.picture("04-modem")
	p.follow("main form button.primary")
	p.picture("05-incoming")
	p.follow("main form button.primary")
	p.picture("06-test")
	if n := ask[string](p, "document.querySelector('[name=number]').value"); n != "100" {
		o.Errorf("the line test proposes %q", n)
	}
	p.follow("main form button.primary")
	if at := p.address(); at != "/jobs/1" {
		o.Fatalf("the line test leads to %s", at)
	}
	p.visit("/")
	p.wait(time.Minute, "document.querySelector('article progress, article .progress')")
	p.picture("07-now-sending")
	p.readme("now")
}

// accounts makes one for each role, while the first fax is on its way.
func accounts(o *office, p *person) {
	for _, role := range []fax.Role{fax.Viewer, fax.Sender, fax.Operator} {
		p.visit("/settings/users")
		form := "form[action='/settings/users'] "
		p.enter(form+"[name=name]", string(role))
		p.enter(form+"[name=fullName]", "Somebody who is "+string(role))
		p.click(form + "[name=role][value=" + string(role) + "]")
		p.enter(form+"[name=password]", string(role)+morePassword)
		p.follow(form + "button.primary")
		p.until("document.querySelector('[role=status]')")
	}
	p.picture("08-users")
}

// coverAndPreview sends from one line of the box to the other: as long as that takes, other parts look at other things.
func coverAndPreview(o *office, p *person) {
	file := filepath.Join(o.TempDir(), "offer.pdf")
	o.must(os.WriteFile(file, corpus.Find("letter.pdf").Content(), 0o666))
	p.visit("/send")
	p.enter("[name=faxNumber]", "102")
	p.enter("[name=recipientName]", "Müller & Söhne")
	p.until("document.querySelector('[data-dialled]').textContent.includes('dials 102')")
	p.choose("[name=deviceId]", "1")
	p.upload("[data-drop] input[type=file]", file)
	p.choose("[name=cover]", "server:business")
	p.enter("[name=coverpageSubject]", "Our offer of Monday")
	p.enter("[name=coverpageNote]", "Dear Mrs Müller,\n\nplease find our offer on the next page.")
	p.wait(time.Minute, "document.querySelectorAll('[data-sheets] img').length === 2 && [...document.querySelectorAll('[data-sheets] img')].every(i => i.complete && i.naturalWidth > 0)")
	p.picture("09-send")
	p.follow(".buttons button.primary")
	j := o.job(jobHere(p))
	if j.PageCount != 2 || j.RecipientName != "Müller & Söhne" || j.FaxNumber != "102" {
		o.Errorf("what was sent: %+v", j)
	}
	p.picture("10-job")
}

// disguised sends what would be a danger if a browser got it back, named and labelled as a picture. None becomes a page,
// or else a page that is a picture of its text; a picture does.
func disguised(o *office, p *person) {
	p.visit("/send")
	for name, content := range map[string]string{
		"SVG":         `<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><script>x()</script><image href="file:///etc/passwd"/></svg>`,
		"XML and SVG": `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&e;</text></svg>`,
		"HTML":        `<!DOCTYPE html><html><body onload="x()"><script>x()</script><iframe src="file:///etc/passwd"></iframe></body></html>`,
		"a mixture":   "\x89PNG\r\n\x1a\n<html><script>x()</script></html>",
	} {
		if answer := p.attach([]byte(content)); answer.PreviewID != "" || len(answer.Faults) != 1 || answer.Faults[0].Text == "" {
			o.Errorf("%s as a picture: %+v", name, answer)
		}
	}
	if answer := p.attach(corpus.Find("gray.png").Content()); len(answer.Pages) != 1 {
		o.Errorf("a picture: %+v", answer)
	} else if kind := ask[string](p, fmt.Sprintf("fetch(%q).then(a => a.headers.get('Content-Type') + ' ' + a.headers.get('X-Content-Type-Options'))", answer.Pages[0].Image)); kind != "image/png nosniff" {
		o.Errorf("its page comes as %s", kind)
	}
}

// previewed is what the page's own script is told.
type previewed struct {
	PreviewID string `json:"previewId"`
	Pages     []struct {
		Image string `json:"image"`
	} `json:"pages"`
	Faults []struct {
		Text string `json:"text"`
	} `json:"faults"`
}

// attach has a preview made of a file that says it is photo.png.
func (p *person) attach(content []byte) previewed {
	p.o.Helper()
	octets, err := json.Marshal(slices.Collect(func(yield func(int) bool) {
		for _, b := range content {
			if !yield(int(b)) {
				return
			}
		}
	}))
	p.o.must(err)
	return ask[previewed](p, fmt.Sprintf(`(() => {
		const form = new FormData();
		form.append('faxNumber', '102');
		form.append('file', new File([new Uint8Array(%s)], 'photo.png', {type: 'image/png'}));
		return fetch('/send/preview', {method: 'POST', body: form, headers: {Accept: 'application/json'}}).then(a => a.json());
	})()`, octets))
}

// delivered waits for that fax.
func delivered(o *office, p *person) {
	p.visit("/inbox")
	p.wait(2*time.Minute, "document.querySelectorAll('#messages a.row').length === 2")
	if m := o.received()[0]; m.Pages != 2 || m.Partial || m.Result.Cause != fax.OK {
		o.Errorf("received: %+v", m)
	}
	p.picture("18-inbox")
}

func jobHere(p *person) fax.JobID {
	p.o.Helper()
	id, err := strconv.Atoi(strings.TrimPrefix(p.address(), "/jobs/"))
	p.o.must(err)
	return fax.JobID(id)
}

// answer waits for the line test's fax to come back from the echo machine.
func answer(o *office, p *person) {
	p.visit("/inbox")
	p.wait(2*time.Minute, "document.querySelector('#messages a.row.unread')")
	p.picture("11-inbox")
	if j := o.job(1); j.Result.Cause != fax.OK {
		o.Errorf("the line test: %+v", j.Result)
	}
	p.follow("#messages a.row.unread")
	p.until("document.querySelector('.sheets img').complete && document.querySelector('.sheets img').naturalWidth > 0")
	p.picture("12-message")
	p.readme("message")
	before := ask[float64](p, "document.querySelector('.sheets img').getBoundingClientRect().width")
	p.click("[data-do=larger]")
	if after := ask[float64](p, "document.querySelector('.sheets img').getBoundingClientRect().width"); after <= before {
		o.Errorf("larger: from %v to %v", before, after)
	}
	o.must(p.Keys("r"))
	if turned := ask[string](p, "document.querySelector('.sheets img').style.transform"); turned != "rotate(90deg)" {
		o.Errorf("turned: %q", turned)
	}
	p.enter("[name=note]", "For Anna: <b>file</b> it")
	p.follow("form[action$='/note'] button")
	p.shows("The note was saved.")
	if note := ask[string](p, "document.querySelector('[name=note]').value"); note != "For Anna: <b>file</b> it" {
		o.Errorf("the note is %q", note)
	}
	p.visit("/inbox")
	p.until("!document.querySelector('#messages a.row.unread')")
	p.enter("[name=q]", "anna")
	p.follow(".search > button")
	p.until("document.querySelectorAll('#messages a.row').length === 1")
}

func cancelMidPage(o *office, p *person) {
	p.visit("/send")
	p.enter("[name=faxNumber]", "102")
	p.upload("[data-drop] input[type=file]", o.letter("long.txt", 4))
	p.choose("[name=deviceId]", "1") // 102 is the other line
	p.follow(".buttons button.primary")
	id := jobHere(p)
	p.wait(2*time.Minute, "document.querySelector('#job .progress')")
	time.Sleep(3 * time.Second) // into the page
	p.picture("13-job-sending")
	p.click("form[action$='/cancel'] button")
	p.wait(time.Minute, fmt.Sprintf("location.pathname === '/jobs/%d' && !document.querySelector('form[action$=\"/cancel\"]')", id))
	deadline := time.Now().Add(time.Minute)
	for j := o.job(id); !j.State.Final(); j = o.job(id) {
		if time.Now().After(deadline) {
			o.Fatalf("not cancelled: %+v", j)
		}
		time.Sleep(200 * time.Millisecond)
	}
	if j := o.job(id); j.Result.Cause != fax.Cancelled || j.ConfirmedPages == j.PageCount {
		o.Errorf("cancelled: %+v", j)
	}
	p.picture("14-job-cancelled")
}

// retry has a fax given up after one attempt, and tries it again by hand.
func retry(o *office, p *person) {
	never := 0
	o.must(o.box.Do(context.Background(), http.MethodPatch, "/server", fax.ServerPatch{Retries: &never}, nil))
	p.visit("/send")
	p.enter("[name=faxNumber]", "103")
	p.upload("[data-drop] input[type=file]", o.letter("short.txt", 1))
	p.follow(".buttons button.primary")
	id := jobHere(p)
	const calls = "document.querySelectorAll('#job a.row[href^=\"/calls/\"]').length"
	p.wait(time.Minute, calls+" === 1 && document.querySelector('form[action$=\"/restart\"]')")
	p.picture("15-job-busy")
	if j := o.job(id); j.Attempts != 1 || j.Result.Cause != fax.Busy || j.State != fax.RetriesExceeded {
		o.Errorf("after a busy tone: %+v", j)
	}
	p.follow("form[action$='/restart'] button")
	p.wait(time.Minute, calls+" === 2")
	p.follow("#job a.row[href^='/calls/']")
	p.picture("16-call-busy")
	p.visit(fmt.Sprintf("/jobs/%d", id))
	p.until("document.querySelector('form[action$=\"/cancel\"]')")
	p.follow("form[action$='/cancel'] button")
}

func settings(o *office, p *person) {
	p.visit("/settings/server")
	p.enter("[name=retries]", "7")
	p.follow("main form button.primary")
	p.until("document.querySelector('[role=status]')")
	p.picture("17-server")
	p.enter("[name=retries]", "-1")
	ask[bool](p, "document.querySelector('[name=retries]').form.noValidate = true")
	p.follow("main form button.primary")
	p.until("document.querySelector('#f-retries[aria-invalid=true]')")
	p.quiet("status of 422")
	p.visit("/settings/lines/2")
	p.enter("[name=rings]", "4")
	p.follow("main form button.primary")
	p.visit("/settings/backup") // which does not follow events, and does not miss the box
	p.quiet()
	o.restart()
	p.visit("/settings/server") // still signed in
	if n := ask[string](p, "document.querySelector('[name=retries]').value"); n != "7" {
		o.Errorf("after the restart retries are %q", n)
	}
	p.visit("/settings/lines/2")
	if n := ask[string](p, "document.querySelector('[name=rings]').value"); n != "4" {
		o.Errorf("after the restart line 2 answers after %q rings", n)
	}
	p.visit("/settings/journal")
	p.shows("Further attempts")
}
