package render

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// kind is what a file is, by its content.
type kind string

const (
	kindPDF  kind = "PDF"
	kindTIFF kind = "TIFF"
	kindPNG  kind = "PNG"
	kindJPEG kind = "JPEG"
	kindGIF  kind = "GIF"
	kindWebP kind = "WebP"
	kindBMP  kind = "BMP"
	kindText kind = "text"
)

// sniffed is how much of a file is looked at: PDF may begin this late.
const sniffed = 4096

// sniff tells what a file is. A kind that cannot be sent is a *Refusal.
func sniff(content io.ReaderAt, size int64) (kind, error) {
	if size == 0 {
		return "", &Refusal{Reason: Empty, Problem: "is empty", Hint: "Look whether it was saved, and choose it again."}
	}
	head := make([]byte, min(size, sniffed))
	if _, err := content.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	for _, s := range signatures {
		if s.matches(head) {
			return s.kind, nil
		}
	}
	if bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-")) { // anything may stand before it
		return kindPDF, nil
	}
	if r := foreign(head, content, size); r != nil {
		return "", r
	}
	if looksLikeText(head) {
		return kindText, nil
	}
	return "", &Refusal{Reason: Unknown, Problem: "is of no kind that can be sent", Hint: asPDF}
}

const asPDF = "Open it with the program it was made with, save or print it as PDF, and send that."

// signature is how a kind of file begins.
type signature struct {
	kind  kind
	at    int
	start string
	also  string // further on, at alsoAt
	later int
}

func (s signature) matches(head []byte) bool {
	return hasAt(head, s.at, s.start) && hasAt(head, s.later, s.also)
}

func hasAt(head []byte, at int, s string) bool {
	return len(head) >= at+len(s) && string(head[at:at+len(s)]) == s
}

var signatures = [...]signature{
	{kind: kindPDF, start: "%PDF-"},
	{kind: kindPNG, start: "\x89PNG\r\n\x1a\n"},
	{kind: kindJPEG, start: "\xff\xd8\xff"},
	{kind: kindGIF, start: "GIF87a"},
	{kind: kindGIF, start: "GIF89a"},
	{kind: kindWebP, start: "RIFF", later: 8, also: "WEBP"},
	{kind: kindBMP, start: "BM", later: 6, also: "\x00\x00\x00\x00"},
	{kind: kindTIFF, start: "II*\x00"},
	{kind: kindTIFF, start: "MM\x00*"},
}

