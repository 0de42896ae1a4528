package mail

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"unicode/utf8"

	"faxbox/fax"
)

func parse(der []byte) (*x509.Certificate, error) { return x509.ParseCertificate(der) }

// leaf is a part of a letter as a mail program reads it.
type leaf struct {
	kind, name, id string
	content        []byte
}

// read takes a letter apart.
func read(t testing.TB, l Letter) (*netmail.Message, []leaf) {
	t.Helper()
	l.account = fax.Mail{From: "fax@example.com", Name: "Fäx \"box\""}
	var raw bytes.Buffer
	if err := l.write(&raw); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.SplitSeq(raw.Bytes(), []byte("\r\n")) {
		if bytes.ContainsAny(line, "\r\n\x00") || len(line) > 998 || !ascii(line) {
			t.Errorf("a line that no server need take: %q", line)
		}
	}
	m, err := netmail.ReadMessage(&raw)
	if err != nil {
		t.Fatal(err)
	}
	return m, parts(t, m.Header.Get("Content-Type"), m.Body)
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

func parts(t testing.TB, kind string, body io.Reader) (list []leaf) {
	t.Helper()
	media, params, err := mime.ParseMediaType(kind)
	if err != nil || !strings.HasPrefix(media, "multipart/") {
		t.Fatalf("%q: %v", kind, err)
	}
	r := multipart.NewReader(body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		kind := p.Header.Get("Content-Type")
		if strings.HasPrefix(kind, "multipart/") {
			list = append(list, parts(t, kind, p)...)
			continue
		}
		var content io.Reader = p
		switch p.Header.Get("Content-Transfer-Encoding") {
		case "base64":
			content = base64.NewDecoder(base64.StdEncoding, p)
		case "quoted-printable":
			content = quotedprintable.NewReader(p)
		default:
			t.Fatalf("%v", p.Header)
		}
		data, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, leaf{kind, p.FileName(), p.Header.Get("Content-Id"), data})
	}
}

func TestLetter(t *testing.T) {
	l := letter()
	l.Picture = []byte("\x89PNG and so on")
	m, list := read(t, l)
	from, err := m.Header.AddressList("From")
	if err != nil || from[0].Name != `Fäx "box"` || from[0].Address != "fax@example.com" {
		t.Errorf("from %v, %v", from, err)
	}
	to, err := m.Header.AddressList("To")
	if err != nil || len(to) != 2 {
		t.Errorf("to %v, %v", to, err)
	}
	if date, err := m.Header.Date(); err != nil || !date.Equal(l.Date) {
		t.Errorf("date %v, %v", date, err)
	}
	if id := m.Header.Get("Message-Id"); id != "<"+l.ID+">" {
		t.Errorf("id %s", id)
	}
	if len(list) != 4 || !strings.HasPrefix(list[0].kind, "text/plain") || !strings.HasPrefix(list[1].kind, "text/html") ||
		list[2].kind != "image/png" || list[3].kind != `application/pdf; name=fax.pdf` || list[3].name != "fax.pdf" {
		t.Fatalf("%+v", list)
	}
	if got := string(list[0].content); got != "Here it is.\r\n.\r\nGrüße\r\n" {
		t.Errorf("%q", got)
	}
	if cid := strings.Trim(list[2].id, "<>"); !strings.Contains(string(list[1].content), `src="cid:`+cid+`"`) {
		t.Errorf("%s does not show %s", list[1].content, cid)
	}
	if len(list[3].content) != 4000 || !bytes.Equal(list[2].content, l.Picture) {
		t.Errorf("%d octets, %q", len(list[3].content), list[2].content)
	}
}

// What comes from remote machines is data: it makes no header, turns no text round, and is markup nowhere.
func TestHostileText(t *testing.T) {
	hostile := []string{
		"x\r\nBcc: everybody@example.com", "x\nBcc: a@b.c", "x\rBcc: a@b.c", "x\u2028Bcc: a@b.c", "\x00\x01\x7f", "\u202eoops\u2066", "\xff\xfe",
		"=?utf-8?q?=0D=0ABcc:_a=40b.c?=", strings.Repeat("W", 5000), strings.Repeat("ж", 5000), "<script>alert(1)</script>", `"quoted" \ 'x'`,
		"مرحبا 123", "--=_mixed.fax-1", "", " ", "../../etc/passwd", `a"; filename="b.exe`,
	}
	for _, text := range hostile {
		l := letter()
		l.Subject, l.Text, l.File.Name, l.Picture = text, text, text, []byte("x")
		m, list := read(t, l)
		if m.Header.Get("Bcc") != "" || len(m.Header) != 8 {
			t.Errorf("%q made headers: %v", text, m.Header)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || strings.ContainsAny(subject, "\r\n\x00\u202e\u2066") || utf8.RuneCountInString(subject) > 200 {
			t.Errorf("%q: subject %q, %v", text, subject, err)
		}
		if len(list) != 4 {
			t.Fatalf("%q: %d parts", text, len(list))
		}
		if strings.Contains(string(list[1].content), "<script") || strings.ContainsAny(string(list[0].content), "\x00\u202e") {
			t.Errorf("%q: %s", text, list[1].content)
		}
		if name := list[3].name; name == "" || strings.ContainsAny(name, "/\\\r\n\"") {
			t.Errorf("%q: a file %q", text, name)
		}
	}
}

func FuzzLetter(f *testing.F) {
	f.Add("subject", "text", "name")
	f.Add("a\r\nb: c", "\n.\n", "x\"\r\n")
	f.Fuzz(func(t *testing.T, subject, text, name string) {
		l := letter()
		l.Subject, l.Text, l.File.Name = subject, text, name
		m, list := read(t, l)
		if len(m.Header) != 8 || len(list) != 2 {
			t.Errorf("%v, %d parts", m.Header, len(list))
		}
	})
}

func TestSameAgain(t *testing.T) {
	var a, b bytes.Buffer
	l := letter()
	if err := errors.Join(l.write(&a), l.write(&b)); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("%v", err)
	}
	if n, err := l.size(); err != nil || n != int64(a.Len()) {
		t.Errorf("%d of %d octets, %v", n, a.Len(), err)
	}
}
