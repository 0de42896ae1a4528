// Package backup seals what a store writes as a backup with a passphrase, in the format of age (age-encryption.org/v1): what
// it makes, age -d opens too, and what age -p makes of a backup, it opens. Without the passphrase nobody reads a backup, nor
// changes an octet of it unnoticed. It knows nothing of what is within.
package backup

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"filippo.io/age"
)

// Errors that callers act on.
var (
	ErrShort      = fmt.Errorf("the passphrase is too short: it must have %d characters", MinPassphrase)
	ErrPassphrase = errors.New("the passphrase is wrong")
	ErrNoBackup   = errors.New("this is no backup that a faxbox made")
	ErrCut        = errors.New("the backup is cut off")
	ErrDamaged    = errors.New("the backup is damaged")
)

// MinPassphrase is how long a passphrase must be, in characters.
const MinPassphrase = 10

// Usual is the work that a passphrase costs: scrypt's doubles with each, and its memory is 2^work times 1 KiB. It is what a
// board with 512 MB can spare; what age itself makes costs 18, which is the most that is opened.
const (
	Usual   = 16
	maxWork = 18
)

// Seal encrypts what is written to it, onto w, until Close. ErrShort is for whoever chooses the passphrase.
func Seal(w io.Writer, passphrase string, work int) (io.WriteCloser, error) {
	if utf8.RuneCountInString(passphrase) < MinPassphrase {
		return nil, ErrShort
	}
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, err
	}
	to.SetWorkFactor(work)
	return age.Encrypt(w, to)
}

// Open decrypts a sealed backup: ErrNoBackup, ErrPassphrase. What is read then ends with ErrCut or ErrDamaged if it is not
// whole; nothing is ever read that was changed.
func Open(r io.Reader, passphrase string) (io.Reader, error) {
	if passphrase == "" {
		return nil, ErrPassphrase
	}
	by, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	by.SetMaxWorkFactor(maxWork)
	source := &source{r: r}
	plain, err := age.Decrypt(source, by)
	var no *age.NoIdentityMatchError
	switch {
	case source.err != nil:
		return nil, source.err
	case errors.As(err, &no):
		return nil, ErrPassphrase
	case err != nil:
		return nil, fmt.Errorf("%w: %v", ErrNoBackup, err)
	}
	return &opened{plain, source}, nil
}

// source remembers an error of whatever is read: it is not the backup's.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		s.err = err
	}
	return n, err
}

// opened is a backup whose faults have names.
type opened struct {
	r    io.Reader
	from *source
}

func (o *opened) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	switch {
	case err == nil, err == io.EOF: // exactly: one that is wrapped is an end too soon
		return n, err
	case o.from.err != nil:
		return n, o.from.err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return n, ErrCut
	}
	return n, fmt.Errorf("%w: %v", ErrDamaged, err)
}
