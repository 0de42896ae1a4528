package render

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

// TestOrientations turns a picture that reads 1 2 / 3 4 / 5 6 upright, stored in each of the eight ways.
func TestOrientations(t *testing.T) {
	upright := []byte{1, 2, 3, 4, 5, 6}
	for o, stored := range map[orientation]struct {
		width int
		pix   []byte
	}{
		1: {2, []byte{1, 2, 3, 4, 5, 6}}, 2: {2, []byte{2, 1, 4, 3, 6, 5}},
		3: {2, []byte{6, 5, 4, 3, 2, 1}}, 4: {2, []byte{5, 6, 3, 4, 1, 2}},
		5: {3, []byte{1, 3, 5, 2, 4, 6}}, 6: {3, []byte{2, 4, 6, 1, 3, 5}},
		7: {3, []byte{6, 4, 2, 5, 3, 1}}, 8: {3, []byte{5, 3, 1, 6, 4, 2}},
	} {
		page := gray.New(2, 3, raster.Fine)
		paint(page, &gray.Page{Width: stored.width, Height: 6 / stored.width, Pix: stored.pix}, o, 0, 0)
		if !bytes.Equal(page.Pix, upright) {
			t.Errorf("orientation %d: %v", o, page.Pix)
		}
	}
}

// TestClockwise turns every orientation round four times.
func TestClockwise(t *testing.T) {
	for o := orientation(1); o <= 8; o++ {
		turned := o
		for range 4 {
			turned = turned.clockwise()
			if turned.sideways() == o.sideways() && turned == o {
				continue
			}
		}
		if turned != o {
			t.Errorf("orientation %d became %d", o, turned)
		}
		pix := []byte{1, 2, 3, 4}
		before, after := gray.New(2, 2, raster.Fine), gray.New(2, 2, raster.Fine)
		paint(before, &gray.Page{Width: 2, Height: 2, Pix: pix}, o, 0, 0)
		paint(after, &gray.Page{Width: 2, Height: 2, Pix: pix}, o.clockwise(), 0, 0)
		if want := []byte{before.Pix[2], before.Pix[0], before.Pix[3], before.Pix[1]}; !bytes.Equal(after.Pix, want) {
			t.Errorf("orientation %d turned: %v, want %v", o, after.Pix, want)
		}
	}
}

// TestPaintClips puts a picture half beside the page.
func TestPaintClips(t *testing.T) {
	for o := orientation(1); o <= 8; o++ {
		for _, at := range [][2]int{{-1, -1}, {1, 1}, {-5, 0}, {0, 5}, {-1, 1}} {
			page := gray.New(2, 2, raster.Fine)
			paint(page, &gray.Page{Width: 3, Height: 3, Pix: make([]byte, 9)}, o, at[0], at[1])
		}
	}
}

// TestPaperOf tells scans from photographs.
func TestPaperOf(t *testing.T) {
	s := sheet{raster.A4, raster.Fine}
	for _, c := range []struct {
		name       string
		w, h       int
		dpiX, dpiY float64
		wmm, hmm   float64 // 0: no scan
	}{
		{"A4 at 300", 2480, 3508, 300, 300, 210, 297},
		{"A4 at 300, lying", 3508, 2480, 300, 300, 297, 210},
		{"Legal at 200", 1700, 2800, 200, 200, 215.9, 355.6},
		{"a fax as a picture", 1728, 2287, 204, 196, 215.2, 296.4},
		{"A4 of a telephone, which says 72", 2480, 3508, 72, 72, 210, 297},
		{"A4 that says nothing", 1654, 2339, 0, 0, 210, 297},
		{"a receipt at 200", 630, 1600, 200, 200, 80, 203},
		{"a photograph that says 300", 6000, 4000, 300, 300, 0, 0},
		{"a photograph that says 72", 4000, 3000, 72, 72, 0, 0},
		{"a photograph that says nothing", 4000, 3000, 0, 0, 0, 0},
		{"an icon", 64, 64, 300, 300, 0, 0},
		{"nonsense", 100, 100, math.Inf(1), math.NaN(), 0, 0},
	} {
		wmm, hmm, scan := s.paperOf(c.w, c.h, c.dpiX, c.dpiY)
		if scan != (c.wmm > 0) || scan && (math.Abs(wmm-c.wmm) > 1 || math.Abs(hmm-c.hmm) > 1) {
			t.Errorf("%s: %.1f x %.1f mm, scan %v", c.name, wmm, hmm, scan)
		}
	}
}

// TestPhoto: within margins, in proportion, turned if that is larger, and small ones not blown up.
func TestPhoto(t *testing.T) {
	s := sheet{raster.A4, raster.Fine}
	for _, c := range []struct {
		w, h   int
		turned bool
	}{{4000, 3000, true}, {3000, 4000, false}, {1000, 1000, false}, {64, 48, false}, {10000, 10, true}} {
		p := s.photo(float64(c.w), float64(c.h), c.w, c.h)
		if p.turned != c.turned {
			t.Errorf("%d x %d: turned %v", c.w, c.h, p.turned)
		}
		left, top, right, bottom := s.printable(p.height)
		if p.x < left || p.y < top || p.x+p.w > right || p.y+p.h > bottom {
			t.Errorf("%d x %d: %+v", c.w, c.h, p)
		}
		if inches := float64(max(p.w, p.h)) / 204; c.w == 64 && inches > 64.0/72+0.05 {
			t.Errorf("an icon became %.2f inches", inches)
		}
	}
}

