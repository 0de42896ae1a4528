package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"faxbox/fax"
)

// tokenPrefix lets people and programs see what a secret that they find is for.
const tokenPrefix = "faxbox_"

// usedEvery is how often at most it is written down that a token was used: each write wears the card.
const usedEvery = time.Hour

// NewToken makes a token and the secret that proves it, which is shown this once. The role is at most the maker's.
func (a *Accounts) NewToken(by Identity, name string, role fax.Role, expires time.Time) (t fax.Token, secret string, err error) {
	var list fax.Invalid
	add := func(field, problem, hint string) {
		list = append(list, fax.FieldError{Field: field, Problem: problem, Hint: hint, Code: fax.ErrorInvalidParameter})
	}
	if n := utf8.RuneCountInString(name); n < 1 || n > fax.MaxLine || strings.ContainsFunc(name, unicode.IsControl) {
		add("name", "is missing, too long or not printable", "Say what the token is for, such as: scanner in room 3.")
	}
	switch rights := role.Rights(); {
	case rights == 0:
		add("role", fmt.Sprintf("%q is not known", role), "Choose viewer, sender, operator or administrator.")
	case !by.Rights.Has(rights):
		add("role", "is more than your own", "Choose a lesser role.")
	}
	now := a.now().UTC()
	if !expires.IsZero() && !expires.After(now) {
		add("expires", "has passed", "Choose a time to come, or none.")
	}
	if len(list) > 0 {
		return t, "", list
	}
	var id [6]byte
	var key [20]byte
	rand.Read(id[:])
	rand.Read(key[:])
	t = fax.Token{ID: hex.EncodeToString(id[:]), Name: name, User: by.User, Role: role, Created: now, Expires: expires}
	secret = tokenPrefix + strings.ToLower(crockford.EncodeToString(key[:]))
	return t, secret, a.keeper.PutToken(t, hashToken(secret))
}

// hashToken needs no salt and no cost: a token has 160 random bits.
func hashToken(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Tokens are those that somebody may see: their own, or all for whoever manages accounts.
func (a *Accounts) Tokens(by Identity) ([]fax.Token, error) {
	all, err := a.keeper.Tokens()
	if by.Rights.Has(fax.ConfigSet) {
		return all, err
	}
	return slices.DeleteFunc(all, func(t fax.Token) bool { return t.User != by.User }), err
}

// DeleteToken makes a token void.
func (a *Accounts) DeleteToken(by Identity, id string) (fax.Token, error) {
	mine, err := a.Tokens(by)
	if err != nil {
		return fax.Token{}, err
	}
	at := slices.IndexFunc(mine, func(t fax.Token) bool { return t.ID == id })
	if at < 0 {
		return fax.Token{}, ErrNotFound
	}
	return mine[at], a.keeper.DeleteToken(id)
}

// ByToken is whoever a token speaks for, or ErrNobody. It can never do more than the account that made it.
func (a *Accounts) ByToken(secret, remote string) (Identity, error) {
	t, err := a.keeper.TokenBySecret(hashToken(secret))
	if errors.Is(err, ErrNotFound) {
		return Identity{}, ErrNobody
	}
	if err != nil {
		return Identity{}, err
	}
	now := a.now().UTC()
	if !t.Expires.IsZero() && !now.Before(t.Expires) {
		return Identity{}, ErrNobody
	}
	rights := t.Role.Rights()
	if t.User != Local && !strings.HasPrefix(t.User, Local+"/") {
		maker, _, err := a.keeper.User(t.User)
		if err != nil || maker.Disabled {
			return Identity{}, ErrNobody
		}
		rights &= maker.Role.Rights()
	}
	a.used(t, now)
	return Identity{Caller: fax.Caller{User: t.User, Rights: rights}, Role: t.Role, Remote: remote}, nil
}

// used writes down that a token was used, if that was not done of late.
func (a *Accounts) used(t fax.Token, now time.Time) {
	a.mu.Lock()
	last, known := a.seen[t.ID]
	due := !known || now.Sub(last) >= usedEvery
	if due {
		a.seen[t.ID] = now
	}
	a.mu.Unlock()
	if due && now.Sub(t.LastUsed) >= usedEvery {
		t.LastUsed = now
		_ = a.keeper.PutToken(t, nil) // a token works all the same when the disk is full
	}
}
