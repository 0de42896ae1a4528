package store

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// entry is what listings filter messages and calls by: 40 octets, so that a million of them are held in memory and any
// filter is one pass over them, at some nanoseconds each, however many fit.
type entry struct {
	position
	device fax.DeviceID
	number packed
	marks  marks
}

// position is an entry's place in time order.
type position struct {
	at int64 // nanoseconds since 1970
	id uint64
}

func (p position) compare(q position) int {
	return cmp.Or(cmp.Compare(p.at, q.at), cmp.Compare(p.id, q.id))
}

// marks are properties of an entry that are there or not.
type marks uint8

const (
	outgoing marks = 1 << iota
	unread
	quarantined
	open // a call that is not over
	binned
)

// packed is the beginning of a telephone number: 16 digits, * or #, each a nibble from 1 up, the first in the most
// significant one. Leading zeros and plus are left out, since they are prefixes nearly everywhere, as is a (0) after a plus,
// which is dialled within the country only.
type packed uint64

const packedDigits = 16

func pack(number string) packed {
	if strings.Contains(number, "+") {
		number = strings.Replace(number, "(0)", "", 1)
	}
	var p packed
	n := 0
	for _, c := range number {
		digit := strings.IndexRune("0123456789*#", c)
		if digit < 0 || digit == 0 && n == 0 {
			continue
		}
		if n++; n > packedDigits {
			break
		}
		p |= packed(digit+1) << (4 * (packedDigits - n))
	}
	return p
}

// mask covers the digits that there are.
func (p packed) mask() packed {
	for shift := 0; shift < 64; shift += 4 {
		if p>>shift&0xF != 0 {
			return ^packed(0) << shift
		}
	}
	return 0
}

// filter says which entries are listed: those for which everything holds.
type filter struct {
	need, not    marks // that are there, that are not
	from, to     int64 // when: from the first moment to before the second
	device       fax.DeviceID
	number, mask packed // what the number begins with, and which digits of it count
}

func newFilter(d fax.Direction, device fax.DeviceID, number string, from, to time.Time) filter {
	f := filter{from: math.MinInt64, to: math.MaxInt64, device: device, number: pack(number)}
	f.mask = f.number.mask()
	switch d {
	case fax.In:
		f.not = outgoing
	case fax.Out:
		f.need = outgoing
	}
	if !from.IsZero() {
		f.from = from.UnixNano()
	}
	if !to.IsZero() {
		f.to = to.UnixNano()
	}
	return f
}

// holds does not look at the time: entries are in its order.
func (f *filter) holds(e *entry) bool {
	return e.marks&(f.need|f.not) == f.need && e.number&f.mask == f.number && (f.device == 0 || e.device == f.device)
}

// catalog is all entries of messages, or of calls, in memory, in time order.
type catalog struct {
	mu      sync.RWMutex
	entries []entry
}

// put adds an entry or replaces the one at its position.
func (c *catalog) put(e entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, found := c.find(e.position)
	if found {
		c.entries[at] = e
		return
	}
	c.entries = slices.Insert(c.entries, at, e)
}

func (c *catalog) delete(p position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, found := c.find(p); found {
		c.entries = slices.Delete(c.entries, at, at+1)
	}
}

func (c *catalog) find(p position) (int, bool) {
	return slices.BinarySearchFunc(c.entries, p, func(e entry, p position) int { return e.position.compare(p) })
}

// before yields at most n entries that a filter lets through and that lie before a position, the last first, and where to go
// on; a zero position if there are no more.
func (c *catalog) before(p position, n int, f filter) (found []entry, next position) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if end := (position{at: f.to}); end.compare(p) < 0 {
		p = end
	}
	at, _ := c.find(p)
	for at--; at >= 0 && c.entries[at].at >= f.from; at-- {
		if !f.holds(&c.entries[at]) {
			continue
		}
		if len(found) == n {
			return found, found[n-1].position
		}
		found = append(found, c.entries[at])
	}
	return found, position{}
}

// count is how many entries a filter lets through.
func (c *catalog) count(f filter) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	n := 0
	at, _ := c.find(position{at: f.to})
	for at--; at >= 0 && c.entries[at].at >= f.from; at-- {
		if f.holds(&c.entries[at]) {
			n++
		}
	}
	return n
}

// indexTable is the bucket in which the entries of a catalog are kept, so that they need not be gathered from the records
// at every start. The keys are the positions, so they are read in order.
type indexTable string

func (t indexTable) bucket(tx *bbolt.Tx) *bbolt.Bucket { return filled(tx.Bucket([]byte(t))) }

const (
	positionSize = 16
	entrySize    = positionSize + 17
)

func (p position) bytes() []byte {
	key := binary.BigEndian.AppendUint64(make([]byte, 0, entrySize), uint64(p.at)^1<<63) // negative times come first
	return binary.BigEndian.AppendUint64(key, p.id)
}

func positionOf(key []byte) position {
	return position{int64(binary.BigEndian.Uint64(key) ^ 1<<63), binary.BigEndian.Uint64(key[8:])}
}

// put enters e in the place of before, if there is one.
func (t indexTable) put(tx *bbolt.Tx, e entry, before *entry) error {
	if before != nil && before.position != e.position {
		if err := t.delete(tx, *before); err != nil {
			return err
		}
	}
	value := binary.BigEndian.AppendUint64(nil, uint64(e.device))
	value = binary.BigEndian.AppendUint64(value, uint64(e.number))
	return t.bucket(tx).Put(e.position.bytes(), append(value, byte(e.marks)))
}

func (t indexTable) delete(tx *bbolt.Tx, e entry) error {
	return t.bucket(tx).Delete(e.position.bytes())
}

// load reads all entries.
func (t indexTable) load(tx *bbolt.Tx) ([]entry, error) {
	var all []entry
	c := t.bucket(tx).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if len(k)+len(v) != entrySize || len(k) != positionSize {
			return nil, fmt.Errorf("%s: an entry of %d and %d octets", string(t), len(k), len(v))
		}
		all = append(all, entry{
			position: positionOf(k),
			device:   fax.DeviceID(binary.BigEndian.Uint64(v)),
			number:   packed(binary.BigEndian.Uint64(v[8:])),
			marks:    marks(v[16]),
		})
	}
	return slices.Clip(all), nil
}

func (s *Store) loadCatalogs() error {
	return s.view(func(tx *bbolt.Tx) (err error) {
		if s.messages.entries, err = messageIndex.load(tx); err != nil {
			return err
		}
		s.calls.entries, err = callIndex.load(tx)
		return err
	})
}

// Cursor is where a listing goes on. It stays good while entries come and go. The empty one is the beginning, and what the
// last page yields.
type Cursor string

func (p position) cursor() Cursor {
	if p == (position{}) {
		return ""
	}
	return Cursor(base64.RawURLEncoding.EncodeToString(p.bytes()))
}

// ErrCursor is a cursor that no listing has yielded.
var ErrCursor = errors.New("this is not where a listing goes on")

// position is where the cursor is; the empty one is behind everything.
func (c Cursor) position() (position, error) {
	if c == "" {
		return position{math.MaxInt64, math.MaxUint64}, nil
	}
	key, err := base64.RawURLEncoding.DecodeString(string(c))
	if err != nil || len(key) != positionSize {
		return position{}, ErrCursor
	}
	return positionOf(key), nil
}

// moment is a time as positions have it.
func moment(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}
