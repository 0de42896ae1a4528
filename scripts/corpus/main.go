// Corpus makes the documents of fax/document/corpus: what offices send, drawn and written by ourselves, so that everybody
// may have it. The files are committed; this program is how they came to be and how to change them.
//
//	go run ./scripts/corpus            makes all of them
//	go run ./scripts/corpus scan300    makes those whose names begin so
//
// It wants groff, Ghostscript, Chromium, ImageMagick, qpdf and libtiff's tools, and the fonts Liberation, Noto and Droid
// Sans Fallback (Debian: groff ghostscript chromium imagemagick qpdf libtiff-tools fonts-liberation fonts-noto-core
// fonts-droid-fallback). What it draws itself comes out the same each time; what these programs write carries their
// versions and the date.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const folder = "fax/document/corpus/files"

// a maker writes one file, or several that belong together, into a folder.
var makers = []struct {
	name string
	make func(dir string) error
}{
	{"text", texts},
	{"letter", printed("letter.pdf", letter)},
	{"table", printed("table.pdf", table)},
	{"scripts", printed("scripts.pdf", scripts)},
	{"gray", printed("gray.pdf", grayText)},
	{"hairlines", drawn("hairlines.pdf", hairlines)},
	{"curves", drawn("curves.pdf", curves)},
	{"photo", photos},
	{"brochure", brochure},
	{"landscape", drawn("landscape.pdf", landscape)},
	{"sizes", drawn("sizes.pdf", sizes)},
	{"pages200", drawn("pages200.pdf", pages200)},
	{"scan300", scan300},
	{"scan600", scan600},
	{"encrypted", encrypted},
	{"plain", plain},
	{"pictures", pictures},
	{"tiff", tiffs},
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
}

func run(wanted []string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, m := range makers {
		if !named(m.name, wanted) {
			continue
		}
		if err := m.make(folder); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

func named(name string, wanted []string) bool {
	for _, w := range wanted {
		if strings.HasPrefix(name, w) {
			return true
		}
	}
	return len(wanted) == 0
}

// drawn writes a PDF that is drawn here.
func drawn(name string, draw func(*pdf)) func(dir string) error {
	return func(dir string) error {
		var f pdf
		draw(&f)
		return os.WriteFile(filepath.Join(dir, name), f.bytes(), 0o644)
	}
}

// printed writes a PDF that Chromium makes of a page of HTML.
func printed(name string, html func() string) func(dir string) error {
	return func(dir string) error {
		work, err := os.MkdirTemp("", "corpus")
		if err != nil {
			return err
		}
		defer os.RemoveAll(work)
		source := filepath.Join(work, "page.html")
		if err := os.WriteFile(source, []byte(html()), 0o644); err != nil {
			return err
		}
		return tool("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
			"--user-data-dir="+work, "--print-to-pdf="+filepath.Join(dir, name), source)
	}
}

// tool runs a program and tells what it said if it fails.
func tool(name string, arguments ...string) error {
	said, err := exec.Command(name, arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, said)
	}
	return nil
}
