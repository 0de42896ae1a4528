package mail

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"faxbox/fax"
	"faxbox/fax/mail/mailtest"
)

var long = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

func account(s *mailtest.Server) Account {
	return Account{Mail: fax.Mail{Host: "mail.example.com", Security: fax.MailPlain, From: "fax@example.com", Name: "Fäx box", Check: true},
		Hello: "box.local", Dial: s.Dial}
}

func letter() Letter {
	return Letter{
		ID: "fax-1.mail.abc@example.com", Date: time.Date(2026, 11, 21, 13, 45, 0, 0, time.UTC), To: []string{"a@example.com", "b@example.com"},
		Subject: "Fax from +49 30 1234, 3 pages", Text: "Here it is.\n.\nGrüße", Instead: "It is too large: see the inbox.",
		File: &File{Name: "fax.pdf", Type: "application/pdf", Write: func(w io.Writer) error { _, err := io.WriteString(w, strings.Repeat("%PDF", 1000)); return err }},
	}
}

// bubble runs a test in virtual time.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

func TestSend(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &mailtest.Server{Extensions: []string{"SIZE 10000000", "8BITMIME", "SMTPUTF8"}}
		list, err := account(s).Send(t.Context(), letter(), []string{"a@example.com", "b@example.com"})
		if err != nil || len(list) != 2 || !list[0].Done || !list[1].Done {
			t.Fatalf("%v, %+v", err, list)
		}
		got := s.Letters()
		if len(got) != 1 || got[0].From != "fax@example.com" || strings.Join(got[0].To, " ") != "a@example.com b@example.com" {
			t.Fatalf("%+v", got)
		}
		if !strings.Contains(got[0].Data, "\n.\n") { // the line of one full stop came through
			t.Errorf("%s", got[0].Data)
		}
		want := []string{"EHLO box.local", "MAIL FROM:<fax@example.com> BODY=8BITMIME", "RCPT TO:<a@example.com>", "RCPT TO:<b@example.com>", "DATA", "QUIT"}
		if commands := s.Commands(); strings.Join(commands, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q", commands)
		}
	})
}

// Whatever a server answers to any command, what is said of it names the step and what to do, and only a refusal of the
// recipient or the letter is final.
func TestFailures(t *testing.T) {
	const content = "."
	tests := []struct {
		command, answer string
		step            Step
		sentence        string
		final, unclear  bool
	}{
		{"greeting", "554 no", Greeting, "has no time", false, false},
		{"greeting", "421 busy", Greeting, "has no time", false, false},
		{"greeting", mailtest.Cut, Greeting, "broke", false, false},
		{"greeting", "hello there", Greeting, "broke", false, false},
		{"EHLO", mailtest.Cut, Greeting, "broke", false, false},
		{"EHLO", "421 busy", Greeting, "has no time", false, false},
		{"MAIL", "451 later", Sender, "has no time", false, false},
		{"MAIL", "550 not you", Sender, "refused the sender fax@example.com", false, false},
		{"MAIL", mailtest.Cut, Sender, "broke", false, false},
		{"RCPT", "450 greylisted", Recipient, "refused the recipient a@example.com: it says 450 greylisted", false, false},
		{"RCPT", "550 5.1.1 unknown", Recipient, "refused the recipient a@example.com: it says 550", true, false},
		{"RCPT", mailtest.Cut, Recipient, "broke", false, false},
		{"DATA", "451 later", Content, "refused the letter: it says 451 later", false, false},
		{"DATA", "554 no valid recipients", Content, "refused the letter", true, false},
		{"DATA", mailtest.Cut, Content, "broke", false, false},
		{content, "451 later", Content, "it says 451", false, false},
		{content, "554 5.7.1 spam", Content, "it says 554", true, false},
		{content, mailtest.Cut, Content, "may have arrived", false, true},
		{content, mailtest.Lost, Content, "may have arrived", false, true},
		{"greeting", mailtest.Hang, Greeting, "broke", false, false},
		{"RCPT", mailtest.Hang, Recipient, "broke", false, false},
		{content, mailtest.Hang, Content, "may have arrived", false, true},
	}
	for _, test := range tests {
		t.Run(test.command+" "+test.answer, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := &mailtest.Server{Answer: func(command string) string {
					if strings.HasPrefix(command, test.command) {
						return test.answer
					}
					return ""
				}}
				begun := time.Now()
				list, err := account(s).Send(t.Context(), letter(), []string{"a@example.com"})
				f, ok := errors.AsType[*Failure](err)
				if !ok || f.Step != test.step || !strings.Contains(f.Error(), test.sentence) || f.Hint() == "" {
					t.Fatalf("%v, %+v", err, f)
				}
				if f.Final() != test.final || f.Unclear != test.unclear {
					t.Errorf("final %v, unclear %v: %v", f.Final(), f.Unclear, err)
				}
				if len(list) != 1 || list[0].Done || list[0].GivenUp != test.final || list[0].Problem == "" {
					t.Errorf("%+v", list)
				}
				if d := time.Since(begun); d > idle+time.Minute {
					t.Errorf("it took %v", d)
				}
			})
		})
	}
}

