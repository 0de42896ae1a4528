package render

import (
	"bytes"
	"math"
	"testing"

	"faxbox/fax/document/cover"
)

func TestBoldFont(t *testing.T) {
	for appearance, want := range map[string]bool{
		"/HeBo 11 Tf 0 g": true, "/Helv 11 Tf 0 g": false, "0 g /Arial,Bold 9 Tf": true, "/TiBo 0 Tf": true, "": false, "/": false,
	} {
		if got := boldFont(appearance); got != want {
			t.Errorf("%q: %v", appearance, got)
		}
	}
}

// TestForm reads where a field is, and how it looks, from a template whose frame is drawn where its field is.
func TestForm(t *testing.T) {
	l := NewLocal(LocalConfig{Cache: testCache(t)})
	defer l.Close()
	j := &job{worker: l.worker(), ctx: t.Context(), sheet: sheet{}, format: Format{}}
	j.sheet.resolution.X, j.sheet.resolution.Y = 204, 196
	j.format.Resolution = j.sheet.resolution
	form, err := j.form([]byte(template), false)
	if err != nil {
		t.Fatal(err)
	}
	if len(form.Pages) != 1 || len(form.Fields) != 1 {
		t.Fatalf("%d pages, %+v", len(form.Pages), form.Fields)
	}
	f := form.Fields[0]
	if f.Name != "recipientName" || f.Size != 11 || !f.Bold || !f.Multiline || f.Align != cover.Right || f.Value != "Anna" {
		t.Errorf("%+v", f)
	}
	letter, err := j.form(bytes.Replace([]byte(template), []byte("595.28 841.89"), []byte("612 792"), 1), true)
	if err != nil {
		t.Fatal(err)
	}
	if got := letter.Pages[0].Height; got != 2151 {
		t.Errorf("a Letter template, on its own paper, has %d lines", got)
	}
	// The frame: its first and last black lines and pels are the field's edges.
	p := form.Pages[0]
	left, top, right, bottom := p.Width, p.Height, 0, 0
	for y := range p.Height {
		for x := range p.Width {
			if p.Row(y)[x/8]<<(x%8)&0x80 != 0 {
				left, top, right, bottom = min(left, x), min(top, y), max(right, x+1), max(bottom, y+1)
			}
		}
	}
	across, down := p.Resolution.PelsPerMM()*mmPerPoint, p.Resolution.LinesPerMM()*mmPerPoint
	for _, edge := range [][2]float64{
		{f.X, float64(left) / across}, {f.Y, float64(top) / down},
		{f.X + f.W, float64(right) / across}, {f.Y + f.H, float64(bottom) / down},
	} {
		if math.Abs(edge[0]-edge[1]) > 1 {
			t.Errorf("an edge of the field at %.2f points, of its frame at %.2f", edge[0], edge[1])
		}
	}
}

// template has a field with a frame around it, on a page of A4. It needs no table of addresses: PDFium makes its own.
const template = `%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]/DA(/Helv 0 Tf)>>>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595.28 841.89]/Contents 4 0 R/Annots[5 0 R]>> endobj
4 0 obj <</Length 24>>stream
72 600 228 20 re S      
endstream endobj
5 0 obj <</Type/Annot/Subtype/Widget/FT/Tx/T(recipientName)/V(Anna)/Rect[72 600 300 620]/DA(/HeBo 11 Tf 0 g)/Q 2/Ff 4096/F 4>> endobj
trailer <</Size 6/Root 1 0 R>>
%%EOF
`
