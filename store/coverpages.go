package store

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A cover page template is a file in covers, named after its owner and itself. There is no record of it besides: what is
// there is there, whatever becomes of the database.

// CoverPage is a template that was stored.
type CoverPage struct {
	Owner string // the account whose it is; empty: it is the server's, for all
	Name  string
	Size  int64     // of the PDF, in octets
	Time  time.Time // when it was stored
}

// MaxCoverName is how many octets the name of a cover page may have.
const MaxCoverName = 100

// CoverNameOK reports whether a cover page may be called so: something to be read, and no path.
func CoverNameOK(name string) bool {
	return name != "" && len(name) <= MaxCoverName && utf8.ValidString(name) && name == strings.TrimSpace(name) && name[0] != '.' &&
		!strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune(`/\:*?"<>|`, r) })
}

const (
	coverSuffix = ".pdf"
	coverOwner  = "=" // between owner and name: escaped in the one, and what comes after the first is the other
)

// coverFile is the name of a template's file.
func coverFile(owner, name string) string {
	return url.QueryEscape(owner) + coverOwner + name + coverSuffix
}

// parseCover is the template whose file has this name.
func parseCover(file string) (c CoverPage, ok bool) {
	escaped, rest, ok := strings.Cut(file, coverOwner)
	if !ok {
		return c, false
	}
	owner, err := url.QueryUnescape(escaped)
	name, ok := strings.CutSuffix(rest, coverSuffix)
	c = CoverPage{Owner: owner, Name: name}
	return c, ok && err == nil && CoverNameOK(name) && coverFile(owner, name) == file
}

// CoverPages is every template, in the order of owners and names: the server's come first.
func (s *Store) CoverPages() ([]CoverPage, error) {
	names, err := list(s.path(coversDir))
	if err != nil {
		return nil, err
	}
	var all []CoverPage
	for _, name := range names {
		c, ok := parseCover(name)
		if !ok {
			continue
		}
		info, err := os.Stat(s.path(coversDir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		c.Size, c.Time = info.Size(), info.ModTime()
		all = append(all, c)
	}
	return all, nil
}

// CoverPage reads a template, or fails with ErrNotFound.
func (s *Store) CoverPage(owner, name string) ([]byte, error) {
	if !CoverNameOK(name) {
		return nil, ErrNotFound
	}
	data, err := os.ReadFile(s.path(coversDir, coverFile(owner, name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	return data, err
}

// PutCoverPage stores a template, in the place of one of the same owner and name.
func (s *Store) PutCoverPage(owner, name string, pdf []byte) error {
	if !CoverNameOK(name) {
		return fmt.Errorf("%q is no name for a cover page", name)
	}
	if err := errors.Join(s.writable(), s.room(int64(len(pdf)))); err != nil {
		return err
	}
	s.covers.Lock()
	defer s.covers.Unlock()
	if err := writeBytes(s.disk, s.path(coversDir, coverFile(owner, name)), pdf); err != nil {
		return fmt.Errorf("storing the cover page %q: %w", name, err)
	}
	return nil
}

// RemoveCoverPage takes a template away. Faxes that were sent with it are not touched.
func (s *Store) RemoveCoverPage(owner, name string) error {
	if err := s.writable(); err != nil {
		return err
	}
	s.covers.Lock()
	defer s.covers.Unlock()
	if _, err := s.CoverPage(owner, name); err != nil {
		return err
	}
	path := s.path(coversDir, coverFile(owner, name))
	if err := errors.Join(s.disk.Remove(path), s.disk.SyncDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("removing the cover page %q: %w", name, err)
	}
	return nil
}

// removeCoverPagesOf takes away the templates of an account, so that nobody inherits them who is called so later.
func (s *Store) removeCoverPagesOf(owner string) error {
	all, err := s.CoverPages()
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Owner != owner {
			continue
		}
		if err := s.RemoveCoverPage(owner, c.Name); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}
