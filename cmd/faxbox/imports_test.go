package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "faxbox"

// rooms are the parts of the house from the top floor to the ground. A room imports only rooms below it, and its own
// inner rooms; rooms of one floor stand beside each other and do not meet.
var rooms = [][]string{
	{"cmd", "scripts"},
	{"web"},
	{"web/api", "web/health"},
	{"web/boxtest"},
	{"web/auth", "web/cert", "web/upkeep"},
	{"fax/client"},
	{"fax/server"},
	{"fax/port"},
	{"fax/queue", "fax/route"},
	{"fax/document", "fax/mail"},
	{"store"},
	{"fax/class1"},
	{"fax/at"},
	{"fax/t30"},
	{"fax/tiff"},
	{"fax/raster"},
	{"fax/t4"},
	{"fax/exchange"},
	{"hal/board", "hal/usb", "hal/serial", "hal/setup", "hal/haltest", "hal/update"},
	{"hal/slots"},
	{"hal"},
	{"fax/trace", "fax/wire"},
	{"fax"},
}

// forbidden are the imports that no floor plan shows to be wrong. Importer and imported are a room or a package; either
// includes what lies beneath it, and "fax" alone is written "fax$".
var forbidden = []struct{ importer, imported, reason string }{
	{"cmd", "scripts", "scripts try the product, they are no part of it"},
	{"scripts", "cmd", "scripts run the program as anybody would, from outside"},
	{"fax", "hal", "the office knows nothing of the box: fax/port declares the small interfaces it needs, cmd introduces them"},
	{"hal", "fax", "the box knows nothing of the office"},
	{"store", "web", "the store keeps words of fax and does not know who shows them"},
	{"fax/client", "fax/server", "the client speaks to the server over the API, from another process or machine"},
	{"fax/client", "store", "the client sees what the API shows"},
	{"fax/queue", "store", "decisions are data: what is known is handed in"},
	{"fax/queue", "fax/class1", "decisions know ports by their state, not by their modem"},
	{"fax/at", "fax/t30", "AT commands carry octets; what they mean is not their business"},
	{"fax/t30", "fax/tiff", "the conversation hands pages on and never opens a file"},
	{"fax/raster", "fax/tiff", "pages do not know files"},
	{"fax/t30", "os", "the conversation is pure: no I/O"},
	{"fax/t30", "net", "the conversation is pure: no I/O"},
	{"fax/t30", "log", "the conversation is pure: what happened is in its turns and its result"},
	{"fax/t30", "sync", "the conversation is pure: no goroutine, so no lock"},
	{"fax/t30", "math/rand", "random numbers come in from outside, or tests could not repeat a call"},
	{"fax/queue", "os", "decisions are pure: no I/O"},
	{"fax/queue", "net", "decisions are pure: no I/O"},
	{"fax/queue", "sync", "decisions are pure: no goroutine, so no lock"},
	{"fax/queue", "math/rand", "random numbers come in from outside, or tests could not repeat a decision"},
	{"fax/t4", "os", "codecs turn bits into lines and lines into bits, nothing else"},
	{"fax/t4", "net", "codecs turn bits into lines and lines into bits, nothing else"},
	{"fax/exchange", "os", "an operating system's file holds the clock of a synctest bubble still"},
	{"fax/exchange", "net", "a socket holds the clock of a synctest bubble still"},
	{"fax$", "os", "vocabulary does nothing"},
	{"fax$", "net", "vocabulary does nothing"},
}

// allowed are the modules we import ourselves, where, and why each earns its place.
var allowed = []struct{ path, room, reason string }{
	{"github.com/alecthomas/kong", "cmd/faxbox", "reads the command line from structs, with help and no globals: 0.5 MB"},
	{"github.com/alecthomas/kong", "cmd/faxbox", "reads the command line into structs, without globals"},
	{"go.etcd.io/bbolt", "store", "records in one file that survive the plug being pulled"},
	{"filippo.io/age", "store/backup", "seals backups in a format that others open too, made by who does nothing else: 0.3 MB"},
	{"go.bug.st/serial", "hal/serial", "opens serial ports as every system wants it"},
	{"periph.io/x/conn/v3", "hal/board", "levels, edges and pulls of GPIO lines: the vocabulary of periph"},
	{"periph.io/x/host/v3/gpioioctl", "hal/board", "GPIO lines by the kernel's character devices, and none of periph's other drivers: 0.13 MB"},
	{"golang.org/x/sys", "hal", "what the kernel offers and the Go library does not: locks, hot-plug"},
	{"golang.org/x/image", "fax/raster/sample", "fonts and curves of the sample pages"},
	{"golang.org/x/image/vector", "fax/document/typeset", "outlines of letters to pels"},
	{"golang.org/x/image/math/fixed", "fax/document/typeset", "the numbers that go-text's shaper takes"},
	{"golang.org/x/text/unicode/bidi", "fax/document/typeset", "which way each character runs"},
	{"github.com/go-text/typesetting", "fax/document/typeset", "shapes Arabic, Devanagari and every other script as HarfBuzz does: 2.75 MB"},
	{"golang.org/x/crypto/argon2", "web/auth", "the hash for passwords; the Go library has only weaker ones"},
	{"golang.org/x/time/rate", "web/auth", "counts tries at passwords with a few words each"},
	{"golang.org/x/sys/unix", "cmd/faxbox", "hides a password that is typed"},
	{"golang.org/x/sys/unix", "web/auth", "who is at the other end of a UNIX socket: SO_PEERCRED"},
	{"golang.org/x/sys/unix", "scripts/rig/plug", "pseudo terminals"},
	{"github.com/chromedp/chromedp", "scripts/rig/browser", "walks Chromium over the pages, without Node or a driver"},
	{"github.com/chromedp/cdproto", "scripts/rig/browser", "the words of that"},
	{"github.com/coreos/go-systemd/v22", "cmd/faxbox", "tells systemd how the service is, takes its sockets, writes fields to its journal: 60 KB"},
	{"github.com/klippa-app/go-pdfium", "fax/document/render", "PDFium in WebAssembly: the one complete renderer of PDF without C; 10.6 MB"},
	{"github.com/tetratelabs/wazero", "fax/document/render", "runs PDFium's WebAssembly as machine code, in memory of its own"},
	{"github.com/hhrutter/tiff", "fax/document/render", "TIFF in gray and colour: LZW, Deflate, several pages"},
	{"golang.org/x/image", "fax/document/render", "WebP and BMP"},
	{"github.com/landlock-lsm/go-landlock/landlock", "fax/document/render", "takes files and network away from the child: 60 KB"},
	{"golang.org/x/sys/unix", "fax/document/render", "limits, seccomp, and memory that is reserved before it is used"},
	{"github.com/wneessen/go-mail/smtp", "fax/mail", "SMTP with STARTTLS and every way to log in that mail servers know; its letters we make ourselves: 0.6 MB"},
	{"github.com/OpenPrinting/goipp", "fax/route/printer", "IPP's messages as CUPS's makers read and write them: 0.13 MB"},
	{"github.com/danielgtaylor/huma/v2", "web/api", "OpenAPI and validation from our Go types, without a generator: 0.6 MB"},
}

