package store

import (
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// binTable is the bucket that has a key for each message in the bin: when it was put there, and its id. So what has lain there
// longest is found at once, however much there is.
type binTable string

func (t binTable) bucket(tx *bbolt.Tx) *bbolt.Bucket { return tx.Bucket([]byte(t)) }

func binPosition(m fax.Message) position { return position{moment(m.DeletedTime), uint64(m.ID)} }

// move enters or strikes a message that has become another; one without an id is none.
func (t binTable) move(tx *bbolt.Tx, before, after fax.Message) error {
	if before.InBin() {
		if err := t.bucket(tx).Delete(binPosition(before).bytes()); err != nil {
			return err
		}
	}
	if after.InBin() {
		return t.bucket(tx).Put(binPosition(after).bytes(), nil)
	}
	return nil
}

// InBin is at most limit messages that were put into the bin before a moment, those that have lain there longest first.
func (s *Store) InBin(before time.Time, limit int) (list []fax.Message, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		b := binIndex.bucket(tx)
		if b == nil { // see table.bucket
			return nil
		}
		c := b.Cursor()
		for key, _ := c.First(); key != nil && len(list) < limit; key, _ = c.Next() {
			if len(key) != positionSize {
				return fmt.Errorf("bin: a key of %d octets", len(key))
			}
			at := positionOf(key)
			if at.at >= moment(before) {
				return nil
			}
			m, err := messages.get(tx, fax.MessageID(at.id))
			if isGone(err) {
				continue // removed by a version that knew no bin
			}
			if err != nil {
				return err
			}
			if binPosition(m) == at { // else that version has changed it
				list = append(list, m)
			}
		}
		return nil
	})
	return list, err
}

// Short reports whether the disk is so full that what can be spared should go. A disk that does not tell is not.
func (s *Store) Short() bool {
	free, ok := s.Free()
	return ok && free < nearlyFull
}
