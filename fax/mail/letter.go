package mail

import (
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
	"unicode"

	"faxbox/fax"
)

// Letter is one mail. Written twice it is the same, octet for octet.
type Letter struct {
	ID      string    // Message-ID, without brackets
	Date    time.Time // in the zone that it is to be shown in
	To      []string  // addresses, as shown; who gets it Send says
	Subject string    // one line; whatever is no text in it is left out
	Text    string    // several lines
	Picture []byte    // PNG, shown beneath the text; nil: none
	File    *File     // nil: none
	With    string    // stands beneath the text if the file goes with it
	Instead string    // and if it is left out because it is too large

	account fax.Mail
}

// File goes with a letter.
type File struct {
	Name string // any text; it is made harmless
	Type string // of its content: "application/pdf"
	// Write writes it; it is called several times, and writes the same each time.
	Write func(io.Writer) error
}

// unreadable is a file that could not be written into a letter.
type unreadable struct{ error }

func (u *unreadable) Unwrap() error { return u.error }

// withoutFile is the letter if it is too large.
func (l Letter) withoutFile() Letter {
	l.With, l.File = l.Instead, nil
	return l
}

// write writes the letter with line ends of CR LF.
func (l Letter) write(w io.Writer) error {
	boundary := func(what string) string { return "=_" + what + "." + boundaryOf(l.ID) } // "=_" stands in no encoding
	mixed := multipart.NewWriter(w)
	if err := mixed.SetBoundary(boundary("mixed")); err != nil {
		return err
	}
	if _, err := io.WriteString(w, l.head(mixed.Boundary())); err != nil {
		return err
	}
	if err := l.body(mixed, boundary); err != nil {
		return err
	}
	if l.File != nil {
		name := FileName(l.File.Name)
		part, err := mixed.CreatePart(textproto.MIMEHeader{
			"Content-Type":              {mime.FormatMediaType(l.File.Type, map[string]string{"name": name})},
			"Content-Disposition":       {mime.FormatMediaType("attachment", map[string]string{"filename": name})},
			"Content-Transfer-Encoding": {"base64"},
		})
		if err != nil {
			return err
		}
		if err := encode(part, l.File.Write); err != nil {
			return err
		}
	}
	return mixed.Close()
}

// head is the header, with the empty line after it.
func (l Letter) head(boundary string) string {
	var b strings.Builder
	field := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	field("Date", l.Date.Format(time.RFC1123Z))
	field("From", (&mail.Address{Name: OneLine(l.account.Name, 100), Address: l.account.From}).String())
	field("To", strings.Join(l.To, ",\r\n "))
	field("Subject", encodeWords(OneLine(l.Subject, 200)))
	field("Message-ID", "<"+l.ID+">")
	field("Auto-Submitted", "auto-generated") // RFC 3834: nobody's holiday notice answers it
	field("MIME-Version", "1.0")
	field("Content-Type", `multipart/mixed; boundary="`+boundary+`"`)
	b.WriteString("\r\n")
	return b.String()
}

// body writes the text, and the same with the picture for those who show it.
func (l Letter) body(mixed *multipart.Writer, boundary func(string) string) error {
	if l.Picture == nil {
		return l.plain(mixed)
	}
	either, err := nested(mixed, "alternative", boundary)
	if err != nil {
		return err
	}
	if err := l.plain(either); err != nil {
		return err
	}
	shown, err := nested(either, "related", boundary)
	if err != nil {
		return err
	}
	cid := "page1." + l.ID
	if err := l.page(shown, cid); err != nil {
		return err
	}
	part, err := shown.CreatePart(textproto.MIMEHeader{
		"Content-Type": {"image/png"}, "Content-Disposition": {`inline; filename="page1.png"`},
		"Content-Id": {"<" + cid + ">"}, "Content-Transfer-Encoding": {"base64"},
	})
	if err != nil {
		return err
	}
	if err := encode(part, func(w io.Writer) error { _, err := w.Write(l.Picture); return err }); err != nil {
		return err
	}
	if err := shown.Close(); err != nil {
		return err
	}
	return either.Close()
}

