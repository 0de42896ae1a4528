package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
)

// encrypted is text12.pdf that opens with the password "lighthouse".
func encrypted(dir string) error {
	return tool("qpdf", "--encrypt", "lighthouse", "keeper", "256", "--",
		filepath.Join(dir, "text12.pdf"), filepath.Join(dir, "encrypted.pdf"))
}

// plain writes text files: long lines, tabs, a form feed, several scripts, and one that is not UTF-8.
func plain(dir string) error {
	prose, err := os.ReadFile(filepath.Join(dir, "prose.txt"))
	if err != nil {
		return err
	}
	notes := "Notes for the porter\r\n\r\n1.\tLock the east door at 18:15.\r\n2.\tRoom\tKey\tBoard\r\n\t101\t7\tA\r\n\t102\t12\tB\r\n\r\n" +
		strings.Repeat("This line goes on and on, and has to be wrapped somewhere between its words. ", 6) + "\r\n" +
		strings.Repeat("NoSpaceInThisOne", 20) + "\r\n\fThis stands on the second page.\r\n"
	scripts := "\ufeffGrüße aus Köln — “quoted”, 50 €\nΚαλημέρα κόσμε\nДобрый день, мир\nשלום עולם (2026)\nمرحبا بالعالم ١٢٣\nनमस्ते दुनिया\nzażółć gęślą jaźń\n你好，世界\n"
	latin1 := "Fran\xe7ais, Espa\xf1ol, D\xe4nisch \xe6\xf8\xe5: this file is not UTF-8.\n"
	for name, text := range map[string]string{"notes.txt": notes, "scripts.txt": scripts, "latin1.txt": latin1,
		"long.txt": strings.Repeat(string(prose)+"\n", 6)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// pictures writes one card in many kinds of file. However it is stored, it is to be seen upright: the same page each time.
func pictures(dir string) error {
	card := newCard()
	for orientation := 1; orientation <= 8; orientation++ {
		if err := write(dir, fmt.Sprintf("exif%d.jpg", orientation), func(b *bytes.Buffer) error {
			return encodeTurned(b, card, orientation)
		}); err != nil {
			return err
		}
	}
	for name, img := range map[string]image.Image{"gray.png": converted(card, image.NewGray(card.Bounds())),
		"gray16.png":  converted(card, image.NewGray16(card.Bounds())),
		"palette.png": converted(card, image.NewPaletted(card.Bounds(), palette.Plan9)),
		"black.png":   converted(card, image.NewPaletted(card.Bounds(), color.Palette{color.White, color.Black})),
		"alpha.png":   seeThrough(card)} {
		if err := write(dir, name, func(b *bytes.Buffer) error { return png.Encode(b, img) }); err != nil {
			return err
		}
	}
	if err := write(dir, "moving.gif", func(b *bytes.Buffer) error { return encodeMoving(b, card) }); err != nil {
		return err
	}
	source := filepath.Join(dir, "palette.png")
	for name, how := range map[string][]string{
		"lossless.webp": {"-define", "webp:lossless=true"}, "lossy.webp": {"-quality", "60"},
		"bgr.bmp": {"-type", "TrueColor"}, "palette.bmp": {"-type", "Palette", "-colors", "16"},
		"interlaced.png": {"-interlace", "PNG"}, "progressive.jpg": {"-interlace", "JPEG", "-quality", "70"},
		"cmyk.jpg": {"-colorspace", "CMYK", "-quality", "70"},
	} {
		arguments := append(append([]string{source}, how...), "-strip", filepath.Join(dir, name))
		if err := tool("convert", arguments...); err != nil {
			return err
		}
	}
	return nil
}

func write(dir, name string, encode func(*bytes.Buffer) error) error {
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644)
}

// newCard draws a card that looks different from each side: an F, a corner cut off, and a gray wedge that darkens to the
// right.
func newCard() *image.RGBA {
	const width, height = 320, 240
	card := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(card, card.Bounds(), image.White, image.Point{}, draw.Src)
	box := func(x0, y0, x1, y1 int, c color.Color) {
		draw.Draw(card, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
	}
	box(0, 0, width, 3, color.Black)
	box(0, height-3, width, height, color.Black)
	box(0, 0, 3, height, color.Black)
	box(width-3, 0, width, height, color.Black)
	box(40, 30, 66, 170, color.RGBA{160, 0, 0, 255})
	box(40, 30, 140, 54, color.RGBA{160, 0, 0, 255})
	box(40, 86, 115, 108, color.RGBA{160, 0, 0, 255})
	for x := 20; x < 300; x++ {
		box(x, 190, x+1, 220, color.Gray{uint8(255 - (x-20)*255/280)})
	}
	for y := range 80 {
		box(240+y, y, width, y+1, color.RGBA{0, 60, 140, 255})
	}
	return card
}

func converted(from image.Image, to draw.Image) image.Image {
	draw.Draw(to, to.Bounds(), from, image.Point{}, draw.Src)
	return to
}

// seeThrough is the card with its white cut out: paper shows through, not black.
func seeThrough(card *image.RGBA) image.Image {
	img := image.NewNRGBA(card.Bounds())
	for i := 0; i < len(card.Pix); i += 4 {
		copy(img.Pix[i:i+4], card.Pix[i:i+4])
		if card.Pix[i] == 255 && card.Pix[i+1] == 255 && card.Pix[i+2] == 255 {
			copy(img.Pix[i:i+4], []byte{0, 0, 0, 0})
		}
	}
	return img
}

// encodeMoving writes a GIF file of two frames; the first is what is sent.
func encodeMoving(b *bytes.Buffer, card image.Image) error {
	first := converted(card, image.NewPaletted(card.Bounds(), palette.Plan9)).(*image.Paletted)
	second := image.NewPaletted(card.Bounds(), palette.Plan9)
	return gif.EncodeAll(b, &gif.GIF{Image: []*image.Paletted{first, second}, Delay: []int{50, 50}})
}

// encodeTurned writes a JPEG file as a camera does that was held another way: turned, with an EXIF tag that says how.
func encodeTurned(b *bytes.Buffer, card *image.RGBA, orientation int) error {
	size := card.Bounds().Size()
	if orientation >= 5 {
		size.X, size.Y = size.Y, size.X
	}
	stored := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			stored.SetRGBA(x, y, card.RGBAAt(upright(orientation, x, y, size)))
		}
	}
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, stored, &jpeg.Options{Quality: 80}); err != nil {
		return err
	}
	b.Write(plain.Bytes()[:2]) // SOI
	exif := append([]byte("Exif\x00\x00"), "MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01"...)
	exif = append(binary.BigEndian.AppendUint16(exif, uint16(orientation)), 0, 0, 0, 0, 0, 0)
	b.Write(binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(2+len(exif))))
	b.Write(exif)
	b.Write(plain.Bytes()[2:])
	return nil
}

