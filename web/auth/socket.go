package auth

import (
	"log/slog"
	"net"
)

// Listener lets in over a UNIX socket whom the socket's mode lets in, and looks again at who they are: root, the
// service's own account, and members of the socket's group. Others are hung up on.
type Listener struct {
	*net.UnixListener
	Log *slog.Logger
}

// localConn is a connection whose peer is known.
type localConn struct {
	*net.UnixConn
	peer Peer
}

// Accept waits for a peer that is welcome.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		peer, err := l.check(c)
		if err == nil {
			return &localConn{c, peer}, nil
		}
		l.Log.Warn("connection to the socket refused", "error", err)
		c.Close()
	}
}