// nested begins a multipart within another.
func nested(in *multipart.Writer, kind string, boundary func(string) string) (*multipart.Writer, error) {
	part, err := in.CreatePart(textproto.MIMEHeader{"Content-Type": {"multipart/" + kind + `; boundary="` + boundary(kind) + `"`}})
	if err != nil {
		return nil, err
	}
	w := multipart.NewWriter(part)
	return w, w.SetBoundary(boundary(kind))
}

func (l Letter) plain(w *multipart.Writer) error { return text(w, "text/plain", l.text()) }

// text is all of the text.
func (l Letter) text() string {
	t := strings.TrimRight(l.Text, "\n") + "\n"
	if l.With != "" {
		t += "\n" + l.With + "\n"
	}
	return t
}

// page is the letter in HTML. It loads nothing from anywhere.
func (l Letter) page(w *multipart.Writer, cid string) error {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body style=\"font-family: sans-serif\">\n")
	for paragraph := range strings.SplitSeq(strings.TrimRight(clean(l.text()), "\n"), "\n\n") {
		lines := strings.Split(paragraph, "\n")
		for i, line := range lines {
			lines[i] = "<bdi>" + html.EscapeString(line) + "</bdi>"
		}
		fmt.Fprintf(&b, "<p>%s</p>\n", strings.Join(lines, "<br>\n"))
	}
	fmt.Fprintf(&b, "<p><img src=\"cid:%s\" alt=\"\" style=\"border: 1px solid #999\"></p>\n</body></html>\n", html.EscapeString(cid))
	return text(w, "text/html", b.String())
}

func text(w *multipart.Writer, kind, s string) error {
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Type": {kind + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"},
	})
	if err != nil {
		return err
	}
	q := quotedprintable.NewWriter(part)
	if _, err := io.WriteString(q, strings.ReplaceAll(clean(s), "\n", "\r\n")); err != nil {
		return err
	}
	return q.Close()
}

// encode writes content as base64 in lines.
func encode(w io.Writer, write func(io.Writer) error) error {
	lines := &wrapped{w: w}
	b := base64.NewEncoder(base64.StdEncoding, lines)
	source := &marking{w: b}
	if err := write(source); err != nil {
		if source.err == nil {
			return &unreadable{err}
		}
		return err
	}
	if err := b.Close(); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\r\n")
	return err
}

// marking remembers whether it was the letter, and not its file, that could not go on.
type marking struct {
	w   io.Writer
	err error
}

func (m *marking) Write(p []byte) (n int, err error) {
	n, m.err = m.w.Write(p)
	return n, m.err
}

// wrapped breaks lines after 76 characters (RFC 2045, 6.8).
type wrapped struct {
	w   io.Writer
	col int
}

func (l *wrapped) Write(p []byte) (n int, err error) {
	const width = 76
	for len(p) > 0 {
		if l.col == width {
			if _, err := io.WriteString(l.w, "\r\n"); err != nil {
				return n, err
			}
			l.col = 0
		}
		k, err := l.w.Write(p[:min(len(p), width-l.col)])
		n, l.col, p = n+k, l.col+k, p[k:]
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// encodeWords is text for a header (RFC 2047), with a line end wherever one encoded word follows another.
func encodeWords(s string) string {
	s = strings.ReplaceAll(s, "=?", "= ?") // what looks like an encoded word is none
	return strings.ReplaceAll(mime.QEncoding.Encode("utf-8", s), "?= =?", "?=\r\n =?")
}

// boundaryOf is an id as part of a boundary, which takes fewer characters and 70 of them.
func boundaryOf(id string) string {
	id = strings.Map(func(r rune) rune {
		if r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' || r == '-') {
			return r
		}
		return -1
	}, id)
	return id[:min(len(id), 50)]
}

// OneLine is text from anywhere as it may stand on one line: what is no text is left out, characters that turn the direction
// of others above all; what is too long is cut.
func OneLine(s string, most int) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most-1]) + "…"
	}
	return s
}

// clean leaves of text what can be read, and its line ends.
func clean(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(strings.ToValidUTF8(s, "\ufffd"))
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Bidi_Control, r), unicode.Is(unicode.Co, r), r == '\ufeff':
			return -1
		}
		return r
	}, s)
}

// FileName is text as a file's name that no system stumbles over.
func FileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`\/:*?"<>|`, r) {
			return '-'
		}
		return r
	}, OneLine(s, 100))
	if s = strings.Trim(s, ". -"); s == "" {
		return "fax"
	}
	return s
}
