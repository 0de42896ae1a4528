package typeset

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"faxbox/fax/raster"
)

// unpacked is a font from inside the program.
func unpacked(t *testing.T, b builtIn) []byte {
	t.Helper()
	packed, err := files.ReadFile("fonts/" + b.file() + ".ttf.gz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	octets, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

// collection puts fonts into one file.
func collection(fonts ...[]byte) []byte {
	const header, tableRecord = 12, 16
	octets := []byte("ttcf\x00\x01\x00\x00")
	octets = binary.BigEndian.AppendUint32(octets, uint32(len(fonts)))
	at := len(octets) + 4*len(fonts)
	for _, f := range fonts {
		octets = binary.BigEndian.AppendUint32(octets, uint32(at))
		at += len(f)
	}
	for _, f := range fonts {
		start := len(octets)
		octets = append(octets, f...)
		for n := range int(binary.BigEndian.Uint16(f[4:])) {
			offset := octets[start+header+n*tableRecord+8:]
			binary.BigEndian.PutUint32(offset, binary.BigEndian.Uint32(offset)+uint32(start))
		}
	}
	return octets
}

// folder is a directory with these files.
func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, octets := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, octets, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSearchPrefersPlainFaces(t *testing.T) {
	dir := folder(t, map[string][]byte{
		"a/NotoSerifCJK-Bold.ttc": nil, "a/NotoSansCJK-Bold.ttc": nil, "b/NotoSansCJK-Regular.ttc": nil, "DejaVuSans-Oblique.ttf": nil,
		"b/NotoSerifCJK-Regular.ttc": nil, "readme.txt": nil, "b/x.pfb": nil, "font.OTF": nil,
	})
	var got []string
	for _, c := range search([]string{filepath.Join(dir, "nowhere"), dir}) {
		got = append(got, filepath.Base(c.path))
	}
	want := []string{"NotoSansCJK-Regular.ttc", "font.OTF", "NotoSerifCJK-Regular.ttc", "NotoSansCJK-Bold.ttc", "NotoSerifCJK-Bold.ttc", "DejaVuSans-Oblique.ttf"}
	if !slices.Equal(got, want) {
		t.Errorf("fonts in the order %q, want %q", got, want)
	}
}

func TestCandidates(t *testing.T) {
	whole := unpacked(t, hebrew)
	for _, c := range []struct {
		about  string
		octets []byte
		has    string
		lacks  string
	}{
		{"a font", whole, "אבג", "a漢"},
		{"a collection, of which the first counts", collection(whole, unpacked(t, devanagari)), "א", "क"},
		{"half a font", whole[:len(whole)/2], "", "א"},
		{"an empty file", nil, "", "א"},
		{"something else", []byte("%PDF-1.7 and so on"), "", "א"},
		{"a collection of nothing", collection(), "", "א"},
	} {
		dir := folder(t, map[string][]byte{"font.ttc": c.octets})
		candidate := search([]string{dir})[0]
		for _, r := range c.has {
			if candidate.faceFor(r) == nil {
				t.Errorf("%s: no %c", c.about, r)
			}
		}
		for _, r := range c.lacks {
			if candidate.faceFor(r) != nil {
				t.Errorf("%s: %c is drawn with it", c.about, r)
			}
		}
	}
}

// TestDamagedFonts flips octets of a font: it is refused or draws something, and nothing else happens.
func TestDamagedFonts(t *testing.T) {
	whole := unpacked(t, hebrew)
	for n := range 40 {
		damaged := slices.Clone(whole)
		for k := range 8 {
			damaged[(n*7919+k*k*104729)%len(damaged)] ^= byte(1 << (n % 8))
		}
		f := Open(folder(t, map[string][]byte{"a.ttf": damaged}))
		if loaded := f.find('א'); loaded != nil {
			f.inside[hebrew] = loaded
			f.Layout("שלום עולם", Style{Size: 10}, 100).Draw(raster.New(200, 50, raster.Fine), 0, 0)
		}
	}
}

func TestFontsOfTheSystem(t *testing.T) {
	const dir, packet = "/usr/share/fonts/truetype/droid", "fonts-droid-fallback"
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s is not installed", packet)
	}
	f := Open(dir)
	b := f.Layout("漢字かな", Style{Size: 12}, 0)
	if missing := b.Missing(); len(missing) > 0 {
		t.Errorf("%q are missing", missing)
	}
	p := raster.New(200, 60, raster.Fine)
	b.Draw(p, 0, 0)
	if parts, _ := topology(p); parts < 8 {
		t.Errorf("four CJK letters of %d parts\n%s", parts, plain(p))
	}
}

// TestConcurrent draws from several goroutines; the race detector looks on.
func TestConcurrent(t *testing.T) {
	f := Open()
	want := raster.New(800, 40, raster.Fine)
	f.Line("abc שלום مرحبا हिन्दी", Style{Size: 10}, 300).Draw(want, 0, 0)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				p := raster.New(800, 40, raster.Fine)
				f.Line("abc שלום مرحبا हिन्दी", Style{Size: 10}, 300).Draw(p, 0, 0)
				if !bytes.Equal(p.Bits, want.Bits) {
					t.Error("the line looks different")
				}
			}
		})
	}
	all.Wait()
}
