package render

import (
	"bufio"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"

	"faxbox/fax/raster/gray"
)

// codec reads pictures of one kind.
type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var codecs = map[kind]codec{
	kindPNG:  {png.DecodeConfig, png.Decode},
	kindJPEG: {jpeg.DecodeConfig, jpeg.Decode},
	kindGIF:  {gif.DecodeConfig, gif.Decode}, // the first picture of a film
	kindWebP: {webp.DecodeConfig, webp.Decode},
	kindBMP:  {bmp.DecodeConfig, bmp.Decode},
}

// picture makes a page of a picture of at most this many octets in memory.
func (s sheet) picture(k kind, content io.ReaderAt, size, memory int64) (*gray.Page, error) {
	c, t := codecs[k], readTags(k, content, size)
	config, err := c.config(bufio.NewReader(io.NewSectionReader(content, 0, size)))
	if err != nil {
		return nil, damagedPicture(k)
	}
	if err := checkPicture(config, t.progressive, memory); err != nil {
		return nil, err
	}
	picture, err := c.decode(bufio.NewReader(io.NewSectionReader(content, 0, size)))
	if err != nil {
		return nil, damagedPicture(k)
	}
	return s.lay(picture, t), nil
}

func damagedPicture(k kind) *Refusal {
	return &Refusal{Reason: Damaged, Problem: fmt.Sprintf("is damaged and cannot be read as %s", k),
		Hint: "Open it where it came from, save it again, and send that."}
}

// checkPicture refuses a picture that would take more octets than memory, before anything of it is decoded.
func checkPicture(c image.Config, progressive bool, memory int64) error {
	width, height := int64(c.Width), int64(c.Height)
	if width <= 0 || height <= 0 {
		return &Refusal{Reason: Empty, Problem: "is a picture without pixels", Hint: "Save it again, and send that."}
	}
	if width > 1<<16 || height > 1<<16 || width*height*octets(c.ColorModel, progressive) > memory {
		return tooManyPixels(width, height)
	}
	return nil
}

// octets is what a decoder takes for each pixel, at most.
func octets(m color.Model, progressive bool) int64 {
	n := int64(8)
	switch m {
	case color.GrayModel:
		n = 1
	case color.Gray16Model:
		n = 2
	case color.YCbCrModel:
		n = 3
	case color.RGBAModel, color.NRGBAModel, color.CMYKModel, color.NYCbCrAModel:
		n = 4
	}
	if _, paletted := m.(color.Palette); paletted {
		n = 1
	}
	if progressive { // its coefficients are kept until the end, four octets each
		n *= 5
	}
	return n
}

// lay puts a picture on a page: a scan where its paper lay, anything else as large as it gets within margins.
func (s sheet) lay(picture image.Image, t tags) *gray.Page {
	b := picture.Bounds()
	w, h := b.Dx(), b.Dy()
	dpiX, dpiY := t.dpiX, t.dpiY
	if t.orientation.sideways() {
		w, h, dpiX, dpiY = h, w, dpiY, dpiX
	}
	wmm, hmm, scan := s.paperOf(w, h, dpiX, dpiY)
	if !scan {
		return s.draw(picture, t.orientation, s.photo(wmm, hmm, w, h))
	}
	if at, natural := s.natural(wmm, hmm); natural {
		if p := s.draw(picture, t.orientation, at); !s.cuts(p) {
			return p
		}
	}
	return s.draw(picture, t.orientation, s.fitted(wmm, hmm))
}

// What a scan looks like by its numbers.
const (
	coarsestScan = 100 // pixels an inch
	finestScan   = 1300
	leastScan    = 120  // millimetres, the longer side
	plainScan    = 1000 // pixels across, without any resolution
)

