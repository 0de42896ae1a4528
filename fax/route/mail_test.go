package route

import (
	"context"
	"errors"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"faxbox/fax"
	ourmail "faxbox/fax/mail"
	"faxbox/fax/mail/mailtest"
	"faxbox/fax/raster"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

// scanned is a fax of some pages, received on line 1 at 00:30:05 on 2 March 2026.
func scanned(t testing.TB, pages ...*raster.Page) Fax {
	t.Helper()
	if len(pages) == 0 {
		page := raster.New(1728, 100, raster.Fine)
		for i := range page.Bits {
			page.Bits[i] = byte(i * i >> 8)
		}
		pages = []*raster.Page{page}
	}
	disk := &memory{}
	if err := tiff.Write(disk, tiff.Style{Coding: t4.MMR}, pages...); err != nil {
		t.Fatal(err)
	}
	f := received("", "+49 30 5678")
	f.Message.Direction, f.Message.Pages = fax.In, len(pages)
	f.Message.EndTime = f.Message.RawReceiveTime.Add(time.Minute)
	f.Outcome = fax.RoutingOutcome{Guid: fax.RouteMail}
	f.Box, f.Language = "fax.local", "en"
	f.Open = func() (File, error) { return unclosed{strings.NewReader(string(disk.data))}, nil }
	return f
}

// memory is a disk.
type memory struct{ data []byte }

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	if need := int(off) + len(p); need > len(m.data) {
		m.data = append(m.data, make([]byte, need-len(m.data))...)
	}
	return copy(m.data[off:], p), nil
}

func (*memory) Sync() error { return nil }

// post is the method mail that gives its letters to a server.
func post(s *mailtest.Server, change ...func(*fax.Mail)) *Mail {
	settings := fax.Mail{Host: "mail.example.com", Security: fax.MailPlain, From: "fax@example.com", Name: "Fax", Check: true}
	for _, c := range change {
		c(&settings)
	}
	return &Mail{Account: func() (ourmail.Account, bool) { return ourmail.Account{Mail: settings, Dial: s.Dial}, settings.Ready() }}
}

