package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax"
	"faxbox/fax/document/typeset"
	"faxbox/fax/exchange"
	"faxbox/fax/mail/mailtest"
	"faxbox/fax/route"
	"faxbox/store"
)

// postOffice is a box beside a mail server.
func postOffice(t *testing.T, s *mailtest.Server, f func(*office)) {
	t.Helper()
	inOffice(t, exchange.Options{}, func(b *office) {
		b.dial = s.Dial
		b.open()
		f(b)
	})
}

// setMail says how mail is sent.
func (b *office) setMail() {
	b.Helper()
	_, err := b.UpdateMail(boss, fax.MailPatch{Host: patch("mail.example.com"), Security: patch(fax.MailPlain), From: patch("fax@example.com")})
	if err != nil {
		b.Fatal(err)
	}
}

// mailTo has faxes received on line 102 mailed.
func (b *office) mailTo(addresses string) {
	b.Helper()
	if _, err := b.UpdateRoutingMethod(boss, 2, fax.RouteMail, fax.RoutingMethodPatch{Enable: patch(true), Setting: &addresses}); err != nil {
		b.Fatal(err)
	}
}

// fax sends a fax to line 102: the message it becomes.
func (b *office) fax() fax.Message {
	b.Helper()
	n := len(b.messages())
	b.until(b.send("102", strip(1)).JobID, fax.Finished, 5*time.Minute)
	b.wait("a message", time.Minute, func() bool { return len(b.messages()) == n+1 })
	return b.messages()[n]
}

func (b *office) outcome(id fax.MessageID, n int) fax.RoutingOutcome {
	b.Helper()
	m, err := b.Message(id)
	if err != nil || len(m.Outcomes) <= n {
		b.Fatalf("%v, %+v", err, m.Outcomes)
	}
	return m.Outcomes[n]
}

// A mail server that refuses for now is asked again over days, and a restart; then it has the fax, once.
func TestMailWaits(t *testing.T) {
	var open atomic.Bool
	s := &mailtest.Server{Answer: func(command string) string {
		if !open.Load() && command == "greeting" {
			return "421 4.3.2 closed for the night"
		}
		return ""
	}}
	postOffice(t, s, func(b *office) {
		b.setMail()
		b.mailTo("office@example.com")
		id := b.fax().ID
		time.Sleep(4 * time.Minute)
		b.wait("three attempts", time.Minute, func() bool { return b.outcome(id, 0).Attempts == 3 })
		o := b.outcome(id, 0)
		if o.Done || o.GivenUp || !strings.Contains(o.Problem, "421 4.3.2 closed for the night") || o.Hint == "" || len(o.Deliveries) != 1 {
			t.Errorf("%+v", o)
		}
		if f := finding(b, "routing/mail"); f.OK || !strings.Contains(f.Sentence, "A fax waits") || !strings.Contains(f.Hint, "tried again by itself") {
			t.Errorf("%+v", f)
		}
		b.close()
		b.open()
		time.Sleep(8 * time.Hour)
		if o := b.outcome(id, 0); o.GivenUp || o.Attempts < 11 || o.Attempts > 15 {
			t.Errorf("%+v", o)
		}
		open.Store(true)
		time.Sleep(2 * time.Hour)
		if o := b.outcome(id, 0); !o.Done || o.Problem != "" {
			t.Errorf("%+v", o)
		}
		if got := s.Letters(); len(got) != 1 || !strings.Contains(got[0].Data, "Message-ID: <"+b.outcome(id, 0).Result+">") {
			t.Errorf("%d letters", len(got))
		}
		if f := finding(b, "routing"); !f.OK {
			t.Errorf("%+v", f)
		}
	})
}

