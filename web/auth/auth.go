// Package auth knows who is calling and what they may do: accounts with passwords (argon2id), sessions of browsers, tokens
// of programs, the code that makes the first administrator, and the people on the machine itself, who come over the UNIX
// socket.
//
// No password exists until somebody chooses one. It does not know what the rights are for, nor any page or resource.
package auth

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"faxbox/fax"
	"faxbox/store"
)

// Errors of whoever wants in. What does not exist is store.ErrNotFound, and a name that is taken store.ErrTaken.
var (
	ErrNobody    = errors.New("log in first, or send a token")
	ErrWrong     = errors.New("the name or the password is wrong")
	ErrWrongCode = errors.New("the code is wrong")
	ErrSetUp     = errors.New("the box has an administrator already")
	ErrLast      = errors.New("this is the last administrator")
)

// TooMany is an error: too many tries.
type TooMany struct{ Wait time.Duration } // until the next one

func (e TooMany) Error() string {
	return fmt.Sprintf("too many tries: wait %d s", int(e.Wait.Seconds())+1)
}

// Identity is whoever is calling, once that is known.
type Identity struct {
	fax.Caller
	Role    fax.Role
	Remote  string // from where: an address, or empty for the UNIX socket
	Session string // the session's key, if it is one

	Language, TimeZone string // that the account has chosen; empty: none
}

// entry is a line of the journal of changes.
func (a *Accounts) entry(by Identity, object, action string, changes ...fax.Change) fax.AuditEntry {
	return fax.AuditEntry{At: a.now().UTC(), User: by.User, Remote: by.Remote, Object: object, Action: action, Changes: changes}
}

// Accounts are the accounts of a box. All methods may be used by several goroutines. Changes go into the journal together
// with who made them.
type Accounts struct {
	store *store.Store
	now   func() time.Time
	tries limits
	cost  Cost
	turn  chan struct{} // one hash at a time: each takes Cost.Memory

	mu   sync.Mutex // guards code, and changes of accounts while it is held: there is always an administrator
	code string     // of the first start; empty once there is an administrator
	void func()     // is called when the code has done its work
	lost bool       // it is there because the administrators' passwords were forgotten
}

