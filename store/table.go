package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"

	"go.etcd.io/bbolt"
)

// table is a bucket of records of one type, as JSON, by a key.
type table[K any, V any] struct {
	name string
	key  func(K) []byte
}

// number is the key of records that are numbered: their order is that of their numbers.
func number[N ~int | ~int32 | ~uint32 | ~int64 | ~uint64](n N) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(n))
}

// text is the key of records that are named.
func text[S ~string](s S) []byte { return []byte(s) }

func numbered[N ~int | ~int32 | ~uint32 | ~int64 | ~uint64, V any](name string) table[N, V] {
	return table[N, V]{name, number[N]}
}

func named[S ~string, V any](name string) table[S, V] { return table[S, V]{name, text[S]} }

// bucket is nil only on a read-only disk, for what the version that wrote the database did not know.
func (t table[K, V]) bucket(tx *bbolt.Tx) *bbolt.Bucket { return filled(tx.Bucket([]byte(t.name))) }

// filled lets pages be filled well, as is right when most records are added behind the others.
func filled(b *bbolt.Bucket) *bbolt.Bucket {
	const well = 0.9
	if b != nil {
		b.FillPercent = well
	}
	return b
}

// get is the record of this key, or ErrNotFound.
func (t table[K, V]) get(tx *bbolt.Tx, key K) (V, error) {
	var data []byte
	if b := t.bucket(tx); b != nil {
		data = b.Get(t.key(key))
	}
	return t.decode(t.key(key), data)
}

func (t table[K, V]) decode(key, data []byte) (V, error) {
	var v V
	if data == nil {
		return v, fmt.Errorf("%s %s: %w", t.name, readable(key), ErrNotFound)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v, fmt.Errorf("%s %s: %w", t.name, readable(key), err)
	}
	return v, nil
}

// readable is a key for errors.
func readable(key []byte) string {
	if len(key) == 8 && key[0] == 0 {
		return fmt.Sprint(binary.BigEndian.Uint64(key))
	}
	return fmt.Sprintf("%q", key)
}

// put adds a record or replaces it.
func (t table[K, V]) put(tx *bbolt.Tx, key K, v V) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%s %s: %w", t.name, readable(t.key(key)), err)
	}
	return t.bucket(tx).Put(t.key(key), data)
}

// delete takes a record away. One that is not there is no error.
func (t table[K, V]) delete(tx *bbolt.Tx, key K) error { return t.bucket(tx).Delete(t.key(key)) }

// next is a number that no record has had, from 1.
func (t table[K, V]) next(tx *bbolt.Tx) (uint64, error) { return t.bucket(tx).NextSequence() }

// used sees that next yields no number up to n.
func (t table[K, V]) used(tx *bbolt.Tx, n uint64) error {
	b := t.bucket(tx)
	if b.Sequence() >= n {
		return nil
	}
	return b.SetSequence(n)
}

// all yields the records in the order of their keys. It stops after an error.
func (t table[K, V]) all(tx *bbolt.Tx) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		b := t.bucket(tx)
		if b == nil {
			return
		}
		c := b.Cursor()
		for key, data := c.First(); key != nil; key, data = c.Next() {
			v, err := t.decode(key, data)
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// before yields the records whose keys come before this one, or all if it is nil, the last of them first. It stops after
// an error.
func (t table[K, V]) before(tx *bbolt.Tx, key []byte) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		c := t.bucket(tx).Cursor()
		var k, data []byte
		if key == nil {
			k, data = c.Last()
		} else if k, _ = c.Seek(key); k == nil {
			k, data = c.Last()
		} else {
			k, data = c.Prev()
		}
		for ; k != nil; k, data = c.Prev() {
			v, err := t.decode(k, data)
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// prune takes away the records for which gone says so.
func (t table[K, V]) prune(tx *bbolt.Tx, gone func(V) bool) error {
	c := t.bucket(tx).Cursor()
	var keys [][]byte
	for key, data := c.First(); key != nil; key, data = c.Next() {
		v, err := t.decode(key, data)
		if err != nil {
			return err
		}
		if gone(v) {
			keys = append(keys, bytes.Clone(key))
		}
	}
	for _, key := range keys {
		if err := t.bucket(tx).Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// collect gathers what an iterator yields, up to its first error.
func collect[V any](seq iter.Seq2[V, error]) ([]V, error) {
	var all []V
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}
