package main

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/render/rendertest"
	"faxbox/fax/wire"
)

// file writes a file of the kind that rendertest renders: each line is a page.
func (d *demo) file(name string, lines ...string) string {
	d.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		d.Fatal(err)
	}
	return path
}

// text is what the first page of a fax shows that was received.
func (d *demo) received(id fax.MessageID) string {
	d.Helper()
	got := filepath.Join(d.dir, "received.tiff")
	d.done("message", "get", "-o", got, fmt.Sprint(id))
	return rendertest.Text(pageOf(d.T, got))
}

// TestSendAnything: any file, with a cover page, with a password, with a report when it is over.
func TestSendAnything(t *testing.T) {
	inDemo(t, func(d *demo) {
		d.done("server", "set", "branding=false")
		if name := d.done("cover", "add", "--name", "mine", d.file("cover.pdf", "To {recipientName} of {senderName}: {coverpageSubject}, {coverpageNote}")); name != "mine\n" {
			t.Errorf("cover add: %q", name)
		}
		letter := d.file("letter.pdf", rendertest.Locked+"sesame", "two")
		if c := d.faxbox("", "send", "102", letter); c.status != exitFailed || !strings.Contains(c.err.String(), "--password-file") {
			t.Errorf("without a password: %v", c)
		}
		password := d.file("password", "sesame", "")
		out := d.done("send", "--json", "--cover", "mine", "--subject", "S", "--note", "N", "--to-name", "Anna", "--from-name", "Bert", "--password-file", password,
			"--resolution", "standard", "--rendering", "text", "--paper", "letter", "--confirmation", "inbox", "102", letter)
		job := decoded[wire.Submitted](d, out).Items[0]
		if job.PageCount != 3 || job.RecipientName != "Anna" || job.SenderName != "Bert" || job.Confirmation != fax.ConfirmInbox {
			t.Errorf("%+v", job)
		}
		asked := d.renderer.Asked()
		if f := asked[len(asked)-1].Format; fmt.Sprintf("%v %v %s", f.Resolution, f.Paper, f.Mode) != "{204 98} Letter text" {
			t.Errorf("rendered as %+v", f)
		}
		time.Sleep(5 * time.Minute)
		var report fax.Message
		for _, m := range decoded[wire.List[fax.Message]](d, d.done("message", "list", "--json")).Items {
			if m.Report {
				report = m
			} else if got := d.received(m.ID); got != "To Anna of Bert: S, N" {
				t.Errorf("received: %q", got)
			}
		}
		if report.JobID != job.JobID {
			t.Errorf("no report: %+v", report)
		}
		pdf := filepath.Join(d.dir, "r.pdf")
		for _, args := range [][]string{
			{"job", "report", "-o", pdf, fmt.Sprint(job.JobID)}, {"message", "get", "-o", pdf, fmt.Sprint(report.ID)}, {"cover", "get", "-o", pdf, "business"},
		} {
			d.done(args...)
			if data, err := os.ReadFile(pdf); err != nil || !strings.HasPrefix(string(data), "%PDF-") {
				t.Errorf("%v: %v", args, err)
			}
		}
		if c := d.faxbox("", "send", "--confirmation", "mail", "102", letter); c.status != exitFailed || !strings.Contains(c.err.String(), "emailAddress is missing") {
			t.Errorf("a report by mail, to nobody: %v", c)
		}
		if c := d.faxbox("", "send", "102"); c.status != exitUsage {
			t.Errorf("nothing: %v", c)
		}
		d.done("send", "--cover", "mine", "102") // and nothing else
	})
}

// TestPreviewCommand: pictures of the pages, and nothing is queued.
func TestPreviewCommand(t *testing.T) {
	inDemo(t, func(d *demo) {
		dir := filepath.Join(d.dir, "out", "pages")
		c := d.faxbox("", "preview", "-o", dir, "--width", "300", d.file("a.txt", "one", rendertest.Remark+"two"), d.file("b.txt", "three"))
		if c.status != exitDone || strings.Count(c.out.String(), "\n") != 3 || !strings.Contains(c.err.String(), rendertest.Remark) {
			t.Fatalf("%v", c)
		}
		for n := 1; n <= 3; n++ {
			f, err := os.Open(filepath.Join(dir, fmt.Sprintf("page-%03d.png", n)))
			if err != nil {
				t.Fatal(err)
			}
			picture, err := png.Decode(f)
			f.Close()
			if err != nil || picture.Bounds().Dx() != 300 {
				t.Errorf("page %d: %v", n, err)
			}
		}
		if jobs := decoded[wire.List[fax.Job]](d, d.done("job", "list", "--json")); jobs.Count != 0 {
			t.Errorf("queued: %+v", jobs)
		}
		if c := d.faxbox("", "preview", "-o", dir, d.file("c", rendertest.Refuse+"damaged is broken")); c.status != exitFailed || !strings.Contains(c.err.String(), "is broken") {
			t.Errorf("what is refused: %v", c)
		}
	})
}

// TestCoverCommands: one's own and the server's.
func TestCoverCommands(t *testing.T) {
	inDemo(t, func(d *demo) {
		d.done("cover", "add", d.file("letterhead.pdf", "own"))
		c := d.faxbox("", "cover", "add", "--for-all", "--name", "Office 1", d.file("x.pdf", rendertest.Remark+"all"))
		if c.status != exitDone || !strings.Contains(c.err.String(), rendertest.Remark) {
			t.Errorf("%v", c)
		}
		table := d.done("cover", "list")
		for _, want := range []string{"business", "builtin", "Office 1", "server", "letterhead", "personal"} {
			if !strings.Contains(table, want) {
				t.Errorf("%s is not in\n%s", want, table)
			}
		}
		if got := d.done("cover", "get", "-o", "-", "Office 1"); got != rendertest.Remark+"all" {
			t.Errorf("cover get: %q", got)
		}
		d.done("cover", "remove", "--for-all", "Office 1")
		d.done("cover", "remove", "letterhead")
		for _, args := range [][]string{{"cover", "remove", "letterhead"}, {"cover", "get", "Office 1"}, {"cover", "remove", "--for-all", "business"}} {
			if c := d.faxbox("", args...); c.status != exitFailed || c.err.String() == "" {
				t.Errorf("%v: %v", args, c)
			}
		}
	})
}
