// Package api shows the fax server to the network: the objects of package fax as JSON under /api/v1, their changes as
// server-sent events, and beside them /healthz, /metrics and /openapi.json. The document there is made from the same Go
// types that are read and written; a test holds every answer against it.
//
// Errors are problem details (RFC 9457) that name the field at fault. Who is calling web/auth knows; every operation names
// the right that it needs, and the server checks changes once more.
package api

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"faxbox/fax"
	"faxbox/fax/server"
	"faxbox/fax/wire"
	"faxbox/web/auth"
	"faxbox/web/upkeep"
)

// Config is what the API shows. Log may be nil.
type Config struct {
	Server   *server.Server
	Accounts *auth.Accounts
	Upkeep   *upkeep.Upkeep
	Log      *slog.Logger
	Version  string
	Lines    func() ([]wire.GPIOLine, error) // the board's GPIO lines; nil: there are none
	Temp     string                          // where files without names are made that come or go, made if it is not there; empty: the system's folder
}

// API is the face of one server.
type API struct {
	server   *server.Server
	accounts *auth.Accounts
	upkeep   *upkeep.Upkeep
	log      *slog.Logger
	version  string
	lines    func() ([]wire.GPIOLine, error)
	temp     string
	begun    time.Time
	mux      *http.ServeMux
	huma     huma.API
}

// Where things are.
const (
	Root    = "/api/v1"
	OpenAPI = "/openapi" // .json and .yaml
)

// Sizes of what is taken in, in octets.
const (
	maxBody   = 1 << 20   // of JSON
	maxUpload = 256 << 20 // of a document with its files
)

// New makes the API.
func New(c Config) *API {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{server: c.Server, accounts: c.Accounts, upkeep: c.Upkeep, log: c.Log, version: c.Version, lines: c.Lines, temp: c.Temp, begun: time.Now().UTC(), mux: http.NewServeMux()}
	a.huma = humago.New(a.mux, a.describe())
	a.settings()
	a.ports()
	a.documents()
	a.coverPages()
	a.jobs()
	a.messages()
	a.mail()
	a.contacts()
	a.calls()
	a.learned()
	a.support()
	a.events()
	a.sessions()
	a.people()
	a.health()
	a.wholeBox()
	a.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		a.refuse(w, problem(http.StatusNotFound, "there is nothing at "+r.URL.Path, "See "+OpenAPI+".json for what there is."))
	})
	return a
}

// describe is the head of the OpenAPI document, and how JSON is read and written.
func (a *API) describe() huma.Config {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	for _, alias := range []struct{ of, as reflect.Type }{
		{reflect.TypeFor[fax.DeviceStatus](), reflect.TypeFor[fax.CodedText]()},
		{reflect.TypeFor[fax.QueueStatus](), reflect.TypeFor[fax.QueueText]()},
		{reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[wire.Problem]()}, // asProblem turns the one into the other
	} {
		schemas.RegisterTypeAlias(alias.of, alias.as)
	}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:   "faxbox",
				Version: a.version,
				Description: "The fax server: ports, status, jobs, documents, messages, calls. Names are those of the fax service " +
					"object model. Over TCP a session's cookie or a bearer token is needed, over the UNIX socket nothing. The rights " +
					"that an operation needs stand with its security requirement.",
			},
			Components: &huma.Components{
				Schemas: schemas,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token":   {Type: "http", Scheme: "bearer", Description: "A token made with POST " + Root + "/tokens"},
					"session": {Type: "apiKey", In: "cookie", Name: auth.Cookie, Description: "Begun with POST " + Root + "/session"},
				},
			},
		},
		OpenAPIPath:   OpenAPI,
		Formats:       map[string]huma.Format{"application/json": plainJSON, "json": plainJSON},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{a.asProblem},
	}
}

// plainJSON writes JSON as the Go library does, but leaves <, > and & as they are: nothing of ours is put into HTML.
var plainJSON = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	},
	Unmarshal: json.Unmarshal,
}

// Handle adds a handler beside the API's own: the pages. Patterns are those of http.ServeMux.
func (a *API) Handle(pattern string, h http.Handler) { a.mux.Handle(pattern, h) }

// Handler answers requests, from TCP and from the UNIX socket alike: auth.LocalContext tells them apart.
func (a *API) Handler() http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.refuse(w, problem(http.StatusForbidden, "the request comes from another site's page", "Use this box's own pages, or a token."))
	}))
	protected := protection.Handler(a.mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		if strings.HasPrefix(r.URL.Path, Root) {
			h.Set("Cache-Control", "no-store")
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxOf(r))
		if r.Header.Get("Authorization") != "" { // no browser sends one by itself
			a.mux.ServeHTTP(w, r)
			return
		}
		protected.ServeHTTP(w, r)
	})
}

// access is what an operation asks of its caller.
type access struct {
	public bool      // nobody need be known
	rights fax.Right // all of them
}

func needs(r fax.Right) access { return access{rights: r} }

var (
	public   = access{public: true}
	signedIn = access{} // whoever it is
)

// route adds an operation.
func route[I, O any](a *API, to access, op huma.Operation, h func(context.Context, *I) (*O, error)) {
	if !to.public {
		scopes := rightNames(to.rights)
		op.Security = []map[string][]string{{"token": scopes}, {"session": scopes}}
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
		op.Middlewares = append(op.Middlewares, a.admit(to.rights))
	}
	if strings.Contains(op.Path, "{") {
		op.Errors = append(op.Errors, http.StatusNotFound)
	}
	op.Errors = append(op.Errors, http.StatusServiceUnavailable, http.StatusInsufficientStorage)
	op.MaxBodyBytes = cmp.Or(op.MaxBodyBytes, maxBody)
	op.BodyReadTimeout = 30 * time.Second
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, a.problemOf(ctx, err)
		}
		return out, nil
	})
}

type identityKey struct{}

// admit lets in whoever has the rights.
func (a *API) admit(need fax.Right) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		id, err := a.accounts.Identify(r)
		if err == nil && !id.Rights.Has(need) {
			err = fax.ErrDenied
		}
		if err != nil {
			a.refuse(w, a.problemOf(r.Context(), err))
			return
		}
		next(huma.WithValue(ctx, identityKey{}, id))
	}
}

// caller is whoever makes the request. Only operations that are public have none.
func caller(ctx context.Context) auth.Identity {
	id, _ := ctx.Value(identityKey{}).(auth.Identity)
	return id
}

// who is the caller as the server wants to know them.
func who(ctx context.Context) server.Who {
	id := caller(ctx)
	return server.Who{Caller: id.Caller, Remote: id.Remote}
}

var rightList = []struct {
	right fax.Right
	name  string
}{
	{fax.JobSubmit, "job-submit"}, {fax.JobQuery, "job-query"}, {fax.ConfigQuery, "config-query"}, {fax.ConfigSet, "config-set"},
	{fax.PortQuery, "port-query"}, {fax.PortSet, "port-set"}, {fax.JobManage, "job-manage"},
}

func rightNames(r fax.Right) []string {
	names := []string{}
	for _, row := range rightList {
		if r.Has(row.right) {
			names = append(names, row.name)
		}
	}
	return names
}

// body is an answer that is nothing but an object.
type body[T any] struct{ Body T }

func answer[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{v}, nil
}

// none is for operations that take, or answer, nothing.
type none struct{}
