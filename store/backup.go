package store

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"faxbox/fax"
)

// A backup is a tar file of the database, of the folders of jobs, messages, calls and cover pages, and of the certificate, as
// they lie on the disk. Its last file says how many there are, so that one that was cut off is not taken for whole.
const (
	backupOrigin = "backup"      // in a restoredNote
	backupEnd    = "backup.json" // the last file
)

// backupNote is what the last file holds.
type backupNote struct {
	Made  time.Time `json:"made"`
	Files int       `json:"files"` // before this one
}

// Backup writes a consistent copy of everything that is in the database at this moment, while the store is in use. What is
// being received or submitted is not in it. Password hashes and keys are: it is to be kept where nobody else reads it.
func (s *Store) Backup(ctx context.Context, w io.Writer, now time.Time) error {
	b := backup{ctx: ctx, w: tar.NewWriter(w), dir: s.dir, now: now}
	if err := s.backUp(&b); err != nil {
		return fmt.Errorf("making a backup: %w", err)
	}
	return nil
}

type backup struct {
	ctx   context.Context
	w     *tar.Writer
	dir   string
	now   time.Time
	files int
}

func (s *Store) backUp(b *backup) error {
	var known struct {
		jobs     []fax.JobID
		messages []fax.MessageID
	}
	err := s.view(func(tx *bbolt.Tx) error {
		for j, err := range jobs.all(tx) {
			if err != nil {
				return err
			}
			known.jobs = append(known.jobs, j.JobID)
		}
		// The index has the ids of messages, and is read at a fraction of the cost of the records.
		entries, err := messageIndex.load(tx)
		if err != nil {
			return err
		}
		for _, e := range entries {
			known.messages = append(known.messages, fax.MessageID(e.id))
		}
		return b.stream(databaseName, tx.Size(), func(w io.Writer) error {
			_, err := tx.WriteTo(w)
			return err
		})
	})
	if err != nil {
		return err
	}
	for _, id := range known.jobs {
		if err := b.folder(s.place(jobFolder, int64(id)), jobFolder, int64(id)); err != nil {
			return err
		}
	}
	for _, id := range known.messages {
		if err := b.folder(s.place(messageFolder, int64(id)), messageFolder, int64(id)); err != nil {
			return err
		}
	}
	for _, name := range []string{callsDir, coversDir, tlsDir} {
		if err := b.all(name); err != nil {
			return err
		}
	}
	return b.end()
}

// stream adds a file of known size.
func (b *backup) stream(name string, size int64, from func(io.Writer) error) error {
	if err := b.ctx.Err(); err != nil {
		return err
	}
	header := &tar.Header{Name: name, Mode: fileMode, Size: size, ModTime: b.now, Format: tar.FormatPAX}
	if err := b.w.WriteHeader(header); err != nil {
		return err
	}
	if err := from(b.w); err != nil {
		return err
	}
	b.files++
	return b.w.Flush()
}

