package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.etcd.io/bbolt"
)

// errPlug is what everything yields after the plug was pulled.
var errPlug = errors.New("the plug was pulled")

// faultDisk is a disk that works in a real folder, counts its steps, and goes wrong at one of them. It also knows what of it
// would be left if the plug were pulled: what was synced, and nothing else.
type faultDisk struct {
	root string

	mu      sync.Mutex
	steps   []string // what was done, for tables
	at      int      // goes wrong at this step, counted from 1; 0: never
	err     error    // with this error; errPlug: with everything that comes after it
	after   bool     // the step is done nevertheless
	lasting bool     // everything that would take room goes wrong from that step on
	next    string   // goes wrong at the next step of this kind
	free    uint64   // told by Free; 0: plenty

	top     *node
	renames []rename // that may be forgotten
}

// node is a file or a folder: how its names are, and what of it would survive.
type node struct {
	names map[string]*node // of a folder, now
	saved map[string]*node // of a folder, synced
	data  []byte           // of a file, synced
}

type rename struct {
	from, to         *node // folders
	fromName, toName string
	moved            *node
}

func newDir() *node { return &node{names: map[string]*node{}, saved: map[string]*node{}} }

func newFaultDisk(root string) *faultDisk { return &faultDisk{root: root, top: newDir()} }

// step counts, and says whether to go on with what was asked and what to answer.
func (d *faultDisk) step(op, path string, room bool) (do bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	rel, _ := filepath.Rel(d.root, path)
	d.steps = append(d.steps, op+" "+rel)
	n := len(d.steps)
	if op == d.next {
		d.next = ""
		return false, d.err
	}
	switch {
	case d.at == 0 || n < d.at:
		return true, nil
	case n == d.at:
		return d.after, d.err
	case d.err == errPlug:
		return false, d.err
	case d.lasting && room:
		return false, d.err
	}
	return true, nil
}

// failNext lets the next step of a kind fail.
func (d *faultDisk) failNext(op string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next, d.err = op, err
}

// find is the node of a path; made, if it is not known, as what somebody else has made there.
func (d *faultDisk) find(path string) *node {
	rel, _ := filepath.Rel(d.root, path)
	at := d.top
	if rel == "." {
		return at
	}
	for name := range strings.SplitSeq(rel, string(filepath.Separator)) {
		next, ok := at.names[name]
		if !ok {
			next = newDir()
			at.names[name] = next
		}
		at = next
	}
	return at
}

func (d *faultDisk) parent(path string) (*node, string) {
	return d.find(filepath.Dir(path)), filepath.Base(path)
}

func (d *faultDisk) do(op, path string, room bool, f func() error) error {
	do, err := d.step(op, path, room)
	if do {
		d.mu.Lock()
		defer d.mu.Unlock()
		err = errors.Join(f(), err)
	}
	return err
}

func (d *faultDisk) MakeDir(path string) error {
	return d.do("mkdir", path, true, func() error {
		dir, name := d.parent(path)
		if _, ok := dir.names[name]; !ok {
			dir.names[name] = newDir()
		}
		return realDisk{}.MakeDir(path)
	})
}

func (d *faultDisk) Create(path string) (f file, err error) {
	err = d.do("create", path, true, func() error {
		if f, err = (realDisk{}).Create(path); err != nil {
			return err
		}
		dir, name := d.parent(path)
		n := &node{}
		dir.names[name] = n
		f = &faultFile{d, f.(*os.File), n}
		return nil
	})
	if err != nil {
		if f != nil {
			_ = f.Close()
		}
		return nil, err
	}
	return f, nil
}

func (d *faultDisk) Rename(from, to string) error {
	return d.do("rename", to, false, func() error {
		if err := os.Rename(from, to); err != nil {
			return err
		}
		fromDir, fromName := d.parent(from)
		toDir, toName := d.parent(to)
		moved := d.find(from)
		delete(fromDir.names, fromName)
		toDir.names[toName] = moved
		d.renames = append(d.renames, rename{fromDir, toDir, fromName, toName, moved})
		return nil
	})
}

