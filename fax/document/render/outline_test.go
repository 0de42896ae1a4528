package render

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tetratelabs/wazero"
)

// TestOutline: a module's outline can be compiled, is much smaller, and is its own.
func TestOutline(t *testing.T) {
	outline, err := outlineOf(module)
	if err != nil {
		t.Fatal(err)
	}
	if len(outline) > len(module)/2 {
		t.Errorf("an outline of %d octets of a module of %d", len(outline), len(module))
	}
	r := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter())
	defer r.Close(t.Context())
	if _, err := r.CompileModule(t.Context(), outline); err != nil {
		t.Error(err)
	}
	again, err := outlineOf(outline)
	if err != nil || string(again) != string(outline) {
		t.Errorf("the outline of the outline is another one (%v)", err)
	}
}

func FuzzOutline(f *testing.F) {
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x0A\x05\x01\x03\x00\x00\x0B"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x0A\xFF\xFF\xFF\xFF\x0F"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x0A\x05\xFF\xFF\xFF\xFF\x0F"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		if outline, err := outlineOf(octets); err == nil && len(outline) > 8+10*len(octets) {
			t.Fatalf("%d octets of %d", len(outline), len(octets))
		}
	})
}

// TestPrepare: PDFium starts with code that was prepared; the code of its outline, which does nothing, is replaced; what is left
// of a run that was cut short is no code.
func TestPrepare(t *testing.T) {
	if Raced {
		t.Skip("compiles PDFium, which takes too long under the race detector")
	}
	good := preparedCode(t)
	folder := t.TempDir()
	if try(t.Context(), folder) == nil {
		t.Fatal("PDFium starts without code")
	}
	if n := countCode(folder); n != 1 {
		t.Fatalf("%d files with the code of the outline", n)
	}
	if err := os.Mkdir(filepath.Join(folder, "compiling-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := prepare(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(folder, code, "*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v: %v", found, err)
	}
	if filepath.Base(found[0]) != filepath.Base(good) {
		t.Errorf("code under the name of %s, not of %s", filepath.Base(found[0]), filepath.Base(good))
	}
	if err := clearCode(folder); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
}

// preparedCode is the file of code in the cache of the tests.
func preparedCode(t *testing.T) string {
	t.Helper()
	folder := TestCache(t)
	if err := prepare(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	outline, err := outlineOf(module)
	if err != nil {
		t.Fatal(err)
	}
	file, err := codeOf(t.Context(), outline, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, filepath.Base(filepath.Dir(file)), filepath.Base(file))); err != nil {
		t.Fatal(err)
	}
	return file
}
