package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// kind is a kind of folder.
type kind struct {
	name   string // in unfinished and deleted: "message-7"
	shelf  string // where finished ones are
	record string // the file that holds the record
}

var (
	jobFolder     = kind{"job", jobsDir, "job.json"}
	messageFolder = kind{"message", messagesDir, "message.json"}
)

// pagesName is the file with the pages.
const pagesName = "fax.tif"

// final is where a folder is when it is finished.
func (s *Store) final(k kind, id int64) string { return s.path(k.shelf, strconv.FormatInt(id, 10)) }

// making is where it is before, deleting where it is last.
func (s *Store) making(k kind, id int64) string   { return s.path(unfinishedDir, k.with(id)) }
func (s *Store) deleting(k kind, id int64) string { return s.path(deletedDir, k.with(id)) }

func (k kind) with(id int64) string { return fmt.Sprintf("%s-%d", k.name, id) }

// parse is the id of a folder in unfinished or deleted.
func (k kind) parse(name string) (id int64, ok bool) {
	digits, ok := strings.CutPrefix(name, k.name+"-")
	if !ok {
		return 0, false
	}
	return parseID(digits)
}

// parseID reads a folder's id as it is written, and in no other way.
func parseID(name string) (int64, bool) {
	id, err := strconv.ParseInt(name, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == name
}

// place is the folder of a record that is in the database: where it belongs, or, if its renaming was cut short, where it
// was made.
func (s *Store) place(k kind, id int64) string {
	if dir := s.making(k, id); exists(dir) {
		return dir
	}
	return s.final(k, id)
}

// openPages opens the pages of a record that is in the database.
func (s *Store) openPages(k kind, id int64) (*os.File, error) {
	// A folder that is being renamed is at one of the places if one looks again.
	for range 2 {
		f, err := os.Open(filepath.Join(s.place(k, id), pagesName))
		if !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return nil, fmt.Errorf("the pages of %s %d: %w", k.name, id, ErrNotFound)
}

// writeRecord makes the record in a folder durable.
func (s *Store) writeRecord(k kind, dir string, v any) error {
	data, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		return err
	}
	return writeBytes(s.disk, filepath.Join(dir, k.record), append(data, '\n'))
}

// readRecord reads the record in a folder.
func readRecord[V any](k kind, dir string) (V, error) {
	var v V
	data, err := readFile(filepath.Join(dir, k.record))
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v, fmt.Errorf("%s: %w", filepath.Join(filepath.Base(dir), k.record), err)
	}
	return v, nil
}

// shelve brings folders that the database knows to their place. It may be repeated. A renaming that the plug undoes is done
// again by the next Open, so nothing is synced.
func (s *Store) shelve(k kind, ids ...int64) error {
	for _, id := range ids {
		if from := s.making(k, id); exists(from) {
			if err := s.disk.Rename(from, s.final(k, id)); err != nil {
				return err
			}
		}
	}
	return nil
}

// shelveSoon is shelve for folders that are durable and known already: what keeps them from their place is not the caller's
// concern, and tidy tries again.
func (s *Store) shelveSoon(k kind, ids ...int64) {
	if err := s.shelve(k, ids...); err != nil {
		s.log.Warn("a folder stays where it was made for now", "kind", k.name, "ids", ids, "err", err)
	}
}

// discard takes away a folder. From the first step on it is gone; strike takes its record out of the database. It may be
// repeated.
func (s *Store) discard(k kind, id int64, strike func() error) error {
	gone := s.deleting(k, id)
	if from := s.place(k, id); exists(from) {
		if err := s.disk.Rename(from, gone); err != nil {
			return err
		}
		err := errors.Join(s.disk.SyncDir(s.path(deletedDir)), s.disk.SyncDir(filepath.Dir(from)))
		if err != nil {
			return err
		}
	}
	// Room is made first: the database may need some in order to forget.
	if err := empty(s.disk, gone); err != nil {
		return err
	}
	if err := strike(); err != nil {
		return err
	}
	return s.disk.Remove(gone)
}

// modified is when a file was written to last, or the zero time.
func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
