package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
	"faxbox/fax/wire"
)

func TestMailOnTheCommandLine(t *testing.T) {
	inDemo(t, func(d *demo) {
		fails := func(status int, says, input string, args ...string) {
			t.Helper()
			if c := d.faxbox(input, args...); c.status != status || !strings.Contains(c.err.String(), says) {
				t.Errorf("faxbox %v: %v, want status %d and %q", args, c, status, says)
			}
		}
		fails(exitFailed, "Enter the mail server and the sender's address first.", "", "mail", "test", "anna@example.com")
		fails(exitUsage, "nothing to be set", "", "mail", "set")
		fails(exitUsage, "One can set authority,", "", "mail", "set", "hots=x")
		fails(exitFailed, "Choose starttls or tls", "", "mail", "set", "host=mail.example.com", "from=fax@example.com", "security=none", "user=fax")
		d.done("mail", "set", "host=mail.example.com", "from=fax@example.com", "security=none")
		if text := d.done("mail"); !strings.Contains(text, "mail.example.com") || !strings.Contains(text, "ready             true") {
			t.Errorf("mail:\n%s", text)
		}
		if text := d.done("mail", "test", "anna@example.com"); text != "The mail server mail.example.com took the mail for anna@example.com.\n" {
			t.Errorf("%q", text)
		}
		d.post.Answer = func(command string) string {
			if strings.HasPrefix(command, "RCPT") {
				return "550 5.1.1 nobody here"
			}
			return ""
		}
		fails(exitFailed, "refused the recipient anna@example.com: it says 550 5.1.1 nobody here.\nCheck the address.", "", "mail", "test", "anna@example.com")
		fails(exitFailed, "to is no mail address", "", "mail", "test", "anna")
		d.post.Answer = nil
		if c := d.faxbox("secret\n", "mail", "set", "--ask-password", "--json", "user=fax", "security=starttls"); c.status != exitDone ||
			strings.Contains(c.out.String(), "secret") || !strings.Contains(c.out.String(), `"passwordSet":true`) {
			t.Errorf("%v", c)
		}
		pem := filepath.Join(d.dir, "ca.pem")
		if err := os.WriteFile(pem, []byte("no certificate"), 0o600); err != nil {
			t.Fatal(err)
		}
		fails(exitFailed, "authority holds no certificate", "", "mail", "set", "password=x", "--authority-file", pem)
		d.done("mail", "set", "user=", "security=none")

		fails(exitFailed, "Enter where to first.", "", "route", "test", "2", "mail")
		d.done("route", "set", "1", "mail", "setting=tried@example.com")
		if text := d.done("route", "test", "1", "mail"); !strings.HasPrefix(text, "Send by mail: it worked.") {
			t.Errorf("%q", text)
		}
		d.done("route", "set", "2", "mail", "setting=office@example.com", "format=tiff", "enable=true")
		fails(exitFailed, "setting contains \"office\", which is no mail address", "", "route", "set", "2", "mail", "setting=office")
		fails(exitFailed, "setting begins with \"lpd:\"", "", "route", "set", "2", "print", "setting=lpd://printer")
		d.done("send", "--wait", "--port", "1", "--confirmation", "mail", "--email", "sam@example.com,boss@example.com", "102", d.page("page.tif"))
		time.Sleep(time.Minute)
		id := ""
		for _, m := range decoded[wire.List[fax.Message]](d, d.done("message", "list", "--in", "--json")).Items {
			if !m.Report {
				id = strconv.FormatInt(int64(m.ID), 10)
			}
		}
		d.done("message", "mail", id, "anna@example.com", "bert@example.com", "--subject", "Look", "--text", "Please call back.")
		fails(exitFailed, "to contains \"anna\"", "", "message", "mail", id, "anna")
		fails(exitFailed, "there is no message 99", "", "message", "mail", "99", "anna@example.com")
		time.Sleep(time.Minute)
		var got []string
		for _, l := range d.post.Letters() {
			_, subject, _ := strings.Cut(l.Data, "\nSubject: ")
			subject, _, _ = strings.Cut(subject, "\n")
			got = append(got, strings.Join(l.To, " ")+": "+subject)
		}
		want := map[string]bool{
			"anna@example.com: Test mail of the fax box": true, "tried@example.com: Fax from TEST, 1 page": true, "office@example.com: Fax from 101 (+49 30 101), 1 page": true,
			"sam@example.com boss@example.com: Delivery report: fax to 102, delivered": true, "anna@example.com bert@example.com: Look": true,
		}
		for _, g := range got {
			if !want[g] {
				t.Errorf("%s", g)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%q", got)
		}
	})
}