// allowedInTests are modules that only tests import.
var allowedInTests = []struct{ path, room, reason string }{
	{"go.uber.org/goleak", "cmd/faxbox", "no goroutine outlives a test"},
	{"go.uber.org/goleak", "store", "no goroutine outlives a test"},
	{"go.uber.org/goleak", "fax/server", "no goroutine outlives a test"},
	{"golang.org/x/image/ccitt", "fax/t4", "an independent T.4 and T.6 decoder"},
	{"golang.org/x/image/ccitt", "fax/tiff", "an independent T.4 and T.6 decoder"},
	{"pgregory.net/rapid", "fax", "draws what happens to a model, and shrinks what went wrong"},
}

// listed is what `go list` says of a package.
type listed struct {
	ImportPath                         string
	Standard                           bool
	Imports, TestImports, XTestImports []string
}

func (p listed) room() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Standard,Imports,TestImports,XTestImports", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// floor is the number of a package's room, counted from the top, and the room's own name.
func floor(pkg string) (int, string) {
	best, name := -1, ""
	for n, level := range rooms {
		for _, room := range level {
			if beneath(pkg, room) && len(room) > len(name) {
				best, name = n, room
			}
		}
	}
	return best, name
}

// beneath reports whether pkg is dir or lies beneath it.
func beneath(pkg, dir string) bool {
	if exact, ok := strings.CutSuffix(dir, "$"); ok {
		return pkg == exact
	}
	return pkg == dir || strings.HasPrefix(pkg, dir+"/")
}

func TestRoomsImportOnlyBelow(t *testing.T) {
	for _, p := range packages(t) {
		from, room := floor(p.room())
		if from < 0 || room == "fax" && p.room() != "fax" || room == "hal" && p.room() != "hal" {
			t.Errorf("%s is no room of the house: name its floor here, or move it", p.room())
			continue
		}
		for _, imported := range p.Imports {
			name, ours := strings.CutPrefix(imported, module+"/")
			to, below := floor(name)
			if ours && room != below && to <= from {
				t.Errorf("%s imports %s, which is not below it", p.room(), name)
			}
		}
	}
}

func TestForbiddenImports(t *testing.T) {
	for _, p := range packages(t) {
		for _, rule := range forbidden {
			if !beneath(p.room(), rule.importer) {
				continue
			}
			for _, imported := range p.Imports {
				if beneath(strings.TrimPrefix(imported, module+"/"), rule.imported) {
					t.Errorf("%s imports %s: %s", p.room(), imported, rule.reason)
				}
			}
		}
	}
}

func TestModulesEarnTheirPlace(t *testing.T) {
	both := slices.Concat(allowed, allowedInTests)
	for _, p := range packages(t) {
		for _, imported := range p.Imports {
			if foreign(imported) && !listedFor(allowed, p.room(), imported) {
				t.Errorf("%s imports %s: not in the list of allowed modules, with a reason", p.room(), imported)
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if foreign(imported) && !listedFor(both, p.room(), imported) {
				t.Errorf("the tests of %s import %s: not in the list of modules for tests, with a reason", p.room(), imported)
			}
		}
	}
}

func listedFor(list []struct{ path, room, reason string }, room, imported string) bool {
	for _, a := range list {
		if beneath(imported, a.path) && beneath(room, a.room) {
			return true
		}
	}
	return false
}

// foreign reports whether a package is neither ours nor the Go library's, whose paths have no dot in their first part.
func foreign(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return strings.Contains(first, ".")
}

func TestTopLevel(t *testing.T) {
	known := []string{"go.mod", "go.sum", "cmd", "hal", "fax", "store", "web", "image", "scripts", "README.md"}
	entries, err := os.ReadDir(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	ignored := ignoredFiles(t)
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, ".") && !slices.Contains(known, name) && !slices.Contains(ignored, name) {
			t.Errorf("%s does not belong on the top level, which holds %s and dot-files", name, strings.Join(known, " "))
		}
	}
}

// ignoredFiles are the top-level names of .gitignore: what a build leaves.
func ignoredFiles(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "/"); ok && !strings.Contains(name, "/") {
			names = append(names, name)
		}
	}
	return names
}
