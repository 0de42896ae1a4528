package render_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"faxbox/fax/document/corpus"
	"faxbox/fax/document/corpus/peers"
	"faxbox/fax/document/render"
	"faxbox/fax/document/render/rendertest"
	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

var update = flag.Bool("update", false, "write the golden pages anew; look at them before they are committed")

// goldenFile has a line for every page: document, paper, resolution, page, size, hash of its pels.
const goldenFile = "testdata/golden.txt"

// look is a paper and a resolution at which the corpus is rendered.
type look struct {
	paper      raster.Paper
	resolution raster.Resolution
}

var usual = look{raster.A4, raster.Fine}

var looks = []look{
	{raster.A4, raster.Standard},
	usual,
	{raster.A4, raster.Superfine},
	{raster.A4, raster.Inch300},
	{raster.A4, raster.Inch400},
	{raster.Letter, raster.Standard},
	{raster.Letter, raster.Fine},
	{raster.Letter, raster.Superfine},
	{raster.Letter, raster.Inch300},
	{raster.Letter, raster.Inch400},
}

func (l look) String() string {
	return fmt.Sprintf("%v %dx%d", l.paper, l.resolution.X, l.resolution.Y)
}

func (l look) format() render.Format {
	return render.Format{Paper: l.paper, Resolution: l.resolution, Mode: gray.Auto}
}

// pictured are the pages that are kept as pictures too, at Fine on A4, so that a change can be measured and looked at.
var pictured = []string{"text8.pdf", "letter.pdf", "table.pdf", "gray.pdf", "hairlines.pdf", "brochure.pdf", "scan300.pdf",
	"scripts.txt"}

// TestGolden renders the corpus and holds every page against what it was. A difference is no proof of a fault: look at both
// pages, and if the new one is good, go test -run Golden -update.
func TestGolden(t *testing.T) {
	ours := newLocal(t)
	golden := readGolden(t)
	var lines []string
	for _, l := range looks {
		for _, d := range corpus.All() {
			if !goes(d, l) {
				continue
			}
			pages := rendered(t, ours, d, l.format())
			checkPages(t, d, l, pages)
			for n, page := range pages {
				key := fmt.Sprintf("%s %v %d", d.Name, l, n+1)
				line := fmt.Sprintf("%s: %d x %d %x", key, page.Width, page.Height, hash(page))
				lines = append(lines, line)
				first := n == 0 && l == usual && slices.Contains(pictured, d.Name)
				switch {
				case *update && first:
					writePicture(t, d, page)
				case *update || golden[key] == line:
				case first:
					t.Errorf("%s\n was %s\n %s", line, golden[key], compared(t, d, page))
				default:
					t.Errorf("%s\n was %s", line, golden[key])
				}
				delete(golden, key)
			}
		}
	}
	if *update {
		writeGolden(t, lines)
		return
	}
	for key := range golden {
		if !raced {
			t.Errorf("%s: the page is gone", key)
		}
	}
}

// checkPages: as many pages come out as go in, each as wide as the paper's column and at the resolution that was asked for. A
// fax that comes as a file is sent as it is.
func checkPages(t *testing.T, d corpus.Document, l look, pages []*raster.Page) {
	t.Helper()
	if d.Pages > 0 && len(pages) != d.Pages {
		t.Errorf("%s %v: %d pages, want %d", d.Name, l, len(pages), d.Pages)
	}
	for n, page := range pages {
		fax := strings.HasPrefix(d.Name, "fax-")
		if !fax && (page.Width != l.paper.Width(l.resolution) || page.Resolution != l.resolution) {
			t.Errorf("%s %v, page %d: %d pels at %v", d.Name, l, n+1, page.Width, page.Resolution)
		}
	}
}

// everywhere are the documents that are rendered at every paper and resolution: the others show at one what they do at all.
var everywhere = []string{"text10.pdf", "letter.pdf", "table.pdf", "photo.pdf", "landscape.pdf", "sizes.pdf", "scripts.txt",
	"exif6.jpg", "fax-mmr.tif"}

