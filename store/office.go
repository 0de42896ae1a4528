package store

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// Every change of settings takes the audit entries that tell of it. Both are stored or neither.

// change is update with the audit entries that tell of it.
func (s *Store) change(log []fax.AuditEntry, f func(*bbolt.Tx) error) error {
	return s.update(func(tx *bbolt.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		for _, e := range log {
			if err := putAudit(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func putAudit(tx *bbolt.Tx, e fax.AuditEntry) error {
	id, err := audit.next(tx)
	if err != nil {
		return err
	}
	e.ID = int64(id)
	return audit.put(tx, e.ID, e)
}

// AddAudit stores entries about changes that are stored elsewhere. Their IDs are given here.
func (s *Store) AddAudit(log ...fax.AuditEntry) error {
	return s.change(log, func(*bbolt.Tx) error { return nil })
}

// Audit lists at most limit entries (1 to MaxPage) with IDs below this one, or from the last one on if it is 0, the latest
// first.
func (s *Store) Audit(below int64, limit int) (entries []fax.AuditEntry, err error) {
	limit = max(1, min(limit, MaxPage))
	var key []byte
	if below > 0 {
		key = number(below)
	}
	err = s.view(func(tx *bbolt.Tx) error {
		for e, err := range audit.before(tx, key) {
			if err != nil {
				return err
			}
			if entries = append(entries, e); len(entries) == limit {
				return nil
			}
		}
		return nil
	})
	return entries, err
}

// serverKey is the key of the one record of settings.
const serverKey = "server"

// Server is the server's settings, fax.NewServer if none were stored.
func (s *Store) Server() (settled fax.Server, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		settled, err = settings.get(tx, serverKey)
		if isGone(err) {
			settled, err = fax.NewServer(), nil
		}
		if settled.BinDays == 0 { // stored by a version that had no bin
			settled.BinDays = fax.NewServer().BinDays
		}
		return err
	})
	return settled, err
}

// PutServer stores the server's settings.
func (s *Store) PutServer(settled fax.Server, log ...fax.AuditEntry) error {
	return s.change(log, func(tx *bbolt.Tx) error { return settings.put(tx, serverKey, settled) })
}

// Ports is every port that was not removed, in the order of their ids.
func (s *Store) Ports() (all []fax.Port, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		all, err = collect(ports.all(tx))
		return err
	})
	return all, err
}

// AdoptPort is the port of the modem known by this key (USB topology, or a path), which is at this path now. One that was
// never seen gets an id that no other has had or will have, the last rank, and this name unless it is empty; one that was
// removed gets its old id back.
func (s *Store) AdoptPort(key, path, name string) (port fax.Port, err error) {
	err = s.update(func(tx *bbolt.Tx) error {
		id, err := portKeys.get(tx, key)
		if isGone(err) {
			id, err = newPortID(tx, key)
		}
		if err != nil {
			return err
		}
		port, err = ports.get(tx, id)
		switch {
		case isGone(err):
			port = fax.NewPort(id, key)
			port.Path, port.Name = path, cmp.Or(name, port.Name)
			port, err = addPort(tx, port)
			return err
		case err != nil:
			return err
		}
		port.Path = path
		return ports.put(tx, id, port)
	})
	return port, err
}

func newPortID(tx *bbolt.Tx, key string) (fax.DeviceID, error) {
	n, err := ports.next(tx)
	if err != nil {
		return 0, err
	}
	return fax.DeviceID(n), portKeys.put(tx, key, fax.DeviceID(n))
}

// addPort stores a new port behind the others.
func addPort(tx *bbolt.Tx, port fax.Port) (fax.Port, error) {
	all, err := collect(ports.all(tx))
	if err != nil {
		return fax.Port{}, err
	}
	all = append(all, port)
	fax.Rank(all)
	return all[len(all)-1], putPorts(tx, all)
}

func putPorts(tx *bbolt.Tx, all []fax.Port) error {
	for _, p := range all {
		if err := ports.put(tx, p.DeviceID, p); err != nil {
			return err
		}
	}
	return nil
}

// PutPorts stores changes of ports that are there, all of them or, after an error, none.
func (s *Store) PutPorts(changed []fax.Port, log ...fax.AuditEntry) error {
	return s.change(log, func(tx *bbolt.Tx) error {
		for _, p := range changed {
			if _, err := ports.get(tx, p.DeviceID); err != nil {
				return err
			}
		}
		return putPorts(tx, changed)
	})
}

// RemovePort removes a port and its routing methods, and closes the gap in the ranks. Its id stays that of its modem.
func (s *Store) RemovePort(id fax.DeviceID, log ...fax.AuditEntry) error {
	return s.change(log, func(tx *bbolt.Tx) error {
		if _, err := ports.get(tx, id); err != nil {
			return err
		}
		if err := ports.delete(tx, id); err != nil {
			return err
		}
		if err := routing.prune(tx, func(m fax.RoutingMethod) bool { return m.DeviceID == id }); err != nil {
			return err
		}
		all, err := collect(ports.all(tx))
		if err != nil {
			return err
		}
		fax.Rank(all)
		return putPorts(tx, all)
	})
}

// routingKey is a method of a port.
type routingKey struct {
	device fax.DeviceID
	guid   string
}

func (k routingKey) bytes() []byte {
	return append(number(k.device), strings.ToLower(strings.Trim(k.guid, "{}"))...)
}

// RoutingMethods is what is stored of the routing methods of a port, or of all ports if it is 0, in the order of port and
// Priority. A method that was never changed may be missing.
func (s *Store) RoutingMethods(device fax.DeviceID) (list []fax.RoutingMethod, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		list, err = collect(routing.all(tx))
		return err
	})
	list = slices.DeleteFunc(list, func(m fax.RoutingMethod) bool { return device != 0 && m.DeviceID != device })
	slices.SortStableFunc(list, func(a, b fax.RoutingMethod) int {
		if a.DeviceID != b.DeviceID {
			return int(a.DeviceID - b.DeviceID)
		}
		return a.Priority - b.Priority
	})
	return list, err
}

