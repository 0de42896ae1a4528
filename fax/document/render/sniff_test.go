package render

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// zipOf is a zip file of these files, each with as much in it.
func zipOf(t testing.TB, size int, names ...string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		name, text, _ := strings.Cut(name, "=")
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if text == "" {
			text = strings.Repeat("x", size)
		}
		if _, err := io.WriteString(f, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSniff(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          kind
		problem       string
	}{
		{"PDF", "%PDF-1.4\n", kindPDF, ""},
		{"PDF behind a printer's words", "\x1b%-12345X@PJL ENTER LANGUAGE=PDF\r\n%PDF-1.4\n", kindPDF, ""},
		{"PNG", "\x89PNG\r\n\x1a\n\x00\x00", kindPNG, ""},
		{"JPEG", "\xff\xd8\xff\xe0\x00\x10JFIF", kindJPEG, ""},
		{"GIF", "GIF89a\x01\x00", kindGIF, ""},
		{"WebP", "RIFF\x00\x00\x00\x00WEBPVP8 ", kindWebP, ""},
		{"BMP", "BM\x00\x01\x00\x00\x00\x00\x00\x00\x36", kindBMP, ""},
		{"TIFF", "II*\x00\x08\x00\x00\x00", kindTIFF, ""},
		{"TIFF of a Mac", "MM\x00*\x00\x00\x00\x08", kindTIFF, ""},
		{"text", "Dear Sirs,\r\n", kindText, ""},
		{"text that begins with BM", "BMW sends its regards", kindText, ""},
		{"text in Greek", "Καλημέρα", kindText, ""},
		{"text in Latin-1", "Gr\xfc\xdfe", kindText, ""},
		{"text in UTF-16", "\xff\xfeH\x00i\x00", kindText, ""},
		{"text of a terminal", "\x1b[1mbold\x1b[0m text, and more of it\n", kindText, ""},
		{"Word", zipOf(t, 9000, "[Content_Types].xml", "word/document.xml"), "", "is a Word document"},
		{"Excel", zipOf(t, 10, "[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), "", "is an Excel workbook"},
		{"PowerPoint", zipOf(t, 10, "[Content_Types].xml", "ppt/presentation.xml"), "", "is a PowerPoint presentation"},
		{"ODT", zipOf(t, 10, "mimetype=application/vnd.oasis.opendocument.text", "content.xml"), "", "is an OpenDocument text"},
		{"ODS", zipOf(t, 10, "mimetype=application/vnd.oasis.opendocument.spreadsheet"), "", "is an OpenDocument spreadsheet"},
		{"Pages", zipOf(t, 10, "Index/Document.iwa"), "", "is a Pages, Numbers or Keynote document"},
		{"EPUB", zipOf(t, 10, "mimetype=application/epub+zip", "META-INF/container.xml"), "", "is an electronic book"},
		{"zip", zipOf(t, 10, "holiday.jpg"), "", "is a zip file"},
		{"zip with a word in it", zipOf(t, 10, "a.txt=word/ of mouth"), "", "is a zip file"},
		{"old Word", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "", "is a file of an older Word, Excel or PowerPoint"},
		{"HEIC", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "", "is an HEIC picture, as iPhones take them"},
		{"AVIF", "\x00\x00\x00\x18ftypavif\x00\x00\x00\x00", "", "is an AVIF picture"},
		{"MP4", "\x00\x00\x00\x18ftypisom\x00\x00\x00\x00", "", "is a film or a sound"},
		{"a box cut short", "\x00\x00\x00\x18ftyp", "", "is a film or a sound"},
		{"PostScript", "%!PS-Adobe-3.0\n", "", "is a PostScript file"},
		{"EPS of a PC", "\xc5\xd0\xd3\xc6\x1e\x00", "", "is a PostScript file"},
		{"RTF", `{\rtf1\ansi hello}`, "", "is an RTF document"},
		{"HTML", "\n<!DOCTYPE html><title>x</title>", "", "is a web page"},
		{"XHTML", `<?xml version="1.0"?><html xmlns="x">`, "", "is a web page"},
		{"SVG", `<?xml version="1.0"?><svg xmlns="x">`, "", "is an SVG drawing"},
		{"gzip", "\x1f\x8b\x08\x00\x00", "", "is a packed file"},
		{"BigTIFF", "II+\x00\x08\x00", "", "is a BigTIFF file"},
		{"JPEG 2000", "\x00\x00\x00\x0cjP  \r\n\x87\n", "", "is a JPEG XL or JPEG 2000 picture"},
		{"PCL", "\x1bE\x1b&l0O", "", "is a file for a printer"},
		{"a program", "\x7fELF\x02\x01\x01\x00", "", "is a program"},
		{"octets", "\x00\x01\x02\x03\x04\x05", "", "is of no kind that can be sent"},
		{"nothing", "", "", "is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := sniff(strings.NewReader(c.content), int64(len(c.content)))
			if got != c.want {
				t.Errorf("it is %q, want %q (%v)", got, c.want, err)
			}
			r, refused := errors.AsType[*Refusal](err)
			if refused != (c.problem != "") || refused && r.Problem != c.problem {
				t.Errorf("got %v, want %q", err, c.problem)
			}
			if refused && !strings.HasSuffix(r.Hint, ".") {
				t.Errorf("the hint is no sentence: %q", r.Hint)
			}
		})
	}
}

func FuzzSniff(f *testing.F) {
	f.Add([]byte("%PDF-1.4"))
	f.Add([]byte(zipOf(f, 10, "[Content_Types].xml", "word/document.xml")))
	f.Add([]byte("\x00\x00\x00\x18ftyp"))
	f.Fuzz(func(t *testing.T, content []byte) {
		k, err := sniff(bytes.NewReader(content), int64(len(content)))
		if (k == "") == (err == nil) {
			t.Fatalf("%q, %v", k, err)
		}
		if r, ok := errors.AsType[*Refusal](err); err != nil && (!ok || r.Problem == "" || r.Hint == "") {
			t.Fatalf("%v", err)
		}
	})
}
