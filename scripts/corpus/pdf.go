package main

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image"
)

// pdf is a PDF file in the making. Lengths are in points, from the bottom left corner.
type pdf struct {
	objects [][]byte // number 1 is the catalog, 2 the page tree, 3 and 4 Helvetica and Times
	kids    []int
}

const reserved = 4

// page adds a page: its size, further entries of its dictionary, what is drawn on it, and the pictures it draws.
func (f *pdf) page(width, height float64, entries, content string, pictures ...int) {
	var xobjects string
	for i, n := range pictures {
		xobjects += fmt.Sprintf("/P%d %d 0 R ", i+1, n)
	}
	stream := f.stream("", []byte(content))
	f.kids = append(f.kids, f.add(fmt.Appendf(nil,
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %g %g]%s/Contents %d 0 R/Resources<</Font<</H 3 0 R/T 4 0 R>>/XObject<<%s>>>>>>",
		width, height, entries, stream, xobjects)))
}

// picture adds a JPEG file as a picture and is its number.
func (f *pdf) picture(jpeg []byte) (int, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(jpeg))
	if err != nil {
		return 0, err
	}
	space := "DeviceRGB"
	if isGray(c) {
		space = "DeviceGray"
	}
	return f.raw(fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/%s/BitsPerComponent 8/Filter/DCTDecode",
		c.Width, c.Height, space), jpeg), nil
}

// stream adds a stream, compressed.
func (f *pdf) stream(entries string, content []byte) int {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(content) // into memory: no error
	w.Close()
	return f.raw(entries+"/Filter/FlateDecode", b.Bytes())
}

func (f *pdf) raw(entries string, content []byte) int {
	return f.add(fmt.Appendf(nil, "<<%s/Length %d>>\nstream\n%s\nendstream", entries, len(content), content))
}

func (f *pdf) add(object []byte) int {
	f.objects = append(f.objects, object)
	return reserved + len(f.objects)
}

// bytes is the whole file.
func (f *pdf) bytes() []byte {
	var kids string
	for _, n := range f.kids {
		kids += fmt.Sprintf("%d 0 R ", n)
	}
	objects := append([][]byte{
		[]byte("<</Type/Catalog/Pages 2 0 R>>"),
		fmt.Appendf(nil, "<</Type/Pages/Count %d/Kids[%s]>>", len(f.kids), kids),
		[]byte("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"),
		[]byte("<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>"),
	}, f.objects...)
	b := []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	at := make([]int, len(objects))
	for i, o := range objects {
		at[i] = len(b)
		b = fmt.Appendf(b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := len(b)
	b = fmt.Appendf(b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, a := range at {
		b = fmt.Appendf(b, "%010d 00000 n \n", a)
	}
	return fmt.Appendf(b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
}