// PutRoutingMethods stores routing methods, all of them or, after an error, none.
func (s *Store) PutRoutingMethods(list []fax.RoutingMethod, log ...fax.AuditEntry) error {
	return s.change(log, func(tx *bbolt.Tx) error {
		for _, m := range list {
			if err := routing.put(tx, routingKey{m.DeviceID, m.Guid}, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// factKey is a number, as it was dialled, and the name of a fact.
type factKey struct{ number, name string }

func (k factKey) bytes() []byte { return append(number(pack(k.number)), k.name...) }

// Learn stores a fact in the place of the one of this name about this number.
func (s *Store) Learn(f fax.Fact) error {
	return s.update(func(tx *bbolt.Tx) error { return facts.put(tx, factKey{f.Number, f.Name}, f) })
}

// Learned is what is known about a number, as long as it has not expired; about all numbers if it is empty.
func (s *Store) Learned(dialled string, now time.Time) (list []fax.Fact, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		list, err = collect(facts.all(tx))
		return err
	})
	list = slices.DeleteFunc(list, func(f fax.Fact) bool {
		return !f.Expires.After(now) || dialled != "" && !fax.SameNumber(f.Number, dialled)
	})
	return list, err
}

// Forget removes all that is known about a number.
func (s *Store) Forget(dialled string, log ...fax.AuditEntry) error {
	return s.change(log, func(tx *bbolt.Tx) error {
		return facts.prune(tx, func(f fax.Fact) bool { return fax.SameNumber(f.Number, dialled) })
	})
}

// Value is a small thing that another room keeps here under a name: a certificate, a one-time code. ErrNotFound if it keeps
// none.
func (s *Store) Value(name string) (value []byte, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		value, err = values.get(tx, name)
		return err
	})
	return value, err
}

// maxValue is how large a value may be, in octets.
const maxValue = 256 << 10

// PutValue stores a value of at most 256 KB; nil removes it.
func (s *Store) PutValue(name string, value []byte, log ...fax.AuditEntry) error {
	if len(value) > maxValue {
		return fmt.Errorf("%s has %d octets, more than %d", name, len(value), maxValue)
	}
	return s.change(log, func(tx *bbolt.Tx) error {
		if value == nil {
			return values.delete(tx, name)
		}
		return values.put(tx, name, bytes.Clone(value))
	})
}
