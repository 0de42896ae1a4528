package tiff

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"faxbox/fax/raster"
	"faxbox/fax/t4"
)

// Disk is where a Writer writes: an *os.File that was empty.
type Disk interface {
	io.WriterAt
	// Sync returns when all that was written would survive the plug being pulled.
	Sync() error
}

// Coded is a page as it lies in a file: its one strip, and what is said about it.
type Coded struct {
	Width, Height int // pels, lines; at least 1
	Resolution    raster.Resolution
	Coding        t4.Coding
	LSBFirst      bool   // the fill order of Strip: the first bit is the least significant
	AlignedEOL    bool   // the EOLs of Strip end on octets
	Strip         []byte // coded lines, without RTC

	Quality     *Quality // nil says nothing
	Description string   // ImageDescription, left out when empty
	Software    string   // left out when empty
	Time        time.Time
	Fields      []Field // any others; one with a tag that is written anyway is refused
}

// Writer writes a file page by page. The file is valid at every moment, though it may have octets that belong to no page:
// whatever happens later, the pages stay readable that were there when Append, Replace or Drop returned last. Each of these
// returns when what it did would survive the plug being pulled.
//
// After an error the file is as it was before and the same may be tried again, unless the error came when the last link was
// being changed: then the change may or may not have happened, and everything later yields the same error. A Writer is for
// one goroutine.
type Writer struct {
	disk  Disk
	end   int64   // where the next page goes
	links []int64 // where the address of each page's directory is kept, and last that of the next one
	err   error   // why no more can be written
}

const (
	headerSize = 8
	linkSize   = 4
	maxSize    = math.MaxUint32 // a TIFF file has no larger addresses
)

// NewWriter begins a file without pages. It does not sync: there is nothing to lose yet.
func NewWriter(d Disk) (*Writer, error) {
	if _, err := d.WriteAt(append([]byte("II"), 42, 0, 0, 0, 0, 0), 0); err != nil {
		return nil, fmt.Errorf("beginning a TIFF file: %w", err)
	}
	return &Writer{disk: d, end: headerSize, links: []int64{headerSize - linkSize}}, nil
}

// Pages is how many pages there are.
func (w *Writer) Pages() int { return len(w.links) - 1 }

// Append adds a page.
func (w *Writer) Append(c Coded) error { return w.put(c, w.Pages()) }

// Replace puts a page in the place of the last one. There is no moment at which neither is there.
func (w *Writer) Replace(c Coded) error {
	if w.Pages() == 0 {
		return errNoPage
	}
	return w.put(c, w.Pages()-1)
}

var errNoPage = errors.New("the file has no page yet")

// Drop takes away the last page.
func (w *Writer) Drop() error {
	if w.err != nil {
		return w.err
	}
	if w.Pages() == 0 {
		return errNoPage
	}
	last := w.Pages() - 1
	if err := w.lead(last, 0); err != nil {
		return err
	}
	w.links = w.links[:last+1]
	return nil
}

// put makes c page n, counted from 0, and the last one.
func (w *Writer) put(c Coded, n int) error {
	if w.err != nil {
		return w.err
	}
	page, directory, next, err := w.layOut(c, n)
	if err != nil {
		return fmt.Errorf("page %d: %w", n+1, err)
	}
	if err := w.write(page, w.end); err != nil {
		return fmt.Errorf("writing page %d: %w", n+1, err)
	}
	// Only now that the page is there may anything lead to it.
	if err := w.lead(n, directory); err != nil {
		return err
	}
	w.end += int64(len(page))
	w.links = append(w.links[:n+1], next)
	return nil
}

// lead makes the link to page n lead to this directory.
func (w *Writer) lead(n int, directory int64) error {
	if err := w.write(binary.LittleEndian.AppendUint32(nil, uint32(directory)), w.links[n]); err != nil {
		w.err = fmt.Errorf("joining page %d to those before: %w", n+1, err)
	}
	return w.err
}

// write writes and syncs.
func (w *Writer) write(p []byte, at int64) error {
	if _, err := w.disk.WriteAt(p, at); err != nil {
		return err
	}
	return w.disk.Sync()
}

// layOut makes the octets of page n to be written at w.end: the strip, the values that do not fit into the directory, the
// directory. It also yields the addresses of the directory and of the link at its end.
func (w *Writer) layOut(c Coded, n int) (page []byte, directory, link int64, err error) {
	fields, err := w.fields(c, n)
	if err != nil {
		return nil, 0, 0, err
	}
	page = slices.Grow([]byte(nil), len(c.Strip)+1024)
	page = append(page, c.Strip...)
	here := func() int64 { return w.end + int64(len(page)) }
	if here()%2 != 0 {
		page = append(page, 0)
	}
	table, values := tabulate(fields, here())
	page = append(page, values...)
	// A directory begins on a word. Ours begins two octets after a multiple of four, so that its link lies on a multiple of
	// four, within one sector, and is changed wholly or not at all.
	for here()%4 != 2 {
		page = append(page, 0)
	}
	directory = here()
	page = append(page, table...)
	link = here()
	page = append(page, make([]byte, linkSize)...)
	if here() > maxSize {
		return nil, 0, 0, errTooLarge
	}
	return page, directory, link, nil
}

var errTooLarge = errors.New("the file has reached 4 GB, the most a TIFF file can have")

