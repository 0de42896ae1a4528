// Package client is the client half of the fax service object model, over the API of a fax server: Connect yields the
// FaxServer; from it come FaxPorts, FaxPort, FaxStatus, the routing methods, FaxJobs, FaxJob and FaxDoc.
//
// The rules are those of the object model. An object holds what was true when it was made; FaxStatus and FaxJob have Refresh,
// for others ask their parent again. Setters act at once. Item counts from 1. A call after Disconnect is ErrDisconnected, and
// an error of the server is a *wire.Problem, whose Code is the number that old programs expect.
//
// All methods may be used by several goroutines, but those that change an object they are called on: setters and Refresh.
package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"faxbox/fax"
	"faxbox/fax/wire"
)

// Root is where the API begins. Paths in answers begin with it; those that are asked for do not.
const Root = "/api/v1"

// ErrDisconnected is a call on a server, or on an object taken from it, after Disconnect.
var ErrDisconnected = errors.New("client: not connected")

// Options of a connection. The zero value suits a UNIX socket.
type Options struct {
	Token string // sent with each request; not needed over a UNIX socket

	// Fingerprint is the SHA-256 of the server's own certificate, in hex, with or without colons: it prints it when it
	// starts. Empty: the certificate must be signed by somebody whom this machine trusts.
	Fingerprint string

	// Dial reaches the server, for one that no address leads to: through a tunnel, or within a program. Nil: by its address.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Server is the FaxServer: a connection, and the settings as they were when they were last read or set.
type Server struct {
	fax.Server

	base   string // URL without a path
	token  string
	http   *http.Client
	closed atomic.Bool
}

// Connect opens the session. Where is the path of a UNIX socket, an http or https URL, or a host, perhaps with a port: one on
// this machine is spoken to in the clear, any other with TLS. It fails unless there is a fax server that lets us in.
func Connect(ctx context.Context, where string, o Options) (*Server, error) {
	base, transport, err := target(where, o)
	if err != nil {
		return nil, err
	}
	s := &Server{base: base, token: o.Token, http: &http.Client{Transport: transport}}
	if err := s.Read(ctx); err != nil {
		transport.CloseIdleConnections()
		return nil, err
	}
	return s, nil
}

// Disconnect ends the session. Objects taken from it become useless.
func (s *Server) Disconnect() {
	s.closed.Store(true)
	s.http.CloseIdleConnections()
}

// target is the URL of a server and the way there.
func target(where string, o Options) (base string, t *http.Transport, err error) {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	t = &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second, IdleConnTimeout: time.Minute,
		Proxy: http.ProxyFromEnvironment,
	}
	if o.Dial != nil {
		t.Proxy, t.DialContext = nil, o.Dial
	}
	if strings.ContainsRune(where, '/') && !strings.Contains(where, "://") {
		t.Proxy = nil
		if o.Dial != nil {
			return "http://faxbox", t, nil
		}
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", where)
		}
		return "http://faxbox", t, nil
	}
	if !strings.Contains(where, "://") {
		scheme := "https://"
		if onThisMachine(where) {
			scheme = "http://"
		}
		where = scheme + where
	}
	u, err := url.Parse(where)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", nil, fmt.Errorf("client: %q is neither a socket's path nor a host nor a URL", where)
	}
	if o.Fingerprint != "" {
		if t.TLSClientConfig, err = pinned(o.Fingerprint); err != nil {
			return "", nil, err
		}
	}
	return u.Scheme + "://" + u.Host, t, nil
}

func onThisMachine(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = hostPort
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// pinned trusts one certificate and no other.
func pinned(fingerprint string) (*tls.Config, error) {
	want, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(fingerprint))
	if err != nil || len(want) != sha256.Size {
		return nil, fmt.Errorf("client: %q is no SHA-256 fingerprint", fingerprint)
	}
	return &tls.Config{
		InsecureSkipVerify: true, // VerifyConnection is stricter
		VerifyConnection: func(c tls.ConnectionState) error {
			if got := sha256.Sum256(c.PeerCertificates[0].Raw); !bytes.Equal(got[:], want) {
				return errors.New("client: the server's certificate is another one than expected")
			}
			return nil
		},
	}, nil
}

// Code is the number by which old programs know an error; 0 if it is none of the server's, or has none.
func Code(err error) fax.ErrorCode {
	var p *wire.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return 0
}

// Hint is what can be done about an error; empty if nobody knows.
func Hint(err error) string {
	var p *wire.Problem
	var untrusted *tls.CertificateVerificationError
	var network *net.OpError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &p):
		return p.Hint
	case errors.As(err, &unknown), errors.As(err, &untrusted):
		return "The box has a certificate of its own: give its fingerprint, which it prints when it starts."
	case errors.As(err, &network) && network.Op == "dial":
		return "Is the server running? Start it with faxbox serve, or try faxbox demo."
	}
	return ""
}

// Do makes a request of the API: path is relative to /api/v1. In, unless nil, is sent as JSON; the answer goes into out,
// unless nil; a *json.RawMessage takes it as it is.
func (s *Server) Do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	header := http.Header{}
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("client: %w", err)
		}
		body = bytes.NewReader(data)
		header.Set("Content-Type", "application/json")
	}
	answer, err := s.open(ctx, method, path, header, body)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(answer.Body).Decode(out); err != nil {
		return fmt.Errorf("client: %s %s: %w", method, path, err)
	}
	return nil
}

func (s *Server) get(ctx context.Context, path string, out any) error {
	return s.Do(ctx, http.MethodGet, path, nil, out)
}

// Open is the body of an answer that is not JSON. The caller closes it.
func (s *Server) Open(ctx context.Context, path string) (io.ReadCloser, error) {
	answer, err := s.open(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// open makes a request. An answer of the classes 4 and 5 is an error.
func (s *Server) open(ctx context.Context, method, path string, header http.Header, body io.Reader) (*http.Response, error) {
	if s.closed.Load() {
		return nil, ErrDisconnected
	}
	r, err := http.NewRequestWithContext(ctx, method, s.base+Root+path, body)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	answer, err := s.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	if answer.StatusCode >= 400 {
		defer answer.Body.Close()
		return nil, problemOf(answer)
	}
	return answer, nil
}

// problemOf reads the problem of an answer; whoever is not a fax server has none.
func problemOf(answer *http.Response) error {
	p := &wire.Problem{Title: http.StatusText(answer.StatusCode), Status: answer.StatusCode}
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	const enough = 1 << 20
	if kind != "application/problem+json" || json.NewDecoder(io.LimitReader(answer.Body, enough)).Decode(p) != nil {
		p.Detail = fmt.Sprintf("%s answered %s, which is nothing that a fax server says", answer.Request.URL.Host, answer.Status)
		p.Hint = "Check the address."
	}
	return p
}

// outOfRange is the error of an Item that does not exist.
func outOfRange(index, count int) error {
	return &wire.Problem{
		Title: "Not Found", Status: http.StatusNotFound, Code: fax.ErrorInvalidParameter,
		Detail: fmt.Sprintf("there is no item %d: items run from 1 to %d", index, count),
	}
}

// item is a collection's element, counted from 1.
func item[T any](items []*T, index int) (*T, error) {
	if index < 1 || index > len(items) {
		return nil, outOfRange(index, len(items))
	}
	return items[index-1], nil
}
