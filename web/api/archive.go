package api

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/fax/server"
	"faxbox/fax/tiff"
	"faxbox/fax/wire"
)

// Paging are the parameters of long listings.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"255" doc:"Where to go on: next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many at most"`
}

func (p Paging) of() server.Paging { return server.Paging{Cursor: p.Cursor, Limit: p.Limit} }

// Span is a stretch of time.
type Span struct {
	Since time.Time `query:"since" doc:"From this moment on"`
	Until time.Time `query:"until" doc:"Up to this moment, not included"`
}

func pageOf[T any](p server.Page[T]) wire.List[T] {
	l := wire.ListOf(p.Items)
	l.Next = p.Next
	return l
}

type MessageParam struct {
	ID fax.MessageID `path:"id" minimum:"1" doc:"The message's key"`
}

type PageParam struct {
	MessageParam
	Page string `path:"page" pattern:"^[1-9][0-9]{0,4}\\.png$" doc:"1.png is the first page"`
}

// messages are the operations of FaxTiff and the archive.
func (a *API) messages() {
	tags := []string{"messages"}
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "listMessages", Method: http.MethodGet, Path: Root + "/messages", Tags: tags,
		Summary: "Faxes received and sent, newest first",
	}, func(_ context.Context, in *struct {
		Direction  string       `query:"direction" enum:"in,out" doc:"Received or sent only"`
		DeviceID   fax.DeviceID `query:"deviceId" minimum:"1" doc:"Of this port only"`
		Number     string       `query:"number" maxLength:"64" doc:"Caller or dialled number begins so"`
		Unread     bool         `query:"unread" doc:"Only what nobody has seen"`
		Quarantine bool         `query:"quarantine" doc:"Only what is kept apart"`
		Span
		Paging
	}) (*body[wire.List[fax.Message]], error) {
		page, err := a.server.Messages(server.MessageFilter{
			Direction: fax.Direction(in.Direction), DeviceID: in.DeviceID, Number: in.Number, Unread: in.Unread,
			Quarantine: in.Quarantine, Since: in.Since, Until: in.Until, Paging: in.Paging.of(),
		})
		return answer(pageOf(page), err)
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "getMessage", Method: http.MethodGet, Path: Root + "/messages/{id}", Tags: tags, Summary: "One fax",
	}, func(_ context.Context, in *struct {
		MessageParam
		Tags bool `query:"tags" doc:"With the TIFF tags of the first page as text"`
	}) (*body[fax.Message], error) {
		m, err := a.server.Message(in.ID)
		if err == nil && in.Tags {
			m.TiffTagString, err = a.tiffTags(in.ID)
		}
		return answer(m, noMessage(err, in.ID))
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "patchMessage", Method: http.MethodPatch, Path: Root + "/messages/{id}", Tags: tags,
		Summary: "Mark as read, note something, or release from quarantine", Description: "Releasing needs job-manage.",
	}, func(ctx context.Context, in *struct {
		MessageParam
		Body fax.MessagePatch
	}) (*body[fax.Message], error) {
		m, err := a.server.UpdateMessage(who(ctx), in.ID, in.Body)
		return answer(m, noMessage(err, in.ID))
	})
	route(a, needs(fax.JobManage), huma.Operation{
		OperationID: "deleteMessage", Method: http.MethodDelete, Path: Root + "/messages/{id}", Tags: tags,
		Summary: "Remove a fax and its pages",
	}, func(ctx context.Context, in *MessageParam) (*none, error) {
		return nil, noMessage(a.server.DeleteMessage(who(ctx), in.ID), in.ID)
	})
	a.files()
}

// stream is an answer that is written by hand.
type stream struct{ Body func(huma.Context) }

// content says in the OpenAPI document what is streamed.
func content(kind string) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
		kind: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}}
}

