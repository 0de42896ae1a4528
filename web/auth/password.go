package auth

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"faxbox/fax"
)

// Lengths of passwords, in characters. Nothing else is asked of one.
const (
	minPassword = 8
	maxPassword = 256
)

// checkPassword says what is wrong with a new password.
func checkPassword(field, password string) error {
	n := utf8.RuneCountInString(password)
	var problem string
	switch {
	case n < minPassword:
		problem = fmt.Sprintf("is shorter than %d characters", minPassword)
	case n > maxPassword:
		problem = fmt.Sprintf("is longer than %d characters", maxPassword)
	default:
		return nil
	}
	return fax.Invalid{{Field: field, Problem: problem, Hint: "A sentence is easy to remember and hard to guess.",
		Code: fax.ErrorInvalidParameter}}
}

// Cost is what one hash of a password takes.
type Cost struct {
	Memory  uint32 // KiB, 8 for each thread at least, 64 MiB at most
	Time    uint32 // passes, 1 to 10
	Threads uint8  // 1 to 4
}

// Usual is the least that OWASP recommends for argon2id; a Raspberry Pi Zero 2 needs about a quarter of a second for it.
func Usual() Cost { return Cost{Memory: 19 * 1024, Time: 2, Threads: 1} }

const (
	saltLength = 16
	hashLength = 32
)

// seal makes the text that is kept of a password, in the PHC string format: $argon2id$v=19$m=19456,t=2,p=1$salt$hash.
func (c Cost) seal(password string) []byte {
	salt := make([]byte, saltLength)
	rand.Read(salt) // never fails
	return c.sealWith(password, salt)
}

func (c Cost) sealWith(password string, salt []byte) []byte {
	hash := argon2.IDKey([]byte(password), salt, c.Time, c.Memory, c.Threads, hashLength)
	b64 := base64.RawStdEncoding
	return fmt.Appendf(nil, "$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, c.Threads,
		b64.EncodeToString(salt), b64.EncodeToString(hash))
}

// fits reports whether a password is the one that was sealed. What is not a seal of ours fits no password.
func fits(password string, sealed []byte) bool {
	c, salt, ok := parseSeal(sealed)
	return ok && subtle.ConstantTimeCompare(c.sealWith(password, salt), sealed) == 1
}

// parseSeal reads what a seal was made with. A seal from a foreign backup must not take the box's memory, or its day: more
// than Cost allows is none of ours.
func parseSeal(sealed []byte) (c Cost, salt []byte, ok bool) {
	parts := bytes.Split(sealed, []byte("$"))
	if len(parts) != 6 {
		return c, nil, false
	}
	if _, err := fmt.Sscanf(string(parts[3]), "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Threads); err != nil {
		return c, nil, false
	}
	salt, err := base64.RawStdEncoding.DecodeString(string(parts[4]))
	return c, salt, err == nil && c.allowed()
}

func (c Cost) allowed() bool {
	return c.Memory >= 8*uint32(c.Threads) && c.Memory <= 64*1024 && c.Time >= 1 && c.Time <= 10 && c.Threads >= 1 && c.Threads <= 4
}
