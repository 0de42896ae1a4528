// Package tiff reads and writes multi-page TIFF files of fax: TIFF 6.0 with the profiles of RFC 2306 and RFC 3949 (S and F).
// It knows nothing of calls and keeps no clock.
//
// It reads what faxes come as: both byte orders, both fill orders, both photometric interpretations, one strip or many,
// uncompressed, MH, MR, MMR and PackBits, with counts and options missing or wrong. It writes one strip a page, little-endian,
// in such an order that every page once appended stays readable whatever happens afterwards.
//
// Pages are counted from 0 by methods and from 1 in errors, which are read by people.
package tiff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// What a file may ask of us. All three are ours and not the format's.
const (
	// MaxPages is how many pages a file may have.
	MaxPages = 10000
	// MaxPageOctets is how large a page may be, unpacked: A4 at 1200 pels an inch is 18 MB. Reading a page takes at most
	// twice this and 1 MB, reading anything else at most 2 MB.
	MaxPageOctets = 64 << 20

	maxLines       = 1 << 18 // of a page: 17 m at 391 lines an inch
	maxFields      = 1024    // in one directory; real ones have some twenty
	maxFieldOctets = 1 << 20 // of the values of one field
)

// ErrNotTIFF is what Open finds wrong with a file of another kind.
var ErrNotTIFF = errors.New("this is not a TIFF file")

// Error is something wrong with a file that keeps it, or a page of it, from being read.
type Error struct {
	Page int // counted from 1
	Tag  Tag // 0 if it is not to do with one
	Err  error
}

