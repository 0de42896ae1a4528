// Package corpus holds small documents like those that offices send: what tests and scripts render, look at, and hold
// against other programs. All of them were made by scripts/corpus, so that anybody may have them. The product does not
// import it.
package corpus

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed files
var files embed.FS

// Kind is what a file is, by its content.
type Kind string

// The kinds.
const (
	PDF  Kind = "pdf"
	TIFF Kind = "tiff"
	PNG  Kind = "png"
	JPEG Kind = "jpeg"
	GIF  Kind = "gif"
	WebP Kind = "webp"
	BMP  Kind = "bmp"
	Text Kind = "text"
)

// Document is one file.
type Document struct {
	Name     string // of the file
	Kind     Kind
	Pages    int    // of the file; 0 for a text, which has as many as it needs
	Password string // it opens with

	// Embedded tells that a PDF carries the fonts it needs, so that every renderer draws the same letters.
	Embedded bool
	// Card tells that it is the card: however the file is stored, it looks the same as all others that are.
	Card bool
	// Prose is how often the file prose.txt can be read on its page, and nothing else.
	Prose int
}

// All are the documents: first those of an office, then pictures, then texts.
func All() []Document {
	return []Document{
		{Name: "text8.pdf", Kind: PDF, Pages: 1, Embedded: true, Prose: 2},
		{Name: "text10.pdf", Kind: PDF, Pages: 1, Embedded: true, Prose: 2},
		{Name: "text12.pdf", Kind: PDF, Pages: 1, Embedded: true, Prose: 1},
		{Name: "letter.pdf", Kind: PDF, Pages: 1, Embedded: true},
		{Name: "table.pdf", Kind: PDF, Pages: 1, Embedded: true},
		{Name: "scripts.pdf", Kind: PDF, Pages: 1, Embedded: true},
		{Name: "gray.pdf", Kind: PDF, Pages: 1, Embedded: true},
		{Name: "hairlines.pdf", Kind: PDF, Pages: 1},
		{Name: "curves.pdf", Kind: PDF, Pages: 1},
		{Name: "photo.pdf", Kind: PDF, Pages: 1},
		{Name: "brochure.pdf", Kind: PDF, Pages: 1, Embedded: true},
		{Name: "scan300.pdf", Kind: PDF, Pages: 1, Embedded: true},
		{Name: "scan600.pdf", Kind: PDF, Pages: 1, Embedded: true},
		{Name: "landscape.pdf", Kind: PDF, Pages: 5},
		{Name: "sizes.pdf", Kind: PDF, Pages: 9},
		{Name: "pages200.pdf", Kind: PDF, Pages: 200},
		{Name: "encrypted.pdf", Kind: PDF, Pages: 1, Embedded: true, Password: "lighthouse"},

		{Name: "fax-mmr.tif", Kind: TIFF, Pages: 2},
		{Name: "fax-mr.tif", Kind: TIFF, Pages: 2},
		{Name: "fax-mh.tif", Kind: TIFF, Pages: 2},
		{Name: "lzw.tif", Kind: TIFF, Pages: 2, Card: true},
		{Name: "deflate.tif", Kind: TIFF, Pages: 1, Card: true},
		{Name: "packbits.tif", Kind: TIFF, Pages: 1, Card: true},
		{Name: "tiled.tif", Kind: TIFF, Pages: 1, Card: true},
		{Name: "turned.tif", Kind: TIFF, Pages: 1, Card: true},
		{Name: "photo.jpg", Kind: JPEG, Pages: 1},
		{Name: "exif1.jpg", Kind: JPEG, Pages: 1, Card: true},
		{Name: "exif2.jpg", Kind: JPEG, Pages: 1, Card: true},
		{Name: "exif3.jpg", Kind: JPEG, Pages: 1, Card: true},
		{Name: "exif4.jpg", Kind: JPEG, Pages: 1, Card: true},
		{Name: "exif5.jpg", Kind: JPEG, Pages: 1, Card: true},
		{Name: "exif6.jpg", Kind: JPEG, Pages: 1, Card: true},
		{Name: "exif7.jpg", Kind: JPEG, Pages: 1, Card: true},
		{Name: "exif8.jpg", Kind: JPEG, Pages: 1, Card: true},
		{Name: "progressive.jpg", Kind: JPEG, Pages: 1, Card: true},
		{Name: "cmyk.jpg", Kind: JPEG, Pages: 1, Card: true},
		{Name: "gray.png", Kind: PNG, Pages: 1, Card: true},
		{Name: "gray16.png", Kind: PNG, Pages: 1, Card: true},
		{Name: "palette.png", Kind: PNG, Pages: 1, Card: true},
		{Name: "interlaced.png", Kind: PNG, Pages: 1, Card: true},
		{Name: "alpha.png", Kind: PNG, Pages: 1, Card: true},
		{Name: "black.png", Kind: PNG, Pages: 1},
		{Name: "moving.gif", Kind: GIF, Pages: 1, Card: true},
		{Name: "lossless.webp", Kind: WebP, Pages: 1, Card: true},
		{Name: "lossy.webp", Kind: WebP, Pages: 1, Card: true},
		{Name: "bgr.bmp", Kind: BMP, Pages: 1, Card: true},
		{Name: "palette.bmp", Kind: BMP, Pages: 1, Card: true},

		{Name: "prose.txt", Kind: Text},
		{Name: "notes.txt", Kind: Text},
		{Name: "long.txt", Kind: Text},
		{Name: "scripts.txt", Kind: Text},
		{Name: "latin1.txt", Kind: Text},
	}
}

// Find is the document of this name. It panics if there is none.
func Find(name string) Document {
	all := All()
	i := slices.IndexFunc(all, func(d Document) bool { return d.Name == name })
	if i < 0 {
		panic(fmt.Sprintf("corpus: no document %q", name))
	}
	return all[i]
}

// Content is the file, whole.
func (d Document) Content() []byte {
	content, err := files.ReadFile("files/" + d.Name)
	if err != nil {
		panic(err) // TestFiles: every document has its file
	}
	return content
}

// Truth is what is to be read on the document's page; empty if that is not known.
func (d Document) Truth() string {
	prose := string(Document{Name: "prose.txt"}.Content())
	return strings.Repeat(prose+"\n", d.Prose)
}