// goes tells whether a document is rendered so. Of long ones TestCorpus counts the pages.
func goes(d corpus.Document, l look) bool {
	switch {
	case raced:
		return l == usual && slices.Contains(pictured, d.Name) && !strings.HasPrefix(d.Name, "scan")
	case l == usual:
		return d.Pages < 100
	}
	return slices.Contains(everywhere, d.Name)
}

// racedCards are enough to look for races.
var racedCards = []string{"exif6.jpg", "lzw.tif", "alpha.png", "lossy.webp", "moving.gif", "bgr.bmp"}

// TestCard: however a picture is stored, the same page is seen.
func TestCard(t *testing.T) {
	ours := newLocal(t)
	format := render.Format{Paper: raster.A4, Resolution: raster.Fine, Mode: gray.Auto}
	want := rendered(t, ours, corpus.Find("palette.png"), format)[0]
	for _, d := range corpus.All() {
		if !d.Card || raced && !slices.Contains(racedCards, d.Name) {
			continue
		}
		for n, page := range rendered(t, ours, d, format) {
			if page.Width != want.Width || page.Height != want.Height {
				t.Errorf("%s, page %d: %d x %d, want %d x %d", d.Name, n+1, page.Width, page.Height, want.Width, want.Height)
				continue
			}
			// JPEG and a palette change grays a little, and dots with them; from a distance they are the same.
			const side, most = 8, 0.06
			if got := peers.Difference(peers.Tone(peers.Gray(page), side), peers.Tone(peers.Gray(want), side)); got > most {
				t.Errorf("%s, page %d, differs from the others by %.3f, at most %v", d.Name, n+1, got, most)
			}
		}
	}
}

// newLocal makes a Renderer that works in this process, without any fonts of the machine: pages look the same everywhere.
func newLocal(t *testing.T) *render.Local {
	t.Helper()
	ours := render.NewLocal(render.LocalConfig{Cache: cacheFolder(t), Temp: t.TempDir()})
	t.Cleanup(func() {
		if err := ours.Close(); err != nil {
			t.Error(err)
		}
	})
	return ours
}

// rendered are a document's pages.
func rendered(t *testing.T, ours render.Renderer, d corpus.Document, format render.Format) []*raster.Page {
	t.Helper()
	content := d.Content()
	made, err := ours.Render(t.Context(), render.Request{Format: format, Files: []render.File{
		{Name: d.Name, Content: bytes.NewReader(content), Size: int64(len(content)), Password: d.Password}}})
	if err != nil {
		t.Fatalf("%s: %v", d.Name, err)
	}
	defer made.Close()
	return rendertest.Read(t, made.File)
}

func hash(p *raster.Page) []byte {
	h := sha256.New()
	binary.Write(h, binary.BigEndian, []int64{int64(p.Width), int64(p.Height)}) // a hash takes all
	h.Write(p.Bits)
	return h.Sum(nil)[:10]
}

func readGolden(t *testing.T) map[string]string {
	t.Helper()
	golden := map[string]string{}
	text, err := os.ReadFile(goldenFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		key, _, _ := strings.Cut(line, ":")
		golden[key] = line
	}
	return golden
}

func writeGolden(t *testing.T, lines []string) {
	t.Helper()
	slices.Sort(lines)
	if err := os.WriteFile(goldenFile, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func pictureOf(d corpus.Document) string { return filepath.Join("testdata", "golden", d.Name+".tif") }

func writePicture(t *testing.T, d corpus.Document, page *raster.Page) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(pictureOf(d)), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(pictureOf(d))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := tiff.Write(f, tiff.Style{Coding: t4.MMR}, page); err != nil {
		t.Fatal(err)
	}
}

// compared says how far a page is from its picture.
func compared(t *testing.T, d corpus.Document, page *raster.Page) string {
	t.Helper()
	f, err := os.Open(pictureOf(d))
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	was := rendertest.Read(t, f)[0]
	unlike, all := peers.Unlike(was, page), page.Width*page.Height
	return fmt.Sprintf("%d pels of %d differ, %.3f %%; as grays %.4f", unlike, all, 100*float64(unlike)/float64(all),
		peers.Difference(peers.Tone(peers.Gray(was), 8), peers.Tone(peers.Gray(page), 8)))
}
