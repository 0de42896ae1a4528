package fax

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Right is a set of things that a user may do.
type Right uint8

// The rights of the object model.
const (
	JobSubmit   Right = 1 << iota // send
	JobQuery                      // list and read jobs, messages and calls
	ConfigQuery                   // read server settings and routing methods
	ConfigSet                     // change server settings and routing methods
	PortQuery                     // read ports, their status and routing
	PortSet                       // change ports, switch routing methods on and off
	JobManage                     // cancel, pause, resume, restart anybody's job; delete messages

	ReadRights = JobQuery | ConfigQuery | PortQuery
	AllRights  = JobManage<<1 - 1
)

// Has reports whether all of need are in the set.
func (r Right) Has(need Right) bool { return r&need == need }

// Role is what a user is to the box.
type Role string

// The roles, each with the rights of the one before.
const (
	Viewer        Role = "viewer"        // reads everything
	Sender        Role = "sender"        // and sends
	Operator      Role = "operator"      // and manages jobs, messages and ports
	Administrator Role = "administrator" // and changes the server, its users and tokens
)

// Roles are all roles, the weakest first.
func Roles() []Role { return []Role{Viewer, Sender, Operator, Administrator} }

// Rights are what a role may do; none for a role that does not exist.
func (r Role) Rights() Right {
	switch r {
	case Viewer:
		return ReadRights
	case Sender:
		return ReadRights | JobSubmit
	case Operator:
		return ReadRights | JobSubmit | JobManage | PortSet
	case Administrator:
		return AllRights
	default:
		return 0
	}
}

// UnmarshalText accepts the four roles only.
func (r *Role) UnmarshalText(text []byte) error {
	if role := Role(text); slices.Contains(Roles(), role) {
		*r = role
		return nil
	}
	return fmt.Errorf("%q is no role: viewer, sender, operator or administrator", text)
}

// MarshalText is the role's name.
func (r Role) MarshalText() ([]byte, error) { return []byte(r), nil }

// User is an account. The secret that proves it is kept elsewhere.
type User struct {
	Name     string    `json:"name"` // the key, 1 to 64 characters
	FullName string    `json:"fullName"`
	Role     Role      `json:"role"`
	Disabled bool      `json:"disabled"`
	Created  time.Time `json:"created"`

	Language string `json:"language"` // of the pages, one of Languages; empty: as the browser asks
	TimeZone string `json:"timeZone"` // that times are shown in, "Europe/Berlin"; empty: the office's
}

// Languages are those that the pages speak.
func Languages() []string { return []string{"en", "de"} }

// CheckPreferences says what is wrong with what users choose for themselves: nil or Invalid.
func CheckPreferences(language, timeZone string) error {
	var f faults
	oneOf(&f, "language", language, Languages()...)
	f.zone("timeZone", timeZone)
	return f.err()
}

// Token lets a program in. The secret itself is shown once and never kept.
type Token struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"` // what for: "scanner in room 3"
	User     string    `json:"user"` // who made it
	Role     Role      `json:"role"` // at most its maker's
	Created  time.Time `json:"created"`
	LastUsed time.Time `json:"lastUsed,omitzero"`
	Expires  time.Time `json:"expires,omitzero"` // zero: never
}

// Caller is whoever asks for something.
type Caller struct {
	User   string // account, or "local" over the UNIX socket
	Rights Right
}

// ErrDenied is a right that the caller does not have.
var ErrDenied = errors.New("this needs a right that you do not have")
