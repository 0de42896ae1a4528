package api

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"faxbox/fax"
	"faxbox/fax/raster"
	"faxbox/fax/server"
	"faxbox/fax/wire"
)

// previews are the operations that show what would be sent.
func (a *API) previews() {
	tags := []string{"documents"}
	route(a, needs(fax.JobSubmit), huma.Operation{
		OperationID: "previewDocument", Method: http.MethodPost, Path: Root + "/documents/preview", Tags: tags,
		Summary: "Make the pages of a fax, and send nothing", Errors: uploadErrors,
		Description: "The form is that of POST " + Root + "/documents. The pages are exactly those that would be sent. They are kept for " +
			"15 minutes, for whoever asked, and can be sent with the field previewId.",
	}, a.preview)
	route(a, needs(fax.JobSubmit), huma.Operation{
		OperationID: "getPreviewPage", Method: http.MethodGet, Path: Root + "/documents/preview/{previewId}/pages/{page}", Tags: tags,
		Summary: "A page of a preview as a picture, with square pels", Responses: pictures(),
	}, func(ctx context.Context, in *struct {
		PreviewID string `path:"previewId" maxLength:"64"`
		PictureParam
	}) (*stream, error) {
		return in.serve("preview-"+in.PreviewID, func(n int) (*raster.Page, error) {
			page, err := a.server.PreviewPage(who(ctx), in.PreviewID, n)
			return page, missingText(err, "the preview is not known any more, or has no such page", "Make it again.")
		})
	})
}

func (a *API) preview(ctx context.Context, in *upload) (*body[wire.Preview], error) {
	form, err := a.readUpload(in.request)
	defer form.close()
	if err != nil {
		return nil, err
	}
	sub, err := form.submission()
	if err != nil {
		return nil, err
	}
	if sub.Preview != "" {
		return nil, fieldProblem("previewId", "is for sending", "Send files to make another preview.")
	}
	p, err := a.server.PreviewDocument(ctx, who(ctx), sub)
	if err != nil {
		return nil, err
	}
	return &body[wire.Preview]{PreviewOf(p)}, nil
}

// PreviewOf is a preview as the API shows it.
func PreviewOf(p server.Preview) wire.Preview {
	out := wire.Preview{PreviewID: p.ID, Expires: p.Expires, Pages: []wire.PreviewPage{}, Remarks: list(p.Remarks)}
	for i, page := range p.Pages {
		out.Pages = append(out.Pages, wire.PreviewPage{
			Number: i + 1, Width: page.Width, Height: page.Height, Resolution: fmt.Sprintf("%dx%d", page.Resolution.X, page.Resolution.Y),
			Image: fmt.Sprintf("%s/documents/preview/%s/pages/%d.png", Root, p.ID, i+1),
		})
	}
	return out
}

// list is a list that is not null in JSON.
func list(texts []string) []string { return append([]string{}, texts...) }

// CoverParam is a cover page.
type CoverParam struct {
	Name   string `path:"name" maxLength:"100" doc:"The cover page's name"`
	Server bool   `query:"server" doc:"One of the server's, or that came with the program; otherwise one's own comes first"`
}

