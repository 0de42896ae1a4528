package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/netip"
	"time"

	"faxbox/fax"
)

// How long a session lasts.
const (
	sessionIdle = 12 * time.Hour      // without a request
	sessionEnd  = 14 * 24 * time.Hour // in any case
	maxSessions = 1000
)

// session is a browser that has logged in. Sessions end with the process.
type session struct {
	user       string
	begun, use time.Time
}

func (s *session) over(now time.Time) bool {
	return now.Sub(s.use) > sessionIdle || now.Sub(s.begun) > sessionEnd
}

// LogIn begins a session. The key is the secret that the browser keeps.
func (a *Accounts) LogIn(name, password, remote string) (key string, u fax.User, err error) {
	u, err = a.verify(name, password, remote)
	if err != nil {
		return "", u, err
	}
	return a.begin(u), u, nil
}

func (a *Accounts) begin(u fax.User) (key string) {
	var b [32]byte
	rand.Read(b[:])
	key = base64.RawURLEncoding.EncodeToString(b[:])
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.sessions) >= maxSessions {
		a.makeRoom(now)
	}
	a.sessions[sha256.Sum256([]byte(key))] = &session{user: u.Name, begun: now, use: now}
	return key
}

// makeRoom drops sessions that are over, or else the one that was not used for the longest time.
func (a *Accounts) makeRoom(now time.Time) {
	var oldest [sha256.Size]byte
	var use time.Time
	for key, s := range a.sessions {
		if s.over(now) {
			delete(a.sessions, key)
		} else if use.IsZero() || s.use.Before(use) {
			oldest, use = key, s.use
		}
	}
	if len(a.sessions) >= maxSessions {
		delete(a.sessions, oldest)
	}
}

// LogOut ends a session. One that does not exist is over already.
func (a *Accounts) LogOut(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.sessions, sha256.Sum256([]byte(key)))
}

// endAll ends the sessions of an account. The caller holds mu.
func (a *Accounts) endAll(name string) {
	for key, s := range a.sessions {
		if s.user == name {
			delete(a.sessions, key)
		}
	}
}

// BySession is whoever a session belongs to, or ErrNobody.
func (a *Accounts) BySession(key, remote string) (Identity, error) {
	now := a.now()
	hashed := sha256.Sum256([]byte(key))
	a.mu.Lock()
	s := a.sessions[hashed]
	if s != nil && s.over(now) {
		delete(a.sessions, hashed)
		s = nil
	}
	if s == nil {
		a.mu.Unlock()
		return Identity{}, ErrNobody
	}
	s.use = now
	name := s.user
	a.mu.Unlock()
	u, _, err := a.keeper.User(name)
	if err != nil || u.Disabled {
		return Identity{}, ErrNobody
	}
	return Identity{Caller: fax.Caller{User: u.Name, Rights: u.Role.Rights()}, Role: u.Role, Remote: remote, Session: key}, nil
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
