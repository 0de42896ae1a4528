package render

import (
	"errors"
	"fmt"
	"image"
	"io"

	colourtiff "github.com/hhrutter/tiff"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
	"faxbox/fax/tiff"
)

// openTIFF opens a TIFF file, or refuses it.
func openTIFF(content io.ReaderAt, size int64) (*tiff.File, error) {
	f, err := tiff.Open(content, size)
	if err != nil {
		return nil, &Refusal{Reason: Damaged, Problem: fmt.Sprintf("cannot be read as TIFF (%v)", err),
			Hint: "Scan or save it again, as TIFF or as PDF, and send that."}
	}
	return f, nil
}

// tiffPage makes a page of page n of a TIFF file, counted from 0. What is a fax already comes as it is, pel for pel, at its own
// resolution.
func (s sheet) tiffPage(f *tiff.File, content io.ReaderAt, n int, memory int64, mode gray.Mode) (*raster.Page, error) {
	info, err := f.Info(n)
	if err != nil { // it is not bilevel
		p, err := s.drawing().colourPage(f, content, n, memory)
		if err != nil {
			return nil, err
		}
		return s.bilevel(p, mode), nil
	}
	p, err := f.Page(n)
	if err != nil {
		return nil, &Refusal{Reason: Damaged, Problem: "is damaged", Hint: "Scan or save it again, and send that."}
	}
	t := tiffTags(f, n)
	if asItIs := faxPage(p, t); asItIs != nil {
		return asItIs, nil
	}
	if int64(info.Width)*int64(p.Height) > memory {
		return nil, tooManyPixels(int64(p.Width), int64(p.Height))
	}
	return s.bilevel(s.drawing().lay(expand(p), t), mode), nil
}

// faxPage is a page that can go on a line as it is, in the middle of its column, or nil.
func faxPage(p *raster.Page, t tags) *raster.Page {
	if t.orientation != 1 || float64(p.Height)/p.Resolution.LinesPerMM() > longest {
		return nil
	}
	switch p.Resolution {
	case raster.Standard, raster.Fine, raster.Superfine, raster.R16:
		// Only faxes have these. Their width may be that of the paper instead of the column's.
		for _, paper := range [...]raster.Paper{raster.A4, raster.B4, raster.A3} {
			if width := paper.Width(p.Resolution); p.Width <= width {
				return p.Fit(width, p.Resolution)
			}
		}
	case raster.Inch200x100, raster.Inch200, raster.Inch200x400, raster.Inch300, raster.Inch400:
		for _, paper := range [...]raster.Paper{raster.A4, raster.B4, raster.A3} {
			if p.Width == paper.Width(p.Resolution) {
				return p
			}
		}
	}
	return nil
}

// tiffTags are the tags of page n.
func tiffTags(f *tiff.File, n int) tags {
	number := func(t tiff.Tag) float64 {
		field, ok, err := f.Field(n, t)
		if err != nil || !ok {
			return 0
		}
		return field.Number(0)
	}
	t := tags{orientation: 1, dpiX: number(tagXResolution), dpiY: number(tagYResolution)}
	if o := number(tagOrientation); o >= 1 && o <= 8 {
		t.orientation = orientation(o)
	}
	switch number(tagResolutionUnit) {
	case 1:
		t.dpiX, t.dpiY = 0, 0
	case 3:
		t.dpiX, t.dpiY = t.dpiX*2.54, t.dpiY*2.54
	}
	return t
}

// colourPage makes a page of one that is gray or in colour.
func (s sheet) colourPage(f *tiff.File, content io.ReaderAt, n int, memory int64) (*gray.Page, error) {
	picture, err := decodeTIFF(content, f.Directory(n), memory)
	if r, ok := errors.AsType[*Refusal](err); ok {
		return nil, r
	}
	if err != nil {
		return nil, &Refusal{Reason: Damaged, Problem: "is damaged, or of a kind of TIFF that cannot be read",
			Hint: "Save it as PDF or JPEG, and send that."}
	}
	return s.lay(picture, tiffTags(f, n)), nil
}

// decodeTIFF decodes the picture of a directory. The decoder is not ours: should it panic, its picture is a damaged one.
func decodeTIFF(content io.ReaderAt, directory, memory int64) (picture image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("decoding a TIFF picture: %v", p)
		}
	}()
	r := struct { // its decoder reads at random if it can
		io.Reader
		io.ReaderAt
	}{io.NewSectionReader(content, 0, 1<<32), content}
	config, err := colourtiff.DecodeConfigAt(r, directory)
	if err != nil {
		return nil, err
	}
	if err := checkPicture(config, false, memory); err != nil {
		return nil, err
	}
	return colourtiff.DecodeAt(r, directory)
}

// expand is a page as a picture of an octet a pel.
func expand(p *raster.Page) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, p.Width, p.Height))
	for y := range p.Height {
		row, to := p.Row(y), g.Pix[y*g.Stride:][:p.Width]
		for x := range to {
			to[x] = row[x/8]<<(x%8)>>7&1 - 1 // black, 1, becomes 0; white, 0, becomes 255
		}
	}
	return g
}
