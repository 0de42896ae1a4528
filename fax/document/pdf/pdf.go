// Package pdf writes PDF files of fax pages: the Group 4 strips of a TIFF file go in as they are, octet for octet, at the
// size that the paper had. Files conform to PDF/A-2b (ISO 19005-2), so they can be kept for as long as the law wants, and
// the same pages with the same information make the same octets.
package pdf

import (
	"errors"
	"io"
	"math"
	"strconv"
	"time"

	"faxbox/fax/raster"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

// Info is what a file says of itself. Empty texts and zero times are left out.
type Info struct {
	Title    string
	Author   string // who sent it, or where it came from
	Subject  string
	Software string // that made it, with its version
	Language string // of Title and Subject, as in RFC 5646: "de"
	// Time is when it was made. It is not the clock's: a file fetched twice is the same file. Zero: that of Facts.
	Time  time.Time
	Facts tiff.Facts
}

// Pages are coded pages, counted from 0. A *tiff.File is some.
type Pages interface {
	Pages() int
	// Coded is page n as one strip of MMR, its first bit the most significant, with EOFB. With an error there may be a page
	// all the same, as far as it could be read.
	Coded(n int) (tiff.Coded, error)
}

// Rasters are pages in memory, to be coded when they are written.
func Rasters(pages ...*raster.Page) Pages { return rasters(pages) }

type rasters []*raster.Page

func (r rasters) Pages() int { return len(r) }

func (r rasters) Coded(n int) (tiff.Coded, error) {
	return tiff.Code(r[n], tiff.Style{Coding: t4.MMR})
}

// Write writes a file of these pages. It never goes back, and takes as much memory as one page and a few octets for each.
//
// A page is as large as what was scanned: 1728 pels at R8 are 215 mm, whatever paper lay in that column, so that nothing is
// cut off. Its image is drawn without smoothing. A page that cannot be read at all is crossed out, and the pages after it
// follow all the same. The error is the writer's, or there are no pages.
func Write(w io.Writer, info Info, pages Pages) error {
	if pages.Pages() < 1 {
		return errors.New("a PDF file needs a page")
	}
	f := newFile(w, firstPage+objectsPerPage*pages.Pages())
	f.header()
	f.catalog(info)
	f.pageTree(pages.Pages())
	f.information(info)
	f.stream(metadata, "/Type /Metadata /Subtype /XML", xmp(info))
	f.stream(profile, "/N 1", grayProfile())
	for n := range pages.Pages() {
		if f.err != nil {
			return f.err
		}
		f.page(n, pages)
	}
	return f.close()
}

// Objects by number. Each page has three from firstPage on: itself, what is drawn on it, its image.
const (
	catalog = 1 + iota
	pageTree
	information
	metadata
	profile
	firstPage

	objectsPerPage = 3
)

func (f *file) catalog(info Info) {
	f.object(catalog, func() {
		f.print("<< /Type /Catalog /Pages ", reference(pageTree), " /Metadata ", reference(metadata), "\n")
		f.print("/PageLabels << /Nums [0 << /S /D >>] >>\n")
		if info.Language != "" {
			f.print("/Lang ", text(tiff.PlainText(info.Language)), "\n")
		}
		f.print("/ViewerPreferences << /DisplayDocTitle true >>\n")
		f.print("/OutputIntents [<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (Custom)\n")
		f.print("/Info (", profileName, ") /DestOutputProfile ", reference(profile), " >>] >>")
	})
}

func (f *file) pageTree(pages int) {
	f.object(pageTree, func() {
		f.print("<< /Type /Pages /Count ", strconv.Itoa(pages), " /Kids [")
		for n := range pages {
			f.print("\n", reference(firstPage+objectsPerPage*n))
		}
		f.print("] >>")
	})
}

// page writes page n with its image, or crossed out.
func (f *file) page(n int, pages Pages) {
	c, err := pages.Coded(n)
	readable := len(c.Strip) > 0 && (err == nil || isDamage(err))
	s := sheet{width: 595, height: 842}
	if readable {
		s = sheetOf(c)
	}
	page := firstPage + objectsPerPage*n
	content, image := page+1, page+2
	f.object(page, func() {
		f.print("<< /Type /Page /Parent ", reference(pageTree), " /MediaBox [0 0 ", number(max(s.width, least)), " ", number(max(s.height, least)), "]")
		if s.unit > 1 {
			f.print(" /UserUnit ", number(s.unit))
		}
		if readable {
			f.print("\n/Resources << /XObject << /P ", reference(image), " >> >>")
		} else {
			f.print("\n/Resources << >>")
		}
		f.print(" /Contents ", reference(content), " >>")
	})
	if !readable {
		f.stream(content, "", []byte("2 w 0 0 m "+number(s.width)+" "+number(s.height)+" l 0 "+number(s.height)+" m "+number(s.width)+" 0 l S"))
		f.object(image, func() { f.print("null") })
		return
	}
	up := max(s.height, least) - s.height
	f.stream(content, "", []byte("q "+number(s.width)+" 0 0 "+number(s.height)+" 0 "+number(up)+" cm /P Do Q"))
	width, height := strconv.Itoa(c.Width), strconv.Itoa(c.Height)
	f.stream(image, "/Type /XObject /Subtype /Image /Width "+width+" /Height "+height+
		" /ColorSpace /DeviceGray /BitsPerComponent 1\n/Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns "+width+" /Rows "+height+" >>", c.Strip)
}

func isDamage(err error) bool {
	_, is := errors.AsType[*tiff.Damage](err)
	return is
}

// sheet is the size of a page, in units of user space.
type sheet struct {
	width, height float64
	unit          float64 // points a unit
}

const (
	pointsPerMM = 72 / 25.4
	// least and most are what a side of a page may measure (ISO 32000-1, annex C.2): 1 mm and 5 m.
	least, most = 3, 14400
)

func sheetOf(c tiff.Coded) sheet {
	r := c.Resolution
	if r.X < 1 || r.Y < 1 { // it states none
		r = raster.Inch200
	}
	s := sheet{
		width:  float64(c.Width) / r.PelsPerMM() * pointsPerMM,
		height: float64(c.Height) / r.LinesPerMM() * pointsPerMM,
	}
	s.unit = max(1, math.Ceil(max(s.width, s.height)/most))
	s.width /= s.unit
	s.height /= s.unit
	return s
}