func TestConnecting(t *testing.T) {
	for want, err := range map[string]error{
		"Nothing answers at mail.example.com, port 25": &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED},
		"is not known":      &net.DNSError{Err: "no such host", IsNotFound: true},
		"does not answer":   context.DeadlineExceeded,
		"cannot be reached": syscall.ENETUNREACH,
	} {
		_, got := account(&mailtest.Server{Refuse: err}).Send(t.Context(), letter(), []string{"a@example.com"})
		if f, ok := errors.AsType[*Failure](got); !ok || f.Step != Connection || !strings.Contains(got.Error(), want) || f.Hint() == "" || f.Final() {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func TestHello(t *testing.T) {
	for _, c := range []struct {
		name  string
		local net.Addr
		want  string
	}{
		{"fax.example.com", &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7)}, "fax.example.com"}, {"fax", &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7)}, "[192.0.2.7]"},
		{"", &net.TCPAddr{IP: net.ParseIP("2001:db8::7")}, "[IPv6:2001:db8::7]"}, {"", nil, "localhost"}, {"fax.", nil, "fax."},
	} {
		if got := (Account{Hello: c.name}).hello(c.local); got != c.want {
			t.Errorf("%q at %v: %q, want %q", c.name, c.local, got, c.want)
		}
	}
}

// The context's end cuts a session that hangs.
func TestCancelled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &mailtest.Server{Answer: func(c string) string { return mailtest.Hang }}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		_, err := account(s).Send(ctx, letter(), []string{"a@example.com"})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Minute || !strings.Contains(err.Error(), "took too long") {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

// Some addresses are taken and others are not: each is told of.
func TestSomeRecipients(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &mailtest.Server{Answer: func(command string) string {
			switch {
			case strings.Contains(command, "gone@"):
				return "550 5.1.1 nobody of that name"
			case strings.Contains(command, "later@"):
				return "450 4.2.0 greylisted"
			}
			return ""
		}}
		list, err := account(s).Send(t.Context(), letter(), []string{"gone@x.de", "a@x.de", "later@x.de"})
		f, ok := errors.AsType[*Failure](err)
		if !ok || f.Final() || !strings.Contains(err.Error(), "later@x.de") { // the one that passes decides
			t.Errorf("%v", err)
		}
		if !list[0].GivenUp || list[0].Done || !list[1].Done || list[1].Problem != "" || list[2].GivenUp || list[2].Done {
			t.Errorf("%+v", list)
		}
		if got := s.Letters(); len(got) != 1 || len(got[0].To) != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// A letter that is too large goes without its file, whether the server says so before or after.
func TestTooLarge(t *testing.T) {
	refuse := func(at string) func(string) string {
		done := false
		return func(command string) string {
			if strings.HasPrefix(command, at) && !done {
				done = true
				return "552 5.3.4 Message too big"
			}
			return ""
		}
	}
	for name, s := range map[string]*mailtest.Server{
		"by SIZE": {Extensions: []string{"SIZE 2000"}}, "at MAIL": {Answer: refuse("MAIL")}, "at the end": {Answer: refuse(".")},
		"at DATA": {Answer: refuse("DATA")},
	} {
		bubble(t, func(t *testing.T) {
			list, err := account(s).Send(t.Context(), letter(), []string{"a@example.com"})
			if err != nil || !list[0].Done {
				t.Fatalf("%s: %v, %+v", name, err, list)
			}
			got := s.Letters()
			if len(got) != 1 || strings.Contains(got[0].Data, "fax.pdf") || !strings.Contains(got[0].Data, "see the inbox") {
				t.Errorf("%s: %+v", name, got)
			}
		})
	}
}

func TestEncryption(t *testing.T) {
	good, pem, err := mailtest.Certificate(long, long.AddDate(100, 0, 0), "mail.example.com")
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := mailtest.Certificate(long, long.AddDate(100, 0, 0), "www.example.com")
	if err != nil {
		t.Fatal(err)
	}
	old, oldPEM, err := mailtest.Certificate(long, long.AddDate(1, 0, 0), "mail.example.com")
	if err != nil {
		t.Fatal(err)
	}
	otherPrint := strings.Repeat("ab", 32)
	tests := []struct {
		name   string
		server mailtest.Server
		change func(*fax.Mail)
		want   string // of the sentence; empty: it works
	}{
		{"own authority", mailtest.Server{TLS: good}, func(m *fax.Mail) { m.Authority = pem }, ""},
		{"from the start", mailtest.Server{TLS: good, Implicit: true}, func(m *fax.Mail) { m.Authority, m.Security = pem, fax.MailTLS }, ""},
		{"unknown authority", mailtest.Server{TLS: good}, func(*fax.Mail) {}, "is not trusted"},
		{"unknown authority from the start", mailtest.Server{TLS: good, Implicit: true}, func(m *fax.Mail) { m.Security = fax.MailTLS }, "is not trusted"},
		{"no checks", mailtest.Server{TLS: good}, func(m *fax.Mail) { m.Check = false }, ""},
		{"another name", mailtest.Server{TLS: other}, func(*fax.Mail) {}, "is not for mail.example.com"},
		{"expired", mailtest.Server{TLS: old}, func(m *fax.Mail) { m.Authority = oldPEM }, "has expired"},
		{"fingerprint", mailtest.Server{TLS: old}, func(m *fax.Mail) { m.Fingerprint = printOf(t, old.Certificates[0].Certificate[0]) }, ""},
		{"another fingerprint", mailtest.Server{TLS: good}, func(m *fax.Mail) { m.Fingerprint = otherPrint }, "another certificate"},
		{"another fingerprint, no checks", mailtest.Server{TLS: good}, func(m *fax.Mail) { m.Fingerprint, m.Check = otherPrint, false }, "another certificate"},
		{"none offered", mailtest.Server{}, func(*fax.Mail) {}, "offers no STARTTLS"},
		{"refused", mailtest.Server{TLS: good, Answer: func(c string) string {
			if c == "STARTTLS" {
				return "454 TLS not available"
			}
			return ""
		}}, func(*fax.Mail) {}, "agree on no encryption"},
	}
	for i := range tests {
		test := &tests[i]
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				test.server.Users = map[string]string{"fax": "secret"}
				a := account(&test.server)
				a.Security, a.User, a.Password = fax.MailStartTLS, "fax", "secret"
				test.change(&a.Mail)
				_, err := a.Send(t.Context(), letter(), []string{"a@example.com"})
				if test.want == "" {
					if err != nil || len(test.server.Letters()) != 1 {
						t.Errorf("%v", err)
					}
					return
				}
				f, ok := errors.AsType[*Failure](err)
				if !ok || f.Step != Encryption || !strings.Contains(err.Error(), test.want) || f.Hint() == "" {
					t.Errorf("%v, %+v", err, f)
				}
				for _, c := range test.server.Commands() {
					if strings.HasPrefix(c, "AUTH") || strings.HasPrefix(c, "MAIL") {
						t.Errorf("it said %s all the same", c)
					}
				}
			})
		})
	}
}