// coverPages are the operations on the templates of cover pages.
func (a *API) coverPages() {
	tags := []string{"cover pages"}
	const root = Root + "/cover-pages"
	route(a, signedIn, huma.Operation{
		OperationID: "listCoverPages", Method: http.MethodGet, Path: root, Tags: tags,
		Summary: "The cover pages that can be used: those that come with the program, the server's, one's own",
	}, func(ctx context.Context, _ *none) (*body[wire.List[fax.CoverPage]], error) {
		pages, err := a.server.CoverPages(who(ctx))
		return answer(wire.ListOf(pages), err)
	})
	route(a, needs(fax.JobSubmit), huma.Operation{
		OperationID: "addCoverPage", Method: http.MethodPost, Path: root, Tags: tags,
		Summary: "Store a cover page, in the place of one of the same name", DefaultStatus: http.StatusCreated, Errors: uploadErrors,
		Description: "A cover page is a PDF with form fields that are called as the fields of a document are: recipientName, " +
			"coverpageNote. It is checked, and refused if it cannot be filled. One of the server's needs config-set.",
	}, a.addCover)
	a.takesForm(root, map[string]*huma.Schema{
		"name":   {Type: huma.TypeString, Description: "What documents call it; without one, the file's without .pdf"},
		"server": {Type: huma.TypeBoolean, Description: "For all, not only for whoever stores it"},
		"file":   {Type: huma.TypeString, Format: "binary", Description: "The PDF"},
	})
	route(a, signedIn, huma.Operation{
		OperationID: "getCoverPagePDF", Method: http.MethodGet, Path: root + "/{name}/file.pdf", Tags: tags,
		Summary: "A cover page as it was stored", Responses: content("application/pdf"),
	}, func(ctx context.Context, in *CoverParam) (*stream, error) {
		_, pdf, err := a.server.CoverPage(who(ctx), in.Name, in.Server)
		if err != nil {
			return nil, noCover(err, in.Name)
		}
		return download("application/pdf", in.Name+".pdf", pdf), nil
	})
	route(a, signedIn, huma.Operation{
		OperationID: "getCoverPagePicture", Method: http.MethodGet, Path: root + "/{name}/preview.png", Tags: tags,
		Summary: "A cover page as it looks when it is filled", Responses: pictures(), Errors: []int{http.StatusUnprocessableEntity},
	}, a.coverPicture)
	route(a, needs(fax.JobSubmit), huma.Operation{
		OperationID: "deleteCoverPage", Method: http.MethodDelete, Path: root + "/{name}", Tags: tags,
		Summary: "Remove one's own cover page, or with server one of the server's", Description: "One of the server's needs config-set.",
	}, func(ctx context.Context, in *CoverParam) (*none, error) {
		return nil, noCover(a.server.RemoveCoverPage(who(ctx), in.Name, in.Server), in.Name)
	})
}

// coverPicture shows a cover page. To make it takes a moment, so whoever has it is told that it is as it was; but it is asked
// for again, since another may be stored under its name.
func (a *API) coverPicture(ctx context.Context, in *struct {
	CoverParam
	Width
	IfNoneMatch string `header:"If-None-Match" doc:"The ETag of an earlier answer"`
}) (*stream, error) {
	_, pdf, err := a.server.CoverPage(who(ctx), in.Name, in.Server)
	if err != nil {
		return nil, noCover(err, in.Name)
	}
	tag := fmt.Sprintf(`"%x-%d"`, sha256.Sum256(pdf), in.Width.Width)
	headers := http.Header{"ETag": {tag}, "Cache-Control": {"private, no-cache"}}
	if strings.Contains(in.IfNoneMatch, tag) {
		return nil, huma.ErrorWithHeaders(huma.Status304NotModified(), headers)
	}
	page, err := a.server.CoverPicture(ctx, who(ctx), in.Name, in.Server)
	if err != nil {
		return nil, noCover(err, in.Name)
	}
	return pictureOf(page, in.Width.Width, headers), nil
}

func noCover(err error, name string) error {
	return missingText(err, fmt.Sprintf("there is no cover page %q", name), "List them to see what there is.")
}

func (a *API) addCover(ctx context.Context, in *upload) (*struct {
	Status int
	Body   wire.CoverAdded
}, error) {
	form, err := a.readUpload(in.request)
	defer form.close()
	if err != nil {
		return nil, err
	}
	name, err := form.take("name")
	if err != nil {
		return nil, err
	}
	onServer, err := form.take("server")
	if err != nil {
		return nil, err
	}
	for other := range form.fields {
		return nil, fieldProblem(other, "is no field of a cover page", "Send name, server and a file.")
	}
	if len(form.files) != 1 {
		return nil, fieldProblem("file", fmt.Sprintf("is there %d times", len(form.files)), "Attach one PDF.")
	}
	if name == "" {
		name = strings.TrimSuffix(form.files[0].Name, ".pdf")
	}
	page, remarks, err := a.server.AddCoverPage(ctx, who(ctx), name, slices.Contains([]string{"true", "on", "1"}, onServer), form.files[0])
	if err != nil {
		return nil, err
	}
	return &struct {
		Status int
		Body   wire.CoverAdded
	}{http.StatusCreated, wire.CoverAdded{CoverPage: page, Remarks: list(remarks)}}, nil
}
