package printer

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// unreachable is why the other side of a connection was not heard, in the words of an office.
type unreachable struct{ error }

func (u unreachable) Unwrap() error { return u.error }

func (u unreachable) Error() string {
	_, unknown := errors.AsType[*net.DNSError](u.error)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](u.error)
	_, plain := errors.AsType[tls.RecordHeaderError](u.error)
	switch {
	case unknown:
		return "its name is not known in the network"
	case untrusted:
		return "its certificate is not trusted"
	case plain:
		return "it does not speak TLS"
	case errors.Is(u.error, syscall.ECONNREFUSED):
		return "nothing answers there"
	case errors.Is(u.error, syscall.EHOSTUNREACH), errors.Is(u.error, syscall.ENETUNREACH):
		return "there is no way to it in the network"
	case errors.Is(u.error, os.ErrDeadlineExceeded), errors.Is(u.error, context.DeadlineExceeded), errors.Is(u.error, syscall.ETIMEDOUT):
		return "it does not answer"
	case errors.Is(u.error, io.EOF), errors.Is(u.error, io.ErrUnexpectedEOF), errors.Is(u.error, syscall.ECONNRESET), errors.Is(u.error, syscall.EPIPE):
		return "it broke the connection off"
	}
	return u.error.Error()
}

// Unreachable is an error of a connection in words; the error itself is behind it.
func Unreachable(err error) error { return unreachable{err} }
