package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"faxbox/fax"
	"faxbox/fax/document/pdf"
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
		Bin        bool         `query:"bin" doc:"What was deleted and can still be brought back; else none of it"`
		UserName   string       `query:"userName" maxLength:"64" doc:"Only what belongs to this account: sent by it, or handed on to it"`
		Text       string       `query:"text" maxLength:"255" doc:"In numbers, station ids, names or notes; a page may then hold fewer than limit and yet go on"`
		Span
		Paging
	}) (*body[wire.List[fax.Message]], error) {
		page, err := a.server.Messages(server.MessageFilter{
			Direction: fax.Direction(in.Direction), DeviceID: in.DeviceID, Number: in.Number, Unread: in.Unread,
			Quarantine: in.Quarantine, Bin: in.Bin, UserName: in.UserName, Text: in.Text, Since: in.Since, Until: in.Until, Paging: in.Paging.of(),
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
		Summary: "Mark as read, note something, hand on to a user, or release from quarantine",
		Description: "Releasing needs job-manage; handing on needs that too, or that the fax is one's own. Whose a fax is hides it " +
			"from nobody: everybody with job-query sees every fax.",
	}, func(ctx context.Context, in *struct {
		MessageParam
		Body fax.MessagePatch
	}) (*body[fax.Message], error) {
		m, err := a.server.UpdateMessage(who(ctx), in.ID, in.Body)
		return answer(m, noMessage(err, in.ID))
	})
	a.bin()
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
		Summary: "The pages as a TIFF file, with what is known of the fax in its tags", Responses: content("image/tiff"),
	}, func(_ context.Context, in *MessageParam) (*stream, error) {
		return a.fileOf(in.ID, "image/tiff", ".tiff", func(w io.Writer, m fax.Message, file *tiff.File) error {
			return tiff.Export(w, file, a.server.Facts(m))
		})
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "getMessagePDF", Method: http.MethodGet, Path: Root + "/messages/{id}/file.pdf", Tags: tags,
		Summary: "The pages as a PDF file", Responses: content("application/pdf"),
	}, func(_ context.Context, in *MessageParam) (*stream, error) {
		return a.fileOf(in.ID, "application/pdf", ".pdf", func(w io.Writer, m fax.Message, file *tiff.File) error {
			return pdf.Write(w, a.server.DescribePDF(m), file)
		})
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "getMessageReport", Method: http.MethodGet, Path: Root + "/messages/{id}/report.pdf", Tags: tags,
		Summary: "The delivery report of a fax that was sent, as a PDF file", Responses: content("application/pdf"),
	}, func(_ context.Context, in *MessageParam) (*stream, error) {
		report, err := a.server.MessageReport(in.ID)
		if err != nil {
			return nil, missingText(err, fmt.Sprintf("there is no message %d that was sent", in.ID), "List them to see what there is.")
		}
		return download("application/pdf", fmt.Sprintf("report-%d.pdf", in.ID), report), nil
	})
	route(a, needs(fax.JobQuery), huma.Operation{
		OperationID: "getMessagePage", Method: http.MethodGet, Path: Root + "/messages/{id}/pages/{page}", Tags: tags,
		Summary: "A page as a picture, with square pels", Responses: pictures(),
	}, func(_ context.Context, in *struct {
		MessageParam
		PictureParam
	}) (*stream, error) {
		m, err := a.server.Message(in.ID)
		if err != nil {
			return nil, noMessage(err, in.ID)
		}
		return in.serve(fmt.Sprintf("%d-%x", m.ID, m.RawReceiveTime.UnixNano()), func(n int) (*raster.Page, error) {
			page, err := a.page(in.ID, n)
			return page, noMessage(err, in.ID)
		})
	})
}

// fileOf answers with a message as a file. It is made on the disk first, in a file without a name: so parts of it can be
// asked for, and a fax that cannot be read is an error and not half a file.
func (a *API) fileOf(id fax.MessageID, kind, suffix string, write func(io.Writer, fax.Message, *tiff.File) error) (*stream, error) {
	m, err := a.server.Message(id)
	if err != nil {
		return nil, noMessage(err, id)
	}
	pages, closer, err := a.openTIFF(id)
	if err != nil {
		return nil, noMessage(err, id)
	}
	defer closer.Close()
	file, err := a.nameless("faxbox-download-")
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(file, 64<<10)
	if err := errors.Join(write(w, m, pages), w.Flush()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &stream{func(ctx huma.Context) {
		defer file.Close()
		r, w := humago.Unwrap(ctx)
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="fax-%d%s"`, id, suffix))
		http.ServeContent(w, r, "", m.EndTime, file)
	}}, nil
}

// nameless makes a file without a name: it lives as long as it is open, and goes with the process.
func (a *API) nameless(pattern string) (*os.File, error) {
	f, err := os.CreateTemp(a.temp, pattern)
	if errors.Is(err, fs.ErrNotExist) && a.temp != "" {
		if err := os.MkdirAll(a.temp, 0o700); err != nil {
			return nil, err
		}
		f, err = os.CreateTemp(a.temp, pattern)
	}
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
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
	texts, err := file.Texts(0)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for tag, text := range texts {
		tags[strconv.Itoa(int(tag))] = text
	}
	return tags, nil
}

// page reads a page, counted from 1.
func (a *API) page(id fax.MessageID, n int) (*raster.Page, error) {
	file, closer, err := a.openTIFF(id)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	if n < 1 || n > file.Pages() {
		return nil, problem(http.StatusNotFound, fmt.Sprintf("the fax has no page %d, its last is %d", n, file.Pages()), "Pages are counted from 1.")
	}
	page, err := file.Page(n - 1)
	var damage *tiff.Damage
	if err != nil && !errors.As(err, &damage) { // what is readable of a damaged page is shown
		return nil, err
	}
	return page, nil
}
