package store

import (
	"encoding/hex"
	"errors"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"faxbox/fax"
)

// Account is a user with what proves to be him. How a hash is made and compared is not the store's business.
type Account struct {
	fax.User
	Hash []byte `json:"hash"`
}

// Token is a token with the hash of its secret.
type Token struct {
	fax.Token
	Hash []byte `json:"hash"`
}

// Session is somebody logged in, known by the hash of a secret.
type Session struct {
	Hash    []byte    `json:"hash"`
	User    string    `json:"user"`
	Remote  string    `json:"remote"` // from where
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
}

// Users is every account, by name.
func (s *Store) Users() (all []Account, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		all, err = collect(accounts.all(tx))
		return err
	})
	return all, err
}

// User is the account of this name, as it is written, or ErrNotFound.
func (s *Store) User(name string) (a Account, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		a, err = accounts.get(tx, name)
		return err
	})
	return a, err
}

// ErrTaken is a name that somebody has already.
var ErrTaken = errors.New("there is an account of this name")

// AddUser stores a new account, or fails with ErrTaken.
func (s *Store) AddUser(a Account, log ...fax.AuditEntry) error {
	return s.change(log, func(tx *bbolt.Tx) error {
		if _, err := accounts.get(tx, a.Name); !isGone(err) {
			if err != nil {
				return err
			}
			return ErrTaken
		}
		return accounts.put(tx, a.Name, a)
	})
}

// AddFirstUser stores an account if there is none at all, or fails with ErrTaken.
func (s *Store) AddFirstUser(a Account, log ...fax.AuditEntry) error {
	return s.change(log, func(tx *bbolt.Tx) error {
		for _, err := range accounts.all(tx) {
			if err != nil {
				return err
			}
			return ErrTaken
		}
		return accounts.put(tx, a.Name, a)
	})
}

// PutUser stores a change of an account that is there. With a new hash, or disabled, its sessions end.
func (s *Store) PutUser(a Account, log ...fax.AuditEntry) error {
	return s.change(log, func(tx *bbolt.Tx) error {
		old, err := accounts.get(tx, a.Name)
		if err != nil {
			return err
		}
		if a.Disabled || string(a.Hash) != string(old.Hash) {
			if err := endSessions(tx, a.Name); err != nil {
				return err
			}
		}
		return accounts.put(tx, a.Name, a)
	})
}

// RemoveUser removes an account with its cover pages, sessions and tokens. After an error the cover pages may be gone.
func (s *Store) RemoveUser(name string, log ...fax.AuditEntry) error {
	if _, err := s.User(name); err != nil {
		return err
	}
	if err := s.removeCoverPagesOf(name); err != nil {
		return err
	}
	return s.change(log, func(tx *bbolt.Tx) error {
		if _, err := accounts.get(tx, name); err != nil {
			return err
		}
		if err := endSessions(tx, name); err != nil {
			return err
		}
		all, err := collect(tokens.all(tx))
		if err != nil {
			return err
		}
		for _, t := range all {
			if t.User == name {
				if err := strikeToken(tx, t); err != nil {
					return err
				}
			}
		}
		return accounts.delete(tx, name)
	})
}

func hexKey(hash []byte) string { return hex.EncodeToString(hash) }

// Tokens is every token, by id.
func (s *Store) Tokens() (all []Token, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		all, err = collect(tokens.all(tx))
		return err
	})
	return all, err
}

// TokenByHash is the token whose secret has this hash, or ErrNotFound. Whether it has expired is not looked at.
func (s *Store) TokenByHash(hash []byte) (t Token, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		id, err := tokenHashes.get(tx, hexKey(hash))
		if err != nil {
			return err
		}
		t, err = tokens.get(tx, id)
		return err
	})
	return t, err
}

// PutToken stores a token, new or changed.
func (s *Store) PutToken(t Token, log ...fax.AuditEntry) error {
	return s.change(log, func(tx *bbolt.Tx) error {
		old, err := tokens.get(tx, t.ID)
		if err == nil {
			err = tokenHashes.delete(tx, hexKey(old.Hash))
		}
		if err != nil && !isGone(err) {
			return err
		}
		if err := tokenHashes.put(tx, hexKey(t.Hash), t.ID); err != nil {
			return err
		}
		return tokens.put(tx, t.ID, t)
	})
}

// RemoveToken removes a token.
func (s *Store) RemoveToken(id string, log ...fax.AuditEntry) error {
	return s.change(log, func(tx *bbolt.Tx) error {
		t, err := tokens.get(tx, id)
		if err != nil {
			return err
		}
		return strikeToken(tx, t)
	})
}

func strikeToken(tx *bbolt.Tx, t Token) error {
	if err := tokenHashes.delete(tx, hexKey(t.Hash)); err != nil {
		return err
	}
	return tokens.delete(tx, t.ID)
}

// PutSession stores a session.
func (s *Store) PutSession(v Session) error {
	return s.update(func(tx *bbolt.Tx) error { return sessions.put(tx, hexKey(v.Hash), v) })
}

// Session is the session whose secret has this hash and that has not expired, or ErrNotFound.
func (s *Store) Session(hash []byte, now time.Time) (v Session, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		v, err = sessions.get(tx, hexKey(hash))
		return err
	})
	if err == nil && !v.Expires.After(now) {
		return Session{}, ErrNotFound
	}
	return v, err
}

// RemoveSession ends a session. One that is not there is no error.
func (s *Store) RemoveSession(hash []byte) error {
	return s.update(func(tx *bbolt.Tx) error { return sessions.delete(tx, hexKey(hash)) })
}

// EndSessions ends all sessions of a user.
func (s *Store) EndSessions(user string) error {
	return s.update(func(tx *bbolt.Tx) error { return endSessions(tx, user) })
}

func endSessions(tx *bbolt.Tx, user string) error {
	return sessions.prune(tx, func(v Session) bool { return v.User == user })
}

// expire strikes what has expired. Nothing is written if nothing has.
func (s *Store) expire(now time.Time) error {
	prune := func(tx *bbolt.Tx) error {
		err := submissions.prune(tx, func(v submission) bool { return !v.Expires.After(now) })
		if err == nil {
			err = sessions.prune(tx, func(v Session) bool { return !v.Expires.After(now) })
		}
		if err == nil {
			err = facts.prune(tx, func(f fax.Fact) bool { return !f.Expires.After(now) })
		}
		return err
	}
	// A transaction that may only read refuses the first key to be struck.
	err := s.view(prune)
	if errors.Is(err, berrors.ErrTxNotWritable) {
		err = s.update(prune)
	}
	return err
}
