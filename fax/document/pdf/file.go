package pdf

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
)

// file writes objects one after another and remembers where they are. It keeps the first error and then does nothing more.
type file struct {
	w       *bufio.Writer
	hash    hash.Hash // of all octets, which the file's identifier is made from
	at      int64
	objects []int64 // where each begins, by number; 0 is none
	err     error
}

func newFile(w io.Writer, objects int) *file {
	f := &file{hash: sha256.New(), objects: make([]int64, objects)}
	f.w = bufio.NewWriterSize(io.MultiWriter(w, f.hash), 64<<10)
	return f
}

func (f *file) print(parts ...string) {
	for _, s := range parts {
		if f.err != nil {
			return
		}
		n, err := f.w.WriteString(s)
		f.at += int64(n)
		f.err = err
	}
}

// header is the version, and a comment of four octets that shows the file to be no text.
func (f *file) header() { f.print("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n") }

// object writes an object, whose value body prints.
func (f *file) object(number int, body func()) {
	f.objects[number] = f.at
	f.print(strconv.Itoa(number), " 0 obj\n")
	body()
	f.print("\nendobj\n")
}

// stream writes a stream as it is, with these entries in its dictionary besides its length.
func (f *file) stream(number int, entries string, data []byte) {
	f.object(number, func() {
		f.print("<< ", entries, " /Length ", strconv.Itoa(len(data)), " >>\nstream\n")
		if f.err == nil {
			var n int
			n, f.err = f.w.Write(data)
			f.at += int64(n)
		}
		f.print("\nendstream")
	})
}

// maxFile is how far an entry of the table of objects can reach: ten digits.
const maxFile = 9_999_999_999

// close writes where everything is.
func (f *file) close() error {
	table := f.at
	if table > maxFile && f.err == nil {
		f.err = fmt.Errorf("the file has %d octets, more than a PDF file can have", table)
	}
	f.print("xref\n0 ", strconv.Itoa(len(f.objects)), "\n0000000000 65535 f \n")
	for _, at := range f.objects[1:] {
		f.print(fmt.Sprintf("%010d 00000 n \n", at))
	}
	if f.err == nil {
		f.err = f.w.Flush()
	}
	id := "<" + hex.EncodeToString(f.hash.Sum(nil)[:16]) + ">"
	f.print("trailer\n<< /Size ", strconv.Itoa(len(f.objects)), " /Root ", reference(catalog), " /Info ", reference(information),
		"\n/ID [", id, id, "] >>\nstartxref\n", strconv.FormatInt(table, 10), "\n%%EOF\n")
	if f.err == nil {
		f.err = f.w.Flush()
	}
	return f.err
}

func reference(object int) string { return strconv.Itoa(object) + " 0 R" }

// number is a length to a thousandth of a point.
func number(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 3, 64), "0"), ".")
}

// text is a text string (ISO 32000-1, 7.9.2.2): ASCII between parentheses, anything else as UTF-16.
func text(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < ' ' || r > '~' {
			return utf16Text(s)
		}
		if strings.ContainsRune(`()\`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return "(" + b.String() + ")"
}

func utf16Text(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteString(">")
	return b.String()
}
