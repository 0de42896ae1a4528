package auth

import "crypto/subtle"

// Prove reports why a code does not let in whoever has it: ErrSetUp if there is an administrator already, ErrWrongCode, or
// TooMany. It makes nobody an administrator and leaves the code as it is: on a box that is to be restored from a backup the
// accounts come with that.
func (a *Accounts) Prove(code, remote string) error {
	if wait := a.tries.try(a.now(), "from "+network(remote)); wait > 0 {
		return TooMany{wait}
	}
	switch right := a.Code(); {
	case right == "":
		return ErrSetUp
	case subtle.ConstantTimeCompare([]byte(plain(code)), []byte(plain(right))) != 1:
		return ErrWrongCode
	}
	return nil
}
