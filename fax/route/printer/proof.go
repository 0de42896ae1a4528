package printer

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
)

// Vouched is the proof of a printer for whose certificate an authority vouches that this machine trusts.
const Vouched = "vouched for"

// proofOf is what a printer proves itself with: Vouched, or the SHA-256 of its public key in hex, which stays the same when
// it renews its certificate.
func proofOf(chain []*x509.Certificate, host string) string {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	if _, err := chain[0].Verify(x509.VerifyOptions{DNSName: host, Intermediates: between}); err == nil {
		return Vouched
	}
	sum := sha256.Sum256(chain[0].RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// verify is asked in each handshake.
func (p *ipp) verify(s tls.ConnectionState) error {
	return p.trust(proofOf(s.PeerCertificates, p.host))
}
