package licences

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the notices anew")

// TestNotices: every module that the program is built of has its notice, word for word, and so has all else that is in it. When
// this fails, a module was added or is a newer one: go test -run Notices -update.
func TestNotices(t *testing.T) {
	want := collect(t)
	if *update {
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(want); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("notices.txt.gz", packed.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	var got bytes.Buffer
	if err := WriteTo(&got); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got.Bytes(), want) {
		return
	}
	for _, heading := range headings(want) {
		if !slices.Contains(headings(got.Bytes()), heading) {
			t.Errorf("there is no notice of %s", heading)
		}
	}
	t.Error("the notices are not those of what the program is built of")
}

var headingLine = regexp.MustCompile(`(?m)^=== (.*) ===$`)

func headings(text []byte) []string {
	var all []string
	for _, m := range headingLine.FindAllSubmatch(text, -1) {
		all = append(all, string(m[1]))
	}
	return all
}

// collect puts the notices together.
func collect(t *testing.T) []byte {
	t.Helper()
	var text bytes.Buffer
	add := func(heading, file string) {
		notice, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("the notice of %s: %v", heading, err)
		}
		fmt.Fprintf(&text, "=== %s ===\n\n%s\n\n\n", heading, bytes.Trim(notice, "\n"))
	}
	add("Go", filepath.Join(strings.TrimSpace(run(t, "go", "env", "GOROOT")), "LICENSE"))
	for _, m := range modules(t) {
		for _, file := range noticesOf(t, m) {
			add(m.Path+" "+m.Version, file)
		}
	}
	for _, part := range []struct{ heading, file string }{
		{"PDFium", "pdfium"}, {"Anti-Grain Geometry, in PDFium", "agg"}, {"FreeType, in PDFium", "freetype"},
		{"ICU, in PDFium", "icu"}, {"Little CMS, in PDFium", "lcms"}, {"libjpeg-turbo, in PDFium", "libjpeg-turbo"},
		{"OpenJPEG, in PDFium", "openjpeg"}, {"zlib, in PDFium", "zlib"}, {"libc++, in PDFium", "libc++"},
		{"musl, in PDFium", "musl"}, {"Emscripten, in PDFium", "emscripten"},
	} {
		add(part.heading, filepath.Join("pdfium", part.file+".txt"))
	}
	add("Fonts", filepath.Join("..", "..", "fax", "document", "typeset", "fonts", "OFL.txt"))
	return text.Bytes()
}

// goModule is what `go list` says of a module.
type goModule struct {
	Path, Version, Dir string
	Main               bool
}

// modules are those that the program is built of on any of its machines, in order.
func modules(t *testing.T) []goModule {
	t.Helper()
	all := map[string]goModule{}
	for _, machine := range []string{"amd64", "arm64", "arm"} {
		cmd := exec.Command("go", "list", "-deps", "-json=Module", "faxbox/cmd/faxbox")
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+machine, "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		for d := json.NewDecoder(bytes.NewReader(out)); ; {
			var p struct{ Module *goModule }
			if err := d.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if p.Module != nil && !p.Module.Main {
				all[p.Module.Path] = *p.Module
			}
		}
	}
	var sorted []goModule
	for _, m := range all {
		sorted = append(sorted, m)
	}
	slices.SortFunc(sorted, func(a, b goModule) int { return strings.Compare(a.Path, b.Path) })
	return sorted
}

var noticeName = regexp.MustCompile(`(?i)^(licen[cs]es?|copying|notice|patents)(\.(md|txt))?$`)

// noticesOf are the files of a module with its notices.
func noticesOf(t *testing.T, m goModule) []string {
	t.Helper()
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, e := range entries {
		path := filepath.Join(m.Dir, e.Name())
		switch {
		case !noticeName.MatchString(e.Name()):
		case !e.IsDir():
			files = append(files, path)
		default:
			inside, err := filepath.Glob(filepath.Join(path, "*"))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, inside...)
		}
	}
	if len(files) == 0 {
		t.Errorf("%s has no notice", m.Path)
	}
	return files
}

func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
