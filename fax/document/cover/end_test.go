package cover_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"faxbox/fax/document/cover"
	"faxbox/fax/document/render"
	"faxbox/fax/document/render/rendertest"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

var afternoon = time.Date(2026, 11, 21, 16, 5, 0, 0, time.UTC)

// newRenderer makes a renderer of this process. What it compiles is kept for the next test.
func newRenderer(t *testing.T) *render.Local {
	t.Helper()
	folder, err := os.UserCacheDir()
	if err != nil {
		folder = t.TempDir()
	}
	cache := filepath.Join(folder, "faxbox-test")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	l := render.NewLocal(render.LocalConfig{Cache: cache})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// rendered is a template filled, with three pages that follow, and what was remarked on.
func rendered(t *testing.T, l *render.Local, tmpl cover.Template, values map[string]string, r raster.Resolution) ([]*raster.Page, []string) {
	t.Helper()
	out, err := l.Render(context.Background(), render.Request{
		Covers:    []cover.Cover{{Template: tmpl.PDF, Values: values}},
		Following: 3,
		Format:    render.Format{Paper: tmpl.Paper, Resolution: r, Mode: gray.Auto},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	return rendertest.Read(t, out.File), out.Remarks
}

// TestTemplatesAreRead: PDFium draws our templates and finds their fields, so that a cover page is what an office sees: one
// page, as wide as a fax, with every text legible. How well is printed with -v.
func TestTemplatesAreRead(t *testing.T) {
	_, err := exec.LookPath("tesseract")
	ocr := err == nil
	l := newRenderer(t)
	for _, tmpl := range cover.Builtin() {
		ocr := ocr && tmpl.Language == "en" && tmpl.Paper == raster.A4 // it reads English unless more is installed
		resolutions := []raster.Resolution{raster.Fine}
		if ocr {
			resolutions = append(resolutions, raster.Standard)
		}
		for _, r := range resolutions {
			values := cover.Sample(afternoon, tmpl.Language)
			pages, remarks := rendered(t, l, tmpl, values, r)
			if len(pages) != 1 || pages[0].Width != 1728 || pages[0].Resolution != r || len(remarks) > 0 {
				t.Fatalf("%s, %v, %v: %d pages, the first %d wide, %q", tmpl.Name, tmpl.Paper, r, len(pages), pages[0].Width, remarks)
			}
			if !ocr {
				continue
			}
			seen := strings.Join(words(read(t, pages[0])), "")
			all, missing := 0, []string{}
			for _, name := range []string{"recipientName", "senderName", "senderCompany", "coverpageSubject", "coverpageNote", "faxNumber", "date"} {
				for _, word := range words(values[name]) {
					if all++; !strings.Contains(seen, word) {
						missing = append(missing, word)
					}
				}
			}
			t.Logf("%s, %v, %v: %d words, not read %q", tmpl.Name, tmpl.Paper, r, all, missing)
			if len(missing)*20 > all {
				t.Errorf("%s, %v, %v: of %d words %q were not read", tmpl.Name, tmpl.Paper, r, all, missing)
			}
		}
	}
}

// TestLongNoteIsRead: the template's second page is there when a note is long, and only then.
func TestLongNoteIsRead(t *testing.T) {
	l := newRenderer(t)
	tmpl, _ := cover.Find("business", raster.Letter)
	values := cover.Sample(afternoon, "en")
	values["coverpageNote"] = strings.Repeat("One more line of the note.\n", 50)
	pages, remarks := rendered(t, l, tmpl, values, raster.Standard)
	if len(pages) != 2 || len(remarks) != 1 {
		t.Errorf("%d pages, %q", len(pages), remarks)
	}
}

// words are the words and numbers of a text, without marks.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// read is what tesseract reads on a page.
func read(t *testing.T, p *raster.Page) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "page.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := gray.WritePNG(file, gray.Shrink(p, p.Width)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("tesseract", file.Name(), "-", "--dpi", "204", "--psm", "11")
	cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tesseract: %v\n%s", err, &stderr)
	}
	return string(out)
}
