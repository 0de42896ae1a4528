package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"faxbox/fax"
	"faxbox/fax/document/render/rendertest"
	"faxbox/fax/document/typeset"
	"faxbox/fax/exchange"
	"faxbox/fax/raster"
	"faxbox/fax/raster/sample"
	"faxbox/fax/server"
	"faxbox/fax/t4"
	"faxbox/fax/tiff"
	"faxbox/store"
	"faxbox/web/auth"
	"faxbox/web/upkeep"
)

// The real handler before the real server with the real store, its ports on the simulated exchange, in virtual time. Every
// answer in every test is held against the OpenAPI document.

// box is a box with lines 101 and 102; 103 is busy.
type box struct {
	*testing.T
	api      *API
	handler  http.Handler
	server   *server.Server
	accounts *auth.Accounts
	store    *store.Store
	renderer rendertest.Renderer
	fonts    *typeset.Fonts
	tokens   map[fax.Role]string
	dir      string

	upkeep  *upkeep.Upkeep
	endings []upkeep.Ending // that were asked for
}

// inBox runs a test in a bubble, with a token for each role.
func inBox(t *testing.T, f func(*box)) {
	t.Helper()
	dir := t.TempDir() // outside: its name comes from outside
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))) // a bubble begins before any box was made
		b := &box{T: t, dir: dir, tokens: map[fax.Role]string{}, fonts: typeset.Open()}
		b.open(f)
	})
}

func (b *box) open(f func(*box)) {
	x := exchange.New(exchange.Options{})
	defer x.Close()
	x.Behave(exchange.Station{Number: "103"}, exchange.Behaviour{Does: exchange.Busy})
	var err error
	b.store, err = store.Open(filepath.Join(b.dir, "data"), store.Options{})
	b.must(err)
	defer b.store.Close()
	var ports []server.PortSource
	for _, number := range []string{"101", "102"} {
		modem := x.Modem(exchange.Station{Number: number}, exchange.Habits{})
		ports = append(ports, server.PortSource{Key: number, Path: "/dev/" + number, Name: "Line " + number,
			Open: func(context.Context) (io.ReadWriteCloser, error) { return modem.Open() }})
	}
	b.server, err = server.New(server.Config{Store: b.store, Ports: ports, Renderer: &b.renderer, Fonts: b.fonts, Dial: nowhere})
	b.must(err)
	b.accounts, err = auth.New(b.store, time.Now, auth.Cost{Memory: 8, Time: 1, Threads: 1})
	b.must(err)
	b.upkeep = upkeep.New(upkeep.Config{Server: b.server, Store: b.store, Data: filepath.Join(b.dir, "data"), Version: "test", Work: 8,
		Again: func(e upkeep.Ending) { b.endings = append(b.endings, e) }})
	b.api = New(Config{Server: b.server, Accounts: b.accounts, Upkeep: b.upkeep, Version: "test"})
	b.handler = b.api.Handler()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.server.Run(ctx) }()
	go b.upkeep.Run(ctx)
	defer func() { stop(); b.must(<-ended) }()
	for _, role := range fax.Roles() {
		boss := auth.Identity{Caller: fax.Caller{User: auth.Local + "/" + string(role), Rights: fax.AllRights}}
		_, b.tokens[role], err = b.accounts.NewToken(boss, string(role), role, time.Time{})
		b.must(err)
	}
	time.Sleep(10 * time.Second) // ports open their modems
	f(b)
}

func (b *box) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// reply is an answer that was held against the document.
type reply struct {
	*httptest.ResponseRecorder
	t *testing.T
}

// as decodes the answer.
func as[T any](r reply) T {
	r.t.Helper()
	var v T
	if err := json.Unmarshal(r.Body.Bytes(), &v); err != nil {
		r.t.Fatalf("%v\n%s", err, r.Body)
	}
	return v
}

// want checks the status.
func (r reply) want(status int) reply {
	r.t.Helper()
	if r.Code != status {
		r.t.Fatalf("status %d, want %d\n%s", r.Code, status, r.Body)
	}
	return r
}

