package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net"
	"net/netip"
	"time"

	"faxbox/fax"
	"faxbox/store"
)

// sessionLife is how long a session lasts after it was last prolonged, which happens when half of it is over: somebody who
// comes every day stays logged in, and the card is written to twice a week.
const sessionLife = 7 * 24 * time.Hour

// LogIn begins a session. The key is the secret that the browser keeps; the store keeps a hash of it.
func (a *Accounts) LogIn(name, password, remote string) (key string, u fax.User, err error) {
	u, err = a.verify(name, password, remote)
	if err != nil {
		return "", u, err
	}
	key, err = a.begin(u, remote)
	return key, u, err
}

func (a *Accounts) begin(u fax.User, remote string) (key string, err error) {
	var b [32]byte
	rand.Read(b[:])
	key = base64.RawURLEncoding.EncodeToString(b[:])
	now := a.now().UTC()
	return key, a.store.PutSession(store.Session{
		Hash: hashOf(key), User: u.Name, Remote: remote, Created: now, Expires: now.Add(sessionLife),
	})
}

// hashOf is what is kept of a secret that is itself random: it needs no salt and no cost.
func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// LogOut ends a session. One that does not exist is over already.
func (a *Accounts) LogOut(key string) error { return a.store.RemoveSession(hashOf(key)) }

// BySession is whoever a session belongs to, or ErrNobody.
func (a *Accounts) BySession(key, remote string) (Identity, error) {
	now := a.now().UTC()
	s, err := a.store.Session(hashOf(key), now)
	if err != nil {
		return Identity{}, nobody(err)
	}
	account, err := a.store.User(s.User)
	if err != nil {
		return Identity{}, nobody(err)
	}
	if account.Disabled {
		return Identity{}, ErrNobody
	}
	if s.Expires.Sub(now) < sessionLife/2 {
		s.Expires = now.Add(sessionLife)
		_ = a.store.PutSession(s) // it goes on as it is when the disk is full
	}
	u := account.User
	return Identity{Caller: fax.Caller{User: u.Name, Rights: u.Role.Rights()}, Role: u.Role, Remote: remote, Session: key,
		Language: u.Language, TimeZone: u.TimeZone}, nil
}

// nobody is ErrNobody for what does not exist.
func nobody(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return ErrNobody
	}
	return err
}

// network is what of a remote address counts tries: the host, or of IPv6 the network of a household.
func network(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if addr = addr.Unmap(); addr.Is6() {
		p, _ := addr.WithZone("").Prefix(64) // 64 bits fit any IPv6 address
		return p.String()
	}
	return addr.String()
}
