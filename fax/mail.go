package fax

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Mail is how mail leaves the box: for received faxes, faxes that are forwarded, delivery reports. Its password is kept
// apart.
type Mail struct {
	Host     string       `json:"host"`                              // of the mail server; empty: no mail is sent
	Port     int          `json:"port"`                              // 1-65535; 0: the usual one of Security
	Security MailSecurity `json:"security" enum:"none,starttls,tls"` // of the way there
	User     string       `json:"user"`                              // empty: the server asks for none
	From     string       `json:"from"`                              // the sender's address
	Name     string       `json:"name"`                              // the sender's name, for people; empty: none
	Check    bool         `json:"checkCertificate"`                  // a server whose certificate is not trusted gets no mail

	Authority   string `json:"authority"`   // PEM of an authority of one's own that is trusted besides the usual ones
	Fingerprint string `json:"fingerprint"` // SHA-256 of the one certificate that is trusted, in hex; empty: any that is valid

	Subject string `json:"subject"` // of a received fax, with words in braces; empty: in the office's language
	Text    string `json:"text"`    // likewise, several lines
}

// MailSecurity is what protects mail on its way to the server.
type MailSecurity string

// The ways.
const (
	MailPlain    MailSecurity = "none"     // nothing; usually port 25
	MailStartTLS MailSecurity = "starttls" // TLS after a greeting in the clear, or no mail; usually port 587
	MailTLS      MailSecurity = "tls"      // TLS from the start; usually port 465
)

// NewMail is how a box begins: it sends no mail.
func NewMail() Mail { return Mail{Security: MailStartTLS, Check: true} }

// Ready reports whether mail can be sent.
func (m Mail) Ready() bool { return m.Host != "" && m.From != "" }

// ServerPort is the port, or the usual one.
func (m Mail) ServerPort() int {
	switch {
	case m.Port != 0:
		return m.Port
	case m.Security == MailPlain:
		return 25
	case m.Security == MailTLS:
		return 465
	default:
		return 587
	}
}

// MailResource is Mail as the API shows it. The password is never shown.
type MailResource struct {
	Mail
	PasswordSet bool `json:"passwordSet"` // computed: there is one
	Ready       bool `json:"ready"`       // computed: mail can be sent
}

// MailPatch is a change of Mail.
type MailPatch struct {
	Host        *string       `json:"host,omitempty"`
	Port        *int          `json:"port,omitempty"`
	Security    *MailSecurity `json:"security,omitempty" enum:"none,starttls,tls"`
	User        *string       `json:"user,omitempty"`
	Password    *string       `json:"password,omitempty"` // written, never read; empty: there is none any more
	From        *string       `json:"from,omitempty"`
	Name        *string       `json:"name,omitempty"`
	Check       *bool         `json:"checkCertificate,omitempty"`
	Authority   *string       `json:"authority,omitempty"`
	Fingerprint *string       `json:"fingerprint,omitempty"`
	Subject     *string       `json:"subject,omitempty"`
	Text        *string       `json:"text,omitempty"`
}

// MaxAuthority is how long Authority may be, in octets: some ten certificates.
const MaxAuthority = 32 << 10

// Apply is the settings with the patch's changes, or Invalid. What Authority, Subject and Text must look like fax/mail and
// fax/route check.
func (m Mail) Apply(p MailPatch) (Mail, error) {
	next := m
	put(&next.Host, p.Host)
	put(&next.Port, p.Port)
	put(&next.Security, p.Security)
	put(&next.User, p.User)
	put(&next.From, p.From)
	put(&next.Name, p.Name)
	put(&next.Check, p.Check)
	put(&next.Authority, p.Authority)
	put(&next.Fingerprint, p.Fingerprint)
	put(&next.Subject, p.Subject)
	put(&next.Text, p.Text)
	next.Fingerprint = strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(next.Fingerprint))
	if err := next.check(); err != nil {
		return m, err
	}
	return next, nil
}

