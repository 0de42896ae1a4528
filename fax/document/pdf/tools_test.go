package pdf

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"faxbox/fax/raster"
)

// tool runs a program from Debian, and yields what it says. Where it is missing the test is skipped, but never in CI.
func tool(t *testing.T, debian, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: apt-get install %s", name, debian)
		}
		t.Skipf("%s is missing, so nothing is held against it: apt-get install %s", name, debian)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func onDisk(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fax.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestQPDF(t *testing.T) {
	for name, pages := range map[string]Pages{
		"samples": Rasters(samples()...), "unreadable": patchy{rasters(samples()[:4])},
		"long": Rasters(raster.New(1700, 100000, raster.Inch200)),
	} {
		t.Run(name, func(t *testing.T) {
			out := tool(t, "qpdf", "qpdf", "--check", onDisk(t, written(t, someInfo(), pages)))
			if strings.Contains(out, "WARNING") || !strings.Contains(out, "No syntax or stream encoding errors found") {
				t.Errorf("qpdf says:\n%s", out)
			}
		})
	}
}

// TestPoppler: poppler finds what the file says of itself.
func TestPoppler(t *testing.T) {
	path := onDisk(t, written(t, someInfo(), Rasters(samples()...)))
	out := tool(t, "poppler-utils", "pdfinfo", path)
	for _, want := range []string{"Fax von Müller (株式会社) <b>&", "Pages:           7", "Page size:       609.449 x", "PDF version:     1.7"} {
		if !strings.Contains(out, want) {
			t.Errorf("pdfinfo has no %q:\n%s", want, out)
		}
	}
	out = tool(t, "poppler-utils", "pdfimages", "-list", path)
	if n := strings.Count(out, "ccitt"); n != len(samples()) {
		t.Errorf("%d of %d images are CCITT:\n%s", n, len(samples()), out)
	}
}

// TestDecodedByOthers: poppler and Ghostscript see the same pels. Both draw an image on every pel that it touches, so they are
// asked for a resolution at which it ends just before the pel behind its last.
func TestDecodedByOthers(t *testing.T) {
	for _, want := range samples() {
		path := onDisk(t, written(t, Info{}, Rasters(want)))
		c, err := Rasters(want).Coded(0)
		if err != nil {
			t.Fatal(err)
		}
		s := sheetOf(c)
		const within = 0.02 // of a pel
		across, down := (float64(want.Width)-within)/s.width*72, (float64(want.Height)-within)/s.height*72
		name := fmt.Sprintf("%dx%d", want.Resolution.X, want.Resolution.Y)
		t.Run("poppler "+name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "page")
			tool(t, "poppler-utils", "pdftoppm", "-mono", "-singlefile", "-rx", fmt.Sprint(across), "-ry", fmt.Sprint(down), path, out)
			samePels(t, out+".pbm", want)
		})
		t.Run("Ghostscript "+name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "page.pbm")
			tool(t, "ghostscript", "gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pbmraw", fmt.Sprintf("-r%fx%f", across, down),
				fmt.Sprintf("-g%dx%d", want.Width, want.Height), "-sOutputFile="+out, path)
			samePels(t, out, want)
		})
	}
}

// samePels compares a raw PBM file with a page.
func samePels(t *testing.T, path string, want *raster.Page) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) < len(want.Bits) {
		t.Fatalf("%d octets, want %d", len(data), len(want.Bits))
	}
	header, bits := data[:len(data)-len(want.Bits)], data[len(data)-len(want.Bits):]
	if !bytes.Contains(header, fmt.Appendf(nil, "%d %d\n", want.Width, want.Height)) {
		t.Fatalf("header %q", header)
	}
	for y := range want.Height {
		if got := bits[y*want.Stride : (y+1)*want.Stride]; !bytes.Equal(got, want.Row(y)) {
			t.Fatalf("line %d is\n%x, want\n%x", y, got, want.Row(y))
		}
	}
}
