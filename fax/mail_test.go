package fax

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestIsAddress(t *testing.T) {
	for _, good := range []string{
		"a@b", "anna@example.com", "anna.b+fax@mail.example.com", "o'neil_1@x-y.example", "a@[::1]"[:1] + "@b.c", strings.Repeat("a", 64) + "@b.c",
	} {
		if !IsAddress(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{
		"", "@", "a@", "@b", "a b@c.d", "a@b c", "a@b@c", "a..b@c.d", ".a@b.c", "a.@b.c", "a@b..c", "a@.b", "a@-b.c", "a@b-.c", "<a@b.c>", "A <a@b.c>",
		"a@b.c\r\nRCPT TO:<x@y.z>", "a@b.c\n", "a@b.c>", "a\x00@b.c", "ä@b.c", "a@ä.c", "\"a b\"@c.d", "a@b.c,d@e.f", strings.Repeat("a", 65) + "@b.c",
		"a@" + strings.Repeat("b", 64) + ".c", "a@" + strings.Repeat("b.", 130) + "c", "a\u202e@b.c",
	} {
		if IsAddress(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"": "[]", " , ;": "[]", "a@b.c": "[a@b.c]", "a@b.c,d@e.f; g@h.i\tA@B.c": "[a@b.c d@e.f g@h.i]",
	} {
		got, err := Addresses("to", text)
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	many := ""
	for i := range MaxAddresses + 1 {
		many += fmt.Sprintf("a%d@b.c,", i)
	}
	for _, text := range []string{"a", "a@b.c, x", many} {
		if _, err := Addresses("setting", text); !strings.HasPrefix(fmt.Sprint(err), "setting ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestMailApply(t *testing.T) {
	good, err := NewMail().Apply(MailPatch{Host: new("smtp.example.com"), From: new("fax@example.com")})
	if err != nil || !good.Ready() || good.ServerPort() != 587 {
		t.Fatalf("%v, %+v", err, good)
	}
	print := strings.Repeat("AB:", 31) + "AB"
	if m, err := good.Apply(MailPatch{Fingerprint: &print}); err != nil || m.Fingerprint != strings.Repeat("ab", 32) {
		t.Errorf("%v, %q", err, m.Fingerprint)
	}
	for _, c := range []struct {
		patch MailPatch
		wrong string
	}{
		{MailPatch{Host: new("smtp.example.com:25")}, "host"}, {MailPatch{Host: new("a b")}, "host"}, {MailPatch{Host: new("x\r\ny")}, "host"},
		{MailPatch{Host: new("192.0.2.1")}, ""}, {MailPatch{Host: new("2001:db8::1")}, ""}, {MailPatch{Host: new("")}, ""},
		{MailPatch{Port: new(-1)}, "port"}, {MailPatch{Port: new(65536)}, "port"}, {MailPatch{Security: new(MailSecurity("ssl"))}, "security"},
		{MailPatch{Security: new(MailSecurity(""))}, "security"}, {MailPatch{Security: new(MailPlain)}, ""},
		{MailPatch{Security: new(MailPlain), User: new("fax")}, "security"}, {MailPatch{From: new("")}, "from"}, {MailPatch{From: new("fax")}, "from"},
		{MailPatch{Name: new("a\nb")}, "name"}, {MailPatch{Subject: new("a\r\nBcc: b")}, "subject"}, {MailPatch{Text: new("a\nb")}, ""},
		{MailPatch{Fingerprint: new("abc")}, "fingerprint"}, {MailPatch{Fingerprint: new(strings.Repeat("xy", 32))}, "fingerprint"},
		{MailPatch{Authority: new(strings.Repeat("x", MaxAuthority+1))}, "authority"},
	} {
		m, err := good.Apply(c.patch)
		if got := strings.Join(fields(err), " "); got != c.wrong {
			t.Errorf("%+v: at fault %q, want %q", c.patch, got, c.wrong)
		}
		if err != nil && m != good {
			t.Errorf("%+v: changed all the same", c.patch)
		}
	}
}

func TestMailOrder(t *testing.T) {
	o, err := MailOrder{To: []string{"a@b.c, A@b.c"}}.Normal()
	if err != nil || len(o.To) != 1 || o.Format != PDF {
		t.Errorf("%v, %+v", err, o)
	}
	for wrong, o := range map[string]MailOrder{
		"to": {}, "to ": {To: []string{"x"}}, "subject": {To: []string{"a@b.c"}, Subject: "a\r\nBcc: b@c.d"},
		"text": {To: []string{"a@b.c"}, Text: "\x00"}, "format": {To: []string{"a@b.c"}, Format: PCL},
	} {
		_, err := o.Normal()
		invalid, ok := errors.AsType[Invalid](err)
		if !ok || invalid[0].Field != strings.TrimSpace(wrong) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
