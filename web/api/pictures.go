package api

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"faxbox/fax/raster"
	"faxbox/fax/raster/gray"
)

// PictureParam asks for a page as a picture.
type PictureParam struct {
	Page string `path:"page" pattern:"^[1-9][0-9]{0,4}\\.png$" doc:"1.png is the first page"`
	Width
	IfNoneMatch string `header:"If-None-Match" doc:"The ETag of an earlier answer"`
}

// Width is how wide a picture is to be.
type Width struct {
	Width int `query:"width" minimum:"16" maximum:"2500" doc:"In pels; the picture is then gray, so that small ones can be read. Without it each pel of the page is one of the picture's"`
}

// pageOf is the page that is asked for, counted from 1.
func (p PictureParam) number() int {
	n, err := strconv.Atoi(strings.TrimSuffix(p.Page, ".png"))
	if err != nil {
		return 0 // the pattern has kept it out
	}
	return n
}

// pictures says in the OpenAPI document that a picture comes, or that it is as it was.
func pictures() map[string]*huma.Response {
	all := content("image/png")
	all["304"] = &huma.Response{Description: "Not Modified: as it was when this ETag was given"}
	return all
}

// serve answers with a page, read when it is needed, that never changes as long as what it belongs to has this name. Such an
// answer may be kept by whoever asked.
func (p PictureParam) serve(of string, read func(n int) (*raster.Page, error)) (*stream, error) {
	tag := fmt.Sprintf(`"%s-%d-%d"`, of, p.number(), p.Width.Width)
	headers := http.Header{"ETag": {tag}, "Cache-Control": {"private, max-age=31536000, immutable"}}
	if strings.Contains(p.IfNoneMatch, tag) {
		return nil, huma.ErrorWithHeaders(huma.Status304NotModified(), headers)
	}
	page, err := read(p.number())
	if err != nil {
		return nil, err
	}
	return pictureOf(page, p.Width.Width, headers), nil
}

// pictureOf answers with a page as a picture: in gray, so wide, or, if width is 0, pel for pel, but for square pels.
func pictureOf(page *raster.Page, width int, headers http.Header) *stream {
	return &stream{func(ctx huma.Context) {
		for name, values := range headers {
			ctx.SetHeader(name, values[0])
		}
		ctx.SetHeader("Content-Type", "image/png")
		// Whoever asked has gone, if it cannot be written.
		if width > 0 {
			_ = gray.WritePNG(ctx.BodyWriter(), gray.Shrink(page, width))
			return
		}
		_ = png.Encode(ctx.BodyWriter(), picture{square(page)})
	}}
}

// square gives a page square pels.
func square(p *raster.Page) *raster.Page {
	if r := p.Resolution; r.X > 0 && r.Y > 0 && r.X != r.Y {
		return p.Scale(p.Width, max(1, p.Height*r.X/r.Y))
	}
	return p
}

// picture shows a page as the image packages want it: two colours, one bit a pel.
type picture struct{ *raster.Page }

var twoColours = color.Palette{color.Gray{0xFF}, color.Gray{0}}

func (p picture) ColorModel() color.Model { return twoColours }
func (p picture) Bounds() image.Rectangle { return image.Rect(0, 0, p.Width, p.Height) }
func (p picture) At(x, y int) color.Color { return twoColours[p.ColorIndexAt(x, y)] }
func (p picture) ColorIndexAt(x, y int) uint8 {
	return p.Row(y)[x/8] >> (7 - x%8) & 1
}

// download answers with a file that is in memory.
func download(kind, name string, data []byte) *stream {
	return &stream{func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", kind)
		ctx.SetHeader("Content-Length", strconv.Itoa(len(data)))
		ctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		_, _ = bytes.NewReader(data).WriteTo(ctx.BodyWriter()) // whoever asked has gone
	}}
}
