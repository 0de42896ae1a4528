package cover_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"faxbox/fax/document/cover"
	"faxbox/fax/raster"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

// scripts are texts in each script that has a font built in.
var scripts = map[string]string{
	"recipientName":    "Ελένη Παπαδοπούλου",
	"recipientDetails": "Τμήμα Αγορών\nПредприятие «Образец»\nŁódź, Þórshöfn, Ġgantija",
	"senderName":       "אריאל כהן 123",
	"senderDetails":    "شركة المثال للتجارة",
	"coverpageSubject": "नमस्ते — Привет — שלום — مرحبا",
	"coverpageNote": "عزيزتي آنا،\nهذه رسالة قصيرة تتضمن كلمة Fax في وسطها.\n\nДорогая Анна, это короткое сообщение.\n\n" +
		"यह एक छोटा संदेश है।\n\nשלום אנה, זו הודעה קצרה.\n\nΑγαπητή Άννα, αυτό είναι ένα μήνυμα.",
}

// TestGolden: covers look as they did when somebody last looked at them: each design, each resolution, each script.
func TestGolden(t *testing.T) {
	l := newRenderer(t)
	for _, c := range []struct {
		name, template string
		paper          raster.Paper
		resolution     raster.Resolution
		values         map[string]string // besides the sample's
	}{
		{"business-standard", "business", raster.A4, raster.Standard, nil},
		{"business-fine-scripts", "business", raster.A4, raster.Fine, scripts},
		{"confidential-standard-scripts", "confidential-de", raster.A4, raster.Standard, scripts},
		{"confidential-superfine", "confidential", raster.Letter, raster.Superfine, nil},
		{"plain-standard", "plain-de", raster.A4, raster.Standard, nil},
		{"plain-fine", "plain", raster.Letter, raster.Fine, nil},
	} {
		tmpl, _ := cover.Find(c.template, c.paper)
		values := cover.Sample(afternoon, tmpl.Language)
		maps.Copy(values, c.values)
		pages, remarks := rendered(t, l, tmpl, values, c.resolution)
		if len(remarks) > 0 {
			t.Errorf("%s: %q", c.name, remarks)
		}
		name := filepath.Join("testdata", c.name+".tif")
		if *update {
			write(t, name, pages[0])
			continue
		}
		want := golden(t, name)
		if want.Width != pages[0].Width || want.Height != pages[0].Height {
			t.Errorf("%s is %d x %d, want %d x %d", c.name, pages[0].Width, pages[0].Height, want.Width, want.Height)
			continue
		}
		if here, there := strays(pages[0], want), strays(want, pages[0]); here+there > 40 {
			t.Errorf("%s is not as it was: %d pels are new, %d are missing; look, and run with -update", c.name, here, there)
		}
	}
}

// strays is how many black pels of a page have none near them on another: the edges of letters may lie a pel further.
func strays(p, other *raster.Page) int {
	n := 0
	for y := range p.Height {
		row, beside := p.Row(y), other.Row(y)
		for x := range p.Width {
			if row[x/8]&^beside[x/8] != 0 && black(p, x, y) && !near(other, x, y) {
				n++
			}
		}
	}
	return n
}

func black(p *raster.Page, x, y int) bool {
	return x >= 0 && x < p.Width && y >= 0 && y < p.Height && p.Row(y)[x/8]&(0x80>>(x%8)) != 0
}

func near(p *raster.Page, x, y int) bool {
	for dy := -1; dy <= 1; dy++ {
		for dx := -1; dx <= 1; dx++ {
			if black(p, x+dx, y+dy) {
				return true
			}
		}
	}
	return false
}

func write(t *testing.T, name string, p *raster.Page) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := tiff.Write(file, tiff.Style{Coding: t4.MMR}, p); err != nil {
		t.Fatal(err)
	}
}

func golden(t *testing.T, name string) *raster.Page {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	stat, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	read, err := tiff.Open(file, stat.Size())
	if err != nil {
		t.Fatal(err)
	}
	page, err := read.Page(0)
	if err != nil {
		t.Fatal(err)
	}
	return page
}
