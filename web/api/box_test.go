package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"faxbox/fax"
	"faxbox/fax/document/render/rendertest"
	"faxbox/fax/document/typeset"
	"faxbox/fax/server"
	"faxbox/web/auth"
	"faxbox/web/boxtest"
	"faxbox/web/upkeep"
)

// The real handler before the real server with the real store, its ports on the simulated exchange, in virtual time. Every
// answer in every test is held against the OpenAPI document.

// box is a box with all that the API says of it.
type box struct {
	*boxtest.Box
	api      *API
	handler  http.Handler
	renderer rendertest.Renderer
	tokens   map[fax.Role]string

	upkeep  *upkeep.Upkeep
	endings chan upkeep.Ending // that were asked for
}

// inBox runs a test in a bubble, with a token for each role.
func inBox(t *testing.T, f func(*box)) {
	t.Helper()
	b := &box{tokens: map[fax.Role]string{}, endings: make(chan upkeep.Ending, 9)}
	boxtest.Run(t, server.Config{Renderer: &b.renderer, Fonts: typeset.Open()}, b.dress, func(*boxtest.Box) { f(b) })
}

func (b *box) dress(ctx context.Context, bare *boxtest.Box) {
	b.Box = bare
	b.upkeep = upkeep.New(upkeep.Config{Server: b.Server, Store: b.Store, Data: b.Data, Version: "test", Work: 8,
		Again: func(e upkeep.Ending) { b.endings <- e }})
	go b.upkeep.Run(ctx)
	b.api = New(Config{Server: b.Server, Accounts: b.Accounts, Upkeep: b.upkeep, Version: "test"})
	b.handler = b.api.Handler()
	for _, role := range fax.Roles() {
		boss := auth.Identity{Caller: fax.Caller{User: auth.Local + "/" + string(role), Rights: fax.AllRights}}
		var err error
		_, b.tokens[role], err = b.Accounts.NewToken(boss, string(role), role, time.Time{})
		b.Must(err)
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
		b.Must(err)
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
	b.Must(json.Unmarshal(w.Body.Bytes(), &v))
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

// form makes an upload to documents.
func (b *box) form(fields ...string) *http.Request { return b.Form(Root+"/documents", fields...) }

// job submits a page to a number.
func (b *box) job(role fax.Role, number string) fax.JobID {
	b.Helper()
	r := b.send(role, b.form("faxNumber", number, "@file", string(b.Page()))).want(http.StatusCreated)
	return as[struct{ JobID fax.JobID }](r).JobID
}