func TestOctets(t *testing.T) {
	for _, c := range []struct {
		m           color.Model
		progressive bool
		want        int64
	}{
		{color.GrayModel, false, 1}, {color.YCbCrModel, false, 3}, {color.YCbCrModel, true, 15},
		{color.NRGBAModel, false, 4}, {color.NRGBA64Model, false, 8}, {color.Palette{}, false, 1},
	} {
		if got := octets(c.m, c.progressive); got != c.want {
			t.Errorf("%v: %d octets, want %d", c.m, got, c.want)
		}
	}
}

// exif makes the APP1 segment of EXIF with these fields.
func exif(order binary.AppendByteOrder, mark string, fields ...[3]uint32) []byte {
	t := append([]byte(mark), 0, 0, 0, 0)
	order.(binary.ByteOrder).PutUint32(t[4:], 8)
	t = order.AppendUint16(t, uint16(len(fields)))
	values := 8 + 2 + 12*len(fields) + 4
	var behind []byte
	for _, f := range fields {
		t = order.AppendUint16(t, uint16(f[0]))
		t = order.AppendUint16(t, uint16(f[1]))
		t = order.AppendUint32(t, 1)
		switch f[1] {
		case typeRational:
			t = order.AppendUint32(t, uint32(values+len(behind)))
			behind = order.AppendUint32(behind, f[2])
			behind = order.AppendUint32(behind, 1)
		default:
			t = order.AppendUint16(t, uint16(f[2]))
			t = append(t, 0, 0)
		}
	}
	t = append(t, 0, 0, 0, 0)
	return append(t, behind...)
}

func jpegWith(t testing.TB, app1 []byte) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	segment := append([]byte("Exif\x00\x00"), app1...)
	whole := append([]byte{0xFF, 0xD8, 0xFF, markerAPP1}, binary.BigEndian.AppendUint16(nil, uint16(len(segment)+2))...)
	return append(append(whole, segment...), b.Bytes()[2:]...)
}

func TestEXIF(t *testing.T) {
	fields := [][3]uint32{{tagOrientation, typeShort, 6}, {tagXResolution, typeRational, 300}, {tagYResolution, typeRational, 150}}
	inches := append(fields, [3]uint32{tagResolutionUnit, typeShort, 2})
	centimetres := append(fields[:3:3], [3]uint32{tagResolutionUnit, typeShort, 3})
	for _, c := range []struct {
		name string
		exif []byte
		want tags
	}{
		{"little-endian", exif(binary.LittleEndian, "II*\x00", inches...), tags{6, 300, 150, false}},
		{"big-endian", exif(binary.BigEndian, "MM\x00*", inches...), tags{6, 300, 150, false}},
		{"centimetres", exif(binary.BigEndian, "MM\x00*", centimetres...), tags{6, 762, 381, false}},
		{"nothing", nil, tags{orientation: 1}},
		{"cut", exif(binary.BigEndian, "MM\x00*", inches...)[:20], tags{orientation: 1}},
		{"no such orientation", exif(binary.BigEndian, "MM\x00*", [3]uint32{tagOrientation, typeShort, 9}), tags{orientation: 1}},
	} {
		content := bytes.NewReader(jpegWith(t, c.exif))
		if got := readTags(kindJPEG, content, content.Size()); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func FuzzTags(f *testing.F) {
	f.Add(string(kindJPEG), jpegWith(f, exif(binary.BigEndian, "MM\x00*", [3]uint32{tagOrientation, typeShort, 6})))
	f.Add(string(kindPNG), []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x09pHYs\x00\x00\x2e\x23\x00\x00\x2e\x23\x01crc!"))
	f.Add(string(kindWebP), []byte("RIFF\x20\x00\x00\x00WEBPEXIF\x0e\x00\x00\x00II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add(string(kindBMP), bytes.Repeat([]byte("BM"), 40))
	f.Fuzz(func(t *testing.T, k string, content []byte) {
		got := readTags(kind(k), bytes.NewReader(content), int64(len(content)))
		if got.orientation < 1 || got.orientation > 8 {
			t.Fatalf("orientation %d", got.orientation)
		}
		s := sheet{raster.A4, raster.Fine}
		wmm, hmm, _ := s.paperOf(1000, 1500, got.dpiX, got.dpiY)
		if !(wmm > 0 && hmm > 0) || math.IsInf(wmm, 0) || math.IsInf(hmm, 0) {
			t.Fatalf("%+v makes a page of %v x %v", got, wmm, hmm)
		}
	})
}
