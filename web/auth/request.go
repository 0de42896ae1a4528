package auth

import (
	"context"
	"net"
	"net/http"
	"strings"

	"faxbox/fax"
)

// Cookie is the name of the cookie that holds a session's key.
const Cookie = "faxbox-session"

// Local is the name of whoever comes over the UNIX socket; somebody else than the service's own account is "local/name".
const Local = "local"

// Identify tells who makes a request: the peer of a UNIX socket, a bearer token, or a session. A token that is wrong is
// ErrNobody even if there is a good session beside it.
func (a *Accounts) Identify(r *http.Request) (Identity, error) {
	if peer, ok := r.Context().Value(peerKey{}).(Peer); ok {
		return Identity{Caller: fax.Caller{User: peer.user(), Rights: fax.AllRights}, Role: fax.Administrator}, nil
	}
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") || token == "" {
			return Identity{}, ErrNobody
		}
		return a.ByToken(strings.TrimSpace(token), r.RemoteAddr)
	}
	if c, err := r.Cookie(Cookie); err == nil {
		return a.BySession(c.Value, r.RemoteAddr)
	}
	return Identity{}, ErrNobody
}

// SetCookie gives a session's key to the browser; an empty key takes it away.
func SetCookie(w http.ResponseWriter, r *http.Request, key string) {
	http.SetCookie(w, NewCookie(key, r.TLS != nil))
}

// NewCookie is the cookie of a session. It is sent with this site's own requests only, no script can read it, and over
// TLS it never leaves TLS.
func NewCookie(key string, secure bool) *http.Cookie {
	c := &http.Cookie{Name: Cookie, Value: key, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(2 * sessionLife.Seconds())} // the session itself ends sooner
	if key == "" {
		c.MaxAge = -1
	}
	return c
}

type peerKey struct{}

// Peer is the process at the other end of a UNIX socket.
type Peer struct {
	UID, GID uint32
	PID      int32
	Name     string // of the account; empty if it has none
	Self     bool   // it is the service's own account, or root
}

func (p Peer) user() string {
	if p.Self || p.Name == "" {
		return Local
	}
	return Local + "/" + p.Name
}

// LocalContext marks the connections of a UNIX socket, for http.Server.ConnContext. Listener has checked who they are.
func LocalContext(ctx context.Context, c net.Conn) context.Context {
	if l, ok := c.(*localConn); ok {
		return context.WithValue(ctx, peerKey{}, l.peer)
	}
	return ctx
}