// New opens the accounts. If there is none yet, Code is what makes the first administrator.
func New(s *store.Store, now func() time.Time, hash Cost) (*Accounts, error) {
	a := &Accounts{store: s, now: now, cost: hash, turn: make(chan struct{}, 1)}
	users, err := s.Users()
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

// Expect puts a code that was kept, or that the owner chose, in the place of the one-time code. If there is an administrator
// nothing happens.
func (a *Accounts) Expect(code string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.code != "" {
		a.code = code
	}
}

// WhenVoid has f called when the code has made an administrator and is good for nothing more.
func (a *Accounts) WhenVoid(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.void = f
}

// SetUp makes the first administrator, given the code, and lets them in. The code is void from then on.
func (a *Accounts) SetUp(code, name, password, remote string) (key string, u fax.User, err error) {
	if err := a.Prove(code, remote); err != nil {
		return "", u, err
	}
	u = fax.User{Name: name, Role: fax.Administrator}
	by := Identity{Caller: fax.Caller{User: name}, Remote: remote}
	if err := a.create(by, &u, password, a.addFirst); err != nil {
		if errors.Is(err, store.ErrTaken) {
			err = ErrSetUp // somebody else was faster
		}
		return "", u, err
	}
	key, err = a.begin(u, remote)
	return key, u, err
}

// addFirst stores the administrator that the code makes. Once passwords were forgotten that may be one who was there. The
// caller holds mu.
func (a *Accounts) addFirst(account store.Account, log ...fax.AuditEntry) error {
	if !a.lost {
		return a.store.AddFirstUser(account, log...)
	}
	if a.code == "" {
		return store.ErrTaken
	}
	err := a.store.AddUser(account, log...)
	if errors.Is(err, store.ErrTaken) {
		err = a.store.PutUser(account, log...)
	}
	return err
}

// Forget makes the passwords of all administrators void and ends their sessions; Code then makes one anew, until the
// program ends. Whoever asks for it stands before the box. Accounts, and everything else, stay.
func (a *Accounts) Forget() error {
	by := Identity{Caller: fax.Caller{User: Local}}
	a.mu.Lock()
	defer a.mu.Unlock()
	accounts, err := a.store.Users()
	if err != nil {
		return err
	}
	for _, account := range accounts {
		if !isAdministrator(account.User) {
			continue
		}
		account.Hash = a.hash(func() []byte { return a.cost.seal(rand.Text()) })
		if err := a.store.PutUser(account, a.entry(by, "users/"+account.Name, "forget password")); err != nil {
			return err
		}
	}
	if a.code == "" {
		a.code, a.lost = newCode(), true
	}
	return nil
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
func (a *Accounts) Create(by Identity, u fax.User, password string) (fax.User, error) {
	err := a.create(by, &u, password, a.store.AddUser)
	return u, err
}

func (a *Accounts) create(by Identity, u *fax.User, password string, add func(store.Account, ...fax.AuditEntry) error) error {
	if err := errors.Join(checkUser(*u), checkPassword("password", password)); err != nil {
		return flatten(err)
	}
	u.Created = a.now().UTC()
	account := store.Account{User: *u, Hash: a.hash(func() []byte { return a.cost.seal(password) })}
	a.mu.Lock()
	defer a.mu.Unlock()
	err := add(account, a.entry(by, "users/"+u.Name, "create", fax.Change{Field: "role", To: quote(string(u.Role))}))
	if err == nil && isAdministrator(*u) && a.code != "" {
		a.code = ""
		if a.void != nil {
			a.void()
		}
	}
	return err
}

// quote is text as JSON.
func quote(s string) string {
	text, _ := json.Marshal(s) // a string always can be
	return string(text)
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
	if invalid, ok := errors.AsType[fax.Invalid](fax.CheckPreferences(u.Language, u.TimeZone)); ok {
		list = append(list, invalid...)
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

// Users are all accounts, by name.
func (a *Accounts) Users() ([]fax.User, error) {
	accounts, err := a.store.Users()
	users := make([]fax.User, len(accounts))
	for i, account := range accounts {
		users[i] = account.User
	}
	return users, err
}

// UserPatch is a change of an account.
type UserPatch struct {
	FullName *string   `json:"fullName,omitempty" doc:"The person's name"`
	Role     *fax.Role `json:"role,omitempty" enum:"viewer,sender,operator,administrator"`
	Disabled *bool     `json:"disabled,omitempty" doc:"True: may not log in, and its tokens do not count"`
	Language *string   `json:"language,omitempty" enum:",en,de" doc:"Of the pages; empty: as the browser asks"`
	TimeZone *string   `json:"timeZone,omitempty" doc:"That the pages show times in, such as Europe/Berlin; empty: the office's"`
}

// OwnPatch is what users may change of their own accounts.
type OwnPatch struct {
	FullName *string `json:"fullName,omitempty" doc:"The person's name"`
	Language *string `json:"language,omitempty" enum:",en,de" doc:"Of the pages; empty: as the browser asks"`
	TimeZone *string `json:"timeZone,omitempty" doc:"That the pages show times in, such as Europe/Berlin; empty: the office's"`
}

// SetOwn changes the account of whoever is logged in with a password. For others it is store.ErrNotFound: a token does not
// speak for the person.
func (a *Accounts) SetOwn(by Identity, p OwnPatch) (fax.User, error) {
	if by.Session == "" {
		return fax.User{}, store.ErrNotFound
	}
	return a.Update(by, by.User, UserPatch{FullName: p.FullName, Language: p.Language, TimeZone: p.TimeZone})
}

// Update changes an account; its sessions feel it at their next request. The last administrator stays one.
func (a *Accounts) Update(by Identity, name string, p UserPatch) (fax.User, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	account, err := a.store.User(name)
	if err != nil {
		return fax.User{}, err
	}
	before := account.User
	if p.FullName != nil {
		account.FullName = *p.FullName
	}
	if p.Role != nil {
		account.Role = *p.Role
	}
	if p.Disabled != nil {
		account.Disabled = *p.Disabled
	}
	if p.Language != nil {
		account.Language = *p.Language
	}
	if p.TimeZone != nil {
		account.TimeZone = *p.TimeZone
	}
	if err := checkUser(account.User); err != nil {
		return before, err
	}
	if isAdministrator(before) && !isAdministrator(account.User) {
		if err := a.another(name); err != nil {
			return before, err
		}
	}
	changes := differences(before, account.User)
	if len(changes) == 0 {
		return before, nil
	}
	return account.User, a.store.PutUser(account, a.entry(by, "users/"+name, "change", changes...))
}

func differences(before, after fax.User) []fax.Change {
	var list []fax.Change
	for _, c := range []fax.Change{
		{Field: "fullName", From: quote(before.FullName), To: quote(after.FullName)},
		{Field: "role", From: quote(string(before.Role)), To: quote(string(after.Role))},
		{Field: "disabled", From: strconv.FormatBool(before.Disabled), To: strconv.FormatBool(after.Disabled)},
		{Field: "language", From: quote(before.Language), To: quote(after.Language)},
		{Field: "timeZone", From: quote(before.TimeZone), To: quote(after.TimeZone)},
	} {
		if c.From != c.To {
			list = append(list, c)
		}
	}
	return list
}

func isAdministrator(u fax.User) bool { return u.Role == fax.Administrator && !u.Disabled }

// another reports ErrLast if there is no administrator but this one.
func (a *Accounts) another(name string) error {
	accounts, err := a.store.Users()
	if err != nil {
		return err
	}
	for _, other := range accounts {
		if other.Name != name && isAdministrator(other.User) {
			return nil
		}
	}
	return ErrLast
}

// Delete removes an account, its sessions and tokens. The last administrator stays.
func (a *Accounts) Delete(by Identity, name string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	account, err := a.store.User(name)
	if err != nil {
		return err
	}
	if isAdministrator(account.User) {
		if err := a.another(name); err != nil {
			return err
		}
	}
	return a.store.RemoveUser(name, a.entry(by, "users/"+name, "delete"))
}

// SetPassword gives an account a new password and ends its sessions.
func (a *Accounts) SetPassword(by Identity, name, password string) error {
	if err := checkPassword("password", password); err != nil {
		return err
	}
	hash := a.hash(func() []byte { return a.cost.seal(password) })
	a.mu.Lock()
	defer a.mu.Unlock()
	account, err := a.store.User(name)
	if err != nil {
		return err
	}
	account.Hash = hash
	a.tries.forgive("as " + name)
	return a.store.PutUser(account, a.entry(by, "users/"+name, "password"))
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
	account, err := a.store.User(name)
	u, secret := account.User, account.Hash
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return u, err
	}
	if err != nil {
		secret = a.cost.sealWith("", make([]byte, saltLength)) // costs what fits costs
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

// hash does one piece of hashing at a time, and gives its memory back to the system at once: else some logins would make
// a small box look, for minutes, as if it used thrice what it does.
func (a *Accounts) hash(work func() []byte) []byte {
	a.turn <- struct{}{}
	defer func() { <-a.turn }()
	defer debug.FreeOSMemory()
	return work()
}