// tabulate makes a directory of these fields, which are in order, without the link at its end; and the values that do not fit
// into it, which are to stand at this address. It is even, and so is their length.
func tabulate(fields []Field, at int64) (table, values []byte) {
	table = binary.LittleEndian.AppendUint16(nil, uint16(len(fields)))
	for _, f := range fields {
		table = binary.LittleEndian.AppendUint16(table, uint16(f.Tag))
		table = binary.LittleEndian.AppendUint16(table, uint16(f.Type))
		table = binary.LittleEndian.AppendUint32(table, uint32(f.Count()))
		if len(f.Data) <= 4 {
			table = append(table, f.Data...)
			table = append(table, make([]byte, 4-len(f.Data))...)
			continue
		}
		table = binary.LittleEndian.AppendUint32(table, uint32(at+int64(len(values))))
		values = append(values, f.Data...)
		if len(values)%2 != 0 {
			values = append(values, 0)
		}
	}
	return table, values
}

// fields are the fields of the directory of page n, in order.
func (w *Writer) fields(c Coded, n int) ([]Field, error) {
	fields, err := c.fields()
	if err != nil {
		return nil, err
	}
	fields = append(fields,
		Longs(StripOffsets, uint32(w.end)),
		Shorts(PageNumber, uint16(min(n, math.MaxUint16)), 0)) // of an unknown number of pages
	fields = append(fields, c.Fields...)
	slices.SortStableFunc(fields, func(a, b Field) int { return cmp.Compare(a.Tag, b.Tag) })
	for i, f := range fields {
		if f.Count() == 0 || len(f.Data)%f.Type.size() != 0 {
			return nil, fmt.Errorf("%v: %d octets are no values of type %d", f.Tag, len(f.Data), f.Type)
		}
		if len(f.Data) > maxFieldOctets {
			return nil, fmt.Errorf("%v: %d octets are more than a field may have", f.Tag, len(f.Data))
		}
		if i > 0 && fields[i-1].Tag == f.Tag {
			return nil, fmt.Errorf("%v is there twice", f.Tag)
		}
	}
	return fields, nil
}

// fields are those that do not depend on the page's place in a file.
func (c Coded) fields() ([]Field, error) {
	if c.Width < 1 || c.Width > t4.MaxWidth || c.Height < 1 || len(c.Strip) == 0 {
		return nil, fmt.Errorf("a page of %d x %d pels in %d octets cannot be stored", c.Width, c.Height, len(c.Strip))
	}
	scheme, options, err := c.scheme()
	if err != nil {
		return nil, err
	}
	order := uint16(1)
	if c.LSBFirst {
		order = 2
	}
	fields := []Field{
		Longs(NewSubfileType, 2), // one page of several
		Longs(ImageWidth, uint32(c.Width)),
		Longs(ImageLength, uint32(c.Height)),
		Shorts(BitsPerSample, 1),
		Shorts(Compression, uint16(scheme)),
		Shorts(PhotometricInterpretation, 0),
		Shorts(FillOrder, order),
		Shorts(Orientation, 1),
		Shorts(SamplesPerPixel, 1),
		Longs(RowsPerStrip, uint32(c.Height)),
		Longs(StripByteCounts, uint32(len(c.Strip))),
		options,
	}
	fields = append(fields, resolutionFields(c.Resolution)...)
	return append(fields, c.remarks()...), nil
}

// scheme is the compression, and the field with its options.
func (c Coded) scheme() (Scheme, Field, error) {
	var options uint32
	switch c.Coding {
	case t4.MMR:
		return Group4, Longs(T6Options, 0), nil
	case t4.MR:
		options |= 1
	case t4.MH:
	default:
		return 0, Field{}, fmt.Errorf("%v cannot be stored", c.Coding)
	}
	if c.AlignedEOL {
		options |= 4
	}
	return Group3, Longs(T4Options, options), nil
}

// remarks are the fields that are not needed to read the page.
func (c Coded) remarks() []Field {
	var fields []Field
	if c.Description != "" {
		fields = append(fields, Text(ImageDescription, c.Description))
	}
	if c.Software != "" {
		fields = append(fields, Text(Software, c.Software))
	}
	if !c.Time.IsZero() {
		fields = append(fields, Text(DateTime, c.Time.Format("2006:01:02 15:04:05")))
	}
	if q := c.Quality; q != nil {
		fields = append(fields,
			Longs(BadFaxLines, uint32(q.BadRows)),
			Shorts(CleanFaxData, uint16(q.Data)),
			Longs(ConsecutiveBadFaxLines, uint32(q.LongestBad)))
	}
	return fields
}

// Style says how pages are coded for a file. RFC 3949 asks for {Coding: t4.MH, LSBFirst: true} in profile S, where it also
// wants each directory before its strip, which ours follow; profile F takes any. Other programs read {Coding: t4.MMR} best.
type Style struct {
	Coding     t4.Coding
	LSBFirst   bool
	AlignedEOL bool // MH and MR
}

// Code codes a page for a file.
func Code(p *raster.Page, s Style) (Coded, error) {
	c := Coded{
		Width: p.Width, Height: p.Height, Resolution: p.Resolution,
		Coding: s.Coding, LSBFirst: s.LSBFirst, AlignedEOL: s.AlignedEOL,
	}
	e, err := t4.NewEncoder(t4.Config{
		Coding: s.Coding, Width: p.Width, K: 4, LSBFirst: s.LSBFirst, AlignedEOL: s.AlignedEOL,
		NoEnd: s.Coding != t4.MMR,
	})
	if err != nil {
		return Coded{}, err
	}
	for y := range p.Height {
		c.Strip = e.Line(c.Strip, p.Row(y))
	}
	c.Strip = e.End(c.Strip)
	return c, nil
}

// Write writes a whole file of these pages.
func Write(d Disk, s Style, pages ...*raster.Page) error {
	w, err := NewWriter(d)
	if err != nil {
		return err
	}
	for i, p := range pages {
		c, err := Code(p, s)
		if err != nil {
			return fmt.Errorf("page %d: %w", i+1, err)
		}
		if err := w.Append(c); err != nil {
			return err
		}
	}
	return nil
}
