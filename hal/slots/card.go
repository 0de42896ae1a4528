package slots

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Card is the card of a box. One program at a time may change it.
type Card struct {
	Boot    string          // the boot partition's folder, mounted
	Roots   map[Slot]string // the slots' partitions: /dev/mmcblk0p2
	Running Slot            // that this system came from

	disk disk // nil: the real one
}

// Errors of a card.
var (
	ErrInUse    = errors.New("the slot is in use")
	ErrTooLarge = errors.New("it is larger than its place on the card")
	ErrContent  = errors.New("it is not what it should be")
	ErrCard     = errors.New("the card does not give back what was written to it: replace it")
)

func (c *Card) drive() disk {
	if c.disk == nil {
		return realDisk{}
	}
	return c.disk
}

func (c *Card) boot(parts ...string) string {
	return filepath.Join(append([]string{c.Boot}, parts...)...)
}

// Choice is what the boot script goes by, ErrNoChoice if no copy of it is whole.
func (c *Card) Choice() (Choice, error) {
	var failed []error
	for _, name := range []string{choiceFile, secondFile} {
		data, err := c.read(c.boot(name))
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if choice, ok := parseChoice(data); ok {
			return choice, nil
		}
	}
	return Choice{}, errors.Join(append([]error{ErrNoChoice}, failed...)...)
}

func (c *Card) read(path string) ([]byte, error) {
	r, err := c.drive().Read(path)
	if err != nil {
		return nil, err
	}
	defer r.Close() // only read
	return io.ReadAll(io.LimitReader(r, 2*choiceSize))
}

// Choose has the boot script go by another choice, from the next start on. It returns when that is durable.
func (c *Card) Choose(choice Choice) error {
	for _, name := range []string{secondFile, choiceFile} { // in this order: see the package comment
		if err := c.put(c.boot(name), choice.text()); err != nil {
			return fmt.Errorf("choosing slot %s: %w", choice.Slot, err)
		}
	}
	return nil
}

// put overwrites a copy of the choice where it lies, or makes one where there is none of its size.
func (c *Card) put(path string, data []byte) error {
	d := c.drive()
	if size, err := d.Size(path); err == nil && size == int64(len(data)) {
		return fill(d.Overwrite, path, bytes.NewReader(data))
	}
	beside := path + besideSuffix
	if err := fill(d.Create, beside, bytes.NewReader(data)); err != nil {
		return err
	}
	if err := d.Rename(beside, path); err != nil {
		return err
	}
	return d.SyncDir(c.Boot)
}

// besideSuffix is the end of a file's name while it is made.
const besideSuffix = ".new"

// fill writes something and syncs it.
func fill(open func(string) (file, error), path string, r io.Reader) error {
	f, err := open(path)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{f}, r, make([]byte, stride))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// stride is how much is written to a card at a time, in octets.
const stride = 1 << 20

// Filling is a slot that is being filled.
type Filling struct {
	card *Card
	slot Slot
	got  map[string]bool
}

// Fill empties a slot that is not in use, so that it can be filled. From here on until the end it cannot be started. What was
// tried so far is not tried any more.
func (c *Card) Fill(s Slot) (*Filling, error) {
	choice, err := c.Choice()
	if err != nil {
		return nil, err
	}
	if s != c.Running.Other() || s == choice.Slot {
		return nil, fmt.Errorf("slot %s: %w", s, ErrInUse)
	}
	if choice.Try != None {
		if err := c.Choose(Choice{Slot: choice.Slot}); err != nil {
			return nil, err
		}
	}
	f := &Filling{card: c, slot: s, got: map[string]bool{}}
	return f, f.empty()
}

// empty takes the kernel away first.
func (f *Filling) empty() error {
	d, dir := f.card.drive(), f.card.boot(string(f.slot))
	if err := d.MakeDir(dir); err != nil {
		return err
	}
	names, err := d.List(dir)
	if err != nil {
		return err
	}
	for _, name := range append([]string{KernelPart}, names...) {
		if err := d.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
		if name == KernelPart {
			if err := d.SyncDir(dir); err != nil {
				return err
			}
		}
	}
	return errors.Join(d.SyncDir(dir), d.SyncDir(f.card.Boot))
}

