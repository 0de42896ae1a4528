package render

import (
	"io"
	"io/fs"
	"path"
	"strings"
	"time"
)

// guestFonts is where PDFium looks for fonts. It looks there only in the file system mounted at its root.
const guestFonts = "usr/share/fonts"

// fontTree is a file system that holds nothing but fonts, at guestFonts; with nil it holds nothing at all.
type fontTree struct{ fonts fs.FS }

// Open opens a font, or one of the folders that lead there.
func (t fontTree) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if t.fonts != nil {
		if name == guestFonts {
			return t.fonts.Open(".")
		}
		if inner, ok := strings.CutPrefix(name, guestFonts+"/"); ok {
			return t.fonts.Open(inner)
		}
	}
	if name == "." {
		return t.folder(name, guestFonts), nil
	}
	if rest, ok := strings.CutPrefix(guestFonts, name+"/"); ok && t.fonts != nil {
		return t.folder(name, rest), nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (t fontTree) folder(name, rest string) *folder {
	f := &folder{name: path.Base(name)}
	if first, _, _ := strings.Cut(rest, "/"); t.fonts != nil {
		f.left = []fs.DirEntry{fs.FileInfoToDirEntry(&folder{name: first})}
	}
	return f
}

// folder is a folder with at most one other in it: its own description, too.
type folder struct {
	name string
	left []fs.DirEntry
}

func (f *folder) Stat() (fs.FileInfo, error) { return f, nil }
func (f *folder) Close() error               { return nil }
func (f *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: fs.ErrInvalid}
}

func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	entries := f.left
	f.left = nil
	if n > 0 && len(entries) == 0 {
		return nil, io.EOF
	}
	return entries, nil
}

func (f *folder) Name() string       { return f.name }
func (f *folder) Size() int64        { return 0 }
func (f *folder) Mode() fs.FileMode  { return fs.ModeDir | 0o555 }
func (f *folder) ModTime() time.Time { return time.Time{} }
func (f *folder) IsDir() bool        { return true }
func (f *folder) Sys() any           { return nil }
