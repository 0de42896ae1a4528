package store

import (
	"encoding/binary"
	"encoding/json"

	"go.etcd.io/bbolt"
)

func getNumber(tx *bbolt.Tx, key string) uint64 {
	if v := meta(tx).Get([]byte(key)); len(v) == 8 {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

func putNumber(tx *bbolt.Tx, key string, n uint64) error { return meta(tx).Put([]byte(key), number(n)) }

func putJSON(tx *bbolt.Tx, key string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return meta(tx).Put([]byte(key), data)
}

// ReserveEvents sets numbers aside for n events, and answers with the first of them. Numbers that were set aside and not
// used are never used.
func (s *Store) ReserveEvents(n uint64) (first uint64, err error) {
	err = s.update(func(tx *bbolt.Tx) error {
		last := getNumber(tx, eventsKey)
		first = last + 1
		return putNumber(tx, eventsKey, last+n)
	})
	return first, err
}