// header is the header of the only letter that a server took, decoded.
func header(t *testing.T, s *mailtest.Server, field string) string {
	t.Helper()
	all := s.Letters()
	if len(all) != 1 {
		t.Fatalf("%d letters", len(all))
	}
	m, err := mail.ReadMessage(strings.NewReader(all[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get(field))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestMailRoute(t *testing.T) {
	s := &mailtest.Server{}
	f := scanned(t)
	settings := fax.RoutingMethod{Setting: "a@example.com, b@example.com", NamePattern: "{date}-{caller}"}
	done, err := post(s).Route(t.Context(), settings, f)
	if err != nil || len(done.Deliveries) != 2 || !done.Deliveries[0].Done || done.Result != strings.Trim(header(t, s, "Message-Id"), "<>") {
		t.Fatalf("%v, %+v", err, done)
	}
	if got := header(t, s, "Subject"); got != "Fax from +49 30 5678 (+49 30 1234), 1 page" {
		t.Errorf("subject %q", got)
	}
	if got := header(t, s, "Date"); got != "Mon, 02 Mar 2026 00:31:05 +0100" {
		t.Errorf("date %q", got)
	}
	data := s.Letters()[0].Data
	for _, want := range []string{
		"Caller: +49 30 5678", "Station id: +49 30 1234", "Received: 2 March 2026, 00:30 CET", "Line: Line 1", "For: 4711|22", "Pages: 1",
		"The fax is attached as PDF.", "Fax box fax.local", "Content-Type: image/png", `filename=2026-03-02-+49-30-5678.pdf`,
	} {
		if !strings.Contains(data, want) && !strings.Contains(data, strings.ReplaceAll(want, "=", "=3D")) {
			t.Errorf("no %q in\n%.3000s", want, data)
		}
	}
}

// A second attempt is known for what it is: the same Message-ID, the same letter, octet for octet. Another fax's is another.
func TestMailAgain(t *testing.T) {
	s := &mailtest.Server{Answer: func(c string) string {
		if c == "." {
			return mailtest.Lost
		}
		return ""
	}}
	f := scanned(t)
	var ids []string
	for range 2 {
		done, err := post(s).Route(t.Context(), fax.RoutingMethod{Setting: "a@example.com"}, f)
		if err == nil || IsFinal(err) || !strings.Contains(err.Error(), "may have arrived") || Hint(err) == "" {
			t.Fatalf("%v", err)
		}
		f.Outcome.Deliveries = done.Deliveries
		ids = append(ids, done.Result)
	}
	if got := s.Letters(); len(got) != 2 || got[0].Data != got[1].Data || ids[0] != ids[1] {
		t.Errorf("%v", ids)
	}
	other := f
	other.Message.ID++
	order := f
	order.Outcome.Order = &fax.RoutingOrder{ID: "mail-1"}
	later := f
	later.Message.RawReceiveTime = later.Message.RawReceiveTime.Add(time.Nanosecond)
	for _, f := range []Fax{other, order, later} {
		if id := f.messageID("fax@example.com"); id == ids[0] {
			t.Errorf("%s again", id)
		}
	}
}

// Each address is told of for itself: who has it gets it no more.
func TestMailToSome(t *testing.T) {
	answers := map[string]string{"b@x.de": "450 4.2.0 later", "c@x.de": "550 5.1.1 gone"}
	s := &mailtest.Server{Answer: func(c string) string {
		for address, answer := range answers {
			if strings.HasPrefix(c, "RCPT") && strings.Contains(c, address) {
				return answer
			}
		}
		return ""
	}}
	f := scanned(t)
	settings := fax.RoutingMethod{Setting: "a@x.de,b@x.de,c@x.de"}
	done, err := post(s).Route(t.Context(), settings, f)
	if err == nil || IsFinal(err) || !strings.Contains(err.Error(), "b@x.de") {
		t.Fatalf("%v, %+v", err, done)
	}
	f.Outcome.Deliveries = done.Deliveries
	delete(answers, "b@x.de")
	done, err = post(s).Route(t.Context(), settings, f)
	if !IsFinal(err) || !strings.Contains(err.Error(), "c@x.de") || Hint(err) == "" {
		t.Errorf("%v", err)
	}
	f.Outcome.Deliveries = done.Deliveries
	if done, err = post(s).Route(t.Context(), settings, f); !IsFinal(err) {
		t.Errorf("%v, %+v", err, done)
	}
	var to []string
	for _, l := range s.Letters() {
		to = append(to, l.To...)
	}
	if !slices.Equal(to, []string{"a@x.de", "b@x.de"}) {
		t.Errorf("%v", to)
	}
}

func TestMailNotSetUp(t *testing.T) {
	_, err := post(&mailtest.Server{}, func(m *fax.Mail) { m.Host = "" }).Route(t.Context(), fax.RoutingMethod{Setting: "a@b.c"}, scanned(t))
	if err == nil || IsFinal(err) || Hint(err) == "" {
		t.Errorf("%v", err)
	}
}

func TestMailTooLarge(t *testing.T) {
	s := &mailtest.Server{Extensions: []string{"SIZE 8000"}}
	done, err := post(s).Route(t.Context(), fax.RoutingMethod{Setting: "a@b.c", Format: fax.TIFF}, scanned(t))
	if err != nil || !done.Deliveries[0].Done {
		t.Fatalf("%v", err)
	}
	if data := s.Letters()[0].Data; strings.Contains(data, "attached") || !strings.Contains(data, "too large for mail. You find it in the fax box fax.local as") {
		t.Errorf("%.2000s", data)
	}
}

func TestMailWords(t *testing.T) {
	whole, partial, sent, report := scanned(t), scanned(t), scanned(t), scanned(t)
	partial.Message.Partial, partial.Message.Damaged, partial.Language = true, []int{2, 3}, "de"
	sent.Message.Direction, sent.Message.RecipientNumber, sent.Message.RecipientName, sent.Message.Pages = fax.Out, "030 99", "Anna", 2
	sent.Outcome.Order = &fax.RoutingOrder{ID: "mail-1", By: "bob", Mail: fax.MailOrder{Text: "Look at this,\nplease."}}
	report.Message.Report, report.Message.RecipientNumber, report.Message.DisplayName = true, "030 99", "letter.pdf"
	report.Message.Direction, report.Message.Result = fax.Out, fax.ResultOf(fax.Busy)
	report.Outcome.Order = &fax.RoutingOrder{ID: "report", By: ""}
	own := func(m *fax.Mail) { m.Subject, m.Text = "[{line}] {caller} {when}: {subject}", "{facts}--\n{id}" }
	for _, c := range []struct {
		name          string
		fax           Fax
		change        func(*fax.Mail)
		subject, text string
	}{
		{"whole", whole, func(*fax.Mail) {}, "Fax from +49 30 5678 (+49 30 1234), 1 page", "Caller: "},
		{"partial", partial, func(*fax.Mail) {}, "UNVOLLSTÄNDIG: Fax von +49 30 5678 (+49 30 1234), 1 Seite", "Es fehlen Seiten"},
		{"sent", sent, func(*fax.Mail) {}, "Fax to 030 99 (Anna), 2 pages", "Look at this,\nplease.\n\nForwarded by bob.\n\nNumber: 030 99"},
		{"report", report, func(*fax.Mail) {}, "Delivery report: fax to 030 99, NOT delivered", "Result: " + fax.Busy.Sentence()},
		{"report in German", inGerman(report), func(*fax.Mail) {}, "Sendebericht: Fax an 030 99, NICHT zugestellt", "Ergebnis: Die Nummer war besetzt."},
		{"own words", whole, own, "[Line 1] +49 30 5678 2 March 2026, 00:30 CET: Fax from +49 30 5678 (+49 30 1234), 1 page", "--\n7"},
		{"own words, partial", partial, own, "UNVOLLSTÄNDIG: [Line 1] +49 30 5678 02.03.2026, 00:30 CET: Fax von", "Seiten waren Zeilen nicht lesbar: 2, 3"},
		{"own words, forwarded", sent, own, "Fax to 030 99 (Anna), 2 pages", "Forwarded by bob."},
	} {
		t.Run(c.name, func(t *testing.T) {
			account, _ := post(&mailtest.Server{}, c.change).Account()
			order := fax.MailOrder{To: []string{"a@b.c"}, Format: fax.PDF}
			if c.fax.Outcome.Order != nil {
				order.Text = c.fax.Outcome.Order.Mail.Text
			}
			l, err := c.fax.letter(order, fax.RoutingMethod{}, account)
			if err != nil || !strings.HasPrefix(l.Subject, c.subject) || !strings.Contains(l.Text, c.text) {
				t.Errorf("%v\n%q\n%s", err, l.Subject, l.Text)
			}
		})
	}
}

func inGerman(f Fax) Fax {
	f.Language = "de"
	return f
}

func TestMailCheck(t *testing.T) {
	for setting, wrong := range map[string]bool{
		"a@b.c": false, "a@b.c;d@e.f": false, "": false, "a": true, "a@b.c, x": true, "A <a@b.c>": true, "a@b.c\r\nBcc: d@e.f": true,
	} {
		err := new(Mail).Check(fax.RoutingMethod{Setting: setting})
		if (err != nil) != wrong {
			t.Errorf("%q: %v", setting, err)
		}
		if list, ok := errors.AsType[fax.Invalid](err); wrong && (!ok || list[0].Field != "setting") {
			t.Errorf("%q: %v", setting, err)
		}
	}
	if err := new(Mail).Check(fax.RoutingMethod{Enable: true, Setting: " , "}); err == nil {
		t.Error("switched on without an address")
	}
	if err := new(Mail).Check(fax.RoutingMethod{Setting: "a@b.c", Format: fax.PCL}); err == nil || !strings.Contains(err.Error(), "format") {
		t.Errorf("%v", err)
	}
	for pattern, wrong := range map[string]bool{"{caller}: {pages}": false, "": false, "{nobody}": true, "{caller": true, "{facts}": false} {
		if err := CheckMailWords(fax.Mail{Subject: pattern}); (err != nil) != wrong {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

// Whatever the distant machine calls itself, it is one line of text, and makes no header.
func FuzzMailSubject(f *testing.F) {
	for _, s := range []string{"ACME", "x\r\nBcc: a@b.c", "\u202egnp.exe", "=?utf-8?q?=0a?=", strings.Repeat("ж", 300), "\xff", "{caller}"} {
		f.Add(s, s)
	}
	one := scanned(f)
	f.Fuzz(func(t *testing.T, caller, station string) {
		fx := one
		fx.Message.CallerID, fx.Message.Tsid = fax.Text(caller), fax.Text(station)
		s := &mailtest.Server{}
		if _, err := post(s).Route(t.Context(), fax.RoutingMethod{Setting: "a@b.c", Format: fax.TIFF}, fx); err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(strings.NewReader(s.Letters()[0].Data))
		if err != nil || len(m.Header) != 8 {
			t.Fatalf("%v, %v", err, m.Header)
		}
		subject := header(t, s, "Subject")
		if strings.ContainsAny(subject, "\r\n\u202e") || !utf8.ValidString(subject) || utf8.RuneCountInString(subject) > 200 {
			t.Errorf("%q", subject)
		}
	})
}

// A server that hangs ends with the attempt's time.
func TestMailHangs(t *testing.T) {
	f := scanned(t)
	synctest.Test(t, func(t *testing.T) {
		s := &mailtest.Server{Answer: func(string) string { return mailtest.Hang }}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := post(s).Route(ctx, fax.RoutingMethod{Setting: "a@b.c"}, f); err == nil || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}