// folder adds the files of a folder. One that was deleted meanwhile is left out: the database is brought up to the folders
// when the backup is restored.
func (b *backup) folder(dir string, k kind, id int64) error {
	for _, name := range []string{pagesName, k.record} { // the record says that the folder is whole
		err := b.file(path.Join(k.shelf, strconv.FormatInt(id, 10), name), filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// file adds a file that does not shrink while it is read.
func (b *backup) file(name, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return b.stream(name, info.Size(), func(w io.Writer) error {
		_, err := io.CopyN(w, f, info.Size())
		return err
	})
}

// all adds the files of a folder that is one for all, traces or cover pages, but for one that is being written.
func (b *backup) all(dir string) error {
	names, err := list(filepath.Join(b.dir, dir))
	if err != nil {
		return err
	}
	for _, name := range names {
		if !inBackup(path.Join(dir, name)) {
			continue
		}
		err := b.file(path.Join(dir, name), filepath.Join(b.dir, dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (b *backup) end() error {
	note, err := json.Marshal(backupNote{b.now, b.files})
	if err != nil {
		return err
	}
	err = b.stream(backupEnd, int64(len(note)), func(w io.Writer) error {
		_, err := w.Write(note)
		return err
	})
	return errors.Join(err, b.w.Close())
}

// Restore puts a backup in the place of everything in a folder that no store has open. Only when all of it is read, and its
// database found sound, is anything replaced; then either all is or nothing. What was there before is kept in the folder
// replaced until the next Restore. The next Open finishes what is left to do.
func Restore(dir string, r io.Reader, o Options) error {
	if o.disk == nil {
		o.disk = realDisk{}
	}
	s := &Store{dir: dir, migrations: o.steps()}
	s.disk = &watchedDisk{o.disk, &s.health}
	if err := s.restore(r); err != nil {
		return fmt.Errorf("restoring a backup: %w", state(err))
	}
	return nil
}

// restoringDir is where a backup is unpacked. It becomes restoredDir in one step.
const restoringDir = "restoring"

func (s *Store) restore(r io.Reader) error {
	if err := s.swapRestored(); err != nil { // of an earlier Restore
		return err
	}
	if err := s.makeDirs(); err != nil {
		return err
	}
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	return s.stage(r)
}

// Stage puts a backup beside what the store holds, while it is in use. Only when all of it is read, and found to be a store
// that can be opened, does it count: the next Open puts it in the place of everything, as after Restore. With an error
// nothing has changed.
func (s *Store) Stage(r io.Reader) error {
	if err := s.writable(); err != nil {
		return err
	}
	if err := s.stage(r); err != nil {
		return fmt.Errorf("restoring a backup: %w", state(err))
	}
	return nil
}

func (s *Store) stage(r io.Reader) error {
	into := s.path(restoringDir)
	if err := os.RemoveAll(into); err != nil {
		return err
	}
	if err := s.unpack(r, into); err != nil {
		return errors.Join(err, os.RemoveAll(into))
	}
	if err := s.disk.SyncDir(into); err != nil {
		return err
	}
	if err := os.RemoveAll(s.path(restoredDir)); err != nil { // one that no Open has put to use
		return err
	}
	if err := s.disk.Rename(into, s.path(restoredDir)); err != nil {
		return err
	}
	return s.disk.SyncDir(s.dir)
}

// unpack makes a store of a backup in a folder of its own, and opens it once.
func (s *Store) unpack(r io.Reader, into string) error {
	u := &unpacking{s: s, into: into}
	if err := u.all(r); err != nil {
		return err
	}
	note := &restoredNote{At: time.Now(), From: backupOrigin, Made: u.note.Made}
	if err := s.prepare(filepath.Join(into, databaseName), note, false); err != nil {
		return err
	}
	opened, err := Open(into, Options{disk: s.disk, migrations: s.migrations})
	if err != nil {
		return err
	}
	return opened.Close()
}

// lock keeps others from opening the store meanwhile, if it has a database that can be opened at all.
func (s *Store) lock() (unlock func(), err error) {
	path := s.path(databaseName)
	if !exists(path) {
		return func() {}, nil
	}
	db, err := openEither(path)
	switch {
	case errors.Is(err, errDamaged):
		return func() {}, nil
	case err != nil:
		return nil, err
	}
	return func() { _ = db.Close() }, nil // nothing was written through it
}

// unpacking is a backup being read.
type unpacking struct {
	s     *Store
	into  string
	made  map[string]bool // folders
	files int
	note  backupNote
}

func (u *unpacking) all(r io.Reader) error {
	u.made = map[string]bool{}
	if err := u.dir(u.into); err != nil {
		return err
	}
	for _, name := range []string{jobsDir, messagesDir, callsDir, coversDir} {
		if err := u.dir(filepath.Join(u.into, name)); err != nil {
			return err
		}
	}
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return errors.New("the backup is cut off")
		case err != nil:
			return err
		}
		last, err := u.one(header, archive)
		if err != nil {
			return fmt.Errorf("%s: %w", header.Name, err)
		}
		if last {
			return u.check()
		}
	}
}

func (u *unpacking) dir(path string) error {
	u.made[path] = true
	return u.s.disk.MakeDir(path)
}

// one unpacks a file, and reports whether it is the last.
func (u *unpacking) one(header *tar.Header, r io.Reader) (last bool, err error) {
	if header.Typeflag != tar.TypeReg {
		return false, errors.New("is no plain file, which backups do not have")
	}
	if header.Name == backupEnd {
		return true, json.NewDecoder(io.LimitReader(r, maxRecordFile)).Decode(&u.note)
	}
	if !inBackup(header.Name) {
		return false, errors.New("is no file of a backup")
	}
	if err := u.s.room(header.Size); err != nil {
		return false, err
	}
	to := filepath.Join(u.into, filepath.FromSlash(header.Name))
	if dir := filepath.Dir(to); !u.made[dir] {
		if err := u.dir(dir); err != nil {
			return false, err
		}
	}
	u.files++
	return false, fill(u.s.disk, to, func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return err
	})
}

// check sees that all is there, and makes the folders durable.
func (u *unpacking) check() error {
	if u.files != u.note.Files {
		return fmt.Errorf("the backup has %d files and should have %d", u.files, u.note.Files)
	}
	if !exists(filepath.Join(u.into, databaseName)) {
		return errors.New("the backup has no database")
	}
	for dir := range u.made {
		if err := u.s.disk.SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// inBackup reports whether a name is one that Backup gives.
func inBackup(name string) bool {
	if name == databaseName {
		return true
	}
	parts := strings.Split(name, "/")
	switch {
	case len(parts) == 2 && parts[0] == callsDir:
		id, ok := strings.CutSuffix(parts[1], traceSuffix)
		_, number := parseID(id)
		return ok && number
	case len(parts) == 2 && parts[0] == coversDir:
		_, ok := parseCover(parts[1])
		return ok
	case len(parts) == 2 && parts[0] == tlsDir:
		return slices.Contains(tlsFiles(), parts[1])
	case len(parts) == 3:
		for _, k := range []kind{jobFolder, messageFolder} {
			if _, number := parseID(parts[1]); parts[0] == k.shelf && number {
				return parts[2] == pagesName || parts[2] == k.record
			}
		}
	}
	return false
}

// tlsFiles are the certificate and its key: the box is known by it, also after a backup was restored.
func tlsFiles() []string { return []string{"tls.crt", "tls.key"} }

// swapped are the names that a backup replaces, the database last: as long as restored has it, the swap is not done.
func swapped() []string {
	return []string{snapshotsDir, olderDir, newerDir, jobsDir, messagesDir, callsDir, coversDir, unfinishedDir, deletedDir, tlsDir, damageMark, databaseName}
}

// swapRestored puts a backup that was unpacked in the place of what is there. It may be cut short and goes on where it was.
func (s *Store) swapRestored() error {
	restored, replaced := s.path(restoredDir), s.path(replacedDir)
	if !exists(restored) {
		return nil
	}
	if exists(filepath.Join(restored, freshMark)) {
		return s.swap(restored, replaced)
	}
	// The first time: what an earlier Restore has replaced gives way.
	if err := os.RemoveAll(replaced); err != nil {
		return err
	}
	if err := s.disk.MakeDir(replaced); err != nil {
		return err
	}
	if err := writeBytes(s.disk, filepath.Join(restored, freshMark), nil); err != nil {
		return err
	}
	return s.swap(restored, replaced)
}

// freshMark is a file that says that replaced holds what this backup replaces.
const freshMark = "swapping"

func (s *Store) swap(restored, replaced string) error {
	for _, name := range swapped() {
		here, there, kept := s.path(name), filepath.Join(restored, name), filepath.Join(replaced, name)
		if name == tlsDir && !exists(there) { // none in the backup, or here already
			continue
		}
		if exists(here) && !exists(kept) {
			if err := s.disk.Rename(here, kept); err != nil {
				return err
			}
		}
		if exists(there) {
			if err := s.disk.Rename(there, here); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(s.disk.SyncDir(replaced), s.disk.SyncDir(s.dir)); err != nil {
		return err
	}
	return os.RemoveAll(restored)
}