// upright is where pel x, y of a stored picture belongs: TIFF 6.0, Orientation.
func upright(orientation, x, y int, size image.Point) (int, int) {
	right, bottom := size.X-1, size.Y-1
	switch orientation {
	case 2:
		return right - x, y
	case 3:
		return right - x, bottom - y
	case 4:
		return x, bottom - y
	case 5:
		return y, x
	case 6:
		return bottom - y, x
	case 7:
		return bottom - y, right - x
	case 8:
		return y, right - x
	}
	return x, y
}

// tiffs writes TIFF files as fax software, scanners and picture programs do.
func tiffs(dir string) error {
	work, err := os.MkdirTemp("", "corpus")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	letter, text := filepath.Join(dir, "letter.pdf"), filepath.Join(dir, "text12.pdf")
	for name, device := range map[string][]string{
		"fax-mmr.tif": {"-sDEVICE=tiffg4", "-r204x196"},
		"fax-mh.tif":  {"-sDEVICE=tiffg3", "-r204x98"},
		"fax-mr.tif":  {"-sDEVICE=tiffg32d", "-r204x196"},
	} {
		arguments := append([]string{"-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-o", filepath.Join(dir, name)}, device...)
		if err := tool("gs", append(arguments, letter, text)...); err != nil {
			return err
		}
	}
	card := filepath.Join(dir, "palette.png")
	for name, how := range map[string][]string{
		"lzw.tif":      {card, card, "-compress", "LZW", "-type", "TrueColor"},
		"deflate.tif":  {card, "-compress", "Zip", "-type", "Grayscale"},
		"packbits.tif": {card, "-compress", "RLE", "-type", "Palette"},
		"turned.tif":   {card, "-rotate", "-90", "-orient", "RightTop", "-compress", "LZW", "-type", "Grayscale"},
	} {
		if err := tool("convert", append(how, "-strip", filepath.Join(dir, name))...); err != nil {
			return err
		}
	}
	return tool("tiffcp", "-c", "lzw", "-t", "-w", "64", "-l", "64", filepath.Join(dir, "deflate.tif"), filepath.Join(dir, "tiled.tif"))
}