// A server that greets in the clear where TLS is expected. It takes a real connection: in a pipe both would speak at once and
// nobody listen.
func TestNoEncryptionSpoken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := &mailtest.Server{}
	go s.Serve(l)
	a := account(s)
	a.Security = fax.MailTLS
	a.Dial = func(context.Context, string, string) (net.Conn, error) { return net.Dial("tcp", l.Addr().String()) }
	_, err = a.Send(t.Context(), letter(), []string{"a@example.com"})
	if f, ok := errors.AsType[*Failure](err); !ok || f.Step != Encryption || !strings.Contains(err.Error(), "does not speak TLS from the start") {
		t.Errorf("%v", err)
	}
}

func TestAuthentication(t *testing.T) {
	config, _, err := mailtest.Certificate(long, long.AddDate(100, 0, 0), "mail.example.com")
	if err != nil {
		t.Fatal(err)
	}
	send := func(t *testing.T, s *mailtest.Server, password string) error {
		s.TLS = config
		a := account(s)
		a.Security, a.Check, a.User, a.Password = fax.MailStartTLS, false, "fax", password
		_, err := a.Send(t.Context(), letter(), []string{"a@example.com"})
		return err
	}
	bubble(t, func(t *testing.T) {
		err := send(t, &mailtest.Server{Users: map[string]string{"fax": "secret"}}, "wrong")
		f, ok := errors.AsType[*Failure](err)
		if !ok || f.Step != Authentication || f.Final() || !strings.Contains(err.Error(), "refused the user name or the password") {
			t.Errorf("%v", err)
		}
		if strings.Contains(err.Error()+f.Detail(), "wrong") {
			t.Errorf("the password is told: %v, %s", err, f.Detail())
		}
		if err := send(t, &mailtest.Server{}, "secret"); err == nil || !strings.Contains(err.Error(), "no way to log in") {
			t.Errorf("%v", err)
		}
		if err := send(t, &mailtest.Server{Users: map[string]string{"fax": "x"}, Answer: func(c string) string {
			if strings.HasPrefix(c, "AUTH") {
				return "454 4.7.0 Temporary authentication failure"
			}
			return ""
		}}, "x"); err == nil || !strings.Contains(err.Error(), "has no time") {
			t.Errorf("%v", err)
		}
	})
}

// A server that never ends its answer is left.
func TestTalkative(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &mailtest.Server{Answer: func(c string) string {
			if strings.HasPrefix(c, "EHLO") {
				return strings.Repeat("250-and on and on\n", 1<<16) + "250 done"
			}
			return ""
		}}
		if _, err := account(s).Send(t.Context(), letter(), []string{"a@example.com"}); err == nil {
			t.Error("it listened to all of it")
		}
	})
}

func printOf(t *testing.T, der []byte) string {
	t.Helper()
	c, err := parse(der)
	if err != nil {
		t.Fatal(err)
	}
	return fingerprint(c)
}