// paperOf is the size, in millimetres, of what a picture of w by h pixels shows, and whether it is a scan of paper. A
// resolution is believed if paper of that size would go through a scanner; without one a picture has no size but a shape, and
// is a scan if that is the shape of A4 or Letter.
func (s sheet) paperOf(w, h int, dpiX, dpiY float64) (wmm, hmm float64, scan bool) {
	sensible := func(dpi float64) bool { return dpi >= coarsestScan && dpi <= finestScan }
	if sensible(dpiX) && sensible(dpiY) {
		wmm, hmm = float64(w)/dpiX*mmPerInch, float64(h)/dpiY*mmPerInch
		if min(wmm, hmm) <= s.widest() && max(wmm, hmm) <= longest && max(wmm, hmm) >= leastScan {
			return wmm, hmm, true
		}
	}
	wmm, hmm = float64(w), float64(h)
	if dpiX > 0 && dpiY > 0 && dpiX/dpiY < 4 && dpiY/dpiX < 4 { // pixels that are not square
		hmm *= dpiX / dpiY
	}
	long, short := max(wmm, hmm), min(wmm, hmm)
	for _, sheet := range [...][2]float64{{210, 297}, {8.5 * mmPerInch, 11 * mmPerInch}} {
		if ratio := long / short * sheet[0] / sheet[1]; short >= plainScan && ratio > 0.99 && ratio < 1.01 {
			return wmm * sheet[0] / short, hmm * sheet[0] / short, true
		}
	}
	return wmm, hmm, false
}

const (
	photoMargin = 15 // millimetres, on all sides
	coarsest    = 72 // pixels an inch: small pictures are not made larger than this
)

// photo places a picture of the shape w by h and so many pixels within margins, turned if it is larger then.
func (s sheet) photo(w, h float64, pixelsW, pixelsH int) place {
	boxW, boxH := min(s.column(), printableWidth)-2*photoMargin, s.length()-2*photoMargin
	most := func(w, h float64) float64 { return min(boxW/w, boxH/h) }
	// The scale that makes a pixel 1/72 inch.
	limit := mmPerInch / coarsest * min(float64(pixelsW)/w, float64(pixelsH)/h)
	p := place{scale: min(most(w, h), limit)}
	if turned := min(most(h, w), limit); turned > p.scale*1.05 {
		p.turned, p.scale = true, turned
		w, h = h, w
	}
	s.put(&p, w*p.scale, h*p.scale, photoMargin, s.length())
	return p
}

// draw draws a picture at its place.
func (s sheet) draw(picture image.Image, o orientation, at place) *gray.Page {
	if at.turned {
		o = o.clockwise()
	}
	w, h := at.w, at.h
	if o.sideways() {
		w, h = h, w
	}
	small := gray.ScaleImage(picture, w, h)
	page := gray.New(at.width, at.height, s.resolution)
	paint(page, small, o, at.x, at.y)
	return page
}

// clockwise is the orientation of what has this one, turned a quarter further.
func (o orientation) clockwise() orientation {
	if o < 1 || o > 8 {
		o = 1
	}
	return [...]orientation{1: 6, 2: 7, 3: 8, 4: 5, 5: 2, 6: 3, 7: 4, 8: 1}[o]
}

// paint puts a picture on a page so that it stands upright, its top left corner at x, y. What does not fit is cut off.
func paint(page, picture *gray.Page, o orientation, x, y int) {
	w, h := picture.Width, picture.Height
	if o.sideways() {
		w, h = h, w
	}
	start, right, down := o.walk(picture.Width, picture.Height)
	first, last := max(-x, 0), min(w, page.Width-x)
	for line := max(-y, 0); line < min(h, page.Height-y); line++ {
		row := page.Row(y + line)
		from := start + line*down + first*right
		if right == 1 && first < last {
			copy(row[x+first:x+last], picture.Pix[from:])
			continue
		}
		for i := first; i < last; i++ {
			row[x+i] = picture.Pix[from]
			from += right
		}
	}
}

// walk tells at which pixel of a picture of w by h the upright one begins, and how far it is to the next pixel to the right
// and to the next line.
func (o orientation) walk(w, h int) (start, right, down int) {
	switch o {
	case 2:
		return w - 1, -1, w
	case 3:
		return w*h - 1, -1, -w
	case 4:
		return w * (h - 1), 1, -w
	case 5:
		return 0, w, 1
	case 6:
		return w * (h - 1), -w, 1
	case 7:
		return w*h - 1, -w, -1
	case 8:
		return w - 1, w, -1
	}
	return 0, 1, w
}