func (d *faultDisk) Link(from, to string) error {
	return d.do("link", to, true, func() error {
		if err := os.Link(from, to); err != nil {
			return err
		}
		dir, name := d.parent(to)
		dir.names[name] = d.find(from)
		return nil
	})
}

func (d *faultDisk) Remove(path string) error {
	return d.do("remove", path, false, func() error {
		if err := (realDisk{}).Remove(path); err != nil {
			return err
		}
		dir, name := d.parent(path)
		delete(dir.names, name)
		return nil
	})
}

func (d *faultDisk) SyncDir(path string) error {
	return d.do("syncdir", path, false, func() error {
		dir := d.find(path)
		dir.saved = maps.Clone(dir.names)
		// A rename happens at both ends at once.
		kept := d.renames[:0]
		for _, r := range d.renames {
			if r.from != dir && r.to != dir {
				kept = append(kept, r)
				continue
			}
			if r.from.saved[r.fromName] == r.moved {
				delete(r.from.saved, r.fromName)
			}
			if r.to != dir {
				r.to.saved[r.toName] = r.moved
			}
		}
		d.renames = kept
		return nil
	})
}

func (d *faultDisk) Commit(tx *bbolt.Tx) error {
	db := tx.DB()
	path := db.Path()
	return d.do("commit", path, true, func() error {
		db.NoSync = true // what is synced is told by the nodes
		if err := tx.Commit(); err != nil {
			return err
		}
		n := d.find(path)
		n.names, n.saved = nil, nil
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return db.View(func(tx *bbolt.Tx) error {
			n.data = make([]byte, tx.Size())
			_, err := io.ReadFull(f, n.data)
			return err
		})
	})
}

func (d *faultDisk) Free(string) (uint64, error) {
	if d.free > 0 {
		return d.free, nil
	}
	return 1 << 40, nil
}

type faultFile struct {
	d *faultDisk
	*os.File
	n *node
}

func (f *faultFile) Write(p []byte) (n int, err error) {
	return f.write(p, func(p []byte) (int, error) { return f.File.Write(p) })
}

func (f *faultFile) WriteAt(p []byte, off int64) (n int, err error) {
	return f.write(p, func(p []byte) (int, error) { return f.File.WriteAt(p, off) })
}

// sector is how much a disk writes wholly or not at all, in octets.
const sector = 512

// write writes, or writes half of it.
func (f *faultFile) write(p []byte, write func([]byte) (int, error)) (n int, err error) {
	do, err := f.d.step("write", f.Name(), true)
	if err != nil && !do {
		n, _ = write(p[:len(p)/2/sector*sector])
		return n, err
	}
	n, werr := write(p)
	return n, errors.Join(werr, err)
}

func (f *faultFile) Sync() error {
	return f.d.do("sync", f.Name(), false, func() error {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		data := make([]byte, info.Size())
		if _, err := f.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		f.n.data = data
		return nil
	})
}

// left makes in a folder what would be left of the disk if the plug were pulled now.
func (d *faultDisk) left(t testing.TB, to string) {
	t.Helper()
	if err := d.top.lay(to); err != nil {
		t.Fatal(err)
	}
}

func (n *node) lay(to string) error {
	if n.names == nil {
		return os.WriteFile(to, n.data, fileMode)
	}
	if err := os.Mkdir(to, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for name, child := range n.saved {
		if err := child.lay(filepath.Join(to, name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// quickDir is a folder in memory, if the system has one: what survives there is told by the nodes.
func quickDir(t testing.TB) string {
	t.Helper()
	if dir, err := os.MkdirTemp("/dev/shm", "store-*"); err == nil {
		t.Cleanup(func() {
			if err := os.RemoveAll(dir); err != nil {
				t.Error(err)
			}
		})
		return dir
	}
	return t.TempDir()
}
