package tiff

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"io"
	"math"
	"slices"
)

// Export writes the pages of a file anew, with these facts, to where it cannot go back: a download. Coded lines are copied
// as they are and not looked at, so that what is damaged stays as damaged as it is. Each directory comes before its strips
// (RFC 3949 asks for it), page numbers say of how many, and of other fields those go along that say something of the page or
// its transmission.
//
// It takes as much memory as one page's directory. Its error is the file's, or the writer's.
func Export(w io.Writer, f *File, facts Facts) error {
	out := bufio.NewWriterSize(w, 64<<10)
	at := int64(headerSize)
	header := append([]byte("II"), 42, 0)
	if _, err := out.Write(binary.LittleEndian.AppendUint32(header, uint32(at))); err != nil {
		return err
	}
	for n := range f.pages {
		var more []Field
		if n == 0 {
			more = facts.Fields()
		}
		size, err := f.export(out, n, at, more)
		if err != nil {
			return err
		}
		at += size
	}
	return out.Flush()
}

// export writes page n, whose directory comes to stand at this address, and says how many octets it takes.
func (f *File) export(w io.Writer, n int, at int64, more []Field) (int64, error) {
	d, err := f.at(n)
	if err != nil {
		return 0, err
	}
	l, err := d.layout()
	if err != nil {
		return 0, err
	}
	total := int64(0)
	counts := make([]uint32, len(l.strips))
	for i, s := range l.strips {
		counts[i] = uint32(s.count)
		total += s.count
	}
	if total > f.size {
		return 0, d.errorf(StripByteCounts, "the strips take %d octets of a file of %d", total, f.size)
	}
	fields := d.goingAlong()
	for _, f := range more {
		fields = with(fields, f)
	}
	fields = with(fields, Longs(StripByteCounts, counts...))
	fields = with(fields, Shorts(PageNumber, uint16(min(n, math.MaxUint16)), uint16(min(len(f.pages), math.MaxUint16))))

	offsets := make([]uint32, len(l.strips))
	fields = with(fields, Longs(StripOffsets, offsets...))
	table, values := tabulate(fields, 0) // how much there is does not depend on where it goes
	after := at + int64(len(table)+linkSize)
	strip := after + int64(len(values))
	end := strip + total
	end += end & 1
	if end > maxSize {
		return 0, errTooLarge
	}
	for i, s := range l.strips {
		offsets[i] = uint32(strip)
		strip += s.count
	}
	table, values = tabulate(with(fields, Longs(StripOffsets, offsets...)), after)
	next := end
	if n == len(f.pages)-1 {
		next = 0
	}
	if _, err := w.Write(slices.Concat(table, binary.LittleEndian.AppendUint32(nil, uint32(next)), values)); err != nil {
		return 0, err
	}
	return end - at, l.copyStrips(w, int(end-strip))
}

// copyStrips writes the octets of the strips, and a number of zeros.
func (l *layout) copyStrips(w io.Writer, padding int) error {
	for _, s := range l.strips {
		if _, err := io.Copy(w, io.NewSectionReader(l.d.f.r, s.offset, s.count)); err != nil {
			return l.d.errorf(StripOffsets, "%w", err)
		}
	}
	_, err := w.Write(make([]byte, padding))
	return err
}

// goesAlong are the fields that are exported as they are: what the page looks like, and what is said of it. Fields that
// lead to other places of the file cannot go along.
var goesAlong = []Tag{
	ImageWidth, ImageLength, BitsPerSample, Compression, PhotometricInterpretation, FillOrder, DocumentName, ImageDescription,
	Make, Model, Orientation, SamplesPerPixel, RowsPerStrip, XResolution, YResolution, PlanarConfiguration, PageName, T4Options,
	T6Options, ResolutionUnit, Software, DateTime, Artist, HostComputer, BadFaxLines, CleanFaxData, ConsecutiveBadFaxLines,
	FaxRecvParams, FaxSubAddress, FaxRecvTime, FaxDcs, OffsetTime,
	FactCallerID, FactCsid, FactTsid, FactRecipientName, FactRecipientNumber, FactRouting,
}

// goingAlong are the fields of a page that go along, in order. Those that cannot be read and were not needed so far do not.
func (d *directory) goingAlong() []Field {
	fields := []Field{Longs(NewSubfileType, 2)} // one page of several
	for _, t := range goesAlong {
		if f, ok, err := d.field(t); ok && err == nil && f.Count() > 0 {
			fields = append(fields, f)
		}
	}
	return fields
}

// with are the fields, which are in order, with f among them; it stands for one that has its tag.
func with(fields []Field, f Field) []Field {
	i, found := slices.BinarySearchFunc(fields, f.Tag, func(have Field, t Tag) int { return cmp.Compare(have.Tag, t) })
	if found {
		fields[i] = f
		return fields
	}
	return slices.Insert(fields, i, f)
}
