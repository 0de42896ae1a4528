package render_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"faxbox/fax/document/corpus"
	"faxbox/fax/document/render"
)

// hostile are documents that were not made to be read. Reasons are those with which each may be refused; without any it may
// also be rendered.
var hostile = []struct {
	name    string
	content func() []byte
	reasons []render.Reason
}{
	{"nothing", func() []byte { return nil }, []render.Reason{render.Empty}},
	{"a PDF of nothing but its head", func() []byte { return []byte("%PDF-1.7\n") }, []render.Reason{render.Damaged}},
	{"a PDF of noise", func() []byte { return append([]byte("%PDF-1.7\n"), noise(100_000)...) }, []render.Reason{render.Damaged}},
	{"noise", func() []byte { return noise(100_000) }, []render.Reason{render.Unknown}},
	{"a PDF cut in half", func() []byte { c := corpus.Find("table.pdf").Content(); return c[:len(c)/2] }, nil},
	{"no pages", func() []byte { return makePDF("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>") },
		[]render.Reason{render.Empty, render.Damaged}},
	{"a lie about the count", func() []byte {
		return makePDF("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 999999999>>",
			"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>")
	}, nil},
	{"a tree of pages that bites its tail", func() []byte {
		return makePDF("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2/Parent 2 0 R>>")
	}, []render.Reason{render.Damaged, render.Empty}},
	{"10,000 pages", func() []byte { return manyPages(10_000) }, []render.Reason{render.TooLarge}},
	{"a huge page", func() []byte { return boxPage("[0 0 1e9 1e9]", "0 0 100 100 re f", "") }, nil},
	{"an endless strip", func() []byte { return boxPage("[0 0 100 9999999]", "0 0 100 100 re f", "") }, nil},
	{"a page of no size", func() []byte { return boxPage("[0 0 0 0]", "0 0 100 100 re f", "") }, nil},
	{"a page of odd numbers", func() []byte { return boxPage("[nan inf -1e99 1e99]", "0 0 100 100 re f", "") }, nil},
	{"a form within itself", func() []byte {
		return onePage("/X Do", "/XObject<</X 5 0 R>>", stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>", "/X Do"))
	}, nil},
	{"forms that double 40 times", doublingForms, nil},
	{"two million states saved", func() []byte { return deflatedPage(strings.Repeat("q ", 2_000_000)) }, nil},
	{"three million arrays begun", func() []byte { return deflatedPage(strings.Repeat("[", 3_000_000)) }, nil},
	{"30 MB of content", func() []byte { return deflatedPage(strings.Repeat("0 0 1 1 re f\n", 2_500_000)) }, nil},
	{"a pattern of a million million tiles", tinyTiles, nil},
	{"a shading that takes for ever", slowShading, nil},
	{"a picture of 900 megapixels", func() []byte { return picture(30_000, 30_000, 8, "", "") }, []render.Reason{render.TooLarge}},
	{"a picture of 3,600 megapixels", func() []byte { return picture(60_000, 60_000, 1, "", "") }, []render.Reason{render.TooLarge}},
	{"a picture within a form", pictureInForm, []render.Reason{render.TooLarge}},
	{"a picture without data", func() []byte { return picture(500, 500, 8, "/Filter/DCTDecode", "no JPEG") }, []render.Reason{render.Blank}},
	{"a stream in another file", func() []byte {
		return makePDF("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
			"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>", stream("/F(/etc/passwd)", ""))
	}, nil},
	{"an action at opening", func() []byte {
		return makePDF("<</Type/Catalog/Pages 2 0 R/OpenAction<</S/Launch/F(/bin/sh)>>/AcroForm<</Fields[]/XFA(<x/>)>>>>",
			"<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>")
	}, nil},
	{"a PNG of 3,600 megapixels", func() []byte { return hugePNG(60_000, 60_000) }, []render.Reason{render.TooLarge}},
	{"a PNG cut short", func() []byte { return hugePNG(1000, 1000) }, []render.Reason{render.Damaged}},
	{"a GIF of 4,295 megapixels", func() []byte {
		return []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x00;")
	},
		[]render.Reason{render.TooLarge, render.Damaged}},
	{"a TIFF whose directory comes back", func() []byte {
		return []byte("II*\x00\x08\x00\x00\x00\x01\x00\x00\x01\x03\x00\x01\x00\x00\x00\x01\x00\x00\x00\x08\x00\x00\x00")
	}, []render.Reason{render.Damaged}},
	{"a TIFF of 1,600 megapixels", hugeTIFF, []render.Reason{render.TooLarge, render.Damaged}},
	{"40 MB of text", func() []byte { return bytes.Repeat([]byte("all work and no play\n"), 2_000_000) }, []render.Reason{render.TooLarge}},
	{"20 MB of text in one line", func() []byte { return bytes.Repeat([]byte("x"), 20_000_000) }, []render.Reason{render.TooLarge}},
	{"form feeds", func() []byte { return append(bytes.Repeat([]byte("\f"), 1_000_000), 'x') }, []render.Reason{render.TooLarge}},
}

// TestHostile sends what should not be read to children that have little time, and at last a page that can be.
func TestHostile(t *testing.T) {
	limits := render.Limits{Time: 30 * time.Second, PageTime: 4 * time.Second, Output: 8 << 20}
	child := newChild(t, func(c *render.ChildConfig) { c.Limits = limits })
	if err := child.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	format := a4Fine()
	format.MaxPages = 500
	good := corpus.Find("text10.pdf").Content()
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			content := h.content()
			if bytes.HasPrefix(content, []byte("%PDF")) || len(content) > 1<<20 {
				unhurried(t)
			}
			f := memoryFile("../../../../etc/passwd\x00\n\u202e", content)
			began := time.Now()
			pages, err := child.Render(t.Context(), render.Request{Files: []render.File{f}, Format: format})
			if took := time.Since(began); took > limits.Time+5*time.Second {
				t.Errorf("it took %v", took)
			}
			if err == nil {
				defer pages.Close()
			}
			checkHostile(t, err, h.reasons)
		})
	}
	pages, err := child.Render(t.Context(), render.Request{Files: []render.File{memoryFile("good", good)}, Format: format})
	if err != nil {
		t.Fatalf("after all of them: %v", err)
	}
	pages.Close()
}

