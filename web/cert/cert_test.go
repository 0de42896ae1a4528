package cert

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faxbox/fax"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func names() []string { return []string{"faxbox", "faxbox.local", "192.0.2.7", "2001:db8::7"} }

func open(t *testing.T, dir string, now *time.Time) *Source {
	t.Helper()
	s, err := Open(dir, names, func() time.Time { return *now })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOwnCertificate(t *testing.T) {
	dir, now := t.TempDir(), start
	s := open(t, dir, &now)
	print, err := s.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	c, _ := s.certificate()
	if want := strings.ReplaceAll(fmt.Sprintf("% X", sha256.Sum256(c.Leaf.Raw)), " ", ":"); print != want {
		t.Errorf("fingerprint %s, want %s", print, want)
	}
	for _, name := range names() {
		if err := c.Leaf.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	if st, err := os.Stat(filepath.Join(dir, keyFile)); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v, %v", st.Mode(), err)
	}
	// The same after a restart; another one shortly before its end.
	now = now.Add(300 * 24 * time.Hour)
	if again, _ := open(t, dir, &now).Fingerprint(); again != print {
		t.Error("a restart made a new certificate")
	}
	healthIs(t, s, fax.Well, "good until 2027-12-26")
	now = start.Add(lifetime - renew + time.Hour)
	if next, _ := s.Fingerprint(); next == print {
		t.Error("the certificate is not renewed")
	}
	c, _ = s.certificate()
	if left := c.Leaf.NotAfter.Sub(now); left < renew {
		t.Errorf("the new one ends in %v", left)
	}
}

func TestSuppliedCertificate(t *testing.T) {
	theirs, now := t.TempDir(), start
	open(t, theirs, &now)
	dir := t.TempDir()
	s := open(t, dir, &now)
	before, _ := s.Fingerprint()
	for _, name := range []string{keyFile, certFile} {
		data, err := os.ReadFile(filepath.Join(theirs, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(dir, name), start, start.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(2 * time.Minute)
	if after, _ := s.Fingerprint(); after == before {
		t.Error("a new certificate is not taken up")
	}
	// One that does not fit its key is an error at the start, and changes nothing while it runs.
	if err := os.WriteFile(filepath.Join(dir, keyFile), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dir, certFile), start, start.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Minute)
	if _, err := s.Fingerprint(); err != nil {
		t.Errorf("while it runs: %v", err)
	}
	healthIs(t, s, fax.Warning, "cannot be used")
	if _, err := Open(dir, names, time.Now); err == nil {
		t.Error("a certificate that does not fit its key is taken")
	}
}

// healthIs checks what is told of a certificate.
func healthIs(t *testing.T, s *Source, state fax.Condition, sentence string) {
	t.Helper()
	for _, f := range s.Health() {
		if f.Graded().State != state || !strings.Contains(f.Sentence, sentence) || (f.Hint == "") != f.OK {
			t.Errorf("%+v", f)
		}
	}
}

// An owner's certificate is warned of before it ends, since nobody renews it.
func TestSuppliedCertificateEnds(t *testing.T) {
	now := start
	s := open(t, t.TempDir(), &now)
	c, err := s.certificate()
	if err != nil {
		t.Fatal(err)
	}
	theirs := *c.Leaf
	theirs.Subject.Organization = []string{"An office"}
	s.loaded = &tls.Certificate{Certificate: c.Certificate, PrivateKey: c.PrivateKey, Leaf: &theirs}
	for at, want := range map[time.Duration]fax.Condition{0: fax.Well, lifetime - renew + time.Hour: fax.Warning, lifetime + time.Hour: fax.Bad} {
		now = start.Add(at)
		healthIs(t, s, want, "20")
	}
}

func TestHandshake(t *testing.T) {
	now := time.Now()
	s := open(t, t.TempDir(), &now)
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("no network:", err)
	}
	l := s.Listener(plain)
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		c.(*tls.Conn).Handshake()
	}()
	leaf, _ := s.certificate()
	roots := x509.NewCertPool()
	roots.AddCert(leaf.Leaf)
	c, err := tls.Dial("tcp", plain.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "faxbox.local"})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}