// A recipient who is refused for good is told of in the outcome and in health, until somebody acknowledges it; the others
// have the fax, and it is in the inbox. What is tried anew goes to who has not got it.
func TestMailRefused(t *testing.T) {
	var back atomic.Bool
	s := &mailtest.Server{Answer: func(command string) string {
		if !back.Load() && strings.Contains(command, "<gone@") {
			return "550 5.1.1 no such user"
		}
		return ""
	}}
	postOffice(t, s, func(b *office) {
		b.setMail()
		b.mailTo("a@example.com, gone@example.com")
		id := b.fax().ID
		b.wait("an end", time.Hour, func() bool { return !b.outcome(id, 0).Open() })
		o := b.outcome(id, 0)
		if o.Done || !o.GivenUp || o.Attempts != 1 || !strings.Contains(o.Problem, "gone@example.com: it says 550") || !o.Deliveries[0].Done || !o.Deliveries[1].GivenUp {
			t.Errorf("%+v", o)
		}
		for range 2 {
			if f := finding(b, "routing/mail"); f.OK || !strings.Contains(f.Sentence, fmt.Sprintf("for fax %d, and is not tried again", id)) {
				t.Errorf("%+v", f)
			}
			b.close()
			b.open()
		}
		if err := b.Acknowledge(viewer, "routing/mail"); !errors.Is(err, fax.ErrDenied) {
			t.Errorf("%v", err)
		}
		if err := b.Acknowledge(boss, "routing/mail"); err != nil {
			t.Error(err)
		}
		b.close()
		b.open()
		if f := finding(b, "routing"); !f.OK {
			t.Errorf("%+v", f)
		}
		back.Store(true)
		if _, err := b.RouteMessage(boss, id); err != nil {
			t.Fatal(err)
		}
		b.wait("the rest", time.Minute, func() bool { return b.outcome(id, 0).Done })
		got := s.Letters()
		if len(got) != 2 || strings.Join(got[1].To, " ") != "gone@example.com" {
			t.Errorf("%+v", got)
		}
	})
}

// When the mail settings are mended, what waits goes at once.
func TestMailMended(t *testing.T) {
	postOffice(t, &mailtest.Server{}, func(b *office) {
		b.mailTo("office@example.com")
		id := b.fax().ID
		time.Sleep(2 * time.Hour)
		if o := b.outcome(id, 0); o.Attempts < 6 || !strings.Contains(o.Problem, "not set up") {
			t.Errorf("%+v", o)
		}
		b.setMail()
		b.wait("the mail", 5*time.Second, func() bool { return b.outcome(id, 0).Done })
	})
}

// Whoever may see a fax may send it on; it is queued, and what came of it stands with the fax.
func TestMailMessage(t *testing.T) {
	var open atomic.Bool
	s := &mailtest.Server{Answer: func(command string) string {
		if !open.Load() && strings.HasPrefix(command, "MAIL") {
			return mailtest.Cut
		}
		return ""
	}}
	postOffice(t, s, func(b *office) {
		id := b.fax().ID
		order := fax.MailOrder{To: []string{"anna@example.com"}, Subject: "Look", Text: "Please call back."}
		if _, err := b.MailMessage(viewer, id, order); !strings.Contains(fmt.Sprint(err), "mail is not set up") {
			t.Errorf("%v", err)
		}
		b.setMail()
		for want, try := range map[error]func() error{
			fax.ErrDenied: func() error { _, err := b.MailMessage(Who{}, id, order); return err },
			ErrNotFound:   func() error { _, err := b.MailMessage(viewer, 99, order); return err },
		} {
			if err := try(); !errors.Is(err, want) {
				t.Errorf("%v", err)
			}
		}
		for _, bad := range []fax.MailOrder{{}, {To: []string{"anna"}}, {To: []string{"a@b.c"}, Subject: "x\r\nBcc: d@e.f"}} {
			if _, err := b.MailMessage(viewer, id, bad); err == nil {
				t.Errorf("%+v is taken", bad)
			}
		}
		m, err := b.MailMessage(viewer, id, order)
		if err != nil || len(m.Outcomes) != 1 || m.Outcomes[0].Order.By != "vic" || m.Outcomes[0].Key() != "mail-1" {
			t.Fatalf("%v, %+v", err, m.Outcomes)
		}
		b.wait("an attempt", time.Minute, func() bool { return b.outcome(id, 0).Attempts == 1 })
		b.close()
		open.Store(true)
		b.open()
		if _, err := b.MailMessage(viewer, id, order); err != nil {
			t.Fatal(err)
		}
		b.wait("both", 10*time.Minute, func() bool { return b.outcome(id, 0).Done && b.outcome(id, 1).Done })
		if b.outcome(id, 0).Result == b.outcome(id, 1).Result {
			t.Error("two mails of one Message-ID")
		}
		got := s.Letters()
		if len(got) != 2 || !strings.Contains(got[0].Data, "Subject: Look\n") || !strings.Contains(got[0].Data, "Please call back.\n\nForwarded by vic.") {
			t.Errorf("%+v", got)
		}
		list, err := b.Audit(boss, AuditFilter{Object: fmt.Sprintf("messages/%d", id)})
		if err != nil || len(list.Items) != 2 || list.Items[0].User != "vic" || list.Items[0].Action != "mail" {
			t.Errorf("%v, %+v", err, list)
		}
	})
}