func (m Mail) check() error {
	var f faults
	if m.Host != "" && !isHost(m.Host) {
		f.add("host", fmt.Sprintf("%q is no host's name or address", m.Host), "Enter a name such as smtp.example.com, without a port.")
	}
	f.whole("port", m.Port, 0, 65535)
	if oneOf(&f, "security", m.Security, MailPlain, MailStartTLS, MailTLS); m.Security == "" {
		f.add("security", "is missing", "Enter none, starttls or tls.")
	}
	if m.Security == MailPlain && m.User != "" {
		f.add("security", "is none, and the password would go over the network for all to read", "Choose starttls or tls, or leave user empty.")
	}
	f.line("user", m.User)
	switch {
	case m.From == "" && m.Host != "":
		f.add("from", "is missing", "Enter the address that mail of this box comes from.")
	case m.From != "" && !IsAddress(m.From):
		f.add("from", "is no mail address", addressHint)
	}
	f.line("name", m.Name)
	if len(m.Authority) > MaxAuthority {
		f.add("authority", fmt.Sprintf("has %d octets, more than %d", len(m.Authority), MaxAuthority), "Enter the authority's own certificate only.")
	}
	if _, err := hex.DecodeString(m.Fingerprint); m.Fingerprint != "" && (err != nil || len(m.Fingerprint) != 64) {
		f.add("fingerprint", "is no SHA-256 fingerprint", "Enter 64 hexadecimal digits; colons do not count.")
	}
	f.line("subject", m.Subject)
	f.lines("text", m.Text)
	return f.err()
}

const addressHint = "Enter an address such as name@example.com."

// IsAddress reports whether text is a mail address that can be written to: name@domain of ASCII characters, nothing around
// it. Addresses that need quotes or that are no ASCII are refused, as many mail servers do.
func IsAddress(text string) bool {
	local, domain, ok := strings.Cut(text, "@")
	if !ok || len(local) == 0 || len(local) > 64 || len(text) > 254 || !isHost(domain) {
		return false
	}
	for part := range strings.SplitSeq(local, ".") {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool { return !isAlphanumeric(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r) }) {
			return false
		}
	}
	return true
}

// isHost reports whether text is the name of a host, or an address of IPv4 or IPv6.
func isHost(text string) bool {
	if strings.Contains(text, ":") { // IPv6; whether it is a good one the network tells
		return strings.Count(text, ":") >= 2 && len(text) <= 45 && strings.Trim(strings.ToLower(text), "0123456789abcdef:.") == ""
	}
	if len(text) > 253 {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(text, "."), ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, func(r rune) bool { return !isAlphanumeric(r) && r != '-' && r != '_' }) {
			return false
		}
	}
	return true
}

func isAlphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// MaxAddresses is how many addresses one mail may go to.
const MaxAddresses = 20

// Addresses are the mail addresses in a text, which separates them by commas, semicolons or spaces; each once, in that
// order. What is wrong with it is an Invalid of this field. No address at all is no fault.
func Addresses(field, text string) ([]string, error) {
	var f faults
	list := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",; \t\r\n", r) })
	list = distinct(list)
	for _, a := range list {
		if !IsAddress(a) {
			f.add(field, fmt.Sprintf("contains %q, which is no mail address", a), addressHint)
		}
	}
	if len(list) > MaxAddresses {
		f.add(field, fmt.Sprintf("has %d addresses, more than %d", len(list), MaxAddresses), "Use a distribution list of the mail server.")
	}
	return list, f.err()
}

// distinct leaves out addresses that stood there before. Case does not count, as no mail server lets it count.
func distinct(list []string) []string {
	var kept []string
	for _, a := range list {
		if !slices.ContainsFunc(kept, func(b string) bool { return strings.EqualFold(a, b) }) {
			kept = append(kept, a)
		}
	}
	return kept
}

// MailOrder is what somebody wants to be mailed.
type MailOrder struct {
	To      []string   `json:"to" minItems:"1" maxItems:"20"`    // addresses
	Subject string     `json:"subject,omitempty"`                // empty: what the fax is
	Text    string     `json:"text,omitempty"`                   // several lines, before what the fax is
	Format  FileFormat `json:"format,omitempty" enum:"pdf,tiff"` // of the file; empty: pdf
}

// Normal is the order as it is carried out, or Invalid.
func (o MailOrder) Normal() (MailOrder, error) {
	var f faults
	list, err := Addresses("to", strings.Join(o.To, ","))
	if invalid, ok := err.(Invalid); ok {
		f = append(f, invalid...)
	} else if len(list) == 0 {
		f.add("to", "is missing", addressHint)
	}
	o.To = list
	f.line("subject", o.Subject)
	f.lines("text", o.Text)
	oneOf(&f, "format", o.Format, PDF, TIFF)
	if o.Format == "" {
		o.Format = PDF
	}
	return o, f.err()
}

// FileFormat is what a fax is made when it leaves the box.
type FileFormat string

// The formats. Which of them a routing method knows, it says itself.
const (
	PDF  FileFormat = "pdf"
	TIFF FileFormat = "tiff"
	PCL  FileFormat = "pcl"  // for printers: PCL 5, which nearly all laser printers take
	PWG  FileFormat = "pwg"  // for printers: PWG raster
	Link FileFormat = "link" // no file: only what is known of the fax, and where it is had
)

// MailTest asks for a test mail.
type MailTest struct {
	To string `json:"to"`
}
