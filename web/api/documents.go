package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
)

// Limits of one submission.
const (
	maxFiles  = 64
	maxFields = 2 * fax.MaxRecipients
	maxField  = 64 << 10 // octets
)

// upload is the body of POST /documents: read by hand, because files go to the disk as they come.
type upload struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255" doc:"Sent again with the same key within a day, it is the same fax"`
	request        *http.Request
}

// uploadTime is how long an upload may take.
const uploadTime = 15 * time.Minute

// Resolve keeps the request.
func (u *upload) Resolve(ctx huma.Context) []error {
	r, w := humago.Unwrap(ctx)
	u.request = r
	// Not every writer has deadlines; that of http.Server does.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime))
	return nil
}

type submitted struct {
	Status   int
	Location string `header:"Location" doc:"The first job"`
	Body     wire.Submitted
}

// uploadErrors are the errors of operations that take files.
var uploadErrors = []int{http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}

// documents is the operation of FaxDoc: Send, and what it would do.
func (a *API) documents() {
	route(a, needs(fax.JobSubmit), huma.Operation{
		OperationID: "sendDocument", Method: http.MethodPost, Path: Root + "/documents", Tags: []string{"documents"},
		Summary: "Send a fax: fields and files", DefaultStatus: http.StatusCreated,
		Description: "Fields are named as in Document; files may be called anything and are sent in their order, in one call. " +
			"Several faxNumber fields, or recipients, make one job each. Instead of fields a part named document may hold them as " +
			"JSON. Files may be PDF, TIFF, PNG, JPEG, GIF, WebP, BMP or plain text; what they are shows in their content. With " +
			"previewId the pages of a preview are sent instead of files: exactly those. When the answer comes the fax is safely on " +
			"the disk; with an error nothing was queued.",
		Errors: uploadErrors,
	}, a.submit)
	a.previews()
	a.describeUpload()
}

func (a *API) submit(ctx context.Context, in *upload) (*submitted, error) {
	form, err := a.readUpload(in.request)
	defer form.close()
	if err != nil {
		return nil, err
	}
	sub, err := form.submission()
	if err != nil {
		return nil, err
	}
	sub.Key = in.IdempotencyKey
	jobs, again, err := a.server.Submit(ctx, who(ctx), sub)
	if err != nil {
		return nil, err
	}
	out := &submitted{Status: http.StatusCreated, Body: wire.Submitted{List: wire.ListOf(jobs)}}
	if again {
		out.Status = http.StatusOK
	}
	if len(jobs) > 0 {
		out.Body.JobID, out.Body.SubmissionID = jobs[0].JobID, jobs[0].SubmissionID
		out.Location = Root + "/jobs/" + strconv.FormatInt(int64(jobs[0].JobID), 10)
	}
	return out, nil
}

// form is an upload that was read.
type form struct {
	fields map[string][]string
	whole  []byte // the part named document
	files  []server.File
	temp   []*os.File

	nameless func(pattern string) (*os.File, error)
}

// close forgets the files. They have no names already.
func (f *form) close() {
	for _, t := range f.temp {
		t.Close()
	}
}

// readUpload reads the parts. Files go to files without a name in the folder for temporary ones.
func (a *API) readUpload(r *http.Request) (*form, error) {
	f := &form{fields: map[string][]string{}, nameless: a.nameless}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		return f, problem(http.StatusUnsupportedMediaType, "the document is not sent as multipart/form-data", "With curl: -F faxNumber=102 -F file=@page.tif")
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return f, problem(http.StatusBadRequest, err.Error(), "Check the Content-Type header.")
	}
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if err == io.EOF { // exactly: an upload that was cut off wraps it
			return f, nil
		}
		if err == nil && n >= maxFields+maxFiles {
			err = errors.New("too many parts")
		}
		if err == nil {
			err = f.read(part)
		}
		if err != nil {
			return f, broken(err)
		}
	}
}

// broken is a body that cannot be read on.
func broken(err error) error {
	var p *wire.Problem
	var tooLarge *http.MaxBytesError
	if errors.As(err, &p) || errors.As(err, &tooLarge) {
		return err
	}
	return problem(http.StatusBadRequest, "the upload cannot be read: "+err.Error(), "Send it again.")
}

func (f *form) read(part *multipart.Part) error {
	defer part.Close()
	name := part.FormName()
	if part.FileName() != "" && name != "document" {
		return f.file(part)
	}
	text, err := io.ReadAll(io.LimitReader(part, maxField+1))
	switch {
	case err != nil:
		return err
	case name == "document":
		more, err := io.ReadAll(io.LimitReader(part, maxBody))
		f.whole = append(text, more...)
		return err
	case len(text) > maxField:
		return problem(http.StatusRequestEntityTooLarge, "the field "+name+" is too long", "Send a shorter text, or a file with a name.")
	}
	f.fields[name] = append(f.fields[name], string(text))
	return nil
}

func (f *form) file(part *multipart.Part) error {
	if len(f.files) >= maxFiles {
		return problem(http.StatusRequestEntityTooLarge, fmt.Sprintf("more than %d files", maxFiles), "Send several faxes.")
	}
	t, err := f.nameless("faxbox-upload-")
	if err != nil {
		return err
	}
	f.temp = append(f.temp, t)
	size, err := io.Copy(t, part)
	if err != nil {
		return err
	}
	f.files = append(f.files, server.File{Name: part.FileName(), Content: t, Size: size})
	return nil
}

// submission is what the upload says: a draft, its files with their passwords, or the preview in their place.
func (f *form) submission() (sub server.Submission, err error) {
	if err := f.passwords(); err != nil {
		return sub, err
	}
	if sub.Preview, err = f.take("previewId"); err != nil {
		return sub, err
	}
	sub.Document, err = f.document()
	sub.Files = f.files
	return sub, err
}

