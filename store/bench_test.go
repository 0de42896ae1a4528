package store

import (
	"errors"
	"os"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

const million = 1_000_000

// millionStore is a store with a million messages.
func millionStore(b *testing.B) (s *Store, dir string) {
	b.Helper()
	if testing.Short() {
		b.Skip("making a million messages takes half a minute")
	}
	dir = b.TempDir()
	s = openedWith(b, dir, Options{})
	s.db.NoSync = true // to make them fast
	stocked(b, s, 0, million)
	s.db.NoSync = false
	return s, dir
}

// BenchmarkMillion shows what a million messages cost: opening the store, and a page of 50 by each filter.
func BenchmarkMillion(b *testing.B) {
	s, dir := millionStore(b)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(s.path(databaseName))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			s, err := Open(dir, Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		b.ReportMetric(float64(info.Size()>>20), "MB")
	})
	s = openedWith(b, dir, Options{})
	for name, f := range filters() {
		b.Run(name, func(b *testing.B) {
			found := 0
			for b.Loop() {
				p, err := s.Messages(f, "", 50)
				if err != nil {
					b.Fatal(err)
				}
				found = len(p.Items)
			}
			b.ReportMetric(float64(found), "found")
		})
	}
	b.Run("the last page", func(b *testing.B) {
		from := position{moment(then.Add(time.Hour)), 0}.cursor()
		for b.Loop() {
			if _, err := s.Messages(MessageFilter{}, from, 50); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("one more", func(b *testing.B) {
		for b.Loop() {
			m := someMessage(million)
			if err := s.update(func(tx *bbolt.Tx) error { return putMessage(tx, m) }); err != nil {
				b.Fatal(err)
			}
			s.messages.put(messageEntry(m))
		}
	})
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			if err := s.readAll(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkReception shows what a page costs on this disk.
func BenchmarkReception(b *testing.B) {
	s := openedWith(b, b.TempDir(), Options{})
	page := sheet(b, 'a')
	page.Strip = append(page.Strip, make([]byte, 40<<10)...) // a page of text
	r := s.Receive(someMessage(1))
	for b.Loop() {
		if err := r.Append(page); err != nil {
			b.Fatal(err)
		}
	}
	if err := errors.Join(r.abandon()); err != nil {
		b.Fatal(err)
	}
}