func (e *Error) Error() string {
	if e.Tag == 0 {
		return fmt.Sprintf("page %d: %v", e.Page, e.Err)
	}
	return fmt.Sprintf("page %d: %v: %v", e.Page, e.Tag, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// File is a TIFF file open for reading. It may be used by several goroutines if its reader may.
type File struct {
	r     io.ReaderAt
	size  int64
	order binary.ByteOrder
	pages []int64 // where each directory begins
}

// Open finds the pages of the file of size octets that r reads. It reads their directories and not yet the pages
// themselves. Directories of reduced-resolution pictures (thumbnails) are passed over.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, size: size}
	next, err := f.header()
	if err != nil {
		return nil, err
	}
	seen := map[int64]bool{}
	for next != 0 {
		page := len(f.pages) + 1
		if seen[next] {
			return nil, &Error{Page: page, Err: fmt.Errorf("its directory at octet %d belongs to an earlier page", next)}
		}
		seen[next] = true
		if len(seen) > MaxPages {
			return nil, fmt.Errorf("the file has more than %d pages", MaxPages)
		}
		d, err := f.directory(next, page)
		if err != nil {
			return nil, err
		}
		if !d.thumbnail() {
			f.pages = append(f.pages, next)
		}
		next = d.next
	}
	if len(f.pages) == 0 {
		return nil, errors.New("the file has no pages")
	}
	return f, nil
}

// Pages is how many pages there are, at least 1.
func (f *File) Pages() int { return len(f.pages) }

// Directory is where the directory of page n begins, for whoever reads pages that are not those of faxes.
func (f *File) Directory(n int) int64 { return f.pages[n] }

// header reads the first eight octets: byte order, the number 42, where the first directory is.
func (f *File) header() (first int64, err error) {
	var h [8]byte
	if f.size < int64(len(h)) {
		return 0, ErrNotTIFF
	}
	if err := f.read(h[:], 0); err != nil {
		return 0, err
	}
	switch string(h[:2]) {
	case "II":
		f.order = binary.LittleEndian
	case "MM":
		f.order = binary.BigEndian
	default:
		return 0, ErrNotTIFF
	}
	switch f.order.Uint16(h[2:]) {
	case 42:
	case 43:
		return 0, errors.New("this is a BigTIFF file: save it as an ordinary TIFF file")
	default:
		return 0, ErrNotTIFF
	}
	return int64(f.order.Uint32(h[4:])), nil
}

// read fills p from the octets at offset, which lie within the file's size.
func (f *File) read(p []byte, offset int64) error {
	if n, err := f.r.ReadAt(p, offset); n < len(p) {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("reading octet %d: %w", offset, err)
	}
	return nil
}

// directory is an image file directory.
type directory struct {
	f      *File
	page   int // counted from 1
	fields []entry
	next   int64 // where the next directory begins, 0 if there is none
}

// entry is a field whose values have not been read.
type entry struct {
	tag   Tag
	kind  Type
	count uint32
	value [4]byte // the values, or where they are
}

const entrySize = 12

func (f *File) directory(offset int64, page int) (*directory, error) {
	d := &directory{f: f, page: page}
	fail := func(err error) (*directory, error) { return nil, &Error{Page: page, Err: err} }
	var count [2]byte
	if offset < 8 || offset+int64(len(count)) > f.size {
		return fail(fmt.Errorf("its directory should be at octet %d, which is outside the file of %d", offset, f.size))
	}
	if err := f.read(count[:], offset); err != nil {
		return fail(err)
	}
	n := int(f.order.Uint16(count[:]))
	if n == 0 || n > maxFields {
		return fail(fmt.Errorf("its directory at octet %d has %d fields, which is not plausible", offset, n))
	}
	table := make([]byte, n*entrySize)
	offset += int64(len(count))
	if offset+int64(len(table)) > f.size {
		return fail(fmt.Errorf("its directory is cut off at the end of the file"))
	}
	if err := f.read(table, offset); err != nil {
		return fail(err)
	}
	for at := range slices.Chunk(table, entrySize) {
		d.fields = append(d.fields, entry{
			Tag(f.order.Uint16(at)), Type(f.order.Uint16(at[2:])), f.order.Uint32(at[4:]), [4]byte(at[8:]),
		})
	}
	var next [4]byte
	if offset += int64(len(table)); offset+int64(len(next)) <= f.size { // some writers leave out the last link
		if err := f.read(next[:], offset); err != nil {
			return fail(err)
		}
		d.next = int64(f.order.Uint32(next[:]))
	}
	return d, nil
}

// at is the directory of page n, counted from 0.
func (f *File) at(n int) (*directory, error) {
	if n < 0 || n >= len(f.pages) {
		return nil, fmt.Errorf("page %d: the file has %d", n+1, len(f.pages))
	}
	return f.directory(f.pages[n], n+1)
}

// thumbnail reports whether this is a small version of another page.
func (d *directory) thumbnail() bool {
	f, ok, err := d.field(NewSubfileType)
	kind, number := f.Uint(0)
	return ok && err == nil && number && kind&1 != 0
}

func (d *directory) errorf(t Tag, format string, args ...any) error {
	return &Error{d.page, t, fmt.Errorf(format, args...)}
}

func (d *directory) has(t Tag) bool {
	return slices.ContainsFunc(d.fields, func(e entry) bool { return e.tag == t })
}

// field reads the values of the first field with this tag, and reports whether there is one.
func (d *directory) field(t Tag) (f Field, ok bool, err error) {
	i := slices.IndexFunc(d.fields, func(e entry) bool { return e.tag == t })
	if i < 0 {
		return Field{}, false, nil
	}
	f, err = d.values(d.fields[i])
	return f, err == nil, err
}

func (d *directory) values(e entry) (Field, error) {
	f := Field{Tag: e.tag, Type: e.kind}
	if e.kind.size() == 0 {
		return f, d.errorf(e.tag, "its type %d is unknown", e.kind)
	}
	size := int64(e.count) * int64(e.kind.size())
	if size > maxFieldOctets {
		return f, d.errorf(e.tag, "has %d values, which is more than we read", e.count)
	}
	if size <= int64(len(e.value)) {
		f.Data = slices.Clone(e.value[:size])
	} else {
		offset := int64(d.f.order.Uint32(e.value[:]))
		if offset+size > d.f.size {
			return f, d.errorf(e.tag, "points outside the file")
		}
		f.Data = make([]byte, size)
		if err := d.f.read(f.Data, offset); err != nil {
			return f, d.errorf(e.tag, "%w", err)
		}
	}
	if d.f.order == binary.BigEndian {
		for number := range slices.Chunk(f.Data, e.kind.unit()) {
			slices.Reverse(number)
		}
	}
	return f, nil
}

// uint is the first value of a field, otherwise what is usual when the field is missing or holds no number.
func (d *directory) uint(t Tag, usual uint32) (uint32, error) {
	f, ok, err := d.field(t)
	if !ok {
		return usual, err
	}
	if v, ok := f.Uint(0); ok {
		return v, nil
	}
	return usual, nil
}
