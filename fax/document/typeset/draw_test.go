package typeset

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"faxbox/fax/raster"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

// resolutions are those of the golden pictures.
var resolutions = []raster.Resolution{raster.Standard, raster.Fine, raster.Superfine, raster.R16, raster.Inch300}

// picture is a page as a PNG file of one bit a pel.
func picture(p *raster.Page) []byte {
	img := image.NewPaletted(image.Rect(0, 0, p.Width, p.Height), color.Palette{color.White, color.Black})
	for y := range p.Height {
		for x := range p.Width {
			if black(p, x, y) {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestCompression}
	if err := e.Encode(&b, img); err != nil {
		panic(err) // a buffer takes all
	}
	return b.Bytes()
}

func black(p *raster.Page, x, y int) bool { return p.Row(y)[x/8]&(0x80>>(x%8)) != 0 }

// golden compares a page with a picture in testdata.
func golden(t *testing.T, p *raster.Page, name string) {
	t.Helper()
	path := filepath.Join("testdata", name+".png")
	if *update {
		if err := os.WriteFile(path, picture(p), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%s is not there: -update makes it", path)
	} else if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	want, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != image.Rect(0, 0, p.Width, p.Height) {
		t.Fatalf("%s: %d x %d pels, want %v", name, p.Width, p.Height, want.Bounds())
	}
	wrong := 0
	for y := range p.Height {
		for x := range p.Width {
			if r, _, _, _ := want.At(x, y).RGBA(); black(p, x, y) != (r == 0) {
				wrong++
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%s: %d pels are not as they were; if they are better, run with -update", name, wrong)
	}
}

// TestPictures draws all scripts that have a font inside the program, alone and in one line, at all resolutions.
func TestPictures(t *testing.T) {
	const text = "Größe fjord office, Ελληνικά, Кириллица № 5\n" +
		"שלום (עולם) 123, abc; بالعالم ١٢٣ (fax 45)\n" +
		"In English, שלום 12 עולם, مرحبا and हिन्दी क्षेत्र"
	f := Open()
	for _, r := range resolutions {
		width, height := 272.0, 120.0
		p := raster.New(int(width*float64(r.X)/72), int(height*float64(r.Y)/72), r)
		y := 1.0
		for _, s := range []Style{{Size: 8}, {Size: 8, Bold: true}, {Size: 10, Align: Centre}} {
			b := f.Layout(text, s, width-4)
			b.Draw(p, 2, y)
			y += b.Height()
		}
		f.Layout("Mono\t0O1lI |\tend", Style{Size: 8, Mono: true}, 0).Draw(p, 2, y)
		golden(t, p, fmt.Sprintf("scripts-%dx%d", r.X, r.Y))
	}
}

// TestLettersKeepTheirShape counts the parts of each letter and the holes in it: at 98 lines an inch there are as many as in a
// large one.
func TestLettersKeepTheirShape(t *testing.T) {
	f := Open()
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-=?!:;ÄÖÜäöüéèçßΑΒΓΔΘΛΞΠΣΦΨΩαβγδεθλμπσφωБГДЖЗИЛФЦЧШЩЫЭЮЯбвгджзлфцчшщыэюяאבגדהוחטכלמםנסעפצקרשת"
	for _, s := range []Style{{}, {Bold: true}, {Mono: true}} {
		for _, r := range letters {
			s.Size = 26
			parts, holes := topology(letter(f, r, s, raster.R16))
			for size := 8.0; size <= 14; size++ {
				s.Size = size
				p := letter(f, r, s, raster.Standard)
				if r == 'Θ' && s.Bold && size == 9 {
					continue // the bar touches the ring at one corner
				}
				if gotParts, gotHoles := topology(p); gotParts != parts || gotHoles != holes {
					t.Errorf("%c at %v points, bold %v, mono %v: %d parts and %d holes, want %d and %d\n%s",
						r, size, s.Bold, s.Mono, gotParts, gotHoles, parts, holes, plain(p))
				}
			}
		}
	}
}

// TestCommaIsNoFullStop because it is one line lower at least.
func TestCommaIsNoFullStop(t *testing.T) {
	f := Open()
	for _, s := range []Style{{}, {Bold: true}, {Mono: true}} {
		for s.Size = 7; s.Size <= 14; s.Size++ {
			comma, stop := letter(f, ',', s, raster.Standard), letter(f, '.', s, raster.Standard)
			if lowest(comma) <= lowest(stop) {
				t.Errorf("%v points, bold %v, mono %v: a comma is\n%sand a full stop\n%s", s.Size, s.Bold, s.Mono, plain(comma), plain(stop))
			}
		}
	}
}

// lowest is the last line that is not white.
func lowest(p *raster.Page) int {
	return bytes.LastIndexFunc(p.Bits, func(r rune) bool { return r != 0 }) / p.Stride
}

func letter(f *Fonts, r rune, s Style, at raster.Resolution) *raster.Page {
	b := f.Layout(string(r), s, 0)
	side := b.Height() * 1.5
	p := raster.New(int(side*float64(at.X)/72), int(side*float64(at.Y)/72), at)
	b.Draw(p, b.Height()/4, b.Height()/4)
	return p
}

// plain is a page in characters, for failures.
func plain(p *raster.Page) string {
	var b strings.Builder
	for y := range p.Height {
		line := make([]byte, p.Width)
		for x := range line {
			line[x] = '.'
			if black(p, x, y) {
				line[x] = '#'
			}
		}
		if bytes.ContainsRune(line, '#') {
			fmt.Fprintf(&b, "%s\n", line)
		}
	}
	return b.String()
}

// topology counts the black parts of a page, corners touching, and the white ones that are closed in and more than a speck.
func topology(p *raster.Page) (parts, holes int) {
	const speck = 1 // pels
	pels, width := ink(p)
	seen := make([]bool, len(pels))
	for at := range pels {
		if seen[at] {
			continue
		}
		switch size := flood(pels, seen, width, at); {
		case pels[at]:
			parts++
		case size > speck:
			holes++
		}
	}
	return parts, holes - 1 // the paper around
}

// ink is what of a page is not white, with a white border, row by row.
func ink(p *raster.Page) (pels []bool, width int) {
	var box image.Rectangle
	for y := range p.Height {
		if isWhite(p.Row(y)) {
			continue
		}
		for x := range p.Width {
			if black(p, x, y) {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	box = box.Inset(-1)
	pels = make([]bool, box.Dx()*box.Dy())
	for y := 1; y < box.Dy()-1; y++ {
		for x := 1; x < box.Dx()-1; x++ {
			pels[y*box.Dx()+x] = black(p, box.Min.X+x, box.Min.Y+y)
		}
	}
	return pels, box.Dx()
}

// flood marks the part that a pel belongs to, and counts its pels.
func flood(pels, seen []bool, width, from int) (size int) {
	seen[from] = true
	sides := []int{-1, 1, -width, width}
	if pels[from] {
		sides = append(sides, -width-1, -width+1, width-1, width+1)
	}
	for stack := []int{from}; len(stack) > 0; size++ {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, side := range sides {
			next := at + side // a row that is left on one side goes on at the other, where the border is as white
			if next >= 0 && next < len(pels) && !seen[next] && pels[next] == pels[from] {
				seen[next] = true
				stack = append(stack, next)
			}
		}
	}
	return size
}

// TestDrawClips draws across every edge, and compares with the same text in the middle of a larger page.
func TestDrawClips(t *testing.T) {
	f := Open()
	b := f.Layout("Rechts und links\nהנה שם", Style{Size: 20}, 120)
	const border = 200 // pels and lines
	r := raster.Inch200
	for _, at := range [][2]float64{{-30, 0}, {30, 0}, {0, -15}, {0, 20}, {-61.3, -7.7}, {500, 0}, {0, -500}, {-500, 500}} {
		small := raster.New(203, 77, r)
		b.Draw(small, at[0], at[1])
		large := raster.New(203+2*border, 77+2*border, r)
		b.Draw(large, at[0]+border*72/200.0, at[1]+border*72/200.0)
		for y := range small.Height {
			for x := range small.Width {
				if black(small, x, y) != black(large, x+border, y+border) {
					t.Fatalf("at %v: pel %d of line %d differs", at, x, y)
				}
			}
			if small.Row(y)[small.Stride-1]&(0xFF>>(203%8)) != 0 {
				t.Fatalf("at %v: line %d has black padding", at, y)
			}
		}
	}
}

// TestPiledMarks keep away from the next lines but one.
func TestPiledMarks(t *testing.T) {
	p := raster.New(100, 200, raster.Inch300)
	size, baseline := 10.0, 24.0 // points
	Open().Layout("Z"+strings.Repeat("\u0301", 40)+strings.Repeat("\u0323", 40), Style{Size: size}, 0).Draw(p, 2, baseline-size*ascent)
	above := int((baseline - highest*size) * 300 / 72)
	below := int(math.Ceil((baseline + deepest*size) * 300 / 72))
	if !isWhite(p.Bits[:above*p.Stride]) || !isWhite(p.Bits[(below+1)*p.Stride:]) {
		t.Errorf("marks reach beyond lines %d to %d\n%s", above, below, plain(p))
	}
	if isWhite(p.Bits[above*p.Stride : (above+10)*p.Stride]) {
		t.Errorf("no marks at all\n%s", plain(p))
	}
}

func TestDrawFarAway(t *testing.T) {
	b := Open().Layout("far", Style{Size: math.Inf(1)}, 0)
	for _, at := range []float64{1e9, -1e9, 1e300, -1e300, math.Inf(1), math.Inf(-1), math.NaN()} {
		p := raster.New(100, 100, raster.R16)
		b.Draw(p, at, 0)
		b.Draw(p, 0, at)
		if bytes.ContainsFunc(p.Bits, func(r rune) bool { return r != 0 }) && math.Abs(at) >= 1e9 {
			t.Errorf("text at %v shows on the page", at)
		}
	}
}

// TestMasksAreForgotten draws more letters than are kept.
func TestMasksAreForgotten(t *testing.T) {
	f := Open()
	p := raster.New(2000, 2000, raster.Inch400)
	random := rand.New(rand.NewPCG(5, 6))
	for range 150 {
		s := Style{Size: 60 + 80*random.Float64()}
		f.Layout("Wm", s, 0).Draw(p, 0, 0)
		if f.masks.octets > maxMasks {
			t.Fatalf("%d octets of letters are kept", f.masks.octets)
		}
	}
	if kept := len(f.masks.kept); kept == 0 || kept > 200 {
		t.Errorf("%d letters are kept", kept)
	}
}

func BenchmarkLine(b *testing.B) {
	f := Open()
	p := raster.New(1728, 20, raster.Standard)
	for b.Loop() {
		drawLine(f, p)
	}
}

// BenchmarkFirstLine loads the fonts each time.
func BenchmarkFirstLine(b *testing.B) {
	p := raster.New(1728, 20, raster.Standard)
	for b.Loop() {
		drawLine(Open(), p)
	}
}

func drawLine(f *Fonts, p *raster.Page) {
	const text = "2026-11-21 15:04  Müller & Söhne GmbH  +49 30 1234567  to +44 20 7946 0000  page 1 of 12"
	f.Line(text, Style{Size: 8}, 500).Draw(p, 20, 0)
}
