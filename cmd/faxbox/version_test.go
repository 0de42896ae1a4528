package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// TestLicences: the program shows whose work it carries.
func TestLicences(t *testing.T) {
	var out bytes.Buffer
	if status := run(t.Context(), []string{"version", "--licences"}, console{out: &out, err: io.Discard}); status != exitDone {
		t.Fatalf("status %d", status)
	}
	for _, want := range []string{"PDFium Authors", "The FreeType Project", "SIL OPEN FONT LICENSE", "tetratelabs/wazero", "The Go Authors"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not there", want)
		}
	}
}
