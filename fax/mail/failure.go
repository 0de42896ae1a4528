package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"unicode"
)

// Step is how far a letter has come.
type Step string

// The steps, in their order.
const (
	Connection     Step = "connection"
	Greeting       Step = "greeting"
	Encryption     Step = "encryption"
	Authentication Step = "authentication"
	Sender         Step = "sender"
	Recipient      Step = "recipient"
	Content        Step = "content"
)

var (
	errNoStartTLS = errors.New("STARTTLS is not offered")
	errNoAuth     = errors.New("no known way to log in is offered")
)

// Failure is why a letter was not taken.
type Failure struct {
	Step     Step
	Sentence string // for the office, without a full stop
	Remedy   string // what to do about it
	Err      error  // what was heard
	Unclear  bool   // the connection broke after the letter's end: the server may have taken it
}

// Error is the sentence, with what the server said.
func (f *Failure) Error() string {
	switch code, text, ok := replyOf(f.Err); {
	case ok:
		return fmt.Sprintf("%s: it says %d %s", f.Sentence, code, printable(text))
	case f.Unclear:
		return f.Sentence + " after the letter's end: it may have arrived, and goes again under the same Message-ID"
	}
	return f.Sentence
}

func (f *Failure) Unwrap() error { return f.Err }

// Hint is what to do about it.
func (f *Failure) Hint() string { return f.Remedy }

// Detail is for support: what exactly was heard.
func (f *Failure) Detail() string {
	if f.Err == nil {
		return ""
	}
	return printable(string(f.Step) + ": " + f.Err.Error())
}

// Final reports that the same letter will be refused again: a 5xx for the recipient or the letter. What is wrong with the
// connection or the account is not the letter's fault: when that is mended, letters that wait go.
func (f *Failure) Final() bool {
	code, _, ok := replyOf(f.Err)
	return ok && code >= 500 && (f.Step == Recipient || f.Step == Content)
}

// answered reports that the server said no, and the session goes on.
func (f *Failure) answered() bool {
	_, _, ok := replyOf(f.Err)
	return ok
}

// tooLarge reports that the server says so: 552, or 5.3.4 (RFC 3463) after another number.
func (f *Failure) tooLarge() bool {
	code, text, ok := replyOf(f.Err)
	return ok && (f.Step == Content || f.Step == Sender) && (code == 552 || code >= 500 && strings.HasPrefix(text, "5.3.4"))
}

// failure says of an error at some step what it means.
func failure(step Step, a Account, err error) *Failure {
	f := &Failure{Step: step, Err: err}
	server := fmt.Sprintf("%s, port %d", a.Host, a.ServerPort())
	code, _, answered := replyOf(err)
	switch {
	case isKind[*unreadable](err):
		f.Sentence, f.Remedy = "The file for the letter cannot be made: "+printable(err.Error()), "Look at the box's health."
	case step == Connection:
		f.Sentence, f.Remedy = unreachable(server, err)
	case step == Encryption && !isCut(err) || isTLS(err):
		f.Sentence, f.Remedy = unencrypted(server, a, err)
	case !answered && !errors.Is(err, errNoAuth):
		f.Sentence = fmt.Sprintf("The connection to the mail server %s broke", server)
		f.Remedy = "Check host, port and security: a server that expects TLS from the start says nothing without it."
	case step == Authentication && errors.Is(err, errNoAuth):
		f.Sentence = fmt.Sprintf("The mail server %s offers no way to log in that this box knows", server)
		f.Remedy = "Leave the user empty, or use the port for mail programs, usually 587."
	case step == Authentication && code >= 500:
		f.Sentence = fmt.Sprintf("The mail server %s refused the user name or the password", a.Host)
		f.Remedy = "Check both. Many providers want a password made for this program alone."
	case step == Sender && code >= 500:
		f.Sentence = fmt.Sprintf("The mail server %s refused the sender %s", a.Host, a.From)
		f.Remedy = "Enter an address that this account may send from, or the user and password of one that may."
	case step == Recipient:
		f.Sentence = fmt.Sprintf("The mail server %s refused the recipient", a.Host)
		f.Remedy = "Check the address. If it is right, the server may want a user and a password first."
	case step == Content:
		f.Sentence = fmt.Sprintf("The mail server %s refused the letter", a.Host)
		f.Remedy = "What it says tells why; whoever runs it can tell more."
	default:
		f.Sentence = fmt.Sprintf("The mail server %s has no time for us", a.Host)
		f.Remedy = "It is tried again. If it stays so, ask whoever runs the server."
	}
	return f
}

