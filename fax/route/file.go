package route

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"faxbox/fax"
	"faxbox/fax/document/pdf"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/tiff"
)

// open opens the pages. Whoever asked closes the file.
func (f Fax) open() (*tiff.File, File, error) {
	file, err := f.Open()
	if err != nil {
		return nil, nil, err
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	pages, err := tiff.Open(file, size)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return pages, file, nil
}

// write writes the fax as a file of PDF or TIFF, the same each time.
func (f Fax) write(w io.Writer, format fax.FileFormat) error {
	pages, file, err := f.open()
	if err != nil {
		return err
	}
	defer file.Close() // only read
	if format == fax.TIFF {
		return tiff.Export(w, pages, f.Info.Facts)
	}
	return pdf.Write(w, f.Info, pages)
}

// page is a page, counted from 1, as far as it can be read.
func page(pages *tiff.File, n int) (*raster.Page, error) {
	p, err := pages.Page(n - 1)
	if _, damaged := errors.AsType[*tiff.Damage](err); damaged {
		return p, nil
	}
	return p, err
}

// picture is the first page, small, as PNG; nil if it cannot be read.
func (f Fax) picture() []byte {
	const width = 420 // as wide as a mail program shows beside its lists
	pages, file, err := f.open()
	if err != nil {
		return nil
	}
	defer file.Close() // only read
	first, err := page(pages, 1)
	if err != nil {
		return nil
	}
	var b bytes.Buffer
	if err := gray.WritePNG(&b, gray.Shrink(first, width)); err != nil {
		return nil
	}
	return b.Bytes()
}

// fileType is the media type of a format, and how files of it end.
func fileType(format fax.FileFormat) (media, suffix string) {
	if format == fax.TIFF {
		return "image/tiff", ".tif"
	}
	return "application/pdf", ".pdf"
}

// fileName is what a file of the fax is called, without folders.
func (f Fax) fileName(pattern string, format fax.FileFormat) string {
	name, err := f.name(pattern)
	if err != nil {
		name = fmt.Sprintf("fax-%d", f.Message.ID)
	}
	name = name[strings.LastIndexByte(name, '/')+1:]
	_, suffix := fileType(format)
	return name + suffix
}