// do makes a request as a role; the empty role is nobody.
func (b *box) do(role fax.Role, method, path string, body any) reply {
	b.Helper()
	var r *http.Request
	if body == nil {
		r = httptest.NewRequest(method, path, nil)
	} else {
		data, err := json.Marshal(body)
		b.must(err)
		r = httptest.NewRequest(method, path, bytes.NewReader(data))
		r.Header.Set("Content-Type", "application/json")
	}
	return b.send(role, r)
}

func (b *box) send(role fax.Role, r *http.Request) reply {
	b.Helper()
	if role != "" {
		r.Header.Set("Authorization", "Bearer "+b.tokens[role])
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	b.check(r, w)
	return reply{w, b.T}
}

// check holds an answer against the OpenAPI document: its status, its kind, and if it is JSON its schema.
func (b *box) check(r *http.Request, w *httptest.ResponseRecorder) {
	b.Helper()
	op := b.operation(r)
	if op == nil {
		return
	}
	documented := op.Responses[fmt.Sprint(w.Code)]
	if documented == nil {
		b.Errorf("%s %s: status %d is not documented\n%s", r.Method, r.URL.Path, w.Code, w.Body)
		return
	}
	if w.Body.Len() == 0 {
		if len(documented.Content) > 0 {
			b.Errorf("%s %s: status %d has no body, and one is documented", r.Method, r.URL.Path, w.Code)
		}
		return
	}
	kind, _, _ := mime.ParseMediaType(w.Header().Get("Content-Type"))
	content := documented.Content[kind]
	if content == nil {
		b.Errorf("%s %s: status %d is %q, which is not documented", r.Method, r.URL.Path, w.Code, kind)
		return
	}
	if !strings.HasSuffix(kind, "json") {
		return
	}
	var v any
	b.must(json.Unmarshal(w.Body.Bytes(), &v))
	res := &huma.ValidateResult{}
	huma.Validate(b.api.huma.OpenAPI().Components.Schemas, content.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, res)
	for _, err := range res.Errors {
		b.Errorf("%s %s: status %d: %v\n%s", r.Method, r.URL.Path, w.Code, err, w.Body)
	}
}

// operation is the documented operation that a request is for, nil if there is none.
func (b *box) operation(r *http.Request) *huma.Operation {
	_, pattern := b.api.mux.Handler(r)
	_, path, _ := strings.Cut(pattern, " ")
	item := b.api.huma.OpenAPI().Paths[path]
	if item == nil {
		return nil
	}
	return operations(item)[r.Method]
}

func operations(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{}
	for method, op := range map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete, http.MethodPut: item.Put,
	} {
		if op != nil {
			all[method] = op
		}
	}
	return all
}

// page is a TIFF file with a page that is quickly sent.
func (b *box) page() []byte {
	b.Helper()
	f, err := os.CreateTemp(b.dir, "page")
	b.must(err)
	defer f.Close()
	b.must(tiff.Write(f, tiff.Style{Coding: t4.MMR}, sample.White(raster.Fine)))
	data, err := os.ReadFile(f.Name())
	b.must(err)
	return data
}

// form makes an upload to documents: fields are name, value, name, value; a name that begins with @ is a file's.
func (b *box) form(fields ...string) *http.Request { return b.formFor(Root+"/documents", fields...) }

// formFor makes an upload.
func (b *box) formFor(path string, fields ...string) *http.Request {
	b.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if name, isFile := strings.CutPrefix(fields[i], "@"); isFile {
			part, err := w.CreateFormFile(name, name+".tif")
			b.must(err)
			io.WriteString(part, fields[i+1])
		} else {
			b.must(w.WriteField(fields[i], fields[i+1]))
		}
	}
	b.must(w.Close())
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return r
}

// job submits a page to a number.
func (b *box) job(role fax.Role, number string) fax.JobID {
	b.Helper()
	r := b.send(role, b.form("faxNumber", number, "@file", string(b.page()))).want(http.StatusCreated)
	return as[struct{ JobID fax.JobID }](r).JobID
}
