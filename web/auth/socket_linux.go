package auth

import (
	"fmt"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// check says who is at the other end, and whether they are welcome.
func (l *Listener) check(c *net.UnixConn) (Peer, error) {
	peer, err := peerOf(c)
	if err != nil {
		return peer, err
	}
	peer.Self = peer.UID == 0 || int(peer.UID) == os.Geteuid()
	account, err := user.LookupId(strconv.Itoa(int(peer.UID)))
	if err == nil {
		peer.Name = account.Username
	}
	if peer.Self {
		return peer, nil
	}
	group, err := groupOf(l.Addr().String())
	if err != nil {
		return peer, err
	}
	if peer.GID == group {
		return peer, nil
	}
	if account != nil {
		ids, err := account.GroupIds()
		if err == nil && slices.Contains(ids, strconv.Itoa(int(group))) {
			return peer, nil
		}
	}
	return peer, fmt.Errorf("auth: process %d of user %d is not in the socket's group %d", peer.PID, peer.UID, group)
}

// peerOf asks the kernel who is at the other end.
func peerOf(c *net.UnixConn) (Peer, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return Peer{}, err
	}
	var cred *unix.Ucred
	var failed error
	if err := raw.Control(func(fd uintptr) { cred, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil {
		return Peer{}, err
	}
	if failed != nil {
		return Peer{}, fmt.Errorf("auth: peer of the socket: %w", failed)
	}
	return Peer{UID: cred.Uid, GID: cred.Gid, PID: cred.Pid}, nil
}

func groupOf(path string) (uint32, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return 0, fmt.Errorf("auth: %s: %w", path, err)
	}
	return st.Gid, nil
}