func checkHostile(t *testing.T, err error, reasons []render.Reason) {
	t.Helper()
	if err == nil {
		if len(reasons) > 0 {
			t.Errorf("it was rendered, and ought to be refused: %v", reasons)
		}
		return
	}
	r, ok := errors.AsType[*render.Refusal](err)
	if !ok {
		t.Fatalf("not refused but failed: %v", err)
	}
	t.Logf("%v: %v %s", r.Reason, r, r.Hint)
	if r.File != 0 || r.Hint == "" || r.Problem == "" {
		t.Errorf("refused as %+v", r)
	}
	for _, reason := range reasons {
		if r.Reason == reason {
			return
		}
	}
	if len(reasons) > 0 {
		t.Errorf("refused for %q, want %v", r.Reason, reasons)
	}
}

func noise(n int) []byte {
	octets := make([]byte, n)
	state := uint32(1)
	for i := range octets {
		state = state*1664525 + 1013904223
		octets[i] = byte(state >> 24)
	}
	return octets
}

func deflatedPage(content string) []byte {
	return makePDF("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>", deflated("", content))
}

func doublingForms() []byte {
	const levels = 40
	var forms []string
	for i := range levels {
		dictionary := "/Type/XObject/Subtype/Form/BBox[0 0 99 99]"
		content := "0 0 1 1 re f"
		if i+1 < levels {
			dictionary += fmt.Sprintf("/Resources<</XObject<</X %d 0 R>>>>", 6+i)
			content = "/X Do /X Do"
		}
		forms = append(forms, stream(dictionary, content))
	}
	return onePage("/X Do", "/XObject<</X 5 0 R>>", forms...)
}

func tinyTiles() []byte {
	return onePage("/Pattern cs /P scn 0 0 595 842 re f", "/Pattern<</P 5 0 R>>",
		stream("/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep 0.001/YStep 0.001/Resources<<>>", "0 0 1 1 re f"))
}

func slowShading() []byte {
	program := "{" + strings.Repeat("dup 360 mul sin exch cos 0.5 add dup mul sqrt abs exch pop ", 2000) + " dup dup}"
	return onePage("/S sh", "/Shading<</S<</ShadingType 1/ColorSpace/DeviceRGB/Domain[0 1 0 1]/Matrix[595 0 0 842 0 0]/Function 5 0 R>>>>",
		stream("/FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1 0 1]", program))
}

// picture is a page filled by a gray picture.
func picture(width, height, bits int, dictionary, data string) []byte {
	return onePage("q 500 0 0 700 50 50 cm /I Do Q", "/XObject<</I 5 0 R>>",
		stream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent %d/ColorSpace/DeviceGray%s",
			width, height, bits, dictionary), data))
}

func pictureInForm() []byte {
	return onePage("/X Do", "/XObject<</X 5 0 R>>",
		stream("/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</I 6 0 R>>>>", "q 500 0 0 700 50 50 cm /I Do Q"),
		stream("/Type/XObject/Subtype/Image/Width 40000/Height 40000/BitsPerComponent 8/ColorSpace/DeviceRGB", ""))
}

func hugePNG(width, height uint32) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	header := binary.BigEndian.AppendUint32(nil, width)
	header = binary.BigEndian.AppendUint32(header, height)
	chunk(&b, "IHDR", append(header, 8, 6, 0, 0, 0))
	var data bytes.Buffer
	w := zlib.NewWriter(&data)
	_, _ = w.Write(make([]byte, 10_000)) // a buffer takes everything
	_ = w.Close()
	chunk(&b, "IDAT", data.Bytes())
	chunk(&b, "IEND", nil)
	return b.Bytes()
}

func chunk(b *bytes.Buffer, kind string, data []byte) {
	whole := append([]byte(kind), data...)
	b.Write(binary.BigEndian.AppendUint32(nil, uint32(len(data))))
	b.Write(whole)
	b.Write(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(whole)))
}

func hugeTIFF() []byte {
	var b bytes.Buffer
	b.WriteString("II*\x00\x08\x00\x00\x00\x08\x00")
	for _, f := range [][3]uint32{{256, 4, 40000}, {257, 4, 40000}, {258, 3, 8}, {259, 3, 1}, {262, 3, 1}, {273, 4, 8}, {277, 3, 1}, {279, 4, 100}} {
		b.Write(binary.LittleEndian.AppendUint16(nil, uint16(f[0])))
		b.Write(binary.LittleEndian.AppendUint16(nil, uint16(f[1])))
		b.Write(binary.LittleEndian.AppendUint32(nil, 1))
		b.Write(binary.LittleEndian.AppendUint32(nil, f[2]))
	}
	b.Write(make([]byte, 4))
	b.Write(make([]byte, 200))
	return b.Bytes()
}
