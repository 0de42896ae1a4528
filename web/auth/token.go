package auth

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"faxbox/fax"
	"faxbox/store"
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
	return t, secret, a.store.PutToken(store.Token{Token: t, Hash: hashOf(secret)},
		a.entry(by, "tokens/"+t.ID, "create", fax.Change{Field: "name", To: quote(name)}, fax.Change{Field: "role", To: quote(string(role))}))
}

// Tokens are those that somebody may see: their own, or all for whoever manages accounts.
func (a *Accounts) Tokens(by Identity) ([]fax.Token, error) {
	kept, err := a.store.Tokens()
	var tokens []fax.Token
	for _, t := range kept {
		if t.User == by.User || by.Rights.Has(fax.ConfigSet) {
			tokens = append(tokens, t.Token)
		}
	}
	return tokens, err
}

// DeleteToken makes a token void.
func (a *Accounts) DeleteToken(by Identity, id string) error {
	mine, err := a.Tokens(by)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(mine, func(t fax.Token) bool { return t.ID == id })
	if at < 0 {
		return store.ErrNotFound
	}
	return a.store.RemoveToken(id, a.entry(by, "tokens/"+id, "delete", fax.Change{Field: "name", From: quote(mine[at].Name)}))
}

// ByToken is whoever a token speaks for, or ErrNobody. It can never do more than the account that made it.
func (a *Accounts) ByToken(secret, remote string) (Identity, error) {
	t, err := a.store.TokenByHash(hashOf(secret))
	if err != nil {
		return Identity{}, nobody(err)
	}
	now := a.now().UTC()
	if !t.Expires.IsZero() && !now.Before(t.Expires) {
		return Identity{}, ErrNobody
	}
	rights := t.Role.Rights()
	if t.User != Local && !strings.HasPrefix(t.User, Local+"/") {
		maker, err := a.store.User(t.User)
		if err != nil {
			return Identity{}, nobody(err)
		}
		if maker.Disabled {
			return Identity{}, ErrNobody
		}
		rights &= maker.Role.Rights()
	}
	if now.Sub(t.LastUsed) >= usedEvery {
		t.LastUsed = now
		_ = a.store.PutToken(t) // it works all the same when the disk is full
	}
	return Identity{Caller: fax.Caller{User: t.User, Rights: rights}, Role: t.Role, Remote: remote}, nil
}
