package printer

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"faxbox/fax/raster"
)

// TestAgainstCUPS: what we write CUPS reads, and what CUPS writes as PCL from it is what we would have written: its ippevepcl
// makes PCL of PWG raster.
func TestAgainstCUPS(t *testing.T) {
	tool, err := exec.LookPath("ippevepcl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("ippevepcl is not here: it comes with Debian's cups-ipp-utils")
	}
	page := drawn(2000)
	want := sheet(page, A4.Width, A4.Height, margin, pclDPI)
	for _, kind := range []pwgKind{black1, sgray8} {
		var file bytes.Buffer
		if err := writePWG(&file, sheets{page, page}, A4, pclDPI, kind); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "fax.pwg")
		if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), tool, name)
		cmd.Env = append(os.Environ(), "CONTENT_TYPE=image/pwg-raster")
		pcl, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		pages := readPCL(t, pcl)
		if len(pages) != 2 {
			t.Fatalf("%s: %d pages", kind, len(pages))
		}
		// It leaves out what it takes for the margins of a printer: 40 pels left and right, 50 lines below.
		const left = 5
		inner := raster.New(2400, 3458, want.Resolution)
		for y := range inner.Height {
			copy(inner.Row(y), want.Row(y)[left:])
		}
		for i, got := range pages {
			if kind == black1 && !bytes.Equal(got, trimmedRows(inner)) {
				t.Errorf("%s: page %d is another: %d octets, not %d", kind, i+1, len(got), len(trimmedRows(inner)))
			}
			if kind == sgray8 && len(got) == 0 { // it draws gray in dots of its own
				t.Errorf("%s: page %d is white", kind, i+1)
			}
		}
	}
}
