//go:build !linux

package auth

import "net"

// check trusts the socket's mode: only Linux is asked who is at the other end.
func (l *Listener) check(*net.UnixConn) (Peer, error) { return Peer{Self: true}, nil }