// foreign recognizes what offices have and faxes cannot carry. It yields nil for anything else.
func foreign(head []byte, content io.ReaderAt, size int64) *Refusal {
	no := func(what, hint string) *Refusal {
		return &Refusal{Reason: NotSupported, Problem: "is " + what, Hint: hint}
	}
	begin := strings.ToLower(string(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")))
	switch {
	case hasAt(head, 0, "PK\x03\x04"), hasAt(head, 0, "PK\x05\x06"):
		return inZip(head, content, size)
	case hasAt(head, 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return no("a file of an older Word, Excel or PowerPoint", "Open it there, choose Save as PDF, and send that.")
	case hasAt(head, 4, "ftyp"):
		return isoMedia(head)
	case strings.HasPrefix(begin, "%!"), hasAt(head, 0, "\x04%!"), hasAt(head, 0, "\xc5\xd0\xd3\xc6"):
		return no("a PostScript file", "Turn it into PDF (on a Mac with Preview, elsewhere with ps2pdf), and send that.")
	case strings.HasPrefix(begin, `{\rtf`):
		return no("an RTF document", "Open it with a word processor, choose Save as PDF, and send that.")
	case isHTML(begin):
		return no("a web page", "Open it in the browser, print it as PDF, and send that.")
	case strings.HasPrefix(begin, "<svg"), strings.HasPrefix(begin, "<?xml") && strings.Contains(begin, "<svg"):
		return no("an SVG drawing", "Open it in the browser, print it as PDF, and send that.")
	case hasAt(head, 0, "7z\xbc\xaf\x27\x1c"), hasAt(head, 0, "Rar!\x1a\x07"), hasAt(head, 0, "\x1f\x8b"),
		hasAt(head, 0, "BZh"), hasAt(head, 0, "\xfd7zXZ\x00"), hasAt(head, 0, "\x28\xb5\x2f\xfd"):
		return no("a packed file", "Unpack it, and send what is in it.")
	case hasAt(head, 0, "II+\x00"), hasAt(head, 0, "MM\x00+"):
		return no("a BigTIFF file", "Save it as an ordinary TIFF file or as PDF, and send that.")
	case hasAt(head, 0, "8BPS"):
		return no("a Photoshop file", "Save it as JPEG or PDF, and send that.")
	case hasAt(head, 0, "\xff\x0a"), hasAt(head, 0, "\x00\x00\x00\x0cJXL "),
		hasAt(head, 0, "\x00\x00\x00\x0cjP  "), hasAt(head, 0, "\xff\x4f\xff\x51"):
		return no("a JPEG XL or JPEG 2000 picture", "Save it as JPEG or PNG, and send that.")
	case hasAt(head, 0, "RaS2"), hasAt(head, 0, "UNIRAST\x00"), hasAt(head, 0, "\x1b%-12345X"), hasAt(head, 0, "\x1bE"):
		return no("a file for a printer", "Print the document as PDF instead, and send that.")
	case hasAt(head, 0, "\x7fELF"), hasAt(head, 0, "MZ"):
		return no("a program", "Choose the document that you want to send.")
	}
	return nil
}

func isHTML(begin string) bool {
	for _, s := range [...]string{"<!doctype html", "<html", "<head", "<body", "<script"} {
		if strings.HasPrefix(begin, s) {
			return true
		}
	}
	return strings.HasPrefix(begin, "<?xml") && strings.Contains(begin, "<html")
}

// isoMedia tells pictures of phones from films; both are boxes of ISO/IEC 14496-12.
func isoMedia(head []byte) *Refusal {
	r := &Refusal{Reason: NotSupported, Problem: "is a film or a sound", Hint: "Choose the document that you want to send."}
	brand := string(head[8:min(len(head), 12)])
	switch {
	case strings.HasPrefix(brand, "avi"):
		r.Problem, r.Hint = "is an AVIF picture", "Save it as JPEG or PNG, and send that."
	case strings.HasPrefix(brand, "he"), brand == "mif1", brand == "msf1":
		r.Problem = "is an HEIC picture, as iPhones take them"
		r.Hint = "Share it as JPEG: in the settings of the phone's camera, under Formats, choose Most Compatible."
	}
	return r
}

// zipped are names of files that tell what a zip file really is.
var zipped = [...]struct{ name, what, hint string }{
	{"word/", "a Word document", "Open it in Word, choose Save as PDF, and send that."},
	{"xl/", "an Excel workbook", "Open it in Excel, choose the pages, Save as PDF, and send that."},
	{"ppt/", "a PowerPoint presentation", "Open it in PowerPoint, choose Save as PDF, and send that."},
	{"Index/Document.iwa", "a Pages, Numbers or Keynote document", "Open it there, choose Export to PDF, and send that."},
	{"META-INF/container.xml", "an electronic book", asPDF},
}

// openDocument are the kinds of OpenDocument by their media type.
var openDocument = [...]struct{ name, what string }{
	{"vnd.oasis.opendocument.text", "an OpenDocument text"},
	{"vnd.oasis.opendocument.spreadsheet", "an OpenDocument spreadsheet"},
	{"vnd.oasis.opendocument.presentation", "an OpenDocument presentation"},
	{"vnd.oasis.opendocument", "an OpenDocument file"},
}

// inZip says what a zip file is by the names in it, of which enough stand at its two ends.
func inZip(head []byte, content io.ReaderAt, size int64) *Refusal {
	tail := make([]byte, min(size, 64<<10))
	n, _ := content.ReadAt(tail, size-int64(len(tail))) // what cannot be read has no names
	for _, part := range [][]byte{head, tail[:n]} {
		for _, o := range openDocument {
			if bytes.Contains(part, []byte(o.name)) {
				return &Refusal{Reason: NotSupported, Problem: "is " + o.what,
					Hint: "Open it in LibreOffice, choose Export as PDF, and send that."}
			}
		}
		for _, z := range zipped {
			if namesIn(part, z.name) {
				return &Refusal{Reason: NotSupported, Problem: "is " + z.what, Hint: z.hint}
			}
		}
	}
	return &Refusal{Reason: NotSupported, Problem: "is a zip file", Hint: "Unpack it, and send what is in it."}
}

// namesIn looks for the name of a file, or the beginning of one, in the headers of a zip file.
func namesIn(part []byte, name string) bool {
	for rest := part; ; {
		at := bytes.Index(rest, []byte(name))
		if at < 0 {
			return false
		}
		if before := len(part) - len(rest) + at; headerEnds(part[:before]) {
			return true
		}
		rest = rest[at+len(name):]
	}
}

// headerEnds reports whether the fixed part of a local or central header ends where part ends.
func headerEnds(part []byte) bool {
	const local, central = 30, 46
	return len(part) >= local && string(part[len(part)-local:][:4]) == "PK\x03\x04" ||
		len(part) >= central && string(part[len(part)-central:][:4]) == "PK\x01\x02"
}

// looksLikeText reports whether a file that begins like this is text: UTF-8, UTF-16 with its mark, or one of the codes with an
// octet a letter.
func looksLikeText(head []byte) bool {
	if utf16Order(head) != nil {
		return true
	}
	odd := 0
	for _, b := range head {
		switch {
		case b == 0:
			return false
		case b < 0x20 && !strings.ContainsRune("\t\n\v\f\r\x1a\x1b", rune(b)), b == 0x7f:
			odd++
		}
	}
	return odd*50 <= len(head)
}

// utf16Order is the byte order of UTF-16 by its mark, nil for anything else.
func utf16Order(head []byte) binary.ByteOrder {
	switch {
	case hasAt(head, 0, "\xff\xfe"):
		return binary.LittleEndian
	case hasAt(head, 0, "\xfe\xff"):
		return binary.BigEndian
	}
	return nil
}
