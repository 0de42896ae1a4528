// Package auth knows who is calling and what they may do: accounts with passwords (argon2id), sessions of browsers, tokens
// of programs, the code that makes the first administrator, and the people on the machine itself, who come over the UNIX
// socket.
//
// No password exists until somebody chooses one. It does not know what the rights are for, nor any page or resource.
package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"faxbox/fax"
)

// Errors of whoever wants in.
var (
	ErrNobody    = errors.New("log in first, or send a token")
	ErrWrong     = errors.New("the name or the password is wrong")
	ErrWrongCode = errors.New("the code is wrong")
	ErrSetUp     = errors.New("the box has an administrator already")
	ErrNotFound  = errors.New("there is no such account or token")
	ErrExists    = errors.New("there is an account of this name already")
	ErrLast      = errors.New("this is the last administrator")
)

// TooMany is an error: too many tries.
type TooMany struct{ Wait time.Duration } // until the next one

func (e TooMany) Error() string {
	return fmt.Sprintf("too many tries: wait %d seconds", int(e.Wait.Seconds())+1)
}

// Keeper keeps accounts and tokens over restarts. Secrets are what Accounts made of them, never a password or a token.
type Keeper interface {
	Users() ([]fax.User, error)
	User(name string) (u fax.User, secret []byte, err error) // ErrNotFound, wrapped or not, if there is none
	PutUser(u fax.User, secret []byte) error                 // a nil secret leaves the one there is
	DeleteUser(name string) error                            // and the tokens it made
	Tokens() ([]fax.Token, error)
	TokenBySecret(secret []byte) (fax.Token, error) // ErrNotFound if there is none
	PutToken(t fax.Token, secret []byte) error      // a nil secret leaves the one there is
	DeleteToken(id string) error
}

// Identity is whoever is calling, once that is known.
type Identity struct {
	fax.Caller
	Role    fax.Role
	Remote  string // from where: an address, or empty for the UNIX socket
	Session string // the session's key, if it is one
}

// Accounts are the accounts of a box. All methods may be used by several goroutines.
type Accounts struct {
	keeper Keeper
	now    func() time.Time
	tries  limits
	turn   chan struct{} // one hash at a time: each takes 19 MiB

	mu       sync.Mutex // guards all below
	code     string     // of the first start; empty once there is an administrator
	sessions map[[sha256.Size]byte]*session
	seen     map[string]time.Time // token id -> when its LastUsed was kept
}

// New opens the accounts. If there is none yet, Code is what makes the first administrator.
func New(keeper Keeper, now func() time.Time) (*Accounts, error) {
	a := &Accounts{
		keeper: keeper, now: now, turn: make(chan struct{}, 1),
		sessions: map[[sha256.Size]byte]*session{}, seen: map[string]time.Time{},
	}
	users, err := keeper.Users()
	if err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	if len(users) == 0 {
		a.code = newCode()
	}
	return a, nil
}

// newCode is a code that is easily typed: two groups of four letters and digits, 40 bits. Its tries are limited.
func newCode() string {
	var b [5]byte
	rand.Read(b[:])
	text := crockford.EncodeToString(b[:])
	return text[:4] + "-" + text[4:]
}

// crockford is base 32 without letters that look like digits.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// Code is the one-time code that makes the first administrator; empty if there is one. It is to be shown to whoever can
// see the box's console or journal, and nobody else.
func (a *Accounts) Code() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.code
}

// SetUp makes the first administrator, given the code, and lets them in. The code is void from then on.
func (a *Accounts) SetUp(code, name, password, remote string) (key string, u fax.User, err error) {
	if wait := a.tries.try(a.now(), "from "+network(remote)); wait > 0 {
		return "", u, TooMany{wait}
	}
	a.mu.Lock()
	switch right := a.code; {
	case right == "":
		err = ErrSetUp
	case subtle.ConstantTimeCompare([]byte(plain(code)), []byte(plain(right))) != 1:
		err = ErrWrongCode
	}
	a.mu.Unlock()
	if err != nil {
		return "", u, err
	}
	u = fax.User{Name: name, Role: fax.Administrator}
	if err := a.create(&u, password, true); err != nil {
		return "", u, err
	}
	return a.begin(u), u, nil
}

// plain is a code as it may be typed: case and dashes do not count.
func plain(code string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, code))
}

// Create makes an account.
func (a *Accounts) Create(u fax.User, password string) (fax.User, error) {
	err := a.create(&u, password, false)
	return u, err
}