// TestMailedReports: success, final failure, or failure alone; an address without a word means both.
func TestMailedReports(t *testing.T) {
	s := &mailtest.Server{}
	inOffice(t, exchange.Options{}, func(b *office) {
		b.dial, b.fonts = s.Dial, typeset.Open()
		b.open()
		b.set(fax.ServerPatch{Retries: patch(0), Branding: patch(false)})
		ask := func(number string, c fax.Confirmation) (fax.Job, error) {
			d := fax.Document{FaxNumber: number, RecipientName: "Anna", Confirmation: c, DeviceID: 1, EmailAddress: "sam@example.com, boss@example.com"}
			jobs, _, err := b.Submit(b.Context(), sender, Submission{Document: d, Files: []File{b.file(strip(1))}})
			if err != nil {
				return fax.Job{}, err
			}
			return jobs[0], nil
		}
		if _, err := ask("102", fax.ConfirmMail); !strings.Contains(fmt.Sprint(err), "confirmation goes by mail, and mail is not set up") {
			t.Errorf("%v", err)
		}
		b.setMail()
		subjects := func() string {
			var list []string
			for _, l := range s.Letters() {
				_, subject, _ := strings.Cut(l.Data, "\nSubject: ")
				subject, _, _ = strings.Cut(subject, "\n")
				list = append(list, fmt.Sprintf("%s %d", subject, len(l.To)))
			}
			return strings.Join(list, "\n")
		}
		const good, bad = "Delivery report: fax to 102, delivered 2", "Delivery report: fax to 103, NOT delivered 2"
		want := ""
		for _, c := range []struct {
			number string
			ask    fax.Confirmation
			want   string
		}{
			{"102", fax.ConfirmMail, good}, {"102", fax.ConfirmFailure, ""}, {"103", fax.ConfirmFailure, bad}, {"103", "", bad},
			{"103", fax.NoConfirmation, ""},
		} {
			j, err := ask(c.number, c.ask)
			if err != nil {
				t.Fatal(err)
			}
			state := map[string]fax.QueueStatus{"102": fax.Finished, "103": fax.RetriesExceeded}[c.number]
			b.until(j.JobID, state, 5*time.Minute)
			want = strings.TrimPrefix(want+"\n"+c.want, "\n")
			want = strings.TrimSuffix(want, "\n")
			time.Sleep(time.Minute)
			if got := subjects(); got != want {
				t.Fatalf("%s, %q:\n%s\nwant\n%s", c.number, c.ask, got, want)
			}
		}
		// It is in the language of whoever sent the fax.
		if err := b.store.AddUser(store.Account{User: fax.User{Name: sender.User, Role: fax.Sender, Language: "de"}}); err != nil {
			t.Fatal(err)
		}
		j, err := ask("103", fax.ConfirmMail)
		if err != nil {
			t.Fatal(err)
		}
		b.until(j.JobID, fax.RetriesExceeded, 5*time.Minute)
		time.Sleep(time.Minute)
		letters := s.Letters()
		if got := letters[len(letters)-1].Data; !strings.Contains(got, "\nSubject: Sendebericht: Fax an 103, NICHT zugestellt\n") || !strings.Contains(got, "Ergebnis: Die Nummer war besetzt.") {
			t.Errorf("the mail to somebody German:\n%.900s", got)
		}
		for _, m := range b.messages() {
			if m.Report && (!m.Read || len(m.Outcomes) != 1 || !m.Outcomes[0].Done || len(m.Outcomes[0].Deliveries) != 2) {
				t.Errorf("%+v", m)
			}
		}
	})
}

