// Package cert is the TLS certificate of the box: one that its owner supplies, or its own, made at first start.
package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"faxbox/fax"
)

// The files, in the folder given. An owner replaces both.
const (
	certFile = "tls.crt" // PEM: the certificate, then those that signed it
	keyFile  = "tls.key" // PEM: its key; mode 0600
)

// Lifetimes of our own certificate. Browsers ask about it once; a year more would let a stolen card pass for the box.
const (
	lifetime = 398 * 24 * time.Hour // the longest that browsers take from anybody
	renew    = 30 * 24 * time.Hour  // before its end
	organ    = "faxbox, its own certificate"
)

// Source hands out the certificate to TLS handshakes. It looks at the files again when they have changed, and renews a
// certificate of its own in time.
type Source struct {
	dir   string
	names func() []string // what the box is called: host names and addresses
	now   func() time.Time

	mu     sync.Mutex // guards all below
	loaded *tls.Certificate
	stamp  time.Time // of the file that was loaded
	looked time.Time
	failed error // of the last look; nil: all was well
}

// Open loads the certificate in dir, or makes one. Names are asked for when one is made.
func Open(dir string, names func() []string, now func() time.Time) (*Source, error) {
	s := &Source{dir: dir, names: names, now: now}
	if _, err := s.certificate(); err != nil {
		return nil, err
	}
	return s, nil
}

// Config is for a server.
func (s *Source) Config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.certificate() },
	}
}

// Listener speaks TLS on the connections of a listener.
func (s *Source) Listener(l net.Listener) net.Listener { return tls.NewListener(l, s.Config()) }

// Fingerprint is the certificate's SHA-256 in hex, in pairs: what a browser shows, and what a client can be told to expect.
func (s *Source) Fingerprint() (string, error) {
	c, err := s.certificate()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(c.Certificate[0])
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":"), nil
}

// Health is one finding: until when the certificate is good. One of an owner's own nobody renews by itself.
func (s *Source) Health() []fax.Finding {
	f := fax.Finding{Name: "certificate"}
	c, err := s.certificate()
	if err != nil {
		f.Sentence, f.Hint = "The certificate cannot be read.", "Remove tls.crt and tls.key: the box makes its own at the next start."
		return []fax.Finding{f}
	}
	s.mu.Lock()
	failed := s.failed
	s.mu.Unlock()
	end := c.Leaf.NotAfter
	day := end.Format(time.DateOnly)
	switch left := end.Sub(s.now()); {
	case left <= 0:
		f.Sentence, f.Hint = "The certificate has ended on "+day+": browsers warn of this box.", "Replace it."
	case failed != nil:
		f.State, f.Sentence = fax.Warning, "The new certificate cannot be used; the one of before goes on."
		f.Hint = "Put a certificate there that belongs to its key."
	case !own(c.Leaf) && left < renew:
		f.State, f.Sentence, f.Hint = fax.Warning, "The certificate ends on "+day+".", "Replace it before."
	default:
		f.OK, f.Sentence = true, "The certificate is good until "+day+"."
	}
	return []fax.Finding{f}
}

// certificate looks at the files at most once a minute. When they became unreadable the last good one goes on.
func (s *Source) certificate() (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.loaded != nil && now.Sub(s.looked) < time.Minute {
		return s.loaded, nil
	}
	s.looked = now
	if s.failed = s.refresh(now); s.failed != nil && s.loaded == nil {
		return nil, s.failed
	}
	return s.loaded, nil
}

func (s *Source) refresh(now time.Time) error {
	st, err := os.Stat(filepath.Join(s.dir, certFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s.make(now)
	case err != nil:
		return fmt.Errorf("cert: %w", err)
	case s.loaded == nil || !st.ModTime().Equal(s.stamp):
		if err := s.load(st.ModTime()); err != nil {
			return err
		}
	}
	if leaf := s.loaded.Leaf; own(leaf) && now.After(leaf.NotAfter.Add(-renew)) {
		return s.make(now)
	}
	return nil
}

func own(c *x509.Certificate) bool {
	return len(c.Subject.Organization) == 1 && c.Subject.Organization[0] == organ
}

func (s *Source) load(stamp time.Time) error {
	c, err := tls.LoadX509KeyPair(filepath.Join(s.dir, certFile), filepath.Join(s.dir, keyFile))
	if err != nil {
		return fmt.Errorf("cert: %s and %s in %s: %w", certFile, keyFile, s.dir, err)
	}
	s.loaded, s.stamp = &c, stamp
	return nil
}

// make writes a certificate of our own, signed by itself. The key is written first: a certificate never lies there
// without its key.
func (s *Source) make(now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("cert: %w", err)
	}
	der, err := s.sign(key, now)
	if err != nil {
		return fmt.Errorf("cert: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("cert: %w", err)
	}
	if err := errors.Join(
		write(filepath.Join(s.dir, keyFile), "PRIVATE KEY", keyDER, 0o600),
		write(filepath.Join(s.dir, certFile), "CERTIFICATE", der, 0o644)); err != nil {
		return fmt.Errorf("cert: %w", err)
	}
	st, err := os.Stat(filepath.Join(s.dir, certFile))
	if err != nil {
		return fmt.Errorf("cert: %w", err)
	}
	return s.load(st.ModTime())
}

func (s *Source) sign(key *ecdsa.PrivateKey, now time.Time) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		NotBefore:             now.Add(-24 * time.Hour), // a board without a clock battery may be behind
		NotAfter:              now.Add(lifetime),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range s.names() {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	common := "faxbox"
	if len(template.DNSNames) > 0 {
		common = template.DNSNames[0]
	}
	template.Subject = pkix.Name{CommonName: common, Organization: []string{organ}}
	return x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
}

// write writes beside and renames, so that no half file is ever read. What a lost plug takes is made again.
func write(path, kind string, der []byte, mode fs.FileMode) error {
	beside := path + ".new"
	if err := os.WriteFile(beside, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode); err != nil {
		return err
	}
	return os.Rename(beside, path)
}

// Names are what this machine is called: its host name, also with .local, and the addresses of its interfaces.
func Names() []string {
	names := []string{"localhost"}
	if host, err := os.Hostname(); err == nil && host != "" && host != "localhost" {
		names = []string{host, "localhost"}
		if !strings.Contains(host, ".") {
			names = append(names, host+".local")
		}
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return names // a certificate without addresses is better than none
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLinkLocalUnicast() {
			names = append(names, n.IP.String())
		}
	}
	return names
}
