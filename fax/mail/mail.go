// Package mail gives mail to a mail server: SMTP (RFC 5321) with STARTTLS or TLS, AUTH and SIZE. It makes the letters, with
// a file and a picture, and says of every step that goes wrong what it was and what to do about it. It knows nothing of
// faxes, and does nothing twice by itself: whoever has a letter sent again sends it under the same Message-ID.
package mail

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"faxbox/fax"
)

// Account is a mail server and who we are to it.
type Account struct {
	fax.Mail
	Password string
	Hello    string // our name in the network, for EHLO
	// Dial connects; nil: the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// idle is how long a server may take for one answer, and to take a few kilobytes: what RFC 5321, 4.5.3.2, wants clients to
// wait for most of its commands.
const idle = 5 * time.Minute

// maxAnswers is how much a server may say in one session, in octets.
const maxAnswers = 256 << 10

// CheckAuthority says what is wrong with Mail.Authority: nil or fax.Invalid.
func CheckAuthority(pem string) error {
	if pem == "" || x509.NewCertPool().AppendCertsFromPEM([]byte(pem)) {
		return nil
	}
	return fax.Invalid{{Field: "authority", Problem: "holds no certificate", Code: fax.ErrorInvalidParameter,
		Hint: "Enter the PEM file whole, from BEGIN CERTIFICATE to END CERTIFICATE."}}
}

// Send gives a letter to the server for some addresses, and says for each what became of it. The error tells why it was not
// sent to all of them: the first address's that was refused, or what kept it from being sent at all. It is a *Failure.
//
// A letter that is too large for the server goes without its file, and says so.
func (a Account) Send(ctx context.Context, l Letter, to []string) ([]fax.Delivery, error) {
	s, err := a.open(ctx)
	if err != nil {
		return undelivered(to, err), err
	}
	defer s.close()
	l.account = a.Mail
	list, err := s.send(l, to)
	return list, s.broken(err)
}

// session is a connection to a mail server on which letters can be sent.
type session struct {
	account Account
	conn    net.Conn
	client  *smtp.Client
	ctx     context.Context
	release func() bool
	dead    bool // nothing more is to be heard
}

// open connects, greets, encrypts and proves who we are.
func (a Account) open(ctx context.Context) (*session, error) {
	conn, err := a.connect(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{account: a, conn: conn, ctx: ctx}
	s.release = context.AfterFunc(ctx, func() { conn.Close() })
	if err := s.begin(); err != nil {
		err = s.broken(err)
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *session) close() {
	if s.client != nil && !s.dead {
		_ = s.client.Quit() // the letter is taken or not: this changes nothing
	}
	s.release()
	s.conn.Close()
}

// broken is the error of a session, which is the context's if that cut it.
func (s *session) broken(err error) error {
	f, ok := errors.AsType[*Failure](err)
	s.dead = ok && !f.answered()
	if s.dead && s.ctx.Err() != nil {
		return &Failure{Step: f.Step, Sentence: "The mail server " + s.account.Host + " took too long", Err: s.ctx.Err(), Unclear: f.Unclear,
			Remedy: "Try again later; if it stays so, check the network and the server."}
	}
	return err
}

// begin makes the connection a session.
func (s *session) begin() (err error) {
	a := s.account
	if s.client, err = smtp.NewClient(s.conn, a.Host); err != nil {
		return failure(Greeting, a, err)
	}
	s.client.SkipSMTPUTF8(true) // our addresses are ASCII, and so is what we send
	if err := s.client.Hello(a.hello(s.conn.LocalAddr())); err != nil {
		return failure(Greeting, a, err)
	}
	if a.Security == fax.MailStartTLS {
		if ok, _ := s.client.Extension("STARTTLS"); !ok {
			return failure(Encryption, a, errNoStartTLS)
		}
		if err := s.client.StartTLS(a.tls()); err != nil {
			return failure(Encryption, a, err)
		}
	}
	if a.User == "" {
		return nil
	}
	method, err := a.auth(s.client)
	if err == nil {
		err = s.client.Auth(method)
	}
	if err != nil {
		return failure(Authentication, a, err)
	}
	return nil
}

// hello is our name for EHLO: a whole one, or else our address (RFC 5321, 4.1.4), for there are servers that want one of both.
func (a Account) hello(local net.Addr) string {
	tcp, ok := local.(*net.TCPAddr)
	switch {
	case strings.Contains(strings.Trim(a.Hello, "."), "."):
		return a.Hello
	case !ok:
		return cmp.Or(a.Hello, "localhost")
	case tcp.IP.To4() != nil:
		return "[" + tcp.IP.String() + "]"
	}
	return "[IPv6:" + tcp.IP.String() + "]"
}

// auth is the best way to prove who we are that the server knows. The line is encrypted, so a plain password does no harm.
func (a Account) auth(c *smtp.Client) (smtp.Auth, error) {
	_, offered := c.Extension("AUTH")
	known := words(offered)
	switch {
	case known["SCRAM-SHA-256"]:
		return smtp.ScramSHA256Auth(a.User, a.Password), nil
	case known["SCRAM-SHA-1"]:
		return smtp.ScramSHA1Auth(a.User, a.Password), nil
	case known["PLAIN"]:
		return smtp.PlainAuth("", a.User, a.Password, a.Host, false), nil
	case known["LOGIN"]:
		return smtp.LoginAuth(a.User, a.Password, a.Host, false), nil
	case known["CRAM-MD5"]:
		return smtp.CRAMMD5Auth(a.User, a.Password), nil
	}
	return nil, fmt.Errorf("%w: %q", errNoAuth, offered)
}

// connect opens the connection, encrypted if it is to be so from the start.
func (a Account) connect(ctx context.Context) (net.Conn, error) {
	dial := a.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: 30 * time.Second}).DialContext
	}
	raw, err := dial(ctx, "tcp", net.JoinHostPort(a.Host, strconv.Itoa(a.ServerPort())))
	if err != nil {
		return nil, failure(Connection, a, err)
	}
	conn := net.Conn(&patient{Conn: raw, left: maxAnswers})
	if a.Security != fax.MailTLS {
		return conn, nil
	}
	encrypted := tls.Client(conn, a.tls())
	if err := encrypted.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, failure(Encryption, a, err)
	}
	return encrypted, nil
}

