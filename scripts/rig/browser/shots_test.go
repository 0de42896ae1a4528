package browser

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// readme keeps a picture for the README, which shows those of the folder shots: in the 256 colours that it has most of, which
// is all of a page of text and signs.
func (p *person) readme(name string) {
	p.o.Helper()
	p.o.must(p.Look(Look{Width: 1100, Height: 640}))
	defer func() { p.o.must(p.Look(desk)) }()
	data, err := p.Window()
	p.o.must(err)
	full, err := png.Decode(bytes.NewReader(data))
	p.o.must(err)
	var out bytes.Buffer
	p.o.must((&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, reduced(full)))
	p.o.must(os.WriteFile(filepath.Join(p.o.shots, "readme-"+name+".png"), out.Bytes(), 0o666))
}

// reduced is a picture with a palette.
func reduced(full image.Image) *image.Paletted {
	counts := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(full.At(x, y)).(color.RGBA) }
	r := full.Bounds()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	most := slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int { return counts[b] - counts[a] })
	var palette color.Palette
	for _, c := range most[:min(len(most), 256)] {
		palette = append(palette, c)
	}
	nearest := map[color.RGBA]uint8{}
	to := image.NewPaletted(r, palette)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := at(x, y)
			n, known := nearest[c]
			if !known {
				n = uint8(palette.Index(c))
				nearest[c] = n
			}
			to.SetColorIndex(x, y, n)
		}
	}
	return to
}
