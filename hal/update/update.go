// Package update is the update file: a whole system, signed, and how it comes into the slot that does not run.
//
// # The file
//
// An uncompressed tar (USTAR), so that anybody can look into it:
//
//	manifest.json   what follows: version, boards, and of each part its name, size and SHA-256
//	manifest.sig    Ed25519 signature of manifest.json, 64 octets
//	root            the system: a squashfs, for the slot's partition
//	initrd ...      files for the slot's folder on the boot partition, Image (the kernel) last
//
// Nothing is believed before the signature is checked, and no part before its SHA-256 is. Keys are PEM as OpenSSL makes them
// (openssl genpkey -algorithm ed25519); openssl pkeyutl -verify -rawin checks the signature likewise.
//
// # The way of an update
//
// The server, which has no rights, checks the whole file as it comes in, lets the calls on the lines end, and asks
// (Request). A program that has the rights (faxbox update apply, started by systemd) checks it all again, fills the slot,
// has it tried once, and restarts the box. The system that then runs in that slot is made the chosen one when its server
// works (faxbox update settle); when it does not within SettleTime the box is restarted, and as the one attempt is used
// up the boot script starts the system of before. What became of it is kept in State.
package update

import (
	"errors"
	"time"

	"faxbox/hal/slots"
)

// Manifest is what an update file says of itself.
type Manifest struct {
	Format  int          `json:"format"`         // of the file: 1
	Version string       `json:"version"`        // of the program: 1.4.0
	From    string       `json:"from,omitempty"` // the oldest version that it can be put over; empty: any
	Schema  int          `json:"schema"`         // of the store that its program keeps
	Made    time.Time    `json:"made"`
	Boards  []string     `json:"boards"` // what the board's device tree must be compatible with, one of them: brcm,bcm2711
	Parts   []slots.Part `json:"parts"`  // in the file's order
}

// What may be wrong with an update file, or keep it from being taken. Each says so in a sentence; what is wrapped around says
// which part or number.
var (
	ErrNoUpdate  = errors.New("this is no update file")
	ErrSignature = errors.New("the update is not signed by whoever made this box's system")
	ErrCut       = errors.New("the update file is cut off")
	ErrDamaged   = errors.New("the update file is damaged")
	ErrFormat    = errors.New("the update file is of a kind that this version does not know")
	ErrOlder     = errors.New("the update is older than what runs")
	ErrTooOld    = errors.New("what runs is too old for this update")
	ErrBoard     = errors.New("the update is for other boards")
	ErrTooLarge  = errors.New("the update is larger than its place on the card")
	ErrTrial     = errors.New("an update is being tried")
)

// SettleTime is how long a new system may take from its start until its server works.
const SettleTime = 5 * time.Minute

// Phase is how far an update has come.
type Phase string

// The phases, in their order.
const (
	Idle     Phase = ""         // there is none
	Waiting  Phase = "waiting"  // it is checked; the calls on the lines end
	Writing  Phase = "writing"  // into the slot
	Starting Phase = "starting" // the box restarts
	Trying   Phase = "trying"   // it runs, and has not shown yet that it works
)

// Outcome is what became of the last update.
type Outcome string

// The outcomes.
const (
	Nothing  Outcome = ""          // there was none
	Settled  Outcome = "installed" // it runs for good
	FellBack Outcome = "fell back" // it did not work: what ran before runs again
	Refused  Outcome = "refused"   // nothing was changed
)

// State is what is known of the slots and the last update. It is kept in a file that everybody may read and only root writes.
type State struct {
	Slot    slots.Slot `json:"slot"`              // that runs
	Trial   bool       `json:"trial"`             // it has not shown yet that it works
	Phase   Phase      `json:"phase,omitempty"`   // of the update that is on its way
	Percent int        `json:"percent"`           // of the phase writing
	Version string     `json:"version,omitempty"` // of the update
	Before  string     `json:"before,omitempty"`  // version that ran before it
	Target  slots.Slot `json:"target,omitempty"`  // where it goes
	Began   time.Time  `json:"began,omitzero"`
	Outcome Outcome    `json:"outcome,omitempty"` // of the last update
	Reason  string     `json:"reason,omitempty"`  // why it was not installed, a sentence
	Ended   time.Time  `json:"ended,omitzero"`
}

// Request is what the server leaves for the program that has the rights.
type Request struct {
	Downgrade bool `json:"downgrade"` // an administrator wants an older version
}