func (a *Accounts) create(u *fax.User, password string, first bool) error {
	if err := errors.Join(checkUser(*u), checkPassword("password", password)); err != nil {
		return flatten(err)
	}
	secret := a.hash(func() []byte { return seal(password) })
	a.mu.Lock()
	defer a.mu.Unlock()
	if first && a.code == "" {
		return ErrSetUp // somebody else was faster
	}
	if _, _, err := a.keeper.User(u.Name); err == nil {
		return ErrExists
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	u.Created = a.now().UTC()
	if err := a.keeper.PutUser(*u, secret); err != nil {
		return err
	}
	if u.Role == fax.Administrator {
		a.code = ""
	}
	return nil
}

// checkUser says what is wrong with an account: nil or fax.Invalid.
func checkUser(u fax.User) error {
	var list fax.Invalid
	add := func(field, problem, hint string) {
		list = append(list, fax.FieldError{Field: field, Problem: problem, Hint: hint, Code: fax.ErrorInvalidParameter})
	}
	if n := utf8.RuneCountInString(u.Name); n < 1 || n > 64 || strings.ContainsFunc(u.Name, notInName) || u.Name == "local" {
		add("name", fmt.Sprintf("%q cannot be an account's", u.Name), "Choose 1 to 64 letters, digits, dots, dashes, underscores or @.")
	}
	if utf8.RuneCountInString(u.FullName) > fax.MaxLine || strings.ContainsFunc(u.FullName, unicode.IsControl) {
		add("fullName", "is too long or not printable", "Enter a name of one line.")
	}
	if u.Role.Rights() == 0 {
		add("role", fmt.Sprintf("%q is not known", u.Role), "Choose viewer, sender, operator or administrator.")
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

func notInName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".-_@", r)
}

// flatten makes one fax.Invalid of joined ones.
func flatten(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var all fax.Invalid
	for _, err := range joined.Unwrap() {
		var some fax.Invalid
		if !errors.As(err, &some) {
			return err
		}
		all = append(all, some...)
	}
	return all
}

// Users are all accounts.
func (a *Accounts) Users() ([]fax.User, error) { return a.keeper.Users() }

// UserPatch is a change of an account.
type UserPatch struct {
	FullName *string   `json:"fullName,omitempty" doc:"The person's name"`
	Role     *fax.Role `json:"role,omitempty" enum:"viewer,sender,operator,administrator"`
	Disabled *bool     `json:"disabled,omitempty" doc:"True: may not log in, and its tokens do not count"`
}

// Update changes an account; its sessions feel it at their next request. The last administrator stays one.
func (a *Accounts) Update(name string, p UserPatch) (before, after fax.User, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before, _, err = a.keeper.User(name)
	if err != nil {
		return before, before, err
	}
	after = before
	if p.FullName != nil {
		after.FullName = *p.FullName
	}
	if p.Role != nil {
		after.Role = *p.Role
	}
	if p.Disabled != nil {
		after.Disabled = *p.Disabled
	}
	if err := checkUser(after); err != nil {
		return before, before, err
	}
	if isAdministrator(before) && !isAdministrator(after) {
		if err := a.another(name); err != nil {
			return before, before, err
		}
	}
	return before, after, a.keeper.PutUser(after, nil)
}

func isAdministrator(u fax.User) bool { return u.Role == fax.Administrator && !u.Disabled }

// another reports ErrLast if there is no administrator but this one.
func (a *Accounts) another(name string) error {
	users, err := a.keeper.Users()
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.Name != name && isAdministrator(u) {
			return nil
		}
	}
	return ErrLast
}

// Delete removes an account, its sessions and tokens. The last administrator stays.
func (a *Accounts) Delete(name string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	u, _, err := a.keeper.User(name)
	if err != nil {
		return err
	}
	if isAdministrator(u) {
		if err := a.another(name); err != nil {
			return err
		}
	}
	a.endAll(name)
	return a.keeper.DeleteUser(name)
}

// SetPassword gives an account a new password and ends its sessions.
func (a *Accounts) SetPassword(name, password string) error {
	if err := checkPassword("password", password); err != nil {
		return err
	}
	secret := a.hash(func() []byte { return seal(password) })
	a.mu.Lock()
	defer a.mu.Unlock()
	u, _, err := a.keeper.User(name)
	if err != nil {
		return err
	}
	a.endAll(name)
	a.tries.forgive("as " + name)
	return a.keeper.PutUser(u, secret)
}

// Verify checks a password without letting anybody in: whoever changes a password proves the old one.
func (a *Accounts) Verify(name, password, remote string) error {
	_, err := a.verify(name, password, remote)
	return err
}

// verify is slow for a name that does not exist as for one that does, and limits tries by address and by account.
func (a *Accounts) verify(name, password, remote string) (fax.User, error) {
	keys := []string{"from " + network(remote), "as " + name}
	if wait := a.tries.try(a.now(), keys...); wait > 0 {
		return fax.User{}, TooMany{wait}
	}
	u, secret, err := a.keeper.User(name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return u, err
	}
	if err != nil {
		secret = usual.seal("", make([]byte, saltLength)) // costs what fits costs
	}
	right := false
	if utf8.RuneCountInString(password) <= maxPassword {
		a.hash(func() []byte { right = fits(password, secret); return nil })
	}
	if err != nil || !right || u.Disabled {
		return fax.User{}, ErrWrong
	}
	a.tries.forgive(keys...)
	return u, nil
}

// hash does one piece of hashing at a time.
func (a *Accounts) hash(work func() []byte) []byte {
	a.turn <- struct{}{}
	defer func() { <-a.turn }()
	return work()
}