// passwords gives the files their passwords: a single one is for all files, several are for one each.
func (f *form) passwords() error {
	list := f.fields["filePassword"]
	delete(f.fields, "filePassword")
	if len(list) > 1 && len(list) != len(f.files) {
		return fieldProblem("filePassword", fmt.Sprintf("was sent %d times, for %d files", len(list), len(f.files)),
			"Send it once for all files, or once for each, in their order.")
	}
	for i := range f.files {
		if len(list) > 0 {
			f.files[i].Password = list[min(i, len(list)-1)]
		}
	}
	return nil
}

// take takes a field that is no member of a document out of the form.
func (f *form) take(name string) (string, error) {
	values := f.fields[name]
	delete(f.fields, name)
	switch len(values) {
	case 0:
		return "", nil
	case 1:
		return values[0], nil
	}
	return "", fieldProblem(name, "was sent several times", "Send it once.")
}

// document makes the draft of the fields: each is given the type that its member has.
func (f *form) document() (fax.Document, error) {
	var doc fax.Document
	if f.whole != nil {
		if err := unmarshalStrictly(f.whole, &doc); err != nil {
			return doc, fieldProblem("document", "is no JSON document: "+err.Error(), "See the schema Document in "+OpenAPI+".json.")
		}
	}
	if err := f.recipients(&doc); err != nil {
		return doc, err
	}
	for name, values := range f.fields {
		if err := setField(&doc, name, values); err != nil {
			return doc, err
		}
	}
	if doc.FileName == "" && len(f.files) > 0 {
		doc.FileName = f.files[0].Name
	}
	return doc, nil
}

// recipients takes faxNumber and recipients out of the fields: both may come several times.
func (f *form) recipients(doc *fax.Document) error {
	for i, number := range f.fields["faxNumber"] {
		if i == 0 && doc.FaxNumber == "" {
			doc.FaxNumber = number
		} else {
			doc.Recipients = append(doc.Recipients, fax.Recipient{FaxNumber: number})
		}
	}
	for _, text := range f.fields["recipients"] {
		var some []fax.Recipient
		switch {
		case strings.HasPrefix(strings.TrimSpace(text), "["):
			if err := unmarshalStrictly([]byte(text), &some); err != nil {
				return fieldProblem("recipients", "is no JSON: "+err.Error(), `Send numbers, or [{"faxNumber":"102"}].`)
			}
		default:
			some = []fax.Recipient{{FaxNumber: text}}
		}
		doc.Recipients = append(doc.Recipients, some...)
	}
	delete(f.fields, "faxNumber")
	delete(f.fields, "recipients")
	return nil
}

// setField sets a member of the draft to text.
func setField(doc *fax.Document, name string, values []string) error {
	field, ok := documentField(doc, name)
	if !ok {
		return fieldProblem(name, "is no field of a document", "See the schema Document in "+OpenAPI+".json.")
	}
	if len(values) > 1 {
		return fieldProblem(name, "was sent several times", "Send it once.")
	}
	value := values[0]
	if value == "" {
		return nil // a form's empty field: not set
	}
	text := []byte(value)
	switch field.Kind() {
	case reflect.Bool:
		if value == "on" { // a form's ticked box
			text = []byte("true")
		}
	case reflect.Int64:
	default:
		text, _ = json.Marshal(value) // text always can be
	}
	if err := json.Unmarshal(text, field.Addr().Interface()); err != nil {
		return fieldProblem(name, fmt.Sprintf("cannot be %q", value), "It is a "+field.Type().Name()+".")
	}
	return nil
}

func documentField(doc *fax.Document, name string) (reflect.Value, bool) {
	v := reflect.ValueOf(doc).Elem()
	for i := range v.NumField() {
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if tag == name {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func unmarshalStrictly(data []byte, v any) error {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

func fieldProblem(field, problem, hint string) error {
	return fax.Invalid{{Field: field, Problem: problem, Hint: hint, Code: fax.ErrorInvalidParameter}}
}

// describeUpload writes the form into the OpenAPI document: the members of Document, and files.
func (a *API) describeUpload() {
	schemas := a.huma.OpenAPI().Components.Schemas
	whole := schemas.Schema(reflect.TypeFor[fax.Document](), true, "Document")
	fields := map[string]*huma.Schema{
		"document": whole,
		"file": {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Format: "binary"},
			Description: "The files, in order; any other name will do"},
	}
	for name, s := range schemas.SchemaFromRef(whole.Ref).Properties {
		fields[name] = s
	}
	fields["filePassword"] = &huma.Schema{Type: huma.TypeString, Description: "Of PDF files that are encrypted: once for all files, or " +
		"once for each, in their order. It is not kept"}
	a.takesForm(Root+"/documents/preview", maps.Clone(fields))
	fields["previewId"] = &huma.Schema{Type: huma.TypeString, Description: "Of a preview, instead of files: its pages are sent, exactly " +
		"as they were shown. The other fields are sent again, and may differ in what does not show on the pages"}
	op := a.takesForm(Root+"/documents", fields)
	op.Responses["200"] = &huma.Response{Description: "The Idempotency-Key was known: the same jobs, nothing new was queued",
		Content: op.Responses["201"].Content, Headers: op.Responses["201"].Headers}
}

// takesForm writes the fields of a form into the OpenAPI document.
func (a *API) takesForm(path string, fields map[string]*huma.Schema) *huma.Operation {
	op := a.huma.OpenAPI().Paths[path].Post
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Properties: fields}},
	}}
	return op
}
