// Package mailtest is a mail server in memory, for tests: it takes letters, or fails at any command in any way. It keeps to
// pipes, so it works in a synctest bubble.
package mailtest

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"time"
)

// Letter is what a server took.
type Letter struct {
	From string
	To   []string
	Data string // with line ends of LF
}

// Server is a mail server. Its fields may be changed between sessions.
type Server struct {
	Extensions []string          // what EHLO answers, besides STARTTLS and AUTH
	Users      map[string]string // user -> password; nil: nobody need log in
	TLS        *tls.Config       // nil: nothing is encrypted
	Implicit   bool              // TLS from the start
	Refuse     error             // of Dial
	// Answer is asked before each command is carried out, "greeting" and "." among them: an answer of its own, empty for the
	// usual one, Cut to break the connection, Hang to say nothing any more.
	Answer func(command string) string

	mu       sync.Mutex
	letters  []Letter
	commands []string
}

// Answers that are none.
const (
	Cut  = "cut"
	Hang = "hang"
	Lost = "lost" // of ".": the letter is taken, and the connection breaks before this is said
)

// Letters are those that were taken.
func (s *Server) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.letters)
}

// Commands are what was said to the server, in all sessions.
func (s *Server) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// Dial connects to the server, whatever the address.
func (s *Server) Dial(_ context.Context, _, _ string) (net.Conn, error) {
	if s.Refuse != nil {
		return nil, s.Refuse
	}
	ours, theirs := net.Pipe()
	go s.serve(theirs)
	return ours, nil
}

// Serve takes connections until the listener is closed.
func (s *Server) Serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go s.serve(conn)
	}
}

type session struct {
	*Server
	conn   net.Conn
	text   *textproto.Conn
	letter Letter
	tls    bool
	user   bool
}

func (s *Server) serve(conn net.Conn) {
	defer func() { conn.Close() }()
	c := &session{Server: s, conn: conn}
	if s.Implicit {
		c.encrypt()
	}
	c.text = textproto.NewConn(c.conn)
	if !c.say("greeting", "220 mail.example.com ESMTP") {
		return
	}
	for {
		line, err := c.text.ReadLine()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.commands = append(s.commands, line)
		s.mu.Unlock()
		if !c.command(line) {
			return
		}
	}
}

func (c *session) encrypt() {
	c.conn, c.tls = tls.Server(c.conn, c.TLS), true
	c.text = textproto.NewConn(c.conn)
}

// say answers, and reports whether the session goes on.
func (c *session) say(command, usual string) bool {
	_, ok := c.reply(command, usual)
	return ok
}

func (c *session) reply(command, usual string) (answer string, ok bool) {
	answer = usual
	if c.Answer != nil {
		if own := c.Answer(command); own != "" {
			answer = own
		}
	}
	switch answer {
	case Cut, Lost:
		return answer, false
	case Hang:
		_, _ = bufio.NewReader(c.conn).ReadString(0) // until the other side has had enough
		return answer, false
	}
	return answer, c.text.PrintfLine("%s", strings.ReplaceAll(answer, "\n", "\r\n")) == nil
}

func (c *session) command(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		return c.say(line, c.hello())
	case "STARTTLS":
		answer, ok := c.reply(line, "220 go ahead")
		if ok && strings.HasPrefix(answer, "220") {
			c.encrypt()
		}
		return ok
	case "AUTH":
		return c.auth(line, rest)
	case "MAIL":
		c.letter = Letter{From: address(rest)}
		if c.Users != nil && !c.user {
			return c.say(line, "530 5.7.0 Authentication required")
		}
		return c.say(line, "250 2.1.0 Ok")
	case "RCPT":
		answer, ok := c.reply(line, "250 2.1.5 Ok")
		if strings.HasPrefix(answer, "25") {
			c.letter.To = append(c.letter.To, address(rest))
		}
		return ok
	case "DATA":
		return c.data(line)
	case "RSET", "NOOP":
		return c.say(line, "250 2.0.0 Ok")
	case "QUIT":
		c.say(line, "221 2.0.0 Bye")
		return false
	}
	return c.say(line, "502 5.5.2 Unknown command")
}

func (c *session) hello() string {
	lines := slices.Clone(c.Extensions)
	if c.TLS != nil && !c.tls {
		lines = append(lines, "STARTTLS")
	}
	if c.Users != nil {
		lines = append(lines, "AUTH PLAIN LOGIN")
	}
	lines = append([]string{"mail.example.com"}, lines...)
	for i := range lines {
		lines[i] = "250-" + lines[i]
	}
	last := len(lines) - 1
	lines[last] = "250 " + lines[last][len("250-"):]
	return strings.Join(lines, "\n")
}

func (c *session) auth(line, rest string) bool {
	_, initial, _ := strings.Cut(rest, " ")
	plain, err := base64.StdEncoding.DecodeString(initial)
	parts := strings.Split(string(plain), "\x00")
	if c.user = err == nil && len(parts) == 3 && c.Users[parts[1]] == parts[2] && parts[2] != ""; c.user {
		return c.say(line, "235 2.7.0 Authentication successful")
	}
	return c.say(line, "535 5.7.8 Authentication credentials invalid")
}

func (c *session) data(line string) bool {
	answer, ok := c.reply(line, "354 End data with <CR><LF>.<CR><LF>")
	if !ok || !strings.HasPrefix(answer, "354") {
		return ok
	}
	data, err := c.text.ReadDotBytes()
	if err != nil {
		return false
	}
	c.letter.Data = string(data)
	answer, ok = c.reply(".", "250 2.0.0 Ok: queued")
	if strings.HasPrefix(answer, "250") || answer == Lost {
		c.mu.Lock()
		c.letters = append(c.letters, c.letter)
		c.mu.Unlock()
	}
	return ok
}

// address is what stands between angle brackets.
func address(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}

// Certificate makes a certificate for some hosts that is its own authority, and its PEM.
func Certificate(from, until time.Time, hosts ...string) (*tls.Config, string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mailtest"}, DNSNames: hosts, NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, "", fmt.Errorf("mailtest: %w", err)
	}
	own := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return &tls.Config{Certificates: []tls.Certificate{own}}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}
