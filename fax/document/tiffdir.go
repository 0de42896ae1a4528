package document

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"faxbox/fax/tiff"
)

// TIFFDir is a folder in which every call leaves one TIFF file.
type TIFFDir struct{ dir string }

// OpenTIFFDir sees that the folder is there and can be written to, so that this is known before a call comes.
func OpenTIFFDir(dir string) (TIFFDir, error) {
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return TIFFDir{}, fmt.Errorf("the folder for received faxes: %w", err)
	}
	err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	if err != nil {
		return TIFFDir{}, fmt.Errorf("the folder for received faxes: %w", err)
	}
	return TIFFDir{dir}, nil
}

// Call makes ready for the pages of a call that began at this time. The file's name is the time to the millisecond and the
// label (letters and digits of it, perhaps the number of the line): 20261121-142233.123-101.tif. It never takes the name of
// a file that is there. There is no file before the first page.
func (d TIFFDir) Call(began time.Time, label string) *CallFile {
	name := began.Format("20060102-150405.000")
	if label = plain(label); label != "" {
		name += "-" + label
	}
	return &CallFile{dir: d.dir, name: name}
}

// plain keeps of a label what every file system takes, at most 32 characters.
func plain(label string) string {
	label = strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			return r
		}
		return -1
	}, label)
	return label[:min(len(label), 32)]
}

// CallFile is the file of one call, a Store.
type CallFile struct {
	dir, name string
	file      *os.File
	writer    *tiff.Writer // set once the file's name is durable
}

// Path is where the file is, empty if there is none.
func (c *CallFile) Path() string {
	if c.file == nil {
		return ""
	}
	return c.file.Name()
}

// Append adds a page.
func (c *CallFile) Append(p tiff.Coded) error {
	if err := c.create(); err != nil {
		return err
	}
	return c.writer.Append(p)
}

// Replace puts a page in the place of the last one.
func (c *CallFile) Replace(p tiff.Coded) error {
	if c.writer == nil {
		return errNoFile
	}
	return c.writer.Replace(p)
}

// Drop takes away the last page.
func (c *CallFile) Drop() error {
	if c.writer == nil {
		return errNoFile
	}
	return c.writer.Drop()
}

var errNoFile = errors.New("no page was stored in this call")

// create makes the file and its name durable, unless it has.
func (c *CallFile) create() error {
	if c.writer != nil {
		return nil
	}
	var err error
	if c.file == nil {
		if c.file, err = c.exclusive(); err != nil {
			return err
		}
	}
	w, err := tiff.NewWriter(c.file)
	if err != nil {
		return err
	}
	if err := syncDir(c.dir); err != nil {
		return err
	}
	c.writer = w
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// exclusive creates a file of a name that no file has.
func (c *CallFile) exclusive() (*os.File, error) {
	for n := 1; ; n++ {
		name := c.name
		if n > 1 {
			name += fmt.Sprintf("-%d", n)
		}
		f, err := os.OpenFile(filepath.Join(c.dir, name+".tif"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
		if errors.Is(err, fs.ErrExist) && n < 1000 {
			continue
		}
		return f, err
	}
}

// Close ends the file. One without pages is removed.
func (c *CallFile) Close() error {
	if c.file == nil {
		return nil
	}
	err := c.file.Close()
	if c.writer == nil || c.writer.Pages() == 0 {
		err = errors.Join(err, os.Remove(c.file.Name()))
		c.file = nil
	}
	return err
}