// unreachable is what kept us from connecting.
func unreachable(server string, err error) (sentence, remedy string) {
	switch {
	case isKind[*net.DNSError](err):
		return fmt.Sprintf("The name of the mail server %s is not known", server), "Check the host's spelling, and the box's network and name server."
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("Nothing answers at %s", server), "Check host and port: 587 for starttls, 465 for tls, 25 for none."
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		return fmt.Sprintf("The mail server %s does not answer", server), "Check host and port, and whether a firewall lets the box through to it."
	}
	return fmt.Sprintf("The mail server %s cannot be reached", server), "Check the box's network."
}

// unencrypted is what kept the connection from being encrypted.
func unencrypted(server string, a Account, err error) (sentence, remedy string) {
	const remedyTrust = "If you know that it is the right one, enter its authority's certificate or its own fingerprint."
	wrong, _ := errors.AsType[*tls.CertificateVerificationError](err)
	print := ""
	if wrong != nil && len(wrong.UnverifiedCertificates) > 0 {
		print = " Its fingerprint is " + fingerprint(wrong.UnverifiedCertificates[0]) + "."
	}
	var expired x509.CertificateInvalidError
	switch {
	case errors.Is(err, errNoStartTLS):
		return fmt.Sprintf("The mail server %s offers no STARTTLS", server), "Choose tls and port 465; none only inside your own network."
	case isKind[*otherCertificate](err):
		return fmt.Sprintf("The mail server %s shows another certificate than the one entered", server),
			"If the server got a new one, enter its fingerprint. Else somebody may be in between."
	case isKind[x509.HostnameError](err):
		return fmt.Sprintf("The certificate of the mail server is not for %s", a.Host), "Enter the host as its certificate names it." + print
	case errors.As(err, &expired) && expired.Reason == x509.Expired:
		return fmt.Sprintf("The certificate of the mail server %s has expired, or is not valid yet", server),
			"Check the box's clock; else whoever runs the server must renew it."
	case wrong != nil, isKind[x509.UnknownAuthorityError](err):
		return fmt.Sprintf("The certificate of the mail server %s is not trusted", server), remedyTrust + print
	case isKind[tls.RecordHeaderError](err):
		return fmt.Sprintf("The mail server %s does not speak TLS from the start", server), "Choose starttls, usually on port 587."
	}
	return fmt.Sprintf("The mail server %s and this box agree on no encryption", server), "The server may be too old: TLS 1.2 is needed."
}

func isKind[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// isTLS reports that a command failed because of encryption: the handshake of STARTTLS comes with the command after it.
func isTLS(err error) bool {
	return isKind[*tls.CertificateVerificationError](err) || isKind[*otherCertificate](err) || isKind[tls.RecordHeaderError](err) ||
		isKind[tls.AlertError](err)
}

// isCut reports that the connection ended.
func isCut(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, os.ErrDeadlineExceeded)
}

// printable is what a server said, on one line, without what might not be text, and cut to a sensible length.
func printable(text string) string {
	const most = 300
	n := 0
	text = strings.Map(func(r rune) rune {
		if n++; n > most || r == unicode.ReplacementChar {
			return -1
		}
		if unicode.IsControl(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.Join(strings.Fields(text), " ")
}
