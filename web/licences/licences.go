// Package licences has the notices of everything that is in the program: of the modules it is built of, of Go itself, of PDFium
// and what that is built of, and of the fonts. Those who wrote them gave leave to pass their work on along with these notices,
// so they are kept word for word.
package licences

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the notices
	"fmt"
	"io"
)

// notices is made by go test -run Notices -update.
//
//go:embed notices.txt.gz
var notices []byte

// WriteTo writes all notices as plain text, in UTF-8: some 170 KB.
func WriteTo(w io.Writer) error {
	text, err := gzip.NewReader(bytes.NewReader(notices))
	if err != nil {
		return fmt.Errorf("licences: %w", err)
	}
	_, err = io.Copy(w, text)
	return err
}