// files are what messages look like.
func (a *API) files() {
	tags := []string{"messages"}
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "getMessageTIFF", Method: http.MethodGet, Path: Root + "/messages/{id}/file.tiff", Tags: tags,
		Summary: "The pages as a TIFF file", Responses: content("image/tiff"),
	}, func(_ context.Context, in *MessageParam) (*stream, error) {
		m, err := a.server.Message(in.ID)
		if err != nil {
			return nil, noMessage(err, in.ID)
		}
		file, _, err := a.server.MessageTIFF(in.ID)
		if err != nil {
			return nil, err
		}
		return &stream{func(ctx huma.Context) {
			defer file.Close()
			r, w := humago.Unwrap(ctx)
			h := w.Header()
			h.Set("Content-Type", "image/tiff")
			h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="fax-%d.tiff"`, in.ID))
			http.ServeContent(w, r, "", m.EndTime, file)
		}}, nil
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "getMessagePDF", Method: http.MethodGet, Path: Root + "/messages/{id}/file.pdf", Tags: tags,
		Summary: "The pages as a PDF file: not yet", Responses: content("application/pdf"),
	}, func(context.Context, *MessageParam) (*stream, error) {
		return nil, problem(http.StatusNotFound, "this version does not make PDF files yet", "Fetch file.tiff.")
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "getMessagePage", Method: http.MethodGet, Path: Root + "/messages/{id}/pages/{page}", Tags: tags,
		Summary: "A page as a picture, with square pels", Responses: content("image/png"),
	}, func(_ context.Context, in *PageParam) (*stream, error) {
		n, err := strconv.Atoi(strings.TrimSuffix(in.Page, ".png"))
		if err != nil {
			return nil, err
		}
		page, err := a.page(in.ID, n)
		if err != nil {
			return nil, noMessage(err, in.ID)
		}
		return &stream{func(ctx huma.Context) {
			ctx.SetHeader("Content-Type", "image/png")
			_ = png.Encode(ctx.BodyWriter(), picture{page}) // whoever asked has gone
		}}, nil
	})
}

// openTIFF opens the file of a message; its owner closes the io.Closer.
func (a *API) openTIFF(id fax.MessageID) (*tiff.File, io.Closer, error) {
	file, size, err := a.server.MessageTIFF(id)
	if err != nil {
		return nil, nil, err
	}
	t, err := tiff.Open(file, size)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return t, file, nil
}

// tiffTags are the tags of the first page as text, by number.
func (a *API) tiffTags(id fax.MessageID) (map[string]string, error) {
	file, closer, err := a.openTIFF(id)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	tags := map[string]string{}
	if file.Pages() == 0 {
		return tags, nil
	}
	for t := tiff.NewSubfileType; t <= tiff.FaxDcs; t++ {
		if t == lastBaseline {
			t = tiff.FaxRecvParams
		}
		if f, ok, err := file.Field(0, t); ok && err == nil { // a remark that cannot be read is as good as none
			tags[strconv.Itoa(int(t))] = f.String()
		}
	}
	return tags, nil
}

// lastBaseline is the first number that tags of fax do not have, up to the private ones (TIFF 6.0, RFC 2306).
const lastBaseline tiff.Tag = 350

// page reads a page, counted from 1, and gives it square pels.
func (a *API) page(id fax.MessageID, n int) (*raster.Page, error) {
	file, closer, err := a.openTIFF(id)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	if n < 1 || n > file.Pages() {
		return nil, problem(http.StatusNotFound, fmt.Sprintf("the fax has %d pages and no page %d", file.Pages(), n), "Pages are counted from 1.")
	}
	page, err := file.Page(n - 1)
	var damage *tiff.Damage
	if err != nil && !errors.As(err, &damage) { // what is readable of a damaged page is shown
		return nil, err
	}
	if r := page.Resolution; r.X > 0 && r.Y > 0 && r.X != r.Y {
		page = page.Scale(page.Width, max(1, page.Height*r.X/r.Y))
	}
	return page, nil
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