// The password is kept and never shown: not in the settings, the journal, the log, an event or an error. It is sent to
// nobody but the server that it was entered for.
func TestMailPassword(t *testing.T) {
	const secret = "hunter2-or-so"
	postOffice(t, &mailtest.Server{Refuse: errors.New("no way")}, func(b *office) {
		set := func(p fax.MailPatch) (fax.MailResource, error) { return b.UpdateMail(boss, p) }
		m, err := set(fax.MailPatch{Host: patch("mail.example.com"), From: patch("fax@example.com"), User: patch("fax"), Password: patch(secret)})
		if err != nil || !m.PasswordSet || !m.Ready {
			t.Fatalf("%v, %+v", err, m)
		}
		for name, p := range map[string]fax.MailPatch{
			"host": {Host: patch("evil.example.com")}, "port": {Port: patch(2525)}, "checks": {Check: patch(false)},
			"fingerprint": {Fingerprint: patch(strings.Repeat("ab", 32))},
		} {
			_, err := set(p)
			if faults, ok := errors.AsType[fax.Invalid](err); !ok || faults[0].Field != "password" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := set(fax.MailPatch{Authority: patch("no PEM")}); !strings.HasPrefix(fmt.Sprint(err), "authority holds no certificate") {
			t.Errorf("%v", err)
		}
		if _, err := set(fax.MailPatch{Subject: patch("{nobody}")}); !strings.HasPrefix(fmt.Sprint(err), "subject ") {
			t.Errorf("%v", err)
		}
		if _, err := b.UpdateMail(sender, fax.MailPatch{Name: patch("x")}); !errors.Is(err, fax.ErrDenied) {
			t.Errorf("%v", err)
		}
		if v, err := b.TestMail(b.Context(), boss, "anna@example.com"); err != nil || v.OK || v.Sentence == "" || v.Hint == "" || v.Detail == "" {
			t.Errorf("%v, %+v", err, v)
		}
		b.close()
		b.open()
		if account, ok := b.mailAccount(); !ok || account.Password != secret {
			t.Errorf("%+v", account)
		}
		if m, err = set(fax.MailPatch{Host: patch("evil.example.com"), Password: patch("other")}); err != nil {
			t.Error(err)
		}
		list, err := b.Audit(boss, AuditFilter{})
		told := fmt.Sprintf("%+v %+v %+v %s", m, list, b.events(), b.log)
		if err != nil || strings.Contains(told, secret) || !strings.Contains(told, "password") {
			t.Errorf("%v: %s", err, told)
		}
		info, err := os.Stat(filepath.Join(b.path("data"), "faxbox.db"))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%v, %v", err, info.Mode())
		}
		if m, err = set(fax.MailPatch{User: patch("")}); err != nil || m.PasswordSet {
			t.Errorf("%v, %+v", err, m)
		}
	})
}

func TestTestMail(t *testing.T) {
	s := &mailtest.Server{}
	postOffice(t, s, func(b *office) {
		if v, err := b.TestMail(b.Context(), boss, "anna@example.com"); err != nil || v.OK || !strings.Contains(v.Sentence, "not set up") {
			t.Errorf("%v, %+v", err, v)
		}
		b.setMail()
		if _, err := b.TestMail(b.Context(), boss, "anna"); !strings.HasPrefix(fmt.Sprint(err), "to ") {
			t.Errorf("%v", err)
		}
		if v, err := b.TestMail(b.Context(), boss, "anna@example.com"); err != nil || !v.OK || len(s.Letters()) != 1 {
			t.Errorf("%v, %+v", err, v)
		}
		s.Answer = func(string) string { return mailtest.Hang }
		begun := time.Now()
		if v, err := b.TestMail(b.Context(), boss, "anna@example.com"); err != nil || v.OK || time.Since(begun) != testPatience {
			t.Errorf("%v, %+v after %v", err, v, time.Since(begun))
		}
	})
}

// stuck is a method that never comes back by itself.
type stuck struct {
	guid  string
	deaf  bool // not even when it is asked to
	leave chan struct{}
}

func (m *stuck) About() fax.RoutingMethod {
	return fax.RoutingMethod{Guid: m.guid, FriendlyName: "Hang", FunctionName: "hang"}
}
func (*stuck) Check(fax.RoutingMethod) error { return nil }
func (m *stuck) Route(ctx context.Context, _ fax.RoutingMethod, _ route.Fax) (route.Done, error) {
	if m.deaf {
		<-m.leave
		return route.Done{}, errors.New("it came back")
	}
	select {
	case <-ctx.Done():
		return route.Done{}, context.Cause(ctx)
	case <-m.leave:
		return route.Done{}, nil
	}
}

