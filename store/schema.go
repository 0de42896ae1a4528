package store

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// schema is the version of what is in faxbox.db. A change of the meaning or the key of anything adds a migration below and
// one to it; a new member of a record does not, nor does a new bucket: an older version leaves alone what it does not know.
const schema = 1

// migrations lead from each version to the next: the first one from 1 to 2. One that was released is never changed; the test
// of each opens a file that the version before it wrote.
var migrations = []func(*bbolt.Tx) error{}

// The tables.
var (
	settings     = named[string, fax.Server]("server") // one record, serverKey
	ports        = numbered[fax.DeviceID, fax.Port]("ports")
	portKeys     = named[string, fax.DeviceID]("port-keys") // what a modem is known by -> the port that it is for ever
	routing      = table[routingKey, fax.RoutingMethod]{"routing", routingKey.bytes}
	jobs         = numbered[fax.JobID, fax.Job]("jobs")
	messages     = numbered[fax.MessageID, fax.Message]("messages")
	journal      = numbered[fax.CallID, fax.Call]("calls")
	audit        = numbered[int64, fax.AuditEntry]("audit")
	accounts     = named[string, Account]("users")
	tokens       = named[string, Token]("tokens")
	tokenHashes  = named[string, string]("token-hashes") // hash of the secret -> id
	sessions     = named[string, Session]("sessions")    // by hash of the secret
	submissions  = named[string, submission]("submissions")
	facts        = table[factKey, fax.Fact]{"facts", factKey.bytes}
	values       = named[string, []byte]("values")
	messageIndex = indexTable("message-index")
	callIndex    = indexTable("call-index")
	binIndex     = binTable("bin") // of messages: when each was put into the bin
	contacts     = numbered[fax.ContactID, fax.Contact]("contacts")
)

// metaBucket holds what concerns the file itself.
const metaBucket = "meta"

// Keys of metaBucket.
const (
	schemaKey    = "schema"    // the version, 8 octets
	restoredKey  = "restored"  // why a snapshot or a backup is in use, until somebody acknowledges it
	reconcileKey = "reconcile" // present until jobs and messages have been taken up from the folders
	eventsKey    = "events"    // no event has had a number above this, 8 octets
)

func bucketNames() []string {
	return []string{
		metaBucket, settings.name, ports.name, portKeys.name, routing.name, jobs.name, messages.name, journal.name, audit.name,
		accounts.name, tokens.name, tokenHashes.name, sessions.name, submissions.name, facts.name, values.name,
		string(messageIndex), string(callIndex), string(binIndex), contacts.name,
	}
}

func meta(tx *bbolt.Tx) *bbolt.Bucket { return tx.Bucket([]byte(metaBucket)) }

// version is the schema of an open database, 0 if there is nothing in it.
func version(tx *bbolt.Tx) uint64 {
	b := meta(tx)
	if b == nil {
		return 0
	}
	if v := b.Get([]byte(schemaKey)); len(v) == 8 {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

// complete reports whether an open database has all buckets. One that an older version made may lack some.
func complete(tx *bbolt.Tx) bool {
	return !slices.ContainsFunc(bucketNames(), func(name string) bool { return tx.Bucket([]byte(name)) == nil })
}

// migrate brings a database to our schema, in one transaction.
func migrate(tx *bbolt.Tx, steps []func(*bbolt.Tx) error) error {
	ours := uint64(len(steps) + 1)
	found := version(tx)
	if found > ours {
		return fmt.Errorf("%w: its schema is %d and ours %d", ErrNewer, found, ours)
	}
	for _, name := range bucketNames() {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	for from := max(found, 1); found > 0 && from < ours; from++ {
		if err := steps[from-1](tx); err != nil {
			return fmt.Errorf("from schema %d to %d: %w", from, from+1, err)
		}
	}
	return meta(tx).Put([]byte(schemaKey), number(ours))
}

// gap is how far numbers go on above the last one known when a snapshot takes the place of the database: more than are given
// away in the hours since.
const gap = 1000

// skip sees that no number is given away that may have been since the snapshot was made.
func skip(tx *bbolt.Tx, reason restoredNote) error {
	for _, name := range []string{ports.name, jobs.name, messages.name, journal.name, audit.name, contacts.name} {
		b := tx.Bucket([]byte(name))
		if err := b.SetSequence(b.Sequence() + gap); err != nil {
			return err
		}
	}
	const events = 1 << 32 // there is no lack of them
	if err := putNumber(tx, eventsKey, getNumber(tx, eventsKey)+events); err != nil {
		return err
	}
	if err := meta(tx).Put([]byte(reconcileKey), []byte{1}); err != nil {
		return err
	}
	return putJSON(tx, restoredKey, reason)
}

// restoredNote says why a snapshot or a backup is in use.
type restoredNote struct {
	At      time.Time `json:"at"`      // when it was put to use
	From    string    `json:"from"`    // the snapshot, "backup", "older", or "" for none
	Made    time.Time `json:"made"`    // when that was made
	Because string    `json:"because"` // what was wrong
}

func (n restoredNote) finding() fax.Finding {
	f := fax.Finding{Name: RestoredFinding, State: fax.Warning, Since: n.At}
	const day = "2006-01-02 15:04"
	switch n.From {
	case "":
		f.Sentence = fmt.Sprintf("The database was damaged (%s) and there was no copy. Faxes and jobs were taken up from their folders; "+
			"settings, accounts and the journal are lost.", n.Because)
		f.Hint = "Set the box up again, or restore a backup."
	case olderOrigin:
		f.Sentence = fmt.Sprintf("An earlier version of the program runs again, with its database of %s. No fax and no job is lost.",
			n.Made.Local().Format(day))
		f.Hint = "Check settings and accounts: changes since then are gone, and a token revoked since then is valid again."
	case backupOrigin:
		f.Sentence = fmt.Sprintf("A backup of %s was restored.", n.Made.Local().Format(day))
		f.Hint = "Check settings and accounts: changes since then are gone. What was there before is in the folder replaced."
	default:
		f.Sentence = fmt.Sprintf("The database was damaged (%s). Its copy of %s is in use. No fax and no job is lost.",
			n.Because, n.Made.Local().Format(day))
		f.Hint = "Check settings and accounts: changes since then are gone, and a token revoked since then is valid again. " +
			"If this comes again, replace the memory card."
	}
	return f
}