// tls is what we want of the server's certificate.
func (a Account) tls() *tls.Config {
	c := &tls.Config{ServerName: a.Host, MinVersion: tls.VersionTLS12}
	switch {
	case a.Fingerprint != "":
		c.InsecureSkipVerify = true // this certificate and no other, whoever signed it
		c.VerifyConnection = func(s tls.ConnectionState) error {
			if got := fingerprint(s.PeerCertificates[0]); got != a.Fingerprint {
				return &otherCertificate{got}
			}
			return nil
		}
	case !a.Check:
		c.InsecureSkipVerify = true // as the settings say
	case a.Authority != "":
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool() // a system without authorities
		}
		pool.AppendCertsFromPEM([]byte(a.Authority))
		c.RootCAs = pool
	}
	return c
}

func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// otherCertificate is a certificate that is not the one whose fingerprint was entered.
type otherCertificate struct{ fingerprint string }

func (e *otherCertificate) Error() string {
	return "the server's certificate is another: " + e.fingerprint
}

// patient is a connection that waits for each read and write for so long and no longer, and reads no more than left.
type patient struct {
	net.Conn
	left int
}

func (p *patient) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, errors.New("the server says more than any mail server would")
	}
	if err := p.SetReadDeadline(time.Now().Add(idle)); err != nil {
		return 0, err
	}
	n, err := p.Conn.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}

func (p *patient) Write(b []byte) (int, error) {
	if err := p.SetWriteDeadline(time.Now().Add(idle)); err != nil {
		return 0, err
	}
	return p.Conn.Write(b)
}