// quick is a method that only counts.
type quick struct{ ran atomic.Int32 }

func (*quick) About() fax.RoutingMethod {
	return fax.RoutingMethod{Guid: "{b}", FriendlyName: "Count", FunctionName: "count"}
}
func (*quick) Check(fax.RoutingMethod) error { return nil }
func (m *quick) Route(context.Context, fax.RoutingMethod, route.Fax) (route.Done, error) {
	m.ran.Add(1)
	return route.Done{}, nil
}

// A method that hangs delays neither calls nor other methods: not of other faxes, and not those that come after it for its own.
func TestMethodHangs(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		t.Run(fmt.Sprintf("deaf %t", deaf), func(t *testing.T) {
			inOffice(t, exchange.Options{}, func(b *office) {
				count := &quick{}
				hang := &stuck{guid: "{a}", deaf: deaf, leave: make(chan struct{})}
				b.methods = []route.Method{hang, count}
				b.open()
				for _, g := range []string{"{a}", "{b}"} {
					if _, err := b.UpdateRoutingMethod(boss, 2, g, fax.RoutingMethodPatch{Enable: patch(true), Setting: patch("x")}); err != nil {
						t.Fatal(err)
					}
				}
				begun := time.Now()
				for range 4 { // two of them fill the lanes of the method that hangs
					b.fax()
				}
				if d := time.Since(begun); d > 5*time.Minute {
					t.Errorf("four calls took %v", d)
				}
				b.wait("the other method for those that found no lane", time.Minute, func() bool { return count.ran.Load() == 2 })
				time.Sleep(3 * time.Minute)
				if f := finding(b, "routing/hang"); f.OK || !strings.Contains(f.Sentence, "takes very long") {
					t.Errorf("%+v", f)
				}
				b.wait("the other method for all", routeLimit+routeGrace, func() bool { return count.ran.Load() == 4 })
				if o := b.messages()[0].Outcomes; o[0].Done || o[0].Problem != errTooLong.Error() || !o[1].Done {
					t.Errorf("%+v", o)
				}
				close(hang.leave)
				synctest.Wait()
			})
		})
	}
}

// A method is tried with a page that nobody sent, before it is switched on.
func TestTestRoutingMethod(t *testing.T) {
	s := &mailtest.Server{}
	postOffice(t, s, func(b *office) {
		try := func(who Who, guid string) (fax.Verdict, error) {
			return b.TestRoutingMethod(b.Context(), who, 2, guid)
		}
		if _, err := try(sender, fax.RouteMail); !errors.Is(err, fax.ErrDenied) {
			t.Errorf("%v", err)
		}
		if _, err := try(boss, "{x}"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v", err)
		}
		if _, err := try(boss, fax.RouteMail); !strings.HasPrefix(fmt.Sprint(err), "setting ") {
			t.Errorf("%v", err)
		}
		set := func(guid, setting string) {
			t.Helper()
			if _, err := b.UpdateRoutingMethod(boss, 2, guid, fax.RoutingMethodPatch{Setting: &setting}); err != nil {
				t.Fatal(err)
			}
		}
		set(fax.RouteMail, "anna@example.com")
		if v, err := try(boss, fax.RouteMail); err != nil || v.OK || !strings.Contains(v.Sentence, "not set up") || v.Hint == "" {
			t.Errorf("%v, %+v", err, v)
		}
		b.setMail()
		if v, err := try(boss, fax.RouteMail); err != nil || !v.OK || len(s.Letters()) != 1 {
			t.Errorf("%v, %+v", err, v)
		}
		folder := b.folder("in")
		set(fax.RouteFolder, folder)
		if v, err := try(boss, fax.RouteFolder); err != nil || !v.OK || len(b.names(folder)) != 1 {
			t.Errorf("%v, %+v", err, v)
		}
		if n := len(b.messages()); n != 0 {
			t.Errorf("%d messages", n)
		}
		s.Answer = func(string) string { return mailtest.Hang }
		begun := time.Now()
		if v, err := try(boss, fax.RouteMail); err != nil || v.OK || time.Since(begun) != testPatience {
			t.Errorf("%v, %+v after %v", err, v, time.Since(begun))
		}
	})
}
