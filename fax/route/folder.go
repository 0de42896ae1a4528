package route

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"faxbox/fax"
)

// Folder stores a copy of the fax in a folder: on the data partition, a stick, a share that is mounted.
//
// A file appears under its name only when it is whole and would survive the plug being pulled, and no file that is there is
// ever overwritten: a second fax of the same name gets "-2" behind it. A folder that is not there, because the stick was
// pulled or the share is not mounted, is an error that passes.
type Folder struct {
	mounts []string // folders whose inner folders are for mounting: on their own disk is nothing to be stored
}

// NewFolder makes the method.
func NewFolder() *Folder { return &Folder{mounts: []string{"/mnt", "/media", "/run/media"}} }

// About tells the method's names.
func (*Folder) About() fax.RoutingMethod {
	return fax.RoutingMethod{
		Guid: fax.RouteFolder, FriendlyName: "Store in a folder", FunctionName: "folder",
		ExtensionName: "faxbox", ImageName: "faxbox", Priority: 1, NamePattern: defaultPattern,
	}
}

// Check wants an absolute path, and a pattern of known words.
func (*Folder) Check(m fax.RoutingMethod) error {
	var path error
	if m.Setting != "" && (!filepath.IsAbs(m.Setting) || filepath.Clean(m.Setting) == string(filepath.Separator)) {
		path = invalid("setting", "is no folder's absolute path", "Enter a path such as /media/stick/faxes.")
	}
	return faults(path, checkPattern(m.NamePattern), checkFormat(m.Format, fax.TIFF, fax.PDF))
}

// Route stores the fax; the result is the file's path. If a file of the name holds this very fax, that is the result.
func (d *Folder) Route(ctx context.Context, m fax.RoutingMethod, f Fax) (Done, error) {
	path, err := d.store(ctx, m, f)
	return Done{Result: path}, err
}

func (d *Folder) store(ctx context.Context, m fax.RoutingMethod, f Fax) (string, error) {
	name, err := f.name(m.NamePattern)
	if err != nil {
		return "", Final(fmt.Errorf("the name pattern: %w", err))
	}
	folder := filepath.Clean(m.Setting)
	if err := d.ready(folder); err != nil {
		return "", err
	}
	path := filepath.Join(folder, filepath.FromSlash(name))
	if err := makeFolders(folder, filepath.Dir(path)); err != nil {
		return "", err
	}
	beside, err := d.copy(ctx, filepath.Dir(path), f, m.Format)
	if err != nil {
		return "", fmt.Errorf("writing to %s: %w", folder, err)
	}
	defer os.Remove(beside) // gone already, unless its name was refused
	suffix := extension
	if m.Format == fax.PDF {
		_, suffix = fileType(fax.PDF)
	}
	return place(beside, path, suffix)
}

// ready says why nothing can be stored in a folder now.
func (d *Folder) ready(folder string) error {
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the folder %s is not there: is the stick plugged in, the share mounted?", folder)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is no folder", folder)
	}
	for _, m := range d.mounts {
		if rest, below := strings.CutPrefix(folder, m+"/"); below && rest != "" && sameDisk(m, folder) {
			return fmt.Errorf("nothing is mounted on %s: is the stick plugged in, the share mounted?", folder)
		}
	}
	return nil
}

// makeFolders makes the folders from one that is there down to another.
func makeFolders(from, to string) error {
	if to == from {
		return nil
	}
	if err := makeFolders(from, filepath.Dir(to)); err != nil {
		return err
	}
	if err := os.Mkdir(to, 0o775); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	return syncFolder(filepath.Dir(to))
}

// copy writes the fax under a name that hides it, and makes it durable.
func (*Folder) copy(ctx context.Context, folder string, f Fax, format fax.FileFormat) (path string, err error) {
	to, err := os.CreateTemp(folder, ".faxbox-*")
	if err != nil {
		return "", err
	}
	err = f.pour(ctx, to, format)
	if err == nil {
		err = to.Chmod(0o664)
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
			err = nil // a disk without such rights
		}
	}
	if err == nil {
		err = to.Sync()
	}
	if err = errors.Join(err, to.Close()); err != nil {
		return "", errors.Join(err, os.Remove(to.Name()))
	}
	return to.Name(), nil
}

// pour writes the fax: as the file that it is, or as PDF.
func (f Fax) pour(ctx context.Context, to io.Writer, format fax.FileFormat) error {
	if format == fax.PDF {
		return f.write(writing{ctx, to}, format)
	}
	from, err := f.Open()
	if err != nil {
		return err
	}
	defer from.Close() // only read
	_, err = io.Copy(writing{ctx, to}, from)
	return err
}

// writing ends with its context.
type writing struct {
	ctx context.Context
	io.Writer
}

func (w writing) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Writer.Write(p)
}

const (
	extension = ".tif" // of what is stored as it is
	manyNames = 10000
)

// place gives a file its name, or the first free one with a number behind it.
func place(beside, path, extension string) (string, error) {
	for n := 1; n < manyNames; n++ {
		name := path + extension
		if n > 1 {
			name = fmt.Sprintf("%s-%d%s", path, n, extension)
		}
		err := rename(beside, name)
		switch {
		case err == nil:
			return name, syncFolder(filepath.Dir(name))
		case !errors.Is(err, fs.ErrExist):
			return "", err
		}
		if same, err := sameContent(beside, name); err == nil && same {
			return name, nil // stored by an attempt that could not say so any more
		}
	}
	return "", Final(fmt.Errorf("%s: %d files of this name are there", path, manyNames))
}

// rename gives a file a name that nothing has, or yields fs.ErrExist. Disks that know no second names (a stick, some shares)
// have the name taken first, with an empty file that then gives way.
func rename(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return take(from, to)
}

func take(from, to string) error {
	taken, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o664)
	if err != nil {
		return err
	}
	if err := taken.Close(); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// sameContent compares two files.
func sameContent(a, b string) (bool, error) {
	fa, err := os.Open(a)
	if err != nil {
		return false, err
	}
	defer fa.Close()
	fb, err := os.Open(b)
	if err != nil {
		return false, err
	}
	defer fb.Close()
	bufA, bufB := make([]byte, 32<<10), make([]byte, 32<<10)
	for {
		na, errA := io.ReadFull(fa, bufA)
		nb, errB := io.ReadFull(fb, bufB)
		switch {
		case !bytes.Equal(bufA[:na], bufB[:nb]):
			return false, nil
		case ended(errA) && ended(errB):
			return true, nil
		case errA != nil || errB != nil:
			return false, errors.Join(errA, errB)
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// syncFolder makes names in a folder durable. Shares that cannot do this keep their names by themselves.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrInvalid) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