// Room reports ErrTooLarge if parts have no room in the slot, which is empty.
func (f *Filling) Room(parts []Part) error {
	d := f.card.drive()
	var files int64
	for _, p := range parts {
		if p.Name != RootPart {
			files += p.Size
			continue
		}
		room, err := d.Size(f.card.Roots[f.slot])
		if err != nil {
			return err
		}
		if p.Size > room {
			return fmt.Errorf("the system of %d MB, for %d MB: %w", p.Size>>20, room>>20, ErrTooLarge)
		}
	}
	room, err := d.Free(f.card.Boot)
	if err != nil {
		return err
	}
	if files > room-bootReserve {
		return fmt.Errorf("kernel and others of %d MB, for %d MB: %w", files>>20, (room-bootReserve)>>20, ErrTooLarge)
	}
	return nil
}

// bootReserve is what is left free on the boot partition, in octets: for the choice, and for folders.
const bootReserve = 1 << 20

// Put writes a part, and reads it back: ErrContent if it is not what its SHA-256 says, ErrCard if the card holds something
// else than was written. Errors of r are returned as they are.
func (f *Filling) Put(p Part, r io.Reader) error {
	d := f.card.drive()
	open, path := d.Create, f.card.boot(string(f.slot), filepath.FromSlash(p.Name))
	switch p.Name {
	case RootPart:
		open, path = d.Overwrite, f.card.Roots[f.slot]
	case KernelPart:
		path += besideSuffix
	default:
		if err := d.MakeDir(filepath.Dir(path)); err != nil {
			return err
		}
	}
	sum := sha256.New()
	if err := fill(open, path, io.TeeReader(io.LimitReader(r, p.Size), sum)); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != p.SHA256 {
		return fmt.Errorf("%s: %w", p.Name, ErrContent)
	}
	if err := f.compare(path, p); err != nil {
		return err
	}
	f.got[p.Name] = true
	return nil
}

// compare reads back what was written.
func (f *Filling) compare(path string, p Part) error {
	r, err := f.card.drive().Read(path)
	if err != nil {
		return err
	}
	defer r.Close() // only read
	sum := sha256.New()
	if n, err := io.Copy(sum, io.LimitReader(r, p.Size)); err != nil || n != p.Size {
		return errors.Join(fmt.Errorf("%s: %w", p.Name, ErrCard), err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != p.SHA256 {
		return fmt.Errorf("%s: %w", p.Name, ErrCard)
	}
	return nil
}

// needed are the parts without which no slot starts.
var needed = []string{RootPart, KernelPart, "initrd", "cmdline.txt"}

// Missing is what of them a list has not; empty: nothing.
func Missing(parts []Part) string {
	var missing []string
	for _, name := range needed {
		found := false
		for _, p := range parts {
			found = found || p.Name == name
		}
		if !found {
			missing = append(missing, name)
		}
	}
	return strings.Join(missing, ", ")
}

// Try gives the slot its kernel, and has the slot tried so many times from the next start on.
func (f *Filling) Try(times int) error {
	d, dir := f.card.drive(), f.card.boot(string(f.slot))
	for _, name := range needed {
		if !f.got[name] {
			return fmt.Errorf("slot %s has no %s", f.slot, name)
		}
	}
	// Names of all the files first: the kernel is what makes the slot one that starts.
	if err := f.syncDirs(dir); err != nil {
		return err
	}
	kernel := filepath.Join(dir, KernelPart)
	if err := d.Rename(kernel+besideSuffix, kernel); err != nil {
		return err
	}
	if err := d.SyncDir(dir); err != nil {
		return err
	}
	return f.card.Choose(Choice{Slot: f.slot.Other(), Try: f.slot, Left: times})
}

// syncDirs makes the folders durable.
func (f *Filling) syncDirs(dir string) error {
	dirs := map[string]bool{dir: true}
	for name := range f.got {
		if name != RootPart {
			dirs[filepath.Join(dir, filepath.Dir(filepath.FromSlash(name)))] = true
		}
	}
	for dir := range dirs {
		if err := f.card.drive().SyncDir(dir); err != nil {
			return err
		}
	}
	return f.card.drive().SyncDir(f.card.Boot)
}
